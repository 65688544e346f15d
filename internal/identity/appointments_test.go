package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

const head = "ods_code,office,name,email,phone,issuer,subject,from,to,acting\n"

// sound is a row in order; a test breaks one thing of it.
var sound = []string{"RXH", "chief_executive", "Zora Quill", "zora.quill@trust.example", "020 7946 0001", "https://idp.example", "zora", "2026-09-01", "", ""}

var place = map[string]int{"ods_code": 0, "office": 1, "name": 2, "email": 3, "phone": 4, "issuer": 5, "subject": 6, "from": 7, "to": 8, "acting": 9}

// row is the sound row with some values changed: "office=siro".
func row(changes ...string) string {
	fields := append([]string{}, sound...)
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		fields[place[name]] = value
	}
	return strings.Join(fields, ",") + "\n"
}

func sentences(err error) []string {
	var list []string
	if problems, ok := errors.AsType[fault.Problems](err); ok {
		for _, p := range problems {
			list = append(list, p.Sentence)
		}
	} else if err != nil {
		list = append(list, err.Error())
	}
	return list
}

func TestAppointmentsFileRefuses(t *testing.T) {
	for claim, test := range map[string]struct{ file, want string }{
		"no header":                    {row(), `Line 1, column 1: "RXH" is not a column`},
		"a column is missing":          {"ods_code,office,name,email,issuer,from\n" + row(), `Line 1, column 1: the header has no column "subject".`},
		"a misspelt column":            {strings.Replace(head, "acting", "acitng", 1) + row(), `Line 1, column 10: "acitng" is not a column of this file.`},
		"a column twice":               {strings.Replace(head, "phone", "email", 1) + row(), `Line 1, column 5: the header has the column "email" twice.`},
		"too few columns":              {head + "RXH,siro\n", "Line 2, column 2: there are 2 columns, and the header has 10."},
		"too many columns":             {head + row("acting=,x"), "Line 2, column 10: there are 11 columns"},
		"no code of the right shape":   {head + row("ods_code=rxh"), `Line 2, column 1: "rxh" is not an organisation code`},
		"an unknown office":            {head + row("office=CEO"), `Line 2, column 2: "CEO" is not an office.`},
		"the portal's own office":      {head + row("office=portal", "ods_code="), `Line 2, column 2: "portal" is not an office.`},
		"a word that is no office":     {head + row("office=anyone"), `Line 2, column 2: "anyone" is not an office.`},
		"a national office at a trust": {head + row("office=regulator"), "Line 2, column 2: regulator is a national office: leave ods_code empty."},
		"a trust office nowhere":       {head + row("ods_code="), "Line 2, column 2: chief_executive is an office of a trust"},
		"no name":                      {head + row("name="), "Line 2, column 3: the name is missing."},
		"a name of digits":             {head + row("name=0 0"), "Line 2, column 3: the name has no letter."},
		"a name without an end":        {head + row("name="+strings.Repeat("a", 101)), "Line 2, column 3: the name is longer"},
		"a name that turns around":     {head + row("name=Zora \u202eQuill"), "Line 2, column 3: there is a character that cannot be seen."},
		"a name with a line separator": {head + row("name=Zora\u2028Quill"), "Line 2, column 3: there is a character that cannot be seen."},
		"a name with a bell":           {head + row("name=Zora\aQuill"), "Line 2, column 3: there is a character that cannot be seen."},
		"no e-mail":                    {head + row("email="), `Line 2, column 4: "" is not an e-mail address`},
		"an e-mail without a domain":   {head + row("email=zora@trust"), `Line 2, column 4: "zora@trust" is not an e-mail address`},
		"an e-mail with a name":        {head + row("email=Zora <zora@trust.example>"), "Line 2, column 4: "},
		"two e-mail addresses":         {head + row("email=a@trust.example b@trust.example"), "Line 2, column 4: "},
		"a telephone in words":         {head + row("phone=switchboard"), `Line 2, column 5: "switchboard" is not a telephone number.`},
		"no issuer":                    {head + row("issuer="), "Line 2, column 6: the issuer is missing"},
		"an issuer without https":      {head + row("issuer=http://idp.example"), "Line 2, column 6: "},
		"an issuer that is a word":     {head + row("issuer=cis2"), "Line 2, column 6: "},
		"an issuer with a question":    {head + row("issuer=https://idp.example?a=b"), "Line 2, column 6: "},
		"an issuer with a password":    {head + row("issuer=https://a:b@idp.example"), "Line 2, column 6: "},
		"no subject":                   {head + row("subject="), "Line 2, column 7: the subject is missing"},
		"no first day":                 {head + row("from="), `Line 2, column 8: "" is not a date`},
		"a day on no calendar":         {head + row("from=2026-02-30"), `Line 2, column 8: "2026-02-30" is not a date`},
		"a day as spreadsheets write":  {head + row("from=01/09/2026"), `Line 2, column 8: "01/09/2026" is not a date, which looks like 2026-04-01.`},
		"an end before the beginning":  {head + row("to=2026-08-31"), "Line 2, column 9: the last day, 31 August 2026, is before the first, 1 September 2026."},
		"acting is neither":            {head + row("acting=true"), `Line 2, column 10: "true" is neither yes nor empty.`},
		"an acting SIRO":               {head + row("office=siro", "acting=yes"), "Line 2, column 10: only a chief executive can be acting, not a siro."},
		"the same appointment twice":   {head + row() + row(), "Line 3, column 2: this appointment was already on line 2."},
		"one login, two names":         {head + row() + row("office=siro", "name=Ivo Marsh"), "Line 3, column 3: the same issuer and subject have another name on line 2."},
		"one login, two addresses":     {head + row() + row("office=siro", "email=z@trust.example"), "Line 3, column 4: the same issuer and subject have another e-mail address on line 2."},
		"nothing but a header":         {head, "The file has no rows."},
		"nothing but commas":           {head + ",,,,,,,,,\n", "The file has no rows."},
		"nothing":                      {"", "The file has no rows."},
	} {
		t.Run(claim, func(t *testing.T) {
			lines, err := identity.ReadAppointments(strings.NewReader(test.file))
			said := sentences(err)
			if lines != nil || fault.KindOf(err) != fault.Invalid || len(said) == 0 || !strings.HasPrefix(said[0], test.want) {
				t.Errorf("got %v and %q, want %q", lines, said, test.want)
			}
		})
	}
}

func TestEveryBadRowOfAppointmentsIsNamed(t *testing.T) {
	_, err := identity.ReadAppointments(strings.NewReader(head + row("office=CEO", "to=soon") + "\"open\n" + row() + row("email=x") + row()))
	var places []string
	for _, s := range sentences(err) {
		place, _, _ := strings.Cut(s, ":")
		places = append(places, place)
	}
	if got := strings.Join(places, "; "); got != "Line 2, column 2; Line 2, column 9; Line 3, column 1; Line 5, column 2; Line 5, column 4; Line 6, column 2" {
		t.Errorf("named %s", got)
	}
}

func TestAppointmentsFileAsSpreadsheetsSaveIt(t *testing.T) {
	file := "\xef\xbb\xbf" + "office,ods_code,name,email,issuer,subject,from\r\n" + "auditor,NATIONAL,\"Nell  Ashby, OBE\",nell@national.example,http://localhost:8080/dev,Nell|7,2026-09-01\r\n,,,,,,\r\n"
	lines, err := identity.ReadAppointments(strings.NewReader(file))
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	if l := lines[0]; l.Name != "Nell Ashby, OBE" || l.Organisation != organisation.National || l.Office != access.Auditor || l.Subject != "Nell|7" || l.Number != 2 {
		t.Errorf("read %+v", l)
	}
}

// roll is a record with one trust, its chief executive and an acting one.
func roll() identity.Roll {
	from := organisation.Day("2026-01-01").Start()
	return identity.Roll{
		Organisations: []organisation.Organisation{{Code: "RXH", Name: "Alpha NHS Trust", OpenedOn: "2012-04-01"}, {Code: "RXJ", Name: "Beta NHS Trust", OpenedOn: "2012-04-01"},
			{Code: "RXC", Name: "Gamma NHS Trust", OpenedOn: "2012-04-01", ClosedOn: "2026-04-01"}, {Code: "RXD", Name: "Delta NHS Trust", OpenedOn: "2012-04-01", ClosedOn: "2027-04-01"}},
		People: []identity.Person{{ID: "p1", Name: "Amara Whitlock", Email: "amara@trust.example", Phone: "0113 496 0000"}},
		Logins: []identity.Login{{Issuer: "https://idp.example", Subject: "amara", Person: "p1"}},
		Held:   []identity.Held{{ID: "a1", Person: "p1", Appointment: access.Appointment{Office: access.ChiefExecutive, Organisation: "RXH", From: from}}},
	}
}

func amara(changes ...string) string {
	return row(append([]string{"name=Amara Whitlock", "email=amara@trust.example", "phone=0113 496 0000", "subject=amara", "from=2026-01-01"}, changes...)...)
}

func plan(t *testing.T, r identity.Roll, file string) ([]identity.Deed, error) {
	t.Helper()
	lines, err := identity.ReadAppointments(strings.NewReader(head + file))
	if err != nil {
		t.Fatal("the file itself was refused:", sentences(err))
	}
	return r.Plan(lines, "2026-11-23")
}

func TestPlanOfAppointments(t *testing.T) {
	for claim, test := range map[string]struct{ file, want string }{
		"what is recorded is no news":          {amara(), ""},
		"somebody new":                         {row("office=siro", "phone="), "appoints:RXH       Zora Quill: senior information risk owner from 1 September 2026 until further notice"},
		"another e-mail":                       {amara("email=aw@trust.example"), "corrects:RXH       Amara Whitlock: e-mail: aw@trust.example, was amara@trust.example"},
		"a last day":                           {amara("to=2026-12-31"), "ends:RXH       Amara Whitlock: no longer chief executive after 31 December 2026"},
		"a last day and the next one's first":  {row("from=2027-01-01") + amara("to=2026-12-31"), "ends:RXH       Amara Whitlock: no longer chief executive after 31 December 2026; appoints:RXH       Zora Quill: chief executive from 1 January 2027 until further notice"},
		"acting beside the chief executive":    {row("acting=yes", "to=2026-12-31"), "appoints:RXH       Zora Quill: acting chief executive from 1 September 2026 until 31 December 2026"},
		"chief executive of two trusts":        {amara() + amara("ods_code=RXJ"), "appoints:RXJ       Amara Whitlock: chief executive from 1 January 2026 until further notice"},
		"one after the other in the same file": {row("ods_code=RXJ", "to=2026-09-30") + row("ods_code=RXJ", "subject=ivo", "name=Ivo Marsh", "from=2026-10-01"), "appoints:RXJ       Zora Quill: chief executive from 1 September 2026 until 30 September 2026; appoints:RXJ       Ivo Marsh: chief executive from 1 October 2026 until further notice"},
		"a trust that closes later":            {row("ods_code=RXD"), "appoints:RXD       Zora Quill: chief executive from 1 September 2026 until further notice"},
		"two board members":                    {row("office=board_member") + row("office=board_member", "subject=ivo", "name=Ivo Marsh"), "appoints:RXH       Zora Quill: board member from 1 September 2026 until further notice; appoints:RXH       Ivo Marsh: board member from 1 September 2026 until further notice"},
	} {
		t.Run(claim, func(t *testing.T) {
			deeds, err := plan(t, roll(), test.file)
			if err != nil {
				t.Fatal(sentences(err))
			}
			var did []string
			for _, d := range deeds {
				did = append(did, string(d.Act)+":"+d.String())
			}
			if got := strings.Join(did, "; "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestPlanOfAppointmentsRefuses(t *testing.T) {
	ended := roll()
	ended.Held[0].To = organisation.Day("2026-07-01").Start()
	for claim, test := range map[string]struct {
		roll identity.Roll
		file string
		want string
	}{
		"an unknown organisation":          {roll(), row("ods_code=R99"), "Line 2, column 1: no organisation with the code R99 is registered."},
		"a closed organisation":            {roll(), row("ods_code=RXC"), "Line 2, column 1: Gamma NHS Trust (RXC) closed on 1 April 2026."},
		"one that is closed by then":       {roll(), row("ods_code=RXD", "from=2027-04-01"), "Line 2, column 1: Delta NHS Trust (RXD) closed on 1 April 2027."},
		"a second chief executive":         {roll(), row(), "Line 2, column 2: Amara Whitlock is chief executive there from 1 January 2026 until further notice, and a trust has one at a time."},
		"two chief executives in one file": {roll(), row("ods_code=RXJ") + row("ods_code=RXJ", "subject=ivo", "name=Ivo Marsh"), "Line 3, column 2: Zora Quill is chief executive there from 1 September 2026"},
		"two who overlap by a day":         {roll(), amara("to=2026-12-31") + row("from=2026-12-31"), "Line 3, column 2: Amara Whitlock is chief executive there from 1 January 2026 until 31 December 2026"},
		"another first day":                {roll(), amara("from=2026-02-01"), "Line 2, column 8: Amara Whitlock has this office there from 1 January 2026 until further notice."},
		"twice with different first days":  {roll(), row("office=siro") + row("office=siro", "from=2026-10-01"), "Line 3, column 8: Zora Quill has this office there from 1 September 2026"},
		"acting after all":                 {roll(), amara("acting=yes"), "Line 2, column 10: Amara Whitlock is recorded as holding the office, not acting from that day."},
		"an end taken back":                {ended, amara(), "Line 2, column 9: the record says that Amara Whitlock holds this office until 30 June 2026. An end is not taken back"},
		"an end moved":                     {ended, amara("to=2026-07-01"), "Line 2, column 9: the record says that Amara Whitlock holds this office until 30 June 2026. An end is not moved"},
	} {
		t.Run(claim, func(t *testing.T) {
			deeds, err := plan(t, test.roll, test.file)
			if said := sentences(err); deeds != nil || len(said) != 1 || !strings.HasPrefix(said[0], test.want) {
				t.Errorf("got %v and %q, want %q", deeds, said, test.want)
			}
		})
	}
	if _, err := plan(t, roll(), row("ods_code=R99")+row("ods_code=R98")); len(sentences(err)) != 2 {
		t.Errorf("not everything is named: %q", sentences(err))
	}
	if deeds, err := plan(t, ended, amara("to=2026-06-30")); err != nil || len(deeds) != 0 {
		t.Errorf("the end that is recorded is news: %v, %v", deeds, err)
	}
}

// TestADayInOfficeIsUKDay: the first day begins and the last one ends at
// midnight in the United Kingdom, also where the clocks change that night.
func TestADayInOfficeIsUKDay(t *testing.T) {
	for _, test := range []struct{ from, to, begins, ends string }{
		{"2026-01-10", "2026-01-10", "2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z"},
		{"2026-07-10", "2026-07-10", "2026-07-09T23:00:00Z", "2026-07-10T23:00:00Z"},
		{"2026-03-29", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"}, // 23 hours
		{"2026-10-25", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"}, // 25 hours
	} {
		t.Run(test.from, func(t *testing.T) {
			lines, err := identity.ReadAppointments(strings.NewReader(head + row("from="+test.from, "to="+test.to)))
			if err != nil {
				t.Fatal(err)
			}
			a := appointed(t, lines)
			for at, want := range map[string]bool{test.begins: true, test.ends: false} {
				instant, err := time.Parse(time.RFC3339, at)
				if err != nil {
					t.Fatal(err)
				}
				if a.Holds(instant) != want || a.Holds(instant.Add(-time.Microsecond)) == want {
					t.Errorf("in office at %s: %v, a moment before: %v", at, a.Holds(instant), a.Holds(instant.Add(-time.Microsecond)))
				}
			}
		})
	}
}

// appointed carries the lines out and gives the first appointment made.
func appointed(t *testing.T, lines []identity.Line) access.Appointment {
	t.Helper()
	store := &kept{roll: identity.Roll{Organisations: roll().Organisations}}
	n := 0
	register := &identity.Register{People: store, Now: func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }, NewID: func() string { n++; return fmt.Sprint(n) }}
	if _, err := register.ImportAppointments(t.Context(), access.PortalActor("import"), lines, false); err != nil {
		t.Fatal(sentences(err))
	}
	return store.written.Held[0].Appointment
}

func TestTextOfAppointments(t *testing.T) {
	deeds, err := plan(t, roll(), amara("to=2026-12-31", "phone=")+row("from=2027-01-01")+row("office=siro", "ods_code=RXJ", "from=2027-01-01"))
	if err != nil {
		t.Fatal(sentences(err))
	}
	want := `RXH       Amara Whitlock: telephone: none, was 0113 496 0000
RXH       Amara Whitlock: no longer chief executive after 31 December 2026
RXH       Zora Quill: chief executive from 1 January 2027 until further notice
RXJ       Zora Quill: senior information risk owner from 1 January 2027 until further notice
Recorded: appointments 2, endings 1, changes of name or contact 1.

Chief executives this appointed:
  RXH       Zora Quill: chief executive from 1 January 2027 until further notice
A chief executive is appointed by two people. This command asks for one: show this list to a second person, who checks
every name and login against a source of their own. The record says that these appointments came from an import.
`
	if got := identity.Text(deeds, false); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for dry, want := range map[bool]string{true: "Nothing would change.\n", false: "Nothing changed.\n"} {
		if got := identity.Text(nil, dry); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := identity.Text(deeds, true); !strings.Contains(got, "Would record: appointments 2") || !strings.Contains(got, "would appoint") {
		t.Errorf("trying it out says:\n%s", got)
	}
}

func FuzzReadAppointments(f *testing.F) {
	f.Add([]byte(head + row() + row("office=siro")))
	f.Add([]byte("\xef\xbb\xbf" + head + amara("acting=yes")))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := identity.ReadAppointments(strings.NewReader(string(data)))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || lines != nil {
				t.Errorf("%d lines beside %v", len(lines), err)
			}
			return
		}
		for _, line := range lines {
			if line.Name == "" || line.Subject == "" || line.Office.National() != (line.Organisation == organisation.National) || line.To != "" && line.To < line.From {
				t.Errorf("unsound line %+v", line)
			}
		}
	})
}

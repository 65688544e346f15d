package identity

import (
	"io"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/organisation"
	"countersign/internal/sheet"
)

// Line is one row of a file of appointments: a person, as their identity
// provider knows them, holds an office from one day to another.
type Line struct {
	Number       int // of the file, counted from 1
	Organisation organisation.Code
	Office       access.Office
	Name         string
	Email        string
	Phone        string
	Issuer       string
	Subject      string
	From         organisation.Day
	To           organisation.Day // the last day in office; empty until further notice
	Acting       bool
	column       map[string]int // where each value stands, for what the register has against it
}

// The columns of a file of appointments. All are needed but the last three,
// and none other is taken: a misspelt "to" that is skipped over would keep
// somebody in office.
var (
	neededColumns = []string{"ods_code", "office", "name", "email", "issuer", "subject", "from"}
	otherColumns  = []string{"phone", "to", "acting"}
)

// ReadAppointments reads a file of appointments: comma-separated, with a
// header line that names the columns, in any order. docs/moving-in.md has an
// example of each.
//
//	ods_code  the organisation; empty or NATIONAL for national offices
//	office    as written in the constants of package access
//	name      as it stands in the record and under a signature
//	email     where the person is reached
//	phone     likewise; may be empty
//	issuer    address of the identity provider, exactly as it names itself
//	subject   what that provider calls the person, exactly
//	from      first day in office, YYYY-MM-DD, beginning at midnight UK time
//	to        last day in office, ending at midnight UK time; or empty
//	acting    yes, for a chief executive who stands in; or empty
//
// Every damaged row is named in one fault.Problems, and nothing is returned
// beside damage.
func ReadAppointments(r io.Reader) ([]Line, error) {
	rows, problems, err := sheet.Read(r)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, sheet.Problems(problems)
	}
	column, found := columns(rows[0])
	if problems = append(problems, found...); len(found) > 0 {
		return nil, sheet.Problems(problems)
	}
	var lines []Line
	for _, row := range rows[1:] {
		if !slices.ContainsFunc(row.Fields, func(field string) bool { return field != "" }) {
			continue // a row of commas, which spreadsheets leave at the end
		}
		line, found := readLine(column, len(rows[0].Fields), row)
		problems = append(problems, found...)
		lines = append(lines, line)
	}
	problems = append(problems, between(lines)...)
	if len(problems) > 0 {
		return nil, sheet.Problems(problems)
	} else if len(lines) == 0 {
		return nil, sheet.ErrEmpty
	}
	return lines, nil
}

func columns(head sheet.Row) (map[string]int, []sheet.Damage) {
	column := map[string]int{}
	var problems []sheet.Damage
	for i, name := range head.Fields {
		switch {
		case !slices.Contains(neededColumns, name) && !slices.Contains(otherColumns, name):
			problems = append(problems, sheet.At(head.Line, i+1, "%q is not a column of this file. The columns are %s.", sheet.Clip(name), strings.Join(append(slices.Clone(neededColumns), otherColumns...), ", ")))
		case column[name] > 0:
			problems = append(problems, sheet.At(head.Line, i+1, "the header has the column %q twice.", name))
		}
		column[name] = i + 1
	}
	for _, name := range neededColumns {
		if column[name] == 0 {
			problems = append(problems, sheet.At(head.Line, 1, "the header has no column %q.", name))
		}
	}
	return column, problems
}

func readLine(column map[string]int, width int, row sheet.Row) (Line, []sheet.Damage) {
	line := Line{Number: row.Line, column: column}
	if n := len(row.Fields); n != width {
		return line, []sheet.Damage{sheet.At(row.Line, min(n, width), "there are %d columns, and the header has %d.", n, width)}
	}
	at := func(name string) string {
		if column[name] == 0 {
			return ""
		}
		return row.Fields[column[name]-1]
	}
	line.Organisation, line.Office = organisation.Code(at("ods_code")), access.Office(at("office"))
	line.Name, line.Email, line.Phone = strings.Join(strings.Fields(at("name")), " "), at("email"), strings.Join(strings.Fields(at("phone")), " ")
	line.Issuer, line.Subject, line.Acting = at("issuer"), at("subject"), at("acting") == "yes"
	var problems []sheet.Damage
	wrong := func(holds bool, name, format string, args ...any) {
		if holds {
			problems = append(problems, sheet.At(row.Line, column[name], format, args...))
		}
	}
	if line.Organisation == "" {
		line.Organisation = organisation.National
	}
	national := line.Organisation == organisation.National
	wrong(!national && !line.Organisation.Sound(), "ods_code", "%q is not an organisation code, which has 3 to 5 capital letters and digits.", sheet.Clip(at("ods_code")))
	wrong(!line.Office.Known(), "office", "%q is not an office. The offices are %s.", sheet.Clip(at("office")), offices())
	wrong(line.Office.Known() && line.Office.National() && !national, "office", "%s is a national office: leave ods_code empty.", line.Office)
	wrong(line.Office.Known() && !line.Office.National() && national, "office", "%s is an office of a trust: ods_code must say which.", line.Office)
	wrong(line.Name == "", "name", "the name is missing.")
	wrong(utf8.RuneCountInString(line.Name) > 100, "name", "the name is longer than 100 characters.")
	wrong(line.Name != "" && !strings.ContainsFunc(line.Name, unicode.IsLetter), "name", "the name has no letter.")
	wrong(!soundEmail(line.Email), "email", "%q is not an e-mail address, which looks like name@trust.nhs.uk.", sheet.Clip(line.Email))
	wrong(!soundPhone(line.Phone), "phone", "%q is not a telephone number.", sheet.Clip(line.Phone))
	wrong(line.Issuer == "", "issuer", "the issuer is missing: it is the address of the identity provider.")
	wrong(line.Issuer != "" && !soundIssuer(line.Issuer), "issuer", "%q is not the address of an identity provider, which begins with https:// and has no question mark.", sheet.Clip(line.Issuer))
	wrong(line.Subject == "", "subject", "the subject is missing: it is what the identity provider calls the person.")
	wrong(len(line.Subject) > 255, "subject", "the subject is longer than 255 characters.")
	var sound bool
	line.From, sound = organisation.ReadDay(at("from"))
	wrong(!sound, "from", "%q is not a date, which looks like 2026-04-01.", sheet.Clip(at("from")))
	if at("to") != "" {
		line.To, sound = organisation.ReadDay(at("to"))
		wrong(!sound, "to", "%q is not a date, which looks like 2026-04-01.", sheet.Clip(at("to")))
		wrong(sound && line.To < line.From, "to", "the last day, %s, is before the first, %s.", line.To.Word(), line.From.Word())
	}
	wrong(at("acting") != "" && !line.Acting, "acting", "%q is neither yes nor empty.", sheet.Clip(at("acting")))
	wrong(line.Acting && !line.Office.Sole(), "acting", "only a chief executive can be acting, not a %s.", strings.ReplaceAll(string(line.Office), "_", " "))
	return line, problems
}

// between finds what rows say against each other: the same appointment twice,
// and one login with two people or two ways to reach one.
func between(lines []Line) []sheet.Damage {
	var problems []sheet.Damage
	type post struct {
		login  Login
		office access.Office
		at     organisation.Code
		from   organisation.Day
	}
	posts, people := map[post]int{}, map[Login]Line{}
	for _, line := range lines {
		if line.Subject == "" {
			continue // damaged already
		}
		key := post{line.login(), line.Office, line.Organisation, line.From}
		if before, twice := posts[key]; twice {
			problems = append(problems, line.damage("office", "this appointment was already on line %d.", before))
			continue
		}
		posts[key] = line.Number
		first, known := people[line.login()]
		if !known {
			people[line.login()] = line
			continue
		}
		for _, each := range []struct{ column, what, was, is string }{{"name", "name", first.Name, line.Name}, {"email", "e-mail address", first.Email, line.Email}, {"phone", "telephone number", first.Phone, line.Phone}} {
			if each.was != each.is {
				problems = append(problems, line.damage(each.column, "the same issuer and subject have another %s on line %d.", each.what, first.Number))
			}
		}
	}
	return problems
}

func (l Line) login() Login { return Login{Issuer: l.Issuer, Subject: l.Subject} }

func (l Line) damage(column, format string, args ...any) sheet.Damage {
	return sheet.At(l.Number, max(1, l.column[column]), format, args...)
}

// appointment turns days into the instants that count: the first one begins,
// and the last one ends, at midnight in the United Kingdom.
func (l Line) appointment() access.Appointment {
	a := access.Appointment{Office: l.Office, Organisation: l.Organisation, From: l.From.Start().UTC(), Acting: l.Acting}
	if l.To != "" {
		a.To = l.To.Next().Start().UTC()
	}
	return a
}

func offices() string {
	var words []string
	for _, office := range append(slices.Clone(access.TrustOffices), access.NationalOffices...) {
		words = append(words, string(office))
	}
	return strings.Join(words, ", ")
}

func soundEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || len(s) > 254 || strings.ContainsAny(s, `"<> `) {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

func soundPhone(s string) bool {
	number, _, _ := strings.Cut(s, " ext")
	digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, number), "#")
	strange := strings.ContainsFunc(number, func(r rune) bool { return !strings.ContainsRune("0123456789+()-. ", r) })
	return s == "" || len(s) <= 40 && digits >= 3 && !strange
}

func soundIssuer(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(s, "?# ") || len(s) > 255 {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() // a provider for trying things out
	return u.Scheme == "https" || u.Scheme == "http" && here
}

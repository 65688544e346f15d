package organisation_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/sheet"
)

// shared finds reference material beside the module. It is not part of the
// repository, so a laptop may be without it; a build machine may not.
func shared(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("../shared/%s is missing, and CI must not leave this test out", path)
		}
		t.Skipf("left out: ../shared/%s is not here", path)
	} else if err != nil {
		t.Fatal(err)
	}
	return data
}

const quotedRow = `"RXH","ST MARY'S AND RIVERSIDE NHS FOUNDATION TRUST","Y59","QNX","1 HIGH STREET","","","TOWN","","AB1 2CD","20120401","","","","","","","","","","","0","","Q","","",""`

// bareRow has the 24 columns of the layout before the quoted one.
const bareRow = `RXJ,RIVERSIDE AMBULANCE SERVICE NHS TRUST,Y55,Q78,1 HIGH STREET,,,TOWN,,AB1 2CD,20060701,20171001,,,,,,,,,,0,,D`

func read(t *testing.T, text string) organisation.Extract {
	t.Helper()
	extract, err := organisation.ReadETR(strings.NewReader(text))
	if err != nil {
		t.Fatalf("the extract was refused: %v", err)
	}
	return extract
}

func TestBothLayoutsAreRead(t *testing.T) {
	got := read(t, "\xef\xbb\xbf"+quotedRow+"\r\n\r\n").Records
	want := []organisation.Record{{Code: "RXH", Name: "St Mary's and Riverside NHS Foundation Trust", Region: "Y59", ICB: "QNX", OpenedOn: "2012-04-01", Line: 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("quoted: got %+v, want %+v", got, want)
	}
	got = read(t, bareRow).Records
	want = []organisation.Record{{Code: "RXJ", Name: "Riverside Ambulance Service NHS Trust", Region: "Y55", ICB: "Q78", OpenedOn: "2006-07-01", ClosedOn: "2017-10-01", Line: 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("bare: got %+v, want %+v", got, want)
	}
}

func TestWelshRowsComeBackAsRefused(t *testing.T) {
	welsh := strings.NewReplacer("RXH", "RT4", "Y59", "W00").Replace(quotedRow)
	other := strings.NewReplacer("RXH", "ZT1", "Y59", "X24").Replace(quotedRow)
	extract := read(t, quotedRow+"\n"+welsh+"\n"+other+"\n")
	if len(extract.Records) != 1 || len(extract.Refused) != 2 {
		t.Fatalf("got %d records and %d refused, want 1 and 2", len(extract.Records), len(extract.Refused))
	}
	if r := extract.Refused[0]; r.Line != 2 || r.Code != "RT4" || !strings.Contains(r.Sentence, "Wales") {
		t.Errorf("refused %+v", r)
	}
	if r := extract.Refused[1]; r.Line != 3 || !strings.Contains(r.Sentence, "X24") {
		t.Errorf("refused %+v", r)
	}
}

func TestEveryDamagedRowIsNamedAndNothingIsRead(t *testing.T) {
	with := func(old, is string) string { return strings.Replace(quotedRow, old, is, 1) }
	file := strings.Join([]string{
		quotedRow,
		with(`"RXH"`, `"rxh"`),
		with(`"20120401"`, `"20120231"`),
		with(`"Y59"`, `"Y5"`),
		with(`"TOWN"`, `"TOWN`),
		with(`"20120401",""`, `"20120401","20110401"`),
		with(`"ST MARY'S AND RIVERSIDE NHS FOUNDATION TRUST"`, `"`+"\u202e"+`TSURT"`),
		bareRow,
		quotedRow,
		with(`"RXH","ST MARY'S AND RIVERSIDE NHS FOUNDATION TRUST"`, `"R",""`),
		with(`"QNX"`, `"Q X"`),
		"RXH",
	}, "\n")
	extract, err := organisation.ReadETR(strings.NewReader(file))
	if len(extract.Records)+len(extract.Refused) > 0 {
		t.Error("something was read beside damage")
	}
	problems, ok := errors.AsType[fault.Problems](err)
	if !ok || fault.KindOf(err) != fault.Invalid {
		t.Fatalf("got %v, want problems a person can put right", err)
	}
	want := []string{
		"Line 2, column 1: ", "Line 3, column 11: ", "Line 4, column 3: ", "Line 5, column 8: ", "Line 6, column 12: ",
		"Line 7, column 2: ", "Line 8, column 24: ", "Line 9, column 1: code RXH was already on line 1.",
		"Line 10, column 1: ", "Line 10, column 2: ", "Line 11, column 4: ", "Line 12, column 1: ",
	}
	for i, p := range problems {
		if i >= len(want) || !strings.HasPrefix(p.Sentence, want[i]) {
			t.Errorf("problem %d: %s", i, p.Sentence)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("got %d problems, want %d", len(problems), len(want))
	}
}

func TestFilesOutsideTheLimitsAreRefusedWhole(t *testing.T) {
	tests := map[string]struct {
		file string
		want error
	}{
		"nothing at all":     {"", sheet.ErrEmpty},
		"only blank lines":   {"\n\r\n", sheet.ErrEmpty},
		"more than 5 MB":     {strings.Repeat("a", 5<<20+1), sheet.ErrTooLarge},
		"more than 100,000":  {strings.Repeat("a\n", 100_001), sheet.ErrTooManyRows},
		"one endless column": {strings.Repeat("a", 5<<20), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := organisation.ReadETR(strings.NewReader(test.file))
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v, want an invalid file", err)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestNamesInCapitalsBecomeReadable(t *testing.T) {
	for in, want := range map[string]string{
		"ST GEORGE'S UNIVERSITY HOSPITALS NHS FOUNDATION TRUST":        "St George's University Hospitals NHS Foundation Trust",
		"GUY'S AND ST THOMAS' NHS FOUNDATION TRUST":                    "Guy's and St Thomas' NHS Foundation Trust",
		"THE QUEEN ELIZABETH HOSPITAL, KING'S LYNN, NHS FOUNDATION":    "The Queen Elizabeth Hospital, King's Lynn, NHS Foundation",
		"THE NEWCASTLE UPON TYNE HOSPITALS NHS TRUST":                  "The Newcastle upon Tyne Hospitals NHS Trust",
		"LANCASHIRE & SOUTH CUMBRIA NHS FOUNDATION TRUST":              "Lancashire & South Cumbria NHS Foundation Trust",
		"STOKE-ON-TRENT COMMUNITY HEALTH SERVICES":                     "Stoke-on-Trent Community Health Services",
		"ST. PANCRAS AND MCKENZIE HOSPITALS FOR CHILDREN OF THE SOUTH": "St. Pancras and McKenzie Hospitals for Children of the South",
		"O'NEILL AND MACCLESFIELD (NORTH) NHS TRUST":                   "O'Neill and Macclesfield (North) NHS Trust",
		"Mersey Care NHS Foundation Trust":                             "Mersey Care NHS Foundation Trust",
		"  UNIVERSITY   HOSPITALS OF NORTH  MIDLANDS ":                 "University Hospitals of North Midlands",
		"KENT AND MEDWAY NHS AND SOCIAL CARE PARTNERSHIP TRUST":        "Kent and Medway NHS and Social Care Partnership Trust",
		"42 É & ÉCOLE": "42 É & École",
		"":             "",
	} {
		if got := organisation.TitleCase(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTheRealExtractHas202OpenEnglishTrusts(t *testing.T) {
	extract := read(t, string(shared(t, "data/ods/etr-2025.csv")))
	open, odd := 0, 0
	for _, r := range extract.Records {
		if (organisation.Organisation{OpenedOn: r.OpenedOn, ClosedOn: r.ClosedOn}).Open("2026-11-23") {
			open++
		}
		if strings.ToUpper(r.Name) == r.Name {
			odd++
		}
	}
	if open != 202 || len(extract.Refused) != 3 || len(extract.Records) != 207 || odd > 0 {
		t.Errorf("open %d (202), refused %d (3), records %d (207), still in capitals %d (0)", open, len(extract.Refused), len(extract.Records), odd)
	}
	first := organisation.Plan(nil, extract)
	if len(first) != len(extract.Records) {
		t.Errorf("first import: %d changes, want one for each of %d records", len(first), len(extract.Records))
	}
	if again := organisation.Plan(carriedOut(nil, first), extract); len(again) != 0 {
		t.Errorf("second import would still change %d organisations", len(again))
	}
	damagedFile := bytes.Replace(shared(t, "data/ods/etr-2025.csv"), []byte(`"20171001"`), []byte(`"2017-1001"`), 1)
	_, err := organisation.ReadETR(bytes.NewReader(damagedFile))
	if err == nil || !strings.HasPrefix(err.Error(), "Line 2, column 11: ") {
		t.Errorf("a damaged row of the real file: %v", err)
	}
}

func TestTheRealKindsGiveTheFirstWave(t *testing.T) {
	records, err := organisation.ReadKinds(bytes.NewReader(shared(t, "data/ods/trusts-derived.csv")))
	if err != nil {
		t.Fatal(err)
	}
	kinds, cohorts := map[organisation.Kind]int{}, map[string]int{}
	for _, r := range records {
		kinds[r.Kind]++
		for _, c := range r.Cohorts {
			cohorts[c]++
		}
	}
	wantKinds := map[organisation.Kind]int{organisation.Acute: 118, organisation.AcuteSpecialist: 16, organisation.MentalHealth: 45, organisation.Community: 13, organisation.Ambulance: 10}
	wantCohorts := map[string]int{organisation.CohortMajorTrauma: 22, organisation.CohortAmbulance: 10, organisation.CohortWave1: 32}
	if !reflect.DeepEqual(kinds, wantKinds) || !reflect.DeepEqual(cohorts, wantCohorts) {
		t.Errorf("got %v and %v, want %v and %v", kinds, cohorts, wantKinds, wantCohorts)
	}
}

func TestKindsFile(t *testing.T) {
	got, err := organisation.ReadKinds(strings.NewReader("kind,ods_code,note,cohort,cohort\nambulance,RXH,x,Pilot,Pilot\nacute,RXJ,,,,Coast\n"))
	columns := []string{"kind", "ods_code", "note", "cohort", "cohort"}
	want := []organisation.KindRecord{
		{Code: "RXH", Kind: organisation.Ambulance, Cohorts: []string{"Ambulance", "Pilot"}, Line: 2, Columns: columns},
		{Code: "RXJ", Kind: organisation.Acute, Cohorts: []string{"Coast"}, Line: 3, Columns: columns},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, test := range map[string]struct{ file, want string }{
		"no header":     {"RXH,acute\n", `Line 1, column 1: the header has no column "ods_code".`},
		"twice":         {"ods_code,kind\nRXH,acute\nRXH,acute\n", "Line 3, column 1: code RXH was already on line 2."},
		"unknown kind":  {"ods_code,kind\nRXH,hospital\n", `Line 2, column 2: "hospital" is not a kind`},
		"unknown role":  {"ods_code,kind,major_trauma\nRXH,acute,yes\n", `Line 2, column 3: "yes" is not a major trauma role`},
		"unknown wave":  {"ods_code,kind,wave_2017\nRXH,acute,3\n", `Line 2, column 3: "3" is not a wave`},
		"column twice":  {"ods_code,kind,kind\nRXH,acute,acute\n", `Line 1, column 3: the header has the column "kind" twice.`},
		"short row":     {"ods_code,kind,cohort\nRXH,acute\n", "Line 2, column 2: there are 2 columns"},
		"header only":   {"ods_code,kind\n", "The file has no rows."},
		"broken header": {"\"ods_code\n", "Line 1, column 1: "},
	} {
		t.Run(name, func(t *testing.T) {
			records, err := organisation.ReadKinds(strings.NewReader(test.file))
			if records != nil || fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v and %v, want %q", records, err, test.want)
			}
		})
	}
}

// carriedOut does what a plan says, as storage would.
func carriedOut(existing []organisation.Organisation, changes []organisation.Change) []organisation.Organisation {
	held := map[organisation.Code]organisation.Organisation{}
	for _, o := range existing {
		held[o.Code] = o
	}
	for _, c := range changes {
		held[c.Is.Code] = c.Is
	}
	var all []organisation.Organisation
	for _, o := range held {
		all = append(all, o)
	}
	return all
}

func TestPlanSaysWhatWouldChange(t *testing.T) {
	existing := []organisation.Organisation{
		{Code: "RXA", Name: "Alpha NHS Trust", Kind: organisation.Acute, Region: "Y56", ICB: "QMF", OpenedOn: "2012-04-01", Version: 7},
		{Code: "RXB", Name: "Beta NHS Trust", Kind: organisation.Acute, Region: "Y56", OpenedOn: "2012-04-01"},
		{Code: "RXC", Name: "Gamma NHS Trust", Kind: organisation.Community, Region: "Y60", ICB: "QJ2", OpenedOn: "2012-04-01", ClosedOn: "2020-04-01"},
		{Code: "RXD", Name: "Left Out NHS Trust", Kind: organisation.Community, Region: "Y60", OpenedOn: "2012-04-01"},
	}
	extract := organisation.Extract{
		Records: []organisation.Record{
			{Code: "RXZ", Name: "Omega NHS Trust", Region: "Y62", ICB: "QOP", OpenedOn: "2024-11-01", Line: 1},
			{Code: "RXA", Name: "Alpha and Omega NHS Trust", Region: "Y58", ICB: "QVV", OpenedOn: "2012-05-01", Line: 2},
			{Code: "RXB", Name: "Beta NHS Trust", Region: "Y56", OpenedOn: "2012-04-01", ClosedOn: "2025-04-01", Line: 3},
			{Code: "RXC", Name: "Gamma NHS Trust", Region: "Y60", ICB: "QJ2", OpenedOn: "2012-04-01", Line: 4},
		},
		Refused: []organisation.Refused{{Line: 5, Code: "RT4", Sentence: "Example is in Wales, and this service is for England. It was left out."}},
	}
	changes := organisation.Plan(existing, extract)
	want := `RXA    name: Alpha and Omega NHS Trust, was Alpha NHS Trust
RXA    region: South West, was London
RXA    integrated care board: QVV, was QMF
RXA    opened on 2012-05-01, was 2012-04-01
RXB    closed on 2025-04-01
RXC    open again: the closing day 2020-04-01 was taken back
RXZ    new: Omega NHS Trust
RT4    refused, line 5: Example is in Wales, and this service is for England. It was left out.
Organisations that would change: 4 (opens 1, renames 1, moves region 1, joins a board 1, corrects start 1, closes 1, reopens 1).
`
	if got := organisation.Text(changes, extract.Refused, true); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	done := strings.Replace(want, "Organisations that would change", "Organisations changed", 1)
	if got := organisation.Text(changes, extract.Refused, false); got != done {
		t.Errorf("afterwards it says:\n%s\nwant:\n%s", got, done)
	}
	if is := changes[0].Is; is.Kind != organisation.Acute || is.Version != 7 {
		t.Errorf("the plan touched kind or version: %+v", is)
	}
	if is := changes[3].Is; is.Kind != organisation.KindUnknown {
		t.Errorf("the plan guessed the kind of a new organisation: %+v", is)
	}
	again := organisation.Plan(carriedOut(existing, changes), extract)
	for dry, want := range map[bool]string{true: "Nothing would change.\n", false: "Nothing changed.\n"} {
		if got := organisation.Text(again, nil, dry); got != want {
			t.Errorf("the second import: %s", got)
		}
	}
}

func FuzzReadETR(f *testing.F) {
	f.Add([]byte(quotedRow))
	f.Add([]byte(bareRow + "\n" + bareRow))
	f.Add([]byte(`"a""b",c,"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		extract, err := organisation.ReadETR(bytes.NewReader(data))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("a damaged file must be something a person can put right, got %v", err)
			}
			if len(extract.Records) > 0 {
				t.Error("something was read beside damage")
			}
			return
		}
		codes := map[organisation.Code]bool{}
		for _, r := range extract.Records {
			if codes[r.Code] || r.Name == "" || r.OpenedOn == "" || r.ClosedOn != "" && r.ClosedOn < r.OpenedOn {
				t.Errorf("unsound record %+v", r)
			}
			codes[r.Code] = true
		}
		if again := organisation.Plan(carriedOut(nil, organisation.Plan(nil, extract)), extract); len(again) != 0 {
			t.Errorf("the second import would change %d organisations", len(again))
		}
	})
}

package organisation

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/internal/sheet"
)

// Record is one English trust as the ODS extract of trusts (etr) lists it.
type Record struct {
	Code     Code
	Name     string // as a page writes it: see TitleCase
	Region   Region
	ICB      string // empty when the extract gives none
	OpenedOn Day
	ClosedOn Day // empty while open
	Line     int // of the file, counted from 1
}

// Refused is a row that is sound but not ours to hold.
type Refused struct {
	Line     int
	Code     Code
	Sentence string
}

// Extract is what a whole file says.
type Extract struct {
	Records []Record
	Refused []Refused
}

// The two published layouts: without a header line, 27 columns since the
// quoted edition and 24 in the bare one before it. The columns read here have
// the same place in both.
const (
	columnsQuoted = 27
	columnsBare   = 24
)

// Columns as a person counts them.
const (
	columnCode   = 1
	columnName   = 2
	columnRegion = 3
	columnICB    = 4
	columnOpen   = 11
	columnClose  = 12
)

// formerRegions are English groupings that older extracts use. They are kept
// as written: guessing today's region from them would be a decision.
var formerRegions = map[Region]bool{"Y54": true, "Y55": true, "Y57": true}

// ReadETR reads the ODS extract of trusts. It returns everything or nothing:
// every damaged row of the file is named with line and column in one
// fault.Problems. Welsh rows and those of other groupings outside England are
// no damage: they come back as Refused, each with a sentence.
func ReadETR(r io.Reader) (Extract, error) {
	rows, problems, err := sheet.Read(r)
	if err != nil {
		return Extract{}, err
	}
	var extract Extract
	seen := map[Code]int{}
	for i, row := range rows {
		if n := len(row.Fields); n != columnsQuoted && n != columnsBare {
			problems = append(problems, sheet.At(row.Line, n, "there are %d columns, and an extract has %d or %d.", n, columnsQuoted, columnsBare))
			continue
		} else if width := len(rows[0].Fields); i > 0 && n != width && (width == columnsQuoted || width == columnsBare) {
			problems = append(problems, sheet.At(row.Line, n, "there are %d columns, and the first row has %d.", n, width))
			continue
		}
		record, found := readRecord(row)
		if before, twice := seen[record.Code]; twice && len(found) == 0 {
			found = append(found, sheet.At(row.Line, columnCode, "code %s was already on line %d.", record.Code, before))
		}
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		seen[record.Code] = row.Line
		if sentence := outsideEngland(record); sentence != "" {
			extract.Refused = append(extract.Refused, Refused{Line: row.Line, Code: record.Code, Sentence: sentence})
			continue
		}
		extract.Records = append(extract.Records, record)
	}
	if len(problems) > 0 {
		return Extract{}, sheet.Problems(problems)
	}
	return extract, nil
}

func readRecord(row sheet.Row) (Record, []sheet.Damage) {
	at := func(column int) string { return row.Fields[column-1] }
	var problems []sheet.Damage
	bad := func(column int, format string, args ...any) {
		problems = append(problems, sheet.At(row.Line, column, format, args...))
	}
	record := Record{Code: Code(at(columnCode)), Name: TitleCase(at(columnName)), Region: Region(at(columnRegion)), ICB: at(columnICB), Line: row.Line}
	if !record.Code.Sound() {
		bad(columnCode, "%q is not an organisation code, which has 3 to 5 capital letters and digits.", sheet.Clip(at(columnCode)))
	}
	if record.Name == "" {
		bad(columnName, "the name is missing.")
	} else if utf8.RuneCountInString(record.Name) > 200 {
		bad(columnName, "the name is longer than 200 characters.")
	}
	if len(record.Region) != 3 || !capitalsAndDigits(string(record.Region)) {
		bad(columnRegion, "%q is not a national grouping, which looks like Y56.", sheet.Clip(at(columnRegion)))
	}
	if record.ICB != "" && (len(record.ICB) > 5 || len(record.ICB) < 3 || !capitalsAndDigits(record.ICB)) {
		bad(columnICB, "%q is not the code of an integrated care board, which looks like QOP.", sheet.Clip(record.ICB))
	}
	var sound bool
	if record.OpenedOn, sound = compactDay(at(columnOpen)); !sound {
		bad(columnOpen, "%q is not a date, which looks like 20120401.", sheet.Clip(at(columnOpen)))
	}
	if at(columnClose) != "" {
		if record.ClosedOn, sound = compactDay(at(columnClose)); !sound {
			bad(columnClose, "%q is not a date, which looks like 20120401.", sheet.Clip(at(columnClose)))
		} else if record.OpenedOn != "" && record.ClosedOn < record.OpenedOn {
			bad(columnClose, "it closed on %s, before it opened on %s.", record.ClosedOn, record.OpenedOn)
		}
	}
	return record, problems
}

// outsideEngland gives the sentence of a refusal, or nothing for a row of ours.
func outsideEngland(record Record) string {
	if _, ours := Regions[record.Region]; ours || formerRegions[record.Region] {
		return ""
	}
	if record.Region == Wales {
		return record.Name + " is in Wales, and this service is for England. It was left out."
	}
	return record.Name + " is in grouping " + string(record.Region) + ", which is not a region of England. It was left out."
}

// Sound tells whether the code has the shape of an ODS code.
func (c Code) Sound() bool {
	return len(c) >= 3 && len(c) <= 5 && capitalsAndDigits(string(c))
}

func capitalsAndDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// compactDay reads YYYYMMDD and refuses days that are on no calendar.
func compactDay(s string) (Day, bool) {
	day, err := time.Parse("20060102", s)
	if err != nil || day.Year() < 1900 {
		return "", false
	}
	return Day(day.Format(time.DateOnly)), true
}

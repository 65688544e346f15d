package organisation

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/internal/sheet"
)

// The cohorts that the columns of a file of kinds stand for. Any other cohort
// is named in the file itself.
const (
	CohortMajorTrauma = "Major trauma centre" // runs one that takes adults
	CohortAmbulance   = "Ambulance"
	CohortWave1       = "Wave 1" // first to be followed up after May 2017
)

// KindRecord says what kind of trust an organisation is and which cohorts it
// belongs to, in the file's order and each once.
type KindRecord struct {
	Code    Code
	Kind    Kind
	Cohorts []string
	Line    int
	Columns []string // of the file: which cohorts its rows can speak of
}

// Leaves tells whether the row takes its organisation out of a cohort: the
// file has a column that could have listed it, and the row does not.
func (k KindRecord) Leaves(cohort string) bool {
	if slices.Contains(k.Cohorts, cohort) {
		return false
	}
	speaks := func(column string) bool { return slices.Contains(k.Columns, column) }
	switch cohort {
	case CohortAmbulance:
		return true // every file has the column kind
	case CohortMajorTrauma:
		return speaks("major_trauma") || speaks("cohort")
	case CohortWave1:
		return speaks("wave_2017") || speaks("cohort")
	}
	return speaks("cohort")
}

// ReadKinds reads the second file of an import, because the register does not
// say what kind of trust a code is. It is comma-separated with a header line:
//
//	ods_code       required
//	kind           required: one of Kinds, as written in the constants;
//	               "ambulance" also puts the trust in the cohort Ambulance
//	cohort         any number of columns of this name: a cohort's name each
//	major_trauma   adult, adult_and_children (both: cohort Major trauma
//	               centre), children (no cohort) or empty
//	wave_2017      1 (cohort Wave 1), 2 or empty
//
// Other columns are ignored, so a wider table can be given as it stands. Cells
// past the last header are cohorts too. As with ReadETR every damaged row is
// named, and nothing is returned beside damage.
func ReadKinds(r io.Reader) ([]KindRecord, error) {
	rows, problems, err := sheet.Read(r)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, sheet.Problems(problems)
	}
	head, body := rows[0], rows[1:]
	for _, needed := range []string{"ods_code", "kind"} {
		if !slices.Contains(head.Fields, needed) {
			problems = append(problems, sheet.At(head.Line, 1, "the header has no column %q.", needed))
		}
	}
	for i, name := range head.Fields {
		if name != "cohort" && slices.Index(head.Fields, name) < i {
			problems = append(problems, sheet.At(head.Line, i+1, "the header has the column %q twice.", sheet.Clip(name)))
		}
	}
	if len(problems) > 0 {
		return nil, sheet.Problems(problems)
	}
	var records []KindRecord
	seen := map[Code]int{}
	for _, row := range body {
		record, found := readKind(head.Fields, row)
		if before, twice := seen[record.Code]; twice {
			found = append(found, sheet.At(row.Line, slices.Index(head.Fields, "ods_code")+1, "code %s was already on line %d.", record.Code, before))
		}
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		seen[record.Code] = row.Line
		records = append(records, record)
	}
	if len(problems) > 0 {
		return nil, sheet.Problems(problems)
	} else if len(records) == 0 {
		return nil, sheet.ErrEmpty
	}
	return records, nil
}

func readKind(head []string, row sheet.Row) (KindRecord, []sheet.Damage) {
	record := KindRecord{Line: row.Line, Columns: head}
	if len(row.Fields) < len(head) {
		return record, []sheet.Damage{sheet.At(row.Line, len(row.Fields), "there are %d columns, and the header has %d.", len(row.Fields), len(head))}
	}
	var found []sheet.Damage
	join := func(cohort string) {
		if !slices.Contains(record.Cohorts, cohort) {
			record.Cohorts = append(record.Cohorts, cohort)
		}
	}
	for i, field := range row.Fields {
		name := "cohort" // cells past the header
		if i < len(head) {
			name = head[i]
		}
		bad := func(format string, args ...any) { found = append(found, sheet.At(row.Line, i+1, format, args...)) }
		switch name {
		case "ods_code":
			if record.Code = Code(field); !record.Code.Sound() {
				bad("%q is not an organisation code, which has 3 to 5 capital letters and digits.", sheet.Clip(field))
			}
		case "kind":
			record.Kind = Kind(field)
			if !slices.Contains(Kinds, record.Kind) {
				bad("%q is not a kind of trust. The kinds are %s.", sheet.Clip(field), kindList())
			} else if record.Kind == Ambulance {
				join(CohortAmbulance)
			}
		case "major_trauma":
			switch field {
			case "adult", "adult_and_children":
				join(CohortMajorTrauma)
			case "", "children":
			default:
				bad("%q is not a major trauma role, which is adult, adult_and_children, children or empty.", sheet.Clip(field))
			}
		case "wave_2017":
			switch field {
			case "1":
				join(CohortWave1)
			case "", "2":
			default:
				bad("%q is not a wave, which is 1, 2 or empty.", sheet.Clip(field))
			}
		case "cohort":
			if utf8.RuneCountInString(field) > 80 {
				bad("the name of a cohort is longer than 80 characters.")
			} else if field != "" {
				join(field)
			}
		}
	}
	return record, found
}

func kindList() string {
	var words []string
	for _, k := range Kinds {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

package organisation

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
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
	rows, problems, err := readRows(r)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, problemsOf(problems)
	}
	head, body := rows[0], rows[1:]
	for _, needed := range []string{"ods_code", "kind"} {
		if !slices.Contains(head.fields, needed) {
			problems = append(problems, damaged(head.line, 1, "the header has no column %q.", needed))
		}
	}
	for i, name := range head.fields {
		if name != "cohort" && slices.Index(head.fields, name) < i {
			problems = append(problems, damaged(head.line, i+1, "the header has the column %q twice.", clip(name)))
		}
	}
	if len(problems) > 0 {
		return nil, problemsOf(problems)
	}
	var records []KindRecord
	seen := map[Code]int{}
	for _, row := range body {
		record, found := readKind(head.fields, row)
		if before, twice := seen[record.Code]; twice {
			found = append(found, damaged(row.line, slices.Index(head.fields, "ods_code")+1, "code %s was already on line %d.", record.Code, before))
		}
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		seen[record.Code] = row.line
		records = append(records, record)
	}
	if len(problems) > 0 {
		return nil, problemsOf(problems)
	} else if len(records) == 0 {
		return nil, ErrFileEmpty
	}
	return records, nil
}

func readKind(head []string, row row) (KindRecord, []damage) {
	record := KindRecord{Line: row.line}
	if len(row.fields) < len(head) {
		return record, []damage{damaged(row.line, len(row.fields), "there are %d columns, and the header has %d.", len(row.fields), len(head))}
	}
	var found []damage
	join := func(cohort string) {
		if !slices.Contains(record.Cohorts, cohort) {
			record.Cohorts = append(record.Cohorts, cohort)
		}
	}
	for i, field := range row.fields {
		name := "cohort" // cells past the header
		if i < len(head) {
			name = head[i]
		}
		bad := func(format string, args ...any) { found = append(found, damaged(row.line, i+1, format, args...)) }
		switch name {
		case "ods_code":
			if record.Code = Code(field); !record.Code.sound() {
				bad("%q is not an organisation code, which has 3 to 5 capital letters and digits.", clip(field))
			}
		case "kind":
			record.Kind = Kind(field)
			if !slices.Contains(Kinds, record.Kind) {
				bad("%q is not a kind of trust. The kinds are %s.", clip(field), kindList())
			} else if record.Kind == Ambulance {
				join(CohortAmbulance)
			}
		case "major_trauma":
			switch field {
			case "adult", "adult_and_children":
				join(CohortMajorTrauma)
			case "", "children":
			default:
				bad("%q is not a major trauma role, which is adult, adult_and_children, children or empty.", clip(field))
			}
		case "wave_2017":
			switch field {
			case "1":
				join(CohortWave1)
			case "", "2":
			default:
				bad("%q is not a wave, which is 1, 2 or empty.", clip(field))
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

package organisation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Member is an organisation's place in a cohort.
type Member struct {
	Cohort       string
	Organisation Code
}

// Placing is what a file of kinds and cohorts would change.
type Placing struct {
	Kinds   []Organisation // with their new kind
	Joins   []Member
	Leaves  []Member
	Unknown []Code // rows of organisations that are not registered
}

// Place compares kinds and today's cohorts with the rows of a file, and changes
// nothing. Organisations the file leaves out are left alone, and so are cohorts
// that no column of the file could have listed. When a placing has been carried
// out, placing the same rows again changes nothing, on any day.
func Place(existing []Organisation, members map[Code][]string, rows []KindRecord) Placing {
	held := make(map[Code]Organisation, len(existing))
	for _, o := range existing {
		held[o.Code] = o
	}
	var p Placing
	for _, row := range rows {
		o, known := held[row.Code]
		if !known {
			p.Unknown = append(p.Unknown, row.Code)
			continue
		}
		if o.Kind != row.Kind {
			o.Kind = row.Kind
			p.Kinds = append(p.Kinds, o)
		}
		for _, cohort := range row.Cohorts {
			if !slices.Contains(members[row.Code], cohort) {
				p.Joins = append(p.Joins, Member{cohort, row.Code})
			}
		}
		for _, cohort := range members[row.Code] {
			if row.Leaves(cohort) {
				p.Leaves = append(p.Leaves, Member{cohort, row.Code})
			}
		}
	}
	return p
}

// Text prints a placing for a person to read: with dry before they agree to
// it, otherwise after it was done. The same input gives the same bytes.
func (p Placing) Text(dry bool) string {
	var lines []string
	for _, o := range p.Kinds {
		lines = append(lines, fmt.Sprintf("%-5s  kind: %s", o.Code, o.Kind.Word()))
	}
	for _, m := range p.Joins {
		lines = append(lines, fmt.Sprintf("%-5s  joins %s", m.Organisation, m.Cohort))
	}
	for _, m := range p.Leaves {
		lines = append(lines, fmt.Sprintf("%-5s  leaves %s", m.Organisation, m.Cohort))
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(a, b) })
	for _, code := range p.Unknown {
		lines = append(lines, fmt.Sprintf("%-5s  left out: it is not registered", code))
	}
	if len(p.Kinds)+len(p.Joins)+len(p.Leaves) == 0 {
		return strings.Join(append(lines, nothing(dry)), "\n") + "\n"
	}
	head := "Changed"
	if dry {
		head = "Would change"
	}
	return strings.Join(append(lines, fmt.Sprintf("%s: kinds %d, cohorts joined %d, cohorts left %d.", head, len(p.Kinds), len(p.Joins), len(p.Leaves))), "\n") + "\n"
}

func nothing(dry bool) string {
	if dry {
		return "Nothing would change."
	}
	return "Nothing changed."
}

package attestation

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"countersign/internal/organisation"
)

// Change is one figure that is not what it was.
type Change struct {
	Fact     string // by its name
	Was, Is  string // "none" where there is no figure
	Material bool   // enough to ask for a new statement
}

// none stands for a figure that is not there.
const none = "none"

// pairs are figures that say something only together: the second is what the
// first is out of.
var pairs = map[string]string{"answered": "due", "reached": "outcomes"}

// Digest stands for exactly these figures.
func (f Facts) Digest() Digest {
	text, err := json.Marshal(f) // in the order of names
	if err != nil {
		panic("write figures down: " + err.Error()) // plain strings
	}
	return DigestOf(string(text))
}

// Joined writes figures that belong together as one: "answered" is "11 of 12".
func (f Facts) Joined() Facts {
	all := maps.Clone(f)
	for first, second := range pairs {
		if all[first] != "" && all[second] != "" {
			all[first] += " of " + all[second]
			delete(all, second)
		}
	}
	return all
}

// Since lists what moved between two sets of figures, in the order of names.
// Material are the names that ask for a new statement; nil for all of them.
func Since(was, is Facts, material []string) []Change {
	before, after := was.Joined(), is.Joined()
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] == after[name] {
			continue
		}
		matters := len(material) == 0 || slices.Contains(material, name) || slices.Contains(material, pairs[name])
		changes = append(changes, Change{Fact: name, Was: or(before[name], none), Is: or(after[name], none), Material: matters})
	}
	return changes
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Difference is how a statement differs from the one signed before it.
type Difference struct {
	Before  Statement
	Changes []Change
	New     int // gaps that were not named before
	Closed  int // gaps that are not named any more
}

// Compare finds how a locked statement differs from the one before it.
func (s Statement) Compare(before Statement) Difference {
	d := Difference{Before: before, Changes: Since(before.Facts, s.Facts, nil)}
	d.New, d.Closed = missing(s.Gaps, before.Gaps), missing(before.Gaps, s.Gaps)
	return d
}

// missing counts the gaps of one list that the other does not name.
func missing(these, those []Gap) int {
	n := 0
	for _, g := range these {
		if !slices.ContainsFunc(those, g.same) {
			n++
		}
	}
	return n
}

// same tells whether two gaps are about the same thing: by code where they have
// one, else by name.
func (g Gap) same(other Gap) bool {
	if g.Code != "" || other.Code != "" {
		return strings.EqualFold(g.Code, other.Code)
	}
	return strings.EqualFold(g.Name, other.Name)
}

// before finds the statement in force that was signed last among those of earlier
// deadlines, or of all when st is the zero Statement. What takes the place of a
// signed statement is held against that one.
func before(all []Statement, st Statement) (Statement, bool) {
	var found Statement
	for _, each := range all {
		if st.Supersedes != "" && each.ID == st.Supersedes {
			return each, true
		}
		earlier := st.ID == "" || (each.ID != st.ID && each.Due.Before(st.Due))
		if each.InForce() && earlier && (found.ID == "" || each.Due.After(found.Due) || (each.Due.Equal(found.Due) && each.Number > found.Number)) {
			found = each
		}
	}
	return found, found.ID != ""
}

// holding counts the pinned evidence that is on record as it was and among what
// is ready, and not over on a day.
func (p Preparation) holding(ready map[string]organisation.Day, on organisation.Day) int {
	n := 0
	for _, pin := range p.Pinned {
		if until, is := ready[string(pin.Digest)]; is && until >= on {
			n++
		}
	}
	return n
}

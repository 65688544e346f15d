package organisation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Act is one thing an import would do to one organisation.
type Act string

// The acts, in the order a change lists them.
const (
	Opens         Act = "opens"          // a code we did not hold
	Renames       Act = "renames"        // the same code under a new name
	Moves         Act = "moves region"   // another NHS region
	JoinsBoard    Act = "joins a board"  // another integrated care board
	CorrectsStart Act = "corrects start" // the register changed the opening day
	Closes        Act = "closes"         // it had no closing day, or another one
	Reopens       Act = "reopens"        // its closing day was taken back
)

// Step is one act with what was and what is.
type Step struct {
	Act Act
	Was string
	Is  string
}

// Change is everything an import would do to one organisation. Was is the zero
// Organisation when the code is new; kind and cohorts are never touched, as
// the extract does not know them.
type Change struct {
	Was   Organisation
	Is    Organisation
	Steps []Step
}

// The sentence of the record that an organisation was brought in line, and what
// it adds where the name is another now.
const (
	inLine    = "Register brought in line with the ODS extract"
	wasCalled = ". The name was "
)

// Said is what the record says of the change. The register keeps one name, so
// the one it had is in the sentence.
func (c Change) Said() string {
	if c.Was.Name == "" || c.Was.Name == c.Is.Name {
		return inLine
	}
	return inLine + wasCalled + c.Was.Name
}

// WasCalled reads from the record's sentence what an organisation was called
// before a change; false where its name did not change.
func WasCalled(said string) (string, bool) { return strings.CutPrefix(said, inLine+wasCalled) }

// Plan compares what we hold with an extract, and changes nothing. Changes
// come sorted by code. An organisation the extract leaves out is left alone:
// closing needs a closing day. When a plan has been carried out, planning the
// same extract again gives no change.
func Plan(existing []Organisation, extract Extract) []Change {
	held := make(map[Code]Organisation, len(existing))
	for _, o := range existing {
		held[o.Code] = o
	}
	var changes []Change
	for _, r := range extract.Records {
		was, known := held[r.Code]
		is := was
		is.Code, is.Name, is.Region, is.ICB, is.OpenedOn, is.ClosedOn = r.Code, r.Name, r.Region, r.ICB, r.OpenedOn, r.ClosedOn
		if !known {
			is.Kind = KindUnknown
		}
		if steps := stepsBetween(was, is, known); len(steps) > 0 {
			changes = append(changes, Change{Was: was, Is: is, Steps: steps})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Is.Code, b.Is.Code) })
	return changes
}

func stepsBetween(was, is Organisation, known bool) []Step {
	var steps []Step
	if !known {
		steps = append(steps, Step{Act: Opens, Is: is.Name})
		if is.ClosedOn != "" {
			steps = append(steps, Step{Act: Closes, Is: string(is.ClosedOn)})
		}
		return steps
	}
	add := func(act Act, was, is string) {
		if was != is {
			steps = append(steps, Step{Act: act, Was: was, Is: is})
		}
	}
	add(Renames, was.Name, is.Name)
	add(Moves, string(was.Region), string(is.Region))
	add(JoinsBoard, was.ICB, is.ICB)
	add(CorrectsStart, string(was.OpenedOn), string(is.OpenedOn))
	if is.ClosedOn == "" {
		add(Reopens, string(was.ClosedOn), "")
	} else {
		add(Closes, string(was.ClosedOn), string(is.ClosedOn))
	}
	return steps
}

// String is the step in words, as a dry run prints it.
func (s Step) String() string {
	switch {
	case s.Act == Opens:
		return "new: " + s.Is
	case s.Act == Renames:
		return fmt.Sprintf("name: %s, was %s", s.Is, s.Was)
	case s.Act == Moves:
		return fmt.Sprintf("region: %s, was %s", regionWord(s.Is), regionWord(s.Was))
	case s.Act == JoinsBoard:
		return fmt.Sprintf("integrated care board: %s, was %s", orNone(s.Is), orNone(s.Was))
	case s.Act == CorrectsStart:
		return fmt.Sprintf("opened on %s, was %s", s.Is, orNone(s.Was))
	case s.Act == Reopens:
		return "open again: the closing day " + s.Was + " was taken back"
	case s.Was == "":
		return "closed on " + s.Is
	}
	return fmt.Sprintf("closed on %s, was %s", s.Is, s.Was)
}

func regionWord(code string) string {
	if name := Regions[Region(code)]; name != "" {
		return name
	}
	return orNone(code)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Text prints a plan and the refused rows for a person to read: with dry
// before they agree to it, otherwise after it was done. The same input gives
// the same bytes.
func Text(changes []Change, refused []Refused, dry bool) string {
	var b strings.Builder
	count := map[Act]int{}
	for _, c := range changes {
		for _, s := range c.Steps {
			count[s.Act]++
			fmt.Fprintf(&b, "%-5s  %s\n", c.Is.Code, s)
		}
	}
	for _, r := range refused {
		fmt.Fprintf(&b, "%-5s  refused, line %d: %s\n", r.Code, r.Line, r.Sentence)
	}
	if len(changes) == 0 {
		b.WriteString(nothing(dry) + "\n")
		return b.String()
	}
	var parts []string
	for _, act := range []Act{Opens, Renames, Moves, JoinsBoard, CorrectsStart, Closes, Reopens} {
		if n := count[act]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", act, n))
		}
	}
	head := "Organisations changed"
	if dry {
		head = "Organisations that would change"
	}
	fmt.Fprintf(&b, "%s: %d (%s).\n", head, len(changes), strings.Join(parts, ", "))
	return b.String()
}

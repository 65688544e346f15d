package attestation

import (
	"slices"
	"strconv"
	"strings"

	"countersign/internal/access"
	"countersign/internal/fault"
)

// FactName is one figure or word a template can bind, as the editor offers it.
type FactName struct {
	Name   string
	Means  string
	Sample string // to read the words with, before a trust has any
}

// FactNames lists what a template can bind. The first three are of the
// statement itself; Records gives the others.
var FactNames = []FactName{
	{"organisation", "The name of the trust", "Calder Vale Teaching Hospitals NHS Trust"},
	{"date", "The day the words are locked", "20 November 2026"},
	{"period", "The months the statement is about", "July to September 2026"},
	{"answered", "High severity alerts answered within 48 hours", "11"},
	{"due", "High severity alerts that were to be answered", "12"},
	{"reached", "Outcomes of the assessment at the expected level", "30"},
	{"outcomes", "Outcomes of the assessment", "41"},
	{"evidence", "Pieces of evidence the statement leans on", "7"},
}

// meaning says one fact in words.
func meaning(name string) string {
	for _, f := range FactNames {
		if f.Name == name {
			return f.Means
		}
	}
	return name
}

// AnyFigure stands for the figures of a template that names none: then each of
// them asks for a new statement when it moves.
const AnyFigure = "Any figure"

// Means says facts in words, in the order the editor offers them.
func Means(names []string) []string {
	var words []string
	for _, f := range FactNames {
		if slices.Contains(names, f.Name) {
			words = append(words, f.Means)
		}
	}
	return words
}

// Changeable tells whether the fact can be another later: those of the
// statement itself are fixed with it.
func (f FactName) Changeable() bool {
	return f.Name != "organisation" && f.Name != "date" && f.Name != "period"
}

// Samples are figures to read the words of a template with.
func Samples() Facts {
	facts := Facts{}
	for _, f := range FactNames {
		facts[f.Name] = f.Sample
	}
	return facts
}

// Read gives the words of a template as they would read with some facts.
func (t Template) Read(facts Facts) (Words, error) {
	var w Words
	var err error
	if w.Title, err = facts.bind(t.Title); err != nil {
		return w, err
	}
	if w.Opening, err = facts.bind(t.Opening); err != nil {
		return w, err
	}
	for _, p := range t.Parts {
		text, err := facts.bind(p.Text)
		if err != nil {
			return w, err
		}
		w.Parts = append(w.Parts, text)
	}
	return w, nil
}

// factsIn lists the facts a text binds, and says what is wrong with its braces.
func factsIn(text string) ([]string, string) {
	var names []string
	for {
		before, rest, found := strings.Cut(text, "{")
		if strings.Contains(before, "}") {
			return names, "has a } without a { before it"
		}
		if !found {
			return names, ""
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || strings.Contains(name, "{") {
			return names, "has a { without a } after it"
		}
		if !slices.ContainsFunc(FactNames, func(f FactName) bool { return f.Name == name }) {
			return names, "asks for {" + name + "}, which the portal does not know. Choose from the list of facts"
		}
		names, text = append(names, name), after
	}
}

// Limits of a template.
const (
	partsLimit = 20
	textLimit  = 600
)

// ProofNames are the records that a part can point to.
var ProofNames = []string{"alerts", "outcomes", "evidence"}

// coSigners are the offices that can sign beside the chief executive.
var coSigners = []access.Office{access.SIRO}

// Check finds what is missing from a template, or wrong, in a form's order.
func (t Template) Check() error {
	var problems fault.Problems
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	add(!slug(t.ID), "id", "Enter a short name of small letters, numbers and hyphens, such as annual-resilience")
	add(!slices.Contains(Kinds, t.Sort()), "kind", "Select what the statement is for")
	add(!strings.Contains(t.Title, "{period}"), "title", "The title must say {period}, so that two statements can be told apart")
	for _, f := range []struct{ field, what, text string }{{"title", "The title", t.Title}, {"opening", "The opening", t.Opening}} {
		add(f.text == "", f.field, "Enter "+strings.ToLower(f.what))
		text(add, f.field, f.what, f.text)
	}
	if names, _ := factsIn(t.Title); len(names) != strings.Count(t.Title, "{period}") {
		add(true, "title", "The title can say {period} and no other fact")
	}
	add(len(t.Parts) == 0, "part-0-text", "Enter at least 1 part")
	add(len(t.Parts) > partsLimit, "part-0-text", "A statement can have "+strconv.Itoa(partsLimit)+" parts")
	bound := map[string]bool{}
	for i, p := range t.Parts {
		field, what := "part-"+strconv.Itoa(i), "Part "+strconv.Itoa(i+1)
		add(p.Text == "", field+"-text", what+" is empty. Enter its words, or take it away")
		text(add, field+"-text", what, p.Text)
		add(p.Proof != "" && !slices.Contains(ProofNames, p.Proof), field+"-proof", what+" points to records that do not exist")
		names, _ := factsIn(p.Text)
		for _, name := range names {
			bound[name] = true
		}
	}
	for _, name := range t.Material {
		i := slices.IndexFunc(FactNames, func(f FactName) bool { return f.Name == name })
		add(i < 0 || !FactNames[i].Changeable() || !bound[name], "material", "“"+name+"” is in no part, so it cannot ask for a new statement when it changes")
	}
	add(slices.ContainsFunc(t.CoSign, func(o access.Office) bool { return !slices.Contains(coSigners, o) }), "siro", "Only the senior information risk owner can sign beside the chief executive")
	add(len(t.CoSign) > len(coSigners), "siro", "Each office can sign beside the chief executive once")
	return problems.OrNil()
}

func text(add func(bool, string, string), field, what, text string) {
	_, wrong := factsIn(text)
	add(wrong != "", field, what+" "+wrong)
	add(len([]rune(text)) > textLimit, field, what+" must be "+strconv.Itoa(textLimit)+" characters or fewer")
	if err := Plain(text); err != nil {
		add(true, field, err.Error())
	}
}

func slug(id string) bool {
	return len(id) >= 3 && len(id) <= 40 && id != "new" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && !strings.HasPrefix(id, "-")
}

package attestation

import (
	"strings"

	"countersign/internal/fault"
)

// Template is the wording of one kind of statement: numbered parts in the
// first person, each bound to facts the portal knows. Templates are data and
// never change under their edition.
type Template struct {
	ID      string `json:"id"`
	Edition int64  `json:"edition"`
	Title   string `json:"title"`   // "{period} cyber statement"
	Opening string `json:"opening"` // the sentence before the parts
	Parts   []Part `json:"parts"`
}

// Part is one numbered confirmation. Facts in braces are filled at the lock:
// {answered} is replaced by the figure of that name.
type Part struct {
	Text  string `json:"text"`
	Proof string `json:"proof,omitempty"` // which record shows it: alerts, outcomes, evidence
}

// Quarterly is the statement every trust is asked for each quarter.
var Quarterly = Template{
	ID: "quarterly", Edition: 1, Title: "{period} cyber statement",
	Opening: "On behalf of {organisation}, I confirm that on {date}:",
	Parts: []Part{
		{Text: "We answered {answered} of {due} high severity alerts within 48 hours.", Proof: "alerts"},
		{Text: "{reached} of {outcomes} outcomes of our assessment are at the expected level.", Proof: "outcomes"},
		{Text: "The {evidence} pieces of evidence behind this statement were checked by the senior information risk owner.", Proof: "evidence"},
		{Text: "The gaps listed below are complete, as far as I know."},
	},
}

// Facts are the figures a template asks for, by name, ready to print.
type Facts map[string]string

// bind fills the facts into a text. A text that asks for a fact nobody gave is
// refused: a statement with a hole in it must never be signed.
func (f Facts) bind(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := f[name]
		if !closed || !known || value == "" {
			return "", fault.New(fault.Conflict, "The figure “"+name+"” is missing, so the statement cannot be locked yet.")
		}
		out.WriteString(value)
		text = after
	}
}

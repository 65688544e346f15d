package attestation

import (
	"strings"

	"countersign/internal/access"
	"countersign/internal/fault"
)

// Kind is what a statement is for.
type Kind string

// The kinds of statement. A decision about a risk is none of them: it has a
// ceremony of its own.
const (
	AnnualKind     Kind = "annual"
	QuarterlyKind  Kind = "quarterly"
	AcceptanceKind Kind = "acceptance"
	FundingKind    Kind = "funding"
)

// Kinds lists them in the order pages do.
var Kinds = []Kind{AnnualKind, QuarterlyKind, AcceptanceKind, FundingKind}

// Word is the kind as a page says it.
func (k Kind) Word() string {
	return map[Kind]string{AnnualKind: "Annual statement of resilience", QuarterlyKind: "Quarterly statement", AcceptanceKind: "Acceptance of an assessment", FundingKind: "Funding assurance"}[k]
}

// Yearly tells whether a statement of the kind is about a year, not a quarter.
func (k Kind) Yearly() bool { return k == AnnualKind || k == FundingKind }

// Template is the wording of one kind of statement: numbered parts in the
// first person, each bound to facts the portal knows. Templates are data and
// never change under their edition.
type Template struct {
	ID       string          `json:"id"`
	Edition  int64           `json:"edition"`
	Kind     Kind            `json:"kind,omitempty"` // empty in wordings from before there were several: quarterly
	Title    string          `json:"title"`          // "{period} cyber statement"
	Opening  string          `json:"opening"`        // the sentence before the parts
	Parts    []Part          `json:"parts"`
	CoSign   []access.Office `json:"co_sign,omitempty"`  // who must sign beside the chief executive
	Material []string        `json:"material,omitempty"` // facts whose later change asks for a new statement
}

// Sort is the kind of the template, whenever it was written.
func (t Template) Sort() Kind {
	if t.Kind == "" {
		return QuarterlyKind
	}
	return t.Kind
}

// For names a statement made from the template for a period.
func (t Template) For(period string) string { return strings.ReplaceAll(t.Title, "{period}", period) }

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

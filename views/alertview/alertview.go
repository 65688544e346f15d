// Package alertview holds the pages of national alerts: an organisation's list
// and its answer to one alert, and what publishers and regulators write and
// read. Every field is ready to print; nothing here decides anything. The
// service's rules are in the alert package, the words for instants in handler.
package alertview

import (
	"github.com/a-h/templ"

	"countersign/views/component"
	"countersign/views/layout"
)

// Row is one alert in an organisation's list.
type Row struct {
	Title  string
	Href   string
	About  string // number and severity: CC-0007, high severity
	Sent   string
	Next   string // what is due when, or when it was closed
	Status component.Tag
}

// Step is one thing to do.
type Step struct{ Kind, Text, Link string }

// Words is what an alert says: what to do, why, and what helps to find it.
type Words struct {
	Steps      []Step
	Why        templ.Component
	Facts      []Fact // kind of threat, categories, ways in
	CVEs       []string
	Platforms  []string
	Indicators templ.Component // nil when there are none
	Sources    []string
}

// more tells whether there is anything to fold away.
func (w Words) more() bool {
	return len(w.Facts) > 0 || len(w.CVEs) > 0 || len(w.Platforms) > 0 || w.Indicators != nil || len(w.Sources) > 0
}

// Change is one version of an alert after the first.
type Change struct{ Title, At, Machine, Reason, Renew string }

// List is an organisation's alerts, newest first.
type List struct {
	layout.Page
	Lead   string // what needs an answer, in one sentence
	Rows   []Row
	Empty  string // what to say when there are none
	Newest string // address of the first page; empty on it
	Older  string // address of the next page; empty on the last
	Links  []layout.Link
}

// Moment is one event of the record.
type Moment struct {
	At      string
	Machine string // RFC 3339
	What    string
	Who     string
}

// Fact is a name with its value.
type Fact struct{ Name, Value string }

// Proof is one piece of evidence.
type Proof struct{ Title, Href, State string }

// Answer is an organisation's standing on one alert, and what is still to do.
type Answer struct {
	layout.Page
	Caption string // number and severity
	Heading string // the alert's title
	Status  component.Tag
	Inset   []string // late, closed, or which part of the answer is missing

	Late      bool   // the deadline that counts now is past
	Next      string // heading of the one thing to do now; empty when closed
	Due       string // the deadline that counts now
	Left      string // how long that is away; empty once it is met
	Facts     []Fact // the other deadline
	Clock     templ.Component
	Hours     [][]string // the clock as a table: event, time, hours since sent
	Post      string     // address of the acknowledgement; empty when it is not the next thing
	Button    string     // of the next thing; empty when this person may not do it
	Href      string     // where the next thing is done, when it is a page
	Quiet     string     // one paragraph under the button
	Reopen    string     // address that opens a closed answer again; empty when this person may not
	Seen      string     // version of the answer, posted back
	Joint     string     // address of one answer for several organisations; empty for who answers for one
	Words     Words
	Changes   []Change
	Tasks     []component.Task
	Evidence  []Proof
	Log       []Moment
	Calls     []Moment // of the national team, in their words
	TrustName string
	Links     []layout.Link
}

// Date is a date as it was typed.
type Date struct{ Day, Month, Year string }

// Input is the three fields of a date.
func (d Date) Input(name, legend, hint, problem string) component.DateInput {
	return component.DateInput{ID: name, Name: name, Error: problem, Hint: hint, Legend: component.Legend{Text: legend, Size: component.Small},
		Day: component.DatePart{Value: d.Day}, Month: component.DatePart{Value: d.Month}, Year: component.DatePart{Value: d.Year}}
}

// Applicability is the page that asks whether an alert applies. One who says
// no is asked on a second page how they know, and one who is still checking
// when they will say more, so that neither page depends on script to show what
// belongs to an answer.
type Applicability struct {
	layout.Page
	Caption  string
	Trust    string
	Post     string
	Seen     string            // version of the answer this form was made from
	Recorded []string          // what someone else said meanwhile
	Wrong    map[string]string // field to sentence
	Value    string
	Second   bool // the page that asks for what belongs to the answer
	Ways     []string
	How      []string // those that were ticked
	Checked  Date
	Update   Date
}

// Action is the page that asks what was done. More is asked on a second page,
// of all but those who fixed it everywhere.
type Action struct {
	layout.Page
	Caption  string
	Trust    string
	Post     string
	Seen     string
	Recorded []string
	Wrong    map[string]string
	Value    string
	Second   bool
	Fixed    string
	Assets   string
	Plan     Date
	Update   Date
	Reason   string
	Cover    string
}

// Closing is the page that shows an answer whole before it is closed.
type Closing struct {
	layout.Page
	Caption string
	Trust   string
	Rows    []component.SummaryRow
	Missing []string // what is still to do before it can be closed
	Post    string   // empty while something is missing
	Seen    string
}

// Joint is one answer for several organisations, in three steps: which and
// what, what belongs to the answer, and a check that names each.
type Joint struct {
	layout.Page
	Caption  string
	Heading  string
	Post     string
	Step     string // that this page asks for: answer, detail or send
	Saved    string // what was saved by the page before; empty at first
	Wrong    map[string]string
	Trusts   []component.Choice
	For      []string // those that were ticked, as the form sends them
	Value    string
	Ways     []string
	How      []string
	Checked  Date
	Update   Date
	Rows     []component.SummaryRow
	Standing []Fact // how each stands now
}

func (p Joint) applies() Applicability { return Applicability{Ways: p.Ways} }

func (p Applicability) choices() []component.Choice {
	return []component.Choice{
		{Value: "all", Text: "Yes, to all our systems of this kind"},
		{Value: "some", Text: "Yes, to some of them"},
		{Value: "none", Text: "No", Hint: "Next, you say how you know"},
		{Value: "checking", Text: "We are still checking", Hint: "The 48 hours go on until you can say. Next, you say when you will know more"},
	}
}

func (p Applicability) ways() []component.Choice {
	var list []component.Choice
	for _, way := range p.Ways {
		list = append(list, component.Choice{Value: way, Text: way})
	}
	return list
}

func (p Action) choices() []component.Choice {
	return []component.Choice{
		{Value: "fixed", Text: "Fixed everywhere", Hint: "Then add evidence, check and close"},
		{Value: "part", Text: "Fixed in part", Hint: "Next, you say how many, and when the rest will be fixed"},
		{Value: "mitigated", Text: "Made safe for now", Hint: "Something else protects it. Next, you say what"},
		{Value: "supplier", Text: "Waiting for a supplier"},
		{Value: "national", Text: "Waiting for a national fix"},
		{Value: "cannot", Text: "Cannot fix it yet", Hint: "Someone must decide about the risk. Next, you say why"},
	}
}

// templ does not take children after a composite literal, so these three name
// the ones that have some.

func inset() component.InsetText { return component.InsetText{} }

func details(summary string) component.Details { return component.Details{Summary: summary} }

func interruption(title string) component.Panel {
	return component.Panel{Interruption: true, Level: 2, Size: component.Medium, Title: title}
}

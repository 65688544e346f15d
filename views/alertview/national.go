package alertview

import (
	"github.com/a-h/templ"

	"countersign/views/component"
	"countersign/views/layout"
)

// National is what publishers and regulators see first.
type National struct {
	layout.Page
	Lead   string
	Write  string // address of the page that begins an alert; empty for those who may not
	Drafts []DraftRow
	Waits  string // how many imported drafts wait; empty when there are none
	Issued []IssuedRow
	Newest string
	Older  string
	Shows  bool // drafts are theirs to see
	Links  []layout.Link
}

// DraftRow is an alert on its way.
type DraftRow struct {
	Title, Href, Severity, Written string
	State                          component.Tag
}

// IssuedRow is an issued alert with how many organisations did what.
type IssuedRow struct {
	Number, Title, Href, Severity, Sent, Left string
	Acknowledged, Answered, Fixed             string // 171 of 206
}

// Imported is the desk of drafts that came from other bodies' lists and that
// nobody has touched.
type Imported struct {
	layout.Page
	Lead   string
	Search string // as it was typed
	Empty  string // what to say when there are none
	Rows   []ImportedRow
	First  string // address of the first page; empty on it
	Next   string
	All    string // address without the search; empty when there is none
	Import string // address of the page that brings some in; empty for those who may not
}

// ImportedRow is one draft as an import left it.
type ImportedRow struct{ Title, Href, From, CVEs, Imported string }

// Option is one box or button of the form, with how to name it.
type Option struct{ Value, Text, Hint string }

// Write is the form an alert is written on.
type Write struct {
	layout.Page
	Heading    string
	Hint       string // what changing it means; empty for a new one
	Post       string
	Wrong      map[string]string
	Title      string
	Severity   string
	Class      string
	Threat     string
	Why        string
	Steps      string
	Severities []Option
	Classes    []Option
	Threats    []Option
	Kinds      []Option
	Regions    []Option
	Cohorts    []Option
	InKinds    []string
	InRegions  []string
	InCohorts  []string
	Reach      string // how many it would reach as it is; empty before it was kept

	InOrganisations string // codes, as typed
	Rehearsal       bool
	More            bool // the lesser part of the words has something in it
	Categories      []Option
	InCategories    []string
	Vectors         []Option
	InVectors       []string
	CVEs            string
	Platforms       string
	Indicators      string
	Sources         string
	Public          bool
}

// Version is the form of a change of an issued alert, or the question which.
type Version struct {
	layout.Page
	Heading    string
	Caption    string
	Post       string
	Kind       string // empty asks which
	Kinds      []Option
	Wrong      map[string]string
	Words      Write // of a correction or an update
	Reason     string
	Renew      bool
	Due        []Fact // deadlines in force
	Answer     Date
	AnswerTime string
	Action     Date
	ActionTime string
}

// Waiting is a change that waits for a second publisher.
type Waiting struct {
	layout.Page
	Heading string
	Caption string
	Notice  string // why there is nothing to press
	Facts   []Fact // what changes, in words
	Was, Is Words
	Changed []Compared // each part of the words that is different
	Issue   string     // empty when it is not this person's turn
	Shown   string
	Button  string
	Reach   string // 1,412 people at 206 trusts
	Drop    string
	Silent  string // how many trusts no email reaches; empty when there are none
	Email   Email

	SilentNames []string
}

// Email is a letter as one trust's people get it.
type Email struct{ About, Subject, Text string }

// Compared is a part of an alert as trusts have it and as they would.
type Compared struct{ Name, Was, Is string }

// Review is the page before an alert is sent.
type Review struct {
	layout.Page
	Caption   string // where it stands
	Heading   string
	Severity  string
	Deadlines string
	Words     Words
	Audience  []Fact
	Reach     string // 206 trusts, 1,412 people
	Public    string // that anyone will be able to read it; empty when not
	Everybody string // 1,412 people at 206 trusts
	Silent    string // how many trusts no email reaches; empty when there are none
	Email     Email

	SilentNames []string
	Nobody      bool
	Edit        string // address of the form
	Submit      string // address that asks for approval; empty when it is not this person's turn
	Issue       string // address that issues; empty when it is not this person's turn
	Shown       string // digest of the words above, posted back with the approval
	Notice      string // why there is nothing to press
	Log         []Moment
}

// ResponseRow is how one organisation answered.
type ResponseRow struct {
	Name, Code, Acknowledged, Answered string
	Status                             component.Tag
}

// Responses is an issued alert with every organisation's response.
type Responses struct {
	layout.Page
	Caption    string
	Heading    string
	Lead       string
	Facts      []Fact
	Clock      templ.Component
	Counts     []Fact
	Shown      string // which rows of how many
	Rows       []ResponseRow
	Previous   string
	Next       string
	Words      Words
	Changes    []Change
	Actions    []layout.Link // what can be done with the alert from here
	Notice     string        // a change waits, or it was withdrawn
	NoticeLink *layout.Link
	Links      []layout.Link
}

func boxes(options []Option) []component.Choice {
	list := make([]component.Choice, 0, len(options))
	for _, o := range options {
		list = append(list, component.Choice{Value: o.Value, Text: o.Text, Hint: o.Hint})
	}
	return list
}

func draftCells(rows []DraftRow) [][]component.Cell {
	list := make([][]component.Cell, 0, len(rows))
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Title, Href: r.Href}, {Text: r.Severity}, {Text: r.Written}, {Content: r.State, Class: "app-nowrap app-list__tag"}})
	}
	return list
}

func importedCells(rows []ImportedRow) [][]component.Cell {
	list := make([][]component.Cell, 0, len(rows))
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Title, Href: r.Href}, {Text: r.From}, {Text: r.CVEs}, {Text: r.Imported}})
	}
	return list
}

func issuedCells(rows []IssuedRow) [][]component.Cell {
	list := make([][]component.Cell, 0, len(rows))
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Number + " " + r.Title, Href: r.Href}, {Text: r.Sent}, {Text: r.Left}, {Text: r.Acknowledged, Class: "app-nowrap"}, {Text: r.Answered, Class: "app-nowrap"}, {Text: r.Fixed, Class: "app-nowrap"}})
	}
	return list
}

func responseCells(rows []ResponseRow) [][]component.Cell {
	list := make([][]component.Cell, 0, len(rows))
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Name + " (" + r.Code + ")"}, {Content: r.Status, Class: "app-nowrap app-list__tag"}, {Text: r.Acknowledged}, {Text: r.Answered}})
	}
	return list
}

// ticked is the value of a single box.
func ticked(yes bool) []string {
	if yes {
		return []string{"1"}
	}
	return nil
}

// method is how the form is sent: the question only leads to a form.
func (p Version) method() string {
	if p.Kind == "" {
		return "get"
	}
	return "post"
}

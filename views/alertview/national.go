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
	Issued []IssuedRow
	Newest string
	Older  string
	Shows  bool // drafts are theirs to see
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
}

// Review is the page before an alert is sent.
type Review struct {
	layout.Page
	Caption   string // where it stands
	Heading   string
	Severity  string
	Deadlines string
	Words     Words
	Audience  []Fact
	Reach     string // 206 trusts
	Nobody    bool
	Edit      string // address of the form
	Submit    string // address that asks for approval; empty when it is not this person's turn
	Issue     string // address that issues; empty when it is not this person's turn
	Shown     string // digest of the words above, posted back with the approval
	Notice    string // why there is nothing to press
	Log       []Moment
}

// ResponseRow is how one organisation answered.
type ResponseRow struct {
	Name, Code, Acknowledged, Answered string
	Status                             component.Tag
}

// Responses is an issued alert with every organisation's response.
type Responses struct {
	layout.Page
	Caption  string
	Heading  string
	Lead     string
	Facts    []Fact
	Clock    templ.Component
	Counts   []Fact
	Shown    string // which rows of how many
	Rows     []ResponseRow
	Previous string
	Next     string
	Words    Words
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

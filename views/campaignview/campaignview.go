package campaignview

import (
	"countersign/views/component"
	"countersign/views/layout"
)

// Date is what stands in the three fields of a date.
type Date struct{ Day, Month, Year string }

// Row is one campaign in the list.
type Row struct{ Name, Href, Period, Due, Signed, Late, LateTag string }

// List is every campaign.
type List struct {
	layout.Page
	Ask  string // where trusts are asked; empty for those who may not
	Rows []Row
}

// Trust is one trust in a campaign.
type Trust struct{ Name, Href, Due, DueHref, Moved, Standing, Tag, Late, When, Code, CodeHref string }

// Filter shows the trusts at one step alone.
type Filter struct {
	Text, Href string
	Current    bool
}

// Fact is one line about a campaign.
type Fact struct{ Name, Value string }

// Course is one campaign with where each trust is. The counts of the filters
// equal the rows they lead to.
type Course struct {
	layout.Page
	Saved, Heading, Caption, Lead string
	Withdrawn                     string
	Facts                         []Fact
	Filters                       []Filter
	Table                         string // of the table
	Rows                          []Trust
	Empty                         string
	Shown, Previous, Next         string
	CSV, More, Withdraw           string
}

// More is the form that asks more trusts.
type More struct {
	layout.Page
	Caption, Action, Due, Codes string
	Wrong                       map[string]string
}

// Withdraw is the form that ends a campaign.
type Withdraw struct {
	layout.Page
	Caption, Action, Lead, Why string
	Wrong                      map[string]string
}

// Move is one deadline that was proposed.
type Move struct{ What, Why, Who, Standing, Tag string }

// Deadline is where the deadline of one trust is moved by two regulators.
type Deadline struct {
	layout.Page
	Caption, Heading, Due, Standing string
	Moves                           []Move
	Waiting                         *Move
	Notice                          string // why this reader cannot confirm
	Confirm, Refuse                 string
	Action                          string // where a new one is proposed; empty when nothing can be
	Typed                           Date
	Reason                          string
	Wrong                           map[string]string
}

// Origin tells a trust who asked for a statement, and how its deadline moved.
type Origin struct {
	layout.Page
	Caption, Gone string
	Facts         []Fact
	Moves         []Move
}

func facts(list []Fact) []component.SummaryRow {
	var rows []component.SummaryRow
	for _, f := range list {
		rows = append(rows, component.SummaryRow{Key: f.Name, Value: f.Value})
	}
	return rows
}

func listCells(list []Row) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range list {
		late := component.TagCell(r.Late, r.LateTag)
		late.Class = "app-list__tag"
		cells = append(cells, []component.Cell{{Text: r.Name, Href: r.Href}, {Text: r.Period}, {Text: r.Due}, {Text: r.Signed}, late})
	}
	return cells
}

func trustCells(list []Trust) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range list {
		standing := component.TagCell(r.Standing, r.Tag)
		standing.Class = "app-list__tag"
		due := r.Due
		if r.Moved != "" {
			due += ", " + r.Moved
		}
		code := or(r.Code, "None")
		code.Href = r.CodeHref
		cells = append(cells, []component.Cell{{Text: r.Name, Href: r.Href}, {Text: due, Href: r.DueHref, Hidden: "for " + r.Name}, standing, or(r.When, "Not yet"), code})
	}
	return cells
}

// or is a cell that a phone leaves out when there is nothing to say.
func or(text, nothing string) component.Cell {
	if text == "" {
		return component.Cell{Text: nothing, Class: "app-list__skip"}
	}
	return component.Cell{Text: text, Class: "app-nowrap"}
}

func moveCells(list []Move) [][]component.Cell {
	var cells [][]component.Cell
	for _, m := range list {
		standing := component.TagCell(m.Standing, m.Tag)
		cells = append(cells, []component.Cell{{Text: m.What}, {Text: m.Why, Class: "nhsuk-u-text-break-word"}, {Text: m.Who}, standing})
	}
	return cells
}

func link(href, text string) *component.Link {
	if href == "" {
		return nil
	}
	return &component.Link{Text: text, Href: href}
}

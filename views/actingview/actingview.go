package actingview

import (
	"countersign/views/component"
	"countersign/views/layout"
)

// Date is what stands in the three fields of a date.
type Date struct{ Day, Month, Year string }

// Row is one request in a list.
type Row struct {
	Name, Href, Trust, Term, Asked, Standing, Tag string
	End, EndWord                                  string // where it is withdrawn or ended; empty when nothing is left to end
}

// List is what a trust asked for, and who acts.
type List struct {
	layout.Page
	Saved  string
	Acting string // who acts now, in a sentence
	Ask    string // where to ask; empty while one waits
	Waits  string // why nothing can be asked now
	Rows   []Row
}

// Ask is the form.
type Ask struct {
	layout.Page
	Action         string
	People         []Option
	Person, Reason string
	From, To       Date
	Wrong          map[string]string
}

// Option is one choice of a form.
type Option struct{ Value, Text, Hint string }

// Desk is every trust's requests, those that wait first.
type Desk struct {
	layout.Page
	Lead    string
	Waiting []Row
	Decided []Row
}

// Fact is one line of a summary.
type Fact struct{ Name, Value string }

// Decide is one request, with the form that answers it while it waits.
type Decide struct {
	layout.Page
	Heading, Caption string
	Facts            []Fact
	Standing         string // what became of it; empty while it waits
	Notice           string // why this reader cannot decide
	Action           string // empty when there is nothing to decide
	Decision, Why    string
	Wrong            map[string]string
}

func rows(facts []Fact) []component.SummaryRow {
	var list []component.SummaryRow
	for _, f := range facts {
		list = append(list, component.SummaryRow{Key: f.Name, Value: f.Value})
	}
	return list
}

func choices(list []Option) []component.Choice {
	var all []component.Choice
	for _, o := range list {
		all = append(all, component.Choice{Value: o.Value, Text: o.Text, Hint: o.Hint})
	}
	return all
}

func deskCells(list []Row) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range list {
		standing := component.TagCell(r.Standing, r.Tag)
		standing.Class = "app-list__tag"
		cells = append(cells, []component.Cell{{Text: r.Trust, Href: r.Href}, {Text: r.Name, Class: "app-list__plain"}, {Text: r.Term}, {Text: r.Asked}, standing})
	}
	return cells
}

var deskColumns = []component.Column{{Text: "Trust"}, {Text: "Who would act"}, {Text: "When"}, {Text: "Asked"}, {Text: "How it stands"}}

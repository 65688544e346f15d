package templateview

import (
	"strconv"

	"countersign/views/component"
	"countersign/views/layout"
)

// Option is one choice of a form.
type Option struct{ Value, Text, Hint string }

// Row is one wording in the list.
type Row struct{ Name, Href, Kind, Edition, Standing, Tag string }

// List is every wording that statements are asked for with.
type List struct {
	layout.Page
	Write string // where a new one is written; empty for those who may not
	Rows  []Row
}

// Compared is a part of the words in one edition and in another.
type Compared struct{ Name, Was, Is string }

// Edition is one edition: what it says, with sample figures, and what it
// changed.
type Edition struct {
	Name, Made  string
	Title       string
	Opening     string
	Parts       []string
	Facts       []Fact
	Changed     []Compared
	ChangedWord string // names the edition before
}

// Fact is one line about an edition.
type Fact struct{ Name, Value string }

// Read shows the editions of one wording.
type Read struct {
	layout.Page
	Heading, Kind string
	Write         string // where the next edition is written
	Waiting       string // says that a draft waits
	WaitingHref   string
	Editions      []Edition
}

// Part is one part as it stands in the form.
type Part struct{ Text, Proof string }

// Write is the form of an edition.
type Write struct {
	layout.Page
	Heading, Caption, Action string
	Fresh                    bool   // a wording that does not exist yet
	Draft                    string // where the writer's own draft of this name is
	ID, Kind                 string
	Kinds                    []Option
	Title, Opening           string
	Parts                    []Part
	Filled                   int // how many of the parts are filled; the others wait, folded
	Names                    []Fact
	Proofs                   []Option
	Materials                []Option
	Material                 []string
	SIRO                     bool
	Wrong                    map[string]string
}

// Waiting is a draft before it is published.
type Waiting struct {
	layout.Page
	Heading, Caption, Notice string
	Edition                  Edition
	Publish, Shown           string // where it is published; empty for its author
	Change, Drop             string
}

func choices(list []Option) []component.Choice {
	var all []component.Choice
	for _, o := range list {
		all = append(all, component.Choice{Value: o.Value, Text: o.Text, Hint: o.Hint})
	}
	return all
}

func options(list []Option) []component.Option {
	var all []component.Option
	for _, o := range list {
		all = append(all, component.Option{Value: o.Value, Text: o.Text})
	}
	return all
}

func rowCells(list []Row) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range list {
		standing := component.TagCell(r.Standing, r.Tag)
		standing.Class = "app-list__tag"
		cells = append(cells, []component.Cell{{Text: r.Name, Href: r.Href}, {Text: r.Kind}, {Text: r.Edition}, standing})
	}
	return cells
}

func facts(list []Fact) []component.SummaryRow {
	var rows []component.SummaryRow
	for _, f := range list {
		rows = append(rows, component.SummaryRow{Key: f.Name, Value: f.Value})
	}
	return rows
}

func nameCells(list []Fact) [][]component.Cell {
	var cells [][]component.Cell
	for _, f := range list {
		cells = append(cells, []component.Cell{{Text: f.Name, Class: "app-nowrap"}, {Text: f.Value}})
	}
	return cells
}

func compared(list []Compared) [][]component.Cell {
	or := func(text string) component.Cell {
		if text == "" {
			return component.Cell{Text: "Nothing"}
		}
		return component.Cell{Text: text}
	}
	var cells [][]component.Cell
	for _, c := range list {
		cells = append(cells, []component.Cell{{Text: c.Name}, or(c.Was), or(c.Is)})
	}
	return cells
}

func partName(i int) string { return "part-" + strconv.Itoa(i) }

func partWord(i int) string { return "Part " + strconv.Itoa(i+1) }

func ticked(is bool) []string {
	if is {
		return []string{"yes"}
	}
	return nil
}

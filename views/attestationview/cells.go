package attestationview

import (
	"strconv"
	"strings"

	"countersign/views/component"
)

func listCells(rows []Row) [][]component.Cell {
	var cells [][]component.Cell
	for _, row := range rows {
		standing := tag(row.Standing, row.Tag)
		if row.Late != "" {
			standing = tag(row.Late, "red")
		}
		cells = append(cells, []component.Cell{{Text: row.Title, Href: row.Href}, {Text: row.Due, Href: row.DueHref}, standing})
	}
	return cells
}

func outcomeCells(rows []Outcome) [][]component.Cell {
	var cells [][]component.Cell
	for _, row := range rows {
		when, code := component.Cell{Text: row.When, Class: "app-nowrap"}, component.Cell{Text: row.Code, Href: row.CodeHref, Class: "app-nowrap"}
		if row.When == "" {
			when = component.Cell{Text: "Not yet", Class: listSkip}
		}
		if row.Code == "" {
			code = component.Cell{Text: "None", Class: listSkip}
		}
		cells = append(cells, []component.Cell{{Text: row.Name, Href: row.Href}, {Text: row.Period, Class: "app-list__plain"}, {Text: row.Due, Class: "app-nowrap"},
			tag(row.Standing, row.Tag), when, code, promised(row)})
	}
	return cells
}

// promised says how many commitments of the trust are open, once for each trust.
func promised(row Outcome) component.Cell {
	if row.Promised == "" {
		return component.Cell{Text: "None open", Class: listSkip}
	}
	return component.Cell{Text: row.Promised, Href: row.PromisedHref}
}

// Places in a list on a phone: a tag stands at the side of its row, and what
// only says that there is nothing is left out.
const (
	listTag  = "app-list__tag"
	listSkip = "app-list__skip"
)

// selected offers options in a list of which nothing need be chosen.
func selected(list []Option, none string) []component.Option {
	chosen := []component.Option{{Text: none}}
	for _, o := range list {
		chosen = append(chosen, component.Option{Value: o.Value, Text: o.Text})
	}
	return chosen
}

func options(list []Option) []component.Choice {
	var choices []component.Choice
	for _, o := range list {
		choices = append(choices, component.Choice{Value: o.Value, Text: o.Text, Hint: o.Hint})
	}
	return choices
}

// whoChoices offers all trusts, or the parts of them that can be named. The
// parts are asked below and not revealed by the choice: what the library puts on
// a radio button that reveals something is no attribute such a button may have.
func whoChoices(p Request) []component.Choice {
	choices := []component.Choice{{Value: "all", Text: p.All}, {Value: "kinds", Text: "Some kinds of trust", Hint: "Choose them in the next list"}}
	if len(p.Groups) > 0 {
		choices = append(choices, component.Choice{Value: "groups", Text: "Some groups", Hint: "Choose them in the last list"})
	}
	return choices
}

func askRows(p Ask) []component.SummaryRow {
	return []component.SummaryRow{{Key: "Statement", Value: p.Statement}, {Key: "Wording", Value: p.Wording}, {Key: "Sign by", Value: p.SignBy}, {Key: "Who", Value: p.Who}}
}

func pageLink(href, text string) *component.Link {
	if href == "" {
		return nil
	}
	return &component.Link{Text: text, Href: href}
}

func exceptionRows(e Exception) []component.SummaryRow {
	return []component.SummaryRow{{Key: "What and why", Value: e.What}, {Key: "What will be done", Value: e.Doing}, {Key: "Who", Value: e.Who}, {Key: "By", Value: e.By}}
}

func partChoices(parts []Part) []component.Choice {
	var choices []component.Choice
	for _, p := range parts {
		choices = append(choices, component.Choice{Value: p.Value, Text: p.Text, Hint: p.Words})
	}
	return choices
}

func peopleHint(people []string) string {
	if len(people) == 0 {
		return ""
	}
	if len(people) > 4 {
		people = people[:4]
	}
	return "A name, such as " + strings.Join(people, ", ")
}

func gapName(i int) string { return "gap-" + strconv.Itoa(i) }

// lower begins a phrase with a small letter, inside a sentence.
func lower(phrase string) string {
	if phrase == "" {
		return ""
	}
	return strings.ToLower(phrase[:1]) + phrase[1:]
}

// count writes a number with commas: 1,062.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// tag is a status that a phone shows beside the title.
func tag(text, colour string) component.Cell {
	cell := component.TagCell(text, colour)
	cell.Class = listTag
	return cell
}

func capital(phrase string) string {
	if phrase == "" {
		return ""
	}
	return strings.ToUpper(phrase[:1]) + phrase[1:]
}

// besideRows say who signed before the chief executive, and when.
func besideRows(list []Beside) []component.SummaryRow {
	var rows []component.SummaryRow
	for _, g := range list {
		rows = append(rows, component.SummaryRow{Key: "Co-signed by", Value: g.Signer + ", " + g.Capacity}, component.SummaryRow{Key: "Co-signed at", Value: g.At})
	}
	return rows
}

// technicalRows may break anywhere: addresses have no blanks.
func technicalRows(list []Technical) []component.SummaryRow {
	var rows []component.SummaryRow
	for _, t := range list {
		rows = append(rows, component.SummaryRow{Key: t.Name, Content: fingerprint(t.Value)})
	}
	return rows
}

// fileWord says what a file is and, where it is known, how large.
func fileWord(kind, size string) string {
	if size == "" {
		return kind
	}
	return kind + ", " + size
}

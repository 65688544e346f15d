package evidenceview

import "countersign/views/component"

func cells(rows []Row) [][]component.Cell {
	var list [][]component.Cell
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Title, Href: r.Href}, {Text: r.RunsUntil}, {Content: component.Tag{Text: r.Standing, Colour: r.Tag, Plain: r.Tag == ""}}, {Text: r.Owner}, {Text: r.Uses}})
	}
	return list
}

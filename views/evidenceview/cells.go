package evidenceview

import "countersign/views/component"

func cells(rows []Row) [][]component.Cell {
	var list [][]component.Cell
	for _, r := range rows {
		list = append(list, []component.Cell{{Text: r.Title, Href: r.Href}, {Text: r.RunsUntil, Class: "app-brief__named"}, component.TagCell(r.Standing, r.Tag), {Text: r.Owner, Class: "app-brief__spare"}, {Text: r.Uses, Class: "app-brief__named"}})
	}
	return list
}

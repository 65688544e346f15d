package pdf

// cellSet is one cell of a row, broken into its lines.
type cellSet struct {
	in          *element
	lines       [][]glyph
	look        look
	left, width unit
	right       bool
}

// padding is above and below a row's text, and gap between columns.
const (
	padding = 5 * pt
	gap     = 14 * pt
)

// tall is how many lines a row has.
func tall(cells []cellSet) int {
	most := 1
	for _, cell := range cells {
		most = max(most, len(cell.lines))
	}
	return most
}

// row makes the strip of a row, or, for a row that no page can hold, a strip
// for each of its lines.
func row(cells []cellSet, weight unit, colour string) []strip {
	n, leading := tall(cells), cells[0].look.leading
	height := unit(n)*leading + 2*padding
	if height > textHeight/2 && n > 1 {
		return longRow(cells, n, leading, weight, colour)
	}
	return []strip{{height: height, draw: func(c canvas, top unit) {
		for _, cell := range cells {
			for i := range cell.lines {
				cell.draw(c, i, top+padding+unit(i)*leading)
			}
		}
		c.rule(marginSide, top+height-weight, textWidth, weight, colour)
	}}}
}

func longRow(cells []cellSet, n int, leading, weight unit, colour string) []strip {
	all := make([]strip, n)
	for i := range all {
		all[i] = strip{height: leading, keep: i == 0, draw: func(c canvas, top unit) {
			for _, cell := range cells {
				cell.draw(c, i, top)
			}
		}}
	}
	all[0].before = padding
	last := all[n-1].draw
	all[n-1].height += padding
	all[n-1].draw = func(c canvas, top unit) {
		last(c, top)
		c.rule(marginSide, top+leading+padding-weight, textWidth, weight, colour)
	}
	return all
}

func (cell cellSet) draw(c canvas, i int, top unit) {
	if i >= len(cell.lines) {
		return
	}
	left := cell.left
	if cell.right {
		left += cell.width - span(cell.lines[i])
	}
	c.line(cell.in, cell.lines[i], cell.look, left, top)
}

// strips of facts are a table of two columns: a label is the header of its row.
func (f Facts) strips(l *layout, in *element, width unit) []strip {
	element := in.add("Table")
	const first = 150 * pt
	var all []strip
	for _, fact := range f {
		tr := element.add("TR")
		label := tr.add("TH")
		label.attributes = "/O /Table /Scope /Row"
		all = append(all, row([]cellSet{
			{in: label, lines: lines(l.glyphs(Say(fact.Label), factLabel), first-gap), look: factLabel, left: marginSide},
			{in: tr.add("TD"), lines: lines(l.glyphs(fact.Value, inFacts), width-first), look: inFacts, left: marginSide + first},
		}, 500, line)...)
	}
	if len(all) > 0 {
		all[0].before += 10 * pt
	}
	return all
}

// strips of a table: its caption, its header, and its rows, which say the
// header again where they go on another page.
func (t Table) strips(l *layout, in *element, width unit) []strip {
	element := in.add("Table")
	all := l.running(element.add("Caption"), Say(t.Caption), caption, marginSide, width, 16*pt)
	for i := range all {
		all[i].keep = true
	}
	places := t.places(width)
	heads := make([]Text, len(t.Columns))
	for i, column := range t.Columns {
		heads[i] = Text{{Text: column.Head}}
	}
	header := row(t.cells(l, element.add("TR"), heads, places, true), 1500, ink)
	for i := range header {
		header[i].keep = len(t.Rows) > 0 || i < len(header)-1
	}
	all = append(all, header...)
	for _, texts := range t.Rows {
		rows := row(t.cells(l, element.add("TR"), texts, places, false), 500, line)
		for i := range rows {
			if len(header) == 1 {
				rows[i].header = &header[0]
			}
		}
		all = append(all, rows...)
	}
	return all
}

// places gives each column's left edge, and after the last one the right edge
// of the table.
func (t Table) places(width unit) []unit {
	shares := 0
	for _, column := range t.Columns {
		shares += max(1, column.Width)
	}
	edges, passed := []unit{marginSide}, 0
	for _, column := range t.Columns {
		passed += max(1, column.Width)
		edges = append(edges, marginSide+width*unit(passed)/unit(shares))
	}
	return edges
}

func (t Table) cells(l *layout, tr *element, texts []Text, places []unit, head bool) []cellSet {
	cells := make([]cellSet, len(texts))
	for i, text := range texts {
		k, tag, scope := inTable, "TD", ""
		switch {
		case head:
			k, tag, scope = tableHead, "TH", "/O /Table /Scope /Column"
		case t.RowHeads && i == 0:
			tag, scope = "TH", "/O /Table /Scope /Row"
		}
		in := tr.add(tag)
		in.attributes = scope
		width := places[i+1] - places[i]
		if i < len(texts)-1 {
			width -= min(gap, width/3)
		}
		cells[i] = cellSet{in: in, lines: lines(l.glyphs(text, k), width), look: k, left: places[i], width: width, right: t.Columns[i].Right}
	}
	return cells
}

package pdf

import "strconv"

// strips of a list: each item has a label, which a screen reader announces,
// and its text beside it.
func (list List) strips(l *layout, in *element, width unit) []strip {
	const indent = 18 * pt
	element := in.add("L")
	element.attributes = "/O /List /ListNumbering /Disc"
	if list.Numbered {
		element.attributes = "/O /List /ListNumbering /Decimal"
	}
	var all []strip
	for i, item := range list.Items {
		entry := element.add("LI")
		label, said := entry.add("Lbl"), "•"
		if list.Numbered {
			said = strconv.Itoa(i+1) + "."
		}
		mark := l.glyphs(Say(said+" "), body)
		rows := l.running(entry.add("LBody"), item, body, marginSide+indent, width-indent, 5*pt)
		text := rows[0].draw
		rows[0].draw = func(c canvas, top unit) {
			c.line(label, mark, body, marginSide+indent-5*pt-span(mark), top)
			text(c, top)
		}
		all = append(all, rows...)
	}
	if len(all) > 0 {
		all[0].before = 8 * pt
	}
	return all
}

package pdf

import (
	"bytes"
	"fmt"
)

// page is the drawing on one page, and the elements its marks belong to.
type page struct {
	drawing bytes.Buffer
	marks   []*element
}

// canvas draws on a page. Again says that what is drawn was said before, so
// that a screen reader does not read it twice.
type canvas struct {
	l      *layout
	page   *page
	number int
	again  bool
}

// within marks what is drawn as part of an element, or as none of the text.
func (c canvas) within(in *element, artifact string, draw func()) {
	if in == nil || c.again {
		fmt.Fprintf(&c.page.drawing, "/Artifact << %s >> BDC\n", artifact)
	} else {
		fmt.Fprintf(&c.page.drawing, "/%s << /MCID %d%s >> BDC\n", in.tag, len(c.page.marks), in.actual)
		in.kids = append(in.kids, mark{page: c.number, number: len(c.page.marks)})
		c.page.marks = append(c.page.marks, in)
	}
	draw()
	c.page.drawing.WriteString("EMC\n")
}

// line sets one line of text. Top is where its leading begins. What stands as
// its number is an element of its own beside the rest, not inside it: there
// are readers that lose the text after a mark within a mark.
func (c canvas) line(in *element, set []glyph, k look, left, top unit) {
	for len(set) > 0 {
		n := 1
		for n < len(set) && named(set[n]) == named(set[0]) {
			n++
		}
		owner := in
		if named(set[0]) && in != nil && !c.again {
			owner = in.add("Span")
			owner.actual = " /ActualText " + words(original(set[:n]))
		}
		c.within(owner, "/Type /Pagination", func() { c.text(set[:n], k, left, top) })
		for _, g := range set[:n] {
			left += g.width
		}
		set = set[n:]
	}
}

// named glyphs stand as their number, and carry what they are beside it.
func named(g glyph) bool { return g.shown != "" && g.char != '\n' }

func original(set []glyph) string {
	var said []rune
	for _, g := range set {
		said = append(said, g.char)
	}
	return string(said)
}

// text draws glyphs, each face's in one go.
func (c canvas) text(set []glyph, k look, left, top unit) {
	out := &c.page.drawing
	base := pageHeight - top - (k.leading-k.size)/2 - k.size*82/100
	fmt.Fprintf(out, "BT %s rg 1 0 0 1 %s %s Tm\n", k.colour, left, base)
	for from := 0; from < len(set); {
		f, to := set[from].face, from
		fmt.Fprintf(out, "/%s %s Tf <", f.resource, k.size)
		for ; to < len(set) && set[to].face == f; to++ {
			shown := set[to].shown
			if shown == "" {
				shown = string(set[to].char)
			}
			for _, r := range shown {
				fmt.Fprintf(out, "%04x", f.encode(r))
			}
		}
		out.WriteString("> Tj\n")
		from = to
	}
	out.WriteString("ET\n")
}

// box fills an area, which means nothing.
func (c canvas) box(left, top, width, height unit, colour string) {
	c.within(nil, "/Type /Layout", func() {
		fmt.Fprintf(&c.page.drawing, "%s rg %s %s %s %s re f\n", colour, left, pageHeight-top-height, width, height)
	})
}

// rule draws a line of a weight.
func (c canvas) rule(left, top, width, weight unit, colour string) {
	c.box(left, top, width, weight, colour)
}

// edges adds what stands at the top and the foot of every page. It is no part
// of the text.
func (l *layout) edges(d Document) {
	for i, p := range l.pages {
		c := canvas{l: l, page: p, number: i}
		said, k := d.Author, masthead
		if i > 0 {
			said, k = d.Title, edge
		}
		c.edge("/Type /Pagination /Subtype /Header", l.clip(said, k, textWidth), k, marginSide, 36*pt)
		c.rule(marginSide, 54*pt, textWidth, 1500, blue)
		foot := pageHeight - marginFoot + 26*pt
		c.rule(marginSide, foot, textWidth, 500, line)
		number := l.glyphs(Say(fmt.Sprintf("Page %d of %d", i+1, len(l.pages))), edge)
		c.edge("/Type /Pagination /Subtype /Footer", number, edge, pageWidth-marginSide-span(number), foot+7*pt)
		for n, set := range lines(l.glyphs(Say(d.Footer), edge), textWidth-90*pt) {
			if n < 2 { // more would run off the page
				c.edge("/Type /Pagination /Subtype /Footer", set, edge, marginSide, foot+7*pt+unit(n)*edge.leading)
			}
		}
	}
}

func (c canvas) edge(kind string, set []glyph, k look, left, top unit) {
	c.within(nil, kind, func() { c.text(set, k, left, top) })
}

// clip shortens what stands at an edge to one line. The whole of it is in the
// document's properties.
func (l *layout) clip(text string, k look, width unit) []glyph {
	set := l.glyphs(Say(text), k)
	if all := lines(set, width); len(all) > 1 {
		return append(lines(set, width-20*pt)[0], l.glyphs(Say("…"), k)...)
	}
	return set
}

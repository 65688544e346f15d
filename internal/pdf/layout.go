package pdf

// The page: A4, with the text in the middle of it.
const (
	pageWidth  unit = 595_276
	pageHeight unit = 841_890
	marginSide      = 62 * pt
	marginTop       = 74 * pt
	marginFoot      = 78 * pt
	textWidth       = pageWidth - 2*marginSide
	textHeight      = pageHeight - marginTop - marginFoot
)

// The colours, as the file has them. All text is dark enough to read on white.
const (
	ink  = "0.129 0.169 0.196"
	grey = "0.298 0.384 0.447"
	blue = "0 0.369 0.722"
	line = "0.686 0.725 0.761"
	tint = "0.941 0.957 0.961"
)

// look is how a block's text is set.
type look struct {
	size, leading unit
	bold          bool
	colour        string
}

var (
	body      = look{size: 11 * pt, leading: 16 * pt, colour: ink}
	lead      = look{size: 14 * pt, leading: 20 * pt, colour: ink}
	small     = look{size: 8500, leading: 12500, colour: ink}
	inTable   = look{size: 9500, leading: 13500, colour: ink}
	tableHead = look{size: 9500, leading: 13500, bold: true, colour: ink}
	inFacts   = look{size: 10500, leading: 15 * pt, colour: ink}
	factLabel = look{size: 10500, leading: 15 * pt, bold: true, colour: ink}
	caption   = look{size: 12 * pt, leading: 17 * pt, bold: true, colour: ink}
	edge      = look{size: 8500, leading: 11500, colour: grey}
	masthead  = look{size: 11 * pt, leading: 15 * pt, bold: true, colour: blue}
	panelHead = look{size: 20 * pt, leading: 30 * pt, bold: true, colour: ink}
	panelBody = look{size: 12 * pt, leading: 17 * pt, colour: ink}
	headings  = []look{{size: 24 * pt, leading: 30 * pt, bold: true, colour: ink}, {size: 16 * pt, leading: 22 * pt, bold: true, colour: ink}, {size: 12500, leading: 17 * pt, bold: true, colour: ink}}
)

// layout is a document on its way to pages.
type layout struct {
	faces family
	pages []*page
	marks []bookmark
	used  unit // of the last page's height
}

// bookmark is a heading and where it stands.
type bookmark struct {
	level int
	title string
	page  int
	top   unit
}

// strip is what is never split: a line of text, or a row.
type strip struct {
	before, height unit   // the space before it is dropped at the top of a page
	keep           bool   // on the page of the next one
	join           bool   // likewise, if that can be
	fresh          bool   // nothing but the beginning of a page
	header         *strip // said again where the strip is the first of a later page
	draw           func(c canvas, top unit)
}

// flow puts strips on pages.
func (l *layout) flow(strips []strip) error {
	for i := 0; i < len(strips); {
		if strips[i].fresh {
			if l.used > 0 {
				if err := l.turn(strips[i]); err != nil {
					return err
				}
			}
			i++
			continue
		}
		n, tall := together(strips[i:])
		if l.used > 0 && l.used+tall > textHeight {
			if err := l.turn(strips[i]); err != nil {
				return err
			}
		}
		for _, s := range strips[i : i+n] {
			l.place(s)
		}
		i += n
	}
	return nil
}

// together counts the strips that go on one page, and measures them. What no
// page can hold goes in smaller pieces, at last strip by strip.
func together(strips []strip) (n int, tall unit) {
	for _, held := range []func(s strip) bool{func(s strip) bool { return s.keep || s.join }, func(s strip) bool { return s.keep }} {
		if n, tall = chain(strips, held); tall-strips[0].before <= textHeight { // on a page of their own
			return n, tall
		}
	}
	return 1, strips[0].before + strips[0].height
}

// chain stops measuring past a page's height.
func chain(strips []strip, held func(strip) bool) (n int, tall unit) {
	for n < len(strips) && tall-strips[0].before <= textHeight && !strips[n].fresh {
		tall += strips[n].before + strips[n].height
		n++
		if !held(strips[n-1]) {
			break
		}
	}
	return n, tall
}

// turn begins a page, with the header of what goes on there.
func (l *layout) turn(first strip) error {
	if len(l.pages) >= mostPages {
		return ErrTooLarge
	}
	l.pages = append(l.pages, &page{})
	l.used = 0
	if h := first.header; h != nil && h.height < textHeight/3 {
		h.draw(canvas{l: l, page: l.pages[len(l.pages)-1], number: len(l.pages) - 1, again: true}, marginTop)
		l.used = h.height
	}
	return nil
}

func (l *layout) place(s strip) {
	if l.used > 0 {
		l.used += s.before
	}
	n := len(l.pages) - 1
	s.draw(canvas{l: l, page: l.pages[n], number: n}, marginTop+l.used)
	l.used += s.height
}

// gather lays out blocks one after the other.
func (l *layout) gather(blocks []Block, in *element, width unit) []strip {
	var all []strip
	for _, block := range blocks {
		all = append(all, block.strips(l, in, width)...)
	}
	return all
}

// running makes strips of lines of text. A paragraph leaves no single line at
// the foot of a page or the top of the next.
func (l *layout) running(in *element, text Text, k look, left, width, before unit) []strip {
	broken := lines(l.glyphs(text, k), width)
	all := make([]strip, len(broken))
	for i, set := range broken {
		all[i] = strip{height: k.leading, keep: i == 0 && len(broken) > 1 || i == len(broken)-2,
			draw: func(c canvas, top unit) { c.line(in, set, k, left, top) }}
	}
	all[0].before = before
	return all
}

func (h Heading) strips(l *layout, in *element, width unit) []strip {
	tag := []string{"H1", "H2", "H3"}[h.Level-1]
	before := []unit{20 * pt, 24 * pt, 16 * pt}[h.Level-1]
	all := l.running(in.add(tag), Say(h.Text), headings[h.Level-1], marginSide, width, before)
	for i := range all {
		all[i].keep = true
	}
	first := all[0].draw
	all[0].draw = func(c canvas, top unit) {
		l.marks = append(l.marks, bookmark{h.Level, plain(h.Text), c.number, top})
		first(c, top)
	}
	return all
}

func (p Paragraph) strips(l *layout, in *element, width unit) []strip {
	k := body
	if p.Lead {
		k = lead
	}
	return l.running(in.add("P"), p.Text, k, marginSide, width, 9*pt)
}

func (s Small) strips(l *layout, in *element, width unit) []strip {
	return l.running(in.add("P"), s.Text, small, marginSide, width, 6*pt)
}

func (Rule) strips(*layout, *element, unit) []strip {
	return []strip{{before: 14 * pt, height: pt, draw: func(c canvas, top unit) { c.rule(marginSide, top, textWidth, 750, line) }}}
}

func (NewPage) strips(*layout, *element, unit) []strip { return []strip{{fresh: true}} }

func (t Together) strips(l *layout, in *element, width unit) []strip {
	all := l.gather(t, in, width)
	for i := range all[:max(0, len(all)-1)] {
		all[i].join = true
	}
	return all
}

// strips of a panel are one: its frame goes around all of it.
func (p Panel) strips(l *layout, in *element, width unit) []strip {
	const pad, bar = 16 * pt, 6 * pt
	type set struct {
		in   *element
		line []glyph
		k    look
	}
	var all []set
	add := func(text Text, k look) {
		element := in.add("P")
		for _, each := range lines(l.glyphs(text, k), width-2*pad-bar) {
			all = append(all, set{element, each, k})
		}
	}
	add(Say(p.Title), panelHead)
	for _, text := range p.Lines {
		add(text, panelBody)
	}
	height := 2 * pad
	for _, each := range all {
		height += each.k.leading
	}
	if height+8*pt > textHeight { // it cannot be framed
		var plain []strip
		for _, each := range all {
			plain = append(plain, strip{height: each.k.leading, draw: func(c canvas, top unit) { c.line(each.in, each.line, each.k, marginSide, top) }})
		}
		return plain
	}
	return []strip{{before: 16 * pt, height: height + 8*pt, draw: func(c canvas, top unit) {
		c.box(marginSide, top, width, height, tint)
		c.box(marginSide, top, bar, height, blue)
		top += pad
		for _, each := range all {
			c.line(each.in, each.line, each.k, marginSide+bar+pad, top)
			top += each.k.leading
		}
	}}}
}

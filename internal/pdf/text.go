package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// unit is a thousandth of a point. Everything is laid out in whole ones, so
// that no machine's rounding changes a byte.
type unit int

const pt unit = 1000

// String gives points, as the file has them.
func (u unit) String() string {
	if u < 0 {
		return "-" + (-u).String()
	}
	text := fmt.Sprintf("%d.%03d", u/pt, u%pt)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// words writes a text as the file's strings have it: every character by its
// number, so that none can end the string or mean something in it.
func words(text string) string {
	var b strings.Builder
	b.WriteString("<feff")
	for _, half := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04x", half)
	}
	b.WriteString(">")
	return b.String()
}

// moment writes an instant, in UTC.
func moment(at time.Time) string { return "(D:" + at.UTC().Format("20060102150405") + "Z)" }

func ref(number int) string { return strconv.Itoa(number) + " 0 R" }

// glyph is one character of the text as it is set. Shown is it, or what stands
// for it where the face lacks it or it could not be seen.
type glyph struct {
	char  rune
	shown string // empty when the character itself is shown
	face  *face
	width unit
}

// code stands for a character that cannot be shown. Nothing vanishes.
func code(r rune) string { return fmt.Sprintf("[U+%04X]", r) }

// plain gives the characters of a text with each way to end a line as a line
// feed, and tabs as blanks.
func plain(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(text)
}

// visible characters are drawn; all others, such as those that turn the
// direction of text around, are named.
func visible(r rune) bool { return unicode.IsPrint(r) || r == '\u00a0' }

// glyphs measures a text in a look.
func (l *layout) glyphs(text Text, k look) []glyph {
	var set []glyph
	for _, run := range text {
		f := l.faces.of(run.Style, k.bold)
		for _, r := range plain(run.Text) {
			set = append(set, l.glyph(f, r, k.size))
		}
	}
	return set
}

func (l *layout) glyph(f *face, r rune, size unit) glyph {
	if r == '\n' {
		return glyph{char: r, shown: " ", face: f}
	}
	if visible(r) && f.has(r) {
		return glyph{char: r, face: f, width: f.width(r, size)}
	}
	g := glyph{char: r, shown: code(r), face: f}
	for _, c := range g.shown {
		g.width += f.width(c, size)
	}
	return g
}

// lines breaks glyphs into lines. There is at least one.
func lines(set []glyph, width unit) [][]glyph {
	if len(set) == 0 {
		return [][]glyph{nil}
	}
	var all [][]glyph
	for len(set) > 0 {
		n := fitting(set, width)
		all, set = append(all, set[:n]), set[n:]
	}
	return all
}

// fitting counts the glyphs of the next line: up to a line's end in the text,
// or the last blank that fits, or, in a word longer than a line, to the edge.
// Nothing is broken at a hyphen: readers would lose it.
func fitting(set []glyph, width unit) int {
	var used unit
	blank := 0
	for i, g := range set {
		switch {
		case g.char == '\n':
			return i + 1
		case g.char == ' ': // it may hang over the edge
			blank = i + 1
		case used+g.width > width && blank > 0:
			return blank
		case used+g.width > width && i > 0:
			return i
		}
		used += g.width
	}
	return len(set)
}

// span is how wide a line is without the blanks at its end.
func span(line []glyph) unit {
	for len(line) > 0 && (line[len(line)-1].char == ' ' || line[len(line)-1].char == '\n') {
		line = line[:len(line)-1]
	}
	var width unit
	for _, g := range line {
		width += g.width
	}
	return width
}

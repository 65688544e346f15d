// Package chart draws the service's figures as SVG on the server: the same
// data gives the same bytes. Every figure is a struct of plain numbers and
// words that is also a templ component, so a page writes @chart.LevelBar{…}.
// Nothing here decides anything; bands, levels and positions arrive as words.
//
// Row figures are hidden from screen readers because their row says the same
// in words. Figures that stand alone carry a label, and Figure puts the table
// with the same numbers under them.
package chart

import (
	"context"
	"html"
	"io"
	"math"
	"strconv"
	"strings"
)

// The palette of the design, as attribute values: pages allow no inline style.
const (
	accent     = "#005eb8"
	accentDeep = "#003087"
	concern    = "#b85000"
	ink        = "#212b32"
	quiet      = "#4c6272"
	line       = "#768692"
	rule       = "#d8dde0"
	wash       = "#e8f1f9"
	tint       = "#c9dcef"
	page       = "#f0f4f5"
)

// The words a band may come as. Any other word is drawn as not compared.
const (
	Below  = "below"
	Above  = "above"
	Within = "within"
)

// drawing collects one SVG.
type drawing struct{ strings.Builder }

// begin opens the drawing. A label makes it an image of its own; without one
// it is hidden, because the words stand beside it.
func begin(width, height float64, label string) *drawing {
	return beginAs("img", width, height, label)
}

func beginAs(role string, width, height float64, label string) *drawing {
	d := &drawing{}
	d.add(`<svg class="app-svg" viewBox="0 0 `, num(width), " ", num(height), `" width="`, num(width), `" height="`, num(height), `"`)
	if label == "" {
		d.add(` aria-hidden="true" focusable="false">`)
	} else {
		d.add(` role="`, role, `" aria-label="`, html.EscapeString(label), `" focusable="false">`)
	}
	return d
}

func (d *drawing) end() string { d.add("</svg>"); return d.String() }

func (d *drawing) add(parts ...string) {
	for _, p := range parts {
		d.WriteString(p)
	}
}

// element writes one empty element; attributes are names and values in turn,
// all of them from this package.
func (d *drawing) element(name string, attributes ...string) {
	d.add("<", name)
	for i := 0; i+1 < len(attributes); i += 2 {
		d.add(" ", attributes[i], `="`, attributes[i+1], `"`)
	}
	d.add("/>")
}

// text writes words of the caller's, escaped.
func (d *drawing) text(x, y float64, words string, attributes ...string) {
	d.add(`<text x="`, num(x), `" y="`, num(y), `"`)
	for i := 0; i+1 < len(attributes); i += 2 {
		d.add(" ", attributes[i], `="`, attributes[i+1], `"`)
	}
	d.add(">", html.EscapeString(words), "</text>")
}

func (d *drawing) rect(x, y, width, height float64, attributes ...string) {
	d.element("rect", append([]string{"x", num(x), "y", num(y), "width", num(max(0, width)), "height", num(height)}, attributes...)...)
}

func (d *drawing) circle(x, y, r float64, attributes ...string) {
	d.element("circle", append([]string{"cx", num(x), "cy", num(y), "r", num(r)}, attributes...)...)
}

func (d *drawing) path(data string, attributes ...string) {
	d.element("path", append([]string{"d", data}, attributes...)...)
}

// num rounds to one decimal, so that golden files do not hang on the last bit
// of a machine's arithmetic. What is no number is drawn at 0.
func num(x float64) string {
	x = math.Round(x*10) / 10
	if math.IsNaN(x) || math.IsInf(x, 0) || x == 0 {
		return "0"
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// thin is a stroke width or an inset: two decimals, from this package only.
func thin(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func clamp(x, low, high float64) float64 {
	if math.IsNaN(x) {
		return low
	}
	return min(max(x, low), high)
}

func percent(x float64) string { return strconv.Itoa(int(math.Round(x*100))) + "%" }

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

func render(w io.Writer, svg string) error {
	_, err := io.WriteString(w, svg)
	return err
}

// Every figure is a templ.Component.

// Render writes the bar.
func (c ClockBar) Render(_ context.Context, w io.Writer) error { return render(w, c.SVG()) }

// Render writes the ring.
func (c ClockRing) Render(_ context.Context, w io.Writer) error { return render(w, c.SVG()) }

// Render writes the squares.
func (o OnTimeSquares) Render(_ context.Context, w io.Writer) error { return render(w, o.SVG()) }

// Render writes the bar.
func (l LevelBar) Render(_ context.Context, w io.Writer) error { return render(w, l.SVG()) }

// Render writes the row.
func (r IntervalRow) Render(_ context.Context, w io.Writer) error { return render(w, r.SVG()) }

// Render writes the axis.
func (a IntervalAxis) Render(_ context.Context, w io.Writer) error { return render(w, a.SVG()) }

// Render writes the strip.
func (p PositionStrip) Render(_ context.Context, w io.Writer) error { return render(w, p.SVG()) }

// Render writes the sparkline.
func (s Sparkline) Render(_ context.Context, w io.Writer) error { return render(w, s.SVG()) }

// Render writes the heat map.
func (h HeatMap) Render(_ context.Context, w io.Writer) error { return render(w, h.SVG()) }

// Render writes the funnel plot.
func (f Funnel) Render(_ context.Context, w io.Writer) error { return render(w, f.SVG()) }

package chart

import (
	"context"
	"io"
	"strings"
)

// SharesBar is how a whole divides, each part with its own fill: done, open,
// and what failed. Script moves its edges, so all three are always there.
type SharesBar struct {
	Done, Open, Lost int
	Small            bool
}

// Render writes the bar.
func (b SharesBar) Render(_ context.Context, w io.Writer) error { return render(w, b.SVG()) }

// Edges gives where each part begins and how wide it is: six numbers, parted
// by blanks. A gap of one unit parts what is filled from what is not.
func (b SharesBar) Edges() string {
	width := b.width()
	whole := float64(max(1, b.Done+b.Open+b.Lost))
	done, open := float64(b.Done)/whole*width, float64(b.Open)/whole*width
	lost := width - done - open
	if b.Lost == 0 {
		lost = 0
	}
	inset := func(at, wide float64, gap float64) string {
		if wide <= gap+1.5 {
			return num(at) + " 0"
		}
		return num(at+gap+0.75) + " " + num(wide-gap-1.5)
	}
	gap := 1.0
	if b.Done == 0 {
		gap = 0
	}
	return "0 " + num(done) + " " + inset(done, open, gap) + " " + num(width-lost) + " " + num(lost)
}

func (b SharesBar) width() float64 {
	if b.Small {
		return 300
	}
	return 1000
}

// SVG draws the bar, stretched to the width there is.
func (b SharesBar) SVG() string {
	height := 28.0
	if b.Small {
		height = 18
	}
	edges := strings.Fields(b.Edges())
	d := &drawing{}
	d.add(`<svg class="app-svg" preserveAspectRatio="none" viewBox="0 0 `, num(b.width()), " ", num(height), `" width="`, num(b.width()), `" height="`, num(height), `" aria-hidden="true" focusable="false">`)
	d.element("rect", "x", edges[0], "y", "0", "width", edges[1], "height", num(height), "fill", accent)
	d.element("rect", "x", edges[2], "y", "0.75", "width", edges[3], "height", thin(height-1.5), "fill", "#fff", "stroke", line, "stroke-width", "1.5")
	d.element("rect", "x", edges[4], "y", "0", "width", edges[5], "height", num(height), "fill", concern)
	return d.end()
}

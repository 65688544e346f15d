package chart

import (
	"math"
	"strings"
)

const answerHours = 48

// ClockBar is the 48 hours of one alert, and what came after them.
type ClockBar struct {
	Label           string  // left, such as CC-4712
	Right           string  // time left, or when it was due
	Strong          bool    // Right in ink rather than quiet
	Elapsed         float64 // hours since the alert was sent, to the answer or to now
	Acknowledged    float64 // hours since it was sent; a mark is drawn when HasAcknowledged
	HasAcknowledged bool
}

// SVG draws the bar.
func (c ClockBar) SVG() string {
	height := 36.0
	if c.HasAcknowledged {
		height = 42
	}
	elapsed := clamp(c.Elapsed, 0, 96)
	scale := 300 / max(answerHours, elapsed)
	d := begin(300, height, "")
	d.text(0, 12, c.Label, "font-size", "13", "class", "s")
	if c.Strong {
		d.text(300, 12, c.Right, "font-size", "13", "text-anchor", "end", "class", "s")
	} else {
		d.text(300, 12, c.Right, "font-size", "13", "text-anchor", "end")
	}
	d.element("rect", "x", "0.75", "y", "18.75", "width", "298.5", "height", "10.5", "fill", "#fff", "stroke", line, "stroke-width", "1.5")
	d.rect(0, 18, min(elapsed, answerHours)*scale, 12, "fill", accent)
	if elapsed > answerHours {
		from := answerHours * scale
		d.path(hatch(from, 300, 18, 12), "fill", concern)
		d.rect(from, 18, 300-from, 12, "fill", "none", "stroke", concern, "stroke-width", "1.5")
	}
	d.path("M"+num(24*scale)+" 18v12", "stroke", line, "stroke-width", "1.5")
	if elapsed > answerHours {
		d.path("M"+num(answerHours*scale)+" 14v20", "stroke", ink, "stroke-width", "3")
	}
	if c.HasAcknowledged {
		d.path("M"+num(clamp(c.Acknowledged, 0, 96)*scale)+" 31l5 8h-10z", "fill", ink)
	}
	return d.end()
}

// hatch gives stripes at 45 degrees inside a rectangle, as one path. A pattern
// would need an id, and a page with many bars would repeat it.
func hatch(x0, x1, y, height float64) string {
	const period, width = 6 * math.Sqrt2, 4 * math.Sqrt2
	var b strings.Builder
	for x := x0 - height; x < x1; x += period {
		// A stripe leans from (x, bottom) to (x+height, top).
		points := [][2]float64{{x, y + height}, {x + width, y + height}, {x + width + height, y}, {x + height, y}}
		points = cut(cut(points, x0, false), x1, true)
		for i, p := range points {
			b.WriteString([]string{"L", "M"}[b2i(i == 0)] + num(p[0]) + " " + num(p[1]))
		}
		if len(points) > 0 {
			b.WriteString("z")
		}
	}
	return b.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cut keeps the part of a convex outline on one side of an upright line.
func cut(points [][2]float64, at float64, keepLeft bool) [][2]float64 {
	inside := func(p [2]float64) bool { return keepLeft && p[0] <= at || !keepLeft && p[0] >= at }
	var kept [][2]float64
	for i, p := range points {
		next := points[(i+1)%len(points)]
		if inside(p) {
			kept = append(kept, p)
		}
		if inside(p) != inside(next) {
			kept = append(kept, [2]float64{at, p[1] + (next[1]-p[1])*(at-p[0])/(next[0]-p[0])})
		}
	}
	return kept
}

// ClockRing is the time left as an arc. Size is 44 or 72.
type ClockRing struct {
	Size int
	Left float64 // hours
	Late bool    // the whole ring in the colour of concern, with a mark
}

// SVG draws the ring.
func (c ClockRing) SVG() string {
	size, r, stroke := 44.0, 18.0, "6"
	if c.Size == 72 {
		size, r, stroke = 72, 31, "8"
	}
	middle, whole := size/2, 2*math.Pi*r
	d := begin(size, size, "")
	d.circle(middle, middle, r, "fill", "none", "stroke", rule, "stroke-width", stroke)
	turn := "rotate(-90 " + num(middle) + " " + num(middle) + ")"
	if c.Late {
		d.circle(middle, middle, r, "fill", "none", "stroke", concern, "stroke-width", stroke)
		if c.Size == 72 {
			d.path("M36 22v18M36 45v6", "stroke", concern, "stroke-width", "5")
		} else {
			d.path("M22 13v11M22 27.5v3.7", "stroke", concern, "stroke-width", "3")
		}
	} else if c.Left > 0 {
		d.circle(middle, middle, r, "fill", "none", "stroke", accent, "stroke-width", stroke,
			"stroke-dasharray", num(clamp(c.Left/answerHours, 0, 1)*whole)+" "+num(whole), "transform", turn)
	}
	return d.end()
}

// OnTimeSquares is a row of answers, the oldest first.
type OnTimeSquares struct {
	OnTime      []bool
	First, Last string // words under the ends, such as July and September
}

// SVG draws the squares: filled for in time, crossed for late.
func (o OnTimeSquares) SVG() string {
	d := begin(300, 48, "")
	pitch := 25.0
	if n := len(o.OnTime); n > 12 {
		pitch = 300 / float64(n)
	}
	side := pitch * 18 / 25
	y := 5 + (18-side)/2
	last := 1 + side
	for i, in := range o.OnTime {
		x := 1 + float64(i)*pitch
		last = x + side
		if in {
			d.rect(x, y, side, side, "fill", accent)
			continue
		}
		d.rect(x+1, y+1, side-2, side-2, "fill", "#fff", "stroke", concern, "stroke-width", "2")
		arm := side - 8
		if arm > 2 {
			d.path("M"+num(x+4)+" "+num(y+4)+"l"+num(arm)+" "+num(arm)+"m0-"+num(arm)+"-"+num(arm)+" "+num(arm), "stroke", concern, "stroke-width", "2")
		}
	}
	d.text(1, 42, o.First, "font-size", "13")
	d.text(last, 42, o.Last, "font-size", "13", "text-anchor", "end")
	return d.end()
}

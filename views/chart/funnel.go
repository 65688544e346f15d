package chart

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Funnel is shares against how many were due, with the limits that chance
// would keep most of them within.
type Funnel struct {
	Label  string // names the chart and says where the table is
	XTitle string // under the axis
	Centre float64
	Points []FunnelPoint
	Limits []FunnelLimit // by rising N, covering the points
	Narrow bool
}

// FunnelPoint is one organisation.
type FunnelPoint struct {
	Name string // printed only outside the limits
	K, N int
	Band string // below, above, within; others are not drawn
}

// FunnelLimit holds the limits for one number due.
type FunnelLimit struct {
	N                              int
	Low998, Low95, High95, High998 float64
}

// Range gives the lowest and highest number due that the drawing will show,
// for which the caller computes limits.
func (f Funnel) Range() (from, to int) {
	from, to = math.MaxInt, 0
	for _, p := range f.Points {
		if p.N > 0 {
			from, to = min(from, p.N), max(to, p.N)
		}
	}
	if to == 0 {
		return 0, 10
	}
	from, to = from/10*10, (to+9)/10*10
	if from == to {
		to += 10
	}
	return from, to
}

// SVG draws the plot.
func (f Funnel) SVG() string {
	width, height, left, right, top, bottom := 720.0, 400.0, 52.0, 16.0, 16.0, 52.0
	if f.Narrow {
		width, height, left, right, top, bottom = 358, 380, 44, 10, 14, 50
	}
	foot, edge := height-bottom, width-right
	fromN, toN := f.Range()
	lowest := 0.5
	for _, p := range f.Points {
		if p.N > 0 && float64(p.K)/float64(p.N) < 0.5 {
			lowest = 0
		}
	}
	x := func(n int) float64 { return left + float64(n-fromN)/float64(toN-fromN)*(edge-left) }
	y := func(share float64) float64 {
		return foot - (clamp(share, lowest, 1)-lowest)/(1-lowest)*(foot-top)
	}
	d := begin(width, height, f.Label)
	for share := lowest; share < 1.001; share += 0.1 + lowestStep(lowest) {
		d.path("M"+num(left)+" "+num(y(share))+"H"+num(edge), "stroke", rule, "stroke-width", "1")
		d.text(left-8, y(share)+4.5, percent(share), "font-size", "14", "text-anchor", "end")
	}
	step := 10
	for (toN-fromN)/step > int((edge-left)/60) {
		step *= 2
	}
	for n := fromN; n <= toN; n += step {
		d.path("M"+num(x(n))+" "+num(foot)+"v6", "stroke", line, "stroke-width", "1.5")
		d.text(x(n), foot+22, strconv.Itoa(n), "font-size", "14", "text-anchor", "middle")
	}
	d.path("M"+num(left)+" "+num(foot)+"H"+num(edge), "stroke", line, "stroke-width", "1.5")
	if f.Narrow {
		d.text(left, height-6, f.XTitle, "font-size", "14", "text-anchor", "start", "class", "s")
	} else {
		d.text((left+edge)/2, height-6, f.XTitle, "font-size", "14", "text-anchor", "middle", "class", "s")
	}
	f.limits(d, fromN, toN, x, y)
	d.path("M"+num(left)+" "+num(y(f.Centre))+"H"+num(edge), "stroke", accentDeep, "stroke-width", "1.75", "stroke-dasharray", "7 4")
	f.points(d, x, y, edge)
	return d.end()
}

// lowestStep widens the grid when the whole range from 0 is shown.
func lowestStep(lowest float64) float64 {
	if lowest == 0 {
		return 0.1
	}
	return 0
}

func (f Funnel) limits(d *drawing, from, to int, x func(int) float64, y func(float64) float64) {
	var outer, back []string
	lines := make([][]string, 4)
	for _, l := range f.Limits {
		if l.N < from || l.N > to {
			continue
		}
		for i, share := range []float64{l.Low998, l.High998, l.Low95, l.High95} {
			lines[i] = append(lines[i], num(x(l.N))+","+num(y(share)))
		}
	}
	if len(lines[0]) < 2 {
		return
	}
	outer = append(outer, lines[1]...)
	back = slices.Clone(lines[0])
	slices.Reverse(back)
	d.element("polygon", "points", strings.Join(append(outer, back...), " "), "fill", wash)
	for i, points := range lines {
		if i < 2 {
			d.element("polyline", "fill", "none", "stroke", line, "stroke-width", "1.5", "points", strings.Join(points, " "))
		} else {
			d.element("polyline", "fill", "none", "stroke", line, "stroke-width", "1.5", "stroke-dasharray", "3 4", "points", strings.Join(points, " "))
		}
	}
}

// points draws marks first and labels last, so that no mark hides a name.
func (f Funnel) points(d *drawing, x func(int) float64, y func(float64) float64, edge float64) {
	sorted := slices.Clone(f.Points)
	slices.SortStableFunc(sorted, func(a, b FunnelPoint) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.K, b.K), cmp.Compare(a.Name, b.Name))
	})
	for _, p := range sorted {
		if p.N == 0 {
			continue
		}
		px, py := x(p.N), y(float64(p.K)/float64(p.N))
		switch p.Band {
		case Within:
			d.circle(px, py, 6, "fill", "#fff", "stroke", accent, "stroke-width", "2.5")
		case Below:
			d.path("M"+num(px)+" "+num(py-9)+"l9 9-9 9-9-9z", "fill", concern)
		case Above:
			d.path("M"+num(px-7)+" "+num(py-7)+"h14v14h-14z", "fill", accentDeep)
		}
	}
	for _, p := range sorted {
		if p.N == 0 || p.Band != Below && p.Band != Above {
			continue
		}
		px, py := x(p.N), y(float64(p.K)/float64(p.N))
		words := p.Name + " – " + strconv.Itoa(p.K) + " of " + strconv.Itoa(p.N)
		at, anchor := px+12, "start"
		if at+7.5*float64(len([]rune(words))) > edge {
			at, anchor = px-12, "end"
		}
		if py < 40 {
			py += 19 // below the mark: above it is the edge
		}
		d.text(at, py+5, words, "font-size", "14", "class", "s", "font-weight", "bold", "text-anchor", anchor,
			"paint-order", "stroke", "stroke", "#fff", "stroke-width", "5", "stroke-linejoin", "round")
	}
}

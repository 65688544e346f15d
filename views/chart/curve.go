package chart

import (
	"context"
	"io"
	"strconv"
	"strings"
)

// Curve is the share that has acknowledged over the hours since an alert was
// sent, with the range it is likely in, beside the usual course.
type Curve struct {
	Label  string // names the chart and says where the table is
	XTitle string // under the axis
	Hours  int    // the axis ends here: 24 or 48
	Now    float64
	NowIs  string // at the foot of the line at Now; no line when empty
	Steps  []CurveStep
	This   string // names the steps
	Usual  []CurvePoint
	Past   string // names the usual course
	Narrow bool
}

// CurveStep is the share from a time on, and the range it is likely in.
type CurveStep struct{ At, Share, Low, High float64 }

// CurvePoint is a share at a time.
type CurvePoint struct{ At, Share float64 }

// Render writes the curve.
func (c Curve) Render(_ context.Context, w io.Writer) error { return render(w, c.SVG()) }

// scale places hours and shares on one drawing.
type scale struct {
	hours                   float64
	left, edge, top, bottom float64
}

func (s scale) x(at float64) float64 { return s.left + clamp(at, 0, s.hours)/s.hours*(s.edge-s.left) }

func (s scale) y(share float64) float64 { return s.bottom - clamp(share, 0, 1)*(s.bottom-s.top) }

// SVG draws the curve.
func (c Curve) SVG() string {
	width, height, left, right, top, bottom := 720.0, 360.0, 56.0, 20.0, 14.0, 52.0
	if c.Narrow {
		width, height, left, right, top, bottom = 358, 320, 46, 12, 12, 50
	}
	s := scale{hours: float64(max(1, c.Hours)), left: left, edge: width - right, top: top, bottom: height - bottom}
	now := clamp(c.Now, 0, s.hours)
	d := begin(width, height, c.Label)
	c.axes(d, s, height)
	c.band(d, s, now)
	c.usual(d, s)
	if c.NowIs != "" {
		d.path("M"+num(s.x(now))+" "+num(s.top)+"V"+num(s.bottom), "stroke", ink, "stroke-width", "1.5", "stroke-dasharray", "3 3")
	}
	c.steps(d, s, now)
	c.labels(d, s, now)
	return d.end()
}

func (c Curve) axes(d *drawing, s scale, height float64) {
	for share := 0; share <= 100; share += 25 {
		y := s.y(float64(share) / 100)
		d.path("M"+num(s.left)+" "+num(y)+"H"+num(s.edge), "stroke", rule, "stroke-width", "1")
		d.text(s.left-8, y+4.5, strconv.Itoa(share)+"%", "font-size", "14", "text-anchor", "end")
	}
	step := 6
	if c.Hours > 24 {
		step = 12
	}
	for hour := 0; hour <= int(s.hours); hour += step {
		x := s.x(float64(hour))
		d.path("M"+num(x)+" "+num(s.bottom)+"v6", "stroke", line, "stroke-width", "1.5")
		d.text(x, s.bottom+22, strconv.Itoa(hour), "font-size", "14", "text-anchor", "middle")
	}
	d.path("M"+num(s.left)+" "+num(s.bottom)+"H"+num(s.edge), "stroke", line, "stroke-width", "1.5")
	if c.Narrow {
		d.text(s.left, height-6, c.XTitle, "font-size", "14", "text-anchor", "start", "class", "s")
	} else {
		d.text((s.left+s.edge)/2, height-6, c.XTitle, "font-size", "14", "text-anchor", "middle", "class", "s")
	}
}

// shown lists the steps up to now, beginning where nobody had acknowledged.
func (c Curve) shown(now float64) []CurveStep {
	list := []CurveStep{{}}
	for _, step := range c.Steps {
		if step.At <= now {
			list = append(list, step)
		}
	}
	return list
}

// band fills the likely range: up its high side from the first step on, and
// back down its low side.
func (c Curve) band(d *drawing, s scale, now float64) {
	steps := c.shown(now)
	if len(steps) < 2 {
		return
	}
	ends := func(i int) float64 {
		if i+1 < len(steps) {
			return steps[i+1].At
		}
		return now
	}
	var points []string
	add := func(at, share float64) { points = append(points, num(s.x(at))+","+num(s.y(share))) }
	for i, step := range steps {
		add(step.At, step.High)
		add(ends(i), step.High)
	}
	for i := len(steps) - 1; i >= 0; i-- {
		add(ends(i), steps[i].Low)
		add(steps[i].At, steps[i].Low)
	}
	d.element("polygon", "points", strings.Join(points, " "), "fill", wash)
}

func (c Curve) usual(d *drawing, s scale) {
	var data strings.Builder
	for i, p := range c.Usual {
		command := "L"
		if i == 0 {
			command = "M"
		}
		data.WriteString(command + num(s.x(p.At)) + " " + num(s.y(p.Share)))
	}
	if data.Len() > 0 {
		d.path(data.String(), "fill", "none", "stroke", line, "stroke-width", "2", "stroke-dasharray", "6 4")
	}
}

func (c Curve) steps(d *drawing, s scale, now float64) {
	steps := c.shown(now)
	var data strings.Builder
	data.WriteString("M" + num(s.x(0)) + " " + num(s.y(0)))
	for _, step := range steps[1:] {
		data.WriteString("H" + num(s.x(step.At)) + "V" + num(s.y(step.Share)))
	}
	data.WriteString("H" + num(s.x(now)))
	d.path(data.String(), "fill", "none", "stroke", accent, "stroke-width", "2.75")
	d.circle(s.x(now), s.y(steps[len(steps)-1].Share), 6, "fill", accent)
}

// labels stand beside the lines they name, each on the side where the other
// line is not.
func (c Curve) labels(d *drawing, s scale, now float64) {
	halo := []string{"font-size", "14", "paint-order", "stroke", "stroke", "#fff", "stroke-width", "5", "stroke-linejoin", "round"}
	write := func(at, share, down float64, words string, more ...string) {
		d.text(clamp(s.x(at), s.left+6, s.edge-7.5*float64(len([]rune(words)))), clamp(s.y(share)+down, s.top+16, s.bottom-8), words, append(more, halo...)...)
	}
	at := now * 0.3
	here, usual := c.stepAt(at, now), c.usualAt(at)
	if len(c.Usual) == 0 || here.Share >= usual { // before the curve: it only rises
		x := max(s.x(at)-10, s.left+6+8*float64(len([]rune(c.This))))
		d.text(x, clamp(s.y(here.High)-10, s.top+16, s.bottom-8), c.This, append([]string{"class", "b", "font-weight", "bold", "text-anchor", "end"}, halo...)...)
	} else {
		write(at, here.Low, 22, c.This, "class", "b", "font-weight", "bold")
	}
	if len(c.Usual) > 0 {
		at = s.hours * 0.42
		here, usual = c.stepAt(at, now), c.usualAt(at)
		down := 26.0
		if at <= now && here.Share < usual {
			down = -12
		}
		write(at, usual, down, c.Past, "class", "s")
	}
	if c.NowIs != "" {
		x, anchor := s.x(now)+9, "start"
		if x+9*float64(len([]rune(c.NowIs))) > s.edge {
			x, anchor = s.x(now)-9, "end"
		}
		d.text(x, s.bottom-12, c.NowIs, append([]string{"class", "s", "text-anchor", anchor}, halo...)...)
	}
}

// stepAt is the step that holds at a time.
func (c Curve) stepAt(at, now float64) CurveStep {
	var here CurveStep
	for _, step := range c.shown(now) {
		if step.At <= at {
			here = step
		}
	}
	return here
}

func (c Curve) usualAt(at float64) float64 {
	share := 0.0
	for _, p := range c.Usual {
		if p.At <= at {
			share = p.Share
		}
	}
	return share
}

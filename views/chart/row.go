package chart

import "strconv"

// LevelBar is how many outcomes are at their level, of all, with a mark where
// the number expected lies.
type LevelBar struct {
	At, Of, Expected int
	ExpectedLabel    string // such as "39 expected"; no mark when empty
}

// SVG draws the bar.
func (l LevelBar) SVG() string {
	scale := 300 / float64(max(1, l.Of))
	d := begin(300, 62, "")
	mark := clamp(float64(l.Expected)*scale, 0, 300)
	if l.ExpectedLabel != "" {
		at, anchor := mark, "middle"
		if half := 3.5 * float64(len([]rune(l.ExpectedLabel))); mark+half > 300 {
			at, anchor = 300, "end"
		} else if mark < half {
			at, anchor = 0, "start"
		}
		d.text(at, 12, l.ExpectedLabel, "font-size", "13", "text-anchor", anchor, "class", "s")
	}
	d.element("rect", "x", "0.75", "y", "22.75", "width", "298.5", "height", "14.5", "fill", "#fff", "stroke", line, "stroke-width", "1.5")
	d.rect(0, 22, clamp(float64(l.At)*scale, 0, 300), 16, "fill", accent)
	if l.ExpectedLabel != "" {
		d.path("M"+num(clamp(mark, 1.5, 298.5))+" 17v26", "stroke", ink, "stroke-width", "3")
	}
	d.text(0, 56, "0", "font-size", "13")
	d.text(300, 56, strconv.Itoa(l.Of), "font-size", "13", "text-anchor", "end")
	return d.end()
}

const rowPad = 12

// interval gives x for a share on a row that starts at from.
func interval(share, from float64, width int) float64 {
	return rowPad + (clamp(share, from, 1)-from)/(1-from)*(float64(width)-2*rowPad)
}

// start keeps an axis from having no length.
func start(from float64) float64 { return clamp(from, 0, 0.9) }

// rowWidth is 330, or 190 for tablets.
func rowWidth(width int) int {
	if width == 190 {
		return 190
	}
	return 330
}

// IntervalRow is one trust's share with its interval, on the group's axis.
type IntervalRow struct {
	Share, Low, High          float64 // 0 to 1; the 95% interval
	ExpectedLow, ExpectedHigh float64 // 99.8%; not drawn when both are 0
	Pooled                    float64 // the group's share; not drawn when 0
	From                      float64 // where the axis starts, such as 0.5
	Band                      string  // below, above, within; else not compared
	Width                     int     // 330, or 190 for tablets
}

// SVG draws the row.
func (r IntervalRow) SVG() string {
	width, from := rowWidth(r.Width), start(r.From)
	at := func(share float64) float64 { return interval(share, from, width) }
	d := begin(float64(width), 34, "")
	if r.ExpectedHigh > 0 {
		d.rect(at(r.ExpectedLow), 2, at(r.ExpectedHigh)-at(r.ExpectedLow), 30, "fill", wash)
	}
	if r.Pooled > 0 {
		d.path("M"+num(at(r.Pooled))+" 0v34", "stroke", accentDeep, "stroke-width", "1.5", "stroke-dasharray", "4 3")
	}
	colour := map[string]string{Below: concern, Above: accent, Within: accent}[r.Band]
	if colour == "" {
		colour = quiet
	}
	low, high := num(at(r.Low)), num(at(r.High))
	d.path("M"+low+" 17H"+high+"M"+low+" 12v10M"+high+" 12v10", "stroke", colour, "stroke-width", "2.5", "fill", "none")
	x := at(r.Share)
	switch r.Band {
	case Below:
		d.path("M"+num(x)+" 9l8 8-8 8-8-8z", "fill", concern, "stroke", "#fff", "stroke-width", "1.5")
	case Above:
		d.path("M"+num(x-7)+" 10h14v14h-14z", "fill", accentDeep, "stroke", "#fff", "stroke-width", "1.5")
	case Within:
		d.circle(x, 17, 6, "fill", accent, "stroke", "#fff", "stroke-width", "1.5")
	default:
		d.circle(x, 17, 5, "fill", "#fff", "stroke", quiet, "stroke-width", "2")
	}
	return d.end()
}

// IntervalAxis is the head of a column of interval rows.
type IntervalAxis struct {
	From  float64
	Width int // 330, or 190 for tablets
}

// SVG draws the axis. The narrow one labels every other step, counted from
// 100% so that the end is always named.
func (a IntervalAxis) SVG() string {
	width, from := rowWidth(a.Width), start(a.From)
	class := "app-svg app-axis-wide"
	step := 10
	if from < 0.5 {
		step = 20
	}
	if width == 190 {
		class = "app-svg app-axis-mid"
		step *= 2
	}
	d := &drawing{}
	d.add(`<svg class="`, class, `" viewBox="0 0 `, strconv.Itoa(width), ` 26" width="`, strconv.Itoa(width), `" height="26" aria-hidden="true" focusable="false">`)
	first := 100
	for float64(first-step)/100 >= from-1e-9 {
		first -= step
	}
	for share := first; share <= 100; share += step {
		x := interval(float64(share)/100, from, width)
		words := strconv.Itoa(share) + "%"
		d.text(min(x, float64(width)-16), 14, words, "font-size", "13", "text-anchor", "middle")
		d.path("M"+num(x)+" 19v5", "stroke", line, "stroke-width", "1.5")
	}
	d.path("M12 24H"+strconv.Itoa(width-rowPad), "stroke", line, "stroke-width", "1.5")
	return d.end()
}

// PositionStrip is a likely position as a range among all that were compared.
type PositionStrip struct{ Low, High, Of int }

// SVG draws one circle for each position, or a bar on a scale above 30.
func (p PositionStrip) SVG() string {
	of := max(1, p.Of)
	low := min(max(1, p.Low), of)
	high := min(max(low, p.High), of)
	at := func(i int) float64 {
		if of == 1 {
			return 150
		}
		return 9 + float64(i-1)*282/float64(of-1)
	}
	d := begin(300, 50, "")
	if of > 30 {
		d.path("M9 16H291", "stroke", line, "stroke-width", "1.5")
		for i := 10; i <= of; i += 10 {
			d.path("M"+num(at(i))+" 11v10", "stroke", line, "stroke-width", "1.5")
		}
		d.rect(at(low)-3, 11, at(high)-at(low)+6, 10, "fill", accent)
	} else {
		d.path("M"+num(at(low))+" 16H"+num(at(high)), "stroke", accent, "stroke-width", "2.5")
		for i := 1; i <= of; i++ {
			if i >= low && i <= high {
				d.circle(at(i), 16, 6, "fill", accent, "stroke", page, "stroke-width", "1.5")
			} else {
				d.circle(at(i), 16, 5, "fill", "#fff", "stroke", line, "stroke-width", "1.5")
			}
		}
	}
	d.text(2, 44, "1st", "font-size", "13")
	if of > 1 {
		d.text(298, 44, ordinal(of), "font-size", "13", "text-anchor", "end")
	}
	return d.end()
}

// Sparkline is a trend as small as a word, and always printed with the word.
type Sparkline struct {
	Values   []float64
	From, To float64 // the range drawn
	Tone     string  // "improving", "worse", anything else for no clear change
}

// SVG draws the line and its last point.
func (s Sparkline) SVG() string {
	colour := map[string]string{"improving": accent, "worse": concern}[s.Tone]
	if colour == "" {
		colour = quiet
	}
	d := begin(64, 22, "")
	points, x, y := "", 60.0, 11.0
	for i, v := range s.Values {
		x, y = 60, 11
		if n := len(s.Values); n > 1 {
			x = 4 + 56*float64(i)/float64(n-1)
		}
		if s.To > s.From {
			y = 19 - 16*(clamp(v, s.From, s.To)-s.From)/(s.To-s.From)
		}
		if i > 0 {
			points += " "
		}
		points += num(x) + "," + num(y)
	}
	if len(s.Values) > 0 {
		d.element("polyline", "fill", "none", "stroke", colour, "stroke-width", "1.75", "points", points)
		d.circle(x, y, 3, "fill", colour)
	}
	return d.end()
}

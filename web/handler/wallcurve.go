package handler

import (
	"math"
	"slices"
	"time"

	"countersign/internal/alert"
	"countersign/internal/league"
	"countersign/views/chart"
)

// fewestPast is how many earlier alerts a usual course needs.
const fewestPast = 3

// course is how an alert was acknowledged over the hours since it was sent.
type course struct {
	steps []league.SurvivalStep
	hours float64 // watched for so long
}

// courseOf estimates it. Who has not acknowledged is watched until now, and
// counts as waiting until then; an alert that was withdrawn is watched until
// its withdrawal. Whoever our message did not reach is counted as well.
func courseOf(acknowledged []time.Time, issued, until time.Time) course {
	observations := make([]league.Observation, 0, len(acknowledged))
	for _, at := range acknowledged {
		if at.IsZero() || at.After(until) {
			observations = append(observations, league.Observation{Time: until.Sub(issued).Hours()})
		} else {
			observations = append(observations, league.Observation{Time: at.Sub(issued).Hours(), Event: true})
		}
	}
	return course{steps: league.KaplanMeier(observations), hours: until.Sub(issued).Hours()}
}

// at gives the share that had acknowledged at an hour, and its likely range.
func (c course) at(hour float64) chart.CurveStep {
	step := chart.CurveStep{At: hour}
	for _, s := range c.steps {
		if s.Time > hour {
			break
		}
		step.Share, step.Low, step.High = 1-s.Survival, 1-s.High, 1-s.Low
	}
	return step
}

// half gives the hours until half had acknowledged.
func (c course) half() (float64, bool) { return league.MedianOpen(c.steps) }

// usual is the course that earlier alerts took: at each hour the median of
// their shares.
type usual struct {
	alerts  int
	points  []chart.CurvePoint
	half    float64 // median of the hours until half had acknowledged
	hasHalf bool
}

// usualOf finds it from earlier alerts. Where fewer than three of them have
// been watched for so long, the course ends.
func usualOf(past []alert.Earlier, now time.Time) usual {
	u := usual{alerts: len(past)}
	if len(past) < fewestPast {
		return u
	}
	var courses []course
	var halves []float64
	for _, p := range past {
		c := courseOf(p.Acknowledged, p.IssuedAt, now)
		courses = append(courses, c)
		half, ok := c.half()
		if !ok {
			half = math.Inf(1)
		}
		halves = append(halves, half)
	}
	for half := range 2*int(alert.AnswerWindow.Hours()) + 1 {
		hour := float64(half) / 2
		var shares []float64
		for _, c := range courses {
			if c.hours >= hour {
				shares = append(shares, c.at(hour).Share)
			}
		}
		if len(shares) < fewestPast {
			break
		}
		u.points = append(u.points, chart.CurvePoint{At: hour, Share: median(shares)})
	}
	u.half = median(halves)
	u.hasHalf = !math.IsInf(u.half, 1)
	return u
}

// at gives the usual share at an hour; false where the usual course has ended.
func (u usual) at(hour float64) (float64, bool) {
	share, ok := 0.0, false
	for _, p := range u.points {
		if p.At <= hour {
			share, ok = p.Share, hour-p.At <= 0.5
		}
	}
	return share, ok
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// curveHours are the rows of the table beside the curve.
var curveHours = []float64{0, 1, 2, 6, 12, 18, 24, 36, 48}

// curveFigure draws the course beside the usual one, and says the same in
// words and as a table.
func curveFigure(c course, u usual, asked int, now string) *chart.Figure {
	wide := chart.Curve{Label: "Share of trusts that have acknowledged, by hours since the alert was sent. The same figures are in the table that follows this chart.",
		XTitle: "Hours since the alert was sent", Hours: 24, Now: c.hours, NowIs: "Now", This: "This alert", Usual: u.points, Past: "Usual, last " + number(u.alerts) + " alerts"}
	if c.hours > 24 {
		wide.Hours = 48
	}
	if c.hours > 48 {
		wide.NowIs = ""
	}
	for _, s := range c.steps {
		wide.Steps = append(wide.Steps, c.at(s.Time))
	}
	wide.Usual = slices.DeleteFunc(slices.Clone(u.points), func(p chart.CurvePoint) bool { return p.At > float64(wide.Hours) })
	narrow := wide
	narrow.Narrow = true
	figure := &chart.Figure{Finding: courseFinding(c, u), Measure: "Share of " + plural(asked, "trust") + " that have acknowledged, at " + now + ". The band shows the likely range (95%).",
		Wide: wide, Narrow: narrow, Notes: courseNotes(c, u), ID: "curve-table", Caption: "Acknowledgements by hours since the alert was sent",
		Head: []string{"Hours since sent", "Acknowledged", "Still waiting", "Share", "Low", "High"}}
	for _, hour := range curveHours {
		if hour > c.hours {
			break
		}
		acknowledged := 0
		for _, s := range c.steps {
			if s.Time <= hour {
				acknowledged += s.Events
			}
		}
		step := c.at(hour)
		figure.Rows = append(figure.Rows, []string{number(int(hour)), number(acknowledged), number(asked - acknowledged), percent(step.Share), percent(step.Low), percent(step.High)})
	}
	return figure
}

// courseFinding says in words when half had acknowledged. It is quicker or
// slower than usual only where the likely range leaves chance out.
func courseFinding(c course, u usual) string {
	half, ok := c.half()
	if !ok {
		return "Fewer than half have acknowledged"
	}
	finding := "Half acknowledged in " + hoursWord(half)
	if !u.hasHalf || u.half > c.hours {
		return finding
	}
	switch then := c.at(u.half); {
	case then.Low > 0.5:
		return finding + ", faster than usual"
	case then.High < 0.5:
		return finding + ", slower than usual"
	}
	return finding + ", about as usual"
}

func courseNotes(c course, u usual) []string {
	var list []string
	if half, ok := c.half(); ok {
		note := "Half acknowledged after " + hoursWord(half) + "."
		if u.hasHalf {
			note += " Usual: " + hoursWord(u.half) + "."
		}
		list = append(list, note)
	}
	note := "After " + hoursWord(c.hours) + ": " + percent(c.at(c.hours).Share) + "."
	if share, ok := u.at(c.hours); ok {
		note += " Usual: " + percent(share) + "."
	}
	list = append(list, note)
	if len(u.points) == 0 {
		return append(list, "There is no usual course yet. It needs 3 earlier alerts of this severity that went to at least half of the same trusts.")
	}
	return append(list, "Usual is the median of the last "+plural(u.alerts, "alert")+" of this severity that went to at least half of the same trusts. Only these trusts are counted.")
}

// hoursWord writes a length of time: 2 hours 46 minutes.
func hoursWord(hours float64) string {
	minutes := int(hours * 60)
	switch {
	case minutes < 1:
		return "less than 1 minute"
	case minutes < 60:
		return plural(minutes, "minute")
	case minutes%60 == 0 || minutes >= 24*60:
		return plural(minutes/60, "hour")
	}
	return plural(minutes/60, "hour") + " " + plural(minutes%60, "minute")
}

package league

import "math"

// Signal is one reason to look for a cause behind a point of a chart.
type Signal string

// The signals of a special cause (design of the NHS "Making Data Count" charts).
const (
	OutsideLimits Signal = "outside the limits"
	Shift         Signal = "7 on one side" // of the mean
	Trend         Signal = "7 in one direction"
	NearLimit     Signal = "2 of 3 near a limit" // in the outer third, one side
)

// Reading is one point of a chart and what it gives reason to look at.
type Reading struct {
	Value   float64
	Signals []Signal
}

// XmRChart is a chart of individual values and moving ranges.
type XmRChart struct {
	Mean, Lower, Upper float64
	Readings           []Reading
	Trial              bool // fewer than 12 points made the limits
}

// XmR makes the chart with limits from the first base points (all when base is
// 0): mean ± 2.66 × the mean moving range. A moving range of 3.267 times the
// mean or more is dropped first and the mean taken again, so that one leap
// does not widen the limits that should show it (Wheeler; the same screening
// as NHSRplotthedots). Fewer than two points have no limits: they equal the mean.
func XmR(values []float64, base int) XmRChart {
	if base <= 0 || base > len(values) {
		base = len(values)
	}
	chart := XmRChart{Trial: base < 12}
	if base == 0 {
		return chart
	}
	var sum float64
	for _, v := range values[:base] {
		sum += v
	}
	chart.Mean = sum / float64(base)
	var ranges []float64
	for i := 1; i < base; i++ {
		ranges = append(ranges, math.Abs(values[i]-values[i-1]))
	}
	average := mean(ranges)
	var kept []float64
	for _, r := range ranges {
		if r < 3.267*average {
			kept = append(kept, r)
		}
	}
	if len(kept) > 0 {
		average = mean(kept)
	}
	chart.Lower, chart.Upper = chart.Mean-2.66*average, chart.Mean+2.66*average
	chart.Readings = readings(values, chart)
	return chart
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// readings finds the signals. A signal made by several points marks each of
// them, because the cause may lie at any.
func readings(values []float64, chart XmRChart) []Reading {
	all := make([]Reading, len(values))
	side, step, outer := make([]int, len(values)), make([]int, len(values)), make([]int, len(values))
	for i, v := range values {
		all[i].Value = v
		side[i] = sign(v - chart.Mean)
		if i > 0 {
			step[i] = sign(v - values[i-1])
		}
		if math.Abs(v-chart.Mean) > (chart.Upper-chart.Mean)*2/3 {
			outer[i] = side[i]
		}
		if sign(v-chart.Upper) > 0 || sign(v-chart.Lower) < 0 {
			all[i].Signals = append(all[i].Signals, OutsideLimits)
		}
	}
	mark := func(signal Signal, marked func(i int) bool) {
		for i := range all {
			if marked(i) {
				all[i].Signals = append(all[i].Signals, signal)
			}
		}
	}
	mark(Shift, inRun(side, 7, 7))
	mark(Trend, inRun(step, 6, 7)) // six steps join seven points
	mark(NearLimit, func(i int) bool {
		if outer[i] == 0 {
			return false
		}
		for _, j := range []int{i - 2, i - 1, i + 1, i + 2} {
			if j >= 0 && j < len(outer) && outer[j] == outer[i] {
				return true
			}
		}
		return false
	})
	return all
}

// inRun tells whether a point belongs to a run of at least length equal,
// non-zero signs that joins the given number of points.
func inRun(signs []int, length, points int) func(int) bool {
	marked := make([]bool, len(signs))
	for from := 0; from < len(signs); {
		to := from + 1
		for to < len(signs) && signs[to] == signs[from] {
			to++
		}
		if signs[from] != 0 && to-from >= length {
			for i := from - (points - length); i < to; i++ {
				marked[i] = true
			}
		}
		from = to
	}
	return func(i int) bool { return marked[i] }
}

// sign tells apart only what differs by more than the last digits of a sum: a
// mean of twelve equal shares may come out a hair above each of them.
func sign(x float64) int {
	switch {
	case x > 1e-9:
		return 1
	case x < -1e-9:
		return -1
	}
	return 0
}

package league

import (
	"cmp"
	"math"
	"slices"
)

// Observation is how long one alert was watched, in any one unit, and whether
// it was closed at the end of that time. An alert still open is no event: it
// is censored, and leaving it out would reward whoever never closes any.
type Observation struct {
	Time  float64
	Event bool
}

// SurvivalStep is the share still open just after one event time.
type SurvivalStep struct {
	Time      float64
	AtRisk    int
	Events    int
	Survival  float64
	Error     float64 // standard, by Greenwood's formula
	Low, High float64 // 95%, log-minus-log
}

// KaplanMeier estimates the share still open over time (Kaplan and Meier 1958):
// S = Π(1 − d/n), where at tied times events come before censorings. The error
// is Greenwood's, V = S² Σ d/(n(n−d)); the interval S^exp(±1.96·√V/(S·|ln S|))
// stays between 0 and 1. Where the curve reaches 0 that formula says nothing;
// the last upper bound is kept.
func KaplanMeier(observations []Observation) []SurvivalStep {
	sorted := slices.Clone(observations)
	slices.SortFunc(sorted, func(a, b Observation) int { return cmp.Compare(a.Time, b.Time) })
	var steps []SurvivalStep
	survival, sum, high := 1.0, 0.0, 1.0
	for i := 0; i < len(sorted); {
		atRisk, events, time := len(sorted)-i, 0, sorted[i].Time
		for ; i < len(sorted) && sorted[i].Time == time; i++ {
			if sorted[i].Event {
				events++
			}
		}
		if events == 0 {
			continue
		}
		n, d := float64(atRisk), float64(events)
		step := SurvivalStep{Time: time, AtRisk: atRisk, Events: events}
		if events == atRisk {
			step.High = high
			survival = 0
		} else {
			survival *= 1 - d/n
			sum += d / (n * (n - d))
			step.Survival, step.Error = survival, survival*math.Sqrt(sum)
			width := math.Exp(z95 * math.Sqrt(sum) / math.Abs(math.Log(survival)))
			step.Low, step.High = math.Pow(survival, width), math.Pow(survival, 1/width)
			high = step.High
		}
		steps = append(steps, step)
	}
	return steps
}

// RestrictedMean is the mean time open when nothing is counted past tau: the
// area under the curve, with its standard error from Σ A²·d/(n(n−d)), A being
// the area from an event to tau (Klein and Moeschberger 2003, section 4.5).
func RestrictedMean(steps []SurvivalStep, tau float64) (mean, err float64) {
	from, survival := 0.0, 1.0
	for _, s := range steps {
		if s.Time >= tau {
			break
		}
		mean += survival * (s.Time - from)
		from, survival = s.Time, s.Survival
	}
	mean += survival * (tau - from)
	variance, after := 0.0, 0.0
	end := tau
	for _, s := range slices.Backward(steps) {
		if s.Time >= tau {
			continue
		}
		after += s.Survival * (end - s.Time)
		end = s.Time
		if n, d := float64(s.AtRisk), float64(s.Events); s.Events < s.AtRisk {
			variance += after * after * d / (n * (n - d))
		}
	}
	return mean, math.Sqrt(variance)
}

// MedianOpen is the first time at which no more than half is still open; false
// when the curve never gets there.
func MedianOpen(steps []SurvivalStep) (float64, bool) {
	for _, s := range steps {
		if s.Survival <= 0.5 {
			return s.Time, true
		}
	}
	return 0, false
}

package league

import (
	"cmp"
	"math"
	"slices"
)

// Outcome is how one watched alert ended: 0 while it is still open (censored),
// else a cause. "Does not apply" is a cause beside "fixed", not a success.
type Outcome struct {
	Time  float64
	Cause int
}

// IncidenceStep is the share that ended by one cause up to a time.
type IncidenceStep struct{ Time, Share float64 }

// CumulativeIncidence is the share that ended by one cause over time, when
// other causes compete for the same alerts: F(t) = Σ S(t−)·d/n, S being the
// share that has not ended by any cause (Kalbfleisch and Prentice 1980). One
// minus Kaplan–Meier would count what does not apply as fixed one day.
func CumulativeIncidence(outcomes []Outcome, cause int) []IncidenceStep {
	sorted := slices.Clone(outcomes)
	slices.SortFunc(sorted, func(a, b Outcome) int { return cmp.Compare(a.Time, b.Time) })
	var steps []IncidenceStep
	survival, share := 1.0, 0.0
	for i := 0; i < len(sorted); {
		atRisk, ended, ours, time := float64(len(sorted)-i), 0.0, 0.0, sorted[i].Time
		for ; i < len(sorted) && sorted[i].Time == time; i++ {
			if sorted[i].Cause != 0 {
				ended++
			}
			if sorted[i].Cause == cause && cause != 0 {
				ours++
			}
		}
		if ours > 0 {
			share += survival * ours / atRisk
			steps = append(steps, IncidenceStep{Time: time, Share: share})
		}
		survival *= 1 - ended/atRisk
	}
	return steps
}

// LogRank compares two groups over the whole of their curves: (O−E)²/V with
// V = Σ d·(n₁/n)(1−n₁/n)(n−d)/(n−1), chi-squared with one degree of freedom
// (Mantel 1966). It is 0 when nothing can be compared.
func LogRank(a, b []Observation) float64 {
	times := map[float64]bool{}
	for _, o := range slices.Concat(a, b) {
		if o.Event {
			times[o.Time] = true
		}
	}
	// In order, because a sum of fractions depends on it in its last digits.
	ordered := make([]float64, 0, len(times))
	for t := range times {
		ordered = append(ordered, t)
	}
	slices.Sort(ordered)
	difference, variance := 0.0, 0.0
	for _, t := range ordered {
		n1, d1 := atTime(a, t)
		n2, d2 := atTime(b, t)
		n, d := n1+n2, d1+d2
		difference += d1 - d*n1/n
		if n > 1 {
			variance += d * n1 / n * (1 - n1/n) * (n - d) / (n - 1)
		}
	}
	if variance == 0 {
		return 0
	}
	return difference * difference / variance
}

// atTime counts those watched until t at least, and the events at t.
func atTime(observations []Observation, t float64) (atRisk, events float64) {
	for _, o := range observations {
		if o.Time >= t {
			atRisk++
		}
		if o.Event && o.Time == t {
			events++
		}
	}
	return atRisk, events
}

// Overdispersion is how much more the shares of a group vary than chance
// explains: the mean of z² with the tenth at each end drawn in (winsorised), z
// being (share − pooled)/√(pooled(1−pooled)/n) (Spiegelhalter 2005). Above 1,
// with ten or more rows, a funnel is drawn wider by its square root and says so.
func Overdispersion(rows []Row, pooled float64) float64 {
	var z []float64
	for _, r := range rows {
		if s := math.Sqrt(pooled * (1 - pooled) / float64(r.N)); r.N > 0 && s > 0 {
			z = append(z, (float64(r.K)/float64(r.N)-pooled)/s)
		}
	}
	slices.Sort(z)
	drawn := len(z) / 10
	var sum float64
	for i := range z {
		v := z[min(max(i, drawn), len(z)-1-drawn)]
		sum += v * v
	}
	if len(z) == 0 {
		return 0
	}
	return sum / float64(len(z))
}

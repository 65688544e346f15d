package league

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Position is a likely position as a range; 1 is the best.
type Position struct{ Low, High int }

// RankMeans gives the likely positions of measurements with standard errors,
// the highest being best. Every one is compared with every other by
// z = (x_i − x_j)/√(se_i² + se_j²), with Holm's correction over the comparisons
// of one measurement at the given error (Mogstad, Romano, Shaikh and Wilhelm
// 2023 set out rank confidence sets; this is the deterministic form).
func RankMeans(x, se []float64, alpha float64) []Position {
	m := len(x)
	p := make([]float64, m*m)
	for i := range m {
		for j := range m {
			if spread := math.Hypot(se[i], se[j]); spread > 0 {
				p[i*m+j] = 2 * distuv.UnitNormal.Survival(math.Abs(x[i]-x[j])/spread)
			} else if x[i] == x[j] {
				p[i*m+j] = 1
			}
		}
	}
	return rankIntervals(x, p, alpha)
}

// rankIntervals turns the m×m matrix of two-sided p values into positions.
func rankIntervals(x, p []float64, alpha float64) []Position {
	m := len(x)
	positions := make([]Position, m)
	others := make([]int, 0, m)
	for i := range m {
		others = others[:0]
		for j := range m {
			if j != i {
				others = append(others, j)
			}
		}
		row := p[i*m : (i+1)*m]
		slices.SortFunc(others, func(a, b int) int { return cmp.Compare(row[a], row[b]) })
		positions[i] = Position{Low: 1, High: m}
		for step, j := range others { // Holm: stop at the first that is not clear
			if row[j] > alpha/float64(len(others)-step) {
				break
			}
			if x[j] > x[i] {
				positions[i].Low++
			} else if x[j] < x[i] {
				positions[i].High--
			}
		}
	}
	return positions
}

// logFactorials holds ln(n!) for every n a table needs, because a comparison
// of 250 organisations asks for them some hundred thousand times.
type logFactorials []float64

func newLogFactorials(largest int) logFactorials {
	l := make(logFactorials, largest+1)
	for n := 2; n <= largest; n++ {
		l[n] = l[n-1] + math.Log(float64(n))
	}
	return l
}

func (l logFactorials) choose(n, k int) float64 { return l[n] - l[k] - l[n-k] }

// cumulative is P(X ≤ k) for X binomial.
func (l logFactorials) cumulative(k, n int, share float64) float64 {
	switch {
	case k >= n || share <= 0:
		return 1
	case share >= 1:
		return 0
	}
	in, out, sum := math.Log(share), math.Log1p(-share), 0.0
	for x := 0; x <= k; x++ {
		sum += math.Exp(l.choose(n, x) + float64(x)*in + float64(n-x)*out)
	}
	return min(sum, 1)
}

// fisher is the two-sided mid-P value of Fisher's exact test that k1 of n1 and
// k2 of n2 share one proportion: twice the smaller tail, where a tail holds
// half of the observed table (central mid-P; Hirji, Tan and Elashoff 1991).
// The margins are fixed, so the tables differ only in how many of the k1+k2
// fall to the first: the hypergeometric distribution.
func (l logFactorials) fisher(k1, n1, k2, n2 int) float64 {
	k := k1 + k2
	if k == 0 || k == n1+n2 {
		return 1 // only one table is possible
	}
	first, last := max(0, k-n2), min(k, n1)
	observed := math.Exp(l.choose(n1, k1) + l.choose(n2, k2) - l.choose(n1+n2, k))
	// Walk away from the middle, where terms shrink fast, and get the other
	// tail from the whole being one.
	tail, term := observed/2, observed
	if float64(k1)*float64(n1+n2) <= float64(k)*float64(n1) {
		for x := k1; x > first; x-- {
			term *= float64(x) * float64(n2-k+x) / (float64(n1-x+1) * float64(k-x+1))
			tail += term
			if term < tail*1e-17 {
				break
			}
		}
	} else {
		for x := k1; x < last; x++ {
			term *= float64(n1-x) * float64(k-x) / (float64(x+1) * float64(n2-k+x+1))
			tail += term
			if term < tail*1e-17 {
				break
			}
		}
	}
	return min(1, 2*min(tail, 1-tail))
}

package league

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// z95 bounds the middle 95% of the standard normal distribution.
var z95 = distuv.UnitNormal.Quantile(0.975)

// Wilson is the 95% score interval of k out of n (Wilson 1927; method 3 of
// Newcombe 1998). Nothing out of nothing says nothing: 0 to 1.
func Wilson(k, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	p, m, z2 := float64(k)/float64(n), float64(n), z95*z95
	middle := p + z2/(2*m)
	spread := z95 * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	low, high = (middle-spread)/(1+z2/m), (middle+spread)/(1+z2/m)
	if k == 0 {
		low = 0 // exactly, where rounding would leave a speck
	}
	if k == n {
		high = 1
	}
	return low, high
}

// ClopperPearson is the exact 95% interval of k out of n, from the quantiles
// of the beta distribution (Clopper and Pearson 1934; method 5 of Newcombe 1998).
func ClopperPearson(k, n int) (low, high float64) {
	low, high = 0, 1
	if k > 0 {
		low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(0.025)
	}
	if k < n {
		high = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(0.975)
	}
	return low, high
}

// Funnel holds the control limits of a share among n, around a centre.
type Funnel struct{ Low998, Low95, High95, High998 float64 }

// FunnelLimits are exact binomial limits with interpolation (Spiegelhalter
// 2005, appendix): r the smallest with F(r) ≥ p, a = (F(r)−p)/(F(r)−F(r−1)),
// limit (r−a)/n, for p = 0.001, 0.025, 0.975 and 0.999.
func FunnelLimits(centre float64, n int) Funnel {
	if n <= 0 {
		return Funnel{High95: 1, High998: 1}
	}
	l := newLogFactorials(n)
	limit := func(p float64) float64 {
		r, before := 0, 0.0
		at := l.cumulative(0, n, centre)
		for at < p && r < n {
			r++
			before, at = at, l.cumulative(r, n, centre)
		}
		if at <= before {
			return float64(r) / float64(n)
		}
		return max(0, (float64(r)-(at-p)/(at-before))/float64(n))
	}
	return Funnel{Low998: limit(0.001), Low95: limit(0.025), High95: limit(0.975), High998: limit(0.999)}
}

// ExpectedRange gives the shares among n that the exact binomial test at error
// q on each side does not call unusual. The binomial distribution is continued
// between whole numbers by the incomplete beta function, F(x) = I_{1−c}(n−x,
// x+1), so that a drawn line is smooth, and a whole number of answers lies
// outside the range exactly when the test says so.
func ExpectedRange(centre float64, n int, q float64) (low, high float64) {
	if n <= 0 || centre <= 0 || centre >= 1 {
		return max(0, min(centre, 1)), max(0, min(centre, 1))
	}
	solve := func(p float64) float64 { // x with F(x) = p, between −1 and n
		below, above := -1.0, float64(n)
		for range 50 {
			middle := (below + above) / 2
			if mathext.RegIncBeta(float64(n)-middle, middle+1, 1-centre) < p {
				below = middle
			} else {
				above = middle
			}
		}
		return (below + above) / 2
	}
	low, high = solve(q)/float64(n), (solve(1-q)+1)/float64(n)
	return max(0, low), min(1, high)
}

package league

import (
	"math"
	"math/big"
	"testing"
)

// exactFisher is the same test in fractions, by the definition.
func exactFisher(k1, n1, k2, n2 int) float64 {
	choose := func(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }
	k := k1 + k2
	whole, tail := new(big.Rat), new(big.Rat)
	for x := max(0, k-n2); x <= min(k, n1); x++ {
		weight := new(big.Rat).SetInt(new(big.Int).Mul(choose(n1, x), choose(n2, k-x)))
		whole.Add(whole, weight)
		if x == k1 {
			weight.Mul(weight, big.NewRat(1, 2))
		}
		if x <= k1 {
			tail.Add(tail, weight)
		}
	}
	tail.Quo(tail, whole)
	p, _ := tail.Float64()
	return min(1, 2*min(p, 1-p))
}

func TestFisherEqualsTheDefinition(t *testing.T) {
	l := newLogFactorials(80)
	for _, n := range [][2]int{{1, 1}, {10, 10}, {7, 23}, {40, 12}, {33, 40}} {
		for k1 := 0; k1 <= n[0]; k1++ {
			for k2 := 0; k2 <= n[1]; k2++ {
				got, want := l.fisher(k1, n[0], k2, n[1]), exactFisher(k1, n[0], k2, n[1])
				if math.Abs(got-want) > 1e-11 {
					t.Errorf("%d of %d and %d of %d: got %v, want %v", k1, n[0], k2, n[1], got, want)
				}
			}
		}
	}
}

package league_test

import (
	"math"
	"testing"

	"countersign/internal/league"
)

func TestLogRankOfThePublishedTrial(t *testing.T) {
	treated := observed([]float64{6, 6, 6, 7, 10, 13, 16, 22, 23}, []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35})
	placebo := observed([]float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}, nil)
	same(t, "log-rank of 6-MP against placebo (Gehan 1965)", league.LogRank(treated, placebo), 16.793, 3)
	same(t, "the other way round", league.LogRank(placebo, treated), 16.793, 3)
	if got := league.LogRank(nil, placebo[:1]); got != 0 {
		t.Errorf("nothing to compare with: got %v", got)
	}
}

func TestWhatDoesNotApplyIsNotFixed(t *testing.T) {
	outcomes := []league.Outcome{{Time: 3, Cause: 1}, {Time: 5, Cause: 2}, {Time: 5, Cause: 1}, {Time: 9, Cause: 1}, {Time: 2, Cause: 0}, {Time: 6, Cause: 0}, {Time: 20, Cause: 0}, {Time: 12, Cause: 2}}
	fixed, other := league.CumulativeIncidence(outcomes, 1), league.CumulativeIncidence(outcomes, 2)
	// By hand: 8 watched; 1/7 at 3; S(5−)=6/7 and 1/6 each at 5; S(9−)=4/7, 1/3 at 9; S(12−)=8/21, 1/2 at 12.
	for i, want := range []league.IncidenceStep{{Time: 3, Share: 1.0 / 7}, {Time: 5, Share: 2.0 / 7}, {Time: 9, Share: 2.0/7 + 4.0/21}} {
		if fixed[i].Time != want.Time || math.Abs(fixed[i].Share-want.Share) > 1e-12 {
			t.Errorf("fixed: got %+v, want %+v", fixed[i], want)
		}
	}
	var all []league.Observation
	for _, o := range outcomes {
		all = append(all, league.Observation{Time: o.Time, Event: o.Cause != 0})
	}
	steps := league.KaplanMeier(all)
	same(t, "all causes together leave what is open", fixed[len(fixed)-1].Share+other[len(other)-1].Share, 1-steps[len(steps)-1].Survival, 9)
	if got := league.CumulativeIncidence(outcomes, 0); got != nil {
		t.Errorf("being open is no cause: got %v", got)
	}
}

func TestOverdispersion(t *testing.T) {
	var rows []league.Row
	for range 9 {
		rows = append(rows, league.Row{K: 60, N: 100}) // z = 2
	}
	same(t, "nine rows two errors out", league.Overdispersion(rows, 0.5), 4, 9)
	rows = append(rows, league.Row{K: 100, N: 100}, league.Row{}) // z = 10, drawn in to 2
	same(t, "a tenth far out is drawn in", league.Overdispersion(rows, 0.5), 4, 9)
	if got := league.Overdispersion(nil, 0.5); got != 0 {
		t.Errorf("no rows: got %v", got)
	}
	if got := league.Overdispersion(rows, 1); got != 0 {
		t.Errorf("no variation possible: got %v", got)
	}
}

package league_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"countersign/internal/league"
)

// shared finds reference material beside the module. It is not part of the
// repository, so a laptop may be without it; a build machine may not.
func shared(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("../shared/%s is missing, and CI must not leave this test out", path)
		}
		t.Skipf("left out: ../shared/%s is not here", path)
	} else if err != nil {
		t.Fatal(err)
	}
	return data
}

func same(t *testing.T, what string, got, want float64, places int) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 0.5000001*math.Pow(10, -float64(places)) {
		t.Errorf("%s: got %.7f, want %.7f", what, got, want)
	}
}

func observed(closed, open []float64) []league.Observation {
	var all []league.Observation
	for _, x := range open { // first, so that the order at ties is the function's doing
		all = append(all, league.Observation{Time: x})
	}
	for _, x := range closed {
		all = append(all, league.Observation{Time: x, Event: true})
	}
	return all
}

func TestFormulaeGiveThePublishedNumbers(t *testing.T) {
	data, err := os.ReadFile("testdata/published.json")
	if err != nil {
		t.Fatal(err)
	}
	var published struct {
		Survival []struct {
			Name              string
			Closed, Open      []float64
			Survival, Error   []float64
			Tau, Mean, Median float64
			MeanError         float64 `json:"mean_error"`
			MeanPlaces        int     `json:"mean_places"`
		}
		Proportion []struct {
			Name          string
			K, N          int
			Wilson, Exact [2]float64
		}
		Funnel struct {
			Centre float64
			Rows   []struct {
				N      int
				Limits [4]float64
			}
		}
		XmR struct {
			Values             []float64
			Mean, Lower, Upper float64
		}
	}
	if err := json.Unmarshal(data, &published); err != nil {
		t.Fatal(err)
	}
	for _, c := range published.Survival {
		t.Run(c.Name, func(t *testing.T) {
			steps := league.KaplanMeier(observed(c.Closed, c.Open))
			if len(steps) != len(c.Survival) {
				t.Fatalf("got %d steps, want %d", len(steps), len(c.Survival))
			}
			for i, s := range steps {
				same(t, "share still open", s.Survival, c.Survival[i], 4)
				if c.Error != nil {
					same(t, "its error", s.Error, c.Error[i], 4)
				}
			}
			mean, meanError := league.RestrictedMean(steps, c.Tau)
			same(t, "restricted mean", mean, c.Mean, c.MeanPlaces)
			same(t, "its error", meanError, c.MeanError, c.MeanPlaces)
			if median, reached := league.MedianOpen(steps); !reached || median != c.Median {
				t.Errorf("median: got %v, want %v", median, c.Median)
			}
		})
	}
	for _, c := range published.Proportion {
		low, high := league.Wilson(c.K, c.N)
		same(t, c.Name+", Wilson low", low, c.Wilson[0], 4)
		same(t, c.Name+", Wilson high", high, c.Wilson[1], 4)
		low, high = league.ClopperPearson(c.K, c.N)
		same(t, c.Name+", exact low", low, c.Exact[0], 4)
		same(t, c.Name+", exact high", high, c.Exact[1], 4)
	}
	for _, c := range published.Funnel.Rows {
		f := league.FunnelLimits(published.Funnel.Centre, c.N)
		for i, got := range []float64{f.Low998, f.Low95, f.High95, f.High998} {
			same(t, "funnel of "+strconv.Itoa(c.N), got, c.Limits[i], 4)
		}
	}
	chart := league.XmR(published.XmR.Values, 0)
	same(t, "XmR mean", chart.Mean, published.XmR.Mean, 6)
	same(t, "XmR lower", chart.Lower, published.XmR.Lower, 5)
	same(t, "XmR upper", chart.Upper, published.XmR.Upper, 5)
}

func TestFormulaeGiveTheReferenceResults(t *testing.T) {
	var reference struct {
		KaplanMeier []struct {
			Name  string
			Data  [][2]float64
			Table []struct {
				Time     float64
				AtRisk   int `json:"n_risk"`
				Events   int `json:"n_event"`
				Surv, SE float64
				LogLog   [2]float64 `json:"ci_loglog"`
			}
		} `json:"kaplan_meier"`
		LogRank []struct {
			Chi2    float64
			Placebo []float64
		} `json:"log_rank"`
		Proportion []struct {
			X, N   int
			Wilson [2]float64
			Exact  [2]float64 `json:"clopper_pearson"`
		} `json:"proportion_ci_95"`
		Small []struct {
			X, N   int
			Wilson [2]float64
			Exact  [2]float64 `json:"clopper_pearson"`
		} `json:"proportion_ci_95_small"`
		Funnel struct {
			Theta float64
			Rows  []struct {
				N                        int
				Lo998, Lo95, Hi95, Hi998 float64
			}
		} `json:"funnel_exact_binomial_interpolated"`
		XmR []struct {
			Data           []float64
			Mean, LPL, UPL float64
		} `json:"xmr"`
		Ranks struct {
			Holm []struct {
				Jurisdiction string
				CI           [2]int
			} `json:"holm_two_sided_95"`
		} `json:"rank_ci_pisa2018_math"`
		RMST []struct {
			Name          string
			Tau, RMST, SE float64
			Median        *float64
		}
	}
	if err := json.Unmarshal(shared(t, "data/reference/stat-reference-tests.json"), &reference); err != nil {
		t.Fatal(err)
	}
	entries := 0
	curves, watched := map[string][]league.SurvivalStep{}, map[string][]league.Observation{}
	for _, c := range reference.KaplanMeier {
		var all []league.Observation
		for _, d := range c.Data {
			all = append(all, league.Observation{Time: d[0], Event: d[1] == 1})
		}
		steps := league.KaplanMeier(all)
		if len(steps) != len(c.Table) {
			t.Fatalf("%s: %d steps, want %d", c.Name, len(steps), len(c.Table))
		}
		for i, want := range c.Table {
			got := steps[i]
			if got.Time != want.Time || got.AtRisk != want.AtRisk || got.Events != want.Events {
				t.Errorf("%s: got %+v, want %+v", c.Name, got, want)
			}
			same(t, c.Name, got.Survival, want.Surv, 4)
			same(t, c.Name+" error", got.Error, want.SE, 4)
			same(t, c.Name+" low", got.Low, want.LogLog[0], 4)
			same(t, c.Name+" high", got.High, want.LogLog[1], 4)
		}
		curves[c.Name[:3]], watched[c.Name[:3]] = steps, all
		entries++
	}
	for _, c := range reference.LogRank {
		same(t, "log-rank", league.LogRank(watched["Fre"], observed(c.Placebo, nil)), c.Chi2, 4)
		entries++
	}
	for _, c := range reference.RMST {
		steps := curves["Fre"]
		if c.Name[:3] == "aml" {
			steps = curves["aml"]
		}
		mean, meanError := league.RestrictedMean(steps, c.Tau)
		same(t, c.Name+" restricted mean", mean, c.RMST, 4)
		same(t, c.Name+" its error", meanError, c.SE, 4)
		if median, reached := league.MedianOpen(steps); c.Median != nil && (!reached || median != *c.Median) {
			t.Errorf("%s median: got %v, want %v", c.Name, median, *c.Median)
		}
		entries++
	}
	for _, c := range append(reference.Proportion, reference.Small...) {
		low, high := league.Wilson(c.X, c.N)
		same(t, "Wilson low", low, c.Wilson[0], 4)
		same(t, "Wilson high", high, c.Wilson[1], 4)
		low, high = league.ClopperPearson(c.X, c.N)
		same(t, "exact low", low, c.Exact[0], 4)
		same(t, "exact high", high, c.Exact[1], 4)
		entries++
	}
	for _, c := range reference.Funnel.Rows {
		f := league.FunnelLimits(reference.Funnel.Theta, c.N)
		for i, want := range []float64{c.Lo998, c.Lo95, c.Hi95, c.Hi998} {
			same(t, "funnel of "+strconv.Itoa(c.N), []float64{f.Low998, f.Low95, f.High95, f.High998}[i], want, 4)
		}
		entries++
	}
	for _, c := range reference.XmR {
		chart := league.XmR(c.Data, 0)
		same(t, "XmR mean", chart.Mean, c.Mean, 6)
		same(t, "XmR lower", chart.Lower, c.LPL, 5)
		same(t, "XmR upper", chart.Upper, c.UPL, 5)
		entries++
	}
	rows, err := csv.NewReader(bytes.NewReader(shared(t, "data/reference/pisa2018-math.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var scores, errs []float64
	for _, row := range rows[1:] {
		score, err1 := strconv.ParseFloat(row[1], 64)
		se, err2 := strconv.ParseFloat(row[2], 64)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		names, scores, errs = append(names, row[0]), append(scores, score), append(errs, se)
	}
	positions := map[string]league.Position{}
	for i, p := range league.RankMeans(scores, errs, 0.05) {
		positions[names[i]] = p
	}
	if got := positions["United Kingdom"]; got != (league.Position{Low: 7, High: 23}) {
		t.Errorf("United Kingdom: got %v, and 7 to 23 was published", got)
	}
	for _, c := range reference.Ranks.Holm {
		if got := positions[c.Jurisdiction]; got != (league.Position{Low: c.CI[0], High: c.CI[1]}) {
			t.Errorf("%s: got %v, want %v", c.Jurisdiction, got, c.CI)
		}
		entries++
	}
	if entries != 20 {
		t.Errorf("%d entries were compared, want 20: has the reference file another shape?", entries)
	}
}

func TestRankMeansTellsApartOnlyWhatIsApart(t *testing.T) {
	got := league.RankMeans([]float64{10, 9.9, 0, 5, 5}, []float64{0.1, 0.1, 0.1, 0, 0}, 0.05)
	want := []league.Position{{Low: 1, High: 2}, {Low: 1, High: 2}, {Low: 5, High: 5}, {Low: 3, High: 4}, {Low: 3, High: 4}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestXmRSignals(t *testing.T) {
	has := func(chart league.XmRChart, i int, want league.Signal) bool {
		for _, s := range chart.Readings[i].Signals {
			if s == want {
				return true
			}
		}
		return false
	}
	calm := []float64{10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12} // mean 11, moving range 2, limits 5.68 and 16.32
	with := func(more ...float64) league.XmRChart {
		return league.XmR(append(append([]float64{}, calm...), more...), 12)
	}
	chart := with(16.4, 11, 14.6, 11, 14.6)
	if !has(chart, 12, league.OutsideLimits) || has(chart, 14, league.OutsideLimits) {
		t.Error("a point past the limit, and only it, is outside the limits")
	}
	for i, want := range map[int]bool{12: true, 13: false, 14: true, 15: false, 16: true, 0: false} {
		if has(chart, i, league.NearLimit) != want {
			t.Errorf("point %d near a limit: want %v", i, want)
		}
	}
	chart = with(11.5, 11.4, 11.5, 11.4, 11.5, 11.4, 11.5)
	if !has(chart, 12, league.Shift) || !has(chart, 18, league.Shift) || has(chart, 9, league.Shift) {
		t.Error("seven points above the mean are a shift")
	}
	chart = with(10.5, 10.6, 10.7, 10.8, 10.9, 11.1, 11.2)
	if !has(chart, 12, league.Trend) || !has(chart, 18, league.Trend) || has(chart, 10, league.Trend) {
		t.Error("seven rising points are a trend")
	}
	if chart := with(10.5, 10.6, 10.7, 10.8, 10.9, 11.1); has(chart, 14, league.Trend) {
		t.Error("six rising points are not")
	}
	if chart := with(14.5, 11, 14.5); has(chart, 12, league.NearLimit) { // the outer third starts at 14.55
		t.Error("two points short of the outer third are near no limit")
	}
	leap := league.XmR(append(append([]float64{}, calm...), 40), 0)
	same(t, "upper limit after one leap, which must not widen it", leap.Upper, 172.0/13+2.66*2, 6)
	if league.XmR([]float64{1, 2}, 0).Trial != true || league.XmR(calm, 0).Trial {
		t.Error("limits from fewer than 12 points are trial limits")
	}
	if chart := league.XmR(nil, 0); chart.Mean != 0 || chart.Readings != nil {
		t.Error("no points, no chart")
	}
}

func TestACurveThatReachesZeroKeepsItsLastUpperBound(t *testing.T) {
	steps := league.KaplanMeier(observed([]float64{1, 2}, nil))
	last := steps[len(steps)-1]
	if last.Survival != 0 || last.Low != 0 || last.High != steps[0].High || last.High <= 0 {
		t.Errorf("got %+v", last)
	}
}

// Outside the drawn range and outside by the test must be the same trusts.
func TestTheDrawnRangeAgreesWithTheTest(t *testing.T) {
	for _, share := range []float64{0.05, 0.5, 0.8, 0.914} {
		for _, n := range []int{10, 28, 77} {
			low, high := league.ExpectedRange(share, n, league.BandError)
			below, above := 0.0, 1.0
			probability := math.Pow(1-share, float64(n))
			for k := 0; k <= n; k++ {
				below += probability // P(X ≤ k)
				got, x := "within", float64(k)/float64(n)
				if x < low {
					got = "below"
				} else if x > high {
					got = "above"
				}
				want := "within"
				if below < league.BandError {
					want = "below"
				} else if above < league.BandError {
					want = "above"
				}
				if got != want {
					t.Errorf("%d of %d at %v: drawn %s, tested %s", k, n, share, got, want)
				}
				above -= probability // P(X ≥ k+1)
				probability *= float64(n-k) / float64(k+1) * share / (1 - share)
			}
		}
	}
}

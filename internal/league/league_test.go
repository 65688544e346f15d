package league_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/internal/league"
	"countersign/internal/organisation"
)

var asOf = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestAnsweredInTimeCountsMaturedPairs(t *testing.T) {
	issued := asOf.Add(-72 * time.Hour)
	tests := map[string]struct {
		pair league.Pair
		want league.Count
	}{
		"answered early":                        {league.Pair{IssuedAt: issued, AnsweredAt: issued.Add(time.Hour)}, league.Count{K: 1, N: 1}},
		"answered at the last moment":           {league.Pair{IssuedAt: issued, AnsweredAt: issued.Add(48*time.Hour - 1)}, league.Count{K: 1, N: 1}},
		"answered at the deadline":              {league.Pair{IssuedAt: issued, AnsweredAt: issued.Add(48 * time.Hour)}, league.Count{N: 1}},
		"silent":                                {league.Pair{IssuedAt: issued}, league.Count{N: 1}},
		"due this very moment":                  {league.Pair{IssuedAt: asOf.Add(-48 * time.Hour)}, league.Count{N: 1}},
		"young and silent":                      {league.Pair{IssuedAt: asOf.Add(-47 * time.Hour)}, league.Count{}},
		"young and answered":                    {league.Pair{IssuedAt: asOf.Add(-47 * time.Hour), AnsweredAt: asOf.Add(-46 * time.Hour)}, league.Count{}},
		"given more time, and answered in it":   {league.Pair{IssuedAt: issued, Due: issued.Add(60 * time.Hour), AnsweredAt: issued.Add(59 * time.Hour)}, league.Count{K: 1, N: 1}},
		"given more time, which still runs":     {league.Pair{IssuedAt: issued, Due: issued.Add(96 * time.Hour), AnsweredAt: issued.Add(59 * time.Hour)}, league.Count{}},
		"withdrawn before the deadline":         {league.Pair{IssuedAt: issued, WithdrawnAt: issued.Add(47 * time.Hour)}, league.Count{}},
		"withdrawn after an answer, still left": {league.Pair{IssuedAt: issued, AnsweredAt: issued.Add(time.Hour), WithdrawnAt: issued.Add(2 * time.Hour)}, league.Count{}},
		"withdrawn after the deadline":          {league.Pair{IssuedAt: issued, WithdrawnAt: issued.Add(49 * time.Hour)}, league.Count{N: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.pair.Organisation = "ZZ1"
			if got := league.OnTime([]league.Pair{test.pair}, asOf)["ZZ1"]; got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// design is a worked comparison of 14 invented hospitals. Its positions were
// found apart from this code, in exact fractions.
var design = []struct {
	name      string
	k, n      int
	band      league.Band
	low, high int
}{
	{"Northmoor", 33, 48, league.Below, 14, 14},
	{"Trentside", 77, 77, league.Above, 1, 13},
	{"Calder Vale", 45, 48, league.Within, 1, 13},
	{"Hullborough", 33, 36, league.Within, 1, 14},
	{"Lancombe", 31, 34, league.Within, 1, 14},
	{"Leedham", 49, 53, league.Within, 1, 13},
	{"Manford", 57, 62, league.Within, 1, 13},
	{"The Newtown", 44, 48, league.Within, 1, 14},
	{"Northern Vale", 40, 45, league.Within, 1, 14},
	{"Nottingley", 43, 47, league.Within, 1, 14},
	{"Sheafield", 47, 50, league.Within, 1, 13},
	{"south Wick", 25, 28, league.Within, 1, 14},
	{"University of Brindle", 63, 70, league.Within, 1, 14},
	{"University of Coven", 35, 38, league.Within, 1, 14},
}

func designGroup() ([]league.Member, map[organisation.Code]league.Count) {
	var members []league.Member
	counts := map[organisation.Code]league.Count{}
	for i, d := range design {
		code := organisation.Code(fmt.Sprintf("Z%02d", i))
		members = append(members, league.Member{Organisation: code, Name: d.name, Group: "teaching"})
		counts[code] = league.Count{K: d.k, N: d.n}
	}
	slices.Reverse(members)
	return members, counts
}

func TestTheWorkedComparisonOfTheDesign(t *testing.T) {
	members, counts := designGroup()
	table := league.Rank(members, counts)
	if table.K != 622 || table.N != 684 || table.Compared != 14 || table.Refusal != "" {
		t.Errorf("got %d of %d, %d compared, refusal %q", table.K, table.N, table.Compared, table.Refusal)
	}
	for i, d := range design {
		got := table.Rows[i]
		if got.Name != d.name || got.Band != d.band || got.PositionLow != d.low || got.PositionHigh != d.high {
			t.Errorf("row %d: got %s %s %d to %d, want %s %s %d to %d", i+1, got.Name, got.Band, got.PositionLow, got.PositionHigh, d.name, d.band, d.low, d.high)
		}
	}
}

func TestTooFewAndNothingDueAreNeverCompared(t *testing.T) {
	members, counts := designGroup()
	members = append(members, league.Member{Organisation: "ZA1", Name: "Aldham"}, league.Member{Organisation: "ZA2", Name: "Brockham"})
	counts["ZA1"] = league.Count{K: 0, N: 9}
	table := league.Rank(members, counts)
	few, none := table.Rows[14], table.Rows[15]
	if few.Organisation != "ZA1" || few.Band != league.TooFew || !few.TooFew || few.PositionLow != 0 || few.PositionHigh != 0 {
		t.Errorf("nine due: got %+v", few)
	}
	if none.Organisation != "ZA2" || none.Band != league.NotMeasured || none.PositionHigh != 0 || none.Share != 0 {
		t.Errorf("none due: got %+v", none)
	}
	if table.Compared != 14 || table.Rows[0].PositionHigh != 14 {
		t.Errorf("those too few to compare were counted in positions: %d compared", table.Compared)
	}
}

func TestASmallGroupIsRefusedWithItsReason(t *testing.T) {
	members, counts := designGroup()
	table := league.Rank(members[:7], counts)
	if table.Refusal == "" || table.Compared != 0 {
		t.Fatalf("seven organisations were compared: %+v", table)
	}
	for _, row := range table.Rows {
		if row.Band != league.NotMeasured || row.PositionLow != 0 || row.N == 0 {
			t.Errorf("got %+v, want the counts and nothing else", row)
		}
	}
	if table := league.Rank(members[:8], counts); table.Refusal != "" {
		t.Error("eight organisations were refused")
	}
	if table := league.Rank(nil, nil); table.Refusal == "" || table.Share != 0 {
		t.Errorf("an empty group: got %+v", table)
	}
}

func TestWithTenDueOnlyThreeOrFewerIsBelow(t *testing.T) {
	for k, want := range map[int]league.Band{3: league.Below, 4: league.Within, 5: league.Within} {
		members, counts := []league.Member{{Organisation: "ZZ1"}}, map[organisation.Code]league.Count{"ZZ1": {K: k, N: 10}}
		for i := range 9 { // bring the pooled share to 80%
			code := organisation.Code(fmt.Sprint("ZY", i))
			members = append(members, league.Member{Organisation: code})
			counts[code] = league.Count{K: 80, N: 100}
		}
		first := counts["ZY0"]
		first.K += 8 - k
		counts["ZY0"] = first
		for _, row := range league.Rank(members, counts).Rows {
			if row.Organisation == "ZZ1" && row.Band != want {
				t.Errorf("%d of 10: got %s, want %s", k, row.Band, want)
			}
		}
	}
}

type world struct {
	members []league.Member
	pairs   []league.Pair
}

func drawWorld(t *rapid.T) world {
	var w world
	issued := rapid.SliceOfN(rapid.IntRange(0, 200), 1, 30).Draw(t, "hours since issue")
	for i := range rapid.IntRange(1, 14).Draw(t, "members") {
		code := organisation.Code(fmt.Sprintf("Z%02d", i))
		group := "ours"
		if i%5 == 4 {
			group = "others"
		}
		w.members = append(w.members, league.Member{Organisation: code, Name: rapid.SampledFrom([]string{"Ash", "The Beck", "elm", "Ash"}).Draw(t, "name"), Group: group})
		for a, hours := range issued {
			at := asOf.Add(-time.Duration(hours) * time.Hour)
			p := league.Pair{Organisation: code, Alert: fmt.Sprint(a), IssuedAt: at}
			if answer := rapid.IntRange(0, 90).Draw(t, "hours to answer"); answer < 70 {
				p.AnsweredAt = at.Add(time.Duration(answer) * time.Hour)
			}
			w.pairs = append(w.pairs, p)
		}
	}
	return w
}

func TestTotalsEqualRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		table := league.Build(w.members, w.pairs, "ours", asOf)
		k, n, compared := 0, 0, 0
		for _, row := range table.Rows {
			k, n = k+row.K, n+row.N
			if row.K < 0 || row.K > row.N || row.Low > row.High {
				t.Errorf("unsound row %+v", row)
			}
			if row.PositionLow > 0 {
				compared++
				if row.PositionLow > row.PositionHigh || row.PositionHigh > table.Compared || row.TooFew {
					t.Errorf("unsound position %+v of %d", row, table.Compared)
				}
			}
		}
		if k != table.K || n != table.N || compared != table.Compared {
			t.Errorf("rows say %d of %d and %d compared; the table says %d of %d and %d", k, n, compared, table.K, table.N, table.Compared)
		}
	})
}

func TestTheOrderOfEntriesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		before := league.Build(w.members, w.pairs, "ours", asOf)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 1))
		random.Shuffle(len(w.members), func(i, j int) { w.members[i], w.members[j] = w.members[j], w.members[i] })
		random.Shuffle(len(w.pairs), func(i, j int) { w.pairs[i], w.pairs[j] = w.pairs[j], w.pairs[i] })
		if after := league.Build(w.members, w.pairs, "ours", asOf); !reflect.DeepEqual(before, after) {
			t.Errorf("got %+v, was %+v", after, before)
		}
	})
}

func TestAnotherGroupsPairChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		before := league.Build(w.members, w.pairs, "ours", asOf)
		w.members = append(w.members, league.Member{Organisation: "ZX1", Name: "Elsewhere", Group: "others"})
		w.pairs = append(w.pairs, league.Pair{Organisation: "ZX1", IssuedAt: asOf.Add(-100 * time.Hour)})
		if after := league.Build(w.members, w.pairs, "ours", asOf); !reflect.DeepEqual(before, after) {
			t.Errorf("got %+v, was %+v", after, before)
		}
	})
}

func BenchmarkRankOf250(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var members []league.Member
	counts := map[organisation.Code]league.Count{}
	for i := range 250 {
		code := organisation.Code(fmt.Sprintf("Z%03d", i))
		n := 10 + random.IntN(190)
		members = append(members, league.Member{Organisation: code, Name: fmt.Sprint("Trust ", i)})
		counts[code] = league.Count{K: int(float64(n) * (0.6 + 0.4*random.Float64())), N: n}
	}
	for b.Loop() {
		league.Rank(members, counts)
	}
}

func TestPositionThatCoversNearlyEverybodyIsNone(t *testing.T) {
	for claim, c := range map[string]struct {
		row      league.Row
		compared int
		want     bool
	}{
		"of 118, nearly all":             {league.Row{Band: league.Within, PositionLow: 1, PositionHigh: 117}, 118, false},
		"three quarters exactly":         {league.Row{Band: league.Within, PositionLow: 3, PositionHigh: 14}, 16, true},
		"one more":                       {league.Row{Band: league.Within, PositionLow: 3, PositionHigh: 15}, 16, false},
		"one place":                      {league.Row{Band: league.Within, PositionLow: 8, PositionHigh: 8}, 8, true},
		"not compared":                   {league.Row{Band: league.TooFew}, 118, false},
		"outside, as wide as it may be":  {league.Row{Band: league.Below, PositionLow: 2, PositionHigh: 118}, 118, true},
		"above, and wide":                {league.Row{Band: league.Above, PositionLow: 1, PositionHigh: 117}, 118, true},
		"a group that is refused as one": {league.Row{Band: league.NotMeasured}, 0, false},
	} {
		if got := c.row.Placed(c.compared); got != c.want {
			t.Errorf("%s: %t", claim, got)
		}
	}
}

// Package league owns the comparison of organisations: measures, peer groups,
// bands and likely positions, and how much of a table a reader may see. The
// arithmetic is pure functions of entries; service.go fetches the entries.
//
// A table never gives a bare rank. What can be said is said with an interval,
// and what cannot be said (too few answers due, too small a group) is said too.
package league

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"countersign/internal/organisation"
)

// The rules of a fair comparison. They are part of the published method: a
// change of one is a new version of the method.
const (
	AnswerWithin  = 48 * time.Hour // from issue, weekends included
	FewestDue     = 10             // with fewer, an organisation is "too few to compare"
	SmallestGroup = 8              // with fewer, a group is not compared at all
	BandError     = 0.001          // each side, exact binomial
	PositionError = 0.05           // over all comparisons of one organisation, Holm
)

// Member is one organisation of a peer group.
type Member struct {
	Organisation organisation.Code
	Name         string
	Group        string // organisations that can fairly be compared
}

// Pair is one alert that was addressed to one organisation. A caller gives
// each pair once.
type Pair struct {
	Organisation organisation.Code
	Alert        string
	IssuedAt     time.Time
	Due          time.Time // the deadline in force, which an extension moves for who has not answered; zero for AnswerWithin the issue
	AnsweredAt   time.Time // first answer, "does not apply" included; zero while silent
	WithdrawnAt  time.Time // zero unless the alert was taken back
}

// Count is how many answers were due and how many came in time.
type Count struct{ K, N int }

// OnTime counts, for each organisation, the answers due by the moment asOf and
// those that came before their deadline: AnswerWithin the issue, or later where
// the alert was given more time.
//
// A pair enters both counts only when its deadline has passed: to count the
// early answers to a young alert while leaving out its silences would flatter
// everybody. "Does not apply" is an answer. An alert withdrawn before the
// deadline asks nothing any more and is left out for all.
func OnTime(pairs []Pair, asOf time.Time) map[organisation.Code]Count {
	counts := map[organisation.Code]Count{}
	for _, p := range pairs {
		due, inTime := p.judge(asOf)
		if !due {
			continue
		}
		c := counts[p.Organisation]
		c.N++
		if inTime {
			c.K++
		}
		counts[p.Organisation] = c
	}
	return counts
}

// judge tells whether the pair counts by the moment asOf, and as in time.
func (p Pair) judge(asOf time.Time) (due, inTime bool) {
	end := p.Due
	if end.IsZero() {
		end = p.IssuedAt.Add(AnswerWithin)
	}
	if end.After(asOf) || !p.WithdrawnAt.IsZero() && p.WithdrawnAt.Before(end) {
		return false, false
	}
	return true, !p.AnsweredAt.IsZero() && p.AnsweredAt.Before(end)
}

// Band says where an organisation stands against the pooled share of its group.
type Band string

// The bands, in the order a table shows them.
const (
	Below       Band = "below"        // fewer in time than chance explains
	Above       Band = "above"        // more in time than chance explains
	Within      Band = "within"       // chance is enough of an explanation
	TooFew      Band = "too few"      // under FewestDue: nothing is claimed
	NotMeasured Band = "not measured" // nothing was due, or the group is not compared
)

// Bands lists every band in the order a table shows them.
var Bands = []Band{Below, Above, Within, TooFew, NotMeasured}

// Row is one organisation in a table. The positions are 0 unless the row was
// compared; High and Low are the 95% Wilson interval, Expected the range of
// shares that leave it Within.
type Row struct {
	Organisation              organisation.Code
	Name                      string
	K, N                      int
	Share, Low, High          float64
	ExpectedLow, ExpectedHigh float64
	Band                      Band
	PositionLow, PositionHigh int // best and worst likely position among Compared
	TooFew                    bool
}

// Placed tells whether the likely position of a row says where it stands among
// those compared: it leaves out a quarter of them or more. A row outside the
// expected range is placed by that already.
func (r Row) Placed(compared int) bool {
	return r.Band == Below || r.Band == Above || r.PositionLow > 0 && 4*(r.PositionHigh-r.PositionLow+1) <= 3*compared
}

// Table is a peer group, compared. K and N are the totals of its rows.
type Table struct {
	Group    string
	AsOf     time.Time
	Rows     []Row
	K, N     int
	Share    float64 // pooled: K of N
	Compared int     // rows that took part in positions
	Refusal  string  // why the group is not compared; empty when it is
}

// refusal is the sentence printed instead of a comparison.
const refusal = "This group has fewer than 8 organisations, which is too few for a fair comparison."

// Build makes the table of one group from members and pairs of any group.
// What other groups did changes nothing in it, and neither does the order of
// its input.
func Build(members []Member, pairs []Pair, group string, asOf time.Time) Table {
	var ours []Member
	for _, m := range members {
		if m.Group == group {
			ours = append(ours, m)
		}
	}
	t := Rank(ours, OnTime(pairs, asOf))
	t.Group, t.AsOf = group, asOf
	return t
}

// Rank compares the members of one group by their counts.
//
// Bands: exact binomial test against the pooled share of the group, BandError
// on each side. Positions: Fisher's exact test (mid-P) against every other
// compared member, Holm's correction at PositionError; the best likely position
// is 1 + those clearly better, the worst is Compared − those clearly worse.
// Rows are sorted by band, and A to Z inside a band.
func Rank(members []Member, counts map[organisation.Code]Count) Table {
	t := Table{Rows: make([]Row, 0, len(members))}
	for _, m := range members {
		c := counts[m.Organisation]
		t.K, t.N = t.K+c.K, t.N+c.N
		t.Rows = append(t.Rows, Row{Organisation: m.Organisation, Name: m.Name, K: c.K, N: c.N})
	}
	if t.N > 0 {
		t.Share = float64(t.K) / float64(t.N)
	}
	if len(members) < SmallestGroup {
		t.Refusal = refusal
	}
	most := 0
	for _, row := range t.Rows {
		most = max(most, row.N)
	}
	table := newLogFactorials(2 * most)
	ranges := map[int][2]float64{}
	var compared []int
	for i := range t.Rows {
		row := &t.Rows[i]
		if row.Band = NotMeasured; row.N == 0 {
			continue
		}
		row.Share = float64(row.K) / float64(row.N)
		row.Low, row.High = Wilson(row.K, row.N)
		row.TooFew = row.N < FewestDue
		if t.Refusal != "" {
			continue
		}
		expected, known := ranges[row.N]
		if !known {
			expected[0], expected[1] = ExpectedRange(t.Share, row.N, BandError)
			ranges[row.N] = expected
		}
		row.ExpectedLow, row.ExpectedHigh = expected[0], expected[1]
		if row.TooFew {
			row.Band = TooFew
			continue
		}
		row.Band = table.band(row.K, row.N, t.Share)
		compared = append(compared, i)
	}
	t.Compared = len(compared)
	table.positions(t.Rows, compared)
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Bands, a.Band), slices.Index(Bands, b.Band)),
			cmp.Compare(sortName(a.Name), sortName(b.Name)),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Organisation, b.Organisation),
		)
	})
	return t
}

// sortName is the A to Z key: capitals do not count and neither does a leading
// "The", so that The Newcastle stands under N. It is plain text order, the same
// on every machine, and no locale's.
func sortName(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "the ")
}

// band tests one count against the pooled share.
func (l logFactorials) band(k, n int, share float64) Band {
	atMost, less := l.cumulative(k, n, share), 0.0
	if k > 0 {
		less = l.cumulative(k-1, n, share)
	}
	switch {
	case atMost < BandError:
		return Below
	case 1-less < BandError:
		return Above
	}
	return Within
}

// positions fills in the likely positions of the rows at the given indexes.
func (l logFactorials) positions(rows []Row, compared []int) {
	m := len(compared)
	p := make([]float64, m*m)
	for i, a := range compared {
		for j := i + 1; j < m; j++ {
			b := compared[j]
			p[i*m+j] = l.fisher(rows[a].K, rows[a].N, rows[b].K, rows[b].N)
			p[j*m+i] = p[i*m+j]
		}
	}
	shares := make([]float64, m)
	for i, a := range compared {
		shares[i] = rows[a].Share
	}
	for i, position := range rankIntervals(shares, p, PositionError) {
		row := &rows[compared[i]]
		row.PositionLow, row.PositionHigh = position.Low, position.High
	}
}

package league

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Method names the published rules a table was made by. A change of a rule is
// a new version.
const Method = "Alerts answered within 48 hours, version 1"

// Period is a stretch of time by when alerts were issued: From is in it, To is
// not.
type Period struct{ From, To time.Time }

// Year is the 12 whole months, in the United Kingdom, before the month of an
// instant. The month under way is left out, because half of it would be
// compared with whole ones.
func Year(at time.Time) Period {
	local := at.In(organisation.London)
	to := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, organisation.London)
	return Period{From: to.AddDate(-1, 0, 0), To: to}
}

// Months lists the first instants of the months of the period.
func (p Period) Months() []time.Time {
	var months []time.Time
	for at := p.From.In(organisation.London); at.Before(p.To); at = at.AddDate(0, 1, 0) {
		months = append(months, at)
	}
	return months
}

// Direction is what a year of months says.
type Direction string

// The directions.
const (
	NoClearChange Direction = "No clear change"
	Improving     Direction = "Improving"
	Worse         Direction = "Getting worse"
	TooShort      Direction = "Too few months to say"
)

// The rules of a course, part of the published method.
const (
	FewestMonths = 6    // with something due, to speak of a direction
	CourseError  = 0.05 // of the test between the months of a signal and those before
)

// Course is the share in time of each month in which something was due.
type Course struct {
	Shares    []float64
	Direction Direction
}

// CourseOf counts one organisation's pairs by month and reads the latest month
// with the rules of a chart of individual values. Only a signal at the latest
// month counts: what a cause in spring did is not where things go now.
//
// Those rules alone cry wolf where a month holds three alerts: one late answer
// after eleven quiet months lies outside any limits drawn from no variation at
// all. So the months of the signal must also differ from those before by
// Fisher's exact test, at CourseError.
func CourseOf(pairs []Pair, period Period, asOf time.Time) Course {
	var counts []Count
	for _, c := range byMonth(pairs, period.Months(), asOf) {
		if c.N > 0 {
			counts = append(counts, c)
		}
	}
	course := Course{Direction: TooShort}
	for _, c := range counts {
		course.Shares = append(course.Shares, float64(c.K)/float64(c.N))
	}
	if len(counts) < FewestMonths {
		return course
	}
	course.Direction = NoClearChange
	chart := XmR(course.Shares, 0)
	for _, signal := range chart.Readings[len(counts)-1].Signals {
		window := map[Signal]int{OutsideLimits: 1, NearLimit: 3, Shift: 7, Trend: 7}[signal]
		if direction := differs(counts, min(window, len(counts)/2)); direction != NoClearChange {
			course.Direction = direction
		}
	}
	return course
}

// byMonth counts the pairs by the month in which their alert was issued.
func byMonth(pairs []Pair, months []time.Time, asOf time.Time) []Count {
	counts := make([]Count, len(months))
	for _, p := range pairs {
		i := len(months) - 1
		for i >= 0 && p.IssuedAt.Before(months[i]) {
			i--
		}
		due, inTime := p.judge(asOf)
		if i < 0 || !due {
			continue
		}
		counts[i].N++
		if inTime {
			counts[i].K++
		}
	}
	return counts
}

// differs compares the last months with all before them.
func differs(counts []Count, last int) Direction {
	var before, after Count
	for i, c := range counts {
		if i < len(counts)-last {
			before.K, before.N = before.K+c.K, before.N+c.N
		} else {
			after.K, after.N = after.K+c.K, after.N+c.N
		}
	}
	if newLogFactorials(before.N+after.N).fisher(before.K, before.N, after.K, after.N) > CourseError {
		return NoClearChange
	}
	if after.K*before.N > before.K*after.N {
		return Improving
	}
	return Worse
}

// Comparison is a table as one reader may see it.
type Comparison struct {
	Table
	Kind    organisation.Kind
	Period  Period
	Own     organisation.Code // the only row the reader sees; empty when all are shown
	Courses map[organisation.Code]Course
	Spread  float64 // overdispersion of the group; over 1 it varies more than chance
}

// Store reads what a comparison is made of.
type Store interface {
	// Pairs lists high severity alerts issued in the period whose answers were
	// due by asOf, for every organisation of the kind, sorted by organisation.
	Pairs(ctx context.Context, pass access.Pass, kind organisation.Kind, period Period, asOf time.Time) ([]Pair, error)
	// Built gives what build made for the same question before, as long as
	// nothing on record has changed since.
	Built(ctx context.Context, pass access.Pass, question string, build func() (Comparison, error)) (Comparison, error)
}

// Register tells which organisations there are.
type Register interface {
	All(ctx context.Context, pass access.Pass) ([]organisation.Organisation, error)
}

// Service is what people do with comparisons.
type Service struct {
	Store    Store
	Register Register
	Now      func() time.Time

	hourlies hourlies
}

// Faults of asking for a comparison.
var (
	ErrKind    = fault.New(fault.NotFound, "We do not compare this kind of organisation.")
	ErrUnknown = fault.New(fault.NotFound, "We do not know this organisation.")
)

// Table compares the organisations of one kind that are open at asOf, an
// instant that is moved back to the full hour and, when it is zero or still to
// come, is now.
//
// With organisation.National every row of the kind is shown. With a trust's
// code the kind is the trust's own and only its own row is left: a band of
// another trust is not shown before that trust has had time to check it. What
// is left of the others is how many there are and the pooled figures.
func (s *Service) Table(ctx context.Context, who access.Actor, org organisation.Code, kind organisation.Kind, period Period, asOf time.Time) (Comparison, error) {
	pass, err := access.Check(who, access.Compare, org)
	if err != nil {
		return Comparison{}, err
	}
	if now := s.Now(); asOf.IsZero() || asOf.After(now) {
		asOf = now
	}
	asOf = asOf.UTC().Truncate(time.Hour)
	all, err := s.Register.All(ctx, pass)
	if err != nil {
		return Comparison{}, fmt.Errorf("find who is compared: %w", err)
	}
	if !pass.National() {
		own := slices.IndexFunc(all, func(o organisation.Organisation) bool { return o.Code == org })
		if own < 0 {
			return Comparison{}, ErrUnknown
		}
		kind = all[own].Kind
	}
	if !slices.Contains(organisation.Kinds, kind) {
		return Comparison{}, ErrKind
	}
	question := fmt.Sprint(kind, " ", period.From.Unix(), " ", period.To.Unix(), " ", asOf.Unix())
	c, err := s.Store.Built(ctx, pass, question, func() (Comparison, error) {
		return s.build(context.WithoutCancel(ctx), pass, all, kind, period, asOf) // others may wait for it when this reader leaves
	})
	if err != nil {
		return Comparison{}, err
	}
	if !pass.National() {
		c = c.For(org)
	}
	return c, nil
}

// build compares everybody of a kind, whoever asks: what a reader may see of
// it is decided afterwards.
func (s *Service) build(ctx context.Context, pass access.Pass, all []organisation.Organisation, kind organisation.Kind, period Period, asOf time.Time) (Comparison, error) {
	var members []Member
	for _, o := range all {
		if o.Kind == kind && o.Open(organisation.DayOf(asOf)) {
			members = append(members, Member{Organisation: o.Code, Name: o.Name, Group: string(kind)})
		}
	}
	pairs, err := s.Store.Pairs(ctx, pass, kind, period, asOf)
	if err != nil {
		return Comparison{}, fmt.Errorf("compare %s: %w", kind, err)
	}
	return Compare(members, pairs, kind, period, asOf), nil
}

// unknownKind is why organisations whose kind nobody has recorded are not
// compared with each other: that is all they have in common.
const unknownKind = "We do not know yet what kind of organisation this is, so it is not compared."

// Compare makes the whole comparison of one kind.
func Compare(members []Member, pairs []Pair, kind organisation.Kind, period Period, asOf time.Time) Comparison {
	c := Comparison{Table: Build(members, pairs, string(kind), asOf), Kind: kind, Period: period, Courses: map[organisation.Code]Course{}}
	if kind == organisation.KindUnknown {
		c.Table = Rank(nil, nil)
		c.Group, c.AsOf, c.Refusal = string(kind), asOf, unknownKind
		for _, m := range members {
			c.Rows = append(c.Rows, Row{Organisation: m.Organisation, Name: m.Name, Band: NotMeasured})
		}
		return c
	}
	by := map[organisation.Code][]Pair{}
	for _, p := range pairs {
		by[p.Organisation] = append(by[p.Organisation], p)
	}
	for _, m := range members {
		c.Courses[m.Organisation] = CourseOf(by[m.Organisation], period, asOf)
	}
	c.Spread = Overdispersion(c.Rows, c.Share)
	return c
}

// For leaves one organisation's row. The totals stay those of the group.
func (c Comparison) For(org organisation.Code) Comparison {
	is := c
	is.Own, is.Rows, is.Courses = org, nil, map[organisation.Code]Course{}
	for i := range c.Rows {
		if c.Rows[i].Organisation == org {
			is.Rows = []Row{c.Rows[i]}
			is.Courses[org] = c.Courses[org]
		}
	}
	return is
}

// In lists the rows of one band, A to Z.
func (c Comparison) In(band Band) []Row {
	var rows []Row
	for _, row := range c.Rows {
		if row.Band == band {
			rows = append(rows, row)
		}
	}
	return rows
}

package attestation

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Period is the quarter a statement is about.
type Period struct {
	Name     string // July to September 2026
	From, To organisation.Day
}

// Quarters lists the quarter an instant falls in and those before it, latest
// first.
func Quarters(now time.Time, count int) []Period {
	local := now.In(organisation.London)
	begins := time.Date(local.Year(), (local.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	var list []Period
	for range count {
		last := begins.AddDate(0, 3, -1)
		list = append(list, Period{Name: begins.Format("January") + " to " + last.Format("January 2006"), From: organisation.Day(begins.Format(time.DateOnly)), To: organisation.Day(last.Format(time.DateOnly))})
		begins = begins.AddDate(0, -3, 0)
	}
	return list
}

// quartersOffered is how far back a statement can be asked for.
const quartersOffered = 4

// Offered lists the periods a statement can be asked for at an instant: this
// quarter and the three before it.
func Offered(now time.Time) []Period { return Quarters(now, quartersOffered) }

// Scope says how the organisations of a request are chosen.
type Scope string

// The scopes.
const (
	AllTrusts Scope = "all"
	ByKind    Scope = "kinds"
	ByCohort  Scope = "groups"
)

// Request asks organisations for a statement. Nothing of it is kept: it is
// made, checked and carried out.
type Request struct {
	Template string
	Edition  int64
	From     organisation.Day // first day of the period
	SignBy   organisation.Day
	Scope    Scope
	Kinds    []organisation.Kind // when by kind
	Cohorts  []string            // when by cohort
}

// signByHour is when the day to sign by ends, in UK time.
const signByHour = 17

// Due is the deadline a day to sign by means: 5pm in the United Kingdom.
func Due(day organisation.Day) time.Time {
	start := day.Start().In(organisation.London)
	return time.Date(start.Year(), start.Month(), start.Day(), signByHour, 0, 0, 0, organisation.London).UTC()
}

// Period is the one asked about; false when it is none of those on offer.
func (r Request) Period(now time.Time) (Period, bool) {
	offered := Offered(now)
	i := slices.IndexFunc(offered, func(p Period) bool { return p.From == r.From })
	if i < 0 {
		return Period{}, false
	}
	return offered[i], true
}

// Check finds what is missing from a request, in the order a form asks.
func (r Request) Check(templates []Template, now time.Time) error {
	var problems fault.Problems
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	period, offered := r.Period(now)
	latest := organisation.DayOf(now.AddDate(1, 0, 0))
	add(!slices.ContainsFunc(templates, func(t Template) bool { return t.ID == r.Template && t.Edition == r.Edition }), "template", "Select which statement you want to ask for")
	add(!offered, "period", "Select the months the statement is about")
	switch {
	case r.SignBy == "":
		add(true, "due", "Enter the date they must sign by")
	case r.SignBy <= organisation.DayOf(now):
		add(true, "due", "The date they must sign by must be after today")
	case offered && r.SignBy <= period.To:
		add(true, "due", "The date they must sign by must be after the last day of the months it is about, "+period.To.Word())
	case r.SignBy >= latest:
		add(true, "due", "The date they must sign by must be before "+latest.Word())
	}
	add(r.Scope != AllTrusts && r.Scope != ByKind && r.Scope != ByCohort, "who", "Select who you want to ask")
	add(r.Scope == ByKind && len(r.Kinds) == 0, "kinds", "Select at least 1 kind of trust")
	add(r.Scope == ByCohort && len(r.Cohorts) == 0, "groups", "Select at least 1 group")
	return problems.OrNil()
}

// reaches tells whether the request is for the organisation, on a day.
func (r Request) reaches(o organisation.Organisation, cohorts []string, on organisation.Day) bool {
	if !o.Open(on) {
		return false
	}
	switch r.Scope {
	case AllTrusts:
		return true
	case ByKind:
		return slices.Contains(r.Kinds, o.Kind)
	case ByCohort:
		return slices.ContainsFunc(r.Cohorts, func(cohort string) bool { return slices.Contains(cohorts, cohort) })
	}
	return false
}

// Called is what decides who can be asked: the register on a day, and who was
// asked for the same statement before.
type Called struct {
	Organisations []organisation.Organisation
	Cohorts       map[organisation.Code][]string
	Already       []organisation.Code
}

// Asking is whom a request reaches, by name: those who will be asked, and
// those who have the statement already and are left alone.
type Asking struct {
	Ask     []organisation.Organisation
	Already []organisation.Organisation
}

// Sort finds whom a request reaches on a day. It changes nothing.
func (r Request) Sort(called Called, on organisation.Day) Asking {
	var a Asking
	for _, o := range called.Organisations {
		switch {
		case !r.reaches(o, called.Cohorts[o.Code], on):
		case slices.Contains(called.Already, o.Code):
			a.Already = append(a.Already, o)
		default:
			a.Ask = append(a.Ask, o)
		}
	}
	byName := func(x, y organisation.Organisation) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Code, y.Code))
	}
	slices.SortFunc(a.Ask, byName)
	slices.SortFunc(a.Already, byName)
	return a
}

// Digest stands for exactly these organisations. A check page carries it, so
// that nobody is asked who was not on the page.
func (a Asking) Digest() Digest {
	var codes []string
	for _, o := range a.Ask {
		codes = append(codes, string(o.Code))
	}
	return DigestOf(strings.Join(codes, " "))
}

// Preview is what a regulator reads before asking.
type Preview struct {
	Asking
	Unsignable []organisation.Organisation // of those asked: nobody is chief executive today
}

// Campaigns is the part of a store that asks many organisations at once. Call
// reads, decides and writes in one transaction, and may decide again.
type Campaigns interface {
	Templates(ctx context.Context, pass access.Pass) ([]Template, error)
	Called(ctx context.Context, pass access.Pass, template, period string, on organisation.Day) (Called, error)
	Ask(ctx context.Context, pass access.Pass, template, period string, on organisation.Day, decide func(Called) ([]Statement, []event.Event, error)) error
}

// Offices tells where somebody holds an office.
type Offices interface {
	InOffice(ctx context.Context, pass access.Pass, office access.Office, at time.Time) ([]organisation.Code, error)
}

// Requester is what regulators do to ask for statements.
type Requester struct {
	Store   Campaigns
	Offices Offices
	Now     func() time.Time
	NewID   func() string
}

// Faults of asking.
var (
	ErrNobody  = fault.New(fault.Invalid, "Nobody would be asked: every trust you chose has this statement already, or there is none. Choose others, or other months.")
	ErrReached = fault.New(fault.Conflict, "The trusts this reaches changed after you opened the page. Nobody has been asked. Check the list again.")
)

// Templates lists the wordings a statement can be made from: the latest
// edition of each.
func (s *Requester) Templates(ctx context.Context, who access.Actor) ([]Template, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Templates(ctx, pass)
}

// Register gives every organisation and the cohorts of today, to choose from.
func (s *Requester) Register(ctx context.Context, who access.Actor) (Called, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return Called{}, err
	}
	return s.Store.Called(ctx, pass, "", "", organisation.DayOf(s.Now()))
}

// Preview checks a request and says whom it would reach. It changes nothing.
func (s *Requester) Preview(ctx context.Context, who access.Actor, r Request) (Preview, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return Preview{}, err
	}
	now := s.Now()
	period, _, err := s.sound(ctx, pass, r, now)
	if err != nil {
		return Preview{}, err
	}
	called, err := s.Store.Called(ctx, pass, r.Template, period.Name, organisation.DayOf(now))
	if err != nil {
		return Preview{}, err
	}
	signed, err := s.Offices.InOffice(ctx, pass, access.ChiefExecutive, now)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Asking: r.Sort(called, organisation.DayOf(now))}
	for _, o := range p.Ask {
		if !slices.Contains(signed, o.Code) {
			p.Unsignable = append(p.Unsignable, o)
		}
	}
	if len(p.Ask) == 0 {
		return p, ErrNobody
	}
	return p, nil
}

// Ask asks the organisations whose digest was shown, in one transaction with
// one event each, and tells how many. Asking again asks nobody twice: when
// everybody has the statement already, nothing is done.
func (s *Requester) Ask(ctx context.Context, who access.Actor, r Request, shown Digest) (int, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return 0, err
	}
	now := s.Now()
	today := organisation.DayOf(now)
	period, template, err := s.sound(ctx, pass, r, now)
	if err != nil {
		return 0, err
	}
	asked := 0
	err = s.Store.Ask(ctx, pass, r.Template, period.Name, today, func(called Called) ([]Statement, []event.Event, error) {
		asking := r.Sort(called, today)
		asked = len(asking.Ask)
		switch {
		case asked == 0 && len(asking.Already) == 0:
			return nil, nil, ErrNobody
		case asked > 0 && asking.Digest() != shown:
			return nil, nil, ErrReached
		}
		var statements []Statement
		var events []event.Event
		for _, o := range asking.Ask {
			st := Statement{ID: ID(s.NewID()), Organisation: o.Code, Template: template.ID, Edition: template.Edition, Number: 1,
				Period: period.Name, From: period.From, To: period.To, Due: Due(r.SignBy), State: Preparing}
			statements = append(statements, st)
			events = append(events, event.New(s.NewID(), pass, now, "statement asked for", st.thing(), st.Title()+" asked for, to be signed by 5pm on "+r.SignBy.Word()).For(o.Code))
		}
		return statements, events, nil
	})
	return asked, err
}

func (s *Requester) sound(ctx context.Context, pass access.Pass, r Request, now time.Time) (Period, Template, error) {
	templates, err := s.Store.Templates(ctx, pass)
	if err != nil {
		return Period{}, Template{}, err
	}
	if err := r.Check(templates, now); err != nil {
		return Period{}, Template{}, err
	}
	period, _ := r.Period(now)
	i := slices.IndexFunc(templates, func(t Template) bool { return t.ID == r.Template && t.Edition == r.Edition })
	return period, templates[i], nil
}

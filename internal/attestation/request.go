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

// Period is the quarter or the year a statement is about.
type Period struct {
	Name     string // July to September 2026
	From, To organisation.Day
	Year     bool
}

// Key tells a period from every other: a year begins on the day a quarter does.
func (p Period) Key() string { return string(p.From) + "/" + string(p.To) }

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

// How far back a statement can be asked for.
const (
	quartersOffered = 4
	yearsOffered    = 2
)

// Offered lists the periods a statement can be asked for at an instant: this
// quarter and the three before it, then the financial year and the one before.
func Offered(now time.Time) []Period {
	return append(Quarters(now, quartersOffered), Years(now, yearsOffered)...)
}

// Years lists the financial year an instant falls in and those before it,
// latest first: from 1 April to 31 March.
func Years(now time.Time, count int) []Period {
	local := now.In(organisation.London)
	begins := time.Date(local.Year(), time.April, 1, 0, 0, 0, 0, time.UTC)
	if local.Month() < time.April {
		begins = begins.AddDate(-1, 0, 0)
	}
	var list []Period
	for range count {
		last := begins.AddDate(1, 0, -1)
		list = append(list, Period{Name: begins.Format("January 2006") + " to " + last.Format("January 2006"), From: organisation.Day(begins.Format(time.DateOnly)), To: organisation.Day(last.Format(time.DateOnly)), Year: true})
		begins = begins.AddDate(-1, 0, 0)
	}
	return list
}

// Scope says how the organisations of a request are chosen.
type Scope string

// The scopes.
const (
	AllTrusts Scope = "all"
	ByKind    Scope = "kinds"
	ByCohort  Scope = "groups"
)

// byCode names organisations one by one: those that join a campaign later.
const byCode Scope = "codes"

// Request asks organisations for a statement. What is kept of it is the
// campaign it makes.
type Request struct {
	Name     string // of the campaign; empty takes the statement's title
	Template string
	Edition  int64
	Months   string // the Key of the period
	SignBy   organisation.Day
	Scope    Scope
	Kinds    []organisation.Kind // when by kind
	Cohorts  []string            // when by cohort
	codes    []organisation.Code // when by code
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
	i := slices.IndexFunc(offered, func(p Period) bool { return p.Key() == r.Months })
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
	at := slices.IndexFunc(templates, func(t Template) bool { return t.ID == r.Template && t.Edition == r.Edition })
	add(at < 0, "template", "Select which statement you want to ask for")
	add(!offered, "period", "Select the months the statement is about")
	if at >= 0 && offered {
		yearly := templates[at].Sort().Yearly()
		add(yearly && !period.Year, "period", "This statement is about a whole year. Select a year")
		add(!yearly && period.Year, "period", "This statement is about 3 months. Select 3 months")
	}
	add(len([]rune(r.Name)) > 100 || Plain(r.Name) != nil, "name", "The name must be 100 characters or fewer, in one line")
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
	case byCode:
		return slices.Contains(r.codes, o.Code)
	}
	return false
}

// Called is what decides who can be asked: the register on a day, and who was
// asked for the same statement before.
type Called struct {
	Organisations []organisation.Organisation
	Cohorts       map[organisation.Code][]string
	Already       []organisation.Code
	Numbers       map[organisation.Code]int64 // of the newest statement of this period, withdrawn ones included
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

// Asker is the part of a store that asks many organisations at once. Ask
// reads, decides and writes in one transaction, and may decide again.
type Asker interface {
	Templates(ctx context.Context, pass access.Pass) ([]Template, error)
	Called(ctx context.Context, pass access.Pass, template, period string, on organisation.Day) (Called, error)
	Ask(ctx context.Context, pass access.Pass, template, period string, on organisation.Day, decide func(Called) (Asked, error)) error
}

// Asked is what asking makes: statements with their events, in a campaign that
// is new or, when nil, was there.
type Asked struct {
	Campaign   *Campaign
	Statements []Statement
	Events     []event.Event
}

// Offices tells where somebody holds an office.
type Offices interface {
	InOffice(ctx context.Context, pass access.Pass, office access.Office, at time.Time) ([]organisation.Code, error)
}

// Requester is what regulators do to ask for statements.
type Requester struct {
	Store     Asker
	Campaigns Campaigning
	Offices   Offices
	Now       func() time.Time
	NewID     func() string
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
// one event each, and tells in which campaign and how many. Asking again asks
// nobody twice: when everybody has the statement already, nothing is done.
func (s *Requester) Ask(ctx context.Context, who access.Actor, r Request, shown Digest) (CampaignID, int, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return "", 0, err
	}
	now := s.Now()
	today := organisation.DayOf(now)
	period, template, err := s.sound(ctx, pass, r, now)
	if err != nil {
		return "", 0, err
	}
	asked, id := 0, CampaignID("")
	err = s.Store.Ask(ctx, pass, r.Template, period.Name, today, func(called Called) (Asked, error) {
		asking := r.Sort(called, today)
		asked, id = len(asking.Ask), ""
		switch {
		case asked == 0 && len(asking.Already) == 0:
			return Asked{}, ErrNobody
		case asked == 0:
			return Asked{}, nil
		case asking.Digest() != shown:
			return Asked{}, ErrReached
		}
		c := r.campaign(pass, template, period, CampaignID(s.NewID()), now)
		id = c.ID
		made := s.asked(pass, c, template.For(period.Name), asking, called, now)
		made.Campaign = &c
		made.Events = append([]event.Event{event.New(s.NewID(), pass, now, "campaign begun", c.thing(), "“"+c.Name+"” asked of "+Count(asked, "trust")).Recording(c.Record())}, made.Events...)
		return made, nil
	})
	return id, asked, err
}

// campaign is the record of a request.
func (r Request) campaign(pass access.Pass, t Template, period Period, id CampaignID, now time.Time) Campaign {
	who := pass.Who()
	return Campaign{ID: id, Name: cmp.Or(Tidy(r.Name), t.For(period.Name)), Template: t.ID, Edition: t.Edition, Period: period, Due: Due(r.SignBy),
		Audience: Audience{Scope: r.Scope, Kinds: r.Kinds, Cohorts: r.Cohorts}, AskedBy: who.ID, AskedName: who.Name, AskedAt: now}
}

// asked makes the statements of a campaign, each with its event.
func (s *Requester) asked(pass access.Pass, c Campaign, title string, asking Asking, called Called, now time.Time) Asked {
	var made Asked
	for _, o := range asking.Ask {
		st := Statement{ID: ID(s.NewID()), Organisation: o.Code, Template: c.Template, Edition: c.Edition, Number: called.Numbers[o.Code] + 1, Campaign: c.ID, Called: title,
			Period: c.Period.Name, From: c.Period.From, To: c.Period.To, Due: c.Due, State: Preparing}
		made.Statements = append(made.Statements, st)
		made.Events = append(made.Events, event.New(s.NewID(), pass, now, "statement asked for", st.thing(), st.Title()+" asked for, to be signed by 5pm on "+organisation.DayOf(c.Due).Word()).For(o.Code).Recording(st.AskingRecord()))
	}
	return made
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

package attestation

import (
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// CampaignID names a campaign.
type CampaignID string

// Campaign is one asking on record: who was asked for which statement, by when
// and by whom. It stays as it was asked; a deadline that moves is the
// statement's, organisation by organisation.
type Campaign struct {
	ID            CampaignID
	Name          string
	Template      string
	Edition       int64
	Period        Period
	Due           time.Time
	Audience      Audience
	AskedBy       string
	AskedName     string
	AskedAt       time.Time
	WithdrawnAt   time.Time
	WithdrawnName string
	Why           string // it was withdrawn
}

// Audience is how the organisations of a campaign were chosen.
type Audience struct {
	Scope   Scope               `json:"scope"`
	Kinds   []organisation.Kind `json:"kinds,omitempty"`
	Cohorts []string            `json:"cohorts,omitempty"`
}

// Faults of following a campaign.
var (
	ErrNoCampaign  = fault.New(fault.NotFound, "We do not know this campaign.")
	ErrWithdrawn   = fault.New(fault.Conflict, "This statement is asked for no longer. Nothing more is expected of you.")
	ErrGone        = fault.New(fault.Conflict, "This campaign was withdrawn. Nothing in it changes any more.")
	ErrDone        = fault.New(fault.Conflict, "Every statement of this campaign is signed or returned. There is nothing to withdraw.")
	ErrMovesOnly   = fault.New(fault.Conflict, "This statement is signed, returned or withdrawn. Its deadline does not move any more.")
	ErrMoveWaits   = fault.New(fault.Conflict, "A new deadline for this trust waits for a second regulator already.")
	ErrNoMove      = fault.New(fault.Conflict, "No new deadline waits for this trust any more. This is how it stands now.")
	ErrOwnMove     = fault.New(fault.Forbidden, "You proposed this deadline, so another regulator must confirm it.")
	ErrMoveStale   = fault.New(fault.Conflict, "The new deadline has passed, or the old one is another now. Refuse this, and propose another.")
	ErrOver        = fault.New(fault.Conflict, "The day to sign by has passed. Ask for the statement in a new campaign.")
	ErrAskedBefore = fault.In("codes", "These trusts have the statement already, or are not open. Enter others")
)

// thing is what events of a campaign are about.
func (c Campaign) thing() string { return "campaign/" + string(c.ID) }

// Withdraw ends a campaign: its statements that nobody has signed or returned
// are asked for no longer. What was signed stays.
func (c Campaign) Withdraw(pass access.Pass, list []Statement, why string, newID func() string, now time.Time) (Campaign, []Statement, []event.Event, error) {
	why = Tidy(why)
	switch {
	case !c.WithdrawnAt.IsZero():
		return c, nil, nil, ErrGone
	case why == "":
		return c, nil, nil, fault.In("why", "Enter why you withdraw it. The trusts read it")
	case len([]rune(why)) > 500:
		return c, nil, nil, fault.In("why", "The reason must be 500 characters or fewer")
	case Plain(why) != nil:
		return c, nil, nil, fault.In("why", Plain(why).Error())
	}
	c.WithdrawnAt, c.WithdrawnName, c.Why = now, pass.Who().Name, why
	var ended []Statement
	events := []event.Event{event.New(newID(), pass, now, "campaign withdrawn", c.thing(), "“"+c.Name+"” withdrawn").Recording(c.Record())}
	for _, s := range list {
		if s.State != Preparing && s.State != Locked {
			continue
		}
		s.State, s.EndedAt = Withdrawn, now
		ended = append(ended, s)
		events = append(events, event.New(newID(), pass, now, "statement withdrawn", s.thing(), s.Title()+" is asked for no longer").For(s.Organisation).Recording(s.EndingRecord()))
	}
	if len(ended) == 0 {
		return c, nil, nil, ErrDone
	}
	return c, ended, events, nil
}

// ExtensionState is where a proposed deadline stands.
type ExtensionState string

// The states of an extension.
const (
	MoveWaits     ExtensionState = "waiting"
	MoveConfirmed ExtensionState = "confirmed"
	MoveRefused   ExtensionState = "refused"
)

// Extension is a later deadline for one statement: one regulator proposes it,
// another confirms it. Whoever signs is late by the deadline that runs then.
type Extension struct {
	ID           string
	Statement    ID
	Organisation organisation.Code
	WasDue, Due  time.Time
	Reason       string // the organisation reads it
	AskedBy      string
	AskedName    string
	AskedAt      time.Time
	State        ExtensionState
	DecidedBy    string
	DecidedName  string
	DecidedAt    time.Time
}

// extensionLimit is how far a deadline can move, in months from today.
const extensionLimit = 12

// Extend proposes a later day to sign by, one at a time.
func (s Statement) Extend(pass access.Pass, before []Extension, day organisation.Day, reason, id, eventID string, now time.Time) (Extension, event.Event, error) {
	if s.State != Preparing && s.State != Locked {
		return Extension{}, event.Event{}, ErrMovesOnly
	}
	if _, waits := waiting(before); waits {
		return Extension{}, event.Event{}, ErrMoveWaits
	}
	var problems fault.Problems
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	reason = Tidy(reason)
	limit := organisation.DayOf(now.AddDate(0, extensionLimit, 0))
	switch {
	case day == "":
		add(true, "due", "Enter the new date they must sign by")
	case day <= organisation.DayOf(s.Due):
		add(true, "due", "The new date must be after "+organisation.DayOf(s.Due).Word()+", the date that runs now")
	case !now.Before(Due(day)):
		add(true, "due", "The new date must be after today")
	case day >= limit:
		add(true, "due", "The new date must be before "+limit.Word())
	}
	add(reason == "", "reason", "Enter why they get more time. They read it")
	add(len([]rune(reason)) > 500, "reason", "The reason must be 500 characters or fewer")
	if err := Plain(reason); err != nil {
		add(true, "reason", err.Error())
	}
	if len(problems) > 0 {
		return Extension{}, event.Event{}, problems
	}
	who := pass.Who()
	x := Extension{ID: id, Statement: s.ID, Organisation: s.Organisation, WasDue: s.Due, Due: Due(day), Reason: reason, AskedBy: who.ID, AskedName: who.Name, AskedAt: now, State: MoveWaits}
	e := event.New(eventID, pass, now, "statement deadline proposed", s.thing(), "A later deadline proposed for the "+s.Title()+": 5pm on "+day.Word()).For(s.Organisation)
	return x, e.Recording(s.DeadlineRecord(append(slices.Clone(before), x))), nil
}

// waiting finds the deadline that waits for a second regulator, if one does.
func waiting(moves []Extension) (Extension, bool) {
	i := slices.IndexFunc(moves, func(x Extension) bool { return x.State == MoveWaits })
	if i < 0 {
		return Extension{}, false
	}
	return moves[i], true
}

// among gives the deadlines of the statement with this one as it stands now.
func (x Extension) among(moves []Extension) []Extension {
	return append(slices.DeleteFunc(slices.Clone(moves), func(was Extension) bool { return was.ID == x.ID }), x)
}

// Confirm moves the deadline. Moves are all that were proposed, this one too.
func (x Extension) Confirm(pass access.Pass, s Statement, moves []Extension, eventID string, now time.Time) (Extension, Statement, event.Event, error) {
	who := pass.Who()
	refuse := func(err error) (Extension, Statement, event.Event, error) { return x, s, event.Event{}, err }
	switch {
	case x.State != MoveWaits:
		return refuse(ErrNoMove)
	case x.AskedBy == who.ID:
		return refuse(ErrOwnMove)
	case s.State != Preparing && s.State != Locked:
		return refuse(ErrMovesOnly)
	case !s.Due.Equal(x.WasDue) || !now.Before(x.Due):
		return refuse(ErrMoveStale)
	}
	x.State, x.DecidedBy, x.DecidedName, x.DecidedAt = MoveConfirmed, who.ID, who.Name, now
	s.Due = x.Due
	e := event.New(eventID, pass, now, "statement deadline moved", s.thing(), "The deadline of the "+s.Title()+" is now 5pm on "+organisation.DayOf(x.Due).Word()+". It was "+organisation.DayOf(x.WasDue).Word())
	return x, s, e.For(s.Organisation).Recording(s.DeadlineRecord(x.among(moves))), nil
}

// Refuse leaves the deadline as it is. Whoever proposed it may take it back.
func (x Extension) Refuse(pass access.Pass, s Statement, moves []Extension, eventID string, now time.Time) (Extension, Statement, event.Event, error) {
	if x.State != MoveWaits {
		return x, s, event.Event{}, ErrNoMove
	}
	who := pass.Who()
	x.State, x.DecidedBy, x.DecidedName, x.DecidedAt = MoveRefused, who.ID, who.Name, now
	e := event.New(eventID, pass, now, "statement deadline not moved", s.thing(), "The deadline of the "+s.Title()+" stays as it is").For(s.Organisation)
	return x, s, e.Recording(s.DeadlineRecord(x.among(moves))), nil
}

package alert

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Contact is one line of the contact log: who was rung about an alert, by
// whom, when, and what came of it. Lines are only ever added.
type Contact struct {
	ID           string
	Alert        ID
	Organisation organisation.Code
	Name         string // of the organisation, when read
	Rung         string // name or office
	By           string // who rang: name as it was then
	ByID         string // the person; only where calls to one organisation are read
	At           time.Time
	Outcome      string
	LoggedAt     time.Time // when it was written down; read as ByID is
}

// Phone is a number to ring at an organisation that has not acknowledged.
type Phone struct {
	Organisation organisation.Code
	Office       access.Office
	Acting       bool
	Name, Number string // the number is empty where none is on record
}

// Call is what somebody wrote down about a call.
type Call struct {
	Organisation organisation.Code
	Rung         string
	At           time.Time // zero for now
	Outcome      string
}

// ErrNotSentThere says that a call is about a trust the alert did not go to.
var ErrNotSentThere = fault.In("trust", "Select a trust from the list. This alert was not sent to the one you chose")

// The longest words of a line.
const (
	longestRung    = 100
	LongestOutcome = 300
)

// DecideLog gives the line to keep, and its event, for an alert as it stands
// and the newest calls about it to the same organisation.
type DecideLog func(a Alert, newest []Contact) (Contact, event.Event, error)

// errLogged says that the call is in the log already: its form was sent again.
var errLogged = errors.New("the call is in the log already")

// sentAgain is how long the same call by the same person is one sent again.
const sentAgain = 10 * time.Minute

// dialled finds what looks like a telephone number: six digits and more, parted
// by nothing, blanks, dots, brackets or hyphens.
var dialled = regexp.MustCompile(`\d(?:[\s().-]*\d){5,}`)

// Check finds what is missing from a line, or stands in it that the trust, who
// reads it, should not.
func (c Call) Check(issued, now time.Time) error {
	var problems fault.Problems
	if c.Organisation == "" {
		problems = append(problems, fault.In("trust", "Select the trust you rang"))
	}
	switch {
	case c.Rung == "":
		problems = append(problems, fault.In("rung", "Enter who you rang"))
	case utf8.RuneCountInString(c.Rung) > longestRung:
		problems = append(problems, fault.In("rung", "Who you rang must be 100 characters or fewer"))
	case dialled.MatchString(c.Rung):
		problems = append(problems, fault.In("rung", "Leave the telephone number out. The trust can read this"))
	}
	switch {
	case c.At.After(now):
		problems = append(problems, fault.In("at", "The call must be in the past"))
	case !c.At.IsZero() && c.At.Before(issued.Truncate(time.Minute)): // people write no seconds
		problems = append(problems, fault.In("at", "The call must be later than the alert"))
	}
	switch {
	case c.Outcome == "":
		problems = append(problems, fault.In("outcome", "Enter what came of the call"))
	case utf8.RuneCountInString(c.Outcome) > LongestOutcome:
		problems = append(problems, fault.In("outcome", "What came of it must be 300 characters or fewer"))
	case dialled.MatchString(c.Outcome):
		problems = append(problems, fault.In("outcome", "Leave telephone numbers out. The trust can read this"))
	}
	return problems.OrNil()
}

// isIn tells whether somebody has just written down the same call.
func (c Contact) isIn(newest []Contact, now time.Time) bool {
	return slices.ContainsFunc(newest, func(l Contact) bool {
		if l.ByID != c.ByID || l.Organisation != c.Organisation || l.Rung != c.Rung || l.Outcome != c.Outcome || now.Sub(l.LoggedAt) >= sentAgain {
			return false
		}
		// A form that gave no time means now, which was another moment the first time.
		return c.At.Equal(l.At) || c.At.Equal(c.LoggedAt) && l.At.Equal(l.LoggedAt)
	})
}

// Log records a call about an issued alert. The trust reads it beside its own
// record of the alert.
func (a Alert) Log(pass access.Pass, call Call, newest []Contact, id, eventID string, now time.Time) (Contact, event.Event, error) {
	if a.State != Issued {
		return Contact{}, event.Event{}, ErrUnknown
	}
	call.Rung, call.Outcome = strings.Join(strings.Fields(call.Rung), " "), strings.Join(strings.Fields(call.Outcome), " ")
	if err := call.Check(a.Approval.At, now); err != nil {
		return Contact{}, event.Event{}, err
	}
	if call.At.IsZero() {
		call.At = now
	}
	line := Contact{ID: id, Alert: a.ID, Organisation: call.Organisation, Rung: call.Rung, By: pass.Who().Name, ByID: pass.Who().ID, At: call.At, Outcome: call.Outcome, LoggedAt: now}
	if line.isIn(newest, now) {
		return Contact{}, event.Event{}, errLogged
	}
	// Whom they rang and what came of it stay in the log: an event holds nobody's own words (T58).
	return line, event.New(eventID, pass, now, "call logged", a.thing(), "Rang about "+a.Name()).For(call.Organisation), nil
}

// Log adds a line to the contact log. One that is sent again adds nothing, and
// succeeds as it did the first time.
func (w *Wall) Log(ctx context.Context, who access.Actor, id ID, call Call) error {
	pass, err := access.Check(who, access.ChaseAlert, organisation.National)
	if err != nil {
		return err
	}
	err = w.Store.Log(ctx, pass, id, call.Organisation, func(was Alert, newest []Contact) (Contact, event.Event, error) {
		return was.Log(pass, call, newest, w.NewID(), w.NewID(), w.Now())
	})
	if errors.Is(err, errLogged) {
		return nil
	}
	return err
}

// CallsOf lists the calls about the alert to one organisation, newest first:
// it reads what was written down about it.
func (w *Wall) CallsOf(ctx context.Context, who access.Actor, org organisation.Code, id ID) ([]Contact, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return nil, err
	}
	return w.Store.CallsOf(ctx, pass, id, logLines)
}

// Phones lists whom to ring at the organisations that have not acknowledged:
// those who may, whoever is closest to the work first.
func (w *Wall) Phones(ctx context.Context, who access.Actor, id ID) ([]Phone, error) {
	pass, err := access.Check(who, access.ChaseAlert, organisation.National)
	if err != nil {
		return nil, err
	}
	now := w.Now()
	all, err := w.Store.Phones(ctx, pass, id, now)
	phones := slices.DeleteFunc(all, func(p Phone) bool {
		holder := access.Actor{ID: p.Name, At: now, Appointments: []access.Appointment{{Office: p.Office, Organisation: p.Organisation}}}
		return !access.May(holder, access.AnswerAlert, p.Organisation)
	})
	slices.SortStableFunc(phones, func(a, b Phone) int {
		return cmp.Compare(slices.Index(access.TrustOffices, b.Office), slices.Index(access.TrustOffices, a.Office))
	})
	return phones, err
}

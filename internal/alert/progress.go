package alert

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Reached is how far an issued alert has come at one organisation.
type Reached struct {
	Organisation   organisation.Code
	Name           string
	Kind           organisation.Kind
	Region         organisation.Region
	AcknowledgedAt time.Time // zero while nobody has
	AcknowledgedBy string
	AnsweredAt     time.Time // zero until it has also said whether the alert applies
	AnswerDue      time.Time
	Renewal        *Renewal  // what a newer version asks again; nil where none does
	StoppedAt      time.Time // when the alert was withdrawn
	OpenedBy       int       // people of the organisation
	OpenedAt       time.Time // when the newest of them did so first
	RungAt         time.Time // the newest call in the contact log
}

// Acknowledged tells whether a named person there has taken the alert.
func (r Reached) Acknowledged() bool { return !r.AcknowledgedAt.IsZero() }

// Late tells whether the organisation owes an answer past its deadline: its
// first, or one that a newer version asks for.
func (r Reached) Late(now time.Time) bool {
	return r.StoppedAt.IsZero() && answerLate(!r.AnsweredAt.IsZero(), r.AnswerDue, r.Renewal, now)
}

// Again tells whether it is a newer version that asks.
func (r Reached) Again() bool { return !r.AnsweredAt.IsZero() && r.Renewal.open() }

// Count is how many organisations were asked, how many have acknowledged, and
// at how many of the others nobody was reached.
type Count struct{ Asked, Acknowledged, Lost int }

// Open is how many have not acknowledged, reached or not.
func (c Count) Open() int { return c.Asked - c.Acknowledged }

// Waiting is how many have not acknowledged though somebody was reached.
func (c Count) Waiting() int { return c.Open() - c.Lost }

// Tally counts organisations, in all and by kind. Whoever has acknowledged was
// reached, whatever became of our message; lost decides for the others.
func Tally(list []Reached, lost func(organisation.Code) bool) (all Count, kinds map[organisation.Kind]Count) {
	kinds = map[organisation.Kind]Count{}
	for _, r := range list {
		one := Count{Asked: 1}
		switch {
		case r.Acknowledged():
			one.Acknowledged = 1
		case lost(r.Organisation):
			one.Lost = 1
		}
		all, kinds[r.Kind] = all.plus(one), kinds[r.Kind].plus(one)
	}
	return all, kinds
}

func (c Count) plus(d Count) Count {
	return Count{c.Asked + d.Asked, c.Acknowledged + d.Acknowledged, c.Lost + d.Lost}
}

// Earlier is one earlier alert as the usual course is found from it: when each of
// the organisations acknowledged, or the zero time.
type Earlier struct {
	ID           ID
	IssuedAt     time.Time
	Acknowledged []time.Time
}

// pastAlerts is how many earlier alerts the usual course is found from.
const pastAlerts = 12

// logLines bounds the contact log on a page. It is more than anybody rings
// within 48 hours.
const logLines = 500

// WallStore keeps what the broadcast wall of an alert shows beside answers.
// Log writes the line and its event together; a line about an organisation the
// alert was not sent to is ErrUnknown.
type WallStore interface {
	Find(ctx context.Context, pass access.Pass, id ID) (Alert, error)
	Progress(ctx context.Context, pass access.Pass, id ID) ([]Reached, error)
	Before(ctx context.Context, pass access.Pass, id ID, most int) ([]Earlier, error)
	Phones(ctx context.Context, pass access.Pass, id ID, at time.Time) ([]Phone, error)
	Log(ctx context.Context, pass access.Pass, id ID, org organisation.Code, decide DecideLog) error
	Contacts(ctx context.Context, pass access.Pass, id ID, most int) ([]Contact, error)
	// CallsOf lists the lines about the organisation of the decision alone.
	CallsOf(ctx context.Context, pass access.Pass, id ID, most int) ([]Contact, error)
}

// Wall is how the national team follows one alert, and whom it rings.
type Wall struct {
	Store WallStore
	Now   func() time.Time
	NewID func() string
}

// Read gives an issued alert.
func (w *Wall) Read(ctx context.Context, who access.Actor, id ID) (Alert, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return Alert{}, err
	}
	return w.Store.Find(ctx, pass, id)
}

// Progress tells how far the alert has come everywhere, by code. It is read as
// often as a wall looks, so it is one query.
func (w *Wall) Progress(ctx context.Context, who access.Actor, id ID) ([]Reached, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	return w.Store.Progress(ctx, pass, id)
}

// Before gives the last twelve alerts of the same severity that reached at
// least half of the same organisations, oldest first, with these organisations
// alone: anybody else's pace would not be comparable.
func (w *Wall) Before(ctx context.Context, who access.Actor, id ID) ([]Earlier, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	return w.Store.Before(ctx, pass, id, pastAlerts)
}

// Contacts lists who was rung about the alert, newest first.
func (w *Wall) Contacts(ctx context.Context, who access.Actor, id ID) ([]Contact, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	return w.Store.Contacts(ctx, pass, id, logLines)
}

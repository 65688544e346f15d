package notification

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
)

// Rung is one step of a ladder of reminders: who is told, and from which
// instant on.
type Rung struct {
	Name     string
	Purpose  Purpose
	At       time.Time
	Due      time.Time // the deadline or promise it is about
	Offices  []access.Office
	National bool // the national team is told as well
}

// Turn tells this rung from every other one, of this deadline and of a later
// one that took its place.
func (r Rung) Turn() string { return fmt.Sprintf("%s@%d", r.Name, r.Due.UnixMicro()) }

var (
	first  = []access.Office{access.CyberLead}
	second = []access.Office{access.CyberLead, access.SIRO}
	third  = []access.Office{access.CyberLead, access.SIRO, access.ChiefExecutive}
)

// reminders are the rungs before an answer is due. They are elapsed time: no
// change of the clocks moves one, and no quiet hours hold one back.
var reminders = []struct {
	name    string
	before  time.Duration
	offices []access.Office
}{
	{"24 hours", 24 * time.Hour, first},
	{"12 hours", 12 * time.Hour, second},
	{"4 hours", 4 * time.Hour, third},
	{"1 hour", time.Hour, third},
	{"late", 0, third},
}

// lapses are the rungs after a promised update did not come.
var lapses = []struct {
	name    string
	after   time.Duration
	offices []access.Office
}{
	{"lapsed", 0, first},
	{"lapsed a day", 24 * time.Hour, second},
	{"lapsed two days", 48 * time.Hour, third},
}

// overFor is how long after its instant a rung is still worth a letter, when
// the portal was away meanwhile.
const overFor = 7 * 24 * time.Hour

// expiries are the rungs around the day a risk is accepted until.
var expiries = []struct {
	name    string
	before  time.Duration
	offices []access.Office
}{
	{"accepted a week more", 7 * 24 * time.Hour, second},
	{"accepted a day more", 24 * time.Hour, second},
	{"accepted no more", 0, third},
}

// AnswerRung is the newest rung that a response has come to before its answer,
// the first one or one that a newer version asks for. Only that one is told:
// when the portal was away, the ones before are past.
func AnswerRung(r alert.Response, now time.Time) (Rung, bool) {
	due, answer := r.Due(now)
	if !answer {
		return Rung{}, false
	}
	asked := r.IssuedAt
	if r.Owes() {
		asked = due.Add(-alert.AnswerWindow)
	}
	var found Rung
	for _, step := range reminders {
		at := due.Add(-step.before)
		if now.Before(at) || !at.After(asked) {
			continue // an alert with a short deadline begins higher up
		}
		found = Rung{Name: step.name, Purpose: Reminder, At: at, Due: due, Offices: step.offices}
		if step.before == 0 {
			found.Purpose, found.National = Overdue, true
		}
	}
	return found, found.Name != "" && now.Sub(found.At) < overFor
}

// UpdateRung is the newest rung that an open response has come to after the
// update it promised.
func UpdateRung(r alert.Response, now time.Time) (Rung, bool) {
	if !r.Lapsed(now) {
		return Rung{}, false
	}
	var found Rung
	for _, step := range lapses {
		if at := r.NextUpdateDue.Add(step.after); !now.Before(at) {
			found = Rung{Name: step.name, Purpose: Lapsed, At: at, Due: r.NextUpdateDue, Offices: step.offices}
		}
	}
	return found, found.Name != "" && now.Sub(found.At) < overFor
}

// AcceptanceRung is the newest rung that a response has come to around the day
// its risk is accepted until.
func AcceptanceRung(r alert.Response, now time.Time) (Rung, bool) {
	due, answer := r.Due(now)
	if answer || due.IsZero() || !due.Equal(r.AcceptedUntil) {
		return Rung{}, false
	}
	var found Rung
	for _, step := range expiries {
		if at := due.Add(-step.before); !now.Before(at) {
			found = Rung{Name: step.name, Purpose: Expiry, At: at, Due: due, Offices: step.offices}
		}
	}
	return found, found.Name != "" && now.Sub(found.At) < overFor
}

// Owed is a response that may have come to a rung.
type Owed struct {
	alert.Response
	Number    int64
	Rehearsal bool
}

// ToldAt is where a rung has been told.
type ToldAt struct {
	Organisation organisation.Code
	Turn         string
}

// Remind tells everybody whose rung has come, each rung once. It is run again
// and again, by one instance, and reads every deadline from its row.
func (s *Service) Remind(ctx context.Context) error {
	if s.Post == nil {
		return nil // a reminder that waits for a mail server is worth nothing later
	}
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	now := s.Now()
	owed, err := s.Store.Owed(ctx, pass, now.Add(-overFor-48*time.Hour), now.Add(reminders[0].before), now, now.Add(expiries[0].before))
	if err != nil {
		return err
	}
	for len(owed) > 0 { // they come alert by alert
		n := 1
		for n < len(owed) && owed[n].Alert == owed[0].Alert {
			n++
		}
		if err := s.remind(ctx, pass, owed[:n], now); err != nil {
			return err
		}
		owed = owed[n:]
	}
	return nil
}

// remind tells of one alert.
func (s *Service) remind(ctx context.Context, pass access.Pass, owed []Owed, now time.Time) error {
	due, late := rungs(owed, now)
	if len(due) == 0 {
		return nil
	}
	id, name := owed[0].Alert, alert.Alert{Number: owed[0].Number, Draft: alert.Draft{Rehearsal: owed[0].Rehearsal}}.Name()
	before, err := s.Store.ToldOf(ctx, pass, alertThing(id))
	if err != nil {
		return err
	}
	places, err := s.Store.Places(ctx, pass, id, now)
	if err != nil {
		return err
	}
	var messages []Message
	for _, place := range places {
		for _, rung := range due[place.Code] {
			if before[ToldAt{place.Code, rung.Turn()}] {
				continue // whoever came into office since is not reminded of what is past
			}
			facts := Facts{Alert: name, Organisation: place.Name, Due: rung.Due, Path: alertPath(place.Code, id)}
			messages = append(messages, s.letters(place.Code, alertThing(id), rung.Purpose, rung.Turn(), place.In(rung.Offices), facts, now)...)
		}
	}
	if len(late) > 0 && !before[ToldAt{organisation.National, late[0].Turn()}] {
		team, err := s.Store.Team(ctx, pass, now)
		if err != nil {
			return err
		}
		facts := Facts{Alert: name, Due: late[0].Due, Late: len(late), Path: "/alerts/" + string(id)}
		messages = append(messages, s.letters(organisation.National, alertThing(id), Overdue, late[0].Turn(), team.In([]access.Office{access.AlertPublisher}), facts, now)...)
	}
	if len(messages) == 0 {
		return nil
	}
	_, err = s.Store.Add(ctx, pass, messages, nil, nil)
	return err
}

// rungs finds what each organisation has come to, and of that what the
// national team is told: all at once, not one letter an organisation.
func rungs(owed []Owed, now time.Time) (due map[organisation.Code][]Rung, late []Rung) {
	due = map[organisation.Code][]Rung{}
	for _, r := range owed {
		if rung, ok := AnswerRung(r.Response, now); ok {
			due[r.Organisation] = append(due[r.Organisation], rung)
			if rung.National {
				late = append(late, rung)
			}
		}
		for _, of := range []func(alert.Response, time.Time) (Rung, bool){UpdateRung, AcceptanceRung} {
			if rung, ok := of(r.Response, now); ok {
				due[r.Organisation] = append(due[r.Organisation], rung)
			}
		}
	}
	return due, late
}

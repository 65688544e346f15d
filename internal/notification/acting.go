package notification

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// TellOfActing is the work of telling whom a request for an acting chief
// executive concerns.
const TellOfActing Kind = "tell of an acting chief executive"

// ActingLetter is about somebody who acts as chief executive, or might.
const ActingLetter Purpose = "acting"

// ActingMoved is the work that a request leaves behind each time it moves.
func ActingMoved(a identity.Acting, at time.Time) Work {
	return NewWork("acting/"+string(a.ID)+"/"+actingStep(a), TellOfActing, Subject{Message: string(a.ID), Organisation: a.Organisation}, at)
}

// actingStep is where a request stands, in the word a letter says.
func actingStep(a identity.Acting) string {
	if !a.EndedAt.IsZero() {
		return "ended"
	}
	return map[identity.ActingState]string{identity.ActingWaits: "asked for", identity.ActingConfirmed: "confirmed", identity.ActingRefused: "not confirmed", identity.ActingWithdrawn: "withdrawn"}[a.State]
}

// Requests finds a request for an acting chief executive.
type Requests interface {
	FindActing(ctx context.Context, pass access.Pass, id identity.ActingID) (identity.ActingOf, error)
}

// toldOfActing are told whatever happens to a request: whose place is taken,
// whose rights change, and who keeps the register of the trust (abuse case T34).
var toldOfActing = []access.Office{access.ChiefExecutive, access.CompanySecretary}

// TellActing writes to the chief executive, the company secretary and the person
// who acts; and to regulators, when something waits for them.
func (s *Service) TellActing(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, about.Organisation)
	if err != nil {
		return Hopeless{err}
	}
	request, err := s.Requests.FindActing(ctx, pass, identity.ActingID(about.Message))
	if err != nil {
		return err
	}
	a := request.Acting
	if w.ID != ActingMoved(a, w.MadeAt).ID {
		return nil // it has moved on, and that is told of
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return err
	}
	thing, step := "acting/"+string(a.ID), actingStep(a)
	facts := Facts{Organisation: place.Name, How: step, Due: a.Term().To, Path: "/organisations/" + string(a.Organisation)}
	messages := s.letters(a.Organisation, thing, ActingLetter, step, place.concerned(a.Person), facts, now)
	said := event.New(s.NewID(), pass, now, "people told", thing, "Acting chief executive "+step+": "+people(len(messages))+" told by email")
	if _, err := s.Store.Add(ctx, pass, messages, nil, []event.Event{said}); err != nil || a.State != identity.ActingWaits {
		return err
	}
	return s.tellTeam(ctx, access.Regulator, thing, ActingLetter, step, Facts{Organisation: place.Name, How: step, Due: a.Term().To, Path: "/acting/" + string(a.ID)})
}

// concerned lists whom a request at this place concerns, each address once.
func (p Place) concerned(person identity.PersonID) []Recipient {
	list := p.In(toldOfActing)
	for _, h := range p.Holders {
		if h.Person == string(person) {
			list = append(list, h.Recipient)
		}
	}
	return reachable(list)
}

// tellTeam writes to the holders of one national office, once for a turn.
func (s *Service) tellTeam(ctx context.Context, office access.Office, thing string, purpose Purpose, turn string, facts Facts) error {
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	before, err := s.Store.ToldOf(ctx, pass, thing)
	if err != nil || before[ToldAt{organisation.National, turn}] {
		return err
	}
	now := s.Now()
	team, err := s.Store.Team(ctx, pass, now)
	if err != nil {
		return err
	}
	_, err = s.Store.Add(ctx, pass, s.letters(organisation.National, thing, purpose, turn, team.In([]access.Office{office}), facts, now), nil, nil)
	return err
}

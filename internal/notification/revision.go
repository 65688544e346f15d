package notification

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
)

// TellOfRevision is the work of telling what becomes of a signed statement.
const TellOfRevision Kind = "tell of a signed statement"

// RevisionLetter is about a signed statement that is withdrawn, or that a
// regulator wants replaced.
const RevisionLetter Purpose = "revision"

// The steps a letter is about.
const (
	Wanted    = "wanted"    // a regulator asks for a statement in its place
	TakenBack = "withdrawn" // whoever signs for the trust withdrew it
)

// ReplacementWanted is the work a regulator's wish leaves behind; next is the
// statement that is to be prepared.
func ReplacementWanted(next attestation.Statement, at time.Time) Work {
	return NewWork("statement/"+string(next.ID)+"/"+Wanted, TellOfRevision, Subject{Message: string(next.ID), Step: Wanted, Organisation: next.Organisation}, at)
}

// SignatureWithdrawn is the work a withdrawal leaves behind.
func SignatureWithdrawn(st attestation.Statement, at time.Time) Work {
	return NewWork("statement/"+string(st.ID)+"/"+TakenBack, TellOfRevision, Subject{Message: string(st.ID), Step: TakenBack, Organisation: st.Organisation}, at)
}

// TellRevision writes to whoever prepares, checks and signs at the trust, and to
// regulators when a statement was withdrawn. Told again, it writes nothing twice.
func (s *Service) TellRevision(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, about.Organisation)
	if err != nil {
		return Hopeless{err}
	}
	st, _, err := s.Statements.Find(ctx, pass, attestation.ID(about.Message))
	if err != nil {
		return err
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return err
	}
	thing := "statement/" + string(st.ID)
	facts := Facts{Organisation: place.Name, Statement: st.Title(), How: about.Step, Path: "/organisations/" + string(st.Organisation) + "/statements/" + string(st.ID)}
	messages := s.letters(st.Organisation, thing, RevisionLetter, about.Step, place.In(everybody), facts, now)
	said := event.New(s.NewID(), pass, now, "people told", thing, st.Title()+" "+about.Step+": "+people(len(messages))+" told by email")
	if _, err := s.Store.Add(ctx, pass, messages, nil, []event.Event{said}); err != nil || about.Step != TakenBack {
		return err
	}
	facts.Path += "/replacement/request"
	return s.tellTeam(ctx, access.Regulator, thing, RevisionLetter, about.Step, facts)
}

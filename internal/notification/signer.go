package notification

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// The purposes of letters about a statement that two people sign.
const (
	CoSignAsked Purpose = "co-signature asked for" // it is locked, and this person signs first
	CoSigned    Purpose = "co-signed"              // and now the chief executive can
)

// signing is what somebody is told whose signature a statement waits for, and
// the page they sign on.
var signing = map[access.Office]struct {
	purpose Purpose
	page    string
}{access.SIRO: {CoSignAsked, "co-signature"}, access.ChiefExecutive: {CoSigned, "signature"}}

// StatementWaits is the work a locked statement leaves behind each time it comes
// to the next of those who sign it: whoever holds that office is to be told.
func StatementWaits(org organisation.Code, id attestation.ID, office access.Office, at time.Time) Work {
	return NewWork("statement/"+string(id)+"/"+string(office), TellSigner, Subject{Statement: id, Organisation: org, Office: office}, at)
}

// TellSigner writes to each holder of the office a statement waits for.
func (s *Service) TellSigner(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, about.Organisation)
	if err != nil {
		return Hopeless{err}
	}
	st, _, err := s.Statements.Find(ctx, pass, about.Statement)
	if errors.Is(err, attestation.ErrUnknown) {
		return Hopeless{err}
	} else if err != nil || nextSigner(st) != about.Office {
		return err // it has moved on
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return err
	}
	thing, told := "statement/"+string(st.ID), signing[about.Office]
	facts := Facts{Statement: st.Title(), Organisation: place.Name, Due: st.Due, Path: fmt.Sprintf("/organisations/%s/statements/%s/%s", st.Organisation, st.ID, told.page)}
	messages := s.letters(place.Code, thing, told.purpose, w.ID, place.In([]access.Office{about.Office}), facts, now)
	_, err = s.Store.Add(ctx, pass, messages, nil, []event.Event{event.New(s.NewID(), pass, now, "people told", thing, signerTold(about.Office, len(messages)))})
	return err
}

// nextSigner is whose signature a statement waits for; nobody's when it waits
// for none.
func nextSigner(st attestation.Statement) access.Office {
	if st.State != attestation.Locked {
		return ""
	} else if awaited := st.Awaits(); len(awaited) > 0 {
		return awaited[0]
	}
	return access.ChiefExecutive
}

// signed tells whether a letter to a signer speaks of what is over: they have
// signed, or nobody needs to any more.
func (s *Service) signed(ctx context.Context, pass access.Pass, m Message) (bool, error) {
	st, _, err := s.Statements.Find(ctx, pass, attestation.ID(strings.TrimPrefix(m.Thing, "statement/")))
	if err != nil {
		return false, err
	}
	return signing[nextSigner(st)].purpose != m.Purpose, nil
}

func signerTold(office access.Office, n int) string {
	who := attestation.Capacity(office, false)
	if n == 0 {
		return "The " + who + " has no email address, so nobody could be told that the statement waits"
	}
	return "The " + who + " is told by email that the statement waits"
}

package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Roll reads everybody who is known, with logins and appointments, and every
// organisation, for a decision that needs the whole.
func (s Identities) Roll(ctx context.Context, pass access.Pass) (identity.Roll, error) {
	if err := national(pass); err != nil {
		return identity.Roll{}, err
	}
	return readRoll(ctx, s.DB.read)
}

// Appoint writes what a decision on the roll makes, whole or not at all. The
// roll is read inside the transaction, and decided on again when it has changed.
func (s Identities) Appoint(ctx context.Context, pass access.Pass, at time.Time, decide func(identity.Roll) (identity.Writing, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		roll, err := readRoll(ctx, q)
		if err != nil {
			return err
		}
		w, err := decide(roll)
		if err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return addPeople(ctx, q, w) },
			func() error { return changeContacts(ctx, q, w.Contacts) },
			func() error { return endAppointments(ctx, q, w.Endings) },
			func() error { return addAppointments(ctx, q, pass, at, w.Held) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return addEvents(ctx, q, w.Events...)
	})
}

func readRoll(ctx context.Context, q *queries) (identity.Roll, error) {
	var roll identity.Roll
	people, err := q.ListPeople(ctx)
	if err != nil {
		return roll, fmt.Errorf("list people: %w", err)
	}
	logins, err := q.ListLogins(ctx)
	if err != nil {
		return roll, fmt.Errorf("list logins: %w", err)
	}
	held, err := q.ListAppointments(ctx)
	if err != nil {
		return roll, fmt.Errorf("list appointments: %w", err)
	}
	organisations, err := q.ListOrganisations(ctx)
	if err != nil {
		return roll, fmt.Errorf("list organisations: %w", err)
	}
	for _, p := range people {
		roll.People = append(roll.People, identity.Person{ID: identity.PersonID(p.ID), Name: p.Name, Email: p.Email, Phone: p.Phone})
	}
	for _, l := range logins {
		roll.Logins = append(roll.Logins, identity.Login{Issuer: l.Issuer, Subject: l.Subject, Person: identity.PersonID(l.Person)})
	}
	for _, a := range held {
		roll.Held = append(roll.Held, identity.Held{ID: a.ID, Person: identity.PersonID(a.Person), Appointment: access.Appointment{Office: access.Office(a.Office),
			Organisation: organisation.Code(a.Organisation), From: instant(a.FromAt), To: maybeInstant(a.ToAt), Acting: a.Acting == 1}})
	}
	for _, o := range organisations {
		roll.Organisations = append(roll.Organisations, toOrganisation(o))
	}
	return roll, nil
}

func addPeople(ctx context.Context, q *queries, w identity.Writing) error {
	for _, p := range w.People {
		if err := q.AddPerson(ctx, gen.AddPersonParams{ID: string(p.ID), Name: p.Name, Email: p.Email, Phone: p.Phone}); err != nil {
			return fmt.Errorf("add person: %w", err)
		}
	}
	for _, l := range w.Logins { // which w.Events vouch for
		err := q.AddLogin(ctx, gen.AddLoginParams{Issuer: l.Issuer, Subject: l.Subject, Person: string(l.Person)})
		if taken(err) {
			return errRetry // somebody else recorded this login meanwhile
		} else if err != nil {
			return fmt.Errorf("add login: %w", err)
		}
	}
	return nil
}

func changeContacts(ctx context.Context, q *queries, contacts []identity.Contact) error {
	for _, c := range contacts {
		err := changed(q.ChangePerson(ctx, gen.ChangePersonParams{ID: string(c.Was.ID), Name: c.Is.Name, Email: c.Is.Email, Phone: c.Is.Phone, Name_2: c.Was.Name, Email_2: c.Was.Email, Phone_2: c.Was.Phone}))
		if err != nil {
			return fmt.Errorf("change contact of person %s: %w", c.Was.ID, err)
		}
	}
	return nil
}

func endAppointments(ctx context.Context, q *queries, endings []identity.Held) error {
	for _, e := range endings {
		if err := changed(q.EndAppointment(ctx, gen.EndAppointmentParams{ID: e.ID, ToAt: maybeMicros(e.To)})); err != nil {
			return fmt.Errorf("end appointment %s: %w", e.ID, err)
		}
	}
	return nil
}

func addAppointments(ctx context.Context, q *queries, pass access.Pass, at time.Time, held []identity.Held) error {
	for _, h := range held {
		err := q.AddAppointment(ctx, gen.AddAppointmentParams{ID: h.ID, Person: string(h.Person), Office: string(h.Office), Organisation: code(h.Organisation),
			FromAt: micros(h.From), ToAt: maybeMicros(h.To), Acting: flag(h.Acting), RecordedBy: pass.Who().ID, RecordedAt: micros(at)})
		if err != nil {
			return fmt.Errorf("add appointment: %w", err)
		}
	}
	return nil
}

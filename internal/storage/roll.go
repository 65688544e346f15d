package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/audit"
	"countersign/internal/identity"
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

// rollPage is how many rows of a kind are read at once for a roll.
const rollPage = 10_000

// readRoll refuses a roll with a row that the record does not vouch for: what an
// import made of it would stand on that (abuse case T57).
func readRoll(ctx context.Context, q *queries) (identity.Roll, error) {
	var roll identity.Roll
	if !q.acts.Set() {
		return roll, ErrNoActKey
	}
	vouched := func(r audit.Record) error {
		if r.Vouched != r.Digest {
			return identity.Unvouched(r.Thing)
		}
		return nil
	}
	err := peopleRows.all(ctx, q, rollPage, func(row gen.Person, r audit.Record) error {
		roll.People = append(roll.People, toPerson(row))
		return vouched(r)
	})
	if err != nil {
		return roll, err
	}
	err = loginRows.all(ctx, q, rollPage, func(row gen.Login, r audit.Record) error {
		roll.Logins = append(roll.Logins, toLogin(row))
		return vouched(r)
	})
	if err != nil {
		return roll, err
	}
	err = appointmentRows.all(ctx, q, rollPage, func(row gen.Appointment, r audit.Record) error {
		roll.Held = append(roll.Held, toHeld(row))
		return vouched(r)
	})
	if err != nil {
		return roll, err
	}
	slices.SortStableFunc(roll.Held, func(a, b identity.Held) int { return a.From.Compare(b.From) })
	organisations, err := q.ListOrganisations(ctx)
	if err != nil {
		return roll, fmt.Errorf("list organisations: %w", err)
	}
	for _, o := range organisations {
		roll.Organisations = append(roll.Organisations, toOrganisation(o))
	}
	return roll, nil
}

func addPeople(ctx context.Context, q *queries, w identity.Writing) error {
	for _, p := range w.People {
		if err := addPerson(ctx, q, p); err != nil {
			return err
		}
	}
	for _, l := range w.Logins { // which w.Events vouch for
		err := addLogin(ctx, q, l)
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
		err := changed(q.ChangePerson(ctx, gen.ChangePersonParams{ID: string(c.Was.ID), Name: c.Is.Name, Email: c.Is.Email, Phone: c.Is.Phone, Steps: c.Was.Steps}))
		if err != nil {
			return fmt.Errorf("change contact of person %s: %w", c.Was.ID, err)
		}
	}
	return nil
}

func endAppointments(ctx context.Context, q *queries, endings []identity.Held) error {
	for _, e := range endings {
		if err := changed(q.EndAppointment(ctx, gen.EndAppointmentParams{ID: e.ID, ToAt: maybeMicros(e.To), Mac: q.acts.RowCode(e.Record())})); err != nil {
			return fmt.Errorf("end appointment %s: %w", e.ID, err)
		}
	}
	return nil
}

func addAppointments(ctx context.Context, q *queries, pass access.Pass, at time.Time, held []identity.Held) error {
	for _, h := range held {
		if err := addAppointment(ctx, q, h, pass.Who().ID, at); err != nil {
			return err
		}
	}
	return nil
}

func addPerson(ctx context.Context, q *queries, p identity.Person) error {
	return wrapped(q.AddPerson(ctx, gen.AddPersonParams{ID: string(p.ID), Name: p.Name, Email: p.Email, Phone: p.Phone}), "add person")
}

func addLogin(ctx context.Context, q *queries, l identity.Login) error {
	is := identity.Login{Issuer: l.Issuer, Subject: l.Subject, Person: l.Person, Steps: 1}
	return q.AddLogin(ctx, gen.AddLoginParams{ID: is.ID(), Issuer: is.Issuer, Subject: is.Subject, Person: string(is.Person), Mac: q.acts.RowCode(is.Row())})
}

func addAppointment(ctx context.Context, q *queries, h identity.Held, by string, at time.Time) error {
	err := q.AddAppointment(ctx, gen.AddAppointmentParams{ID: h.ID, Person: string(h.Person), Office: string(h.Office), Organisation: code(h.Organisation),
		FromAt: micros(h.From), ToAt: maybeMicros(h.To), Acting: flag(h.Acting), RecordedBy: by, RecordedAt: micros(at), Mac: q.acts.RowCode(h.Record())})
	return wrapped(err, "add appointment")
}

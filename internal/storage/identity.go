package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/storage/gen"
)

// Identities keeps people, what providers call them, their appointments and
// their sessions.
type Identities struct{ DB *DB }

// Entry is one appointment being recorded.
type Entry struct {
	ID          string
	Person      identity.PersonID
	Appointment access.Appointment
	Event       event.Event // which the store makes vouch for the appointment as it is written
}

// vouching is the event of an entry.
func (e Entry) vouching() event.Event {
	held := identity.Held{ID: e.ID, Person: e.Person, Appointment: e.Appointment}
	said := e.Event.For(held.Organisation).Vouching(held.Digest())
	said.Thing = held.Thing()
	return said
}

// Register adds people with their logins and appointments, together with the
// events that say so.
func (s Identities) Register(ctx context.Context, pass access.Pass, at time.Time, people []identity.Person, logins []identity.Login, entries []Entry) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error { return register(ctx, q, pass, at, people, logins, entries) })
}

// register writes people, logins and appointments with the events that vouch for
// them.
func register(ctx context.Context, q *queries, pass access.Pass, at time.Time, people []identity.Person, logins []identity.Login, entries []Entry) error {
	names := map[identity.PersonID]string{}
	for _, p := range people {
		names[p.ID] = p.Name
		if err := addPerson(ctx, q, p); err != nil {
			return err
		}
		if err := addEvents(ctx, q, p.Recorded("person-"+string(p.ID), pass, at)); err != nil {
			return err
		}
	}
	for _, l := range logins {
		if err := addLogin(ctx, q, l); err != nil {
			return fmt.Errorf("add login: %w", err)
		}
		if err := addEvents(ctx, q, l.Recorded("login-"+l.ID(), pass, at, names[l.Person])); err != nil {
			return err
		}
	}
	for _, e := range entries {
		held := identity.Held{ID: e.ID, Person: e.Person, Appointment: e.Appointment}
		if err := addAppointment(ctx, q, held, e.Event.ActorID, e.Event.At); err != nil {
			return err
		}
		if err := addEvents(ctx, q, e.vouching()); err != nil {
			return err
		}
	}
	return nil
}

// PersonOf finds whom a login belongs to: identity.ErrUnknown when nobody, or
// when nothing on the record says so.
func (s Identities) PersonOf(ctx context.Context, pass access.Pass, issuer, subject string) (identity.PersonID, error) {
	if err := decided(pass); err != nil {
		return "", err
	}
	login, _, err := vouchedLogin(ctx, s.DB.read, issuer, subject)
	return login.Person, err
}

// vouchedLogin reads a login that the portal wrote and the record vouches for, and
// the version of its row; any other is nobody's (abuse case T57). One that changed
// between the row and its events is read again.
func vouchedLogin(ctx context.Context, q *queries, issuer, subject string) (identity.Login, int64, error) {
	for seen := int64(-1); ; {
		row, err := q.FindLogin(ctx, gen.FindLoginParams{Issuer: issuer, Subject: subject})
		if err := found(err, identity.ErrUnknown, "login"); err != nil {
			return identity.Login{}, 0, err
		}
		vouched, err := findVouchers(ctx, q, row.Person)
		if err != nil {
			return identity.Login{}, 0, err
		}
		if login, own := q.acts.login(row); own && vouched.login(login) {
			return login, row.Version, nil
		} else if row.Version == seen {
			return identity.Login{}, 0, identity.ErrUnknown
		}
		seen = row.Version
	}
}

// Recognise keeps what a decision makes of a login that has just signed in,
// with the events that say so: identity.ErrUnknown when it is nobody's.
func (s Identities) Recognise(ctx context.Context, pass access.Pass, issuer, subject string, decide func(was identity.Login) (identity.Login, []event.Event)) (identity.Login, error) {
	if err := decided(pass); err != nil {
		return identity.Login{}, err
	}
	return s.changeLogin(ctx, issuer, subject, decide)
}

// ConfirmLogin records that somebody made sure whose login it is: it is
// described anew at its next sign-in, and signs again.
func (s Identities) ConfirmLogin(ctx context.Context, pass access.Pass, issuer, subject string, e event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	if pass.Verb() != access.AppointPeople {
		return access.ErrForbidden // whoever may only keep sessions does not vouch for people
	}
	_, err := s.changeLogin(ctx, issuer, subject, func(was identity.Login) (identity.Login, []event.Event) {
		return was.Confirmed(), []event.Event{e}
	})
	return err
}

func (s Identities) changeLogin(ctx context.Context, issuer, subject string, decide func(was identity.Login) (identity.Login, []event.Event)) (identity.Login, error) {
	var is identity.Login
	err := s.DB.write(ctx, func(q *queries) error {
		was, version, err := vouchedLogin(ctx, q, issuer, subject)
		if err != nil {
			return err
		}
		var events []event.Event
		if is, events = decide(was); is == was && len(events) == 0 {
			return nil
		}
		if vouching := is.Vouched(events); vouching != is.Steps-was.Steps {
			return fmt.Errorf("a login changed in %d steps with %d events that vouch for it", is.Steps-was.Steps, vouching)
		}
		err = changed(q.ChangeLogin(ctx, gen.ChangeLoginParams{Issuer: issuer, Subject: subject, Name: is.Name, Email: is.Email, ChangedAt: maybeMicros(is.ChangedAt), Steps: is.Steps, Mac: q.acts.RowCode(is.Row()), Version: version}))
		if err != nil {
			return fmt.Errorf("change login: %w", err)
		}
		return addEvents(ctx, q, events...)
	})
	return is, err
}

// EndAtProvider ends the sessions a provider's logout names, with an event for
// each person it signs out, and tells how many. A token counts once:
// identity.ErrReplayed at its second showing, and nothing ends.
func (s Identities) EndAtProvider(ctx context.Context, pass access.Pass, out identity.Logout, at time.Time, said func(identity.PersonID) event.Event) (int, error) {
	if err := decided(pass); err != nil {
		return 0, err
	}
	ended := 0
	err := s.DB.write(ctx, func(q *queries) error {
		if err := q.SweepLogoutTokens(ctx, micros(at)); err != nil {
			return fmt.Errorf("sweep logout tokens: %w", err)
		}
		n, err := q.AddLogoutToken(ctx, gen.AddLogoutTokenParams{Issuer: out.Issuer, Token: out.Token, EndsAt: micros(out.EndsAt)})
		if err != nil {
			return fmt.Errorf("keep logout token: %w", err)
		} else if n == 0 {
			return identity.ErrReplayed
		}
		if out.SessionID == "" && out.Subject == "" {
			return nil // names nobody, and must not end everybody's
		}
		people, err := q.EndSessionsOfProvider(ctx, gen.EndSessionsOfProviderParams{Issuer: out.Issuer, ProviderID: out.SessionID, Subject: out.Subject})
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		ended = len(people)
		for _, person := range people {
			if err := noteEvents(ctx, q, said(identity.PersonID(person))); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, err
}

// Start keeps a new session, and ends the one it replaces, so that no session
// id lives through a sign-in.
func (s Identities) Start(ctx context.Context, pass access.Pass, session identity.Session, replaces string, e event.Event) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		if !q.acts.Set() {
			return ErrNoActKey
		}
		if replaces != "" {
			n, err := q.EndSession(ctx, replaces)
			if err != nil {
				return fmt.Errorf("end the session before: %w", err)
			}
			if n == 0 && session.StartedAt.Before(session.SeenAt) {
				return access.ErrSignIn // it was ended meanwhile, and goes on in no other
			}
		}
		err := q.AddSession(ctx, gen.AddSessionParams{Key: session.Key, Person: string(session.Person), Issuer: session.Issuer, ProviderID: session.ProviderID,
			Acr: session.ACR, AuthAt: micros(session.AuthAt), StartedAt: micros(session.StartedAt), SeenAt: micros(session.SeenAt), Mac: q.acts.RowCode(session.Row())})
		if err != nil {
			return fmt.Errorf("add session: %w", err)
		}
		person, err := q.FindPerson(ctx, string(session.Person))
		if err != nil {
			return fmt.Errorf("find the person who signed in: %w", err)
		}
		e.ActorID, e.ActorName = person.ID, person.Name // known only now
		return noteEvents(ctx, q, e)
	})
}

// ErrNoSession says that no session has the key: never begun, or ended.
var ErrNoSession = errors.New("no such session")

// Session finds a session with its person and all their appointments, in one
// query: it runs on every request. A session that the portal did not begin is
// none, and an appointment that it did not write is not held (abuse case T57).
func (s Identities) Session(ctx context.Context, pass access.Pass, key string) (identity.Session, access.Actor, error) {
	if err := decided(pass); err != nil {
		return identity.Session{}, access.Actor{}, err
	}
	rows, err := s.DB.read.FindSession(ctx, key)
	if err != nil {
		return identity.Session{}, access.Actor{}, fmt.Errorf("find session: %w", err)
	}
	if len(rows) == 0 {
		return identity.Session{}, access.Actor{}, ErrNoSession
	}
	first := rows[0]
	session := identity.Session{Key: key, Person: identity.PersonID(first.Person), Issuer: first.Issuer, ProviderID: first.ProviderID, ACR: first.Acr,
		AuthAt: instant(first.AuthAt), StartedAt: instant(first.StartedAt), SeenAt: instant(first.SeenAt)}
	if !s.DB.acts.RowMade(session.Row(), first.Mac) {
		return identity.Session{}, access.Actor{}, ErrNoSession
	}
	who := access.Actor{ID: first.Person, Name: first.Name}
	for _, row := range rows {
		if row.Office == "" {
			continue // a person without any appointment
		}
		held, own := s.DB.acts.held(gen.Appointment{ID: row.Appointment, Person: row.Person, Office: row.Office, Organisation: row.Organisation, FromAt: row.FromAt, ToAt: row.ToAt, Acting: row.Acting, Mac: row.AppointmentMac})
		if own {
			who.Appointments = append(who.Appointments, held.Appointment)
			noteMark(ctx, held.Organisation, row.Mark)
		}
	}
	return session, who, nil
}

// See notes that a session is in use.
func (s Identities) See(ctx context.Context, pass access.Pass, key string, at time.Time) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		return q.SeeSession(ctx, gen.SeeSessionParams{Key: key, SeenAt: micros(at)})
	})
}

// End ends a session at once. Ending one that has ended is not an error.
func (s Identities) End(ctx context.Context, pass access.Pass, key string, e event.Event) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		n, err := q.EndSession(ctx, key)
		if err != nil || n == 0 {
			return err
		}
		return noteEvents(ctx, q, e)
	})
}

// SignIn is one journey to a provider, kept until the browser comes back.
type SignIn struct {
	State, Cookie   string // hex SHA-256 of what the browser carries
	Provider        string
	Nonce, Verifier string
	ReturnTo        string
	StepUp          string
	StartedAt       time.Time
	EndsAt          time.Time
}

// Depart keeps a journey and sweeps out those nobody came back from.
func (s Identities) Depart(ctx context.Context, pass access.Pass, j SignIn) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		if err := q.SweepSignIns(ctx, micros(j.StartedAt)); err != nil {
			return fmt.Errorf("sweep sign-ins: %w", err)
		}
		if err := q.SweepSessions(ctx, micros(j.StartedAt.Add(-identity.AbsoluteLimit))); err != nil {
			return fmt.Errorf("sweep sessions: %w", err)
		}
		return q.AddSignIn(ctx, gen.AddSignInParams{State: j.State, Cookie: j.Cookie, Provider: j.Provider, Nonce: j.Nonce, Verifier: j.Verifier,
			ReturnTo: j.ReturnTo, StepUp: j.StepUp, StartedAt: micros(j.StartedAt), EndsAt: micros(j.EndsAt)})
	})
}

// ErrNoSignIn says that no journey matches: never begun, begun in another
// browser, or already used.
var ErrNoSignIn = errors.New("no such sign-in")

// Arrive takes a journey out of the store: of two that come back with the same
// state, one finds it.
func (s Identities) Arrive(ctx context.Context, pass access.Pass, state, cookie string) (SignIn, error) {
	if err := decided(pass); err != nil {
		return SignIn{}, err
	}
	var j SignIn
	err := s.DB.write(ctx, func(q *queries) error {
		row, err := q.TakeSignIn(ctx, gen.TakeSignInParams{State: state, Cookie: cookie})
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoSignIn
		} else if err != nil {
			return fmt.Errorf("take sign-in: %w", err)
		}
		j = SignIn{State: state, Cookie: cookie, Provider: row.Provider, Nonce: row.Nonce, Verifier: row.Verifier, ReturnTo: row.ReturnTo, StepUp: row.StepUp,
			StartedAt: instant(row.StartedAt), EndsAt: instant(row.EndsAt)}
		return nil
	})
	return j, err
}

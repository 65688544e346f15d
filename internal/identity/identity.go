// Package identity owns people, how an identity provider knows them, and their
// sessions. Offices are appointments, which package access judges; the claims
// of a provider are read in web/provider and nowhere else.
package identity

import (
	"errors"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
)

// PersonID names a person of the register.
type PersonID string

// Person is somebody the portal knows. E-mail and telephone are contacts,
// never keys: a person is recognised by issuer and subject alone.
type Person struct {
	ID    PersonID
	Name  string
	Email string
	Phone string
	Steps int64 // how many events have vouched for the person: each change is one
}

// Login binds a person to what one identity provider calls them. Name and
// e-mail are how the provider described the login when it last signed in: they
// find nobody, and only tell when the login has come to name somebody else.
type Login struct {
	Issuer, Subject string
	Person          PersonID
	Name, Email     string    // empty until the first sign-in, or when the provider does not say
	ChangedAt       time.Time // since when it names somebody else; zero while it does not
	Steps           int64     // how many events have vouched for the login
}

// The kinds of event a sign-in can leave on a login.
const (
	LoginRenamed = "login renamed" // name or e-mail is another, and the other one vouches for it
	LoginChanged = "login changed" // nothing vouches for it: it does not sign until somebody confirms it
)

// Recognise compares a login with what its provider says of it now (abuse case
// T14: a subject given to another person). People marry and change their
// address, so one of name and e-mail may become another, and is recorded anew;
// where both do, or the one that would vouch is missing, now or on record,
// nothing is recorded but that it happened. Only Confirmed takes that back: whoever has the login
// may be able to write its name. The kind is empty when there is nothing to
// tell.
func (l Login) Recognise(name, email string, at time.Time) (is Login, kind string) {
	name, email = tidy(name), tidy(email)
	sameName, sameEmail := alike(l.Name, name), alike(l.Email, email)
	described := l.Name != "" || l.Email != ""
	vouched := (name != "" && sameName) || (email != "" && sameEmail)
	switch {
	case !l.ChangedAt.IsZero(), name == "" && email == "":
		return l, ""
	case described && !vouched:
		l.ChangedAt = at
		l.Steps++
		return l, LoginChanged
	}
	if (l.Name != "" && name != "" && !sameName) || (l.Email != "" && email != "" && !sameEmail) {
		kind = LoginRenamed
	}
	if name != "" && !sameName {
		l.Name = name
	}
	if email != "" && !sameEmail {
		l.Email = email
	}
	return l, kind
}

// Confirmed forgets how the login was described: its next sign-in describes it
// anew, and it signs again.
func (l Login) Confirmed() Login {
	l.Name, l.Email, l.ChangedAt = "", "", time.Time{}
	l.Steps++
	return l
}

func tidy(words string) string { return strings.Join(strings.Fields(words), " ") }

func alike(was, is string) bool { return strings.EqualFold(tidy(was), is) }

// Logout is what an identity provider asks for in a back-channel logout: the
// sessions of one of its own (SessionID), of one subject, or of both.
type Logout struct {
	Issuer, SessionID, Subject string
	Token                      string    // its id, obeyed once
	EndsAt                     time.Time // until when the id is remembered
}

// ErrReplayed says that a logout token was obeyed before.
var ErrReplayed = errors.New("this logout was obeyed before")

// Session is one signed-in browser. Its token is known to the browser alone;
// the store keeps the SHA-256 of it.
type Session struct {
	Key        string // hex SHA-256 of the token
	Person     PersonID
	Issuer     string
	ProviderID string // the provider's own session id (sid), for back-channel logout
	AuthAt     time.Time
	StartedAt  time.Time
	SeenAt     time.Time
	ACR        string
}

// Limits of a session. Those who can sign are signed out sooner when idle.
const (
	IdleLimit       = 30 * time.Minute
	IdleLimitSigner = 15 * time.Minute
	AbsoluteLimit   = 12 * time.Hour
)

// Live tells whether the session still holds at the instant for an actor. A
// clock that ran backwards revives nothing: an instant before the session
// began does not hold either.
func (s Session) Live(who access.Actor, at time.Time) bool {
	end, _ := s.EndsAt(who, at)
	return !at.Before(s.StartedAt) && at.Before(end)
}

// EndsAt tells when the session ends if nothing more is done, and whether that
// is for good: nothing stretches the absolute limit.
func (s Session) EndsAt(who access.Actor, at time.Time) (end time.Time, last bool) {
	idle := IdleLimit
	for _, a := range who.Appointments {
		if a.Office == access.ChiefExecutive && a.Holds(at) {
			idle = IdleLimitSigner
		}
	}
	if end = s.StartedAt.Add(AbsoluteLimit); !end.After(s.SeenAt.Add(idle)) {
		return end, true
	}
	return s.SeenAt.Add(idle), false
}

// ErrUnknown says that nobody here is bound to the login that signed in.
var ErrUnknown = fault.New(fault.NotFound, "We do not know this login yet. Ask your company secretary to invite you. In the national team, ask an administrator.")

// Given is the first word of a name, for lists that need something short.
func (p Person) Given() string {
	given, _, _ := strings.Cut(p.Name, " ")
	return given
}

// Package identity owns people, how an identity provider knows them, and their
// sessions. Offices are appointments, which package access judges; the claims
// of a provider are read in web/provider and nowhere else.
package identity

import (
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
}

// Login binds a person to what one identity provider calls them.
type Login struct {
	Issuer, Subject string
	Person          PersonID
}

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

// Limits of a session. Those who can sign are signed out sooner when idle
// (security-bar 3).
const (
	IdleLimit       = 30 * time.Minute
	IdleLimitSigner = 15 * time.Minute
	AbsoluteLimit   = 12 * time.Hour
)

// Live tells whether the session still holds at the instant for an actor. A
// clock that ran backwards revives nothing: an instant before the session
// began does not hold either.
func (s Session) Live(who access.Actor, at time.Time) bool {
	idle := IdleLimit
	for _, a := range who.Appointments {
		if a.Office == access.ChiefExecutive && a.Holds(at) {
			idle = IdleLimitSigner
		}
	}
	return !at.Before(s.StartedAt) && at.Sub(s.StartedAt) < AbsoluteLimit && at.Sub(s.SeenAt) < idle
}

// ErrUnknown says that nobody here is bound to the login that signed in.
var ErrUnknown = fault.New(fault.NotFound, "We do not know this login yet. Ask your company secretary to invite you.")

// Given is the first word of a name, for lists that need something short.
func (p Person) Given() string {
	given, _, _ := strings.Cut(p.Name, " ")
	return given
}

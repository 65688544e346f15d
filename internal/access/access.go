// Package access decides who may do what. Check is the only maker of a Pass,
// and every store method asks for one, so a forgotten decision does not
// compile. Whether an act is possible now (already signed, past its date) is
// the feature's business, not this package's.
package access

import (
	"time"

	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Appointment is one office held by a person at an organisation from one
// instant until another. A zero To means until further notice.
type Appointment struct {
	Office       Office
	Organisation organisation.Code
	From, To     time.Time
	Acting       bool // stands in, by a regulator's confirmation, in their own name
}

// Holds tells whether the appointment is in force at the instant.
func (a Appointment) Holds(at time.Time) bool {
	return !at.Before(a.From) && (a.To.IsZero() || at.Before(a.To))
}

// Actor is who asks: a person with their appointments, or one of the portal's
// own named actors. The zero Actor is somebody who has not signed in.
type Actor struct {
	ID           string
	Name         string
	Appointments []Appointment
	At           time.Time // the instant the appointments are judged by: when the request arrived
}

// Known tells whether somebody is signed in.
func (w Actor) Known() bool { return w.ID != "" }

// Holds tells whether the actor holds the office there, at the actor's instant.
// Pages use it to say in which capacity someone acts; decisions use Check.
func (w Actor) Holds(office Office, org organisation.Code) bool {
	for _, a := range w.Appointments {
		if a.Office == office && a.Organisation == org && a.Holds(w.At) {
			return true
		}
	}
	return false
}

// Current lists the appointments in force at the actor's instant.
func (w Actor) Current() []Appointment {
	var current []Appointment
	for _, a := range w.Appointments {
		if a.Holds(w.At) {
			current = append(current, a)
		}
	}
	return current
}

// Capacity tells whether somebody with these appointments holds the office of
// chief executive there at the instant, and whether only as acting one. It is
// asked again inside the signing transaction, with the appointments as they
// stand then.
func Capacity(held []Appointment, org organisation.Code, at time.Time) (holds, acting bool) {
	return InOffice(held, ChiefExecutive, org, at)
}

// InOffice is Capacity for any office.
func InOffice(held []Appointment, office Office, org organisation.Code, at time.Time) (holds, acting bool) {
	for _, a := range held {
		if a.Office == office && a.Organisation == org && a.Holds(at) {
			if !a.Acting {
				return true, false
			}
			holds, acting = true, true
		}
	}
	return holds, acting
}

// Pass is a decision already taken: this actor may do this verb in this
// organisation. Its fields are private, so only Check makes one that finds
// anything; a zero Pass is scoped to no organisation.
type Pass struct {
	who    Actor
	verb   Verb
	in     organisation.Code
	office Office
}

// Who is the actor the decision was about.
func (p Pass) Who() Actor { return p.who }

// Verb is what the actor may do.
func (p Pass) Verb() Verb { return p.verb }

// In is the organisation the decision holds for. Store methods put it into
// their SQL; for national verbs it is organisation.National.
func (p Pass) In() organisation.Code { return p.in }

// Office is the office that decided: the capacity in which the actor acts.
func (p Pass) Office() Office { return p.office }

// National tells whether the decision holds for the whole service, which
// stores ask before they read across organisations.
func (p Pass) National() bool { return p.in == organisation.National }

// ErrSignIn asks for a sign-in first.
var ErrSignIn = fault.New(fault.SignIn, "Sign in to see this page.")

// ErrForbidden is for people with a standing in the organisation, but not the
// office the verb needs.
var ErrForbidden = fault.New(fault.Forbidden, "You cannot do this with the role you hold.")

// ErrNotFound is for people without a standing in the organisation: whether
// the thing exists is not theirs to know.
var ErrNotFound = fault.New(fault.NotFound, "Page not found.")

// Check decides whether the actor may do the verb in the organisation, at the
// actor's instant. It fails with ErrSignIn, ErrForbidden or ErrNotFound.
func Check(who Actor, verb Verb, org organisation.Code) (Pass, error) {
	offices, stated := rules[verb]
	if !stated || org == "" {
		return Pass{}, ErrNotFound
	}
	for _, office := range offices {
		if office == Anyone || (office == SignedIn && who.Known()) {
			return Pass{who: who, verb: verb, in: org, office: office}, nil
		}
	}
	if !who.Known() {
		return Pass{}, ErrSignIn
	}
	standing := false
	for _, a := range who.Appointments {
		reaches := a.Organisation == org || a.Organisation == organisation.National
		if !reaches || !a.Holds(who.At) {
			continue
		}
		standing = standing || stands(a.Office)
		for _, office := range offices {
			if a.Office == office {
				return Pass{who: who, verb: verb, in: org, office: office}, nil
			}
		}
	}
	if standing || (org == organisation.National && len(who.Current()) > 0) {
		return Pass{}, ErrForbidden
	}
	return Pass{}, ErrNotFound
}

// stands tells whether holding the office lets a person know that a trust's
// things exist. National people who have no business in a trust's papers are
// answered as outsiders are.
func stands(office Office) bool {
	switch office {
	case HotlineOperator, PracticeEditor, FundingManager, Assessor:
		return false
	}
	return true
}

// May asks Check on behalf of a page that decides whether to show a button.
// Hiding is courtesy; Check is the rule.
func May(who Actor, verb Verb, org organisation.Code) bool {
	_, err := Check(who, verb, org)
	return err == nil
}

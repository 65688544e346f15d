package identity

import (
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
)

// The kinds of event that vouch for what is known of people: for the row as it
// is from then on.
const (
	PersonRecorded      = "person recorded"
	ContactChanged      = "contact changed"
	LoginRecorded       = "login recorded"
	LoginConfirmed      = "login confirmed"
	AppointmentRecorded = "appointment recorded"
	AppointmentEnded    = "appointment ended"
)

// The marks that begin the records of people, version 1 (docs/attestation.md),
// and the texts of rows that have a code (docs/transparency.md).
const (
	personMark      = "countersign person record 1"
	loginMark       = "countersign login record 1"
	appointmentMark = "countersign appointment record 1"
	loginRowMark    = "countersign login row 1"
	sessionRowMark  = "countersign session row 1"
)

// Thing is how events name the person.
func (p PersonID) Thing() string { return "person/" + string(p) }

// Record writes down a person: a signed document carries the name.
func (p Person) Record() string {
	return event.Record(personMark, event.Field{Name: "person", Value: string(p.ID)}, event.Field{Name: "name", Value: p.Name}, event.Field{Name: "email", Value: p.Email},
		event.Field{Name: "phone", Value: p.Phone}, event.Field{Name: "steps", Value: strconv.FormatInt(p.Steps, 10)})
}

// Recorded is the event that somebody was recorded.
func (p Person) Recorded(id string, pass access.Pass, now time.Time) event.Event {
	p.Steps = 1
	return event.New(id, pass, now, PersonRecorded, p.ID.Thing(), p.Name+" recorded").Recording(p.Record())
}

// ID names the login in events, whatever its subject is made of.
func (l Login) ID() string {
	return event.DigestOf(event.Record("countersign login", event.Field{Name: "issuer", Value: l.Issuer}, event.Field{Name: "subject", Value: l.Subject}))[:32]
}

// Thing is how events name the login.
func (l Login) Thing() string { return "login/" + l.ID() }

func (l Login) fields() []event.Field {
	return []event.Field{{Name: "issuer", Value: l.Issuer}, {Name: "subject", Value: l.Subject}, {Name: "person", Value: string(l.Person)},
		event.At("held since", l.ChangedAt), {Name: "steps", Value: strconv.FormatInt(l.Steps, 10)}}
}

// Record writes down whose login it is, and whether it is held. Nobody signs in
// with one that no event vouches for.
func (l Login) Record() string { return event.Record(loginMark, l.fields()...) }

// Row is the record and how the provider described the login.
func (l Login) Row() string {
	return event.Record(loginRowMark, append(l.fields(), event.Field{Name: "name", Value: l.Name}, event.Field{Name: "email", Value: l.Email})...)
}

// Recorded is the event that a login became somebody's.
func (l Login) Recorded(id string, pass access.Pass, now time.Time, name string) event.Event {
	l.Steps = 1
	return event.New(id, pass, now, LoginRecorded, l.Thing(), name+" signs in at "+l.Issuer).Recording(l.Record())
}

// Vouched lets the events that vouch for a login stand for it as it is now.
func (l Login) Vouched(events []event.Event) (vouching int64) {
	for i, e := range events {
		if e.Kind == LoginChanged || e.Kind == LoginConfirmed {
			events[i].Thing, vouching = l.Thing(), vouching+1
			events[i] = events[i].Recording(l.Record())
		}
	}
	return vouching
}

// Thing is how events name the appointment.
func (h Held) Thing() string { return "appointment/" + h.ID }

// Record writes down the whole appointment. A signature is refused under one that
// no event vouches for (abuse case T57).
func (h Held) Record() string {
	return event.Record(appointmentMark, event.Field{Name: "appointment", Value: h.ID}, event.Field{Name: "person", Value: string(h.Person)}, event.Field{Name: "office", Value: string(h.Office)},
		event.Field{Name: "organisation", Value: string(h.Organisation)}, event.At("from", h.From), event.At("to", h.To), event.Field{Name: "acting", Value: strconv.FormatBool(h.Acting)})
}

// Digest stands for the record. The events that record and end the appointment
// carry it.
func (h Held) Digest() string { return event.DigestOf(h.Record()) }

// Row is everything of a session but when it was last seen.
func (s Session) Row() string {
	return event.Record(sessionRowMark, event.Field{Name: "key", Value: s.Key}, event.Field{Name: "person", Value: string(s.Person)}, event.Field{Name: "issuer", Value: s.Issuer},
		event.Field{Name: "provider id", Value: s.ProviderID}, event.Field{Name: "acr", Value: s.ACR}, event.At("authenticated", s.AuthAt), event.At("started", s.StartedAt))
}

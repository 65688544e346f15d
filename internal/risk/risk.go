// Package risk owns decisions to live for a while with what an alert asks and
// an organisation cannot do: who asks, what is in place until then, and the
// signatures of those who answer for it. What the alert asks, and that an
// acceptance that ran out is late, is package alert's; how a signature is proved
// is shared with package attestation.
package risk

import (
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ID names a request for a decision.
type ID string

// Limit is the longest a risk can be accepted for, in days from the signature.
const Limit = 90

// TextLimit is the longest of each text of a request, in characters.
const TextLimit = 1000

// State is how far a request has come.
type State string

// The states of a request.
const (
	Asked     State = "asked"     // waits for the senior information risk owner
	Escalated State = "escalated" // accepted by them, waits for the chief executive
	Accepted  State = "accepted"
	Refused   State = "refused"
	Replaced  State = "replaced" // asked again before it was decided
)

// Request asks that a risk be accepted. Its texts are single lines without
// hidden characters, because they are signed.
type Request struct {
	ID           ID
	Alert        alert.ID
	Organisation organisation.Code
	Number       int64  // which request on this alert, from 1
	What         string // what cannot be fixed, and why
	Patients     string // what could happen to patients
	Cover        string // what is in place until it is fixed
	Until        organisation.Day
	Chief        bool // the chief executive must sign too
	AskedBy      string
	AskedAt      time.Time
	State        State
}

// Faults of asking and deciding.
var (
	ErrUnknown    = fault.New(fault.NotFound, "Nobody has asked for a decision about this risk.")
	ErrNotStuck   = fault.New(fault.Conflict, "Say first that you cannot fix it yet. Then ask for a decision about the risk.")
	ErrMovedOn    = fault.New(fault.Conflict, "What the trust says about the alert has changed since this was asked, so there is nothing to decide any more. Nothing has been signed.")
	ErrDecided    = fault.New(fault.Conflict, "This risk has already been decided.")
	ErrNotYours   = fault.New(fault.Forbidden, "This decision waits for somebody else.")
	ErrOtherWords = fault.New(fault.Conflict, "The request changed after you opened it. Read it again before you decide.")
	ErrSamePerson = fault.New(fault.Forbidden, "You have signed this decision already, in your other office. Somebody else must sign as chief executive.")
	ErrNoChoice   = fault.In("decision", "Select whether you accept the risk")
	ErrNotOffice  = fault.New(fault.Forbidden, "You do not hold the office that decides this today. Nothing has been signed.")
)

// Draft is what somebody asks for, as typed.
type Draft struct {
	What, Patients, Cover string
	Until                 organisation.Day
}

// Check finds what is missing from a request at a moment.
func (d Draft) Check(now time.Time) error {
	var problems fault.Problems
	for _, each := range []struct{ field, text, missing, what string }{
		{"what", d.What, "Enter what cannot be fixed, and why", "What cannot be fixed"},
		{"patients", d.Patients, "Enter what could happen to patients", "What could happen to patients"},
		{"cover", d.Cover, "Enter what is in place until it is fixed", "What is in place"},
	} {
		switch {
		case strings.TrimSpace(each.text) == "":
			problems = append(problems, fault.In(each.field, each.missing))
		case len([]rune(each.text)) > TextLimit:
			problems = append(problems, fault.In(each.field, each.what+" must be 1,000 characters or fewer"))
		case attestation.Plain(attestation.Tidy(each.text)) != nil:
			problems = append(problems, fault.In(each.field, each.what+" holds hidden characters. Remove them or type it again"))
		}
	}
	return append(problems, checkUntil(d.Until, now)...).OrNil()
}

func checkUntil(until organisation.Day, now time.Time) fault.Problems {
	today := organisation.DayOf(now)
	_, err := time.Parse(time.DateOnly, string(until))
	switch {
	case until == "":
		return fault.Problems{fault.In("until", "Enter until when the risk is to be accepted")}
	case err != nil: // it is signed as it stands, so it must be a day
		return fault.Problems{fault.In("until", "Enter until when as a real date, such as 18 12 2026")}
	case until <= today:
		return fault.Problems{fault.In("until", "The date must be later than today")}
	case until > lastDay(now):
		return fault.Problems{fault.In("until", "The date must be within 90 days")}
	}
	return nil
}

// lastDay is the latest day a risk can be accepted until, decided at a moment.
func lastDay(now time.Time) organisation.Day {
	return organisation.DayOf(now.In(organisation.London).AddDate(0, 0, Limit))
}

// Ask makes a request. The chief executive must sign too where the alert is
// critical, or where the risk was accepted before.
func Ask(pass access.Pass, a alert.Alert, r alert.Response, earlier []Request, d Draft, id ID, eventID string, now time.Time) (Request, event.Event, error) {
	if err := r.Over(); err != nil {
		return Request{}, event.Event{}, err
	} else if !r.Stuck() {
		return Request{}, event.Event{}, ErrNotStuck
	}
	if err := d.Check(now); err != nil {
		return Request{}, event.Event{}, err
	}
	request := Request{ID: id, Alert: a.ID, Organisation: pass.In(), Number: int64(len(earlier)) + 1, What: attestation.Tidy(d.What), Patients: attestation.Tidy(d.Patients),
		Cover: attestation.Tidy(d.Cover), Until: d.Until, Chief: a.Draft.Class == alert.Critical || TimesAccepted(earlier) > 0, AskedBy: pass.Who().Name, AskedAt: now, State: Asked}
	return request, event.New(eventID, pass, now, "risk decision asked for", thing(a.ID), "Asked for a decision about the risk"), nil
}

// TimesAccepted counts how often the same risk was accepted before.
func TimesAccepted(earlier []Request) int {
	n := 0
	for _, r := range earlier {
		if r.State == Accepted {
			n++
		}
	}
	return n
}

// Decider is the office whose decision a request waits for; there is none once
// it is decided.
func (r Request) Decider() (access.Office, bool) {
	switch r.State {
	case Asked:
		return access.SIRO, true
	case Escalated:
		return access.ChiefExecutive, true
	}
	return "", false
}

// Undecided tells whether nobody has ended the request.
func (r Request) Undecided() bool {
	_, waits := r.Decider()
	return waits
}

// Digest stands for everything a decider reads of a request.
func (r Request) Digest() attestation.Digest {
	return attestation.DigestOf(strings.Join(r.lines(), "\n"))
}

func (r Request) lines() []string {
	return []string{"request: " + string(r.ID), "alert: " + string(r.Alert), "organisation: " + string(r.Organisation), "what: " + r.What,
		"patients: " + r.Patients, "in place: " + r.Cover, "asked until: " + string(r.Until), "asked by: " + r.AskedBy}
}

func thing(id alert.ID) string { return "alert/" + string(id) }

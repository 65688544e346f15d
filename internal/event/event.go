// Package event owns the record of who did what, to which thing, when. Events
// are only ever added; a later one corrects an earlier one. Which act makes
// which event is decided by the feature that owns the thing.
package event

import (
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Event is one line of the record.
type Event struct {
	ID           string
	At           time.Time
	ActorID      string
	ActorName    string        // as it was then: people change names, records do not
	Office       access.Office // the capacity they acted in
	Organisation organisation.Code
	Kind         string // past tense: "statement signed"
	Thing        string // what it happened to, such as "statement/0198…"
	Detail       string // one plain sentence for the timeline; no free text of a person
	Digest       string // hex SHA-256 of the record the event vouches for, or empty
}

// New records an act under a decision, so that no event is anonymous. The id
// is the caller's, minted with the others of the same act.
func New(id string, pass access.Pass, at time.Time, kind, thing, detail string) Event {
	who := pass.Who()
	return Event{
		ID: id, At: at, ActorID: who.ID, ActorName: who.Name, Office: pass.Office(),
		Organisation: pass.In(), Kind: kind, Thing: thing, Detail: detail,
	}
}

// For names the organisation an event of a national actor is about, so that
// it appears on that organisation's timeline.
func (e Event) For(org organisation.Code) Event {
	e.Organisation = org
	return e
}

// Vouching names the exact bytes the event stands for: whoever changes the
// record later can be shown that it is not what the event was about.
func (e Event) Vouching(digest string) Event {
	e.Digest = digest
	return e
}

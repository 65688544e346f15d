package notification

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// Work is one piece of work that waits. Its payload names what it is about and
// gives nobody a right: whoever does it asks access in the portal's own name.
type Work struct {
	ID         string // of what is to be done: the same work again has the same id
	Kind       Kind
	Payload    string // JSON
	MadeAt     time.Time
	RunAt      time.Time
	Attempt    int64     // how often it was taken up, this time included
	LeaseUntil time.Time // when somebody else may take it up
	Last       bool      // whether it is given up if this try fails
}

// Kind is what a piece of work is.
type Kind string

// The kinds of work.
const (
	TellOfAlert Kind = "tell of an alert"
	TellOfRisk  Kind = "tell of a risk to be decided"
	TellSigner  Kind = "tell of a statement to be signed"
	SendLetter  Kind = "send a letter"
	CallWebhook Kind = "call a webhook"
)

// Subject is what a piece of work is about.
type Subject struct {
	Alert        alert.ID          `json:"alert,omitempty"`
	Version      int64             `json:"version,omitempty"` // of the alert, after the first
	Office       access.Office     `json:"office,omitempty"`  // whose decision is waited for
	Message      string            `json:"message,omitempty"`
	Step         string            `json:"step,omitempty"` // of what became of a signed statement
	Webhook      string            `json:"webhook,omitempty"`
	Statement    attestation.ID    `json:"statement,omitempty"`
	Organisation organisation.Code `json:"organisation,omitempty"`
}

// Subject reads what the work is about. Work that cannot be read is hopeless.
func (w Work) Subject() (Subject, error) {
	var s Subject
	if err := json.Unmarshal([]byte(w.Payload), &s); err != nil {
		return s, Hopeless{fmt.Errorf("read the subject of %s: %w", w.Kind, err)}
	}
	return s, nil
}

// NewWork is work to be done as soon as somebody is free.
func NewWork(id string, kind Kind, about Subject, at time.Time) Work {
	payload, err := json.Marshal(about)
	if err != nil {
		panic("write the subject of " + string(kind) + ": " + err.Error()) // plain strings alone
	}
	return Work{ID: id, Kind: kind, Payload: string(payload), MadeAt: at, RunAt: at}
}

// AlertIssued is the work an issue leaves behind: everybody it reaches is to
// be told. It is written in the transaction of the issue.
func AlertIssued(id alert.ID, at time.Time) Work {
	return NewWork("alert/"+string(id)+"/issued", TellOfAlert, Subject{Alert: id}, at)
}

// AlertChanged is the work a new version of an alert leaves behind, in its own
// transaction.
func AlertChanged(id alert.ID, number int64, at time.Time) Work {
	return NewWork(fmt.Sprintf("alert/%s/version/%d", id, number), TellOfAlert, Subject{Alert: id, Version: number}, at)
}

// RiskWaits is the work a request about a risk leaves behind: whoever holds the
// office it waits for is to be told.
func RiskWaits(org organisation.Code, id alert.ID, request string, office access.Office, at time.Time) Work {
	return NewWork("risk/"+request+"/"+string(office), TellOfRisk, Subject{Alert: id, Organisation: org, Office: office, Message: request}, at)
}

// Hopeless is a failure that another try would not mend.
type Hopeless struct{ Cause error }

func (h Hopeless) Error() string { return h.Cause.Error() }

// Unwrap gives the cause.
func (h Hopeless) Unwrap() error { return h.Cause }

// ErrLost says that work or a message was taken over by somebody else
// meanwhile: what this one did about it is not recorded.
var ErrLost = errors.New("somebody else has taken this over")

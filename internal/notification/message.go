package notification

import (
	"context"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Purpose is why somebody is told.
type Purpose string

// The purposes of messages.
const (
	Changed     Purpose = "changed"  // an issued alert has a new version
	Issued      Purpose = "issued"   // an alert was issued
	Reminder    Purpose = "reminder" // its answer is due soon
	Overdue     Purpose = "overdue"  // its answer is late
	Lapsed      Purpose = "lapsed"   // a promised update did not come
	Expiry      Purpose = "expiry"   // an accepted risk runs out, or has
	Decision    Purpose = "decision" // a risk waits to be decided
	ChaseLetter Purpose = "chased"   // a publisher asks, in words of their own
	Test        Purpose = "test"     // whether messages arrive
	Digest      Purpose = "digest"   // what could wait until the morning
)

// State is how far a message got.
type State string

// The states. Sending is written before the mail server is spoken to, so that
// a message found in it later is known to be in doubt.
const (
	Waiting    State = "waiting"
	Sending    State = "sending"
	HandedOver State = "handed_over"
	Refused    State = "refused"
	NotNeeded  State = "not_needed" // answered before it could be sent
)

// Recipient is one person a message can be sent to.
type Recipient struct {
	Name    string
	Address string
}

// Message is one letter to one recipient.
type Message struct {
	ID           string
	Organisation organisation.Code // whose people it is for
	Thing        string            // what it is about: "alert/…"
	Purpose      Purpose
	Turn         string // tells one reminder from the next; empty where there is one
	Recipient
	Facts    Facts
	State    State
	Attempts int64
	Reply    string // what the mail server said when it did not take it
	MadeAt   time.Time
	EndedAt  time.Time
}

// Key is what nobody is told twice.
func (m Message) Key() string {
	return strings.Join([]string{m.Thing, string(m.Purpose), m.Turn, string(m.Organisation), strings.ToLower(m.Address)}, "|")
}

// Facts are what a letter says. They are fixed when the message is made, so
// that it is the same letter at every try.
type Facts struct {
	Alert        string    `json:"alert,omitempty"` // CC-nnnn
	Organisation string    `json:"organisation,omitempty"`
	Statement    string    `json:"statement,omitempty"` // its title
	Due          time.Time `json:"due,omitzero"`
	Late         int       `json:"late,omitempty"`  // organisations that have not answered
	How          string    `json:"how,omitempty"`   // what a newer version did: "corrected"
	Again        bool      `json:"again,omitempty"` // and it asks for a new answer
	Words        string    `json:"words,omitempty"` // of a publisher who chases
	From         string    `json:"from,omitempty"`  // that publisher's name
	News         []News    `json:"news,omitempty"`  // of a digest
	Path         string    `json:"path"`            // of the page to open after signing in
}

// Letter is a message as it is read.
type Letter struct {
	Subject string
	Text    string
	HTML    string
}

// Post carries letters. A *Refusal says that the other side did not take one;
// any other error that it could not be asked.
type Post interface {
	Send(ctx context.Context, m Message, letter Letter) error
}

// Refusal is a mail server's answer. Its Error leaves out what the server
// said, which can name an address.
type Refusal struct {
	Code      int
	Text      string
	Permanent bool
}

func (r *Refusal) Error() string {
	if r.Permanent {
		return "the mail server refused the message for good"
	}
	return "the mail server did not take the message now"
}

// Told lists the offices whose holders are told when an alert is issued.
var Told = []access.Office{access.CyberLead, access.SIRO, access.ChiefExecutive, access.BoardCyberLead, access.CompanySecretary}

// Holder is somebody in office at an organisation.
type Holder struct {
	Person string
	Office access.Office
	Recipient
}

// Place is an organisation with the people there who can be told.
type Place struct {
	Code     organisation.Code
	Name     string
	Holders  []Holder    // in office now, in the order of their appointments
	Contacts []Recipient // told of alerts, and do not sign in
}

// In lists the holders of these offices, each address once. Somebody without
// an address cannot be told.
func (p Place) In(offices []access.Office) []Recipient {
	var list []Recipient
	for _, office := range offices {
		for _, h := range p.Holders {
			if h.Office == office {
				list = append(list, h.Recipient)
			}
		}
	}
	return reachable(list)
}

// Everyone lists whom an alert is told to here.
func (p Place) Everyone() []Recipient { return reachable(append(p.In(Told), p.Contacts...)) }

// reachable leaves out who has no address, and every address but its first.
func reachable(list []Recipient) []Recipient {
	seen := map[string]bool{"": true}
	var kept []Recipient
	for _, r := range list {
		if address := strings.ToLower(strings.TrimSpace(r.Address)); !seen[address] {
			seen[address] = true
			kept = append(kept, r)
		}
	}
	return kept
}

// Package notification owns who must be told what, by when, and how far each
// message got. Letters are carried by package mail; work that waits is package
// job's; the text a person reads is made where the thing it speaks of is known.
package notification

import (
	"time"

	"countersign/internal/organisation"
)

// Delivery is how far the messages about one alert got at one organisation.
// Every figure counts messages, one recipient each.
type Delivery struct {
	Organisation organisation.Code
	Waiting      int       // in the outbox, or to be tried again
	HandedOver   int       // taken by the recipient's mail server, or the next one on the way
	Refused      int       // refused for good: no such address, or tried for too long
	LastAt       time.Time // when the newest of them was handed over or refused; zero when none was
}

// Reached tells whether at least one message was handed over.
func (d Delivery) Reached() bool { return d.HandedOver > 0 }

// Lost tells whether nobody was reached and nothing is on its way: there is no
// address, or every one was refused. The people there may not know.
func (d Delivery) Lost() bool { return d.HandedOver == 0 && d.Waiting == 0 }

package alert

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Opening is the first time a person of an organisation opened an alert's page.
type Opening struct {
	ID    string
	Alert ID
	At    time.Time
}

// OpeningStore keeps openings. Open writes an opening with its event unless the
// person has opened the alert there before; then it writes nothing, and that is
// no error.
type OpeningStore interface {
	Opened(ctx context.Context, pass access.Pass, id ID) (bool, error)
	Open(ctx context.Context, pass access.Pass, o Opening, e event.Event) error
}

// Openings notes who has opened an alert, so that nobody is rung who only has
// not pressed the button yet.
type Openings struct {
	Store OpeningStore
	Now   func() time.Time
	NewID func() string
}

// Open notes that the person has opened the alert at an organisation where they
// hold an office. The national team and other visitors leave no trace: what they
// read does not tell that the organisation knows.
func (s *Openings) Open(ctx context.Context, who access.Actor, org organisation.Code, id ID) error {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return err
	}
	if !worksAt(who, org) {
		return nil
	}
	if opened, err := s.Store.Opened(ctx, pass, id); err != nil || opened {
		return err
	}
	now := s.Now()
	o := Opening{ID: s.NewID(), Alert: id, At: now}
	return s.Store.Open(ctx, pass, o, event.New(s.NewID(), pass, now, "alert opened", "alert/"+string(id), "Opened the alert"))
}

func worksAt(who access.Actor, org organisation.Code) bool {
	for _, a := range who.Current() {
		if a.Organisation == org {
			return true
		}
	}
	return false
}

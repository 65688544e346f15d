package notification

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
)

// version finds one issued version of an alert.
func (s *Service) version(ctx context.Context, pass access.Pass, id alert.ID, number int64) (alert.Version, error) {
	versions, err := s.Alerts.Versions(ctx, pass, id)
	if err != nil {
		return alert.Version{}, err
	}
	for _, v := range versions {
		if v.Number == number && v.Approval != nil {
			return v, nil
		}
	}
	return alert.Version{}, Hopeless{fmt.Errorf("alert %s has no version %d", id, number)}
}

// TellRisk writes the messages that a risk waits to be decided: one to each
// holder of the office it waits for.
func (s *Service) TellRisk(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, about.Organisation)
	if err != nil {
		return err
	}
	a, err := s.Alerts.Find(ctx, pass, about.Alert)
	if errors.Is(err, alert.ErrUnknown) {
		return Hopeless{err}
	} else if err != nil {
		return err
	}
	r, _, err := s.Alerts.Response(ctx, pass, a.ID)
	if err != nil || !r.Stuck() {
		return err // nothing is left to decide
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return err
	}
	facts := Facts{Alert: a.Name(), Organisation: place.Name, Due: r.ActionDue, Path: alertPath(place.Code, a.ID) + "/risk"}
	messages := s.letters(place.Code, alertThing(a.ID), Decision, w.ID, place.In([]access.Office{about.Office}), facts, now)
	_, err = s.Store.Add(ctx, pass, messages, nil, []event.Event{event.New(s.NewID(), pass, now, "people told", alertThing(a.ID), riskTold(len(messages)))})
	return err
}

func riskTold(n int) string {
	const what = " told by email that a risk waits for a decision"
	switch n {
	case 0:
		return "Nobody who decides about the risk has an email address, so nobody could be told that it waits"
	case 1:
		return "1 person is" + what
	}
	return people(n) + " are" + what
}

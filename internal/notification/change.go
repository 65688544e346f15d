package notification

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/organisation"
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
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	a, err := s.Alerts.Find(ctx, pass, about.Alert)
	if errors.Is(err, alert.ErrUnknown) {
		return Hopeless{err}
	} else if err != nil {
		return err
	}
	now := s.Now()
	places, err := s.Store.Places(ctx, pass, a.ID, now)
	if err != nil {
		return err
	}
	var messages []Message
	var events []event.Event
	for _, place := range places {
		if place.Code != about.Organisation {
			continue
		}
		facts := Facts{Alert: a.Name(), Organisation: place.Name, Due: a.ActionDue, Path: alertPath(place.Code, a.ID) + "/risk"}
		messages = s.letters(place.Code, alertThing(a.ID), Decision, w.ID, place.In([]access.Office{about.Office}), facts, now)
		events = append(events, event.New(s.NewID(), pass, now, "people told", alertThing(a.ID), fmt.Sprintf("%s are told by email that a risk waits for a decision", people(len(messages)))).For(place.Code))
	}
	_, err = s.Store.Add(ctx, pass, messages, nil, events)
	return err
}

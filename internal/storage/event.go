package storage

import (
	"context"
	"fmt"
	"strconv"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Events reads the record. Nothing here writes: events are written with what
// they record.
type Events struct{ DB *DB }

// Of lists the newest events of the decision's organisation.
func (s Events) Of(ctx context.Context, pass access.Pass, limit int) ([]event.Event, error) {
	return rememberList(ctx, s.DB, pass.In(), "events "+strconv.Itoa(limit), func() ([]event.Event, error) {
		rows, err := s.DB.read.ListEventsOf(ctx, gen.ListEventsOfParams{Organisation: code(pass.In()), Limit: int32(limit)})
		if err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
		return toEvents(rows), nil
	})
}

// About lists the newest events of one thing at the decision's organisation.
func (s Events) About(ctx context.Context, pass access.Pass, thing string, limit int) ([]event.Event, error) {
	rows, err := s.DB.read.ListEventsOfThing(ctx, gen.ListEventsOfThingParams{Thing: thing, Organisation: code(pass.In()), Limit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list events of %s: %w", thing, err)
	}
	return toEvents(rows), nil
}

func toEvents(rows []gen.Event) []event.Event {
	events := make([]event.Event, 0, len(rows))
	for _, r := range rows {
		events = append(events, toEvent(r))
	}
	return events
}

func toEvent(r gen.Event) event.Event {
	return event.Event{ID: r.ID, At: instant(r.At), ActorID: r.Actor, ActorName: r.ActorName, Office: access.Office(r.Office),
		Organisation: organisation.Code(r.Organisation), Kind: r.Kind, Thing: r.Thing, Detail: r.Detail, Digest: r.Digest}
}

// newestRecorded finds the newest event that fits, of those the portal recorded:
// a zero one when there is none. What somebody wrote into the database by hand
// neither counts nor hides what is older (abuse case T57).
func newestRecorded(ctx context.Context, q *queries, about gen.ListEventsMadeParams, fits func(event.Event) bool) (event.Event, error) {
	rows, err := q.ListEventsMade(ctx, about)
	if err != nil {
		return event.Event{}, fmt.Errorf("list the events of kind %q about %s: %w", about.Kind, about.Thing, err)
	}
	for _, row := range rows {
		if e := toEvent(row.Event); fits(e) && q.acts.records(e, row.Leaf, row.Salt, row.Mac) {
			return e, nil
		}
	}
	return event.Event{}, nil
}

func anything(event.Event) bool { return true }

package event

import (
	"context"
	"slices"
	"strings"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Store reads the record; it is written with what it records.
// What it gives is the caller's own: visible takes out of it.
type Store interface {
	Of(ctx context.Context, pass access.Pass, limit int) ([]Event, error)
	About(ctx context.Context, pass access.Pass, thing string, limit int) ([]Event, error)
}

// Service is how people read the record of an organisation.
type Service struct{ Store Store }

// Of lists the newest events of an organisation.
func (s Service) Of(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]Event, error) {
	pass, err := access.Check(who, access.ReadOrganisation, org)
	if err != nil {
		return nil, err
	}
	events, err := s.Store.Of(ctx, pass, limit)
	return visible(who, org, events), err
}

// readers says which decision the events of a kind of thing need. What a trust
// has not submitted is no more for regulators on a timeline than on its page;
// a kind that is not here is for whoever may read the organisation.
var readers = map[string]access.Verb{
	"evidence": access.ReadEvidence, "statement": access.ReadStatement, "assessment": access.ReadAssessment, "commitment": access.ReadCommitments, "alert": access.ReadResponses, "person": access.ReadOrganisation,
}

// visible leaves out the events of things the person may not read. Signing and
// returning are submitted by their nature, so overseers see those.
func visible(who access.Actor, org organisation.Code, events []Event) []Event {
	return slices.DeleteFunc(events, func(e Event) bool {
		kind, _, _ := strings.Cut(e.Thing, "/")
		verb, limited := readers[kind]
		submitted := e.Kind == "statement signed" || e.Kind == "statement returned"
		return limited && !access.May(who, verb, org) && (!submitted || !access.May(who, access.ReadAllOutcomes, organisation.National))
	})
}

// About lists the newest events of one thing at an organisation.
func (s Service) About(ctx context.Context, who access.Actor, org organisation.Code, thing string, limit int) ([]Event, error) {
	pass, err := access.Check(who, access.ReadOrganisation, org)
	if err != nil {
		return nil, err
	}
	events, err := s.Store.About(ctx, pass, thing, limit)
	return visible(who, org, events), err
}

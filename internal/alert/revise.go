package alert

import (
	"context"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Revise asks the other publishers to approve a change of an issued alert.
func (s *Service) Revise(ctx context.Context, who access.Actor, id ID, revision Revision) error {
	pass, err := access.Check(who, access.DraftAlert, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.Revise(ctx, pass, id, func(was Alert) (Version, event.Event, error) {
		return was.Revise(pass, revision, s.NewID(), s.NewID(), s.Now())
	})
}

// Drop gives up the change that waits.
func (s *Service) Drop(ctx context.Context, who access.Actor, id ID) error {
	pass, err := access.Check(who, access.DraftAlert, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.Reconsider(ctx, pass, id, func(was Version) (Version, event.Event, error) {
		return was.Drop(pass, s.NewID(), s.Now())
	})
}

// Reissue issues the change that waits, exactly as the second publisher read
// it: shown is the digest of the version on their page. Every organisation's
// own timeline says what changed.
func (s *Service) Reissue(ctx context.Context, who access.Actor, id ID, shown string) error {
	pass, err := access.Check(who, access.ApproveAlert, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.Reissue(ctx, pass, id, func(was Alert, waiting Version, responses []Response) (Alert, Version, []Response, []event.Event, error) {
		if waiting.Digest() != shown {
			return was, waiting, nil, nil, ErrOtherRevision
		}
		now := s.Now()
		is, version, said, err := was.Reissue(pass, waiting, s.NewID(), now)
		if err != nil {
			return was, waiting, nil, nil, err
		}
		events := []event.Event{said}
		met := make([]Response, len(responses))
		for i, r := range responses {
			met[i] = r.Meet(version)
			events = append(events, event.New(s.NewID(), pass, now, "alert version received", is.thing(), is.Name()+" "+version.Kind.Past()).For(r.Organisation).Vouching(met[i].Digest()))
		}
		return is, version, met, events, nil
	})
}

// Changes lists the changes of issued alerts that wait for approval, newest
// first.
func (s *Service) Changes(ctx context.Context, who access.Actor) ([]Change, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Changes(ctx, pass)
}

// Versions lists an alert's versions, newest first. People of an organisation
// see what was issued; publishers also what waits.
func (s *Service) Versions(ctx context.Context, who access.Actor, org organisation.Code, id ID) ([]Version, error) {
	verb := access.ReadResponses
	if org == organisation.National {
		verb = access.ReadAllResponses
	}
	pass, err := access.Check(who, verb, org)
	if err != nil {
		return nil, err
	}
	versions, err := s.Store.Versions(ctx, pass, id)
	if err != nil {
		return nil, err
	}
	if org == organisation.National && access.May(who, access.ReadAlertDrafts, org) {
		return versions, nil
	}
	issued := versions[:0]
	for _, v := range versions {
		if v.State == Issued {
			issued = append(issued, v)
		}
	}
	return issued, nil
}

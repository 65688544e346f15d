package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/storage/gen"
)

// Review reads what the decision's person has chosen so far; an empty review
// when they have not begun.
func (s Attestations) Review(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Review, error) {
	if _, _, err := findStatement(ctx, s.DB.read, pass, id); err != nil {
		return attestation.Review{}, err
	}
	review, _, err := findReview(ctx, s.DB.read, pass, id)
	return review, err
}

// KeepReview applies a decision to the person's own review.
func (s Attestations) KeepReview(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement, attestation.Review) (attestation.Review, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		st, _, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		was, version, err := findReview(ctx, q, pass, id)
		if err != nil {
			return err
		}
		is, e, err := decide(st, was)
		if err != nil {
			return err
		}
		if err := keepReview(ctx, q, pass, id, is, version); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// Decline applies the decision to return a statement without a signature. It is
// given the offices the person holds as they stand in the transaction.
func (s Attestations) Decline(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement, attestation.Review, []access.Appointment) (attestation.Statement, attestation.Review, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		was, version, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		review, reviewVersion, err := findReview(ctx, q, pass, id)
		if err != nil {
			return err
		}
		held, err := appointmentsOf(ctx, q, identity.PersonID(pass.Who().ID), recorded)
		if err != nil {
			return err
		}
		is, kept, e, err := decide(was, review, held)
		if err != nil {
			return err
		}
		if err := keepStatement(ctx, q, is, version); err != nil {
			return err
		}
		if err := keepReview(ctx, q, pass, id, kept, reviewVersion); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// DeclineReason reads the reasons a statement was returned with; empty when
// there are none.
func (s Attestations) DeclineReason(ctx context.Context, pass access.Pass, id attestation.ID) (string, error) {
	if _, _, err := findStatement(ctx, s.DB.read, pass, id); err != nil {
		return "", err
	}
	row, err := s.DB.read.FindDecline(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return row, err
}

func findReview(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Review, int64, error) {
	row, err := q.FindReview(ctx, gen.FindReviewParams{Statement: string(id), Person: pass.Who().ID})
	if errors.Is(err, sql.ErrNoRows) {
		return attestation.Review{Statement: id, Person: identity.PersonID(pass.Who().ID)}, 0, nil
	} else if err != nil {
		return attestation.Review{}, 0, fmt.Errorf("find review of %s: %w", id, err)
	}
	made, err := decode[[]attestation.Exception](row.Exceptions, "exceptions")
	return attestation.Review{Statement: id, Person: identity.PersonID(row.Person), BeganAt: instant(row.BeganAt), Shown: attestation.Digest(row.Shown),
		Opinion: attestation.Opinion(row.Opinion), Exceptions: made, Reason: row.Reason}, row.Version, err
}

func keepReview(ctx context.Context, q *queries, pass access.Pass, id attestation.ID, r attestation.Review, version int64) error {
	if version == 0 {
		err := q.AddReview(ctx, gen.AddReviewParams{Statement: string(id), Person: pass.Who().ID, BeganAt: micros(r.BeganAt), Opinion: string(r.Opinion),
			Exceptions: encode(exceptions(r.Exceptions)), Reason: r.Reason, Shown: string(r.Shown)})
		if err != nil && taken(err) {
			return errRetry
		}
		return err
	}
	return changed(q.ChangeReview(ctx, gen.ChangeReviewParams{Statement: string(id), Person: pass.Who().ID, BeganAt: micros(r.BeganAt), Opinion: string(r.Opinion),
		Exceptions: encode(exceptions(r.Exceptions)), Reason: r.Reason, Shown: string(r.Shown), Version: version}))
}

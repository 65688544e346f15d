//go:build demo

package storage

import (
	"context"
	"database/sql"
	"errors"

	"countersign/internal/attestation"
	"countersign/internal/storage/gen"
)

func (seed Seed) addStatements(ctx context.Context, q *queries) error {
	for _, t := range seed.Templates {
		_, err := q.FindTemplate(ctx, gen.FindTemplateParams{ID: t.ID, Edition: t.Edition})
		if err == nil {
			continue // the program brought it along
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := errors.Join(addTemplate(ctx, q, t.Template), addEvents(ctx, q, t.Came)); err != nil {
			return err
		}
	}
	for _, c := range seed.Campaigns {
		if err := addCampaign(ctx, q, c); err != nil {
			return err
		}
	}
	for _, st := range seed.Statements {
		if err := q.AddStatement(ctx, newStatement(st)); err != nil {
			return err
		}
		if st.State == attestation.Preparing || st.State == attestation.Signed {
			continue // as it was asked for, gaps included; or written with its signature
		}
		if err := keepStatement(ctx, q, st, 1); err != nil {
			return err
		}
	}
	for _, r := range seed.Reviews {
		err := q.AddReview(ctx, gen.AddReviewParams{Statement: string(r.Statement), Person: string(r.Person), BeganAt: micros(r.BeganAt), Opinion: string(r.Opinion),
			Exceptions: encode(exceptions(r.Exceptions)), Reason: r.Reason, Shown: string(r.Shown)})
		if err != nil {
			return err
		}
	}
	return nil
}

// addDrafts writes what waits for a second regulator, or came of it.
func (seed Seed) addDrafts(ctx context.Context, q *queries) error {
	for _, d := range seed.Drafts {
		if err := addDraft(ctx, q, d); err != nil {
			return err
		}
		if d.State == attestation.DraftWaits {
			continue
		}
		if err := keepDraft(ctx, q, d, 1); err != nil {
			return err
		}
	}
	for _, x := range seed.Extensions {
		if err := addExtension(ctx, q, x); err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addSignatures(ctx context.Context, q *queries) error {
	for _, up := range seed.StepUps {
		err := q.AddStepUp(ctx, gen.AddStepUpParams{ID: up.ID, Statement: string(up.Statement), Organisation: code(up.Organisation), Person: string(up.Person),
			Document: up.Document, Digest: string(up.Digest), Salt: up.Salt, Nonce: up.Nonce, ReviewBegan: micros(up.ReviewBegan), ArrivedAt: micros(up.ArrivedAt), EndsAt: micros(up.EndsAt)})
		if err != nil {
			return err
		}
	}
	signed := map[attestation.ID]attestation.Statement{}
	for _, st := range seed.Statements {
		signed[st.ID] = st
	}
	for _, g := range seed.CoSignatures {
		if err := writeCoSignature(ctx, q, g); err != nil {
			return err
		}
	}
	for _, g := range seed.Signatures {
		if err := writeSignature(ctx, q, g, signed[g.Statement], 1); err != nil {
			return err
		}
	}
	for _, w := range seed.Withdrawals {
		if err := addWithdrawalAttempt(ctx, q, w.Attempt); err != nil {
			return err
		}
		if err := writeWithdrawal(ctx, q, w); err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addCommitments(ctx context.Context, q *queries) error {
	for _, c := range seed.Commitments {
		if err := addCommitment(ctx, q, c); err != nil {
			return err
		}
		for _, step := range c.Steps {
			if err := addStep(ctx, q, c, step); err != nil {
				return err
			}
		}
	}
	return nil
}

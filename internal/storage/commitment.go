package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Commitments lists the commitments of the decision's organisation: open ones
// first, the nearest day at the top.
func (s Attestations) Commitments(ctx context.Context, pass access.Pass) ([]attestation.Commitment, error) {
	return rememberList(ctx, s.DB, pass.In(), "commitments", func() ([]attestation.Commitment, error) {
		rows, err := s.DB.read.ListCommitments(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list commitments of %s: %w", pass.In(), err)
		}
		return toCommitments(ctx, s.DB.read, pass, rows, "")
	})
}

// OpenCommitments lists those of the decision's organisation that are open.
func (s Attestations) OpenCommitments(ctx context.Context, pass access.Pass) ([]attestation.Commitment, error) {
	return rememberList(ctx, s.DB, pass.In(), "open commitments", func() ([]attestation.Commitment, error) {
		return openCommitments(ctx, s.DB.read, pass)
	})
}

func openCommitments(ctx context.Context, q *queries, pass access.Pass) ([]attestation.Commitment, error) {
	rows, err := q.ListOpenCommitments(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list open commitments of %s: %w", pass.In(), err)
	}
	list := make([]attestation.Commitment, 0, len(rows))
	for _, row := range rows {
		list = append(list, toCommitment(row))
	}
	return list, nil
}

// openWithSteps are the open commitments with what became of each so far, which
// the event of a next step vouches for as well.
func openWithSteps(ctx context.Context, q *queries, pass access.Pass) ([]attestation.Commitment, error) {
	list, err := openCommitments(ctx, q, pass)
	if err != nil || len(list) == 0 {
		return list, err
	}
	steps, err := q.ListOpenCommitmentSteps(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list what became of open commitments of %s: %w", pass.In(), err)
	}
	for i := range list {
		list[i].Steps = stepsOf(list[i].ID, steps)
	}
	return list, nil
}

// Commitment reads one commitment of the decision's organisation, with what
// became of it.
func (s Attestations) Commitment(ctx context.Context, pass access.Pass, id attestation.CommitmentID) (attestation.Commitment, error) {
	c, _, err := findCommitment(ctx, s.DB.read, pass, id)
	return c, err
}

// Settle applies a decision to a commitment of the decision's organisation, and
// keeps the step with it.
func (s Attestations) Settle(ctx context.Context, pass access.Pass, id attestation.CommitmentID, decide func(attestation.Commitment) (attestation.Commitment, attestation.Step, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findCommitment(ctx, q, pass, id)
		if err != nil {
			return err
		}
		is, step, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := settle(ctx, q, is, step, version); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// Outstanding counts what is open and late everywhere.
func (s Attestations) Outstanding(ctx context.Context, pass access.Pass, today organisation.Day) (map[organisation.Code]attestation.Outstanding, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return remember(ctx, s.DB, everywhere, "outstanding "+string(today), func() (map[organisation.Code]attestation.Outstanding, error) {
		rows, err := s.DB.read.CountOutstanding(ctx, string(today))
		if err != nil {
			return nil, fmt.Errorf("count open commitments: %w", err)
		}
		counts := make(map[organisation.Code]attestation.Outstanding, len(rows))
		for _, r := range rows {
			counts[organisation.Code(r.Organisation)] = attestation.Outstanding{Open: int(r.Open), Late: int(r.Late)}
		}
		return counts, nil
	})
}

// writeCommitments keeps what a signature makes of commitments, with the
// signature.
func writeCommitments(ctx context.Context, q *queries, g attestation.Signature) error {
	for _, made := range g.Commits {
		if made.Step == nil {
			if err := addCommitment(ctx, q, made.Commitment); err != nil {
				return err
			}
			continue
		}
		row, err := q.FindCommitment(ctx, gen.FindCommitmentParams{ID: string(made.Commitment.ID), Organisation: code(g.Organisation)})
		if err != nil {
			return found(err, attestation.ErrCommitment, "commitment "+string(made.Commitment.ID))
		}
		if err := settle(ctx, q, made.Commitment, *made.Step, row.Version); err != nil {
			return err
		}
	}
	return nil
}

// committed are the events of what a signature makes of commitments.
func committed(g attestation.Signature) []event.Event {
	var events []event.Event
	for _, made := range g.Commits {
		events = append(events, made.Event)
	}
	return events
}

func addCommitment(ctx context.Context, q *queries, c attestation.Commitment) error {
	err := q.AddCommitment(ctx, gen.AddCommitmentParams{ID: string(c.ID), Organisation: code(c.Organisation), Statement: string(c.Statement), Signature: c.Signature, Period: c.Period,
		Part: int64(c.Part), What: c.What, Doing: c.Doing, Who: c.Who, FirstBy: string(c.FirstBy), ByOn: string(c.By), Fate: string(c.Fate), MadeAt: micros(c.MadeAt)})
	if err != nil {
		return fmt.Errorf("add commitment %s: %w", c.ID, err)
	}
	return nil
}

func settle(ctx context.Context, q *queries, c attestation.Commitment, step attestation.Step, version int64) error {
	if err := changed(q.ChangeCommitment(ctx, gen.ChangeCommitmentParams{ID: string(c.ID), Organisation: code(c.Organisation), ByOn: string(c.By), Fate: string(c.Fate), Version: version})); err != nil {
		return fmt.Errorf("settle commitment %s: %w", c.ID, err)
	}
	return addStep(ctx, q, c, step)
}

func addStep(ctx context.Context, q *queries, c attestation.Commitment, step attestation.Step) error {
	err := q.AddCommitmentStep(ctx, gen.AddCommitmentStepParams{ID: step.ID, Commitment: string(c.ID), Organisation: code(c.Organisation), Fate: string(step.Fate), WasBy: string(step.Was),
		IsBy: string(step.Is), Note: step.Note, Evidence: string(step.Evidence), SaidBy: step.By, SaidAt: micros(step.At)})
	if err != nil {
		return fmt.Errorf("add what became of commitment %s: %w", c.ID, err)
	}
	return nil
}

// linkRelied adds the statement to the uses of the evidence it was locked on.
func linkRelied(ctx context.Context, q *queries, pass access.Pass, st attestation.Statement) error {
	for _, id := range st.Prepared.Relied {
		if err := link(ctx, q, pass, id, []string{"statement/" + string(st.ID)}, st.LockedAt); err != nil {
			return err
		}
	}
	return nil
}

func findCommitment(ctx context.Context, q *queries, pass access.Pass, id attestation.CommitmentID) (attestation.Commitment, int64, error) {
	row, err := q.FindCommitment(ctx, gen.FindCommitmentParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return attestation.Commitment{}, 0, found(err, attestation.ErrCommitment, "commitment "+string(id))
	}
	list, err := toCommitments(ctx, q, pass, []gen.Commitment{row}, string(id))
	if err != nil {
		return attestation.Commitment{}, 0, err
	}
	return list[0], row.Version, nil
}

// toCommitments gives commitments with their steps, read at once: of one, or of
// all of the organisation where none is named.
func toCommitments(ctx context.Context, q *queries, pass access.Pass, rows []gen.Commitment, one string) ([]attestation.Commitment, error) {
	steps, err := q.ListCommitmentSteps(ctx, gen.ListCommitmentStepsParams{Organisation: code(pass.In()), Commitment: one})
	if err != nil {
		return nil, fmt.Errorf("list what became of commitments of %s: %w", pass.In(), err)
	}
	list := make([]attestation.Commitment, 0, len(rows))
	for _, row := range rows {
		c := toCommitment(row)
		c.Steps = stepsOf(c.ID, steps)
		list = append(list, c)
	}
	return list, nil
}

func stepsOf(id attestation.CommitmentID, all []gen.CommitmentStep) []attestation.Step {
	var steps []attestation.Step
	for _, step := range all {
		if step.Commitment == string(id) {
			steps = append(steps, toStep(step))
		}
	}
	return steps
}

func toStep(step gen.CommitmentStep) attestation.Step {
	return attestation.Step{ID: step.ID, Fate: attestation.Fate(step.Fate), Was: organisation.Day(step.WasBy), Is: organisation.Day(step.IsBy), Note: step.Note,
		Evidence: evidence.ID(step.Evidence), By: step.SaidBy, At: instant(step.SaidAt)}
}

func toCommitment(r gen.Commitment) attestation.Commitment {
	return attestation.Commitment{ID: attestation.CommitmentID(r.ID), Organisation: organisation.Code(r.Organisation), Statement: attestation.ID(r.Statement), Signature: r.Signature, Period: r.Period,
		Part: int(r.Part), What: r.What, Doing: r.Doing, Who: r.Who, FirstBy: organisation.Day(r.FirstBy), By: organisation.Day(r.ByOn), Fate: attestation.Fate(r.Fate), MadeAt: instant(r.MadeAt)}
}

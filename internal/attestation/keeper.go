package attestation

import (
	"context"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Outstanding is how many commitments of an organisation are open, and how
// many of those are late.
type Outstanding struct{ Open, Late int }

// CommitmentStore keeps commitments. They are made with the signature they
// come from; Settle reads, decides and writes in one transaction, and may
// decide again after a lost race.
type CommitmentStore interface {
	Commitments(ctx context.Context, pass access.Pass) ([]Commitment, error)
	Commitment(ctx context.Context, pass access.Pass, id CommitmentID) (Commitment, error)
	Settle(ctx context.Context, pass access.Pass, id CommitmentID, decide func(Commitment) (Commitment, Step, event.Event, error)) error
	Outstanding(ctx context.Context, pass access.Pass, today organisation.Day) (map[organisation.Code]Outstanding, error)
}

// Keeper is what people do with commitments between two statements.
type Keeper struct {
	Store CommitmentStore
	Files Files
	Now   func() time.Time
	NewID func() string
}

// List gives an organisation's commitments: open ones first, the nearest day
// at the top, then those settled, the earliest first.
func (k *Keeper) List(ctx context.Context, who access.Actor, org organisation.Code) ([]Commitment, error) {
	pass, err := access.Check(who, access.ReadCommitments, org)
	if err != nil {
		return nil, err
	}
	return k.Store.Commitments(ctx, pass)
}

// Read gives one commitment with what became of it.
func (k *Keeper) Read(ctx context.Context, who access.Actor, org organisation.Code, id CommitmentID) (Commitment, error) {
	pass, err := access.Check(who, access.ReadCommitments, org)
	if err != nil {
		return Commitment{}, err
	}
	return k.Store.Commitment(ctx, pass, id)
}

// Evidence lists what can show that a commitment is done: ready, and not over.
func (k *Keeper) Evidence(ctx context.Context, who access.Actor, org organisation.Code) ([]evidence.File, error) {
	pass, err := access.Check(who, access.KeepCommitments, org)
	if err != nil {
		return nil, err
	}
	files, err := k.Files.List(ctx, pass)
	return slices.DeleteFunc(files, func(f evidence.File) bool {
		return f.Verdict != evidence.Ready || f.RunsUntil < organisation.DayOf(k.Now())
	}), err
}

// Settle says that a commitment is done, or gives it a new date. Between two
// statements nobody says that it is no longer needed: that is for the chief
// executive to sign.
func (k *Keeper) Settle(ctx context.Context, who access.Actor, org organisation.Code, id CommitmentID, a Account) error {
	pass, err := access.Check(who, access.KeepCommitments, org)
	if err != nil {
		return err
	}
	if a.How != Done && a.How != StillOpen {
		return fault.In("how", "Select what became of it")
	}
	if a.Evidence != "" {
		files, err := k.Files.List(ctx, pass)
		if err != nil {
			return err
		}
		if err := (Position{At: k.Now(), Files: files}).ready(a.Evidence); err != nil {
			return err
		}
	}
	return k.Store.Settle(ctx, pass, id, func(was Commitment) (Commitment, Step, event.Event, error) {
		return was.Settle(pass, a, k.NewID(), k.NewID(), k.Now())
	})
}

// Outstanding counts what is open and late at every organisation.
func (k *Keeper) Outstanding(ctx context.Context, who access.Actor) (map[organisation.Code]Outstanding, error) {
	pass, err := access.Check(who, access.ReadAllOutcomes, organisation.National)
	if err != nil {
		return nil, err
	}
	return k.Store.Outstanding(ctx, pass, organisation.DayOf(k.Now()))
}

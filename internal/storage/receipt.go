package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/receipt"
	"countersign/internal/storage/gen"
)

// Receipts reads what the proofs of signatures are made of.
type Receipts struct{ DB *DB }

// Made finds the newest event of a kind about a thing.
func (s Receipts) Made(ctx context.Context, pass access.Pass, thing, kind string) (event.Event, error) {
	row, err := s.DB.read.FindEventMade(ctx, gen.FindEventMadeParams{Thing: thing, Organisation: code(pass.In()), Kind: kind})
	if err != nil {
		return event.Event{}, found(err, receipt.ErrNone, "the event of "+thing)
	}
	return toEvent(row), nil
}

// Vouching finds the event of a kind about a thing that vouches for a digest.
func (s Receipts) Vouching(ctx context.Context, pass access.Pass, thing, kind string, digest attestation.Digest) (event.Event, error) {
	row, err := s.DB.read.FindEventVouching(ctx, gen.FindEventVouchingParams{Thing: thing, Organisation: code(pass.In()), Kind: kind, Digest: string(digest)})
	if err != nil {
		return event.Event{}, found(err, receipt.ErrNone, "the event of "+thing)
	}
	return toEvent(row), nil
}

// KeySets lists every key set that the record says was seen, without what
// somebody wrote past it. They are public by their nature.
func (s Receipts) KeySets(ctx context.Context, pass access.Pass) ([]receipt.KeySet, error) {
	if err := decided(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListKeySets(ctx)
	if err != nil {
		return nil, fmt.Errorf("list key sets: %w", err)
	}
	sets := make([]receipt.KeySet, 0, len(rows))
	for _, row := range rows {
		e := toEvent(row.Event)
		genuine := s.DB.acts.records(e, row.Leaf, row.Salt, row.Mac)
		if genuine && e.Digest == string(attestation.KeySetDigest(row.KeySet.Issuer, row.KeySet.Document)) {
			sets = append(sets, receipt.KeySet{Issuer: row.KeySet.Issuer, Document: row.KeySet.Document})
		}
	}
	return sets, nil
}

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

// Made finds the newest event of a kind about a thing, of those the portal
// recorded: what somebody wrote in by hand hides nothing (abuse case T57).
func (s Receipts) Made(ctx context.Context, pass access.Pass, thing, kind string) (event.Event, error) {
	return s.recorded(ctx, pass, thing, kind, anything)
}

// Vouching finds the event of a kind about a thing that vouches for a digest,
// likewise.
func (s Receipts) Vouching(ctx context.Context, pass access.Pass, thing, kind string, digest attestation.Digest) (event.Event, error) {
	return s.recorded(ctx, pass, thing, kind, func(e event.Event) bool { return e.Digest == string(digest) })
}

func (s Receipts) recorded(ctx context.Context, pass access.Pass, thing, kind string, fits func(event.Event) bool) (event.Event, error) {
	e, err := newestRecorded(ctx, s.DB.read, gen.ListEventsMadeParams{Thing: thing, Organisation: code(pass.In()), Kind: kind}, fits)
	if err == nil && e.ID == "" {
		err = receipt.ErrNone
	}
	return e, err
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

package transparency

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Evidence that something is in the log, for a receipt.
type Evidence struct {
	Place
	Proof     string // empty while Provisional
	Size      int64
	Witnesses int
}

// Provisional tells whether the entry waits for its place, or for witnesses.
func (e Evidence) Provisional() bool { return e.Proof == "" }

// Prove gives the proof of an event against a published checkpoint that holds
// it: the first, or one as many years later as it is old.
func (l *Log) Prove(ctx context.Context, who access.Actor, event string) (Evidence, error) {
	pass, err := access.Check(who, access.ReadLog, organisation.National)
	if err != nil {
		return Evidence{}, err
	}
	place, err := l.Store.Place(ctx, pass, event)
	if err != nil || place.Index < 0 {
		return Evidence{Place: place}, err
	}
	head, err := l.covering(ctx, pass, place.Index)
	if errors.Is(err, ErrEmpty) {
		return Evidence{Place: place}, nil
	} else if err != nil {
		return Evidence{}, err
	}
	path, err := tlog.ProveRecord(head.Size, place.Index, l.Store.Hashes(ctx, pass))
	if err != nil {
		return Evidence{}, fmt.Errorf("prove entry %d: %w", place.Index, err)
	}
	proof := Proof{Index: place.Index, Path: path, Checkpoint: head.Note}
	seen, err := proof.Check(place.Leaf, l.Keys)
	if err != nil && !errors.Is(err, ErrQuorum) { // the quorum of its day may have been another
		return Evidence{}, fmt.Errorf("check the proof of entry %d: %w", place.Index, err)
	}
	return Evidence{Place: place, Proof: proof.Text(), Size: head.Size, Witnesses: len(seen.By)}, nil
}

// covering finds the checkpoint to prove an entry against: the first published
// one that holds it, and once that is a year old the first one after its latest
// anniversary. So a receipt stays the same for a year at a time.
func (l *Log) covering(ctx context.Context, pass access.Pass, index int64) (Head, error) {
	first, err := l.Store.Covering(ctx, pass, index, time.Time{})
	if err != nil {
		return Head{}, err
	}
	for years := l.Now().Sub(first.SignedAt) / renewal; years > 0; years-- {
		head, err := l.Store.Covering(ctx, pass, index, first.SignedAt.Add(years*renewal))
		if !errors.Is(err, ErrEmpty) {
			return head, err
		}
	}
	return first, nil
}

// Await waits until an event has its proof, or for no longer than told: then it
// is provisional still.
func (l *Log) Await(ctx context.Context, who access.Actor, event string, patience time.Duration) (Evidence, error) {
	l.Nudge()
	enough := time.After(patience)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 300*time.Millisecond) {
		e, err := l.Prove(ctx, who, event)
		if err != nil || !e.Provisional() || !l.Keeps() {
			return e, err
		}
		select {
		case <-ctx.Done():
			return e, ctx.Err()
		case <-enough:
			return e, nil
		case <-time.After(pause):
		}
	}
}

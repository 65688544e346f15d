package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// Head reads the newest checkpoint.
func (s Log) Head(ctx context.Context, pass access.Pass) (transparency.Head, error) {
	if err := decided(pass); err != nil {
		return transparency.Head{}, err
	}
	return findHead(ctx, s.DB.read)
}

// findHead reads the newest checkpoint; a zero one while the log is empty.
func findHead(ctx context.Context, q *queries) (transparency.Head, error) {
	row, err := q.FindHead(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return transparency.Head{}, nil
	} else if err != nil {
		return transparency.Head{}, fmt.Errorf("find the head of the log: %w", err)
	}
	return toHead(ctx, q, row)
}

func toHead(ctx context.Context, q *queries, row gen.LogCheckpoint) (transparency.Head, error) {
	lines, err := q.ListCosignatures(ctx, row.Size)
	if err != nil {
		return transparency.Head{}, fmt.Errorf("list cosignatures of size %d: %w", row.Size, err)
	}
	head, err := parseHead(row)
	if err != nil {
		return transparency.Head{}, err
	}
	var out strings.Builder
	out.WriteString(row.Note)
	for _, line := range lines {
		out.WriteString(line.Line)
	}
	head.Note = out.String()
	return head, nil
}

// parseHead reads a checkpoint as the log alone signed it.
func parseHead(row gen.LogCheckpoint) (transparency.Head, error) {
	text, _, _ := strings.Cut(row.Note, "\n\n")
	checkpoint, err := transparency.ParseCheckpoint(text + "\n")
	if err != nil {
		return transparency.Head{}, fmt.Errorf("read the checkpoint of size %d: %w", row.Size, err)
	}
	return transparency.Head{Checkpoint: checkpoint, Note: row.Note, SignedAt: instant(row.SignedAt)}, nil
}

// Published reads the newest checkpoint shown to the public.
func (s Log) Published(ctx context.Context, pass access.Pass) (transparency.Head, error) {
	if err := decided(pass); err != nil {
		return transparency.Head{}, err
	}
	size, err := s.DB.read.FindPublished(ctx)
	return s.at(ctx, size, err)
}

// Covering reads the first checkpoint that holds an index and was published at a
// moment or after it.
func (s Log) Covering(ctx context.Context, pass access.Pass, index int64, from time.Time) (transparency.Head, error) {
	if err := decided(pass); err != nil {
		return transparency.Head{}, err
	}
	size, err := s.DB.read.FindCovering(ctx, gen.FindCoveringParams{Size: index, PublishedAt: micros(from)})
	return s.at(ctx, size, err)
}

func (s Log) at(ctx context.Context, size int64, err error) (transparency.Head, error) {
	if err != nil {
		return transparency.Head{}, found(err, transparency.ErrEmpty, "a published checkpoint")
	}
	row, err := s.DB.read.FindCheckpoint(ctx, size)
	if err != nil {
		return transparency.Head{}, fmt.Errorf("find the checkpoint of size %d: %w", size, err)
	}
	return toHead(ctx, s.DB.read, row)
}

// Place finds where an event stands.
func (s Log) Place(ctx context.Context, pass access.Pass, event string) (transparency.Place, error) {
	if err := decided(pass); err != nil {
		return transparency.Place{}, err
	}
	row, err := s.DB.read.FindPlace(ctx, event)
	if err != nil {
		return transparency.Place{}, found(err, transparency.ErrUnlogged, "the place of an event")
	}
	return transparency.Place{Index: row.N, Leaf: transparency.Leaf(row.Leaf), Salt: row.Salt}, nil
}

// Hashes reads stored hashes.
func (s Log) Hashes(ctx context.Context, pass access.Pass) tlog.HashReader {
	if err := decided(pass); err != nil {
		return tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, err })
	}
	return &growing{ctx: ctx, q: s.DB.read, fresh: map[int64]tlog.Hash{}}
}

// HashesBetween reads the stored hashes from one number to another, both in it.
func (s Log) HashesBetween(ctx context.Context, pass access.Pass, from, to int64) (map[int64]tlog.Hash, error) {
	if err := decided(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListHashes(ctx, gen.ListHashesParams{N: from, N_2: to})
	if err != nil {
		return nil, fmt.Errorf("read hashes %d to %d of the log: %w", from, to, err)
	}
	hashes := make(map[int64]tlog.Hash, len(rows))
	for _, row := range rows {
		if len(row.Hash) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the log is %d bytes long", row.N, len(row.Hash))
		}
		hashes[row.N] = tlog.Hash(row.Hash)
	}
	return hashes, nil
}

// Leaves reads the leaves from one index up to another, which is not in it.
func (s Log) Leaves(ctx context.Context, pass access.Pass, from, to int64) ([]transparency.Leaf, error) {
	if err := decided(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListLeaves(ctx, gen.ListLeavesParams{N: from, N_2: to})
	if err != nil {
		return nil, fmt.Errorf("list entries %d to %d: %w", from, to, err)
	}
	leaves := make([]transparency.Leaf, 0, len(rows))
	for i, row := range rows {
		if row.N != from+int64(i) {
			return nil, fmt.Errorf("entry %d of the log is missing", from+int64(i))
		}
		leaves = append(leaves, transparency.Leaf(row.Leaf))
	}
	if int64(len(leaves)) != to-from {
		return nil, fmt.Errorf("entry %d of the log is missing", from+int64(len(leaves)))
	}
	return leaves, nil
}

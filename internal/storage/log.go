package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// Log keeps the public log. Its growth is written with no event of its own: each
// entry is the place of one event, and the tree is its record.
type Log struct{ DB *DB }

// commit gives an accountable event its leaf, in the act's own transaction, so
// that nothing can have happened and be missing from the log.
func commit(ctx context.Context, q *queries, e event.Event) error {
	if !transparency.Accountable(e.Kind) {
		return nil
	}
	if !q.acts.Set() {
		return ErrNoActKey
	}
	salt := hex.EncodeToString(salted())
	e.At = instant(micros(e.At)) // as it is kept
	leaf := transparency.LeafOf(salt, transparency.OpeningOf(e))
	if err := q.AddLeaf(ctx, gen.AddLeafParams{Event: e.ID, Leaf: string(leaf), Salt: salt, Mac: q.acts.Code(leaf)}); err != nil {
		return fmt.Errorf("commit to event %q: %w", e.Kind, err)
	}
	if err := q.QueueLeaf(ctx, e.ID); err != nil {
		return fmt.Errorf("queue event %q for the log: %w", e.Kind, err)
	}
	return nil
}

// ErrNoActKey says that this program cannot record what somebody answers for.
var ErrNoActKey = errors.New("this program has no act key, without which nothing that somebody answers for can be recorded")

// actKey tells acts that the portal recorded from rows somebody wrote.
type actKey struct{ transparency.ActKey }

// records tells whether an event opens its leaf, and the portal made that.
func (k actKey) records(e event.Event, leaf, salt, mac string) bool {
	return transparency.LeafOf(salt, transparency.OpeningOf(e)) == transparency.Leaf(leaf) && k.Made(transparency.Leaf(leaf), mac)
}

// salted gives the unpredictable bytes of one salt. The system's source does
// not fail: the runtime ends the program when it does.
func salted() []byte {
	bytes := make([]byte, transparency.SaltBytes)
	_, _ = rand.Read(bytes)
	return bytes
}

// Begin records since when every accountable event has its leaf. Again is no
// change.
func (s Log) Begin(ctx context.Context, pass access.Pass, at time.Time) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		if err := q.BeginLog(ctx, micros(at)); err != nil {
			return fmt.Errorf("begin the log: %w", err)
		}
		return nil
	})
}

// Extend gives what waits its place.
func (s Log) Extend(ctx context.Context, pass access.Pass, limit int, decide func(transparency.Growth) (string, time.Time, error)) (transparency.Head, int, error) {
	if err := national(pass); err != nil {
		return transparency.Head{}, 0, err
	}
	if waiting, err := s.DB.read.CountQueue(ctx); err != nil || waiting == 0 {
		return transparency.Head{}, 0, err
	}
	var head transparency.Head
	placed, foreign := 0, 0
	err := s.DB.run(func() error {
		return s.DB.onceAlone(ctx, func(tx *sql.Tx, q *queries) error {
			if err := s.DB.dialect.alone(ctx, tx); err != nil {
				return err
			}
			waiting, strangers, err := ownWaiting(ctx, q, limit)
			if err != nil {
				return err
			}
			foreign = strangers
			if placed = len(waiting); placed == 0 {
				return nil
			}
			was, err := findHead(ctx, q)
			if err != nil {
				return err
			}
			tree := &growing{ctx: ctx, q: q, size: was.Size, fresh: map[int64]tlog.Hash{}}
			for _, w := range waiting {
				if err := tree.add(w.Event, transparency.Leaf(w.Leaf)); err != nil {
					return err
				}
			}
			root, err := tlog.TreeHash(tree.size, tree)
			if err != nil {
				return fmt.Errorf("find the root at size %d: %w", tree.size, err)
			}
			signed, at, err := decide(transparency.Growth{Was: was, Size: tree.size, Root: root, At: func(size int64) (tlog.Hash, error) { return tlog.TreeHash(size, tree) }})
			if err != nil {
				return err
			}
			if err := q.AddCheckpoint(ctx, gen.AddCheckpointParams{Size: tree.size, Root: root.String(), Note: signed, SignedAt: micros(at)}); err != nil {
				return fmt.Errorf("keep the checkpoint of size %d: %w", tree.size, err)
			}
			head, err = findHead(ctx, q)
			return err
		})
	})
	if err != nil {
		return transparency.Head{}, 0, err
	}
	if foreign > 0 {
		return head, placed, transparency.Foreign(foreign)
	}
	return head, placed, nil
}

// ownWaiting lists what waits for its place and was recorded by the portal, at
// most limit of it, and counts what was not on the way there: that stays where it
// is, for a person to look at (docs/transparency.md).
func ownWaiting(ctx context.Context, q *queries, limit int) (own []gen.ListQueueRow, foreign int, err error) {
	after := ""
	for len(own) < limit {
		rows, err := q.ListQueue(ctx, gen.ListQueueParams{Event: after, Limit: int32(limit)})
		if err != nil {
			return nil, 0, fmt.Errorf("list what waits for the log: %w", err)
		}
		for _, row := range rows {
			switch {
			case !q.acts.Made(transparency.Leaf(row.Leaf), row.Mac):
				foreign++
			case len(own) < limit:
				own = append(own, row)
			}
			after = row.Event
		}
		if len(rows) < limit {
			break
		}
	}
	return own, foreign, nil
}

// growing is a tree under way in a transaction: what was read and written is
// remembered, because the next entry needs it again.
type growing struct {
	ctx   context.Context
	q     *queries
	size  int64
	fresh map[int64]tlog.Hash
}

// ReadHashes reads stored hashes.
func (g *growing) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, 0, len(indexes))
	for _, n := range indexes {
		if hash, known := g.fresh[n]; known {
			out = append(out, hash)
			continue
		}
		hash, err := readHash(g.ctx, g.q, n)
		if err != nil {
			return nil, err
		}
		g.fresh[n] = hash
		out = append(out, hash)
	}
	return out, nil
}

func readHash(ctx context.Context, q *queries, n int64) (tlog.Hash, error) {
	bytes, err := q.FindHash(ctx, n)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("read hash %d of the log: %w", n, err)
	}
	return tlog.Hash(bytes), nil
}

func (g *growing) add(event string, leaf transparency.Leaf) error {
	hashes, err := tlog.StoredHashesForRecordHash(g.size, leaf.Hash(), g)
	if err != nil {
		return fmt.Errorf("hash entry %d: %w", g.size, err)
	}
	at := tlog.StoredHashIndex(0, g.size)
	for i, hash := range hashes {
		n := at + int64(i)
		if err := g.q.AddHash(g.ctx, gen.AddHashParams{N: n, Hash: hash[:]}); err != nil {
			return grown(err, "add hash", n)
		}
		g.fresh[n] = hash
	}
	if err := g.q.AddEntry(g.ctx, gen.AddEntryParams{N: g.size, Event: event}); err != nil {
		return grown(err, "add entry", g.size)
	}
	g.size++
	if err := g.q.Unqueue(g.ctx, event); err != nil {
		return fmt.Errorf("take entry %d out of the queue: %w", g.size, err)
	}
	return nil
}

// grown turns a place that somebody else took meanwhile into another try.
func grown(err error, what string, n int64) error {
	if taken(err) {
		return errRetry
	}
	return fmt.Errorf("%s %d: %w", what, n, err)
}

// Cosigned tells the newest size a witness has signed.
func (s Log) Cosigned(ctx context.Context, pass access.Pass, witness string) (int64, error) {
	if err := national(pass); err != nil {
		return 0, err
	}
	size, err := s.DB.read.FindCosigned(ctx, witness)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("find what %s has signed: %w", witness, err)
	}
	return size, nil
}

// AddCosignature keeps a witness's line.
func (s Log) AddCosignature(ctx context.Context, pass access.Pass, size int64, witness, line string, at int64) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		kept, err := q.ListCosignatures(ctx, size)
		if err != nil {
			return fmt.Errorf("list cosignatures of size %d: %w", size, err)
		}
		for _, k := range kept {
			if k.Witness == witness {
				return nil
			}
		}
		if err := q.AddCosignature(ctx, gen.AddCosignatureParams{Size: size, Witness: witness, Line: line, At: at}); err != nil {
			return grown(err, "add cosignature of size", size)
		}
		return nil
	})
}

// Publish records that a checkpoint has its quorum.
func (s Log) Publish(ctx context.Context, pass access.Pass, size int64, at time.Time) error {
	if err := national(pass); err != nil {
		return err
	}
	shown := func(q *queries) (bool, error) {
		newest, err := q.FindPublished(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, fmt.Errorf("find the published checkpoint: %w", err)
		}
		return err == nil && newest >= size, nil
	}
	if done, err := shown(s.DB.read); done || err != nil { // as nearly always: no transaction for that
		return err
	}
	err := s.DB.write(ctx, func(q *queries) error {
		if done, err := shown(q); done || err != nil {
			return err // nil: another program was quicker
		}
		return q.Publish(ctx, gen.PublishParams{Size: size, PublishedAt: micros(at)})
	})
	if taken(err) {
		return nil // another program was quicker
	}
	return err
}

// Renew records an act of the log's own.
func (s Log) Renew(ctx context.Context, pass access.Pass, e event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	err := s.DB.write(ctx, func(q *queries) error {
		if _, err := q.FindPlace(ctx, e.ID); !errors.Is(err, sql.ErrNoRows) {
			return err // nil: another program was quicker
		}
		return addEvents(ctx, q, e)
	})
	if taken(err) {
		return nil // likewise
	}
	return err
}

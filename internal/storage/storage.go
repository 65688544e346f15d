// Package storage keeps every feature's records, on SQLite or PostgreSQL, from
// one SQL text. The domain says what changes, storage says when it is atomic:
// no exported method takes a transaction. Every method asks for an access.Pass
// and scopes its SQL by it.
package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/pressly/goose/v3"

	"countersign/db"
	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// DB is one database, with a pool for reading and one for writing. On SQLite
// the writing pool is a single connection, so writers queue instead of
// failing; on PostgreSQL both are the same pool.
type DB struct {
	reader, writer *sql.DB
	read, change   *queries
	acts           actKey
	dialect        dialect
	memory         memory
}

// errRetry asks write to run the whole decision again: somebody else changed
// the record between reading and writing.
var errRetry = errors.New("the record changed meanwhile")

// tries bounds how often a lost race is run again before it is an error.
const tries = 40

// hasty is how many of them follow at once: most races are lost to one other
// writer. Those after wait a little, each another time.
const hasty = 3

// Open connects to "sqlite:PATH" or "postgres://…". It refuses a database
// whose schema is not this program's: migrate first. Something that ought to
// exist is never created here by accident. Without an act key everything can be
// read, and no accountable act recorded.
func Open(ctx context.Context, address string, acts transparency.ActKey) (*DB, error) {
	d, err := connect(ctx, address, false)
	if err != nil {
		return nil, err
	}
	d.acts = actKey{acts}
	err = d.prepare(ctx)
	if err == nil {
		err = d.acquainted(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// acquainted refuses an act key that did not make the first entry of the log, or
// while there is none the first that waits for it: what it recorded would be taken
// for a stranger's.
func (d *DB) acquainted(ctx context.Context) error {
	if !d.acts.Set() {
		return nil
	}
	first, err := d.read.FindFirstEntry(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		var waits gen.FindFirstQueuedRow
		waits, err = d.read.FindFirstQueued(ctx)
		first = gen.FindFirstEntryRow(waits)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("find the first entry of the log: %w", err)
	case !d.acts.Made(transparency.Leaf(first.Leaf), first.Mac):
		return errors.New("the act key is not the one that this database's log began with")
	}
	return nil
}

// Migrate brings the schema to this program's version, creating the database
// file when there is none. It reports each migration it applied.
func Migrate(ctx context.Context, address string, log *slog.Logger) error {
	d, err := connect(ctx, address, true)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // nothing is pending once goose has returned
	provider, err := d.migrations()
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, result := range results {
		log.Info("migrated", "migration", result.Source.Path, "took", result.Duration)
	}
	return nil
}

func (d *DB) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(db.Migrations, "migrations/"+d.dialect.folder)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	provider, err := d.dialect.provider(d.writer, files)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// prepare checks the schema and prepares every query once.
func (d *DB) prepare(ctx context.Context) error {
	if err := d.current(ctx); err != nil {
		return err
	}
	d.memory = newMemory()
	var err error
	if d.read, err = d.prepared(ctx, d.reader); err != nil {
		return err
	}
	d.change, err = d.prepared(ctx, d.writer)
	return err
}

// queries are the prepared statements, on a pool or in a transaction, and the
// key that acts are recorded with.
type queries struct {
	*gen.Queries
	acts actKey
}

func (d *DB) prepared(ctx context.Context, pool *sql.DB) (*queries, error) {
	q, err := gen.Prepare(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("prepare queries: %w", err)
	}
	return &queries{q, d.acts}, nil
}

func (q *queries) within(tx *sql.Tx) *queries { return &queries{q.WithTx(tx), q.acts} }

func (d *DB) current(ctx context.Context) error {
	provider, err := d.migrations()
	if err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if pending {
		return errors.New("the database is older than this program: run `countersign migrate` first")
	}
	return nil
}

// Ready tells whether the database answers, for the readiness probe.
func (d *DB) Ready(ctx context.Context) error { return d.reader.PingContext(ctx) }

// LastEventAt gives the moment of the newest event, for the readiness probe: a
// clock behind it does not sign. It is zero when there is none.
func (d *DB) LastEventAt(ctx context.Context) (time.Time, error) { return lastEventAt(ctx, d.read) }

// Close waits for work in hand and closes both pools.
func (d *DB) Close() error {
	var errs []error
	for _, q := range []*queries{d.read, d.change} {
		if q != nil {
			errs = append(errs, q.Close())
		}
	}
	if d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	return errors.Join(append(errs, d.writer.Close())...)
}

// write runs a decision in one transaction, and again after a lost race.
func (d *DB) write(ctx context.Context, decide func(q *queries) error) error {
	return d.run(func() error { return d.once(ctx, d.writer, nil, decide) })
}

// lean is write for decisions that lean on more records than they change: on
// PostgreSQL it is serialisable, so that what was read and changed meanwhile
// makes it decide again. On SQLite every writer is alone anyway.
func (d *DB) lean(ctx context.Context, decide func(q *queries) error) error {
	return d.run(func() error { return d.once(ctx, d.writer, d.dialect.leaning, decide) })
}

// sign is lean for a signature, which an appointment ended meanwhile, or an
// attempt used, must stop. The decision is also given the moment of the newest
// event and which appointments of the person the record vouches for. Those are
// read on the transaction's own connection in the instant before it begins: the
// record is only added to, and read inside, every signature would lean on what
// every other one writes to, so that PostgreSQL would let only one of those at
// work at once through. Nothing is decided for somebody whose name is not the one
// on the record: a document would carry it (abuse case T57).
func (d *DB) sign(ctx context.Context, who access.Actor, decide func(q *queries, last time.Time, vouched vouchers) error) error {
	return d.run(func() error {
		connection, err := d.writer.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connect to sign: %w", err)
		}
		defer func() { _ = connection.Close() }() // gives it back to the pool
		before := &queries{gen.New(connection), d.acts}
		last, err := lastEventAt(ctx, before)
		if err != nil {
			return err
		}
		vouched, err := findVouchers(ctx, before, who.ID)
		if err != nil {
			return err
		}
		return d.once(ctx, connection, d.dialect.leaning, func(q *queries) error {
			vouched := vouched
			err := underOwnName(ctx, q, who, vouched)
			if errors.Is(err, attestation.ErrName) { // or it was changed since that was read
				if vouched, err = findVouchers(ctx, q, who.ID); err == nil {
					err = underOwnName(ctx, q, who, vouched)
				}
			}
			if err != nil {
				return err
			}
			return decide(q, last, vouched)
		})
	})
}

// lastEventAt gives the moment of the newest event, zero when there is none.
func lastEventAt(ctx context.Context, q *queries) (time.Time, error) {
	at, err := q.FindLastEventAt(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	} else if err != nil {
		return time.Time{}, fmt.Errorf("find the newest event: %w", err)
	}
	return instant(at), nil
}

func (d *DB) run(act func() error) error {
	for try := 1; ; try++ {
		err := act()
		if err == nil || try == tries || !(errors.Is(err, errRetry) || d.dialect.lostRace(err)) {
			return err
		}
		if try > hasty {
			time.Sleep(rand.N(time.Duration(try) * time.Millisecond))
		}
	}
}

// beginner starts transactions: a pool, or one connection of it.
type beginner interface {
	BeginTx(ctx context.Context, how *sql.TxOptions) (*sql.Tx, error)
}

func (d *DB) once(ctx context.Context, from beginner, how *sql.TxOptions, decide func(q *queries) error) error {
	return d.within(ctx, from, how, func(_ *sql.Tx, q *queries) error { return decide(q) })
}

// onceAlone is once for what takes the dialect's lock first: decide is given the
// transaction for it.
func (d *DB) onceAlone(ctx context.Context, decide func(tx *sql.Tx, q *queries) error) error {
	return d.within(ctx, d.writer, nil, decide)
}

func (d *DB) within(ctx context.Context, from beginner, how *sql.TxOptions, decide func(tx *sql.Tx, q *queries) error) error {
	tx, err := from.BeginTx(ctx, how)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing; after a failure the first error counts
	if err := decide(tx, d.change.within(tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// changed turns "no row matched the version" into another try.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return errRetry
	}
	return err
}

// addEvents writes the record of an act, in the act's own transaction, and
// tells readers that what they remember of these organisations is over.
func addEvents(ctx context.Context, q *queries, events ...event.Event) error {
	if err := noteEvents(ctx, q, events...); err != nil {
		return err
	}
	about := make([]string, 0, len(events))
	for _, e := range events {
		if err := commit(ctx, q, e); err != nil {
			return err
		}
		about = append(about, code(e.Organisation))
	}
	return moveMarks(ctx, q, about)
}

// noteEvents writes events that change nothing a page remembers: somebody
// signed in, signed out, or was signed out by their provider.
func noteEvents(ctx context.Context, q *queries, events ...event.Event) error {
	for _, e := range events {
		err := q.AddEvent(ctx, gen.AddEventParams{
			ID: e.ID, At: micros(e.At), Actor: e.ActorID, ActorName: e.ActorName, Office: string(e.Office),
			Organisation: string(e.Organisation), Kind: e.Kind, Thing: e.Thing, Detail: e.Detail, Digest: e.Digest,
		})
		if err != nil {
			return fmt.Errorf("add event %q: %w", e.Kind, err)
		}
	}
	return nil
}

// national refuses a read across organisations under a narrower decision.
func national(pass access.Pass) error {
	if !pass.National() {
		return access.ErrNotFound
	}
	return nil
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func maybeMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func maybeInstant(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return instant(micros.Int64)
}

// maybeText makes an empty text absent, where a column refers to another table.
func maybeText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// encode writes a small list or record as JSON text. The values are our own
// plain types, for which encoding cannot fail.
func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("encode " + fmt.Sprintf("%T", value) + ": " + err.Error())
	}
	return string(text)
}

func decode[T any](text, what string) (T, error) {
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return value, fmt.Errorf("read stored %s: %w", what, err)
	}
	return value, nil
}

// found turns "no rows" into the feature's own fault.
func found(err, unknown error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return unknown
	}
	if err != nil {
		return fmt.Errorf("find %s: %w", what, err)
	}
	return nil
}

func code(c organisation.Code) string { return string(c) }

// decided refuses a pass that Check did not make, where the record asked for
// belongs to no organisation and the SQL has nothing to be scoped by.
func decided(pass access.Pass) error {
	if pass.Verb() == "" {
		return access.ErrNotFound
	}
	return nil
}

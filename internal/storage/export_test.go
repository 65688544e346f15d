package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"sync"
	"testing"

	"countersign/internal/transparency"
)

// Calls counts which named queries ran.
type Calls struct {
	lock  sync.Mutex
	count map[string]int
}

// Count says how often a query ran.
func (c *Calls) Count(query string) int {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.count[query]
}

var named = regexp.MustCompile(`^-- name: (\w+) `)

func (c *Calls) ran(text string) {
	name := named.FindStringSubmatch(text)
	if name == nil {
		return
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.count == nil {
		c.count = map[string]int{}
	}
	c.count[name[1]]++
}

// OpenCounted is Open with every query counted as it runs.
func OpenCounted(t testing.TB, address string, acts transparency.ActKey, calls *Calls) *DB {
	t.Helper()
	d, err := connect(t.Context(), address, false)
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	d.acts = actKey{acts}
	same := d.reader == d.writer
	writer := counted(t, d.writer, calls)
	if same {
		d.reader, d.writer = writer, writer
	} else {
		writer.SetMaxOpenConns(1)
		d.reader, d.writer = counted(t, d.reader, calls), writer
	}
	if err := d.prepare(t.Context()); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	if err := d.acquainted(t.Context()); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// counted is a pool that borrows its connections from another one, so that it
// connects exactly as the program does.
func counted(t testing.TB, inner *sql.DB, calls *Calls) *sql.DB {
	t.Cleanup(func() { _ = inner.Close() }) // after the pool that borrows from it
	return sql.OpenDB(lender{inner, calls})
}

type lender struct {
	inner *sql.DB
	calls *Calls
}

func (l lender) Driver() driver.Driver { return l.inner.Driver() }

func (l lender) Connect(context.Context) (driver.Conn, error) {
	held, err := l.inner.Conn(context.Background()) // it outlives the query that asked for it
	if err != nil {
		return nil, err
	}
	conn := &borrowed{held: held, calls: l.calls}
	err = held.Raw(func(c any) error { conn.full = c.(full); return nil })
	return conn, err
}

// full is what both drivers offer and this test relies on. Direct queries are
// left out on purpose: database/sql then prepares, and preparing is counted.
type full interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
}

type borrowed struct {
	full
	held  *sql.Conn
	calls *Calls
}

func (b *borrowed) Close() error { return b.held.Close() }

func (b *borrowed) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := b.full.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (b *borrowed) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	s, err := b.full.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &counting{Stmt: s, text: text, calls: b.calls}, nil
}

type counting struct {
	driver.Stmt
	text  string
	calls *Calls
}

func (c *counting) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	c.calls.ran(c.text)
	return c.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (c *counting) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	c.calls.ran(c.text)
	return c.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// Raw is the writing pool, for tests that go behind the stores' backs.
func (d *DB) Raw() *sql.DB { return d.writer }

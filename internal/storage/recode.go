package storage

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// recodePage is how many rows one transaction of Recode goes through.
const recodePage = 5000

// Recode makes the codes of the log's entries, of logins and of appointments anew
// with the secret in use, so that those of before are worth nothing once they are
// taken out of the act key's file. What no secret made, or the record does not
// vouch for, stays as it is. A session keeps its code: it ends with the secret.
// Each transaction that changed something has its event; interrupted, it goes on
// when it is called again.
func (s Log) Recode(ctx context.Context, pass access.Pass, said func(codes int, of string) event.Event) (transparency.Recoded, error) {
	if err := national(pass); err != nil {
		return transparency.Recoded{}, err
	}
	if !s.DB.acts.Set() {
		return transparency.Recoded{}, ErrNoActKey
	}
	r := recoding{db: s.DB, said: said}
	// What waits first: whatever gets its place meanwhile is among the entries. With
	// any of it, rows about people are left alone, since it could vouch for them.
	for _, step := range []func(context.Context) error{
		r.waiting,
		r.entries,
		func(ctx context.Context) error { return recodeRows(ctx, &r, loginRows, loginCode) },
		func(ctx context.Context) error { return recodeRows(ctx, &r, appointmentRows, appointmentCode) },
	} {
		if err := step(ctx); err != nil {
			return r.all, err
		}
	}
	return r.all, nil
}

// recoding is codes being made anew, and what became of them so far.
type recoding struct {
	db   *DB
	said func(codes int, of string) event.Event
	all  transparency.Recoded
}

// step goes through some codes in a transaction of its own.
func (r *recoding) step(ctx context.Context, of string, recode func(*queries) (transparency.Recoded, error)) error {
	var done transparency.Recoded
	err := r.db.write(ctx, func(q *queries) error {
		var err error
		if done, err = recode(q); err != nil || done.Anew == 0 {
			return err
		}
		return addEvents(ctx, q, r.said(done.Anew, of))
	})
	if err == nil {
		r.all.Anew, r.all.Foreign = r.all.Anew+done.Anew, r.all.Foreign+done.Foreign
	}
	return err
}

func (r *recoding) entries(ctx context.Context) error {
	head, err := findHead(ctx, r.db.read)
	if err != nil {
		return err
	}
	for from := int64(0); from < head.Size; from += recodePage {
		to := min(from+recodePage, head.Size)
		err := r.step(ctx, fmt.Sprintf("entries %d to %d", from, to-1), func(q *queries) (transparency.Recoded, error) { return recodeEntries(ctx, q, from, to) })
		if err != nil {
			return err
		}
	}
	return nil
}

func recodeEntries(ctx context.Context, q *queries, from, to int64) (transparency.Recoded, error) {
	var done transparency.Recoded
	rows, err := q.ListCodes(ctx, gen.ListCodesParams{N: from, N_2: to})
	if err != nil {
		return done, fmt.Errorf("list the codes of entries %d to %d: %w", from, to-1, err)
	}
	for _, row := range rows {
		leaf := transparency.Leaf(row.Leaf)
		if q.acts.Current(leaf, row.Mac) {
			continue
		}
		if kept, err := readHash(ctx, q, tlog.StoredHashIndex(0, row.N)); err != nil {
			return done, err
		} else if !q.acts.Made(leaf, row.Mac) || kept != leaf.Hash() {
			done.Foreign++
			continue
		}
		if err := changed(q.ChangeCode(ctx, gen.ChangeCodeParams{Code: q.acts.Code(leaf), Event: row.Event, Was: row.Mac})); err != nil {
			return done, fmt.Errorf("make the code of entry %d anew: %w", row.N, err)
		}
		done.Anew++
	}
	return done, nil
}

// coded is what a row's code is of, the code, and how it is exchanged.
type coded struct {
	text, mac string
	change    func(ctx context.Context, q *queries, code string) (int64, error)
}

func loginCode(row gen.Login) coded {
	return coded{toLogin(row).Row(), row.Mac, func(ctx context.Context, q *queries, code string) (int64, error) {
		return q.ChangeLoginCode(ctx, gen.ChangeLoginCodeParams{Code: code, ID: row.ID, Was: row.Mac})
	}}
}

func appointmentCode(row gen.Appointment) coded {
	return coded{toHeld(row).Record(), row.Mac, func(ctx context.Context, q *queries, code string) (int64, error) {
		return q.ChangeAppointmentCode(ctx, gen.ChangeAppointmentCodeParams{Code: code, ID: row.ID, Was: row.Mac})
	}}
}

// recodeRows goes through a table about people. A row that is not as the record
// says keeps the code it has.
func recodeRows[R any](ctx context.Context, r *recoding, t aboutPeople[R], of func(R) coded) error {
	if r.all.Waiting > 0 {
		return nil
	}
	for after := ""; ; {
		var last string
		err := r.step(ctx, t.what, func(q *queries) (transparency.Recoded, error) {
			var done transparency.Recoded
			var err error
			last, err = t.page(ctx, q, after, recodePage, func(row R, how audit.Record) error {
				c := of(row)
				switch {
				case q.acts.RowCurrent(c.text, c.mac):
					return nil
				case how.Vouched != how.Digest:
					done.Foreign++
					return nil
				}
				done.Anew++
				return changed(c.change(ctx, q, q.acts.RowCode(c.text)))
			})
			return done, err
		})
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}

// waiting counts what waits for its place with a code of an earlier secret.
func (r *recoding) waiting(ctx context.Context) error {
	return paged("", func(after string) ([]gen.ListQueueRow, error) {
		rows, err := r.db.read.ListQueue(ctx, gen.ListQueueParams{Event: after, Limit: auditPage})
		return rows, wrapped(err, "list what waits for the log")
	}, func(q gen.ListQueueRow) string { return q.Event }, func(q gen.ListQueueRow) error {
		if leaf := transparency.Leaf(q.Leaf); r.db.acts.Made(leaf, q.Mac) && !r.db.acts.Current(leaf, q.Mac) {
			r.all.Waiting++
		}
		return nil
	})
}

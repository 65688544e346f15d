package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/notification"
	"countersign/internal/storage/gen"
)

// Jobs keeps work that waits. What a piece of work is about is changed by the
// features; here only how far it got.
type Jobs struct{ DB *DB }

func worker(pass access.Pass) error {
	if pass.Verb() != access.RunJobs {
		return access.ErrNotFound
	}
	return national(pass)
}

// Due tells whether something of a kind can be taken up.
func (s Jobs) Due(ctx context.Context, pass access.Pass, kind notification.Kind, now time.Time) (bool, error) {
	if err := worker(pass); err != nil {
		return false, err
	}
	due, err := s.DB.read.IsWorkDue(ctx, gen.IsWorkDueParams{Kind: string(kind), RunAt: micros(now)})
	if err != nil {
		return false, fmt.Errorf("look for work: %w", err)
	}
	return due == 1, nil
}

// claimText is one claim of work that is ready, or whose lease has run out.
// The outer condition holds again what the inner one found, because PostgreSQL
// looks at a row again after waiting for it.
const claimText = `update job set state = 'running', attempt = attempt + 1, lease_until = $1
 where (state = 'ready' or (state = 'running' and lease_until <= $2)) and id in (
       select j.id from job j
        where j.kind = $3 and ((j.state = 'ready' and j.run_at <= $2) or (j.state = 'running' and j.lease_until <= $2))
        order by j.run_at, j.id limit $4 `

const claimReturns = `) returning id, kind, payload, made_at, run_at, attempt`

// Claim takes up to so many pieces of work until an instant, the longest due
// first. No two claims get the same piece before that instant.
func (s Jobs) Claim(ctx context.Context, pass access.Pass, kind notification.Kind, now, until time.Time, limit int) ([]notification.Work, error) {
	if err := worker(pass); err != nil {
		return nil, err
	}
	var list []notification.Work
	err := s.DB.run(func() error {
		list = nil
		rows, err := s.DB.writer.QueryContext(ctx, claimText+s.DB.dialect.skipLocked+claimReturns, micros(until), micros(now), string(kind), limit)
		if err != nil {
			return fmt.Errorf("claim work: %w", err)
		}
		defer func() { _ = rows.Close() }() // read to the end below
		for rows.Next() {
			var w notification.Work
			var made, run int64
			if err := rows.Scan(&w.ID, &w.Kind, &w.Payload, &made, &run, &w.Attempt); err != nil {
				return fmt.Errorf("read claimed work: %w", err)
			}
			w.MadeAt, w.RunAt, w.LeaseUntil = instant(made), instant(run), until
			list = append(list, w)
		}
		return rows.Err()
	})
	slices.SortFunc(list, func(a, b notification.Work) int {
		if c := a.RunAt.Compare(b.RunAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, err
}

// Finish records that work is done. What somebody else has taken up meanwhile
// is left alone, and said: notification.ErrLost.
func (s Jobs) Finish(ctx context.Context, pass access.Pass, done []notification.Work, at time.Time) error {
	if err := worker(pass); err != nil {
		return err
	}
	var lost error
	err := s.DB.write(ctx, func(q *queries) error {
		lost = nil
		for _, w := range done {
			n, err := q.FinishJob(ctx, gen.FinishJobParams{ID: w.ID, Attempt: w.Attempt, EndedAt: maybeMicros(at)})
			if err != nil {
				return fmt.Errorf("finish work: %w", err)
			}
			if n == 0 {
				lost = notification.ErrLost
			}
		}
		return nil
	})
	return errors.Join(err, lost)
}

// Retry puts work back until an instant.
func (s Jobs) Retry(ctx context.Context, pass access.Pass, w notification.Work, why string, at time.Time) error {
	return s.leave(ctx, pass, func(q *queries) (int64, error) {
		return q.RetryJob(ctx, gen.RetryJobParams{ID: w.ID, Attempt: w.Attempt, Fault: why, RunAt: micros(at)})
	})
}

// Bury gives work up: it stays for people to see.
func (s Jobs) Bury(ctx context.Context, pass access.Pass, w notification.Work, why string, at time.Time) error {
	return s.leave(ctx, pass, func(q *queries) (int64, error) {
		return q.BuryJob(ctx, gen.BuryJobParams{ID: w.ID, Attempt: w.Attempt, Fault: why, EndedAt: maybeMicros(at)})
	})
}

func (s Jobs) leave(ctx context.Context, pass access.Pass, change func(*queries) (int64, error)) error {
	if err := worker(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		n, err := change(q)
		if err != nil {
			return fmt.Errorf("put work away: %w", err)
		}
		if n == 0 {
			return notification.ErrLost
		}
		return nil
	})
}

// Lead makes a holder the one who does what is named until an instant, unless
// another one is.
func (s Jobs) Lead(ctx context.Context, pass access.Pass, name, holder string, now, until time.Time) (bool, error) {
	if err := worker(pass); err != nil {
		return false, err
	}
	leads := false
	err := s.DB.write(ctx, func(q *queries) error {
		n, err := q.TakeLead(ctx, gen.TakeLeadParams{Name: name, Holder: holder, LeaseUntil: micros(until), Now: micros(now)})
		leads = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("ask who does %s: %w", name, err)
	}
	return leads, nil
}

// Sweep forgets work that was done before an instant, a thousand pieces at a
// time, and tells how many.
func (s Jobs) Sweep(ctx context.Context, pass access.Pass, before time.Time) (int64, error) {
	if err := worker(pass); err != nil {
		return 0, err
	}
	var n int64
	err := s.DB.write(ctx, func(q *queries) (err error) {
		n, err = q.SweepJobs(ctx, maybeMicros(before))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep work that is done: %w", err)
	}
	return n, nil
}

// addWork writes work in the transaction of what it follows from. The same
// work again is no other.
func addWork(ctx context.Context, q *queries, w notification.Work) error {
	_, err := q.AddJob(ctx, gen.AddJobParams{ID: w.ID, Kind: string(w.Kind), Payload: w.Payload, MadeAt: micros(w.MadeAt), RunAt: micros(w.RunAt)})
	if err != nil {
		return fmt.Errorf("add work: %w", err)
	}
	return nil
}

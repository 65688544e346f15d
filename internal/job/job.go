// Package job does work that waits: it takes pieces up under a lease, tries
// again what failed, gives up in the end and says so, and lets one instance
// lead what is done by the clock. What a piece of work is, and whether it may
// be done, is the feature's business; where it waits is storage's.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/internal/access"
	"countersign/internal/notification"
	"countersign/internal/organisation"
)

// Store keeps work. Between Claim and the instant it names, nobody else gets
// the same piece; Finish, Retry and Bury are refused with notification.ErrLost
// once somebody else has it.
type Store interface {
	Due(ctx context.Context, pass access.Pass, kind notification.Kind, now time.Time) (bool, error)
	Claim(ctx context.Context, pass access.Pass, kind notification.Kind, now, until time.Time, limit int) ([]notification.Work, error)
	Finish(ctx context.Context, pass access.Pass, done []notification.Work, at time.Time) error
	Retry(ctx context.Context, pass access.Pass, w notification.Work, why string, at time.Time) error
	Bury(ctx context.Context, pass access.Pass, w notification.Work, why string, at time.Time) error
	Lead(ctx context.Context, pass access.Pass, name, holder string, now, until time.Time) (bool, error)
}

// Do does one piece of work. It may be asked again for the same piece, when
// nobody could record that it was done. Its error is kept and logged, so it
// names nobody and quotes nobody.
type Do func(ctx context.Context, w notification.Work) error

// Duty is something done again and again by one instance: the leader.
type Duty struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error
}

// Pace says how much is done at once, and how patiently.
type Pace struct {
	Idle    time.Duration // between looking for work when there is none
	Lease   time.Duration // how long a piece is ours; trying it takes at most half of that
	Batch   int           // pieces of a kind taken up at once
	Width   int           // pieces tried at the same time
	First   time.Duration // before the second try; it doubles each time
	Longest time.Duration // and is never more than this
	GiveUp  time.Duration // after this, and enough tries, work is given up
	Tries   int64         // how many are enough
}

// Usual is the pace of a real service. A mail server may be away for the three
// days of a long weekend and nothing is given up.
var Usual = Pace{Idle: time.Second, Lease: 3 * time.Minute, Batch: 40, Width: 8, First: 5 * time.Second, Longest: 15 * time.Minute, GiveUp: 5 * 24 * time.Hour, Tries: 10}

// Runner does the work it knows how to do. Work of other kinds is left alone.
type Runner struct {
	Store  Store
	Does   map[notification.Kind]Do
	Duties []Duty
	Name   string // of this instance
	Pace   Pace
	Now    func() time.Time
	Random func() float64 // from 0 to below 1
	Log    *slog.Logger

	next map[string]time.Time // when each duty is looked at again
}

// actor takes work up. What the work does is done in the feature's own name.
var actor = access.PortalActor("worker")

// Run works until the context is done. Work in hand is finished first.
func (r *Runner) Run(ctx context.Context) {
	down := false
	for ctx.Err() == nil {
		worked, err := r.Round(ctx)
		if err != nil && !down && ctx.Err() == nil {
			r.Log.Error("work that waits could not be looked at: it is tried again", "cause", err)
		}
		down = err != nil
		if worked > 0 && !down {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.Pace.Idle):
		}
	}
}

// Round looks once at the duties and at every kind of work, and tells how many
// pieces were taken up.
func (r *Runner) Round(ctx context.Context) (int, error) {
	pass, err := access.Check(actor, access.RunJobs, organisation.National)
	if err != nil {
		return 0, err
	}
	errs := []error{r.lead(ctx, pass)}
	worked := 0
	for _, kind := range slices.Sorted(maps.Keys(r.Does)) {
		now := r.Now()
		due, err := r.Store.Due(ctx, pass, kind, now) // a look costs less than a claim that finds nothing
		errs = append(errs, err)
		if !due || ctx.Err() != nil {
			continue
		}
		claimed, err := r.Store.Claim(ctx, pass, kind, now, now.Add(r.Pace.Lease), r.Pace.Batch)
		errs = append(errs, err)
		worked += len(claimed)
		errs = append(errs, r.work(ctx, pass, claimed))
	}
	return worked, errors.Join(errs...)
}

// work tries every piece, several at a time, and records together those that
// were done. What it records is recorded even while the program is stopping.
func (r *Runner) work(ctx context.Context, pass access.Pass, claimed []notification.Work) error {
	var group sync.WaitGroup
	var mutex sync.Mutex
	var done []notification.Work
	var errs []error
	free := make(chan struct{}, max(1, r.Pace.Width))
	record := context.WithoutCancel(ctx)
	for _, w := range claimed {
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			finished, err := r.try(ctx, record, pass, w)
			mutex.Lock()
			defer mutex.Unlock()
			if finished {
				done = append(done, w)
			}
			errs = append(errs, err)
		})
	}
	group.Wait()
	if len(done) > 0 {
		errs = append(errs, withoutLost(r.Store.Finish(record, pass, done, r.Now())))
	}
	return errors.Join(errs...)
}

// try does one piece, and puts it away when it failed. A piece that waited so
// long for its turn that its lease could end meanwhile is put back.
func (r *Runner) try(ctx, record context.Context, pass access.Pass, w notification.Work) (finished bool, err error) {
	now, half := r.Now(), r.Pace.Lease/2
	if ctx.Err() != nil || w.LeaseUntil.Sub(now) < half {
		return false, withoutLost(r.Store.Retry(record, pass, w, "", now))
	}
	w.Last = w.Attempt >= r.Pace.Tries && now.Sub(w.MadeAt) >= r.Pace.GiveUp
	limited, cancel := context.WithTimeout(ctx, half)
	defer cancel()
	failure := r.safely(limited, w)
	if failure == nil {
		return true, nil
	}
	if errors.Is(failure, notification.ErrLost) {
		return false, nil // whoever has it now says what became of it
	}
	if _, hopeless := errors.AsType[notification.Hopeless](failure); hopeless || w.Last {
		r.Log.Error("work was given up", "work", w.ID, "kind", w.Kind, "tries", w.Attempt, "cause", failure)
		return false, withoutLost(r.Store.Bury(record, pass, w, failure.Error(), r.Now()))
	}
	r.Log.Debug("work is tried again", "work", w.ID, "kind", w.Kind, "tries", w.Attempt, "cause", failure)
	return false, withoutLost(r.Store.Retry(record, pass, w, failure.Error(), r.Now().Add(r.pause(w.Attempt))))
}

// safely turns a defect in one piece of work into its failure: the others go
// on.
func (r *Runner) safely(ctx context.Context, w notification.Work) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("a defect stopped %s: %v", w.Kind, found)
		}
	}()
	return r.Does[w.Kind](ctx, w)
}

// pause is how long to wait after a try: twice as long each time, and a
// quarter more or less, so that what failed together does not return together.
func (r *Runner) pause(attempt int64) time.Duration {
	pause := r.Pace.First
	for range min(attempt-1, 30) {
		pause = min(2*pause, r.Pace.Longest)
	}
	return time.Duration(float64(pause) * (0.75 + r.Random()/2))
}

func withoutLost(err error) error {
	if errors.Is(err, notification.ErrLost) {
		return nil
	}
	return err
}

// lead does the duties whose time has come, where this instance leads.
func (r *Runner) lead(ctx context.Context, pass access.Pass) error {
	if r.next == nil {
		r.next = map[string]time.Time{}
	}
	var errs []error
	for _, duty := range r.Duties {
		now := r.Now()
		if now.Before(r.next[duty.Name]) || ctx.Err() != nil {
			continue
		}
		r.next[duty.Name] = now.Add(duty.Every)
		leads, err := r.Store.Lead(ctx, pass, duty.Name, r.Name, now, now.Add(2*duty.Every))
		if err == nil && leads {
			err = duty.Do(ctx)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", duty.Name, err))
		}
	}
	return errors.Join(errs...)
}

package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/access"
	"countersign/internal/job"
	"countersign/internal/notification"
)

// list is a store in memory: what it promises of races is tested where real
// databases are, in storagetest.
type list struct {
	mutex  sync.Mutex
	work   []notification.Work
	ready  map[string]time.Time
	done   []string
	buried map[string]string
	pauses []time.Duration
	leads  string
}

func (l *list) Due(_ context.Context, _ access.Pass, kind notification.Kind, now time.Time) (bool, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, w := range l.work {
		if at, ok := l.ready[w.ID]; ok && w.Kind == kind && !at.After(now) {
			return true, nil
		}
	}
	return false, nil
}

func (l *list) Claim(_ context.Context, _ access.Pass, kind notification.Kind, now, until time.Time, limit int) ([]notification.Work, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var claimed []notification.Work
	for i := range l.work {
		w := &l.work[i]
		if at, ok := l.ready[w.ID]; ok && w.Kind == kind && !at.After(now) && len(claimed) < limit {
			w.Attempt++
			w.LeaseUntil = until
			delete(l.ready, w.ID)
			claimed = append(claimed, *w)
		}
	}
	return claimed, nil
}

func (l *list) Finish(_ context.Context, _ access.Pass, done []notification.Work, _ time.Time) error {
	for _, w := range done {
		l.done = append(l.done, w.ID)
	}
	return nil
}

func (l *list) Retry(_ context.Context, _ access.Pass, w notification.Work, _ string, at time.Time) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.ready[w.ID] = at
	l.pauses = append(l.pauses, at.Sub(w.LeaseUntil.Add(-job.Usual.Lease)))
	return nil
}

func (l *list) Bury(_ context.Context, _ access.Pass, w notification.Work, why string, _ time.Time) error {
	l.buried[w.ID] = why
	return nil
}

func (l *list) Lead(_ context.Context, _ access.Pass, _, holder string, _, _ time.Time) (bool, error) {
	if l.leads == "" {
		l.leads = holder
	}
	return l.leads == holder, nil
}

func runner(ids ...string) (*job.Runner, *list, *bytes.Buffer) {
	l := &list{ready: map[string]time.Time{}, buried: map[string]string{}}
	for _, id := range ids {
		l.work = append(l.work, notification.Work{ID: id, Kind: "try", MadeAt: time.Now()})
		l.ready[id] = time.Now()
	}
	var log bytes.Buffer
	return &job.Runner{Store: l, Does: map[notification.Kind]job.Do{}, Name: "one", Pace: job.Usual, Now: time.Now, Random: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, l, &log
}

// TestWorkIsTriedLessAndLessOftenAndThenGivenUp: the pauses double up to a
// quarter of an hour, and after five days it is a dead letter that is logged.
func TestWorkIsTriedLessAndLessOftenAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, l, log := runner("a")
		tries, last := 0, 0
		r.Does["try"] = func(_ context.Context, w notification.Work) error {
			tries++
			if w.Last {
				last++
			}
			return errors.New("nobody answers")
		}
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		go r.Run(ctx)
		time.Sleep(72 * time.Hour)
		synctest.Wait()
		if len(l.buried) > 0 {
			t.Fatalf("given up after %v", time.Since(began))
		}
		time.Sleep(49 * time.Hour)
		stop()
		synctest.Wait()
		if l.buried["a"] != "nobody answers" || last != 1 || !strings.Contains(log.String(), "work was given up") {
			t.Errorf("buried %v, the last try announced %d times\n%s", l.buried, last, log)
		}
		want := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 320 * time.Second, 640 * time.Second, 15 * time.Minute, 15 * time.Minute}
		for i, pause := range want {
			if l.pauses[i] != pause {
				t.Errorf("pause %d is %v, want %v", i+1, l.pauses[i], pause)
			}
		}
		if tries < 480 || tries > 500 {
			t.Errorf("%d tries in five days", tries)
		}
	})
}

// TestAWokenProgramTriesAgainBeforeItGivesUp: one that was switched off for a
// week does not give up what it has hardly tried.
func TestAWokenProgramTriesAgainBeforeItGivesUp(t *testing.T) {
	r, l, _ := runner("a")
	l.work[0].MadeAt = time.Now().AddDate(0, 0, -7)
	r.Does["try"] = func(context.Context, notification.Work) error { return errors.New("nobody answers") }
	for range job.Usual.Tries - 1 {
		if _, err := r.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.ready["a"] = time.Time{}
	}
	if len(l.buried) > 0 {
		t.Errorf("given up: %v", l.buried)
	}
	if _, err := r.Round(t.Context()); err != nil || len(l.buried) != 1 {
		t.Errorf("%v, %v", l.buried, err)
	}
}

func TestWhatBecomesOfWork(t *testing.T) {
	for claim, c := range map[string]struct {
		do     job.Do
		done   int
		again  int
		buried string
	}{
		"it worked": {func(context.Context, notification.Work) error { return nil }, 1, 0, ""},
		"it failed": {func(context.Context, notification.Work) error { return errors.New("later") }, 0, 1, ""},
		"it is hopeless": {func(context.Context, notification.Work) error {
			return notification.Hopeless{Cause: errors.New("never")}
		}, 0, 0, "never"},
		"a defect stopped it":      {func(context.Context, notification.Work) error { panic("nil map") }, 0, 1, ""},
		"somebody else has it now": {func(context.Context, notification.Work) error { return notification.ErrLost }, 0, 0, ""},
	} {
		t.Run(claim, func(t *testing.T) {
			r, l, _ := runner("a", "b")
			l.work[1].Kind = "unknown here"
			r.Does["try"] = c.do
			if worked, err := r.Round(t.Context()); err != nil || worked != 1 {
				t.Errorf("worked %d, %v", worked, err)
			}
			if len(l.done) != c.done || len(l.pauses) != c.again || l.buried["a"] != c.buried {
				t.Errorf("done %v, tried again %v, buried %v", l.done, l.pauses, l.buried)
			}
		})
	}
}

// TestStoppingFinishesWhatIsInHand: it is recorded, and what was not begun is
// put back at once.
func TestStoppingFinishesWhatIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, l, _ := runner("a", "b")
		r.Pace.Width = 1
		ctx, stop := context.WithCancel(t.Context())
		r.Does["try"] = func(context.Context, notification.Work) error {
			stop()
			time.Sleep(time.Second)
			return nil
		}
		r.Run(ctx)
		if len(l.done) != 1 || len(l.ready) != 1 {
			t.Errorf("done %v, put back %v", l.done, l.ready)
		}
	})
}

func TestOneLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, l, _ := runner()
		two, _, _ := runner()
		two.Store, two.Name = l, "two"
		did := map[string]int{}
		for _, r := range []*job.Runner{one, two} {
			r.Duties = []job.Duty{{Name: "ladder", Every: time.Minute, Do: func(context.Context) error { did[r.Name]++; return nil }}}
		}
		for range 120 {
			for _, r := range []*job.Runner{one, two} {
				if _, err := r.Round(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		if did["one"] != 2 || did["two"] != 0 {
			t.Errorf("in two minutes: %v", did)
		}
	})
}

package storagetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
)

func (h *House) working(t testing.TB) access.Pass {
	t.Helper()
	return h.pass(t, access.PortalActor("worker"), access.RunJobs, organisation.National)
}

// claim takes up to so much work of a kind for a minute.
func (h *House) claim(t testing.TB, kind notification.Kind, limit int) []notification.Work {
	t.Helper()
	work, err := h.Jobs.Claim(t.Context(), h.working(t), kind, h.Now(), h.Now().Add(time.Minute), limit)
	must(t, err)
	return work
}

// waiting is a house in which so many letters wait.
func (h *House) waiting(t testing.TB, n int) {
	t.Helper()
	var list []notification.Message
	for i := range n {
		list = append(list, notification.Message{ID: NewID(), Organisation: Here, Thing: "test/1", Purpose: notification.Test, MadeAt: h.Now(),
			Recipient: notification.Recipient{Name: "N", Address: fmt.Sprintf("n%d@trust.example", i)}})
	}
	_, err := h.Messages.Add(t.Context(), h.telling(t, organisation.National), list, nil, nil)
	must(t, err)
}

// working is what holds of work that waits.
var working = []promise{
	{"an alert is issued together with the work of telling people", func(t *testing.T, h *House) {
		id := h.issue(t)
		work := h.claim(t, notification.TellOfAlert, 10)
		if len(work) != 1 || work[0].Attempt != 1 {
			t.Fatalf("work: %+v", work)
		}
		if about, err := work[0].Subject(); err != nil || about.Alert != id {
			t.Errorf("it is about %+v, %v", about, err)
		}
		h.refused(t, alert.ErrIssued, func() error { return h.Alerts.Issue(t.Context(), h.at(approver), id) })
	}},
	{"of many who take up work, each piece is one's", func(t *testing.T, h *House) {
		h.waiting(t, 60)
		pass, taken := h.working(t), make([][]notification.Work, 8)
		errs := make([]error, len(taken))
		together(len(taken), func(i int) {
			for range 4 {
				var more []notification.Work
				more, errs[i] = h.Jobs.Claim(t.Context(), pass, notification.SendLetter, h.Now(), h.Now().Add(time.Minute), 5)
				taken[i] = append(taken[i], more...)
			}
		})
		must(t, errors.Join(errs...))
		had := map[string]bool{}
		for _, list := range taken {
			for _, w := range list {
				if had[w.ID] {
					t.Errorf("%s was taken up twice", w.ID)
				}
				had[w.ID] = true
			}
		}
		if had := len(had) + len(h.claim(t, notification.SendLetter, 100)); had != 60 {
			t.Errorf("%d of 60 pieces were taken up", had)
		}
	}},
	{"work whose lease has run out is taken up again, and is the second one's to finish", func(t *testing.T, h *House) {
		h.waiting(t, 1)
		pass, first := h.working(t), h.claim(t, notification.SendLetter, 1)
		h.Pass(time.Minute - time.Microsecond)
		if early := h.claim(t, notification.SendLetter, 1); len(early) > 0 {
			t.Fatal("it was taken up while it was somebody's")
		}
		h.Pass(time.Microsecond)
		due, err := h.Jobs.Due(t.Context(), pass, notification.SendLetter, h.Now())
		must(t, err)
		other, err := h.Jobs.Due(t.Context(), pass, notification.CallWebhook, h.Now())
		must(t, err)
		if !due || other {
			t.Errorf("letters due: %v, calls due: %v", due, other)
		}
		second := h.claim(t, notification.SendLetter, 1)
		if len(second) != 1 || second[0].Attempt != 2 {
			t.Fatalf("second: %+v", second)
		}
		h.refused(t, notification.ErrLost, func() error { return h.Jobs.Finish(t.Context(), pass, first, h.Now()) })
		h.refused(t, notification.ErrLost, func() error { return h.Jobs.Retry(t.Context(), pass, first[0], "late", h.Now()) })
		h.refused(t, notification.ErrLost, func() error { return h.Jobs.Bury(t.Context(), pass, first[0], "late", h.Now()) })
		must(t, h.Jobs.Finish(t.Context(), pass, second, h.Now()))
		h.refused(t, notification.ErrLost, func() error { return h.Jobs.Finish(t.Context(), pass, second, h.Now()) })
		h.Pass(time.Hour)
		if again := h.claim(t, notification.SendLetter, 1); len(again) > 0 {
			t.Errorf("what was done is done again: %+v", again)
		}
	}},
	{"work that failed waits for its time, and work given up stays to be seen", func(t *testing.T, h *House) {
		h.waiting(t, 2)
		pass, work := h.working(t), h.claim(t, notification.SendLetter, 2)
		must(t, h.Jobs.Retry(t.Context(), pass, work[0], "no answer", h.Now().Add(time.Hour)))
		must(t, h.Jobs.Bury(t.Context(), pass, work[1], "no hope", h.Now()))
		h.Pass(time.Hour - time.Microsecond)
		if early := h.claim(t, notification.SendLetter, 5); len(early) > 0 {
			t.Errorf("too early: %+v", early)
		}
		h.Pass(time.Microsecond)
		if again := h.claim(t, notification.SendLetter, 5); len(again) != 1 || again[0].ID != work[0].ID || again[0].Attempt != 2 {
			t.Errorf("again: %+v", again)
		}
		if n := h.count(t, "select count(*) from job where state = 'dead' and fault = 'no hope'"); n != 1 {
			t.Errorf("%d are given up", n)
		}
	}},
	{"one instance leads until its lease ends", func(t *testing.T, h *House) {
		pass := h.working(t)
		leads := func(holder string) bool {
			t.Helper()
			ok, err := h.Jobs.Lead(t.Context(), pass, "ladder", holder, h.Now(), h.Now().Add(time.Minute))
			must(t, err)
			return ok
		}
		if !leads("one") || leads("two") || !leads("one") {
			t.Error("the first does not lead alone")
		}
		h.Pass(time.Minute)
		if !leads("two") || leads("one") {
			t.Error("nobody took over when the lease ended")
		}
		errs := make([]error, 8)
		h.Pass(time.Hour)
		together(len(errs), func(i int) {
			ok, err := h.Jobs.Lead(t.Context(), pass, "digest", fmt.Sprint(i), h.Now(), h.Now().Add(time.Minute))
			if errs[i] = err; err == nil && !ok {
				errs[i] = notification.ErrLost
			}
		})
		oneSucceeds(t, errs, notification.ErrLost)
	}},
}

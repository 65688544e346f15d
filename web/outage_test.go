package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"countersign/internal/access"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// TestT82: while the mail server is away nothing is lost and nothing is told
// twice, the portal says who has not been reached, and signing and answering
// go on. When it is back, everybody is told.
func TestT82(t *testing.T) {
	const trusts = 20
	c := newCountry(t, engines["SQLite"](t), trusts)
	s := c.open()
	c.server.Down()
	id := c.issue(s)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() { s.jobs.Run(ctx); close(ended) }()
	tries := func() (n int) {
		pass, err := access.Check(access.PortalActor("notifier"), access.TellPeople, "Z000")
		c.must(err)
		list, err := storage.Notifications{DB: s.db}.Of(t.Context(), pass, time.Time{}, 100)
		c.must(err)
		for _, m := range list {
			n = max(n, int(m.Attempts))
		}
		return n
	}
	c.until(func() bool { return tries() > 3 })
	deliveries, err := s.told.Deliveries(t.Context(), c.author, id)
	c.must(err)
	for org, d := range deliveries {
		if d.Waiting != peopleEach || d.Reached() || d.Lost() {
			t.Errorf("%s during the outage: %+v", org, d)
		}
	}
	if len(deliveries) != trusts || len(c.server.Letters()) != 0 {
		t.Errorf("%d organisations, %d letters", len(deliveries), len(c.server.Letters()))
	}
	c.server.Up(t)
	c.until(func() bool { return c.handedOver(s, id) > trusts })
	c.server.Down() // and away again, in the middle of it
	c.server.Up(t)
	c.until(func() bool { return c.handedOver(s, id) == trusts*peopleEach })
	stop()
	<-ended
	if twice := c.onceEach(trusts * peopleEach); len(twice) > s.jobs.Pace.Width {
		t.Errorf("told twice: %v", twice)
	}
}

// TestT72NothingIsLoggedOfALetter: no name, no address, no words of a
// publisher, of a mail server or of a webhook's answer reach the log, at its
// most talkative, however a letter ends.
func TestT72NothingIsLoggedOfALetter(t *testing.T) {
	c := newCountry(t, engines["SQLite"](t), 3)
	s := c.open()
	var log lockedLog
	s.jobs.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.jobs.Pace.Tries, s.jobs.Pace.GiveUp = 2, 0
	var refusing atomic.Bool
	c.server.Answer = func(to string) error {
		switch {
		case strings.HasPrefix(to, "person.0"):
			return &smtp.SMTPError{Code: 550, Message: "No mailbox " + to}
		case strings.HasPrefix(to, "person.1"), refusing.Load():
			return &smtp.SMTPError{Code: 451, Message: "Not now, " + to}
		}
		return nil
	}
	hook, err := s.told.AddWebhook(t.Context(), c.author, "https://soc.invalid/secret-path")
	c.must(err)
	id := c.issue(s)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() { s.jobs.Run(ctx); close(ended) }()
	c.until(func() bool {
		return strings.Count(log.String(), "work was given up") >= 4 && c.handedOver(s, id) == 3*5
	})
	refusing.Store(true)
	chased, err := s.told.Chase(t.Context(), c.author, id, []organisation.Code{"Z000"}, "The words of a publisher")
	c.must(err)
	if chased.Letters != 5 {
		t.Errorf("chased: %+v", chased)
	}
	c.until(func() bool { return strings.Count(log.String(), "work was given up") >= 8 })
	stop()
	<-ended
	for _, secret := range []string{"person", "@", ".example", "mailbox", "Not now", "publisher", "author", "soc.invalid", "secret-path", hook.Secret, "Hole in"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log.String())
		}
	}
}

// lockedLog is what several goroutines log to.
type lockedLog struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

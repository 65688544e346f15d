//go:build demo

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestDemonstrationIsInOrder: neither fsck nor the watch finds anything in what
// was made up.
func TestDemonstrationIsInOrder(t *testing.T) {
	r := start(t)
	s, err := open(t.Context(), r.config, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.check(t.Context(), 20)
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	if err := errors.Join(s.watchSignatures(t.Context()), s.db.Close()); err != nil {
		t.Error(err)
	}
}

// TestT49_WatchAlarms changes a signature behind the portal's back: a program
// that works says so by itself within the time the watch has.
func TestT49_WatchAlarms(t *testing.T) {
	r := start(t)
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(r.config.Database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }() // of a database nobody uses again
	for _, act := range []string{"drop trigger signature_no_update", "update signature set late = 1 - late"} {
		if _, err := raw.ExecContext(t.Context(), act); err != nil {
			t.Fatal(act, err)
		}
	}
	later := func() time.Time { return time.Now().Add(watchEvery + time.Minute) }
	s, err := open(t.Context(), r.config, later)
	if err != nil {
		t.Fatal(err)
	}
	var said lines
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() { s.work(ctx, slog.New(slog.NewTextHandler(&said, nil)), later); close(ended) }()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(said.String(), "things do not agree with the record"); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("nobody is alarmed:\n%s", said.String())
			break
		}
	}
	stop()
	<-ended
	if err := s.db.Close(); err != nil {
		t.Error(err)
	}
}

// lines is a log that is read while it is written.
type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"countersign/internal/evidence"
)

// How often waiting files are looked for: soon while the scanner answers,
// seldom while it does not.
const (
	scanSoon   = 2 * time.Second
	scanSeldom = time.Minute
)

// sweepAge is how old a file on its way in is before it counts as left behind.
const sweepAge = 24 * time.Hour

// work does what nobody waits for, until the context is done: work that waits,
// such as letters, and what uploads leave to do.
func (s *services) work(ctx context.Context, log *slog.Logger, now func() time.Time) {
	if s.told.Post == nil {
		log.Warn("no mail server is set: nothing is sent, and messages wait", "setting", prefix+"SMTP")
	}
	s.jobs.Log = log
	var group sync.WaitGroup
	group.Go(func() { s.jobs.Run(ctx) })
	group.Go(func() { s.watch(ctx, log, now) })
	group.Go(func() {
		s.log.Run(ctx, func(err error) {
			if err == nil {
				log.Info("the public log grows again")
				return
			}
			log.Error("the public log does not grow: what is signed waits for its proof", "cause", err)
		})
	})
	group.Wait()
}

// watch removes what killed uploads left, and has files scanned, until the
// context is done.
func (s *services) watch(ctx context.Context, log *slog.Logger, now func() time.Time) {
	removed, err := s.blobs.Sweep(ctx, now().Add(-sweepAge))
	if err != nil {
		log.Error("could not sweep the folder of files on their way in", "cause", err)
	}
	if removed > 0 {
		log.Info("removed what killed uploads left", "files", removed)
	}
	watch, pause, down := evidence.Watch{Service: s.evidence}, scanSoon, false
	for {
		err := watch.Round(ctx)
		if ctx.Err() != nil {
			return
		}
		switch lost := errors.Is(err, evidence.ErrNoScanner); {
		case lost && !down: // said once, and once more when it is over
			log.Error("the virus scanner does not answer: files wait", "cause", err)
		case !lost && err != nil:
			log.Error("some files could not be scanned: they are tried again", "cause", err)
		case down && !lost:
			log.Info("the virus scanner answers again")
		}
		if down = errors.Is(err, evidence.ErrNoScanner); down {
			pause = min(2*pause, scanSeldom)
		} else {
			pause = scanSoon
		}
		if s.evidence.Scanner == nil && err == nil {
			return // nothing will wait: new files are "not scanned" at once
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

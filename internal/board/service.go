package board

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Store reads what a paper is drawn from: everything of the decision's
// organisation that the record has up to an instant, and the newest head of the
// public log by then. It may give more, never less.
type Store interface {
	Ledger(ctx context.Context, pass access.Pass, at time.Time) (Ledger, error)
}

// Service is how people ask for a paper.
type Service struct {
	Store Store
	Now   func() time.Time
}

// Faults of asking for a paper.
var (
	ErrFuture = fault.In("on", "The date and time must be in the past")
	ErrBefore = fault.In("on", "The trust did not exist yet")
)

// Paper draws the position of an organisation as of a moment, to the second. A
// zero moment is the second under way.
func (s *Service) Paper(ctx context.Context, who access.Actor, org organisation.Code, at time.Time) (Paper, error) {
	pass, err := access.Check(who, access.ReadBoardPaper, org)
	if err != nil {
		return Paper{}, err
	}
	now := s.Now().UTC()
	if at.IsZero() {
		at = now
	}
	if at = at.UTC().Truncate(time.Second); at.After(now) {
		return Paper{}, ErrFuture
	}
	reader := Overseers
	if access.May(who, access.ReadStatement, org) && access.May(who, access.ReadAssessment, org) {
		reader = Own
	}
	ledger, err := s.Store.Ledger(ctx, pass, at)
	if err != nil {
		return Paper{}, fmt.Errorf("read what the board paper of %s is drawn from: %w", org, err)
	}
	switch {
	case organisation.DayOf(at) < ledger.Organisation.OpenedOn:
		return Paper{}, ErrBefore
	case ledger.Began.IsZero() || at.Before(ledger.Began.Truncate(time.Second)): // moments are whole seconds
		return Paper{}, fault.In("on", "This service has no record of the trust that early. "+begins(ledger.Began))
	}
	return ledger.Draw(reader, at)
}

func begins(at time.Time) string {
	if at.IsZero() {
		return "It has none yet."
	}
	return "The record begins on " + organisation.DayOf(at).Word() + "."
}

package attestation

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// Positions tells what the portal holds of an organisation, at a moment.
type Positions interface {
	Position(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (Position, error)
	Ready(ctx context.Context, pass access.Pass) (map[string]organisation.Day, error)
}

// Desk is everything the pages of a preparation show.
type Desk struct {
	Held     Position
	Findings []Finding
	Draft    Words
	Missing  error // why there is no draft; nil when there is one
}

// Desk reads what a statement in preparation stands on, and the words as they
// would be locked now, so that whoever prepares or checks reads what the chief
// executive will.
func (s *Service) Desk(ctx context.Context, who access.Actor, org organisation.Code, st Statement) (Desk, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Desk{}, err
	}
	with, err := s.binding(ctx, pass, st)
	if err != nil {
		return Desk{}, err
	}
	d := Desk{Held: with.Held, Findings: st.Contradictions(with.Held)}
	d.Draft, d.Missing = st.Draft(with, s.Now())
	return d, nil
}

// binding reads what a lock binds.
func (s *Service) binding(ctx context.Context, pass access.Pass, st Statement) (Binding, error) {
	template, err := s.Store.Template(ctx, pass, st.Template, st.Edition)
	if err != nil {
		return Binding{}, fmt.Errorf("find the template of %s: %w", st.ID, err)
	}
	org, err := s.Names.Find(ctx, pass)
	if err != nil {
		return Binding{}, err
	}
	replaces, err := s.replaces(ctx, pass, st)
	if err != nil {
		return Binding{}, err
	}
	now := s.Now()
	held, err := s.position(ctx, pass, st, now)
	return Binding{Template: template, Held: held, Name: org.Name, Replaces: replaces, At: now}, err
}

// replaces reads the signature whose place a statement takes.
func (s *Service) replaces(ctx context.Context, pass access.Pass, st Statement) (Replaces, error) {
	if st.Supersedes == "" {
		return Replaces{}, nil
	}
	g, err := s.Store.Signature(ctx, pass, st.Supersedes)
	if err != nil {
		return Replaces{}, fmt.Errorf("find the signature that %s replaces: %w", st.ID, err)
	}
	return Replaces{Code: g.Code, Digest: g.Digest, Why: st.Because}, nil
}

func (s *Service) position(ctx context.Context, pass access.Pass, st Statement, now time.Time) (Position, error) {
	held, err := s.Holds.Position(ctx, pass, st.From, st.To, now)
	if err != nil {
		return held, fmt.Errorf("list what %s stands on: %w", st.ID, err)
	}
	if held.Facts, err = s.Figures.Facts(ctx, pass, st.From, st.To, now); err != nil {
		return held, fmt.Errorf("bind the figures of %s: %w", st.ID, err)
	}
	delete(held.Facts, evidenceFact) // that of a statement is how many files it leans on
	return held, nil
}

// step changes a statement in preparation, by somebody who saw a version of it.
type step func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error)

func (s *Service) prepare(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, take step) error {
	pass, err := access.Check(who, access.PrepareStatement, org)
	if err != nil {
		return err
	}
	st, _, err := s.Store.Find(ctx, pass, id)
	if err != nil {
		return err
	}
	held, err := s.position(ctx, pass, st, s.Now())
	if err != nil {
		return err
	}
	return s.Store.Change(ctx, pass, id, seen, func(was Statement) (Statement, event.Event, error) {
		if was.State != Preparing {
			return was, event.Event{}, ErrLocked
		}
		return take(pass, was, held)
	})
}

// CheckFigures records that the person has checked the figures shown.
func (s *Service) CheckFigures(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, shown Digest) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.CheckFigures(pass, held, shown, s.NewID(), s.Now())
	})
}

// ExplainLate keeps why answers of the period came late.
func (s *Service) ExplainLate(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, given []Explanation) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.ExplainLate(pass, held, given, s.NewID(), s.Now())
	})
}

// KeepGaps keeps the gaps that the trust names.
func (s *Service) KeepGaps(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, gaps []Gap) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, _ Position) (Statement, event.Event, error) {
		return was.KeepGaps(pass, gaps, s.NewID(), s.Now())
	})
}

// TakeGap puts a proposed gap into the list.
func (s *Service) TakeGap(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, key string) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.TakeGap(pass, held, key, s.NewID(), s.Now())
	})
}

// SetAside keeps why a proposed gap is none.
func (s *Service) SetAside(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, key, why string) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.SetAside(pass, held, key, why, s.NewID(), s.Now())
	})
}

// TakeBack has a gap proposed again that was set aside.
func (s *Service) TakeBack(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, key string) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, _ Position) (Statement, event.Event, error) {
		return was.TakeBack(pass, key, s.NewID(), s.Now())
	})
}

// Rely keeps which evidence the statement leans on.
func (s *Service) Rely(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, chosen []evidence.ID) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.Rely(pass, held, chosen, s.NewID(), s.Now())
	})
}

// SeenByBoard keeps the day the board saw the statement.
func (s *Service) SeenByBoard(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, on organisation.Day) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, _ Position) (Statement, event.Event, error) {
		return was.SeenByBoard(pass, on, s.NewID(), s.Now())
	})
}

// Accept keeps why a contradiction stands as it is.
func (s *Service) Accept(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, finding Digest, reason string) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		return was.Accept(pass, held, finding, reason, s.NewID(), s.Now())
	})
}

// AccountFor keeps how the statement accounts for an open commitment.
func (s *Service) AccountFor(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, a Account) error {
	return s.prepare(ctx, who, org, id, seen, func(pass access.Pass, was Statement, held Position) (Statement, event.Event, error) {
		if err := held.ready(a.Evidence); err != nil {
			return was, event.Event{}, err
		}
		return was.AccountFor(pass, held, a, s.NewID(), s.Now())
	})
}

// Lock is the SIRO's check: it binds what the portal holds and fixes the exact
// words.
func (s *Service) Lock(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64) error {
	pass, err := access.Check(who, access.LockStatement, org)
	if err != nil {
		return err
	}
	st, _, err := s.Store.Find(ctx, pass, id)
	if err != nil {
		return err
	}
	return s.Store.Lock(ctx, pass, id, seen, func(ctx context.Context) (Binding, error) { return s.binding(ctx, pass, st) },
		func(was Statement, with Binding) (Statement, event.Event, error) {
			return was.Lock(pass, with, s.NewID(), with.At)
		})
}

package attestation

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Moved is what moved in an organisation since its last signed statement.
type Moved struct {
	Signed  Statement
	Changes []Change
	Waiting bool // a newer statement is on its way
}

// Material tells whether what moved asks for a new statement.
func (m Moved) Material() bool {
	for _, c := range m.Changes {
		if c.Material {
			return !m.Waiting
		}
	}
	return false
}

// Changed compares the figures of the statement that was signed last with
// those of now. There is nothing to say where none was signed.
func (s *Service) Changed(ctx context.Context, who access.Actor, org organisation.Code) (Moved, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Moved{}, err
	}
	all, err := s.Store.List(ctx, pass)
	if err != nil {
		return Moved{}, err
	}
	st, signed := before(all, Statement{})
	if !signed {
		return Moved{}, nil
	}
	m := Moved{Signed: st}
	for _, each := range all {
		m.Waiting = m.Waiting || ((each.Due.After(st.Due) || each.Supersedes == st.ID) && (each.State == Preparing || each.State == Locked))
	}
	template, err := s.Store.Template(ctx, pass, st.Template, st.Edition)
	if err != nil {
		return m, err
	}
	now := s.Now()
	is, err := s.Figures.Facts(ctx, pass, st.From, st.To, now)
	if err != nil {
		return m, fmt.Errorf("bind the figures of %s again: %w", st.ID, err)
	}
	ready, err := s.Holds.Ready(ctx, pass)
	if err != nil {
		return m, err
	}
	is[evidenceFact] = number(st.Prepared.holding(ready, organisation.DayOf(now)))
	m.Changes = Since(st.Facts, is, template.Material)
	return m, nil
}

// SinceLast compares a locked statement with the one signed before it; false
// where there is none.
func (s *Service) SinceLast(ctx context.Context, who access.Actor, org organisation.Code, st Statement) (Difference, bool, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Difference{}, false, err
	}
	all, err := s.Store.List(ctx, pass)
	if err != nil {
		return Difference{}, false, err
	}
	last, signed := before(all, st)
	if !signed {
		return Difference{}, false, nil
	}
	return st.Compare(last), true, nil
}

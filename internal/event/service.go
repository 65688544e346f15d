package event

import (
	"context"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Store reads the record; it is written with what it records.
type Store interface {
	Of(ctx context.Context, pass access.Pass, limit int) ([]Event, error)
	About(ctx context.Context, pass access.Pass, thing string, limit int) ([]Event, error)
}

// Service is how people read the record of an organisation.
type Service struct{ Store Store }

// Of lists the newest events of an organisation.
func (s Service) Of(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]Event, error) {
	pass, err := access.Check(who, access.ReadOrganisation, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Of(ctx, pass, limit)
}

// About lists the newest events of one thing at an organisation.
func (s Service) About(ctx context.Context, who access.Actor, org organisation.Code, thing string, limit int) ([]Event, error) {
	pass, err := access.Check(who, access.ReadOrganisation, org)
	if err != nil {
		return nil, err
	}
	return s.Store.About(ctx, pass, thing, limit)
}

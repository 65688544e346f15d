package identity

import (
	"context"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// ActingOf is a request with the name of its organisation, for whoever decides.
type ActingOf struct {
	Acting
	OrganisationName string
}

// ActingStore keeps requests for an acting chief executive. What decides is
// read inside the transaction that writes: AskActing and DecideActing decide
// again after a lost race, and whoever must be told is told of what they wrote.
type ActingStore interface {
	Ground(ctx context.Context, pass access.Pass) (ActingGround, error)
	AskActing(ctx context.Context, pass access.Pass, decide func(ActingGround) (Acting, event.Event, error)) error
	DecideActing(ctx context.Context, pass access.Pass, id ActingID, decide func(Acting, ActingGround) (Acting, *Held, event.Event, error)) error
	AllActing(ctx context.Context, pass access.Pass) ([]ActingOf, error)
	FindActing(ctx context.Context, pass access.Pass, id ActingID) (ActingOf, error)
}

// ActingRegister is what people do about acting chief executives.
type ActingRegister struct {
	Store ActingStore
	Now   func() time.Time
	NewID func() string
}

// Ground reads who could act at an organisation, who does, and what was asked.
func (r *ActingRegister) Ground(ctx context.Context, who access.Actor, org organisation.Code) (ActingGround, error) {
	pass, err := access.Check(who, access.ReadActing, org)
	if err != nil {
		return ActingGround{}, err
	}
	return r.Store.Ground(ctx, pass)
}

// Ask asks the national team for an acting chief executive.
func (r *ActingRegister) Ask(ctx context.Context, who access.Actor, org organisation.Code, d ActingDraft) error {
	pass, err := access.Check(who, access.AskActing, org)
	if err != nil {
		return err
	}
	d.Reason = strings.Join(strings.Fields(d.Reason), " ")
	return r.Store.AskActing(ctx, pass, func(g ActingGround) (Acting, event.Event, error) {
		return d.Ask(pass, g, ActingID(r.NewID()), r.NewID(), r.Now())
	})
}

// End withdraws a request of the organisation, or ends who acts by it.
func (r *ActingRegister) End(ctx context.Context, who access.Actor, org organisation.Code, id ActingID) error {
	pass, err := access.Check(who, access.AskActing, org)
	if err != nil {
		return err
	}
	return r.Store.DecideActing(ctx, pass, id, func(was Acting, g ActingGround) (Acting, *Held, event.Event, error) {
		if err := g.mayAsk(who, org, r.Now()); err != nil {
			return was, nil, event.Event{}, err
		}
		is, e, err := was.End(pass, r.NewID(), r.Now())
		return is, nil, e, err
	})
}

// All lists the requests of every organisation, newest first.
func (r *ActingRegister) All(ctx context.Context, who access.Actor) ([]ActingOf, error) {
	pass, err := access.Check(who, access.ConfirmActing, organisation.National)
	if err != nil {
		return nil, err
	}
	return r.Store.AllActing(ctx, pass)
}

// Read reads one request, for whoever decides.
func (r *ActingRegister) Read(ctx context.Context, who access.Actor, id ActingID) (ActingOf, error) {
	pass, err := access.Check(who, access.ConfirmActing, organisation.National)
	if err != nil {
		return ActingOf{}, err
	}
	return r.Store.FindActing(ctx, pass, id)
}

// Confirm makes the appointment that was asked for.
func (r *ActingRegister) Confirm(ctx context.Context, who access.Actor, id ActingID) error {
	pass, err := access.Check(who, access.ConfirmActing, organisation.National)
	if err != nil {
		return err
	}
	return r.Store.DecideActing(ctx, pass, id, func(was Acting, g ActingGround) (Acting, *Held, event.Event, error) {
		is, held, e, err := was.Confirm(pass, g, r.NewID(), r.NewID(), r.Now())
		return is, &held, e, err
	})
}

// Refuse answers a request with a no, and why.
func (r *ActingRegister) Refuse(ctx context.Context, who access.Actor, id ActingID, why string) error {
	pass, err := access.Check(who, access.ConfirmActing, organisation.National)
	if err != nil {
		return err
	}
	why = strings.Join(strings.Fields(why), " ")
	return r.Store.DecideActing(ctx, pass, id, func(was Acting, _ ActingGround) (Acting, *Held, event.Event, error) {
		is, e, err := was.Refuse(pass, why, r.NewID(), r.Now())
		return is, nil, e, err
	})
}

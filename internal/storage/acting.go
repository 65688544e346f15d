package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Acting keeps requests for an acting chief executive. A confirmation writes
// the request, the appointment, the event and the work of telling people, or
// nothing.
type Acting struct{ DB *DB }

// Ground reads the appointments of the decision's organisation and what it
// asked for before.
func (s Acting) Ground(ctx context.Context, pass access.Pass) (identity.ActingGround, error) {
	return remember(ctx, s.DB, pass.In(), "acting", func() (identity.ActingGround, error) {
		return actingGround(ctx, s.DB.read, pass.In())
	})
}

func actingGround(ctx context.Context, q *queries, org organisation.Code) (identity.ActingGround, error) {
	var g identity.ActingGround
	posts, err := q.ListAppointmentsAt(ctx, code(org))
	if err != nil {
		return g, fmt.Errorf("list appointments at %s: %w", org, err)
	}
	for _, p := range posts {
		if held, own := q.acts.held(p.Appointment); own {
			g.Posts = append(g.Posts, identity.Post{Name: p.Name, Held: held})
		}
	}
	rows, err := q.ListActingOf(ctx, code(org))
	if err != nil {
		return g, fmt.Errorf("list requests for an acting chief executive of %s: %w", org, err)
	}
	for _, row := range rows {
		g.Earlier = append(g.Earlier, toActing(row))
	}
	return g, nil
}

// vouchedActing refuses a request that is not as the record says: one of the
// events of its steps vouches for it as it stands, and there are as many as it
// has. Others than the portal's count for nothing (abuse case T57).
func vouchedActing(ctx context.Context, q *queries, a identity.Acting) error {
	rows, err := q.ListActingVouchers(ctx, gen.ListActingVouchersParams{Thing: a.Thing(), Organisation: code(a.Organisation)})
	if err != nil {
		return fmt.Errorf("find what vouches for request %s: %w", a.ID, err)
	}
	v := vouchers{}
	for _, r := range rows {
		v.add(q.acts, gen.ListVouchersOfRow(r))
	}
	if !v.stands(a.Thing(), a.Record(), int64(a.Steps())) {
		return identity.ErrActingUnvouched
	}
	return nil
}

// AskActing adds the request a decision makes. One that waits already stops it,
// unless the record knows nothing of that: then somebody has to look.
func (s Acting) AskActing(ctx context.Context, pass access.Pass, decide func(identity.ActingGround) (identity.Acting, event.Event, error)) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		g, err := actingGround(ctx, q, pass.In())
		if err != nil {
			return err
		}
		if waiting, waits := g.Waiting(); waits {
			if err := vouchedActing(ctx, q, waiting); err != nil {
				return err
			}
		}
		a, e, err := decide(g)
		if err != nil {
			return err
		}
		if err := addActing(ctx, q, a); taken(err) {
			return errRetry // somebody else at the trust asked meanwhile
		} else if err != nil {
			return fmt.Errorf("ask for an acting chief executive: %w", err)
		}
		return tellActing(ctx, q, a, e)
	})
}

func addActing(ctx context.Context, q *queries, a identity.Acting) error {
	return q.AddActing(ctx, gen.AddActingParams{ID: string(a.ID), Organisation: code(a.Organisation), Person: string(a.Person), PersonName: a.Name,
		FromOn: string(a.From), ToOn: string(a.To), Reason: a.Reason, AskedBy: string(a.AskedBy), AskedName: a.AskedName, AskedAt: micros(a.AskedAt)})
}

// DecideActing applies a decision to a request, with the appointment it makes
// or cuts short.
func (s Acting) DecideActing(ctx context.Context, pass access.Pass, id identity.ActingID, decide func(identity.Acting, identity.ActingGround) (identity.Acting, *identity.Held, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		row, err := q.FindActing(ctx, gen.FindActingParams{ID: string(id), Organisation: code(pass.In())})
		if err != nil {
			return found(err, identity.ErrActingUnknown, "request "+string(id))
		}
		was := toActing(row)
		if err := vouchedActing(ctx, q, was); err != nil {
			return err
		}
		g, err := actingGround(ctx, q, was.Organisation)
		if err != nil {
			return err
		}
		is, held, e, err := decide(was, g)
		if err != nil {
			return err
		}
		if held != nil {
			if err := addAppointments(ctx, q, pass, e.At, []identity.Held{*held}); err != nil {
				return err
			}
			if err := addEvents(ctx, q, vouching(e, identity.AppointmentRecorded, *held)); err != nil {
				return err
			}
		}
		if is.Appointment != "" && !is.EndedAt.IsZero() {
			cutShort := identity.Held{ID: is.Appointment, Person: is.Person, Appointment: is.Term()}
			cut := gen.CutAppointmentParams{ID: is.Appointment, Organisation: code(is.Organisation), ToAt: maybeMicros(is.EndedAt), Mac: q.acts.RowCode(cutShort.Record())}
			if err := changed(q.CutAppointment(ctx, cut)); err != nil {
				return fmt.Errorf("end appointment %s: %w", is.Appointment, err)
			}
			if err := addEvents(ctx, q, vouching(e, identity.AppointmentEnded, cutShort)); err != nil {
				return err
			}
		}
		if err := keepActing(ctx, q, is, row.Version); err != nil {
			return err
		}
		return tellActing(ctx, q, is, e)
	})
}

// vouching is the second event of a decision: it stands for the appointment that
// the decision made or cut short, which is what signing asks for. Its id follows
// from what it is of, since each happens once.
func vouching(e event.Event, kind string, h identity.Held) event.Event {
	e.ID, e.Kind, e.Thing, e.Digest = h.ID+"/"+kind, kind, h.Thing(), h.Digest()
	return e
}

func keepActing(ctx context.Context, q *queries, a identity.Acting, version int64) error {
	err := changed(q.ChangeActing(ctx, gen.ChangeActingParams{ID: string(a.ID), Organisation: code(a.Organisation), State: string(a.State), DecidedBy: maybeText(string(a.DecidedBy)),
		DecidedName: a.DecidedName, DecidedAt: maybeMicros(a.DecidedAt), Why: a.Why, Appointment: maybeText(a.Appointment), EndedAt: maybeMicros(a.EndedAt), EndedName: a.EndedName, Version: version}))
	if err != nil {
		return fmt.Errorf("change request %s: %w", a.ID, err)
	}
	return nil
}

// tellActing writes what happened to a request, and the work of telling whom it
// concerns.
func tellActing(ctx context.Context, q *queries, a identity.Acting, e event.Event) error {
	if err := addWork(ctx, q, notification.ActingMoved(a, e.At)); err != nil {
		return err
	}
	return addEvents(ctx, q, e)
}

// AllActing lists the newest requests of every organisation.
func (s Acting) AllActing(ctx context.Context, pass access.Pass) ([]identity.ActingOf, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListActing(ctx)
	if err != nil {
		return nil, fmt.Errorf("list requests for acting chief executives: %w", err)
	}
	list := make([]identity.ActingOf, 0, len(rows))
	for _, row := range rows {
		list = append(list, identity.ActingOf{Acting: toActing(row.ActingRequest), OrganisationName: row.OrganisationName})
	}
	return list, nil
}

// FindActing reads one request of the decision's organisation.
func (s Acting) FindActing(ctx context.Context, pass access.Pass, id identity.ActingID) (identity.ActingOf, error) {
	row, err := s.DB.read.FindActingOf(ctx, gen.FindActingOfParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return identity.ActingOf{}, found(err, identity.ErrActingUnknown, "request "+string(id))
	}
	return identity.ActingOf{Acting: toActing(row.ActingRequest), OrganisationName: row.OrganisationName}, nil
}

func toActing(r gen.ActingRequest) identity.Acting {
	return identity.Acting{ID: identity.ActingID(r.ID), Organisation: organisation.Code(r.Organisation), Person: identity.PersonID(r.Person), Name: r.PersonName,
		From: organisation.Day(r.FromOn), To: organisation.Day(r.ToOn), Reason: r.Reason, AskedBy: identity.PersonID(r.AskedBy), AskedName: r.AskedName, AskedAt: instant(r.AskedAt),
		State: identity.ActingState(r.State), DecidedBy: identity.PersonID(r.DecidedBy.String), DecidedName: r.DecidedName, DecidedAt: maybeInstant(r.DecidedAt), Why: r.Why,
		Appointment: r.Appointment.String, EndedAt: maybeInstant(r.EndedAt), EndedName: r.EndedName}
}

package storage

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// What is known of people is believed in two ways. A session, an appointment and
// a login carry a code of their own, which is checked wherever they are read, at
// no further query. Who signs, what an import builds on and what fsck finds in
// order is held against the record besides: a row that was put back as it was
// once still has its code.

// vouchers are the events of the portal that vouch for people, their logins and
// appointments, by what they are about. One that the portal did not make is none,
// and hides no other.
type vouchers map[string][]event.Event

// spoiled stands in for an event of the portal's that opens no more: its salt or
// its code is gone, or it was changed. What it said is not known, so nothing is
// believed of what it is about.
const spoiled = "spoiled"

func (v vouchers) add(acts actKey, r gen.ListVouchersOfRow) {
	e := toEvent(r.Event)
	switch {
	case acts.records(e, r.Leaf, r.Salt, r.Mac):
		v[e.Thing] = append(v[e.Thing], e)
	case r.Placed == 1 || acts.Made(transparency.Leaf(r.Leaf), r.Mac):
		v[e.Thing] = append(v[e.Thing], event.Event{Kind: spoiled, At: e.At})
	}
}

func (v vouchers) whole(thing string) bool {
	return !slices.ContainsFunc(v[thing], func(e event.Event) bool { return e.Kind == spoiled })
}

// findVouchers reads what vouches for one person, their logins and appointments.
func findVouchers(ctx context.Context, q *queries, person string) (vouchers, error) {
	rows, err := q.ListVouchersOf(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find what vouches for person %s: %w", person, err)
	}
	vouched := vouchers{}
	for _, r := range rows {
		vouched.add(q.acts, r)
	}
	return vouched, nil
}

// stands tells whether one of the events of a thing vouches for a record, and
// there are as many as it has steps. So an older state, put back, is not believed
// either, whatever the clocks of those who acted said.
func (v vouchers) stands(thing, record string, steps int64) bool {
	digest := event.DigestOf(record)
	return v.whole(thing) && int64(len(v[thing])) == steps && slices.ContainsFunc(v[thing], func(e event.Event) bool { return e.Digest == digest })
}

func (v vouchers) person(p identity.Person) bool { return v.stands(p.ID.Thing(), p.Record(), p.Steps) }

func (v vouchers) login(l identity.Login) bool { return v.stands(l.Thing(), l.Record(), l.Steps) }

// appointment is recorded once and ended once at most, and the end counts.
func (v vouchers) appointment(h identity.Held) bool {
	kind, digest := identity.AppointmentRecorded, h.Digest()
	if slices.ContainsFunc(v[h.Thing()], func(e event.Event) bool { return e.Kind == identity.AppointmentEnded }) {
		kind = identity.AppointmentEnded
	}
	return v.whole(h.Thing()) && slices.ContainsFunc(v[h.Thing()], func(e event.Event) bool { return e.Kind == kind && e.Digest == digest })
}

// compared is a row about people as fsck compares it.
func (v vouchers) compared(what, thing string, holds bool) audit.Record {
	r := audit.Record{What: what, Thing: thing, Digest: "as recorded"}
	switch {
	case holds:
		r.Vouched = r.Digest
	case len(v[thing]) > 0:
		r.Vouched = "another record"
	}
	for _, e := range v[thing] {
		if e.At.After(r.At) {
			r.At = e.At
		}
	}
	return r
}

func toPerson(p gen.Person) identity.Person {
	return identity.Person{ID: identity.PersonID(p.ID), Name: p.Name, Email: p.Email, Phone: p.Phone, Steps: p.Steps}
}

func toLogin(l gen.Login) identity.Login {
	return identity.Login{Issuer: l.Issuer, Subject: l.Subject, Person: identity.PersonID(l.Person), Name: l.Name, Email: l.Email, ChangedAt: maybeInstant(l.ChangedAt), Steps: l.Steps}
}

// login reads a row, and tells whether the portal wrote it.
func (k actKey) login(row gen.Login) (identity.Login, bool) {
	l := toLogin(row)
	return l, row.ID == l.ID() && k.RowMade(l.Row(), row.Mac)
}

func toHeld(a gen.Appointment) identity.Held {
	return identity.Held{ID: a.ID, Person: identity.PersonID(a.Person), Appointment: access.Appointment{Office: access.Office(a.Office),
		Organisation: organisation.Code(a.Organisation), From: instant(a.FromAt), To: maybeInstant(a.ToAt), Acting: a.Acting == 1}}
}

// held reads an appointment, and tells whether the portal wrote it: nobody holds
// one that somebody else did (abuse case T57).
func (k actKey) held(row gen.Appointment) (identity.Held, bool) {
	h := toHeld(row)
	return h, k.RowMade(h.Record(), row.Mac)
}

// appointmentsOf reads a person's appointments inside a transaction, for
// decisions that must hold at the moment they are written: those the portal wrote
// and that are believed.
func appointmentsOf(ctx context.Context, q *queries, person identity.PersonID, believed func(identity.Held) bool) ([]access.Appointment, error) {
	if !q.acts.Set() {
		return nil, ErrNoActKey
	}
	rows, err := q.ListAppointmentsOf(ctx, string(person))
	if err != nil {
		return nil, fmt.Errorf("list appointments: %w", err)
	}
	list := make([]access.Appointment, 0, len(rows))
	for _, row := range rows {
		if h, own := q.acts.held(row); own && believed(h) {
			list = append(list, h.Appointment)
		}
	}
	return list, nil
}

// underOwnName refuses somebody whose name is not the one that the record vouches for.
func underOwnName(ctx context.Context, q *queries, who access.Actor, vouched vouchers) error {
	row, err := q.FindPerson(ctx, who.ID)
	if err != nil {
		return found(err, attestation.ErrName, "person "+who.ID)
	}
	if p := toPerson(row); p.Name != who.Name || !vouched.person(p) {
		return attestation.ErrName
	}
	return nil
}

// recorded believes whatever the portal wrote, without a look at the record.
func recorded(identity.Held) bool { return true }

// aboutPeople is one table of what is known of people, as it is read page by page
// with the events that vouch for its rows.
type aboutPeople[R any] struct {
	what    string
	rows    func(ctx context.Context, q *queries, after string, limit int) ([]R, error)
	id      func(R) string
	vouch   func(ctx context.Context, q *queries, v vouchers, after, last string) error
	compare func(acts actKey, v vouchers, row R) audit.Record
}

var peopleRows = aboutPeople[gen.Person]{
	what: "people",
	rows: func(ctx context.Context, q *queries, after string, limit int) ([]gen.Person, error) {
		return q.ListPeople(ctx, gen.ListPeopleParams{ID: after, Limit: int32(limit)})
	},
	id: func(p gen.Person) string { return p.ID },
	vouch: func(ctx context.Context, q *queries, v vouchers, after, last string) error {
		rows, err := q.ListVouchersOfPeople(ctx, gen.ListVouchersOfPeopleParams{After: after, Last: last})
		for _, r := range rows {
			v.add(q.acts, gen.ListVouchersOfRow(r))
		}
		return err
	},
	compare: func(_ actKey, v vouchers, row gen.Person) audit.Record {
		p := toPerson(row)
		return v.compared("name or contact of a person", p.ID.Thing(), v.person(p))
	},
}

var loginRows = aboutPeople[gen.Login]{
	what: "logins",
	rows: func(ctx context.Context, q *queries, after string, limit int) ([]gen.Login, error) {
		return q.ListLogins(ctx, gen.ListLoginsParams{ID: after, Limit: int32(limit)})
	},
	id: func(l gen.Login) string { return l.ID },
	vouch: func(ctx context.Context, q *queries, v vouchers, after, last string) error {
		rows, err := q.ListVouchersOfLogins(ctx, gen.ListVouchersOfLoginsParams{After: after, Last: last})
		for _, r := range rows {
			v.add(q.acts, gen.ListVouchersOfRow(r))
		}
		return err
	},
	compare: func(acts actKey, v vouchers, row gen.Login) audit.Record {
		l, own := acts.login(row)
		return v.compared("login of person "+row.Person, "login/"+row.ID, own && v.login(l))
	},
}

var appointmentRows = aboutPeople[gen.Appointment]{
	what: "appointments",
	rows: func(ctx context.Context, q *queries, after string, limit int) ([]gen.Appointment, error) {
		return q.ListAppointments(ctx, gen.ListAppointmentsParams{ID: after, Limit: int32(limit)})
	},
	id: func(a gen.Appointment) string { return a.ID },
	vouch: func(ctx context.Context, q *queries, v vouchers, after, last string) error {
		rows, err := q.ListVouchersOfAppointments(ctx, gen.ListVouchersOfAppointmentsParams{After: after, Last: last})
		for _, r := range rows {
			v.add(q.acts, gen.ListVouchersOfRow(r))
		}
		return err
	},
	compare: func(acts actKey, v vouchers, row gen.Appointment) audit.Record {
		h, own := acts.held(row)
		return v.compared("appointment", h.Thing(), own && v.appointment(h))
	},
}

// page reads at most limit rows from the one after an id, each with how it
// compares with the record. It gives the id of the last; of the last page nothing,
// so that whoever goes on begins again. Where something does not agree it reads
// again: somebody may have changed it between the rows and their events.
func (t aboutPeople[R]) page(ctx context.Context, q *queries, after string, limit int, see func(R, audit.Record) error) (string, error) {
	rows, records, err := t.read(ctx, q, after, limit)
	if slices.ContainsFunc(records, func(r audit.Record) bool { return r.Vouched != r.Digest }) {
		rows, records, err = t.read(ctx, q, after, limit)
	}
	if err != nil {
		return "", err
	}
	for i, row := range rows {
		if err := see(row, records[i]); err != nil {
			return "", err
		}
	}
	if len(rows) < limit {
		return "", nil
	}
	return t.id(rows[len(rows)-1]), nil
}

func (t aboutPeople[R]) read(ctx context.Context, q *queries, after string, limit int) ([]R, []audit.Record, error) {
	rows, err := t.rows(ctx, q, after, limit)
	if err != nil || len(rows) == 0 {
		return nil, nil, wrapped(err, "list "+t.what)
	}
	v := vouchers{}
	if err := t.vouch(ctx, q, v, after, t.id(rows[len(rows)-1])); err != nil {
		return nil, nil, fmt.Errorf("list what vouches for %s: %w", t.what, err)
	}
	records := make([]audit.Record, 0, len(rows))
	for _, row := range rows {
		records = append(records, t.compare(q.acts, v, row))
	}
	return rows, records, nil
}

// all reads every page.
func (t aboutPeople[R]) all(ctx context.Context, q *queries, limit int, see func(R, audit.Record) error) error {
	for after := ""; ; {
		last, err := t.page(ctx, q, after, limit, see)
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}

package identity

import (
	"context"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Holder is a person in office at an organisation.
type Holder struct {
	Person Person
	Office access.Office
	Acting bool
}

// RegisterStore keeps organisations, cohorts and who holds which office.
// Import and Place are whole or not at all, and decide on the register as it
// stands.
type RegisterStore interface {
	Import(ctx context.Context, pass access.Pass, decide func(existing []organisation.Organisation) ([]organisation.Organisation, []event.Event, error)) error
	Place(ctx context.Context, pass access.Pass, on organisation.Day, decide func(existing []organisation.Organisation, members map[organisation.Code][]string) (organisation.Placing, []event.Event, error)) error
	Find(ctx context.Context, pass access.Pass) (organisation.Organisation, error)
	All(ctx context.Context, pass access.Pass) ([]organisation.Organisation, error)
	CohortsOf(ctx context.Context, pass access.Pass, on organisation.Day) ([]string, error)
	Cohorts(ctx context.Context, pass access.Pass, on organisation.Day) (map[organisation.Code][]string, error)
	Holders(ctx context.Context, pass access.Pass, at time.Time) ([]Holder, error)
}

// Writing is everything an import of appointments writes at once.
type Writing struct {
	People   []Person
	Logins   []Login
	Held     []Held
	Endings  []Held // with the end they are given; only what has none is ended
	Contacts []Contact
	Events   []event.Event
}

// Contact is a person as recorded and as they will be.
type Contact struct{ Was, Is Person }

// PeopleStore keeps people, their logins and their appointments. Appoint is
// whole or not at all, decides on the roll as it stands, and may run the
// decision again after a lost race.
type PeopleStore interface {
	Roll(ctx context.Context, pass access.Pass) (Roll, error)
	Appoint(ctx context.Context, pass access.Pass, at time.Time, decide func(Roll) (Writing, error)) error
}

// Register is what people do with the register of organisations. It stands
// here and not in package organisation, which decisions about access are made
// from and which therefore cannot ask for them.
type Register struct {
	Store  RegisterStore
	People PeopleStore
	Now    func() time.Time
	NewID  func() string
}

// Read gives an organisation with its cohorts of today.
func (r *Register) Read(ctx context.Context, who access.Actor, code organisation.Code) (organisation.Organisation, []string, error) {
	pass, err := access.Check(who, access.ReadOrganisation, code)
	if err != nil {
		return organisation.Organisation{}, nil, err
	}
	org, err := r.Store.Find(ctx, pass)
	if err != nil {
		return org, nil, err
	}
	cohorts, err := r.Store.CohortsOf(ctx, pass, organisation.DayOf(r.Now()))
	return org, cohorts, err
}

// Holders lists who holds which office at an organisation now.
func (r *Register) Holders(ctx context.Context, who access.Actor, code organisation.Code) ([]Holder, error) {
	pass, err := access.Check(who, access.ReadOrganisation, code)
	if err != nil {
		return nil, err
	}
	return r.Store.Holders(ctx, pass, r.Now())
}

// ImportExtract brings the register in line with an ODS extract and tells what
// changed. With dry it changes nothing.
func (r *Register) ImportExtract(ctx context.Context, who access.Actor, extract organisation.Extract, dry bool) ([]organisation.Change, error) {
	pass, err := access.Check(who, access.ImportOrganisations, organisation.National)
	if err != nil {
		return nil, err
	}
	if dry {
		existing, err := r.Store.All(ctx, pass)
		return organisation.Plan(existing, extract), err
	}
	var changes []organisation.Change
	err = r.Store.Import(ctx, pass, func(existing []organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		changes = organisation.Plan(existing, extract)
		var next []organisation.Organisation
		var events []event.Event
		for _, change := range changes {
			next = append(next, change.Is)
			events = append(events, event.New(r.NewID(), pass, r.Now(), "organisation imported", "organisation/"+string(change.Is.Code), change.Said()).For(change.Is.Code))
		}
		return next, events, nil
	})
	return changes, err
}

// ImportKinds records kinds and cohorts of organisations that are registered
// already, and tells what changed. With dry it changes nothing.
func (r *Register) ImportKinds(ctx context.Context, who access.Actor, rows []organisation.KindRecord, dry bool) (organisation.Placing, error) {
	pass, err := access.Check(who, access.ImportOrganisations, organisation.National)
	if err != nil {
		return organisation.Placing{}, err
	}
	today := organisation.DayOf(r.Now())
	if dry {
		existing, err := r.Store.All(ctx, pass)
		if err != nil {
			return organisation.Placing{}, err
		}
		members, err := r.Store.Cohorts(ctx, pass, today)
		return organisation.Place(existing, members, rows), err
	}
	var placing organisation.Placing
	err = r.Store.Place(ctx, pass, today, func(existing []organisation.Organisation, members map[organisation.Code][]string) (organisation.Placing, []event.Event, error) {
		placing = organisation.Place(existing, members, rows)
		var events []event.Event
		record := func(code organisation.Code, kind, detail string) {
			events = append(events, event.New(r.NewID(), pass, r.Now(), kind, "organisation/"+string(code), detail).For(code))
		}
		for _, o := range placing.Kinds {
			record(o.Code, "kind recorded", "Recorded as "+o.Kind.Word())
		}
		for _, m := range placing.Joins {
			record(m.Organisation, "cohort joined", "Joined the group "+m.Cohort)
		}
		for _, m := range placing.Leaves {
			record(m.Organisation, "cohort left", "Left the group "+m.Cohort)
		}
		return placing, events, nil
	})
	return placing, err
}

// ImportAppointments records who holds which office, ends what a file gives an
// end, and keeps names and contacts up to date. It tells what was done; with dry
// it changes nothing. Nothing is ever deleted.
func (r *Register) ImportAppointments(ctx context.Context, who access.Actor, lines []Line, dry bool) ([]Deed, error) {
	pass, err := access.Check(who, access.AppointPeople, organisation.National)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	today := organisation.DayOf(now)
	if dry {
		roll, err := r.People.Roll(ctx, pass)
		if err != nil {
			return nil, err
		}
		return roll.Plan(lines, today)
	}
	var deeds []Deed
	err = r.People.Appoint(ctx, pass, now, func(roll Roll) (Writing, error) {
		var err error
		if deeds, err = roll.Plan(lines, today); err != nil {
			return Writing{}, err
		}
		return r.write(pass, deeds, now), nil
	})
	return deeds, err
}

// write turns deeds into records, each with its event.
func (r *Register) write(pass access.Pass, deeds []Deed, now time.Time) Writing {
	var w Writing
	record := func(code organisation.Code, kind, thing, detail, record string) {
		w.Events = append(w.Events, event.New(r.NewID(), pass, now, kind, thing, detail).For(code).Recording(record))
	}
	enrolled := map[Login]PersonID{}
	for _, d := range deeds {
		person, login := d.Was.ID, d.Line.login()
		is := Person{ID: person, Name: d.Line.Name, Email: d.Line.Email, Phone: d.Line.Phone, Steps: d.Was.Steps + 1}
		if person == "" {
			if person = enrolled[login]; person == "" {
				person = PersonID(r.NewID())
				enrolled[login], is.ID, login.Person = person, person, person
				w.People, w.Logins = append(w.People, is), append(w.Logins, login)
				w.Events = append(w.Events, is.Recorded(r.NewID(), pass, now), login.Recorded(r.NewID(), pass, now, is.Name))
			}
		}
		office := strings.ToLower(d.Line.Office.Word())
		if d.Line.Acting {
			office = "acting " + office
		}
		switch d.Act {
		case Corrects:
			w.Contacts = append(w.Contacts, Contact{d.Was, is})
			detail := "Contact of " + is.Name + " changed"
			if d.Was.Name != is.Name {
				detail = d.Was.Name + " is now recorded as " + is.Name
			}
			record(organisation.National, ContactChanged, person.Thing(), detail, is.Record())
		case Appoints:
			held := Held{ID: r.NewID(), Person: person, Appointment: d.Line.appointment()}
			w.Held = append(w.Held, held)
			record(held.Organisation, AppointmentRecorded, held.Thing(), is.Name+" recorded as "+office+" from "+d.Line.From.Word()+until(held.To), held.Record())
		case Ends:
			ended := d.Held
			ended.To = d.Line.appointment().To
			w.Endings = append(w.Endings, ended)
			record(ended.Organisation, AppointmentEnded, ended.Thing(), is.Name+" is no longer "+office+" after "+d.Line.To.Word(), ended.Record())
		}
	}
	return w
}

package identity

import (
	"context"
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
// Import is whole or not at all, and decides on the register as it stands.
type RegisterStore interface {
	Import(ctx context.Context, pass access.Pass, decide func(existing []organisation.Organisation) ([]organisation.Organisation, []event.Event, error)) error
	Join(ctx context.Context, pass access.Pass, cohort string, codes []organisation.Code, from organisation.Day, e event.Event) error
	Find(ctx context.Context, pass access.Pass) (organisation.Organisation, error)
	All(ctx context.Context, pass access.Pass) ([]organisation.Organisation, error)
	CohortsOf(ctx context.Context, pass access.Pass, on organisation.Day) ([]string, error)
	Holders(ctx context.Context, pass access.Pass, at time.Time) ([]Holder, error)
}

// Register is what people do with the register of organisations. It stands
// here and not in package organisation, which decisions about access are made
// from and which therefore cannot ask for them.
type Register struct {
	Store RegisterStore
	Now   func() time.Time
	NewID func() string
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
			events = append(events, event.New(r.NewID(), pass, r.Now(), "organisation imported", "organisation/"+string(change.Is.Code), "Register brought in line with the ODS extract").For(change.Is.Code))
		}
		return next, events, nil
	})
	return changes, err
}

// ImportKinds records kinds and cohorts of organisations that are registered
// already. Rows for others are returned, and nothing is written for them.
func (r *Register) ImportKinds(ctx context.Context, who access.Actor, rows []organisation.KindRecord) (unknown []organisation.Code, err error) {
	pass, err := access.Check(who, access.ImportOrganisations, organisation.National)
	if err != nil {
		return nil, err
	}
	cohorts := map[string][]organisation.Code{}
	err = r.Store.Import(ctx, pass, func(existing []organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		unknown, cohorts = nil, map[string][]organisation.Code{}
		var next []organisation.Organisation
		var events []event.Event
		for _, row := range rows {
			was, known := find(existing, row.Code)
			if !known {
				unknown = append(unknown, row.Code)
				continue
			}
			for _, cohort := range row.Cohorts {
				cohorts[cohort] = append(cohorts[cohort], row.Code)
			}
			if was.Kind != row.Kind {
				was.Kind = row.Kind
				next = append(next, was)
				events = append(events, event.New(r.NewID(), pass, r.Now(), "kind recorded", "organisation/"+string(was.Code), "Recorded as "+row.Kind.Word()).For(was.Code))
			}
		}
		return next, events, nil
	})
	if err != nil {
		return unknown, err
	}
	for cohort, codes := range cohorts {
		e := event.New(r.NewID(), pass, r.Now(), "cohort recorded", "cohort/"+cohort, cohort)
		if err := r.Store.Join(ctx, pass, cohort, codes, organisation.DayOf(r.Now()), e); err != nil {
			return unknown, err
		}
	}
	return unknown, nil
}

func find(all []organisation.Organisation, code organisation.Code) (organisation.Organisation, bool) {
	for _, o := range all {
		if o.Code == code {
			return o, true
		}
	}
	return organisation.Organisation{}, false
}

package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Organisations keeps the register of organisations and cohorts.
type Organisations struct{ DB *DB }

// Import applies a plan, whole or not at all. The plan is decided on the
// register as it stands inside the transaction.
func (s Organisations) Import(ctx context.Context, pass access.Pass, decide func(existing []organisation.Organisation) ([]organisation.Organisation, []event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		existing, err := listOrganisations(ctx, q)
		if err != nil {
			return err
		}
		known := map[organisation.Code]organisation.Organisation{}
		for _, o := range existing {
			known[o.Code] = o
		}
		next, events, err := decide(existing)
		if err != nil {
			return err
		}
		for _, o := range next {
			if err := keepOrganisation(ctx, q, known, o); err != nil {
				return fmt.Errorf("keep organisation %s: %w", o.Code, err)
			}
		}
		return addEvents(ctx, q, events...)
	})
}

func keepOrganisation(ctx context.Context, q *queries, known map[organisation.Code]organisation.Organisation, o organisation.Organisation) error {
	was, exists := known[o.Code]
	if !exists {
		return q.AddOrganisation(ctx, gen.AddOrganisationParams{Code: code(o.Code), Name: o.Name, Kind: string(o.Kind), Region: string(o.Region), Icb: o.ICB, OpenedOn: string(o.OpenedOn), ClosedOn: string(o.ClosedOn)})
	}
	return changed(q.ChangeOrganisation(ctx, gen.ChangeOrganisationParams{Code: code(o.Code), Name: o.Name, Kind: string(o.Kind), Region: string(o.Region), Icb: o.ICB, OpenedOn: string(o.OpenedOn), ClosedOn: string(o.ClosedOn), Version: was.Version}))
}

// Place applies what a decision makes of kinds and of the cohorts of a day,
// whole or not at all. A place in a cohort that ends keeps its beginning.
func (s Organisations) Place(ctx context.Context, pass access.Pass, on organisation.Day, decide func(existing []organisation.Organisation, members map[organisation.Code][]string) (organisation.Placing, []event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		existing, err := listOrganisations(ctx, q)
		if err != nil {
			return err
		}
		members, err := listCohorts(ctx, q, on)
		if err != nil {
			return err
		}
		placing, events, err := decide(existing, members)
		if err != nil {
			return err
		}
		known := map[organisation.Code]organisation.Organisation{}
		for _, o := range existing {
			known[o.Code] = o
		}
		for _, o := range placing.Kinds {
			if err := keepOrganisation(ctx, q, known, o); err != nil {
				return fmt.Errorf("keep organisation %s: %w", o.Code, err)
			}
		}
		for _, m := range placing.Joins {
			if err := q.AddCohortMember(ctx, gen.AddCohortMemberParams{Cohort: m.Cohort, Organisation: code(m.Organisation), FromOn: string(on)}); err != nil {
				return fmt.Errorf("add %s to cohort %s: %w", m.Organisation, m.Cohort, err)
			}
		}
		for _, m := range placing.Leaves {
			if err := changed(q.EndCohortMember(ctx, gen.EndCohortMemberParams{Cohort: m.Cohort, Organisation: code(m.Organisation), ToOn: string(on)})); err != nil {
				return fmt.Errorf("take %s out of cohort %s: %w", m.Organisation, m.Cohort, err)
			}
		}
		return addEvents(ctx, q, events...)
	})
}

// Find reads the organisation the decision is for.
func (s Organisations) Find(ctx context.Context, pass access.Pass) (organisation.Organisation, error) {
	return remember(ctx, s.DB, pass.In(), "organisation", func() (organisation.Organisation, error) {
		row, err := s.DB.read.FindOrganisation(ctx, code(pass.In()))
		if err != nil {
			return organisation.Organisation{}, found(err, organisation.ErrUnknown, "organisation "+code(pass.In()))
		}
		return toOrganisation(row), nil
	})
}

// All reads the whole register, for people and actors with a national decision
// or a comparison, whose peer group crosses organisations by its nature.
func (s Organisations) All(ctx context.Context, pass access.Pass) ([]organisation.Organisation, error) {
	if !pass.National() && pass.Verb() != access.Compare {
		return nil, access.ErrNotFound
	}
	return rememberList(ctx, s.DB, everywhere, "organisations", func() ([]organisation.Organisation, error) {
		return listOrganisations(ctx, s.DB.read)
	})
}

func listOrganisations(ctx context.Context, q *queries) ([]organisation.Organisation, error) {
	rows, err := q.ListOrganisations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	all := make([]organisation.Organisation, 0, len(rows))
	for _, row := range rows {
		all = append(all, toOrganisation(row))
	}
	return all, nil
}

// Cohorts lists the cohorts of every organisation on a day.
func (s Organisations) Cohorts(ctx context.Context, pass access.Pass, on organisation.Day) (map[organisation.Code][]string, error) {
	if !pass.National() && pass.Verb() != access.Compare {
		return nil, access.ErrNotFound
	}
	return listCohorts(ctx, s.DB.read, on)
}

func listCohorts(ctx context.Context, q *queries, on organisation.Day) (map[organisation.Code][]string, error) {
	rows, err := q.ListCohortMembers(ctx, string(on))
	if err != nil {
		return nil, fmt.Errorf("list cohorts: %w", err)
	}
	cohorts := map[organisation.Code][]string{}
	for _, row := range rows {
		cohorts[organisation.Code(row.Organisation)] = append(cohorts[organisation.Code(row.Organisation)], row.Cohort)
	}
	return cohorts, nil
}

// CohortsOf lists the cohorts of the decision's organisation on a day.
func (s Organisations) CohortsOf(ctx context.Context, pass access.Pass, on organisation.Day) ([]string, error) {
	return rememberList(ctx, s.DB, pass.In(), "cohorts "+string(on), func() ([]string, error) {
		cohorts, err := s.DB.read.ListCohortsOf(ctx, gen.ListCohortsOfParams{Organisation: code(pass.In()), FromOn: string(on)})
		if err != nil {
			return nil, fmt.Errorf("list cohorts of %s: %w", pass.In(), err)
		}
		return cohorts, nil
	})
}

// Holders lists who holds which office at the decision's organisation.
func (s Organisations) Holders(ctx context.Context, pass access.Pass, at time.Time) ([]identity.Holder, error) {
	rows, err := s.DB.read.ListHolders(ctx, gen.ListHoldersParams{Organisation: code(pass.In()), FromAt: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list office holders of %s: %w", pass.In(), err)
	}
	holders := make([]identity.Holder, 0, len(rows))
	for _, row := range rows {
		if held, own := s.DB.acts.held(row.Appointment); own {
			holders = append(holders, identity.Holder{Person: identity.Person{ID: held.Person, Name: row.Name, Email: row.Email, Phone: row.Phone}, Office: held.Office, Acting: held.Acting})
		}
	}
	return holders, nil
}

// InOffice lists the organisations where somebody holds the office at the
// instant, for national decisions.
func (s Organisations) InOffice(ctx context.Context, pass access.Pass, office access.Office, at time.Time) ([]organisation.Code, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListInOffice(ctx, gen.ListInOfficeParams{Office: string(office), FromAt: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list organisations with a %s: %w", office, err)
	}
	var list []organisation.Code
	for _, row := range rows {
		if held, own := s.DB.acts.held(row); own && (len(list) == 0 || list[len(list)-1] != held.Organisation) {
			list = append(list, held.Organisation)
		}
	}
	return list, nil
}

func toOrganisation(row gen.Organisation) organisation.Organisation {
	return organisation.Organisation{
		Code: organisation.Code(row.Code), Name: row.Name, Kind: organisation.Kind(row.Kind), Region: organisation.Region(row.Region), ICB: row.Icb,
		OpenedOn: organisation.Day(row.OpenedOn), ClosedOn: organisation.Day(row.ClosedOn), Version: row.Version,
	}
}

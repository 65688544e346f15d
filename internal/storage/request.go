package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Templates reads the latest edition of each template.
func (s Attestations) Templates(ctx context.Context, pass access.Pass) ([]attestation.Template, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListTemplates(ctx)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	var list []attestation.Template
	for _, row := range rows { // latest edition first
		if len(list) > 0 && list[len(list)-1].ID == row.ID {
			continue
		}
		t, err := decode[attestation.Template](row.Document, "template "+row.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// Called reads the register of a day, and who was asked for a statement before.
func (s Attestations) Called(ctx context.Context, pass access.Pass, template, period string, on organisation.Day) (attestation.Called, error) {
	if err := national(pass); err != nil {
		return attestation.Called{}, err
	}
	return readCalled(ctx, s.DB.read, template, period, on)
}

// Ask adds the statements a decision makes, with their events. Of two requests
// at once, the second decides again on what the first one left.
func (s Attestations) Ask(ctx context.Context, pass access.Pass, template, period string, on organisation.Day, decide func(attestation.Called) (attestation.Asked, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		called, err := readCalled(ctx, q, template, period, on)
		if err != nil {
			return err
		}
		asked, err := decide(called)
		if err != nil {
			return err
		}
		if asked.Campaign != nil {
			if err := addCampaign(ctx, q, *asked.Campaign); err != nil {
				return fmt.Errorf("begin campaign %s: %w", asked.Campaign.ID, err)
			}
		}
		if asked.Campaign == nil && len(asked.Statements) > 0 {
			if err := joinCampaign(ctx, q, asked.Statements[0].Campaign, attestation.ErrGone); err != nil {
				return err
			}
		}
		for _, st := range asked.Statements {
			if err := q.AddStatement(ctx, newStatement(st)); taken(err) {
				return errRetry // somebody else asked meanwhile
			} else if err != nil {
				return fmt.Errorf("ask %s for a statement: %w", st.Organisation, err)
			}
		}
		return addEvents(ctx, q, asked.Events...)
	})
}

func readCalled(ctx context.Context, q *queries, template, period string, on organisation.Day) (attestation.Called, error) {
	organisations, err := listOrganisations(ctx, q)
	if err != nil {
		return attestation.Called{}, err
	}
	cohorts, err := listCohorts(ctx, q, on)
	if err != nil {
		return attestation.Called{}, err
	}
	rows, err := q.ListAsked(ctx, gen.ListAskedParams{Template: template, Period: period})
	if err != nil {
		return attestation.Called{}, fmt.Errorf("list who was asked: %w", err)
	}
	called := attestation.Called{Organisations: organisations, Cohorts: cohorts, Numbers: map[organisation.Code]int64{}}
	for _, row := range rows {
		called.Numbers[organisation.Code(row.Organisation)] = row.Number
		if row.Held > 0 {
			called.Already = append(called.Already, organisation.Code(row.Organisation))
		}
	}
	return called, nil
}

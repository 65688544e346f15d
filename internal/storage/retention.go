package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// Outlived lists what was signed on a day of the United Kingdom or before it.
func (s Attestations) Outlived(ctx context.Context, pass access.Pass, day organisation.Day) ([]attestation.Outlived, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListOutlived(ctx, micros(day.Start().In(organisation.London).AddDate(0, 0, 1)))
	if err != nil {
		return nil, fmt.Errorf("list what has been kept long enough: %w", err)
	}
	list := make([]attestation.Outlived, 0, len(rows))
	for _, r := range rows {
		st := attestation.Statement{Called: r.Title, Period: r.Period}
		list = append(list, attestation.Outlived{Organisation: organisation.Code(r.Organisation), Statement: attestation.ID(r.Statement), Title: st.Title(), Code: attestation.Code(r.Code),
			SignedAt: instant(r.SignedAt), Evidence: int(r.Evidence), Elsewhere: int(r.Elsewhere)})
	}
	return list, nil
}

package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// LateOf lists the alerts that OnTime counts and that were not answered in time,
// the earliest deadline first.
func (s Alerts) LateOf(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) ([]alert.Titled, error) {
	begins, err := startOf(from)
	if err != nil {
		return nil, err
	}
	last, err := startOf(to)
	if err != nil {
		return nil, err
	}
	ends := last.AddDate(0, 0, 1)
	if !ends.Before(at) {
		return s.lateOf(ctx, pass, begins, ends, at) // deadlines still pass: the answer is one of this instant
	}
	return rememberList(ctx, s.DB, pass.In(), "late from "+string(from)+" to "+string(to), func() ([]alert.Titled, error) {
		return s.lateOf(ctx, pass, begins, ends, ends)
	})
}

func (s Alerts) lateOf(ctx context.Context, pass access.Pass, begins, ends, at time.Time) ([]alert.Titled, error) {
	rows, err := s.DB.read.ListLateOf(ctx, gen.ListLateOfParams{Organisation: code(pass.In()), AnswerDue: micros(begins), AnswerDue_2: micros(ends), AnswerDue_3: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list late answers of %s: %w", pass.In(), err)
	}
	list := make([]alert.Titled, 0, len(rows))
	for _, r := range rows {
		t, err := toTitled(r.AlertResponse, r.Number, r.Title, r.Severity, r.Class, r.Rehearsal)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// NotApplicable counts how often alerts issued between two instants were said
// not to apply, at the decision's organisation and at the others of its kind
// together. It crosses organisations in sums alone: none of them can be told
// from the others.
func (s Alerts) NotApplicable(ctx context.Context, pass access.Pass, from, at time.Time) (attestation.Elsewhere, error) {
	if err := decided(pass); err != nil {
		return attestation.Elsewhere{}, err
	}
	begins := organisation.DayOf(from).Start() // the same all day long
	return remember(ctx, s.DB, everywhere, fmt.Sprint("not applicable ", pass.In(), " ", micros(begins)), func() (attestation.Elsewhere, error) {
		row, err := s.DB.read.CountNotApplicable(ctx, gen.CountNotApplicableParams{Organisation: code(pass.In()), Begins: micros(begins), Ends: micros(at)})
		if err != nil {
			return attestation.Elsewhere{}, fmt.Errorf("count alerts that did not apply: %w", err)
		}
		return attestation.Elsewhere{NotApplicable: int(row.OwnNone), Answered: int(row.Own), PeersNotApplicable: int(row.OthersNone), PeersAnswered: int(row.Others), Peers: int(row.Peers)}, nil
	})
}

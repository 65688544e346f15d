package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Attestations keeps statement templates, statements, reviews, attempts to
// sign and signatures.
type Attestations struct{ DB *DB }

// Change applies a decision to a statement. When seen is not 0 and not the
// stored version, somebody else changed it: attestation.ErrEdited.
func (s Attestations) Change(ctx context.Context, pass access.Pass, id attestation.ID, seen int64, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error { return changeStatement(ctx, q, pass, id, seen, decide) })
}

// Lock reads what is bound outside of its transaction, which would be long, and
// takes it only where the organisation's mark stood still: the mark is moved
// first, so that whoever is about to change something has done so, or waits.
func (s Attestations) Lock(ctx context.Context, pass access.Pass, id attestation.ID, seen int64, read func(context.Context) (attestation.Binding, error), decide func(attestation.Statement, attestation.Binding) (attestation.Statement, event.Event, error)) error {
	fresh := afresh(ctx)
	return s.DB.run(func() error {
		mark, err := s.DB.read.FindMark(ctx, code(pass.In()))
		if err != nil {
			return fmt.Errorf("find the change mark of %s: %w", pass.In(), err)
		}
		if _, _, err := findStatement(ctx, s.DB.read, pass, id); err != nil {
			return err // before anything is read for it
		}
		with, err := read(fresh)
		if err != nil {
			return err
		}
		return s.DB.once(ctx, s.DB.writer, nil, func(q *queries) error {
			if err := unmoved(ctx, q, pass.In(), mark); err != nil {
				return err // before a fault is made of what is not so any more
			}
			err := changeStatement(ctx, q, pass, id, seen, func(was attestation.Statement) (attestation.Statement, event.Event, error) {
				return decide(was, with)
			})
			if err != nil {
				return err
			}
			return unmoved(ctx, q, pass.In(), mark+1) // its own event moved it by one, and holds it until the end
		})
	})
}

// unmoved asks for another try where something happened at an organisation, or
// nationally, since its mark was read.
func unmoved(ctx context.Context, q *queries, org organisation.Code, mark int64) error {
	now, err := q.FindMark(ctx, code(org))
	if err != nil {
		return fmt.Errorf("find the change mark of %s: %w", org, err)
	}
	if now != mark {
		return errRetry
	}
	return nil
}

func changeStatement(ctx context.Context, q *queries, pass access.Pass, id attestation.ID, seen int64, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	was, version, err := findStatement(ctx, q, pass, id)
	if err != nil {
		return err
	}
	if seen != 0 && seen != version {
		return attestation.ErrEdited
	}
	is, e, err := decide(was)
	if err != nil {
		return err
	}
	if err := keepStatement(ctx, q, is, version); err != nil {
		return err
	}
	if was.State != attestation.Locked && is.State == attestation.Locked {
		if err := linkRelied(ctx, q, pass, is); err != nil {
			return err
		}
		if err := tellSigner(ctx, q, is, e.At); err != nil {
			return err
		}
	}
	return addEvents(ctx, q, e)
}

// Again applies the decision that takes up a returned statement as a new one.
// Of two people who do so at once, the second finds attestation.ErrTakenUp.
func (s Attestations) Again(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, _, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		next, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := joinCampaign(ctx, q, next.Campaign, attestation.ErrWithdrawn); err != nil {
			return err
		}
		if err := q.AddStatement(ctx, newStatement(next)); err != nil {
			if taken(err) {
				return attestation.ErrTakenUp
			}
			return fmt.Errorf("take up statement %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Find reads a statement of the decision's organisation, and its version.
func (s Attestations) Find(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Statement, int64, error) {
	return findStatement(ctx, s.DB.read, pass, id)
}

// List reads the statements of the decision's organisation, latest first.
func (s Attestations) List(ctx context.Context, pass access.Pass) ([]attestation.Statement, error) {
	return rememberList(ctx, s.DB, pass.In(), "statements", func() ([]attestation.Statement, error) {
		rows, err := s.DB.read.ListStatementsOf(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list statements of %s: %w", pass.In(), err)
		}
		return listed(ctx, s.DB.read, pass, rows)
	})
}

// Unsigned reads what still waits at the decision's organisation, the earliest
// deadline first.
func (s Attestations) Unsigned(ctx context.Context, pass access.Pass) ([]attestation.Statement, error) {
	return rememberList(ctx, s.DB, pass.In(), "unsigned statements", func() ([]attestation.Statement, error) {
		rows, err := s.DB.read.ListUnsignedStatementsOf(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list unsigned statements of %s: %w", pass.In(), err)
		}
		return listed(ctx, s.DB.read, pass, rows)
	})
}

func toStatements(ctx context.Context, q *queries, in organisation.Code, rows []gen.Statement) ([]attestation.Statement, error) {
	list, each := make([]attestation.Statement, len(rows)), make([]*attestation.Statement, len(rows))
	for i, row := range rows {
		st, err := toStatement(row)
		if err != nil {
			return nil, err
		}
		list[i], each[i] = st, &list[i]
	}
	return list, besides(ctx, q, in, each)
}

// Ended lists how every organisation's statements stand, without reasons.
func (s Attestations) Ended(ctx context.Context, pass access.Pass, since time.Time) ([]attestation.Ended, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return rememberList(ctx, s.DB, everywhere, fmt.Sprint("ended ", micros(since)), func() ([]attestation.Ended, error) {
		rows, err := s.DB.read.ListStatementOutcomes(ctx, micros(since))
		if err != nil {
			return nil, fmt.Errorf("list statement outcomes: %w", err)
		}
		list := make([]attestation.Ended, 0, len(rows))
		for _, r := range rows {
			list = append(list, attestation.Ended{ID: attestation.ID(r.ID), Organisation: organisation.Code(r.Organisation), Name: r.Name, Number: r.Number, Period: r.Period,
				Called: r.Title, Template: r.Template, Campaign: attestation.CampaignID(r.Campaign.String), CampaignName: r.CampaignName.String,
				Due: instant(r.DueAt), State: attestation.State(r.State), Begun: r.Begun == 1, Awaits: r.Awaits == 1, EndedAt: maybeInstant(r.EndedAt), Opinion: attestation.Opinion(r.Opinion), Late: r.Late == 1, Code: attestation.Code(r.Code),
				ReplacedBy: attestation.Code(r.NextCode), RevokedAt: maybeInstant(r.RevokedAt), Optional: r.Optional == 1})
		}
		return list, nil
	})
}

func findStatement(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Statement, int64, error) {
	row, err := q.FindStatement(ctx, gen.FindStatementParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return attestation.Statement{}, 0, found(err, attestation.ErrUnknown, "statement "+string(id))
	}
	st, err := toStatement(row)
	if err == nil && st.Supersedes != "" {
		st.Optional, err = stands(ctx, q, st.Supersedes)
	}
	if err != nil {
		return st, 0, err
	}
	st, err = beside(ctx, q, st)
	return st, row.Version, err
}

func newStatement(st attestation.Statement) gen.AddStatementParams {
	return gen.AddStatementParams{ID: string(st.ID), Organisation: code(st.Organisation), Template: st.Template, Edition: st.Edition, Number: st.Number,
		Replaces: string(st.Replaces), Period: st.Period, PeriodFrom: string(st.From), PeriodTo: string(st.To), DueAt: micros(st.Due),
		Gaps: encode(gaps(st.Gaps)), BoardOn: string(st.BoardOn), Preparation: encode(st.Prepared), Campaign: maybeText(string(st.Campaign)), Title: st.Called,
		Supersedes: maybeText(string(st.Supersedes)), SupersedeWhy: st.Because, SupersedeBy: st.Wanted}
}

func keepStatement(ctx context.Context, q *queries, st attestation.Statement, version int64) error {
	err := changed(q.ChangeStatement(ctx, gen.ChangeStatementParams{ID: string(st.ID), Organisation: code(st.Organisation), State: string(st.State),
		Gaps: encode(gaps(st.Gaps)), BoardOn: string(st.BoardOn), Preparation: encode(st.Prepared), Facts: encode(st.Facts), Words: st.Words, Digest: string(st.Digest), CoSigns: int64(len(st.CoSigns())),
		LockedAt: maybeMicros(st.LockedAt), LockedBy: st.LockedBy, EndedAt: maybeMicros(st.EndedAt), Version: version}))
	if err != nil && !errors.Is(err, errRetry) {
		return fmt.Errorf("change statement %s: %w", st.ID, err)
	}
	return err
}

func toStatement(r gen.Statement) (attestation.Statement, error) {
	gapList, err := decode[[]attestation.Gap](r.Gaps, "gaps of statement "+r.ID)
	if err != nil {
		return attestation.Statement{}, err
	}
	prepared, err := decode[attestation.Preparation](r.Preparation, "preparation of statement "+r.ID)
	if err != nil {
		return attestation.Statement{}, err
	}
	facts, err := decode[attestation.Facts](r.Facts, "facts of statement "+r.ID)
	ended := maybeInstant(r.EndedAt)
	if r.WithdrawnAt.Valid {
		ended = maybeInstant(r.WithdrawnAt)
	}
	return attestation.Statement{ID: attestation.ID(r.ID), Organisation: organisation.Code(r.Organisation), Template: r.Template, Edition: r.Edition, Number: r.Number,
		Replaces: attestation.ID(r.Replaces), Period: r.Period, From: organisation.Day(r.PeriodFrom), To: organisation.Day(r.PeriodTo), Due: instant(r.DueAt),
		Campaign: attestation.CampaignID(r.Campaign.String), Called: r.Title, State: standing(r.State, r.WithdrawnAt.Valid), Gaps: gapList, Prepared: prepared, BoardOn: organisation.Day(r.BoardOn),
		Facts: facts, Words: r.Words, Digest: attestation.Digest(r.Digest), LockedAt: maybeInstant(r.LockedAt), LockedBy: r.LockedBy, EndedAt: ended,
		Supersedes: attestation.ID(r.Supersedes.String), Because: r.SupersedeWhy, Wanted: r.SupersedeBy}, err
}

// gaps makes an absent list an empty one, stored as [].
func gaps(list []attestation.Gap) []attestation.Gap {
	if list == nil {
		return []attestation.Gap{}
	}
	return list
}

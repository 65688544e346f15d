package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// about says which events of a thing tell of one record, as the query groups
// them.
type about string

const (
	ofAsking     about = "asking"
	ofDeadline   about = "deadline"
	ofEnding     about = "ending"
	ofCampaign   about = "campaign"
	ofCommitment about = "commitment"
	ofActing     about = "acting"
	ofWording    about = "wording"
)

// told compares a record with the events that made it: one of them vouches for
// it as it stands, and there are as many as it has steps. So an older state, put
// back, is found too, whatever the clocks of those who acted said. Something
// that nothing tells of is vouched for by nothing.
func (s Audit) told(ctx context.Context, r audit.Record, org organisation.Code, of about, record string, steps int) (audit.Record, error) {
	r.Digest = event.DigestOf(record)
	row, err := s.DB.read.AuditTold(ctx, gen.AuditToldParams{Thing: r.Thing, Organisation: code(org), Digest: r.Digest, About: string(of)})
	if err != nil {
		return r, fmt.Errorf("find what tells of %s: %w", r.Thing, err)
	}
	switch {
	case row.Told == 0:
		return r, nil
	case row.Agree > 0 && int(row.Told) == steps:
		r.Vouched = r.Digest
	default:
		r.Vouched = "another record"
	}
	r.At = instant(row.Last)
	return r, nil
}

func (s Audit) campaigns(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.Campaign, error) {
		rows, err := s.DB.read.AuditCampaigns(ctx, gen.AuditCampaignsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list campaigns")
	}, func(r gen.Campaign) string { return r.ID }, func(row gen.Campaign) error {
		r := audit.Record{What: "campaign “" + row.Name + "”", Thing: "campaign/" + row.ID}
		c, err := toCampaign(row)
		if err != nil {
			return see(unreadable(r))
		}
		steps := 1
		if !c.WithdrawnAt.IsZero() {
			steps++
		}
		if r, err = s.told(ctx, r, organisation.National, ofCampaign, c.Record(), steps); err != nil {
			return err
		}
		return see(r)
	})
}

func (s Audit) commitments(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.Commitment, error) {
		rows, err := s.DB.read.AuditCommitments(ctx, gen.AuditCommitmentsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list commitments")
	}, func(r gen.Commitment) string { return r.ID }, func(row gen.Commitment) error {
		steps, err := s.DB.read.AuditCommitmentSteps(ctx, gen.AuditCommitmentStepsParams{Commitment: row.ID, Organisation: row.Organisation})
		if err != nil {
			return fmt.Errorf("list what became of commitment %s: %w", row.ID, err)
		}
		c := toCommitment(row)
		c.Steps = stepsOf(c.ID, steps)
		r, err := s.told(ctx, audit.Record{What: "commitment of " + code(c.Organisation), Thing: "commitment/" + row.ID}, c.Organisation, ofCommitment, c.Record(), 1+len(c.Steps))
		if err != nil {
			return err
		}
		return see(r)
	})
}

func (s Audit) acting(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.ActingRequest, error) {
		rows, err := s.DB.read.AuditActing(ctx, gen.AuditActingParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list requests for acting chief executives")
	}, func(r gen.ActingRequest) string { return r.ID }, func(row gen.ActingRequest) error {
		a := toActing(row)
		r, err := s.told(ctx, audit.Record{What: "request of " + code(a.Organisation) + " for an acting chief executive", Thing: "acting/" + row.ID}, a.Organisation, ofActing, a.Record(), a.Steps())
		if err != nil {
			return err
		}
		return see(r)
	})
}

func (s Audit) wordings(ctx context.Context, see func(audit.Record) error) error {
	rows, err := s.DB.read.AuditWordings(ctx)
	if err != nil {
		return fmt.Errorf("list wordings: %w", err)
	}
	for _, row := range rows {
		r := audit.Record{What: fmt.Sprintf("wording %s, edition %d,", row.ID, row.Edition), Thing: "template/" + row.ID}
		t, err := decode[attestation.Template](row.Document, "template "+row.ID)
		if err != nil || t.ID != row.ID || t.Edition != row.Edition || t.Title != row.Title || string(attestation.DigestOf(row.Document)) != row.Digest {
			r = unreadable(r)
		} else {
			d := attestation.Draft{ID: row.Draft, Template: t, Author: identity.PersonID(row.Author), AuthorName: row.AuthorName, DraftedAt: maybeInstant(row.DraftedAt),
				DecidedBy: identity.PersonID(row.DecidedBy), DecidedName: row.DecidedName, DecidedAt: maybeInstant(row.DecidedAt)}
			if r, err = s.told(ctx, r, organisation.National, ofWording, d.Record(), int(row.Editions)); err != nil {
				return err
			}
		}
		if err := see(r); err != nil {
			return err
		}
	}
	return nil
}

// unreadable is a record that no program wrote like this.
func unreadable(r audit.Record) audit.Record {
	r.Digest, r.Vouched = "unreadable", "readable"
	return r
}

// asking reads what every statement was asked for as, by when, and whether it
// still is. What one takes the place of is compared with the words: Successors.
func (s Audit) asking(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.AuditAskedRow, error) {
		rows, err := s.DB.read.AuditAsked(ctx, gen.AuditAskedParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list what was asked for")
	}, func(r gen.AuditAskedRow) string { return r.Statement.ID }, func(row gen.AuditAskedRow) error {
		st, err := toStatement(row.Statement)
		if err != nil {
			return see(unreadable(audit.Record{What: "statement", Thing: "statement/" + row.Statement.ID}))
		}
		moves, err := s.moves(ctx, st)
		if err != nil {
			return err
		}
		if st.Supersedes == "" {
			r, err := s.asked(ctx, st, moves, maybeInstant(row.CampaignDueAt))
			if err != nil {
				return err
			} else if err := see(r); err != nil {
				return err
			}
		}
		return s.moved(ctx, st, moves, see)
	})
}

func (s Audit) moves(ctx context.Context, st attestation.Statement) ([]attestation.Extension, error) {
	rows, err := s.DB.read.ListExtensionsOf(ctx, gen.ListExtensionsOfParams{Statement: string(st.ID), Organisation: string(organisation.National)})
	if err != nil {
		return nil, fmt.Errorf("list deadlines of %s: %w", st.ID, err)
	}
	list := make([]attestation.Extension, 0, len(rows))
	for _, row := range rows {
		list = append(list, toExtension(row))
	}
	return list, nil
}

// asked compares what was asked for. With the deadline of its campaign it also
// finds out whether the deadline is all that was changed.
func (s Audit) asked(ctx context.Context, st attestation.Statement, moves []attestation.Extension, due time.Time) (audit.Record, error) {
	r := audit.Record{What: "request for the statement of " + code(st.Organisation), Thing: "statement/" + string(st.ID)}
	st.Due = st.FirstDue(moves)
	r, err := s.told(ctx, r, st.Organisation, ofAsking, st.AskingRecord(), 1)
	if err != nil || r.Vouched == r.Digest || due.IsZero() {
		return r, err
	}
	st.Due = due
	if as, err := s.told(ctx, r, st.Organisation, ofAsking, st.AskingRecord(), 1); err != nil || as.Vouched != as.Digest {
		return r, err
	}
	r.What = "deadline of the statement of " + code(st.Organisation)
	return r, nil
}

// moved compares the deadline that runs, where one was ever proposed, and
// whether the statement is asked for no longer.
func (s Audit) moved(ctx context.Context, st attestation.Statement, moves []attestation.Extension, see func(audit.Record) error) error {
	ended := 0
	if st.State == attestation.Withdrawn {
		ended = 1
	}
	for _, each := range []struct {
		what   string
		of     about
		record string
		steps  int
	}{
		{"deadline of the statement of ", ofDeadline, st.DeadlineRecord(moves), attestation.Decisions(moves)},
		{"end of the request for the statement of ", ofEnding, st.EndingRecord(), ended},
	} {
		r, err := s.told(ctx, audit.Record{What: each.what + code(st.Organisation), Thing: "statement/" + string(st.ID)}, st.Organisation, each.of, each.record, each.steps)
		if err != nil {
			return err
		}
		if r.Vouched == "" && each.steps == 0 {
			continue // it never moved, or never ended, and nothing says so
		}
		if err := see(r); err != nil {
			return err
		}
	}
	return nil
}

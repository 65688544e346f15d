package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/board"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage/gen"
)

// Boards reads what board papers are drawn from.
type Boards struct{ DB *DB }

// Ledger reads what the record has of the decision's organisation up to an
// instant. Nothing of it is remembered: a paper is asked for seldom, and of a
// moment.
func (s Boards) Ledger(ctx context.Context, pass access.Pass, at time.Time) (board.Ledger, error) {
	var l board.Ledger
	row, err := s.DB.read.FindOrganisation(ctx, code(pass.In()))
	if err != nil {
		return l, found(err, organisation.ErrUnknown, "organisation "+code(pass.In()))
	}
	l.Organisation = toOrganisation(row)
	for _, read := range []func(context.Context, access.Pass, time.Time, *board.Ledger) error{s.events, s.sent, s.risks, s.statements, s.commitments, s.assessments, s.head} {
		if err := read(ctx, pass, at, &l); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (s Boards) events(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.ListEventsBy(ctx, gen.ListEventsByParams{Organisation: code(pass.In()), At: micros(at)})
	if err != nil {
		return fmt.Errorf("list events of %s: %w", pass.In(), err)
	}
	l.Events = toEvents(rows)
	if rows, err = s.DB.read.ListRegistered(ctx, code(pass.In())); err != nil {
		return fmt.Errorf("list imports of %s: %w", pass.In(), err)
	}
	l.Renames = toEvents(rows)
	began, err := s.DB.read.FindFirstEventOf(ctx, code(pass.In()))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return fmt.Errorf("find the first event of %s: %w", pass.In(), err)
	}
	l.Began = instant(began)
	return nil
}

func (s Boards) sent(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.ListSentBy(ctx, gen.ListSentByParams{Organisation: code(pass.In()), IssuedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list alerts sent to %s: %w", pass.In(), err)
	}
	place := map[string]int{}
	for _, row := range rows {
		a, err := toAlert(row.Alert)
		if err != nil {
			return err
		}
		r, err := toResponse(row.AlertResponse)
		if err != nil {
			return err
		}
		place[row.Alert.ID] = len(l.Alerts)
		l.Alerts = append(l.Alerts, board.Sent{Alert: a, Response: r})
	}
	versions, err := s.DB.read.ListVersionsBy(ctx, gen.ListVersionsByParams{Organisation: code(pass.In()), IssuedAt: maybeMicros(at)})
	if err != nil {
		return fmt.Errorf("list versions of alerts sent to %s: %w", pass.In(), err)
	}
	for _, row := range versions {
		v, err := toVersion(row)
		if err != nil {
			return err
		}
		if i, sent := place[row.Alert]; sent {
			l.Alerts[i].Versions = append(l.Alerts[i].Versions, v)
		}
	}
	return nil
}

func (s Boards) risks(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	requests, err := s.DB.read.ListRiskRequestsBy(ctx, gen.ListRiskRequestsByParams{Organisation: code(pass.In()), AskedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list requests about risks of %s: %w", pass.In(), err)
	}
	for _, row := range requests {
		l.Requests = append(l.Requests, toRiskRequest(row))
	}
	signed, err := s.DB.read.ListRiskSignaturesBy(ctx, gen.ListRiskSignaturesByParams{Organisation: code(pass.In()), SignedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list decisions about risks of %s: %w", pass.In(), err)
	}
	for _, row := range signed {
		g := row.RiskSignature
		l.Decisions = append(l.Decisions, risk.Signature{ID: g.ID, Attempt: toRiskAttempt(row.RiskAttempt), SignerName: g.SignerName, Acting: g.Acting == 1, SignedAt: instant(g.SignedAt)})
	}
	return nil
}

func (s Boards) statements(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.ListEveryStatementOf(ctx, code(pass.In()))
	if err != nil {
		return fmt.Errorf("list statements of %s: %w", pass.In(), err)
	}
	if l.Statements, err = toStatements(ctx, s.DB.read, pass.In(), rows); err != nil {
		return err
	}
	signed, err := s.DB.read.ListSignaturesOf(ctx, gen.ListSignaturesOfParams{Organisation: code(pass.In()), SignedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list signatures of %s: %w", pass.In(), err)
	}
	for _, row := range signed {
		g, err := toSignature(row)
		if err != nil {
			return err
		}
		l.Signatures = append(l.Signatures, g)
	}
	moves, err := s.DB.read.ListMovesOf(ctx, code(pass.In()))
	if err != nil {
		return fmt.Errorf("list moved deadlines of %s: %w", pass.In(), err)
	}
	for _, row := range moves {
		l.Moves = append(l.Moves, toExtension(row))
	}
	return nil
}

func (s Boards) commitments(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.ListCommitmentsBy(ctx, gen.ListCommitmentsByParams{Organisation: code(pass.In()), MadeAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list commitments of %s: %w", pass.In(), err)
	}
	place := map[string]int{}
	for _, row := range rows {
		place[row.ID] = len(l.Commitments)
		l.Commitments = append(l.Commitments, toCommitment(row))
	}
	steps, err := s.DB.read.ListCommitmentStepsBy(ctx, gen.ListCommitmentStepsByParams{Organisation: code(pass.In()), SaidAt: micros(at)})
	if err != nil {
		return fmt.Errorf("list what became of commitments of %s: %w", pass.In(), err)
	}
	for _, step := range steps {
		if i, made := place[step.Commitment]; made {
			c := &l.Commitments[i]
			c.Steps = append(c.Steps, toStep(step))
		}
	}
	return nil
}

func (s Boards) assessments(ctx context.Context, pass access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.FindAssessmentBy(ctx, gen.FindAssessmentByParams{Organisation: code(pass.In()), StartedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("find the assessment of %s: %w", pass.In(), err)
	}
	for _, row := range rows {
		a := board.Assessed{Assessment: toAssessment(row)}
		f, err := s.DB.read.FindFramework(ctx, row.Framework)
		if err != nil {
			return fmt.Errorf("find framework %s: %w", row.Framework, err)
		}
		if a.Framework, err = decode[assessment.Framework](f.Document, "framework "+f.ID); err != nil {
			return err
		}
		p, err := s.DB.read.FindProfile(ctx, row.Profile)
		if err != nil {
			return fmt.Errorf("find profile %s: %w", row.Profile, err)
		}
		if a.Profile, err = decode[assessment.Profile](p.Document, "profile "+p.ID); err != nil {
			return err
		}
		l.Assessments = append(l.Assessments, a)
	}
	return nil
}

// head reads a checkpoint without its witnesses: they may sign it later. It is
// everybody's, so no organisation stands in its query.
func (s Boards) head(ctx context.Context, _ access.Pass, at time.Time, l *board.Ledger) error {
	rows, err := s.DB.read.FindHeadBy(ctx, micros(at))
	if err != nil {
		return fmt.Errorf("find the head of the log: %w", err)
	}
	for _, row := range rows {
		head, err := parseHead(row)
		if err != nil {
			return err
		}
		l.Heads = append(l.Heads, head)
	}
	return nil
}

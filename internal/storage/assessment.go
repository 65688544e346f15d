package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Assessments keeps frameworks, profiles, assessments and answers. It holds
// the frameworks and profiles it has read, by id and digest: they never change
// under both, and reading one means decoding up to a megabyte.
type Assessments struct {
	DB         *DB
	frameworks documents[assessment.Framework]
	profiles   documents[assessment.Profile]
}

// documents holds decoded documents. There are a handful in a service.
type documents[T any] struct {
	held  sync.RWMutex
	known map[string]T
}

// get gives the document of an id, reading it only when its digest is new.
func (d *documents[T]) get(id, digest, what string, read func() (string, error)) (T, error) {
	key := id + " " + digest
	d.held.RLock()
	value, known := d.known[key]
	d.held.RUnlock()
	if known {
		return value, nil
	}
	text, err := read()
	if err != nil {
		return value, err
	}
	if value, err = decode[T](text, what+" "+id); err != nil {
		return value, err
	}
	d.held.Lock()
	defer d.held.Unlock()
	if d.known == nil {
		d.known = map[string]T{}
	}
	d.known[key] = value
	return value, nil
}

// AddFramework keeps a framework, once.
func (s *Assessments) AddFramework(ctx context.Context, pass access.Pass, f assessment.Framework, e event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, err := q.FindFrameworkDigest(ctx, f.ID)
		if err == nil {
			return same(was == f.Digest(), assessment.ErrOtherFramework)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find framework %s: %w", f.ID, err)
		}
		err = q.AddFramework(ctx, gen.AddFrameworkParams{ID: f.ID, Title: f.Name, Digest: f.Digest(), Document: encode(f)})
		if err != nil {
			return again(err, "add framework "+f.ID)
		}
		return addEvents(ctx, q, e)
	})
}

// AddProfile keeps a profile, once.
func (s *Assessments) AddProfile(ctx context.Context, pass access.Pass, p assessment.Profile, e event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, err := q.FindProfileDigest(ctx, p.ID)
		if err == nil {
			return same(was == p.Digest(), assessment.ErrOtherProfile)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find profile %s: %w", p.ID, err)
		}
		err = q.AddProfile(ctx, gen.AddProfileParams{ID: p.ID, Framework: p.Framework, Title: p.Name, Digest: p.Digest(), Document: encode(p)})
		if err != nil {
			return again(err, "add profile "+p.ID)
		}
		return addEvents(ctx, q, e)
	})
}

// same lets what is there already be, and refuses what differs from it.
func same(is bool, other error) error {
	if is {
		return nil
	}
	return other
}

// again runs the decision once more when another one added the same row
// meanwhile: it then finds it.
func again(err error, what string) error {
	if taken(err) {
		return errRetry
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Framework reads a framework, which is no organisation's secret. It is
// remembered under the mark that the rest of the page leans on, which every
// national act moves as well.
func (s *Assessments) Framework(ctx context.Context, pass access.Pass, id string) (assessment.Framework, error) {
	if err := decided(pass); err != nil {
		return assessment.Framework{}, err
	}
	return remember(ctx, s.DB, pass.In(), "framework "+id, func() (assessment.Framework, error) {
		digest, err := s.DB.read.FindFrameworkDigest(ctx, id)
		if err != nil {
			return assessment.Framework{}, found(err, assessment.ErrUnknownFramework, "framework "+id)
		}
		return s.framework(ctx, id, digest)
	})
}

func (s *Assessments) framework(ctx context.Context, id, digest string) (assessment.Framework, error) {
	return s.frameworks.get(id, digest, "framework", func() (string, error) {
		row, err := s.DB.read.FindFramework(ctx, id)
		return row.Document, found(err, assessment.ErrUnknownFramework, "framework "+id)
	})
}

// Frameworks reads every framework, by id.
func (s *Assessments) Frameworks(ctx context.Context, pass access.Pass) ([]assessment.Framework, error) {
	if err := decided(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListFrameworks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list frameworks: %w", err)
	}
	all := make([]assessment.Framework, 0, len(rows))
	for _, row := range rows {
		f, err := s.framework(ctx, row.ID, row.Digest)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// Profile reads a profile, which is no organisation's secret.
func (s *Assessments) Profile(ctx context.Context, pass access.Pass, id string) (assessment.Profile, error) {
	if err := decided(pass); err != nil {
		return assessment.Profile{}, err
	}
	return remember(ctx, s.DB, pass.In(), "profile "+id, func() (assessment.Profile, error) {
		digest, err := s.DB.read.FindProfileDigest(ctx, id)
		if err != nil {
			return assessment.Profile{}, found(err, assessment.ErrUnknownProfile, "profile "+id)
		}
		return s.profile(ctx, id, digest)
	})
}

func (s *Assessments) profile(ctx context.Context, id, digest string) (assessment.Profile, error) {
	return s.profiles.get(id, digest, "profile", func() (string, error) {
		row, err := s.DB.read.FindProfile(ctx, id)
		return row.Document, found(err, assessment.ErrUnknownProfile, "profile "+id)
	})
}

// Profiles reads every profile, by id.
func (s *Assessments) Profiles(ctx context.Context, pass access.Pass) ([]assessment.Profile, error) {
	if err := decided(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListProfiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	all := make([]assessment.Profile, 0, len(rows))
	for _, row := range rows {
		p, err := s.profile(ctx, row.ID, row.Digest)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Start adds the assessment the decision makes, with the answers it carries.
func (s *Assessments) Start(ctx context.Context, pass access.Pass, framework string, decide func([]assessment.Answer) (assessment.Assessment, []assessment.Answer, event.Event, error)) error {
	if err := decided(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		var before []assessment.Answer
		last, err := q.LastAssessmentBy(ctx, gen.LastAssessmentByParams{Organisation: code(pass.In()), Framework: framework})
		if err == nil {
			before, err = answersOf(ctx, q, pass, assessment.ID(last))
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find the assessment before: %w", err)
		}
		a, answers, e, err := decide(before)
		if err != nil {
			return err
		}
		err = q.AddAssessment(ctx, gen.AddAssessmentParams{ID: string(a.ID), Organisation: code(pass.In()), Framework: a.Framework, Profile: a.Profile,
			Period: a.Period, StartedAt: micros(a.StartedAt), DueAt: micros(a.Due)})
		if err != nil {
			if taken(err) {
				return assessment.ErrStarted
			}
			return fmt.Errorf("add assessment: %w", err)
		}
		for _, answer := range answers {
			if err := q.AddAnswer(ctx, newAnswer(a.ID, answer)); err != nil {
				return fmt.Errorf("carry outcome %s: %w", answer.Outcome, err)
			}
		}
		return addEvents(ctx, q, e)
	})
}

// Record applies a decision to one answer of an assessment of the decision's
// organisation.
func (s *Assessments) Record(ctx context.Context, pass access.Pass, id assessment.ID, outcome string, seen int64, decide func(assessment.Answer) (assessment.Answer, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		if _, err := findAssessment(ctx, q, pass, id); err != nil {
			return err
		}
		was := assessment.Answer{Outcome: outcome, Level: assessment.NotAssessed}
		row, err := q.FindAnswer(ctx, gen.FindAnswerParams{Assessment: string(id), Outcome: outcome})
		if err == nil {
			was = toAnswer(row)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find answer %s of %s: %w", outcome, id, err)
		}
		if seen != was.Version {
			return assessment.ErrChanged
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if was.Version == 0 {
			err = q.AddAnswer(ctx, newAnswer(id, is))
			if err != nil && taken(err) {
				return errRetry
			}
		} else {
			err = changed(q.ChangeAnswer(ctx, gen.ChangeAnswerParams{Assessment: string(id), Outcome: outcome, Level: string(is.Level), Comment: is.Comment,
				AnsweredBy: is.By, AnsweredAt: micros(is.At), Version: was.Version}))
		}
		if err != nil {
			return fmt.Errorf("record outcome %s of %s: %w", outcome, id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Find reads an assessment of the decision's organisation.
func (s *Assessments) Find(ctx context.Context, pass access.Pass, id assessment.ID) (assessment.Assessment, error) {
	return findAssessment(ctx, s.DB.read, pass, id)
}

// Answers reads what was said in an assessment of the decision's organisation.
func (s *Assessments) Answers(ctx context.Context, pass access.Pass, id assessment.ID) (map[string]assessment.Answer, error) {
	return remember(ctx, s.DB, pass.In(), "answers "+string(id), func() (map[string]assessment.Answer, error) {
		list, err := answersOf(ctx, s.DB.read, pass, id)
		answers := make(map[string]assessment.Answer, len(list))
		for _, a := range list {
			answers[a.Outcome] = a
		}
		return answers, err
	})
}

// List reads the assessments of the decision's organisation, latest first.
func (s *Assessments) List(ctx context.Context, pass access.Pass) ([]assessment.Assessment, error) {
	return rememberList(ctx, s.DB, pass.In(), "assessments", func() ([]assessment.Assessment, error) {
		rows, err := s.DB.read.ListAssessmentsOf(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list assessments of %s: %w", pass.In(), err)
		}
		all := make([]assessment.Assessment, 0, len(rows))
		for _, row := range rows {
			all = append(all, toAssessment(row))
		}
		return all, nil
	})
}

func findAssessment(ctx context.Context, q *queries, pass access.Pass, id assessment.ID) (assessment.Assessment, error) {
	row, err := q.FindAssessment(ctx, gen.FindAssessmentParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return assessment.Assessment{}, found(err, assessment.ErrUnknown, "assessment "+string(id))
	}
	return toAssessment(row), nil
}

func answersOf(ctx context.Context, q *queries, pass access.Pass, id assessment.ID) ([]assessment.Answer, error) {
	rows, err := q.ListAnswers(ctx, gen.ListAnswersParams{Assessment: string(id), Organisation: code(pass.In())})
	if err != nil {
		return nil, fmt.Errorf("list answers of %s: %w", id, err)
	}
	all := make([]assessment.Answer, 0, len(rows))
	for _, row := range rows {
		all = append(all, toAnswer(row))
	}
	return all, nil
}

// newAnswer writes an answer for the first time. One that was carried has been
// given by nobody and at no time.
func newAnswer(id assessment.ID, a assessment.Answer) gen.AddAnswerParams {
	p := gen.AddAnswerParams{Assessment: string(id), Outcome: a.Outcome, Level: string(a.Level), Was: string(a.Was), Comment: a.Comment, AnsweredBy: a.By}
	if a.Answered() {
		p.AnsweredAt = micros(a.At)
	}
	return p
}

func toAssessment(r gen.Assessment) assessment.Assessment {
	return assessment.Assessment{ID: assessment.ID(r.ID), Organisation: organisation.Code(r.Organisation), Framework: r.Framework, Profile: r.Profile,
		Period: r.Period, StartedAt: instant(r.StartedAt), Due: instant(r.DueAt)}
}

func toAnswer(r gen.AssessmentAnswer) assessment.Answer {
	a := assessment.Answer{Outcome: r.Outcome, Level: assessment.Level(r.Level), Was: assessment.Level(r.Was), Comment: r.Comment, By: r.AnsweredBy, Version: r.Version}
	if a.Answered() {
		a.At = instant(r.AnsweredAt)
	}
	return a
}

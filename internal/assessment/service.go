package assessment

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Store keeps frameworks, profiles, assessments and answers. Frameworks and
// profiles never change under their id, so a store may keep them in memory.
// Start and Record read, decide and write in one transaction, and may run the
// decision again after a lost race.
type Store interface {
	// AddFramework keeps a framework and the event. The same content again is
	// no change and no event; other content under the id is ErrOtherFramework.
	AddFramework(ctx context.Context, pass access.Pass, f Framework, e event.Event) error
	// AddProfile is AddFramework for a profile: ErrOtherProfile.
	AddProfile(ctx context.Context, pass access.Pass, p Profile, e event.Event) error
	Framework(ctx context.Context, pass access.Pass, id string) (Framework, error)
	Frameworks(ctx context.Context, pass access.Pass) ([]Framework, error)
	Profile(ctx context.Context, pass access.Pass, id string) (Profile, error)
	Profiles(ctx context.Context, pass access.Pass) ([]Profile, error)
	// Start gives the decision the answers of the organisation's assessment
	// before this one by the same framework. A second assessment for the same
	// framework and period is ErrStarted.
	Start(ctx context.Context, pass access.Pass, framework string, decide func(before []Answer) (Assessment, []Answer, event.Event, error)) error
	// Record applies a decision to one answer. Unless seen is the stored
	// version (0 for none), somebody answered since the person looked:
	// ErrChanged, and nothing is written.
	Record(ctx context.Context, pass access.Pass, id ID, outcome string, seen int64, decide func(Answer) (Answer, event.Event, error)) error
	Find(ctx context.Context, pass access.Pass, id ID) (Assessment, error)
	// Answers gives what was said, by outcome. Whoever gets it changes nothing
	// in it: pages share it.
	Answers(ctx context.Context, pass access.Pass, id ID) (map[string]Answer, error)
	List(ctx context.Context, pass access.Pass) ([]Assessment, error)
}

// Register tells what kind an organisation is.
type Register interface {
	Find(ctx context.Context, pass access.Pass) (organisation.Organisation, error)
}

// Service is what people do with frameworks and assessments.
type Service struct {
	Store    Store
	Register Register
	Now      func() time.Time
	NewID    func() string
}

// ImportFramework keeps a framework as read from a file. The same again is no
// change; other content under the same id is refused.
func (s *Service) ImportFramework(ctx context.Context, who access.Actor, f Framework) error {
	pass, err := access.Check(who, access.ImportFramework, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.AddFramework(ctx, pass, f, event.New(s.NewID(), pass, s.Now(), "framework imported", "framework/"+f.ID,
		fmt.Sprintf("%s imported: %d outcomes", f.Name, len(f.Outcomes()))))
}

// ImportProfile keeps a profile for a framework that is known already.
func (s *Service) ImportProfile(ctx context.Context, who access.Actor, p Profile) error {
	pass, err := access.Check(who, access.ImportFramework, organisation.National)
	if err != nil {
		return err
	}
	f, err := s.Store.Framework(ctx, pass, p.Framework)
	if err != nil {
		return err
	}
	if err := p.Fits(f); err != nil {
		return err
	}
	return s.Store.AddProfile(ctx, pass, p, event.New(s.NewID(), pass, s.Now(), "profile imported", "profile/"+p.ID, p.Name+" imported for "+f.Name))
}

// Frameworks lists the frameworks that are known, for whoever imports.
func (s *Service) Frameworks(ctx context.Context, who access.Actor) ([]Framework, error) {
	pass, err := access.Check(who, access.ImportFramework, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Frameworks(ctx, pass)
}

// Profiles lists what an assessment of the organisation can be judged by.
func (s *Service) Profiles(ctx context.Context, who access.Actor, org organisation.Code) ([]Profile, error) {
	pass, err := access.Check(who, access.RecordAssessment, org)
	if err != nil {
		return nil, err
	}
	o, err := s.Register.Find(ctx, pass)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.Profiles(ctx, pass)
	var meant []Profile
	for _, p := range all {
		if p.For(o.Kind) {
			meant = append(meant, p)
		}
	}
	return meant, err
}

// Start begins an assessment for a period, by a profile and its framework.
// What the assessment before it reached is carried as unanswered.
func (s *Service) Start(ctx context.Context, who access.Actor, org organisation.Code, profile, period string, due time.Time) (ID, error) {
	pass, err := access.Check(who, access.RecordAssessment, org)
	if err != nil {
		return "", err
	}
	if profile == "" {
		return "", append(fault.Problems{fault.In("profile", "Select what it is judged by")}, Assessment{Period: period, Due: due}.problems(s.Now())...)
	}
	p, err := s.Store.Profile(ctx, pass, profile)
	if err != nil {
		return "", err
	}
	f, err := s.Store.Framework(ctx, pass, p.Framework)
	if err != nil {
		return "", err
	}
	o, err := s.Register.Find(ctx, pass)
	if err != nil {
		return "", err
	}
	id := ID(s.NewID())
	return id, s.Store.Start(ctx, pass, f.ID, func(before []Answer) (Assessment, []Answer, event.Event, error) {
		return Assessment{ID: id, Period: period, Due: due}.Begin(pass, f, p, o.Kind, before, s.NewID(), s.Now())
	})
}

// Record answers one outcome. Seen is the version of the answer the person
// saw, 0 when there was none.
func (s *Service) Record(ctx context.Context, who access.Actor, org organisation.Code, id ID, outcome string, seen int64, level Level, comment string) error {
	pass, err := access.Check(who, access.RecordAssessment, org)
	if err != nil {
		return err
	}
	a, err := s.Store.Find(ctx, pass, id) // what it is judged by never changes
	if err != nil {
		return err
	}
	f, err := s.Store.Framework(ctx, pass, a.Framework)
	if err != nil {
		return err
	}
	if _, known := f.Outcome(outcome); !known {
		return ErrUnknownOutcome
	}
	return s.Store.Record(ctx, pass, id, outcome, seen, func(was Answer) (Answer, event.Event, error) {
		return a.Record(pass, f, was, level, comment, s.NewID(), s.Now())
	})
}

// Read gives an assessment with its answers and what they are judged by.
func (s *Service) Read(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Reading, error) {
	pass, err := access.Check(who, access.ReadAssessment, org)
	if err != nil {
		return Reading{}, err
	}
	a, err := s.Store.Find(ctx, pass, id)
	if err != nil {
		return Reading{}, err
	}
	return s.read(ctx, pass, a)
}

func (s *Service) read(ctx context.Context, pass access.Pass, a Assessment) (Reading, error) {
	r := Reading{Assessment: a}
	var err error
	if r.Framework, err = s.Store.Framework(ctx, pass, a.Framework); err != nil {
		return r, err
	}
	if r.Profile, err = s.Store.Profile(ctx, pass, a.Profile); err != nil {
		return r, err
	}
	r.Answers, err = s.Store.Answers(ctx, pass, a.ID)
	return r, err
}

// List gives an organisation's assessments with their answers, latest first.
func (s *Service) List(ctx context.Context, who access.Actor, org organisation.Code) ([]Reading, error) {
	pass, err := access.Check(who, access.ReadAssessment, org)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.List(ctx, pass)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, 0, len(all))
	for _, a := range all {
		r, err := s.read(ctx, pass, a)
		if err != nil {
			return nil, err
		}
		readings = append(readings, r)
	}
	return readings, nil
}

// ErrNone says that an organisation has no assessment yet.
var ErrNone = fault.New(fault.NotFound, "There is no assessment yet.")

// Latest gives the assessment of an organisation that was started last, or
// ErrNone.
func (s *Service) Latest(ctx context.Context, who access.Actor, org organisation.Code) (Reading, error) {
	pass, err := access.Check(who, access.ReadAssessment, org)
	if err != nil {
		return Reading{}, err
	}
	return s.latest(ctx, pass, s.Now())
}

func (s *Service) latest(ctx context.Context, pass access.Pass, at time.Time) (Reading, error) {
	all, err := s.Store.List(ctx, pass)
	if err != nil {
		return Reading{}, err
	}
	for _, a := range all { // latest first
		if !a.StartedAt.After(at) {
			return s.read(ctx, pass, a)
		}
	}
	return Reading{}, ErrNone
}

// TallyOf counts the latest assessment that the decision's organisation had
// started by an instant. The answers are those of now: an assessment has no
// history of its own beside the record of events. Without one it is ErrNone.
func (s *Service) TallyOf(ctx context.Context, pass access.Pass, at time.Time) (reached, outcomes int, err error) {
	r, err := s.latest(ctx, pass, at)
	if err != nil {
		return 0, 0, err
	}
	reached, outcomes = r.Tally()
	return reached, outcomes, nil
}

package alert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// DecideIssue turns an alert and the next free number into the issued alert,
// who receives it and the events that say so.
type DecideIssue func(was Alert, number int64) (Alert, []organisation.Code, []event.Event, error)

// Counted is an issued alert with how many organisations did what.
type Counted struct {
	ID                                   ID
	Number                               int64
	Title                                string
	Severity                             Severity
	Rehearsal                            bool
	IssuedAt, AnswerDue, WithdrawnAt     time.Time
	Asked, Acknowledged, Answered, Fixed int
}

// Name is the alert's number as people say it.
func (c Counted) Name() string { return name(c.Number, c.Rehearsal) }

// Newest asks a list for its first page. It is one instant for everybody, so
// that storage can tell that the question is the same.
var Newest = time.UnixMicro(math.MaxInt64)

// Titled is a response with what its alert is called.
type Titled struct {
	Response
	Number    int64
	Title     string
	Severity  Severity
	Class     Class
	Rehearsal bool
}

// Name is the alert's number as people say it.
func (t Titled) Name() string { return name(t.Number, t.Rehearsal) }

// Ground is what an answer stands on beside the response: the newest version
// of the alert, and how many files of evidence it has that were not rejected.
type Ground struct {
	Edition Edition
	Proofs  int64
}

// DecideReissue turns an alert, the change that waits and every response into
// what they are once the change is issued, with the events that say so.
type DecideReissue func(was Alert, waiting Version, responses []Response) (Alert, Version, []Response, []event.Event, error)

// Store keeps alerts and responses. Change, Issue and Answer are atomic: the
// decision, its event and what follows from it are written together or not at
// all, and the decision may be run again after a lost race.
type Store interface {
	Add(ctx context.Context, pass access.Pass, a Alert, e event.Event) error
	Change(ctx context.Context, pass access.Pass, id ID, decide func(Alert) (Alert, event.Event, error)) error
	Issue(ctx context.Context, pass access.Pass, id ID, decide DecideIssue) error
	Answer(ctx context.Context, pass access.Pass, id ID, seen int64, decide func(Response, Ground) (Response, event.Event, error)) error
	Revise(ctx context.Context, pass access.Pass, id ID, decide func(Alert) (Version, event.Event, error)) error
	Reconsider(ctx context.Context, pass access.Pass, id ID, decide func(Version) (Version, event.Event, error)) error
	Reissue(ctx context.Context, pass access.Pass, id ID, decide DecideReissue) error
	Versions(ctx context.Context, pass access.Pass, id ID) ([]Version, error)
	Find(ctx context.Context, pass access.Pass, id ID) (Alert, error)
	Drafts(ctx context.Context, pass access.Pass) ([]Alert, error)
	Changes(ctx context.Context, pass access.Pass) ([]Change, error)
	Issued(ctx context.Context, pass access.Pass, before time.Time, limit int) ([]Counted, error)
	Responses(ctx context.Context, pass access.Pass, before time.Time, limit int) ([]Titled, error)
	Open(ctx context.Context, pass access.Pass, limit int) ([]Titled, error)
	Marks(ctx context.Context, pass access.Pass, from, to, at time.Time) ([]bool, error)
	Response(ctx context.Context, pass access.Pass, id ID) (Response, int64, error)
	ResponsesTo(ctx context.Context, pass access.Pass, id ID) ([]Response, error)
}

// Register tells which organisations there are and in which cohorts.
type Register interface {
	All(ctx context.Context, pass access.Pass) ([]organisation.Organisation, error)
	Cohorts(ctx context.Context, pass access.Pass, on organisation.Day) (map[organisation.Code][]string, error)
}

// Service is what people do with alerts.
type Service struct {
	Store    Store
	Register Register
	Imports  Importer
	Now      func() time.Time
	NewID    func() string
}

// Draft keeps a new draft and gives its id.
func (s *Service) Draft(ctx context.Context, who access.Actor, draft Draft) (ID, error) {
	pass, err := access.Check(who, access.DraftAlert, organisation.National)
	if err != nil {
		return "", err
	}
	if err := s.checkNamed(ctx, pass, draft); err != nil {
		return "", err
	}
	now := s.Now()
	a, e, err := Alert{ID: ID(s.NewID()), DraftedAt: now}.Amend(pass, draft, s.NewID(), now)
	if err != nil {
		return "", err
	}
	return a.ID, s.Store.Add(ctx, pass, a, e)
}

// Amend replaces a draft's words.
func (s *Service) Amend(ctx context.Context, who access.Actor, id ID, draft Draft) error {
	pass, err := access.Check(who, access.DraftAlert, organisation.National)
	if err != nil {
		return err
	}
	if err := s.checkNamed(ctx, pass, draft); err != nil {
		return err
	}
	return s.Store.Change(ctx, pass, id, func(was Alert) (Alert, event.Event, error) {
		draft.Origin = was.Draft.Origin // where it came from is not the form's to say
		return was.Amend(pass, draft, s.NewID(), s.Now())
	})
}

// checkNamed finds organisations of a list by name that the register does not
// have, beside everything else there is to mend: a wrong letter would leave a
// trust without the alert.
func (s *Service) checkNamed(ctx context.Context, pass access.Pass, draft Draft) error {
	problems, _ := errors.AsType[fault.Problems](draft.Check())
	if len(draft.Audience.Organisations) > 0 {
		all, err := s.Register.All(ctx, pass)
		if err != nil {
			return fmt.Errorf("find who an alert reaches: %w", err)
		}
		known := make(map[organisation.Code]bool, len(all))
		for _, o := range all {
			known[o.Code] = o.Open(organisation.DayOf(s.Now()))
		}
		for _, code := range draft.Audience.Organisations {
			if !known[code] {
				problems = append(problems, fault.In("organisations", "No open organisation has the code "+string(code)))
			}
		}
	}
	return problems.OrNil()
}

// Submit asks the other publishers for approval.
func (s *Service) Submit(ctx context.Context, who access.Actor, id ID) error {
	pass, err := access.Check(who, access.DraftAlert, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.Change(ctx, pass, id, func(was Alert) (Alert, event.Event, error) {
		return was.Submit(pass, s.NewID(), s.Now())
	})
}

// Approve issues exactly the words the second publisher read: shown is the
// digest of the draft on their page. An author who changes the words meanwhile
// does not get them approved unread.
func (s *Service) Approve(ctx context.Context, who access.Actor, id ID, shown string) error {
	return s.issue(ctx, who, id, func(was Alert) error {
		if was.State != Issued && was.Draft.Digest() != shown {
			return ErrOtherWords
		}
		return nil
	})
}

// Issue approves and issues an alert that somebody else wrote, as it stands.
// Pages use Approve.
func (s *Service) Issue(ctx context.Context, who access.Actor, id ID) error {
	return s.issue(ctx, who, id, func(Alert) error { return nil })
}

// issue sets the moment of issue, which is the server's, if the alert is still
// what was agreed to.
func (s *Service) issue(ctx context.Context, who access.Actor, id ID, agreed func(Alert) error) error {
	pass, err := access.Check(who, access.ApproveAlert, organisation.National)
	if err != nil {
		return err
	}
	all, cohorts, err := s.register(ctx, pass)
	if err != nil {
		return err
	}
	return s.Store.Issue(ctx, pass, id, func(was Alert, number int64) (Alert, []organisation.Code, []event.Event, error) {
		if err := agreed(was); err != nil {
			return was, nil, nil, err
		}
		now := s.Now()
		is, issued, err := was.Issue(pass, number, s.NewID(), now)
		if err != nil {
			return was, nil, nil, err
		}
		reached := reach(is.Draft.Audience, all, cohorts, organisation.DayOf(now))
		if len(reached) == 0 {
			return was, nil, nil, ErrNobody
		}
		events := []event.Event{issued}
		for _, org := range reached { // each organisation's own timeline begins with it
			events = append(events, event.New(s.NewID(), pass, now, "alert received", is.thing(), is.Name()+" sent: "+is.Draft.Title).For(org))
		}
		return is, reached, events, nil
	})
}

// Reach lists the organisations an audience would reach today.
func (s *Service) Reach(ctx context.Context, who access.Actor, audience Audience) ([]organisation.Code, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return nil, err
	}
	all, cohorts, err := s.register(ctx, pass)
	return reach(audience, all, cohorts, organisation.DayOf(s.Now())), err
}

func (s *Service) register(ctx context.Context, pass access.Pass) ([]organisation.Organisation, map[organisation.Code][]string, error) {
	all, err := s.Register.All(ctx, pass)
	if err != nil {
		return nil, nil, fmt.Errorf("find who an alert reaches: %w", err)
	}
	cohorts, err := s.Register.Cohorts(ctx, pass, organisation.DayOf(s.Now()))
	if err != nil {
		return nil, nil, fmt.Errorf("find who an alert reaches: %w", err)
	}
	return all, cohorts, nil
}

func reach(audience Audience, all []organisation.Organisation, cohorts map[organisation.Code][]string, on organisation.Day) []organisation.Code {
	var reached []organisation.Code
	for _, o := range all {
		if o.Open(on) && audience.Reaches(o, cohorts[o.Code]) {
			reached = append(reached, o.Code)
		}
	}
	return reached
}

// Acknowledge records that the person read the alert for their organisation.
func (s *Service) Acknowledge(ctx context.Context, who access.Actor, org organisation.Code, id ID) error {
	return s.answer(ctx, who, org, id, 0, func(pass access.Pass, was Response, _ Ground, at time.Time) (Response, event.Event, error) {
		return was.Acknowledge(pass, s.NewID(), at)
	})
}

// Apply records whether the alert applies. Seen is the version the person
// answered.
func (s *Service) Apply(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, answer Applies) error {
	return s.answer(ctx, who, org, id, seen, func(pass access.Pass, was Response, on Ground, at time.Time) (Response, event.Event, error) {
		return was.Apply(pass, answer, on.Edition, s.NewID(), at)
	})
}

// Act records what was done about the alert.
func (s *Service) Act(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, action Action) error {
	return s.answer(ctx, who, org, id, seen, func(pass access.Pass, was Response, _ Ground, at time.Time) (Response, event.Event, error) {
		return was.Act(pass, action, s.NewID(), at)
	})
}

// Close ends an organisation's answer. Seen is the version the person checked.
func (s *Service) Close(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64) error {
	return s.answer(ctx, who, org, id, seen, func(pass access.Pass, was Response, on Ground, at time.Time) (Response, event.Event, error) {
		return was.Close(pass, on.Proofs, s.NewID(), at)
	})
}

// Reopen takes a closed answer up again.
func (s *Service) Reopen(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64) error {
	return s.answer(ctx, who, org, id, seen, func(pass access.Pass, was Response, _ Ground, at time.Time) (Response, event.Event, error) {
		return was.Reopen(pass, s.NewID(), at)
	})
}

func (s *Service) answer(ctx context.Context, who access.Actor, org organisation.Code, id ID, seen int64, decide func(access.Pass, Response, Ground, time.Time) (Response, event.Event, error)) error {
	pass, err := access.Check(who, access.AnswerAlert, org)
	if err != nil {
		return err
	}
	return s.Store.Answer(ctx, pass, id, seen, func(was Response, on Ground) (Response, event.Event, error) {
		return decide(pass, was, on, was.arrival(who.At, s.Now()))
	})
}

// longestWait is how long a request can have waited for its turn to write. One
// that claims to have waited longer counts from now.
const longestWait = 2 * time.Minute

// arrival is the moment an act counts from: when its request arrived, however
// long it waited for its turn to write (abuse case T81). It is never before what
// the response has on record already: a clock that ran back makes no late answer
// timely (T79).
func (r Response) arrival(asked, now time.Time) time.Time {
	at := now
	if !asked.IsZero() && asked.Before(now) && now.Sub(asked) <= longestWait {
		at = asked
	}
	for _, before := range []time.Time{r.IssuedAt, r.AppliedAt, r.ReopenedAt} {
		if at.Before(before) {
			at = before
		}
	}
	if r.Acknowledged != nil && at.Before(r.Acknowledged.At) {
		at = r.Acknowledged.At
	}
	return at
}

// Read gives an alert with the organisation's response and the version of it.
func (s *Service) Read(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Alert, Response, int64, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return Alert{}, Response{}, 0, err
	}
	response, version, err := s.Store.Response(ctx, pass, id)
	if err != nil {
		return Alert{}, Response{}, 0, err
	}
	a, err := s.Store.Find(ctx, pass, id)
	return a, response, version, err
}

// Responses lists an organisation's responses, newest first, before an instant.
func (s *Service) Responses(ctx context.Context, who access.Actor, org organisation.Code, before time.Time, limit int) ([]Titled, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Responses(ctx, pass, before, limit)
}

// Open lists an organisation's open responses, nearest deadline first.
func (s *Service) Open(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]Titled, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Open(ctx, pass, limit)
}

// Marks tells for each high severity alert whose answer an organisation owed
// from one instant until another whether it came in time.
func (s *Service) Marks(ctx context.Context, who access.Actor, org organisation.Code, from, to time.Time) ([]bool, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Marks(ctx, pass, from, to, s.Now())
}

// ReadDraft gives an alert to the national team, issued or not.
func (s *Service) ReadDraft(ctx context.Context, who access.Actor, id ID) (Alert, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return Alert{}, err
	}
	return s.Store.Find(ctx, pass, id)
}

// Drafts lists what people prepare to be issued. Imported lists the others.
func (s *Service) Drafts(ctx context.Context, who access.Actor) ([]Alert, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Drafts(ctx, pass)
}

// Issued lists issued alerts with their counts, newest first.
func (s *Service) Issued(ctx context.Context, who access.Actor, before time.Time, limit int) ([]Counted, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Issued(ctx, pass, before, limit)
}

// ResponsesTo gives an issued alert with every organisation's response.
func (s *Service) ResponsesTo(ctx context.Context, who access.Actor, id ID) (Alert, []Response, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return Alert{}, nil, err
	}
	a, err := s.Store.Find(ctx, pass, id)
	if err != nil {
		return Alert{}, nil, err
	}
	responses, err := s.Store.ResponsesTo(ctx, pass, id)
	return a, responses, err
}

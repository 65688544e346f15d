package alert

import (
	"context"
	"errors"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Held is an alert as it stands at one of the organisations a person answers
// for, with the version of that answer.
type Held struct {
	Organisation organisation.Code
	Response     Response
	Version      int64
}

// ErrNoneChosen asks for an organisation.
var ErrNoneChosen = fault.In("for", "Select which organisations you answer for")

// Mine gives an alert as it stands at every organisation the person may answer
// it for, in the order of their appointments.
func (s *Service) Mine(ctx context.Context, who access.Actor, id ID) (Alert, []Held, error) {
	if _, err := access.Check(who, access.ReadOwnHome, organisation.National); err != nil {
		return Alert{}, nil, err
	}
	var a Alert
	var list []Held
	seen := map[organisation.Code]bool{}
	for _, held := range who.Current() {
		org := held.Organisation
		if org == organisation.National || seen[org] || !access.May(who, access.AnswerAlert, org) {
			continue
		}
		seen[org] = true
		read, response, version, err := s.Read(ctx, who, org, id)
		if errors.Is(err, ErrUnknown) {
			continue // this one was not asked
		} else if err != nil {
			return Alert{}, nil, err
		}
		a, list = read, append(list, Held{org, response, version})
	}
	if len(list) == 0 {
		return Alert{}, nil, ErrUnknown
	}
	return a, list, nil
}

// Chosen is an organisation somebody answers for together with others, and the
// version of its answer that they saw.
type Chosen struct {
	Organisation organisation.Code
	Seen         int64
}

// ApplyJointly gives one answer for several organisations, each its own record
// under its own decision: where nobody had acknowledged, that is recorded too.
// It gives what stood in the way of each that was left as it was.
func (s *Service) ApplyJointly(ctx context.Context, who access.Actor, id ID, chosen []Chosen, answer Applies) (map[organisation.Code]error, error) {
	var problems fault.Problems
	if len(chosen) == 0 {
		problems = append(problems, ErrNoneChosen)
	}
	if found, ok := errors.AsType[fault.Problems](answer.Check(s.Now())); ok {
		problems = append(problems, found...)
	}
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	for _, each := range chosen { // all or none where it is a question of who may
		if _, err := access.Check(who, access.AnswerAlert, each.Organisation); err != nil {
			return nil, err
		}
	}
	left := map[organisation.Code]error{}
	for _, each := range chosen {
		if err := s.applyRead(ctx, who, each, id, answer); fault.KindOf(err) != "" {
			left[each.Organisation] = err
		} else if err != nil {
			return left, err
		}
	}
	return left, nil
}

// applyRead acknowledges, unless somebody has, and says whether the alert
// applies. They are two acts with an event each: if the second loses a race,
// the first stands, because it is true.
func (s *Service) applyRead(ctx context.Context, who access.Actor, chosen Chosen, id ID, answer Applies) error {
	pass, err := access.Check(who, access.AnswerAlert, chosen.Organisation)
	if err != nil {
		return err
	}
	_, response, version, err := s.Read(ctx, who, chosen.Organisation, id)
	if err != nil {
		return err
	}
	if version != chosen.Seen {
		return ErrChanged
	}
	if response.Acknowledged == nil {
		err = s.Store.Answer(ctx, pass, id, version, func(was Response, _ Ground) (Response, event.Event, error) {
			return was.Acknowledge(pass, s.NewID(), was.arrival(who.At, s.Now()))
		})
		version++ // every act moves it by one
	}
	if err != nil {
		return err
	}
	return s.Apply(ctx, who, chosen.Organisation, id, version, answer)
}

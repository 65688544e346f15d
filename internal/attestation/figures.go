package attestation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/organisation"
)

// Answers counts high severity alerts whose answers the decision's
// organisation owed from one day to another, both included, and by an instant.
type Answers interface {
	OnTime(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (inTime, due int, err error)
}

// Outcomes counts the latest assessment of the decision's organisation.
// Without one it is assessment.ErrNone.
type Outcomes interface {
	TallyOf(ctx context.Context, pass access.Pass, at time.Time) (reached, outcomes int, err error)
}

// Proofs counts the evidence of the decision's organisation that may be shown
// and still runs on a day.
type Proofs interface {
	Count(ctx context.Context, pass access.Pass, on organisation.Day) (int, error)
}

// Records is the Figures of a running service: it counts what the portal holds
// and takes nobody's word.
type Records struct {
	Answers  Answers
	Outcomes Outcomes
	Proofs   Proofs
}

// Facts gives the figures the Quarterly template binds. A figure that does not
// exist is left out rather than given as 0, so that a statement that needs it
// cannot be locked.
func (r Records) Facts(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (Facts, error) {
	facts := Facts{}
	inTime, due, err := r.Answers.OnTime(ctx, pass, from, to, at)
	if err != nil {
		return nil, fmt.Errorf("count answers in time: %w", err)
	}
	facts["answered"], facts["due"] = strconv.Itoa(inTime), strconv.Itoa(due)
	reached, outcomes, err := r.Outcomes.TallyOf(ctx, pass, at)
	if err != nil && !errors.Is(err, assessment.ErrNone) {
		return nil, fmt.Errorf("count outcomes: %w", err)
	} else if err == nil {
		facts["reached"], facts["outcomes"] = strconv.Itoa(reached), strconv.Itoa(outcomes)
	}
	evidence, err := r.Proofs.Count(ctx, pass, organisation.DayOf(at))
	if err != nil {
		return nil, fmt.Errorf("count evidence: %w", err)
	}
	facts["evidence"] = strconv.Itoa(evidence)
	return facts, nil
}

package attestation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/evidence"
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

// Late lists the alerts that OnTime counts and not as in time, and the alerts
// of the decision's organisation that are not closed.
type Late interface {
	LateOf(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) ([]alert.Titled, error)
	Open(ctx context.Context, pass access.Pass, limit int) ([]alert.Titled, error)
	NotApplicable(ctx context.Context, pass access.Pass, from, at time.Time) (Elsewhere, error)
}

// Readings gives the latest assessment of the decision's organisation, or
// assessment.ErrNone.
type Readings interface {
	LatestOf(ctx context.Context, pass access.Pass, at time.Time) (assessment.Reading, error)
}

// Files lists the evidence of the decision's organisation, with its uses; and
// until when what of it is ready runs, by digest.
type Files interface {
	List(ctx context.Context, pass access.Pass) ([]evidence.File, error)
	Ready(ctx context.Context, pass access.Pass) (map[string]organisation.Day, error)
}

// Promised lists the commitments of the decision's organisation that are open,
// the nearest day first.
type Promised interface {
	OpenCommitments(ctx context.Context, pass access.Pass) ([]Commitment, error)
}

// Records is the Figures and the Positions of a running service: it counts and
// lists what the portal holds and takes nobody's word.
type Records struct {
	Answers  Answers
	Outcomes Outcomes
	Proofs   Proofs

	Alerts      Late
	Assessments Readings
	Files       Files
	Commitments Promised
}

// openLimit is how many open alerts a statement looks at: more than anybody has.
const openLimit = 200

// Position lists what a statement of a period must agree with. The figures are
// not in it: whoever asks binds them.
func (r Records) Position(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (Position, error) {
	held := Position{At: at}
	var err error
	if held.Late, err = r.Alerts.LateOf(ctx, pass, from, to, at); err != nil {
		return held, err
	}
	if held.Open, err = r.Alerts.Open(ctx, pass, openLimit); err != nil {
		return held, err
	}
	if held.Elsewhere, err = r.Alerts.NotApplicable(ctx, pass, at.AddDate(-1, 0, 0), at); err != nil {
		return held, err
	}
	reading, err := r.Assessments.LatestOf(ctx, pass, at)
	if err == nil {
		held.Assessment = &reading
	} else if !errors.Is(err, assessment.ErrNone) {
		return held, fmt.Errorf("read the latest assessment: %w", err)
	}
	if held.Files, err = r.Files.List(ctx, pass); err != nil {
		return held, err
	}
	held.Commitments, err = r.Commitments.OpenCommitments(ctx, pass)
	return held, err
}

// Ready tells until when the files run that a statement can lean on, by digest.
func (r Records) Ready(ctx context.Context, pass access.Pass) (map[string]organisation.Day, error) {
	return r.Files.Ready(ctx, pass)
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

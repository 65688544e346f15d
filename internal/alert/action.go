package alert

import (
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Action is the answer to "what have you done?".
type Action struct {
	Outcome    Outcome
	FixedCount int64
	AssetCount int64
	Reason     string           // why it cannot be fixed yet, or what it waits for
	Cover      string           // what makes it safe
	PlanOn     organisation.Day // when the rest will be fixed
	UpdateOn   organisation.Day // when more will be said; empty for the usual 3 days
}

// ReasonLimit is the longest text of a reason or of what makes something safe,
// in characters.
const ReasonLimit = 1000

// Check finds what is missing from the action at a moment.
func (a Action) Check(now time.Time) error {
	var problems fault.Problems
	today := organisation.DayOf(now)
	switch a.Outcome {
	case Fixed:
		return nil
	case Covered:
		problems = append(problems, within1000("cover", a.Cover, "Enter what makes it safe", "What makes it safe")...)
	case FixedInPart:
		problems = append(problems, a.counts()...)
		if a.PlanOn == "" {
			problems = append(problems, fault.In("plan", "Enter when the rest will be fixed"))
		}
	case WaitingSupplier:
		problems = append(problems, within1000("reason", a.Reason, "Enter what you wait for, and from whom", "What you wait for")...)
	case WaitingNational:
		problems = append(problems, within1000("reason", a.Reason, "Enter which national fix you wait for", "What you wait for")...)
	case CannotFix:
		problems = append(problems, within1000("reason", a.Reason, "Enter why it cannot be fixed yet", "The reason")...)
	default:
		problems = append(problems, fault.In("outcome", "Select what you have done"))
	}
	if a.PlanOn != "" && a.PlanOn < today {
		problems = append(problems, fault.In("plan", "The date for the rest must be today or later"))
	}
	return append(problems, checkUpdate(a.UpdateOn, now)...).OrNil()
}

func within1000(field, text, missing, what string) fault.Problems {
	switch {
	case strings.TrimSpace(text) == "":
		return fault.Problems{fault.In(field, missing)}
	case tooLong(text, ReasonLimit):
		return fault.Problems{fault.In(field, what+" must be 1,000 characters or fewer")}
	}
	return nil
}

// counts finds what is wrong with how many are fixed. Each number has a
// sentence of its own, so that it can stand at its own field.
func (a Action) counts() fault.Problems {
	var problems fault.Problems
	if a.FixedCount < 0 {
		problems = append(problems, fault.In("fixed", "Enter how many are fixed, as a number"))
	}
	if a.AssetCount <= 0 {
		problems = append(problems, fault.In("assets", "Enter how many there are in all, as a number"))
	}
	if len(problems) == 0 && a.FixedCount >= a.AssetCount {
		problems = append(problems, fault.In("fixed", "The number fixed must be lower than the number in all. If none is left, say that it is fixed everywhere"))
	}
	return problems
}

// Act records what was done. It closes nothing: that is an act of its own,
// with the evidence in place.
func (r Response) Act(pass access.Pass, action Action, eventID string, now time.Time) (Response, event.Event, error) {
	if err := r.takesAnswer(); err != nil {
		return r, event.Event{}, err
	}
	if r.Applicability != AppliesToAll && r.Applicability != AppliesToSome {
		return r, event.Event{}, ErrNotApplicable
	}
	if err := action.Check(now); err != nil {
		return r, event.Event{}, err
	}
	r.Outcome, r.FixedCount, r.AssetCount, r.Reason, r.Cover, r.PlanOn = action.Outcome, action.FixedCount, action.AssetCount, action.Reason, action.Cover, action.PlanOn
	r.NextUpdateDue = promised(action.UpdateOn, now)
	return r, event.New(eventID, pass, now, "action recorded", r.thing(), action.said()).Vouching(r.Digest()), nil
}

// Acted tells whether the response says already what was done: the same action
// sent twice is one action.
func (r Response) Acted(a Action) bool {
	return r.takesAnswer() == nil && a.Outcome != NothingYet && r.Outcome == a.Outcome && r.FixedCount == a.FixedCount && r.AssetCount == a.AssetCount &&
		r.Reason == a.Reason && r.Cover == a.Cover && r.PlanOn == a.PlanOn && r.promises(a.UpdateOn)
}

// said is the sentence of the record; a person's own words are not for it.
func (a Action) said() string {
	if a.Outcome == FixedInPart {
		return saidPart + thousands(a.FixedCount) + " of " + thousands(a.AssetCount)
	}
	return saidDone[a.Outcome]
}

// thousands writes a count as people read it, with commas: the record is read
// by people.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

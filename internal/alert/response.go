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

// Applicability is whether an alert applies to an organisation.
type Applicability string

// What an organisation can say of an alert. StillChecking is an honest answer,
// but not yet one that stops the clock.
const (
	NotSaid       Applicability = ""
	AppliesToAll  Applicability = "all"
	AppliesToSome Applicability = "some"
	DoesNotApply  Applicability = "none"
	StillChecking Applicability = "checking"
)

// Outcome is what an organisation did about an alert that applies.
type Outcome string

// The outcomes.
const (
	NothingYet  Outcome = ""
	Fixed       Outcome = "fixed"
	FixedInPart Outcome = "part"
	CannotFix   Outcome = "cannot"
)

// Acknowledgement records that a named person read the alert.
type Acknowledgement struct {
	By string
	At time.Time
}

// Response is one organisation's standing on one alert. Nothing in it is
// overwritten without its event.
type Response struct {
	Alert         ID
	Organisation  organisation.Code
	IssuedAt      time.Time
	AnswerDue     time.Time
	ActionDue     time.Time
	Acknowledged  *Acknowledgement
	Applicability Applicability
	HowKnown      []string         // how we know that it does not apply
	CheckedOn     organisation.Day // the day of that check
	AppliedAt     time.Time        // when it was first said for sure whether the alert applies
	Outcome       Outcome
	FixedCount    int64 // of AssetCount
	AssetCount    int64
	Reason        string           // why it cannot be fixed yet
	PlanOn        organisation.Day // when the rest will be fixed
	NextUpdateDue time.Time
	ClosedAt      time.Time
}

// HowKnown lists the ways to know that an alert does not apply.
var HowKnown = []string{"Asset register", "Scan", "Supplier confirmed it", "Other check"}

// Faults of answering.
var (
	ErrAcknowledged    = fault.New(fault.Conflict, "This alert has already been acknowledged.")
	ErrNotAcknowledged = fault.New(fault.Conflict, "Acknowledge the alert first.")
	ErrNotApplicable   = fault.New(fault.Conflict, "Say first that the alert applies to your organisation.")
	ErrClosed          = fault.New(fault.Conflict, "This answer is closed.")
	ErrChanged         = fault.New(fault.Conflict, "Someone else changed this answer while you were reading. Your answer is not saved. Check what they said, then answer again.")
)

// AnsweredAt is the moment the response counts as answered: acknowledged and
// applicability given, whichever came later. Still checking is not an answer.
func (r Response) AnsweredAt() (time.Time, bool) {
	if r.Acknowledged == nil || r.Applicability == NotSaid || r.Applicability == StillChecking {
		return time.Time{}, false
	}
	if r.AppliedAt.After(r.Acknowledged.At) {
		return r.AppliedAt, true
	}
	return r.Acknowledged.At, true
}

// Standing is a response's status at an instant, in the words of design.md 3.
type Standing string

// The standings a page can show.
const (
	NotAcknowledged Standing = "Not acknowledged"
	Acknowledged    Standing = "Acknowledged"
	InProgress      Standing = "In progress"
	Late            Standing = "Late"
	AnsweredLate    Standing = "Answered late"
	IsFixed         Standing = "Fixed"
	NotForUs        Standing = "Does not apply"
	NeedsDecision   Standing = "Cannot fix yet"
)

// Standing gives the status at an instant. Late is derived from instants, so
// it is the same on every page, export and table.
func (r Response) Standing(now time.Time) Standing {
	_, ok := r.AnsweredAt()
	switch {
	case !ok && !now.Before(r.AnswerDue):
		return Late
	case !ok && r.Acknowledged != nil:
		return Acknowledged
	case !ok:
		return NotAcknowledged
	case r.Applicability == DoesNotApply:
		return NotForUs
	case r.Outcome == Fixed:
		return IsFixed
	case !now.Before(r.ActionDue):
		return Late
	case r.Outcome == CannotFix:
		return NeedsDecision
	case !r.InTime():
		return AnsweredLate
	}
	return InProgress
}

// InTime tells whether the response was answered before its deadline; the
// deadline itself is already late.
func (r Response) InTime() bool {
	at, ok := r.AnsweredAt()
	return ok && at.Before(r.AnswerDue)
}

// Closed tells whether nothing more is expected of the organisation.
func (r Response) Closed() bool { return !r.ClosedAt.IsZero() }

// Acknowledge records that the person read the alert for their organisation.
func (r Response) Acknowledge(pass access.Pass, eventID string, now time.Time) (Response, event.Event, error) {
	if r.Acknowledged != nil {
		return r, event.Event{}, ErrAcknowledged
	}
	r.Acknowledged = &Acknowledgement{By: pass.Who().Name, At: now}
	r.NextUpdateDue = now.Add(UpdateWindow)
	return r, event.New(eventID, pass, now, "alert acknowledged", r.thing(), "Alert acknowledged by "+pass.Who().Name), nil
}

// Applies is the answer to "does this alert apply to you?".
type Applies struct {
	Answer    Applicability
	HowKnown  []string
	CheckedOn organisation.Day
}

// Check finds what is missing from the answer at a moment.
func (a Applies) Check(now time.Time) error {
	var problems fault.Problems
	switch a.Answer {
	case AppliesToAll, AppliesToSome, StillChecking:
	case DoesNotApply:
		if len(a.HowKnown) == 0 {
			problems = append(problems, fault.In("how", "Select how you know it does not apply"))
		}
		for _, way := range a.HowKnown {
			if !contains(HowKnown, way) {
				problems = append(problems, fault.In("how", "Select how you know from the list"))
			}
		}
		if a.CheckedOn == "" {
			problems = append(problems, fault.In("checked", "Enter the date of the check"))
		} else if a.CheckedOn > organisation.DayOf(now) {
			problems = append(problems, fault.In("checked", "The date of the check must be today or earlier"))
		}
	default:
		problems = append(problems, fault.In("applies", "Select whether this alert applies to your organisation"))
	}
	return problems.OrNil()
}

// Apply records whether the alert applies. "Does not apply" closes the
// response; any other answer keeps it open.
func (r Response) Apply(pass access.Pass, answer Applies, eventID string, now time.Time) (Response, event.Event, error) {
	if r.Acknowledged == nil {
		return r, event.Event{}, ErrNotAcknowledged
	}
	if r.Closed() {
		return r, event.Event{}, ErrClosed
	}
	if err := answer.Check(now); err != nil {
		return r, event.Event{}, err
	}
	r.Applicability = answer.Answer
	if r.AppliedAt.IsZero() && answer.Answer != StillChecking { // a later change of mind does not make a timely answer late
		r.AppliedAt = now
	}
	r.HowKnown, r.CheckedOn = nil, ""
	detail := map[Applicability]string{
		AppliesToAll: "Said the alert applies", AppliesToSome: "Said the alert applies to some systems", StillChecking: "Still checking whether the alert applies",
	}[answer.Answer]
	if answer.Answer == DoesNotApply {
		r.HowKnown, r.CheckedOn, r.ClosedAt = answer.HowKnown, answer.CheckedOn, now
		detail = "Said the alert does not apply: " + strings.ToLower(strings.Join(answer.HowKnown, ", "))
	}
	return r, event.New(eventID, pass, now, "applicability given", r.thing(), detail), nil
}

// Action is the answer to "what have you done?".
type Action struct {
	Outcome    Outcome
	FixedCount int64
	AssetCount int64
	Reason     string
	PlanOn     organisation.Day
}

// Check finds what is missing from the action at a moment.
func (a Action) Check(now time.Time) error {
	var problems fault.Problems
	today := organisation.DayOf(now)
	switch a.Outcome {
	case Fixed:
	case FixedInPart:
		problems = append(problems, a.counts()...)
		if a.PlanOn == "" {
			problems = append(problems, fault.In("plan", "Enter when the rest will be fixed"))
		} else if a.PlanOn < today {
			problems = append(problems, fault.In("plan", "The date for the rest must be today or later"))
		}
	case CannotFix:
		if strings.TrimSpace(a.Reason) == "" {
			problems = append(problems, fault.In("reason", "Enter why it cannot be fixed yet"))
		} else if len([]rune(a.Reason)) > 1000 {
			problems = append(problems, fault.In("reason", "The reason must be 1,000 characters or fewer"))
		}
	default:
		problems = append(problems, fault.In("outcome", "Select what you have done"))
	}
	return problems.OrNil()
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

// Act records what was done. "Fixed" closes the response.
func (r Response) Act(pass access.Pass, action Action, eventID string, now time.Time) (Response, event.Event, error) {
	if r.Closed() {
		return r, event.Event{}, ErrClosed
	}
	if r.Applicability != AppliesToAll && r.Applicability != AppliesToSome {
		return r, event.Event{}, ErrNotApplicable
	}
	if err := action.Check(now); err != nil {
		return r, event.Event{}, err
	}
	r.Outcome, r.FixedCount, r.AssetCount, r.Reason, r.PlanOn = action.Outcome, action.FixedCount, action.AssetCount, action.Reason, action.PlanOn
	r.NextUpdateDue = now.Add(UpdateWindow)
	detail := "Cannot fix it yet"
	switch action.Outcome {
	case Fixed:
		r.ClosedAt, detail = now, "Fixed everywhere and closed"
		r.NextUpdateDue = time.Time{}
	case FixedInPart:
		detail = "Fixed on " + thousands(action.FixedCount) + " of " + thousands(action.AssetCount)
	}
	return r, event.New(eventID, pass, now, "action recorded", r.thing(), detail), nil
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

func (r Response) thing() string { return "alert/" + string(r.Alert) }

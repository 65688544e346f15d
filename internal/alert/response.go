package alert

import (
	"slices"
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

// The outcomes. Fixed and Covered can be closed; the others wait for more.
const (
	NothingYet      Outcome = ""
	Fixed           Outcome = "fixed"
	Covered         Outcome = "mitigated" // made safe by something else, still to be fixed
	FixedInPart     Outcome = "part"
	WaitingSupplier Outcome = "supplier"
	WaitingNational Outcome = "national" // for a fix of a national system
	CannotFix       Outcome = "cannot"   // needs a risk decision
)

// Acknowledgement records that a named person read the alert.
type Acknowledgement struct {
	By string
	At time.Time
}

// Edition is one version of an alert's words, as an answer names it.
type Edition struct {
	Number int64
	Digest string
}

// Renewal is a newer version's demand that who has answered answers again. The
// first answer keeps its own deadline, and its verdict.
type Renewal struct {
	Edition    int64
	Due        time.Time
	AnsweredAt time.Time // zero while owed
}

func (r *Renewal) open() bool { return r != nil && r.AnsweredAt.IsZero() }

// Response is one organisation's standing on one alert. Nothing in it is
// overwritten without its event.
type Response struct {
	Alert         ID
	Organisation  organisation.Code
	IssuedAt      time.Time
	AnswerDue     time.Time // in force: an extension moves it for who has not answered
	ActionDue     time.Time
	Acknowledged  *Acknowledgement
	Applicability Applicability
	HowKnown      []string         // how we know that it does not apply
	CheckedOn     organisation.Day // the day of that check
	AppliedAt     time.Time        // when it was first said for sure whether the alert applies
	Answered      Edition          // the version the answer is to
	Renewal       *Renewal
	Outcome       Outcome
	FixedCount    int64 // of AssetCount
	AssetCount    int64
	Reason        string           // why it cannot be fixed yet
	Cover         string           // what makes it safe until then
	PlanOn        organisation.Day // when the rest will be fixed
	NextUpdateDue time.Time
	AcceptedUntil time.Time // a risk was signed for until this instant; zero when none ever was
	ClosedAt      time.Time
	ReopenedAt    time.Time
	StoppedAt     time.Time // when the alert was withdrawn
}

// HowKnown lists the ways to know that an alert does not apply.
var HowKnown = []string{"Asset register", "Scan", "Supplier confirmed it", "Other check"}

// Faults of answering.
var (
	ErrAcknowledged    = fault.New(fault.Conflict, "This alert has already been acknowledged.")
	ErrNotAcknowledged = fault.New(fault.Conflict, "Acknowledge the alert first.")
	ErrNotApplicable   = fault.New(fault.Conflict, "Say first that the alert applies to your organisation.")
	ErrClosed          = fault.New(fault.Conflict, "This answer is closed.")
	ErrOpen            = fault.New(fault.Conflict, "This answer is open already.")
	ErrWithdrawn       = fault.New(fault.Conflict, "This alert was withdrawn, so nothing more is expected.")
	ErrNotFixed        = fault.New(fault.Conflict, "Say first that it is fixed everywhere, made safe, or does not apply.")
	ErrNoProof         = fault.New(fault.Conflict, "Add evidence before you close this alert: it shows how you know.")
	ErrOwesAnswer      = fault.New(fault.Conflict, "The alert changed. Say again whether it applies before you close it.")
	ErrChanged         = fault.New(fault.Conflict, "This answer has changed since you opened the page. What you sent is not saved. Check what is recorded now, then answer again.")
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

// InTime tells whether the response was answered before its deadline; the
// deadline itself is already late.
func (r Response) InTime() bool {
	at, ok := r.AnsweredAt()
	return ok && at.Before(r.AnswerDue)
}

// Closed tells whether nothing more is expected of the organisation.
func (r Response) Closed() bool { return !r.ClosedAt.IsZero() }

// Finished tells whether the organisation says that nothing is left to do but
// to check it and close.
func (r Response) Finished() bool {
	return r.Applicability == DoesNotApply || r.Outcome == Fixed || r.Outcome == Covered
}

// Owes tells whether a newer version waits for a new answer.
func (r Response) Owes() bool { return r.Renewal.open() }

// Acknowledge records that the person read the alert for their organisation.
func (r Response) Acknowledge(pass access.Pass, eventID string, now time.Time) (Response, event.Event, error) {
	switch {
	case !r.StoppedAt.IsZero():
		return r, event.Event{}, ErrWithdrawn
	case r.Acknowledged != nil:
		return r, event.Event{}, ErrAcknowledged
	}
	r.Acknowledged = &Acknowledgement{By: pass.Who().Name, At: now}
	r.NextUpdateDue = now.Add(UpdateWindow)
	return r, event.New(eventID, pass, now, "alert acknowledged", r.thing(), "Alert acknowledged by "+pass.Who().Name).Vouching(r.Digest()), nil
}

// Applies is the answer to "does this alert apply to you?".
type Applies struct {
	Answer    Applicability
	HowKnown  []string
	CheckedOn organisation.Day
	UpdateOn  organisation.Day // when more will be said; empty for the usual 3 days
}

// Check finds what is missing from the answer at a moment.
func (a Applies) Check(now time.Time) error {
	var problems fault.Problems
	switch a.Answer {
	case AppliesToAll, AppliesToSome, StillChecking:
	case DoesNotApply:
		problems = append(problems, a.checkHow(now)...)
	default:
		problems = append(problems, fault.In("applies", "Select whether this alert applies to your organisation"))
	}
	return append(problems, checkUpdate(a.UpdateOn, now)...).OrNil()
}

func (a Applies) checkHow(now time.Time) fault.Problems {
	var problems fault.Problems
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
	return problems
}

// UpdateLimit is the longest an organisation can promise to be silent: whoever
// needs longer says what it waits for.
const UpdateLimit = 30 * 24 * time.Hour

// checkUpdate finds what is wrong with the day of a promised update.
func checkUpdate(on organisation.Day, now time.Time) fault.Problems {
	switch {
	case on == "":
		return nil
	case on < organisation.DayOf(now):
		return fault.Problems{fault.In("update", "The date of your next update must be today or later")}
	case on > organisation.DayOf(now.Add(UpdateLimit)):
		return fault.Problems{fault.In("update", "The date of your next update must be within 30 days")}
	}
	return nil
}

// promised gives the instant until which an update is promised: the end of the
// chosen day, or the usual 3 days.
func promised(on organisation.Day, now time.Time) time.Time {
	if day, err := time.ParseInLocation(time.DateOnly, string(on), organisation.London); err == nil {
		return day.AddDate(0, 0, 1)
	}
	return now.Add(UpdateWindow)
}

// Apply records whether the alert applies, to the version the person read. It
// also answers what a newer version asks again. Nothing closes by itself.
func (r Response) Apply(pass access.Pass, answer Applies, to Edition, eventID string, now time.Time) (Response, event.Event, error) {
	if err := r.takesAnswer(); err != nil {
		return r, event.Event{}, err
	}
	if err := answer.Check(now); err != nil {
		return r, event.Event{}, err
	}
	r.Applicability, r.Answered, r.NextUpdateDue = answer.Answer, to, promised(answer.UpdateOn, now)
	r.HowKnown, r.CheckedOn = nil, ""
	detail := saidApplies[answer.Answer]
	if answer.Answer == DoesNotApply {
		r.HowKnown, r.CheckedOn = answer.HowKnown, answer.CheckedOn
		r.Outcome, r.FixedCount, r.AssetCount, r.Reason, r.Cover, r.PlanOn = NothingYet, 0, 0, "", "", ""
		detail = saidNot + strings.ToLower(strings.Join(answer.HowKnown, ", "))
	}
	if answer.Answer != StillChecking {
		if r.AppliedAt.IsZero() { // a later change of mind does not make a timely answer late
			r.AppliedAt = now
		}
		if r.Owes() {
			r.Renewal = &Renewal{Edition: r.Renewal.Edition, Due: r.Renewal.Due, AnsweredAt: now}
		}
	}
	return r, event.New(eventID, pass, now, "applicability given", r.thing(), detail).Vouching(r.Digest()), nil
}

// Applied tells whether the response says already what an answer says: the same
// answer sent twice is one answer.
func (r Response) Applied(answer Applies) bool {
	return r.takesAnswer() == nil && !r.Owes() && answer.Answer != NotSaid && r.Applicability == answer.Answer && slices.Equal(r.HowKnown, answer.HowKnown) && r.CheckedOn == answer.CheckedOn && r.promises(answer.UpdateOn)
}

// promises tells whether an update is promised for a day, where one was chosen.
func (r Response) promises(on organisation.Day) bool {
	return on == "" || promised(on, r.IssuedAt).Equal(r.NextUpdateDue)
}

// Over tells why nothing is expected any more: nil, ErrWithdrawn or ErrClosed.
func (r Response) Over() error {
	switch {
	case !r.StoppedAt.IsZero():
		return ErrWithdrawn
	case r.Closed():
		return ErrClosed
	}
	return nil
}

// Stuck tells whether there is a risk to decide about: the organisation owes the
// alert, and says that it cannot fix it yet.
func (r Response) Stuck() bool { return r.Outcome == CannotFix && r.Over() == nil }

// takesAnswer tells why nothing can be answered now.
func (r Response) takesAnswer() error {
	if err := r.Over(); err != nil {
		return err
	} else if r.Acknowledged == nil {
		return ErrNotAcknowledged
	}
	return nil
}

// Close ends the answer: nothing more is expected until somebody opens it
// again, or a newer version asks. Proofs is how many files of evidence the
// answer has; a claim that nothing is left to do needs one.
func (r Response) Close(pass access.Pass, proofs int64, eventID string, now time.Time) (Response, event.Event, error) {
	if err := r.takesAnswer(); err != nil {
		return r, event.Event{}, err
	}
	switch {
	case r.Owes():
		return r, event.Event{}, ErrOwesAnswer
	case !r.Finished():
		return r, event.Event{}, ErrNotFixed
	case proofs == 0:
		return r, event.Event{}, ErrNoProof
	}
	r.ClosedAt, r.NextUpdateDue = now, time.Time{}
	return r, event.New(eventID, pass, now, "alert closed", r.thing(), "Closed the alert: "+r.ended()).Vouching(r.Digest()), nil
}

// ended says in the record how an answer ended.
func (r Response) ended() string {
	switch {
	case r.Applicability == DoesNotApply:
		return "it does not apply"
	case r.Outcome == Covered:
		return "made safe, still to be fixed"
	}
	return "fixed everywhere"
}

// Reopen takes a closed answer up again. What was said stands until it is said
// anew; both deadlines stay what they were.
func (r Response) Reopen(pass access.Pass, eventID string, now time.Time) (Response, event.Event, error) {
	switch {
	case !r.StoppedAt.IsZero():
		return r, event.Event{}, ErrWithdrawn
	case !r.Closed():
		return r, event.Event{}, ErrOpen
	}
	r.ClosedAt, r.ReopenedAt, r.NextUpdateDue = time.Time{}, now, now.Add(UpdateWindow)
	return r, event.New(eventID, pass, now, "alert opened again", r.thing(), "Opened the alert again").Vouching(r.Digest()), nil
}

func (r Response) thing() string { return r.Alert.thing() }

// Digest stands for what the organisation has said, to the microsecond. Every
// event of an answer carries it, so that a later change of the record is seen
// (abuse case T55). Deadlines are the alert's and are not in it.
func (r Response) Digest() string {
	said := struct {
		Alert, Organisation, By                       string
		AcknowledgedAt, AppliedAt, AnsweredAt, Closed int64
		Applicability                                 Applicability
		HowKnown                                      []string
		CheckedOn, PlanOn                             organisation.Day
		Outcome                                       Outcome
		FixedCount, AssetCount                        int64
		Reason, Cover                                 string
	}{Alert: string(r.Alert), Organisation: string(r.Organisation), AppliedAt: microsOf(r.AppliedAt), Closed: microsOf(r.ClosedAt), Applicability: r.Applicability, HowKnown: orNone(r.HowKnown),
		CheckedOn: r.CheckedOn, PlanOn: r.PlanOn, Outcome: r.Outcome, FixedCount: r.FixedCount, AssetCount: r.AssetCount, Reason: r.Reason, Cover: r.Cover}
	if r.Acknowledged != nil {
		said.By, said.AcknowledgedAt = r.Acknowledged.By, microsOf(r.Acknowledged.At)
	}
	if at, answered := r.AnsweredAt(); answered {
		said.AnsweredAt = microsOf(at)
	}
	return digestOf(said)
}

// microsOf is a moment as the record keeps it, 0 for none.
func microsOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

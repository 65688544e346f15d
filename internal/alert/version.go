package alert

import (
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
)

// VersionKind is why a version of an alert exists.
type VersionKind string

// The kinds of version. The first is the issue itself.
const (
	FirstIssue VersionKind = "issue"
	Correction VersionKind = "correction" // what was said was wrong
	Update     VersionKind = "update"     // there is more to say
	Extension  VersionKind = "extension"  // later deadlines, for who has not met them yet
	Withdrawal VersionKind = "withdrawal" // both clocks stop
)

// Dropped is the state of a version that was never issued.
const Dropped State = "dropped"

// Version is one edition of an alert. Nothing edits an issued one: what was
// wrong in it stands beside what replaced it, and why.
type Version struct {
	ID        string
	Alert     ID
	Number    int64 // from 1; 0 until issued
	Kind      VersionKind
	Draft     Draft
	Reason    string
	Renew     bool // who has answered must answer again
	AnswerDue time.Time
	ActionDue time.Time
	Author    string
	WrittenAt time.Time
	State     State
	Approval  *Approval
}

// Change is a version that waits for approval, with the alert it is of.
type Change struct {
	Version
	Issued    int64 // number of the alert
	Title     string
	Rehearsal bool
}

// Name is the alert's number as people say it.
func (c Change) Name() string { return name(c.Issued, c.Rehearsal) }

// Digest stands for the words, the deadlines and the reason together: a second
// publisher approves exactly those.
func (v Version) Digest() string {
	return digestOf(struct {
		Kind, Draft, Reason  string
		Renew                bool
		AnswerDue, ActionDue int64
	}{string(v.Kind), v.Draft.Digest(), v.Reason, v.Renew, v.AnswerDue.UnixMicro(), v.ActionDue.UnixMicro()})
}

// Edition is how an answer names this version.
func (v Version) Edition() Edition { return Edition{Number: v.Number, Digest: v.Draft.Digest()} }

// Revision is what a publisher wants to change in an issued alert.
type Revision struct {
	Kind     VersionKind
	Draft    Draft // the whole new wording; ignored where only deadlines move or the alert ends
	Reason   string
	Renew    bool
	AnswerBy time.Time // of an extension; zero leaves the deadline
	ActionBy time.Time
}

// Faults of changing an issued alert.
var (
	ErrNotIssued     = fault.New(fault.Conflict, "This alert has not been sent, so it can still be changed itself.")
	ErrGone          = fault.New(fault.Conflict, "This alert was withdrawn. Nothing changes it any more.")
	ErrPending       = fault.New(fault.Conflict, "Another change of this alert waits already. Approve it or drop it first.")
	ErrNothingWaits  = fault.New(fault.Conflict, "No change of this alert waits.")
	ErrNoChange      = fault.New(fault.Invalid, "Nothing is different from what trusts have now. Change something, or go back.")
	ErrOtherRevision = fault.New(fault.Conflict, "The change was changed after you opened it. Read it again before you send it.")
)

// ChangeReasonLimit is the longest reason for a version, in characters: it
// stands in letters and on every page.
const ChangeReasonLimit = 500

// Revise proposes a change of an issued alert. It takes a second publisher to
// issue it, as it did for the alert itself: moving a deadline alone would
// otherwise be one person's act.
func (a Alert) Revise(pass access.Pass, r Revision, id, eventID string, now time.Time) (Version, event.Event, error) {
	switch {
	case a.State != Issued:
		return Version{}, event.Event{}, ErrNotIssued
	case !a.WithdrawnAt.IsZero():
		return Version{}, event.Event{}, ErrGone
	}
	if err := a.checkRevision(r, now); err != nil {
		return Version{}, event.Event{}, err
	}
	v := Version{ID: id, Alert: a.ID, Kind: r.Kind, Draft: a.Draft, Reason: strings.TrimSpace(r.Reason), AnswerDue: a.AnswerDue, ActionDue: a.ActionDue,
		Author: pass.Who().ID, WrittenAt: now, State: Waiting}
	switch r.Kind {
	case Correction, Update:
		v.Draft, v.Renew = r.Draft, r.Renew
		// What was decided at issue stays: whom it is for, how it is measured, where it came from.
		v.Draft.Severity, v.Draft.Class, v.Draft.Audience, v.Draft.Rehearsal, v.Draft.Origin = a.Draft.Severity, a.Draft.Class, a.Draft.Audience, a.Draft.Rehearsal, a.Draft.Origin
		if v.Draft.Digest() == a.Draft.Digest() {
			return Version{}, event.Event{}, ErrNoChange
		}
	case Extension:
		if r.AnswerBy.After(v.AnswerDue) {
			v.AnswerDue = r.AnswerBy
		}
		if r.ActionBy.After(v.ActionDue) {
			v.ActionDue = r.ActionBy
		}
	}
	return v, event.New(eventID, pass, now, "alert change proposed", a.thing(), "Asked for approval of a change: "+string(v.Kind)), nil
}

func (a Alert) checkRevision(r Revision, now time.Time) error {
	var problems fault.Problems
	if !slices.Contains([]VersionKind{Correction, Update, Extension, Withdrawal}, r.Kind) {
		problems = append(problems, fault.In("kind", "Select what you want to do"))
	}
	if strings.TrimSpace(r.Reason) == "" {
		problems = append(problems, fault.In("reason", "Enter why: trusts will read it"))
	} else if tooLong(r.Reason, ChangeReasonLimit) {
		problems = append(problems, fault.In("reason", "The reason must be 500 characters or fewer"))
	} else if hidesInLines(r.Reason) {
		problems = append(problems, fault.In("reason", "The reason holds hidden characters. Remove them or type it again"))
	}
	switch r.Kind {
	case Extension:
		problems = append(problems, a.checkExtension(r, now)...)
	case Correction, Update:
		draft := r.Draft
		draft.Severity, draft.Class = a.Draft.Severity, a.Draft.Class
		if found, ok := errors.AsType[fault.Problems](draft.Check()); ok {
			problems = append(problems, found...)
		}
	}
	return problems.OrNil()
}

// checkExtension finds deadlines that would come sooner or have passed: a
// deadline only ever moves away from the people who must keep it.
func (a Alert) checkExtension(r Revision, now time.Time) fault.Problems {
	var problems fault.Problems
	for _, each := range []struct {
		field, what string
		by, due     time.Time
	}{{"answer", "answer", r.AnswerBy, a.AnswerDue}, {"action", "fix", r.ActionBy, a.ActionDue}} {
		switch {
		case each.by.IsZero() || each.by.Equal(each.due):
		case each.by.Before(each.due):
			problems = append(problems, fault.In(each.field, "The new time to "+each.what+" must be later than the one in force"))
		case !each.by.After(now):
			problems = append(problems, fault.In(each.field, "The new time to "+each.what+" must be in the future"))
		}
	}
	if len(problems) == 0 && !r.AnswerBy.After(a.AnswerDue) && !r.ActionBy.After(a.ActionDue) {
		problems = append(problems, fault.In("answer", "Enter a later time to answer or to fix"))
	}
	return problems
}

// Drop gives up a change that was never issued.
func (v Version) Drop(pass access.Pass, eventID string, now time.Time) (Version, event.Event, error) {
	if v.State != Waiting {
		return v, event.Event{}, ErrNothingWaits
	}
	v.State = Dropped
	return v, event.New(eventID, pass, now, "alert change dropped", v.Alert.thing(), "Dropped a change: "+string(v.Kind)), nil
}

// Reissue is the second publisher's approval of a change: the alert as it is
// from now on, and the version that says so.
func (a Alert) Reissue(pass access.Pass, v Version, eventID string, now time.Time) (Alert, Version, event.Event, error) {
	switch {
	case v.State != Waiting:
		return a, v, event.Event{}, ErrNothingWaits
	case !a.WithdrawnAt.IsZero():
		return a, v, event.Event{}, ErrGone
	case v.Author == pass.Who().ID:
		return a, v, event.Event{}, ErrOwnDraft
	}
	v.State, v.Number, v.Approval = Issued, a.Edition+1, &Approval{By: pass.Who().ID, At: now}
	a.Draft, a.Edition, a.AnswerDue, a.ActionDue = v.Draft, v.Number, v.AnswerDue, v.ActionDue
	if v.Kind == Withdrawal {
		a.WithdrawnAt = now
	}
	return a, v, event.New(eventID, pass, now, "alert "+pastKind[v.Kind], a.thing(), a.Name()+" "+pastKind[v.Kind]).Vouching(v.Digest()), nil
}

var pastKind = map[VersionKind]string{FirstIssue: "issued", Correction: "corrected", Update: "updated", Extension: "extended", Withdrawal: "withdrawn"}

// Past is the kind as a record says it: corrected, withdrawn.
func (k VersionKind) Past() string { return pastKind[k] }

// Meet lets an organisation's response meet a newer version. Lateness is judged
// by the deadline in force when the answer came, so an extension moves only
// deadlines that have not been met; a renewal asks again and leaves the first
// verdict; a withdrawal stops both clocks.
func (r Response) Meet(v Version) Response {
	at := v.Approval.At
	switch {
	case v.Kind == Extension:
		r = r.extend(v)
	case v.Kind == Withdrawal: // a closed answer too, or the same alert would count for one trust and not for another
		r.StoppedAt, r.NextUpdateDue = at, time.Time{}
	case v.Renew && r.answered():
		r = r.renew(v)
	}
	return r
}

// extend moves the deadlines that have not been met. Who ever said for sure
// whether the alert applies has met the first, or missed it: taking that back
// does not win time.
func (r Response) extend(v Version) Response {
	if r.AppliedAt.IsZero() && v.AnswerDue.After(r.AnswerDue) {
		r.AnswerDue = v.AnswerDue
	}
	if !r.Closed() && v.ActionDue.After(r.ActionDue) {
		r.ActionDue = v.ActionDue
	}
	return r
}

// renew asks again. The time to act is then never less than a new alert would
// give, except for who is late with it already.
func (r Response) renew(v Version) Response {
	at := v.Approval.At
	act := at.Add(v.Draft.TimeToAct())
	if (r.Closed() || at.Before(r.ActionDue)) && act.After(r.ActionDue) {
		r.ActionDue = act
	}
	if r.Closed() {
		r.ClosedAt, r.ReopenedAt, r.NextUpdateDue = time.Time{}, at, at.Add(UpdateWindow)
	}
	r.Renewal = &Renewal{Edition: v.Number, Due: at.Add(AnswerWindow)}
	return r
}

// First is the version an issue makes.
func (a Alert) First(id string) Version {
	return Version{ID: id, Alert: a.ID, Number: 1, Kind: FirstIssue, Draft: a.Draft, AnswerDue: a.AnswerDue, ActionDue: a.ActionDue, Author: a.Author,
		WrittenAt: a.DraftedAt, State: Issued, Approval: a.Approval}
}

// Current is how an answer given now names the alert's words.
func (a Alert) Current() Edition { return Edition{Number: a.Edition, Digest: a.Draft.Digest()} }

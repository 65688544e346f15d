package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/event"
)

// The sentences by which the record says what an organisation answered. Replay
// reads them back, so a sentence that was ever written stays here.
var (
	saidApplies = map[Applicability]string{AppliesToAll: "Said the alert applies", AppliesToSome: "Said the alert applies to some systems", StillChecking: "Still checking whether the alert applies"}
	saidDone    = map[Outcome]string{Fixed: "Fixed everywhere", Covered: "Made safe, still to be fixed", WaitingSupplier: "Waits for a supplier", WaitingNational: "Waits for a national fix", CannotFix: "Cannot fix it yet"}
	pastDone    = map[Outcome]string{Fixed: "Fixed everywhere", Covered: "Made safe until it is fixed", WaitingSupplier: "Waited for a supplier", WaitingNational: "Waited for a national fix", CannotFix: "Could not fix it"}
)

const (
	saidNot          = "Said the alert does not apply: "
	saidPart         = "Fixed on "
	pastAcknowledged = "Acknowledged on "
	pastChecking     = "Was still checking whether the alert applies"
	pastSaid         = "Said on "
	pastNot          = " that the alert does not apply: "
	pastApplies      = " that the alert applies"
	pastClosed       = "Closed on "
)

// Trail is what the record has of one organisation's response, up to a moment.
type Trail struct {
	Kept     Response             // as it is now: only what never changes once it is set is taken from it
	Versions []Version            // issued by the moment, the first included
	Accepted map[string]time.Time // until when a risk was accepted, by the digest its event vouches for
	Events   []event.Event        // of the organisation about the alert, oldest first
}

// Replay gives the response as it stood after the events: a response is
// overwritten in place, and its events are not. What people wrote in their own
// words, and the day for which they promised more, are in no event: a replayed
// response has none of them.
func (p Trail) Replay() (Response, error) {
	r := Response{Alert: p.Kept.Alert, Organisation: p.Kept.Organisation, IssuedAt: p.Kept.IssuedAt, AnswerDue: p.Kept.AnswerDue, ActionDue: p.Kept.ActionDue}
	if i := slices.IndexFunc(p.Versions, func(v Version) bool { return v.Kind == FirstIssue }); i >= 0 {
		r.AnswerDue, r.ActionDue = p.Versions[i].AnswerDue, p.Versions[i].ActionDue
	}
	for _, e := range p.Events {
		is, known := p.after(r, e)
		if !known {
			return r, fmt.Errorf("the event %s (%s) of %s cannot be read back", e.ID, e.Kind, e.Thing)
		}
		r = is
	}
	r.NextUpdateDue = time.Time{}
	return r, nil
}

// after is the response after one more event; false where the event says
// something of an answer that nobody can read.
func (p Trail) after(r Response, e event.Event) (Response, bool) {
	switch e.Kind {
	case "alert acknowledged":
		r.Acknowledged = &Acknowledgement{By: e.ActorName, At: e.At}
	case "applicability given":
		return r.saysApplies(e)
	case "action recorded":
		return r.saysDone(e.Detail, saidDone)
	case "alert closed":
		r.ClosedAt = e.At
	case "alert opened again":
		r.ClosedAt, r.ReopenedAt = time.Time{}, e.At
	case "risk accepted":
		until, known := p.Accepted[e.Digest]
		r.AcceptedUntil = until
		return r, known
	case "alert version received":
		i := slices.IndexFunc(p.Versions, func(v Version) bool { return v.Approval != nil && v.Approval.At.Equal(e.At) && v.Kind != FirstIssue })
		if i < 0 {
			return r, false
		}
		return r.Meet(p.Versions[i]), true
	case "past answer imported":
		return p.afterImport(r, e.Detail)
	}
	return r, true
}

func (r Response) saysApplies(e event.Event) (Response, bool) {
	answer := DoesNotApply
	if !strings.HasPrefix(e.Detail, saidNot) {
		known := false
		if answer, known = keyOf(saidApplies, e.Detail); !known {
			return r, false
		}
	} else {
		r.Outcome, r.FixedCount, r.AssetCount = NothingYet, 0, 0
	}
	r.Applicability = answer
	if answer == StillChecking {
		return r, true
	}
	if r.AppliedAt.IsZero() {
		r.AppliedAt = e.At
	}
	if r.Owes() {
		r.Renewal = &Renewal{Edition: r.Renewal.Edition, Due: r.Renewal.Due, AnsweredAt: e.At}
	}
	return r, true
}

func (r Response) saysDone(detail string, sentences map[Outcome]string) (Response, bool) {
	if counts, part := strings.CutPrefix(detail, saidPart); part {
		done, all, _ := strings.Cut(strings.ReplaceAll(counts, ",", ""), " of ")
		fixed, err1 := strconv.ParseInt(done, 10, 64)
		assets, err2 := strconv.ParseInt(all, 10, 64)
		r.Outcome, r.FixedCount, r.AssetCount = FixedInPart, fixed, assets
		return r, err1 == nil && err2 == nil
	}
	outcome, known := keyOf(sentences, detail)
	r.Outcome, r.FixedCount, r.AssetCount = outcome, 0, 0
	return r, known
}

// afterImport reads what was answered before this portal. Its events carry the
// moment of the import; when it was said is in what was kept with them, and
// never changes after that.
func (p Trail) afterImport(r Response, detail string) (Response, bool) {
	switch said, when := strings.CutPrefix(detail, pastSaid); {
	case strings.HasPrefix(detail, pastAcknowledged):
		r.Acknowledged = p.Kept.Acknowledged
	case detail == pastChecking:
		r.Applicability = StillChecking
	case when && strings.HasSuffix(said, pastApplies):
		r.Applicability, r.AppliedAt = AppliesToAll, p.Kept.AppliedAt
	case when && strings.Contains(said, pastNot):
		r.Applicability, r.AppliedAt = DoesNotApply, p.Kept.AppliedAt
	case strings.HasPrefix(detail, pastClosed):
		on, err := time.Parse("2 January 2006", strings.TrimPrefix(detail, pastClosed))
		r.ClosedAt = on
		return r, err == nil
	default:
		return r.saysDone(detail, pastDone)
	}
	return r, true
}

// keyOf finds what a sentence stands for.
func keyOf[K comparable](sentences map[K]string, sentence string) (K, bool) {
	for key, each := range sentences {
		if each == sentence {
			return key, true
		}
	}
	var none K
	return none, false
}

package alert

import (
	"reflect"
	"testing"
	"time"

	"countersign/internal/event"
)

func TestReplay(t *testing.T) {
	issued := time.Date(2026, 10, 24, 10, 0, 0, 0, time.UTC) // the clocks go back that night
	first := Version{Kind: FirstIssue, Number: 1, AnswerDue: issued.Add(AnswerWindow), ActionDue: issued.Add(ActionWindow)}
	kept := Response{Alert: "a", Organisation: "RXH", IssuedAt: issued, AnswerDue: issued.AddDate(1, 0, 0), ActionDue: issued.AddDate(1, 0, 0)}
	did := func(after time.Duration, kind, detail string) event.Event {
		return event.Event{At: issued.Add(after), ActorName: "Tom Reilly", Kind: kind, Detail: detail, Digest: "d"}
	}
	acknowledged, applies := did(time.Hour, "alert acknowledged", "x"), did(2*time.Hour, "applicability given", "Said the alert applies")
	later := Version{Kind: Extension, Number: 2, AnswerDue: issued.Add(72 * time.Hour), ActionDue: issued.Add(30 * 24 * time.Hour), Approval: &Approval{At: issued.Add(3 * time.Hour)}}
	again := Version{Kind: Correction, Number: 2, Renew: true, Draft: Draft{Class: Normal}, Approval: &Approval{At: issued.Add(3 * time.Hour)}}
	over := Version{Kind: Withdrawal, Number: 2, Approval: &Approval{At: issued.Add(3 * time.Hour)}}
	met := did(3*time.Hour, "alert version received", "CC-0001 changed")
	for _, c := range []struct {
		claim    string
		versions []Version
		events   []event.Event
		want     func(Response) bool
	}{
		{"nothing answered is nothing answered, by the deadlines of the issue", nil, nil, func(r Response) bool {
			return r.Acknowledged == nil && r.AnswerDue.Equal(first.AnswerDue) && r.ActionDue.Equal(first.ActionDue)
		}},
		{"acknowledged is not answered", nil, []event.Event{acknowledged}, func(r Response) bool { _, ok := r.AnsweredAt(); return !ok && r.Acknowledged.By == "Tom Reilly" }},
		{"an answer counts from its event", nil, []event.Event{acknowledged, applies}, func(r Response) bool { at, ok := r.AnsweredAt(); return ok && at.Equal(applies.At) }},
		{"a change of mind does not move the answer", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "applicability given", "Said the alert applies to some systems")}, func(r Response) bool {
			return r.AppliedAt.Equal(applies.At) && r.Applicability == AppliesToSome
		}},
		{"still checking takes the answer back", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "applicability given", "Still checking whether the alert applies")}, func(r Response) bool { _, ok := r.AnsweredAt(); return !ok }},
		{"what does not apply has nothing done about it", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "action recorded", "Fixed on 3 of 1,200"), did(6*time.Hour, "applicability given", "Said the alert does not apply: scan")}, func(r Response) bool {
			return r.Applicability == DoesNotApply && r.Outcome == NothingYet && r.AssetCount == 0
		}},
		{"counts are read with their commas", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "action recorded", "Fixed on 3 of 1,200")}, func(r Response) bool {
			return r.Outcome == FixedInPart && r.FixedCount == 3 && r.AssetCount == 1200
		}},
		{"what was closed and opened again is open", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "alert closed", "x"), did(6*time.Hour, "alert opened again", "x")}, func(r Response) bool { return !r.Closed() }},
		{"a risk holds until its day", nil, []event.Event{acknowledged, applies, did(5*time.Hour, "risk accepted", "x")}, func(r Response) bool { return r.AcceptedUntil.Equal(issued.AddDate(0, 1, 0)) }},
		{"more time is for who has not answered", []Version{later}, []event.Event{met}, func(r Response) bool { return r.AnswerDue.Equal(later.AnswerDue) && r.ActionDue.Equal(later.ActionDue) }},
		{"more time does not judge an answer anew", []Version{later}, []event.Event{acknowledged, applies, met}, func(r Response) bool { return r.AnswerDue.Equal(first.AnswerDue) && r.ActionDue.Equal(later.ActionDue) }},
		{"a version that asks again is owed", []Version{again}, []event.Event{acknowledged, applies, met}, func(r Response) bool { return r.Owes() }},
		{"and is answered by the next answer", []Version{again}, []event.Event{acknowledged, applies, met, did(4*time.Hour, "applicability given", "Said the alert applies")}, func(r Response) bool { return !r.Owes() && r.Renewal != nil }},
		{"a withdrawal stops both clocks", []Version{over}, []event.Event{met}, func(r Response) bool { return r.StoppedAt.Equal(met.At) }},
		{"no update is promised: the record does not say for when", nil, []event.Event{acknowledged, applies}, func(r Response) bool { return r.NextUpdateDue.IsZero() && !r.Lapsed(issued.AddDate(1, 0, 0)) }},
		{"who only opened it has said nothing", nil, []event.Event{did(time.Hour, "alert opened", "Opened the alert")}, func(r Response) bool { return r.Acknowledged == nil }},
	} {
		t.Run(c.claim, func(t *testing.T) {
			r, err := Trail{Kept: kept, Versions: append([]Version{first}, c.versions...), Accepted: map[string]time.Time{"d": issued.AddDate(0, 1, 0)}, Events: c.events}.Replay()
			if err != nil || !c.want(r) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// An answer is late from its deadline on, to the millisecond, whatever the
// clocks in London do meanwhile.
func TestReplayedAnswersAreJudgedToTheMillisecond(t *testing.T) {
	issued := time.Date(2026, 10, 24, 10, 0, 0, 0, time.UTC)
	due := issued.Add(AnswerWindow)
	for _, c := range []struct {
		at     time.Time
		inTime bool
	}{{due.Add(-time.Millisecond), true}, {due, false}, {due.Add(time.Millisecond), false}} {
		r, err := Trail{Versions: []Version{{Kind: FirstIssue, AnswerDue: due, ActionDue: issued.Add(ActionWindow)}}, Events: []event.Event{
			{At: issued, Kind: "alert acknowledged"}, {At: c.at, Kind: "applicability given", Detail: "Said the alert applies"}}}.Replay()
		if err != nil || r.InTime() != c.inTime {
			t.Errorf("answered at %s: in time %v, %v", c.at, r.InTime(), err)
		}
	}
}

func TestReplayRefusesWhatItCannotRead(t *testing.T) {
	for _, e := range []event.Event{
		{Kind: "applicability given", Detail: "Said something new"}, {Kind: "action recorded", Detail: "Fixed on many"}, {Kind: "action recorded", Detail: "Did something"},
		{Kind: "risk accepted", Digest: "unknown"}, {Kind: "alert version received"}, {Kind: "past answer imported", Detail: "Closed on a day"}, {Kind: "past answer imported", Detail: "Something"},
	} {
		if r, err := (Trail{Events: []event.Event{e}}).Replay(); err == nil {
			t.Errorf("%s %q gave %+v", e.Kind, e.Detail, r)
		}
	}
}

// What was answered before this portal is read back with the instants that were
// imported with it.
func TestReplayOfWhatWasImported(t *testing.T) {
	issued := time.Date(2025, 3, 29, 22, 0, 0, 0, time.UTC)
	kept := Response{IssuedAt: issued, Acknowledged: &Acknowledgement{By: "Ann", At: issued.Add(time.Hour)}, AppliedAt: issued.Add(2 * time.Hour), Applicability: AppliesToAll, ClosedAt: issued.Add(200 * time.Hour)}
	var events []event.Event
	for _, detail := range []string{"Acknowledged on 29 March 2025 by Ann", "Said on 30 March 2025 that the alert applies", "Fixed on 2 of 4", "Fixed everywhere", "Closed on 7 April 2025"} {
		events = append(events, event.Event{Kind: "past answer imported", Detail: detail})
	}
	r, err := Trail{Kept: kept, Events: events}.Replay()
	if err != nil || !reflect.DeepEqual(r.Acknowledged, kept.Acknowledged) || !r.AppliedAt.Equal(kept.AppliedAt) || r.Outcome != Fixed || !r.Closed() {
		t.Errorf("%+v, %v", r, err)
	}
	for detail, want := range map[string]Applicability{"Was still checking whether the alert applies": StillChecking, "Said on 30 March 2025 that the alert does not apply: scan": DoesNotApply} {
		if r, err := (Trail{Kept: kept, Events: []event.Event{{Kind: "past answer imported", Detail: detail}}}).Replay(); err != nil || r.Applicability != want {
			t.Errorf("%q: %+v, %v", detail, r, err)
		}
	}
}

package storagetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// versions is what holds of an alert that changes after it was issued, and of
// answers that end.
var versions = []promise{
	{"T56 an issued version never changes, and an answer names the one it is to", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(time.Hour)
		h.change(t, id, alert.Revision{Kind: alert.Correction, Reason: "It is only a proof of concept", Draft: wording("Not used yet"), Renew: true})
		list, err := h.Alerts.Versions(t.Context(), h.at(lead), Here, id)
		must(t, err)
		_, answer, _, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if len(list) != 2 || list[0].Number != 2 || list[1].Number != 1 || list[1].Draft.Why != "It is used now" || answer.Answered != list[1].Edition() || !answer.Owes() {
			t.Errorf("versions %+v, answer %+v", list, answer)
		}
		for _, change := range []string{"update alert_version set document = '{}' where number = 1", "update alert_version set issued_at = issued_at - 1 where number = 2", "delete from alert_version where number = 1"} {
			h.refusedBySchema(t, change)
		}
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Withdrawal, Reason: "x"}))
		for _, column := range []string{"reason = 'y'", "kind = 'update'", "renew = 1", "answer_due = answer_due + 1", "action_due = action_due + 1", "author = 'z'", "written_at = 1"} {
			h.refusedBySchema(t, "update alert_version set "+column+" where state = 'waiting'")
		}
		if !h.postgres(t) {
			h.refusedBySchema(t, "update or replace alert_version set number = 1, state = 'issued', issued_at = 1 where state = 'waiting'")
			h.refusedBySchema(t, "update or replace alert_version set id = (select id from alert_version where number = 1) where state = 'waiting'")
			h.refusedBySchema(t, "insert or replace into alert_version select 'other', alert, number, kind, '{}', digest, reason, renew, answer_due, action_due, author, written_at, approver, issued_at, state, version from alert_version where number = 1")
		}
		must(t, h.Alerts.Drop(t.Context(), h.at(author), id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToSome}))
		_, answer, _, err = h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if answer.Owes() || answer.Answered != list[0].Edition() {
			t.Errorf("answered again: %+v", answer)
		}
	}},
	{"a change that waits is listed for publishers, and for nobody else", func(t *testing.T, h *House) {
		id := h.issue(t)
		waiting := func(want int) []alert.Change {
			t.Helper()
			list, err := h.Alerts.Changes(t.Context(), h.at(approver))
			must(t, err)
			if len(list) != want {
				t.Fatalf("%d changes wait, want %d: %+v", len(list), want, list)
			}
			return list
		}
		waiting(0)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Withdrawal, Reason: "It was a false alarm"}))
		if c := waiting(1)[0]; c.Alert != id || c.Kind != alert.Withdrawal || c.Author != author.ID || c.Name() != "CC-0001" || c.Title == "" || c.Reason != "It was a false alarm" {
			t.Errorf("waits: %+v", c)
		}
		for _, who := range []access.Actor{regulator, lead} {
			h.refused(t, access.ErrForbidden, func() error { _, err := h.Alerts.Changes(t.Context(), h.at(who)); return err })
		}
		must(t, h.Alerts.Drop(t.Context(), h.at(author), id))
		waiting(0)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Withdrawal, Reason: "It was a false alarm"}))
		must(t, h.Alerts.Reissue(t.Context(), h.at(approver), id, waiting(1)[0].Digest()))
		waiting(0)
	}},
	{"T55 a deadline moves by two people, and only as the second read it", func(t *testing.T, h *House) {
		id := h.issue(t)
		later := h.Now().Add(72 * time.Hour)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Extension, Reason: "The patch is late", AnswerBy: later}))
		h.refused(t, alert.ErrPending, func() error {
			return h.Alerts.Revise(t.Context(), h.at(approver), id, alert.Revision{Kind: alert.Withdrawal, Reason: "x"})
		})
		waiting, err := h.Alerts.Versions(t.Context(), h.at(approver), organisation.National, id)
		must(t, err)
		h.refused(t, alert.ErrOwnDraft, func() error { return h.Alerts.Reissue(t.Context(), h.at(author), id, waiting[0].Digest()) })
		h.refused(t, alert.ErrOtherRevision, func() error { return h.Alerts.Reissue(t.Context(), h.at(approver), id, "something else") })
		hidden, err := h.Alerts.Versions(t.Context(), h.at(lead), Here, id)
		must(t, err)
		errs := make([]error, 8)
		together(len(errs), func(i int) { errs[i] = h.Alerts.Reissue(t.Context(), h.at(approver), id, waiting[0].Digest()) })
		oneSucceeds(t, errs, alert.ErrNothingWaits)
		_, answer, _, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if len(waiting) != 2 || len(hidden) != 1 || !answer.AnswerDue.Equal(later) || h.count(t, "select count(*) from event where kind = 'alert version received'") != 2 {
			t.Errorf("waiting %+v, seen by the trust %+v, answer %+v", waiting, hidden, answer)
		}
	}},
	{"a change that was dropped is gone from the list, and another can be proposed", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Withdrawal, Reason: "False alarm"}))
		must(t, h.Alerts.Drop(t.Context(), h.at(author), id))
		h.refused(t, alert.ErrNothingWaits, func() error { return h.Alerts.Drop(t.Context(), h.at(author), id) })
		list, err := h.Alerts.Versions(t.Context(), h.at(author), organisation.National, id)
		must(t, err)
		if len(list) != 1 {
			t.Errorf("%+v", list)
		}
		h.change(t, id, alert.Revision{Kind: alert.Withdrawal, Reason: "False alarm"})
		open, err := h.Alerts.Open(t.Context(), h.at(lead), Here, 10)
		must(t, err)
		issued, err := h.Alerts.Issued(t.Context(), h.at(regulator), h.Now().Add(time.Hour), 10)
		must(t, err)
		if len(open) != 0 || len(issued) != 1 || issued[0].WithdrawnAt.IsZero() {
			t.Errorf("open %+v, issued %+v", open, issued)
		}
		h.refused(t, alert.ErrWithdrawn, func() error { return h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id) })
	}},
	{"while an alert changes, no answer is lost and none is to words nobody read", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		_, _, seen, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), id, alert.Revision{Kind: alert.Update, Reason: "More", Draft: wording("It spreads"), Renew: true}))
		waiting, err := h.Alerts.Versions(t.Context(), h.at(approver), organisation.National, id)
		must(t, err)
		var answered, reissued error
		together(2, func(i int) {
			if i == 0 {
				answered = h.Alerts.Apply(t.Context(), h.at(lead), Here, id, seen, alert.Applies{Answer: alert.AppliesToAll})
			} else {
				reissued = h.Alerts.Reissue(t.Context(), h.at(approver), id, waiting[0].Digest())
			}
		})
		must(t, reissued)
		_, answer, _, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		first := answered == nil && answer.Answered.Number == 1 && answer.Owes()
		second := errors.Is(answered, alert.ErrChanged) && answer.Applicability == alert.NotSaid
		if !first && !second {
			t.Errorf("answered %v, stored %+v", answered, answer)
		}
	}},
	{"nothing closes without evidence of its own that was not rejected", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		must(t, h.Alerts.Act(t.Context(), h.at(lead), Here, id, 0, alert.Action{Outcome: alert.Fixed}))
		rejected := h.file(Here, lead, strings.Repeat("a", 64))
		rejected.Uses, rejected.Verdict = []string{"alert/" + string(id)}, evidence.Rejected
		h.add(t, rejected)
		theirs := h.file(There, otherSIRO, strings.Repeat("b", 64))
		theirs.Uses = []string{"alert/" + string(id)}
		h.addBy(t, There, theirs)
		h.refused(t, alert.ErrNoProof, func() error { return h.Alerts.Close(t.Context(), h.at(lead), Here, id, 0) })
		sound := h.file(Here, lead, strings.Repeat("c", 64))
		sound.Uses = []string{"alert/" + string(id)}
		h.add(t, sound)
		must(t, h.Alerts.Close(t.Context(), h.at(lead), Here, id, 0))
		h.refused(t, alert.ErrClosed, func() error { return h.Alerts.Close(t.Context(), h.at(lead), Here, id, 0) })
		must(t, h.Alerts.Reopen(t.Context(), h.at(lead), Here, id, 0))
		h.refused(t, alert.ErrOpen, func() error { return h.Alerts.Reopen(t.Context(), h.at(lead), Here, id, 0) })
	}},
	{"rehearsals are in no measure", func(t *testing.T, h *House) {
		draft := wording("An exercise")
		draft.Rehearsal = true
		id := h.send(t, draft)
		h.answer(t, id)
		h.Pass(72 * time.Hour)
		marks, err := h.Alerts.Marks(t.Context(), h.at(lead), Here, Began.AddDate(0, 0, -1), Began.AddDate(0, 0, 30))
		must(t, err)
		all, err := h.Alerts.Responses(t.Context(), h.at(lead), Here, alert.Newest, 10)
		must(t, err)
		if len(marks) != 0 || len(all) != 1 || all[0].Name() != "Rehearsal CC-0001" {
			t.Errorf("marks %v, responses %+v", marks, all)
		}
	}},
	{"an alert comes back with its whole vocabulary", func(t *testing.T, h *House) {
		draft := wording("It is used now")
		draft.Categories, draft.Vectors, draft.Indicators, draft.Sources, draft.Public = []string{"Ransomware"}, []string{"Email"}, "New accounts", []string{"https://supplier.example/"}, true
		draft.Platforms, draft.CVEs = []alert.Platform{{Name: "Gateway", Versions: []string{"9.1"}}}, []alert.CVE{{ID: "CVE-2026-12345", Status: "Master", Text: "x"}}
		draft.Steps = []alert.Step{{Kind: "Patch", Text: "Patch it", Link: "https://supplier.example/9.2"}}
		draft.Audience.Organisations = []organisation.Code{Here}
		id := h.send(t, draft)
		a, responses, err := h.Alerts.ResponsesTo(t.Context(), h.at(regulator), id)
		must(t, err)
		if a.Draft.Digest() != draft.Digest() || len(responses) != 1 {
			t.Errorf("%+v, %d responses", a.Draft, len(responses))
		}
	}},
}

// wording is the alert of the house with another reason.
func wording(why string) alert.Draft {
	return alert.Draft{Title: "Patch the gateway", Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability", Why: why, Steps: []alert.Step{{Text: "Patch it"}}}
}

// change proposes a change and approves it as somebody else.
func (h *House) change(t testing.TB, id alert.ID, r alert.Revision) {
	t.Helper()
	must(t, h.Alerts.Revise(t.Context(), h.at(author), id, r))
	list, err := h.Alerts.Versions(t.Context(), h.at(approver), organisation.National, id)
	must(t, err)
	must(t, h.Alerts.Reissue(t.Context(), h.at(approver), id, list[0].Digest()))
}

func (h *House) add(t testing.TB, f evidence.File) { h.addBy(t, Here, f) }

func (h *House) addBy(t testing.TB, org organisation.Code, f evidence.File) {
	t.Helper()
	by := lead
	if org == There {
		by = otherSIRO
	}
	must(t, h.Evidence.Add(t.Context(), h.pass(t, by, access.UploadEvidence, org), f, plenty, h.said(t, "evidence received")))
}

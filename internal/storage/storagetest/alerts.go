package storagetest

import (
	"errors"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// alerts is what holds of alerts and their answers.
var alerts = []promise{
	{"an issued alert reaches its whole audience, once", func(t *testing.T, h *House) {
		draft := alert.Draft{Title: "Patch", Severity: alert.High, Class: alert.Normal, Why: "It is used", Steps: []alert.Step{{Text: "Patch"}}}
		id, err := h.Alerts.Draft(t.Context(), h.at(author), draft)
		must(t, err)
		must(t, h.Alerts.Amend(t.Context(), h.at(author), id, draft))
		h.refused(t, alert.ErrNotSent, func() error { return h.Alerts.Issue(t.Context(), h.at(approver), id) })
		must(t, h.Alerts.Submit(t.Context(), h.at(author), id))
		h.refused(t, alert.ErrOwnDraft, func() error { return h.Alerts.Issue(t.Context(), h.at(author), id) })
		drafts, err := h.Alerts.Drafts(t.Context(), h.at(approver))
		must(t, err)
		errs := make([]error, 8)
		together(len(errs), func(i int) { errs[i] = h.Alerts.Issue(t.Context(), h.at(approver), id) })
		oneSucceeds(t, errs, alert.ErrIssued)
		_, responses, err := h.Alerts.ResponsesTo(t.Context(), h.at(regulator), id)
		must(t, err)
		issued, err := h.Alerts.Issued(t.Context(), h.at(regulator), h.Now().Add(time.Hour), 10)
		must(t, err)
		if len(drafts) != 1 || len(responses) != 2 || len(issued) != 1 || issued[0].Asked != 2 || issued[0].Number != 1 {
			t.Errorf("drafts %v, responses %v, issued %v", drafts, responses, issued)
		}
	}},
	{"alerts issued at once get numbers of their own", func(t *testing.T, h *House) {
		ids := make([]alert.ID, 8)
		for i := range ids {
			var err error
			ids[i], err = h.Alerts.Draft(t.Context(), h.at(author), alert.Draft{Title: "Patch", Severity: alert.High, Class: alert.Normal, Why: "It is used", Steps: []alert.Step{{Text: "Patch"}}})
			must(t, err)
			must(t, h.Alerts.Submit(t.Context(), h.at(author), ids[i]))
		}
		errs := make([]error, len(ids))
		together(len(ids), func(i int) { errs[i] = h.Alerts.Issue(t.Context(), h.at(approver), ids[i]) })
		must(t, errors.Join(errs...))
		if n := h.count(t, "select count(distinct number) from alert where number between 1 and 8"); n != 8 {
			t.Errorf("%d numbers for 8 alerts", n)
		}
	}},
	{"of sixteen who acknowledge at once, one succeeds", func(t *testing.T, h *House) {
		id := h.issue(t)
		errs := make([]error, 16)
		together(len(errs), func(i int) { errs[i] = h.Alerts.Acknowledge(t.Context(), h.at(crowd()[i]), Here, id) })
		oneSucceeds(t, errs, alert.ErrAcknowledged)
		if n := h.count(t, "select count(*) from event where kind = 'alert acknowledged'"); n != 1 {
			t.Errorf("%d events of it", n)
		}
	}},
	{"of two who answer from the same page, the second is told", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		_, _, seen, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, seen, alert.Applies{Answer: alert.AppliesToAll}))
		h.refused(t, alert.ErrChanged, func() error {
			return h.Alerts.Apply(t.Context(), h.at(siro), Here, id, seen, alert.Applies{Answer: alert.StillChecking})
		})
		h.refused(t, alert.ErrChanged, func() error {
			return h.Alerts.Act(t.Context(), h.at(siro), Here, id, seen, alert.Action{Outcome: alert.Fixed})
		})
	}},
	{"an answer comes back as it was given", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.Pass(time.Minute)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		h.Pass(time.Hour)
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToSome}))
		h.Pass(time.Hour)
		must(t, h.Alerts.Act(t.Context(), h.at(lead), Here, id, 0, alert.Action{Outcome: alert.FixedInPart, FixedCount: 3, AssetCount: 9, PlanOn: "2026-11-30"}))
		open, err := h.Alerts.Open(t.Context(), h.at(lead), Here, 10)
		must(t, err)
		all, err := h.Alerts.Responses(t.Context(), h.at(lead), Here, h.Now(), 10)
		must(t, err)
		if len(open) != 1 || len(all) != 1 || open[0].FixedCount != 3 || open[0].Acknowledged.By != lead.Name || !open[0].AppliedAt.Equal(Began.Add(61*time.Minute)) {
			t.Errorf("open %+v, all %+v", open, all)
		}
		timeline := h.timeline(t)
		if len(timeline) != 4 || timeline[0].Kind != "action recorded" || timeline[3].Kind != "alert received" {
			t.Errorf("the timeline: %+v", timeline)
		}
		h.Pass(72 * time.Hour)
		inTime, due, err := h.AlertStore.OnTime(t.Context(), h.pass(t, lead, access.ReadResponses, Here), "2026-10-01", "2026-10-31", h.Now())
		must(t, err)
		period := league.Period{From: Began.AddDate(0, 0, -1), To: Began.AddDate(0, 0, 1)}
		pairs, err := storage.League{DB: h.DB}.Pairs(t.Context(), h.pass(t, regulator, access.Compare, organisation.National), organisation.Acute, period, h.Now())
		must(t, err)
		marks, err := h.Alerts.Marks(t.Context(), h.at(lead), Here, Began.AddDate(0, 0, -1), Began.AddDate(0, 0, 30))
		must(t, err)
		if inTime != 1 || due != 1 || len(pairs) != 2 || !pairs[0].Due.Equal(pairs[0].IssuedAt.Add(alert.AnswerWindow)) || len(marks) != 1 || !marks[0] {
			t.Errorf("%d of %d in time; %v; %v", inTime, due, pairs, marks)
		}
	}},
}

// plenty is a quota nothing here reaches.
const plenty = 1 << 40

// files is what holds of evidence.
var files = []promise{
	{"T64 of many uploads at once, no more than the quota is kept", func(t *testing.T, h *House) {
		pass := h.pass(t, lead, access.UploadEvidence, Here)
		h.keep(t, There, otherLead, digest("0")) // another trust's files do not count
		errs := make([]error, 8)
		offered, said := make([]evidence.File, len(errs)), make([]event.Event, len(errs))
		for i := range errs {
			offered[i], said[i] = h.file(Here, lead, digest(string("abcdef12"[i]))), h.said(t, "evidence received")
		}
		together(len(errs), func(i int) { errs[i] = h.Evidence.Add(t.Context(), pass, offered[i], 35, said[i]) })
		kept := 0
		for _, err := range errs {
			if err == nil {
				kept++
			} else if !errors.Is(err, evidence.ErrFull) {
				t.Error(err)
			}
		}
		held, err := h.Evidence.Held(t.Context(), pass)
		must(t, err)
		if kept != 3 || held != 30 {
			t.Errorf("%d files kept, %d bytes held", kept, held)
		}
	}},
	{"T63 what waits for the scanner is listed until it is judged, once", func(t *testing.T, h *House) {
		id, theirs := h.keep(t, Here, lead, digest("a")), h.keep(t, There, otherLead, digest("b"))
		national := h.pass(t, access.PortalActor("scanner"), access.ScanEvidence, organisation.National)
		waiting := func() (all []evidence.ID) {
			for after := evidence.ID(""); ; { // one at a time, so that the order matters
				files, err := h.Evidence.Waiting(t.Context(), national, after, 1)
				must(t, err)
				if len(files) == 0 {
					return all
				}
				after = files[0].ID
				all = append(all, after)
			}
		}
		if before := waiting(); len(before) != 2 {
			t.Fatalf("waiting: %v", before)
		}
		pass := h.pass(t, access.PortalActor("scanner"), access.ScanEvidence, Here)
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = h.Evidence.Record(t.Context(), pass, id, func(f evidence.File) (evidence.File, event.Event, error) {
				return f.Judged(pass, evidence.Finding{Result: evidence.Infected, Name: "Eicar-Test-Signature", Engine: "ClamAV"}, NewID(), h.Now())
			})
		})
		oneSucceeds(t, errs, evidence.ErrJudged)
		f, err := h.Evidence.Find(t.Context(), pass, id)
		must(t, err)
		about, err := h.Events.About(t.Context(), h.pass(t, lead, access.ReadOrganisation, Here), "evidence/"+string(id), 50)
		must(t, err)
		after := waiting()
		if len(after) != 1 || after[0] != theirs || f.Verdict != evidence.Rejected || f.VerdictWhy != "It contains Eicar-Test-Signature" || len(about) != 1 || about[0].ActorID != "portal:scanner" {
			t.Errorf("waiting %v; %+v; %+v", after, f, about)
		}
	}},
	{"every record says which bytes it needs", func(t *testing.T, h *House) {
		h.keep(t, Here, lead, digest("a"))
		h.keep(t, There, otherLead, digest("a"))
		pass := h.pass(t, access.PortalActor("keeper"), access.ReconcileEvidence, organisation.National)
		first, err := h.Evidence.Entries(t.Context(), pass, "", 1)
		must(t, err)
		rest, err := h.Evidence.Entries(t.Context(), pass, first[0].ID, 5)
		must(t, err)
		if len(first) != 1 || len(rest) != 1 || first[0].Organisation == rest[0].Organisation || rest[0].Digest != digest("a") || rest[0].Size != 10 {
			t.Errorf("%+v and then %+v", first, rest)
		}
	}},
	{"the same bytes twice are one record, however close together", func(t *testing.T, h *House) {
		pass := h.pass(t, lead, access.UploadEvidence, Here)
		errs := make([]error, 8)
		offered := make([]evidence.File, len(errs))
		said := make([]event.Event, len(errs))
		for i := range errs {
			offered[i], said[i] = h.file(Here, lead, digest("a")), h.said(t, "evidence received")
		}
		together(len(errs), func(i int) { errs[i] = h.Evidence.Add(t.Context(), pass, offered[i], plenty, said[i]) })
		oneSucceeds(t, errs, evidence.ErrSame)
		h.keep(t, There, otherLead, digest("a")) // another trust has its own
		if n := h.count(t, "select count(*) from evidence"); n != 2 {
			t.Errorf("%d records", n)
		}
	}},
	{"evidence comes back with its uses", func(t *testing.T, h *House) {
		id, pass := h.keep(t, Here, lead, digest("a")), h.pass(t, lead, access.UploadEvidence, Here)
		for range 2 { // linking again is no change
			must(t, h.Evidence.Link(t.Context(), pass, id, []string{"alert/1"}, h.Now(), func(evidence.File) (event.Event, error) { return h.said(t, "evidence linked"), nil }))
		}
		f, err := h.Evidence.Find(t.Context(), pass, id)
		must(t, err)
		list, err := h.Evidence.List(t.Context(), pass)
		must(t, err)
		linked, err := h.Evidence.For(t.Context(), pass, "alert/1")
		must(t, err)
		same, err := h.Evidence.SameBytes(t.Context(), pass, digest("a"))
		must(t, err)
		if len(f.Uses) != 2 || len(list) != 1 || len(list[0].Uses) != 2 || len(linked) != 1 || same.ID != id || f.OwnerName != lead.Name {
			t.Errorf("found %+v, listed %+v, linked %+v, same %+v", f, list, linked, same)
		}
	}},
	{"T63 only what was released counts, and of many releases one holds", func(t *testing.T, h *House) {
		id, pass := h.keep(t, Here, lead, digest("a")), h.pass(t, siro, access.UploadEvidence, Here)
		before, err := h.Evidence.Count(t.Context(), pass, "2026-10-05")
		must(t, err)
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = h.Evidence.Record(t.Context(), pass, id, func(f evidence.File) (evidence.File, event.Event, error) {
				return f.Release(pass, "Read on a machine apart", NewID(), h.Now())
			})
		})
		released := 0
		for _, err := range errs {
			if err == nil {
				released++
			}
		}
		after, err := h.Evidence.Count(t.Context(), pass, "2026-10-05")
		must(t, err)
		if before != 0 || after != 1 || released != 1 {
			t.Errorf("%d before, %d after, released %d times", before, after, released)
		}
	}},
}

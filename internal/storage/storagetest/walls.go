package storagetest

import (
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

func (h *House) wall() *alert.Wall {
	return &alert.Wall{Store: storage.Walls{DB: h.DB}, Now: h.Now, NewID: NewID}
}

func (h *House) openings() *alert.Openings {
	return &alert.Openings{Store: storage.Openings{DB: h.DB}, Now: h.Now, NewID: NewID}
}

// rings writes down a call to a trust.
func (h *House) rings(t testing.TB, id alert.ID, org organisation.Code) {
	t.Helper()
	must(t, h.wall().Log(t.Context(), h.at(author), id, alert.Call{Organisation: org, Rung: "The cyber lead", Outcome: "Will acknowledge within the hour"}))
}

// walls is what holds of following an alert.
var walls = []promise{
	{"T48 a line of the contact log is neither changed, deleted, replaced nor truncated", func(t *testing.T, h *House) {
		h.rings(t, h.issue(t), Here)
		h.appendOnly(t, "contact_log", "outcome = 'Nobody was rung'")
	}},
	{"T48 an opening is neither changed, deleted, replaced nor truncated", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.openings().Open(t.Context(), h.at(lead), Here, id))
		h.appendOnly(t, "alert_opening", "opened_at = 1")
	}},
	{"T58 a call is on the wall and beside the trust's own record, whose event holds nobody's words", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.Pass(time.Hour)
		h.rings(t, id, Here)
		lines, err := h.wall().Contacts(t.Context(), h.at(regulator), id)
		must(t, err)
		if len(lines) != 1 || lines[0].By != author.Name || lines[0].Name != "Trust RXH" || !lines[0].At.Equal(h.Now()) || lines[0].Outcome != "Will acknowledge within the hour" {
			t.Errorf("the log: %+v", lines)
		}
		about := func(who access.Actor, org organisation.Code) []event.Event {
			events, err := h.Events.About(t.Context(), h.pass(t, who, access.ReadOrganisation, org), "alert/"+string(id), 10)
			must(t, err)
			return events
		}
		ours, theirs := about(lead, Here), about(otherLead, There)
		if len(ours) != 2 || ours[0].Kind != "call logged" || ours[0].ActorName != author.Name || ours[0].Detail != "Rang about CC-0001" || len(theirs) != 1 {
			t.Errorf("our record %+v, theirs %+v", ours, theirs)
		}
		calls, err := h.wall().CallsOf(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if len(calls) != 1 || calls[0].By != author.Name || calls[0].Rung != "The cyber lead" || calls[0].Outcome != "Will acknowledge within the hour" || !calls[0].At.Equal(h.Now()) {
			t.Errorf("our calls: %+v", calls)
		}
		calls, err = h.wall().CallsOf(t.Context(), h.at(otherLead), There, id)
		must(t, err)
		if len(calls) != 0 {
			t.Errorf("another trust's calls: %+v", calls)
		}
		if _, err := h.wall().CallsOf(t.Context(), h.at(otherLead), Here, id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another trust's lead asked for ours: %v", err)
		}
	}},
	{"a call about a trust that was not sent the alert is refused, and so is one by who may not chase", func(t *testing.T, h *House) {
		id := h.issue(t)
		call := alert.Call{Organisation: "R99", Rung: "Somebody", Outcome: "Nothing"}
		h.refused(t, alert.ErrNotSentThere, func() error { return h.wall().Log(t.Context(), h.at(author), id, call) })
		call.Organisation = Here
		h.refused(t, access.ErrForbidden, func() error { return h.wall().Log(t.Context(), h.at(regulator), id, call) })
		h.refused(t, access.ErrForbidden, func() error { return h.wall().Log(t.Context(), h.at(lead), id, call) })
		draft, err := h.Alerts.Draft(t.Context(), h.at(author), alert.Draft{Title: "Draft", Severity: alert.Low, Class: alert.Normal, Why: "It is", Steps: []alert.Step{{Text: "Wait"}}})
		must(t, err)
		h.refused(t, alert.ErrUnknown, func() error { return h.wall().Log(t.Context(), h.at(author), draft, call) })
		call.Outcome = ""
		if err := h.wall().Log(t.Context(), h.at(author), id, call); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a call without an outcome: %v", err)
		}
	}},
	{"a call that is saved again within ten minutes is one call", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.Pass(time.Hour)
		errs := make([]error, 2)
		call := alert.Call{Organisation: Here, Rung: "The cyber lead", Outcome: "No answer"}
		together(len(errs), func(i int) { errs[i] = h.wall().Log(t.Context(), h.at(author), id, call) })
		for _, err := range errs {
			must(t, err)
		}
		logged := func(want int, when string) {
			t.Helper()
			if lines, events := h.count(t, "select count(*) from contact_log"), h.count(t, "select count(*) from event where kind = 'call logged'"); lines != want || events != want {
				t.Errorf("%s: %d lines and %d events, want %d", when, lines, events, want)
			}
		}
		logged(1, "two at once")
		h.Pass(9 * time.Minute)
		before := h.contents(t)
		again := call
		again.Rung, again.Outcome = " The  cyber lead", "No answer "
		must(t, h.wall().Log(t.Context(), h.at(author), id, again))
		if after := h.contents(t); after != before {
			t.Errorf("a repeat left a trace:\n%s", difference(before, after))
		}
		other := call
		other.At = h.Now().Add(-5 * time.Minute)
		must(t, h.wall().Log(t.Context(), h.at(author), id, other))
		must(t, h.wall().Log(t.Context(), h.at(author), id, other))
		logged(2, "a call at another time, twice")
		must(t, h.wall().Log(t.Context(), h.at(approver), id, call))
		call.Organisation = There
		must(t, h.wall().Log(t.Context(), h.at(author), id, call))
		logged(4, "another person's, and another trust's")
		h.Pass(time.Minute)
		call.Organisation = Here
		must(t, h.wall().Log(t.Context(), h.at(author), id, call))
		logged(5, "ten minutes later")
	}},
	{"a person opens an alert once, however many windows they have", func(t *testing.T, h *House) {
		id := h.issue(t)
		errs := make([]error, 8)
		together(len(errs), func(i int) { errs[i] = h.openings().Open(t.Context(), h.at(lead), Here, id) })
		for _, err := range errs {
			must(t, err)
		}
		h.Pass(time.Hour)
		must(t, h.openings().Open(t.Context(), h.at(lead), Here, id))
		must(t, h.openings().Open(t.Context(), h.at(siro), Here, id))
		if rows, events := h.count(t, "select count(*) from alert_opening"), h.count(t, "select count(*) from event where kind = 'alert opened'"); rows != 2 || events != 2 {
			t.Errorf("%d openings and %d events by two people", rows, events)
		}
		before := h.contents(t)
		must(t, h.openings().Open(t.Context(), h.at(author), Here, id))    // reads, and is not of the trust
		must(t, h.openings().Open(t.Context(), h.at(regulator), Here, id)) // likewise
		if after := h.contents(t); after != before {
			t.Errorf("visitors left a trace:\n%s", difference(before, after))
		}
		h.refused(t, access.ErrNotFound, func() error { return h.openings().Open(t.Context(), h.at(otherLead), Here, id) })
		h.refused(t, alert.ErrUnknown, func() error { return h.openings().Open(t.Context(), h.at(lead), Here, "no-such-alert") })
	}},
	{"one look tells how far an alert has come everywhere", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.Pass(time.Minute)
		must(t, h.openings().Open(t.Context(), h.at(otherLead), There, id))
		must(t, h.openings().Open(t.Context(), h.at(otherSIRO), There, id))
		h.Pass(time.Minute)
		h.rings(t, id, There)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		list, err := h.wall().Progress(t.Context(), h.at(regulator), id)
		must(t, err)
		if len(list) != 2 || list[0].Organisation != Here || !list[0].AcknowledgedAt.Equal(h.Now()) || list[0].AcknowledgedBy != lead.Name || list[0].OpenedBy != 0 || !list[0].RungAt.IsZero() {
			t.Fatalf("here: %+v", list)
		}
		if there := list[1]; there.Acknowledged() || there.OpenedBy != 2 || !there.OpenedAt.Equal(Began.Add(time.Minute)) || !there.RungAt.Equal(h.Now()) || there.Kind != organisation.Acute || !there.AnsweredAt.IsZero() {
			t.Errorf("there: %+v", there)
		}
	}},
	{"an alert is compared with earlier ones of its severity that went to half of its trusts", func(t *testing.T, h *House) {
		var old []alert.ID
		for range 3 {
			old = append(old, h.issue(t))
			h.Pass(time.Hour)
		}
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, old[2]))
		low, err := h.Alerts.Draft(t.Context(), h.at(author), alert.Draft{Title: "Low", Severity: alert.Low, Class: alert.Normal, Why: "It is", Steps: []alert.Step{{Text: "Wait"}}})
		must(t, err)
		must(t, h.Alerts.Submit(t.Context(), h.at(author), low))
		must(t, h.Alerts.Issue(t.Context(), h.at(approver), low))
		h.Pass(time.Hour)
		id := h.issue(t)
		past, err := h.wall().Before(t.Context(), h.at(regulator), id)
		must(t, err)
		if len(past) != 3 || past[2].ID != old[2] || len(past[2].Acknowledged) != 2 || past[2].Acknowledged[0].IsZero() || !past[2].Acknowledged[1].IsZero() || !past[0].IssuedAt.Equal(Began) {
			t.Errorf("compared with %+v", past)
		}
		newest, err := storage.Walls{DB: h.DB}.Before(t.Context(), h.pass(t, regulator, access.ReadAllResponses, organisation.National), id, 2)
		must(t, err)
		if len(newest) != 2 || newest[0].ID != old[1] {
			t.Errorf("the last two are %+v", newest)
		}
	}},
	{"whom to ring is who may acknowledge, where nobody has", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		phones, err := h.wall().Phones(t.Context(), h.at(author), id)
		must(t, err)
		if len(phones) != 3 || phones[0].Office != access.CyberLead || phones[0].Organisation != There || phones[0].Number != "020 7946 0000" || phones[2].Office != access.ChiefExecutive {
			t.Errorf("to ring: %+v", phones)
		}
		secretary := storage.Entry{ID: "secretary", Person: identity.PersonID(siro.ID), Event: h.said(t, "appointment recorded"),
			Appointment: access.Appointment{Office: access.CompanySecretary, Organisation: There, From: Began.AddDate(-1, 0, 0)}}
		must(t, h.Identities.Register(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), Began, nil, nil, []storage.Entry{secretary}))
		if again, err := h.wall().Phones(t.Context(), h.at(author), id); err != nil || len(again) != 3 {
			t.Errorf("with a secretary: %+v, %v", again, err)
		}
		h.refused(t, access.ErrForbidden, func() error { _, err := h.wall().Phones(t.Context(), h.at(regulator), id); return err })
	}},
	{"T27 the wall is refused under a trust's decision", func(t *testing.T, h *House) {
		id, store := h.issue(t), storage.Walls{DB: h.DB}
		pass, ctx := h.pass(t, lead, access.AnswerAlert, Here), t.Context()
		h.refused(t, access.ErrNotFound, func() error { _, err := store.Progress(ctx, pass, id); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := store.Before(ctx, pass, id, 12); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := store.Phones(ctx, pass, id, h.Now()); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := store.Contacts(ctx, pass, id, 5); return err })
		h.refused(t, access.ErrNotFound, func() error { return store.Log(ctx, pass, id, Here, nil) })
	}},
}

package handler

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/layout/layouttest"
)

func TestPublisherHomeDoesNotLeadWithAWithdrawnAlert(t *testing.T) {
	now := alertSent.Add(time.Hour)
	sent := alert.Counted{ID: "al_1", Number: 4712, Title: "Mail gateway", IssuedAt: alertSent, AnswerDue: alertDue, Asked: 4, Acknowledged: 1}
	gone, older := sent, sent
	gone.WithdrawnAt = alertSent.Add(time.Minute)
	older.ID, older.Number = "al_0", 4711
	for name, test := range map[string]struct {
		issued         []alert.Counted
		heading, right string
	}{
		"open":                        {[]alert.Counted{sent}, "1 of 4 trusts have acknowledged CC-4712", "47 hours left"},
		"withdrawn":                   {[]alert.Counted{gone}, "Nothing waits for you", "Withdrawn"},
		"withdrawn above an open one": {[]alert.Counted{gone, older}, "1 of 4 trusts have acknowledged CC-4711", "Withdrawn"},
	} {
		page := publisherView(ruth, test.issued, nil, nil, now)
		if got := page.Blocks[0].Lines[0].Strong; page.Heading != test.heading || got != test.right {
			t.Errorf("%s: %q, and its line says %q", name, page.Heading, got)
		}
	}
}

func (desks) Changes(context.Context, access.Actor) ([]alert.Change, error)         { return nil, nil }
func (s *stubAlerts) Changes(context.Context, access.Actor) ([]alert.Change, error) { return nil, nil }

func TestChangeThatWaitsIsShownToWhoMayApproveIt(t *testing.T) {
	change := alert.Change{Version: alert.Version{Alert: "al_1", Kind: alert.Extension, Author: "helen", Reason: "The patch is late", WrittenAt: alertSent.Add(time.Hour), State: alert.Waiting, Draft: issuedAlert().Draft}, Issued: 4712, Title: "Mail gateway"}
	for name, test := range map[string]struct {
		who           access.Actor
		heading, says string
		leads         bool
	}{
		"another publisher": {ruth, "A change of CC-4712 waits for your approval", "Give more time. Waits for your approval", true},
		"its author":        {holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National), "Nothing waits for you", "Give more time. Waits for someone else to approve it", false},
	} {
		page := publisherView(test.who, nil, nil, []alert.Change{change}, alertSent.Add(2*time.Hour))
		lines := page.Blocks[1].Lines
		if page.Heading != test.heading || len(lines) != 1 || lines[0].Text != test.says || lines[0].Href != "/alerts/al_1/versions/waiting" || (page.Now != nil) != test.leads {
			t.Errorf("%s: %q, %+v", name, page.Heading, lines)
		} else if test.leads && page.Now.Href != lines[0].Href {
			t.Errorf("%s: leads to %q", name, page.Now.Href)
		}
	}
	draft := issuedAlert()
	draft.State = alert.Waiting
	if page := publisherView(ruth, nil, []alert.Alert{draft}, []alert.Change{change}, alertSent); page.Heading != "An alert waits for your approval" || len(page.Blocks[1].Lines) != 2 {
		t.Errorf("with a draft as well: %q, %+v", page.Heading, page.Blocks[1].Lines)
	}
	rows := changeRows([]alert.Change{change})
	if len(rows) != 1 || rows[0].Title != "CC-4712: Mail gateway" || rows[0].Href != "/alerts/al_1/versions/waiting" || rows[0].State.Text != "Change waits for approval" {
		t.Errorf("in the list: %+v", rows)
	}
}

func TestReviewSaysThatAnyoneCanReadAPublicAlert(t *testing.T) {
	for _, reader := range []string{"helen", "yusuf"} {
		for _, state := range []alert.State{alert.Drafting, alert.Waiting} {
			a := issuedAlert()
			a.State = state
			if page := alertReview(a, many(3), reader, alertSent); page.Public != "" {
				t.Errorf("%s, %s: says %q", reader, state, page.Public)
			}
			a.Draft.Public = true
			page := alertReview(a, many(3), reader, alertSent)
			page.Page = frame("Check before sending")
			if !strings.Contains(layouttest.Render(t, alertview.ReviewPage(page)), "This alert will be in the public feed. Anyone can read it.") {
				t.Errorf("%s, %s: does not say that anyone can read it", reader, state)
			}
		}
	}
	a := issuedAlert()
	a.State, a.Draft.Public, a.Draft.Rehearsal = alert.Waiting, true, true
	if page := alertReview(a, many(3), "yusuf", alertSent); page.Public != "" {
		t.Errorf("a rehearsal says %q, and the feed leaves it out", page.Public)
	}
}

func TestRegulatorHomeSaysThatItListsTheFirst(t *testing.T) {
	for n, want := range map[int]string{0: "", 10: "", 11: "The first 10 of 11 are shown.", 20: "The first 10 of 20 are shown."} {
		var ended []attestation.Ended
		for i := range n {
			ended = append(ended, attestation.Ended{Organisation: "ZZ1", Name: fmt.Sprintf("Trust %02d", i), Period: "July to September 2026", Due: alertSent})
		}
		if got := regulatorView(ended, nil, alertSent.Add(time.Hour)).Blocks[0]; got.Shown != want || len(got.Lines) != min(n, 10) {
			t.Errorf("of %d: %q over %d lines", n, got.Shown, len(got.Lines))
		}
	}
}

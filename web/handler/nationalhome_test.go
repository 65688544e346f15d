package handler

import (
	"context"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
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

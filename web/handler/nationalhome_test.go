package handler

import (
	"testing"
	"time"

	"countersign/internal/alert"
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
		page := publisherView(ruth, test.issued, nil, now)
		if got := page.Blocks[0].Lines[0].Strong; page.Heading != test.heading || got != test.right {
			t.Errorf("%s: %q, and its line says %q", name, page.Heading, got)
		}
	}
}

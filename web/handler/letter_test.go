package handler

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/internal/notification"
)

var letters = Letters{Service: "Countersign", BaseURL: &url.URL{Scheme: "https", Host: "countersign.example"}}

// facts of every letter a test writes: due on the Monday after the clocks went
// back.
var facts = notification.Facts{Alert: "CC-4711", Organisation: "Calder Vale NHS Trust", Due: time.Date(2026, 10, 26, 17, 0, 0, 0, time.UTC), Path: "/organisations/RXH/alerts/0198",
	Words: "Call us.\nWe are here.", From: "Grace Lowe", News: []notification.News{{Statement: "A statement was asked for"}, {Evidence: 2, EndsOn: "2026-11-26"}}}

func everyLetter(t *testing.T, f notification.Facts) map[notification.Purpose]notification.Letter {
	t.Helper()
	all := map[notification.Purpose]notification.Letter{}
	for _, purpose := range []notification.Purpose{notification.Issued, notification.Changed, notification.Reminder, notification.Overdue, notification.Lapsed, notification.ChaseLetter, notification.Test, notification.Digest} {
		letter, err := letters.Write(notification.Message{Purpose: purpose, Facts: f, Recipient: notification.Recipient{Name: "Tom Reilly", Address: "tom@trust.example"}})
		if err != nil {
			t.Fatal(err)
		}
		all[purpose] = letter
	}
	return all
}

func TestAnAlertsLetter(t *testing.T) {
	letter := everyLetter(t, facts)[notification.Issued]
	want := "Cyber alert CC-4711 was sent to Calder Vale NHS Trust.\n\nAnswer by 5pm on Monday 26 October 2026 (UK time). Sign in to read it.\n\n" +
		"Sign in at https://countersign.example/organisations/RXH/alerts/0198\n\n" + letterFooter + "\n\nCountersign\n"
	if letter.Text != want || letter.Subject != "CC-4711: answer by 5pm on Monday 26 October 2026" {
		t.Errorf("%s\n%s", letter.Subject, letter.Text)
	}
}

func TestADigest(t *testing.T) {
	letter := everyLetter(t, facts)[notification.Digest]
	if !strings.Contains(letter.Text, "- A statement was asked for.\n\n- 2 pieces of evidence run out on 26 November 2026.") || letter.Subject != "What is new for Calder Vale NHS Trust" {
		t.Errorf("%s\n%s", letter.Subject, letter.Text)
	}
}

var addresses = regexp.MustCompile(`(?i)https?://[^\s"<]+`)

// TestT38: a letter leads to one plain page, where the person signs in. It
// carries no token, no button, nothing to load and nothing that tells it was
// read; and it does not say what the hole is.
func TestT38(t *testing.T) {
	for purpose, letter := range everyLetter(t, facts) {
		for _, text := range []string{letter.Text, letter.HTML} {
			for _, address := range addresses.FindAllString(text, -1) {
				if address != "https://countersign.example/organisations/RXH/alerts/0198" {
					t.Errorf("%s leads to %s", purpose, address)
				}
			}
			for _, forbidden := range []string{"?", "<img", "<form", "<script", "<style", "<link", "<iframe", "src=", "action=", "token", "click", "tom@trust.example"} {
				if strings.Contains(strings.ReplaceAll(text, "can we reach you?", ""), forbidden) {
					t.Errorf("%s has %q:\n%s", purpose, forbidden, text)
				}
			}
		}
	}
}

// TestT69LettersAreInert: whatever a name or a publisher's words hold, it stays
// words.
func TestT69LettersAreInert(t *testing.T) {
	for _, evil := range []string{`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><a href="https://evil.example">x</a>`, "</p><form action=//evil.example>", "<!--"} {
		f := facts
		f.Organisation, f.Words, f.From, f.News = evil, evil, evil, []notification.News{{Statement: evil}}
		for purpose, letter := range everyLetter(t, f) {
			if strings.Contains(letter.HTML, evil) || strings.Count(letter.HTML, "<a ") != 1 || strings.Contains(letter.HTML, "<script") || strings.Contains(letter.HTML, "<img") || strings.Contains(letter.HTML, "<form") {
				t.Errorf("%s with %q:\n%s", purpose, evil, letter.HTML)
			}
		}
	}
}

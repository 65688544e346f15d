//go:build demo

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/web/demo"
)

// story is one alert, followed through the states of its pages.
type story struct {
	*room
	id   alert.ID
	path string // at Calder Vale
}

// begins sends the next alert.
func (s *story) begins(title string, class alert.Class) {
	s.id = s.sends(s.t, title, class, time.Hour, demo.CalderVale, demo.Neighbour, demo.Community)
	s.path = "/organisations/ZZ1/alerts/" + string(s.id)
}

// says chooses an answer on the page of an alert, and stands on the next page.
func (v visitor) says(task, choice string) {
	v.t.Helper()
	v.presses(task)
	v.chooses(choice)
	v.presses("Save your answer")
}

// wrongly presses a button of a form with nothing in it.
func (v visitor) wrongly(button string) {
	v.t.Helper()
	v.presses(button)
	v.sees("There is a problem")
}

// changing opens the form of a change, with its kind in the address as the
// question before leaves it.
func (s *story) changing(v visitor, kind alert.VersionKind) {
	v.opens("/alerts/" + string(s.id) + "/versions/new?kind=" + string(kind))
	v.types("reason", "The first patch does not help against the second way in.")
}

// alertStates are pages of alerts that no link leads to. The order is part of
// the list.
var alertStates = []struct {
	name, who string
	reach     func(s *story, v visitor)
}{
	{"answer-checking", "Leila Brandt", func(s *story, v visitor) {
		s.begins("Remote code execution in a file transfer server", alert.Normal)
		v.opens(s.path)
		v.presses("Acknowledge for Calder Vale")
		v.says("Say if it applies", "We are still checking")
	}},
	{"answer-checking-errors", "Leila Brandt", func(s *story, v visitor) { v.types("update-day", "41"); v.wrongly("Save your answer") }},
	{"answer-checking-said", "Leila Brandt", func(s *story, v visitor) {
		v.clears("update-day")
		v.presses("Save your answer")
		v.sees("still checking")
	}},
	{"answer-supplier", "Leila Brandt", func(s *story, v visitor) {
		v.says("Say if it applies", "Yes, to some of them")
		v.says("Say what you did", "Waiting for a supplier")
	}},
	{"answer-supplier-errors", "Leila Brandt", func(s *story, v visitor) { v.wrongly("Save your answer") }},
	{"answer-national", "Leila Brandt", func(s *story, v visitor) { v.opens(s.path); v.says("Say what you did", "Waiting for a national fix") }},
	{"answer-national-errors", "Leila Brandt", func(s *story, v visitor) { v.wrongly("Save your answer") }},
	{"answer-safe", "Leila Brandt", func(s *story, v visitor) { v.opens(s.path); v.says("Say what you did", "Made safe for now") }},
	{"answer-safe-errors", "Leila Brandt", func(s *story, v visitor) { v.wrongly("Save your answer") }},
	{"answer-conflict", "Leila Brandt", func(s *story, v visitor) {
		other := s.sits(s.t, "Tom Adeyemi")
		other.opens(s.path)
		other.says("Say what you did", "Fixed everywhere")
		v.types("cover", "A network of its own.")
		v.wrongly("Save your answer")
		v.sees("What is recorded now")
	}},
	{"closing-missing", "Leila Brandt", func(s *story, v visitor) { v.opens(s.path + "/closing"); v.sees("cannot be closed yet") }},
	{"closing-ready", "Leila Brandt", func(s *story, v visitor) {
		v.opens(s.path)
		v.proves("Scan of every server after the fix")
		v.presses("Check and close")
		v.sees("You can open it again.")
	}},
	{"alert-closed", "Leila Brandt", func(s *story, v visitor) { v.presses("Close this alert for"); v.sees("Nothing more is due") }},

	{"joint-answer", "Dr Imran Sethi", func(s *story, v visitor) { v.opens("/alerts/" + string(s.id) + "/joint-answer") }},
	{"joint-answer-errors", "Dr Imran Sethi", func(s *story, v visitor) { v.wrongly("Continue") }},
	{"joint-checking", "Dr Imran Sethi", func(s *story, v visitor) { v.chooses("We are still checking"); v.presses("Continue") }},
	{"joint-how", "Dr Imran Sethi", func(s *story, v visitor) {
		v.opens("/alerts/" + string(s.id) + "/joint-answer")
		v.chooses("No")
		v.presses("Continue")
	}},
	{"joint-how-errors", "Dr Imran Sethi", func(s *story, v visitor) { v.wrongly("Continue") }},
	{"joint-check", "Dr Imran Sethi", func(s *story, v visitor) {
		v.chooses("Supplier confirmed it")
		v.writesDate("checked", time.Now())
		v.presses("Continue")
		v.sees("Check your answer")
	}},

	{"version-kind", "Helen Marsh", func(s *story, v visitor) { v.opens("/alerts/" + string(s.id)); v.presses("Change this alert") }},
	{"version-kind-errors", "Helen Marsh", func(s *story, v visitor) {
		v.opens("/alerts/" + string(s.id) + "/versions/new?kind=")
		v.sees("There is a problem")
	}},
	{"version-extension", "Helen Marsh", func(s *story, v visitor) { s.changing(v, alert.Extension) }},
	{"version-extension-errors", "Helen Marsh", func(s *story, v visitor) {
		v.types("answer-day", "41")
		v.types("action-day", "41")
		v.wrongly("Ask for approval")
	}},
	{"version-withdrawal", "Helen Marsh", func(s *story, v visitor) { s.changing(v, alert.Withdrawal) }},
	{"version-withdrawal-errors", "Helen Marsh", func(s *story, v visitor) { v.clears("reason"); v.wrongly("Ask for approval") }},
	{"version-update", "Helen Marsh", func(s *story, v visitor) { s.changing(v, alert.Update) }},
	{"version-correction-errors", "Helen Marsh", func(s *story, v visitor) {
		s.changing(v, alert.Correction)
		v.clears("title")
		v.clears("steps")
		v.wrongly("Ask for approval")
	}},
	{"version-waiting-author", "Helen Marsh", func(s *story, v visitor) {
		s.changing(v, alert.Correction)
		v.types("steps", "Patch: Install version 4.3 on every server, those of suppliers as well. https://a-rather-long-name.supplier.example/notices/2026/4.3")
		v.chooses("Trusts that have answered must answer again")
		v.presses("Ask for approval")
		v.sees("another publisher must approve it")
	}},
	{"alert-change-waits", "Helen Marsh", func(s *story, v visitor) {
		v.opens("/alerts/" + string(s.id))
		v.sees("A change of this alert waits for approval")
	}},
	{"version-waiting-second", "Yusuf Karim", func(s *story, v visitor) {
		v.opens("/alerts/" + string(s.id) + "/versions/waiting")
		v.sees("You are about to tell")
	}},
	{"alert-answer-again", "Leila Brandt", func(s *story, v visitor) {
		s.sits(s.t, "Yusuf Karim").presses("Send the change now")
		v.opens(s.path)
		v.sees("Answer again")
	}},
	{"alert-withdrawn", "Leila Brandt", func(s *story, v visitor) {
		helen := s.sits(s.t, "Helen Marsh")
		s.changing(helen, alert.Withdrawal)
		helen.presses("Ask for approval")
		s.sits(s.t, "Yusuf Karim").approves("/alerts/"+string(s.id)+"/versions/waiting", "Withdraw the alert now")
		v.opens(s.path)
		v.sees("Both clocks have stopped")
	}},
	{"national-withdrawn", "Helen Marsh", func(s *story, v visitor) { v.opens("/alerts/" + string(s.id)); v.sees("This alert was withdrawn") }},

	{"risk-ask", "Leila Brandt", func(s *story, v visitor) {
		s.begins("End of support for a scanner that cannot be replaced", alert.Critical)
		v.opens(s.path)
		v.applies()
		v.says("Say what you did", "Cannot fix it yet")
		v.types("reason", "The scanner cannot be updated.")
		v.presses("Save your answer")
		v.presses("Get the risk decided")
	}},
	{"risk-ask-errors", "Leila Brandt", func(s *story, v visitor) { v.wrongly("Send for a decision") }},
	{"risk-waits", "Leila Brandt", func(s *story, v visitor) {
		v.types("patients", "Scans could be a day late.")
		v.types("cover", "It is kept apart from the network.")
		v.writesDate("until", time.Now().AddDate(0, 0, 60))
		v.presses("Send for a decision")
		v.sees("This decision waits for")
	}},
	{"risk-decide", "Tom Adeyemi", func(s *story, v visitor) { v.opens(s.path + "/risk"); v.sees("What do you decide?") }},
	{"risk-decide-errors", "Tom Adeyemi", func(s *story, v visitor) { v.wrongly("Continue") }},
	{"risk-confirm", "Tom Adeyemi", func(s *story, v visitor) {
		v.chooses("Accept until")
		v.presses("Continue")
		v.sees("Sign the decision")
	}},
	{"risk-someone-else", "Tom Adeyemi", func(s *story, v visitor) {
		v.presses("I accept – sign the decision")
		v.presses("Leila Brandt")
		v.sees("Someone else signed in.")
	}},
	{"risk-escalated", "Tom Adeyemi", func(s *story, v visitor) {
		v.presses("Try again")
		v.presses("Tom Adeyemi")
		v.sees("Signed in again at")
	}},
	{"risk-decide-chief", "Amara Whitlock", func(s *story, v visitor) { v.opens(s.path + "/risk"); v.sees("Accepted so far") }},
	{"risk-decided", "Amara Whitlock", func(s *story, v visitor) {
		v.chooses("Accept until")
		v.presses("Continue")
		v.presses("I accept – sign the decision")
		v.presses("Amara Whitlock")
		v.sees("The risk is accepted until")
	}},
	{"alert-risk-accepted", "Leila Brandt", func(s *story, v visitor) { v.opens(s.path); v.sees("Risk accepted until") }},

	{"alert-rehearsal", "Leila Brandt", func(s *story, v visitor) {
		helen := s.sits(s.t, "Helen Marsh")
		helen.writes("Fire drill in November")
		helen.chooses("This is a rehearsal")
		helen.presses("Save and check")
		s.id = helen.shown()
		helen.presses("Ask for approval")
		s.sits(s.t, "Yusuf Karim").approves("/alerts/"+string(s.id), "Send the alert now")
		v.opens("/organisations/ZZ1/alerts/" + string(s.id))
		v.sees("This is a rehearsal.")
	}},
	{"national-rehearsal", "Helen Marsh", func(s *story, v visitor) { v.opens("/alerts/" + string(s.id)); v.sees("This is a rehearsal.") }},
	{"import-checked", "Helen Marsh", func(s *story, v visitor) {
		listing := filepath.Join(v.t.TempDir(), "listing.json")
		if err := os.WriteFile(listing, []byte(`{"total": 9, "items": [{"threatId": "CC-9763", "publishedDate": 1541030400000, "basePath": "https://digital.example/x", "title": "A flaw in a-product-with-a-rather-long-and-unbroken-name", "summary": "<p>Bad</p>"}]}`), 0o600); err != nil {
			v.t.Fatal(err)
		}
		v.opens("/alerts/import")
		v.chooses("Check the file")
		v.attaches("file", listing)
		v.presses("Continue")
		v.sees("This file can be imported")
	}},
}

// TestEveryAlertState inspects them as TestEveryState does the others.
func TestEveryAlertState(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	r := start(t)
	s := &story{room: &room{running: r, t: t, script: true, width: bothWidths[0], seated: map[string]visitor{}, centre: centreOf(t, r, time.Now)}}
	for _, state := range alertStates {
		v := s.sits(t, state.who)
		state.reach(s, v)
		v.stands(state.name, string(axe), bothWidths...)
	}
}

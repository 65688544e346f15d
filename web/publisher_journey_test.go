//go:build demo

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/web/demo"
)

// writes fills the form of an alert for two trusts, with something in every
// part of it.
func (v visitor) writes(title string) {
	v.t.Helper()
	v.opens("/alerts")
	v.presses("Write an alert")
	v.presses("Save and check")
	v.sees("There is a problem")
	v.types("title", title)
	v.chooses("High")
	v.chooses("Fix within 14 days")
	v.chooses("Vulnerability")
	v.types("steps", "Patch: Install version 4.2. https://supplier.example/4.2\nGuidance: Look for new accounts.")
	v.types("why", "It is **used now** against hospitals.")
	v.unfolds()
	v.types("cves", "CVE-2026-12345")
	v.types("platforms", "Orlop file transfer | the server | 4.0, 4.1")
	v.chooses(evaluate[string](v, `document.querySelector('[name=categories]').labels[0].textContent.trim()`))
	v.types("indicators", "New accounts at night.")
	v.types("sources", "https://supplier.example/notice")
	v.types("organisations", "ZZ1, ZZ4")
}

// shown is the address of the alert on the page.
func (v visitor) shown() alert.ID { return alert.ID(filepath.Base(v.path())) }

// approves sends what waits for a second publisher.
func (v visitor) approves(path, button string) {
	v.t.Helper()
	v.opens(path)
	v.presses(button)
}

// asksFor begins a change of an alert and comes to its form.
func (v visitor) asksFor(id alert.ID, what string) {
	v.t.Helper()
	v.opens("/alerts/" + string(id))
	v.presses("Change this alert")
	v.chooses(what)
	v.presses("Continue")
	v.presses("Ask for approval")
	v.sees("Enter why: trusts will read it")
}

// publishers are what two publishers do with an alert, and what trusts then
// see.
var publishers = map[string]func(t *testing.T, m *room){
	"written, approved, followed on the wall, chased, corrected, extended, withdrawn": func(t *testing.T, m *room) {
		helen, yusuf, leila := m.sits(t, "Helen Marsh"), m.sits(t, "Yusuf Karim"), m.sits(t, "Leila Brandt")
		helen.writes("Remote code execution in Orlop")
		if m.script { // it counts while one writes; without, the check before sending does
			evaluate[bool](helen, `document.getElementById('organisations').dispatchEvent(new Event('input', {bubbles: true}))`)
			helen.awaits("As it is, it would reach 2 trusts")
		}
		helen.presses("Save and check")
		helen.sees("2 trusts")
		helen.sees("CVE-2026-12345")
		id := helen.shown()
		national, path := "/alerts/"+string(id), "/organisations/ZZ1/alerts/"+string(id)
		helen.presses("Ask for approval")
		helen.sees("You wrote this alert, so another publisher must approve it.")
		helen.misses("Send the alert now")
		yusuf.approves(national, "Send the alert now")
		yusuf.sees("0 of 2 trusts have acknowledged")

		yusuf.presses("Open the wall")
		yusuf.sees("0 of 2 trusts have acknowledged")
		yusuf.chooses("Calder Vale")
		yusuf.presses("Chase the trusts I selected")
		yusuf.presses("Continue")
		yusuf.sees("You are about to write to 1 trust")
		yusuf.presses("Send it now")
		leila.opens(path)
		leila.sees("Orlop file transfer, the server, versions 4.0, 4.1")
		leila.applies()
		yusuf.opens(national + "/wall")
		yusuf.sees("1 of 2 trusts have acknowledged")

		yusuf.asksFor(id, "Correct it")
		yusuf.types("reason", "Version 4.2 does not help: 4.3 does.")
		yusuf.types("steps", "Patch: Install version 4.3.")
		yusuf.chooses("Trusts that have answered must answer again")
		yusuf.presses("Ask for approval")
		yusuf.sees("You asked for this change, so another publisher must approve it.")
		yusuf.misses("Send the change now")
		leila.opens(path)
		leila.misses("4.3") // not before somebody else has approved it
		helen.opens(national)
		helen.presses("Check the change")
		helen.sees("Must answer again")
		helen.presses("Send the change now")
		helen.sees("Version 2, corrected")
		leila.opens(path)
		leila.sees("Answer again")
		leila.sees("Version 4.2 does not help: 4.3 does.")
		leila.sees("The alert changed: say again if it applies")
		leila.presses("Say if it applies")
		leila.presses("Save your answer") // the answer to other words is not filled in
		leila.sees("Select whether this alert applies to your organisation")
		leila.chooses("Yes, to all our systems")
		leila.presses("Save your answer")
		leila.sees("Next, say what you did")
		leila.misses("Answer again")

		helen.asksFor(id, "Give more time")
		helen.types("reason", "The update is out later.")
		helen.writesDate("action", time.Now().AddDate(0, 0, -1))
		helen.presses("Ask for approval")
		helen.sees("The new time to fix must be later than the one in force")
		helen.keeps("reason", "The update is out later.")
		later := time.Now().AddDate(0, 0, 40)
		helen.writesDate("action", later)
		helen.types("action-time", "noon")
		helen.presses("Ask for approval")
		helen.sees("Enter the time as 17:00 or 5pm")
		helen.types("action-time", "3pm")
		helen.presses("Ask for approval")
		yusuf.approves(national+"/versions/waiting", "Send the change now")
		leila.opens(path)
		leila.sees("Version 3, extended")
		leila.sees("Fix by 3pm on " + later.Format("Monday 2 January"))

		yusuf.asksFor(id, "Withdraw it")
		yusuf.types("reason", "It was a false alarm.")
		yusuf.presses("Ask for approval")
		helen.approves(national+"/versions/waiting", "Withdraw the alert now")
		helen.sees("This alert was withdrawn at")
		helen.misses("Change this alert")
		leila.opens(path)
		leila.sees("Both clocks have stopped, and nothing more is expected of you.")
		leila.sees("It was a false alarm.")
		leila.misses("Say what you did Completed")
		if n := evaluate[int](leila, `document.querySelectorAll('main form').length`); n != 0 {
			t.Errorf("%d forms are left on a withdrawn alert", n)
		}
	},
	"a change that is dropped reaches nobody": func(t *testing.T, m *room) {
		id := m.sends(t, "Left as it is", alert.Normal, time.Hour, demo.CalderVale)
		helen, leila := m.sits(t, "Helen Marsh"), m.sits(t, "Leila Brandt")
		helen.asksFor(id, "Add to it")
		helen.types("reason", "There is a second way in.")
		helen.presses("Ask for approval")
		helen.sees("Nothing is different from what trusts have now")
		helen.types("why", "There is a second way in.")
		helen.presses("Ask for approval")
		helen.sees("Check the change")
		helen.presses("Drop this change")
		helen.sees("Change this alert") // can be changed again
		helen.misses("Version 2")
		leila.opens("/organisations/ZZ1/alerts/" + string(id))
		leila.misses("There is a second way in.")
	},
	"a rehearsal says so wherever it stands": func(t *testing.T, m *room) {
		helen, yusuf, leila := m.sits(t, "Helen Marsh"), m.sits(t, "Yusuf Karim"), m.sits(t, "Leila Brandt")
		helen.writes("Fire drill in November")
		helen.chooses("This is a rehearsal")
		helen.presses("Save and check")
		id := helen.shown()
		helen.presses("Ask for approval")
		yusuf.approves("/alerts/"+string(id), "Send the alert now")
		yusuf.sees("This is a rehearsal. It is measured, and stands in no table.")
		yusuf.opens("/alerts/" + string(id) + "/wall")
		yusuf.sees("Rehearsal CC-")
		for v, path := range map[visitor]string{yusuf: "/alerts", leila: "/organisations/ZZ1/alerts"} {
			v.opens(path)
			row := evaluate[string](v, `[...document.querySelectorAll('main tr')].find(r => r.textContent.includes('Fire drill in November')).textContent`)
			if !strings.Contains(row, "Rehearsal CC-") {
				t.Errorf("%s lists it as %q", path, row)
			}
		}
		leila.opens("/organisations/ZZ1/alerts/" + string(id))
		leila.sees("Rehearsal CC-")
		leila.sees("This is a rehearsal. Answer it as you would a real alert.")
	},
}

// TestTwoPublishersCarryAnAlertToItsEnd goes each with script and without.
func TestTwoPublishersCarryAnAlertToItsEnd(t *testing.T) {
	t.Parallel()
	inRoom(t, publishers)
}

//go:build demo

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/web/demo"
)

// room is one demonstration with people at their browsers. Journeys share it:
// each answers an alert of its own, so none sees what another did.
type room struct {
	running
	t      *testing.T // of all journeys: browsers outlive one
	script bool
	width  int64 // of their screens; 0 leaves the browser its own
	seated map[string]visitor
	centre centre
}

// sits gives a person's browser to a journey, signed in.
func (m *room) sits(t *testing.T, name string) visitor {
	t.Helper()
	v, here := m.seated[name]
	if !here {
		v = visit(m.t, m.running, m.script)
		v.t = t
		if m.width > 0 {
			v.widens(m.width)
		}
		v.signsIn(name)
		m.seated[name] = v
	}
	v.t = t
	return v
}

// sends issues an alert to trusts beside the pages, some time ago.
func (m *room) sends(t *testing.T, title string, class alert.Class, ago time.Duration, to ...organisation.Code) alert.ID {
	t.Helper()
	service := *m.centre.alerts
	service.Now = func() time.Time { return time.Now().Add(-ago) }
	c := centre{t: t, alerts: &service}
	author, approver := c.actor("author", access.AlertPublisher, organisation.National), c.actor("approver", access.AlertPublisher, organisation.National)
	ctx := context.Background()
	id, err := service.Draft(ctx, author, alert.Draft{Title: title, Severity: alert.High, Class: class, ThreatType: "Vulnerability", Why: "It is used now", Steps: []alert.Step{{Text: "Patch it"}}, Audience: alert.Audience{Organisations: to}})
	for _, err := range []error{err, service.Submit(ctx, author, id), service.Issue(ctx, approver, id)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// receives opens a new alert at Calder Vale in somebody's browser.
func (m *room) receives(t *testing.T, name, title string) (v visitor, path string) {
	t.Helper()
	path = "/organisations/ZZ1/alerts/" + string(m.sends(t, title, alert.Normal, time.Hour, demo.CalderVale))
	v = m.sits(t, name)
	v.opens(path)
	return v, path
}

// applies acknowledges, and says that the alert applies.
func (v visitor) applies() {
	v.t.Helper()
	v.presses("Acknowledge for Calder Vale")
	v.presses("Say if it applies")
	v.chooses("Yes, to some of them")
	v.presses("Save your answer")
	v.sees("It applies to some systems")
}

// did says what was done, and stands on the page with what belongs to it.
func (v visitor) did(outcome string) {
	v.t.Helper()
	v.presses("Say what you did")
	v.chooses(outcome)
	v.presses("Save your answer")
}

// proves uploads evidence from the page of an alert, and comes back to it.
func (v visitor) proves(title string) {
	v.t.Helper()
	proof := filepath.Join(v.t.TempDir(), "proof.csv")
	if err := os.WriteFile(proof, []byte("what,"+title+"\nwhere,"+v.path()+"\nscript,"+v.t.Name()+"\n"), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.presses("Add evidence")
	v.types("title", title)
	v.writesDate("about", time.Now())
	v.writesDate("until", time.Now().AddDate(0, 3, 0))
	v.attaches("file", proof)
	v.presses("Upload")
	v.sees(title)
}

// ends checks the answer and closes it.
func (v visitor) ends() {
	v.t.Helper()
	v.presses("Check and close")
	v.sees("You can open it again.")
	v.presses("Close this alert for Calder Vale")
	v.sees("Nothing more is due")
}

// keeps fails unless a field holds what was typed.
func (v visitor) keeps(id, want string) {
	v.t.Helper()
	if is := evaluate[string](v, `document.getElementById("`+id+`").value`); is != want {
		v.t.Errorf("%s keeps %q in %s, want %q", v.path(), is, id, want)
	}
}

// answers are the paths of the task list that one person at a trust can go.
// Each begins at an alert that nobody has answered.
var answers = map[string]func(t *testing.T, m *room){
	"fixed in part, then everywhere, closed with evidence and opened again": func(t *testing.T, m *room) {
		v, path := m.receives(t, "Leila Brandt", "Fixed step by step")
		v.applies()
		v.did("Fixed in part")
		v.sees("How much have you fixed?")
		v.types("fixed", "90")
		v.types("assets", "12")
		v.presses("Save your answer")
		v.sees("There is a problem")
		v.sees("The number fixed must be lower than the number in all")
		v.sees("Enter when the rest will be fixed")
		v.keeps("fixed", "90")
		v.keeps("assets", "12")
		v.types("fixed", "9")
		v.writesDate("plan", time.Now().AddDate(0, 0, 6))
		v.presses("Save your answer")
		v.sees("Fixed on 9 of 12, the rest by")
		v.did("Fixed everywhere")
		v.sees("Next, check and close")
		v.presses("Check and close")
		v.sees("This alert cannot be closed yet")
		v.sees("Add evidence: it shows how you know.")
		v.misses("Close this alert for Calder Vale")
		v.opens(path)
		v.proves("Scan after the fix")
		v.ends()
		v.sees("Closed by Leila Brandt at")
		v.sees("Fixed everywhere.")
		v.presses("Open it again")
		v.sees("Next, check and close")
		v.sees("Opened the alert again")
		v.ends()
	},
	"does not apply, closed with evidence": func(t *testing.T, m *room) {
		v, path := m.receives(t, "Leila Brandt", "Not in use here")
		v.presses("Acknowledge for Calder Vale")
		v.presses("Say if it applies")
		v.chooses("No")
		v.presses("Save your answer")
		v.sees("How do you know it does not apply to Calder Vale")
		v.presses("Save your answer")
		v.sees("There is a problem")
		v.sees("Select how you know it does not apply")
		v.sees("Enter the date of the check")
		v.chooses("Asset register")
		v.chooses("Scan")
		v.writesDate("checked", time.Now())
		v.presses("Save your answer")
		v.sees("Not needed") // to say what was done
		v.opens(path + "/closing")
		v.sees("This alert cannot be closed yet")
		v.opens(path)
		v.proves("Asset register of today")
		v.ends()
		v.sees("It does not apply. How you know: asset register, scan, checked on")
	},
	"still checking, with the day of the next update": func(t *testing.T, m *room) {
		v, _ := m.receives(t, "Leila Brandt", "Nobody knows yet")
		v.presses("Acknowledge for Calder Vale")
		v.presses("Say if it applies")
		v.chooses("We are still checking")
		v.presses("Save your answer")
		v.sees("When will you know more?")
		v.writesDate("update", time.Now().AddDate(0, 0, 45))
		v.presses("Save your answer")
		v.sees("There is a problem")
		v.sees("The date of your next update must be within 30 days")
		promised := time.Now().In(organisation.London).AddDate(0, 0, 4)
		v.writesDate("update", promised)
		v.presses("Save your answer")
		v.sees("You said you are still checking. Give the next update by")
		v.sees("the end of " + promised.Format("Monday 2 January"))
		v.sees("You still need to say if it applies")
	},
	"waiting for a supplier": func(t *testing.T, m *room) {
		v, _ := m.receives(t, "Leila Brandt", "The supplier is slow")
		v.applies()
		v.did("Waiting for a supplier")
		v.presses("Save your answer")
		v.sees("Enter what you wait for, and from whom")
		v.types("reason", "Version 9.2 of Halvard, promised for the 12th.")
		v.presses("Save your answer")
		v.sees("Waits for a supplier: Version 9.2 of Halvard, promised for the 12th.")
		v.sees("In progress")
	},
	"waiting for a national fix": func(t *testing.T, m *room) {
		v, _ := m.receives(t, "Leila Brandt", "The country is slow")
		v.applies()
		v.did("Waiting for a national fix")
		v.presses("Save your answer")
		v.sees("Enter which national fix you wait for")
		v.types("reason", "The new release of the national record.")
		v.presses("Save your answer")
		v.sees("Waits for a national fix: The new release of the national record.")
	},
	"made safe for now, closed with evidence": func(t *testing.T, m *room) {
		v, _ := m.receives(t, "Leila Brandt", "Kept apart")
		v.applies()
		v.did("Made safe for now")
		v.presses("Save your answer")
		v.sees("Enter what makes it safe")
		v.types("cover", "A network of its own since Monday.")
		v.presses("Save your answer")
		v.proves("Rules of the firewall")
		v.ends()
		v.sees("Made safe, still to be fixed: A network of its own since Monday.")
	},
	"two windows: what someone else recorded is shown, and nothing typed is lost": func(t *testing.T, m *room) {
		v, path := m.receives(t, "Leila Brandt", "Two people answer")
		v.applies()
		v.did("Waiting for a supplier")
		other := m.sits(t, "Tom Adeyemi")
		other.opens(path)
		other.did("Fixed everywhere")
		v.types("reason", "The letter of the supplier.")
		v.presses("Save your answer")
		v.sees("This answer has changed since you opened the page. What you sent is not saved.")
		v.sees("What is recorded now")
		v.sees("Fixed everywhere.")
		v.sees("Tom Adeyemi")
		v.keeps("reason", "The letter of the supplier.")
		v.presses("Save your answer") // having read it
		v.sees("Waits for a supplier: The letter of the supplier.")
		v.sees("Tom Adeyemi, senior information risk owner") // on record all the same
	},
	"one answer for several trusts": func(t *testing.T, m *room) {
		id := m.sends(t, "At both trusts", alert.Normal, time.Hour, demo.Neighbour, demo.Community)
		v := m.sits(t, "Dr Imran Sethi")
		v.opens("/organisations/ZZ4/alerts/" + string(id))
		v.presses("Answer for several of your trusts at once")
		v.presses("Continue")
		v.sees("Select whether this alert applies to them")
		v.chooses("No")
		v.presses("Continue")
		v.presses("Continue")
		v.sees("Select how you know it does not apply")
		v.chooses("Scan")
		v.writesDate("checked", time.Now())
		v.presses("Continue")
		v.sees("Check your answer")
		v.sees("Hollinbeck and Wharram Hospitals NHS Foundation TrustIt does not apply: scan")
		v.sees("Wharram Community Health NHS TrustIt does not apply: scan")
		v.presses("Save this answer for each of them")
		for _, code := range []string{"ZZ4", "ZZ5"} { // a record of its own at each
			v.opens("/organisations/" + code + "/alerts/" + string(id))
			v.sees("It does not apply")
			v.sees("Alert acknowledged Dr Imran Sethi, chief executive")
		}
	},
	"a reader sees everything and can press nothing": func(t *testing.T, m *room) {
		v, path := m.receives(t, "Ruth Pemberton", "To be read")
		v.sees("Not acknowledged")
		v.sees("Say if it applies")
		v.sees("can answer.")
		if n := evaluate[int](v, `document.querySelectorAll('main form, main button, main a.nhsuk-button, main .nhsuk-task-list a').length`); n != 0 {
			t.Errorf("there are %d things to press:\n%s", n, v.text())
		}
		v.opens(path + "/applicability")
		v.sees("You cannot see this page")
	},
}

// TestTrustGoesEveryPathOfTheTaskList goes each with script and without.
func TestTrustGoesEveryPathOfTheTaskList(t *testing.T) {
	t.Parallel()
	inRoom(t, answers)
}

// inRoom goes journeys one after another in one demonstration.
func inRoom(t *testing.T, journeys map[string]func(t *testing.T, m *room)) {
	r := start(t)
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			m := &room{running: r, t: t, script: script, seated: map[string]visitor{}, centre: centreOf(t, r, time.Now)}
			for name, journey := range journeys {
				t.Run(name, func(t *testing.T) { journey(t, m) })
			}
		})
	}
}

//go:build demo

package main

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/web/demo"
)

// stuck says of a new alert that it cannot be fixed, and asks that the risk be
// accepted for 60 days.
func (m *room) stuck(t *testing.T, title string, class alert.Class, ago time.Duration) (path string) {
	t.Helper()
	path = "/organisations/ZZ1/alerts/" + string(m.sends(t, title, class, ago, demo.CalderVale))
	v := m.sits(t, "Leila Brandt")
	v.opens(path)
	v.applies()
	v.did("Cannot fix it yet")
	v.presses("Save your answer")
	v.sees("Enter why it cannot be fixed yet")
	v.types("reason", "The scanner cannot be updated.")
	v.presses("Save your answer")
	v.presses("Get the risk decided")
	v.presses("Send for a decision")
	v.sees("There is a problem")
	v.sees("Enter what could happen to patients")
	v.sees("Enter until when the risk is to be accepted")
	v.keeps("what", "The scanner cannot be updated.") // as the answer says already
	v.types("patients", "Scans could be a day late.")
	v.types("cover", "It is kept apart from the network.")
	v.writesDate("until", time.Now().AddDate(0, 0, 120))
	v.presses("Send for a decision")
	v.sees("The date must be within 90 days")
	v.keeps("cover", "It is kept apart from the network.")
	v.writesDate("until", time.Now().AddDate(0, 0, 60))
	v.presses("Send for a decision")
	v.sees("This decision waits for the senior information risk owner")
	return path
}

func longDayOf(at time.Time) string { return at.In(organisation.London).Format("2 January 2006") }

// risks are the paths of a decision about a risk: who must sign, signs.
var risks = map[string]func(t *testing.T, m *room){
	"accepted for a shorter time than was asked": func(t *testing.T, m *room) {
		path := m.stuck(t, "An old scanner", alert.Normal, time.Hour)
		siro, sooner := m.sits(t, "Tom Adeyemi"), time.Now().AddDate(0, 0, 30)
		siro.opens(path + "/risk")
		siro.presses("Continue")
		siro.sees("Select whether you accept the risk")
		siro.chooses("Accept for a shorter time")
		siro.writesDate("until", time.Now().AddDate(0, 0, 80))
		siro.presses("Continue")
		siro.sees("The date must not be later than the one asked for")
		siro.writesDate("until", sooner)
		siro.presses("Continue")
		siro.sees("I, Tom Adeyemi, senior information risk owner, accept this risk until " + longDayOf(sooner))
		last := siro.address()
		siro.presses("I accept – sign the decision")
		siro.presses("Leila Brandt") // somebody else, at the provider
		siro.sees("Someone else signed in. Nothing has been signed.")
		siro.opens(last) // the last step has an address: going back to it sends nothing again
		siro.sees("I, Tom Adeyemi, senior information risk owner, accept this risk until " + longDayOf(sooner))
		siro.opens(path + "/risk/signature?decision=accept&until=2099-01-01") // which cannot be chosen
		siro.sees("Accept or refuse a risk")
		siro.opens(last)
		lead := m.sits(t, "Leila Brandt")
		lead.opens(path + "/risk")
		lead.sees("This decision waits for the senior information risk owner")
		lead.misses("Fingerprint")
		siro.presses("I accept – sign the decision")
		siro.presses("Tom Adeyemi")
		siro.sees("The risk is accepted until")
		siro.sees("Signed in again at")
		lead.opens(path)
		lead.sees("Risk accepted until " + longDayOf(sooner)) // the status, with the day that was signed
		lead.sees("The alert opens again then.")
		lead.sees("Accepted the risk until " + longDayOf(sooner))
		if text := lead.text(); strings.Contains(text, longDayOf(time.Now().AddDate(0, 0, 60))) {
			t.Error("the alert names the day that was asked for:", text)
		}
	},
	"critical: the SIRO, then the chief executive, whose home leads with it": func(t *testing.T, m *room) {
		path := m.stuck(t, "A critical gap", alert.Critical, 49*time.Hour)
		siro := m.sits(t, "Tom Adeyemi")
		siro.opens(path + "/risk")
		siro.sees("The senior information risk owner, then the chief executive")
		siro.chooses("Accept until")
		siro.presses("Continue")
		siro.presses("I accept – sign the decision")
		siro.presses("Tom Adeyemi")
		siro.sees("This decision waits for the chief executive")
		siro.opens(path)
		siro.sees("Waiting for chief executive")
		siro.misses("Risk accepted until")
		chief := m.sits(t, "Amara Whitlock")
		chief.opens("/organisations/ZZ1")
		if now := evaluate[string](chief, `document.querySelector('.app-now').textContent`); !strings.Contains(now, "Accept or refuse a risk") || !strings.Contains(now, "A critical gap") {
			t.Fatalf("the chief executive's home leads with %q", now)
		}
		chief.presses("Read and decide")
		chief.sees("Tom Adeyemi, senior information risk owner, until")
		chief.chooses("Accept until")
		chief.presses("Continue")
		chief.presses("I accept – sign the decision")
		chief.presses("Amara Whitlock")
		chief.sees("The risk is accepted until")
		chief.sees("Amara Whitlock, chief executive")
		chief.sees("Tom Adeyemi, senior information risk owner")
		chief.opens(path)
		chief.sees("Risk accepted until")
	},
	"refused: the team must act now": func(t *testing.T, m *room) {
		path := m.stuck(t, "A risk too large", alert.Normal, time.Hour)
		siro := m.sits(t, "Tom Adeyemi")
		siro.opens(path + "/risk")
		siro.chooses("Refuse")
		siro.presses("Continue")
		siro.sees("refuse this risk: the team must act now.")
		siro.presses("I refuse – sign the decision")
		siro.presses("Tom Adeyemi")
		siro.sees("The risk was refused: the team must act now.")
		lead := m.sits(t, "Leila Brandt")
		lead.opens(path)
		lead.sees("Refused: the team must act now")
		lead.misses("Risk accepted until")
		lead.did("Fixed everywhere")
		lead.sees("Next, check and close")
	},
}

// TestRiskIsDecidedByWhoAnswersForIt goes each with script and without.
func TestRiskIsDecidedByWhoAnswersForIt(t *testing.T) {
	t.Parallel()
	inRoom(t, risks)
}

//go:build demo

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"countersign/web/demo"
)

// state is a page that no link leads to: a step behind a form, or a form shown
// again. It brings the browser of one person there, and may change the
// demonstration on the way, so the order of the list is part of it.
type state struct {
	name, who string
	reach     func(v visitor)
}

// states are walked in order in one demonstration.
var states = []state{
	{"review-nothing-chosen", "Amara Whitlock", func(v visitor) { v.reviews(); v.presses("Continue") }},
	{"qualify-empty", "Amara Whitlock", func(v visitor) { v.reviews(); v.chooses("I confirm it with a qualification"); v.presses("Continue") }},
	{"qualify-errors", "Amara Whitlock", func(v visitor) { v.presses("Add qualification"); v.sees("There is a problem") }},
	{"qualify-one", "Amara Whitlock", func(v visitor) { v.qualifies("Part 3", "The supplier certificate of the pathology system has ended.") }},
	{"qualify-second", "Amara Whitlock", func(v visitor) { v.presses("Add another qualification") }},
	{"qualify-two", "Amara Whitlock", func(v visitor) { v.qualifies("Part 4", "Nobody has looked at the imaging archive since May.") }},
	{"qualify-change", "Amara Whitlock", func(v visitor) { v.presses("Change the qualification to part 3") }},
	{"qualify-change-errors", "Amara Whitlock", func(v visitor) {
		v.clears("doing")
		v.presses("Save qualification")
		v.sees("There is a problem")
	}},
	{"qualify-removed-elsewhere", "Amara Whitlock", func(v visitor) {
		v.presses("Back to your qualifications")
		v.removesElsewhere()
		v.presses("Remove the qualification to part 4")
		v.sees("Nothing was removed now.")
	}},
	{"confirm-qualified", "Amara Whitlock", func(v visitor) { v.presses("No, continue") }},
	{"confirm-someone-else", "Amara Whitlock", func(v visitor) {
		v.presses("I confirm – sign the statement")
		v.presses("Tom Adeyemi")
		v.sees("Someone else signed in")
	}},
	{"return-empty", "Amara Whitlock", func(v visitor) { v.reviews(); v.chooses("I cannot sign this"); v.presses("Continue") }},
	{"return-error", "Amara Whitlock", func(v visitor) { v.presses("Return without signing"); v.sees("There is a problem") }},
	{"returned", "Amara Whitlock", func(v visitor) {
		v.types("reason", "The figures for evidence are not what I was told on Friday.")
		v.presses("Return without signing")
	}},
	{"prepare-returned", "Leila Brandt", func(v visitor) { v.statement() }},
	{"prepare", "Leila Brandt", func(v visitor) {
		v.presses("Prepare it again")
		v.sees("Why the version before was not signed")
	}},
	{"prepare-figures", "Leila Brandt", func(v visitor) { v.presses("Check the figures") }},
	{"prepare-late", "Leila Brandt", func(v visitor) {
		v.presses("I have checked these figures")
		v.presses("Explain late answers")
		v.sees("late.")
	}},
	{"prepare-late-errors", "Leila Brandt", func(v visitor) {
		v.clears("late-0-why")
		v.presses("Save explanations")
		v.sees("There is a problem")
	}},
	{"prepare-gaps", "Leila Brandt", func(v visitor) { v.statement(); v.presses("List gaps"); v.unfolds() }},
	{"prepare-gap-errors", "Leila Brandt", func(v visitor) {
		v.clears("gap-0-name")
		v.clears("gap-1-what")
		v.presses("Save gaps")
		v.sees("There is a problem")
	}},
	{"prepare-proposal-error", "Leila Brandt", func(v visitor) {
		v.statement()
		v.presses("List gaps")
		v.unfolds()
		v.presses("Leave it out")
		v.sees("Enter why this is not a gap")
	}},
	{"prepare-evidence", "Leila Brandt", func(v visitor) { v.statement(); v.presses("Link evidence") }},
	{"prepare-commitments", "Leila Brandt", func(v visitor) { v.statement(); v.presses("Account for open commitments") }},
	{"prepare-commitment-errors", "Leila Brandt", func(v visitor) {
		v.presses("Change what you said")
		v.chooses("It is still open")
		v.clears("note")
		v.clears("by-year")
		v.presses("Save")
		v.sees("There is a problem")
	}},
	{"prepare-date-errors", "Leila Brandt", func(v visitor) {
		v.statement()
		v.presses("Record the board date")
		v.types("board-day", "41")
		v.presses("Save the date")
		v.sees("There is a problem")
	}},
	{"prepare-contradictions", "Leila Brandt", func(v visitor) { v.statement(); v.presses("Mend or accept what does not agree") }},
	{"prepare-contradiction-error", "Leila Brandt", func(v visitor) {
		v.presses("Accept it with this reason")
		v.sees("There is a problem")
	}},
	{"prepare-accepted", "Leila Brandt", func(v visitor) { v.acceptsAll() }},
	{"prepare-assistant", "Ruth Pemberton", func(v visitor) { v.statement() }},
	{"prepare-check-and-lock", "Tom Adeyemi", func(v visitor) { v.statement() }},
	{"locked", "Tom Adeyemi", func(v visitor) { v.presses("I have checked it – lock the words") }},
	{"confirm-unqualified", "Amara Whitlock", func(v visitor) {
		v.reviews()
		v.chooses("I confirm the statement without qualification")
		v.presses("Continue")
	}},
	{"signed", "Amara Whitlock", func(v visitor) {
		v.presses("I confirm – sign the statement")
		v.presses("Amara Whitlock")
		v.sees("Statement signed")
	}},
	{"check-found", "Amara Whitlock", func(v visitor) { v.opens("/check?code=" + v.code()) }},
	{"check-empty", "Amara Whitlock", func(v visitor) { v.opens("/check?code=") }},
	{"check-unknown", "Amara Whitlock", func(v visitor) { v.opens("/check?code=AAAA-BBBB-CCCC") }},
	{"home-nothing-due", "Amara Whitlock", func(v visitor) { v.opens("/organisations/ZZ1") }},
	{"alert-not-acknowledged", "Leila Brandt", func(v visitor) { v.opens("/organisations/ZZ1/alerts"); v.pressesBeside("Not acknowledged") }},
	{"alert-acknowledged", "Leila Brandt", func(v visitor) { v.presses("Acknowledge for Calder Vale") }},
	{"applicability", "Leila Brandt", func(v visitor) { v.presses("Say if it applies") }},
	{"applicability-error", "Leila Brandt", func(v visitor) { v.presses("Save your answer"); v.sees("There is a problem") }},
	{"applicability-how", "Leila Brandt", func(v visitor) { v.chooses("No"); v.presses("Save your answer"); v.sees("How do you know") }},
	{"applicability-how-errors", "Leila Brandt", func(v visitor) { v.presses("Save your answer"); v.sees("There is a problem") }},
	{"action", "Leila Brandt", func(v visitor) {
		v.opens(v.path())
		v.chooses("Yes, to all our systems")
		v.presses("Save your answer")
		v.presses("Say what you did")
	}},
	{"action-error", "Leila Brandt", func(v visitor) { v.presses("Save your answer"); v.sees("There is a problem") }},
	{"action-part", "Leila Brandt", func(v visitor) { v.chooses("Fixed in part"); v.presses("Save your answer") }},
	{"action-part-errors", "Leila Brandt", func(v visitor) { v.presses("Save your answer"); v.sees("There is a problem") }},
	{"alert-part", "Leila Brandt", func(v visitor) {
		v.types("fixed", "3")
		v.types("assets", "1200")
		v.writesDate("plan", time.Now().AddDate(0, 0, 5))
		v.presses("Save your answer")
		v.sees("3 of 1,200")
	}},
	{"action-cannot", "Leila Brandt", func(v visitor) {
		v.presses("Say what you did")
		v.chooses("Cannot fix it yet")
		v.presses("Save your answer")
	}},
	{"action-cannot-errors", "Leila Brandt", func(v visitor) { v.clears("reason"); v.presses("Save your answer"); v.sees("There is a problem") }},
	{"evidence-errors", "Dan Okafor", func(v visitor) {
		v.opens("/organisations/ZZ1/evidence/new")
		v.presses("Upload")
		v.sees("There is a problem")
	}},
	{"forbidden", "Dan Okafor", func(v visitor) { v.opens("/alerts/new"); v.sees("You cannot see this page") }},
	{"not-found", "Dan Okafor", func(v visitor) { v.opens("/nowhere") }},
	{"session", "Dan Okafor", func(v visitor) { v.opens("/session") }},
	{"cosign-chief-waits", "Dr Imran Sethi", func(v visitor) { v.acceptance(); v.sees("signs first") }},
	{"cosign-nothing-chosen", "Freya Linden", func(v visitor) { v.acceptance(); v.presses("Continue"); v.sees("There is a problem") }},
	{"cosign-return-error", "Freya Linden", func(v visitor) {
		v.chooses("I cannot sign this")
		v.presses("Continue")
		v.presses("Return without signing")
		v.sees("There is a problem")
	}},
	{"cosign-confirm", "Freya Linden", func(v visitor) {
		v.acceptance()
		v.chooses("I have read the statement and co-sign it")
		v.presses("Continue")
	}},
	{"cosign-someone-else", "Freya Linden", func(v visitor) {
		v.presses("I have read it – co-sign the statement")
		v.presses("Dr Imran Sethi")
		v.sees("Someone else signed in")
	}},
	{"cosigned", "Freya Linden", func(v visitor) {
		v.presses("Try again")
		v.presses("Freya Linden")
		v.sees("Statement co-signed")
	}},
	{"cosigned-locked", "Freya Linden", func(v visitor) { v.acceptance(); v.sees("co-signed it at") }},
	{"cosign-chief-review", "Dr Imran Sethi", func(v visitor) { v.acceptance(); v.sees("co-signed it") }},
	{"cosign-chief-confirm", "Dr Imran Sethi", func(v visitor) {
		v.chooses("I confirm the statement without qualification")
		v.presses("Continue")
	}},
	{"cosign-receipt", "Dr Imran Sethi", func(v visitor) {
		v.presses("I confirm – sign the statement")
		v.presses("Dr Imran Sethi")
		v.sees("Co-signed at")
	}},
	{"cosign-check", "Dr Imran Sethi", func(v visitor) { v.opens("/check?code=" + v.code()); v.sees("Co-signed at") }},
	{"home-of-two", "Dr Imran Sethi", func(v visitor) { v.opens("/") }},
	{"organisations", "Dr Imran Sethi", func(v visitor) { v.presses("Change organisation") }},
	{"request-errors", "Samir Devlin", func(v visitor) { v.opens("/statements/request"); v.presses("Continue"); v.sees("There is a problem") }},
	{"request-check", "Samir Devlin", func(v visitor) {
		v.chooses("Cyber statement")
		v.chooses("October to December")
		v.writesDate("due", time.Now().AddDate(0, 0, 90))
		v.chooses("All ")
		v.presses("Continue")
		v.sees("Check before you ask")
	}},
	{"asked", "Samir Devlin", func(v visitor) { v.presses("Ask 201 trusts for the statement"); v.sees("201 trusts have been asked") }},
	{"campaign-empty", "Samir Devlin", func(v visitor) { v.opens(v.path() + "?show=signed"); v.sees("No trust is here now.") }},
	{"campaign-more-errors", "Samir Devlin", func(v visitor) {
		v.presses("All (201)")
		v.presses("Ask more trusts")
		v.types("codes", "A trust that nobody knows")
		v.presses("Ask these trusts")
		v.sees("There is a problem")
	}},
	{"deadline-errors", "Samir Devlin", func(v visitor) {
		v.opens("/statements/campaigns")
		v.presses("October to December")
		v.picks(demo.Neighbour)
		v.presses("Propose this deadline")
		v.sees("There is a problem")
	}},
	{"deadline-waits", "Samir Devlin", func(v visitor) {
		v.writesDate("due", time.Now().AddDate(0, 0, 110))
		v.types("reason", "Averylongwordthatnobodywouldbreakbutaformtakes and then some more words")
		v.presses("Propose this deadline")
		v.sees("another regulator must confirm it")
	}},
	{"deadline-confirm", "Nadia Rahman", func(v visitor) {
		v.opens("/statements/campaigns")
		v.presses("October to December")
		v.picks(demo.Neighbour)
		v.sees("Confirm the new deadline")
	}},
	{"deadline-moved", "Nadia Rahman", func(v visitor) { v.presses("Confirm the new deadline"); v.sees("Confirmed by Nadia Rahman") }},
	{"statement-deadline", "Dr Imran Sethi", func(v visitor) {
		v.opens("/organisations/" + string(demo.Neighbour) + "/statements")
		v.presses(evaluate[string](v, `document.querySelector('main table td a').textContent.trim()`))
		v.sees("How the deadline moved")
	}},
	{"withdrawal-errors", "Samir Devlin", func(v visitor) {
		v.opens("/statements/campaigns")
		v.presses("October to December")
		v.presses("Withdraw this campaign")
		v.presses("Withdraw the campaign")
		v.sees("There is a problem")
	}},
	{"withdrawn", "Samir Devlin", func(v visitor) {
		v.types("why", "The wording names the wrong year.")
		v.presses("Withdraw the campaign")
		v.sees("withdrew it")
	}},
	{"statement-withdrawn", "Dr Imran Sethi", func(v visitor) {
		v.opens("/organisations/" + string(demo.Neighbour) + "/statements")
		v.presses("October to December")
		v.sees("Nothing more is expected of you")
	}},
	{"wording-errors", "Samir Devlin", func(v visitor) {
		v.opens("/statements/templates/new")
		v.unfolds()
		v.types("part-0-text", "We have tested {backups} of our systems.")
		v.presses("Save and check")
		v.sees("There is a problem")
	}},
	{"wording-draft-own", "Samir Devlin", func(v visitor) {
		v.opens("/statements/templates/annual-resilience/draft")
		v.sees("another regulator must publish it")
	}},
	{"wording-draft", "Nadia Rahman", func(v visitor) {
		v.opens("/statements/templates/annual-resilience/draft")
		v.sees("Publish this edition")
	}},
	{"wording-published", "Nadia Rahman", func(v visitor) { v.presses("Publish this edition"); v.sees("Nadia Rahman published it") }},
	{"acting-errors", "Miles Everett", func(v visitor) {
		v.opens("/organisations/ZZ1/acting/new")
		v.presses("Ask the regulator to confirm")
		v.sees("There is a problem")
	}},
	{"acting-asked", "Miles Everett", func(v visitor) { v.asksToAct(time.Now(), time.Now().AddDate(0, 0, 20), "Annual leave") }},
	{"home-cannot-sign-yet", "Tom Adeyemi", func(v visitor) { v.opens("/organisations/ZZ1"); v.sees("You cannot sign yet") }},
	{"acting-decide-errors", "Samir Devlin", func(v visitor) {
		v.opens("/acting")
		v.presses("Calder Vale")
		v.presses("Save your decision")
		v.sees("There is a problem")
	}},
	{"acting-confirmed", "Samir Devlin", func(v visitor) { v.chooses("Confirm"); v.presses("Save your decision"); v.sees("Acts now") }},
	{"acting-list", "Miles Everett", func(v visitor) { v.opens("/organisations/ZZ1/acting"); v.sees("End it now") }},
	{"home-of-acting", "Tom Adeyemi", func(v visitor) { v.opens("/organisations/ZZ1") }},
	{"replace-errors", "Leila Brandt", func(v visitor) {
		v.earlier("January to March 2026")
		v.presses("Replace this statement")
		v.presses("Begin the new statement")
		v.sees("There is a problem")
	}},
	{"replacing", "Leila Brandt", func(v visitor) {
		v.types("why", "One laboratory was counted twice, andaverylongwordthatnobodywouldbreakbutaformtakes stands in the reason.")
		v.presses("Begin the new statement")
		v.sees("It takes the place of")
	}},
	{"replacement-begun", "Leila Brandt", func(v visitor) { v.presses("See who wanted it, or give it up") }},
	{"statements-one-replacing", "Leila Brandt", func(v visitor) { v.opens("/organisations/ZZ1/statements"); v.sees("No deadline") }},
	{"receipt-being-replaced", "Amara Whitlock", func(v visitor) {
		v.earlier("January to March 2026")
		v.sees("is being prepared in its place")
	}},
	{"withdrawal", "Amara Whitlock", func(v visitor) { v.presses("Withdraw this statement") }},
	{"withdrawal-reason-missing", "Amara Whitlock", func(v visitor) { v.presses("Continue"); v.sees("There is a problem") }},
	{"withdrawal-confirm", "Amara Whitlock", func(v visitor) {
		v.types("reason", "The figures were of another trust.")
		v.presses("Continue")
	}},
	{"withdrawal-someone-else", "Amara Whitlock", func(v visitor) {
		v.presses("I withdraw it – sign the withdrawal")
		v.presses("Tom Adeyemi")
		v.sees("Nothing has been withdrawn")
	}},
	{"receipt-withdrawn", "Amara Whitlock", func(v visitor) {
		v.presses("Try again")
		v.presses("Amara Whitlock")
		v.sees("This statement was withdrawn")
	}},
	{"check-withdrawn", "Amara Whitlock", func(v visitor) { v.opens("/check?code=" + v.code()); v.sees("It was withdrawn on") }},
	{"withdrawal-again", "Amara Whitlock", func(v visitor) {
		v.earlier("January to March 2026")
		v.opens(strings.TrimSuffix(v.path(), "/signature/receipt") + "/withdrawal")
		v.sees("has already been withdrawn")
	}},
	{"home-due-again", "Leila Brandt", func(v visitor) {
		v.opens("/organisations/ZZ1")
		v.sees("The one signed before was withdrawn")
	}},
	{"receipt-replaced", "Dr Imran Sethi", func(v visitor) {
		v.opens("/organisations/" + string(demo.Neighbour) + "/statements")
		v.pressesBeside("Replaced")
		v.sees("This statement was replaced")
	}},
	{"check-replaced", "Dr Imran Sethi", func(v visitor) { v.opens("/check?code=" + v.code()); v.sees("Replaced on") }},
	{"outcomes-revised", "Samir Devlin", func(v visitor) { v.opens("/statements"); v.sees("1 replaced") }},
	{"ask-again-errors", "Samir Devlin", func(v visitor) {
		v.opens(evaluate[string](v, `[...document.querySelectorAll('main table a')].find(a => a.href.endsWith('/signature/receipt')).getAttribute('href')`))
		v.presses("Ask the trust for a new statement")
		v.presses("Ask the trust")
		v.sees("There is a problem")
	}},
	{"asked-again", "Samir Devlin", func(v visitor) {
		v.types("why", "The figures of one site are missing.")
		v.presses("Ask the trust")
		v.sees("asked for a new statement in its place")
	}},
	{"import", "Helen Marsh", func(v visitor) { v.opens("/alerts/import") }},
	{"import-errors", "Helen Marsh", func(v visitor) { v.presses("Continue"); v.sees("There is a problem") }},
	{"write-errors", "Helen Marsh", func(v visitor) { v.opens("/alerts/new"); v.presses("Save and check"); v.sees("There is a problem") }},
	{"contact-errors", "Leila Brandt", func(v visitor) {
		v.opens("/organisations/ZZ1/contacts")
		v.types("email", "not an address")
		v.presses("Add contact")
		v.sees("There is a problem")
	}},
	{"contact-added", "Leila Brandt", func(v visitor) {
		v.types("name", "The on-call desk of the hospital switchboard")
		v.clears("email")
		v.types("email", "a.very.long.name.of.a.shared.mailbox.for.alerts@on-call.calder-vale.example")
		v.presses("Add contact")
		v.sees("Contact added")
	}},
	{"contact-tested", "Helen Marsh", func(v visitor) { v.opens("/contacts/ZZ1"); v.presses("Send a test to"); v.sees("A test is on its way") }},
	{"contact-tested-again", "Helen Marsh", func(v visitor) { v.presses("Send a test to"); v.sees("There is a problem") }},
	{"webhook-errors", "Helen Marsh", func(v visitor) { v.opens("/contacts/systems"); v.presses("Add system"); v.sees("There is a problem") }},
	{"webhook-secret", "Helen Marsh", func(v visitor) {
		v.types("url", "https://a-rather-long-name.security-operations.example/hooks/countersign/alerts/issued")
		v.presses("Add system")
		v.sees("Copy the secret now")
	}},
	{"webhook-list", "Helen Marsh", func(v visitor) { v.opens("/contacts/systems"); v.sees("a-rather-long-name") }},
}

// TestEveryState inspects the pages behind forms as TestEveryPage does those
// behind links: no accessibility violation at two widths, and no sideways
// scroll on the narrowest screen the design promises.
func TestEveryState(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	r := start(t)
	people := map[string]visitor{}
	for _, s := range states {
		v, known := people[s.who]
		if !known {
			v = visit(t, r, true)
			v.widens(bothWidths[0])
			v.signsIn(s.who)
			people[s.who] = v
		}
		s.reach(v)
		v.stands(s.name, string(axe), bothWidths...)
	}
}

// widest names what stands beyond a width, for whoever has to mend it.
func (v visitor) widest(width int) string {
	v.t.Helper()
	return evaluate[string](v, fmt.Sprintf(`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > %d && getComputedStyle(e).position !== 'absolute').slice(-3).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 60)).join(' | ')`, width))
}

// TestLateStates: past their deadlines the pages still stand, and say so.
func TestLateStates(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	later := time.Duration(0)
	r := startAt(t, func() time.Time { return time.Now().Add(later) })
	later = 72 * time.Hour
	chief, lead := visit(t, r, true), visit(t, r, true)
	chief.widens(390)
	chief.signsIn("Amara Whitlock")
	chief.sees("late")
	chief.stands("late-home", string(axe), 390)
	chief.reviews()
	chief.sees("You can still sign. It will show as late.")
	chief.stands("late-review", string(axe), 390)
	lead.widens(390)
	lead.signsIn("Leila Brandt")
	lead.stands("late-lead-home", string(axe), 390)
	lead.opens("/organisations/ZZ1/alerts")
	lead.stands("late-alerts", string(axe), 390)
	lead.pressesBeside("Late")
	lead.sees("late is recorded, and no answer is worse")
	lead.stands("late-alert", string(axe), 390)
}

// TestPrintShowsWhatWasSigned: what is folded on the screen stands on paper, and
// what asks for an answer does not.
func TestPrintShowsWhatWasSigned(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t), true)
	v.signsIn("Amara Whitlock")
	v.opens("/organisations/ZZ1/statements")
	v.presses("April to June 2026 cyber statement")
	v.sees("Statement signed")
	v.shows("print")
	if !evaluate[bool](v, `document.querySelector('details .app-doc li').checkVisibility({contentVisibilityAuto: true})`) {
		t.Error("a printed receipt does not show the words that were signed")
	}
	v.shows("screen") // there is nothing to press on paper
	v.reviews()
	v.shows("print")
	if evaluate[bool](v, `document.querySelector('main form').checkVisibility()`) {
		t.Error("a printed statement shows the form below it")
	}
}

// shows has the page drawn for a screen or for paper.
func (v visitor) shows(medium string) {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium}); err != nil {
		v.t.Fatalf("look at the page as %s: %v", medium, err)
	}
	v.draws()
}

// reviews opens the words that wait for the chief executive.
func (v visitor) reviews() {
	v.t.Helper()
	v.opens("/organisations/ZZ1")
	v.presses("Review and sign")
}

// statement opens the newest statement of Calder Vale for a quarter that is
// over: the first line is the one that was asked for early.
func (v visitor) statement() {
	v.t.Helper()
	v.opens("/organisations/ZZ1/statements")
	v.presses(evaluate[string](v, `document.querySelectorAll('main table a')[1].textContent.trim()`))
}

// qualifies writes one qualification.
func (v visitor) qualifies(part, what string) {
	v.t.Helper()
	v.chooses(part)
	v.types("what", what)
	v.types("doing", "It will be checked.")
	v.types("who", "Tom Adeyemi")
	v.writesDate("by", time.Now().AddDate(0, 0, 20))
	v.presses("Add qualification")
	v.sees("Do you need to add another?")
}

// removesElsewhere removes the last qualification as another window would: this
// one still shows it.
func (v visitor) removesElsewhere() {
	v.t.Helper()
	answered := evaluate[bool](v, `(() => {
		const form = [...document.querySelectorAll('form.app-remove')].pop();
		const request = new XMLHttpRequest();
		request.open('POST', form.action, false);
		request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
		request.send(new URLSearchParams(new FormData(form)).toString());
		return request.status === 200;
	})()`)
	if !answered {
		v.t.Fatal("another window cannot remove it")
	}
}

// clears empties a field by its id.
func (v visitor) clears(id string) {
	v.t.Helper()
	evaluate[bool](v, `((e) => { e.value = ''; return true })(document.getElementById("`+id+`"))`)
}

// widens sets the width of the screen, and waits until script has laid the
// navigation out by it.
func (v visitor) widens(width int64) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.EmulateViewport(width, 844)); err != nil {
		v.t.Fatal("set the width:", err)
	}
	v.draws()
}

// draws waits for the frame after the next: what a style or a width moves is
// moved with the next one, and what script moves then with the one after it.
func (v visitor) draws() {
	v.t.Helper()
	evaluate[bool](v, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))`)
}

// stands inspects the page the browser shows, where it stands: a page that
// answers a form cannot be opened again. The screen takes each width in turn, and
// is left at the first.
func (v visitor) stands(name, axe string, widths ...int64) {
	v.t.Helper()
	if folder := os.Getenv("COUNTERSIGN_SCREENS"); folder != "" {
		v.poses(folder, name, widths...)
	}
	for i, width := range widths {
		if i > 0 {
			v.widens(width)
		}
		v.fits(name, width)
		for _, violation := range v.violations(axe) {
			v.t.Errorf("%s at %d: %s", name, width, violation)
		}
	}
	if slices.Contains(widths, 390) {
		v.widens(320)
		v.fits(name, 320)
	}
	v.widens(widths[0])
}

// poses leaves a picture at each width, as the page is before anything on it is
// unfolded.
func (v visitor) poses(folder, name string, widths ...int64) {
	v.t.Helper()
	for _, width := range widths {
		v.widens(width)
		v.pictures(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)))
	}
	if strings.Contains("review-nothing-chosen qualify-errors qualify-two confirm-qualified return-error signed action-part-errors prepare-gap-errors", name) {
		v.widens(320)
		v.pictures(filepath.Join(folder, name+"-320.png"))
	}
	v.widens(widths[0])
}

// fits fails when the page scrolls sideways.
func (v visitor) fits(name string, width int64) {
	v.t.Helper()
	if wide := evaluate[int](v, `document.documentElement.scrollWidth`); wide > int(width) {
		v.t.Errorf("%s at %d: the page scrolls sideways (%d wide): %s", name, width, wide, v.widest(int(width)))
	}
}

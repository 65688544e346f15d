//go:build demo

package main

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/web/demo"
)

// inRoomOfItsOwn goes a journey with script and without, each in a
// demonstration of its own: what is locked cannot be locked again.
func inRoomOfItsOwn(t *testing.T, journey func(t *testing.T, m *room)) {
	t.Helper()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			journey(t, &room{running: r, t: t, script: script, seated: map[string]visitor{}, centre: centreOf(t, r, time.Now)})
		})
	}
}

// early opens the statement that Calder Vale was asked for early.
func (v visitor) early() {
	v.t.Helper()
	v.opens("/organisations/ZZ1/statements")
	v.presses(evaluate[string](v, `document.querySelector('main table a').textContent.trim()`))
}

// acceptsAll accepts everything that does not agree.
func (v visitor) acceptsAll() {
	v.t.Helper()
	for range 14 {
		id := evaluate[string](v, `(document.querySelector('.app-gap > form textarea[name=reason]') || {}).id || ''`)
		if id == "" {
			return
		}
		v.types(id, "The audit committee knows of it.")
		v.presses("Accept it with this reason")
	}
}

func TestStatementIsPreparedTaskByTask(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		m.sends(t, "A gap nobody answered", alert.Normal, 70*time.Hour, demo.CalderVale)
		lead, siro := m.sits(t, "Leila Brandt"), m.sits(t, "Tom Adeyemi")
		lead.early()
		lead.sees("Cannot start yet")
		at := lead.path()

		siro.early()
		siro.sees("You can lock the words when this is done:")
		siro.sees("Check the figures first")
		siro.misses("I have checked it")

		lead.presses("Check the figures")
		lead.sees("Outcomes at the expected level")
		lead.presses("I have checked these figures")

		lead.presses("Explain late answers")
		lead.sees("A gap nobody answered")
		lead.types("late-0-why", "Nobody was on call.")
		lead.presses("Save explanations")
		lead.sees("There is a problem")
		lead.sees("Select why the answer to CC-")
		lead.keeps("late-0-why", "Nobody was on call.")
		lead.types("late-0-code", "other")
		lead.presses("Save explanations")

		lead.presses("List gaps")
		lead.sees("The portal proposes")
		first := evaluate[string](lead, `document.querySelector('form.app-gap h3').textContent.trim()`)
		lead.presses("Take it in") // the first
		lead.keeps("gap-1-name", first[strings.Index(first, " ")+1:])
		lead.presses("Save gaps")
		lead.sees("Enter the date by which gap 2 will be fixed")
		lead.writesDate("gap-1-by", time.Now().AddDate(0, 0, 40))
		lead.presses("Save gaps")
		lead.presses("List gaps")
		lead.unfolds()
		lead.presses("Leave it out")
		lead.sees("Enter why this is not a gap")
		lead.unfolds()
		lead.types("why-0", "It was closed in June.")
		lead.presses("Leave it out")
		lead.sees("Left out: It was closed in June.")
		lead.presses("Back to the statement")

		lead.presses("Link evidence")
		lead.sees("Firewall rules review: not checked for viruses")
		lead.chooses("Board minute on cyber risk")
		lead.presses("Save evidence")
		lead.sees("3 files linked")

		lead.presses("Account for open commitments")
		lead.presses("Say what became of it")
		lead.presses("Save")
		lead.sees("Select what became of it")
		lead.chooses("It is still open")
		lead.types("note", "The supplier comes in spring.")
		lead.presses("Save")
		lead.sees("Enter the new date")
		lead.keeps("note", "The supplier comes in spring.")
		lead.chooses("It is done")
		lead.types("note", "The sites are checked.")
		lead.presses("Save")
		lead.sees("Done: The sites are checked.")
		lead.presses("Back to the statement")

		lead.presses("Record the board date")
		siro.opens(at + "/board") // two people at one task
		siro.types("board-day", "41")
		siro.presses("Save the date")
		siro.sees("There is a problem")
		siro.writesDate("board", time.Now().AddDate(0, 0, -1))
		siro.presses("Save the date")
		lead.writesDate("board", time.Now().AddDate(0, 0, -2))
		lead.presses("Save the date")
		lead.sees("Someone else changed this statement while you were reading")
		lead.sees("The board saw it on " + longDayOf(time.Now().AddDate(0, 0, -1)))
		lead.keeps("board-day", time.Now().AddDate(0, 0, -2).Format("2"))
		lead.presses("Back to the statement")

		lead.presses("Mend or accept what does not agree")
		lead.presses("Accept it with this reason")
		lead.sees("Enter why this stands as it is")
		lead.acceptsAll()
		lead.sees("Leila Brandt accepted it: The audit committee knows of it.")
		lead.presses("Back to the statement")
		lead.sees("Waiting for the SIRO")
		lead.misses("I have checked it")

		siro.opens(at)
		siro.presses("I have checked it – lock the words")
		siro.sees("Locked, and waiting for the chief executive")
		for _, words := range []string{"Nobody was on call.", "It was closed in June.", "The sites are checked.", "Accepted by Leila Brandt", "Board minute on cyber risk", "and not answered when the words were locked"} {
			siro.sees(words)
		}
		siro.opens(at + "/gaps") // nothing is left to prepare
		siro.sees("Locked, and waiting for the chief executive")

		chief := m.sits(t, "Amara Whitlock")
		chief.opens(at + "/signature")
		chief.sees("Changed since your last statement")
		chief.sees("The sites are checked.")
	})
}

// TestPromiseIsKept: a qualification becomes a commitment that is moved, with its
// first date in view, and then done; the regulator sees how many are open.
func TestPromiseIsKept(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		chief, lead := m.sits(t, "Amara Whitlock"), m.sits(t, "Leila Brandt")
		chief.opens("/organisations/ZZ1")
		chief.presses("Review and sign")
		chief.chooses("I confirm it with a qualification")
		chief.presses("Continue")
		chief.qualifies("Part 3", "The certificate of the pathology system has ended.")
		chief.presses("No, continue")
		chief.presses("I confirm – sign the statement")
		chief.presses("Amara Whitlock")
		chief.presses("See what was promised, and what became of it")
		chief.sees("The certificate of the pathology system has ended.")
		lead.opens("/organisations/ZZ1/commitments")
		lead.pressesBeside("The certificate of the pathology system")
		lead.chooses("It needs a new date")
		lead.types("note", "The supplier is late.")
		lead.writesDate("by", time.Now().AddDate(0, 0, 5))
		lead.presses("Save")
		lead.sees("The new date must not be earlier than")
		lead.keeps("note", "The supplier is late.")
		lead.writesDate("by", time.Now().AddDate(0, 0, 60))
		lead.presses("Save")
		lead.sees("The date that was signed is " + longDayOf(time.Now().AddDate(0, 0, 20)))
		lead.opens("/organisations/ZZ1/commitments")
		lead.sees("(first " + longDayOf(time.Now().AddDate(0, 0, 20)) + ")")
		lead.pressesBeside("The certificate of the pathology system")
		lead.chooses("It is done")
		lead.types("note", "The new certificate is here.")
		lead.types("evidence", evaluate[string](lead, `document.querySelector('#evidence option:nth-child(2)').value`))
		lead.presses("Save")
		lead.sees("It is settled: done. Nothing more is expected.")
		regulator := m.sits(t, "Samir Devlin")
		regulator.opens("/organisations/ZZ1/commitments")
		regulator.sees("Settled commitments")
		regulator.opens("/statements")
		regulator.sees(" open")
	})
}

// TestWhatMovedSinceTheSignatureIsSaid: once an answer was late, the chief
// executive's home and the receipt say so, figure by figure.
func TestWhatMovedSinceTheSignatureIsSaid(t *testing.T) {
	t.Parallel()
	m := &room{running: start(t), t: t, script: true, seated: map[string]visitor{}}
	chief := m.sits(t, "Amara Whitlock")
	chief.opens("/organisations/ZZ1/statements")
	chief.misses("Changed since")
	chief.presses("July to September 2026 cyber statement")
	chief.chooses("I confirm the statement without qualification")
	chief.presses("Continue")
	chief.presses("I confirm – sign the statement")
	chief.presses("Amara Whitlock")
	chief.misses("Changed since it was signed")
	receipt := chief.path()
	lead := m.sits(t, "Leila Brandt")
	lead.opens("/organisations/ZZ1/assessments")
	lead.presses(evaluate[string](lead, `document.querySelector('main table a').textContent.trim()`))
	lead.presses(evaluate[string](lead, `[...document.querySelectorAll('main table tr')].find(r => r.textContent.includes('Yes')).querySelector('a').textContent.trim()`))
	lead.chooses("Not achieved")
	lead.presses("Save")
	chief.opens(receipt)
	chief.sees("Changed since it was signed")
	chief.sees("Outcomes at the expected level: 31 of 41 → 30 of 41")
	chief.opens("/organisations/ZZ1")
	chief.sees("Changed since you signed")
	chief.sees("A newer statement is on its way.")
}

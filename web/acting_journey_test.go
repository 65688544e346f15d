//go:build demo

package main

import (
	"strings"
	"testing"
	"time"
)

// asksToAct has the company secretary of Calder Vale ask for Tom Adeyemi.
func (v visitor) asksToAct(from, to time.Time, reason string) {
	v.t.Helper()
	v.opens("/organisations/ZZ1/acting")
	v.presses("Ask for an acting chief executive")
	v.chooses("Tom Adeyemi")
	v.writesDate("from", from)
	v.writesDate("to", to)
	v.types("reason", reason)
	v.presses("Ask the regulator to confirm")
	v.sees("Nothing changes until they do.")
}

// TestActingChiefExecutive: asked for and refused, asked for again and confirmed;
// whoever acts signs in their own name, and the chief executive reads who can.
func TestActingChiefExecutive(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, miles visitor) {
		today := time.Now()
		r := running{base: miles.base}
		samir, tom, amara := visit(t, r, true), visit(t, r, true), visit(t, r, false)
		miles.signsIn("Miles Everett")
		miles.presses("Acting chief executive")
		miles.sees("Nobody acts as chief executive today.")
		miles.presses("Ask for an acting chief executive")
		miles.presses("Ask the regulator to confirm")
		miles.sees("There is a problem")
		miles.sees("Select who will act")
		miles.sees("Enter the first day")
		miles.sees("Enter why somebody must act")
		miles.types("from-day", "40")
		miles.presses("Ask the regulator to confirm")
		miles.sees("Date must include a month")
		miles.asksToAct(today, today.AddDate(0, 0, 20), "Annual leave")
		miles.sees("Waiting for the national team")

		tom.signsIn("Tom Adeyemi")
		tom.sees("You cannot sign yet")
		samir.signsIn("Samir Devlin")
		samir.opens("/acting")
		samir.presses("Calder Vale")
		samir.sees("Annual leave")
		samir.presses("Save your decision")
		samir.sees("Select your decision")
		samir.chooses("Refuse")
		samir.presses("Save your decision")
		samir.sees("Enter why you refuse. The trust reads it")
		samir.types("why", "Send the minute of your board first.")
		samir.presses("Save your decision")
		samir.sees("Not confirmed")
		miles.opens("/organisations/ZZ1/acting")
		miles.sees("Send the minute of your board first.")
		tom.opens("/organisations/ZZ1/statements")
		tom.misses("Review and sign")

		miles.asksToAct(today, today.AddDate(0, 0, 20), "Annual leave, as the board agreed")
		samir.opens("/acting")
		samir.presses("Calder Vale")
		samir.chooses("Confirm")
		samir.presses("Save your decision")
		samir.sees("Acts now")
		amara.signsIn("Amara Whitlock")
		amara.sees("Tom Adeyemi is acting chief executive until " + today.AddDate(0, 0, 20).Format("2 January 2006") + " and can sign.")

		tom.opens("/")
		tom.sees("You sign as acting chief executive, in your own name.")
		tom.presses("Review and sign")
		tom.chooses("I confirm the statement without qualification")
		tom.presses("Continue")
		tom.sees("I, Tom Adeyemi, acting chief executive, confirm the statement as shown, without qualification.")
		tom.presses("I confirm – sign the statement")
		tom.presses("Tom Adeyemi")
		tom.sees("Statement signed")
		code := tom.code()
		tom.opens("/check?code=" + strings.ToLower(code))
		tom.sees("Tom Adeyemi, acting chief executive")

		miles.opens("/organisations/ZZ1/acting")
		miles.presses("End it now")
		miles.sees("It has been ended.")
		tom.opens("/organisations/ZZ1/statements")
		tom.sees("Signed")
		tom.opens("/organisations/ZZ1/acting")
		tom.sees("You cannot see this page")
	})
}

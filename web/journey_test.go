//go:build demo

package main

import (
	"strings"
	"testing"
	"time"
)

// bothWays runs a journey with script and without: every page works both ways.
func bothWays(t *testing.T, journey func(t *testing.T, v visitor)) {
	t.Helper()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			journey(t, visit(t, start(t), script))
		})
	}
}

func TestChiefExecutiveSignsUnqualified(t *testing.T) {
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Amara Whitlock")
		v.sees("1 thing needs you")
		v.presses("Review and sign")
		v.presses("Continue")
		v.sees("Select how you want to sign")
		v.chooses("I confirm the statement without qualification")
		v.presses("Continue")
		v.sees("I, Amara Whitlock, chief executive, confirm the statement as shown, without qualification.")
		v.presses("I confirm – sign the statement")
		v.presses("Amara Whitlock") // proves who she is, at the provider
		v.sees("Statement signed")
		v.sees("Verification code")
		code := v.code()
		v.opens("/check?code=" + strings.ToLower(code))
		v.sees("This statement is real and unchanged")
		v.sees("Amara Whitlock")
	})
}

func (v visitor) code() string {
	v.t.Helper()
	return evaluate[string](v, `document.querySelector('.app-code').textContent`)
}

func TestChiefExecutiveSignsQualified(t *testing.T) {
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Amara Whitlock")
		v.presses("Review and sign")
		v.chooses("I confirm it with a qualification")
		v.presses("Continue")
		v.presses("Add qualification")
		v.sees("There is a problem")
		v.sees("Enter what you cannot confirm, and why")
		v.chooses("Part 3")
		v.types("what", "The supplier certificate of the pathology system has ended.")
		v.types("doing", "The new certificate will be checked.")
		v.types("who", "Tom Adeyemi")
		v.writesDate("by", time.Now().AddDate(0, 0, 20))
		v.presses("Add qualification")
		v.sees("Do you need to add another?")
		v.presses("No, continue")
		v.sees("with 1 qualification")
		v.presses("I confirm – sign the statement")
		v.presses("Amara Whitlock")
		v.sees("Signed with 1 qualification")
	})
}

func TestChiefExecutiveDeclines(t *testing.T) {
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Amara Whitlock")
		v.presses("Review and sign")
		v.chooses("I cannot sign this")
		v.presses("Continue")
		v.presses("Return without signing")
		v.sees("Enter why you cannot sign")
		v.types("reason", "The figures for evidence are not what I was told on Friday.")
		v.presses("Return without signing")
		v.sees("Returned to Tom Adeyemi")
	})
}

func TestSomeoneElseProvesIdentity(t *testing.T) {
	v := visit(t, start(t), true)
	v.signsIn("Amara Whitlock")
	v.presses("Review and sign")
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Tom Adeyemi")
	v.sees("Someone else signed in. Nothing has been signed.")
	v.misses("Verification code")
}

func TestPersonWithoutAppointmentSeesNoData(t *testing.T) {
	v := visit(t, start(t), true)
	v.signsIn("Noor Haddad")
	v.sees("You have no current appointment")
	v.misses("Calder Vale")
	v.opens("/organisations/ZZ1")
	v.sees("Page not found")
	v.misses("Calder Vale")
}

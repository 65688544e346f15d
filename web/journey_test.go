//go:build demo

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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
	t.Parallel()
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
	t.Parallel()
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
		v.presses("Change the qualification to part 3")
		v.clears("doing")
		v.presses("Save qualification")
		v.sees("Enter what will be done")
		v.types("doing", "The renewal will be checked by the board.")
		v.presses("Save qualification")
		v.sees("The renewal will be checked by the board.")
		v.sees("The supplier certificate of the pathology system has ended.")
		v.misses("The new certificate will be checked.")
		v.presses("No, continue")
		v.sees("with 1 qualification")
		v.presses("I confirm – sign the statement")
		v.presses("Amara Whitlock")
		v.sees("Signed with 1 qualification")
	})
}

func TestChiefExecutiveDeclines(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	v := visit(t, start(t), true)
	v.signsIn("Noor Haddad")
	v.sees("You have no current appointment")
	v.misses("Calder Vale")
	v.opens("/organisations/ZZ1")
	v.sees("Page not found")
	v.misses("Calder Vale")
}

func TestCyberLeadAcknowledgesAndAnswers(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Leila Brandt")
		v.opens("/organisations/ZZ1/alerts")
		v.pressesBeside("Not acknowledged")
		v.presses("Acknowledge for Calder Vale")
		v.sees("Leila Brandt")
		v.presses("Say if it applies")
		v.presses("Save")
		v.sees("There is a problem")
		v.chooses("Yes, to all our systems")
		v.presses("Save")
		v.presses("Say what you did")
		v.chooses("Fixed everywhere")
		v.presses("Save")
		v.sees("Fixed")
	})
}

func TestContributorUploadsAndAttaches(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, v visitor) {
		proof := filepath.Join(t.TempDir(), "restore test.csv")
		if err := os.WriteFile(proof, []byte("system,restored\npatient record,yes\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		v.signsIn("Dan Okafor")
		v.opens("/organisations/ZZ1/alerts")
		v.pressesBeside("Not acknowledged")
		v.presses("Add evidence")
		v.types("title", "Restore test of the patient record")
		v.writesDate("about", time.Now().AddDate(0, 0, -2))
		v.writesDate("until", time.Now().AddDate(0, 3, 0))
		v.presses("Upload")
		v.sees("Choose a file")
		v.attaches("file", proof)
		v.presses("Upload")
		v.sees("Restore test of the patient record")
		v.opens("/organisations/ZZ1/evidence")
		v.sees("Restore test of the patient record")
		v.sees("Not scanned")
	})
}

func TestTwoPublishersIssue(t *testing.T) {
	t.Parallel()
	r := start(t)
	helen, yusuf, leila := visit(t, r, true), visit(t, r, false), visit(t, r, true)
	helen.signsIn("Helen Marsh")
	helen.presses("Write an alert")
	helen.types("title", "Remote code execution in Orlop file transfer")
	helen.chooses("High")
	helen.types("why", "Attackers are using it now against hospitals.")
	helen.types("steps", "Find every server that runs it.\nInstall version 4.2.")
	helen.chooses("Fix within 14 days")
	helen.chooses("Vulnerability")
	helen.presses("Save")
	helen.presses("Ask for approval")
	helen.sees("another publisher must approve it")
	yusuf.signsIn("Yusuf Karim")
	yusuf.sees("Remote code execution in Orlop file transfer")
	yusuf.presses("Remote code execution in Orlop file transfer")
	yusuf.presses("Send the alert now")
	leila.signsIn("Leila Brandt")
	leila.opens("/organisations/ZZ1/alerts")
	leila.sees("Remote code execution in Orlop file transfer")
}

func TestRegulatorReadsComparison(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Samir Devlin")
		v.presses("Compare trusts")
		v.sees("expected range")
		v.sees("Calder Vale Teaching Hospitals NHS Trust")
		v.misses("Rank")
		csv := v.fetches("/compare.csv")
		for _, want := range []string{"Calder Vale Teaching Hospitals NHS Trust", "as at"} {
			if !strings.Contains(strings.ToLower(csv), strings.ToLower(want)) {
				t.Errorf("the CSV does not have %q:\n%.500s", want, csv)
			}
		}
	})
}

// TestMainButtonInView: the chief executive's button stands above the fold of
// a small phone.
func TestMainButtonInView(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t), true)
	v.signsIn("Amara Whitlock")
	if err := chromedp.Do(v.ctx, chromedp.EmulateViewport(390, 664)); err != nil {
		t.Fatal("set the width:", err)
	}
	v.opens("/")
	if bottom := evaluate[float64](v, `document.querySelector('.app-now .nhsuk-button').getBoundingClientRect().bottom`); bottom > 664 {
		t.Errorf("“Review and sign” ends at %.0f of 664", bottom)
	}
}

// TestChangeOfMindStillSigns: qualifications written before a change of mind
// are left out of what is signed, and do not stand in its way.
func TestChangeOfMindStillSigns(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t), true)
	v.signsIn("Amara Whitlock")
	v.presses("Review and sign")
	v.chooses("I confirm it with a qualification")
	v.presses("Continue")
	v.chooses("Part 1")
	v.types("what", "One answer is disputed.")
	v.types("doing", "It will be settled.")
	v.types("who", "Tom Adeyemi")
	v.writesDate("by", time.Now().AddDate(0, 0, 9))
	v.presses("Add qualification")
	v.presses("Back to the statement")
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Amara Whitlock")
	v.sees("Signed without qualification")
	v.misses("disputed")
}

// TestQualificationIsRemovedInTwoWindows: the one that was shown goes, or none.
func TestQualificationIsRemovedInTwoWindows(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two := visit(t, r, true), visit(t, r, false)
	one.signsIn("Amara Whitlock")
	one.presses("Review and sign")
	one.chooses("I confirm it with a qualification")
	one.presses("Continue")
	for part, what := range []string{"The first answer is disputed.", "The second answer is disputed.", "The third answer is disputed."} {
		if part > 0 {
			one.presses("Add another qualification")
		}
		one.qualifies(fmt.Sprint("Part ", part+1), what)
	}
	two.signsIn("Amara Whitlock")
	two.opens(one.path())
	one.presses("Remove the qualification to part 1")
	two.presses("Remove the qualification to part 2") // which is the first by now
	two.sees("The third answer is disputed.")
	two.misses("The second answer is disputed.")
	one.presses("Remove the qualification to part 2")
	one.sees("There is a problem")
	one.sees("This qualification was changed or removed in another window. Nothing was removed now.")
	one.sees("The third answer is disputed.")
	one.misses("The second answer is disputed.")
	one.presses("Remove the qualification to part 3")
	one.sees("Which part?")
}

// TestGapIsSaved: what the team writes into a statement stays there, and the
// SIRO's lock puts it into the words.
func TestGapIsSaved(t *testing.T) {
	t.Parallel()
	r := start(t)
	chief, lead := visit(t, r, true), visit(t, r, false)
	chief.signsIn("Amara Whitlock")
	chief.presses("Review and sign")
	chief.chooses("I cannot sign this")
	chief.presses("Continue")
	chief.types("reason", "A gap is missing.")
	chief.presses("Return without signing")
	lead.signsIn("Leila Brandt")
	lead.opens("/organisations/ZZ1/statements")
	lead.presses("July to September 2026 cyber statement")
	lead.sees("A gap is missing.")
	lead.presses("Prepare it again")
	lead.sees("Account for open commitments")
	lead.presses("Check the figures")
	lead.presses("I have checked these figures")
	lead.presses("List gaps")
	lead.types("gap-3-name", "Ward telephones")
	lead.types("gap-3-what", "40 of them run old software.")
	lead.writesDate("gap-3-by", time.Now().AddDate(0, 0, 40))
	lead.presses("Save gaps")
	lead.sees("40 of them run old software.")
	lead.sees("B4.d") // the gaps that were there stay
	lead.presses("Mend or accept what does not agree")
	lead.acceptsAll()
	siro := visit(t, r, true)
	siro.signsIn("Tom Adeyemi")
	siro.opens("/organisations/ZZ1/statements")
	siro.presses("July to September 2026 cyber statement, version 2")
	siro.presses("I have checked it – lock the words")
	siro.sees("Locked, and waiting for the chief executive")
	siro.sees("40 of them run old software.")
}

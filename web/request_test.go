//go:build demo

package main

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"countersign/internal/attestation"
)

// TestRegulatorAsksForStatements: from the list to the question, the check and
// the answer; the trust's cyber lead finds it on the home page.
func TestRegulatorAsksForStatements(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, v visitor) {
		quarter := attestation.Quarters(time.Now(), 1)[0]
		by := quarter.To.Start().AddDate(0, 0, 40)
		v.signsIn("Samir Devlin")
		v.opens("/statements")
		v.presses("Ask for a statement")
		v.presses("Continue")
		v.sees("There is a problem")
		v.sees("Select the months the statement is about")
		v.sees("Enter the date they must sign by")
		v.sees("Select who you want to ask")
		v.sees("Select which statement you want to ask for")
		v.chooses("Cyber statement")
		v.chooses(quarter.Name)
		v.types("due-day", "5")
		v.chooses("Some kinds of trust")
		v.presses("Continue")
		v.sees("Date must include a month")
		v.sees("Select at least 1 kind of trust")
		v.writesDate("due", by)
		v.chooses("Ambulance trust")
		v.presses("Continue")
		v.sees("Check before you ask")
		v.sees("10 trusts will be asked.")
		v.sees("By kind: Ambulance trust")
		v.presses("Change what you ask for")
		v.chooses("All ")
		v.presses("Continue")
		v.sees("5pm on " + by.Format("Monday 2 January 2006"))
		page, err := chromedp.Run(v.ctx, chromedp.Location())
		if err != nil {
			t.Fatal(err)
		}
		v.presses("Ask 201 trusts for the statement") // Calder Vale has it
		v.sees("201 trusts have been asked for the " + quarter.Name + " cyber statement")
		v.sees("Not begun (201)")
		address, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		v.opens(address.RequestURI()) // again, from the page before
		v.sees("Nobody would be asked")

		lead := visit(t, running{base: v.base}, true)
		lead.signsIn("Leila Brandt")
		lead.opens("/organisations/ZZ1/statements")
		lead.presses(quarter.Name + " cyber statement")
		lead.sees("What is left to do")
	})
}

// TestPagesOfAsking looks at the pages of a request as TestEveryPage does at
// those that links lead to.
func TestPagesOfAsking(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	r := start(t)
	v := visit(t, r, true)
	v.signsIn("Samir Devlin")
	quarter := attestation.Quarters(time.Now(), 1)[0]
	query := url.Values{"template": {"quarterly 1"}, "period": {quarter.Key()}, "who": {"all"}}
	v.inspects("/statements/request/check?"+query.Encode(), "asking without a date", string(axe))
	v.sees("Enter the date they must sign by")
	by := quarter.To.Start().AddDate(0, 0, 40)
	query["due-day"], query["due-month"], query["due-year"] = []string{by.Format("2")}, []string{by.Format("1")}, []string{by.Format("2006")}
	v.inspects("/statements/request/check?"+query.Encode(), "asking", string(axe))
	v.presses("Ask 201 trusts for the statement") // Calder Vale has it
	v.inspects(v.path()+"?asked=all", "asked", string(axe))
	for _, path := range []string{"/statements", "/statements/request", "/statements/request/check?" + query.Encode()} {
		if err := chromedp.Do(v.ctx, chromedp.EmulateViewport(320, 600)); err != nil {
			t.Fatal(err)
		}
		v.opens(path)
		if wide := evaluate[int](v, `document.documentElement.scrollWidth`); wide > 320 {
			t.Errorf("%s at 320: the page scrolls sideways (%d wide)", path, wide)
		}
	}
}

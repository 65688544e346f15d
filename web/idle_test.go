//go:build demo

package main

import (
	"encoding/json"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// hurried is a clock that a test sets forward, for the portal and for a page.
type hurried struct{ ahead atomic.Int64 }

func (h *hurried) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

// passes lets time go by at the portal and on the page, which then looks.
func (v visitor) passes(h *hurried, d time.Duration) string {
	v.t.Helper()
	h.ahead.Add(int64(d))
	ms, err := json.Marshal(d.Milliseconds())
	if err != nil {
		v.t.Fatal(err)
	}
	return `(() => { const was = Date.now; Date.now = () => was() + ` + string(ms) + `; document.dispatchEvent(new Event('visibilitychange')); return true })()`
}

// awaits waits until the page shows the words, as a reader would.
func (v visitor) awaits(words string) {
	v.t.Helper()
	quoted, err := json.Marshal(words)
	if err != nil {
		v.t.Fatal(err)
	}
	evaluate[bool](v, `new Promise(done => {
		const look = () => document.body.textContent.includes(`+string(quoted)+`) && done(true)
		new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true})
		look()
	})`)
}

// TestIdleSessionWarns: two minutes before the end, whoever only reads is taken
// to a page with the way to stay and comes back to where they were; whoever
// has typed something keeps the page, and what they typed.
func TestIdleSessionWarns(t *testing.T) {
	var clock hurried
	r := startAt(t, clock.now)
	v := visit(t, r, true)
	v.signsIn("Amara Whitlock") // who signs, and so has 15 minutes
	v.opens("/organisations/ZZ1/alerts?page=1")
	if _, err := chromedp.RunResponse(v.ctx, chromedp.Evaluate[chromedp.Void](v.passes(&clock, 13*time.Minute+30*time.Second))); err != nil {
		t.Fatal("the warning did not come:", err)
	}
	v.sees("You will be signed out at")
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	for _, violation := range v.violations(string(axe)) {
		t.Error("the warning page:", violation)
	}
	v.presses("Stay signed in")
	if v.path() != "/organisations/ZZ1/alerts" {
		t.Errorf("staying led to %s", v.path())
	}

	v.opens("/")
	v.presses("Review and sign")
	v.chooses("I cannot sign this")
	v.presses("Continue")
	v.types("reason", "The figures are not ours.")
	evaluate[bool](v, `document.getElementById('reason').dispatchEvent(new Event('input', {bubbles: true}))`)
	evaluate[bool](v, v.passes(&clock, 13*time.Minute+30*time.Second))
	v.awaits("What you typed is not saved yet.")
	for _, violation := range v.violations(string(axe)) {
		t.Error("the warning on a page:", violation)
	}
	evaluate[bool](v, `(() => { [...document.querySelectorAll('main button')].find(b => b.textContent === 'Stay signed in').click(); return true })()`)
	v.awaits("You are still signed in.")
	if typed := evaluate[string](v, `document.getElementById('reason').value`); typed != "The figures are not ours." {
		t.Errorf("what was typed is now %q", typed)
	}
	evaluate[bool](v, v.passes(&clock, 14*time.Minute))
	v.awaits("What you typed is not saved yet.")
	evaluate[bool](v, v.passes(&clock, 2*time.Minute))
	v.awaits("You are signed out. What you typed is still on this page.")
	if typed := evaluate[string](v, `document.getElementById('reason').value`); typed != "The figures are not ours." {
		t.Errorf("what was typed is now %q", typed)
	}
}

// TestIdleSessionEndsOnItsOwn: the warning page, left alone, asks to sign in
// and hides who was there.
func TestIdleSessionEndsOnItsOwn(t *testing.T) {
	var clock hurried
	v := visit(t, startAt(t, clock.now), true)
	v.signsIn("Samir Devlin")
	v.opens("/session?to=/help")
	if _, err := chromedp.RunResponse(v.ctx, chromedp.Evaluate[chromedp.Void](v.passes(&clock, 31*time.Minute))); err != nil {
		t.Fatal("nothing happened:", err)
	}
	if v.path() != "/sign-in" {
		t.Errorf("it led to %s", v.path())
	}
	v.misses("Samir Devlin")
}

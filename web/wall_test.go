//go:build demo

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/web/demo"
)

// TestWallOfManyKeepsTheBudget: when nobody has acknowledged yet the page is at
// its longest, and still as light as every other.
func TestWallOfManyKeepsTheBudget(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	r := start(t)
	id, _ := centreOf(t, r, time.Now).issues()
	v := visit(t, r, true)
	v.signsIn("Helen Marsh")
	for _, path := range []string{"/wall?show=all", "/phones"} {
		v.inspects("/alerts/"+string(id)+path, path, string(axe))
	}
}

// letters stands in for the service that writes to trusts: at a third of them
// nobody was reached, and what is sent is kept.
type letters struct {
	mu   sync.Mutex
	sent map[organisation.Code]string
}

func (l *letters) Deliveries(context.Context, access.Actor, alert.ID) (map[organisation.Code]notification.Delivery, error) {
	reached := map[organisation.Code]notification.Delivery{}
	for i := range 400 {
		code := organisation.Code(fmt.Sprintf("ZZ%d", i))
		reached[code] = notification.Delivery{Organisation: code, HandedOver: i % 3, Refused: 1, LastAt: time.Now().Add(-time.Hour)}
	}
	return reached, nil
}

func (l *letters) Chase(_ context.Context, _ access.Actor, _ alert.ID, to []organisation.Code, words string) (notification.Chased, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, code := range to {
		l.sent[code] = words
	}
	return notification.Chased{Letters: len(to)}, nil
}

// wall opens the wall of the newest alert that was sent to everybody.
func (v visitor) wall(number string) string {
	v.t.Helper()
	v.opens("/alerts")
	v.presses(number)
	path := v.path() + "/wall"
	v.opens(path)
	return path
}

// newestToAll is the number of the newest alert that Calder Vale has not
// acknowledged.
func (v visitor) newestToAll() string {
	v.t.Helper()
	v.opens("/alerts")
	return evaluate[string](v, `[...document.querySelectorAll('main tr')].filter(r => /hours.* left/.test(r.textContent)).map(r => [r.querySelector('a').textContent.trim().split(' ')[0], Number((r.textContent.match(/of (\d+)/) || [])[1])]).sort((a, b) => b[1] - a[1])[0][0]`)
}

// TestPublisherChasesAndRings: from the wall a publisher writes to those they
// chose, finds whom to ring, and writes the call down; the trust reads it.
func TestPublisherChasesAndRings(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			sent := &letters{sent: map[organisation.Code]string{}}
			r := startWith(t, time.Now, func(e *extra) { e.messages = sent })
			v := visit(t, r, script)
			v.signsIn("Helen Marsh")
			path := v.wall(v.newestToAll())
			v.sees("trusts have acknowledged")
			v.chooses("Calder Vale")
			v.presses("Chase the trusts I selected")
			v.types("words", "Nobody at your trust has read this alert.")
			v.presses("Continue")
			v.sees("You are about to write to 1 trust")
			v.presses("Change it")
			v.clears("words")
			v.presses("Continue")
			v.sees("Enter what to write")
			v.types("words", "Read it today.")
			v.presses("Continue")
			v.presses("Send it now")
			if len(sent.sent) != 1 || sent.sent[demo.CalderVale] != "Read it today." {
				t.Errorf("written to %v", sent.sent)
			}
			v.presses("Telephone list")
			v.sees("0113 496 0117") // Leila Brandt's
			v.misses("0113 496 0121")
			v.opens(path)
			v.unfolds()
			v.presses("Save the call")
			v.sees("There is a problem")
			v.sees("Select the trust you rang")
			v.types("trust", string(demo.CalderVale))
			v.types("rung", "Leila Brandt")
			v.types("outcome", "She will acknowledge it before 5pm.")
			v.presses("Save the call")
			v.sees("She will acknowledge it before 5pm.")
			v.misses("There is a problem")
			trust := visit(t, r, script)
			trust.signsIn("Leila Brandt")
			trust.opens("/organisations/ZZ1/alerts/" + filepath.Base(filepath.Dir(path)))
			trust.sees("Rang Leila Brandt about CC-")
			trust.sees("She will acknowledge it before 5pm.")
			trust.sees("Helen Marsh, alert publisher")
		})
	}
}

// unfolds opens every folded part of the page.
func (v visitor) unfolds() {
	v.t.Helper()
	evaluate[bool](v, `(document.querySelectorAll('details').forEach(d => { d.open = true }), true)`)
}

// TestPhoneListPrintsARegionAPage: whoever rings a region takes its page along.
func TestPhoneListPrintsARegionAPage(t *testing.T) {
	t.Parallel()
	r := start(t)
	c := centreOf(t, r, time.Now)
	id, _ := c.issues()
	v := visit(t, r, true)
	v.signsIn("Helen Marsh")
	v.opens("/alerts/" + string(id) + "/phones")
	v.shows("print")
	if breaks := evaluate[string](v, `[...document.querySelectorAll('.app-phones')].map(s => getComputedStyle(s).breakBefore).join()`); breaks != "auto,page,page,page,page,page,page" {
		t.Errorf("regions begin %s", breaks)
	}
	if !evaluate[bool](v, `document.querySelector('.app-phones a[href^=tel]').checkVisibility()`) {
		t.Error("numbers are not printed")
	}
}

// TestWallLooks inspects the wall in every view, and leaves pictures where
// COUNTERSIGN_SCREENS names a folder.
func TestWallLooks(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	writes := func(e *extra) { e.messages = &letters{sent: map[organisation.Code]string{}} }
	for name, test := range map[string]struct {
		add   func(*extra)
		later time.Duration
	}{"wall-messages": {writes, 0}, "wall-silent": {func(e *extra) { e.told = false }, 0}, "wall-late": {writes, 72 * time.Hour}} {
		t.Run(name, func(t *testing.T) {
			var clock hurried
			r := startWith(t, clock.now, test.add)
			v := visit(t, r, true)
			v.signsIn("Helen Marsh")
			path := v.wall(v.newestToAll())
			if test.later > 0 {
				clock.ahead.Store(int64(test.later))
				v.signsIn("Helen Marsh")
			}
			for _, width := range []int64{390, 1280} {
				v.widens(width)
				for _, at := range []string{"/wall", "/wall?view=wall", "/wall?show=all", "/chase", "/phones"} {
					v.opens(filepath.Dir(path) + at)
					v.stands(name+"-"+filepath.Base(at), string(axe), width)
				}
			}
		})
	}
}

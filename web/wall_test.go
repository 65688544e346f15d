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
)

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

func (l *letters) Chase(_ context.Context, _ access.Actor, _ alert.ID, to []organisation.Code, words string) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, code := range to {
		l.sent[code] = words
	}
	return len(to), nil
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

// TestWallLooks inspects the wall in every view, and leaves pictures where
// COUNTERSIGN_SCREENS names a folder.
func TestWallLooks(t *testing.T) {
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	for name, add := range map[string]func(*extra){"wall-messages": func(e *extra) { e.messages = &letters{sent: map[organisation.Code]string{}} }, "wall-silent": func(*extra) {}} {
		t.Run(name, func(t *testing.T) {
			r := startWith(t, time.Now, add)
			v := visit(t, r, true)
			v.signsIn("Helen Marsh")
			path := v.wall(v.newestToAll())
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

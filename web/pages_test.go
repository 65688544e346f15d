//go:build demo

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"countersign/views/layout/layouttest"
	"countersign/web/demo"
)

// TestEveryPage walks every page each person can reach by links from their
// home, at two widths: no accessibility violation, nothing that the content
// policy would block, and no page that is heavier than the promise. With
// COUNTERSIGN_SCREENS naming a folder it leaves a picture of each.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	r := start(t)
	axe, err := os.ReadFile("../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe is missing: run `task assets`:", err)
	}
	world, err := demo.Build(time.Now(), demo.Provider{Issuer: r.base, Client: "names"})
	if err != nil {
		t.Fatal(err)
	}
	seen := &routesSeen{routes: map[string]bool{}}
	t.Run("walk", func(t *testing.T) { // ends when everybody has walked
		for _, person := range world.People {
			t.Run(person.Name, func(t *testing.T) {
				t.Parallel()
				v := visit(t, r, true)
				v.signsIn(person.Name)
				v.walks(r, person.Subject, string(axe), seen)
			})
		}
		t.Run("nobody", func(t *testing.T) {
			t.Parallel()
			v := visit(t, r, true)
			v.opens("/sign-in")
			v.walks(r, "nobody", string(axe), seen)
		})
	})
	for _, route := range r.portal.routes {
		if route.Method == http.MethodGet && !seen.before(route.Path) && !unlinked[route.Path] {
			t.Errorf("no person reached %s by links from their home", route.Path)
		}
	}
}

// routesSeen collects the routes that anybody has reached.
type routesSeen struct {
	mutex  sync.Mutex
	routes map[string]bool
}

// before tells whether somebody has reached the route, and notes that it is now.
func (s *routesSeen) before(route string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	was := s.routes[route]
	s.routes[route] = true
	return was
}

// unlinked are pages no walk can reach: they answer a form, or download.
var unlinked = map[string]bool{
	"/check/file": true, "/log/checkpoint": true, "/log/tile/*": true, // the log is for programs, which know its addresses
	"/sign-in/:provider": true, "/sign-in/:provider/return": true, "/signed-out": true,
	"/organisations/:ods/evidence/:id/file": true,
	"/statements/request/check":             true,
	// TestEveryState inspects these.
	confirmRoute: true,
	"/organisations/:ods/statements/:id/signature/qualifications":        true,
	"/organisations/:ods/statements/:id/signature/qualifications/:index": true,
	"/organisations/:ods/statements/:id/signature/return":                true,
	"/organisations/:ods/statements/:id/co-signature/confirmation":       true,
	"/organisations/:ods/statements/:id/co-signature/return":             true,
	"/organisations/:ods/statements/:id/withdrawal/signature":            true,
	// TestEveryAlertState inspects these.
	"/organisations/:ods/alerts/:id/closing":        true,
	"/organisations/:ods/alerts/:id/risk":           true,
	"/organisations/:ods/alerts/:id/risk/signature": true,
	"/alerts/:id/versions/waiting":                  true,
	"/session":                                      true,                                                                                         // opened by script: TestIdleSessionWarns inspects it
	"/alerts/reach":                                 true,                                                                                         // asked by script: a line of text
	"/alerts/:id/wall":                              true, "/alerts/:id/wall/stream": true, "/alerts/:id/chase": true, "/alerts/:id/phones": true, // TestWallLooks inspects them
}

// downloads are for other programs: the walk follows the link, and sees that a
// file of its kind comes.
var downloads = map[string]string{
	"/compare.csv": "text/csv", "/organisations/:ods/board-paper.pdf": "application/pdf", "/organisations/:ods/board-paper.txt": "text/plain", "/statements/campaigns/:id/trusts.csv": "text/csv", "/alerts/feed.atom": "application/atom+xml", "/alerts/feed.json": "application/json", "/alerts/:id/advisory.json": "application/json",
	"/alerts/:id/responses.csv": "text/csv", "/organisations/:ods/alerts/responses.csv": "text/csv", "/organisations/:ods/alerts/deadlines.ics": "text/calendar",
	"/organisations/:ods/statements/:id/signature/receipt/proof": "application/json", "/organisations/:ods/statements/:id/signature/receipt/pdf": "application/pdf", "/log/trust": "application/json",
}

const confirmRoute = "/organisations/:ods/statements/:id/signature/confirmation"

// walks visits one page of every route the person can reach.
func (v visitor) walks(r running, who, axe string, seen *routesSeen) {
	v.t.Helper()
	waiting, done := []string{"/" /* home */, v.path()}, map[string]bool{}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		route := routeOf(r, path)
		if route == "" || done[route] || unlinked[route] {
			continue
		}
		done[route] = true
		before := seen.before(route)
		if kind := downloads[route]; kind != "" {
			if got := evaluate[string](v, fmt.Sprintf(`fetch(%q).then(r => r.status + ' ' + r.headers.get('Content-Type'))`, path)); got != "200 "+kind && !strings.HasPrefix(got, "200 "+kind+";") {
				v.t.Errorf("%s as %s: %s", path, who, got)
			}
			continue
		}
		if public[route] && before {
			continue // the same for everybody but for the name at the top
		}
		widths := bothWidths
		if before {
			widths = bothWidths[1:] // another person's page is laid out alike: where it can break is on a phone
		}
		v.inspects(path, who+" "+route, axe, widths...)
		waiting = append(waiting, evaluate[[]string](v, `[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')).filter(h => h.startsWith('/'))`)...)
	}
}

// routeOf finds the route a path belongs to; exact ones before patterns.
func routeOf(r running, path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	best := ""
	for _, route := range r.portal.routes {
		if route.Method == http.MethodGet && matches(route.Path, path) && (best == "" || strings.Count(route.Path, ":") < strings.Count(best, ":")) {
			best = route.Path
		}
	}
	return best
}

// matches tells whether a path is one of a route's, piece by piece: a walk asks
// this a million times.
func matches(route, path string) bool {
	for {
		want, routeRest, more := strings.Cut(route, "/")
		got, pathRest, longer := strings.Cut(path, "/")
		if before, name, parameter := strings.Cut(want, ":"); parameter {
			name = strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz") // what follows it, such as .csv
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, name) || len(got) <= len(before)+len(name) {
				return false
			}
		} else if want != got {
			return false
		}
		if !more || !longer {
			return more == longer
		}
		route, path = routeRest, pathRest
	}
}

// public pages say the same to everybody: one walk through them is enough.
var public = map[string]bool{"/help": true, "/accessibility": true, "/cookies": true, "/privacy": true, "/check": true}

// bothWidths are a desk's and a phone's, in this order: a page that is narrowed
// is laid out as one that was opened narrow, but what script folded away on a
// phone does not all come back when it is widened.
var bothWidths = []int64{1280, 390}

// inspects opens a page at the first width given, and looks at it at each: at
// both, when none is given.
func (v visitor) inspects(path, name, axe string, widths ...int64) {
	v.t.Helper()
	if len(widths) == 0 {
		widths = bothWidths
	}
	v.widens(widths[0])
	v.opens(path)
	html := evaluate[string](v, `(async () => await (await fetch(location.href)).text())()`)
	if faults := layouttest.Faults(html); len(faults) > 0 {
		v.t.Errorf("%s: %v", name, faults)
	}
	v.weighs(name)
	if folder := os.Getenv("COUNTERSIGN_SCREENS"); folder != "" {
		v.poses(folder, strings.Trim(regexp.MustCompile(`[^a-zA-Z.]+`).ReplaceAllString(name, "-"), "-"), widths...)
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
}

// weighs fails when the page asks for more than the promise.
func (v visitor) weighs(name string) {
	v.t.Helper()
	weight := evaluate[string](v, `(() => { const all = [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource').filter(e => e.initiatorType !== 'fetch')];
		return JSON.stringify({requests: all.length, bytes: all.reduce((n, e) => n + (e.encodedBodySize || 0), 0)}) })()`)
	var cost struct{ Requests, Bytes int }
	if err := json.Unmarshal([]byte(weight), &cost); err != nil {
		v.t.Fatal(err)
	}
	if cost.Requests > 6 || cost.Bytes > 60_000 {
		v.t.Errorf("%s: %d requests and %d bytes; the promise is 6 and 60,000", name, cost.Requests, cost.Bytes)
	}
}

// allowed are findings the design accepts by name: the back link stands
// before main on purpose.
var allowed = []string{"region: .nhsuk-back-link"}

func (v visitor) violations(axe string) []string {
	v.t.Helper()
	if !evaluate[bool](v, `typeof window.axe === 'object'`) {
		evaluate[bool](v, axe+"\n;true")
	}
	found, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`(async () => {
		document.querySelectorAll('details').forEach(d => d.open = true);
		const r = await axe.run(document, {resultTypes: ['violations'], preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
		return JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' (' + v.help + ')')));
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatal("run axe:", err)
	}
	var list []string
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		v.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(each string) bool {
		return slices.ContainsFunc(allowed, func(known string) bool { return strings.HasPrefix(each, known) })
	})
}

func (v visitor) pictures(path string) {
	v.t.Helper()
	png, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		v.t.Fatal("take a picture:", err)
	}
}

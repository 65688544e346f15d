//go:build demo

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// running is a whole demonstration on a free port of this machine.
type running struct {
	base   string
	config config
	portal *portal
}

// start builds a demonstration as the program does, and stops it by itself.
func start(t *testing.T, settings ...string) running {
	t.Helper()
	return startAt(t, time.Now, settings...)
}

// startAt is start by a clock of the test's.
func startAt(t *testing.T, now func() time.Time, settings ...string) running {
	t.Helper()
	return startWith(t, now, func(*extra) {}, settings...)
}

// startWith is startAt with something the demonstration does not have.
func startWith(t *testing.T, now func() time.Time, add func(*extra), settings ...string) running {
	t.Helper()
	g := groundFor(t, now)
	folder := t.TempDir()
	g.copies(t, folder)
	c, err := readConfig("", append(g.settings(folder), settings...))
	if err != nil {
		t.Fatal("settings:", err)
	}
	c = keyed(c)
	c.Seal.Key = filepath.Join(folder, filepath.Base(g.config.Seal.Key))
	p, err := wireDemo(context.Background(), c, g.people, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), now, add)
	if err != nil {
		t.Fatal("build the demonstration:", err)
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: readHeaderTimeout}
	done := make(chan error, 1)
	go func() { done <- server.Serve(g.lends(t)) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error("stop serving:", err)
		}
		<-done
		if err := p.close(); err != nil {
			t.Error("close the portal:", err)
		}
	})
	return running{base: g.base(), config: c, portal: p}
}

// chromium is the one Chromium of this test binary: each visitor has a browser
// context of their own in it, which shares nothing with another's.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

// TestMain stops Chromium and gives the grounds up when everything has run.
func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	grounds.leave()
	os.Exit(code)
}

// browser gives the Chromium that runs, or leaves the test out on a machine
// without one. Where CI=true its absence fails.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium-headless-shell") // does what these tests ask of Chromium, for less
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is missing: run `task services`")
		}
		t.Skip("left out: Chromium is not installed (run `task services`)")
	}
	chromium.once.Do(func() { startChromium(path) })
	if chromium.err != nil {
		t.Fatal("start Chromium:", chromium.err)
	}
	return chromium.ctx
}

// unwanted is what Chromium would get ready for people at each new window, or for
// a page that nobody opens: it costs as much as our own pages.
var unwanted = []string{"WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess", "PaintHolding", "MediaRouter", "OptimizationHints", "Translate"}

func startChromium(path string) {
	folder, err := os.MkdirTemp("", "portal-chromium-")
	if err != nil {
		chromium.err = err
		return
	}
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(folder), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-back-forward-cache", true), // nobody goes back
		chromedp.Flag("disable-features", strings.Join(unwanted, ",")))
	allocator, end := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, closing := chromedp.NewContext(allocator)
	chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
	chromium.stop = func() {
		closing()
		end()
		_ = os.RemoveAll(folder) // left behind at worst, in a folder for such things
	}
}

// visitor is one person at one browser.
type visitor struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// visit opens a browser of its own, so that nobody shares a cookie.
func visit(t *testing.T, r running, script bool) visitor {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	ctx, timeout := context.WithTimeout(ctx, 10*time.Minute) // through every state, on a busy machine
	t.Cleanup(func() { timeout(); stop() })
	v := visitor{t: t, ctx: ctx, base: r.base}
	if !script {
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal("turn script off:", err)
		}
	}
	return v
}

// signsIn presses a demonstration person's button.
func (v visitor) signsIn(name string) {
	v.t.Helper()
	v.opens("/sign-in")
	v.presses("Sign in")
	v.presses(name)
}

// opens goes to a path of the portal.
func (v visitor) opens(path string) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.Navigate(v.base+path)); err != nil {
		v.t.Fatalf("open %s: %v", path, err)
	}
}

// presses finds a link or button by its words inside main (or anywhere when
// main has none), presses it and waits for the page it leads to.
func (v visitor) presses(words string) {
	v.t.Helper()
	quoted, err := json.Marshal(words)
	if err != nil {
		v.t.Fatal(err)
	}
	mark := evaluate[bool](v, `(() => {
		document.querySelectorAll('[data-press]').forEach(e => e.removeAttribute('data-press'));
		const words = `+string(quoted)+`;
		const text = e => (e.innerText || e.textContent || '').replace(/\s+/g, ' ').trim();
		const all = [...document.querySelectorAll('main a, main button'), ...document.querySelectorAll('a, button')];
		const found = all.find(e => text(e) === words) || all.find(e => text(e).startsWith(words)) || all.find(e => text(e).includes(words));
		if (!found) return false;
		found.setAttribute('data-press', '1');
		found.scrollIntoView({block: 'center'});
		return true;
	})()`)
	if !mark {
		v.t.Fatalf("there is no %q to press on %s:\n%s", words, v.path(), v.text())
	}
	if _, err := chromedp.RunResponse(v.ctx, chromedp.Click("[data-press]")); err != nil {
		v.t.Fatalf("press %q on %s: %v", words, v.path(), err)
	}
}

// pressesBeside follows the link in the first row of a table that shows the
// words.
func (v visitor) pressesBeside(words string) {
	v.t.Helper()
	title := evaluate[string](v, `(() => { const row = [...document.querySelectorAll('tr')].find(r => r.textContent.includes("`+words+`")); return row ? row.querySelector('a').textContent.trim() : '' })()`)
	if title == "" {
		v.t.Fatalf("no row of %s shows %q:\n%s", v.path(), words, v.text())
	}
	v.presses(title)
}

// chooses ticks a radio or checkbox by the words of its label.
func (v visitor) chooses(label string) {
	v.t.Helper()
	quoted, err := json.Marshal(label)
	if err != nil {
		v.t.Fatal(err)
	}
	found := evaluate[bool](v, `(() => {
		const label = [...document.querySelectorAll('label')].find(l => l.textContent.trim().startsWith(`+string(quoted)+`));
		if (!label) return false;
		document.getElementById(label.htmlFor).click();
		return document.getElementById(label.htmlFor).checked;
	})()`)
	if !found {
		v.t.Fatalf("there is no choice %q on %s:\n%s", label, v.path(), v.text())
	}
}

// types fills a field by its id.
func (v visitor) types(id, value string) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.SetValue("#"+id, value)); err != nil {
		v.t.Fatalf("type into %s on %s: %v", id, v.path(), err)
	}
}

// attaches puts a file of this machine into a file field.
func (v visitor) attaches(id, path string) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.SetUploadFiles("#"+id, []string{path})); err != nil {
		v.t.Fatalf("attach a file on %s: %v", v.path(), err)
	}
}

// fetches asks for a download with the person's own cookie.
func (v visitor) fetches(path string) string {
	v.t.Helper()
	return evaluate[string](v, `fetch("`+path+`").then(r => r.text())`)
}

// writesDate fills the three fields of a date.
func (v visitor) writesDate(id string, day time.Time) {
	v.t.Helper()
	v.types(id+"-day", fmt.Sprint(day.Day()))
	v.types(id+"-month", fmt.Sprint(int(day.Month())))
	v.types(id+"-year", fmt.Sprint(day.Year()))
}

// sees fails unless the page shows the words.
func (v visitor) sees(words string) {
	v.t.Helper()
	if text := v.text(); !strings.Contains(text, words) {
		v.t.Fatalf("%s does not show %q:\n%s", v.path(), words, text)
	}
}

// misses fails when the page shows the words.
func (v visitor) misses(words string) {
	v.t.Helper()
	if text := v.text(); strings.Contains(text, words) {
		v.t.Fatalf("%s shows %q:\n%s", v.path(), words, text)
	}
}

func (v visitor) text() string {
	v.t.Helper()
	return strings.Join(strings.Fields(evaluate[string](v, `document.body.textContent`)), " ")
}

func (v visitor) path() string {
	v.t.Helper()
	address, err := chromedp.Run(v.ctx, chromedp.Location())
	if err != nil {
		v.t.Fatal("read the address:", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		v.t.Fatal("read the address:", err)
	}
	return u.Path
}

func evaluate[T any](v visitor, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("look at the page: %v", err)
	}
	return value
}

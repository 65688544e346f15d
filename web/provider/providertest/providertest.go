// Package providertest helps tests that sign in at providers and with clients
// written by others: a browser of a few lines, and Node programs that end with
// the test. Nothing of it is linked into the portal.
package providertest

import (
	"bufio"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Modules gives the folder whose node_modules holds the foreign provider and
// client, and installs them from the lock file when they are missing. Without
// Node the test is left out on a laptop and fails in CI.
func Modules(t *testing.T) string {
	t.Helper()
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("the folder of the tests is not known")
	}
	folder := filepath.Join(filepath.Dir(here), "..", "testdata", "foreign")
	// Two packages' tests run at once and both may find the folder empty.
	lock, err := os.Open(filepath.Join(folder, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }() // gives up the lock; the file was only its handle
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	// npm writes this file last, so a broken install is not taken for a whole
	// one, nor is one from before the lock file changed.
	wanted, err := os.Stat(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if there, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json")); err == nil && there.ModTime().After(wanted.ModTime()) {
		return folder
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		LeaveOut(t, "the foreign provider and client could not be installed: %v\n%s", err, out)
	}
	return folder
}

// LeaveOut skips a test on a laptop that lacks something, and fails it in CI.
func LeaveOut(t *testing.T, format string, a ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, a...)
	}
	t.Skipf("left out: "+format, a...)
}

// node prepares a Node program that cannot outlive the test, nor a minute.
func node(t *testing.T, script string, env ...string) *exec.Cmd {
	t.Helper()
	folder := Modules(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "node", script)
	c.Env = append(os.Environ(), append(env, "FOREIGN_MODULES="+folder+string(filepath.Separator))...)
	c.WaitDelay = 5 * time.Second
	return c
}

// Run runs a Node program to its end and gives what it printed.
func Run(t *testing.T, script string, env ...string) string {
	t.Helper()
	out, err := node(t, script, env...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(script), err, out)
	}
	return string(out)
}

// Start starts a Node program, waits for its first line, and stops it when the
// test ends.
func Start(t *testing.T, script string, env ...string) string {
	t.Helper()
	c := node(t, script, env...)
	var trouble strings.Builder
	c.Stderr = &trouble
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	drained := make(chan struct{})
	go func() { // a full pipe would stop the program
		defer close(drained)
		_, _ = io.Copy(io.Discard, lines)
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended by itself
		<-drained
		_ = c.Wait() // "killed" is what was wanted
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(script), trouble.String())
		}
	})
	if err != nil {
		t.Fatalf("%s said nothing: %v", filepath.Base(script), err)
	}
	return strings.TrimSpace(first)
}

// Browser keeps cookies, follows redirects, and fills in forms.
type Browser struct {
	http.Client
	Pages int // with a form, seen since the browser was made
}

// NewBrowser makes a browser without cookies.
func NewBrowser(t *testing.T) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{Client: http.Client{Jar: jar, Timeout: 20 * time.Second}}
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(b.CloseIdleConnections)
	return b
}

var (
	formTag  = regexp.MustCompile(`(?is)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag = regexp.MustCompile(`(?is)<input[^>]*>`)
	nameAttr = regexp.MustCompile(`(?i)\bname="([^"]*)"`)
	valAttr  = regexp.MustCompile(`(?i)\bvalue="([^"]*)"`)
)

// SignIn goes to an address and answers the first form of each page with fill
// until it is sent to back; it gives what back was asked with.
func (b *Browser) SignIn(t *testing.T, address, back string, fill url.Values) url.Values {
	t.Helper()
	next := must(t, http.MethodGet, address, "")
	for range 15 {
		answer, err := b.Do(next)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		_ = answer.Body.Close() // it was read
		if err != nil {
			t.Fatal(err)
		}
		if to := answer.Header.Get("Location"); to != "" {
			u, err := next.URL.Parse(to)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(u.String(), back+"?") {
				return u.Query()
			}
			next = must(t, http.MethodGet, u.String(), "")
			continue
		}
		form := formTag.FindSubmatch(body)
		if form == nil {
			t.Fatalf("%s answered %d without a form:\n%.2000s", next.URL.Path, answer.StatusCode, body)
		}
		b.Pages++
		values := url.Values{}
		for _, input := range inputTag.FindAll(form[2], -1) {
			name, value := nameAttr.FindSubmatch(input), valAttr.FindSubmatch(input)
			if name == nil {
				continue
			}
			values.Set(string(name[1]), "")
			if value != nil {
				values.Set(string(name[1]), html.UnescapeString(string(value[1])))
			}
		}
		for name, value := range fill {
			values[name] = value
		}
		u, err := next.URL.Parse(html.UnescapeString(string(form[1])))
		if err != nil {
			t.Fatal(err)
		}
		next = must(t, http.MethodPost, u.String(), values.Encode())
	}
	t.Fatal("the provider never let the browser go")
	return nil
}

func must(t *testing.T, method, address, form string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

//go:build demo

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/web/devprovider"
	"countersign/web/provider"
)

// moved is a portal as an operator fills it: nothing in it but what the
// commands brought in. Its provider is the one of the demonstration.
type moved struct {
	t    *testing.T
	base string
	env  []string
	logs *lockedBuffer
}

// reference finds reference data beside the module. Without it the test is left
// out, and where CI=true its absence fails.
func reference(t *testing.T, path string) string {
	t.Helper()
	file := filepath.Join("..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("../shared/%s is missing, and CI must not leave this test out", path)
		}
		t.Skipf("left out: ../shared/%s is not here", path)
	}
	return file
}

// newcomers are invented people at three real trusts, and a regulator. Their
// offices are recorded by the command, and by nothing else.
var newcomers = []struct{ subject, name, rows string }{
	{"zora", "Zora Quill", "R0A,chief_executive\nR0B,chief_executive"},
	{"ivo", "Ivo Marsh", "R0A,siro"},
	{"lena", "Lena Hartwell", "G6V2S,cyber_lead"},
	{"nell", "Nell Ashby", ",regulator"},
}

func moveIn(t *testing.T) moved {
	t.Helper()
	etr, kinds := reference(t, "data/ods/etr-2025.csv"), reference(t, "data/ods/trusts-derived.csv")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal("listen:", err)
	}
	folder := t.TempDir()
	m := moved{t: t, base: fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port), logs: &lockedBuffer{}}
	m.env = []string{prefix + "BASE_URL=" + m.base, prefix + "DATABASE=sqlite:" + filepath.Join(folder, "portal.db"), prefix + "BLOBS=file:" + filepath.Join(folder, "blobs"), prefix + "LOG_KEY=" + filepath.Join(folder, "log.key")}
	issuer := m.base + demoPath
	file := filepath.Join(folder, "appointments.csv")
	rows := "ods_code,office,name,email,issuer,subject,from\n"
	var people []devprovider.Person
	for _, who := range newcomers {
		for row := range strings.SplitSeq(who.rows, "\n") {
			rows += strings.Join([]string{row, who.name, who.subject + "@trust.example", issuer, who.subject, "2026-01-01"}, ",") + "\n"
		}
		people = append(people, devprovider.Person{Subject: who.subject, Name: who.name, Email: who.subject + "@trust.example"})
	}
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	m.does("keys", "new", filepath.Join(folder, "log.key"))
	m.does("migrate")
	m.says("Organisations that would change: 207 (opens 207", "import", "organisations", etr, "--dry-run")
	m.says("Organisations changed: 207 (opens 207", "import", "organisations", etr)
	m.says("Nothing changed.", "import", "organisations", etr)
	m.says("Changed: kinds 202, cohorts joined 64, cohorts left 0.", "import", "kinds", kinds)
	m.says("Nothing changed.", "import", "kinds", kinds)
	m.says("Chief executives this would appoint:", "import", "appointments", file, "--dry-run")
	m.says("Recorded: appointments 5", "import", "appointments", file)
	m.says("Nothing changed.", "import", "appointments", file)
	m.serves(listener, issuer, people)
	return m
}

// does runs a command of the program and gives what it printed.
func (m moved) does(args ...string) string {
	m.t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, m.env, &out, &errs); code != 0 {
		m.t.Fatalf("%v: exit %d\n%s%s", args, code, &out, &errs)
	}
	return out.String()
}

func (m moved) says(words string, args ...string) {
	m.t.Helper()
	if out := m.does(args...); !strings.Contains(out, words) {
		m.t.Fatalf("%v does not say %q:\n%s", args, words, out[max(0, len(out)-2000):])
	}
}

// serves runs the portal as a release does, but for whose provider it trusts.
func (m moved) serves(listener net.Listener, issuer string, people []devprovider.Person) {
	m.t.Helper()
	c, err := readConfig("", m.env)
	if err != nil {
		m.t.Fatal("settings:", err)
	}
	const id, secret = "portal", "not-a-secret-of-anybody"
	dev, err := devprovider.New(devprovider.Settings{Issuer: issuer, ACR: []string{"AAL2_ANY", "AAL3_ANY"}, Now: time.Now, Random: rand.Reader, People: people,
		Clients: []devprovider.Client{{ID: id, Secret: secret, RedirectURIs: []string{m.base + "/sign-in/test/return"}}}})
	if err != nil {
		m.t.Fatal(err)
	}
	client, err := provider.New(provider.Settings{Name: "test", Label: "Sign in", Issuer: issuer, ClientID: id, ClientSecret: secret, StepUpACR: []string{"AAL3_ANY"}, AllowLoopbackHTTP: true, Now: time.Now, Random: rand.Reader})
	if err != nil {
		m.t.Fatal(err)
	}
	p, err := build(context.Background(), c, extra{providers: []*provider.Provider{client}, mount: func(e *echo.Echo) { e.Any(demoPath+"/*", echo.WrapHandler(dev)) }},
		slog.New(slog.NewTextHandler(m.logs, &slog.HandlerOptions{Level: slog.LevelError})), time.Now)
	if err != nil {
		m.t.Fatal(err)
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: readHeaderTimeout}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	m.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			m.t.Error(err)
		}
		<-done
		if err := p.close(); err != nil {
			m.t.Error(err)
		}
	})
}

// guest is one person at the portal, with the cookies of one browser.
type guest struct {
	moved
	name   string
	client *http.Client
}

var journeyField = regexp.MustCompile(`name="journey" value="([^"]+)"`)

// enters signs a person in at the provider, as a browser would.
func (m moved) enters(subject, name string) guest {
	m.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	g := guest{moved: m, name: name, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
	_, page := g.opens("/sign-in/test")
	journey := journeyField.FindStringSubmatch(page)
	if journey == nil {
		m.t.Fatalf("the provider asks nothing:\n%s", page)
	}
	if code, page := g.sends(demoPath+"/sign-in", url.Values{"journey": {journey[1]}, "person": {subject}}); code != http.StatusOK || !strings.Contains(page, name) {
		m.t.Fatalf("%s did not get in (%d):\n%s", name, code, page)
	}
	return g
}

func (g guest) opens(path string) (int, string) {
	g.t.Helper()
	answer, err := g.client.Get(g.base + path)
	return g.read(answer, err)
}

func (g guest) sends(path string, form url.Values) (int, string) {
	g.t.Helper()
	answer, err := g.client.PostForm(g.base+path, form)
	return g.read(answer, err)
}

func (g guest) read(answer *http.Response, err error) (int, string) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // read to the end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

var (
	hrefs    = regexp.MustCompile(`href="(/[^"]*)"`)
	capitals = regexp.MustCompile(`\b[A-Z]{4,} (OF|AND|[A-Z]{4,})\b`)
	empty    = regexp.MustCompile(`<(td|dd|h1|h2)[^>]*>\s*</`)
)

// walks asks for every address the person reaches by links, and gives what
// each page says.
func (g guest) walks() map[string]string {
	g.t.Helper()
	pages, waiting := map[string]string{}, []string{"/"}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		if _, seen := pages[path]; seen || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/assets/") {
			continue
		}
		code, page := g.opens(path)
		pages[path] = page
		if code != http.StatusOK {
			g.t.Errorf("%s: %s answers %d", g.name, path, code)
		}
		for _, fault := range []string{capitals.FindString(page), empty.FindString(page), regexp.MustCompile(`(%!|&lt;nil&gt;|\b0001\b)`).FindString(page)} {
			if fault != "" && strings.Contains(page, "<html") {
				g.t.Errorf("%s: %s shows %q", g.name, path, fault)
			}
		}
		for _, found := range hrefs.FindAllStringSubmatch(page, -1) {
			next, _, _ := strings.Cut(strings.ReplaceAll(found[1], "&amp;", "&"), "#")
			if next != "" && !strings.Contains(next, "/sign-") && !slices.Contains(waiting, next) {
				waiting = append(waiting, next)
			}
		}
	}
	return pages
}

// TestMovingInWithRealTrusts fills a portal as docs/moving-in.md says, asks
// every real trust for a statement, and walks every page its people reach.
func TestMovingInWithRealTrusts(t *testing.T) {
	m := moveIn(t)
	guests := map[string]guest{}
	for _, who := range newcomers {
		guests[who.subject] = m.enters(who.subject, who.name)
	}
	t.Run("before anybody asked", func(t *testing.T) {
		for _, g := range guests {
			g.t = t
			for path, page := range g.walks() {
				if strings.HasPrefix(path, "/statements/templates/") {
					continue // wordings, with figures that say they are samples
				}
				for _, lie := range []string{"Every answer was in time", "0 of 0", "All are answered", "is checked for viruses", "are at the expected level"} {
					if strings.Contains(page, lie) {
						t.Errorf("%s: %s says %q of nothing", g.name, path, lie)
					}
				}
			}
		}
	})
	quarter := attestation.Quarters(time.Now(), 2)[1]
	by := time.Now().AddDate(0, 0, 30)
	form := url.Values{"template": {"quarterly 1"}, "period": {quarter.Key()}, "name": {"First statements"}, "who": {"all"}, "due-day": {by.Format("2")}, "due-month": {by.Format("1")}, "due-year": {by.Format("2006")}}
	nell := guests["nell"]
	code, page := nell.sends(requestAddress, form)
	if code != http.StatusOK || !strings.Contains(page, "202 trusts will be asked") || !strings.Contains(page, "200 trusts have nobody who can sign today") {
		t.Fatalf("the check (%d):\n%s", code, page)
	}
	shown := regexp.MustCompile(`name="shown" value="([^"]+)"`).FindStringSubmatch(page)
	for _, want := range []string{"Not begun (202)", "0 of 202"} { // pressed twice: the second leads to the list, where the campaign stands once
		code, page = nell.sends(requestAddress+"/check?"+form.Encode(), url.Values{"shown": {shown[1]}})
		if code != http.StatusOK || strings.Count(page, want) != 1 || !strings.Contains(page, quarter.Name) {
			t.Fatalf("after asking (%d):\n%s", code, page)
		}
	}
	t.Run("after everybody was asked", func(t *testing.T) {
		for subject, want := range map[string]string{"zora": "Manchester University NHS Foundation Trust", "ivo": "Check and lock the " + quarter.Name, "lena": "Prepare the " + quarter.Name, "nell": "202 not signed yet"} {
			g := guests[subject]
			g.t = t
			pages := g.walks()
			if !slices.ContainsFunc(values(pages), func(page string) bool { return strings.Contains(page, want) }) {
				t.Errorf("%s never reads %q on any of %d pages", g.name, want, len(pages))
			}
			t.Logf("%s reached %d pages", g.name, len(pages))
		}
	})
	if m.logs.String() != "" {
		t.Errorf("the portal logged failures:\n%s", m.logs)
	}
}

const requestAddress = "/statements/request"

func values(pages map[string]string) []string {
	var list []string
	for _, page := range pages {
		list = append(list, page)
	}
	return list
}

// lockedBuffer takes what requests log while the test reads it.
type lockedBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

// Write keeps one line of the log.
func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.Write(line)
}

// String is everything that was logged.
func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.String()
}

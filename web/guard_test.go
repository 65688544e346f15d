//go:build demo

package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/web/demo"
)

func ask(m matrix, method, path, cookie string, headers map[string]string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(""))
	if cookie != "" {
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: cookie})
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	return answer
}

// TestCrossSitePostRefused: abuse case T22. A page of another site cannot make
// a signed-in person's browser change anything.
func TestCrossSitePostRefused(t *testing.T) {
	m := matrixOf(t)
	path := "/organisations/ZZ1/alerts/" + m.ids["alerts"] + "/acknowledgement"
	for name, headers := range map[string]map[string]string{
		"cross-site": {"Sec-Fetch-Site": "cross-site"}, "same-site": {"Sec-Fetch-Site": "same-site"}, "foreign origin": {"Origin": "https://evil.example"},
	} {
		if answer := ask(m, http.MethodPost, path, "token of leila.brandt", headers); answer.Code != http.StatusForbidden {
			t.Errorf("%s: answered %d", name, answer.Code)
		}
	}
	for _, override := range []string{"X-HTTP-Method-Override", "X-Method-Override"} {
		if answer := ask(m, http.MethodGet, path, "token of leila.brandt", map[string]string{override: "POST"}); answer.Code < 400 {
			t.Errorf("%s: answered %d", override, answer.Code)
		}
	}
}

// TestSignOutEndsSession: abuse case T17. The cookie is worth nothing at once.
func TestSignOutEndsSession(t *testing.T) {
	m := matrixOf(t)
	if answer := ask(m, http.MethodGet, "/", "token of amara.whitlock", nil); answer.Code != http.StatusOK {
		t.Fatal("not signed in to begin with:", answer.Code)
	}
	answer := ask(m, http.MethodPost, "/sign-out", "token of amara.whitlock", map[string]string{"Sec-Fetch-Site": "same-origin"})
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Clear-Site-Data") == "" {
		t.Error("sign-out answered", answer.Code, answer.Header())
	}
	if answer := ask(m, http.MethodGet, "/", "token of amara.whitlock", nil); answer.Code != http.StatusSeeOther {
		t.Error("the cookie still works:", answer.Code)
	}
}

// TestErrorsSayNothing: a failure shows a reference, never a cause, and errors
// carry the same headers as pages.
func TestErrorsSayNothing(t *testing.T) {
	m := matrixOf(t)
	if err := m.portal.close(); err != nil { // the database is gone
		t.Fatal(err)
	}
	answer := ask(m, http.MethodGet, "/", "token of amara.whitlock", nil)
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "sql") || !regexp.MustCompile(`\b[0-9a-f]{8}\b`).MatchString(answer.Body.String()) {
		t.Errorf("answered %d:\n%s", answer.Code, answer.Body)
	}
	for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Cross-Origin-Opener-Policy"} {
		if answer.Header().Get(header) == "" {
			t.Errorf("the error page has no %s", header)
		}
	}
	if answer := ask(m, http.MethodGet, "/readyz", "", nil); answer.Code != http.StatusServiceUnavailable {
		t.Error("ready without a database:", answer.Code)
	}
	if answer := ask(m, http.MethodGet, "/healthz", "", nil); answer.Code != http.StatusOK {
		t.Error("not alive:", answer.Code)
	}
}

// TestOtherTrustIsNotThere: abuse case T27. What belongs to another
// organisation answers exactly as what does not exist.
func TestOtherTrustIsNotThere(t *testing.T) {
	t.Parallel()
	m := matrixOf(t)
	for _, path := range []string{"/organisations/ZZ1", "/organisations/ZZ1/alerts/" + m.ids["alerts"], "/organisations/ZZ1/statements/" + m.ids["statements"], "/organisations/ZZ1/evidence/" + m.ids["evidence"]} {
		theirs := ask(m, http.MethodGet, path, "token of imran.sethi", nil)
		absent := ask(m, http.MethodGet, strings.Replace(path, "ZZ1", "QQQ", 1), "token of imran.sethi", nil)
		if theirs.Code != http.StatusNotFound || absent.Code != http.StatusNotFound {
			t.Errorf("%s: %d, absent: %d", path, theirs.Code, absent.Code)
		}
		if a, b := strings.ReplaceAll(theirs.Body.String(), "ZZ1", "QQQ"), absent.Body.String(); withoutClock(a) != withoutClock(b) {
			t.Errorf("%s differs from what is not there", path)
		}
	}
}

func withoutClock(page string) string {
	before, rest, _ := strings.Cut(page, `data-now="`)
	_, after, _ := strings.Cut(rest, `"`)
	return before + after
}

// TestEveryEventHasAName: no event of the demonstration is anonymous.
func TestEveryEventHasAName(t *testing.T) {
	world, err := demo.Build(time.Now(), demo.Provider{Issuer: "http://localhost/dev-provider", Client: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range world.Seed.Events {
		if e.ActorID == "" || e.Kind == "" || e.At.IsZero() {
			t.Fatalf("an event without a name: %+v", e)
		}
	}
}

//go:build demo

package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestT28_OnlyWhoSignsReachesTheSignature posts to every address of a signature
// exactly what the chief executive's own pages post there, as everybody else:
// refused, and nothing comes on record or into the log. The same posts by the
// chief executive go through, so it is the person that they are refused for.
func TestT28_OnlyWhoSignsReachesTheSignature(t *testing.T) {
	t.Parallel()
	m := matrixOf(t)
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(m.config.Database, "sqlite:")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }() // read only
	raw.SetMaxOpenConns(1)
	at := m.address("/organisations/:ods/statements/:id/signature")
	chief := m.people[0]
	steps := []struct {
		address string
		fields  func() url.Values
	}{
		{at, func() url.Values {
			return url.Values{"opinion": {"qualified"}, "shown": {m.shown(at, chief, `name="shown" value="([0-9a-f]{64})"`)}}
		}},
		{at + "/qualifications", func() url.Values {
			return url.Values{"part": {"1"}, "what": {"One answer is disputed."}, "doing": {"It will be settled."}, "who": {"Tom Adeyemi"}, "by-day": {"1"}, "by-month": {"6"}, "by-year": {"2027"}}
		}},
		{at + "/confirmation", func() url.Values {
			return url.Values{"answer": {m.shown(at+"/confirmation", chief, `answer=([0-9a-f]{64})`)}}
		}},
		{at + "/qualifications/0/removal", func() url.Values {
			return url.Values{"shown": {m.shown(at+"/qualifications", chief, `name="shown" value="([0-9a-f]{64})"`)}}
		}},
		{at + "/return", func() url.Values { return url.Values{"reason": {"The figures are not ours."}} }},
	}
	for _, step := range steps {
		fields := step.fields()
		request := posted{step.address, urlencoded, fields.Encode()}
		if answer, has := fields["answer"]; has { // which travels in the address
			request = posted{step.address + "?answer=" + answer[0], urlencoded, ""}
		}
		before := contents(t, raw)
		for _, person := range m.people[1:] {
			if code := m.sends(request, person); code != http.StatusForbidden && code != http.StatusNotFound && code != http.StatusUnauthorized {
				t.Errorf("%s as %s: %d", step.address, person.name, code)
			}
		}
		if contents(t, raw) != before {
			t.Errorf("%s: something came on record by a person who does not sign", step.address)
		}
		if code := m.sends(request, chief); code != http.StatusSeeOther {
			t.Errorf("%s as the chief executive: %d, so the refusals prove nothing", step.address, code)
		}
		if contents(t, raw) == before {
			t.Errorf("%s by the chief executive changes nothing", step.address)
		}
	}
}

// shown reads what a page of the person's own holds.
func (m matrix) shown(path string, who kind, pattern string) string {
	m.t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: who.cookie})
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	found := regexp.MustCompile(pattern).FindStringSubmatch(answer.Body.String())
	if found == nil {
		m.t.Fatalf("%s as %s has no %s:\n%d", path, who.name, pattern, answer.Code)
	}
	return found[1]
}

//go:build demo

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/web/demo"
)

var update = flag.Bool("update", false, "write golden files again: then read the difference")

// TestAccessMatrix asks for every route as every kind of person and compares
// who is let in with testdata/access.txt. A change of power shows there, and
// nowhere else needs reading.
func TestAccessMatrix(t *testing.T) {
	m := matrixOf(t)
	var out strings.Builder
	fmt.Fprintln(&out, "# Who gets in where. yes: past the gate; no: 403; hidden: 404; sign in: asked to.")
	fmt.Fprintln(&out, "# At "+string(demo.CalderVale)+", whose people come first; the neighbour's chief executive is a stranger there.")
	for _, route := range m.portal.routes {
		if route.Path == "/sign-out" {
			continue // for everybody, and it would end the sessions this test asks with
		}
		fmt.Fprintf(&out, "\n%s %s\n", route.Method, route.Path)
		answers := map[string][]string{}
		var order []string
		for _, person := range m.people {
			answer := m.asks(route.Method, route.Path, person)
			if answers[answer] == nil {
				order = append(order, answer)
			}
			answers[answer] = append(answers[answer], person.name)
		}
		for _, answer := range order {
			fmt.Fprintf(&out, "  %-8s %s\n", answer, strings.Join(answers[answer], ", "))
		}
	}
	const golden = "testdata/access.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("who gets in where has changed. Read the difference, then run with -update:\n%s", difference(string(want), out.String()))
	}
}

func difference(was, is string) string {
	old := map[string]bool{}
	for line := range strings.SplitSeq(was, "\n") {
		old[line] = true
	}
	var out strings.Builder
	section := ""
	for line := range strings.SplitSeq(is, "\n") {
		if !strings.HasPrefix(line, " ") {
			section = line
		}
		if !old[line] {
			fmt.Fprintf(&out, "%s:\n+%s\n", section, line)
		}
	}
	return out.String()
}

// matrix is a portal with a session for each kind of person.
type matrix struct {
	t        *testing.T
	portal   *portal
	database string
	people   []kind
	ids      map[string]string
}

// kind is one kind of person, and the cookie they are known by.
type kind struct{ name, cookie string }

// kinds are the people of the demonstration, by what they are to Calder Vale.
var kinds = []struct{ name, subject string }{
	{"chief executive", "amara.whitlock"}, {"SIRO", "tom.adeyemi"}, {"cyber lead", "leila.brandt"}, {"evidence contributor", "dan.okafor"},
	{"executive assistant", "ruth.pemberton"}, {"company secretary", "miles.everett"}, {"other trust's chief executive", "imran.sethi"},
	{"publisher", "helen.marsh"}, {"regulator", "samir.devlin"}, {"assessor", "bronwen.hale"}, {"hotline operator", "callum.reid"},
	{"administrator", "grace.obi"}, {"auditor", "edmund.price"}, {"no appointment", "noor.haddad"},
}

func matrixOf(t *testing.T) matrix {
	t.Helper()
	return matrixFrom(t, start(t))
}

// matrixFrom is the matrix of a portal that runs.
func matrixFrom(t *testing.T, r running) matrix {
	t.Helper()
	m := matrix{t: t, portal: r.portal, database: r.config.Database, ids: map[string]string{}}
	db, err := storage.Open(context.Background(), r.config.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	issuer := r.config.BaseURL.JoinPath(demoPath).String()
	register := storage.Identities{DB: db}
	for _, k := range kinds {
		m.people = append(m.people, kind{name: k.name, cookie: signIn(t, register, issuer, k.subject)})
	}
	m.people = append(m.people, kind{name: "nobody"})
	m.findIDs(db)
	return m
}

// signIn opens a session straight in the register: how a person gets one is
// other tests' business.
func signIn(t testing.TB, register storage.Identities, issuer, subject string) string {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	pass, err := access.Check(access.Actor{At: now}, access.KeepSession, organisation.National)
	if err != nil {
		t.Fatal(err)
	}
	person, err := register.PersonOf(ctx, pass, issuer, subject)
	if err != nil {
		t.Fatal(subject, err)
	}
	sum := sha256.Sum256([]byte("token of " + subject))
	s := identity.Session{Key: hex.EncodeToString(sum[:]), Person: person, Issuer: issuer, AuthAt: now, StartedAt: now, SeenAt: now}
	if err := register.Start(ctx, pass, s, "", event.New(newID(), pass, now, "signed in", "person/"+string(person), "Signed in")); err != nil {
		t.Fatal(err)
	}
	return "token of " + subject
}

// findIDs picks things of Calder Vale to ask for, so that a refusal is about
// the person and never about a thing that is not there.
func (m *matrix) findIDs(db *storage.DB) {
	m.t.Helper()
	ctx := context.Background()
	who := access.Actor{ID: "reader", Name: "Reader", At: time.Now(), Appointments: []access.Appointment{{Office: access.ChiefExecutive, Organisation: demo.CalderVale}}}
	pass := func(verb access.Verb) access.Pass {
		p, err := access.Check(who, verb, demo.CalderVale)
		if err != nil {
			m.t.Fatal(err)
		}
		return p
	}
	statements, err := storage.Attestations{DB: db}.List(ctx, pass(access.ReadStatement))
	if err != nil || len(statements) < 2 {
		m.t.Fatal("no statements to ask for:", err)
	}
	open, err := storage.Alerts{DB: db}.Open(ctx, pass(access.ReadResponses), 5)
	if err != nil || len(open) == 0 {
		m.t.Fatal("no open alert to ask for:", err)
	}
	files, err := storage.Evidence{DB: db}.List(ctx, pass(access.ReadEvidence))
	if err != nil || len(files) == 0 {
		m.t.Fatal("no evidence to ask for:", err)
	}
	asked, err := storage.Acting{DB: db}.Ground(ctx, pass(access.AskActing))
	if err != nil || len(asked.Earlier) == 0 {
		m.t.Fatal("no request for an acting chief executive to ask for:", err)
	}
	regulator := access.Actor{ID: "reader", Name: "Reader", At: time.Now(), Appointments: []access.Appointment{{Office: access.Regulator, Organisation: organisation.National}}}
	following, err := access.Check(regulator, access.ReadCampaigns, organisation.National)
	if err != nil {
		m.t.Fatal(err)
	}
	campaigns, err := storage.Attestations{DB: db}.Campaigns(ctx, following, time.Now())
	if err != nil || len(campaigns) == 0 {
		m.t.Fatal("no campaign to ask for:", err)
	}
	m.ids["campaigns"], m.ids["templates"] = string(campaigns[0].ID), "quarterly"
	m.ids["acting"] = string(asked.Earlier[0].ID)
	assessments, err := (&storage.Assessments{DB: db}).List(ctx, pass(access.ReadAssessment))
	if err != nil || len(assessments) == 0 {
		m.t.Fatal("no assessment to ask for:", err)
	}
	for _, st := range statements { // latest first
		switch {
		case st.State == attestation.Locked:
			m.ids["statements"] = string(st.ID)
		case st.State == attestation.Preparing:
			m.ids["preparing"] = string(st.ID)
		case m.ids["signed"] == "":
			m.ids["signed"] = string(st.ID)
		}
	}
	promised, err := storage.Attestations{DB: db}.OpenCommitments(ctx, pass(access.ReadCommitments))
	if err != nil || len(promised) == 0 {
		m.t.Fatal("no commitment to ask for:", err)
	}
	m.ids["commitments"] = string(promised[0].ID)
	m.ids["alerts"], m.ids["evidence"], m.ids["assessments"] = string(open[0].Alert), string(files[0].ID), string(assessments[0].ID)
}

// address fills a route's pattern with things that exist.
func (m *matrix) address(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		switch {
		case part == ":ods":
			parts[i] = string(demo.CalderVale)
		case part == ":commitment":
			parts[i] = m.ids["commitments"]
		case part == ":id" && strings.Contains(pattern, "/statements/:id/commitments/"): // while it is prepared
			parts[i] = m.ids["preparing"]
		case part == ":id" && (strings.Contains(pattern, "/signature/receipt") || strings.Contains(pattern, "/statements/:id/replacement") || strings.Contains(pattern, ":ods/statements/:id/withdrawal")):
			parts[i] = m.ids["signed"]
		case part == ":id":
			parts[i] = m.ids[parts[i-1]]
		case part == ":statement": // one of the newest campaign
			parts[i] = m.ids["statements"]
		case part == ":code":
			parts[i] = "B4.d"
		case part == ":index":
			parts[i] = "99"
		case part == ":provider":
			parts[i] = "demo"
		}
	}
	return strings.Join(parts, "/")
}

func (m *matrix) asks(method, pattern string, who kind) string {
	m.t.Helper()
	request := httptest.NewRequest(method, m.address(pattern), strings.NewReader(""))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if who.cookie != "" {
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: who.cookie})
	}
	if strings.HasSuffix(pattern, "/stream") { // whoever is let in listens until they go
		ctx, leave := context.WithTimeout(request.Context(), 50*time.Millisecond)
		defer leave()
		request = request.WithContext(ctx)
	}
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	switch {
	case answer.Code == http.StatusForbidden && !strings.Contains(answer.Body.String(), "We could not check that it is you"):
		return "no"
	case answer.Code == http.StatusNotFound:
		return "hidden"
	case answer.Code == http.StatusUnauthorized, strings.HasPrefix(answer.Header().Get("Location"), "/sign-in?"):
		return "sign in"
	case answer.Code >= 500 && pattern != "/sign-in/:provider": // whose provider does not run in this test
		m.t.Errorf("%s %s as %s failed with %d", method, pattern, who.name, answer.Code)
	}
	return "yes"
}

// TestT67_DownloadAddressesCarryNoAuthority: an address that somebody copied,
// mailed or shared opens nothing for who is not let in: each request is decided
// anew, and again after the session it was copied from has ended.
func TestT67_DownloadAddressesCarryNoAuthority(t *testing.T) {
	m := matrixOf(t)
	downloads := map[string][]string{} // who is let in
	for _, pattern := range []string{"/organisations/:ods/evidence/:id/file", "/organisations/:ods/alerts/responses.csv", "/organisations/:ods/alerts/deadlines.ics", "/organisations/:ods/board-paper.pdf", "/organisations/:ods/board-paper.txt"} {
		downloads[pattern] = []string{"chief executive", "cyber lead"}
	}
	downloads["/alerts/:id/responses.csv"] = []string{"publisher", "regulator"}
	downloads["/alerts/:id/advisory.json"] = []string{"cyber lead", "publisher"}
	for pattern, insiders := range downloads {
		for _, person := range m.people {
			got := m.asks(http.MethodGet, pattern, person)
			switch {
			case slices.Contains(insiders, person.name) && got != "yes":
				t.Errorf("%s: %s gets %q", pattern, person.name, got)
			case person.name == "nobody" && got != "sign in", person.name == "no appointment" && got == "yes":
				t.Errorf("%s: to %s it says %q", pattern, person.name, got)
			case strings.Contains(pattern, ":ods") && person.name == "other trust's chief executive" && got != "hidden":
				t.Errorf("%s: to a stranger it says %q", pattern, got)
			}
		}
	}
	lead := m.people[slices.IndexFunc(m.people, func(k kind) bool { return k.name == "cyber lead" })]
	request := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: lead.cookie})
	m.portal.ServeHTTP(httptest.NewRecorder(), request)
	for pattern := range downloads {
		if got := m.asks(http.MethodGet, pattern, lead); got != "sign in" {
			t.Errorf("%s: after signing out it says %q", pattern, got)
		}
	}
}

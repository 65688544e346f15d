//go:build demo

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/mail/mailtest"
	"countersign/internal/storage"
)

// page asks for an address, or sends a form there, as one kind of person.
func (m matrix) page(who, method, address string, form url.Values) *httptest.ResponseRecorder {
	m.t.Helper()
	request := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", urlencoded)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	at := slices.IndexFunc(m.people, func(k kind) bool { return k.name == who })
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: m.people[at].cookie})
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	return answer
}

// says asks for a page and looks for words on it.
func (m matrix) says(who, address string, words ...string) {
	m.t.Helper()
	answer := m.page(who, http.MethodGet, address, nil)
	for _, each := range words {
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), each) {
			m.t.Errorf("%s at %s: %d without %q", who, address, answer.Code, each)
		}
	}
}

// TestContactsJourney: a cyber lead adds and removes a contact, a mistake
// keeps what was typed, and a publisher sees and tests who is told.
func TestContactsJourney(t *testing.T) {
	m := matrixOf(t)
	const at = "/organisations/ZZ1/contacts"
	wrong := m.page("cyber lead", http.MethodPost, at, url.Values{"name": {"<b>Desk</b>"}, "email": {"desk at trust"}})
	if body := wrong.Body.String(); wrong.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "There is a problem") || !strings.Contains(body, `value="desk at trust"`) || !strings.Contains(body, "&lt;b&gt;Desk") || !strings.Contains(body, `href="#email"`) {
		t.Errorf("a mistake: %d\n%s", wrong.Code, body)
	}
	if done := m.page("cyber lead", http.MethodPost, at, url.Values{"name": {"Night desk"}, "email": {"night@zz1.example"}}); done.Code != http.StatusSeeOther || done.Header().Get("Location") != at+"?done=added" {
		t.Fatalf("adding: %d %s", done.Code, done.Body)
	}
	m.says("company secretary", at+"?done=added", "Night desk", "night@zz1.example", "Contact added")
	if again := m.page("company secretary", http.MethodPost, at, url.Values{"name": {"Again"}, "email": {"NIGHT@zz1.example"}}); again.Code != http.StatusUnprocessableEntity || !strings.Contains(again.Body.String(), "not in the list yet") {
		t.Errorf("the same twice: %d", again.Code)
	}
	m.says("publisher", "/contacts/ZZ1", "Night desk", "Extra contact", "Send a test to ", "No email is sent")
	if sent := m.page("publisher", http.MethodPost, "/contacts/ZZ1/test", nil); sent.Code != http.StatusSeeOther {
		t.Fatalf("the test: %d %s", sent.Code, sent.Body)
	}
	if again := m.page("administrator", http.MethodPost, "/contacts/ZZ1/test", nil); again.Code != http.StatusConflict || !strings.Contains(again.Body.String(), "less than 10 minutes ago") {
		t.Errorf("T83, a test right after a test: %d", again.Code)
	}
	m.says("regulator", "/contacts", "fewer than 2 people", "Nobody", "Messages that could not be delivered", "No such mailbox here")
	m.says("regulator", "/contacts?page=99", "201 to 202 of 202")
	if body := m.page("regulator", http.MethodGet, "/contacts/ZZ1", nil).Body.String(); strings.Contains(body, "Send a test") {
		t.Error("a regulator is offered a test they cannot send")
	}
	_, after, _ := strings.Cut(m.page("cyber lead", http.MethodGet, at, nil).Body.String(), `action="`+at+"/")
	remove, _, _ := strings.Cut(after, `"`)
	for range 2 {
		if gone := m.page("cyber lead", http.MethodPost, at+"/"+remove, nil); gone.Code != http.StatusSeeOther {
			t.Errorf("removing: %d", gone.Code)
		}
	}
	if body := m.page("cyber lead", http.MethodGet, at, nil).Body.String(); strings.Contains(body, "night@zz1.example") {
		t.Error("the contact is still there")
	}
}

// TestWebhooksJourney: the secret is on the page that answers the form, and on
// no other.
func TestWebhooksJourney(t *testing.T) {
	m := matrixOf(t)
	const at = "/contacts/systems"
	for _, bad := range []string{"", "http://soc.example", "https://user:pass@soc.example/", "javascript:alert(1)"} {
		if wrong := m.page("publisher", http.MethodPost, at, url.Values{"url": {bad}}); wrong.Code != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body.String(), "There is a problem") {
			t.Errorf("%q: %d", bad, wrong.Code)
		}
	}
	made := m.page("publisher", http.MethodPost, at, url.Values{"url": {"https://soc.example/hook"}})
	_, rest, found := strings.Cut(made.Body.String(), "Secret")
	secret := ""
	for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
		if len(word) == 64 {
			secret = word
		}
	}
	if made.Code != http.StatusOK || !found || secret == "" || made.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("made: %d, cached as %q\n%s", made.Code, made.Header().Get("Cache-Control"), made.Body)
	}
	list := m.page("administrator", http.MethodGet, at, nil).Body.String()
	if strings.Contains(list, secret) || !strings.Contains(list, "https://soc.example/hook") {
		t.Error("the list shows the secret, or not the address")
	}
	_, after, _ := strings.Cut(list, `action="`+at+"/")
	end, _, _ := strings.Cut(after, `"`)
	if gone := m.page("publisher", http.MethodPost, at+"/"+end, nil); gone.Code != http.StatusSeeOther {
		t.Errorf("ending: %d", gone.Code)
	}
	m.says("publisher", at+"?done=ended", "No system is told yet", "not told of alerts any more")
}

// TestADemonstrationSendsNoEmail, whatever the settings say: what is written
// in it waits for ever.
func TestADemonstrationSendsNoEmail(t *testing.T) {
	server := mailtest.Start(t)
	r := start(t, prefix+"SMTP=smtp://"+server.Address+"?tls=none", prefix+"MAIL_FROM=alerts@countersign.example")
	db, err := openDatabase(t.Context(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // the test is over
	m := matrix{t: t, portal: r.portal, people: []kind{{name: "publisher", cookie: signIn(t, storage.Identities{DB: db}, r.config.BaseURL.JoinPath(demoPath).String(), "helen.marsh")}}}
	m.says("publisher", "/contacts", "No email is sent")
	if sent := m.page("publisher", http.MethodPost, "/contacts/ZZ1/test", nil); sent.Code != http.StatusSeeOther {
		t.Fatalf("the test: %d", sent.Code)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	r.portal.work(ctx)
	m.says("publisher", "/contacts/ZZ1", "Waiting")
	if n := server.Connections(); n != 0 {
		t.Errorf("the mail server was called %d times", n)
	}
}

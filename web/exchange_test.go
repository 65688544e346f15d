//go:build demo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// issues sends alerts beside the portal, as two publishers would.
func issues(t *testing.T, m matrix, drafts ...alert.Draft) []alert.ID {
	t.Helper()
	db, err := openDatabase(context.Background(), m.config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // nothing is pending
	s := &alert.Service{Store: storage.Alerts{DB: db}, Register: storage.Organisations{DB: db}, Now: time.Now, NewID: newID}
	publisher := func(id string) access.Actor {
		return access.Actor{ID: id, Name: "Publisher " + id, At: time.Now(), Appointments: []access.Appointment{{Office: access.AlertPublisher, Organisation: organisation.National}}}
	}
	var ids []alert.ID
	for _, d := range drafts {
		id, err := s.Draft(t.Context(), publisher("one"), d)
		if err == nil {
			err = s.Submit(t.Context(), publisher("one"), id)
		}
		if err == nil {
			err = s.Issue(t.Context(), publisher("two"), id)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func worded(title string) alert.Draft {
	return alert.Draft{Title: title, Severity: alert.High, Class: alert.Normal, Why: "It is *used* now. <script>alert(1)</script>", Steps: []alert.Step{{Text: "Patch"}}}
}

func TestStrangersReadPublicAlertsAndNobodysStanding(t *testing.T) {
	m := matrixOf(t)
	open, closed := worded("Open to all"), worded("For trusts alone")
	open.Public = true
	issues(t, m, open, closed)
	for path, kind := range map[string]string{"/alerts/feed.atom": "application/atom+xml; charset=utf-8", "/alerts/feed.json": "application/json; charset=utf-8"} {
		answer := ask(m, http.MethodGet, path, "", nil)
		body := answer.Body.String()
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != kind || !strings.Contains(body, "Open to all") {
			t.Errorf("%s: %d %s\n%s", path, answer.Code, answer.Header(), body)
		}
		for _, secret := range []string{"For trusts alone", "Calder Vale", "ZZ1", "Publisher", "acknowledged", "Late", "<script>"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s says %q:\n%s", path, secret, body)
			}
		}
		again := ask(m, http.MethodGet, path, "", map[string]string{"If-None-Match": answer.Header().Get("ETag")})
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s asked again: %d", path, again.Code)
		}
	}
	var feed struct {
		Entries []struct {
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(ask(m, http.MethodGet, "/alerts/feed.atom", "", nil).Body.Bytes(), &feed); err != nil || len(feed.Entries) != 1 {
		t.Errorf("%v %+v", err, feed)
	}
}

func TestAnAdvisoryIsForWhoeverReceivedTheAlert(t *testing.T) {
	m := matrixOf(t)
	elsewhere := worded("For the neighbour")
	elsewhere.Audience.Organisations = []organisation.Code{"ZZ2"}
	ids := issues(t, m, worded("For all"), elsewhere)
	for _, c := range []struct {
		claim, who string
		id         alert.ID
		want       int
	}{
		{"a trust that received it", "leila.brandt", ids[0], http.StatusOK},
		{"a trust that did not", "leila.brandt", ids[1], http.StatusNotFound},
		{"a publisher", "helen.marsh", ids[1], http.StatusOK},
		{"a regulator", "samir.devlin", ids[1], http.StatusOK},
		{"one that is not there", "helen.marsh", "nothing", http.StatusNotFound},
	} {
		t.Run(c.claim, func(t *testing.T) {
			answer := ask(m, http.MethodGet, "/alerts/"+string(c.id)+"/advisory.json", "token of "+c.who, nil)
			if answer.Code != c.want {
				t.Fatalf("answered %d: %s", answer.Code, answer.Body)
			}
			if c.want != http.StatusOK {
				return
			}
			read, err := exchange.Read(answer.Body)
			if err != nil || len(read.Drafts) != 1 || !strings.HasPrefix(answer.Header().Get("Content-Disposition"), `attachment; filename="cc-`) {
				t.Errorf("%v %+v %s", err, read, answer.Header())
			}
		})
	}
}

func TestTablesAndCalendarsOfAnswers(t *testing.T) {
	m := matrixOf(t)
	formula := worded("=cmd|'/C calc'!A0")
	ids := issues(t, m, formula)
	for path, want := range map[string]string{
		"/organisations/ZZ1/alerts/responses.csv":        ",'=cmd|'/C calc'!A0,High,Normal,",
		"/alerts/" + string(ids[0]) + "/responses.csv":   ",ZZ1,CC-",
		"/organisations/ZZ1/alerts/deadlines.ics":        ": answer by now – =cmd|'/C calc'!A0",
		"/organisations/ZZ1/alerts/deadlines.ics?page=9": "BEGIN:VCALENDAR\r\n",
	} {
		answer := ask(m, http.MethodGet, path, "token of helen.marsh", nil)
		body := strings.ReplaceAll(answer.Body.String(), "\r\n ", "")
		if answer.Code != http.StatusOK || !strings.Contains(body, want) || !strings.HasPrefix(answer.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %s\n%s", path, answer.Code, answer.Header(), body)
		}
	}
}

func TestAnOrganisationThatIsNotThereHasNoTable(t *testing.T) {
	m := matrixOf(t)
	for _, path := range []string{"/organisations/ZZ9/alerts/responses.csv", "/organisations/x%22y/alerts/responses.csv", "/organisations/ZZ9/alerts/deadlines.ics", "/alerts/nothing/responses.csv"} {
		if answer := ask(m, http.MethodGet, path, "token of samir.devlin", nil); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Header())
		}
	}
}

// part is one part of a form: a file where it has a file's name.
type part struct{ name, file, text string }

func bring(t *testing.T, m matrix, parts ...part) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		create := func() (io.Writer, error) { return form.CreateFormField(p.name) }
		if p.file != "" {
			create = func() (io.Writer, error) { return form.CreateFormFile(p.name, p.file) }
		}
		w, err := create()
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "/alerts/import", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: "token of helen.marsh"})
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	return answer
}

func TestAPublisherChecksAFileAndImportsIt(t *testing.T) {
	m := matrixOf(t)
	file := func(summary string) string {
		text, err := json.Marshal(summary)
		if err != nil {
			t.Fatal(err)
		}
		return `{"total": 9, "items": [{"threatId": "CC-9763", "publishedDate": 1541030400000, "basePath": "https://digital.example/x", "title": "A flaw in everything", "summary": ` + string(text) + `}]}`
	}
	sound := part{"file", "listing.json", file("<p>Bad <script>alert(1)</script></p>")}
	drafts := func() int {
		return strings.Count(ask(m, http.MethodGet, "/alerts/imported", "token of helen.marsh", nil).Body.String(), "A flaw in everything")
	}
	for _, c := range []struct {
		claim string
		parts []part
		code  int
		says  string
		kept  bool
	}{
		{"nothing", nil, http.StatusUnprocessableEntity, "Choose a file", false},
		{"no choice", []part{sound}, http.StatusUnprocessableEntity, "Select what you want to do", false},
		{"no file", []part{{"what", "", "check"}}, http.StatusUnprocessableEntity, "Choose a file", false},
		{"a damaged file", []part{{"what", "", "import"}, {"file", "a.json", strings.Replace(sound.text, "CC-9763", "CC-=1", 1)}}, http.StatusUnprocessableEntity, "items 1, threatId: this must be a number such as CC-1234.", false},
		{"no JSON", []part{{"what", "", "import"}, {"file", "a.json", "hello"}}, http.StatusUnprocessableEntity, "Line 1: this is not JSON", false},
		{"a large file", []part{{"what", "", "import"}, {"file", "a.json", strings.Repeat(" ", exchange.FileLimit+1)}}, http.StatusUnprocessableEntity, "larger than 16 MB", false},
		{"a larger one", []part{{"what", "", "import"}, {"file", "a.json", strings.Repeat(" ", exchange.FileLimit+2<<20)}}, http.StatusUnprocessableEntity, "larger than 16 MB", false},
		{"a part the page does not have", []part{{"what", "", "import"}, {"role", "", "1"}, sound}, http.StatusBadRequest, "", false},
		{"two files", []part{{"what", "", "import"}, sound, sound}, http.StatusBadRequest, "", false},
		{"a check", []part{{"what", "", "check"}, sound}, http.StatusOK, "the listing has 9 alerts, and this page of it has 1.", false},
		{"an import", []part{sound, {"what", "", "import"}}, http.StatusSeeOther, "", true},
		{"the same again", []part{{"what", "", "import"}, sound}, http.StatusSeeOther, "", true},
		{"a check of what is there", []part{{"what", "", "check"}, sound}, http.StatusOK, "Here already, word for word", true},
	} {
		t.Run(c.claim, func(t *testing.T) {
			answer := bring(t, m, c.parts...)
			if body := answer.Body.String(); answer.Code != c.code || !strings.Contains(body, c.says) || strings.Contains(body, "<script>alert") {
				t.Errorf("answered %d:\n%s", answer.Code, body[max(0, strings.Index(body, "<main")):])
			}
			if n := drafts(); (n > 0) != c.kept {
				t.Errorf("%d drafts on the list", n)
			}
		})
	}
}

// TestAlertsAndPastAnswersComeInByCommand brings in the published files as an
// operator does.
func TestAlertsAndPastAnswersComeInByCommand(t *testing.T) {
	kev, nhs, csaf, etr := reference(t, "data/kev/known_exploited_vulnerabilities.json"), reference(t, "data/nhs-cyber-alerts/cyberalert-page-sample-2021.json"),
		reference(t, "data/csaf/bsi-2022-0001.json"), reference(t, "data/ods/etr-2025.csv")
	folder := t.TempDir()
	m := moved{t: t, env: []string{prefix + "BASE_URL=http://localhost:8080", prefix + "DATABASE=sqlite:" + filepath.Join(folder, "portal.db"), prefix + "BLOBS=file:" + filepath.Join(folder, "blobs"), actKey(t)}}
	m.does("migrate")
	m.does("import", "organisations", etr)
	m.says("Nothing was changed. An import would do this:\n1404 added as drafts", "import", "alerts", kev, "--dry-run")
	m.says("This is the catalogue of known exploited vulnerabilities.\n1404 added as drafts, 0 renewed, 0 unchanged, 0 left alone\n", "import", "alerts", kev)
	m.says("0 added as drafts, 0 renewed, 1404 unchanged, 0 left alone\n", "import", "alerts", kev)
	m.says("CVE-2021-34527 was due on 20 July 2021, before it was added on 3 November 2021.", "import", "alerts", kev)
	m.says("This is an NHS cyber alert listing.\n10 added as drafts", "import", "alerts", nhs)
	m.says("This is a CSAF 2.0 advisory.\n1 added as drafts", "import", "alerts", csaf)
	past := filepath.Join(folder, "past.csv")
	const rows = "alert,title,severity,issued_at,answer_due,action_due,ods_code,acknowledged_at,acknowledged_by,applicability,applied_at,outcome,closed_at\n" +
		"CC-0041,Old flaw,high,2026-03-01T09:00:00Z,2026-03-03T09:00:00Z,2026-03-15T09:00:00Z,R0A,2026-03-01T10:00:00Z,Ada Quill,all,2026-03-02T09:00:00Z,fixed,2026-03-10T09:00:00Z\n"
	write := func(text string) {
		if err := os.WriteFile(past, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(rows)
	m.says("Nothing was changed. An import would do this:\n1 past alerts added, 1 answers added", "import", "responses", past, "--dry-run")
	m.says("1 past alerts added, 1 answers added, 0 answers unchanged", "import", "responses", past)
	m.says("0 past alerts added, 0 answers added, 1 answers unchanged", "import", "responses", past)
	for _, c := range []struct{ what, file, text, says string }{
		{"responses", past, strings.ReplaceAll(rows, "R0A", "ZZZ"), "Line 2, column 7: there is no organisation ZZZ."},
		{"responses", past, strings.ReplaceAll(rows, "high", "grave"), `Line 2, column 3: "grave" is none of high, medium and low.`},
		{"alerts", past, `{"items": [{"threatId": 7}]}`, "items 1, threatId: this must be a text."},
	} {
		write(c.text)
		var out, errs bytes.Buffer
		if code := run([]string{"import", c.what, c.file}, m.env, &out, &errs); code != exitFound || !strings.Contains(out.String(), c.says) || !strings.Contains(errs.String(), "was refused whole, nothing was imported") {
			t.Errorf("exit %d\n%s%s", code, &out, &errs)
		}
	}
}

package handler

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/organisation"
)

// everywhere puts one text into every field an imported alert has.
func everywhere(text string) alert.Draft {
	return alert.Draft{Title: text, Severity: alert.High, Class: alert.Normal, ThreatType: text, Categories: []string{text}, Vectors: []string{text}, Why: text, Indicators: text, Public: true,
		Steps: []alert.Step{{Kind: "Patch", Text: text, Link: "https://maker.example/"}}, Platforms: []alert.Platform{{Name: text, Text: text, Versions: []string{text}}}, CVEs: []alert.CVE{{ID: "CVE-2026-0001", Text: text}},
		Sources: []string{"https://maker.example/"}}
}

var feedIssued = time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)

func sent(d alert.Draft) alert.Alert {
	return alert.Alert{ID: "0199", Number: 42, Draft: d, State: alert.Issued, Approval: &alert.Approval{By: "p", At: feedIssued}, AnswerDue: feedIssued.Add(alert.AnswerWindow), ActionDue: feedIssued.Add(alert.ActionWindow)}
}

var publisher = exchange.Publisher{Name: "Countersign", Base: &url.URL{Scheme: "https", Host: "countersign.example"}}

// elements reads a feed as a program would and counts every element and
// attribute in it: words of an alert must add none.
func elements(t *testing.T, feed []byte) map[string]int {
	t.Helper()
	found := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(feed))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		} else if err != nil {
			t.Fatalf("%v in %s", err, feed)
		}
		switch token := token.(type) {
		case xml.StartElement:
			found[token.Name.Local]++
			for _, a := range token.Attr {
				found[token.Name.Local+" "+a.Name.Local]++
				if a.Name.Local == "href" && !webLink(a.Value) {
					t.Errorf("a link to %q", a.Value)
				}
				if a.Name.Local == "type" && strings.Contains(a.Value, "html") {
					t.Errorf("a text of type %q", a.Value)
				}
			}
		case xml.Directive:
			t.Errorf("a directive in %s", feed)
		case xml.Comment:
			t.Errorf("a comment in %s", feed)
		}
	}
}

// TestT24HostileTextsAreInertWhereverAlertsLeave puts each hostile text into
// every field of an alert, and reads what leaves as its reader does.
func TestT24HostileTextsAreInertWhereverAlertsLeave(t *testing.T) {
	harmless, err := exchange.Atom(publisher, []exchange.Entry{{Alert: sent(everywhere("Harmless")), Plain: "Harmless"}})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(elements(t, harmless))
	for _, text := range hostile(t) {
		a := sent(everywhere(text))
		entries := []exchange.Entry{{Alert: a, Plain: plainText(text)}}
		feed, err := exchange.Atom(publisher, entries)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(elements(t, feed)); got != want {
			t.Errorf("%q made the feed %s, not %s", text, got, want)
		}
		whole, err := exchange.JSON(publisher, entries)
		if err != nil {
			t.Fatal(err)
		}
		advised, err := exchange.Advisory(publisher, a, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range [][]byte{whole, advised} {
			if !json.Valid(document) || bytes.ContainsAny(document, "<>") {
				t.Errorf("%q leaves as %s", text, document)
			}
		}
		calendar := exchange.Calendar(text, []exchange.Deadline{{ID: "1", At: feedIssued, Since: feedIssued, Title: text, Link: "https://a.example/"}})
		if n := bytes.Count(append([]byte("\r\n"), calendar...), []byte("\r\nBEGIN:")); n != 2 || bytes.Contains(calendar, []byte("\nBcc")) {
			t.Errorf("%q leaves as %q", text, calendar)
		}
	}
}

// TestT24HostileSummariesAreInertOnceImported brings each hostile text in by
// every format, as the summary another body wrote.
func TestT24HostileSummariesAreInertOnceImported(t *testing.T) {
	for _, text := range hostile(t) {
		quoted, err := json.Marshal(strings.ToValidUTF8(text, "?"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{
			`{"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2026-1234", "vendorProject": "Maker", "product": %s, "vulnerabilityName": "A flaw %[1]s", "dateAdded": "2026-01-02", "shortDescription": "x %[1]s", "requiredAction": "x %[1]s", "dueDate": "2026-01-23", "knownRansomwareCampaignUse": "Unknown", "notes": %[1]s}]}`,
			`{"items": [{"threatId": "CC-2763", "publishedDate": 1541030400000, "basePath": "https://digital.example/x", "title": "A flaw %[1]s", "summary": %[1]s}]}`,
			`{"document": {"category": "csaf_base", "csaf_version": "2.0", "title": "A flaw %[1]s", "notes": [{"category": "summary", "text": "x %[1]s"}, {"category": "summary", "title": "Why it matters (Markdown)", "text": "x %[1]s"}], "references": [{"summary": "x", "url": %[1]s}], "publisher": {"category": "vendor", "name": "Maker", "namespace": "https://maker.example"},
				"tracking": {"id": "M-1", "status": "final", "version": "1", "initial_release_date": "2026-01-02T03:04:05Z", "current_release_date": "2026-01-02T03:04:05Z", "revision_history": [{"date": "2026-01-02T03:04:05Z", "number": "1", "summary": "First"}]}}}`,
		} {
			inner := strings.Trim(string(quoted), `"`)
			file = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(file, ` %[1]s"`, " "+inner+`"`), "%[1]s", string(quoted)), "%s", string(quoted))
			read, err := exchange.Read(strings.NewReader(file))
			if err != nil {
				if strings.Contains(err.Error(), "not JSON") {
					t.Fatalf("the test's own file is damaged: %v in %s", err, file)
				}
				continue // refused is as good
			}
			d := read.Drafts[0]
			inert(t, shown(t, d.Why), allowed)
			for _, said := range []string{d.Title, d.Steps[0].Text, plainText(d.Why)} {
				if strings.ContainsFunc(said, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }) {
					t.Errorf("%q is said as %q", text, said)
				}
			}
			for _, source := range d.Sources {
				if !webLink(source) {
					t.Errorf("%q became the source %q", text, source)
				}
			}
		}
	}
}

// cells reads a table and refuses whatever a spreadsheet would run.
func cells(t *testing.T, table []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.TrimLeft(cell, " ") != "" && strings.ContainsAny(strings.TrimLeft(cell, " ")[:1], "=+-@\t\r\n") {
				t.Errorf("the cell %q", cell)
			}
		}
	}
	return rows
}

func TestT68HostileTextsAreTextInTables(t *testing.T) {
	for _, text := range hostile(t) {
		r := alert.Titled{Number: 42, Title: text, Severity: alert.High, Class: alert.Normal, Response: alert.Response{Organisation: organisation.Code(text), IssuedAt: feedIssued, AnswerDue: feedIssued, ActionDue: feedIssued,
			Acknowledged: &alert.Acknowledgement{By: text, At: feedIssued}, Applicability: alert.DoesNotApply, HowKnown: []string{text}, Outcome: alert.CannotFix, Reason: text, Cover: text}}
		rows := cells(t, responsesCSV([]alert.Titled{r}, map[organisation.Code]string{organisation.Code(text): text}, feedIssued))
		if len(rows) != 2 || len(rows[1]) != len(rows[0]) {
			t.Errorf("%q made %d rows", text, len(rows))
		}
	}
}

func TestATableGivesTheVerdictsOfThePages(t *testing.T) {
	due := feedIssued.Add(alert.AnswerWindow)
	base := alert.Response{Organisation: "RXH", IssuedAt: feedIssued, AnswerDue: due, ActionDue: feedIssued.Add(alert.ActionWindow)}
	answered := func(at time.Time) alert.Response {
		r := base
		r.Acknowledged, r.Applicability, r.AppliedAt = &alert.Acknowledgement{By: "Ada", At: at}, alert.AppliesToAll, at
		return r
	}
	stopped := base
	stopped.StoppedAt = feedIssued.Add(time.Hour)
	for _, c := range []struct {
		claim          string
		r              alert.Response
		now            time.Time
		status, inTime string
	}{
		{"not due yet", base, due.Add(-1), "Not acknowledged", "Not due yet"},
		{"the deadline itself is late", base, due, "Late", "No"},
		{"in time", answered(due.Add(-1)), due, "In progress", "Yes"},
		{"answered at the deadline", answered(due), due, "Answered late", "No"},
		{"withdrawn before it was due", stopped, due, "Withdrawn", "Not owed"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			rows := cells(t, responsesCSV([]alert.Titled{{Response: c.r, Number: 1, Title: "T", Severity: alert.High, Class: alert.Normal}}, nil, c.now))
			got := map[string]string{}
			for i, name := range rows[0] {
				got[name] = rows[1][i]
			}
			if got["Status"] != c.status || got["Answered in time"] != c.inTime || got["Status"] != string(c.r.Standing(c.now)) || got["Answer due"] != "2026-03-30T23:30:00Z" {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestACalendarListsWhatIsOwed(t *testing.T) {
	base := alert.Response{Alert: "a1", IssuedAt: feedIssued, AnswerDue: feedIssued.Add(alert.AnswerWindow), ActionDue: feedIssued.Add(alert.ActionWindow)}
	answered := base
	answered.Alert, answered.Acknowledged, answered.Applicability, answered.AppliedAt = "a2", &alert.Acknowledgement{By: "Ada", At: feedIssued}, alert.AppliesToAll, feedIssued
	answered.Renewal = &alert.Renewal{Edition: 2, Due: feedIssued.Add(time.Hour)}
	accepted := base
	accepted.Alert, accepted.Acknowledged, accepted.Applicability, accepted.AppliedAt = "a3", answered.Acknowledged, alert.AppliesToAll, feedIssued
	accepted.AcceptedUntil = feedIssued.Add(40 * 24 * time.Hour)
	h := Exchange{Site: Site{BaseURL: publisher.Base}}
	var got []string
	for _, d := range h.calendar("RXH", []alert.Titled{{Response: base, Number: 1, Title: "One"}, {Response: answered, Number: 2, Title: "Two", Rehearsal: true}, {Response: accepted, Number: 3, Title: "Three"}}) {
		got = append(got, d.ID+" "+d.At.Format(time.RFC3339)+" "+d.Title+" "+d.Link)
	}
	want := []string{
		"a2-RXH-answer-2@countersign.example 2026-03-29T00:30:00Z Rehearsal CC-0002: answer again by now – Two https://countersign.example/organisations/RXH/alerts/a2",
		"a1-RXH-answer@countersign.example 2026-03-30T23:30:00Z CC-0001: answer by now – One https://countersign.example/organisations/RXH/alerts/a1",
		"a1-RXH-action@countersign.example 2026-04-11T23:30:00Z CC-0001: fix by now – One https://countersign.example/organisations/RXH/alerts/a1",
		"a2-RXH-action@countersign.example 2026-04-11T23:30:00Z Rehearsal CC-0002: fix by now – Two https://countersign.example/organisations/RXH/alerts/a2",
		"a3-RXH-accepted@countersign.example 2026-05-07T23:30:00Z CC-0003: the accepted risk runs out – Three https://countersign.example/organisations/RXH/alerts/a3",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// open is the public feed of one alert.
type open struct{ alerts []alert.Alert }

func (o open) Public(context.Context, access.Actor, int) ([]alert.Alert, error) { return o.alerts, nil }

func feedOf(alerts ...alert.Alert) Exchange {
	return Exchange{Site: Site{Name: "Countersign", BaseURL: publisher.Base}, Feed: open{alerts}}
}

func TestAFeedIsAnsweredInALineWhenNothingChanged(t *testing.T) {
	h := feedOf(sent(everywhere("Harmless")))
	ask := func(h Exchange, tag string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodGet, "/alerts/feed.atom", nil)
		request.Header.Set("If-None-Match", tag)
		answer := httptest.NewRecorder()
		if err := h.atom(echo.New().NewContext(request, answer)); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	first := ask(h, "")
	tag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || tag == "" || !strings.Contains(first.Body.String(), "CC-0042") {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	for _, same := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		if again := ask(h, same); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("asked with %s: %d", same, again.Code)
		}
	}
	if changed := ask(feedOf(sent(everywhere("Other words"))), tag); changed.Code != http.StatusOK {
		t.Errorf("other words: %d", changed.Code)
	}
}

package handler

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/layout/layouttest"
)

// importedPage is the desk with some drafts on it, one from each list.
func importedPage(n int) templ.Component {
	var drafts []alert.Alert
	for _, o := range []alert.Origin{{Kind: "kev", Reference: "CVE-2026-1000"}, {Kind: "nhs", Reference: "CC-4100"}, {Kind: "csaf", Reference: "https://maker.example 2026-1"}}[:n] {
		drafts = append(drafts, alert.Alert{ID: alert.ID("al_" + o.Kind), DraftedAt: alertSent, Draft: alert.Draft{Title: "A flaw in <Pellar>", Origin: o}})
	}
	if n > 0 {
		drafts[0].Draft.CVEs = []alert.CVE{{ID: "CVE-2026-1000"}}
	}
	page := importedView(drafts, n, "", "")
	page.Page, page.Import = frame("Imported drafts"), "/alerts/import"
	return alertview.ImportedPage(page)
}

func TestImportedDrafts(t *testing.T) {
	publisher := holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National)
	regulator := holder("samir", "Samir Devlin", access.Regulator, organisation.National)
	for name, test := range map[string]struct {
		who  access.Actor
		at   string
		code int
		rows int
		says []string
	}{
		"the first page":              {publisher, "/alerts/imported", 200, 50, []string{"120 imported drafts wait.", "Flaw &lt;0&gt;", "/alerts/imported?after=al_049", "CVE-2026-1000, CVE-2026-1001 and 1 more"}},
		"the last page":               {publisher, "/alerts/imported?after=al_099", 200, 20, []string{"Flaw &lt;119&gt;", `href="/alerts/imported"`}},
		"a search, kept over pages":   {publisher, "/alerts/imported?search=a%26b++c", 200, 50, []string{"120 imported drafts have these words.", `value="a&amp;b c"`, "/alerts/imported?after=al_049&amp;search=a%26b+c", "Show every imported draft"}},
		"a search that finds nothing": {publisher, "/alerts/imported?search=log4j", 200, 0, []string{"No imported draft has these words.", "Try fewer words", `value="log4j"`}},
		"a regulator reads no drafts": {regulator, "/alerts/imported", 403, 0, nil},
		"nobody reads none":           {access.Actor{}, "/alerts/imported", 401, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(t, &stubAlerts{scene: sceneAt(alertSent.Add(time.Hour), nil)}, test.who, "GET", test.at, nil)
			body := answer.Body.String()
			if answer.Code != test.code || strings.Count(body, `href="/alerts/al_`) != test.rows {
				t.Fatalf("%d with %d rows", answer.Code, strings.Count(body, `href="/alerts/al_`))
			}
			for _, words := range test.says {
				if !strings.Contains(body, words) {
					t.Errorf("does not say %q", words)
				}
			}
			if answer.Code == http.StatusOK {
				layouttest.Check(t, body)
			}
		})
	}
}

func TestListOfAlertsOnlyCountsImportedDrafts(t *testing.T) {
	body := ask(t, &stubAlerts{scene: sceneAt(alertSent.Add(time.Hour), nil)}, holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National), "GET", "/alerts", nil).Body.String()
	if !strings.Contains(body, `120 imported drafts wait. <a class="nhsuk-link" href="/alerts/imported">See them</a>`) || strings.Contains(body, "Flaw") {
		t.Error("the list does not say how many imported drafts wait, or names them")
	}
}

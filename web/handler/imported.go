package handler

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/web/session"
)

// importedPath is where drafts wait that nobody has touched since an import.
const importedPath = "/alerts/imported"

// importedPerPage is how many of them a page shows: a catalogue brings
// thousands.
const importedPerPage = 50

func (h Alerts) imported(c echo.Context) error {
	who := session.Who(c)
	search, after := strings.Join(strings.Fields(c.QueryParam("search")), " "), c.QueryParam("after")
	drafts, all, err := h.Alerts.Imported(c.Request().Context(), who, search, alert.ID(after), importedPerPage+1)
	if err != nil {
		return err
	}
	page := importedView(drafts, all, search, after)
	page.Page = h.page(c, "Imported drafts – Alerts")
	page.Wide, page.Back = true, backLink("/alerts", "Alerts")
	if access.May(who, access.ImportAlerts, organisation.National) {
		page.Import = "/alerts/import"
	}
	return render(c, http.StatusOK, alertview.ImportedPage(page))
}

// importedView is given one draft more than it shows, to know whether there is
// another page.
func importedView(drafts []alert.Alert, all int, search, after string) alertview.Imported {
	page := alertview.Imported{Search: search, Lead: importedWait(all), Empty: "A draft appears here when an import brings it in, and leaves when someone changes it."}
	query := url.Values{}
	if search != "" {
		query.Set("search", search)
		page.All, page.Lead, page.Empty = importedPath, plural(all, "imported draft")+" "+choose(all, "has", "have")+" these words.", "Try fewer words, or the beginning of a CVE."
	}
	if all == 0 {
		page.Lead = "No imported draft waits."
		if search != "" {
			page.Lead = "No imported draft has these words."
		}
	}
	if after != "" {
		page.First = at(importedPath, query)
	}
	if len(drafts) > importedPerPage {
		drafts = drafts[:importedPerPage]
		query.Set("after", string(drafts[len(drafts)-1].ID))
		page.Next = at(importedPath, query)
	}
	for _, a := range drafts {
		page.Rows = append(page.Rows, alertview.ImportedRow{Title: a.Draft.Title, Href: nationalPath(a.ID), From: sentenceCase(strings.TrimPrefix(strings.TrimPrefix(originWord(a.Draft.Origin), "the catalogue of "), "the ")), CVEs: cvesWord(a.Draft.CVEs), Imported: dayWord(a.DraftedAt)})
	}
	return page
}

// at is an address with a question, or without one.
func at(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// importedWait says that imported drafts wait; nothing when none does.
func importedWait(n int) string {
	if n == 0 {
		return ""
	}
	return plural(n, "imported draft") + " " + choose(n, "waits", "wait") + "."
}

// originWord says whose list a draft came from.
func originWord(o alert.Origin) string {
	switch o.Kind {
	case "kev":
		return "the catalogue of known exploited vulnerabilities"
	case "nhs":
		return "the NHS listing, " + o.Reference
	case "csaf":
		return "a CSAF advisory, " + o.Reference
	}
	return "another list"
}

// cvesShown is how many CVEs a row names.
const cvesShown = 2

func cvesWord(cves []alert.CVE) string {
	var ids []string
	for _, each := range cves {
		ids = append(ids, each.ID)
	}
	if len(ids) == 0 {
		return "None named"
	}
	if n := len(ids) - cvesShown; n > 0 {
		return strings.Join(ids[:cvesShown], ", ") + " and " + number(n) + " more"
	}
	return strings.Join(ids, ", ")
}

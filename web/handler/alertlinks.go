package handler

import (
	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/views/layout"
)

// The lists at the end of pages about alerts: what can be taken away from
// them, and where alerts come in. A link that would be refused is left out.

// exchangeLinks are those of the national list.
func exchangeLinks(who access.Actor) []layout.Link {
	var links []layout.Link
	if access.May(who, access.ImportAlerts, organisation.National) {
		links = append(links, layout.Link{Text: "Import alerts", Href: "/alerts/import"})
	}
	if access.May(who, access.ReadContacts, organisation.National) {
		links = append(links, layout.Link{Text: "Contacts", Href: healthPath})
	}
	return append(links, layout.Link{Text: "Public feed (Atom)", Href: "/alerts/feed.atom"}, layout.Link{Text: "Public feed (JSON)", Href: "/alerts/feed.json"})
}

// alertDownloads are those of an issued alert, for national readers.
func alertDownloads(who access.Actor, id alert.ID) []layout.Link {
	var links []layout.Link
	if access.May(who, access.ReadAllResponses, organisation.National) {
		links = append(links, layout.Link{Text: "Download every answer (CSV)", Href: nationalPath(id) + "/responses.csv"})
	}
	return append(links, advisoryLink(id))
}

func advisoryLink(id alert.ID) layout.Link {
	return layout.Link{Text: "Download this alert (CSAF)", Href: nationalPath(id) + "/advisory.json"}
}

// answerDownloads are those of an organisation's own list.
func answerDownloads(org organisation.Code) []layout.Link {
	path := organisationPath(org) + "/alerts"
	return []layout.Link{{Text: "Download your answers (CSV)", Href: path + "/responses.csv"}, {Text: "Add these deadlines to your calendar", Href: path + "/deadlines.ics"}}
}

package exchange

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"countersign/internal/alert"
)

// kev reads the catalogue of known exploited vulnerabilities of the United
// States' Cybersecurity and Infrastructure Security Agency. Every entry is
// being exploited, so every draft is of high severity.
func (r *reading) kev(root *node) {
	r.text(root, "catalogVersion", true)
	entries := r.objects(root, "vulnerabilities", true)
	if count, ok := r.whole(root, "count"); ok && count != int64(len(entries)) {
		r.note("count", fmt.Sprintf("the file says %d and has %d entries.", count, len(entries)))
	}
	for _, n := range entries {
		before := len(r.problems)
		d := r.kevEntry(n)
		if len(r.problems) == before {
			r.add(n, "cveID", d)
		}
	}
}

func (r *reading) kevEntry(n *node) alert.Draft {
	cve := r.text(n, "cveID", true)
	name := line(r.text(n, "vulnerabilityName", true))
	vendor, product := line(r.text(n, "vendorProject", true)), line(r.text(n, "product", true))
	d := alert.Draft{Title: cut(name, alert.TitleLimit), Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability",
		CVEs:      []alert.CVE{{ID: cve}},
		Platforms: []alert.Platform{{Name: cut(vendor+" "+product, alert.LineLimit)}},
		Steps:     []alert.Step{{Kind: "Action", Text: cut(line(r.text(n, "requiredAction", true)), alert.LineLimit)}},
		Origin:    alert.Origin{Reference: cve}}
	why := []string{markdown(r.text(n, "shortDescription", true))}
	if d.Title != name {
		why = append([]string{markdown(name)}, why...)
		r.note(within(n.place(), "vulnerabilityName"), "the title of "+clip(cve)+" was cut to 80 characters; the whole of it stands first in why it matters.")
	}
	switch r.text(n, "knownRansomwareCampaignUse", true) {
	case "Known":
		d.Categories = []string{"Ransomware"}
		why = append(why, "It is known to be used in ransomware campaigns.")
	case "Unknown":
	default:
		r.wrong(within(n.place(), "knownRansomwareCampaignUse"), "this must be Known or Unknown.")
	}
	why = append(why, r.kevDates(n, cve))
	words, links := addresses(r.text(n, "notes", false))
	if words != "" {
		why = append(why, markdown(words))
	}
	if weaknesses := r.texts(n, "cwes"); len(weaknesses) > 0 {
		why = append(why, "Weaknesses: "+markdown(line(strings.Join(weaknesses, ", "))))
	}
	d.Why, d.Sources = cut(strings.Join(why, "\n\n"), alert.TextLimit), links
	return d
}

// kevDates tells when the entry was added and what the agency asks of its own
// side. Fifteen entries of 2021 were due before they were added: the catalogue
// took over older directives. That is said, not refused.
func (r *reading) kevDates(n *node, cve string) string {
	added, due := r.day(n, "dateAdded"), r.day(n, "dueDate")
	if !due.IsZero() && due.Before(added) {
		r.note(within(n.place(), "dueDate"), clip(cve)+" was due on "+written(due)+", before it was added on "+written(added)+".")
	}
	return "In the catalogue of known exploited vulnerabilities since " + written(added) + ". Federal agencies of the United States had until " + written(due) + "."
}

var address = regexp.MustCompile(`https?://[^\s;<>"'` + "`" + `]+`)

// addresses parts the web addresses in a text from its other words. Each is
// given once.
func addresses(text string) (words string, links []string) {
	text = visible(text)
	seen := map[string]bool{}
	for _, found := range address.FindAllString(text, -1) {
		found = strings.TrimRight(found, ".,:)]")
		if found = link(found); found != "" && !seen[found] && len(links) < alert.ListLimit {
			seen[found] = true
			links = append(links, found)
		}
	}
	if strings.Trim(address.ReplaceAllString(text, ""), " ;,.\n") == "" {
		return "", links
	}
	return line(text), links
}

// londonDay writes the day of an instant as people in the United Kingdom had
// it.
func londonDay(at time.Time) string { return written(at.In(london)) }

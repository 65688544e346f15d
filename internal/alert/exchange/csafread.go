package exchange

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/internal/alert"
)

// Titles of the notes that carry, in an advisory of ours, what CSAF has no
// field for. An advisory of anybody else may use them too: it only says how its
// words are meant.
const (
	noteWhy        = "Why it matters (Markdown)"
	noteIndicators = "Indicators of compromise (Markdown)"
	noteThreat     = "Kind of threat"
	noteCategories = "Categories"
	noteVectors    = "Ways in"
	noteClass      = "Class"
	noteRehearsal  = "Rehearsal"
	notePlatform   = "About " // and the platform's name
	noteStatus     = "Status of the CVE"
	notePart       = "About this entry"
)

// notSaid stands for a kind of threat the author left open. Without the note an
// advisory is taken to be about a vulnerability, as nearly all are.
const notSaid = "Not said"

// unnamed is the product of an alert that names none: a CSAF vulnerability must
// affect something.
const unnamed = "NOT-NAMED"

var (
	publishers  = []string{"coordinator", "discoverer", "other", "translator", "user", "vendor"}
	noteKinds   = []string{"description", "details", "faq", "general", "legal_disclaimer", "other", "summary"}
	remedies    = []string{"mitigation", "no_fix_planned", "none_available", "vendor_fix", "workaround"}
	csafVersion = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$|^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})([-+][0-9A-Za-z.+-]{1,100})?$`)
)

// csaf reads an advisory of the Common Security Advisory Framework 2.0. What
// the standard requires is required here, of every part that is read.
func (r *reading) csaf(root *node) {
	document := r.object(root, "document", true)
	title := line(r.text(document, "title", true))
	r.text(document, "category", true)
	if version := r.text(document, "csaf_version", true); version != "" && version != "2.0" {
		r.wrong(within(document.place(), "csaf_version"), "only version 2.0 is read.")
	}
	d := alert.Draft{Title: cut(strings.TrimPrefix(title, rehearsalMark), alert.TitleLimit), Class: alert.Normal, ThreatType: "Vulnerability",
		Origin: alert.Origin{Reference: r.csafOrigin(document)}}
	tree := r.products(r.object(root, "product_tree", false))
	vulnerabilities := r.objects(root, "vulnerabilities", false)
	notes := r.notes(document)
	why := r.document(&d, document, notes)
	if full := strings.TrimPrefix(title, rehearsalMark); d.Title != full {
		why = append([]string{markdown(full)}, why...)
		r.note(within(document.place(), "title"), "the title was cut to 80 characters; the whole of it stands first in why it matters.")
	}
	for _, n := range vulnerabilities {
		if text := r.vulnerability(&d, n, tree); len(why) == 0 && text != "" { // an advisory that explains itself only there
			why = append(why, markdown(text))
		}
	}
	if len(why) == 0 {
		why = append(why, markdown(title))
	}
	d.Why = cut(strings.Join(why, "\n\n"), alert.TextLimit)
	d.Platforms = tree.platforms(notes)
	r.severity(&d, document, vulnerabilities)
	r.bound(&d, document)
	if len(r.problems) == 0 {
		r.add(root, "document", d)
	}
}

// csafOrigin names an advisory by who published it and what they call it.
func (r *reading) csafOrigin(document *node) string {
	publisher := r.object(document, "publisher", true)
	r.text(publisher, "name", true)
	if category := r.text(publisher, "category", true); category != "" && !slices.Contains(publishers, category) {
		r.wrong(within(publisher.place(), "category"), "this is no category of CSAF.")
	}
	namespace := r.text(publisher, "namespace", true)
	if u, err := url.Parse(namespace); namespace != "" && (err != nil || u.Scheme == "" || namespace != line(namespace)) {
		r.wrong(within(publisher.place(), "namespace"), "this must be an address.")
	}
	return strings.TrimRight(namespace, "/") + "/" + r.tracking(document)
}

func (r *reading) tracking(document *node) string {
	n := r.object(document, "tracking", true)
	id := r.text(n, "id", true)
	if id != line(id) || len(id) > 200 {
		r.wrong(within(n.place(), "id"), "this must be one line of up to 200 characters.")
	}
	switch status := r.text(n, "status", true); status {
	case "final", "interim", "":
	case "draft":
		r.wrong(within(n.place(), "status"), "the advisory is a draft of its publisher.")
	default:
		r.wrong(within(n.place(), "status"), "this is no status of CSAF.")
	}
	r.moment(n, "initial_release_date")
	r.moment(n, "current_release_date")
	version := r.version(n, "version")
	history := r.objects(n, "revision_history", true)
	known := false
	for _, revision := range history {
		r.moment(revision, "date")
		r.text(revision, "summary", true)
		known = r.version(revision, "number") == version || known
	}
	if len(history) > 0 && !known && version != "" {
		r.wrong(within(n.place(), "version"), "no revision of the history has this number.")
	} else if len(history) == 0 && n.fields["revision_history"] != nil {
		r.wrong(within(n.place(), "revision_history"), "this is empty.")
	}
	return id
}

func (r *reading) version(n *node, name string) string {
	version := r.text(n, name, true)
	if version != "" && !csafVersion.MatchString(version) {
		r.wrong(within(n.place(), name), "this must be a number such as 2 or 1.4.0.")
	}
	return version
}

func (r *reading) moment(n *node, name string) {
	text := r.text(n, name, true)
	if _, err := time.Parse(time.RFC3339, text); text != "" && err != nil {
		r.wrong(within(n.place(), name), "this must be a moment such as 2026-11-25T09:00:00Z.")
	}
}

// remark is a note of an advisory.
type remark struct{ category, title, text string }

func (r *reading) notes(n *node) []remark {
	var notes []remark
	for _, each := range r.objects(n, "notes", false) {
		note := remark{category: r.text(each, "category", true), title: line(r.text(each, "title", false)), text: lines(r.text(each, "text", true))}
		if note.category != "" && !slices.Contains(noteKinds, note.category) {
			r.wrong(within(each.place(), "category"), "this is no category of CSAF.")
		}
		notes = append(notes, note)
	}
	return notes
}

// document takes what the advisory says of itself, and gives the paragraphs of
// why it matters.
func (r *reading) document(d *alert.Draft, document *node, notes []remark) []string {
	var why []string
	for _, note := range notes {
		switch note.title {
		case noteWhy:
			why = append(why, note.text)
			continue
		case noteIndicators:
			d.Indicators = cut(note.text, alert.TextLimit)
			continue
		case noteThreat:
			d.ThreatType = strings.TrimPrefix(note.text, notSaid)
			continue
		case noteCategories:
			d.Categories = strings.Split(note.text, "\n")
			continue
		case noteVectors:
			d.Vectors = strings.Split(note.text, "\n")
			continue
		case noteClass:
			d.Class = alert.Class(strings.ToLower(note.text))
			continue
		case noteRehearsal:
			d.Rehearsal = true
			continue
		}
		switch note.category {
		case "summary", "description", "details", "general":
			if !strings.HasPrefix(note.title, notePlatform) {
				why = append(why, markdown(note.text))
			}
		}
	}
	r.references(d, document)
	return why
}

// references takes the addresses of an advisory, its own first: that is where
// the newest word on it is found.
func (r *reading) references(d *alert.Draft, n *node) {
	var own, others []string
	for _, each := range r.objects(n, "references", false) {
		r.text(each, "summary", true)
		to := r.text(each, "url", true)
		found := link(to)
		switch {
		case found == "" && to != "":
			r.note(within(each.place(), "url"), "this is no web address, so it was left out.")
		case found == "" || slices.Contains(d.Sources, found):
		case r.text(each, "category", false) == "self":
			own = append(own, found)
		default:
			others = append(others, found)
		}
	}
	for _, each := range append(own, others...) {
		if !slices.Contains(d.Sources, each) {
			d.Sources = append(d.Sources, each)
		}
	}
}

// vulnerability takes the CVE and its remedies. Its own description is given
// back, for an advisory that has no other.
func (r *reading) vulnerability(d *alert.Draft, n *node, tree catalogue) string {
	cve := alert.CVE{ID: r.text(n, "cve", false)}
	r.references(d, n)
	var description string
	for _, note := range r.notes(n) {
		switch {
		case note.title == noteStatus:
			cve.Status = note.text
		case note.title == notePart:
		case description == "" && (note.category == "description" || note.category == "general" || note.category == "summary"):
			description = note.text
		}
	}
	cve.Text = cut(description, alert.LineLimit)
	if cve.ID != "" {
		d.CVEs = append(d.CVEs, cve)
	}
	if status := n.fields["product_status"]; status != nil {
		for name := range r.object(n, "product_status", false).fields {
			tree.ask(r, status, name)
		}
	}
	for _, remedy := range r.objects(n, "remediations", false) {
		r.remedy(d, remedy)
		tree.ask(r, remedy, "product_ids")
	}
	return description
}

func (r *reading) remedy(d *alert.Draft, n *node) {
	step := alert.Step{Kind: "Action", Text: cut(lines(r.text(n, "details", true)), alert.LineLimit), Link: link(r.text(n, "url", false))}
	switch category := r.text(n, "category", true); {
	case category == "vendor_fix":
		step.Kind = "Patch"
	case category == "no_fix_planned", category == "none_available":
		step.Kind = "Aware"
	case category != "" && !slices.Contains(remedies, category):
		r.wrong(within(n.place(), "category"), "this is no category of CSAF.")
	}
	if !slices.Contains(d.Steps, step) {
		d.Steps = append(d.Steps, step)
	}
}

var severityWords = map[string]alert.Severity{"critical": alert.High, "important": alert.High, "high": alert.High, "moderate": alert.Medium, "medium": alert.Medium, "low": alert.Low}

// severity takes the publisher's word, or else the highest score.
func (r *reading) severity(d *alert.Draft, document *node, vulnerabilities []*node) {
	stated := line(r.text(r.object(document, "aggregate_severity", false), "text", false))
	if d.Severity = severityWords[strings.ToLower(stated)]; d.Severity != "" {
		return
	}
	highest := 0.0
	for _, n := range vulnerabilities {
		for _, score := range r.objects(n, "scores", false) {
			for _, name := range []string{"cvss_v3", "cvss_v2"} {
				if base := r.object(score, name, false).fields["baseScore"]; base != nil {
					number, _ := base.value.(json.Number)
					value, err := number.Float64()
					if err != nil || value < 0 || value > 10 {
						r.wrong(base.place(), "this must be a number from 0 to 10.")
					}
					highest = max(highest, value)
				}
			}
		}
	}
	switch {
	case highest >= 7:
		d.Severity = alert.High
	case highest == 0 || highest >= 4:
		d.Severity = alert.Medium
	default:
		d.Severity = alert.Low
	}
	if highest == 0 {
		r.note(document.place(), "the advisory says nothing of severity that we know, so the draft has medium severity.")
	}
}

// bound keeps a long advisory within an alert's limits, and says what was left
// out. One with nothing to do gets the step to read it.
func (r *reading) bound(d *alert.Draft, document *node) {
	for _, list := range []struct {
		what string
		n    int
		cut  func()
	}{
		{"steps", len(d.Steps), func() { d.Steps = d.Steps[:alert.ListLimit] }},
		{"CVEs", len(d.CVEs), func() { d.CVEs = d.CVEs[:alert.ListLimit] }},
		{"sources", len(d.Sources), func() { d.Sources = d.Sources[:alert.ListLimit] }},
		{"affected platforms", len(d.Platforms), func() { d.Platforms = d.Platforms[:alert.ListLimit] }},
	} {
		if list.n > alert.ListLimit {
			list.cut()
			r.note(document.place(), fmt.Sprintf("the advisory has %d %s; the first 200 were kept.", list.n, list.what))
		}
	}
	if len(d.Steps) == 0 {
		step := alert.Step{Kind: "Guidance", Text: "Read the advisory and do what it says"}
		if len(d.Sources) > 0 {
			step.Link = d.Sources[0]
		}
		d.Steps = []alert.Step{step}
		r.note(document.place(), "the advisory lists nothing to do, so the draft has one step: read it.")
	}
}

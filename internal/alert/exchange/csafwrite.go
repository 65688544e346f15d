package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"countersign/internal/alert"
)

// rehearsalMark begins the title of an exercise wherever it leaves the portal.
const rehearsalMark = "Rehearsal: "

// Publisher is who an advisory is from: the service, by its name and address.
type Publisher struct {
	Name string
	Base *url.URL
}

// at gives an address of the service.
func (p Publisher) at(path string) string { return strings.TrimRight(p.Base.String(), "/") + path }

// Revision is one issued version of an alert.
type Revision struct {
	Number  int64
	At      time.Time
	Summary string
}

// The parts of a CSAF 2.0 document that an alert fills.
type (
	csafDocument struct {
		Document        csafHead            `json:"document"`
		ProductTree     csafTree            `json:"product_tree"`
		Vulnerabilities []csafVulnerability `json:"vulnerabilities"`
	}
	csafHead struct {
		Severity     csafText        `json:"aggregate_severity"`
		Category     string          `json:"category"`
		Version      string          `json:"csaf_version"`
		Distribution csafSharing     `json:"distribution"`
		Lang         string          `json:"lang"`
		Notes        []csafNote      `json:"notes"`
		Publisher    csafPublisher   `json:"publisher"`
		References   []csafReference `json:"references"`
		Title        string          `json:"title"`
		Tracking     csafTracking    `json:"tracking"`
	}
	csafText struct {
		Text string `json:"text"`
	}
	csafSharing struct {
		TLP struct {
			Label string `json:"label"`
		} `json:"tlp"`
	}
	csafNote struct {
		Category string `json:"category"`
		Text     string `json:"text"`
		Title    string `json:"title"`
	}
	csafPublisher struct {
		Category  string `json:"category"`
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	}
	csafReference struct {
		Category string `json:"category"`
		Summary  string `json:"summary"`
		URL      string `json:"url"`
	}
	csafTracking struct {
		Current  string         `json:"current_release_date"`
		ID       string         `json:"id"`
		Initial  string         `json:"initial_release_date"`
		Revision []csafRevision `json:"revision_history"`
		Status   string         `json:"status"`
		Version  string         `json:"version"`
	}
	csafRevision struct {
		Date    string `json:"date"`
		Number  string `json:"number"`
		Summary string `json:"summary"`
	}
	csafTree struct {
		Branches []csafBranch  `json:"branches,omitempty"`
		Products []csafProduct `json:"full_product_names,omitempty"`
	}
	csafBranch struct {
		Branches []csafBranch `json:"branches,omitempty"`
		Category string       `json:"category"`
		Name     string       `json:"name"`
		Product  *csafProduct `json:"product,omitempty"`
	}
	csafProduct struct {
		Name string `json:"name"`
		ID   string `json:"product_id"`
	}
	csafVulnerability struct {
		CVE      string       `json:"cve,omitempty"`
		Notes    []csafNote   `json:"notes"`
		Status   csafStatus   `json:"product_status"`
		Remedies []csafRemedy `json:"remediations,omitempty"`
		Title    string       `json:"title,omitempty"`
	}
	csafStatus struct {
		Affected []string `json:"known_affected"`
	}
	csafRemedy struct {
		Category string   `json:"category"`
		Details  string   `json:"details"`
		Products []string `json:"product_ids"`
		URL      string   `json:"url,omitempty"`
	}
)

// Advisory writes an issued alert as a CSAF 2.0 security advisory, with its
// versions as the revision history, oldest first. Whom it was for is not in it,
// and nor is any organisation's answer. The same alert gives the same bytes.
func Advisory(from Publisher, a alert.Alert, history []Revision) ([]byte, error) {
	if a.Approval == nil {
		return nil, fmt.Errorf("alert %s is not issued: there is no advisory of a draft", a.ID)
	}
	if len(history) == 0 {
		history = []Revision{{Number: 1, At: a.Approval.At, Summary: "First issue"}}
	}
	tree, products := productTree(a.Draft)
	whole := csafDocument{Document: head(from, a, history), ProductTree: tree, Vulnerabilities: vulnerabilities(a.Draft, products)}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	if err := e.Encode(whole); err != nil {
		return nil, fmt.Errorf("write the advisory of %s: %w", a.Name(), err)
	}
	return out.Bytes(), nil
}

func head(from Publisher, a alert.Alert, history []Revision) csafHead {
	d := a.Draft
	h := csafHead{Severity: csafText{sentence(string(d.Severity))}, Category: "csaf_security_advisory", Version: "2.0", Lang: "en-GB",
		Notes:      documentNotes(d),
		Publisher:  csafPublisher{"coordinator", from.Name, from.at("")},
		References: []csafReference{{"self", a.Name(), from.at("/alerts/" + url.PathEscape(string(a.ID)) + "/advisory.json")}},
		Title:      title(d)}
	h.Distribution.TLP.Label = "AMBER" // for the organisations that received it
	if d.Public && !d.Rehearsal {
		h.Distribution.TLP.Label = "WHITE"
	}
	for _, source := range d.Sources {
		h.References = append(h.References, csafReference{"external", source, source})
	}
	moment := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	last := history[len(history)-1]
	h.Tracking = csafTracking{Current: moment(last.At), ID: a.Name(), Initial: moment(history[0].At), Status: "final", Version: strconv.FormatInt(last.Number, 10)}
	for _, revision := range history {
		h.Tracking.Revision = append(h.Tracking.Revision, csafRevision{moment(revision.At), strconv.FormatInt(revision.Number, 10), revision.Summary})
	}
	return h
}

// title is what an alert is called outside the portal.
func title(d alert.Draft) string {
	if d.Rehearsal {
		return rehearsalMark + d.Title
	}
	return d.Title
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func documentNotes(d alert.Draft) []csafNote {
	notes := []csafNote{{"summary", d.Why, noteWhy}}
	add := func(category, title, text string) {
		if text != "" {
			notes = append(notes, csafNote{category, text, title})
		}
	}
	add("details", noteIndicators, d.Indicators)
	add("other", noteClass, sentence(string(d.Class)))
	add("other", noteThreat, cmp.Or(d.ThreatType, notSaid))
	add("other", noteCategories, strings.Join(d.Categories, "\n"))
	add("other", noteVectors, strings.Join(d.Vectors, "\n"))
	for _, p := range d.Platforms {
		add("other", notePlatform+p.Name, p.Text)
	}
	if d.Rehearsal {
		add("other", noteRehearsal, "This is an exercise. Nothing has happened.")
	}
	return notes
}

// productTree gives the platforms with their versions, and the id of each
// product, which is its place in the alert.
func productTree(d alert.Draft) (csafTree, []string) {
	if len(d.Platforms) == 0 {
		return csafTree{Products: []csafProduct{{"What is affected is described in the notes", unnamed}}}, []string{unnamed}
	}
	var tree csafTree
	var ids []string
	for i, p := range d.Platforms {
		branch := csafBranch{Category: "product_name", Name: p.Name}
		id := "P" + strconv.Itoa(i+1)
		if len(p.Versions) == 0 {
			branch.Product = &csafProduct{p.Name, id}
			ids = append(ids, id)
		}
		for j, version := range p.Versions {
			id := id + "-" + strconv.Itoa(j+1)
			branch.Branches = append(branch.Branches, csafBranch{Category: "product_version_range", Name: version, Product: &csafProduct{p.Name + " " + version, id}})
			ids = append(ids, id)
		}
		tree.Branches = append(tree.Branches, branch)
	}
	return tree, ids
}

// vulnerabilities gives each CVE with the steps against it: an alert says what
// to do once, about all of them. One without a CVE is a vulnerability with a
// title.
func vulnerabilities(d alert.Draft, products []string) []csafVulnerability {
	var remedies []csafRemedy
	for _, step := range d.Steps {
		remedy := csafRemedy{Category: "mitigation", Details: step.Text, Products: products, URL: step.Link}
		if step.Kind == "Patch" {
			remedy.Category = "vendor_fix"
		}
		remedies = append(remedies, remedy)
	}
	part := csafNote{"general", "Part of the alert " + title(d), notePart}
	if len(d.CVEs) == 0 {
		return []csafVulnerability{{Title: title(d), Notes: []csafNote{part}, Status: csafStatus{products}, Remedies: remedies}}
	}
	var list []csafVulnerability
	for i, cve := range d.CVEs {
		v := csafVulnerability{CVE: cve.ID, Notes: []csafNote{part}, Status: csafStatus{products}}
		if i == 0 { // said once: two hundred CVEs with two hundred steps each would be one enormous file
			v.Remedies = remedies
		}
		if cve.Text != "" {
			v.Notes = append(v.Notes, csafNote{"description", cve.Text, "Description"})
		}
		if cve.Status != "" {
			v.Notes = append(v.Notes, csafNote{"other", cve.Status, noteStatus})
		}
		list = append(list, v)
	}
	return list
}

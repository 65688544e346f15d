package exchange

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"

	"countersign/internal/alert"
)

// Entry is a public alert with its words in plain text, for readers that show
// no Markdown.
type Entry struct {
	Alert alert.Alert
	Plain string
}

// atomFeed and its parts are a feed of RFC 4287.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
		Type string `xml:"type,attr,omitempty"`
	}
	atomEntry struct {
		ID         string     `xml:"id"`
		Title      string     `xml:"title"`
		Updated    string     `xml:"updated"`
		Published  string     `xml:"published"`
		Categories []atomTerm `xml:"category"`
		Links      []atomLink `xml:"link"`
		Content    atomText   `xml:"content"`
	}
	atomTerm struct {
		Term string `xml:"term,attr"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
)

// Atom writes public alerts as a feed, newest first. Its words are plain text:
// nothing in them is markup to any reader. The same alerts give the same bytes.
func Atom(from Publisher, entries []Entry) ([]byte, error) {
	self := from.at("/alerts/feed.atom")
	feed := atomFeed{ID: self, Title: from.Name + ": cyber alerts", Updated: stamp(newest(entries)), Author: from.Name,
		Links: []atomLink{{Rel: "self", Href: self, Type: "application/atom+xml"}, {Rel: "alternate", Href: from.at("/alerts/feed.json"), Type: "application/json"}}}
	for _, each := range entries {
		a := each.Alert
		entry := atomEntry{ID: from.at("/alerts/" + url.PathEscape(string(a.ID))), Title: a.Name() + ": " + title(a.Draft), Updated: stamp(a.Approval.At), Published: stamp(a.Approval.At),
			Categories: []atomTerm{{sentence(string(a.Draft.Severity)) + " severity"}}, Content: atomText{"text", each.Plain + stepsInWords(a.Draft.Steps)}}
		for _, category := range a.Draft.Categories {
			entry.Categories = append(entry.Categories, atomTerm{category})
		}
		for _, source := range a.Draft.Sources {
			entry.Links = append(entry.Links, atomLink{Rel: "related", Href: source})
		}
		feed.Entries = append(feed.Entries, entry)
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", "  ")
	if err := e.Encode(feed); err != nil {
		return nil, fmt.Errorf("write the feed: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func stepsInWords(steps []alert.Step) string {
	var out strings.Builder
	out.WriteString("\n\nWhat to do:\n")
	for i, step := range steps {
		fmt.Fprintf(&out, "%d. %s\n", i+1, step.Text)
		if step.Link != "" {
			out.WriteString("   " + step.Link + "\n")
		}
	}
	return out.String()
}

// newest is when a feed last changed; an empty one never has.
func newest(entries []Entry) time.Time {
	latest := time.Unix(0, 0)
	for _, each := range entries {
		if at := each.Alert.Approval.At; at.After(latest) {
			latest = at
		}
	}
	return latest
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// publicAlert is an alert as the feed in JSON gives it; docs/exchange.md
// describes each member.
type publicAlert struct {
	Number     string      `json:"number"`
	Title      string      `json:"title"`
	Severity   string      `json:"severity"`
	Class      string      `json:"class"`
	Threat     string      `json:"threatType,omitempty"`
	Categories []string    `json:"categories,omitempty"`
	Vectors    []string    `json:"vectors,omitempty"`
	Why        string      `json:"why"`
	Plain      string      `json:"plainText"`
	Steps      []jsonStep  `json:"steps"`
	Platforms  []platforms `json:"platforms,omitempty"`
	CVEs       []jsonCVE   `json:"cves,omitempty"`
	Indicators string      `json:"indicators,omitempty"`
	Sources    []string    `json:"sources,omitempty"`
	IssuedAt   string      `json:"issuedAt"`
	AnswerDue  string      `json:"answerDue"`
	ActionDue  string      `json:"actionDue"`
}

type (
	jsonStep struct {
		Kind string `json:"kind,omitempty"`
		Text string `json:"text"`
		Link string `json:"link,omitempty"`
	}
	platforms struct {
		Name     string   `json:"name"`
		Text     string   `json:"text,omitempty"`
		Versions []string `json:"versions,omitempty"`
	}
	jsonCVE struct {
		ID     string `json:"id"`
		Status string `json:"status,omitempty"`
		Text   string `json:"text,omitempty"`
	}
)

// JSON writes public alerts whole, newest first. The same alerts give the same
// bytes.
func JSON(from Publisher, entries []Entry) ([]byte, error) {
	whole := struct {
		Publisher string        `json:"publisher"`
		Home      string        `json:"home"`
		Updated   string        `json:"updated"`
		Alerts    []publicAlert `json:"alerts"`
	}{from.Name, from.at("/"), stamp(newest(entries)), []publicAlert{}}
	for _, each := range entries {
		a, d := each.Alert, each.Alert.Draft
		p := publicAlert{Number: a.Name(), Title: title(d), Severity: string(d.Severity), Class: string(d.Class), Threat: d.ThreatType, Categories: d.Categories, Vectors: d.Vectors,
			Why: d.Why, Plain: each.Plain, Indicators: d.Indicators, Sources: d.Sources, IssuedAt: stamp(a.Approval.At), AnswerDue: stamp(a.AnswerDue), ActionDue: stamp(a.ActionDue)}
		for _, step := range d.Steps {
			p.Steps = append(p.Steps, jsonStep(step))
		}
		for _, platform := range d.Platforms {
			p.Platforms = append(p.Platforms, platforms(platform))
		}
		for _, cve := range d.CVEs {
			p.CVEs = append(p.CVEs, jsonCVE(cve))
		}
		whole.Alerts = append(whole.Alerts, p)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	if err := e.Encode(whole); err != nil {
		return nil, fmt.Errorf("write the feed: %w", err)
	}
	return out.Bytes(), nil
}

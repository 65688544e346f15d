package exchange

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"countersign/internal/alert"
)

var (
	from   = Publisher{Name: "Countersign", Base: &url.URL{Scheme: "https", Host: "countersign.example"}}
	issued = time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
)

// full is an alert with everything an alert can have.
func full() alert.Alert {
	return alert.Alert{ID: "0199a1b2-0000-7000-8000-000000000001", Number: 42, State: alert.Issued, Author: "p_1", Approval: &alert.Approval{By: "p_2", At: issued},
		AnswerDue: issued.Add(alert.AnswerWindow), ActionDue: issued.Add(alert.ActionWindow),
		Draft: alert.Draft{Title: "Maker Thing lets strangers in", Severity: alert.High, Class: alert.Critical, ThreatType: "Malware", Categories: []string{"Ransomware", "Worm"}, Vectors: []string{"Email", "Zero day"},
			Why:        "It is **being used**.\n\n- against trusts\n- now\n\nRead [more](https://maker.example/x).",
			Steps:      []alert.Step{{Kind: "Patch", Text: "Install 1.2", Link: "https://maker.example/1.2"}, {Kind: "Action", Text: "Look for <strange> logins"}},
			Platforms:  []alert.Platform{{Name: "Maker Thing", Text: "Only with the door open", Versions: []string{"1.0", "< 1.2"}}, {Name: "Maker Other"}},
			CVEs:       []alert.CVE{{ID: "CVE-2026-1234", Status: "Master", Text: "The first"}, {ID: "CVE-2026-1235"}},
			Indicators: "`198.51.100.7`", Sources: []string{"https://maker.example/advisory"}, Public: true}}
}

// schema is the published schema of CSAF 2.0. Scores have schemas elsewhere;
// nothing we write has a score.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	for _, elsewhere := range []string{"https://www.first.org/cvss/cvss-v2.0.json", "https://www.first.org/cvss/cvss-v3.0.json", "https://www.first.org/cvss/cvss-v3.1.json"} {
		if err := c.AddResource(elsewhere, map[string]any{}); err != nil {
			t.Fatal(err)
		}
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(published(t, "csaf/csaf_json_schema-2.0.json")))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("csaf.json", document); err != nil {
		t.Fatal(err)
	}
	c.AssertFormat()
	compiled, err := c.Compile("csaf.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func advisory(t *testing.T, a alert.Alert, history []Revision) []byte {
	t.Helper()
	text, err := Advisory(from, a, history)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Advisory(from, a, history)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the same alert gave other bytes (%v)", err)
	}
	return text
}

func TestAdvisoriesKeepToTheSchemaAndComeBackAsTheyWere(t *testing.T) {
	valid := schema(t)
	history := []Revision{{1, issued, "First issue"}, {2, issued.Add(time.Hour), "Correction: the second version is affected too"}}
	for _, c := range []struct {
		claim  string
		change func(*alert.Alert)
		want   func(*alert.Draft)
	}{
		{"with everything", func(*alert.Alert) {}, func(*alert.Draft) {}},
		{"with nothing that can be left out", func(a *alert.Alert) {
			a.Draft = alert.Draft{Title: "Bare", Severity: alert.Low, Class: alert.Normal, Why: "Because", Steps: []alert.Step{{Text: "Do it"}}}
		}, func(d *alert.Draft) { d.Steps[0].Kind = "Action" }}, // CSAF knows patches from everything else
		{"without a CVE", func(a *alert.Alert) { a.Draft.CVEs = nil }, func(*alert.Draft) {}},
		{"without a platform", func(a *alert.Alert) { a.Draft.Platforms = nil }, func(*alert.Draft) {}},
		{"a rehearsal", func(a *alert.Alert) { a.Draft.Rehearsal = true }, func(d *alert.Draft) { d.Origin.Reference = "https://countersign.example/Rehearsal CC-0042" }},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := full()
			c.change(&a)
			text := advisory(t, a, history)
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := valid.Validate(document); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
			want := a.Draft
			want.Public, want.Audience = false, alert.Audience{} // for a person to decide on
			want.Sources = append([]string{"https://countersign.example/alerts/" + string(a.ID) + "/advisory.json"}, want.Sources...)
			want.Origin = alert.Origin{Kind: "csaf", Reference: "https://countersign.example/CC-0042"}
			c.want(&want)
			r := read(t, string(text))
			if got := r.Drafts[0]; !reflect.DeepEqual(got, want) {
				t.Errorf("came back as\n%+v, not\n%+v", got, want)
			}
			if len(r.Notes) > 0 {
				t.Errorf("notes: %v", r.Notes)
			}
			if a.Draft.Rehearsal && !strings.Contains(string(text), `"title": "Rehearsal: `) {
				t.Error("the title does not say that it is a rehearsal")
			}
		})
	}
}

func TestTheSchemaFindsWhatIsWrong(t *testing.T) {
	valid := schema(t)
	text := strings.Replace(string(advisory(t, full(), nil)), `"csaf_version": "2.0"`, `"csaf_version": "3"`, 1)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if valid.Validate(document) == nil {
		t.Error("another version passes")
	}
}

func TestAnAdvisoryTellsOfEachVersionAndOfNoDraft(t *testing.T) {
	text := advisory(t, full(), []Revision{{1, issued, "First issue"}, {2, issued.Add(time.Hour), "Correction"}})
	var got struct {
		Document struct {
			Distribution struct{ TLP struct{ Label string } }
			Tracking     struct {
				ID, Version      string
				Revision_history []struct{ Number, Date, Summary string }
				Initial          string `json:"initial_release_date"`
				Current          string `json:"current_release_date"`
			}
			Publisher struct{ Namespace string }
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	tracking := got.Document.Tracking
	if tracking.ID != "CC-0042" || tracking.Version != "2" || len(tracking.Revision_history) != 2 || tracking.Initial != "2026-03-28T23:30:00Z" || tracking.Current != "2026-03-29T00:30:00Z" ||
		got.Document.Publisher.Namespace != "https://countersign.example" || got.Document.Distribution.TLP.Label != "WHITE" {
		t.Errorf("%+v", got)
	}
	if _, err := Advisory(from, alert.Alert{Draft: full().Draft}, nil); err == nil {
		t.Error("a draft became an advisory")
	}
	restricted := full()
	restricted.Draft.Public = false
	if !strings.Contains(string(advisory(t, restricted, nil)), `"label": "AMBER"`) {
		t.Error("an alert that is not public is marked as one")
	}
}

func TestAFeedIsSoundAndTellsNothingElse(t *testing.T) {
	entries := []Entry{{Alert: full(), Plain: "It is being used."}}
	text, err := Atom(from, entries)
	if err != nil {
		t.Fatal(err)
	}
	var feed atomFeed
	if err := xml.Unmarshal(text, &feed); err != nil {
		t.Fatal(err)
	}
	if feed.ID != "https://countersign.example/alerts/feed.atom" || feed.Updated != "2026-03-28T23:30:00Z" || feed.Author != "Countersign" || len(feed.Entries) != 1 ||
		feed.Entries[0].Title != "CC-0042: Maker Thing lets strangers in" || feed.Entries[0].Content.Type != "text" || !strings.Contains(feed.Entries[0].Content.Text, "1. Install 1.2\n   https://maker.example/1.2") {
		t.Errorf("%+v\n%s", feed, text)
	}
	if strings.Contains(string(text), "p_1") || strings.Contains(string(text), "p_2") {
		t.Error("the feed names who wrote it")
	}
	whole, err := JSON(from, entries)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Updated string
		Alerts  []publicAlert
	}
	if err := json.Unmarshal(whole, &got); err != nil || got.Updated != "2026-03-28T23:30:00Z" || len(got.Alerts) != 1 || got.Alerts[0].Number != "CC-0042" || got.Alerts[0].Why != full().Draft.Why || len(got.Alerts[0].Steps) != 2 {
		t.Errorf("%v %s", err, whole)
	}
	if empty, err := JSON(from, nil); err != nil || !strings.Contains(string(empty), `"alerts": []`) {
		t.Errorf("an empty feed: %s %v", empty, err)
	}
}

func TestACalendarFoldsAndEscapes(t *testing.T) {
	text := Calendar("Trust; of, things", []Deadline{{ID: "1-answer@countersign.example", At: issued.Add(alert.AnswerWindow), Since: issued,
		Title: "CC-0042: answer, then; back\\slash " + strings.Repeat("long – ", 20) + "\r\nBEGIN:VEVENT", Link: "https://countersign.example/\nBEGIN:X"}})
	begins := 0
	var unfolded strings.Builder
	for l := range strings.SplitSeq(strings.TrimSuffix(string(text), "\r\n"), "\r\n") {
		if len(l) > 75 || strings.ContainsAny(l, "\r\n") {
			t.Errorf("line %q is %d bytes", l, len(l))
		}
		if rest, ok := strings.CutPrefix(l, " "); ok {
			unfolded.WriteString(rest)
			continue
		}
		if strings.HasPrefix(l, "BEGIN:") {
			begins++
		}
		unfolded.WriteString("\n" + l)
	}
	for _, want := range []string{"\nX-WR-CALNAME:Trust\\; of\\, things\n", "\nDTSTART:20260330T233000Z\n", "\nDTSTAMP:20260328T233000Z\n", `SUMMARY:CC-0042: answer\, then\; back\\slash long – `, `\nBEGIN:VEVENT`, "\nUID:1-answer@countersign.example\n"} {
		if !strings.Contains(unfolded.String(), want) {
			t.Errorf("no %q in %s", want, unfolded.String())
		}
	}
	if begins != 2 {
		t.Errorf("%d parts begin: words made one", begins)
	}
}

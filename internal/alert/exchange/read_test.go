package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/internal/fault"
)

// published finds a published file beside the module. Without it the test is
// left out, and where CI=true its absence fails.
func published(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", filepath.FromSlash(path)))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("../shared/data/%s is missing, and CI must not leave this test out", path)
		}
		t.Skipf("left out: ../shared/data/%s is not here", path)
	}
	return string(text)
}

func read(t *testing.T, text string) Reading {
	t.Helper()
	r, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("refused: %v", sentences(err))
	}
	return r
}

func sentences(err error) []string {
	problems, ok := errors.AsType[fault.Problems](err)
	if !ok {
		return []string{err.Error()}
	}
	var all []string
	for _, p := range problems {
		all = append(all, p.Sentence)
	}
	return all
}

func TestTheWholeCatalogueOfExploitedVulnerabilities(t *testing.T) {
	text := published(t, "kev/known_exploited_vulnerabilities.json")
	began := time.Now()
	r := read(t, text)
	if took := time.Since(began); took > 2*time.Second && !raceDetector {
		t.Errorf("reading took %s", took)
	}
	var catalogue struct {
		Vulnerabilities []struct {
			CveID, VulnerabilityName, DueDate, DateAdded, KnownRansomwareCampaignUse string
		}
	}
	if err := json.Unmarshal([]byte(text), &catalogue); err != nil {
		t.Fatal(err)
	}
	if r.Format != KEV || len(r.Drafts) != 1404 || len(catalogue.Vulnerabilities) != 1404 {
		t.Fatalf("%s with %d drafts", r.Format, len(r.Drafts))
	}
	early, long := 0, 0
	for i, entry := range catalogue.Vulnerabilities {
		d := r.Drafts[i]
		if d.Origin != (alert.Origin{Kind: "kev", Reference: entry.CveID}) || d.CVEs[0].ID != entry.CveID {
			t.Errorf("entry %d is %+v", i, d.Origin)
		}
		if slices.Contains(d.Categories, "Ransomware") != (entry.KnownRansomwareCampaignUse == "Known") {
			t.Errorf("%s: categories %v", entry.CveID, d.Categories)
		}
		if len(d.Sources) == 0 || d.Severity != alert.High || d.Public {
			t.Errorf("%s: %+v", entry.CveID, d)
		}
		if entry.DueDate < entry.DateAdded {
			early++
			if !slices.ContainsFunc(r.Notes, func(n string) bool {
				return strings.Contains(n, entry.CveID+" was due") && strings.HasPrefix(n, fmt.Sprintf("vulnerabilities %d, dueDate", i+1))
			}) {
				t.Errorf("nothing says that %s was due before it was added", entry.CveID)
			}
		}
		if name := strings.Join(strings.Fields(entry.VulnerabilityName), " "); len([]rune(name)) > alert.TitleLimit {
			long++
			if !strings.HasSuffix(d.Title, "…") || strings.Contains(d.Title, " …") || !strings.HasPrefix(name, strings.TrimSuffix(d.Title, "…")) {
				t.Errorf("title %q of %q", d.Title, name)
			}
		} else if d.Title != name {
			t.Errorf("title %q, not %q", d.Title, name)
		}
	}
	if early != 15 || long == 0 || len(r.Notes) != early+long {
		t.Errorf("%d due early, %d long titles, %d notes", early, long, len(r.Notes))
	}
}

func TestTheListingOfTheNHSWebsite(t *testing.T) {
	r := read(t, published(t, "nhs-cyber-alerts/cyberalert-page-sample-2021.json"))
	if r.Format != NHS || len(r.Drafts) != 10 {
		t.Fatalf("%s with %d drafts", r.Format, len(r.Drafts))
	}
	d := r.Drafts[0]
	want := "A vulnerability has been discovered in Cisco Adaptive Security Appliance (ASA) and Firepower Threat Defense (FTD) software that allows a remote attacker to cause a denial-of-service (DoS) in affected devices.\n\nPublished as CC-2763 on 1 November 2018."
	if d.Why != want || d.Title != "Cisco ASA and FTD DoS Vulnerability" || d.Origin != (alert.Origin{Kind: "nhs", Reference: "CC-2763"}) ||
		d.Steps[0].Link != "http://digital.nhs.uk/cyber-alerts/2018/cc-2763/cc-2763" {
		t.Errorf("%+v", d)
	}
	if len(r.Notes) != 2 || !strings.Contains(r.Notes[0], "2152") {
		t.Errorf("notes: %v", r.Notes)
	}
}

func TestThreePublishedAdvisories(t *testing.T) {
	for _, c := range []struct {
		file, title, reference string
		severity               alert.Severity
		cves                   []string
		step                   alert.Step
		platform               alert.Platform
	}{
		{"bsi-2022-0001.json", "CVRF-CSAF-Converter: XML External Entities Vulnerability", "https://www.bsi.bund.de/BSI-2022-0001", alert.Medium, []string{"CVE-2022-27193"},
			alert.Step{Kind: "Patch", Text: "Update to the latest version of the product. At least version 1.0.0-rc2", Link: "https://github.com/csaf-tools/CVRF-CSAF-Converter/releases/tag/1.0.0-rc2"},
			alert.Platform{Name: "CSAF Tools CVRF-CSAF-Converter", Versions: []string{"1.0.0-alpha", "1.0.0-dev1", "1.0.0-dev2", "1.0.0-dev3", "1.0.0-rc1", "1.0.0-rc2"}}},
		{"rhsa-2021_5217.json", "Red Hat Security Advisory: Red Hat Single Sign-On 7.5.0 security update", "https://www.redhat.com/RHSA-2021:5217", alert.High, []string{"CVE-2021-4133"},
			alert.Step{Kind: "Patch"}, alert.Platform{Name: "Red Hat Single Sign-On"}},
		{"rhsa-2022_0011.json", "Red Hat Security Advisory: telnet security update", "https://www.redhat.com/RHSA-2022:0011", alert.High, []string{"CVE-2020-10188"},
			alert.Step{Kind: "Patch"}, alert.Platform{}},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := read(t, published(t, "csaf/"+c.file))
			if r.Format != CSAF || len(r.Drafts) != 1 {
				t.Fatalf("%s with %d drafts", r.Format, len(r.Drafts))
			}
			d := r.Drafts[0]
			var cves []string
			for _, each := range d.CVEs {
				cves = append(cves, each.ID)
			}
			if d.Title != c.title || d.Origin.Reference != c.reference || d.Severity != c.severity || !slices.Equal(cves, c.cves) || d.Why == "" {
				t.Errorf("%+v", d)
			}
			if d.Steps[0].Kind != c.step.Kind || c.step.Text != "" && d.Steps[0] != c.step {
				t.Errorf("steps %+v", d.Steps)
			}
			if c.platform.Name != "" && (d.Platforms[0].Name != c.platform.Name || !slices.Equal(d.Platforms[0].Versions, c.platform.Versions)) {
				t.Errorf("platforms %+v", d.Platforms)
			}
		})
	}
}

// sound is a small file of each format, for tests that break it.
var sound = map[Format]string{
	KEV: `{"catalogVersion": "2026.01.01", "count": 1, "vulnerabilities": [{"cveID": "CVE-2026-1234", "vendorProject": "Maker", "product": "Thing", "vulnerabilityName": "Maker Thing Flaw",
 "dateAdded": "2026-01-02", "shortDescription": "A flaw.", "requiredAction": "Patch it.", "dueDate": "2026-01-23", "knownRansomwareCampaignUse": "Unknown", "notes": "https://maker.example/1 ; https://maker.example/2", "cwes": ["CWE-20"]}]}`,
	NHS: `{"pageSize": 1, "total": 1, "items": [{"threatId": "CC-2763", "publishedDate": 1541030400000, "basePath": "https://digital.example/cc-2763", "title": "A flaw", "summary": "<p>Bad</p>"}]}`,
	CSAF: `{"document": {"category": "csaf_base", "csaf_version": "2.0", "title": "A flaw", "publisher": {"category": "vendor", "name": "Maker", "namespace": "https://maker.example"},
 "tracking": {"id": "M-1", "status": "final", "version": "1", "initial_release_date": "2026-01-02T03:04:05Z", "current_release_date": "2026-01-02T03:04:05Z",
 "revision_history": [{"date": "2026-01-02T03:04:05Z", "number": "1", "summary": "First"}]}}}`,
}

func TestT77DamagedFilesAreRefusedWholeAndTheirPlacesNamed(t *testing.T) {
	deep := strings.Repeat("[", 30) + strings.Repeat("]", 30)
	for _, c := range []struct {
		claim    string
		of       Format
		old, new string
		says     []string
	}{
		{"a name twice", KEV, `"product": "Thing"`, `"product": "Thing", "product": "Other"`, []string{"Line 1: vulnerabilities 1, product is there twice"}},
		{"a name in another mix of capitals", KEV, `"product": "Thing"`, `"product": "Thing", "Product": "Other"`, []string{"Line 1: vulnerabilities 1, Product is there twice"}},
		{"a name with an odd letter", KEV, `"dueDate"`, `"vendorProſect": "", "vendorProsect": "", "dueDate"`, []string{"is there twice"}},
		{"a name in the wrong capitals alone is not the name", KEV, `"cveID"`, `"cveId"`, []string{"vulnerabilities 1, cveID: this is missing."}},
		{"deep nesting", KEV, `["CWE-20"]`, deep, []string{"nested more than 24 deep"}},
		{"no end", KEV, `"notes"`, `"notes`, []string{"this is not JSON"}},
		{"a second document", NHS, `"<p>Bad</p>"}]}`, `"<p>Bad</p>"}]} {}`, []string{"something follows the end"}},
		{"several things at once", KEV, `"dateAdded": "2026-01-02", "shortDescription": "A flaw."`, `"dateAdded": "yesterday", "shortDescription": 7`,
			[]string{"vulnerabilities 1, shortDescription: this must be a text.", "vulnerabilities 1, dateAdded: this must be a date such as 2026-11-25."}},
		{"an unknown answer", KEV, `"Unknown"`, `"Perhaps"`, []string{"vulnerabilities 1, knownRansomwareCampaignUse: this must be Known or Unknown."}},
		{"no CVE", KEV, `"CVE-2026-1234"`, `"CVE-26-1"`, []string{"vulnerabilities 1, cves: Enter each CVE as CVE-2026-12345, one on a line."}},
		{"an entry that is no object", KEV, `[{"cveID"`, `[7, {"cveID"`, []string{"vulnerabilities 1: this must be an object."}},
		{"an entry twice", NHS, `"items": [`, `"items": [{"threatId": "CC-2763", "publishedDate": 1, "basePath": "https://digital.example/x", "title": "T", "summary": "S"}, `, []string{"items 2, threatId: CC-2763 is in the file twice."}},
		{"an address a browser would run", NHS, `"https://digital.example/cc-2763"`, `"javascript:alert(1)"`, []string{"items 1, basePath: this must be an address"}},
		{"a number that is none", NHS, `"CC-2763"`, `"CC-27=63"`, []string{"items 1, threatId: this must be a number such as CC-1234."}},
		{"no list", NHS, `"items": [`, `"items": {}, "other": [`, []string{"items: this must be a list."}},
		{"nothing in the list", NHS, sound[NHS], `{"items": []}`, []string{"There is no alert in the file."}},
		{"another version of the standard", CSAF, `"2.0"`, `"2.1"`, []string{"document, csaf_version: only version 2.0 is read."}},
		{"no publisher", CSAF, `"publisher"`, `"publsher"`, []string{"document, publisher: this is missing."}},
		{"an invented category", CSAF, `"vendor"`, `"friend"`, []string{"document, publisher, category: this is no category of CSAF."}},
		{"a draft of its publisher", CSAF, `"final"`, `"draft"`, []string{"document, tracking, status: the advisory is a draft of its publisher."}},
		{"a version without its revision", CSAF, `"number": "1"`, `"number": "2"`, []string{"document, tracking, version: no revision of the history has this number."}},
		{"no history", CSAF, `{"date": "2026-01-02T03:04:05Z", "number": "1", "summary": "First"}`, ``, []string{"document, tracking, revision_history: this is empty."}},
		{"a product nobody defined", CSAF, `{"document"`, `{"vulnerabilities": [{"product_status": {"known_affected": ["P9"]}}], "document"`, []string{"vulnerabilities 1, product_status, known_affected: P9 is no product of this advisory."}},
		{"a product twice", CSAF, `{"document"`, `{"product_tree": {"full_product_names": [{"name": "A", "product_id": "1"}, {"name": "B", "product_id": "1"}]}, "document"`, []string{"product_tree, full_product_names 2, product_id: 1 is another product's id too."}},
		{"an impossible score", CSAF, `{"document"`, `{"vulnerabilities": [{"scores": [{"cvss_v3": {"baseScore": 99}}]}], "document"`, []string{"vulnerabilities 1, scores 1, cvss_v3, baseScore: this must be a number from 0 to 10."}},
		{"text that is not UTF-8", KEV, `A flaw.`, "A \xff flaw.", []string{"not UTF-8"}},
		{"an external entity (T71)", KEV, sound[KEV], `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`, []string{"Line 1: this is not JSON"}},
		{"something else", KEV, sound[KEV], `{"hello": 1}`, []string{ErrUnknown.Sentence}},
		{"a bare list", KEV, sound[KEV], `[]`, []string{ErrUnknown.Sentence}},
		{"nothing", KEV, sound[KEV], ``, []string{"this is not JSON"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			read(t, sound[c.of])
			text := strings.Replace(sound[c.of], c.old, c.new, 1)
			if text == sound[c.of] {
				t.Fatal("the file was not broken")
			}
			r, err := Read(strings.NewReader(text))
			if err == nil || len(r.Drafts) > 0 {
				t.Fatalf("taken: %+v", r)
			}
			said := sentences(err)
			for i, want := range c.says {
				if len(said) != len(c.says) || !strings.Contains(said[i], want) {
					t.Errorf("said %q, want %q", said, c.says)
				}
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("the fault is of kind %q", fault.KindOf(err))
			}
		})
	}
}

func TestT77FilesAreBounded(t *testing.T) {
	if _, err := Read(strings.NewReader(`{"items": "` + strings.Repeat("x", FileLimit) + `"}`)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large file: %v", err)
	}
	if _, err := Read(strings.NewReader(`{"items": [` + strings.Repeat("1,", membersLimit) + `1]}`)); err == nil || !strings.Contains(err.Error(), "more than 20,000") {
		t.Errorf("a long list: %v", err)
	}
	many := strings.TrimSuffix(strings.Repeat("["+strings.Repeat("1,", 9999)+"1],", 50), ",")
	if _, err := Read(strings.NewReader(`{"items": [` + many + `]}`)); err == nil || !strings.Contains(err.Error(), "more than 400,000 values") {
		t.Errorf("many values: %v", err)
	}
	if _, err := Read(strings.NewReader(`{"items": [` + strings.Repeat("1,", 5000) + `1]}`)); len(sentences(err)) != problemLimit+1 {
		t.Errorf("%d sentences about 5,001 problems", len(sentences(err)))
	}
}

func TestAnAdvisoryWithMoreThanAnAlertCanHoldSaysWhatWasLeftOut(t *testing.T) {
	var cves strings.Builder
	for i := range 300 {
		fmt.Fprintf(&cves, `{"cve": "CVE-2026-%04d"},`, i)
	}
	r := read(t, strings.Replace(sound[CSAF], `{"document"`, `{"vulnerabilities": [`+strings.TrimSuffix(cves.String(), ",")+`], "document"`, 1))
	if len(r.Drafts[0].CVEs) != alert.ListLimit || !slices.Contains(r.Notes, "document: the advisory has 300 CVEs; the first 200 were kept.") {
		t.Errorf("%d CVEs; %v", len(r.Drafts[0].CVEs), r.Notes)
	}
}

func TestMarkupInSummariesBecomesWords(t *testing.T) {
	for html, want := range map[string]string{
		`<p>One</p><p>Two</p>`:                                "One\n\nTwo",
		`<ul><li>One</li><li>Two</li></ul>`:                   "One\nTwo",
		`a<br/>b`:                                             "a\nb",
		`<script>alert(1)</script>Words`:                      "Words",
		`<style>p{}</style><svg><text>x</text></svg>Words`:    "Words",
		`<a href="javascript:alert(1)" onclick="x">press</a>`: "press",
		`mod_rewrite and *stars* &lt;script&gt;`:              `mod_rewrite and \*stars\* \<script\>`,
		"# no heading":                                        `\# no heading`,
		"1. no list":                                          `1\. no list`,
		"![x](http://a)":                                      `\!\[x\](http://a)`,
		"turn\u202eround":                                     "turnround",
	} {
		if got := fromHTML(html); got != want {
			t.Errorf("%q became %q, want %q", html, got, want)
		}
	}
}

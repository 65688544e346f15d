package exchange

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"countersign/internal/alert"
)

// sane is what holds of whatever a file makes: drafts that alert.Draft takes,
// once each, never public, never with what cannot be seen; and nothing beside
// a refusal.
func sane(t *testing.T, text string) {
	t.Helper()
	r, err := Read(strings.NewReader(text))
	if err != nil {
		if len(r.Drafts) > 0 {
			t.Fatal("half a file was taken")
		}
		for _, sentence := range sentences(err) {
			if len(sentence) > 2000 || strings.ContainsAny(sentence, "\x00\n") {
				t.Fatalf("said %q", sentence)
			}
		}
		return
	}
	seen := map[string]bool{}
	for _, d := range r.Drafts {
		if err := d.Check(); err != nil {
			t.Fatalf("%v of %+v", err, d)
		}
		if d.Public || d.Origin.Kind != string(r.Format) || seen[d.Origin.Reference] || d.Origin.Reference == "" {
			t.Fatalf("%+v", d)
		}
		seen[d.Origin.Reference] = true
		for _, said := range append([]string{d.Title, d.Why, d.Steps[0].Text, d.Origin.Reference}, d.Sources...) {
			if strings.ContainsFunc(said, func(c rune) bool { return c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) }) {
				t.Fatalf("%q", said)
			}
		}
	}
}

func FuzzKEV(f *testing.F) {
	f.Add(sound[KEV])
	f.Add(strings.Replace(sound[KEV], "A flaw.", `<script>alert(1)</script>\u202e`, 1))
	f.Add(strings.Replace(sound[KEV], "2026-01-23", "2025-01-23", 1))
	f.Add(strings.Replace(sound[KEV], "https://maker.example/1", "javascript:alert(1) https://u:p@x/ https://[::1", 1))
	f.Add(`{"catalogVersion":1,"vulnerabilities":[{}]}`)
	f.Fuzz(sane)
}

func FuzzNHS(f *testing.F) {
	f.Add(sound[NHS])
	f.Add(strings.Replace(sound[NHS], "<p>Bad</p>", `<p>a<svg><![CDATA[x]]></svg><select><option>b`, 1))
	f.Add(strings.Replace(sound[NHS], "1541030400000", "-9223372036854775808", 1))
	f.Fuzz(sane)
}

func FuzzCSAF(f *testing.F) {
	f.Add(sound[CSAF])
	f.Add(strings.Replace(sound[CSAF], `{"document"`, `{"product_tree": {"branches": [{"category": "vendor", "name": "V", "branches": [{"category": "product_version", "name": "1", "product": {"name": "V 1", "product_id": "1"}}]}]}, "vulnerabilities": [{"cve": "CVE-2026-1234", "product_status": {"known_affected": ["1"]}, "remediations": [{"category": "vendor_fix", "details": "x", "url": "https://a.example/"}]}], "document"`, 1))
	whole, err := Advisory(from, full(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole))
	f.Fuzz(sane)
}

// FuzzAdvisory writes whatever a publisher can write, and reads it back.
func FuzzAdvisory(f *testing.F) {
	f.Add("Title", "Why", "Step", "https://a.example/", "Maker Thing", "1.0")
	f.Add("-", "# x\n\n* y", "=1+1", "http://a/?b&c", "About ", "<2")
	f.Fuzz(func(t *testing.T, title, why, step, source, platform, version string) {
		a := full()
		a.Draft = alert.Draft{Title: title, Severity: alert.Low, Class: alert.Normal, Why: why, Steps: []alert.Step{{Kind: "Patch", Text: step}}, Sources: []string{source}, Platforms: []alert.Platform{{Name: platform, Versions: []string{version}}}}
		if a.Draft.Check() != nil {
			return
		}
		whole, err := Advisory(from, a, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(whole)); err != nil && visible(title+why+step+platform+version) == title+why+step+platform+version && line(title) != "" && line(platform) != "" && line(version) != "" {
			t.Fatalf("%v in %s", sentences(err), whole)
		}
	})
}

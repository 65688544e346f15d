package alert

import (
	"slices"
	"testing"
)

// TestT40_NothingHiddenStandsInAnAlert puts what hides or reorders words into
// each text of an alert; its field is named.
func TestT40_NothingHiddenStandsInAnAlert(t *testing.T) {
	for field, put := range map[string]func(*Draft, string){
		"title":      func(d *Draft, s string) { d.Title = s },
		"steps":      func(d *Draft, s string) { d.Steps = append(d.Steps, Step{Text: s}) },
		"platforms":  func(d *Draft, s string) { d.Platforms = []Platform{{Name: "Gateway", Versions: []string{"1", s}}} },
		"cves":       func(d *Draft, s string) { d.CVEs = []CVE{{ID: "CVE-2026-12345", Text: s}} },
		"sources":    func(d *Draft, s string) { d.Sources = []string{"https://a.example/" + s} },
		"why":        func(d *Draft, s string) { d.Why = s },
		"indicators": func(d *Draft, s string) { d.Indicators = s },
	} {
		for name, hidden := range map[string]string{"turned around": "\u202e", "no width": "\u200b", "a soft hyphen": "\u00ad", "a line separator": "\u2028", "a paragraph separator": "\u2029",
			"private use": "\ue000", "an escape": "\x1b", "a lone return": "\r", "a tag": "\U000e0041", "not UTF-8": "\xff"} {
			draft := sound()
			put(&draft, "Apply"+hidden+"now")
			if got := fields(draft.Check()); !slices.Contains(got, field) {
				t.Errorf("%s in %s: fields to mend %q", name, field, got)
			}
		}
		draft := sound()
		put(&draft, "Café–“now”…")
		if got := fields(draft.Check()); got != nil {
			t.Errorf("honest words in %s: fields to mend %q", field, got)
		}
	}
	draft := sound()
	draft.Platforms = []Platform{{Name: "Mail\u202egateway"}, {Name: "Gateway", Text: "All\u200bof them"}}
	draft.Steps = []Step{{Text: "Look", Link: "https://a.example/\u202egpj"}}
	if got := fields(draft.Check()); !slices.Equal(got, []string{"steps", "platforms", "platforms"}) {
		t.Errorf("fields to mend %q", got)
	}
	draft = sound()
	draft.Why, draft.Indicators = "One\n\nTwo\r\nThree", "a.example\tb.example\nc.example"
	if got := fields(draft.Check()); got != nil {
		t.Errorf("lines: fields to mend %q", got)
	}
}

// TestT40_NothingHiddenStandsInTheReasonOfAChange: trusts read it in letters.
func TestT40_NothingHiddenStandsInTheReasonOfAChange(t *testing.T) {
	for reason, want := range map[string][]string{"It was\u202ewrong": {"reason"}, "It was\x00wrong": {"reason"}, "It was wrong.\r\nIt is right now.": nil} {
		_, _, err := (Alert{State: Issued}).Revise(publisher(t, "ann"), Revision{Kind: Withdrawal, Reason: reason}, "v", "e", issuedAt)
		if got := fields(err); !slices.Equal(got, want) {
			t.Errorf("%q: fields to mend %q, want %q", reason, got, want)
		}
	}
}

package alert

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/internal/fault"
	"countersign/internal/sheet"
)

// The lists below are the values of the NHS website's document type for cyber
// alerts, so that an alert can be exchanged with it.

// ThreatTypes are the kinds of threat; an alert names one.
var ThreatTypes = []string{"Attack methodology", "Insecure software", "Intelligence", "Malware", "Vulnerability"}

// Categories of what is threatening; an alert names any number.
var Categories = []string{"Adware", "Backdoor", "Botnet", "Browser-hijack", "Cryptocurrency", "DOS", "Exploit", "Loader", "Miner", "PUP/PUA", "Ransomware", "Rootkit", "Spyware", "Trojan", "Worm"}

// Vectors are the ways in; an alert names any number.
var Vectors = []string{"Backdoor", "Download", "Drive by download", "Email", "Email spam", "Exploit", "Exploit kit", "Hacking tool", "Insecure network", "Macro", "Malvertising", "Phishing", "Physical", "Spear phishing", "Vulnerability", "Zero day"}

// StepKinds are the kinds of remediation step.
var StepKinds = []string{"Patch", "Guidance", "Action", "Aware"}

// CVEStatuses are what a CVE identifier can be to an alert.
var CVEStatuses = []string{"Master", "Root", "Reserved"}

// Limits of an alert, in characters and in numbers of things. They bound what
// an imported file can bring as well as what a person can type.
const (
	TitleLimit = 80
	TextLimit  = 20_000 // of why it matters, and of the indicators of compromise
	LineLimit  = 2_000  // of a step, a platform's note, a CVE's note
	ListLimit  = 200    // steps, platforms, CVEs, sources, versions of a platform
)

// Step is one thing to do.
type Step struct {
	Kind string `json:"kind,omitempty"` // one of StepKinds, or empty
	Text string `json:"text"`
	Link string `json:"link,omitempty"` // where the patch or the guidance is
}

// UnmarshalJSON reads a step, and the bare sentence that stood for one before
// steps had kinds and links.
func (s *Step) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*s = Step{}
		return json.Unmarshal(text, &s.Text)
	}
	type plain Step
	return json.Unmarshal(text, (*plain)(s))
}

// Platform is something the alert affects.
type Platform struct {
	Name     string   `json:"name"`
	Text     string   `json:"text,omitempty"`
	Versions []string `json:"versions,omitempty"`
}

// CVE names a vulnerability in the list of Common Vulnerabilities and
// Exposures.
type CVE struct {
	ID     string `json:"id"`
	Status string `json:"status,omitempty"` // one of CVEStatuses, or empty
	Text   string `json:"text,omitempty"`
}

// Origin says where an imported draft came from, so that importing the same
// thing again changes nothing.
type Origin struct {
	Kind      string `json:"kind,omitempty"` // "kev", "nhs", "csaf"; empty for an alert written here
	Reference string `json:"reference,omitempty"`
}

var cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,19}$`)

// checkVocabulary finds what is wrong with everything beyond the words a
// publisher must enter. Each problem names the form's field.
func (d Draft) checkVocabulary() fault.Problems {
	var problems fault.Problems
	say := func(field, sentence string) { problems = append(problems, fault.In(field, sentence)) }
	if d.ThreatType != "" && !slices.Contains(ThreatTypes, d.ThreatType) {
		say("threat", "Select what kind of threat it is from the list")
	}
	if !within(Categories, d.Categories) {
		say("categories", "Select categories from the list")
	}
	if !within(Vectors, d.Vectors) {
		say("vectors", "Select ways in from the list")
	}
	for i, step := range d.Steps {
		at := "Step " + strconv.Itoa(i+1)
		switch {
		case strings.TrimSpace(step.Text) == "" || tooLong(step.Text, LineLimit):
			say("steps", at+" must say what to do, in up to 2,000 characters")
		case step.Kind != "" && !slices.Contains(StepKinds, step.Kind):
			say("steps", at+" must be a patch, guidance, an action or something to be aware of")
		case step.Link != "" && !webAddress(step.Link):
			say("steps", at+" must link to an address that begins with https:// or http://")
		}
	}
	for i, p := range d.Platforms {
		if strings.TrimSpace(p.Name) == "" || tooLong(p.Name, LineLimit) || tooLong(p.Text, LineLimit) || len(p.Versions) > ListLimit || slices.ContainsFunc(p.Versions, func(v string) bool { return tooLong(v, LineLimit) }) {
			say("platforms", "Affected platform "+strconv.Itoa(i+1)+" must have a name, and be shorter")
		}
	}
	for _, c := range d.CVEs {
		if !cvePattern.MatchString(c.ID) || (c.Status != "" && !slices.Contains(CVEStatuses, c.Status)) || tooLong(c.Text, LineLimit) {
			say("cves", "Enter each CVE as CVE-2026-12345, one on a line")
			break
		}
	}
	for _, source := range d.Sources {
		if !webAddress(source) {
			say("sources", "Enter each source as an address that begins with https:// or http://, one on a line")
			break
		}
	}
	for _, list := range []struct {
		field string
		n     int
	}{{"steps", len(d.Steps)}, {"platforms", len(d.Platforms)}, {"cves", len(d.CVEs)}, {"sources", len(d.Sources)}} {
		if list.n > ListLimit {
			say(list.field, "Enter 200 or fewer")
		}
	}
	if tooLong(d.Why, TextLimit) {
		say("why", "Why it matters must be 20,000 characters or fewer")
	}
	if tooLong(d.Indicators, TextLimit) {
		say("indicators", "Indicators of compromise must be 20,000 characters or fewer")
	}
	return problems
}

// checkHidden finds texts that would not read as they were approved: a title
// turned around, a step with something in it that nobody sees.
func (d Draft) checkHidden() fault.Problems {
	var problems fault.Problems
	say := func(found bool, field, what string) {
		if found {
			problems = append(problems, fault.In(field, what+" holds hidden characters. Remove them or type it again"))
		}
	}
	say(hides(d.Title), "title", "The title")
	for i, step := range d.Steps {
		say(hidesInLines(step.Text) || hides(step.Link), "steps", "Step "+strconv.Itoa(i+1))
	}
	for i, p := range d.Platforms {
		say(hides(p.Name) || hidesInLines(p.Text) || slices.ContainsFunc(p.Versions, hides), "platforms", "Affected platform "+strconv.Itoa(i+1))
	}
	say(slices.ContainsFunc(d.CVEs, func(c CVE) bool { return hidesInLines(c.Text) }), "cves", "The list of CVEs")
	say(slices.ContainsFunc(d.Sources, hides), "sources", "The list of sources")
	say(hidesInLines(d.Why), "why", "Why it matters")
	say(hidesInLines(d.Indicators), "indicators", "The text of indicators of compromise")
	return problems
}

// hides tells whether a line holds what a reader cannot see, or sees in another
// order than it is written in (abuse case T40).
func hides(line string) bool {
	return !utf8.ValidString(line) || strings.ContainsFunc(line, sheet.Hidden)
}

// hidesInLines is hides for a text of several lines, tabs allowed.
func hidesInLines(text string) bool {
	return hides(strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(text))
}

func within(list, chosen []string) bool {
	return !slices.ContainsFunc(chosen, func(each string) bool { return !slices.Contains(list, each) })
}

func tooLong(text string, limit int) bool { return len([]rune(text)) > limit }

// webAddress tells whether a text is an address a reader can be led to. What a
// browser would run instead of open is none.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(text) <= LineLimit
}

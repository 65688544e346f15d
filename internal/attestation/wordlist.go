package attestation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/internal/organisation"
)

// LateAnswer is an answer of the period that came after its deadline, or has
// not come, with the trust's explanation, as the words say it.
type LateAnswer struct {
	Alert    string // CC-0012
	Title    string
	Due      string // RFC 3339 in UTC
	Answered string // likewise, or notYet
	Code     LateCode
	Why      string
}

// notYet stands where an answer's instant would.
const notYet = "not yet"

// Aside is a gap the portal proposed and the trust did not name, with why.
type Aside struct {
	Key  string `json:"key"` // of the proposal; not in the words
	What string `json:"what"`
	Why  string `json:"why"`
}

// Pinned is a piece of evidence a statement relies on: the digest fixes its
// bytes, whatever becomes of the record.
type Pinned struct {
	Digest Digest           `json:"digest"`
	Title  string           `json:"title"`
	Until  organisation.Day `json:"until"` // the last day it holds
}

// Accepted is something that does not agree, and why the trust accepts that.
type Accepted struct {
	Rule     string `json:"rule"` // C01, see docs/contradictions.md
	Sentence string `json:"sentence"`
	Reason   string `json:"reason"`
	By       string `json:"by"`
}

// Settled is how one open commitment of an earlier statement was accounted for.
type Settled struct {
	Commitment string
	What       string
	Was        organisation.Day // the date in force before
	How        Fate
	Note       string
	By         organisation.Day // the new date, when it is still open; else empty
}

// named are the lines of the words, by the name before the colon.
type named map[string]string

// each reads a numbered list: the line of each number, and a way to its further
// lines.
func (n named) each(list string, take func(text string, more func(string) string)) {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s %d", list, i)
		text := n[name]
		if text == "" {
			return
		}
		take(text, func(field string) string { return n[name+" "+field] })
	}
}

// lists writes the numbered lists, in the order pages show them.
func (w Words) lists() []string {
	var lines []string
	add := func(name, value string) { lines = append(lines, name+": "+value) }
	for i, l := range w.Late {
		at := fmt.Sprintf("late %d", i+1)
		add(at, l.Alert+" "+l.Title)
		add(at+" due", l.Due)
		add(at+" answered", l.Answered)
		add(at+" code", string(l.Code))
		add(at+" why", l.Why)
	}
	for i, g := range w.Gaps {
		at := fmt.Sprintf("gap %d", i+1)
		add(at, strings.TrimSpace(g.Code+" "+g.Name))
		add(at+" what", g.What)
		add(at+" fix by", string(g.FixBy))
	}
	for i, a := range w.Aside {
		at := fmt.Sprintf("not a gap %d", i+1)
		add(at, a.What)
		add(at+" why", a.Why)
	}
	for i, p := range w.Evidence {
		at := fmt.Sprintf("evidence %d", i+1)
		add(at, string(p.Digest)+" "+p.Title)
		add(at+" until", string(p.Until))
	}
	for i, a := range w.Accepted {
		at := fmt.Sprintf("contradiction %d", i+1)
		add(at, a.Rule+" "+a.Sentence)
		add(at+" accepted", a.Reason)
		add(at+" by", a.By)
	}
	for i, s := range w.Settled {
		at := fmt.Sprintf("commitment %d", i+1)
		add(at, s.Commitment+" "+s.What)
		add(at+" was due", string(s.Was))
		add(at+" now", string(s.How))
		add(at+" how", s.Note)
		if s.By != "" {
			add(at+" by", string(s.By))
		}
	}
	return lines
}

// readLists is the other way round. What it does not understand is missing
// from what Text writes, so that ParseWords refuses it.
func (w *Words) readLists(n named) {
	n.each("late", func(text string, more func(string) string) {
		alert, title, _ := strings.Cut(text, " ")
		w.Late = append(w.Late, LateAnswer{Alert: alert, Title: title, Due: more("due"), Answered: more("answered"), Code: LateCode(more("code")), Why: more("why")})
	})
	n.each("gap", func(text string, more func(string) string) {
		w.Gaps = append(w.Gaps, Gap{Name: text, What: more("what"), FixBy: organisation.Day(more("fix by"))})
	})
	n.each("not a gap", func(text string, more func(string) string) {
		w.Aside = append(w.Aside, Aside{What: text, Why: more("why")})
	})
	n.each("evidence", func(text string, more func(string) string) {
		digest, title, _ := strings.Cut(text, " ")
		w.Evidence = append(w.Evidence, Pinned{Digest: Digest(digest), Title: title, Until: organisation.Day(more("until"))})
	})
	n.each("contradiction", func(text string, more func(string) string) {
		rule, sentence, _ := strings.Cut(text, " ")
		w.Accepted = append(w.Accepted, Accepted{Rule: rule, Sentence: sentence, Reason: more("accepted"), By: more("by")})
	})
	n.each("commitment", func(text string, more func(string) string) {
		id, what, _ := strings.Cut(text, " ")
		w.Settled = append(w.Settled, Settled{Commitment: id, What: what, Was: organisation.Day(more("was due")), How: Fate(more("now")), Note: more("how"), By: organisation.Day(more("by"))})
	})
}

var (
	factName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	hexDigest  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	ruleName   = regexp.MustCompile(`^C[0-9]{2}$`)
	singleWord = regexp.MustCompile(`^[^ ]+$`)
)

// sound tells whether every record is one: a digest is a digest, a day a day.
// A reader in years to come must not have to guess.
func (w Words) sound() bool {
	if !w.Replaces.sound() {
		return false
	}
	for i, office := range w.CoSigns {
		if !slices.Contains(coSigners, office) || slices.Contains(w.CoSigns[:i], office) {
			return false
		}
	}
	for name := range w.Facts {
		if !factName.MatchString(name) {
			return false
		}
	}
	for _, l := range w.Late {
		if !singleWord.MatchString(l.Alert) || l.Title == "" || !instant(l.Due) || (l.Answered != notYet && !instant(l.Answered)) || !l.Code.Known() {
			return false
		}
	}
	for _, g := range w.Gaps {
		if g.Code+g.Name == "" || !day(g.FixBy) {
			return false
		}
	}
	for _, p := range w.Evidence {
		if !hexDigest.MatchString(string(p.Digest)) || p.Title == "" || !day(p.Until) {
			return false
		}
	}
	for _, a := range w.Accepted {
		if !ruleName.MatchString(a.Rule) || a.Sentence == "" {
			return false
		}
	}
	for _, s := range w.Settled {
		if !singleWord.MatchString(s.Commitment) || s.What == "" || !day(s.Was) || !s.How.Known() || (s.How == StillOpen) != (s.By != "") || (s.By != "" && !day(s.By)) {
			return false
		}
	}
	return true
}

func day(d organisation.Day) bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// instant tells whether a text is an instant as we write one, and no other way.
func instant(text string) bool {
	t, err := time.Parse(time.RFC3339, text)
	return err == nil && written(t) == text
}

// written is an instant as the words say it.
func written(t time.Time) string { return t.UTC().Format(time.RFC3339) }

package board

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/attestation"
)

// mark begins the text of a paper, version 1 (docs/board-paper.md).
const mark = "countersign board paper 1"

// instantForm writes an instant in UTC, to the microsecond where it has any.
const instantForm = "2006-01-02T15:04:05.999999Z"

// writing collects the lines of a text. An empty value has no line.
type writing struct{ strings.Builder }

func (w *writing) line(name, value string) {
	if value = attestation.Tidy(value); value != "" {
		w.WriteString(name + ": " + value + "\n")
	}
}

func (w *writing) at(name string, at time.Time) {
	if !at.IsZero() {
		w.line(name, at.UTC().Format(instantForm))
	}
}

// Text is everything a paper says, line by line, the same for everybody who
// asks: what its digest is of.
func (p Paper) Text() string {
	w := &writing{}
	w.WriteString(mark + "\n")
	w.line("organisation", string(p.Organisation)+" "+p.Name)
	w.at("moment", p.At)
	w.line("for", string(p.Reader))
	if p.Head == nil {
		w.line("log", "nothing yet")
	} else {
		w.line("log", p.Head.Origin)
		w.line("log size", strconv.FormatInt(p.Head.Size, 10))
		w.line("log root", p.Head.Root.String())
		w.at("log head signed", p.Head.SignedAt)
	}
	for i, a := range p.Answers {
		counted := "none due" // and so no share of it
		if a.Due > 0 {
			counted = fmt.Sprintf("%d of %d in time", a.InTime, a.Due)
		}
		w.line(fmt.Sprint("answers ", i+1), fmt.Sprintf("%s to %s, %s", a.From, a.To, counted))
	}
	p.writeAlerts(w)
	p.writeLevels(w)
	p.writeStatements(w)
	p.writeCommitments(w)
	return w.String()
}

// Digest is the lower-case hex SHA-256 of the text.
func (p Paper) Digest() string {
	sum := sha256.Sum256([]byte(p.Text()))
	return hex.EncodeToString(sum[:])
}

func (n Named) words() string { return n.Name + ", " + string(n.Severity) + ", " + n.Title }

func (p Paper) writeAlerts(w *writing) {
	for i, l := range p.Late {
		at := fmt.Sprint("late ", i+1)
		w.line(at, l.words())
		w.at(at+" due", l.Due)
		w.at(at+" answered", l.Answered)
	}
	for i, o := range p.Open {
		at := fmt.Sprint("open ", i+1)
		w.line(at, o.words())
		w.line(at+" standing", string(o.Standing))
		w.at(at+" answer due", o.AnswerDue)
		w.at(at+" answered", o.Answered)
		w.at(at+" fix due", o.ActionDue)
		w.at(at+" accepted until", o.Until)
	}
	for i, r := range p.Risks {
		at := fmt.Sprint("risk ", i+1)
		w.line(at, r.words())
		w.line(at+" what", r.What)
		w.line(at+" patients", r.Patients)
		w.line(at+" in place", r.Cover)
		w.line(at+" until", string(r.Until))
		for j, g := range r.Signers {
			g.write(w, fmt.Sprint(at, " signer ", j+1))
		}
	}
}

func (g Signer) write(w *writing, at string) {
	office := string(g.Office)
	if g.Acting {
		office = "acting " + office
	}
	w.line(at, g.Name+", "+office)
	w.at(at+" signed", g.At)
}

func (p Paper) writeLevels(w *writing) {
	if l := p.Levels; l != nil {
		w.line("assessment", l.Framework+", "+l.Period)
		w.line("assessment profile", l.Profile)
		w.line("assessment note", l.Note)
		w.line("assessment reached", fmt.Sprintf("%d of %d, %d answered", l.Reached, l.Outcomes, l.Said))
		w.at("assessment last recorded", l.LastAt)
		for _, s := range l.Short {
			w.line("outcome "+s.Code, fmt.Sprintf("%s, expected %s, %s", s.Level, s.Expected, s.Title))
		}
	}
	if s := p.Since; s != nil {
		w.line("since", s.Title)
		w.at("since signed", s.SignedAt)
		for _, c := range s.Changes {
			w.line("since "+c.Fact, c.Was+" then, "+c.Is+" now")
		}
	}
}

func (p Paper) writeStatements(w *writing) {
	for i, s := range p.Statements {
		at := fmt.Sprint("statement ", i+1)
		w.line(at, string(s.ID)+" "+s.Title)
		w.line(at+" state", string(s.State))
		w.at(at+" due", s.Due)
		w.line(at+" locked by", s.LockedBy)
		w.at(at+" locked", s.LockedAt)
		w.line(at+" co-signed by", s.BesideBy)
		w.at(at+" co-signed", s.BesideAt)
		w.at(at+" ended", s.EndedAt)
		if s.Signer == nil {
			continue
		}
		s.Signer.write(w, at+" signer")
		w.line(at+" opinion", string(s.Opinion))
		w.line(at+" code", s.Code.Groups())
		if s.Late {
			w.line(at+" late", "yes")
		}
		w.at(at+" replaced", s.ReplacedAt)
		w.at(at+" withdrawn", s.RevokedAt)
		for j, e := range s.Exceptions {
			w.line(fmt.Sprint(at, " exception ", j+1), fmt.Sprintf("part %d, %s", e.Part, e.What))
			w.line(fmt.Sprint(at, " exception ", j+1, " doing"), e.Doing)
			w.line(fmt.Sprint(at, " exception ", j+1, " who"), e.Who)
			w.line(fmt.Sprint(at, " exception ", j+1, " by"), string(e.By))
		}
	}
}

func (p Paper) writeCommitments(w *writing) {
	for i, c := range p.Commitments {
		at := fmt.Sprint("commitment ", i+1)
		w.line(at, fmt.Sprintf("%s, part %d, %s", c.Period, c.Part, c.What))
		w.line(at+" doing", c.Doing)
		w.line(at+" who", c.Who)
		w.line(at+" first by", string(c.FirstBy))
		w.line(at+" by", string(c.By))
		w.line(at+" fate", string(c.Fate))
		if c.Late {
			w.line(at+" late", "yes")
		}
		w.at(at+" settled", c.SettledAt)
	}
}

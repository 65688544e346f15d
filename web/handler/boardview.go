package handler

import (
	"fmt"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/board"
	"countersign/internal/organisation"
	"countersign/views/boardview"
	"countersign/views/layout"
)

// second writes an instant to the second: 3:41:05pm on Tuesday 24 November 2026.
func second(t time.Time) string {
	return t.In(organisation.London).Format("3:04:05pm") + " on " + weekday(t) + " (UK time)"
}

// view puts a paper into words. The page and the PDF print the same.
func (h Boards) view(p board.Paper) boardview.Paper {
	v := boardview.Paper{Heading: boardHeading, Caption: p.Name + " (" + string(p.Organisation) + ")", Moment: "As it stood at " + second(p.At) + ". Every figure is of that moment, unless it says how old it is. Nothing that happened later is on this paper.",
		Finding: boardFinding(p), PDF: layout.Link{Text: "Download the board paper (PDF)", Href: boardPath(p.Organisation, ".pdf", p.At)},
		Text: layout.Link{Text: "Download the text behind its fingerprint (TXT)", Href: boardPath(p.Organisation, ".txt", p.At)}}
	if p.Reader == board.Overseers {
		v.Reader = "This is the paper for those who oversee the trust. What the trust has not submitted is on its own paper alone."
	}
	v.Board = []boardview.Section{standSection(p), needsSection(p), pinSection(p)}
	v.Annex = []boardview.Section{lateSection(p), openSection(p), risksSection(p), levelsSection(p), statementsSection(p), commitmentsSection(p)}
	if p.Reader == board.Own {
		v.Annex = append(v.Annex, sinceSection(p))
	}
	v.Annex = append(v.Annex, leftOutSection(), checkSection(p, h.BaseURL.JoinPath("log", "checkpoint").String()))
	return v
}

// lates counts what is late: alerts, statements, commitments.
func lates(p board.Paper) (alerts, statements, commitments int) {
	for _, o := range p.Open {
		if o.Standing == alert.Late {
			alerts++
		}
	}
	for _, s := range p.Statements {
		if s.Overdue(p.At) {
			statements++
		}
	}
	for _, c := range p.Commitments {
		if c.Late {
			commitments++
		}
	}
	return alerts, statements, commitments
}

func boardFinding(p board.Paper) string {
	var words []string
	alerts, statements, commitments := lates(p)
	for _, each := range []struct {
		n    int
		noun string
	}{{alerts, "open alert"}, {statements, "statement"}, {commitments, "commitment"}} {
		switch {
		case each.n == 1:
			words = append(words, plural(1, each.noun)+" is late.")
		case each.n > 1:
			words = append(words, plural(each.n, each.noun)+" are late.")
		}
	}
	if len(words) == 0 {
		return "Nothing was late at this moment."
	}
	return strings.Join(words, " ")
}

// standSection says where the trust stands. A figure that is older than the
// paper says how old it is.
func standSection(p board.Paper) boardview.Section {
	var facts []boardview.Fact
	add := func(what, stands string) { facts = append(facts, boardview.Fact{Label: what, Value: stands}) }
	quarter, since := p.Answers[0], p.Answers[1]
	add("Answered within 48 hours", answersWord(quarter)+", "+months(quarter.From.Start(), quarter.To.Start()))
	add("The same, since then", answersWord(since)+", since "+longDay(since.From))
	late, _, _ := lates(p)
	add("Alerts still open", withLate(len(p.Open), late))
	risks := "None"
	if n := len(p.Risks); n > 0 {
		risks = number(n) + ", the first until " + longDay(p.Risks[0].Until)
	}
	add("Risks accepted for now", risks)
	add("Assessment", levelsWord(p))
	add("Statement signed last", lastSigned(p))
	add("Statements not signed yet", unsigned(p))
	add("Commitments", promisedWord(p))
	return boardview.Section{ID: "stand", Groups: []boardview.Group{{Facts: facts}}}
}

func answersWord(a board.Answers) string {
	if a.Due == 0 {
		return "No data: no high severity alert"
	}
	return fmt.Sprintf("%s of %s high severity alerts (%s)", number(a.InTime), number(a.Due), percent(float64(a.InTime)/float64(a.Due)))
}

func withLate(n, late int) string {
	switch {
	case n == 0:
		return "None"
	case late == 0:
		return number(n) + ", none of them late"
	}
	return number(n) + ", " + number(late) + " of them late"
}

func levelsWord(p board.Paper) string {
	l := p.Levels
	switch {
	case p.Reader == board.Overseers:
		return "Not on this paper: the trust has not published an assessment"
	case l == nil:
		return "Not measured: no assessment had been started"
	case l.LastAt.IsZero():
		return "Not measured: nothing had been recorded"
	}
	share := ""
	if l.Outcomes > 0 {
		share = " (" + percent(float64(l.Reached)/float64(l.Outcomes)) + ")"
	}
	return number(l.Reached) + " of " + number(l.Outcomes) + " outcomes at the expected level" + share + ", last recorded on " + dayWord(l.LastAt)
}

func lastSigned(p board.Paper) string {
	var last board.Statement
	for _, s := range p.Statements {
		if s.Stands() && s.EndedAt.After(last.EndedAt) {
			last = s
		}
	}
	if last.Signer == nil {
		return "None was signed"
	}
	return last.Title + ", " + lowerFirst(opinionWord(last.Opinion, len(last.Exceptions))) + ", by " + signerWord(*last.Signer) + ", on " + dayWord(last.EndedAt)
}

// signerWord names who signed, in the capacity they signed in.
func signerWord(g board.Signer) string {
	office := lowerFirst(g.Office.Word())
	if g.Office == "" {
		return g.Name
	}
	if g.Acting {
		office = "acting " + office
	}
	return g.Name + ", " + office
}

func unsigned(p board.Paper) string {
	n, first := 0, time.Time{}
	for _, s := range p.Statements {
		if s.EndedAt.IsZero() {
			if n++; first.IsZero() || s.Due.Before(first) {
				first = s.Due
			}
		}
	}
	if n == 0 {
		return "None"
	}
	return number(n) + ", the first due at " + moment(first)
}

func promisedWord(p board.Paper) string {
	open, kept := 0, 0
	for _, c := range p.Commitments {
		switch c.Fate {
		case attestation.StillOpen:
			open++
		case attestation.Done:
			kept++
		}
	}
	_, _, late := lates(p)
	words := "None open"
	if open > 0 {
		words = number(open) + " open, " + number(late) + " of them late"
		if late == 0 {
			words = number(open) + " open, none of them late"
		}
	}
	return words + "; " + number(kept) + " kept in the last 12 months"
}

// What the first page has room for.
const (
	boardLines = 5
	endsSoon   = 30 * 24 * time.Hour
)

// needsSection lists what the board may ask about: what is late, then what is
// about to end.
func needsSection(p board.Paper) boardview.Section {
	var lines []string
	for _, o := range p.Open {
		if o.Standing == alert.Late {
			lines = append(lines, o.Name+", "+clip(o.Title)+": late since "+dayWord(lateSince(o, p.At))+".")
		}
	}
	for _, s := range p.Statements {
		if s.Overdue(p.At) {
			lines = append(lines, s.Title+": not signed, late since "+dayWord(s.Due)+".")
		}
	}
	for _, c := range p.Commitments {
		if c.Late {
			lines = append(lines, "Commitment late since "+longDay(c.By)+": "+fullStop(clip(c.Doing)))
		}
	}
	lines = append(lines, comingLines(p)...)
	s := boardview.Section{ID: "needs", Title: "What needs the board", List: lines}
	if len(lines) == 0 {
		s.Intro = []string{"Nothing is late, waits for an answer, or ends within 30 days."}
	}
	if more := len(lines) - boardLines; more > 0 {
		s.List = append(lines[:boardLines:boardLines], "And "+number(more)+" more, in the annex.")
	}
	return s
}

// comingLines say what comes next: answers that are owed, statements to sign,
// and accepted risks that end.
func comingLines(p board.Paper) []string {
	var lines []string
	n, first := 0, time.Time{}
	for _, o := range p.Open {
		if o.Answered.IsZero() && p.At.Before(o.AnswerDue) {
			if n++; first.IsZero() || o.AnswerDue.Before(first) {
				first = o.AnswerDue
			}
		}
	}
	switch {
	case n == 1:
		lines = append(lines, "1 alert waits for an answer, due at "+moment(first)+".")
	case n > 1:
		lines = append(lines, plural(n, "alert")+" wait for an answer, the first due at "+moment(first)+".")
	}
	for _, s := range p.Statements {
		if s.EndedAt.IsZero() && p.At.Before(s.Due) && s.Due.Sub(p.At) <= endsSoon {
			lines = append(lines, s.Title+": to be signed by "+moment(s.Due)+".")
		}
	}
	for _, r := range p.Risks {
		if r.Until.Next().Start().Sub(p.At) <= endsSoon {
			lines = append(lines, r.Name+", "+clip(r.Title)+": the accepted risk ends on "+longDay(r.Until)+".")
		}
	}
	return lines
}

// lateSince is the deadline by which an open alert is late.
func lateSince(o board.Open, at time.Time) time.Time {
	switch {
	case o.Answered.IsZero() && !at.Before(o.AnswerDue):
		return o.AnswerDue
	case !o.Until.IsZero():
		return o.Until
	}
	return o.ActionDue
}

// clip shortens what somebody wrote to part of a line of the first page; the
// annex has it whole.
func clip(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return text
}

// pinSection has what pins the public log in the trust's minutes.
func pinSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "pin", Title: "For the minutes", Fine: true, Intro: []string{"Copy these lines. They pin this paper and the public log, so that a later change shows."}}
	facts := []boardview.Fact{{Label: "Fingerprint of this paper (SHA-256)", Value: p.Digest(), Code: true}}
	if p.Head == nil {
		s.Groups = []boardview.Group{{Facts: append(facts, boardview.Fact{Label: "Public log", Value: "It had no entry yet at the moment of this paper"})}}
		return s
	}
	s.Groups = []boardview.Group{{Facts: append(facts,
		boardview.Fact{Label: "Public log", Value: p.Head.Origin + ", " + number(int(p.Head.Size)) + " " + entries(p.Head.Size) + " at " + second(p.Head.SignedAt)},
		boardview.Fact{Label: "Head of the public log", Value: p.Head.Root.String(), Code: true})}}
	return s
}

func entries(n int64) string {
	if n == 1 {
		return "entry"
	}
	return "entries"
}

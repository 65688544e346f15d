package handler

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/board"
	"countersign/views/boardview"
)

func namedWord(n board.Named) string { return n.Name + ", " + n.Title }

func lateSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "late", Title: "Answers that were late"}
	span := "High severity alerts whose answer was due from " + p.Answers[0].From.Word() + " to " + p.Answers[1].To.Word()
	if len(p.Late) == 0 {
		s.Intro = []string{span + ": none was answered late."}
		return s
	}
	s.Intro = []string{span + ". An answer says whether the alert applies, by a named person, within 48 hours."}
	s.Table = &boardview.Table{Caption: "Alerts answered late or not at all", Columns: []boardview.Column{{Head: "Alert", Width: 46}, {Head: "Answer was due", Width: 27}, {Head: "Answered", Width: 27}}}
	for _, l := range p.Late {
		answered := "Not answered"
		if !l.Answered.IsZero() {
			answered = sentenceCase(moment(l.Answered)) + ", " + lateBy(l.Answered.Sub(l.Due)) + " late"
			if l.Answered.Before(l.Due) { // taken back since, and so not an answer
				answered = "Not answered"
			}
		}
		s.Table.Rows = append(s.Table.Rows, []string{namedWord(l.Named), sentenceCase(moment(l.Due)), answered})
	}
	return s
}

// standingThen says a standing with the date it depends on.
func standingThen(o board.Open) string {
	if o.Standing == alert.RiskAccepted {
		return string(o.Standing) + " until " + dayWord(o.Until.Add(-time.Second))
	}
	return string(o.Standing)
}

func openSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "open", Title: "Open alerts"}
	if len(p.Open) == 0 {
		s.Intro = []string{"No alert was open."}
		return s
	}
	s.Intro = []string{"By the deadlines that were in force then. A later version of an alert can have given more time since."}
	s.Table = &boardview.Table{Caption: "Alerts that were open", Columns: []boardview.Column{{Head: "Alert", Width: 34}, {Head: "Severity", Width: 12}, {Head: "Stands at", Width: 18}, {Head: "Answer by", Width: 18}, {Head: "Fix by", Width: 18}}}
	for _, o := range p.Open {
		answer := sentenceCase(moment(o.AnswerDue))
		if !o.Answered.IsZero() {
			answer = "Answered at " + moment(o.Answered)
		}
		s.Table.Rows = append(s.Table.Rows, []string{namedWord(o.Named), severityWords[o.Severity], standingThen(o), answer, sentenceCase(moment(o.ActionDue))})
	}
	return s
}

func risksSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "risks", Title: "Risks that are accepted for now"}
	if len(p.Risks) == 0 {
		s.Intro = []string{"No accepted risk was in force."}
		return s
	}
	s.Intro = []string{"Each was signed with a fresh proof of identity. After its last day the alert is late by itself."}
	for _, r := range p.Risks {
		g := boardview.Group{Title: namedWord(r.Named), Facts: []boardview.Fact{{Label: "Accepted until", Value: longDay(r.Until)}, {Label: "What cannot be fixed", Value: r.What}, {Label: "What could happen to patients", Value: r.Patients}, {Label: "What is in place", Value: r.Cover}}}
		for _, signer := range r.Signers {
			g.Facts = append(g.Facts, boardview.Fact{Label: "Signed by", Value: signerWord(signer) + ", at " + moment(signer.At)})
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

func levelsSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "levels", Title: "Assessment"}
	l := p.Levels
	switch {
	case p.Reader == board.Overseers:
		s.Intro = []string{"The trust has not published an assessment, so it is on its own paper alone."}
		return s
	case l == nil:
		s.Intro = []string{"Not measured: no assessment had been started."}
		return s
	}
	s.Intro = []string{fmt.Sprintf("%s, %s. The trust’s own view, not checked by anybody outside.", l.Framework, l.Period),
		fmt.Sprintf("%s of %s outcomes are at the expected level. %s of them were assessed. Expected by: %s.", number(l.Reached), number(l.Outcomes), number(l.Said), l.Profile)}
	if l.Note != "" {
		s.Intro = append(s.Intro, l.Note)
	}
	if !l.LastAt.IsZero() {
		s.Intro = append(s.Intro, "Last recorded at "+moment(l.LastAt)+".")
	}
	if len(l.Short) == 0 {
		return s
	}
	s.Table = &boardview.Table{Caption: "Outcomes below the expected level", Columns: []boardview.Column{{Head: "Outcome", Width: 56}, {Head: "Level", Width: 22}, {Head: "Expected", Width: 22}}}
	for _, short := range l.Short {
		s.Table.Rows = append(s.Table.Rows, []string{short.Code + " " + short.Title, short.Level.Word(), short.Expected.Word()})
	}
	return s
}

func statementsSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "statements", Title: "Statements"}
	if len(p.Statements) == 0 {
		s.Intro = []string{"No statement had been asked for."}
		return s
	}
	s.Intro = []string{"Those that waited, those that ended in the last 12 months, and the one signed last."}
	for _, st := range p.Statements {
		g := boardview.Group{Title: st.Title}
		add := func(label, value string) { g.Facts = append(g.Facts, boardview.Fact{Label: label, Value: value}) }
		add("Stands at", statementThen(p, st))
		if st.Due.IsZero() {
			add("To be signed by", "No deadline: it may take the place of one that is signed")
		} else {
			add("To be signed by", sentenceCase(moment(st.Due)))
		}
		if st.LockedBy != "" {
			add("Checked and locked by", st.LockedBy+", senior information risk owner, at "+moment(st.LockedAt))
		}
		if st.BesideBy != "" {
			add("Co-signed by", st.BesideBy+", senior information risk owner, at "+moment(st.BesideAt))
		}
		if st.Signer != nil {
			add("Signed by", signerWord(*st.Signer)+", at "+moment(st.EndedAt))
			g.Facts = append(g.Facts, boardview.Fact{Label: "Verification code", Value: st.Code.Groups(), Code: true})
		}
		for i, e := range st.Exceptions {
			add("Qualification "+strconv.Itoa(i+1)+", to part "+strconv.Itoa(e.Part), fullStop(e.What)+" What will be done: "+fullStop(e.Doing)+" Who: "+fullStop(e.Who)+" By "+longDay(e.By)+".")
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

// fullStop ends what somebody wrote with a full stop.
func fullStop(text string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

func statementThen(p board.Paper, s board.Statement) string {
	late := ""
	if s.Overdue(p.At) {
		late = ", and late"
	}
	switch {
	case !s.RevokedAt.IsZero():
		return "Signed, and withdrawn at " + moment(s.RevokedAt)
	case !s.ReplacedAt.IsZero():
		return "Signed, and replaced at " + moment(s.ReplacedAt)
	case s.Signer != nil && s.Late:
		return "Signed late, " + lowerFirst(opinionWord(s.Opinion, len(s.Exceptions)))
	case s.Signer != nil:
		return "Signed, " + lowerFirst(opinionWord(s.Opinion, len(s.Exceptions)))
	case s.State == attestation.Returned:
		return "Returned without a signature at " + moment(s.EndedAt)
	case p.Reader == board.Overseers:
		return "Not signed yet" + late
	case s.State == attestation.Locked:
		return "Waits for the chief executive" + late
	}
	return "Being prepared" + late
}

func commitmentsSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "commitments", Title: "Commitments: what was promised in signed statements"}
	if len(p.Commitments) == 0 {
		s.Intro = []string{"Nothing promised was open, and nothing was settled in the last 12 months."}
		return s
	}
	s.Table = &boardview.Table{Caption: "Commitments", Columns: []boardview.Column{{Head: "What was not confirmed, and what will be done", Width: 46}, {Head: "Who", Width: 16}, {Head: "By", Width: 18}, {Head: "Stands at", Width: 20}}}
	for _, c := range p.Commitments {
		by := longDay(c.By)
		if c.By != c.FirstBy {
			by += ", first " + longDay(c.FirstBy)
		}
		s.Table.Rows = append(s.Table.Rows, []string{fullStop(c.What) + " " + fullStop(c.Doing) + " From the " + c.Period + " statement, part " + strconv.Itoa(c.Part) + ".", c.Who, by, fateThen(c)})
	}
	return s
}

func fateThen(c board.Commitment) string {
	switch {
	case c.Fate == attestation.Done:
		return "Done on " + dayWord(c.SettledAt)
	case c.Fate == attestation.NotNeeded:
		return "No longer needed, said on " + dayWord(c.SettledAt)
	case c.Late:
		return "Late"
	}
	return "Open"
}

func sinceSection(p board.Paper) boardview.Section {
	s := boardview.Section{ID: "since", Title: "Changed since the last signature"}
	switch {
	case p.Since == nil:
		s.Intro = []string{"Nothing had been signed."}
		return s
	case len(p.Since.Changes) == 0:
		s.Intro = []string{"The figures of the " + p.Since.Title + ", signed on " + dayWord(p.Since.SignedAt) + ", still held."}
		return s
	}
	s.Intro = []string{"The " + p.Since.Title + " was signed on " + dayWord(p.Since.SignedAt) + ". For the same months, these figures were others at the moment of this paper."}
	for _, c := range p.Since.Changes {
		s.List = append(s.List, factWord(c.Fact)+": "+c.Was+" as signed, "+c.Is+" then")
	}
	return s
}

// leftOutSection says what cannot be known of a past moment, so that nobody
// takes its absence for good news.
func leftOutSection() boardview.Section {
	return boardview.Section{ID: "left-out", Title: "What is not on this paper", List: []string{
		"Updates that were promised about an alert and have not come: the record does not keep for which day each was promised.",
		"What people wrote about an alert in their own words, unless a risk was signed with it.",
		"Files of evidence: which of them could be relied on at a past moment is not kept.",
		"Rehearsals. They count nowhere.",
	}}
}

func checkSection(p board.Paper, checkpoint string) boardview.Section {
	s := boardview.Section{ID: "check", Title: "How to check this paper", List: []string{
		"Ask for the paper of the same trust and moment again, now or in ten years. It must be the same, to the last byte.",
		"Download the text behind its fingerprint and compute its SHA-256. It must be the fingerprint on the first page.",
	}, Groups: []boardview.Group{{Facts: []boardview.Fact{{Label: "The moment, as programs write it", Value: p.At.UTC().Format(time.RFC3339), Code: true}}}}}
	if p.Head != nil {
		s.List = append(s.List, "Take the public log from "+checkpoint+" and compute its head at "+number(int(p.Head.Size))+" "+entries(p.Head.Size)+". It must be the head on the first page.")
	}
	s.List = append(s.List, "Check each signature by its verification code on the page “Check a signature”.")
	return s
}

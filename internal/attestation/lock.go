package attestation

import (
	"slices"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Binding is what a lock binds into the words: the template, what the portal
// holds, and what the organisation is called.
type Binding struct {
	Template Template
	Held     Position
	Name     string
	Replaces Replaces  // what the statement takes the place of
	At       time.Time // the moment all this was asked for at
}

// Lock binds what the portal holds and fixes the exact bytes and their digest.
// Whoever holds the office of SIRO locks: it is their check. While a task is
// open, or something does not agree, it is refused.
func (s Statement) Lock(pass access.Pass, with Binding, eventID string, now time.Time) (Statement, event.Event, error) {
	if s.State != Preparing {
		return s, event.Event{}, ErrLocked
	}
	if err := s.Undone(with.Held); err != nil {
		return s, event.Event{}, err
	}
	pinned, err := with.Held.pin(s.Prepared.Relied)
	if err != nil {
		return s, event.Event{}, err
	}
	s.Prepared.Pinned = pinned
	words, err := s.draft(with, now)
	if err != nil {
		return s, event.Event{}, err
	}
	if s.Words, err = words.Text(); err != nil {
		return s, event.Event{}, err
	}
	s.State, s.Facts, s.Digest, s.LockedAt, s.LockedBy = Locked, words.Facts, DigestOf(s.Words), now, pass.Who().Name
	return s, event.New(eventID, pass, now, "statement locked", s.thing(), s.Title()+" checked and locked by "+pass.Who().Name).Vouching(string(s.Digest)), nil
}

// Draft gives the words as a lock at this moment would fix them, whatever is
// still open. What nobody has explained yet is left out.
func (s Statement) Draft(with Binding, now time.Time) (Words, error) {
	sound := slices.DeleteFunc(slices.Clone(s.Prepared.Relied), func(id evidence.ID) bool {
		_, err := with.Held.pin([]evidence.ID{id})
		return err != nil
	})
	var err error
	if s.Prepared.Pinned, err = with.Held.pin(sound); err != nil {
		return Words{}, err
	}
	words, err := s.draft(with, now)
	if err != nil {
		return words, err
	}
	_, err = words.Text()
	return words, err
}

// draft fills the template with what is bound. The number of pieces of evidence
// is that of the statement's own, not of all the organisation has.
func (s Statement) draft(with Binding, now time.Time) (Words, error) {
	words := Words{
		Statement: s.ID, Organisation: s.Organisation, Name: with.Name, Title: s.Title(),
		Template: with.Template.ID + " " + strconv.FormatInt(with.Template.Edition, 10), Number: s.Number,
		From: s.From, To: s.To, LockedAt: written(now), Replaces: with.Replaces, CoSigns: with.Template.CoSign, Gaps: s.Gaps, Evidence: s.Prepared.Pinned, Facts: Facts{},
	}
	for fact, value := range with.Held.Facts {
		words.Facts[fact] = value
	}
	words.Facts[evidenceFact] = strconv.Itoa(len(words.Evidence))
	bound := Facts{"organisation": with.Name, "date": LongDay(organisation.DayOf(now)), "period": s.Period}
	for fact, value := range words.Facts {
		bound[fact] = value
	}
	for _, gap := range s.Gaps {
		if gap.FixBy == "" { // taken from a proposal, and not finished
			return words, fault.New(fault.Conflict, "Enter the date by which “"+gap.Name+"” will be fixed, in the list of gaps. Then the words can be shown.")
		}
	}
	var err error
	if words.Opening, err = bound.bind(with.Template.Opening); err != nil {
		return words, err
	}
	for _, part := range with.Template.Parts {
		text, err := bound.bind(part.Text)
		if err != nil {
			return words, err
		}
		words.Parts = append(words.Parts, text)
	}
	words.Late, words.Aside = s.lateLines(with.Held), s.asideNow(with.Held)
	words.Accepted, words.Settled = s.acceptedNow(with.Held), s.settledLines(with.Held)
	return words, nil
}

// evidenceFact is the figure of the evidence behind a statement.
const evidenceFact = "evidence"

// lateLines are the late answers that have been explained.
func (s Statement) lateLines(held Position) []LateAnswer {
	var lines []LateAnswer
	for _, r := range held.Late {
		why, explained := s.Prepared.Explain(r.Alert)
		if !explained {
			continue
		}
		l := LateAnswer{Alert: r.Name(), Title: visible(r.Title), Due: written(r.AnswerDue), Answered: notYet, Code: why.Code, Why: why.Why}
		if at, answered := r.AnsweredAt(); answered {
			l.Answered = written(at)
		}
		lines = append(lines, l)
	}
	return lines
}

// acceptedNow are the contradictions that stand now and were accepted as they
// stand: one that was mended since is nothing to sign.
func (s Statement) acceptedNow(held Position) []Accepted {
	var list []Accepted
	for _, f := range s.Contradictions(held) {
		if a, accepted := s.Prepared.Acceptance(f); accepted {
			list = append(list, a)
		}
	}
	return list
}

func (s Statement) settledLines(held Position) []Settled {
	var lines []Settled
	for _, c := range held.Commitments {
		if a, said := s.Prepared.Account(c.ID); said {
			lines = append(lines, Settled{Commitment: string(c.ID), What: c.What, Was: c.By, How: a.How, Note: a.Note, By: a.By})
		}
	}
	return lines
}

// Unexplained lists the late answers of the period nobody has explained.
func (s Statement) Unexplained(held Position) int {
	n := 0
	for _, r := range held.Late {
		if _, explained := s.Prepared.Explain(r.Alert); !explained {
			n++
		}
	}
	return n
}

// standing counts the contradictions that are neither mended nor accepted.
func (s Statement) standing(held Position) int {
	n := 0
	for _, f := range s.Contradictions(held) {
		if _, accepted := s.Prepared.Acceptance(f); !accepted {
			n++
		}
	}
	return n
}

// Undone says what is in the way of a lock, each with the task it belongs to.
func (s Statement) Undone(held Position) error {
	var problems fault.Problems
	add := func(wrong bool, task, sentence string) {
		if wrong {
			problems = append(problems, &fault.Error{Kind: fault.Conflict, Field: task, Sentence: sentence})
		}
	}
	late, open := s.Unexplained(held), s.standing(held)
	add(s.Prepared.Figures == nil, "figures", "Check the figures first")
	add(late > 0, "late-answers", "Explain "+Count(late, "late answer")+" first")
	add(open > 0, "contradictions", "Mend or accept "+Count(open, "thing")+" that "+agree(open)+" first")
	return problems.OrNil()
}

func agree(n int) string {
	if n == 1 {
		return "does not agree"
	}
	return "do not agree"
}

// again is a preparation taken up for a new version: what was typed stays, and
// the figures must be checked anew.
func (p Preparation) again() Preparation {
	p.Figures, p.Pinned = nil, nil
	return p
}

package attestation

import (
	"slices"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// LateCode says in one word why an answer came late.
type LateCode string

// LateCodes are the reasons a trust can give, in the order a form lists them.
// The first four are those that trusts gave the Care Quality Commission in 2010.
var LateCodes = []LateCode{"recorded_late", "national_fix", "deadline_moved", "plan_under_way", OtherReason}

// OtherReason is none of the four: the text says it all.
const OtherReason LateCode = "other"

// Known tells whether the code is one of ours.
func (c LateCode) Known() bool { return slices.Contains(LateCodes, c) }

// Preparation is what a trust has done towards a statement, task by task. At
// the lock all of it goes into the words.
type Preparation struct {
	Figures   *FigureCheck  `json:"figures,omitempty"` // nil until somebody has checked them
	Explained []Explanation `json:"explained,omitempty"`
	GapsAt    time.Time     `json:"gaps_at,omitzero"` // when the list of gaps was saved last
	Aside     []Aside       `json:"aside,omitempty"`
	Relied    []evidence.ID `json:"relied,omitempty"`
	ReliedAt  time.Time     `json:"relied_at,omitzero"`
	Accepted  []Accepted    `json:"accepted,omitempty"`
	Accounts  []Account     `json:"accounts,omitempty"`
	Pinned    []Pinned      `json:"pinned,omitempty"` // from the lock on
}

// FigureCheck is somebody's word that the figures are right, as they stood.
type FigureCheck struct {
	Facts Facts     `json:"facts"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// Explanation is why one answer came late.
type Explanation struct {
	Alert alert.ID `json:"alert"`
	Code  LateCode `json:"code"`
	Why   string   `json:"why"`
}

// Position is what the portal holds of an organisation, at a moment, that a
// statement must agree with.
type Position struct {
	At          time.Time
	Facts       Facts
	Late        []alert.Titled      // answers of the period given late, or not given
	Open        []alert.Titled      // alerts that are not closed
	Assessment  *assessment.Reading // the latest; nil when there is none
	Files       []evidence.File
	Commitments []Commitment // of earlier statements, those still open
	Elsewhere   Elsewhere
}

// Limits of what is typed while preparing, in characters.
const (
	whyLimit  = 500
	nameLimit = 300 // of a gap: a proposal brings the title of an alert
	gapsLimit = 50
)

// Explain returns the explanation of a late answer, and whether there is one.
func (p Preparation) Explain(id alert.ID) (Explanation, bool) {
	i := slices.IndexFunc(p.Explained, func(e Explanation) bool { return e.Alert == id })
	if i < 0 {
		return Explanation{}, false
	}
	return p.Explained[i], true
}

// CheckFigures records that somebody has checked the figures as they were
// shown. Figures that moved meanwhile are shown again.
func (s Statement) CheckFigures(pass access.Pass, held Position, shown Digest, eventID string, now time.Time) (Statement, event.Event, error) {
	if held.Facts.Digest() != shown {
		return s, event.Event{}, ErrMoved
	}
	s.Prepared.Figures = &FigureCheck{Facts: held.Facts, By: pass.Who().Name, At: now}
	return s.prepared(pass, "figures checked", eventID, now)
}

// ExplainLate keeps why answers came late. What is said of an alert replaces
// what was said of it before: nothing, where it is empty. An answer that was not
// late is refused.
func (s Statement) ExplainLate(pass access.Pass, held Position, given []Explanation, eventID string, now time.Time) (Statement, event.Event, error) {
	var problems fault.Problems
	kept := slices.DeleteFunc(slices.Clone(s.Prepared.Explained), func(was Explanation) bool {
		return slices.ContainsFunc(given, func(e Explanation) bool { return e.Alert == was.Alert })
	})
	for i, e := range given {
		e.Why = Tidy(e.Why)
		field := "late-" + strconv.Itoa(i)
		at := slices.IndexFunc(held.Late, func(r alert.Titled) bool { return r.Alert == e.Alert })
		switch {
		case at < 0:
			return s, event.Event{}, ErrMoved
		case e.Code == "" && e.Why == "":
			continue
		case !e.Code.Known():
			problems = append(problems, fault.In(field+"-code", "Select why the answer to "+held.Late[at].Name()+" was late"))
		case e.Why == "":
			problems = append(problems, fault.In(field+"-why", "Enter what happened with "+held.Late[at].Name()))
		default:
			problems = append(problems, line(field+"-why", "What happened with "+held.Late[at].Name(), e.Why, whyLimit)...)
		}
		kept = append(kept, e)
	}
	if len(problems) > 0 {
		return s, event.Event{}, problems
	}
	s.Prepared.Explained = kept
	return s.prepared(pass, "late answers explained", eventID, now)
}

// SetAside keeps why a proposed gap is none.
func (s Statement) SetAside(pass access.Pass, held Position, key, why string, eventID string, now time.Time) (Statement, event.Event, error) {
	proposal, there := find(s.Proposals(held), key)
	if !there {
		return s, event.Event{}, ErrMoved
	}
	why = Tidy(why)
	if why == "" {
		return s, event.Event{}, fault.In("why", "Enter why this is not a gap")
	}
	if problems := line("why", "Why this is not a gap", why, whyLimit); len(problems) > 0 {
		return s, event.Event{}, problems
	}
	s.Prepared.Aside = append(slices.Clone(s.Prepared.Aside), Aside{Key: key, What: proposal.Name + ": " + proposal.What, Why: why})
	return s.prepared(pass, "a proposed gap set aside", eventID, now)
}

// TakeBack has a gap proposed again that was set aside.
func (s Statement) TakeBack(pass access.Pass, key string, eventID string, now time.Time) (Statement, event.Event, error) {
	kept := slices.DeleteFunc(slices.Clone(s.Prepared.Aside), func(a Aside) bool { return a.Key == key })
	if len(kept) == len(s.Prepared.Aside) {
		return s, event.Event{}, ErrMoved
	}
	s.Prepared.Aside = kept
	return s.prepared(pass, "a proposed gap looked at again", eventID, now)
}

// TakeGap puts a proposal into the list of gaps, to be edited there.
func (s Statement) TakeGap(pass access.Pass, held Position, key string, eventID string, now time.Time) (Statement, event.Event, error) {
	proposal, there := find(s.Proposals(held), key)
	switch {
	case !there:
		return s, event.Event{}, ErrMoved
	case len(s.Gaps) >= gapsLimit:
		return s, event.Event{}, errGaps
	}
	s.Gaps = append(slices.Clone(s.Gaps), Gap{Code: proposal.Code, Name: proposal.Name, What: proposal.What, FixBy: proposal.FixBy, Source: key})
	s.Prepared.GapsAt = now
	return s.prepared(pass, "a proposed gap taken in", eventID, now)
}

// KeepGaps replaces the gaps that the trust names.
func (s Statement) KeepGaps(pass access.Pass, gaps []Gap, eventID string, now time.Time) (Statement, event.Event, error) {
	if len(gaps) > gapsLimit {
		return s, event.Event{}, errGaps
	}
	var problems fault.Problems
	for i, gap := range gaps {
		field, which := "gap-"+strconv.Itoa(i), "gap "+strconv.Itoa(i+1)
		switch {
		case gap.Name == "":
			problems = append(problems, fault.In(field+"-name", "Enter the name of "+which))
		case gap.What == "":
			problems = append(problems, fault.In(field+"-what", "Enter what is wrong in "+which))
		case gap.FixBy == "":
			problems = append(problems, fault.In(field, "Enter the date by which "+which+" will be fixed"))
		case gap.FixBy < organisation.DayOf(now):
			problems = append(problems, fault.In(field, "The date for “"+gap.Name+"” must be today or later"))
		case Plain(gap.Code) != nil:
			problems = append(problems, fault.In(field, Plain(gap.Code).Error()))
		}
		problems = append(problems, line(field+"-name", "The name of "+which, gap.Name, nameLimit)...)
		problems = append(problems, line(field+"-what", "What is wrong in "+which, gap.What, whyLimit)...)
	}
	if len(problems) > 0 {
		return s, event.Event{}, problems
	}
	s.Gaps, s.Prepared.GapsAt = gaps, now
	return s.prepared(pass, "gaps listed", eventID, now)
}

// Rely keeps which evidence the statement leans on. What is not ready, or has
// ended, is refused now and again at the lock.
func (s Statement) Rely(pass access.Pass, held Position, chosen []evidence.ID, eventID string, now time.Time) (Statement, event.Event, error) {
	if _, err := held.pin(chosen); err != nil {
		return s, event.Event{}, err
	}
	s.Prepared.Relied, s.Prepared.ReliedAt = chosen, now
	return s.prepared(pass, "evidence linked", eventID, now)
}

// SeenByBoard keeps the day the board saw the statement; no day when it has not.
func (s Statement) SeenByBoard(pass access.Pass, on organisation.Day, eventID string, now time.Time) (Statement, event.Event, error) {
	if on > organisation.DayOf(now) {
		return s, event.Event{}, fault.Problems{fault.In("board", "The day the board saw it must be today or earlier")}
	}
	s.BoardOn = on
	return s.prepared(pass, "board date recorded", eventID, now)
}

// Accept keeps why something that does not agree stands as it is.
func (s Statement) Accept(pass access.Pass, held Position, finding Digest, reason string, eventID string, now time.Time) (Statement, event.Event, error) {
	found := s.Contradictions(held)
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Digest() == finding && !f.Must })
	if i < 0 {
		return s, event.Event{}, ErrMoved
	}
	reason = Tidy(reason)
	if reason == "" {
		return s, event.Event{}, fault.In("reason", "Enter why this stands as it is")
	}
	if problems := line("reason", "Why this stands as it is", reason, whyLimit); len(problems) > 0 {
		return s, event.Event{}, problems
	}
	kept := slices.DeleteFunc(slices.Clone(s.Prepared.Accepted), found[i].is)
	s.Prepared.Accepted = append(kept, Accepted{Rule: found[i].Rule, Sentence: found[i].Sentence, Reason: reason, By: pass.Who().Name})
	return s.prepared(pass, "a contradiction accepted", eventID, now)
}

// prepared is the end of every step: the event that says so.
func (s Statement) prepared(pass access.Pass, what, eventID string, now time.Time) (Statement, event.Event, error) {
	if s.State != Preparing {
		return s, event.Event{}, ErrLocked
	}
	return s, event.New(eventID, pass, now, "statement prepared", s.thing(), s.Title()+": "+what), nil
}

// line finds what is wrong with a text that stands in one line of the words.
func line(field, what, text string, limit int) fault.Problems {
	switch {
	case len([]rune(text)) > limit:
		return fault.Problems{fault.In(field, what+" must be "+strconv.Itoa(limit)+" characters or fewer")}
	case Plain(text) != nil:
		return fault.Problems{fault.In(field, what+" holds hidden characters. Remove them or type it again")}
	}
	return nil
}

// pin fixes the chosen evidence by its digest. Evidence that is gone, not
// ready or over is refused by its title.
func (p Position) pin(chosen []evidence.ID) ([]Pinned, error) {
	var problems fault.Problems
	var pinned []Pinned
	for _, id := range chosen {
		i := slices.IndexFunc(p.Files, func(f evidence.File) bool { return f.ID == id })
		if i < 0 {
			return nil, ErrMoved
		}
		f := p.Files[i]
		switch {
		case f.Verdict != evidence.Ready:
			problems = append(problems, fault.In("evidence", "“"+f.Title+"” has not been checked for viruses, so a statement cannot lean on it"))
		case f.RunsUntil < organisation.DayOf(p.At):
			problems = append(problems, fault.In("evidence", "“"+f.Title+"” ended on "+f.RunsUntil.Word()+". Choose what still holds"))
		}
		pinned = append(pinned, Pinned{Digest: Digest(f.Digest), Title: visible(f.Title), Until: f.RunsUntil})
	}
	return pinned, problems.OrNil()
}

// ready refuses evidence that may not be shown for something; none is fine.
func (p Position) ready(id evidence.ID) error {
	if id == "" {
		return nil
	}
	_, err := p.pin([]evidence.ID{id})
	return err
}

// Faults of preparing.
var (
	ErrMoved = fault.New(fault.Conflict, "What the portal holds changed while you were reading. Nothing was saved. This is how it stands now: check it, then save again.")
	errGaps  = fault.New(fault.Invalid, "A statement can name 50 gaps. Join some of them.")
)

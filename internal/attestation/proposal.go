package attestation

import (
	"slices"
	"strings"

	"countersign/internal/alert"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// Proposal is a gap that follows from what the portal holds. The trust takes it
// in, or says why it is none.
type Proposal struct {
	Key              string // "alert/…", "outcome/…", "evidence/…", "commitment/…"
	Code, Name, What string
	FixBy            organisation.Day // where the portal knows one
}

// speaksFor lists the gaps that what the portal holds speaks for.
func (s Statement) speaksFor(held Position) []Proposal {
	return slices.Concat(alertGaps(held), outcomeGaps(held), evidenceGaps(s, held), commitmentGaps(held))
}

// asideNow are the proposals that were set aside and that the portal still
// makes: what is over by now has no place in the words.
func (s Statement) asideNow(held Position) []Aside {
	all := s.speaksFor(held)
	return slices.DeleteFunc(slices.Clone(s.Prepared.Aside), func(a Aside) bool {
		_, stands := find(all, a.Key)
		return !stands
	})
}

// Proposals lists the gaps that what the portal holds speaks for, without
// those taken in or set aside.
func (s Statement) Proposals(held Position) []Proposal {
	return slices.DeleteFunc(s.speaksFor(held), func(p Proposal) bool {
		return slices.ContainsFunc(s.Gaps, p.takenAs) || slices.ContainsFunc(s.Prepared.Aside, func(a Aside) bool { return a.Key == p.Key })
	})
}

// takenAs tells whether a gap names what the proposal is about: it was taken
// from it, or has the code of the same outcome.
func (p Proposal) takenAs(g Gap) bool {
	return g.Source == p.Key || (p.Code != "" && g.Code == p.Code)
}

func find(all []Proposal, key string) (Proposal, bool) {
	i := slices.IndexFunc(all, func(p Proposal) bool { return p.Key == key })
	if i < 0 {
		return Proposal{}, false
	}
	return all[i], true
}

// alertGaps are the alerts that should have been fixed by now.
func alertGaps(held Position) []Proposal {
	var all []Proposal
	for _, r := range held.Open {
		if r.Rehearsal || held.At.Before(r.ActionDue) || held.At.Before(r.AcceptedUntil) {
			continue
		}
		all = append(all, Proposal{Key: "alert/" + string(r.Alert), Name: r.Name() + " " + visible(r.Title), FixBy: r.PlanOn,
			What: "The alert was to be fixed by " + organisation.DayOf(r.ActionDue).Word() + " and is still open."})
	}
	return all
}

// outcomeGaps are the outcomes below what is expected.
func outcomeGaps(held Position) []Proposal {
	var all []Proposal
	if held.Assessment == nil {
		return nil
	}
	for _, o := range held.Assessment.Framework.Outcomes() {
		if held.Assessment.Reached(o.Code) {
			continue
		}
		answer := held.Assessment.Answer(o.Code)
		all = append(all, Proposal{Key: "outcome/" + o.Code, Code: o.Code, Name: visible(o.Title),
			What: answer.Level.Word() + ", where " + strings.ToLower(held.Assessment.Profile.Expected[o.Code].Word()) + " is expected."})
	}
	return all
}

// evidenceGaps are the ready files that ended, or end before the statement is
// due, and that something leans on.
func evidenceGaps(s Statement, held Position) []Proposal {
	var all []Proposal
	today := organisation.DayOf(held.At)
	last := max(s.To, organisation.DayOf(s.Due))
	for _, f := range held.Files {
		if f.Verdict != evidence.Ready || len(f.Uses) == 0 || f.RunsUntil > last {
			continue
		}
		what := "The evidence ends on " + f.RunsUntil.Word() + "."
		if f.RunsUntil < today {
			what = "The evidence ended on " + f.RunsUntil.Word() + "."
		}
		all = append(all, Proposal{Key: "evidence/" + string(f.ID), Name: visible(f.Title), What: what})
	}
	return all
}

// commitmentGaps are the promises of earlier statements that are not kept yet.
func commitmentGaps(held Position) []Proposal {
	var all []Proposal
	for _, c := range held.Commitments {
		all = append(all, Proposal{Key: "commitment/" + string(c.ID), Name: "Commitment to part " + number(c.Part), What: c.What, FixBy: c.By})
	}
	return all
}

// late tells whether a high severity alert is open past a deadline of its own.
func late(r alert.Titled, held Position) bool {
	return !r.Rehearsal && r.Severity == alert.High && r.Standing(held.At) == alert.Late
}

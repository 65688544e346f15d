package board

import (
	"cmp"
	"slices"
	"time"

	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
)

// statements gives each the organisation was asked for, the latest deadline
// first: those that wait, those that ended in the last months, and the one
// signed last, however long ago.
func (d drawing) statements() []Statement {
	var list []Statement
	last, _, _ := d.lastSigned()
	for _, s := range d.Statements {
		then, asked := d.statement(s)
		old := !then.EndedAt.IsZero() && then.EndedAt.Before(d.at.AddDate(0, -keptMonths, 0)) && s.ID != last.Statement
		if asked && then.State != attestation.Withdrawn && !old {
			list = append(list, then)
		}
	}
	slices.SortStableFunc(list, func(x, y Statement) int {
		return cmp.Or(y.Due.Compare(x.Due), y.EndedAt.Compare(x.EndedAt), cmp.Compare(x.Title, y.Title), cmp.Compare(x.ID, y.ID))
	})
	return list
}

// statement is one as it stood; false where nobody had asked for it yet.
func (d drawing) statement(s attestation.Statement) (Statement, bool) {
	then := Statement{ID: s.ID, Title: s.Title(), State: attestation.Preparing, Due: d.due(s)}
	asked := false
	for _, e := range d.events["statement/"+string(s.ID)] {
		switch e.Kind {
		case "statement asked for", "statement taken up again", "replacement asked for", "replacement begun":
			asked = true
		case "statement locked":
			then.LockedBy, then.LockedAt = e.ActorName, e.At
			then.BesideBy, then.BesideAt = "", time.Time{} // of other words
			if then.EndedAt.IsZero() {                     // it ended in the same instant
				then.State = attestation.Locked
			}
		case "statement co-signed":
			then.BesideBy, then.BesideAt = e.ActorName, e.At
		case "statement returned":
			then.State, then.EndedAt = attestation.Returned, e.At
		case "statement withdrawn", "replacement given up":
			then.State, then.EndedAt = attestation.Withdrawn, e.At
		case "statement replaced":
			then.ReplacedAt = e.At
		case "signature withdrawn":
			then.RevokedAt = e.At
		}
	}
	for _, g := range d.Signatures {
		if g.Statement == s.ID && !g.SignedAt.After(d.at) {
			then.State, then.EndedAt, then.Signer = attestation.Signed, g.SignedAt, signer(g)
			then.Opinion, then.Exceptions, then.Code, then.Late = g.Opinion, g.Exceptions, g.Code, g.Late
		}
	}
	if d.reader == Overseers && then.EndedAt.IsZero() { // how far it has come is the organisation's own
		then.State, then.LockedBy, then.LockedAt = attestation.Preparing, "", time.Time{}
		then.BesideBy, then.BesideAt = "", time.Time{}
	}
	return then, asked
}

// due is the deadline that ran: what the first move after the moment moved it
// from, or the one that runs now.
func (d drawing) due(s attestation.Statement) time.Time {
	if s.Optional {
		return time.Time{}
	}
	due, first := s.Due, time.Time{}
	for _, x := range d.Moves {
		if x.Statement == s.ID && x.State == attestation.MoveConfirmed && x.DecidedAt.After(d.at) && (first.IsZero() || x.DecidedAt.Before(first)) {
			due, first = x.WasDue, x.DecidedAt
		}
	}
	return due
}

// levels gives the assessment that was started last, with what had been recorded
// of each outcome. Nothing an assessment carries forward counts.
func (d drawing) levels() *Levels {
	var last *Assessed
	for i, a := range d.Assessments {
		if !a.StartedAt.After(d.at) && (last == nil || a.StartedAt.After(last.StartedAt) || a.StartedAt.Equal(last.StartedAt) && a.ID > last.ID) {
			last = &d.Assessments[i]
		}
	}
	if last == nil {
		return nil
	}
	l := &Levels{Framework: last.Framework.Name, Profile: last.Profile.Name, Note: last.Profile.Note, Period: last.Period}
	levels := map[string]assessment.Level{}
	for _, e := range d.events["assessment/"+string(last.ID)] {
		if code, level, ok := recorded(*last, e); ok {
			levels[code], l.LastAt = level, e.At
		}
	}
	l.Reached, l.Outcomes = assessment.Tally(levels, last.Profile)
	for _, o := range last.Framework.Outcomes() {
		level, said := levels[o.Code]
		if said && level != assessment.NotAssessed {
			l.Said++
		}
		if expected := last.Profile.Expected[o.Code]; !assessment.Reached(level, expected) {
			if level == "" {
				level = assessment.NotAssessed
			}
			l.Short = append(l.Short, Short{Code: o.Code, Title: o.Title, Level: level, Expected: expected})
		}
	}
	return l
}

func recorded(a Assessed, e event.Event) (string, assessment.Level, bool) {
	if e.Kind != "outcome recorded" {
		return "", "", false
	}
	return assessment.Recorded(a.Framework, e.Detail)
}

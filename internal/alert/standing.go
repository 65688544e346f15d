package alert

import "time"

// Standing is a response's status at an instant, in the words of pages.
type Standing string

// The standings a page can show.
const (
	NotAcknowledged Standing = "Not acknowledged"
	Acknowledged    Standing = "Acknowledged"
	AnswerAgain     Standing = "Answer again"
	InProgress      Standing = "In progress"
	NeedsDecision   Standing = "Cannot fix yet"
	Late            Standing = "Late"
	UpdateLate      Standing = "Update late"
	AnsweredLate    Standing = "Answered late"
	RiskAccepted    Standing = "Risk accepted"
	IsCovered       Standing = "Made safe"
	IsFixed         Standing = "Fixed"
	NotForUs        Standing = "Does not apply"
	IsWithdrawn     Standing = "Withdrawn"
)

// Standing gives the status at an instant. Everything in it follows from
// instants, so it is the same on every page, export, letter and table.
func (r Response) Standing(now time.Time) Standing {
	switch {
	case r.Closed():
		return r.closedStanding()
	case !r.StoppedAt.IsZero():
		return IsWithdrawn
	case r.answerLate(now):
		return Late
	case !r.answered():
		if r.Acknowledged == nil {
			return NotAcknowledged
		}
		return r.unlessLapsed(now, Acknowledged)
	case r.Owes():
		return AnswerAgain
	case now.Before(r.AcceptedUntil):
		return RiskAccepted
	case !now.Before(r.ActionDue) || !r.AcceptedUntil.IsZero(): // an acceptance that ran out is late by itself
		return Late
	case r.Outcome == CannotFix:
		return r.unlessLapsed(now, NeedsDecision)
	case !r.InTime():
		return r.unlessLapsed(now, AnsweredLate)
	}
	return r.unlessLapsed(now, InProgress)
}

func (r Response) closedStanding() Standing {
	switch {
	case r.Applicability == DoesNotApply:
		return NotForUs
	case r.Outcome == Covered:
		return IsCovered
	}
	return IsFixed
}

func (r Response) answered() bool {
	_, ok := r.AnsweredAt()
	return ok
}

func (r Response) answerLate(now time.Time) bool {
	return answerLate(r.answered(), r.AnswerDue, r.Renewal, now)
}

// answerLate tells whether an answer is owed past its deadline: the first, or
// one that a newer version asked for. The deadline itself is already late.
func answerLate(answered bool, due time.Time, again *Renewal, now time.Time) bool {
	if !answered {
		return !now.Before(due)
	}
	return again.open() && !now.Before(again.Due)
}

func (r Response) unlessLapsed(now time.Time, otherwise Standing) Standing {
	if r.Lapsed(now) {
		return UpdateLate
	}
	return otherwise
}

// Lapsed tells whether an update that was promised has not come: the alert was
// acknowledged, is still open, and the promised moment has passed. A risk that
// was signed for promises nothing until its own date.
func (r Response) Lapsed(now time.Time) bool {
	return r.Acknowledged != nil && !r.Closed() && r.StoppedAt.IsZero() && !now.Before(r.NextUpdateDue) && !r.NextUpdateDue.IsZero() && !now.Before(r.AcceptedUntil)
}

// Due is the next deadline an organisation must keep, and what it is for: an
// answer, or an action. A zero instant means that none runs.
func (r Response) Due(now time.Time) (at time.Time, answer bool) {
	switch {
	case r.Closed() || !r.StoppedAt.IsZero():
		return time.Time{}, false
	case !r.answered():
		return r.AnswerDue, true
	case r.Owes():
		return r.Renewal.Due, true
	case !r.AcceptedUntil.IsZero():
		return r.AcceptedUntil, false
	}
	return r.ActionDue, false
}

// Counts tells whether the pair of organisation and alert may enter a measure
// of answers at an instant: its deadline has come, and the alert was not
// withdrawn before that: only matured pairs are measured, and withdrawn ones are censored.
func (r Response) Counts(now time.Time) bool {
	return !now.Before(r.AnswerDue) && (r.StoppedAt.IsZero() || !r.StoppedAt.Before(r.AnswerDue))
}

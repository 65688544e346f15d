package handler

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/views/alertview"
)

// inset says what is late, what is missing, or how it was closed.
func (s alertScene) inset() []string {
	r, now := s.response, s.now
	_, answered := r.AnsweredAt()
	var said []string
	if s.alert.Draft.Rehearsal {
		said = append(said, "This is a rehearsal. Answer it as you would a real alert. It is measured, and stands in no table.")
	}
	switch {
	case r.Closed():
		said = append(said, s.closed())
	case !r.StoppedAt.IsZero():
		return append(said, "This alert was withdrawn at "+moment(r.StoppedAt)+". Both clocks have stopped, and nothing more is expected of you.")
	case r.Owes():
		said = append(said, s.owes())
	case !r.AcceptedUntil.IsZero() && !now.Before(r.AcceptedUntil):
		said = append(said, "The risk was accepted until "+upTo(r.AcceptedUntil, now)+". That has passed, so the alert is open again and "+timeLeft(r.AcceptedUntil, now)+".")
	case !r.AcceptedUntil.IsZero():
		said = append(said, "The risk is accepted until "+upTo(r.AcceptedUntil, now)+". The alert opens again then.")
	case answered && !now.Before(r.ActionDue):
		said = append(said, "The fix is "+timeLeft(r.ActionDue, now)+". Say what you have done: late is recorded, and no answer is worse.")
	case !answered && !now.Before(r.AnswerDue):
		said = append(said, "This answer is "+timeLeft(r.AnswerDue, now)+". Answer now: late is recorded, and no answer is worse.")
	}
	if !answered && r.Acknowledged != nil {
		missing := "Acknowledged. You still need to say if it applies"
		if now.Before(r.AnswerDue) {
			missing += ", by " + dueWord(r.AnswerDue, now)
		}
		said = append(said, missing+".")
	}
	if at, ok := r.AnsweredAt(); ok && !r.InTime() {
		said = append(said, "Answered late: "+moment(at)+", "+lateBy(at.Sub(r.AnswerDue))+" after the deadline.")
	}
	switch {
	case r.Lapsed(now):
		said = append(said, "You promised an update by "+upTo(r.NextUpdateDue, now)+". It is "+timeLeft(r.NextUpdateDue, now)+". Say what you have done so far.")
	case r.Applicability == alert.StillChecking && !r.NextUpdateDue.IsZero():
		said = append(said, "You said you are still checking. Give the next update by "+upTo(r.NextUpdateDue, now)+".")
	}
	return said
}

// owes says that a newer version asks again.
func (s alertScene) owes() string {
	r := s.response
	said := "This alert changed after you answered it. Read what changed, then say again if it applies, by " + dueWord(r.Renewal.Due, s.now) + "."
	if !s.now.Before(r.Renewal.Due) {
		said = "This alert changed after you answered it. Your new answer is " + timeLeft(r.Renewal.Due, s.now) + ". Answer now: late is recorded, and no answer is worse."
	}
	return said + " Your first answer stays on record, with its own time."
}

// wordsOf is what an alert says, as every page of it shows it.
func wordsOf(d alert.Draft) alertview.Words {
	w := alertview.Words{Steps: stepViews(d.Steps), Why: markdown(d.Why), Sources: d.Sources}
	if d.Indicators != "" {
		w.Indicators = markdown(d.Indicators)
	}
	add := func(name string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			w.Facts = append(w.Facts, alertview.Fact{Name: name, Value: text})
		}
	}
	add("Kind of threat", d.ThreatType)
	add("Categories", d.Categories...)
	add("Ways in", d.Vectors...)
	for _, c := range d.CVEs {
		status := ""
		if c.Status != "" {
			status = "status " + strings.ToLower(c.Status)
		}
		w.CVEs = append(w.CVEs, strings.Join(filled(c.ID, status, c.Text), ", "))
	}
	for _, p := range d.Platforms {
		versions := ""
		if len(p.Versions) > 0 {
			versions = "versions " + strings.Join(p.Versions, ", ")
		}
		w.Platforms = append(w.Platforms, strings.Join(filled(p.Name, p.Text, versions), ", "))
	}
	return w
}

// filled leaves out what is empty.
func filled(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// versionViews lists what changed since the issue, newest first.
func versionViews(versions []alert.Version) []alertview.Change {
	var list []alertview.Change
	for _, v := range versions {
		if v.Kind == alert.FirstIssue || v.Approval == nil {
			continue
		}
		c := alertview.Change{Title: "Version " + strconv.FormatInt(v.Number, 10) + ", " + v.Kind.Past(), At: moment(v.Approval.At), Machine: v.Approval.At.UTC().Format(time.RFC3339), Reason: v.Reason}
		if v.Renew {
			c.Renew = "Everyone who had answered was asked to answer again."
		}
		if v.Kind == alert.Extension {
			c.Renew = "Answer by " + moment(v.AnswerDue) + ", fix by " + moment(v.ActionDue) + "."
		}
		list = append(list, c)
	}
	return list
}

func (s alertScene) closed() string {
	what := "Fixed everywhere."
	if s.response.Outcome == alert.Covered {
		what = "Made safe, still to be fixed: " + s.response.Cover
	}
	if s.response.Applicability == alert.DoesNotApply {
		what = "It does not apply. How you know: " + strings.ToLower(strings.Join(s.response.HowKnown, ", ")) + ", checked on " + longDay(s.response.CheckedOn) + "."
	}
	by := ""
	for _, e := range s.log {
		if e.At.Equal(s.response.ClosedAt) {
			by = " by " + e.ActorName
		}
	}
	return "Closed" + by + " at " + moment(s.response.ClosedAt) + ". " + what
}

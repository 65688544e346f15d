package handler

import (
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/risk"
	"countersign/views/chart"
	"countersign/views/homeview"
)

// task is something that needs the person, with when it is due.
type task struct {
	due  time.Time // zero where nobody owes it
	now  homeview.Now
	line homeview.Line
	own  bool // nobody else at the trust can do it
}

// before is the order of tasks: by deadline, and what has none comes last.
func (t task) before(other task) bool {
	if t.due.IsZero() || other.due.IsZero() {
		return !t.due.IsZero()
	}
	return t.due.Before(other.due)
}

func (t task) late(now time.Time) bool { return !t.due.IsZero() && !now.Before(t.due) }

// tasks lists what this person can do something about, by due time.
func (s trustSight) tasks() []task {
	var tasks []task
	add := func(t task) {
		at := len(tasks)
		for i, each := range tasks {
			if t.before(each) {
				at = i
				break
			}
		}
		tasks = append(tasks[:at:at], append([]task{t}, tasks[at:]...)...)
	}
	for _, st := range s.statements {
		if t, ok := s.statementTask(st); ok {
			add(t)
		}
	}
	for _, r := range s.risks {
		if decidesRisk(s.who, s.org, r.Request) {
			add(s.riskTask(r))
		}
	}
	if access.May(s.who, access.AnswerAlert, s.org) && !s.signs() {
		for _, r := range s.open {
			if t, ok := s.alertTask(r); ok {
				add(t)
			}
		}
	}
	return tasks
}

func (s trustSight) statementTask(st attestation.Statement) (task, bool) {
	late := st.Late(s.now)
	by := homeview.Fact{Name: "Sign by", Strong: dueWord(st.Due, s.now), Value: "(" + daysLeft(st.Due, s.now) + ")"}
	if late {
		by = homeview.Fact{Name: "Was due", Strong: dueWord(st.Due, s.now) + ".", Value: "You can still sign. It will show as late."}
	}
	path := statementPath(st.Organisation, st.ID)
	t := task{due: st.Due, own: true}
	the := "the "
	if st.Optional {
		t.due = time.Time{}
		by = homeview.Fact{Name: "Sign by", Strong: "No deadline.", Value: "The one it replaces stands until then."}
	}
	if st.Supersedes != "" {
		the = "a new "
	}
	switch {
	case len(st.Awaits()) > 0 && access.May(s.who, access.CoSignStatement, s.org):
		t.now = homeview.Now{Title: "Co-sign " + the + st.Title(), Facts: []homeview.Fact{by, {Name: "To read", Value: reading(st)}}, Button: "Read and co-sign", Href: path + "/co-signature", Late: late,
			Note: "The chief executive can sign after you. " + st.LockedBy + " checked and locked it on " + dayWord(st.LockedAt) + "." + boardSaw(st)}
	case len(st.Awaits()) > 0:
		return t, false
	case st.State == attestation.Locked && s.signs():
		t.now = homeview.Now{Title: "Sign " + the + st.Title(), Facts: []homeview.Fact{by, {Name: "To read", Value: reading(st)}}, Button: "Review and sign", Href: path + "/signature", Late: late,
			Note: s.signer() + " " + st.LockedBy + ", senior information risk owner, checked it on " + dayWord(st.LockedAt) + "." + boardSaw(st)}
	case st.State == attestation.Preparing && access.May(s.who, access.LockStatement, s.org):
		t.now = homeview.Now{Title: "Check and lock " + the + st.Title(), Facts: []homeview.Fact{by}, Button: "Check the statement", Href: path, Late: late, Note: "The chief executive can sign after you lock it."}
	case st.State == attestation.Preparing && access.May(s.who, access.PrepareStatement, s.org):
		t.now = homeview.Now{Title: "Prepare " + the + st.Title(), Facts: []homeview.Fact{by}, Button: "Prepare the statement", Href: path, Late: late, Note: "The senior information risk owner checks and locks it, then the chief executive signs."}
	default:
		return t, false
	}
	t.line = homeview.Line{Title: t.now.Title, Href: t.now.Href, Text: "Due " + dueWord(st.Due, s.now) + ".", Strong: daysLeft(st.Due, s.now)}
	if st.Supersedes != "" {
		t.now.Note = againWord(st) + " " + t.now.Note
		t.line.Text = againWord(st) + " " + t.line.Text
	}
	if st.Optional {
		t.line.Text, t.line.Strong = againWord(st), "No deadline"
	}
	return t, true
}

// againWord says why a statement that was signed is to be signed anew.
func againWord(st attestation.Statement) string {
	switch {
	case !st.Optional:
		return "The one signed before was withdrawn, so this is due. Why there is a new one: " + fullStop(st.Because)
	case st.Wanted != "":
		return st.Wanted + ", a regulator, asks for it: " + fullStop(st.Because)
	}
	return "It replaces the signed one: " + fullStop(st.Because)
}

// signer says who can sign: the chief executive alone, or somebody who acts
// beside them.
func (s trustSight) signer() string {
	post, acts := s.acting.Actor(s.now)
	switch {
	case acts && string(post.Person) == s.who.ID:
		return "You sign as acting chief executive, in your own name."
	case acts:
		return actsSentence(post)
	}
	return "Only you can sign."
}

// reading says what there is to read: about 200 words a minute, and at least
// one minute.
func reading(st attestation.Statement) string {
	words := 1 + strings.Count(st.Words, " ") + strings.Count(st.Words, "\n")
	minutes := max(1, (words+199)/200)
	text := "About " + plural(minutes, "minute") + "."
	switch n := len(st.Gaps); n {
	case 0:
		return text + " No gaps."
	case 1:
		return text + " 1 gap, with a date."
	default:
		return text + " " + strconv.Itoa(n) + " gaps, each with a date."
	}
}

func boardSaw(st attestation.Statement) string {
	if st.BoardOn == "" {
		return ""
	}
	return " Your board saw it on " + attestation.LongDay(st.BoardOn) + "."
}

// riskTask is a decision that waits for this person.
func (s trustSight) riskTask(r risk.Waiting) task {
	title := "Accept or refuse a risk: " + r.Name() + ", " + r.AlertTitle
	t := task{due: r.Due, own: true, line: homeview.Line{Title: title, Href: riskPath(s.org, r.Alert), Text: r.AskedBy + " asked " + dayWord(r.AskedAt) + "."}}
	t.now = homeview.Now{Title: title, Late: !s.now.Before(r.Due), Button: "Read and decide", Href: t.line.Href, Note: r.AskedBy + " asks, because it cannot be fixed yet. You sign in again to decide.",
		Facts: []homeview.Fact{{Name: "Fix by", Strong: dueWord(r.Due, s.now), Value: "(" + daysLeft(r.Due, s.now) + ")"}, {Name: "Asked until", Strong: longDay(r.Until)}}}
	return t
}

// acceptedSoon is how long before an accepted risk runs out it needs somebody.
const acceptedSoon = 7 * 24 * time.Hour

func (s trustSight) alertTask(r alert.Titled) (task, bool) {
	due, answer := r.Due(s.now)
	accepted := s.now.Before(r.AcceptedUntil)
	if due.IsZero() || (accepted && due.Sub(s.now) > acceptedSoon) {
		return task{}, false
	}
	t := task{due: due}
	path := alertPath(s.org, r.Alert)
	verb := "Finish"
	standing := r.Standing(s.now)
	switch {
	case answer && r.Acknowledged == nil:
		verb = "Acknowledge"
	case answer && r.Owes():
		verb = "Answer again"
	case answer:
		verb = "Answer"
	case r.Lapsed(s.now):
		verb, t.due = "Update", r.NextUpdateDue
	}
	title := verb + " alert " + r.Name() + ": " + r.Title
	late := !s.now.Before(t.due)
	t.now = homeview.Now{Title: title, Late: late, Button: "Open the alert", Href: path, Note: "Standing now: " + strings.ToLower(string(standing)) + ".",
		Facts: []homeview.Fact{{Name: "Due", Strong: dueWord(t.due, s.now), Value: "(" + timeLeft(t.due, s.now) + ")"}}}
	left := t.due.Sub(s.now).Hours()
	t.line = homeview.Line{Title: title, Href: path, Text: "Due " + dueWord(t.due, s.now) + ".", Strong: timeLeft(t.due, s.now), Figure: chart.ClockRing{Size: 44, Left: min(48, max(0, left)), Late: late}}
	return t, true
}

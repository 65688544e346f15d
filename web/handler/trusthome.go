package handler

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/chart"
	"countersign/views/homeview"
	"countersign/views/layout"
)

func levelNote(at, of int) string {
	if at == of {
		return "Every outcome is at the expected level."
	}
	return plural(of-at, "outcome") + " short of what is expected."
}

// trustSight is everything a trust's first page is made from.
type trustSight struct {
	who        access.Actor
	org        organisation.Code
	now        time.Time
	open       []alert.Titled
	marks      []bool // of the last full quarter: answered in time or not
	statements []attestation.Statement
	risks      []risk.Waiting
	acting     identity.ActingGround
	events     []event.Event
	elsewhere  []homeview.Line // what needs the person at other organisations
	first      string          // who signs before the chief executive; empty when nobody has to
	all        bool            // everything that needs the person is asked for, not only what comes first
}

func (s trustSight) signs() bool { return access.May(s.who, access.SignStatement, s.org) }

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

// showAll asks the first page for everything that it counts.
const showAll = "all"

// trustHomeView orders what needs the person (what is late first, then the
// earliest deadline) and says where the organisation stands.
func trustHomeView(s trustSight) homeview.Home {
	tasks := s.tasks()
	page := homeview.Home{Heading: heading(tasks, s.now), Nothing: s.nothing()}
	for i, t := range tasks {
		if i == 0 {
			first := t.now
			page.Now = &first
		} else if len(page.Next) < 2 || t.own || s.all {
			page.Next = append(page.Next, t.line)
		}
	}
	if len(tasks) > 1+len(page.Next) {
		page.More = &layout.Link{Text: "See all " + strconv.Itoa(len(tasks)), Href: organisationPath(s.org) + "?show=" + showAll}
	}
	page.Next = append(page.Next, s.elsewhere...)
	s.showWaiting(&page)
	page.Stats = []homeview.Stat{s.onTime(), s.openAlerts()}
	page.Since = moments(s.events, s.open, 3)
	return page
}

// elsewhereLine leads to another organisation where something needs the person.
func elsewhereLine(org organisation.Organisation, tasks []task, now time.Time) homeview.Line {
	return homeview.Line{Title: org.Name + ": " + heading(tasks, now), Href: organisationPath(org.Code), Text: tasks[0].line.Title + ". " + tasks[0].line.Text, Strong: tasks[0].line.Strong}
}

func heading(tasks []task, now time.Time) string {
	late := 0
	for _, t := range tasks {
		if t.late(now) {
			late++
		}
	}
	switch {
	case len(tasks) == 0:
		return "Nothing needs you today"
	case late == 1:
		return "1 thing is late"
	case late > 1:
		return strconv.Itoa(late) + " things are late"
	case len(tasks) == 1:
		return "1 thing needs you"
	}
	return strconv.Itoa(len(tasks)) + " things need you"
}

func (s trustSight) nothing() string {
	next := s.next()
	switch {
	case len(s.open) > 0 && !s.signs():
		return "Your trust is dealing with " + plural(len(s.open), "open alert") + "."
	case len(s.open) > 0:
		return strings.TrimSpace("Your staff are dealing with " + plural(len(s.open), "open alert") + ". " + next)
	case next != "":
		return "No open alerts. " + next
	}
	return "No open alerts, and no statement waits for you."
}

// next says which statement whoever signs will be asked for next, while others
// still prepare it: the first, because they come by their deadlines.
func (s trustSight) next() string {
	i := slices.IndexFunc(s.statements, func(st attestation.Statement) bool { return st.State == attestation.Preparing && !st.Optional })
	if i < 0 || !s.signs() {
		return ""
	}
	return "The next thing for you is the " + s.statements[i].Title() + ", due " + dueWord(s.statements[i].Due, s.now) + "."
}

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
	minutes := max(1, (len(strings.Fields(st.Words))+199)/200)
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

// onTime is the share of high severity alerts of the last full quarter that
// were answered in time; only those whose 48 hours are over count.
func (s trustSight) onTime() homeview.Stat {
	_, _, period := lastQuarter(s.now)
	marks, in, late := s.marks, 0, 0
	for _, inTime := range marks {
		if inTime {
			in++
		} else {
			late++
		}
	}
	stat := homeview.Stat{Title: "Alerts answered within 48 hours, " + period, Href: organisationPath(s.org) + "/alerts", Value: strconv.Itoa(in) + " of " + strconv.Itoa(len(marks))}
	switch {
	case len(marks) == 0:
		stat.Value, stat.Note = "No data", "No high severity alert was sent to you in these months."
		return stat
	case late == 0:
		stat.Note = "Every answer was in time."
	default:
		stat.Note = plural(late, "answer") + " came late or not at all."
	}
	first, last, _ := strings.Cut(period, " to ")
	last, _, _ = strings.Cut(last, " ")
	stat.Figure = chart.OnTimeSquares{OnTime: marks, First: first, Last: last}
	return stat
}

// comparedStat is a likely position among similar trusts: a range, never a rank.
func comparedStat(t league.Comparison) homeview.Stat {
	stat := homeview.Stat{Title: "Compared with similar trusts", Href: "/compare", Value: "Not compared", Note: cmp.Or(t.Refusal, "Too few answers were due in the last 12 months.")}
	if t.Refusal != "" || len(t.Rows) != 1 || t.Rows[0].PositionLow == 0 {
		return stat
	}
	row := t.Rows[0]
	stat.Title, stat.Value, stat.Figure = "Compared with "+plural(t.Compared-1, "similar trust"), "Likely "+positionWords(row), chart.PositionStrip{Low: row.PositionLow, High: row.PositionHigh, Of: t.Compared}
	switch row.Band {
	case league.Below:
		stat.Note = "You answer late more often than chance explains."
	case league.Above:
		stat.Note = "You answer in time more often than chance explains."
	default:
		stat.Note = "Within the expected range. The data cannot place you more exactly."
	}
	return stat
}

// lastQuarter gives the last full quarter before an instant, in UK time.
func lastQuarter(now time.Time) (from, to time.Time, period string) {
	local := now.In(organisation.London)
	to = time.Date(local.Year(), time.Month((int(local.Month())-1)/3*3+1), 1, 0, 0, 0, 0, organisation.London)
	from = to.AddDate(0, -3, 0)
	return from, to, months(from, to.AddDate(0, 0, -1))
}

func (s trustSight) openAlerts() homeview.Stat {
	var high []alert.Titled
	for _, r := range s.open {
		if r.Severity == alert.High {
			high = append(high, r)
		}
	}
	stat := homeview.Stat{Title: "Open high severity alerts", Href: organisationPath(s.org) + "/alerts", Value: strconv.Itoa(len(high)), Note: "Nothing is open."}
	waiting := 0
	for _, r := range high {
		if _, answer := r.Due(s.now); answer {
			waiting++
		}
	}
	switch {
	case len(high) == 0:
		return stat
	case waiting == 0:
		stat.Note = "All are answered and being fixed."
	default:
		stat.Note = plural(waiting, "alert") + " still to answer."
	}
	r := high[0]
	stat.Figure = chart.ClockBar{Label: r.Name(), Right: timeLeft(r.AnswerDue, s.now), Elapsed: s.elapsed(r)}
	if at, ok := r.AnsweredAt(); ok {
		stat.Figure = chart.ClockBar{Label: r.Name(), Right: "answered " + dayWord(at), Elapsed: s.elapsed(r)}
	}
	return stat
}

func (s trustSight) elapsed(r alert.Titled) float64 {
	end := s.now
	if at, ok := r.AnsweredAt(); ok {
		end = at
	}
	return end.Sub(r.IssuedAt).Hours()
}

// quiet events are kept for the record, and say nothing to a reader.
var quiet = map[string]bool{"review kept": true, "signing begun": true, "signed in": true, "signed out": true, "proved identity": true, "evidence downloaded": true}

func moments(events []event.Event, open []alert.Titled, limit int) []homeview.Moment {
	names := map[string]string{}
	for _, r := range open {
		names["alert/"+string(r.Alert)] = r.Name()
	}
	var list []homeview.Moment
	for _, e := range events {
		if !quiet[e.Kind] && len(list) < limit {
			what := e.Detail
			if name := names[e.Thing]; name != "" && !strings.Contains(what, name) {
				what = name + ": " + what
			}
			list = append(list, homeview.Moment{At: e.At.UTC().Format(time.RFC3339), When: moment(e.At), What: what})
		}
	}
	return list
}

func signedLines(signed []attestation.Mine) []homeview.Line {
	var lines []homeview.Line
	for _, m := range signed {
		line := homeview.Line{Title: m.Period + " statement", Href: receiptPath(m.Organisation, m.Statement), Text: opinionWord(m.Opinion, m.Exceptions), Quiet: dayWord(m.SignedAt) + " · code " + m.Code.Groups()}
		if !m.RevokedAt.IsZero() {
			line.Text = "Withdrawn on " + dayWord(m.RevokedAt)
		} else if m.Replaced {
			line.Text = "Replaced by a newer one"
		}
		lines = append(lines, line)
	}
	return lines
}

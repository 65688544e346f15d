package handler

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/layout"
)

// The functions here turn an organisation's alerts into pages. They read no
// request and no store, so every state can be tested alone.

// severityWords are the severities as a page says them.
var severityWords = map[alert.Severity]string{alert.High: "High", alert.Medium: "Medium", alert.Low: "Low"}

// standingTag gives each standing its one colour.
func standingTag(s alert.Standing) component.Tag {
	tag := component.Tag{Text: string(s)}
	switch s {
	case alert.NotAcknowledged, alert.AnsweredLate:
		tag.Colour = "grey"
	case alert.Acknowledged:
		tag.Colour = "blue"
	case alert.InProgress, alert.NeedsDecision, alert.AnswerAgain:
		tag.Colour = "white"
	case alert.Late, alert.UpdateLate:
		tag.Colour = "red"
	case alert.RiskAccepted:
		tag.Colour = "yellow"
	default:
		tag.Plain = true
	}
	return tag
}

// alertList is the list page. It is given one row more than it shows, to know
// whether there is an older page.
func alertList(rows []alert.Titled, org organisation.Code, before, now time.Time) alertview.List {
	path := organisationPath(org) + "/alerts"
	page := alertview.List{Empty: "No alerts have been sent to you."}
	if before.Before(now) {
		page.Newest, page.Empty = path, "There are no older alerts."
	}
	if len(rows) > alertsPerPage {
		rows = rows[:alertsPerPage]
		page.Older = olderThan(path, rows[len(rows)-1].IssuedAt)
	}
	page.Rows = make([]alertview.Row, len(rows))
	waiting, first := 0, time.Time{}
	for i, r := range rows {
		if due, answer := r.Due(now); answer {
			waiting++
			if first.IsZero() || due.Before(first) {
				first = due
			}
		}
		page.Rows[i] = alertview.Row{Title: r.Title, Href: path + "/" + string(r.Alert), About: r.Name() + ", " + strings.ToLower(severityWords[r.Severity]) + " severity",
			Sent: dayWord(r.IssuedAt), Next: alertNext(r.Response, now), Status: standingTag(r.Standing(now))}
	}
	page.Lead = alertLead(waiting, first, now)
	return page
}

func alertLead(waiting int, first, now time.Time) string {
	need, which := plural(waiting, "alert")+" need an answer. ", "The first is"
	switch waiting {
	case 0:
		return ""
	case 1:
		need, which = "1 alert needs an answer. ", "It is"
	}
	if !now.Before(first) {
		return need + which + " " + timeLeft(first, now) + "."
	}
	return need + which + " due by " + dueWord(first, now) + "."
}

// alertNext says in a few words what is due.
func alertNext(r alert.Response, now time.Time) string {
	due, answer := r.Due(now)
	switch {
	case r.Closed():
		return "Closed " + dayWord(r.ClosedAt)
	case due.IsZero():
		return "Withdrawn " + dayWord(r.StoppedAt)
	case answer && r.Acknowledged == nil:
		return "Acknowledge by " + dueWord(due, now)
	case answer && r.Owes():
		return "Answer again by " + dueWord(due, now)
	case answer:
		return "Say if it applies by " + dueWord(due, now)
	case now.Before(r.AcceptedUntil):
		return "Risk accepted until " + upTo(due, now)
	case r.Finished():
		return "Check and close by " + dueWord(due, now)
	}
	return "Fix by " + dueWord(due, now)
}

// stepViews are the steps of an alert as a page lists them.
func stepViews(steps []alert.Step) []alertview.Step {
	list := make([]alertview.Step, len(steps))
	for i, s := range steps {
		list[i] = alertview.Step(s)
	}
	return list
}

// trustShort is a trust's name as people say it.
func trustShort(name string) string {
	for _, ending := range []string{" NHS Foundation Trust", " NHS Trust"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

func (s alertScene) caption() string {
	return s.alert.Name() + " · " + severityWords[s.alert.Draft.Severity] + " severity"
}

func (s alertScene) answer() alertview.Answer {
	r, now := s.response, s.now
	due, answer := r.Due(now)
	page := alertview.Answer{
		Caption: s.caption(), Heading: s.alert.Draft.Title, Status: s.status(), Inset: s.inset(),
		Words: wordsOf(s.alert.Draft), TrustName: s.org.Name, Changes: versionViews(s.versions),
		Clock: s.clock(), Hours: s.hours(), Tasks: s.tasks(), Log: alertRecord(s.log), Calls: s.callViews(), Evidence: s.evidence(),
	}
	byAnswer, byAction := alertview.Fact{Name: "Answer by", Value: s.due(r.AnswerDue)}, alertview.Fact{Name: "Fix by", Value: s.due(r.ActionDue)}
	switch {
	case r.Closed():
		page.Due, page.Facts = "Closed at "+moment(r.ClosedAt), []alertview.Fact{byAnswer, byAction}
	case due.IsZero():
		page.Due, page.Facts = "Withdrawn at "+moment(r.StoppedAt), []alertview.Fact{byAnswer, byAction}
	case answer && r.Owes():
		page.Due, page.Left, page.Facts = "Answer again by "+s.due(due), s.left(due), []alertview.Fact{byAction}
	case answer:
		byAction.Value += " (" + s.left(r.ActionDue) + ")"
		page.Due, page.Left, page.Facts = "Answer by "+s.due(due), s.left(due), []alertview.Fact{byAction}
	case now.Before(r.AcceptedUntil):
		page.Due, page.Left, page.Facts = "Risk accepted until "+s.due(due), s.left(due), []alertview.Fact{byAnswer, byAction}
	default:
		page.Due, page.Left, page.Facts = "Fix by "+s.due(due), s.left(due), []alertview.Fact{byAnswer}
	}
	if update := r.NextUpdateDue; !update.IsZero() && r.Acknowledged != nil && !now.Before(r.AcceptedUntil) {
		page.Facts = append(page.Facts, alertview.Fact{Name: "Your next update", Value: "by " + s.due(update)})
	}
	if answersElsewhere(s.who, s.org.Code) && !r.Closed() && r.StoppedAt.IsZero() {
		page.Joint = nationalPath(s.alert.ID) + "/joint-answer"
	}
	page.Late = !due.IsZero() && !now.Before(due)
	s.next(&page)
	return page
}

// status is the tag of the whole answer; one with a date says it.
func (s alertScene) status() component.Tag {
	standing := s.response.Standing(s.now)
	tag := standingTag(standing)
	if standing == alert.RiskAccepted {
		tag.Text += " until " + dayWord(s.response.AcceptedUntil.Add(-time.Nanosecond)) // that day included, as it was signed
	}
	return tag
}

func (s alertScene) due(at time.Time) string {
	day := clockTime(at) + " on " + weekday(at)
	if (at.Equal(s.response.NextUpdateDue) || at.Equal(s.response.AcceptedUntil)) && clockTime(at) == "midnight" {
		day = "the end of " + weekday(at.Add(-time.Nanosecond))
	}
	return day + clockChange(s.response.IssuedAt, at)
}

// left counts hours where the 48-hour clock does, days beyond it.
func (s alertScene) left(due time.Time) string {
	if due.Sub(s.now) > alert.AnswerWindow {
		return daysLeft(due, s.now)
	}
	return timeLeft(due, s.now)
}

// next chooses the one thing to do now. The others wait in the list of tasks.
func (s alertScene) next(page *alertview.Answer) {
	r, path := s.response, alertPath(s.org.Code, s.alert.ID)
	answers := access.May(s.who, access.AnswerAlert, s.org.Code)
	_, answer := r.Due(s.now)
	switch {
	case r.Closed():
		page.Next = "Nothing more is due"
		if answers && r.StoppedAt.IsZero() {
			page.Reopen, page.Seen = path+"/reopening", s.seenNow()
		}
		return
	case !r.StoppedAt.IsZero():
		page.Next = "Nothing more is due"
		return
	case r.Acknowledged == nil:
		page.Next, page.Post, page.Button = "Acknowledge this alert", path+"/acknowledgement", "Acknowledge for "+trustShort(s.org.Name)
		page.Quiet = "This tells the centre that a person has read it. You do not need answers yet."
	case answer && r.Owes():
		page.Next, page.Href, page.Button = "The alert changed: say again if it applies", path+"/applicability", "Say if it applies"
	case answer:
		page.Next, page.Href, page.Button = "Next, say if this alert applies", path+"/applicability", "Say if it applies"
	case r.Finished():
		page.Next, page.Href, page.Button = "Next, check and close", path+"/closing", "Check and close"
	default:
		page.Next, page.Href, page.Button = "Next, say what you did", path+"/action", "Say what you did"
		s.nextOfRisk(page)
	}
	if page.Href == riskPath(s.org.Code, s.alert.ID) && s.decides() {
		return // the chief executive decides and need not be one who answers
	}
	if !answers {
		page.Post, page.Href, page.Button = "", "", ""
		page.Quiet = "The cyber lead, the senior information risk owner (SIRO) or the chief executive of " + trustShort(s.org.Name) + " can answer."
	}
}

// seenNow is the version of the answer that a form on this page was made from.
func (s alertScene) seenNow() string { return strconv.FormatInt(s.version, 10) }

func (s alertScene) clock() chart.ClockBar {
	r := s.response
	at, answered := r.AnsweredAt()
	bar := chart.ClockBar{Label: s.alert.Name(), Right: timeLeft(r.AnswerDue, s.now), Strong: true, Elapsed: s.now.Sub(r.IssuedAt).Hours()}
	if answered {
		bar.Elapsed, bar.Right, bar.Strong = at.Sub(r.IssuedAt).Hours(), "answered", false
		if !r.InTime() {
			bar.Right, bar.Strong = "answered "+lateBy(at.Sub(r.AnswerDue))+" late", true
		}
	}
	if r.Acknowledged != nil {
		bar.HasAcknowledged, bar.Acknowledged = true, r.Acknowledged.At.Sub(r.IssuedAt).Hours()
	}
	return bar
}

// hours is the clock as a table.
func (s alertScene) hours() [][]string {
	r := s.response
	row := func(what string, at time.Time) []string {
		return []string{what, moment(at), strconv.FormatFloat(at.Sub(r.IssuedAt).Hours(), 'f', 1, 64)}
	}
	rows := [][]string{row("Sent", r.IssuedAt)}
	if r.Acknowledged != nil {
		rows = append(rows, row("Acknowledged by "+r.Acknowledged.By, r.Acknowledged.At))
	}
	if at, ok := r.AnsweredAt(); ok {
		rows = append(rows, row("Answered", at))
	}
	rows = append(rows, row("Answer due", r.AnswerDue))
	if !r.ClosedAt.IsZero() {
		rows = append(rows, row("Closed", r.ClosedAt))
	}
	slices.SortStableFunc(rows[1:], func(a, b []string) int { return byNumber(a[2], b[2]) })
	return rows
}

func byNumber(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64) // both were written by FormatFloat
	y, _ := strconv.ParseFloat(b, 64)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func (s alertScene) evidence() []alertview.Proof {
	var list []alertview.Proof
	for _, f := range s.proofs {
		row := evidenceRow(f, s.now)
		list = append(list, alertview.Proof{Title: row.Title, Href: row.Href, State: row.Standing + ". About " + longDay(f.AboutOn) + ", runs until " + row.RunsUntil + "."})
	}
	return list
}

// alertRecord writes the record, newest first.
func alertRecord(log []event.Event) []alertview.Moment {
	list := make([]alertview.Moment, 0, len(log))
	for _, e := range log {
		who := e.ActorName
		if office := e.Office.Word(); office != "" && !strings.HasPrefix(e.ActorID, "portal:") { // its name says what it is
			who += ", " + strings.ToLower(office[:1]) + office[1:]
		}
		list = append(list, alertview.Moment{At: moment(e.At), Machine: e.At.UTC().Format(time.RFC3339), What: strings.TrimSuffix(e.Detail, " by "+e.ActorName), Who: who})
	}
	return list
}

// callViews writes the calls about the alert, newest first.
func (s alertScene) callViews() []alertview.Moment {
	list := make([]alertview.Moment, 0, len(s.calls))
	for _, call := range s.calls {
		list = append(list, alertview.Moment{At: moment(call.At), Machine: call.At.UTC().Format(time.RFC3339),
			What: "Rang " + call.Rung + " about " + s.alert.Name() + ": " + call.Outcome, Who: call.By})
	}
	return list
}

func (s alertScene) applicability() alertview.Applicability {
	r := s.response
	page := alertview.Applicability{Caption: s.caption(), Trust: trustShort(s.org.Name), Post: alertPath(s.org.Code, s.alert.ID) + "/applicability",
		Seen: s.seenNow(), Value: string(r.Applicability), Ways: alert.HowKnown, How: r.HowKnown, Checked: alertview.Date(dateFields(r.CheckedOn))}
	if r.Answered != s.alert.Current() { // an answer to other words is no answer to these
		page.Value = ""
	}
	return page
}

func (s alertScene) action() alertview.Action {
	r := s.response
	page := alertview.Action{Caption: s.caption(), Trust: trustShort(s.org.Name), Post: alertPath(s.org.Code, s.alert.ID) + "/action",
		Seen: s.seenNow(), Value: string(r.Outcome), Plan: alertview.Date(dateFields(r.PlanOn)), Reason: r.Reason, Cover: r.Cover}
	if r.AssetCount > 0 {
		page.Fixed, page.Assets = strconv.FormatInt(r.FixedCount, 10), strconv.FormatInt(r.AssetCount, 10)
	}
	return page
}

// seen is the version the form shown again posts: after a conflict the one
// just read, because what changed is then on the page; else the one it had.
func (s alertScene) seen(c echo.Context, err error) string {
	if fault.KindOf(err) == fault.Conflict {
		return s.seenNow()
	}
	return c.Request().PostFormValue("seen")
}

// alertProblems leads problems with a date to its first field, which can take
// the focus.
func alertProblems(err error) []layout.Problem {
	list := problems(err)
	for i := range list {
		if slices.Contains([]string{"#checked", "#plan", "#update"}, list[i].Href) {
			list[i].Href += "-day"
		}
	}
	return list
}

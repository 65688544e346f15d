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

// standingTag gives each standing its one colour (design.md 3).
func standingTag(s alert.Standing) component.Tag {
	tag := component.Tag{Text: string(s)}
	switch s {
	case alert.NotAcknowledged, alert.AnsweredLate:
		tag.Colour = "grey"
	case alert.Acknowledged:
		tag.Colour = "blue"
	case alert.InProgress, alert.NeedsDecision:
		tag.Colour = "white"
	case alert.Late:
		tag.Colour = "red"
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
		if _, answered := r.AnsweredAt(); !answered {
			waiting++
			if first.IsZero() || r.AnswerDue.Before(first) {
				first = r.AnswerDue
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
	_, answered := r.AnsweredAt()
	switch {
	case r.Closed():
		return "Closed " + dayWord(r.ClosedAt)
	case !answered && r.Acknowledged == nil:
		return "Acknowledge by " + dueWord(r.AnswerDue, now)
	case !answered:
		return "Say if it applies by " + dueWord(r.AnswerDue, now)
	}
	return "Fix by " + dueWord(r.ActionDue, now)
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
	_, answered := r.AnsweredAt()
	page := alertview.Answer{
		Caption: s.caption(), Heading: s.alert.Draft.Title, Status: standingTag(r.Standing(now)), Inset: s.inset(),
		Steps: stepViews(s.alert.Draft.Steps), Why: s.alert.Draft.Why, Threat: s.alert.Draft.ThreatType, TrustName: s.org.Name,
		Clock: s.clock(), Hours: s.hours(), Tasks: s.tasks(), Log: alertRecord(s.log), Evidence: s.evidence(),
	}
	if answered {
		page.Due, page.Left = "Fix by "+s.due(r.ActionDue), s.left(r.ActionDue)
		page.Facts = []alertview.Fact{{Name: "Answer by", Value: s.due(r.AnswerDue)}}
	} else {
		page.Due, page.Left = "Answer by "+s.due(r.AnswerDue), s.left(r.AnswerDue)
		page.Facts = []alertview.Fact{{Name: "Fix by", Value: s.due(r.ActionDue) + " (" + s.left(r.ActionDue) + ")"}}
	}
	if r.Closed() {
		page.Due, page.Left = "Closed at "+moment(r.ClosedAt), ""
		page.Facts = append(page.Facts, alertview.Fact{Name: "Fix by", Value: s.due(r.ActionDue)})
	}
	page.Late = !r.Closed() && (!answered && !now.Before(r.AnswerDue) || answered && !now.Before(r.ActionDue))
	s.next(&page)
	return page
}

func (s alertScene) due(at time.Time) string {
	return clockTime(at) + " on " + weekday(at) + clockChange(s.response.IssuedAt, at)
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
	_, answered := r.AnsweredAt()
	switch {
	case r.Closed():
		page.Next, page.Quiet = "Nothing more is due", ""
		return
	case r.Acknowledged == nil:
		page.Next, page.Post, page.Button = "Acknowledge this alert", path+"/acknowledgement", "Acknowledge for "+trustShort(s.org.Name)
		page.Quiet = "This tells the centre that a person has read it. You do not need answers yet."
	case !answered:
		page.Next, page.Href, page.Button = "Next, say if this alert applies", path+"/applicability", "Say if it applies"
	default:
		page.Next, page.Href, page.Button = "Next, say what you did", path+"/action", "Say what you did"
	}
	if !access.May(s.who, access.AnswerAlert, s.org.Code) {
		page.Post, page.Href, page.Button = "", "", ""
		page.Quiet = "The cyber lead, the senior information risk owner (SIRO) or the chief executive of " + trustShort(s.org.Name) + " can answer."
	}
}

// inset says what is late, what is missing, or how it was closed.
func (s alertScene) inset() []string {
	r, now := s.response, s.now
	_, answered := r.AnsweredAt()
	var said []string
	switch {
	case r.Closed():
		said = append(said, s.closed())
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
	if r.Applicability == alert.StillChecking && !r.NextUpdateDue.IsZero() {
		said = append(said, "You said you are still checking. Give the next update by "+dueWord(r.NextUpdateDue, now)+".")
	}
	return said
}

func (s alertScene) closed() string {
	what := "Fixed everywhere."
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

var (
	notStarted  = component.Tag{Text: "Not yet started", Colour: "blue"}
	started     = component.Tag{Text: "In progress", Colour: "white"}
	completed   = component.Tag{Text: "Completed", Plain: true, NoBorder: true, Light: true}
	cannotStart = component.Tag{Text: "Cannot start yet", Plain: true, NoBorder: true, Quiet: true}
	notNeeded   = component.Tag{Text: "Not needed", Plain: true, NoBorder: true, Quiet: true}
)

// tasks lists every part of the answer with how far it is. A task has an
// address only where this person can do it now.
func (s alertScene) tasks() []component.Task {
	r, path := s.response, alertPath(s.org.Code, s.alert.ID)
	answers := access.May(s.who, access.AnswerAlert, s.org.Code) && !r.Closed()
	link := func(may bool, href string) string {
		if may {
			return href
		}
		return ""
	}
	applies := r.Applicability == alert.AppliesToAll || r.Applicability == alert.AppliesToSome

	acknowledge := component.Task{Title: "Acknowledge", Href: link(answers && r.Acknowledged == nil, "#acknowledge"), Tag: &notStarted}
	if r.Acknowledged != nil {
		acknowledge.Tag, acknowledge.Hint = &completed, r.Acknowledged.By+", "+moment(r.Acknowledged.At)
	}
	say := component.Task{Title: "Say if it applies", Href: link(answers && r.Acknowledged != nil, path+"/applicability"), Tag: &notStarted, Hint: applicabilityWords[r.Applicability]}
	switch {
	case r.Acknowledged == nil:
		say.Tag = &cannotStart
	case r.Applicability == alert.StillChecking:
		say.Tag = &started
	case r.Applicability != alert.NotSaid:
		say.Tag = &completed
	}
	did := component.Task{Title: "Say what you did", Href: link(answers && applies, path+"/action"), Tag: &notStarted, Hint: s.did()}
	switch {
	case r.Applicability == alert.DoesNotApply:
		did.Tag = &notNeeded
	case !applies:
		did.Tag = &cannotStart
	case r.Outcome == alert.Fixed:
		did.Tag = &completed
	case r.Outcome != alert.NothingYet:
		did.Tag = &started
	}
	end := component.Task{Title: "Check and close", Tag: &cannotStart, Hint: "It closes for " + trustShort(s.org.Name) + " when you say that it is fixed everywhere or does not apply"}
	if r.Closed() {
		end.Tag, end.Hint = &completed, "Closed "+dayWord(r.ClosedAt)
	}
	return []component.Task{acknowledge, say, did, s.proofTask(), end}
}

// proofTask leads to the upload. Evidence can be added to a closed answer:
// proof often comes after the fix.
func (s alertScene) proofTask() component.Task {
	task := component.Task{Title: "Add evidence", Tag: &notStarted, Hint: "A scan, a change record or a supplier’s letter"}
	if access.May(s.who, access.UploadEvidence, s.org.Code) {
		task.Href = organisationPath(s.org.Code) + "/evidence/new?for=" + queryEscape("alert/"+string(s.alert.ID))
	}
	if n := len(s.proofs); n > 0 {
		task.Tag, task.Hint = &completed, plural(n, "file")
	}
	return task
}

var applicabilityWords = map[alert.Applicability]string{
	alert.AppliesToAll: "It applies to all systems of this kind", alert.AppliesToSome: "It applies to some systems",
	alert.DoesNotApply: "It does not apply", alert.StillChecking: "Still checking",
}

func (s alertScene) did() string {
	r := s.response
	switch r.Outcome {
	case alert.Fixed:
		return "Fixed everywhere"
	case alert.FixedInPart:
		return "Fixed on " + number(int(r.FixedCount)) + " of " + number(int(r.AssetCount)) + ", the rest by " + longDay(r.PlanOn)
	case alert.CannotFix:
		return "Cannot fix it yet: " + r.Reason
	}
	return ""
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

func (s alertScene) applicability() alertview.Applicability {
	r := s.response
	page := alertview.Applicability{Caption: s.caption(), Trust: trustShort(s.org.Name), Post: alertPath(s.org.Code, s.alert.ID) + "/applicability",
		Seen: strconv.FormatInt(s.version, 10), Value: string(r.Applicability), Ways: alert.HowKnown, How: r.HowKnown, Checked: alertview.Date(dateFields(r.CheckedOn)),
		NextCheck: "The 48 hours go on until you can say"}
	if !r.NextUpdateDue.IsZero() {
		page.NextCheck += ". Your next update is due by " + dueWord(r.NextUpdateDue, s.now)
	}
	return page
}

func (s alertScene) action() alertview.Action {
	r := s.response
	page := alertview.Action{Caption: s.caption(), Trust: trustShort(s.org.Name), Post: alertPath(s.org.Code, s.alert.ID) + "/action",
		Seen: strconv.FormatInt(s.version, 10), Value: string(r.Outcome), Plan: alertview.Date(dateFields(r.PlanOn)), Reason: r.Reason}
	if r.AssetCount > 0 {
		page.Fixed, page.Assets = strconv.FormatInt(r.FixedCount, 10), strconv.FormatInt(r.AssetCount, 10)
	}
	return page
}

// seen is the version the form shown again posts: after a conflict the one
// just read, because what changed is then on the page; else the one it had.
func (s alertScene) seen(c echo.Context, err error) string {
	if fault.KindOf(err) == fault.Conflict {
		return strconv.FormatInt(s.version, 10)
	}
	return c.Request().PostFormValue("seen")
}

// recorded says after a conflict what someone else answered meanwhile.
func (s alertScene) recorded(err error) []string {
	if fault.KindOf(err) != fault.Conflict {
		return nil
	}
	if len(s.log) == 0 {
		return nil
	}
	newest := alertRecord(s.log[:1])[0]
	return []string{newest.What + ".", newest.Who + ", " + newest.At + "."}
}

// alertProblems leads problems with a date to its first field, which can take
// the focus.
func alertProblems(err error) []layout.Problem {
	list := problems(err)
	for i := range list {
		if list[i].Href == "#checked" || list[i].Href == "#plan" {
			list[i].Href += "-day"
		}
	}
	return list
}

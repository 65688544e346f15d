package handler

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/views/chart"
	"countersign/views/homeview"
	"countersign/views/layout"
	"countersign/web/session"
)

// Home answers the first page of each kind of person.
type Home struct {
	Site
	Register Reader
	Alerts   interface {
		Open(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]alert.Titled, error)
		Responses(ctx context.Context, who access.Actor, org organisation.Code, before time.Time, limit int) ([]alert.Titled, error)
		Issued(ctx context.Context, who access.Actor, before time.Time, limit int) ([]alert.Counted, error)
		Drafts(ctx context.Context, who access.Actor) ([]alert.Alert, error)
	}
	Statements interface {
		List(ctx context.Context, who access.Actor, org organisation.Code) ([]attestation.Statement, error)
		SignedBy(ctx context.Context, who access.Actor, limit int) ([]attestation.Mine, error)
		Ended(ctx context.Context, who access.Actor, since time.Time) ([]attestation.Ended, error)
	}
	Events interface {
		Of(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]event.Event, error)
	}
	Levels interface { // how an organisation's latest assessment stands; nil leaves the figure out
		Standing(ctx context.Context, who access.Actor, org organisation.Code) (title string, at, of int, href string, err error)
	}
}

// Routes of home pages.
func (h Home) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/", Verb: access.ReadOwnHome, Handle: h.home},
		{Method: http.MethodGet, Path: "/organisations", Verb: access.ReadOwnHome, Handle: h.choose},
		{Method: http.MethodGet, Path: "/organisations/:ods", Verb: access.ReadResponses, Handle: h.organisation},
	}
}

func (h Home) home(c echo.Context) error {
	who := session.Who(c)
	held := trusts(who)
	switch {
	case len(held) > 0:
		return h.trustHome(c, held[0])
	case access.May(who, access.ReadAlertDrafts, organisation.National):
		return h.publisherHome(c)
	case access.May(who, access.ReadAllOutcomes, organisation.National):
		return h.regulatorHome(c)
	case len(who.Current()) > 0:
		return render(c, http.StatusOK, homeview.NationalPage(homeview.National{Page: h.page(c, "Home"), Heading: "Nothing needs you today", Lead: "Your role has no lists of its own yet."}))
	}
	return render(c, http.StatusOK, homeview.StrangerPage(h.page(c, "No current appointment")))
}

func (h Home) choose(c echo.Context) error {
	who := session.Who(c)
	page := homeview.Choose{Page: h.page(c, "Choose an organisation")}
	for _, code := range trusts(who) {
		org, _, err := h.Register.Read(c.Request().Context(), who, code)
		if err != nil {
			return err
		}
		page.Lines = append(page.Lines, homeview.Line{Title: org.Name, Href: organisationPath(code), Text: officeWord(who, code), Quiet: string(code)})
	}
	if len(page.Lines) == 0 {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	return render(c, http.StatusOK, homeview.ChoosePage(page))
}

func (h Home) organisation(c echo.Context) error { return h.trustHome(c, own(c)) }

// trustHome is the first page at one organisation. What it leads with depends
// on what the person may do there.
func (h Home) trustHome(c echo.Context, code organisation.Code) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	org, cohorts, err := h.Register.Read(ctx, who, code)
	if err != nil {
		return err
	}
	open, err := h.Alerts.Open(ctx, who, code, 20)
	if err != nil {
		return err
	}
	recent, err := h.Alerts.Responses(ctx, who, code, now.Add(time.Second), 40)
	if err != nil {
		return err
	}
	events, err := h.Events.Of(ctx, who, code, 12)
	if err != nil {
		return err
	}
	sight := trustSight{who: who, org: code, now: now, open: open, recent: recent, events: events}
	if access.May(who, access.ReadStatement, code) {
		if sight.statements, err = h.Statements.List(ctx, who, code); err != nil {
			return err
		}
	}
	page := trustHomeView(sight)
	if sight.signs() {
		signed, err := h.Statements.SignedBy(ctx, who, 2)
		if err != nil {
			return err
		}
		page.Signs, page.Signed = true, signedLines(signed)
	}
	if h.Levels != nil && access.May(who, access.ReadAssessment, code) {
		title, at, of, href, err := h.Levels.Standing(ctx, who, code)
		if err != nil {
			return err
		}
		if of > 0 {
			page.Stats = append(page.Stats, homeview.Stat{Title: title, Href: href, Value: strconv.Itoa(at) + " of " + strconv.Itoa(of),
				Note: levelNote(at, of), Figure: chart.LevelBar{At: at, Of: of}})
		}
	}
	page.Page = h.trustPage(c, page.Heading, org, cohorts)
	page.Wide, page.AsAt = true, asAt(now)
	return render(c, http.StatusOK, homeview.HomePage(page))
}

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
	recent     []alert.Titled
	statements []attestation.Statement
	events     []event.Event
}

func (s trustSight) signs() bool { return access.May(s.who, access.SignStatement, s.org) }

// task is something that needs the person, with when it is due.
type task struct {
	due  time.Time
	now  homeview.Now
	line homeview.Line
}

// trustHomeView orders what needs the person (what is late first, then the
// earliest deadline) and says where the organisation stands.
func trustHomeView(s trustSight) homeview.Home {
	tasks := s.tasks()
	page := homeview.Home{Heading: heading(tasks, s.now), Nothing: s.nothing()}
	for i, t := range tasks {
		if i == 0 {
			first := t.now
			page.Now = &first
		} else if len(page.Next) < 2 {
			page.Next = append(page.Next, t.line)
		}
	}
	if len(tasks) > 3 {
		page.More = &layout.Link{Text: "See all " + strconv.Itoa(len(tasks)), Href: organisationPath(s.org) + "/alerts"}
	}
	page.Stats = []homeview.Stat{s.onTime(), s.openAlerts()}
	page.Since = moments(s.events, 3)
	return page
}

func heading(tasks []task, now time.Time) string {
	late := 0
	for _, t := range tasks {
		if !now.Before(t.due) {
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
	if len(s.open) > 0 {
		return "Your staff are dealing with " + plural(len(s.open), "open alert") + "."
	}
	return "No open alerts, and no statement waits for you."
}

// tasks lists what this person can do something about, by due time.
func (s trustSight) tasks() []task {
	var tasks []task
	add := func(t task) {
		at := len(tasks)
		for i, each := range tasks {
			if t.due.Before(each.due) {
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
	late := !s.now.Before(st.Due)
	by := homeview.Fact{Name: "Sign by", Strong: dueWord(st.Due, s.now), Value: "(" + daysLeft(st.Due, s.now) + ")"}
	if late {
		by = homeview.Fact{Name: "Was due", Strong: dueWord(st.Due, s.now), Value: "You can still sign. It will show as late."}
	}
	path := statementPath(st.Organisation, st.ID)
	t := task{due: st.Due}
	switch {
	case st.State == attestation.Locked && s.signs():
		t.now = homeview.Now{Title: "Sign the " + st.Title(), Facts: []homeview.Fact{by, {Name: "To read", Value: reading(st)}}, Button: "Review and sign", Href: path + "/signature", Late: late,
			Note: "Only you can sign. " + st.LockedBy + ", senior information risk owner, checked it on " + dayWord(st.LockedAt) + "." + board(st)}
	case st.State == attestation.Preparing && access.May(s.who, access.LockStatement, s.org):
		t.now = homeview.Now{Title: "Check and lock the " + st.Title(), Facts: []homeview.Fact{by}, Button: "Check the statement", Href: path, Late: late, Note: "The chief executive can sign after you lock it."}
	case st.State == attestation.Preparing && access.May(s.who, access.PrepareStatement, s.org):
		t.now = homeview.Now{Title: "Prepare the " + st.Title(), Facts: []homeview.Fact{by}, Button: "Prepare the statement", Href: path, Late: late, Note: "The senior information risk owner checks and locks it, then the chief executive signs."}
	default:
		return t, false
	}
	t.line = homeview.Line{Title: t.now.Title, Href: t.now.Href, Text: "Due " + dueWord(st.Due, s.now) + ".", Strong: daysLeft(st.Due, s.now)}
	return t, true
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

func board(st attestation.Statement) string {
	if st.BoardOn == "" {
		return ""
	}
	return " Your board saw it on " + attestation.LongDay(st.BoardOn) + "."
}

func (s trustSight) alertTask(r alert.Titled) (task, bool) {
	t := task{due: r.AnswerDue}
	path := alertPath(s.org, r.Alert)
	title := "Answer alert " + r.Name() + ": " + r.Title
	standing := r.Standing(s.now)
	_, answered := r.AnsweredAt()
	switch {
	case answered:
		title, t.due = "Finish alert "+r.Name()+": "+r.Title, r.ActionDue
	case r.Acknowledged == nil:
		title = "Acknowledge alert " + r.Name() + ": " + r.Title
	}
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
	from, to, period := lastQuarter(s.now)
	var marks []bool
	in, late := 0, 0
	for i := len(s.recent) - 1; i >= 0; i-- {
		r := s.recent[i]
		if r.Severity != alert.High || r.IssuedAt.Before(from) || !r.IssuedAt.Before(to) || s.now.Before(r.AnswerDue) {
			continue
		}
		marks = append(marks, r.InTime())
		if r.InTime() {
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

// lastQuarter gives the last full quarter before an instant, in UK time.
func lastQuarter(now time.Time) (from, to time.Time, period string) {
	local := now.In(organisation.London)
	to = time.Date(local.Year(), time.Month((int(local.Month())-1)/3*3+1), 1, 0, 0, 0, 0, organisation.London)
	from = to.AddDate(0, -3, 0)
	return from, to, from.Format("January") + " to " + to.AddDate(0, 0, -1).Format("January 2006")
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
		if _, ok := r.AnsweredAt(); !ok {
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

func moments(events []event.Event, limit int) []homeview.Moment {
	var list []homeview.Moment
	for _, e := range events {
		if !quiet[e.Kind] && len(list) < limit {
			list = append(list, homeview.Moment{At: e.At.UTC().Format(time.RFC3339), When: moment(e.At), What: e.Detail})
		}
	}
	return list
}

func signedLines(signed []attestation.Mine) []homeview.Line {
	var lines []homeview.Line
	for _, m := range signed {
		lines = append(lines, homeview.Line{Title: m.Period + " statement", Href: receiptPath(m.Organisation, m.Statement), Text: opinionWord(m.Opinion, m.Exceptions),
			Quiet: dayWord(m.SignedAt) + " · code " + m.Code.Groups()})
	}
	return lines
}

func (h Home) publisherHome(c echo.Context) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	issued, err := h.Alerts.Issued(ctx, who, now.Add(time.Second), 8)
	if err != nil {
		return err
	}
	drafts, err := h.Alerts.Drafts(ctx, who)
	if err != nil {
		return err
	}
	page := publisherView(who, issued, drafts, now)
	page.Page = h.page(c, page.Heading)
	page.Wide = true
	return render(c, http.StatusOK, homeview.NationalPage(page))
}

// publisherView leads with what waits for this person's approval, then the
// newest open alert.
func publisherView(who access.Actor, issued []alert.Counted, drafts []alert.Alert, now time.Time) homeview.National {
	page := homeview.National{Heading: "Nothing waits for you"}
	waiting := homeview.Block{ID: "drafts", Title: "Drafts", Empty: "No drafts.", More: &layout.Link{Text: "Write an alert", Href: "/alerts/new"}}
	for _, d := range drafts {
		line := homeview.Line{Title: d.Draft.Title, Href: "/alerts/" + string(d.ID), Text: "In preparation"}
		if d.State == alert.Waiting {
			line.Text = "Waits for someone else to approve it"
			if d.Author != who.ID {
				line.Text = "Waits for your approval"
				if page.Now == nil {
					page.Heading = "An alert waits for your approval"
					page.Now = &homeview.Now{Title: d.Draft.Title, Button: "Check and issue", Href: line.Href, Facts: []homeview.Fact{{Name: "Severity", Value: string(d.Draft.Severity)}},
						Note: "Another publisher wrote it. It goes out when you approve it."}
				}
			}
		}
		waiting.Lines = append(waiting.Lines, line)
	}
	open := homeview.Block{ID: "issued", Title: "Latest alerts", Empty: "No alert has been issued.", More: &layout.Link{Text: "See all alerts", Href: "/alerts"}}
	for i, a := range issued {
		name := alert.Alert{Number: a.Number}.Name()
		line := homeview.Line{Title: name + ": " + a.Title, Href: "/alerts/" + string(a.ID), Text: number(a.Acknowledged) + " of " + plural(a.Asked, "trust") + " acknowledged, " + number(a.Answered) + " answered, " + number(a.Fixed) + " fixed.", Quiet: "Sent " + moment(a.IssuedAt)}
		if now.Before(a.AnswerDue) {
			line.Strong = timeLeft(a.AnswerDue, now)
		}
		if i == 0 && page.Now == nil && now.Before(a.AnswerDue) {
			page.Heading = number(a.Acknowledged) + " of " + plural(a.Asked, "trust") + " have acknowledged " + name
		}
		open.Lines = append(open.Lines, line)
	}
	page.Blocks = []homeview.Block{open, waiting}
	return page
}

func (h Home) regulatorHome(c echo.Context) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	ended, err := h.Statements.Ended(ctx, who, now.AddDate(0, -3, 0))
	if err != nil {
		return err
	}
	issued, err := h.Alerts.Issued(ctx, who, now.Add(time.Second), 5)
	if err != nil {
		return err
	}
	page := regulatorView(ended, issued, now)
	page.Page = h.page(c, page.Heading)
	page.Wide = true
	return render(c, http.StatusOK, homeview.NationalPage(page))
}

// regulatorView leads with the trusts that need a conversation, each with why.
func regulatorView(ended []attestation.Ended, issued []alert.Counted, now time.Time) homeview.National {
	talk := homeview.Block{ID: "talk", Title: "Who needs a conversation", Empty: "No trust needs a conversation today.", More: &layout.Link{Text: "Compare trusts", Href: "/compare"}}
	counts := outcomesView(ended, now)
	need := 0
	for _, e := range ended {
		line := homeview.Line{Title: e.Name, Href: organisationPath(e.Organisation)}
		switch {
		case e.State == attestation.Returned:
			line.Text = "The chief executive returned the " + e.Period + " statement without signing it on " + dayWord(e.EndedAt) + "."
		case e.EndedAt.IsZero() && !now.Before(e.Due):
			line.Text = "The " + e.Period + " statement is " + lateBy(now.Sub(e.Due)) + " late."
		default:
			continue
		}
		need++
		if len(talk.Lines) < 10 {
			talk.Lines = append(talk.Lines, line)
		}
	}
	statements := homeview.Block{ID: "statements", Title: "Statements of the last 3 months", Empty: "None were due.", More: &layout.Link{Text: "See every statement", Href: "/statements"}}
	if len(ended) > 0 {
		statements.Lines = []homeview.Line{{Title: plural(len(ended), "statement"), Text: number(counts.Signed) + " signed, " + number(counts.Qualified) + " with a qualification, " +
			number(counts.Returned) + " returned, " + number(counts.Waiting) + " not signed yet, " + number(counts.Late) + " late."}}
	}
	open := homeview.Block{ID: "issued", Title: "Latest alerts", Empty: "No alert has been issued."}
	for _, a := range issued {
		open.Lines = append(open.Lines, homeview.Line{Title: alert.Alert{Number: a.Number}.Name() + ": " + a.Title, Href: "/alerts/" + string(a.ID),
			Text: number(a.Answered) + " of " + plural(a.Asked, "trust") + " answered.", Quiet: "Sent " + moment(a.IssuedAt)})
	}
	page := homeview.National{Heading: "No trust needs a conversation today", Blocks: []homeview.Block{talk, statements, open}}
	switch {
	case need == 1:
		page.Heading = "1 trust needs a conversation"
	case need > 1:
		page.Heading = number(need) + " trusts need a conversation"
	}
	return page
}

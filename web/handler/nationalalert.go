package handler

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/web/session"
)

// responsesPerPage is how many organisations the page of an issued alert shows
// at once: an alert can go to thousands.
const responsesPerPage = 50

func nationalPath(id alert.ID) string { return "/alerts/" + queryEscape(string(id)) }

// national lists what was issued and what is in preparation. People of a trust
// have their own list, and are led to it.
func (h Alerts) national(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	if held := trusts(who); len(held) > 0 && !access.May(who, access.ReadAllResponses, organisation.National) {
		return c.Redirect(http.StatusSeeOther, organisationPath(held[0])+"/alerts")
	}
	before := beforeOf(c)
	issued, err := h.Alerts.Issued(ctx, who, before, alertsPerPage+1)
	if err != nil {
		return err
	}
	var drafts []alert.Alert
	var changes []alert.Change
	waiting := 0
	shows := access.May(who, access.ReadAlertDrafts, organisation.National)
	if shows {
		if drafts, err = h.Alerts.Drafts(ctx, who); err != nil {
			return err
		}
		if changes, err = h.Alerts.Changes(ctx, who); err != nil {
			return err
		}
		if _, waiting, err = h.Alerts.Imported(ctx, who, "", "", 0); err != nil {
			return err
		}
	}
	page := nationalList(issued, drafts, before, h.Now())
	page.Drafts = append(changeRows(changes), page.Drafts...)
	page.Page, page.Shows = h.page(c, "Alerts"), shows
	page.Wide = true
	if access.May(who, access.DraftAlert, organisation.National) {
		page.Write = "/alerts/new"
	}
	page.Links, page.Waits = exchangeLinks(who), importedWait(waiting)
	return render(c, http.StatusOK, alertview.NationalPage(page))
}

func nationalList(issued []alert.Counted, drafts []alert.Alert, before, now time.Time) alertview.National {
	var page alertview.National
	if before.Before(now) {
		page.Newest = "/alerts"
	} else if len(issued) > 0 {
		newest := issued[0]
		page.Lead = number(newest.Acknowledged) + " of " + plural(newest.Asked, "trust") + " have acknowledged the newest alert, " + newest.Name() + "."
	}
	if len(issued) > alertsPerPage {
		issued = issued[:alertsPerPage]
		page.Older = olderThan("/alerts", issued[len(issued)-1].IssuedAt)
	}
	for _, a := range issued {
		of := " of " + number(a.Asked)
		left := "Ended " + dayWord(a.AnswerDue)
		switch {
		case !a.WithdrawnAt.IsZero():
			left = "Withdrawn " + dayWord(a.WithdrawnAt)
		case now.Before(a.AnswerDue):
			left = timeLeft(a.AnswerDue, now)
		}
		page.Issued = append(page.Issued, alertview.IssuedRow{Number: a.Name(), Title: a.Title, Href: nationalPath(a.ID),
			Severity: severityWords[a.Severity], Sent: dayWord(a.IssuedAt), Left: left,
			Acknowledged: number(a.Acknowledged) + of, Answered: number(a.Answered) + of, Fixed: number(a.Fixed) + of})
	}
	for _, a := range drafts {
		page.Drafts = append(page.Drafts, alertview.DraftRow{Title: a.Draft.Title, Href: nationalPath(a.ID), Severity: severityWords[a.Draft.Severity],
			Written: moment(a.DraftedAt), State: draftTag(a.State)})
	}
	return page
}

// changeRows lists the changes of issued alerts that wait for approval.
func changeRows(changes []alert.Change) []alertview.DraftRow {
	var rows []alertview.DraftRow
	for _, v := range changes {
		rows = append(rows, alertview.DraftRow{Title: v.Name() + ": " + v.Title, Href: changePath(v), Severity: severityWords[v.Draft.Severity],
			Written: moment(v.WrittenAt), State: component.Tag{Text: "Change waits for approval", Colour: "blue"}})
	}
	return rows
}

func draftTag(s alert.State) component.Tag {
	if s == alert.Waiting {
		return component.Tag{Text: "Waiting for approval", Colour: "blue"}
	}
	return component.Tag{Text: "Draft", Colour: "white"}
}

func (h Alerts) begin(c echo.Context) error {
	return h.writePage(c, http.StatusOK, alertForm(alert.Draft{}), nil)
}

func (h Alerts) edit(c echo.Context) error {
	a, err := h.Alerts.ReadDraft(c.Request().Context(), session.Who(c), alert.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if a.State == alert.Issued {
		return c.Redirect(http.StatusSeeOther, nationalPath(a.ID))
	}
	return h.writePage(c, http.StatusOK, alertForm(a.Draft), nil)
}

func (h Alerts) draft(c echo.Context) error {
	draft := readDraft(c)
	id, err := h.Alerts.Draft(c.Request().Context(), session.Who(c), draft)
	return h.kept(c, id, draft, err)
}

func (h Alerts) amend(c echo.Context) error {
	draft, id := readDraft(c), alert.ID(c.Param("id"))
	return h.kept(c, id, draft, h.Alerts.Amend(c.Request().Context(), session.Who(c), id, draft))
}

// kept leads on to the check before sending, or shows the form again.
func (h Alerts) kept(c echo.Context, id alert.ID, draft alert.Draft, err error) error {
	if mendable(err) {
		return h.writePage(c, status(err), alertForm(draft), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, nationalPath(id))
}

// follow shows an alert to the national team: how far it has come once it was
// issued, or what is to be checked before that.
func (h Alerts) follow(c echo.Context) error {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	if access.May(who, access.ReadAlertDrafts, organisation.National) {
		a, err := h.Alerts.ReadDraft(ctx, who, id)
		if err != nil {
			return err
		}
		if a.State != alert.Issued {
			return h.reviewPage(c, a, http.StatusOK, nil)
		}
	}
	a, responses, err := h.Alerts.ResponsesTo(ctx, who, id)
	if err != nil {
		return err
	}
	names, err := h.names(c)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || number < 1 {
		number = 1
	}
	versions, err := h.Alerts.Versions(ctx, who, organisation.National, id)
	if err != nil {
		return err
	}
	page := responsesView(a, responses, names, number, h.Now())
	page.Changes = versionViews(versions)
	page.Actions, page.Notice, page.NoticeLink = alertActions(who, a, versions)
	page.Page = h.page(c, a.Draft.Title+" – Alerts")
	page.Wide, page.Back, page.Links = true, backLink("/alerts", "Alerts"), alertDownloads(who, id)
	return render(c, http.StatusOK, alertview.ResponsesPage(page))
}

func (h Alerts) names(c echo.Context) (map[organisation.Code]string, error) {
	pass, err := access.Check(session.Who(c), access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	all, err := h.Everyone.All(c.Request().Context(), pass)
	if err != nil {
		return nil, err
	}
	names := make(map[organisation.Code]string, len(all))
	for _, o := range all {
		names[o.Code] = o.Name
	}
	return names, nil
}

// standingOrder is the order in which a publisher needs to see responses: who
// has to be called first.
var standingOrder = []alert.Standing{alert.Late, alert.NotAcknowledged, alert.UpdateLate, alert.Acknowledged, alert.AnswerAgain, alert.NeedsDecision, alert.InProgress,
	alert.AnsweredLate, alert.RiskAccepted, alert.IsCovered, alert.IsFixed, alert.NotForUs, alert.IsWithdrawn}

// responsesView counts the responses and shows one page of them: who is late
// first, A to Z inside each standing.
func responsesView(a alert.Alert, responses []alert.Response, names map[organisation.Code]string, number int, now time.Time) alertview.Responses {
	counts := map[alert.Standing]int{}
	acknowledged, answered, inTime := 0, 0, 0
	rows := make([]standingRow, 0, len(responses))
	for _, r := range responses {
		standing := r.Standing(now)
		counts[standing]++
		if r.Acknowledged != nil {
			acknowledged++
		}
		if _, ok := r.AnsweredAt(); ok {
			answered++
		}
		if r.InTime() {
			inTime++
		}
		rows = append(rows, standingRow{r, standing, cmp.Or(names[r.Organisation], "Name not recorded")})
	}
	slices.SortStableFunc(rows, func(x, y standingRow) int {
		return cmp.Or(cmp.Compare(slices.Index(standingOrder, x.standing), slices.Index(standingOrder, y.standing)), cmp.Compare(x.name, y.name))
	})
	page := alertview.Responses{Caption: a.Name() + " · " + severityWords[a.Draft.Severity] + " severity", Heading: a.Draft.Title, Words: wordsOf(a.Draft),
		Lead:   countOf(acknowledged, len(responses)) + " have acknowledged",
		Clock:  chart.ClockBar{Label: a.Name(), Right: timeLeft(a.AnswerDue, now), Strong: true, Elapsed: min(now.Sub(a.Approval.At), alert.AnswerWindow).Hours()},
		Facts:  []alertview.Fact{{Name: "Sent", Value: moment(a.Approval.At)}, {Name: "Answer by", Value: moment(a.AnswerDue) + clockChange(a.Approval.At, a.AnswerDue)}, {Name: "Fix by", Value: moment(a.ActionDue)}},
		Counts: []alertview.Fact{{Name: "Answered", Value: countOf(answered, len(responses))}, {Name: "Answered before the deadline", Value: countOf(inTime, len(responses))}}}
	for _, standing := range standingOrder {
		if counts[standing] > 0 {
			page.Counts = append(page.Counts, alertview.Fact{Name: string(standing), Value: plural(counts[standing], "trust")})
		}
	}
	pageOfResponses(&page, rows, nationalPath(a.ID), number)
	return page
}

type standingRow struct {
	alert.Response
	standing alert.Standing
	name     string
}

func pageOfResponses(page *alertview.Responses, rows []standingRow, path string, asked int) {
	last := max(1, (len(rows)+responsesPerPage-1)/responsesPerPage)
	asked = min(asked, last)
	from, to := (asked-1)*responsesPerPage, min(asked*responsesPerPage, len(rows))
	page.Shown = "Late first, then A to Z. " + number(from+1) + " to " + number(to) + " of " + number(len(rows)) + "."
	if asked > 1 {
		page.Previous = path + "?page=" + strconv.Itoa(asked-1)
	}
	if asked < last {
		page.Next = path + "?page=" + strconv.Itoa(asked+1)
	}
	for _, r := range rows[from:to] {
		row := alertview.ResponseRow{Name: r.name, Code: string(r.Organisation), Status: standingTag(r.standing), Acknowledged: "Not acknowledged", Answered: "Not answered"}
		if r.Response.Acknowledged != nil {
			row.Acknowledged = moment(r.Response.Acknowledged.At)
		}
		if at, ok := r.AnsweredAt(); ok {
			row.Answered = moment(at)
		}
		page.Rows = append(page.Rows, row)
	}
}

// countOf writes 171 of 206 trusts.
func countOf(n, of int) string { return number(n) + " of " + plural(of, "trust") }

// reviewPage is the check before sending. A failed act shows it again with
// what was in the way.
func (h Alerts) reviewPage(c echo.Context, a alert.Alert, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	orgs, err := h.Alerts.Reach(ctx, who, a.Draft.Audience)
	if err != nil {
		return err
	}
	reached, err := h.reached(c, orgs)
	if err != nil {
		return err
	}
	log, err := h.Events.About(ctx, who, organisation.National, "alert/"+string(a.ID), alertLogLimit)
	if err != nil {
		return err
	}
	page := alertReview(a, reached, who.ID, h.Now())
	if page.Email, err = h.email(announced(a, h.Now()), reached); err != nil {
		return err
	}
	page.Log = alertRecord(log)
	page.Page = h.page(c, "Check before sending – "+a.Draft.Title)
	page.Wide, page.Back = true, backLink("/alerts", "Alerts")
	page.Problems = problems(failure)
	return render(c, code, alertview.ReviewPage(page))
}

// alertReview shows a draft as it would be sent now. Who may press what is
// decided when it is pressed; here the buttons that would be refused are left
// out, and why is said instead.
func alertReview(a alert.Alert, to reached, reader string, now time.Time) alertview.Review {
	d := a.Draft
	page := alertview.Review{Heading: d.Title, Severity: severityWords[d.Severity] + " severity", Words: wordsOf(d),
		Deadlines: "If it is sent now: answer by " + moment(now.Add(alert.AnswerWindow)) + ", fix by " + moment(now.Add(d.TimeToAct())),
		Reach:     to.words(), Everybody: to.everybody(), Nobody: len(to.trusts) == 0, Edit: nationalPath(a.ID) + "/edit", Shown: d.Digest(), Audience: audienceFacts(d.Audience)}
	page.Silent, page.SilentNames = to.silence()
	if d.Public && !d.Rehearsal { // the feed leaves rehearsals out
		page.Public = "This alert will be in the public feed. Anyone can read it."
	}
	own := a.Author == reader
	switch {
	case a.State == alert.Drafting && strings.HasPrefix(a.Author, "portal:"):
		page.Caption, page.Notice = "Imported draft", "This draft came from "+originWord(d.Origin)+". Change it, or save it as it is, to make it yours. Then you can ask for its approval."
	case a.State == alert.Waiting && own:
		page.Caption, page.Notice = "Waiting for approval", "You wrote this alert, so another publisher must approve it."
	case a.State == alert.Waiting:
		page.Caption = "Waiting for your approval"
		if !page.Nobody {
			page.Issue = nationalPath(a.ID) + "/issue"
		}
	case own:
		page.Caption = "Draft"
		if !page.Nobody {
			page.Submit = nationalPath(a.ID) + "/submission"
		}
	default:
		page.Caption, page.Notice = "Draft", "The author has not sent this alert for approval yet."
	}
	return page
}

func audienceFacts(a alert.Audience) []alertview.Fact {
	named := "No limit by name"
	if n := len(a.Organisations); n > 0 {
		named = "Only " + typedCodes(a.Organisations)
	}
	all := func(list []string, otherwise string) string {
		if len(list) == 0 {
			return otherwise
		}
		return strings.Join(list, ", ")
	}
	var kinds, regions []string
	for _, kind := range a.Kinds {
		kinds = append(kinds, kind.Word())
	}
	for _, region := range a.Regions {
		regions = append(regions, cmp.Or(organisation.Regions[organisation.Region(region)], region))
	}
	return []alertview.Fact{{Name: "Kinds of trust", Value: all(kinds, "Every kind")}, {Name: "Regions", Value: all(regions, "Every region")}, {Name: "Groups", Value: all(a.Cohorts, "No limit by group")}, {Name: "By name", Value: named}}
}

func (h Alerts) submit(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	return h.decided(c, id, h.Alerts.Submit(c.Request().Context(), session.Who(c), id))
}

func (h Alerts) issue(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	return h.decided(c, id, h.Alerts.Approve(c.Request().Context(), session.Who(c), id, c.Request().PostFormValue("shown")))
}

// decided leads back to the alert. What stood in the way is said on the page
// itself, because the page is where it can be put right.
func (h Alerts) decided(c echo.Context, id alert.ID, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, nationalPath(id))
	}
	if !mendable(err) && !errors.Is(err, alert.ErrOwnDraft) {
		return err
	}
	a, readErr := h.Alerts.ReadDraft(c.Request().Context(), session.Who(c), id)
	if readErr != nil {
		return readErr
	}
	if a.State == alert.Issued { // somebody else was quicker: what they sent is the answer
		return c.Redirect(http.StatusSeeOther, nationalPath(id))
	}
	return h.reviewPage(c, a, statuses[fault.KindOf(err)], err)
}

package handler

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/layout"
	"countersign/web/session"
)

// reach says in words how many an audience would reach as the form stands, for
// the line under it. Without script the check before sending says it.
func (h Alerts) reach(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return fault.New(fault.Invalid, "We could not read this form.")
	}
	c.Request().PostForm = c.Request().Form // the same reader as for the form: here it only counts
	orgs, err := h.Alerts.Reach(c.Request().Context(), session.Who(c), readDraft(c).Audience)
	if err != nil {
		return err
	}
	reached, err := h.reached(c, orgs)
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, reached.live())
}

var versionHeadings = map[alert.VersionKind]string{alert.Correction: "Correct this alert", alert.Update: "Add to this alert", alert.Extension: "Give more time", alert.Withdrawal: "Withdraw this alert"}

// beginVersion asks what to do with an issued alert, or shows the form of it.
func (h Alerts) beginVersion(c echo.Context) error {
	a, err := h.issued(c)
	if err != nil {
		return err
	}
	kind := alert.VersionKind(c.QueryParam("kind"))
	page := alertview.Version{Kind: string(kind), Words: alertForm(a.Draft)}
	if versionHeadings[kind] == "" {
		page.Kind = ""
		if c.QueryParams().Has("kind") {
			return h.versionPage(c, a, page, http.StatusUnprocessableEntity, fault.Problems{fault.In("kind", "Select what you want to do")})
		}
	}
	return h.versionPage(c, a, page, http.StatusOK, nil)
}

// issued reads an alert that can get a new version; one that cannot leads to
// its page, which says why.
func (h Alerts) issued(c echo.Context) (alert.Alert, error) {
	a, err := h.Alerts.ReadDraft(c.Request().Context(), session.Who(c), alert.ID(c.Param("id")))
	switch {
	case err != nil:
		return a, err
	case a.State != alert.Issued:
		return a, alert.ErrNotIssued
	case !a.WithdrawnAt.IsZero():
		return a, alert.ErrGone
	}
	return a, nil
}

func (h Alerts) versionPage(c echo.Context, a alert.Alert, page alertview.Version, code int, failure error) error {
	page.Heading = cmp.Or(versionHeadings[alert.VersionKind(page.Kind)], "What do you want to do?")
	page.Caption, page.Post = a.Name()+" · "+a.Draft.Title, nationalPath(a.ID)+"/versions/new"
	page.Page = h.page(c, page.Heading+" – "+a.Name())
	page.Back = backLink(nationalPath(a.ID), a.Name())
	page.Kinds = []alertview.Option{{Value: string(alert.Update), Text: "Add to it", Hint: "There is more to say"}, {Value: string(alert.Correction), Text: "Correct it", Hint: "Something in it is wrong"},
		{Value: string(alert.Extension), Text: "Give more time"}, {Value: string(alert.Withdrawal), Text: "Withdraw it", Hint: "Both clocks stop"}}
	page.Due = []alertview.Fact{{Name: "Answer by", Value: moment(a.AnswerDue)}, {Name: "Fix by", Value: moment(a.ActionDue)}}
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	for i, p := range page.Problems {
		if p.Href == "#answer" || p.Href == "#action" {
			page.Problems[i].Href += "-day"
		}
	}
	page.Words.Wrong = page.Wrong
	return render(c, code, alertview.VersionPage(page))
}

// propose asks for the approval of a change.
func (h Alerts) propose(c echo.Context) error {
	a, err := h.issued(c)
	if err != nil {
		return err
	}
	value := c.Request().PostFormValue
	r := alert.Revision{Kind: alert.VersionKind(value("kind")), Reason: value("reason"), Renew: value("renew") != "", Draft: readWords(c)}
	var problems fault.Problems
	if r.Kind == alert.Extension {
		for field, at := range map[string]*time.Time{"answer": &r.AnswerBy, "action": &r.ActionBy} {
			if *at, err = readMoment(c, field); err != nil {
				problems = append(problems, faults(err)...)
			}
		}
		slices.SortFunc(problems, func(a, b *fault.Error) int { return -cmp.Compare(a.Field, b.Field) }) // answer before action
	}
	if err = problems.OrNil(); err == nil {
		err = h.Alerts.Revise(c.Request().Context(), session.Who(c), a.ID, r)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, nationalPath(a.ID)+"/versions/waiting")
	} else if !mendable(err) {
		return err
	}
	page := alertview.Version{Kind: string(r.Kind), Reason: r.Reason, Renew: r.Renew, Words: alertForm(r.Draft), Answer: alertview.Date(typedDate(c, "answer")), Action: alertview.Date(typedDate(c, "action")),
		AnswerTime: value("answer-time"), ActionTime: value("action-time")}
	if versionHeadings[r.Kind] == "" {
		page.Kind = ""
	}
	return h.versionPage(c, a, page, status(err), err)
}

// readMoment reads a day and a time of day in the United Kingdom. Nothing
// entered is no moment; a day alone is 5pm on it.
func readMoment(c echo.Context, field string) (time.Time, error) {
	day, err := readDate(c, field, "the new day")
	if err != nil || day == "" {
		return time.Time{}, err
	}
	typed := strings.TrimSpace(cmp.Or(c.Request().PostFormValue(field+"-time"), "17:00"))
	for _, layout := range []string{"15:04", "3:04pm", "3pm"} {
		if at, err := time.ParseInLocation(time.DateOnly+" "+layout, string(day)+" "+strings.ToLower(typed), organisation.London); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fault.In(field, "Enter the time as 17:00 or 5pm")
}

// waitingVersion shows the change that waits.
func (h Alerts) waitingVersion(c echo.Context) error {
	return h.waitingPage(c, http.StatusOK, nil)
}

func (h Alerts) waitingPage(c echo.Context, code int, failure error) error {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	a, err := h.Alerts.ReadDraft(ctx, who, id)
	if err != nil {
		return err
	}
	versions, err := h.Alerts.Versions(ctx, who, organisation.National, id)
	if err != nil {
		return err
	}
	v, waits := waitingOf(versions)
	if !waits {
		return c.Redirect(http.StatusSeeOther, nationalPath(id))
	}
	_, responses, err := h.Alerts.ResponsesTo(ctx, who, id)
	if err != nil {
		return err
	}
	var orgs []organisation.Code
	for _, r := range responses {
		orgs = append(orgs, r.Organisation)
	}
	reached, err := h.reached(c, orgs)
	if err != nil {
		return err
	}
	page := waitingView(a, v, reached, who.ID, h.Now())
	is := a
	is.AnswerDue = v.AnswerDue
	if page.Email, err = h.email(notification.AnnouncedChange(is, v, h.Now()), reached); err != nil {
		return err
	}
	page.Silent, page.SilentNames = reached.silence()
	page.Page = h.page(c, "Check the change – "+a.Name())
	page.Wide, page.Back = true, backLink(nationalPath(id), a.Name())
	page.Problems = problems(failure)
	return render(c, code, alertview.WaitingPage(page))
}

func waitingOf(versions []alert.Version) (alert.Version, bool) {
	for _, v := range versions {
		if v.State == alert.Waiting {
			return v, true
		}
	}
	return alert.Version{}, false
}

var versionWords = map[alert.VersionKind]string{alert.Correction: "Correct the alert", alert.Update: "Add to the alert", alert.Extension: "Give more time", alert.Withdrawal: "Withdraw the alert"}

// waitingView sets what trusts have now beside what they would have.
func waitingView(a alert.Alert, v alert.Version, to reached, reader string, now time.Time) alertview.Waiting {
	page := alertview.Waiting{Heading: "Check the change", Caption: a.Name() + " · " + a.Draft.Title, Shown: v.Digest(), Reach: to.everybody(), Drop: nationalPath(a.ID) + "/versions/waiting/removal",
		Button: "Send the change now", Facts: []alertview.Fact{{Name: "What", Value: versionWords[v.Kind]}, {Name: "Why", Value: v.Reason}, {Name: "Written", Value: moment(v.WrittenAt)}}}
	fact := func(name, value string) {
		page.Facts = append(page.Facts, alertview.Fact{Name: name, Value: value})
	}
	if !v.AnswerDue.Equal(a.AnswerDue) {
		fact("Answer by", moment(a.AnswerDue)+", then "+moment(v.AnswerDue))
	}
	if !v.ActionDue.Equal(a.ActionDue) {
		fact("Fix by", moment(a.ActionDue)+", then "+moment(v.ActionDue))
	}
	switch {
	case v.Renew:
		fact("Who has answered", "Must answer again. If it is sent now: by "+moment(now.Add(alert.AnswerWindow)))
		fact("Their time to fix it", "At least until "+moment(now.Add(v.Draft.TimeToAct()))+", unless the fix is late already")
	case v.Kind == alert.Correction || v.Kind == alert.Update:
		fact("Who has answered", "Does not need to answer again")
	case v.Kind == alert.Withdrawal:
		page.Button = "Withdraw the alert now"
	}
	page.Changed = differing(a.Draft, v.Draft)
	if v.Author == reader {
		page.Notice = "You asked for this change, so another publisher must approve it."
	} else {
		page.Issue = nationalPath(a.ID) + "/versions/waiting/issue"
	}
	return page
}

// differing lists each part of the words that is different.
func differing(was, is alert.Draft) []alertview.Compared {
	var list []alertview.Compared
	for _, part := range []alertview.Compared{
		{Name: "Title", Was: was.Title, Is: is.Title}, {Name: "Kind of threat", Was: was.ThreatType, Is: is.ThreatType}, {Name: "What trusts must do", Was: typedSteps(was.Steps), Is: typedSteps(is.Steps)},
		{Name: "Why it matters", Was: was.Why, Is: is.Why}, {Name: "Vulnerabilities", Was: typedCVEs(was.CVEs), Is: typedCVEs(is.CVEs)}, {Name: "What it affects", Was: typedPlatforms(was.Platforms), Is: typedPlatforms(is.Platforms)},
		{Name: "Categories", Was: strings.Join(was.Categories, ", "), Is: strings.Join(is.Categories, ", ")}, {Name: "Ways in", Was: strings.Join(was.Vectors, ", "), Is: strings.Join(is.Vectors, ", ")},
		{Name: "Signs that it was used", Was: was.Indicators, Is: is.Indicators}, {Name: "Where the newest word is", Was: strings.Join(was.Sources, "\n"), Is: strings.Join(is.Sources, "\n")},
		{Name: "Public feed", Was: yesNo(was.Public), Is: yesNo(is.Public)},
	} {
		if part.Was != part.Is {
			part.Was, part.Is = cmp.Or(part.Was, "Nothing"), cmp.Or(part.Is, "Nothing")
			list = append(list, part)
		}
	}
	return list
}

func yesNo(yes bool) string {
	if yes {
		return "Shown"
	}
	return "Not shown"
}

func (h Alerts) reissue(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	return h.changed(c, h.Alerts.Reissue(c.Request().Context(), session.Who(c), id, c.Request().PostFormValue("shown")))
}

func (h Alerts) dropVersion(c echo.Context) error {
	return h.changed(c, h.Alerts.Drop(c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))))
}

// changed leads back to the alert, or shows the change again with what stood in
// the way.
func (h Alerts) changed(c echo.Context, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, nationalPath(alert.ID(c.Param("id"))))
	}
	if !mendable(err) && !errors.Is(err, alert.ErrOwnDraft) {
		return err
	}
	return h.waitingPage(c, status(err), err)
}

// alertActions are what a publisher can do with an issued alert, and what they
// need to know first.
func alertActions(who access.Actor, a alert.Alert, versions []alert.Version) (actions []layout.Link, notice string, link *layout.Link) {
	path := nationalPath(a.ID)
	if !a.WithdrawnAt.IsZero() {
		return []layout.Link{{Text: "Open the wall", Href: path + "/wall"}}, "This alert was withdrawn at " + moment(a.WithdrawnAt) + ". Both clocks have stopped.", nil
	}
	if a.Draft.Rehearsal {
		notice = "This is a rehearsal. It is measured, and stands in no table."
	}
	actions = []layout.Link{{Text: "Open the wall", Href: path + "/wall"}}
	if v, waits := waitingOf(versions); waits {
		return actions, "A change of this alert waits for approval: " + lowerFirst(versionWords[v.Kind]) + ".", &layout.Link{Text: "Check the change", Href: path + "/versions/waiting"}
	}
	if access.May(who, access.DraftAlert, organisation.National) {
		actions = append(actions, layout.Link{Text: "Change this alert", Href: path + "/versions/new"})
	}
	return actions, notice, nil
}

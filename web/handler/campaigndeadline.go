package handler

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/campaignview"
	"countersign/web/session"
)

func (h Campaigns) more(c echo.Context) error { return h.morePage(c, http.StatusOK, "", nil) }

func (h Campaigns) morePage(c echo.Context, code int, typed string, failure error) error {
	course, err := h.Requests.Course(c.Request().Context(), session.Who(c), campaignOf(c))
	if err != nil {
		return err
	}
	path := campaignPath(course.ID)
	page := campaignview.More{Page: h.page(c, "Ask more trusts – "+course.Name), Caption: course.Name, Action: path + "/more", Due: clockTime(course.Due) + " on " + weekday(course.Due), Codes: typed}
	page.Back = backLink(path, course.Name)
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, campaignview.MorePage(page))
}

func (h Campaigns) askMore(c echo.Context) error {
	typed := c.Request().PostFormValue("codes")
	var codes []organisation.Code
	for _, each := range strings.FieldsFunc(strings.ToUpper(typed), func(r rune) bool { return strings.ContainsRune(", ;\t\r\n", r) }) {
		codes = append(codes, organisation.Code(each))
	}
	_, err := h.Requests.AskMore(c.Request().Context(), session.Who(c), campaignOf(c), codes)
	if mendable(err) {
		return h.morePage(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, campaignPath(campaignOf(c))+"?asked=more")
}

func (h Campaigns) withdrawal(c echo.Context) error { return h.withdrawPage(c, http.StatusOK, nil) }

func (h Campaigns) withdrawPage(c echo.Context, code int, failure error) error {
	course, err := h.Requests.Course(c.Request().Context(), session.Who(c), campaignOf(c))
	if err != nil {
		return err
	}
	n := 0
	for _, f := range course.Rows {
		if f.Pending() {
			n++
		}
	}
	path := campaignPath(course.ID)
	page := campaignview.Withdraw{Page: h.page(c, "Withdraw this campaign – "+course.Name), Caption: course.Name, Action: path + "/withdrawal",
		Lead: plural(n, "trust") + " " + choose(n, "has", "have") + " not signed. Nothing more is asked of " + choose(n, "it", "them") + ".", Why: c.Request().PostFormValue("why")}
	page.Back = backLink(path, course.Name)
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, campaignview.WithdrawPage(page))
}

func (h Campaigns) withdraw(c echo.Context) error {
	err := h.Requests.Withdraw(c.Request().Context(), session.Who(c), campaignOf(c), c.Request().PostFormValue("why"))
	if mendable(err) {
		return h.withdrawPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, campaignPath(campaignOf(c)))
}

func (h Campaigns) deadline(c echo.Context) error {
	return h.deadlinePage(c, http.StatusOK, nil)
}

func (h Campaigns) deadlinePage(c echo.Context, code int, failure error) error {
	who := session.Who(c)
	course, err := h.Requests.Course(c.Request().Context(), who, campaignOf(c))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(course.Rows, func(f attestation.Followed) bool { return string(f.ID) == c.Param("statement") })
	if i < 0 {
		return attestation.ErrUnknown
	}
	page := deadlineView(course, course.Rows[i], who)
	page.Page = h.page(c, page.Heading+" – "+course.Name)
	page.Back = backLink(campaignPath(course.ID), course.Name)
	page.Due = dueWord(course.Rows[i].Due, h.Now())
	page.Typed, page.Reason = campaignview.Date(typedDate(c, "due")), c.Request().PostFormValue("reason")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	for i, p := range page.Problems {
		if p.Href == "#due" {
			page.Problems[i].Href = "#due-day"
		}
	}
	return render(c, code, campaignview.DeadlinePage(page))
}

// deadlineView shows the deadline of one trust: what waits for a second
// regulator, or the form that proposes another.
func deadlineView(course attestation.Course, f attestation.Followed, who access.Actor) campaignview.Deadline {
	path := campaignPath(course.ID) + "/deadlines/" + url.PathEscape(string(f.ID))
	page := campaignview.Deadline{Caption: course.Name, Heading: f.Name, Standing: string(f.Progress())}
	if x, waits := f.Move(); waits {
		m := moveView(x)
		page.Waiting, page.Refuse = &m, path+"/refusal"
		if x.AskedBy == who.ID {
			page.Notice = "You proposed this deadline, so another regulator must confirm it."
		} else {
			page.Confirm = path + "/confirmation"
		}
	} else if f.Pending() {
		page.Action = path
	}
	for _, x := range f.Moves {
		if x.State != attestation.MoveWaits {
			page.Moves = append(page.Moves, moveView(x))
		}
	}
	return page
}

// moveView says what was proposed about a deadline, by whom, and what became
// of it.
func moveView(x attestation.Extension) campaignview.Move {
	m := campaignview.Move{What: "From " + dayWord(x.WasDue) + " to " + dayWord(x.Due), Why: x.Reason, Who: x.AskedName + ", at " + moment(x.AskedAt), Standing: "Waits", Tag: "purple"}
	switch x.State {
	case attestation.MoveConfirmed:
		m.Standing, m.Tag = "Confirmed by "+x.DecidedName, "green"
	case attestation.MoveRefused:
		m.Standing, m.Tag = "Not moved: "+x.DecidedName, "grey"
	}
	return m
}

func (h Campaigns) extend(c echo.Context) error {
	day, date := readDate(c, "due", "the new date")
	err := h.Requests.Extend(c.Request().Context(), session.Who(c), campaignOf(c), attestation.ID(c.Param("statement")), day, c.Request().PostFormValue("reason"))
	if fault.KindOf(err) == fault.Invalid {
		err = said(err, "due", date)
	}
	return h.moved(c, err)
}

func (h Campaigns) confirm(c echo.Context) error {
	return h.moved(c, h.Requests.ConfirmMove(c.Request().Context(), session.Who(c), campaignOf(c), attestation.ID(c.Param("statement"))))
}

func (h Campaigns) refuse(c echo.Context) error {
	return h.moved(c, h.Requests.RefuseMove(c.Request().Context(), session.Who(c), campaignOf(c), attestation.ID(c.Param("statement"))))
}

// moved leads back to the deadline, or shows it again with what stood in the
// way.
func (h Campaigns) moved(c echo.Context, err error) error {
	if mendable(err) || errors.Is(err, attestation.ErrOwnMove) {
		return h.deadlinePage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, campaignPath(campaignOf(c))+"/deadlines/"+url.PathEscape(c.Param("statement")))
}

// origin tells a trust who asked for a statement, by when, and why it moved.
func (h Campaigns) origin(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	o, err := h.Requests.Origin(ctx, who, org.Code, attestation.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page := originView(o)
	page.Page = h.trustPage(c, "Who asked, and by when", org, cohorts)
	page.Back = backLink(organisationPath(org.Code)+"/statements", "Statements")
	return render(c, http.StatusOK, campaignview.OriginPage(page))
}

func originView(o attestation.Origin) campaignview.Origin {
	page := campaignview.Origin{Caption: o.Statement.Title(), Facts: []campaignview.Fact{{Name: "Sign by", Value: clockTime(o.Statement.Due) + " on " + weekday(o.Statement.Due)}}}
	if o.Campaign.ID != "" {
		page.Facts = append(page.Facts, campaignview.Fact{Name: "Asked by", Value: o.Campaign.AskedName + " of the national team, at " + moment(o.Campaign.AskedAt)})
	}
	if o.Statement.State == attestation.Withdrawn {
		page.Gone = "This statement is asked for no longer. Nothing more is expected of you. " + o.Campaign.Why
	}
	for _, x := range o.Moves {
		page.Moves = append(page.Moves, moveView(x))
	}
	return page
}

package handler

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/views/attestationview"
)

func (h Statements) qualifications(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.qualificationsPage(c, s, http.StatusOK, nil)
}

// qualificationsPage lists what cannot be confirmed, and asks for more.
func (h Statements) qualificationsPage(c echo.Context, s scene, code int, failure error) error {
	return h.qualifyPage(c, s, code, failure, func(page *attestationview.Qualify, review attestation.Review) bool {
		typed := failure != nil && !errors.Is(failure, attestation.ErrNotDropped)
		page.Exceptions, page.Adding = exceptionViews(review.Exceptions), len(review.Exceptions) == 0 || typed || c.QueryParam("add") != ""
		return true
	})
}

// rewordPage is the same form for one that was written before, filled with it.
func (h Statements) rewordPage(c echo.Context, s scene, code int, failure error) error {
	return h.qualifyPage(c, s, code, failure, func(page *attestationview.Qualify, review attestation.Review) bool {
		i, err := strconv.Atoi(c.Param("index"))
		if err != nil || i < 0 || failure == nil && i >= len(review.Exceptions) {
			return false
		}
		page.Adding, page.Changing, page.Title = true, true, "Change your qualification"
		page.Back = backLink(page.Action, "Back to your qualifications")
		page.Action += "/" + strconv.Itoa(i)
		if failure != nil { // another one may stand in this place now: what was typed is about the one that was shown
			page.Shown = c.Request().PostFormValue("shown")
			return true
		}
		e := review.Exceptions[i]
		page.Shown = string(e.Digest())
		page.Part, page.What, page.Doing, page.Who, page.By = strconv.Itoa(e.Part), e.What, e.Doing, e.Who, dateFields(e.By)
		return true
	})
}

// qualifyPage is the form of one qualification, filled by whoever shows it; with
// a failure it keeps what was typed. What there is nothing of to show leads to
// the list.
func (h Statements) qualifyPage(c echo.Context, s scene, code int, failure error, fill func(*attestationview.Qualify, attestation.Review) bool) error {
	if s.statement.State != attestation.Locked {
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	} else if len(s.statement.Awaits()) > 0 {
		return h.reviewPage(c, s, code, failure)
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	review, err := h.Statements.Review(ctx, s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	holders, err := h.Register.Holders(ctx, s.who, s.org.Code)
	if err != nil {
		return err
	}
	at := statementPath(s.org.Code, s.statement.ID) + "/signature"
	page := attestationview.Qualify{Page: h.trustPage(c, "What can you not confirm?", s.org, s.cohorts), Caption: s.statement.Title(), Action: at + "/qualifications", Continue: at + "/confirmation"}
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	page.Problems, page.Wrong = leadTo(problems(failure), "by", "by-day"), wrong(failure)
	for i, part := range words.Parts {
		page.Parts = append(page.Parts, attestationview.Part{Value: strconv.Itoa(i + 1), Text: "Part " + strconv.Itoa(i+1), Words: part})
	}
	for _, holder := range holders {
		page.People = append(page.People, holder.Person.Name)
	}
	if value := c.Request().PostFormValue; failure != nil {
		page.Part, page.What, page.Doing, page.Who, page.By = value("part"), value("what"), value("doing"), value("who"), typedDate(c, "by")
	}
	if !fill(&page, review) {
		return c.Redirect(http.StatusSeeOther, page.Action)
	}
	return render(c, code, attestationview.QualifyPage(page))
}

func exceptionViews(list []attestation.Exception) []attestationview.Exception {
	var views []attestationview.Exception
	for i, e := range list {
		views = append(views, attestationview.Exception{Index: strconv.Itoa(i), Shown: string(e.Digest()), Part: "Part " + strconv.Itoa(e.Part), What: e.What, Doing: e.Doing, Who: e.Who, By: attestation.LongDay(e.By)})
	}
	return views
}

// readException reads the form of one qualification.
func readException(c echo.Context) (attestation.Exception, error) {
	value := c.Request().PostFormValue
	part, _ := strconv.Atoi(value("part")) // what is no number is no part, which Check says
	by, err := readDate(c, "by", "the date it will be put right")
	return attestation.Exception{Part: part, What: value("what"), Doing: value("doing"), Who: value("who"), By: by}, err
}

func (h Statements) qualify(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	e, err := readException(c)
	if err == nil {
		err = h.Statements.Except(c.Request().Context(), s.who, s.org.Code, s.statement.ID, e)
	}
	return h.qualified(c, s, err, h.qualificationsPage)
}

func (h Statements) rewording(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.rewordPage(c, s, http.StatusOK, nil)
}

func (h Statements) reword(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	e, err := readException(c)
	if err == nil {
		err = h.Statements.Reword(c.Request().Context(), s.who, s.org.Code, s.statement.ID, attestation.Digest(c.Request().PostFormValue("shown")), e)
	}
	if errors.Is(err, attestation.ErrNoSuchException) {
		return h.qualified(c, s, err, h.qualificationsPage) // the list as it is now, with what was typed
	}
	return h.qualified(c, s, err, h.rewordPage)
}

// qualified leads back to the list, or shows the form again with what is wrong.
func (h Statements) qualified(c echo.Context, s scene, err error, show taskPage) error {
	if mendable(err) {
		return show(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+"/signature/qualifications")
}

func (h Statements) drop(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.Drop(c.Request().Context(), s.who, s.org.Code, s.statement.ID, attestation.Digest(c.Request().PostFormValue("shown")))
	return h.qualified(c, s, err, h.qualificationsPage)
}

package handler

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/views/infoview"
	"countersign/web/session"
)

// faults unwraps what a person can be told of an error.
func faults(err error) []*fault.Error {
	if err == nil {
		return nil
	}
	if list, ok := errors.AsType[fault.Problems](err); ok {
		return list
	}
	if one, ok := errors.AsType[*fault.Error](err); ok {
		return []*fault.Error{one}
	}
	return nil
}

// statuses is the one table from what a caller can act on to HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid:   http.StatusUnprocessableEntity,
	fault.Forbidden: http.StatusForbidden,
	fault.NotFound:  http.StatusNotFound,
	fault.Conflict:  http.StatusConflict,
	fault.SignIn:    http.StatusUnauthorized,
	fault.Malformed: http.StatusBadRequest,
}

// status of an error a form shows again; 0 when it is not one a person can
// put right.
func status(err error) int { return statuses[fault.KindOf(err)] }

// mendable tells whether the same page, with a problem at its top, is the
// right answer.
func mendable(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Invalid || kind == fault.Conflict
}

// Fail answers every request that ended in an error.
func (s Site) Fail(err error, c echo.Context) {
	if c.Response().Committed {
		s.Log.Error("failed after the answer began", "route", c.Path(), "actor", session.Who(c).ID, "cause", err)
		return
	}
	if c.Request().Context().Err() != nil { // the other side has gone, or sent too slowly: nobody reads a page
		s.Log.Info("nobody waits for the answer", "route", c.Path(), "cause", err)
		_ = c.NoContent(http.StatusRequestTimeout) // to whoever may still listen
		return
	}
	if fault.KindOf(err) == fault.SignIn && c.Request().Method == http.MethodGet {
		if err := c.Redirect(http.StatusSeeOther, "/sign-in?to="+url.QueryEscape(c.Request().URL.RequestURI())); err != nil {
			s.Log.Error("could not send to sign-in", "cause", err)
		}
		return
	}
	code := statuses[fault.KindOf(err)]
	page := infoview.Failure{Page: s.page(c, ""), Kind: infoview.Broken}
	if code != 0 {
		for _, f := range faults(err) {
			page.Sentence = f.Sentence
		}
	} else if own, ok := errors.AsType[*echo.HTTPError](err); ok && own.Code < 500 {
		code = own.Code
	} else {
		code = http.StatusInternalServerError
	}
	switch {
	case code >= 500:
		page.Reference = uuid.NewString()[:8]
		s.Log.Error("request failed", "route", c.Path(), "method", c.Request().Method, "actor", session.Who(c).ID, "reference", page.Reference, "cause", err)
	case code == http.StatusForbidden || code == http.StatusNotFound:
		s.Log.Log(c.Request().Context(), slog.LevelInfo, "refused", "route", c.Path(), "method", c.Request().Method, "actor", session.Who(c).ID, "status", code)
		page.Kind, page.Ask = infoview.Kind(code), askWord(session.Who(c))
	case code == http.StatusTooManyRequests:
		page.Kind = infoview.TooMany
	case code == http.StatusUnauthorized:
		page.Kind, page.Sentence = infoview.SignedOut, "Sign in and try again: what you had saved is still there."
	default:
		page.Kind = infoview.NotTaken
	}
	page.Title = page.Kind.Heading()
	if err := render(c, code, infoview.ErrorPage(page)); err != nil {
		s.Log.Error("could not show the error page", "cause", err)
		_ = c.NoContent(http.StatusInternalServerError) // nothing is left to try
	}
}

// askWord says who can change what somebody may see: whoever keeps the list that
// their office is in.
func askWord(who access.Actor) string {
	holds := func(office access.Office) bool {
		return slices.ContainsFunc(who.Current(), func(a access.Appointment) bool { return a.Office == office })
	}
	switch {
	case !who.Known():
		return ""
	case holds(access.Administrator):
		return "If you think you should see it, ask another administrator of the national team to check your appointment."
	case holds(access.CompanySecretary):
		return "If you think you should see it, ask the national team to check your appointment."
	case len(who.Current()) == 0:
		return "If you think you should see it, ask your company secretary to check your appointment. In the national team, ask an administrator."
	case len(trusts(who)) > 0:
		return "If you think you should see it, ask your company secretary to check your appointment."
	}
	return "If you think you should see it, ask an administrator of the national team to check your appointment."
}

package handler

import (
	"context"
	"errors"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/views/infoview"
	"countersign/views/signview"
	"countersign/web/session"
)

// SignIn answers the addresses around signing in and out.
type SignIn struct {
	Site
	Sessions *session.Sessions
	Signer   interface {
		Sign(ctx context.Context, who access.Actor, org organisation.Code, stepUp string, proof attestation.Proof) (attestation.Signature, error)
	}
	Confirm func(c echo.Context, org organisation.Code, stepUp string, err error) error // shows the last step again with what went wrong
	CoSign  func(c echo.Context, arrival session.Arrival, err error) error              // ends a signature beside the chief executive
	Decide  func(c echo.Context, arrival session.Arrival, err error) error              // ends a decision about a risk

	Withdraw func(c echo.Context, arrival session.Arrival, err error) error // ends the withdrawal of a signed statement
}

// Routes of signing in and out.
func (h SignIn) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/sign-in", Verb: access.SeeSignIn, Handle: h.choose},
		{Method: http.MethodGet, Path: "/sign-in/:provider", Verb: access.SeeSignIn, Handle: h.begin},
		{Method: http.MethodGet, Path: returnPath, Verb: access.SeeSignIn, Handle: h.finish},
		{Method: http.MethodPost, Path: logoutPath, Verb: access.SeeSignIn, Handle: h.logout, Form: logoutLimit, Fields: AnyField}, // Back-Channel Logout 1.0, section 2.5: what is not understood is ignored
		{Method: http.MethodGet, Path: session.EndPath, Verb: access.ReadOwnHome, Handle: h.ending},
		{Method: http.MethodPost, Path: session.EndPath, Verb: access.ReadOwnHome, Handle: h.stay, Fields: "to"},
		{Method: http.MethodPost, Path: "/sign-out", Verb: access.SeeSignIn, Handle: h.end},
		{Method: http.MethodGet, Path: "/signed-out", Verb: access.ReadPublic, Handle: h.ended},
	}
}

func (h SignIn) choose(c echo.Context) error {
	if session.Who(c).Known() {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	return h.page(c, http.StatusOK, nil)
}

func (h SignIn) page(c echo.Context, code int, err error) error {
	p := signview.SignIn{Page: h.Site.page(c, "Sign in")}
	if err != nil {
		p.Problem = faults(err)[0].Sentence
	}
	query := ""
	if to := session.Local(c.QueryParam("to")); to != "/" {
		query = "?to=" + queryEscape(to)
	}
	for _, each := range h.Sessions.Providers {
		p.Providers = append(p.Providers, signview.Provider{Label: each.Label, Href: "/sign-in/" + each.Name + query})
	}
	return render(c, code, signview.SignInPage(p))
}

func (h SignIn) begin(c echo.Context) error {
	return h.Sessions.Begin(c, c.Param("provider"), c.QueryParam("to"))
}

// finish takes the browser back from the provider: signed in, or with the
// proof that completes a signature.
func (h SignIn) finish(c echo.Context) error {
	arrival, err := h.Sessions.Finish(c, c.Param("provider"))
	switch {
	case arrival.Attempt.ID != "" && arrival.Attempt.Ceremony == session.DecideRisk:
		return h.Decide(c, arrival, err)
	case arrival.Attempt.ID != "" && arrival.Attempt.Ceremony == session.WithdrawSigned:
		return h.Withdraw(c, arrival, err)
	case arrival.Attempt.ID != "" && arrival.Attempt.Ceremony == session.CoSign:
		return h.CoSign(c, arrival, err)
	case arrival.Attempt.ID != "":
		return h.sign(c, arrival, err)

	case errors.Is(err, identity.ErrUnknown):
		return h.page(c, http.StatusForbidden, err)
	case errors.Is(err, session.ErrNotChecked):
		return h.page(c, http.StatusForbidden, fault.New(fault.Forbidden, "We could not check that it is you. You are not signed in. Try again."))
	case err != nil:
		return err
	}
	h.Limits.Known(c.RealIP())
	return c.Redirect(http.StatusSeeOther, arrival.To)
}

func (h SignIn) sign(c echo.Context, arrival session.Arrival, err error) error {
	if err == nil {
		var signed attestation.Signature
		signed, err = h.Signer.Sign(c.Request().Context(), session.Who(c), arrival.Attempt.Organisation, arrival.Attempt.ID, arrival.Proof)
		if err == nil {
			return c.Redirect(http.StatusSeeOther, receiptPath(arrival.Attempt.Organisation, signed.Statement))
		}
	}
	if fault.KindOf(err) == "" || fault.KindOf(err) == fault.SignIn {
		return err
	}
	return h.Confirm(c, arrival.Attempt.Organisation, arrival.Attempt.ID, err)
}

// logoutLimit is the largest logout request in bytes: one token.
const logoutLimit = 16 << 10

// logout answers an identity provider that ends a session of its own. What it
// is told is only whether it was obeyed (OpenID Connect Back-Channel Logout
// 1.0, section 2.8).
func (h SignIn) logout(c echo.Context) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err == nil && kind == "application/x-www-form-urlencoded" && c.Request().ParseForm() == nil && len(c.Request().PostForm["logout_token"]) == 1 {
		err = h.Sessions.Logout(c, c.Param("provider"), c.Request().PostForm.Get("logout_token"))
	} else {
		err = session.ErrLogout
	}
	switch {
	case err == nil:
		h.Limits.Known(c.RealIP()) // a provider must get through while strangers flood its address
		return c.NoContent(http.StatusOK)
	case errors.Is(err, session.ErrLogout):
		return c.JSON(http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	}
	return err
}

// ending says when the person will be signed out, and how to stay. Asking does
// not count as being there.
func (h SignIn) ending(c echo.Context) error {
	end, last := session.EndsAt(c)
	p := signview.Ending{Page: h.Site.page(c, "You will be signed out at "+clockTime(end)), To: session.Local(c.QueryParam("to")), Last: last}
	return render(c, http.StatusOK, signview.EndingPage(p))
}

// stay is for a person who pressed the button: any request but the question
// itself keeps a session, so this one has only to lead back.
func (h SignIn) stay(c echo.Context) error {
	if c.FormValue("to") == session.EndPath { // the warning inside a page asks how long it lasts now
		return c.Redirect(http.StatusSeeOther, session.EndPath)
	}
	return c.Redirect(http.StatusSeeOther, session.Local(c.FormValue("to")))
}

func (h SignIn) end(c echo.Context) error {
	if err := h.Sessions.End(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/signed-out")
}

func (h SignIn) ended(c echo.Context) error {
	return render(c, http.StatusOK, signview.SignedOutPage(h.Site.page(c, "You are signed out")))
}

// Info answers the pages about the service itself.
type Info struct{ Site }

// Routes of the pages about the service.
func (h Info) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/help", Verb: access.ReadPublic, Handle: h.help},
		{Method: http.MethodGet, Path: "/accessibility", Verb: access.ReadPublic, Handle: h.accessibility},
		{Method: http.MethodGet, Path: "/cookies", Verb: access.ReadPublic, Handle: h.cookies},
		{Method: http.MethodGet, Path: "/privacy", Verb: access.ReadPublic, Handle: h.privacy},
	}
}

func (h Info) help(c echo.Context) error {
	return render(c, http.StatusOK, infoview.HelpPage(infoview.Help{Page: h.page(c, "Get help")}))
}

func (h Info) accessibility(c echo.Context) error {
	return render(c, http.StatusOK, infoview.AccessibilityPage(infoview.Accessibility{Page: h.page(c, "Accessibility statement"), Tested: "with every change, by an automatic check of every page"}))
}

func (h Info) cookies(c echo.Context) error {
	return render(c, http.StatusOK, infoview.CookiesPage(infoview.Cookies{Page: h.page(c, "Cookies"), Cookies: []infoview.Cookie{
		{Name: "countersign-session", Purpose: "Keeps you signed in", Expires: "When you sign out, or after 12 hours"},
		{Name: "countersign-journey", Purpose: "Recognises you when you come back from signing in", Expires: "After 10 minutes"},
	}}))
}

func (h Info) privacy(c echo.Context) error {
	return render(c, http.StatusOK, infoview.PrivacyPage(infoview.Privacy{Page: h.page(c, "Privacy"), Controller: h.Name}))
}

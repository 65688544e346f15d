package handler

import (
	"context"
	"errors"
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
}

// Routes of signing in and out.
func (h SignIn) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/sign-in", Verb: access.SeeSignIn, Handle: h.choose},
		{Method: http.MethodGet, Path: "/sign-in/:provider", Verb: access.SeeSignIn, Handle: h.begin},
		{Method: http.MethodGet, Path: returnPath, Verb: access.SeeSignIn, Handle: h.finish},
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
	if arrival.StepUp != "" {
		return h.sign(c, arrival, err)
	}
	switch {
	case errors.Is(err, identity.ErrUnknown):
		return h.page(c, http.StatusForbidden, err)
	case errors.Is(err, session.ErrNotChecked):
		return h.page(c, http.StatusForbidden, fault.New(fault.Forbidden, "We could not check that it is you. You are not signed in. Try again."))
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, arrival.To)
}

func (h SignIn) sign(c echo.Context, arrival session.Arrival, err error) error {
	if err == nil {
		var signed attestation.Signature
		signed, err = h.Signer.Sign(c.Request().Context(), session.Who(c), arrival.Organisation, arrival.StepUp, arrival.Proof)
		if err == nil {
			return c.Redirect(http.StatusSeeOther, receiptPath(arrival.Organisation, signed.Statement))
		}
	}
	if fault.KindOf(err) == "" || fault.KindOf(err) == fault.SignIn {
		return err
	}
	return h.Confirm(c, arrival.Organisation, arrival.StepUp, err)
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

package handler

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/alertview"
	"countersign/views/layout"
	"countersign/views/riskview"
	"countersign/web/session"
)

// Risks answers the addresses of decisions about risks.
type Risks struct {
	Site
	Alerts interface {
		Read(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) (alert.Alert, alert.Response, int64, error)
	}
	Register Reader
	Risks    interface {
		Ask(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, draft risk.Draft) error
		Requests(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) ([]risk.Request, []risk.Signature, error)
		Begin(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, choice risk.Choice, shown attestation.Digest) (risk.Attempt, error)
		Attempt(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (risk.Attempt, alert.ID, error)
		Sign(ctx context.Context, who access.Actor, org organisation.Code, attempt string, proof attestation.Proof) error
	}
	Sessions *session.Sessions
}

// Routes of decisions about risks.
func (h Risks) Routes() []Route {
	const one = "/organisations/:ods/alerts/:id/risk"
	return []Route{
		{Method: http.MethodGet, Path: one, Verb: access.ReadResponses, Handle: h.read},
		{Method: http.MethodPost, Path: one, Verb: access.AskRisk, Handle: h.ask, Fields: "what patients cover until-day until-month until-year"},
		{Method: http.MethodPost, Path: one + "/decision", Verb: access.DecideRisk, Handle: h.choose, Fields: "shown decision until-day until-month until-year"},
		{Method: http.MethodGet, Path: riskConfirmPath, Verb: access.DecideRisk, Handle: h.confirm},
		{Method: http.MethodPost, Path: riskConfirmPath, Verb: access.DecideRisk, Handle: h.sign, Fields: "shown decision until"},
	}
}

func riskPath(org organisation.Code, id alert.ID) string { return alertPath(org, id) + "/risk" }

func (h Risks) scene(c echo.Context, id alert.ID, org organisation.Code) (riskScene, error) {
	ctx, who := c.Request().Context(), session.Who(c)
	s := riskScene{who: who, now: h.Now()}
	var err error
	if s.alert, s.response, _, err = h.Alerts.Read(ctx, who, org, id); err != nil {
		return s, err
	}
	if s.org, s.cohorts, err = h.Register.Read(ctx, who, org); err != nil {
		return s, err
	}
	s.requests, s.signatures, err = h.Risks.Requests(ctx, who, org, id)
	return s, err
}

func (h Risks) here(c echo.Context) (riskScene, error) {
	return h.scene(c, alert.ID(c.Param("id")), own(c))
}

func (h Risks) read(c echo.Context) error {
	s, err := h.here(c)
	if err != nil {
		return err
	}
	return h.page(c, s, s.page(), http.StatusOK, nil)
}

// page shows how the decision stands, with the form that is this person's.
func (h Risks) page(c echo.Context, s riskScene, page riskview.Risk, code int, failure error) error {
	page.Page = h.trustPage(c, page.Heading+" – "+s.alert.Name(), s.org, s.cohorts)
	page.Back = backLink(alertPath(s.org.Code, s.alert.ID), s.alert.Name())
	page.Problems, page.Wrong = riskProblems(failure), wrong(failure)
	return render(c, code, riskview.RiskPage(page))
}

// riskProblems leads a problem with the date to its first field.
func riskProblems(err error) []layout.Problem {
	list := problems(err)
	for i := range list {
		if list[i].Href == "#until" {
			list[i].Href = "#until-day"
		}
	}
	return list
}

func (h Risks) ask(c echo.Context) error {
	value := c.Request().PostFormValue
	draft := risk.Draft{What: value("what"), Patients: value("patients"), Cover: value("cover")}
	var err error
	if draft.Until, err = readDate(c, "until", "the date"); err == nil {
		err = h.Risks.Ask(c.Request().Context(), session.Who(c), own(c), alert.ID(c.Param("id")), draft)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, riskPath(own(c), alert.ID(c.Param("id"))))
	} else if !mendable(err) {
		return err
	}
	s, sceneErr := h.here(c)
	if sceneErr != nil {
		return sceneErr
	}
	page := s.page()
	page.What, page.Patients, page.Cover, page.Until = draft.What, draft.Patients, draft.Cover, alertview.Date(typedDate(c, "until"))
	return h.page(c, s, page, status(err), err)
}

// choose reads what was decided and leads to the page that shows it whole: an
// address of its own, so that coming back to it sends nothing again.
func (h Risks) choose(c echo.Context) error {
	s, err := h.here(c)
	if err != nil {
		return err
	}
	request, ok := s.waiting()
	if !ok {
		return h.page(c, s, s.page(), http.StatusConflict, s.gone())
	}
	choice, err := readChoice(c, request)
	if err == nil && attestation.Digest(c.Request().PostFormValue("shown")) != request.Digest() {
		err = risk.ErrOtherWords
	}
	if err == nil {
		err = choice.Check(request, s.now)
	}
	if err != nil {
		page := s.page()
		page.Decision, page.Shorter = c.Request().PostFormValue("decision"), alertview.Date(typedDate(c, "until"))
		return h.page(c, s, page, status(err), err)
	}
	return c.Redirect(http.StatusSeeOther, riskPath(s.org.Code, s.alert.ID)+"/signature?"+url.Values{"decision": {string(choice.Verdict)}, "until": {string(choice.Until)}, "shown": {string(request.Digest())}}.Encode())
}

// confirm shows the last step of a decision that can be taken now, on what was
// read where it was chosen. Any other leads there.
func (h Risks) confirm(c echo.Context) error {
	s, err := h.here(c)
	if err != nil {
		return err
	}
	choice := risk.Choice{Verdict: risk.Verdict(c.QueryParam("decision")), Until: organisation.Day(c.QueryParam("until"))}
	if request, ok := s.waiting(); !ok || !s.decides() || c.QueryParam("shown") != string(request.Digest()) || choice.Check(request, s.now) != nil {
		return c.Redirect(http.StatusSeeOther, riskPath(s.org.Code, s.alert.ID))
	}
	return h.confirmPage(c, s, choice, http.StatusOK, nil)
}

// gone says why nothing waits for anybody's decision.
func (s riskScene) gone() error {
	if len(s.requests) > 0 && s.requests[0].Undecided() {
		return risk.ErrMovedOn
	}
	return risk.ErrDecided
}

// readChoice reads one of the three answers.
func readChoice(c echo.Context, r risk.Request) (risk.Choice, error) {
	switch c.Request().PostFormValue("decision") {
	case "accept":
		return risk.Choice{Verdict: risk.Accept, Until: r.Until}, nil
	case "shorter":
		day, err := readDate(c, "until", "the date")
		return risk.Choice{Verdict: risk.Accept, Until: day}, err
	case "refuse":
		return risk.Choice{Verdict: risk.Refuse}, nil
	}
	return risk.Choice{}, risk.ErrNoChoice
}

// confirmPage is the last step: the declaration and one button.
func (h Risks) confirmPage(c echo.Context, s riskScene, choice risk.Choice, code int, failure error) error {
	request, ok := s.waiting()
	if !ok {
		return h.page(c, s, s.page(), http.StatusConflict, cmp.Or(failure, s.gone()))
	}
	page := s.confirm(request, choice)
	page.Page = h.trustPage(c, "Sign the decision", s.org, s.cohorts)
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(riskPath(s.org.Code, s.alert.ID), "Back to the risk")
	if failure != nil {
		page.Failure = sentence(failure)
	}
	return render(c, code, riskview.ConfirmPage(page))
}

// sign fixes the bytes and sends the person to prove who they are. Nothing is
// signed here.
func (h Risks) sign(c echo.Context) error {
	value := c.Request().PostFormValue
	choice := risk.Choice{Verdict: risk.Verdict(value("decision")), Until: organisation.Day(value("until"))}
	up, err := h.Risks.Begin(c.Request().Context(), session.Who(c), own(c), alert.ID(c.Param("id")), choice, attestation.Digest(value("shown")))
	if err != nil {
		if !mendable(err) && fault.KindOf(err) != fault.Forbidden {
			return err
		}
		s, sceneErr := h.here(c)
		if sceneErr != nil {
			return sceneErr
		}
		return h.page(c, s, s.page(), status(err), err)
	}
	return h.Sessions.StepUp(c, session.Attempt{Ceremony: session.DecideRisk, Organisation: up.Organisation, ID: up.ID, Nonce: up.Nonce}, riskPath(up.Organisation, alert.ID(c.Param("id"))))
}

// Decide ends a decision after the proof of identity, or shows the last step
// again with what was in the way.
func (h Risks) Decide(c echo.Context, arrival session.Arrival, err error) error {
	ctx, who, org := c.Request().Context(), session.Who(c), arrival.Attempt.Organisation
	if err == nil {
		if err = h.Risks.Sign(ctx, who, org, arrival.Attempt.ID, arrival.Proof); err == nil {
			return c.Redirect(http.StatusSeeOther, arrival.To)
		}
	}
	if fault.KindOf(err) == "" || fault.KindOf(err) == fault.SignIn {
		return err
	}
	up, id, attemptErr := h.Risks.Attempt(ctx, who, org, arrival.Attempt.ID)
	if attemptErr != nil {
		return err
	}
	s, sceneErr := h.scene(c, id, org)
	if sceneErr != nil {
		return sceneErr
	}
	if errors.Is(err, risk.ErrOtherWords) {
		return h.page(c, s, s.page(), status(err), err)
	}
	return h.confirmPage(c, s, up.Choice, status(err), err)
}

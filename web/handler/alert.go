package handler

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/alertview"
	"countersign/views/layout"
	"countersign/web/session"
)

// answering is what an organisation's people do with alerts.
type answering interface {
	Responses(ctx context.Context, who access.Actor, org organisation.Code, before time.Time, limit int) ([]alert.Titled, error)
	Read(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) (alert.Alert, alert.Response, int64, error)
	Acknowledge(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) error
	Apply(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, seen int64, answer alert.Applies) error
	Act(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, seen int64, action alert.Action) error
	Close(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, seen int64) error
	Reopen(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, seen int64) error
	Versions(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) ([]alert.Version, error)
	Mine(ctx context.Context, who access.Actor, id alert.ID) (alert.Alert, []alert.Held, error)
	ApplyJointly(ctx context.Context, who access.Actor, id alert.ID, chosen []alert.Chosen, answer alert.Applies) (map[organisation.Code]error, error)
}

// publishing is what publishers do.
type publishing interface {
	Draft(ctx context.Context, who access.Actor, draft alert.Draft) (alert.ID, error)
	Amend(ctx context.Context, who access.Actor, id alert.ID, draft alert.Draft) error
	Submit(ctx context.Context, who access.Actor, id alert.ID) error
	Approve(ctx context.Context, who access.Actor, id alert.ID, shown string) error
	Reach(ctx context.Context, who access.Actor, audience alert.Audience) ([]organisation.Code, error)
	Revise(ctx context.Context, who access.Actor, id alert.ID, revision alert.Revision) error
	Drop(ctx context.Context, who access.Actor, id alert.ID) error
	Reissue(ctx context.Context, who access.Actor, id alert.ID, shown string) error
}

// overseeing is what publishers and regulators read.
type overseeing interface {
	ReadDraft(ctx context.Context, who access.Actor, id alert.ID) (alert.Alert, error)
	Drafts(ctx context.Context, who access.Actor) ([]alert.Alert, error)
	Changes(ctx context.Context, who access.Actor) ([]alert.Change, error)
	Imported(ctx context.Context, who access.Actor, search string, after alert.ID, limit int) ([]alert.Alert, int, error)
	Issued(ctx context.Context, who access.Actor, before time.Time, limit int) ([]alert.Counted, error)
	ResponsesTo(ctx context.Context, who access.Actor, id alert.ID) (alert.Alert, []alert.Response, error)
}

// Alerts answers the addresses of alerts: an organisation's list and answer,
// and what the national team writes and follows.
type Alerts struct {
	Site
	Alerts interface {
		answering
		publishing
		overseeing
	}
	Register Reader
	Everyone alert.Register // names and groups of every organisation, for national pages
	Events   interface {
		About(ctx context.Context, who access.Actor, org organisation.Code, thing string, limit int) ([]event.Event, error)
	}
	Told interface { // whom letters would find
		Audience(ctx context.Context, who access.Actor, orgs []organisation.Code) (notification.Audience, error)
	}
	Letters interface {
		Write(m notification.Message) (notification.Letter, error)
	}
	Risks interface {
		Requests(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) ([]risk.Request, []risk.Signature, error)
	}
	Calls interface { // what the national team wrote down when it rang
		CallsOf(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) ([]alert.Contact, error)
	}
	Openings interface { // who has read an alert first, and when
		Open(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) error
	}
	Evidence interface {
		For(ctx context.Context, who access.Actor, org organisation.Code, thing string) ([]evidence.File, error)
	}
}

// alertsPerPage is how many rows a list shows at once.
const alertsPerPage = 25

// alertLogLimit bounds the record on the page of an alert.
const alertLogLimit = 50

// wordFields are what the form of an alert's words sends, draftFields what the
// form of a draft does.
const (
	wordFields  = "title threat steps why categories* vectors* cves platforms indicators sources public"
	draftFields = wordFields + " severity class rehearsal kinds* regions* cohorts* organisations"
)

// Routes of alerts.
func (h Alerts) Routes() []Route {
	const list = "/organisations/:ods/alerts"
	const one = list + "/:id"
	return []Route{
		{Method: http.MethodGet, Path: list, Verb: access.ReadResponses, Handle: h.list},
		{Method: http.MethodGet, Path: one, Verb: access.ReadResponses, Handle: h.read},
		{Method: http.MethodPost, Path: one + "/acknowledgement", Verb: access.AnswerAlert, Handle: h.acknowledge},
		{Method: http.MethodGet, Path: one + "/applicability", Verb: access.AnswerAlert, Handle: h.applicability},
		{Method: http.MethodPost, Path: one + "/applicability", Verb: access.AnswerAlert, Handle: h.apply, Fields: "seen applies second how* checked-day checked-month checked-year update-day update-month update-year"},
		{Method: http.MethodGet, Path: one + "/action", Verb: access.AnswerAlert, Handle: h.action},
		{Method: http.MethodPost, Path: one + "/action", Verb: access.AnswerAlert, Handle: h.act, Fields: "seen outcome second fixed assets reason cover plan-day plan-month plan-year update-day update-month update-year"},
		{Method: http.MethodGet, Path: one + "/closing", Verb: access.AnswerAlert, Handle: h.closing},
		{Method: http.MethodPost, Path: one + "/closing", Verb: access.AnswerAlert, Handle: h.close, Fields: "seen"},
		{Method: http.MethodPost, Path: one + "/reopening", Verb: access.AnswerAlert, Handle: h.reopen, Fields: "seen"},
		{Method: http.MethodGet, Path: "/alerts/:id/joint-answer", Verb: access.ReadOwnHome, Handle: h.jointly},
		{Method: http.MethodPost, Path: "/alerts/:id/joint-answer", Verb: access.ReadOwnHome, Handle: h.applyJointly, Fields: "step for* applies how* checked-day checked-month checked-year update-day update-month update-year"},
		{Method: http.MethodGet, Path: "/alerts", Verb: access.ReadOwnHome, Handle: h.national},
		{Method: http.MethodGet, Path: "/alerts/new", Verb: access.DraftAlert, Handle: h.begin},
		{Method: http.MethodPost, Path: "/alerts/new", Verb: access.DraftAlert, Handle: h.draft, Fields: draftFields},
		{Method: http.MethodGet, Path: importedPath, Verb: access.ReadAlertDrafts, Handle: h.imported},
		{Method: http.MethodGet, Path: "/alerts/:id", Verb: access.ReadAllResponses, Handle: h.follow},
		{Method: http.MethodGet, Path: "/alerts/:id/edit", Verb: access.DraftAlert, Handle: h.edit},
		{Method: http.MethodPost, Path: "/alerts/:id/edit", Verb: access.DraftAlert, Handle: h.amend, Fields: draftFields},
		{Method: http.MethodGet, Path: "/alerts/reach", Verb: access.ReadAlertDrafts, Handle: h.reach},
		{Method: http.MethodGet, Path: "/alerts/:id/versions/new", Verb: access.DraftAlert, Handle: h.beginVersion},
		{Method: http.MethodPost, Path: "/alerts/:id/versions/new", Verb: access.DraftAlert, Handle: h.propose, Fields: wordFields + " kind reason renew answer-day answer-month answer-year answer-time action-day action-month action-year action-time"},
		{Method: http.MethodGet, Path: "/alerts/:id/versions/waiting", Verb: access.ReadAlertDrafts, Handle: h.waitingVersion},
		{Method: http.MethodPost, Path: "/alerts/:id/versions/waiting/issue", Verb: access.ApproveAlert, Handle: h.reissue, Fields: "shown"},
		{Method: http.MethodPost, Path: "/alerts/:id/versions/waiting/removal", Verb: access.DraftAlert, Handle: h.dropVersion},
		{Method: http.MethodPost, Path: "/alerts/:id/submission", Verb: access.DraftAlert, Handle: h.submit},
		{Method: http.MethodPost, Path: "/alerts/:id/issue", Verb: access.ApproveAlert, Handle: h.issue, Fields: "shown"},
	}
}

// beforeOf reads where a page of a list begins; without one it is the newest.
func beforeOf(c echo.Context) time.Time {
	micros, err := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	if err != nil || micros <= 0 {
		return alert.Newest
	}
	return time.UnixMicro(micros)
}

// olderThan is the address of the page after the one that ends at an instant.
func olderThan(path string, last time.Time) string {
	return path + "?before=" + strconv.FormatInt(last.UnixMicro(), 10)
}

func (h Alerts) list(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	before := beforeOf(c)
	rows, err := h.Alerts.Responses(ctx, who, org.Code, before, alertsPerPage+1)
	if err != nil {
		return err
	}
	page := alertList(rows, org.Code, before, h.Now())
	page.Page = h.trustPage(c, "Alerts", org, cohorts)
	page.Wide = true
	page.Links = answerDownloads(org.Code)
	return render(c, http.StatusOK, alertview.ListPage(page))
}

// alertScene is what every page of one alert at one organisation reads first.
type alertScene struct {
	who      access.Actor
	org      organisation.Organisation
	cohorts  []string
	alert    alert.Alert
	response alert.Response
	version  int64
	now      time.Time
	log      []event.Event
	proofs   []evidence.File
	versions []alert.Version
	risks    []risk.Request
	calls    []alert.Contact
}

func (h Alerts) scene(c echo.Context) (alertScene, error) {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	s := alertScene{who: who, now: h.Now()}
	var err error
	if s.alert, s.response, s.version, err = h.Alerts.Read(ctx, who, own(c), id); err != nil {
		return s, err
	}
	if s.org, s.cohorts, err = h.Register.Read(ctx, who, own(c)); err != nil {
		return s, err
	}
	if s.log, err = h.Events.About(ctx, who, own(c), "alert/"+string(id), alertLogLimit); err != nil {
		return s, err
	}
	if s.versions, err = h.Alerts.Versions(ctx, who, own(c), id); err != nil {
		return s, err
	}
	if s.risks, _, err = h.Risks.Requests(ctx, who, own(c), id); err != nil {
		return s, err
	}
	s.calls, err = h.Calls.CallsOf(ctx, who, own(c), id)
	return s, err
}

func (h Alerts) read(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	if c.Request().Method == http.MethodGet && !looksAhead(c.Request()) {
		if err := h.Openings.Open(c.Request().Context(), s.who, s.org.Code, s.alert.ID); err != nil { // the alert matters more than who has read it
			h.Log.Error("could not note who opened an alert", "cause", err)
		}
	}
	return h.answerPage(c, s, http.StatusOK, nil)
}

// looksAhead tells whether a browser fetches a page before anybody asked for it.
func looksAhead(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch")
}

func (h Alerts) answerPage(c echo.Context, s alertScene, code int, failure error) error {
	if err := h.proofs(c, &s); err != nil {
		return err
	}
	page := s.answer()
	page.Page = h.trustPage(c, s.alert.Draft.Title+" – Alerts", s.org, s.cohorts)
	page.Back = backLink(organisationPath(s.org.Code)+"/alerts", "Alerts")
	page.Problems = problems(failure)
	page.Links = []layout.Link{advisoryLink(s.alert.ID)}
	return render(c, code, alertview.AnswerPage(page))
}

func (h Alerts) acknowledge(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	err := h.Alerts.Acknowledge(c.Request().Context(), session.Who(c), own(c), id)
	if mendable(err) { // somebody else was first: the page says who
		s, sceneErr := h.scene(c)
		if sceneErr != nil {
			return sceneErr
		}
		if errors.Is(err, alert.ErrAcknowledged) && s.response.Acknowledged.By == s.who.Name {
			return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
		}
		return h.answerPage(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
}

func (h Alerts) applicability(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	if over := s.response.Over(); over != nil && c.QueryParam("answer") != "" { // it ended between the two pages
		return h.answerPage(c, s, status(over), over)
	} else if over != nil || s.response.Acknowledged == nil {
		return c.Redirect(http.StatusSeeOther, alertPath(s.org.Code, s.alert.ID))
	}
	page := s.applicability()
	if asked := alert.Applicability(c.QueryParam("answer")); asksMore(asked) {
		page.Second, page.Value, page.Seen = true, string(asked), cmp.Or(c.QueryParam("seen"), page.Seen)
	}
	return h.applicabilityPage(c, s, http.StatusOK, page, nil)
}

func (h Alerts) applicabilityPage(c echo.Context, s alertScene, code int, page alertview.Applicability, failure error) error {
	page.Page = h.trustPage(c, "Does this alert apply – "+s.alert.Name(), s.org, s.cohorts)
	page.Back = backLink(alertPath(s.org.Code, s.alert.ID), s.alert.Name())
	page.Problems, page.Wrong = alertProblems(failure), wrong(failure)
	return render(c, code, alertview.ApplicabilityPage(page))
}

func (h Alerts) apply(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	if err := c.Request().ParseForm(); err != nil {
		return fault.New(fault.Invalid, "We could not read this form.")
	}
	answer := alert.Applies{Answer: alert.Applicability(c.Request().PostFormValue("applies"))}
	second := c.Request().PostFormValue("second") != ""
	if asksMore(answer.Answer) && !second { // nothing is kept before the second page
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id)+"/applicability?answer="+queryEscape(string(answer.Answer))+"&seen="+queryEscape(c.Request().PostFormValue("seen")))
	}
	var err error
	switch answer.Answer {
	case alert.DoesNotApply:
		answer.HowKnown = c.Request().PostForm["how"]
		answer.CheckedOn, err = readDate(c, "checked", "the date of the check")
	case alert.StillChecking:
		answer.UpdateOn, err = readDate(c, "update", "the date of your next update")
	}
	if err == nil {
		err = h.Alerts.Apply(c.Request().Context(), session.Who(c), own(c), id, readVersion(c), answer)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
	} else if !mendable(err) {
		return err
	}
	s, sceneErr := h.scene(c)
	if sceneErr != nil {
		return sceneErr
	}
	if errors.Is(err, alert.ErrChanged) && s.response.Applied(answer) {
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
	}
	page := s.applicability()
	page.Seen, page.Recorded, page.Second = s.seen(c, err), s.recorded(err), second
	page.Value, page.How = string(answer.Answer), c.Request().PostForm["how"]
	page.Checked, page.Update = alertview.Date(typedDate(c, "checked")), alertview.Date(typedDate(c, "update"))
	return h.applicabilityPage(c, s, status(err), page, err)
}

// asksMore tells whether an answer has a second page.
func asksMore(answer alert.Applicability) bool {
	return answer == alert.DoesNotApply || answer == alert.StillChecking
}

// asksMoreOf tells whether what was done has a second page.
func asksMoreOf(outcome alert.Outcome) bool {
	return slices.Contains([]alert.Outcome{alert.FixedInPart, alert.Covered, alert.WaitingSupplier, alert.WaitingNational, alert.CannotFix}, outcome)
}

func (h Alerts) action(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	applies := s.response.Applicability == alert.AppliesToAll || s.response.Applicability == alert.AppliesToSome
	if over := s.response.Over(); over != nil && c.QueryParam("outcome") != "" { // it ended between the two pages
		return h.answerPage(c, s, status(over), over)
	} else if over != nil || !applies {
		return c.Redirect(http.StatusSeeOther, alertPath(s.org.Code, s.alert.ID))
	}
	page := s.action()
	if asked := c.QueryParam("outcome"); asksMoreOf(alert.Outcome(asked)) {
		page.Second, page.Value, page.Seen = true, asked, cmp.Or(c.QueryParam("seen"), page.Seen)
	}
	return h.actionPage(c, s, http.StatusOK, page, nil)
}

func (h Alerts) actionPage(c echo.Context, s alertScene, code int, page alertview.Action, failure error) error {
	page.Page = h.trustPage(c, "What have you done – "+s.alert.Name(), s.org, s.cohorts)
	page.Back = backLink(alertPath(s.org.Code, s.alert.ID), s.alert.Name())
	page.Problems, page.Wrong = alertProblems(failure), wrong(failure)
	return render(c, code, alertview.ActionPage(page))
}

func (h Alerts) act(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	action := alert.Action{Outcome: alert.Outcome(c.Request().PostFormValue("outcome"))}
	second := c.Request().PostFormValue("second") != ""
	if asksMoreOf(action.Outcome) && !second { // nothing is kept before the second page
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id)+"/action?outcome="+queryEscape(string(action.Outcome))+"&seen="+queryEscape(c.Request().PostFormValue("seen")))
	}
	err := readAction(c, &action)
	if err == nil {
		err = h.Alerts.Act(c.Request().Context(), session.Who(c), own(c), id, readVersion(c), action)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
	} else if !mendable(err) {
		return err
	}
	s, sceneErr := h.scene(c)
	if sceneErr != nil {
		return sceneErr
	}
	if errors.Is(err, alert.ErrChanged) && s.response.Acted(action) {
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), id))
	}
	page := s.action()
	page.Seen, page.Recorded, page.Second = s.seen(c, err), s.recorded(err), second
	page.Value, page.Fixed, page.Assets = string(action.Outcome), c.Request().PostFormValue("fixed"), c.Request().PostFormValue("assets")
	page.Plan, page.Update = alertview.Date(typedDate(c, "plan")), alertview.Date(typedDate(c, "update"))
	page.Reason, page.Cover = c.Request().PostFormValue("reason"), c.Request().PostFormValue("cover")
	return h.actionPage(c, s, status(err), page, err)
}

// readAction reads what belongs to the chosen outcome, and leaves the rest.
func readAction(c echo.Context, action *alert.Action) error {
	var problems fault.Problems
	date := func(field, what string) organisation.Day {
		day, err := readDate(c, field, what)
		problems = append(problems, faults(err)...)
		return day
	}
	switch action.Outcome {
	case alert.FixedInPart:
		action.FixedCount, action.AssetCount = count(c.Request().PostFormValue("fixed")), count(c.Request().PostFormValue("assets"))
		action.PlanOn = date("plan", "the date for the rest")
	case alert.Covered:
		action.Cover = strings.TrimSpace(c.Request().PostFormValue("cover"))
	case alert.WaitingSupplier, alert.WaitingNational, alert.CannotFix:
		action.Reason = strings.TrimSpace(c.Request().PostFormValue("reason"))
	}
	if asksMoreOf(action.Outcome) {
		action.UpdateOn = date("update", "the date of your next update")
	}
	return problems.OrNil()
}

// count reads a number of things, commas allowed; anything else is -1, which
// no check accepts.
func count(typed string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(typed), ",", ""), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

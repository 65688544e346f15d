package handler

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/views/actingview"
	"countersign/views/layout"
	"countersign/web/session"
)

// Acting answers the addresses about acting chief executives: where a trust
// asks, and where the national team decides.
type Acting struct {
	Site
	Register Reader
	Acting   interface {
		Ground(ctx context.Context, who access.Actor, org organisation.Code) (identity.ActingGround, error)
		Ask(ctx context.Context, who access.Actor, org organisation.Code, d identity.ActingDraft) error
		End(ctx context.Context, who access.Actor, org organisation.Code, id identity.ActingID) error
		All(ctx context.Context, who access.Actor) ([]identity.ActingOf, error)
		Read(ctx context.Context, who access.Actor, id identity.ActingID) (identity.ActingOf, error)
		Confirm(ctx context.Context, who access.Actor, id identity.ActingID) error
		Refuse(ctx context.Context, who access.Actor, id identity.ActingID, why string) error
	}
}

const (
	actingPath     = "/organisations/:ods/acting"
	actingDeskPath = "/acting"
)

// Routes of acting chief executives.
func (h Acting) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: actingPath, Verb: access.AskActing, Handle: h.list},
		{Method: http.MethodGet, Path: actingPath + "/new", Verb: access.AskActing, Handle: h.form},
		{Method: http.MethodPost, Path: actingPath + "/new", Verb: access.AskActing, Handle: h.ask, Fields: "person from-day from-month from-year to-day to-month to-year reason"},
		{Method: http.MethodPost, Path: actingPath + "/:id/ending", Verb: access.AskActing, Handle: h.end},
		{Method: http.MethodGet, Path: actingDeskPath, Verb: access.ConfirmActing, Handle: h.desk},
		{Method: http.MethodGet, Path: actingDeskPath + "/:id", Verb: access.ConfirmActing, Handle: h.read},
		{Method: http.MethodPost, Path: actingDeskPath + "/:id", Verb: access.ConfirmActing, Handle: h.decide, Fields: "decision why"},
	}
}

func actingOf(org organisation.Code) string { return organisationPath(org) + "/acting" }

func (h Acting) list(c echo.Context) error { return h.listPage(c, http.StatusOK, nil) }

func (h Acting) listPage(c echo.Context, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	ground, err := h.Acting.Ground(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := actingListView(ground, org.Code, h.Now())
	page.Page = h.trustPage(c, "Acting chief executive", org, cohorts)
	page.Problems = problems(failure)
	page.Saved = map[string]string{"asked": "The national team has been asked to confirm. Nothing changes until they do.", "ended": "It has been ended."}[c.QueryParam("done")]
	return render(c, code, actingview.ListPage(page))
}

// actingListView says who acts now, and lists what was asked for.
func actingListView(g identity.ActingGround, org organisation.Code, now time.Time) actingview.List {
	page := actingview.List{Acting: "Nobody acts as chief executive today.", Ask: actingOf(org) + "/new"}
	if post, acts := g.Actor(now); acts {
		page.Acting = actsSentence(post)
	}
	if _, waits := g.Waiting(); waits {
		page.Ask, page.Waits = "", "One request waits for the national team. To ask for somebody else, withdraw it first."
	}
	for _, a := range g.Earlier {
		row := actingview.Row{Name: a.Name, Term: actingTerm(a), Asked: a.AskedName + " asked at " + moment(a.AskedAt) + ": " + a.Reason}
		row.Standing, row.Tag = actingWord(a, now)
		if a.Endable(now) {
			row.End, row.EndWord = actingOf(org)+"/"+url.PathEscape(string(a.ID))+"/ending", "Withdraw this request"
			if a.State == identity.ActingConfirmed {
				row.EndWord = "End it now"
			}
		}
		switch {
		case !a.EndedAt.IsZero():
			row.Asked += ". " + a.DecidedName + " confirmed it. " + a.EndedName + " ended it at " + moment(a.EndedAt)
		case a.State == identity.ActingConfirmed:
			row.Asked += ". " + a.DecidedName + " of the national team confirmed it at " + moment(a.DecidedAt)
		case a.State == identity.ActingRefused:
			row.Asked += ". " + a.DecidedName + " of the national team refused it at " + moment(a.DecidedAt) + ": " + a.Why
		}
		row.Asked = strings.TrimSuffix(row.Asked, ".") + "."
		page.Rows = append(page.Rows, row)
	}
	return page
}

// actsSentence says who can sign beside the chief executive, and until when.
func actsSentence(p identity.Post) string {
	if p.To.IsZero() {
		return p.Name + " is acting chief executive and can sign."
	}
	return p.Name + " is acting chief executive until " + dayWord(p.To.Add(-time.Microsecond)) + " and can sign."
}

func actingTerm(a identity.Acting) string {
	if a.From == a.To {
		return "on " + longDay(a.From)
	}
	return longDay(a.From) + " to " + longDay(a.To)
}

// actingWord says where a request stands, and the colour of its tag.
func actingWord(a identity.Acting, now time.Time) (words, tag string) {
	switch {
	case a.State == identity.ActingWaits:
		return "Waiting for the national team", "purple"
	case a.State == identity.ActingRefused:
		return "Not confirmed", "grey"
	case a.State == identity.ActingWithdrawn:
		return "Withdrawn", "grey"
	case !a.EndedAt.IsZero():
		return "Ended early", "grey"
	case a.Runs(now):
		return "Acts now", "green"
	case now.Before(a.Term().From):
		return "Confirmed, not begun", "white"
	}
	return "Over", "grey"
}

func (h Acting) form(c echo.Context) error {
	return h.formPage(c, http.StatusOK, actingview.Ask{}, nil)
}

func (h Acting) formPage(c echo.Context, code int, page actingview.Ask, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	ground, err := h.Acting.Ground(ctx, who, org.Code)
	if err != nil {
		return err
	}
	for _, p := range ground.Candidates(who, h.Now()) {
		page.People = append(page.People, actingview.Option{Value: string(p.ID), Text: p.Name, Hint: boardOffice(ground, p.ID, h.Now())})
	}
	page.Action = actingOf(org.Code) + "/new"
	page.Page = h.trustPage(c, "Ask for an acting chief executive", org, cohorts)
	page.Back = backLink(actingOf(org.Code), "Acting chief executive")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	for i, p := range page.Problems {
		if p.Href == "#from" || p.Href == "#to" {
			page.Problems[i].Href += "-day"
		}
	}
	return render(c, code, actingview.AskPage(page))
}

// boardOffice names what somebody is on the board.
func boardOffice(g identity.ActingGround, person identity.PersonID, at time.Time) string {
	for _, p := range g.Posts {
		if p.Person == person && p.Holds(at) && slices.Contains(identity.Board, p.Office) {
			return p.Office.Word()
		}
	}
	return ""
}

func (h Acting) ask(c echo.Context) error {
	value := c.Request().PostFormValue
	d := identity.ActingDraft{Person: identity.PersonID(value("person")), Reason: value("reason")}
	var from, to error
	d.From, from = readDate(c, "from", "the first day")
	d.To, to = readDate(c, "to", "the last day")
	err := h.Acting.Ask(c.Request().Context(), session.Who(c), own(c), d)
	if fault.KindOf(err) == fault.Invalid {
		err = said(said(err, "from", from), "to", to)
	}
	if mendable(err) || errors.Is(err, identity.ErrHandsOn) {
		page := actingview.Ask{Person: value("person"), Reason: value("reason"), From: actingview.Date(typedDate(c, "from")), To: actingview.Date(typedDate(c, "to"))}
		return h.formPage(c, status(err), page, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, actingOf(own(c))+"?done=asked")
}

// said puts what is wrong with a typed date in the place of its being missing.
func said(failure error, field string, date error) error {
	if date == nil {
		return failure
	}
	var list fault.Problems
	for _, each := range faults(failure) {
		if each.Field == field {
			each = faults(date)[0]
		}
		list = append(list, each)
	}
	return list
}

func (h Acting) end(c echo.Context) error {
	err := h.Acting.End(c.Request().Context(), session.Who(c), own(c), identity.ActingID(c.Param("id")))
	if mendable(err) || errors.Is(err, identity.ErrHandsOn) {
		return h.listPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, actingOf(own(c))+"?done=ended")
}

func (h Acting) desk(c echo.Context) error {
	all, err := h.Acting.All(c.Request().Context(), session.Who(c))
	if err != nil {
		return err
	}
	page := actingDeskView(all, h.Now())
	page.Page = h.page(c, "Acting chief executives")
	page.Wide = true
	return render(c, http.StatusOK, actingview.DeskPage(page))
}

// actingDeskView lists what waits by its first day, and what was decided.
func actingDeskView(all []identity.ActingOf, now time.Time) actingview.Desk {
	var page actingview.Desk
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b identity.ActingOf) int {
		if a.State != identity.ActingWaits || b.State != identity.ActingWaits {
			return 0
		}
		return cmp.Compare(a.From, b.From)
	})
	for _, a := range all {
		row := actingview.Row{Trust: a.OrganisationName, Name: a.Name, Term: actingTerm(a.Acting), Asked: dayWord(a.AskedAt), Href: actingDeskPath + "/" + url.PathEscape(string(a.ID))}
		row.Standing, row.Tag = actingWord(a.Acting, now)
		if a.State == identity.ActingWaits {
			page.Waiting = append(page.Waiting, row)
		} else {
			page.Decided = append(page.Decided, row)
		}
	}
	page.Lead = "No request waits for you."
	if n := len(page.Waiting); n > 0 {
		page.Lead = plural(n, "request") + " " + choose(n, "waits", "wait") + " for a decision."
	}
	return page
}

func (h Acting) read(c echo.Context) error { return h.readPage(c, http.StatusOK, nil) }

func (h Acting) readPage(c echo.Context, code int, failure error) error {
	who := session.Who(c)
	request, err := h.Acting.Read(c.Request().Context(), who, identity.ActingID(c.Param("id")))
	if err != nil {
		return err
	}
	page := actingDecideView(request, who, h.Now())
	page.Page = h.page(c, page.Heading)
	page.Back = backLink(actingDeskPath, "Acting chief executives")
	page.Decision, page.Why = c.Request().PostFormValue("decision"), c.Request().PostFormValue("why")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, actingview.DecidePage(page))
}

func actingDecideView(a identity.ActingOf, who access.Actor, now time.Time) actingview.Decide {
	page := actingview.Decide{Heading: a.Name + " as acting chief executive", Caption: a.OrganisationName, Facts: []actingview.Fact{
		{Name: "When", Value: actingTerm(a.Acting)}, {Name: "Why", Value: a.Reason}, {Name: "Asked by", Value: a.AskedName + ", at " + moment(a.AskedAt)}}}
	words, _ := actingWord(a.Acting, now)
	switch {
	case a.State != identity.ActingWaits:
		page.Standing = words + ". " + a.DecidedName + " decided at " + moment(a.DecidedAt) + "."
		if a.Why != "" {
			page.Standing += " " + a.Why
		}
	case a.Mine(who):
		page.Notice = identity.ErrOwnActing.Error()
	default:
		page.Action = actingDeskPath + "/" + url.PathEscape(string(a.ID))
	}
	return page
}

func (h Acting) decide(c echo.Context) error {
	ctx, who, id := c.Request().Context(), session.Who(c), identity.ActingID(c.Param("id"))
	var err error
	switch c.Request().PostFormValue("decision") {
	case "confirm":
		err = h.Acting.Confirm(ctx, who, id)
	case "refuse":
		err = h.Acting.Refuse(ctx, who, id, c.Request().PostFormValue("why"))
	default:
		err = fault.In("decision", "Select your decision")
	}
	if mendable(err) || errors.Is(err, identity.ErrOwnActing) {
		return h.readPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, actingDeskPath+"/"+url.PathEscape(string(id)))
}

// actingLink is where somebody asks for an acting chief executive, if they may.
func actingLink(who access.Actor, org organisation.Code) *layout.Link {
	if !access.May(who, access.AskActing, org) {
		return nil
	}
	return &layout.Link{Text: "Acting chief executive", Href: actingOf(org)}
}

// unconfirmed says why somebody cannot sign yet, who changes that, and who signs
// until then; empty for everybody else.
func unconfirmed(g identity.ActingGround, who access.Actor, now time.Time) string {
	if slices.ContainsFunc(g.Posts, func(p identity.Post) bool { return string(p.Person) == who.ID && p.Office.Sole() && p.Holds(now) }) {
		return ""
	}
	if a, waits := g.Waiting(); waits && string(a.Person) == who.ID {
		return "Your trust asked for you as acting chief executive, " + actingTerm(a) + ". The national team has not confirmed it yet. They tell you by email when they decide, and you need do nothing before. " + meanwhile(g, now)
	}
	for _, p := range g.Posts {
		if string(p.Person) == who.ID && p.Office.Sole() && now.Before(p.From) {
			return "You become " + officeHeld(p.Acting) + " on " + dayWord(p.From) + ". You can sign from then, and need do nothing before. " + meanwhile(g, now)
		}
	}
	return ""
}

// meanwhile says who signs today.
func meanwhile(g identity.ActingGround, now time.Time) string {
	i := slices.IndexFunc(g.Posts, func(p identity.Post) bool { return p.Office.Sole() && p.Holds(now) })
	if i < 0 {
		return "Nobody can sign for your trust until then. If a statement is due, tell the national team."
	}
	return "Until then " + g.Posts[i].Name + " signs."
}

// cannotSign heads the page of somebody who will be able to, and is not yet.
const cannotSign = "You cannot sign yet"

// soonChief says what somebody waits for whose time as chief executive has not
// begun, and who holds no other office; empty for everybody else.
func soonChief(who access.Actor, now time.Time) string {
	for _, a := range who.Appointments {
		if a.Office.Sole() && now.Before(a.From) {
			return "Your time as " + officeHeld(a.Acting) + " begins on " + dayWord(a.From) + ". You can sign from then, and need do nothing before. If that day is wrong, ask your company secretary to correct it. The national team confirms it."
		}
	}
	return ""
}

func officeHeld(acting bool) string {
	if acting {
		return "acting chief executive"
	}
	return "chief executive"
}

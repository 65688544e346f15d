package handler

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/chart"
	"countersign/views/homeview"
	"countersign/web/session"
)

// Home answers the first page of each kind of person.
type Home struct {
	Site
	Register interface {
		Reader
		Holding
	}
	Alerts interface {
		Open(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]alert.Titled, error)
		Marks(ctx context.Context, who access.Actor, org organisation.Code, from, to time.Time) ([]bool, error)
		Issued(ctx context.Context, who access.Actor, before time.Time, limit int) ([]alert.Counted, error)
		Drafts(ctx context.Context, who access.Actor) ([]alert.Alert, error)
		Changes(ctx context.Context, who access.Actor) ([]alert.Change, error)
	}
	Statements interface {
		Unsigned(ctx context.Context, who access.Actor, org organisation.Code) ([]attestation.Statement, error)
		Changed(ctx context.Context, who access.Actor, org organisation.Code) (attestation.Moved, error)
		SignedBy(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]attestation.Mine, error)
		Ended(ctx context.Context, who access.Actor, since time.Time) ([]attestation.Ended, error)
	}
	Risks interface {
		Waiting(ctx context.Context, who access.Actor, org organisation.Code) ([]risk.Waiting, error)
	}
	Events interface {
		Of(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]event.Event, error)
	}
	Acting interface { // nil leaves out who acts
		Ground(ctx context.Context, who access.Actor, org organisation.Code) (identity.ActingGround, error)
		All(ctx context.Context, who access.Actor) ([]identity.ActingOf, error)
	}
	League interface { // how an organisation compares; nil leaves the figure out
		Hourly(ctx context.Context, who access.Actor, org organisation.Organisation) (league.Comparison, error)
	}
	Levels interface { // how an organisation's latest assessment stands; nil leaves the figure out
		Standing(ctx context.Context, who access.Actor, org organisation.Code) (title string, at, of int, href string, err error)
	}
}

// Routes of home pages.
func (h Home) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/", Verb: access.ReadOwnHome, Handle: h.home},
		{Method: http.MethodGet, Path: "/organisations", Verb: access.ReadOwnHome, Handle: h.choose},
		{Method: http.MethodGet, Path: "/organisations/:ods", Verb: access.ReadResponses, Handle: h.organisation},
	}
}

func (h Home) home(c echo.Context) error {
	who := session.Who(c)
	held := trusts(who)
	switch {
	case len(held) > 0:
		first, err := h.mostUrgent(c.Request().Context(), who, held)
		if err != nil {
			return err
		}
		return h.trustHome(c, first)
	case access.May(who, access.ReadAlertDrafts, organisation.National):
		return h.publisherHome(c)
	case access.May(who, access.ReadAllOutcomes, organisation.National):
		return h.regulatorHome(c)
	case len(who.Current()) > 0:
		return render(c, http.StatusOK, homeview.NationalPage(homeview.National{Page: h.page(c, "Home"), Heading: "Nothing needs you today", Lead: "Your role has no lists of its own yet."}))
	}
	if text := soonChief(who, h.Now()); text != "" {
		return render(c, http.StatusOK, homeview.NationalPage(homeview.National{Page: h.page(c, cannotSign), Heading: cannotSign, Lead: text}))
	}
	return render(c, http.StatusOK, homeview.StrangerPage(h.page(c, "No current appointment")))
}

func (h Home) choose(c echo.Context) error {
	who := session.Who(c)
	page := homeview.Choose{Page: h.page(c, "Choose an organisation")}
	for _, code := range trusts(who) {
		org, _, err := h.Register.Read(c.Request().Context(), who, code)
		if err != nil {
			return err
		}
		page.Lines = append(page.Lines, homeview.Line{Title: org.Name, Href: organisationPath(code), Text: officeWord(who, code), Quiet: string(code)})
	}
	if len(page.Lines) == 0 {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	return render(c, http.StatusOK, homeview.ChoosePage(page))
}

func (h Home) organisation(c echo.Context) error { return h.trustHome(c, own(c)) }

// trustHome is the first page at one organisation. What it leads with depends
// on what the person may do there.
func (h Home) trustHome(c echo.Context, code organisation.Code) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	org, cohorts, err := h.Register.Read(ctx, who, code)
	if err != nil {
		return err
	}
	sight, err := h.waiting(ctx, who, code)
	if err != nil {
		return err
	}
	sight.all = c.QueryParam("show") == showAll
	from, to, _ := lastQuarter(now)
	if sight.marks, err = h.Alerts.Marks(ctx, who, code, from, to); err != nil {
		return err
	}
	if sight.events, err = h.Events.Of(ctx, who, code, 12); err != nil {
		return err
	}
	for _, other := range trusts(who) {
		if other == code {
			continue
		}
		there, err := h.elsewhere(ctx, who, other)
		if err != nil {
			return err
		}
		sight.elsewhere = append(sight.elsewhere, there...)
	}
	page := trustHomeView(sight)
	if !holdsOffice(who, code) {
		page.Visiting, page.Heading, page.Nothing = true, trustShort(org.Name), "The trust is dealing with "+plural(len(sight.open), "open alert")+"."
	}
	if sight.signs() {
		signed, err := h.Statements.SignedBy(ctx, who, code, 2)
		if err != nil {
			return err
		}
		moved, err := h.Statements.Changed(ctx, who, code)
		if err != nil {
			return err
		}
		page.Signs, page.Signed, page.Moved, page.Ask = true, signedLines(signed), movedLines(moved.Changes), movedWord(moved)
		if moved.Material() && access.May(who, access.ReplaceStatement, code) {
			page.AskHref = replacementPath(code, moved.Signed.ID)
		}
	}
	figures, err := h.figures(ctx, who, org)
	if err != nil {
		return err
	}
	page.Stats = append(page.Stats, figures...)
	if why := unconfirmed(sight.acting, who, now); why != "" && page.Now == nil {
		page.Heading, page.Nothing = cannotSign, why
	} else if why != "" {
		page.Next = append(page.Next, homeview.Line{Title: cannotSign, Href: organisationPath(code), Text: why})
	}
	page.Acting, page.Paper = actingLink(who, code), boardLink(who, code)
	page.Page = h.trustPage(c, page.Heading, org, cohorts)
	page.Wide, page.AsAt = true, asAt(now)
	return render(c, http.StatusOK, homeview.HomePage(page))
}

// figures are those of the organisation that other pages are about.
func (h Home) figures(ctx context.Context, who access.Actor, org organisation.Organisation) ([]homeview.Stat, error) {
	var stats []homeview.Stat
	if h.Levels != nil && access.May(who, access.ReadAssessment, org.Code) {
		title, at, of, href, err := h.Levels.Standing(ctx, who, org.Code)
		if err != nil {
			return nil, err
		}
		if of > 0 {
			stats = append(stats, homeview.Stat{Title: strings.TrimSuffix(title, " (titles only)") + ", outcomes at the expected level", Href: href, Value: strconv.Itoa(at) + " of " + strconv.Itoa(of),
				Note: levelNote(at, of), Figure: chart.LevelBar{At: at, Of: of}})
		}
	}
	compared, shown, err := h.compared(ctx, who, org)
	switch {
	case err != nil:
		h.Log.Error("a first page goes without its comparison", "organisation", org.Code, "cause", err) // nobody is kept from signing by it
	case shown:
		stats = append(stats, compared)
	}
	return stats, nil
}

// compared says how the organisation stands beside similar ones, to whoever
// signs for it. The page it leads to is about the first one they hold.
func (h Home) compared(ctx context.Context, who access.Actor, org organisation.Organisation) (homeview.Stat, bool, error) {
	if h.League == nil || !access.May(who, access.SignStatement, org.Code) || !access.May(who, access.Compare, org.Code) || trusts(who)[0] != org.Code {
		return homeview.Stat{}, false, nil
	}
	table, err := h.League.Hourly(ctx, who, org)
	return comparedStat(table), err == nil, err
}

// holdsOffice says whether somebody belongs to the organisation whose page they
// read. To a regulator who visits it, nothing there is "yours".
func holdsOffice(who access.Actor, org organisation.Code) bool {
	return slices.ContainsFunc(who.Appointments, func(a access.Appointment) bool { return a.Organisation == org })
}

// waiting reads what may need somebody at an organisation.
func (h Home) waiting(ctx context.Context, who access.Actor, code organisation.Code) (trustSight, error) {
	sight := trustSight{who: who, org: code, now: h.Now()}
	var err error
	if sight.open, err = h.Alerts.Open(ctx, who, code, 20); err != nil {
		return sight, err
	}
	if access.May(who, access.ReadStatement, code) {
		if sight.statements, err = h.Statements.Unsigned(ctx, who, code); err != nil {
			return sight, err
		}
	}
	if sight.waitsFirst() {
		if sight.first, err = firstSigner(ctx, h.Register, who, code); err != nil {
			return sight, err
		}
	}
	if access.May(who, access.DecideRisk, code) {
		if sight.risks, err = h.Risks.Waiting(ctx, who, code); err != nil {
			return sight, err
		}
	}
	if h.Acting != nil && access.May(who, access.ReadActing, code) {
		sight.acting, err = h.Acting.Ground(ctx, who, code)
	}
	return sight, err
}

// mostUrgent is the organisation whose first task is due first: somebody who
// holds office at several must not read "Nothing needs you" on the first page
// of one while another waits. Without any task it is the first they hold.
func (h Home) mostUrgent(ctx context.Context, who access.Actor, held []organisation.Code) (organisation.Code, error) {
	if len(held) == 1 {
		return held[0], nil
	}
	first := held[0]
	var most *task
	for _, code := range held {
		sight, err := h.waiting(ctx, who, code)
		if err != nil {
			return "", err
		}
		if tasks := sight.tasks(); len(tasks) > 0 && (most == nil || tasks[0].before(*most)) {
			first, most = code, &tasks[0]
		}
	}
	return first, nil
}

// elsewhere says in one line what needs the person at another organisation
// they hold office in; no line when nothing does.
func (h Home) elsewhere(ctx context.Context, who access.Actor, code organisation.Code) ([]homeview.Line, error) {
	sight, err := h.waiting(ctx, who, code)
	if err != nil {
		return nil, err
	}
	tasks := sight.tasks()
	if len(tasks) == 0 {
		return nil, nil
	}
	org, _, err := h.Register.Read(ctx, who, code)
	if err != nil {
		return nil, err
	}
	return []homeview.Line{elsewhereLine(org, tasks, sight.now)}, nil
}

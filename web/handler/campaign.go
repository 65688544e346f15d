package handler

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/campaignview"
	"countersign/web/session"
)

// Campaigns answers the addresses where regulators follow what they asked for.
// Asking itself is Requests'.
type Campaigns struct {
	Site
	Register Reader
	Requests interface {
		List(ctx context.Context, who access.Actor) ([]attestation.Summed, error)
		Course(ctx context.Context, who access.Actor, id attestation.CampaignID) (attestation.Course, error)
		AskMore(ctx context.Context, who access.Actor, id attestation.CampaignID, codes []organisation.Code) (int, error)
		Withdraw(ctx context.Context, who access.Actor, id attestation.CampaignID, why string) error
		Extend(ctx context.Context, who access.Actor, campaign attestation.CampaignID, id attestation.ID, day organisation.Day, reason string) error
		ConfirmMove(ctx context.Context, who access.Actor, campaign attestation.CampaignID, id attestation.ID) error
		RefuseMove(ctx context.Context, who access.Actor, campaign attestation.CampaignID, id attestation.ID) error
		Origin(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Origin, error)
	}
}

const campaignsPath = "/statements/campaigns"

// originPath is where a trust reads who asked for a statement.
const originPath = "/organisations/:ods/statements/:id/deadline"

// Routes of campaigns.
func (h Campaigns) Routes() []Route {
	const one = campaignsPath + "/:id"
	const trust = one + "/deadlines/:statement"
	return []Route{
		{Method: http.MethodGet, Path: campaignsPath, Verb: access.ReadCampaigns, Handle: h.list},
		{Method: http.MethodGet, Path: one, Verb: access.ReadCampaigns, Handle: h.course},
		{Method: http.MethodGet, Path: one + "/trusts.csv", Verb: access.ReadCampaigns, Handle: h.csv},
		{Method: http.MethodGet, Path: one + "/more", Verb: access.IssueStatements, Handle: h.more},
		{Method: http.MethodPost, Path: one + "/more", Verb: access.IssueStatements, Handle: h.askMore, Fields: "codes"},
		{Method: http.MethodGet, Path: one + "/withdrawal", Verb: access.IssueStatements, Handle: h.withdrawal},
		{Method: http.MethodPost, Path: one + "/withdrawal", Verb: access.IssueStatements, Handle: h.withdraw, Fields: "why"},
		{Method: http.MethodGet, Path: trust, Verb: access.MoveDeadline, Handle: h.deadline},
		{Method: http.MethodPost, Path: trust, Verb: access.MoveDeadline, Handle: h.extend, Fields: "due-day due-month due-year reason"},
		{Method: http.MethodPost, Path: trust + "/confirmation", Verb: access.MoveDeadline, Handle: h.confirm},
		{Method: http.MethodPost, Path: trust + "/refusal", Verb: access.MoveDeadline, Handle: h.refuse},
		{Method: http.MethodGet, Path: originPath, Verb: access.ReadStatement, Handle: h.origin},
	}
}

func campaignPath(id attestation.CampaignID) string {
	return campaignsPath + "/" + url.PathEscape(string(id))
}

func campaignOf(c echo.Context) attestation.CampaignID { return attestation.CampaignID(c.Param("id")) }

func (h Campaigns) list(c echo.Context) error {
	who, now := session.Who(c), h.Now()
	all, err := h.Requests.List(c.Request().Context(), who)
	if err != nil {
		return err
	}
	page := campaignview.List{Page: h.page(c, "Campaigns")}
	page.Wide, page.Back = true, backLink("/statements", "Statements")
	if access.May(who, access.IssueStatements, organisation.National) {
		page.Ask = requestPath
	}
	for _, s := range all {
		row := campaignview.Row{Name: s.Name, Href: campaignPath(s.ID), Period: s.Period.Name, Due: dueWord(s.Due, now), Signed: number(s.Signed) + " of " + number(s.Asked), Late: "None late"}
		switch {
		case !s.WithdrawnAt.IsZero():
			row.Late, row.LateTag = "Withdrawn", "grey"
		case s.Late > 0:
			row.Late, row.LateTag = number(s.Late)+" late", "red"
		}
		page.Rows = append(page.Rows, row)
	}
	return render(c, http.StatusOK, campaignview.ListPage(page))
}

// trustsPerPage is how many trusts of a campaign a page shows at once.
const trustsPerPage = 50

func (h Campaigns) course(c echo.Context) error {
	who, now := session.Who(c), h.Now()
	course, err := h.Requests.Course(c.Request().Context(), who, campaignOf(c))
	if err != nil {
		return err
	}
	page := courseView(course, c.QueryParam("show"), now)
	pageOfTrusts(&page, campaignPath(course.ID), c.QueryParam("show"), c.QueryParam("page"))
	if access.May(who, access.IssueStatements, organisation.National) && course.WithdrawnAt.IsZero() {
		if now.Before(course.Due) {
			page.More = campaignPath(course.ID) + "/more"
		}
		if slices.ContainsFunc(course.Rows, attestation.Followed.Pending) {
			page.Withdraw = campaignPath(course.ID) + "/withdrawal"
		}
	}
	if !access.May(who, access.MoveDeadline, organisation.National) {
		for i := range page.Rows {
			page.Rows[i].DueHref = ""
		}
	}
	page.Page = h.page(c, page.Heading)
	page.Wide, page.Back = true, backLink(campaignsPath, "Campaigns")
	if c.QueryParams().Has("asked") { // it counts what is there, so that no address can make it say anything else
		page.Saved = plural(len(course.Rows), "trust") + " " + choose(len(course.Rows), "has", "have") + " been asked for the " + course.Title
	}
	return render(c, http.StatusOK, campaignview.CoursePage(page))
}

// showLate is the filter for what is late, whatever step it is at.
const showLate = "late"

// stepKey names a step in an address: waiting-for-siro.
func stepKey(p attestation.Progress) string {
	return strings.ReplaceAll(strings.ToLower(string(p)), " ", "-")
}

var stepTags = map[attestation.Progress]string{attestation.NotBegun: "white", attestation.InPreparation: "white", attestation.WaitsForSIRO: "blue", attestation.WaitsForChief: "purple",
	attestation.IsQualified: "yellow", attestation.IsReturned: "grey", attestation.IsWithdrawn: "grey", attestation.IsRevoked: "grey"}

// courseView lists the trusts at one step, or all of them, A to Z. Each count is
// of the rows its link leads to.
func courseView(course attestation.Course, show string, now time.Time) campaignview.Course {
	page := campaignview.Course{Heading: course.Name, Caption: "Campaign", CSV: campaignPath(course.ID) + "/trusts.csv", Empty: "No trust is here now.", Facts: []campaignview.Fact{
		{Name: "Statement", Value: course.Title}, {Name: "Wording", Value: course.Template + ", edition " + number(int(course.Edition))}, {Name: "Sign by", Value: clockTime(course.Due) + " on " + weekday(course.Due)},
		{Name: "Who", Value: audienceWord(course.Audience)}, {Name: "Asked by", Value: course.AskedName + ", at " + moment(course.AskedAt)}}}
	late, signed := 0, 0
	for _, f := range course.Rows {
		if f.Overdue(now) {
			late++
		}
		if f.InForce() {
			signed++
		}
	}
	page.Lead = number(signed) + " of " + plural(len(course.Rows), "trust") + " " + choose(signed, "has", "have") + " signed, " + number(late) + " " + choose(late, "is", "are") + " late."
	if !course.WithdrawnAt.IsZero() {
		page.Withdrawn = course.WithdrawnName + " withdrew it at " + moment(course.WithdrawnAt) + ": " + course.Why
	}
	page.Table, page.Filters = "Trusts, A to Z", stepFilters(course, show, late)
	if !slices.ContainsFunc(page.Filters, func(f campaignview.Filter) bool { return f.Current }) {
		page.Filters[0].Current, show = true, "" // an address nobody wrote here shows all
	}
	for _, f := range course.Rows {
		if show == "" || show == stepKey(f.Progress()) || show == showLate && f.Overdue(now) {
			page.Rows = append(page.Rows, trustRow(course.ID, f, now))
		}
	}
	return page
}

// stepFilters leads to the trusts at each step where there are any.
func stepFilters(course attestation.Course, show string, late int) []campaignview.Filter {
	var filters []campaignview.Filter
	add := func(text, key string, n int) {
		f := campaignview.Filter{Text: text + " (" + number(n) + ")", Href: campaignPath(course.ID), Current: key == show}
		if key != "" {
			f.Href += "?show=" + key
		}
		filters = append(filters, f)
	}
	counts := map[attestation.Progress]int{}
	for _, f := range course.Rows {
		counts[f.Progress()]++
	}
	add("All", "", len(course.Rows))
	add("Late", showLate, late)
	for _, step := range attestation.Steps {
		if counts[step] > 0 || stepKey(step) == show {
			add(string(step), stepKey(step), counts[step])
		}
	}
	return filters
}

// trustRow says in one line where a trust is.
func trustRow(campaign attestation.CampaignID, f attestation.Followed, now time.Time) campaignview.Trust {
	step := f.Progress()
	row := campaignview.Trust{Name: f.Name + " (" + string(f.Organisation) + ")", Href: organisationPath(f.Organisation), DueHref: campaignPath(campaign) + "/deadlines/" + url.PathEscape(string(f.ID)), Due: dayWord(f.Due), Standing: string(step), Tag: stepTags[step]}
	if f.Overdue(now) {
		row.Standing, row.Tag = "Late, "+lowerFirst(row.Standing), "red"
	} else if f.Late {
		row.Standing += ", late"
	}
	if _, waits := f.Move(); waits {
		row.Moved = "a later one waits"
	} else if slices.ContainsFunc(f.Moves, func(x attestation.Extension) bool { return x.State == attestation.MoveConfirmed }) {
		row.Moved = "moved"
	}
	if !f.Pending() && !f.EndedAt.IsZero() {
		row.When = dayWord(f.EndedAt)
	} else if !f.Again.IsZero() {
		row.When = "Withdrawn " + dayWord(f.Again)
	}
	if f.State == attestation.Signed {
		row.Code, row.CodeHref = f.Code.Groups(), receiptPath(f.Organisation, f.ID)
		row.Href = row.CodeHref // what is not signed is the trust's own
	}
	return row
}

// audienceWord says how trusts were chosen.
func audienceWord(a attestation.Audience) string {
	switch a.Scope {
	case attestation.ByKind:
		var words []string
		for _, kind := range a.Kinds {
			words = append(words, kind.Word())
		}
		return "By kind: " + strings.Join(words, ", ")
	case attestation.ByCohort:
		return "By group: " + strings.Join(a.Cohorts, ", ")
	}
	return "All open trusts"
}

// pageOfTrusts leaves one page of the rows, and says which.
func pageOfTrusts(page *campaignview.Course, path, show, asked string) {
	total := len(page.Rows)
	number, last := pageNumber(asked, total, trustsPerPage)
	from, to := (number-1)*trustsPerPage, min(number*trustsPerPage, total)
	page.Rows = page.Rows[from:to]
	if last == 1 {
		return
	}
	page.Shown = "Showing " + strconv.Itoa(from+1) + " to " + strconv.Itoa(to) + " of " + plural(total, "trust")
	at := func(n int) string { return path + "?" + url.Values{"show": {show}, "page": {strconv.Itoa(n)}}.Encode() }
	if number > 1 {
		page.Previous = at(number - 1)
	}
	if number < last {
		page.Next = at(number + 1)
	}
}

func (h Campaigns) csv(c echo.Context) error {
	course, err := h.Requests.Course(c.Request().Context(), session.Who(c), campaignOf(c))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="campaign-`+string(organisation.DayOf(course.AskedAt))+`.csv"`)
	return send(c, http.StatusOK, "text/csv; charset=utf-8", courseCSV(course, h.Now()))
}

package handler

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

// Requests answers the addresses where a regulator asks trusts for a statement:
// the form, and the check before they are asked. What was typed travels in the
// address of the check, so nothing is kept until the button there is pressed.
type Requests struct {
	Site
	Requests interface {
		Templates(ctx context.Context, who access.Actor) ([]attestation.Template, error)
		Register(ctx context.Context, who access.Actor) (attestation.Called, error)
		Preview(ctx context.Context, who access.Actor, r attestation.Request) (attestation.Preview, error)
		Ask(ctx context.Context, who access.Actor, r attestation.Request, shown attestation.Digest) (attestation.CampaignID, int, error)
	}
}

const (
	requestPath = "/statements/request"
	askPath     = requestPath + "/check"
)

// Routes of asking for statements.
func (h Requests) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: requestPath, Verb: access.IssueStatements, Handle: h.write},
		{Method: http.MethodPost, Path: requestPath, Verb: access.IssueStatements, Handle: h.choose, Fields: requestFields},
		{Method: http.MethodGet, Path: askPath, Verb: access.IssueStatements, Handle: h.check},
		{Method: http.MethodPost, Path: askPath, Verb: access.IssueStatements, Handle: h.ask, Fields: requestFields + " shown"},
	}
}

// requestFields are what a form of a request sends.
const requestFields = "template name period due-day due-month due-year who kinds* groups*"

// typedRequest keeps the fields of a request and leaves out everything else.
func typedRequest(values url.Values) url.Values {
	kept := url.Values{}
	for field := range strings.FieldsSeq(requestFields) {
		field = strings.TrimSuffix(field, "*")
		for _, value := range values[field] {
			if value != "" {
				kept.Add(field, value)
			}
		}
	}
	return kept
}

// readRequest makes a request of what was typed. A date that is none is told
// apart from one that is missing.
func readRequest(typed url.Values) (attestation.Request, error) {
	id, edition, _ := strings.Cut(typed.Get("template"), " ")
	number, _ := strconv.ParseInt(edition, 10, 64) // what is no number is no edition, which Check says
	day, err := parseDate("due", "the date they must sign by", typed.Get("due-day"), typed.Get("due-month"), typed.Get("due-year"))
	r := attestation.Request{Template: id, Edition: number, Months: typed.Get("period"), Name: typed.Get("name"), SignBy: day, Scope: attestation.Scope(typed.Get("who"))}
	for _, kind := range typed["kinds"] {
		if slices.Contains(organisation.Kinds, organisation.Kind(kind)) {
			r.Kinds = append(r.Kinds, organisation.Kind(kind))
		}
	}
	r.Cohorts = typed["groups"]
	return r, err
}

// dated puts what is wrong with a typed date in the place of its being missing.
func dated(failure, date error) error {
	if date == nil {
		return failure
	}
	list := fault.Problems(slices.Clone(faults(failure)))
	for i, each := range list {
		if each.Field == "due" {
			list[i] = faults(date)[0]
		}
	}
	return list
}

func (h Requests) preview(c echo.Context, typed url.Values) (attestation.Request, attestation.Preview, error) {
	request, date := readRequest(typed)
	preview, err := h.Requests.Preview(c.Request().Context(), session.Who(c), request)
	if fault.KindOf(err) == fault.Invalid {
		err = dated(err, date)
	}
	return request, preview, err
}

func (h Requests) write(c echo.Context) error {
	return h.form(c, http.StatusOK, typedRequest(c.QueryParams()), nil)
}

func (h Requests) choose(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	typed := typedRequest(c.Request().PostForm)
	_, _, err := h.preview(c, typed)
	if mendable(err) {
		return h.form(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, askPath+"?"+typed.Encode())
}

func (h Requests) form(c echo.Context, code int, typed url.Values, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	templates, err := h.Requests.Templates(ctx, who)
	if err != nil {
		return err
	}
	called, err := h.Requests.Register(ctx, who)
	if err != nil {
		return err
	}
	page := requestView(templates, called, typed, h.Now())
	page.Page = h.page(c, "Ask for a statement")
	page.Back = backLink("/statements", "Statements")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.RequestPage(page))
}

// requestView fills the form: what can be asked for, about which months, and
// how many trusts each choice would reach.
func requestView(templates []attestation.Template, called attestation.Called, typed url.Values, now time.Time) attestationview.Request {
	page := attestationview.Request{Action: requestPath, Name: typed.Get("name"), Template: typed.Get("template"), Period: typed.Get("period"), Who: typed.Get("who"), InKinds: typed["kinds"], InGroups: typed["groups"],
		Due: attestationview.Date{Day: typed.Get("due-day"), Month: typed.Get("due-month"), Year: typed.Get("due-year")}}
	for _, t := range templates {
		page.Templates = append(page.Templates, attestationview.Option{Value: t.ID + " " + strconv.FormatInt(t.Edition, 10), Text: templateWord(t), Hint: plural(len(t.Parts), "part") + " to confirm"})
	}
	yearly := slices.ContainsFunc(templates, func(t attestation.Template) bool { return t.Sort().Yearly() })
	for i, period := range attestation.Offered(now) {
		if period.Year && !yearly {
			continue
		}
		option := attestationview.Option{Value: period.Key(), Text: period.Name}
		if i == 0 {
			option.Hint = "These months are not over yet"
		}
		page.Periods = append(page.Periods, option)
	}
	kinds, groups, open := map[organisation.Kind]int{}, map[string]int{}, 0
	for _, o := range called.Organisations {
		if !o.Open(organisation.DayOf(now)) {
			continue
		}
		open++
		kinds[o.Kind]++
		for _, group := range called.Cohorts[o.Code] {
			groups[group]++
		}
	}
	page.All = "All " + plural(open, "open trust")
	for _, kind := range organisation.Kinds {
		if kinds[kind] > 0 {
			page.Kinds = append(page.Kinds, attestationview.Option{Value: string(kind), Text: kind.Word() + " (" + number(kinds[kind]) + ")"})
		}
	}
	for group, size := range groups {
		page.Groups = append(page.Groups, attestationview.Option{Value: group, Text: group + " (" + number(size) + ")"})
	}
	slices.SortFunc(page.Groups, func(a, b attestationview.Option) int { return strings.Compare(a.Value, b.Value) })
	return page
}

// templateWord names one edition of a wording.
func templateWord(t attestation.Template) string {
	return titleWord(t) + ", edition " + strconv.FormatInt(t.Edition, 10)
}

func (h Requests) check(c echo.Context) error {
	return h.checkPage(c, http.StatusOK, nil)
}

// checkPage says whom the request would reach before anybody is asked. What
// cannot be asked for leads back to the form.
func (h Requests) checkPage(c echo.Context, code int, failure error) error {
	typed := typedRequest(c.QueryParams())
	request, preview, err := h.preview(c, typed)
	if mendable(err) {
		return h.form(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	templates, err := h.Requests.Templates(c.Request().Context(), session.Who(c))
	if err != nil {
		return err
	}
	page := askView(request, preview, templates, typed, h.Now())
	page.Page = h.page(c, "Check before you ask – Statements")
	page.Back = backLink(page.Change, "Ask for a statement")
	page.Problems = problems(failure)
	return render(c, code, attestationview.AskPage(page))
}

func askView(r attestation.Request, preview attestation.Preview, templates []attestation.Template, typed url.Values, now time.Time) attestationview.Ask {
	period, _ := r.Period(now)
	page := attestationview.Ask{Action: askPath + "?" + typed.Encode(), Change: requestPath + "?" + typed.Encode(), Shown: string(preview.Digest()),
		Period: period.Name, SignBy: clockTime(attestation.Due(r.SignBy)) + " on " + weekday(attestation.Due(r.SignBy)),
		Count: plural(len(preview.Ask), "trust"), Trusts: named(preview.Ask), Unsignable: named(preview.Unsignable), Already: named(preview.Already)}
	for _, t := range templates {
		if t.ID == r.Template && t.Edition == r.Edition {
			page.Wording, page.Statement = templateWord(t), t.For(period.Name)
		}
	}
	page.Who = audienceWord(attestation.Audience{Scope: r.Scope, Kinds: r.Kinds, Cohorts: r.Cohorts})
	if n := len(preview.Already); n > 0 {
		page.AlreadyWord = plural(n, "trust") + " " + choose(n, "has", "have") + " this statement already, and " + choose(n, "is", "are") + " left alone"
	}
	if n := len(preview.Unsignable); n > 0 {
		page.UnsignableWord = plural(n, "trust") + " " + choose(n, "has", "have") + " nobody who can sign today"
	}
	return page
}

// choose gives the form of a word that goes with a count.
func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func named(list []organisation.Organisation) []string {
	var names []string
	for _, o := range list {
		names = append(names, o.Name+" ("+string(o.Code)+")")
	}
	return names
}

func (h Requests) ask(c echo.Context) error {
	request, _ := readRequest(typedRequest(c.QueryParams())) // a date that is none is missing, which Ask refuses
	id, _, err := h.Requests.Ask(c.Request().Context(), session.Who(c), request, attestation.Digest(c.Request().PostFormValue("shown")))
	if errors.Is(err, attestation.ErrReached) {
		return h.checkPage(c, status(err), err) // the list as it is now, and why it is shown again
	} else if mendable(err) {
		return h.checkPage(c, status(err), nil)
	} else if err != nil {
		return err
	}
	if id == "" { // everybody had it already
		return c.Redirect(http.StatusSeeOther, campaignsPath)
	}
	return c.Redirect(http.StatusSeeOther, campaignPath(id)+"?asked=all")
}

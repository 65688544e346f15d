package handler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/organisation"
	"countersign/views/assessmentview"
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/layout"
	"countersign/web/session"
)

// Assessments answers the addresses of assessments and their outcomes.
type Assessments struct {
	Site
	Register    Reader
	Assessments interface {
		List(ctx context.Context, who access.Actor, org organisation.Code) ([]assessment.Reading, error)
		Read(ctx context.Context, who access.Actor, org organisation.Code, id assessment.ID) (assessment.Reading, error)
		Latest(ctx context.Context, who access.Actor, org organisation.Code) (assessment.Reading, error)
		Profiles(ctx context.Context, who access.Actor, org organisation.Code) ([]assessment.Profile, error)
		Start(ctx context.Context, who access.Actor, org organisation.Code, profile, period string, due time.Time) (assessment.ID, error)
		Record(ctx context.Context, who access.Actor, org organisation.Code, id assessment.ID, outcome string, seen int64, level assessment.Level, comment string) error
	}
}

// Routes of assessments.
func (h Assessments) Routes() []Route {
	const at = "/organisations/:ods/assessments"
	const one = at + "/:id"
	return []Route{
		{Method: http.MethodGet, Path: at, Verb: access.ReadAssessment, Handle: h.list},
		{Method: http.MethodPost, Path: at, Verb: access.RecordAssessment, Handle: h.start, Fields: "profile period due-day due-month due-year"},
		{Method: http.MethodGet, Path: one, Verb: access.ReadAssessment, Handle: h.read},
		{Method: http.MethodGet, Path: one + "/outcomes/:code", Verb: access.ReadAssessment, Handle: h.outcome},
		{Method: http.MethodPost, Path: one + "/outcomes/:code", Verb: access.RecordAssessment, Handle: h.record, Fields: "seen level comment"},
	}
}

func assessmentsPath(org organisation.Code) string { return organisationPath(org) + "/assessments" }

func assessmentPath(org organisation.Code, id assessment.ID) string {
	return assessmentsPath(org) + "/" + url.PathEscape(string(id))
}

func outcomePath(org organisation.Code, id assessment.ID, code string) string {
	return assessmentPath(org, id) + "/outcomes/" + url.PathEscape(code)
}

// Standing says in one line how the latest assessment stands, for pages that
// show it beside other figures. The title is empty when there is none.
func (h Assessments) Standing(ctx context.Context, who access.Actor, org organisation.Code) (title string, at, of int, href string, err error) {
	r, err := h.Assessments.Latest(ctx, who, org)
	if errors.Is(err, assessment.ErrNone) {
		return "", 0, 0, "", nil
	} else if err != nil {
		return "", 0, 0, "", err
	}
	at, of = r.Tally()
	return r.Framework.Name, at, of, assessmentPath(org, r.Assessment.ID), nil
}

func (h Assessments) list(c echo.Context) error { return h.listPage(c, http.StatusOK, nil) }

func (h Assessments) listPage(c echo.Context, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	all, err := h.Assessments.List(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := assessmentview.List{Page: h.trustPage(c, "Assessments", org, cohorts), StartURL: assessmentsPath(org.Code)}
	page.Wide, page.Problems = true, problems(failure)
	for _, r := range all {
		page.Rows = append(page.Rows, assessmentRow(r, h.Now()))
	}
	if access.May(who, access.RecordAssessment, org.Code) {
		profiles, err := h.Assessments.Profiles(ctx, who, org.Code)
		if err != nil {
			return err
		}
		if len(profiles) == 0 {
			page.NoStart = "No assessment can begin yet: the national team has not said which levels are expected of trusts like yours."
			return render(c, code, assessmentview.ListPage(page))
		}
		due := typedDate(c, "due")
		page.Start = &assessmentview.Start{Profile: c.Request().PostFormValue("profile"), Period: c.Request().PostFormValue("period"), Day: due.Day, Month: due.Month, Year: due.Year, Wrong: wrong(failure), Open: failure != nil}
		for _, p := range profiles {
			page.Start.Profiles = append(page.Start.Profiles, component.Option{Value: p.ID, Text: p.Name})
		}
	}
	return render(c, code, assessmentview.ListPage(page))
}

func assessmentRow(r assessment.Reading, now time.Time) assessmentview.Row {
	at, of := r.Tally()
	a := r.Assessment
	return assessmentview.Row{Title: r.Framework.Name, Href: assessmentPath(a.Organisation, a.ID), Period: a.Period, Standing: assessment.TallyWords(at, of),
		Said: fmt.Sprintf("%d of %d", r.Said(), of), Due: dueWord(a.Due, now)}
}

func (h Assessments) start(c echo.Context) error {
	due, err := readDate(c, "due", "the date it is due")
	var at time.Time
	if err == nil && due != "" {
		at, err = endOf(due)
	}
	var id assessment.ID
	if err == nil {
		id, err = h.Assessments.Start(c.Request().Context(), session.Who(c), own(c), c.Request().PostFormValue("profile"), c.Request().PostFormValue("period"), at)
	}
	if mendable(err) {
		return h.listPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, assessmentPath(own(c), id))
}

// endOf gives 5pm on a day: what is due on a day is due in working hours.
func endOf(day organisation.Day) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, string(day), organisation.London)
	return t.Add(17 * time.Hour), err
}

func (h Assessments) read(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	r, err := h.Assessments.Read(ctx, who, org.Code, assessment.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page := assessmentView(r, h.Now())
	page.Page = h.trustPage(c, r.Framework.Name+", "+r.Assessment.Period, org, cohorts)
	page.Wide, page.Back = true, backLink(assessmentsPath(org.Code), "Back to assessments")
	page.CanRecord = access.May(who, access.RecordAssessment, org.Code)
	return render(c, http.StatusOK, assessmentview.AssessmentPage(page))
}

// assessmentView lists every outcome under its objective and counts what it
// lists.
func assessmentView(r assessment.Reading, now time.Time) assessmentview.Assessment {
	at, of := r.Tally()
	a := r.Assessment
	page := assessmentview.Assessment{Framework: r.Framework.Name, Period: a.Period, Finding: fmt.Sprintf("%d of %d outcomes are at the expected level.", at, of),
		Said: fmt.Sprintf("%d of %d have been answered.", r.Said(), of), Due: dueWord(a.Due, now), Expected: r.Profile.Name, Note: r.Profile.Note,
		Levels: chart.LevelBar{At: at, Of: of}}
	for _, objective := range r.Framework.Objectives {
		group := assessmentview.Group{ID: "objective-" + objective.Code, Title: objective.Code + ". " + objective.Title}
		heat := chart.HeatGroup{Title: group.Title}
		reached, all := 0, 0
		for _, principle := range objective.Principles {
			for _, o := range principle.Outcomes {
				row := outcomeRow(r, o)
				group.Outcomes = append(group.Outcomes, row)
				heat.Tiles = append(heat.Tiles, chart.HeatTile{Code: o.Code, Letter: r.Answer(o.Code).Level.Letter(), Short: row.Reached == "No", Href: templ.SafeURL(assessmentview.RowHref(o.Code))})
				if all++; r.Reached(o.Code) {
					reached++
				}
				if answer := r.Answer(o.Code); page.Next == nil && (!answer.Answered() || answer.Level == assessment.NotAssessed) {
					page.Next = &layout.Link{Text: "Answer " + o.Code + " " + o.Title, Href: row.Href}
				}
			}
		}
		group.Tally = assessment.TallyWords(reached, all)
		page.Groups, page.Heat = append(page.Groups, group), append(page.Heat, heat)
	}
	return page
}

func outcomeRow(r assessment.Reading, o assessment.Outcome) assessmentview.Outcome {
	answer := r.Answer(o.Code)
	row := assessmentview.Outcome{Code: o.Code, Name: o.Title, Href: outcomePath(r.Assessment.Organisation, r.Assessment.ID, o.Code), Level: answer.Level.Word(),
		Expected: r.Profile.Expected[o.Code].Word(), Reached: "Not assessed"}
	switch {
	case r.Reached(o.Code):
		row.Reached = "Yes"
	case answer.Level != assessment.NotAssessed:
		row.Reached = "No"
	}
	if row.Tag = "white"; row.Reached == "Yes" {
		row.Tag = ""
	} else if row.Reached == "No" {
		row.Tag = "orange"
	}
	if !answer.Answered() && answer.Was != "" {
		row.Was = "Before: " + strings.ToLower(answer.Was.Word())
	}
	return row
}

func (h Assessments) outcome(c echo.Context) error { return h.outcomePage(c, http.StatusOK, nil) }

// outcomePage shows what is stored; after a problem it keeps what was typed,
// and after a conflict it also says what somebody else stored meanwhile.
func (h Assessments) outcomePage(c echo.Context, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	r, err := h.Assessments.Read(ctx, who, org.Code, assessment.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page, known := recordView(r, c.Param("code"))
	if !known {
		return assessment.ErrUnknownOutcome
	}
	page.Page = h.trustPage(c, page.Code+" "+page.Name, org, cohorts)
	page.Back = backLink(assessmentPath(org.Code, r.Assessment.ID), "Back to the assessment")
	page.CanRecord = access.May(who, access.RecordAssessment, org.Code)
	if access.May(who, access.UploadEvidence, org.Code) {
		page.Evidence = organisationPath(org.Code) + "/evidence/new?for=" + queryEscape("outcome/"+r.Framework.ID+"/"+page.Code)
	}
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	if failure != nil {
		if errors.Is(failure, assessment.ErrChanged) {
			page.Stored = storedWords(r.Answer(page.Code))
		}
		page.Level, page.Comment = c.Request().PostFormValue("level"), c.Request().PostFormValue("comment")
	}
	return render(c, code, assessmentview.RecordPage(page))
}

func storedWords(a assessment.Answer) string {
	words := a.By + " recorded " + strings.ToLower(a.Level.Word()) + " at " + moment(a.At) + "."
	if a.Comment != "" {
		words += " They wrote: " + a.Comment
	}
	return words
}

// recordView builds the page of one outcome; false when the framework has no
// such outcome.
func recordView(r assessment.Reading, code string) (assessmentview.Record, bool) {
	a := r.Assessment
	all := r.Framework.Outcomes()
	for _, objective := range r.Framework.Objectives {
		for _, principle := range objective.Principles {
			for _, o := range principle.Outcomes {
				if o.Code != code {
					continue
				}
				answer := r.Answer(code)
				page := assessmentview.Record{Code: o.Code, Name: o.Title, Caption: objective.Code + ". " + objective.Title, Description: o.Description,
					Expected: strings.ToLower(r.Profile.Expected[code].Word()), Level: string(answer.Level), LevelWord: answer.Level.Word(), Comment: answer.Comment,
					Limit: assessment.CommentLimit, Seen: strconv.FormatInt(answer.Version, 10), Action: outcomePath(a.Organisation, a.ID, code), Levels: levelChoices(o),
					Indicators: indicatorsOf(o), Button: "Save"}
				if principle.Title != o.Title {
					page.Caption += " – " + principle.Title
				}
				if next := following(all, code); next != "" {
					page.Button = "Save and go to " + next
				}
				if answer.Was != "" {
					page.Was = "The assessment before this one said: " + strings.ToLower(answer.Was.Word()) + "."
				}
				if answer.Answered() {
					page.Last = answer.By + " recorded " + strings.ToLower(answer.Level.Word()) + " at " + moment(answer.At) + "."
				} else {
					page.Level = "" // nobody has chosen
				}
				return page, true
			}
		}
	}
	return assessmentview.Record{}, false
}

// following is the code after another in the framework's order.
func following(all []assessment.Outcome, code string) string {
	for i, o := range all[:max(0, len(all)-1)] {
		if o.Code == code {
			return all[i+1].Code
		}
	}
	return ""
}

// levelChoices says what each level means. Where the framework's own
// indicators are held, they are on the page too.
func levelChoices(o assessment.Outcome) []component.Choice {
	choices := []component.Choice{{Value: string(assessment.Achieved), Text: assessment.Achieved.Word(), Hint: "Everything that is asked is in place"}}
	if o.HasPartial {
		choices = append(choices, component.Choice{Value: string(assessment.PartiallyAchieved), Text: assessment.PartiallyAchieved.Word(), Hint: "The greater part is in place, and what is missing is known"})
	}
	return append(choices,
		component.Choice{Value: string(assessment.NotAchieved), Text: assessment.NotAchieved.Word(), Hint: "Something that is asked is missing"},
		component.Choice{Divider: "or"},
		component.Choice{Value: string(assessment.NotAssessed), Text: assessment.NotAssessed.Word(), Hint: "We have not looked at it yet"})
}

func indicatorsOf(o assessment.Outcome) []assessmentview.Indicators {
	var groups []assessmentview.Indicators
	for _, level := range []assessment.Level{assessment.Achieved, assessment.PartiallyAchieved, assessment.NotAchieved} {
		group := assessmentview.Indicators{Title: level.Word()}
		for _, i := range o.Indicators {
			if i.Level == level {
				group.Texts = append(group.Texts, i.Text)
			}
		}
		if len(group.Texts) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (h Assessments) record(c echo.Context) error {
	ctx, who, id, code := c.Request().Context(), session.Who(c), assessment.ID(c.Param("id")), c.Param("code")
	err := h.Assessments.Record(ctx, who, own(c), id, code, readAnswerVersion(c), assessment.Level(c.Request().PostFormValue("level")), c.Request().PostFormValue("comment"))
	if mendable(err) {
		return h.outcomePage(c, status(err), err)
	} else if err != nil {
		return err
	}
	r, err := h.Assessments.Read(ctx, who, own(c), id)
	if err != nil {
		return err
	}
	if next := following(r.Framework.Outcomes(), code); next != "" {
		return c.Redirect(http.StatusSeeOther, outcomePath(own(c), id, next))
	}
	return c.Redirect(http.StatusSeeOther, assessmentPath(own(c), id))
}

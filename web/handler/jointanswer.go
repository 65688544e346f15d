package handler

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/views/component"
	"countersign/web/session"
)

// answersElsewhere tells whether the person also answers for another
// organisation.
func answersElsewhere(who access.Actor, org organisation.Code) bool {
	for _, each := range trusts(who) {
		if each != org && access.May(who, access.AnswerAlert, each) {
			return true
		}
	}
	return false
}

// jointScene is an alert at every organisation the person answers it for.
type jointScene struct {
	alert alert.Alert
	held  []alert.Held
	names map[organisation.Code]string
}

func (h Alerts) jointScene(c echo.Context) (jointScene, error) {
	ctx, who := c.Request().Context(), session.Who(c)
	s := jointScene{names: map[organisation.Code]string{}}
	var err error
	if s.alert, s.held, err = h.Alerts.Mine(ctx, who, alert.ID(c.Param("id"))); err != nil {
		return s, err
	}
	for _, each := range s.held {
		org, _, err := h.Register.Read(ctx, who, each.Organisation)
		if err != nil {
			return s, err
		}
		s.names[each.Organisation] = org.Name
	}
	return s, nil
}

// jointly begins one answer for several organisations.
func (h Alerts) jointly(c echo.Context) error {
	s, err := h.jointScene(c)
	if err != nil {
		return err
	}
	page := alertview.Joint{Step: "answer"}
	for _, each := range s.held {
		if _, answer := each.Response.Due(h.Now()); answer {
			page.For = append(page.For, choiceOf(each))
		}
	}
	return h.jointPage(c, s, page, http.StatusOK, nil)
}

// choiceOf is how the form names an organisation and the version of its answer
// that was on the page.
func choiceOf(h alert.Held) string {
	return string(h.Organisation) + ":" + strconv.FormatInt(h.Version, 10)
}

// applyJointly takes one step. Nothing is kept before the last.
func (h Alerts) applyJointly(c echo.Context) error {
	s, err := h.jointScene(c)
	if err != nil {
		return err
	}
	page, chosen, answer, err := readJoint(c)
	asked := page.Step
	switch {
	case asked == "answer" && (len(chosen) == 0 || answer.Answer == alert.NotSaid):
		err = firstStep(chosen, answer)
	case asked == "answer" && asksMore(answer.Answer):
		page.Step = "detail"
		return h.jointPage(c, s, page, http.StatusOK, nil)
	case err == nil:
		err = answer.Check(h.Now())
	}
	if err != nil {
		return h.jointPage(c, s, page, status(err), err)
	}
	if asked != "send" {
		page.Step, page.Rows = "send", s.rows(page, answer)
		return h.jointPage(c, s, page, http.StatusOK, nil)
	}
	left, err := h.Alerts.ApplyJointly(c.Request().Context(), session.Who(c), s.alert.ID, chosen, answer)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		return c.Redirect(http.StatusSeeOther, nationalPath(s.alert.ID)+"/joint-answer?saved="+strconv.Itoa(len(chosen)))
	}
	if s, err = h.jointScene(c); err != nil {
		return err
	}
	page.Step, page.For = "answer", nil
	return h.jointPage(c, s, page, http.StatusConflict, s.left(left))
}

// firstStep says what is missing on the first page.
func firstStep(chosen []alert.Chosen, answer alert.Applies) error {
	var problems fault.Problems
	if len(chosen) == 0 {
		problems = append(problems, alert.ErrNoneChosen)
	}
	if answer.Answer == alert.NotSaid {
		problems = append(problems, fault.In("applies", "Select whether this alert applies to them"))
	}
	return problems.OrNil()
}

// left names each organisation whose answer stayed as it was, and why.
func (s jointScene) left(left map[organisation.Code]error) error {
	var problems fault.Problems
	for _, each := range s.held {
		if err := left[each.Organisation]; err != nil {
			problems = append(problems, &fault.Error{Kind: fault.Conflict, Field: "for", Sentence: trustShort(s.names[each.Organisation]) + ": " + sentence(err)})
		}
	}
	return problems.OrNil()
}

func readJoint(c echo.Context) (alertview.Joint, []alert.Chosen, alert.Applies, error) {
	form := c.Request().PostForm
	page := alertview.Joint{Step: c.Request().PostFormValue("step"), For: form["for"], Value: c.Request().PostFormValue("applies"), How: form["how"],
		Checked: alertview.Date(typedDate(c, "checked")), Update: alertview.Date(typedDate(c, "update"))}
	if page.Step != "detail" && page.Step != "send" {
		page.Step = "answer"
	}
	answer := alert.Applies{Answer: alert.Applicability(page.Value)}
	var err error
	switch {
	case page.Step == "answer":
	case answer.Answer == alert.DoesNotApply:
		answer.HowKnown = page.How
		answer.CheckedOn, err = readDate(c, "checked", "the date of the check")
	case answer.Answer == alert.StillChecking:
		answer.UpdateOn, err = readDate(c, "update", "the date of your next update")
	}
	var chosen []alert.Chosen
	for _, each := range page.For {
		org, version, _ := strings.Cut(each, ":")
		if seen, parseErr := strconv.ParseInt(version, 10, 64); parseErr == nil && seen > 0 {
			chosen = append(chosen, alert.Chosen{Organisation: organisation.Code(org), Seen: seen})
		}
	}
	return page, chosen, answer, err
}

// rows name each organisation and what will be saved for it.
func (s jointScene) rows(page alertview.Joint, answer alert.Applies) []component.SummaryRow {
	var rows []component.SummaryRow
	words := applicabilityWords[answer.Answer]
	if answer.Answer == alert.DoesNotApply {
		words += ": " + strings.ToLower(strings.Join(answer.HowKnown, ", ")) + ", checked on " + longDay(answer.CheckedOn)
	}
	for _, each := range s.held {
		for _, chosen := range page.For {
			if chosen == choiceOf(each) {
				rows = append(rows, component.SummaryRow{Key: s.names[each.Organisation], Value: words})
			}
		}
	}
	return rows
}

func (h Alerts) jointPage(c echo.Context, s jointScene, page alertview.Joint, code int, failure error) error {
	page.Page = h.page(c, "Answer for several trusts – "+s.alert.Name())
	page.Caption, page.Post, page.Ways = s.alert.Name()+" · "+s.alert.Draft.Title, nationalPath(s.alert.ID)+"/joint-answer", alert.HowKnown
	page.Heading = map[string]string{"answer": "Answer for several trusts", "detail": "How do you know it does not apply?", "send": "Check your answer"}[page.Step]
	if page.Step == "detail" && page.Value == string(alert.StillChecking) {
		page.Heading = "When will you know more?"
	}
	page.Back = backLink("/", "Home")
	if n, err := strconv.Atoi(c.QueryParam("saved")); err == nil && n > 0 && n <= len(s.held) {
		page.Saved = "Saved for " + plural(n, "trust") + "."
	}
	page.Problems, page.Wrong = alertProblems(failure), wrong(failure)
	for _, each := range s.held {
		tag := standingTag(each.Response.Standing(h.Now()))
		page.Standing = append(page.Standing, alertview.Fact{Name: s.names[each.Organisation], Value: tag.Text})
		if !each.Response.Closed() && each.Response.StoppedAt.IsZero() {
			page.Trusts = append(page.Trusts, component.Choice{Value: choiceOf(each), Text: s.names[each.Organisation], Hint: tag.Text + ". " + alertNext(each.Response, h.Now())})
		}
	}
	if len(page.Trusts) == 0 && failure == nil && page.Step == "answer" {
		return c.Redirect(http.StatusSeeOther, alertPath(s.held[0].Organisation, s.alert.ID))
	}
	return render(c, code, alertview.JointPage(page))
}

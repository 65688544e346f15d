package handler

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/component"
	"countersign/views/layout"
	"countersign/web/session"
)

// Revisions answers the addresses of what becomes of signed statements: another
// takes their place, or whoever signs withdraws them.
type Revisions struct {
	Site
	Register  Reader
	Revisions interface {
		After(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Ground, error)
		Overseen(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Ground, error)
		Replace(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, why string) (attestation.ID, error)
		Ask(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, why string) (attestation.ID, error)
		GiveUp(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) error
		TakeBack(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) error
		Withdrawing(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Ground, error)
		Begin(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, reason string, shown attestation.Digest) (attestation.WithdrawalAttempt, error)
		Resume(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (attestation.WithdrawalAttempt, error)
		Attempt(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (attestation.WithdrawalAttempt, error)
		Withdraw(ctx context.Context, who access.Actor, org organisation.Code, attempt string, proof attestation.Proof) error
	}
	Sessions *session.Sessions
}

// Routes of replacing and withdrawing signed statements.
func (h Revisions) Routes() []Route {
	const one = "/organisations/:ods/statements/:id/replacement"
	const take = "/organisations/:ods/statements/:id/withdrawal"
	return []Route{
		{Method: http.MethodGet, Path: one, Verb: access.ReplaceStatement, Handle: h.replacement},
		{Method: http.MethodPost, Path: one, Verb: access.ReplaceStatement, Handle: h.replace, Fields: "why"},
		{Method: http.MethodPost, Path: one + "/removal", Verb: access.ReplaceStatement, Handle: h.giveUp},
		{Method: http.MethodGet, Path: one + "/request", Verb: access.AskReplacement, Handle: h.request},
		{Method: http.MethodPost, Path: one + "/request", Verb: access.AskReplacement, Handle: h.ask, Fields: "why"},
		{Method: http.MethodPost, Path: one + "/request/removal", Verb: access.AskReplacement, Handle: h.takeBack},
		{Method: http.MethodGet, Path: take, Verb: access.WithdrawStatement, Handle: h.withdrawal},
		{Method: http.MethodPost, Path: take, Verb: access.WithdrawStatement, Handle: h.withdraw, Fields: "reason shown"},
		{Method: http.MethodGet, Path: withdrawalConfirmPath, Verb: access.WithdrawStatement, Handle: h.confirm},
		{Method: http.MethodPost, Path: withdrawalConfirmPath, Verb: access.WithdrawStatement, Handle: h.sign, Fields: "try"},
	}
}

func replacementPath(org organisation.Code, id attestation.ID) string {
	return statementPath(org, id) + "/replacement"
}

func statementOf(c echo.Context) attestation.ID { return attestation.ID(c.Param("id")) }

// revisedRows say which signed statement a page is about.
func revisedRows(on attestation.Ground) []component.SummaryRow {
	g := on.Signature
	return []component.SummaryRow{{Key: "Statement", Value: on.Statement.Title() + ", version " + number(int(on.Statement.Number))}, {Key: "Signed by", Value: g.SignerName + ", " + officeHeld(g.Acting) + ", at " + moment(g.SignedAt)},
		{Key: "How", Value: opinionWord(g.Opinion, len(g.Exceptions))}, {Key: "Code", Value: g.Code.Groups()}}
}

// afterView says what became of a signed statement. What lies at the trust is
// led to only from there.
func afterView(org organisation.Code, a attestation.Aftermath, inside bool) attestationview.After {
	var view attestationview.After
	if w := a.Withdrawal; w != nil {
		view.Heading = "This statement was withdrawn"
		view.Withdrawn, view.Reason = w.SignerName+", "+officeHeld(w.Acting)+", withdrew it at "+moment(w.SignedAt)+".", w.Attempt.Reason
	}
	switch {
	case a.Next != "":
		view.Heading = cmp.Or(view.Heading, "This statement was replaced")
		view.Replaced, view.Code, view.Href, view.Why = "Replaced on "+dayWord(a.ReplacedAt)+" by", a.Code.Groups(), "/check?code="+a.Code.Groups(), a.Why
		if inside {
			view.Href = receiptPath(org, a.Next)
		}
	case a.Open != "" && a.Wanted != "":
		view.Open, view.Why = a.Wanted+", a regulator, asked for a new statement in its place.", a.Why
	case a.Open != "" && a.Withdrawal != nil:
		view.Open = "A new statement is due in its place."
	case a.Open != "":
		view.Open, view.Why = "A new statement is being prepared in its place.", a.Why
	}
	if inside && a.Open != "" {
		view.OpenHref = statementPath(org, a.Open)
	}
	if view.Why == view.Reason {
		view.Why = "" // the reason of the withdrawal is why it is due again
	}
	return view
}

func (h Revisions) replacement(c echo.Context) error {
	return h.replacementPage(c, http.StatusOK, nil)
}

// replacementPage begins a statement in place of a signed one, or says that one
// is being prepared.
func (h Revisions) replacementPage(c echo.Context, code int, failure error) error {
	ctx, who, org, id := c.Request().Context(), session.Who(c), own(c), statementOf(c)
	on, err := h.Revisions.After(ctx, who, org, id)
	if err != nil {
		return err
	}
	if on.Statement.State != attestation.Signed {
		return c.Redirect(http.StatusSeeOther, statementPath(org, id))
	}
	page := attestationview.Revise{Heading: "Replace this statement", Caption: on.Statement.Title(), Rows: revisedRows(on), After: afterView(org, on.After, true), Why: c.Request().PostFormValue("why"),
		Label: "Why is it to be replaced?", Button: "Begin the new statement", GiveUpButton: "Give up the new statement",
		Lead: "The new statement begins with what was prepared for this one. It is checked, locked and signed like any other. This one stands until then."}
	switch {
	case on.After.Next == "" && on.After.Open == "":
		page.Action = replacementPath(org, id)
	case on.After.Open != "" && on.After.Wanted == "" && on.After.Withdrawal == nil:
		page.GiveUp = replacementPath(org, id) + "/removal"
	}
	if on.After.Withdrawal != nil {
		page.Lead = "The new statement begins with what was prepared for this one. It is checked, locked and signed like any other."
	}
	return h.revisePage(c, page, code, failure, backLink(receiptPath(org, id), "Back to the receipt"))
}

func (h Revisions) revisePage(c echo.Context, page attestationview.Revise, code int, failure error, back *layout.Link) error {
	record, cohorts, err := h.Register.Read(c.Request().Context(), session.Who(c), own(c))
	if err != nil {
		return err
	}
	page.Page = h.trustPage(c, page.Heading+" – "+page.Caption, record, cohorts)
	page.Back = back
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.RevisePage(page))
}

func (h Revisions) replace(c echo.Context) error {
	next, err := h.Revisions.Replace(c.Request().Context(), session.Who(c), own(c), statementOf(c), c.Request().PostFormValue("why"))
	if mendable(err) {
		return h.replacementPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(own(c), next))
}

func (h Revisions) giveUp(c echo.Context) error {
	err := h.Revisions.GiveUp(c.Request().Context(), session.Who(c), own(c), statementOf(c))
	if mendable(err) || errors.Is(err, attestation.ErrWanted) {
		return h.replacementPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, receiptPath(own(c), statementOf(c)))
}

func (h Revisions) request(c echo.Context) error { return h.requestPage(c, http.StatusOK, nil) }

// requestPage is where a regulator reads what became of a signed statement, and
// asks for a new one.
func (h Revisions) requestPage(c echo.Context, code int, failure error) error {
	ctx, who, org, id := c.Request().Context(), session.Who(c), own(c), statementOf(c)
	on, err := h.Revisions.Overseen(ctx, who, org, id)
	if err != nil {
		return err
	}
	if on.Statement.State != attestation.Signed {
		return attestation.ErrUnknown // what is not signed is the trust's own
	}
	page := attestationview.Revise{Heading: "Ask for a new statement", Caption: on.Statement.Title(), Rows: revisedRows(on), After: afterView(org, on.After, false), Why: c.Request().PostFormValue("why"),
		Label: "Why do you ask?", Button: "Ask the trust", GiveUpButton: "Take the request back",
		Lead: "The trust is told, and prepares a statement that replaces this one. This one stands until then."}
	switch {
	case on.After.Next == "" && on.After.Open == "":
		page.Action = replacementPath(org, id) + "/request"
	case on.After.Open != "" && on.After.Wanted != "" && on.After.Withdrawal == nil:
		page.GiveUp = replacementPath(org, id) + "/request/removal"
	}
	return h.revisePage(c, page, code, failure, backLink("/statements", "Statements"))
}

func (h Revisions) ask(c echo.Context) error {
	_, err := h.Revisions.Ask(c.Request().Context(), session.Who(c), own(c), statementOf(c), c.Request().PostFormValue("why"))
	return h.asked(c, err)
}

func (h Revisions) takeBack(c echo.Context) error {
	return h.asked(c, h.Revisions.TakeBack(c.Request().Context(), session.Who(c), own(c), statementOf(c)))
}

// asked shows the regulator how the statement stands now.
func (h Revisions) asked(c echo.Context, err error) error {
	if mendable(err) {
		return h.requestPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, replacementPath(own(c), statementOf(c))+"/request")
}

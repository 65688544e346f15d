package handler

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/component"
	"countersign/web/session"
)

func (h Revisions) withdrawal(c echo.Context) error {
	return h.withdrawalPage(c, own(c), statementOf(c), http.StatusOK, nil)
}

// withdrawalPage asks why. Where nothing can be withdrawn any more it says so,
// and shows how the statement stands.
func (h Revisions) withdrawalPage(c echo.Context, org organisation.Code, id attestation.ID, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	on, err := h.Revisions.Withdrawing(ctx, who, org, id)
	if err != nil {
		return err
	}
	if on.Statement.State != attestation.Signed {
		return c.Redirect(http.StatusSeeOther, statementPath(org, id))
	}
	if why := on.Withdrawable(); why != nil {
		failure, code = why, max(code, status(why))
	}
	record, cohorts, err := h.Register.Read(ctx, who, org)
	if err != nil {
		return err
	}
	page := attestationview.Withdrawing{Page: h.trustPage(c, "Withdraw the statement – "+on.Statement.Title(), record, cohorts), Caption: on.Statement.Title(), Rows: revisedRows(on),
		Shown: string(on.Signature.Digest), Reason: c.Request().PostFormValue("reason")}
	if on.Withdrawable() == nil {
		page.Action, page.Follows = statementPath(org, id)+"/withdrawal", followsWord(on, h.Now())
	}
	page.Back = backLink(receiptPath(org, id), "Back to the receipt")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.WithdrawPage(page))
}

// followsWord says what a trust owes once a signed statement is withdrawn, and by
// when.
func followsWord(on attestation.Ground, now time.Time) string {
	due := on.Owed()
	words := "As soon as you withdraw it, your trust owes a new statement"
	switch {
	case on.After.Open != "":
		words = "A new statement is being prepared in place of this one already. As soon as you withdraw this one, your trust owes it"
	case on.Ended:
		return "The campaign that asked for this statement was withdrawn. Your trust owes nothing in its place."
	case on.Statement.Campaign != "":
		words = "The campaign that asked for this statement still runs. " + words
	}
	if now.Before(due) {
		return words + " by " + dueWord(due, now) + " (" + daysLeft(due, now) + ")."
	}
	return words + ". Its deadline was " + dueWord(due, now) + ", so it will show as late."
}

// withdraw reads why, and keeps it with the try whose page shows it whole: an
// address of its own, so that coming back to it sends nothing again.
func (h Revisions) withdraw(c echo.Context) error {
	value := c.Request().PostFormValue
	up, err := h.Revisions.Begin(c.Request().Context(), session.Who(c), own(c), statementOf(c), value("reason"), attestation.Digest(value("shown")))
	if mendable(err) || fault.KindOf(err) == fault.Forbidden {
		return h.withdrawalPage(c, own(c), statementOf(c), status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(own(c), statementOf(c))+"/withdrawal/signature?try="+url.QueryEscape(up.ID))
}

// confirm shows the last step of a try. One that is nobody's, or of another
// statement, leads to where the reason is asked.
func (h Revisions) confirm(c echo.Context) error {
	org, id := own(c), statementOf(c)
	up, err := h.Revisions.Attempt(c.Request().Context(), session.Who(c), org, c.QueryParam("try"))
	if fault.KindOf(err) == fault.NotFound || err == nil && up.Statement != id {
		return c.Redirect(http.StatusSeeOther, statementPath(org, id)+"/withdrawal")
	} else if err != nil {
		return err
	}
	return h.confirmPage(c, up, http.StatusOK, nil)
}

// confirmPage is the last step: the declaration and one button. With a failure
// it says that nothing has been withdrawn, and why.
func (h Revisions) confirmPage(c echo.Context, up attestation.WithdrawalAttempt, code int, failure error) error {
	ctx, who, org, id := c.Request().Context(), session.Who(c), up.Organisation, up.Statement
	on, err := h.Revisions.Withdrawing(ctx, who, org, id)
	if err != nil {
		return err
	}
	if why := on.Withdrawable(); why != nil {
		return h.withdrawalPage(c, org, id, status(why), why)
	}
	record, cohorts, err := h.Register.Read(ctx, who, org)
	if err != nil {
		return err
	}
	_, acting := access.Capacity(who.Appointments, org, who.At)
	page := attestationview.WithdrawConfirm{Page: h.trustPage(c, "Sign the withdrawal", record, cohorts), Caption: on.Statement.Title(), Rows: revisedRows(on), Action: statementPath(org, id) + "/withdrawal/signature",
		Declaration: attestation.WithdrawalDeclaration(who.Name, acting, on.Signature.Code), Try: up.ID}
	page.Rows = append(page.Rows, component.SummaryRow{Key: "Why", Value: up.Reason})
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(statementPath(org, id)+"/withdrawal", "Back to the reason")
	if failure != nil {
		page.Failure = sentence(failure)
	}
	return render(c, code, attestationview.WithdrawConfirmPage(page))
}

// sign sends the person to prove who they are, with the try that was begun where
// they said why. Nothing is withdrawn here.
func (h Revisions) sign(c echo.Context) error {
	org, id := own(c), statementOf(c)
	up, err := h.Revisions.Resume(c.Request().Context(), session.Who(c), org, c.Request().PostFormValue("try"))
	switch {
	case fault.KindOf(err) == fault.NotFound || err == nil && up.Statement != id:
		return c.Redirect(http.StatusSeeOther, statementPath(org, id)+"/withdrawal")
	case mendable(err):
		return h.withdrawalPage(c, org, id, status(err), err)
	case fault.KindOf(err) == fault.Forbidden && up.ID != "":
		return h.confirmPage(c, up, status(err), err)
	case err != nil:
		return err
	}
	return h.Sessions.StepUp(c, session.Attempt{Ceremony: session.WithdrawSigned, Organisation: org, ID: up.ID, Nonce: up.Nonce}, receiptPath(org, id))
}

// Ended ends a withdrawal after the proof of identity, or shows the last step
// again with what was in the way.
func (h Revisions) Ended(c echo.Context, arrival session.Arrival, err error) error {
	ctx, who, org := c.Request().Context(), session.Who(c), arrival.Attempt.Organisation
	if err == nil {
		if err = h.Revisions.Withdraw(ctx, who, org, arrival.Attempt.ID, arrival.Proof); err == nil {
			return c.Redirect(http.StatusSeeOther, arrival.To)
		}
	}
	if fault.KindOf(err) == "" || fault.KindOf(err) == fault.SignIn {
		return err
	}
	up, attemptErr := h.Revisions.Attempt(ctx, who, org, arrival.Attempt.ID)
	if attemptErr != nil {
		return err
	}
	return h.confirmPage(c, up, status(err), withdrawalWord(err))
}

// withdrawalWord says of what stops every signature what it stopped here.
func withdrawalWord(err error) error {
	switch {
	case errors.Is(err, attestation.ErrOther):
		return fault.New(fault.Forbidden, "Someone else signed in. Nothing has been withdrawn.")
	case errors.Is(err, attestation.ErrProof):
		return fault.New(fault.Forbidden, "We could not check that it is you. Nothing has been withdrawn.")
	case errors.Is(err, attestation.ErrLate):
		return fault.New(fault.Conflict, "This proof of identity is too old. Nothing has been withdrawn. Try again.")
	}
	return err
}

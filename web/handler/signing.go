package handler

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

func (h Statements) review(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.reviewPage(c, s, http.StatusOK, nil)
}

// reviewPage shows exactly the locked bytes. A statement that cannot be signed
// leads to where it stands instead.
func (h Statements) reviewPage(c echo.Context, s scene, code int, failure error) error {
	switch s.statement.State {
	case attestation.Signed:
		return c.Redirect(http.StatusSeeOther, receiptPath(s.org.Code, s.statement.ID))
	case attestation.Preparing, attestation.Returned, attestation.Withdrawn:
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	review, err := h.Statements.Review(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	last, earlier, err := h.Statements.SinceLast(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := reviewView(s, words, review)
	if page.Doc.Proofs, err = h.proofs(c.Request().Context(), s, words); err != nil {
		return err
	}
	if len(s.statement.Awaits()) > 0 {
		if page.First, err = firstSigner(c.Request().Context(), h.Register, s.who, s.org.Code); err != nil {
			return err
		}
	}
	if earlier {
		page.Changed, page.Changes, page.Last = differenceWord(last), movedLines(last.Changes), receiptPath(s.org.Code, last.Before.ID)
	}
	page.Page = h.trustPage(c, "Review and sign the "+s.statement.Title(), s.org, s.cohorts)
	page.Navigation, page.Page.Organisation, page.Wide = nil, nil, true
	page.Back = backLink("/", "Back to home")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.ReviewPage(page))
}

// proofs leads from each part to the records behind it, as the wording says.
func (h Statements) proofs(ctx context.Context, s scene, words attestation.Words) ([]attestationview.Proof, error) {
	t, err := h.Statements.Template(ctx, s.who, s.org.Code, s.statement)
	if err != nil {
		return nil, err
	}
	return proofLinks(t, words, s.org.Code), nil
}

// proofLinks has one for each part that points to records: those of today, while
// the words keep the figures of the lock.
func proofLinks(t attestation.Template, words attestation.Words, org organisation.Code) []attestationview.Proof {
	at := organisationPath(org)
	list := make([]attestationview.Proof, len(words.Parts))
	if len(t.Parts) != len(words.Parts) {
		return nil // another wording than the one that was locked
	}
	for i, part := range t.Parts {
		switch part.Proof {
		case "alerts":
			list[i] = attestationview.Proof{Text: "See the alerts", Href: at + "/alerts"}
		case "outcomes":
			list[i] = attestationview.Proof{Text: "See the outcomes", Href: assessmentsPath(org)}
		case "evidence":
			list[i] = attestationview.Proof{Text: "See the evidence", Href: at + "/evidence"}
		}
	}
	return list
}

// reviewView builds the page of the words and the three answers.
func reviewView(s scene, words attestation.Words, review attestation.Review) attestationview.Review {
	page := attestationview.Review{Caption: s.statement.Title(), Organisation: s.org.Name, Due: dueWord(s.statement.Due, s.now), Left: daysLeft(s.statement.Due, s.now),
		Late: s.statement.Late(s.now), Optional: s.statement.Optional, Doc: docView(words, s), Shown: string(s.statement.Digest), Opinion: string(review.Opinion),
		Action: statementPath(s.org.Code, s.statement.ID) + "/signature"}
	if review.Shown != s.statement.Digest {
		page.Opinion = "" // chosen for other words
	}
	if words.Replaces.Code != "" {
		page.Replaces, page.Because = words.Replaces.Code.Groups(), words.Replaces.Why
	}
	page.Checked = append(besideMoments(s.statement.Beside), attestationview.Moment{At: s.statement.LockedAt.UTC().Format(time.RFC3339), When: dayWord(s.statement.LockedAt),
		What: s.statement.LockedBy + ", senior information risk owner, checked the statement and locked version " + strconv.FormatInt(s.statement.Number, 10)})
	if s.statement.BoardOn != "" {
		page.Checked = append(page.Checked, attestationview.Moment{At: string(s.statement.BoardOn), When: attestation.LongDay(s.statement.BoardOn), What: "The board saw it"})
	}
	return page
}

func (h Statements) choose(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	opinion := attestation.Opinion(c.Request().PostFormValue("opinion"))
	err = h.Statements.Choose(c.Request().Context(), s.who, s.org.Code, s.statement.ID, opinion, attestation.Digest(c.Request().PostFormValue("shown")))
	if mendable(err) {
		return h.reviewPage(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	next := map[attestation.Opinion]string{attestation.Unqualified: "/signature/confirmation", attestation.Qualified: "/signature/qualifications", attestation.Declined: "/signature/return"}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+next[opinion])
}

func (h Statements) declinePage(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.declineForm(c, s, http.StatusOK, nil)
}

func (h Statements) declineForm(c echo.Context, s scene, code int, failure error) error {
	at := statementPath(s.org.Code, s.statement.ID) + "/signature"
	switch s.statement.State {
	case attestation.Returned:
		return render(c, http.StatusOK, attestationview.DeclinedPage(attestationview.Declined{Page: h.trustPage(c, "Returned without a signature", s.org, s.cohorts), To: s.statement.LockedBy}))
	case attestation.Preparing, attestation.Signed, attestation.Withdrawn:
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	}
	page := attestationview.Decline{Page: h.trustPage(c, "Why can you not sign?", s.org, s.cohorts), Caption: s.statement.Title(), Action: at + "/return",
		LockedBy: s.statement.LockedBy, Reason: c.Request().PostFormValue("reason"), Wrong: wrong(failure)}
	page.Problems = problems(failure)
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	return render(c, code, attestationview.DeclinePage(page))
}

func (h Statements) decline(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.Decline(c.Request().Context(), s.who, s.org.Code, s.statement.ID, c.Request().PostFormValue("reason"))
	if mendable(err) {
		return h.declineForm(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+"/signature/return")
}

func (h Statements) confirm(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.confirmPage(c, s, http.StatusOK, nil)
}

// confirmPage is the last step: what will be signed, the declaration, and one
// button. With a failure it says that nothing has been signed, and why.
func (h Statements) confirmPage(c echo.Context, s scene, code int, failure error) error {
	at := statementPath(s.org.Code, s.statement.ID) + "/signature"
	review, err := h.Statements.Review(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	page := attestationview.Confirm{Page: h.trustPage(c, "Sign the statement", s.org, s.cohorts), Caption: s.statement.Title(), Organisation: s.org.Name,
		Version: strconv.FormatInt(s.statement.Number, 10), Digest: s.statement.Digest.Short(), Action: at + "/confirmation?answer=" + string(review.Answer()), Exceptions: exceptionViews(review.Exceptions),
		Late: s.statement.Late(s.now), Due: dueWord(s.statement.Due, s.now)}
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	switch {
	case s.statement.State == attestation.Signed:
		page.Signed, page.Receipt = "This statement has already been signed.", receiptPath(s.org.Code, s.statement.ID)
	case s.statement.State != attestation.Locked:
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	case len(s.statement.Awaits()) > 0 && failure != nil:
		return h.reviewPage(c, s, code, failure) // who signs first, and nothing to press
	case len(s.statement.Awaits()) > 0:
		return c.Redirect(http.StatusSeeOther, at)
	case review.Shown != s.statement.Digest || review.Opinion == attestation.NoOpinion || review.Opinion == attestation.Declined:
		return c.Redirect(http.StatusSeeOther, at)
	case review.Opinion == attestation.Qualified && len(review.Exceptions) == 0:
		return c.Redirect(http.StatusSeeOther, at+"/qualifications")
	}
	if review.Opinion == attestation.Unqualified {
		page.Exceptions = nil
	}
	page.How, page.CoSigned = opinionWord(review.Opinion, len(page.Exceptions)), coSignViews(s.statement.Beside)
	_, acting := access.Capacity(s.who.Appointments, s.org.Code, s.who.At)
	page.Declaration = attestation.Declaration(s.who.Name, acting, review.Opinion, len(page.Exceptions))
	if failure != nil {
		page.Failure = sentence(failure)
	}
	return render(c, code, attestationview.ConfirmPage(page))
}

func opinionWord(opinion attestation.Opinion, exceptions int) string {
	if opinion == attestation.Qualified {
		return "With " + attestation.Count(exceptions, "qualification")
	}
	return "Without qualification"
}

// sign fixes the bytes and sends the person to prove who they are. Nothing is
// signed here.
func (h Statements) sign(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	up, err := h.Statements.Begin(c.Request().Context(), s.who, s.org.Code, s.statement.ID, attestation.Digest(c.QueryParam("answer")))
	switch {
	case errors.Is(err, attestation.ErrChanged):
		return h.reviewPage(c, s, http.StatusConflict, err) // the new words, and why they are shown again
	case mendable(err) || fault.KindOf(err) == fault.Forbidden:
		return h.confirmPage(c, s, status(err), err)
	case err != nil:
		return err
	}
	return h.Sessions.StepUp(c, session.Attempt{Ceremony: session.SignStatement, Organisation: s.org.Code, ID: up.ID, Nonce: up.Nonce}, statementPath(s.org.Code, s.statement.ID)+"/signature/confirmation")
}

// Refused shows the last step again after a proof of identity that did not
// lead to a signature.
func (h Statements) Refused(c echo.Context, org organisation.Code, stepUp string, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	up, err := h.Statements.Attempt(ctx, who, org, stepUp)
	if err != nil {
		return failure
	}
	s, err := h.sceneOf(c, org, up.Statement)
	if err != nil {
		return err
	}
	if errors.Is(failure, attestation.ErrChanged) {
		return h.reviewPage(c, s, http.StatusConflict, failure)
	}
	return h.confirmPage(c, s, status(failure), failure)
}

package handler

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

// coSignRoutes are the steps of who signs beside the chief executive.
func (h Statements) coSignRoutes() []Route {
	const at = "/organisations/:ods/statements/:id/co-signature"
	return []Route{
		{Method: http.MethodGet, Path: at, Verb: access.CoSignStatement, Handle: h.coReview},
		{Method: http.MethodPost, Path: at, Verb: access.CoSignStatement, Handle: h.coChoose, Fields: "opinion shown"},
		{Method: http.MethodGet, Path: at + "/return", Verb: access.CoSignStatement, Handle: h.coReturnPage},
		{Method: http.MethodPost, Path: at + "/return", Verb: access.CoSignStatement, Handle: h.coReturn, Fields: "reason"},
		{Method: http.MethodGet, Path: coConfirmPath, Verb: access.CoSignStatement, Handle: h.coConfirm},
		{Method: http.MethodPost, Path: coConfirmPath, Verb: access.CoSignStatement, Handle: h.coSign, Fields: "answer"},
	}
}

func coSignPath(org organisation.Code, id attestation.ID) string {
	return statementPath(org, id) + "/co-signature"
}

// coSigner is the office that signs beside the chief executive.
const coSigner = access.SIRO

// elsewhere tells where a statement stands that cannot be co-signed now; empty
// when it can.
func (s scene) elsewhere() string {
	if s.statement.State == attestation.Locked && len(s.statement.CoSigns()) > 0 {
		return ""
	}
	return statementPath(s.org.Code, s.statement.ID)
}

// coSignature is the one on the statement, if it is there.
func (s scene) coSignature() (attestation.CoSignature, bool) {
	for _, g := range s.statement.Beside {
		if g.Office == coSigner {
			return g, true
		}
	}
	return attestation.CoSignature{}, false
}

func (h Statements) coReview(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.coReviewPage(c, s, http.StatusOK, nil)
}

// coReviewPage shows exactly the locked bytes to who signs beside, or what they
// signed.
func (h Statements) coReviewPage(c echo.Context, s scene, code int, failure error) error {
	if g, signed := s.coSignature(); signed {
		return h.coSigned(c, s, g, code, failure)
	} else if to := s.elsewhere(); to != "" {
		return c.Redirect(http.StatusSeeOther, to)
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	review, err := h.CoSigner.Review(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	page := reviewView(s, words, review)
	if page.Doc.Proofs, err = h.proofs(c.Request().Context(), s, words); err != nil {
		return err
	}
	page.Beside, page.Action = true, coSignPath(s.org.Code, s.statement.ID)
	page.Page = h.trustPage(c, "Read and co-sign the "+s.statement.Title(), s.org, s.cohorts)
	page.Navigation, page.Page.Organisation, page.Wide = nil, nil, true
	page.Back = backLink("/", "Back to home")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.ReviewPage(page))
}

// coSigned says what was signed beside the chief executive, and who signs next.
func (h Statements) coSigned(c echo.Context, s scene, g attestation.CoSignature, code int, failure error) error {
	page := attestationview.CoSigned{Page: h.trustPage(c, "Statement co-signed", s.org, s.cohorts), Title: s.statement.Title(), Version: strconv.FormatInt(s.statement.Number, 10), Beside: coSignView(g)}
	page.Beside.Proof += " with " + h.Sessions.ProviderName(g.Proof.Issuer)
	page.Waits = s.statement.State == attestation.Locked
	if s.statement.State == attestation.Signed {
		page.Receipt = receiptPath(s.org.Code, s.statement.ID)
	}
	if failure != nil {
		page.Failure = sentence(failure)
	}
	page.Back = backLink("/", "Back to home")
	return render(c, code, attestationview.CoSignedPage(page))
}

// coSignView says who signed beside the chief executive, when, and how that was
// proved.
func coSignView(g attestation.CoSignature) attestationview.Beside {
	return attestationview.Beside{Signer: g.SignerName, Capacity: attestation.Capacity(g.Office, g.Acting), At: moment(g.SignedAt), Proof: "Signed in again at " + moment(g.Proof.AuthAt), Issuer: g.Proof.Issuer,
		Fingerprint: string(g.Digest), Declaration: attestation.CoDeclaration(g.SignerName, g.Office, g.Acting)}
}

func coSignViews(list []attestation.CoSignature) []attestationview.Beside {
	var views []attestationview.Beside
	for _, g := range list {
		views = append(views, coSignView(g))
	}
	return views
}

func (h Statements) coChoose(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	opinion := attestation.Opinion(c.Request().PostFormValue("opinion"))
	err = h.CoSigner.Choose(c.Request().Context(), s.who, s.org.Code, s.statement.ID, opinion, attestation.Digest(c.Request().PostFormValue("shown")))
	if mendable(err) {
		return h.coReviewPage(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	next := map[attestation.Opinion]string{attestation.Unqualified: "/confirmation", attestation.Declined: "/return"}
	return c.Redirect(http.StatusSeeOther, coSignPath(s.org.Code, s.statement.ID)+next[opinion])
}

func (h Statements) coReturnPage(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.coReturnForm(c, s, http.StatusOK, nil)
}

func (h Statements) coReturnForm(c echo.Context, s scene, code int, failure error) error {
	at := coSignPath(s.org.Code, s.statement.ID)
	if s.statement.State == attestation.Returned {
		return render(c, http.StatusOK, attestationview.DeclinedPage(attestationview.Declined{Page: h.trustPage(c, "Returned without a signature", s.org, s.cohorts), To: "your team"}))
	} else if _, signed := s.coSignature(); signed || s.elsewhere() != "" {
		return c.Redirect(http.StatusSeeOther, at)
	}
	page := attestationview.Decline{Page: h.trustPage(c, "Why can you not sign?", s.org, s.cohorts), Caption: s.statement.Title(), Action: at + "/return", LockedBy: "your team",
		Reason: c.Request().PostFormValue("reason"), Wrong: wrong(failure)}
	page.Problems = problems(failure)
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	return render(c, code, attestationview.DeclinePage(page))
}

func (h Statements) coReturn(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.CoSigner.Return(c.Request().Context(), s.who, s.org.Code, s.statement.ID, c.Request().PostFormValue("reason"))
	switch {
	case errors.Is(err, attestation.ErrChanged), errors.Is(err, attestation.ErrCoSigned):
		return h.coReviewPage(c, s, status(err), err) // nothing was read yet, or there is nothing to return
	case mendable(err):
		return h.coReturnForm(c, s, status(err), err)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, coSignPath(s.org.Code, s.statement.ID)+"/return")
}

func (h Statements) coConfirm(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.coConfirmPage(c, s, http.StatusOK, nil)
}

// coConfirmPage is the last step: what will be signed, the declaration, and one
// button. With a failure it says that nothing has been signed, and why.
func (h Statements) coConfirmPage(c echo.Context, s scene, code int, failure error) error {
	at := coSignPath(s.org.Code, s.statement.ID)
	review, err := h.CoSigner.Review(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	_, signed := s.coSignature()
	switch {
	case signed && failure != nil:
		return h.coReviewPage(c, s, code, failure)
	case signed, s.elsewhere() != "", review.Shown != s.statement.Digest, review.Opinion != attestation.Unqualified:
		return c.Redirect(http.StatusSeeOther, at)
	}
	_, acting := access.InOffice(s.who.Appointments, coSigner, s.org.Code, s.who.At)
	page := attestationview.Confirm{Page: h.trustPage(c, "Co-sign the statement", s.org, s.cohorts), Beside: true, Caption: s.statement.Title(), Organisation: s.org.Name,
		Version: strconv.FormatInt(s.statement.Number, 10), Digest: s.statement.Digest.Short(), Action: at + "/confirmation?answer=" + string(review.Answer()),
		How: "Beside the chief executive, who signs next", Declaration: attestation.CoDeclaration(s.who.Name, coSigner, acting)}
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	if failure != nil {
		page.Failure = sentence(failure)
	}
	return render(c, code, attestationview.ConfirmPage(page))
}

// coSign fixes the bytes and sends the person to prove who they are. Nothing is
// signed here.
func (h Statements) coSign(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	up, err := h.CoSigner.Begin(c.Request().Context(), s.who, s.org.Code, s.statement.ID, attestation.Digest(c.QueryParam("answer")))
	switch {
	case errors.Is(err, attestation.ErrChanged):
		return h.coReviewPage(c, s, http.StatusConflict, err)
	case mendable(err) || fault.KindOf(err) == fault.Forbidden:
		return h.coConfirmPage(c, s, status(err), err)
	case err != nil:
		return err
	}
	return h.Sessions.StepUp(c, session.Attempt{Ceremony: session.CoSign, Organisation: s.org.Code, ID: up.ID, Nonce: up.Nonce}, coSignPath(s.org.Code, s.statement.ID))
}

// CoSign ends a co-signature after the proof of identity, or shows the last step
// again with what was in the way.
func (h Statements) CoSign(c echo.Context, arrival session.Arrival, err error) error {
	ctx, who, org := c.Request().Context(), session.Who(c), arrival.Attempt.Organisation
	if err == nil {
		if _, err = h.CoSigner.Sign(ctx, who, org, arrival.Attempt.ID, arrival.Proof); err == nil {
			return c.Redirect(http.StatusSeeOther, arrival.To)
		}
	}
	if fault.KindOf(err) == "" || fault.KindOf(err) == fault.SignIn {
		return err
	}
	up, attemptErr := h.CoSigner.Attempt(ctx, who, org, arrival.Attempt.ID)
	if attemptErr != nil {
		return err
	}
	s, sceneErr := h.sceneOf(c, org, up.Statement)
	if sceneErr != nil {
		return sceneErr
	}
	if errors.Is(err, attestation.ErrChanged) {
		return h.coReviewPage(c, s, http.StatusConflict, err)
	}
	return h.coConfirmPage(c, s, status(err), err)
}

// sceneOf is scene for a statement that the address does not name.
func (h Statements) sceneOf(c echo.Context, org organisation.Code, id attestation.ID) (scene, error) {
	ctx, who := c.Request().Context(), session.Who(c)
	statement, version, err := h.Statements.Read(ctx, who, org, id)
	if err != nil {
		return scene{}, err
	}
	return h.sceneWith(ctx, who, org, statement, version)
}

// signedScene is scene for a signed statement, which those who oversee the
// organisation may read too.
func (h Statements) signedScene(c echo.Context) (scene, error) {
	ctx, who := c.Request().Context(), session.Who(c)
	statement, version, err := h.Statements.Signed(ctx, who, own(c), attestation.ID(c.Param("id")))
	if err != nil {
		return scene{}, err
	}
	return h.sceneWith(ctx, who, own(c), statement, version)
}

func (h Statements) sceneWith(ctx context.Context, who access.Actor, org organisation.Code, statement attestation.Statement, version int64) (scene, error) {
	record, cohorts, err := h.Register.Read(ctx, who, org)
	return scene{who: who, org: record, cohorts: cohorts, statement: statement, version: version, now: h.Now()}, err
}

// Holding tells who holds which office at an organisation.
type Holding interface {
	Holders(ctx context.Context, who access.Actor, code organisation.Code) ([]identity.Holder, error)
}

// firstSigner names who signs before the chief executive.
func firstSigner(ctx context.Context, register Holding, who access.Actor, org organisation.Code) (string, error) {
	holders, err := register.Holders(ctx, who, org)
	if err != nil {
		return "", err
	}
	var names []string
	for _, holder := range holders {
		if holder.Office == coSigner {
			names = append(names, holder.Person.Name)
		}
	}
	if len(names) == 0 {
		return "the senior information risk owner", nil
	}
	return strings.Join(names, " or ") + ", senior information risk owner", nil
}

// besideMoments are the co-signatures as lines of the timeline.
func besideMoments(list []attestation.CoSignature) []attestationview.Moment {
	var moments []attestationview.Moment
	for _, g := range list {
		moments = append(moments, attestationview.Moment{At: g.SignedAt.UTC().Format(time.RFC3339), When: moment(g.SignedAt), What: g.SignerName + ", " + attestation.Capacity(g.Office, g.Acting) + ", co-signed it"})
	}
	return moments
}

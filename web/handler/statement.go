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

// Reader gives organisations their name and cohorts.
type Reader interface {
	Read(ctx context.Context, who access.Actor, code organisation.Code) (organisation.Organisation, []string, error)
}

// Statements answers the addresses of statements: preparing, locking,
// reading, signing, declining, the receipt.
type Statements struct {
	Site
	Statements *attestation.Service
	Register   interface {
		Reader
		Holders(ctx context.Context, who access.Actor, code organisation.Code) ([]identity.Holder, error)
	}
	Sessions *session.Sessions
}

// Routes of statements.
func (h Statements) Routes() []Route {
	const at = "/organisations/:ods/statements"
	const one = at + "/:id"
	return []Route{
		{Method: http.MethodGet, Path: at, Verb: access.ReadStatement, Handle: h.list},
		{Method: http.MethodGet, Path: one, Verb: access.ReadStatement, Handle: h.read},
		{Method: http.MethodPost, Path: one, Verb: access.PrepareStatement, Handle: h.prepare},
		{Method: http.MethodPost, Path: one + "/lock", Verb: access.LockStatement, Handle: h.lock},
		{Method: http.MethodPost, Path: one + "/successor", Verb: access.PrepareStatement, Handle: h.again},
		{Method: http.MethodGet, Path: one + "/signature", Verb: access.SignStatement, Handle: h.review},
		{Method: http.MethodPost, Path: one + "/signature", Verb: access.SignStatement, Handle: h.choose},
		{Method: http.MethodGet, Path: one + "/signature/qualifications", Verb: access.SignStatement, Handle: h.qualifications},
		{Method: http.MethodPost, Path: one + "/signature/qualifications", Verb: access.SignStatement, Handle: h.qualify},
		{Method: http.MethodPost, Path: one + "/signature/qualifications/:index/removal", Verb: access.SignStatement, Handle: h.drop},
		{Method: http.MethodGet, Path: one + "/signature/return", Verb: access.SignStatement, Handle: h.declinePage},
		{Method: http.MethodPost, Path: one + "/signature/return", Verb: access.SignStatement, Handle: h.decline},
		{Method: http.MethodGet, Path: confirmPath, Verb: access.SignStatement, Handle: h.confirm},
		{Method: http.MethodPost, Path: confirmPath, Verb: access.SignStatement, Handle: h.sign},
		{Method: http.MethodGet, Path: one + "/signature/receipt", Verb: access.ReadStatement, Handle: h.receipt},
		{Method: http.MethodGet, Path: "/check", Verb: access.CheckReceipt, Handle: h.check},
		{Method: http.MethodGet, Path: "/statements", Verb: access.ReadAllOutcomes, Handle: h.outcomes},
	}
}

// scene is what every step of the journey reads first.
type scene struct {
	who       access.Actor
	org       organisation.Organisation
	cohorts   []string
	statement attestation.Statement
	version   int64
	now       time.Time
}

func (h Statements) scene(c echo.Context) (scene, error) {
	ctx, who := c.Request().Context(), session.Who(c)
	statement, version, err := h.Statements.Read(ctx, who, own(c), attestation.ID(c.Param("id")))
	if err != nil {
		return scene{}, err
	}
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	return scene{who: who, org: org, cohorts: cohorts, statement: statement, version: version, now: h.Now()}, err
}

func (h Statements) list(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	statements, err := h.Statements.List(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := attestationview.List{Page: h.trustPage(c, "Statements", org, cohorts)}
	page.Wide = true
	for _, s := range statements {
		page.Rows = append(page.Rows, statementRow(s, access.May(who, access.SignStatement, org.Code), h.Now()))
	}
	return render(c, http.StatusOK, attestationview.ListPage(page))
}

// statementRow says in one line where a statement stands.
func statementRow(s attestation.Statement, signs bool, now time.Time) attestationview.Row {
	row := attestationview.Row{Title: s.Title(), Href: statementPath(s.Organisation, s.ID), Due: dueWord(s.Due, now)}
	switch s.State {
	case attestation.Preparing:
		row.Standing, row.Tag = "In preparation", "white"
	case attestation.Locked:
		row.Standing, row.Tag = "Waiting for chief executive", "purple"
		if signs {
			row.Href = statementPath(s.Organisation, s.ID) + "/signature"
		}
	case attestation.Signed:
		row.Standing, row.Href = "Signed", receiptPath(s.Organisation, s.ID)
	case attestation.Returned:
		row.Standing, row.Tag = "Returned without signature", "grey"
	}
	if s.Number > 1 {
		row.Title += ", version " + strconv.FormatInt(s.Number, 10)
	}
	if (s.State == attestation.Preparing || s.State == attestation.Locked) && !now.Before(s.Due) {
		row.Late = "Late"
	}
	return row
}

// read leads people to where the statement is: the preparation, the words or
// the receipt.
func (h Statements) read(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	if s.statement.State == attestation.Signed {
		return c.Redirect(http.StatusSeeOther, receiptPath(s.org.Code, s.statement.ID))
	}
	return h.preparePage(c, s, http.StatusOK, nil, nil)
}

func (h Statements) preparePage(c echo.Context, s scene, code int, typed []attestationview.GapField, failure error) error {
	ctx := c.Request().Context()
	page := attestationview.Prepare{Page: h.trustPage(c, s.statement.Title(), s.org, s.cohorts), Caption: "Statement", Action: statementPath(s.org.Code, s.statement.ID),
		Due: dueWord(s.statement.Due, s.now), Seen: strconv.FormatInt(s.version, 10), BoardOn: dateFields(s.statement.BoardOn), Wrong: wrong(failure)}
	page.Problems = problems(failure)
	page.Preparing = s.statement.State == attestation.Preparing
	page.CanPrepare = page.Preparing && access.May(s.who, access.PrepareStatement, s.org.Code)
	page.CanLock = page.Preparing && access.May(s.who, access.LockStatement, s.org.Code)
	page.CanSign = s.statement.State == attestation.Locked && access.May(s.who, access.SignStatement, s.org.Code)
	page.SignHref = statementPath(s.org.Code, s.statement.ID) + "/signature"
	page.EvidenceHref = organisationPath(s.org.Code) + "/evidence/new?for=" + queryEscape("statement/"+string(s.statement.ID))
	var err error
	if page.Preparing {
		words, err := h.Statements.Draft(ctx, s.who, s.org.Code, s.statement)
		if err != nil {
			page.Missing = sentence(err)
			page.CanLock = false
		}
		page.Doc = docView(words, s)
		page.Gaps = typed
		if typed == nil {
			page.Gaps = gapFields(s.statement.Gaps)
		}
		return render(c, code, attestationview.PreparePage(page))
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	page.Doc = docView(words, s)
	if s.statement.State == attestation.Returned {
		page.Returned = "Returned without a signature on " + dayWord(s.statement.EndedAt) + "."
		page.CanTakeUp = access.May(s.who, access.PrepareStatement, s.org.Code)
		if page.Reason, err = h.Statements.DeclineReason(ctx, s.who, s.org.Code, s.statement.ID); err != nil {
			return err
		}
	}
	return render(c, code, attestationview.PreparePage(page))
}

// sentence is what a person may be told of an error, or a plain word when it
// is ours alone.
func sentence(err error) string {
	if list := faults(err); len(list) > 0 {
		return list[0].Sentence
	}
	return "Some figures could not be read."
}

func (h Statements) prepare(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return fault.New(fault.Invalid, "The form could not be read. Send it again.")
	}
	typed := readGaps(c)
	boardOn, err := readDate(c, "board", "the day the board saw it")
	var gaps []attestation.Gap
	if err == nil {
		gaps, err = toGaps(typed)
	}
	if err == nil {
		err = h.Statements.Prepare(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), gaps, boardOn)
	}
	if mendable(err) {
		return h.preparePage(c, s, status(err), typed, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
}

func (h Statements) lock(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.Lock(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c))
	if mendable(err) {
		return h.preparePage(c, s, status(err), nil, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
}

func (h Statements) again(c echo.Context) error {
	next, err := h.Statements.Again(c.Request().Context(), session.Who(c), own(c), attestation.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(own(c), next))
}

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
	case attestation.Preparing, attestation.Returned:
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
	page := reviewView(s, words, review)
	page.Page = h.trustPage(c, "Review and sign the "+s.statement.Title(), s.org, s.cohorts)
	page.Navigation, page.Page.Organisation, page.Wide = nil, nil, true
	page.Back = backLink("/", "Back to home")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, attestationview.ReviewPage(page))
}

// reviewView builds the page of the words and the three answers.
func reviewView(s scene, words attestation.Words, review attestation.Review) attestationview.Review {
	page := attestationview.Review{Caption: s.statement.Title(), Organisation: s.org.Name, Due: dueWord(s.statement.Due, s.now), Left: daysLeft(s.statement.Due, s.now),
		Late: !s.now.Before(s.statement.Due), Doc: docView(words, s), Shown: string(s.statement.Digest), Opinion: string(review.Opinion),
		Action: statementPath(s.org.Code, s.statement.ID) + "/signature"}
	if review.Shown != s.statement.Digest {
		page.Opinion = "" // chosen for other words
	}
	page.Checked = append(page.Checked, attestationview.Moment{At: s.statement.LockedAt.UTC().Format(time.RFC3339), When: dayWord(s.statement.LockedAt),
		What: s.statement.LockedBy + ", senior information risk owner, checked the statement and locked version " + strconv.FormatInt(s.statement.Number, 10)})
	if s.statement.BoardOn != "" {
		page.Checked = append(page.Checked, attestationview.Moment{At: string(s.statement.BoardOn), When: attestation.LongDay(s.statement.BoardOn), What: "The board saw it"})
	}
	return page
}

func docView(words attestation.Words, s scene) attestationview.Doc {
	doc := attestationview.Doc{Opening: words.Opening, Parts: words.Parts, Digest: string(s.statement.Digest)}
	if !s.statement.LockedAt.IsZero() {
		doc.Version = "Version " + strconv.FormatInt(s.statement.Number, 10) + ", locked " + dayWord(s.statement.LockedAt)
	}
	for _, gap := range words.Gaps {
		doc.Gaps = append(doc.Gaps, attestationview.Gap{Name: strings.TrimSpace(gap.Code + " " + gap.Name), What: gap.What, FixBy: "Fix by " + attestation.LongDay(gap.FixBy) + "."})
	}
	return doc
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

func (h Statements) qualifications(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.qualificationsPage(c, s, http.StatusOK, nil)
}

func (h Statements) qualificationsPage(c echo.Context, s scene, code int, failure error) error {
	if s.statement.State != attestation.Locked {
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	review, err := h.Statements.Review(ctx, s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	holders, err := h.Register.Holders(ctx, s.who, s.org.Code)
	if err != nil {
		return err
	}
	at := statementPath(s.org.Code, s.statement.ID) + "/signature"
	page := attestationview.Qualify{Page: h.trustPage(c, "What can you not confirm?", s.org, s.cohorts), Caption: s.statement.Title(), Action: at + "/qualifications",
		Continue: at + "/confirmation", Exceptions: exceptionViews(review.Exceptions), Adding: len(review.Exceptions) == 0 || failure != nil || c.QueryParam("add") != ""}
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	for i, part := range words.Parts {
		page.Parts = append(page.Parts, attestationview.Part{Value: strconv.Itoa(i + 1), Text: "Part " + strconv.Itoa(i+1), Words: part})
	}
	for _, holder := range holders {
		page.People = append(page.People, holder.Person.Name)
	}
	if failure != nil {
		page.Part, page.What, page.Doing, page.Who = c.Request().PostFormValue("part"), c.Request().PostFormValue("what"), c.Request().PostFormValue("doing"), c.Request().PostFormValue("who")
		page.By = typedDate(c, "by")
	}
	return render(c, code, attestationview.QualifyPage(page))
}

func exceptionViews(list []attestation.Exception) []attestationview.Exception {
	var views []attestationview.Exception
	for i, e := range list {
		views = append(views, attestationview.Exception{Index: strconv.Itoa(i), Part: "Part " + strconv.Itoa(e.Part), What: e.What, Doing: e.Doing, Who: e.Who, By: attestation.LongDay(e.By)})
	}
	return views
}

func (h Statements) qualify(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	part, _ := strconv.Atoi(c.Request().PostFormValue("part")) // what is no number is no part, which Check says
	by, err := readDate(c, "by", "the date it will be put right")
	if err == nil {
		err = h.Statements.Except(c.Request().Context(), s.who, s.org.Code, s.statement.ID,
			attestation.Exception{Part: part, What: c.Request().PostFormValue("what"), Doing: c.Request().PostFormValue("doing"), Who: c.Request().PostFormValue("who"), By: by})
	}
	if mendable(err) {
		return h.qualificationsPage(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+"/signature/qualifications")
}

func (h Statements) drop(c echo.Context) error {
	index, err := strconv.Atoi(c.Param("index"))
	if err != nil {
		return access.ErrNotFound
	}
	id := attestation.ID(c.Param("id"))
	if err := h.Statements.Drop(c.Request().Context(), session.Who(c), own(c), id, index); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(own(c), id)+"/signature/qualifications")
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
	if s.statement.State != attestation.Locked {
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
	page := attestationview.Declined{Page: h.trustPage(c, "Returned without a signature", s.org, s.cohorts), To: s.statement.LockedBy}
	return render(c, http.StatusOK, attestationview.DeclinedPage(page))
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
		Version: strconv.FormatInt(s.statement.Number, 10), Digest: s.statement.Digest.Short(), Action: at + "/confirmation", Exceptions: exceptionViews(review.Exceptions),
		Late: !s.now.Before(s.statement.Due), Due: dueWord(s.statement.Due, s.now)}
	page.Navigation, page.Page.Organisation = nil, nil
	page.Back = backLink(at, "Back to the statement")
	switch {
	case s.statement.State == attestation.Signed:
		page.Signed, page.Receipt = "This statement has already been signed.", receiptPath(s.org.Code, s.statement.ID)
	case s.statement.State != attestation.Locked:
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
	case review.Shown != s.statement.Digest || review.Opinion == attestation.NoOpinion || review.Opinion == attestation.Declined:
		return c.Redirect(http.StatusSeeOther, at)
	case review.Opinion == attestation.Qualified && len(review.Exceptions) == 0:
		return c.Redirect(http.StatusSeeOther, at+"/qualifications")
	}
	if review.Opinion == attestation.Unqualified {
		page.Exceptions = nil
	}
	page.How = opinionWord(review.Opinion, len(page.Exceptions))
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
	up, err := h.Statements.Begin(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	switch {
	case errors.Is(err, attestation.ErrChanged):
		return h.reviewPage(c, s, http.StatusConflict, err) // the new words, and why they are shown again
	case mendable(err) || fault.KindOf(err) == fault.Forbidden:
		return h.confirmPage(c, s, status(err), err)
	case err != nil:
		return err
	}
	return h.Sessions.StepUp(c, up, statementPath(s.org.Code, s.statement.ID)+"/signature/confirmation")
}

// Refused shows the last step again after a proof of identity that did not
// lead to a signature.
func (h Statements) Refused(c echo.Context, org organisation.Code, stepUp string, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	up, err := h.Statements.Attempt(ctx, who, org, stepUp)
	if err != nil {
		return failure
	}
	statement, version, err := h.Statements.Read(ctx, who, org, up.Statement)
	if err != nil {
		return failure
	}
	record, cohorts, err := h.Register.Read(ctx, who, org)
	if err != nil {
		return err
	}
	s := scene{who: who, org: record, cohorts: cohorts, statement: statement, version: version, now: h.Now()}
	if errors.Is(failure, attestation.ErrChanged) {
		return h.reviewPage(c, s, http.StatusConflict, failure)
	}
	return h.confirmPage(c, s, status(failure), failure)
}

func (h Statements) receipt(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	g, err := h.Statements.Receipt(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	page := receiptView(s, g, words)
	page.Page = h.trustPage(c, "Statement signed", s.org, s.cohorts)
	page.Back = backLink("/", "Back to home")
	return render(c, http.StatusOK, attestationview.ReceiptPage(page))
}

// receiptView builds the receipt from the signature as it is stored.
func receiptView(s scene, g attestation.Signature, words attestation.Words) attestationview.Receipt {
	page := attestationview.Receipt{Code: g.Code.Groups(), Title: s.statement.Title(), Organisation: words.Name + " (" + string(words.Organisation) + ")", Signer: g.SignerName,
		Capacity: "Chief executive", How: opinionWord(g.Opinion, len(g.Exceptions)), At: moment(g.SignedAt), Version: strconv.FormatInt(s.statement.Number, 10),
		Proof:       "Signed in again at " + moment(g.Proof.AuthAt) + " with " + g.Proof.Issuer,
		Fingerprint: string(g.Digest), WordsFingerprint: string(g.WordsDigest), Doc: docView(words, s), Exceptions: exceptionViews(g.Exceptions),
		Declaration: attestation.Declaration(g.SignerName, g.Acting, g.Opinion, len(g.Exceptions)), Mine: string(g.Person) == s.who.ID}
	if g.Acting {
		page.Capacity = "Acting chief executive"
	}
	if g.Late {
		page.Late = "The deadline was " + moment(s.statement.Due) + ". It shows as late."
	}
	return page
}

func (h Statements) check(c echo.Context) error {
	typed := strings.TrimSpace(c.QueryParam("code"))
	page := attestationview.Check{Page: h.page(c, "Check a signature"), Typed: typed}
	if typed == "" {
		if c.QueryParams().Has("code") {
			err := fault.In("code", "Enter a verification code")
			page.Problems, page.Wrong = problems(err), wrong(err)
		}
		return render(c, http.StatusOK, attestationview.CheckPage(page))
	}
	receipt, err := h.Statements.CheckCode(c.Request().Context(), session.Who(c), typed)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		page.Unknown = sentence(err)
	case err != nil:
		return err
	default:
		g := receipt.Signature
		page.Found, page.Intact = true, g.Holds(receipt.Words)
		page.Title, page.Organisation, page.Signer, page.At = receipt.Period+" cyber statement", receipt.Name, g.SignerName, moment(g.SignedAt)
		page.How, page.Code, page.Fingerprint = opinionWord(g.Opinion, len(g.Exceptions)), g.Code.Groups(), string(g.Digest)
	}
	return render(c, http.StatusOK, attestationview.CheckPage(page))
}

func (h Statements) outcomes(c echo.Context) error {
	now := h.Now()
	ended, err := h.Statements.Ended(c.Request().Context(), session.Who(c), now.AddDate(0, -6, 0))
	if err != nil {
		return err
	}
	page := outcomesView(ended, now)
	page.Page = h.page(c, "Statements")
	page.Wide = true
	return render(c, http.StatusOK, attestationview.OutcomesPage(page))
}

// outcomesView lists how statements stand, the late ones first. It counts what
// it lists, so that totals equal rows.
func outcomesView(ended []attestation.Ended, now time.Time) attestationview.Outcomes {
	var page attestationview.Outcomes
	var late, rest []attestationview.Outcome
	for _, e := range ended {
		row := attestationview.Outcome{Name: e.Name, Period: e.Period, Due: dayWord(e.Due)}
		open := e.State == attestation.Preparing || e.State == attestation.Locked
		switch {
		case open && !now.Before(e.Due):
			row.Standing, row.Tag = "Late", "red"
			page.Late++
		case open:
			row.Standing, row.Tag = "Not signed yet", "white"
			page.Waiting++
		case e.State == attestation.Returned:
			row.Standing, row.Tag, row.When = "Returned without signature", "grey", dayWord(e.EndedAt)
			page.Returned++
		case e.Opinion == attestation.Qualified:
			row.Standing, row.Tag, row.When, row.Code = "Signed with a qualification", "yellow", dayWord(e.EndedAt), e.Code.Groups()
			page.Qualified++
		default:
			row.Standing, row.When, row.Code = "Signed", dayWord(e.EndedAt), e.Code.Groups()
			page.Signed++
		}
		if e.Late {
			row.Standing += ", late"
		}
		if row.Tag == "red" {
			late = append(late, row)
		} else {
			rest = append(rest, row)
		}
	}
	page.Rows = append(late, rest...)
	return page
}

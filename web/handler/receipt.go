package handler

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
	"countersign/views/attestationview"
	"countersign/web/session"
)

func (h Statements) receipt(c echo.Context) error {
	s, err := h.signedScene(c)
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
	place, err := h.Receipts.Standing(c.Request().Context(), s.who, s.org.Code, s.statement.ID, logPatience)
	if err != nil {
		return err
	}
	page := receiptView(s, g, words)
	page.Proof += " with " + h.Sessions.ProviderName(g.Proof.Issuer)
	for i := range page.CoSigned {
		page.CoSigned[i].Proof += " with " + h.Sessions.ProviderName(page.CoSigned[i].Issuer)
	}
	page.Kept = longDay(attestation.Kept(g.SignedAt, h.Keep))
	if err := h.afterwards(c, s, &page); err != nil {
		return err
	}
	page.Log = placeWord(place)
	if err := h.downloads(c.Request().Context(), s, g, words, place, &page); err != nil {
		h.Log.Error("the files of a receipt cannot be measured", "statement", s.statement.ID, "route", c.Path(), "actor", s.who.ID, "cause", err) // the record itself is shown, and each file says so when it is asked for
	}
	if err := h.sinceSigned(c, s, &page); err != nil {
		return err
	}
	if len(g.Exceptions) > 0 {
		page.Commitments = commitmentsPath(s.org.Code)
	}
	page.Page = h.trustPage(c, cmp.Or(page.After.Heading, "Statement signed"), s.org, s.cohorts)
	page.Back = backLink("/", "Back to home")
	if access.May(s.who, access.ReadAllOutcomes, organisation.National) {
		page.Back = backLink("/statements", "Back to statements")
	}
	return render(c, http.StatusOK, attestationview.ReceiptPage(page))
}

// sinceSigned says which figures moved since, to people of the organisation:
// those of today are no statement yet.
func (h Statements) sinceSigned(c echo.Context, s scene, page *attestationview.Receipt) error {
	if !access.May(s.who, access.ReadStatement, s.org.Code) {
		return nil
	}
	moved, err := h.Statements.Changed(c.Request().Context(), s.who, s.org.Code)
	if err != nil || moved.Signed.ID != s.statement.ID {
		return err
	}
	page.Moved, page.Ask = movedLines(moved.Changes), movedWord(moved)
	if moved.Material() {
		page.AskHref = page.Replace
	}
	return nil
}

// afterwards says what became of the statement, and what this person may do.
func (h Statements) afterwards(c echo.Context, s scene, page *attestationview.Receipt) error {
	on, err := h.Revisions.After(c.Request().Context(), s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	page.After = afterView(s.org.Code, on.After, true)
	if page.Overseen = !access.May(s.who, access.ReadStatement, s.org.Code); page.Overseen {
		page.After.OpenHref = "" // what is not signed is the trust's own
	}
	begun := on.After.Withdrawal != nil && on.After.Open != "" // as the withdrawal did by itself
	if on.After.Next == "" && !begun && access.May(s.who, access.ReplaceStatement, s.org.Code) {
		page.Replace = replacementPath(s.org.Code, s.statement.ID)
	}
	if on.After.Next == "" && access.May(s.who, access.AskReplacement, s.org.Code) {
		page.AskNew = replacementPath(s.org.Code, s.statement.ID) + "/request"
	}
	if on.Withdrawable() == nil && access.May(s.who, access.WithdrawStatement, s.org.Code) {
		page.Withdraw = statementPath(s.org.Code, s.statement.ID) + "/withdrawal"
	}
	return nil
}

// logPatience is how long a receipt waits for the log, which is as good as
// always quicker.
const logPatience = time.Second

// placeWord says where a signature stands in the public log.
func placeWord(e transparency.Evidence) string {
	switch {
	case e.Provisional():
		return "It is being added. The signature is safe. Refresh this page in a minute."
	case e.Witnesses == 0:
		return "Entry " + number(int(e.Index)+1)
	}
	return "Entry " + number(int(e.Index)+1) + ", seen by " + plural(e.Witnesses, "witness")
}

// proof gives the file that proves the signature to anybody.
func (h Statements) proof(c echo.Context) error {
	bundle, err := h.Receipts.Bundle(c.Request().Context(), session.Who(c), own(c), attestation.ID(c.Param("id")))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="countersign-proof.json"`)
	return c.Blob(http.StatusOK, "application/json", bundle.Bytes())
}

// receiptView builds the receipt from the signature as it is stored.
func receiptView(s scene, g attestation.Signature, words attestation.Words) attestationview.Receipt {
	page := attestationview.Receipt{Code: g.Code.Groups(), Title: s.statement.Title(), Organisation: words.Name + " (" + string(words.Organisation) + ")", Signer: g.SignerName,
		Contents: contentsWord(words), Parts: partsWord(g.Exceptions), Capacity: "Chief executive", How: opinionWord(g.Opinion, len(g.Exceptions)), At: moment(g.SignedAt), Version: strconv.FormatInt(s.statement.Number, 10),
		Proof:       "Signed in again at " + moment(g.Proof.AuthAt),
		Technical:   []attestationview.Technical{{Name: "Identity provider", Value: g.Proof.Issuer}, {Name: "Level of the sign-in", Value: cmp.Or(g.Proof.ACR, "Not said")}},
		Fingerprint: string(g.Digest), WordsFingerprint: string(g.WordsDigest), Doc: docView(words, s), Exceptions: exceptionViews(g.Exceptions),
		Declaration: attestation.Declaration(g.SignerName, g.Acting, g.Opinion, len(g.Exceptions)), Mine: string(g.Person) == s.who.ID && organisation.DayOf(g.SignedAt) == organisation.DayOf(s.now)}
	page.CoSigned = coSignViews(s.statement.Beside)
	for _, b := range page.CoSigned {
		page.Technical = append(page.Technical, attestationview.Technical{Name: "Identity provider of " + b.Signer, Value: b.Issuer})
	}
	if g.Acting {
		page.Capacity = "Acting chief executive"
	}
	if g.Late {
		page.Late = "The deadline was " + moment(s.statement.Due) + ". It shows as late."
	}
	return page
}

// contentsWord counts what was signed.
func contentsWord(words attestation.Words) string {
	if len(words.Gaps) == 0 {
		return plural(len(words.Parts), "part") + ", no gaps"
	}
	return plural(len(words.Parts), "part") + " and " + plural(len(words.Gaps), "gap")
}

// partsWord says which parts qualifications are to; nothing without any.
func partsWord(list []attestation.Exception) string {
	var parts []int
	for _, e := range list {
		parts = append(parts, e.Part)
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	if len(parts) == 0 {
		return ""
	}
	words := ", to part "
	if len(parts) > 1 {
		words = ", to parts "
	}
	for i, n := range parts {
		switch {
		case i == 0:
		case i == len(parts)-1:
			words += " and "
		default:
			words += ", "
		}
		words += strconv.Itoa(n)
	}
	return words
}

// movedWord says what to do about figures that moved since a signature.
func movedWord(m attestation.Moved) string {
	switch {
	case len(m.Changes) == 0:
		return ""
	case m.Waiting:
		return "A newer statement is on its way. It will have the figures of its own day."
	case m.Material():
		return "This is not what was signed any more. A new statement can take its place."
	}
	return "What you signed does not lean on it, so no new statement is needed."
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
	kept, err := h.Statements.CheckCode(c.Request().Context(), session.Who(c), typed)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		page.Unknown = sentence(err)
	case err != nil:
		return err
	default:
		g := kept.Signature
		page.Found, page.Intact, page.CoSigned = true, kept.Holds() && receipt.Held(g, kept.Beside) == nil, coSignViews(kept.Beside)
		page.Title, page.Organisation, page.Signer, page.At = titleOf(kept), kept.Name, g.SignerName+", "+officeHeld(g.Acting), moment(g.SignedAt)
		page.How, page.Code, page.Fingerprint = opinionWord(g.Opinion, len(g.Exceptions)), g.Code.Groups(), string(g.Digest)
		page.After = publicAfter(kept)
	}
	return render(c, http.StatusOK, attestationview.CheckPage(page))
}

// proofLimit is the largest file with a proof that is taken, with its form.
const proofLimit = 4 << 20

// checkAgain leads back to the form: what somebody brought is not kept.
func (h Statements) checkAgain(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, "/check")
}

// checkFile verifies a file somebody brings. Nothing of it is kept.
func (h Statements) checkFile(c echo.Context) error {
	page := attestationview.Check{Page: h.page(c, "Check a signature")}
	file, err := proofFile(c)
	var report receipt.Report
	if err == nil {
		report, err = h.Receipts.Check(c.Request().Context(), session.Who(c), file)
	}
	switch {
	case mendable(err):
		if list := faults(err); len(list) == 1 && list[0].Field == "" {
			page.Refused = sentence(err) // of the file, not of the form
		} else {
			page.Problems, page.Wrong = problems(err), wrong(err)
		}
		return render(c, status(err), attestationview.CheckPage(page))
	case err != nil:
		return err
	}
	page.Proved = true
	page.Title, page.Organisation, page.Signer, page.At = report.Title, report.Organisation, report.Signer, moment(report.SignedAt)
	page.Code, page.Proven, page.Open = report.Code, report.Proven, report.Open
	for _, g := range report.CoSigners {
		page.CoSigned = append(page.CoSigned, attestationview.Beside{Signer: g.Name, Capacity: g.Capacity, At: moment(g.SignedAt)})
	}
	if page.After, err = h.stood(c, report.Code); err != nil {
		return err
	}
	page.How = opinionWord(attestation.Unqualified, 0)
	if report.Qualifications > 0 {
		page.How = opinionWord(attestation.Qualified, report.Qualifications)
	}
	return render(c, http.StatusOK, attestationview.CheckPage(page))
}

// publicAfter says what became of a signed statement to anybody who has its
// code: when, and which code is the newer one; not why.
func publicAfter(r attestation.Receipt) attestationview.After {
	var view attestationview.After
	if !r.RevokedAt.IsZero() {
		view.Withdrawn = "It was withdrawn on " + dayWord(r.RevokedAt) + "."
	}
	if r.ReplacedBy != "" {
		view.Replaced, view.Code, view.Href = "Replaced on "+dayWord(r.ReplacedAt)+" by", r.ReplacedBy.Groups(), "/check?code="+r.ReplacedBy.Groups()
	}
	view.Stood = view.Withdrawn != "" || view.Replaced != ""
	return view
}

// stood looks up what became of the statement a file proves. A file cannot know
// that: it is as old as the signature. Of another portal's we know nothing.
func (h Statements) stood(c echo.Context, code string) (attestationview.After, error) {
	receipt, err := h.Statements.CheckCode(c.Request().Context(), session.Who(c), code)
	if fault.KindOf(err) == fault.NotFound {
		return attestationview.After{}, nil
	}
	return publicAfter(receipt), err
}

// proofFile reads the one file of the form.
func proofFile(c echo.Context) ([]byte, error) {
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, errBody
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "file" {
		return nil, errFields
	}
	file, err := io.ReadAll(part)
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, fault.In("file", "The file must be smaller than 4MB")
	case err != nil:
		return nil, fault.In("file", "The file could not be uploaded. Try again.")
	case len(file) == 0:
		return nil, fault.In("file", "Choose a file")
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return nil, errFields
	}
	return file, nil
}

// titleOf is the title of what was signed, from its own words.
func titleOf(receipt attestation.Receipt) string {
	words, err := attestation.ParseWords(receipt.Words)
	if err != nil {
		return receipt.Period + " cyber statement" // what does not hold is said beside it
	}
	return words.Title
}

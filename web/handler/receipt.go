package handler

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

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
		Declaration: attestation.Declaration(g.SignerName, g.Acting, g.Opinion, len(g.Exceptions)), Mine: string(g.Person) == s.who.ID && organisation.DayOf(g.SignedAt) == organisation.DayOf(s.now)}
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
		page.Title, page.Organisation, page.Signer, page.At = titleOf(receipt), receipt.Name, g.SignerName+", "+officeHeld(g.Acting), moment(g.SignedAt)
		page.How, page.Code, page.Fingerprint = opinionWord(g.Opinion, len(g.Exceptions)), g.Code.Groups(), string(g.Digest)
	}
	return render(c, http.StatusOK, attestationview.CheckPage(page))
}

// titleOf is the title of what was signed, from its own words.
func titleOf(receipt attestation.Receipt) string {
	words, err := attestation.ParseWords(receipt.Words)
	if err != nil {
		return receipt.Period + " cyber statement" // what does not hold is said beside it
	}
	return words.Title
}

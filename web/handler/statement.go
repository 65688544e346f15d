package handler

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/pdf"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
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
	CoSigner   *attestation.CoSigner
	Register   interface {
		Reader
		Holding
	}
	Receipts interface {
		Standing(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, patience time.Duration) (transparency.Evidence, error)
		Bundle(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (receipt.Bundle, error)
		Check(ctx context.Context, who access.Actor, file []byte) (receipt.Report, error)
	}
	Press       Press
	Sizes       *Sizes // of the files of receipts
	Keep        int    // for how many years what was signed is kept
	Commitments *attestation.Keeper
	Revisions   interface {
		After(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Ground, error)
	}
	Sessions *session.Sessions
}

// Press makes documents that stand by themselves.
type Press interface {
	Print(ctx context.Context, d pdf.Document, reason string) ([]byte, error)
	Size(d pdf.Document, reason string) (int64, error) // of what Print gives
}

// Routes of statements.
func (h Statements) Routes() []Route {
	const at = "/organisations/:ods/statements"
	const one = at + "/:id"
	return append([]Route{
		{Method: http.MethodGet, Path: at, Verb: access.ReadStatement, Handle: h.list},
		{Method: http.MethodGet, Path: one, Verb: access.ReadStatement, Handle: h.read},
		{Method: http.MethodGet, Path: one + "/signature", Verb: access.SignStatement, Handle: h.review},
		{Method: http.MethodPost, Path: one + "/signature", Verb: access.SignStatement, Handle: h.choose, Fields: "opinion shown"},
		{Method: http.MethodGet, Path: one + "/signature/qualifications", Verb: access.SignStatement, Handle: h.qualifications},
		{Method: http.MethodPost, Path: one + "/signature/qualifications", Verb: access.SignStatement, Handle: h.qualify, Fields: "part what doing who by-day by-month by-year"},
		{Method: http.MethodGet, Path: one + "/signature/qualifications/:index", Verb: access.SignStatement, Handle: h.rewording},
		{Method: http.MethodPost, Path: one + "/signature/qualifications/:index", Verb: access.SignStatement, Handle: h.reword, Fields: "part what doing who by-day by-month by-year shown"},
		{Method: http.MethodPost, Path: one + "/signature/qualifications/:index/removal", Verb: access.SignStatement, Handle: h.drop, Fields: "shown"},
		{Method: http.MethodGet, Path: one + "/signature/return", Verb: access.SignStatement, Handle: h.declinePage},
		{Method: http.MethodPost, Path: one + "/signature/return", Verb: access.SignStatement, Handle: h.decline, Fields: "reason"},
		{Method: http.MethodGet, Path: confirmPath, Verb: access.SignStatement, Handle: h.confirm},
		{Method: http.MethodPost, Path: confirmPath, Verb: access.SignStatement, Handle: h.sign, Fields: "answer"},
		{Method: http.MethodGet, Path: one + "/signature/receipt", Verb: access.ReadSigned, Handle: h.receipt},
		{Method: http.MethodGet, Path: one + "/signature/receipt/proof", Verb: access.ReadSigned, Handle: h.proof},
		{Method: http.MethodGet, Path: one + "/signature/receipt/pdf", Verb: access.ReadSigned, Handle: h.printed},
		{Method: http.MethodGet, Path: "/check", Verb: access.CheckReceipt, Handle: h.check},
		{Method: http.MethodPost, Path: "/check/file", Verb: access.CheckReceipt, Handle: h.checkFile, Form: proofLimit, Fields: AnyField}, // in parts, judged where they are read
		{Method: http.MethodGet, Path: "/check/file", Verb: access.CheckReceipt, Handle: h.checkAgain},
		{Method: http.MethodGet, Path: "/statements", Verb: access.ReadAllOutcomes, Handle: h.outcomes},
	}, slices.Concat(h.prepareRoutes(), h.coSignRoutes(), h.commitmentRoutes())...)
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
	return h.sceneOf(c, own(c), attestation.ID(c.Param("id")))
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
	page := attestationview.List{Page: h.trustPage(c, "Statements", org, cohorts), Commitments: commitmentsPath(org.Code)}
	page.Wide = true
	for _, s := range statements {
		page.Rows = append(page.Rows, statementRow(s, who, h.Now()))
	}
	return render(c, http.StatusOK, attestationview.ListPage(page))
}

// statementRow says in one line where a statement stands.
func statementRow(s attestation.Statement, who access.Actor, now time.Time) attestationview.Row {
	row := attestationview.Row{Title: s.Title(), Href: statementPath(s.Organisation, s.ID), Due: dueWord(s.Due, now)}
	if s.Campaign != "" {
		row.DueHref = statementPath(s.Organisation, s.ID) + "/deadline"
	}
	if s.Optional {
		row.Due, row.DueHref = "No deadline", ""
	}
	switch s.State {
	case attestation.Preparing:
		row.Standing, row.Tag = "In preparation", "white"
	case attestation.Locked:
		row.Standing, row.Tag = "Waiting for chief executive", "purple"
		if len(s.Awaits()) > 0 {
			row.Standing = "Waiting for SIRO"
		}
		switch {
		case len(s.Awaits()) > 0 && access.May(who, access.CoSignStatement, s.Organisation):
			row.Href = coSignPath(s.Organisation, s.ID)
		case access.May(who, access.SignStatement, s.Organisation):
			row.Href = statementPath(s.Organisation, s.ID) + "/signature"
		}
	case attestation.Signed:
		row.Standing, row.Href = "Signed", receiptPath(s.Organisation, s.ID)
		if s.Exceptions > 0 {
			row.Standing, row.Tag = "Signed with "+plural(s.Exceptions, "qualification"), "yellow"
		}
		if !s.RevokedAt.IsZero() {
			row.Standing, row.Tag = "Withdrawn", "grey"
		} else if s.ReplacedBy != "" {
			row.Standing, row.Tag = "Replaced", "grey"
		}
	case attestation.Returned:
		row.Standing, row.Tag = "Returned without signature", "grey"
	case attestation.Withdrawn:
		row.Standing, row.Tag = "Asked for no longer", "grey"
		if s.Supersedes != "" {
			row.Standing = "Given up"
		}
	}
	if s.Number > 1 {
		row.Title += ", version " + strconv.FormatInt(s.Number, 10)
	}
	if (s.State == attestation.Preparing || s.State == attestation.Locked) && s.Late(now) {
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
	switch s.statement.State {
	case attestation.Signed:
		return c.Redirect(http.StatusSeeOther, receiptPath(s.org.Code, s.statement.ID))
	case attestation.Withdrawn:
		if s.statement.Supersedes != "" {
			return c.Redirect(http.StatusSeeOther, receiptPath(s.org.Code, s.statement.Supersedes))
		}
		return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+"/deadline")
	}
	return h.preparePage(c, s, http.StatusOK, nil)
}

package handler

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/component"
	"countersign/web/session"
)

// commitmentRoutes are what a trust promised, and what became of it.
func (h Statements) commitmentRoutes() []Route {
	const at = "/organisations/:ods/commitments"
	return []Route{
		{Method: http.MethodGet, Path: at, Verb: access.ReadCommitments, Handle: h.commitments},
		{Method: http.MethodGet, Path: at + "/:commitment", Verb: access.ReadCommitments, Handle: h.commitment},
		{Method: http.MethodPost, Path: at + "/:commitment", Verb: access.KeepCommitments, Handle: h.settle, Fields: "how note by-day by-month by-year evidence"},
	}
}

func commitmentsPath(org organisation.Code) string { return organisationPath(org) + "/commitments" }

func commitmentPath(org organisation.Code, id attestation.CommitmentID) string {
	return commitmentsPath(org) + "/" + url.PathEscape(string(id))
}

// fateWords are the fates as pages say them.
var fateWords = map[attestation.Fate]string{attestation.Done: "Done", attestation.StillOpen: "New date", attestation.NotNeeded: "No longer needed"}

func (h Statements) commitments(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	all, err := h.Commitments.List(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := commitmentsView(all, h.Now())
	page.Page = h.trustPage(c, "Commitments", org, cohorts)
	page.Wide = true
	return render(c, http.StatusOK, attestationview.CommitmentsPage(page))
}

// commitmentsView lists open commitments by date, then settled ones, the latest
// first.
func commitmentsView(all []attestation.Commitment, now time.Time) attestationview.Commitments {
	var page attestationview.Commitments
	late := 0
	for _, c := range all {
		row := attestationview.Commitment{Name: commitmentName(c), Href: commitmentPath(c.Organisation, c.ID), What: c.What, Who: c.Who, By: longDay(c.By), Standing: "Open", Tag: "white"}
		if c.FirstBy != c.By {
			row.First = longDay(c.FirstBy)
		}
		switch {
		case c.Late(now):
			late++
			row.Standing, row.Tag = "Late", "red"
		case c.Fate == attestation.Done:
			row.Standing, row.Tag = "Done", ""
		case c.Fate == attestation.NotNeeded:
			row.Standing, row.Tag = "No longer needed", "grey"
		}
		if c.Fate == attestation.StillOpen {
			page.Open = append(page.Open, row)
		} else {
			page.Settled = append(page.Settled, row)
		}
	}
	slices.Reverse(page.Settled)
	switch {
	case len(all) == 0:
		page.Sentence = "No statement was signed with a qualification, so nothing was promised."
	case len(page.Open) == 0:
		page.Sentence = "No commitment is open."
	case late == 0:
		page.Sentence = plural(len(page.Open), "commitment") + " " + choose(len(page.Open), "is", "are") + " open, and none is late."
	default:
		page.Sentence = plural(len(page.Open), "commitment") + " " + choose(len(page.Open), "is", "are") + " open, " + strconv.Itoa(late) + " of them late."
	}
	return page
}

func commitmentName(c attestation.Commitment) string {
	return c.Period + ", part " + strconv.Itoa(c.Part)
}

func commitmentField(c attestation.Commitment, now time.Time) attestationview.CommitmentField {
	f := attestationview.CommitmentField{ID: string(c.ID), Name: commitmentName(c), What: c.What, Doing: c.Doing, Who: c.Who, By: "By " + longDay(c.By) + "."}
	if c.FirstBy != c.By {
		f.By = "By " + longDay(c.By) + ". The date that was signed is " + longDay(c.FirstBy) + "."
	}
	if c.Late(now) {
		f.Late = "Late"
	}
	return f
}

func (h Statements) commitment(c echo.Context) error { return h.commitmentPage(c, http.StatusOK, nil) }

// commitmentPage shows one commitment with what became of it and, while it is
// open, asks for the next step.
func (h Statements) commitmentPage(c echo.Context, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	one, err := h.Commitments.Read(ctx, who, org.Code, attestation.CommitmentID(c.Param("commitment")))
	if err != nil {
		return err
	}
	page := attestationview.Settle{Commitment: commitmentField(one, h.Now()), Button: "Save"}
	page.Task = attestationview.Task{Page: h.trustPage(c, commitmentName(one), org, cohorts), Caption: "Commitment", Action: commitmentPath(org.Code, one.ID), Can: access.May(who, access.KeepCommitments, org.Code), Wrong: wrong(failure)}
	page.Back = backLink(commitmentsPath(org.Code), "Back to commitments")
	page.Problems = leadTo(problems(failure), "by", "by-day")
	page.Choices = []component.Choice{{Value: string(attestation.Done), Text: "It is done"}, {Value: string(attestation.StillOpen), Text: "It needs a new date"}}
	for _, step := range one.Steps {
		page.Steps = append(page.Steps, stepMoment(step))
	}
	if one.Fate != attestation.StillOpen {
		page.Closed = "It is settled: " + strings.ToLower(fateWords[one.Fate]) + ". Nothing more is expected."
	}
	if page.Can {
		files, err := h.Commitments.Evidence(ctx, who, org.Code)
		if err != nil {
			return err
		}
		page.Files = fileOptions(files)
	}
	if failure != nil {
		typedAccount(c, &page)
	}
	return render(c, code, attestationview.SettlePage(page))
}

func stepMoment(s attestation.Step) attestationview.Moment {
	what := s.By + ": " + strings.ToLower(fateWords[s.Fate][:1]) + fateWords[s.Fate][1:]
	if s.Fate == attestation.StillOpen {
		what += " " + longDay(s.Is) + ", before that " + longDay(s.Was)
	}
	return attestationview.Moment{At: s.At.UTC().Format(time.RFC3339), When: dayWord(s.At), What: what + ". " + s.Note}
}

func fileOptions(files []evidence.File) []component.Option {
	options := []component.Option{{Text: "None"}}
	for _, f := range files {
		options = append(options, component.Option{Value: string(f.ID), Text: f.Title})
	}
	return options
}

// typedAccount keeps what a person typed of what became of a commitment.
func typedAccount(c echo.Context, page *attestationview.Settle) {
	value := c.Request().PostFormValue
	page.How, page.Note, page.By, page.Evidence = value("how"), value("note"), typedDate(c, "by"), value("evidence")
}

func readAccount(c echo.Context) (attestation.Account, error) {
	value := c.Request().PostFormValue
	by, err := readDate(c, "by", "the new date")
	a := attestation.Account{Commitment: attestation.CommitmentID(c.Param("commitment")), How: attestation.Fate(value("how")), Note: value("note"), By: by, Evidence: evidence.ID(value("evidence"))}
	if a.How != attestation.StillOpen {
		a.By = ""
		return a, nil // a date that does not count is no mistake
	}
	a.Evidence = ""
	return a, err
}

func (h Statements) settle(c echo.Context) error {
	a, err := readAccount(c)
	if err == nil {
		err = h.Commitments.Settle(c.Request().Context(), session.Who(c), own(c), a.Commitment, a)
	}
	if mendable(err) {
		return h.commitmentPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, commitmentPath(own(c), a.Commitment))
}

func (h Statements) accountsPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.Accounts{Task: h.taskView(c, s, "Account for open commitments", "commitments", failure)}
	for i, one := range desk.Held.Commitments {
		field := commitmentField(one, s.now)
		field.Field, field.Href = "commitment-"+strconv.Itoa(i), page.Action+"/"+url.PathEscape(string(one.ID))
		if a, said := s.statement.Prepared.Account(one.ID); said {
			field.Said = accountWord(a)
		}
		page.Commitments = append(page.Commitments, field)
	}
	return render(c, code, attestationview.AccountsPage(page))
}

func accountWord(a attestation.Account) string {
	word := fateWords[a.How]
	if a.How == attestation.StillOpen {
		word += ", " + longDay(a.By)
	}
	return word + ": " + a.Note
}

// accountPage asks how a statement accounts for one commitment.
func (h Statements) accountPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	id := attestation.CommitmentID(c.Param("commitment"))
	i := slices.IndexFunc(desk.Held.Commitments, func(one attestation.Commitment) bool { return one.ID == id })
	if i < 0 {
		return attestation.ErrCommitment
	}
	one := desk.Held.Commitments[i]
	page := attestationview.Settle{Task: h.taskView(c, s, commitmentName(one), "commitments/"+url.PathEscape(string(id)), failure), Commitment: commitmentField(one, s.now), Button: "Save"}
	page.Back = backLink(statementPath(s.org.Code, s.statement.ID)+"/commitments", "Back to the commitments")
	page.Problems = leadTo(page.Problems, "by", "by-day")
	page.Choices = []component.Choice{{Value: string(attestation.Done), Text: "It is done", Hint: "Say what shows it"}, {Value: string(attestation.StillOpen), Text: "It is still open", Hint: "Say why, and give a new date"},
		{Value: string(attestation.NotNeeded), Text: "It is no longer needed", Hint: "Say why"}}
	for _, f := range desk.Held.Files {
		if f.Verdict == evidence.Ready && f.RunsUntil >= organisation.DayOf(s.now) {
			page.Files = append(page.Files, component.Option{Value: string(f.ID), Text: f.Title})
		}
	}
	page.Files = append([]component.Option{{Text: "None"}}, page.Files...)
	if a, said := s.statement.Prepared.Account(id); said {
		page.How, page.Note, page.By, page.Evidence = string(a.How), a.Note, dateFields(a.By), string(a.Evidence)
		if overtaken(failure) {
			page.Stored = []string{accountWord(a)}
		}
	}
	if failure != nil {
		typedAccount(c, &page)
	}
	return render(c, code, attestationview.SettlePage(page))
}

func (h Statements) account(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	a, err := readAccount(c)
	if err == nil {
		err = h.Statements.AccountFor(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), a)
	}
	return h.saved(c, s, err, h.accountPage, "/commitments")
}

// outstandingWord says how many commitments are open: 2 open, 1 late.
func outstandingWord(o attestation.Outstanding) string {
	switch {
	case o.Open == 0:
		return ""
	case o.Late == 0:
		return number(o.Open) + " open"
	}
	return number(o.Open) + " open, " + number(o.Late) + " late"
}

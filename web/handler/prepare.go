package handler

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/views/attestationview"
	"countersign/views/layout"
	"countersign/web/session"
)

func (h Statements) preparePage(c echo.Context, s scene, code int, typed []attestationview.GapField, failure error) error {
	ctx := c.Request().Context()
	page := attestationview.Prepare{Page: h.trustPage(c, s.statement.Title(), s.org, s.cohorts), Caption: "Statement", Action: statementPath(s.org.Code, s.statement.ID),
		Due: dueWord(s.statement.Due, s.now), Seen: strconv.FormatInt(s.version, 10), BoardOn: dateFields(s.statement.BoardOn), Wrong: wrong(failure)}
	page.Problems = dateProblems(failure, len(typed))
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
		if s.statement.Replaces != "" {
			if page.Before, err = h.Statements.DeclineReason(ctx, s.who, s.org.Code, s.statement.Replaces); err != nil {
				return err
			}
		}
		page.Gaps = typed
		if typed == nil {
			page.Gaps = gapFields(s.statement.Gaps)
		}
		if typed != nil {
			page.BoardOn = typedDate(c, "board")
		}
		page.Filled = len(page.Gaps)
		page.Gaps = append(page.Gaps, make([]attestationview.GapField, gapRows)...)
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

// dateProblems leads from what is wrong with a date to its first field: a date
// of three fields has none of its own name.
func dateProblems(failure error, gaps int) []layout.Problem {
	list := problems(failure)
	for i := range list {
		if list[i].Href == "#board" {
			list[i].Href = "#board-day"
		}
		for gap := range gaps {
			if at := "#gap-" + strconv.Itoa(gap); list[i].Href == at {
				list[i].Href = at + "-by-day"
			}
		}
	}
	return list
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
	gaps, err := toGaps(typed)
	boardOn, board := readDate(c, "board", "the day the board saw it")
	if board != nil {
		err = append(fault.Problems(faults(err)), faults(board)...)
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

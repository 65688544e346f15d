package handler

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

func (h Statements) outcomes(c echo.Context) error {
	now := h.Now()
	ended, err := h.Statements.Ended(c.Request().Context(), session.Who(c), monthsBefore(now, 6))
	if err != nil {
		return err
	}
	page := outcomesView(ended, now)
	page.Page = h.page(c, "Statements")
	page.Wide = true
	return render(c, http.StatusOK, attestationview.OutcomesPage(page))
}

// monthsBefore gives the first instant of the day some months ago, in UK time:
// one instant all day long.
func monthsBefore(now time.Time, months int) time.Time {
	year, month, day := now.In(organisation.London).Date()
	return time.Date(year, month-time.Month(months), day, 0, 0, 0, 0, organisation.London)
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

package handler

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/web/session"
)

// outcomesPerPage is how many statements the regulator's list shows at once.
const outcomesPerPage = 50

func (h Statements) outcomes(c echo.Context) error {
	who, now := session.Who(c), h.Now()
	ended, err := h.Statements.Ended(c.Request().Context(), who, monthsBefore(now, 6))
	if err != nil {
		return err
	}
	promised, err := h.Commitments.Outstanding(c.Request().Context(), who)
	if err != nil {
		return err
	}
	page := outcomesView(ended, promised, now)
	if !access.May(who, access.AskReplacement, organisation.National) {
		for i := range page.Rows {
			page.Rows[i].CodeHref = ""
		}
	}
	pageOfOutcomes(&page, c.QueryParam("page"))
	page.Page = h.page(c, "Statements")
	page.Wide, page.Campaigns, page.Wordings = true, campaignsPath, templatesPath
	if access.May(who, access.IssueStatements, organisation.National) {
		page.Ask = requestPath
	}
	return render(c, http.StatusOK, attestationview.OutcomesPage(page))
}

// monthsBefore gives the first instant of the day some months ago, in UK time:
// one instant all day long.
func monthsBefore(now time.Time, months int) time.Time {
	year, month, day := now.In(organisation.London).Date()
	return time.Date(year, month-time.Month(months), day, 0, 0, 0, 0, organisation.London)
}

// outcomesView lists how statements stand: the late ones first, and A to Z in
// each part. It counts what it lists, so that totals equal rows.
func outcomesView(ended []attestation.Ended, promised map[organisation.Code]attestation.Outstanding, now time.Time) attestationview.Outcomes {
	var page attestationview.Outcomes
	told := map[organisation.Code]bool{} // once for each trust, in its first row
	rows := slices.Clone(ended)
	late := func(e attestation.Ended) bool { return pending(e) && !now.Before(e.Due) }
	rank := func(e attestation.Ended) int {
		if late(e) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rows, func(a, b attestation.Ended) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Organisation, b.Organisation), b.Due.Compare(a.Due), cmp.Compare(b.Number, a.Number))
	})
	for _, e := range rows {
		row := attestationview.Outcome{Name: e.Name, Href: organisationPath(e.Organisation), Period: e.Period, Due: dayWord(e.Due)}
		if e.Number > 1 {
			row.Period += ", version " + strconv.FormatInt(e.Number, 10)
		}
		row.Standing, row.Tag = outcomeWord(e)
		switch {
		case late(e):
			row.Standing, row.Tag = "Late, "+strings.ToLower(strings.TrimPrefix(row.Standing, "Asked, ")), "red"
			page.Late++
		case pending(e):
			page.Waiting++
		case e.Optional && e.EndedAt.IsZero():
			page.Replacing++
		case !e.RevokedAt.IsZero():
			page.Withdrawn++
		case e.ReplacedBy != "":
			page.Replaced++
		case e.State == attestation.Returned:
			page.Returned++
		case e.Opinion == attestation.Qualified:
			page.Qualified++
		default:
			page.Signed++
		}
		if !pending(e) && !e.EndedAt.IsZero() {
			row.When = dayWord(e.EndedAt)
		}
		if e.State == attestation.Signed {
			row.Code, row.CodeHref = e.Code.Groups(), receiptPath(e.Organisation, e.ID)
		}
		if e.Late {
			row.Standing += ", late"
		}
		if words := outstandingWord(promised[e.Organisation]); words != "" && !told[e.Organisation] {
			row.Promised, row.PromisedHref, told[e.Organisation] = words, commitmentsPath(e.Organisation), true
		}
		page.Rows = append(page.Rows, row)
	}
	return page
}

// pending tells whether a statement still waits for somebody at the trust.
func pending(e attestation.Ended) bool {
	return (e.State == attestation.Preparing || e.State == attestation.Locked) && !e.Optional
}

// outcomeWord says where a statement stands, and the colour of its tag.
func outcomeWord(e attestation.Ended) (words, tag string) {
	switch {
	case !e.RevokedAt.IsZero():
		return "Withdrawn after signing", "grey"
	case e.ReplacedBy != "":
		return "Replaced", "grey"
	case e.Optional && e.State == attestation.Locked:
		return "To replace a signed one, waiting for chief executive", "purple"
	case e.Optional && e.State == attestation.Preparing:
		return "To replace a signed one, in preparation", "white"
	case e.State == attestation.Preparing && !e.Begun:
		return "Asked, not begun", "white"
	case e.State == attestation.Preparing:
		return "In preparation", "white"
	case e.State == attestation.Locked && e.Awaits:
		return "Waiting for SIRO", "purple"
	case e.State == attestation.Locked:
		return "Waiting for chief executive", "purple"
	case e.State == attestation.Returned:
		return "Returned without signature", "grey"
	case e.Opinion == attestation.Qualified:
		return "Signed with a qualification", "yellow"
	}
	return "Signed", ""
}

// pageNumber is the page that was asked for, among those there are.
func pageNumber(asked string, total, size int) (number, last int) {
	last = max(1, (total+size-1)/size)
	number, err := strconv.Atoi(asked)
	if err != nil || number < 1 {
		number = 1
	}
	return min(number, last), last
}

// pageOfOutcomes leaves one page of the rows, and says which.
func pageOfOutcomes(page *attestationview.Outcomes, asked string) {
	total := len(page.Rows)
	number, last := pageNumber(asked, total, outcomesPerPage)
	from, to := (number-1)*outcomesPerPage, min(number*outcomesPerPage, total)
	page.Rows = page.Rows[from:to]
	if last == 1 {
		return
	}
	page.Shown = "Showing " + strconv.Itoa(from+1) + " to " + strconv.Itoa(to) + " of " + plural(total, "statement")
	at := func(n int) string { return "/statements?page=" + strconv.Itoa(n) }
	if number > 1 {
		page.Previous = at(number - 1)
	}
	if number < last {
		page.Next = at(number + 1)
	}
}

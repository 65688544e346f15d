package handler

import (
	"cmp"
	"net/http"
	"net/url"
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

// outcomesPath is the regulator's list.
const outcomesPath = "/statements"

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
	filter := readFilter(c.QueryParams())
	page := outcomesView(filter.of(ended, now), promised, now)
	filter.offer(&page, ended)
	if !access.May(who, access.AskReplacement, organisation.National) {
		for i := range page.Rows {
			page.Rows[i].CodeHref = ""
		}
	}
	pageOfOutcomes(&page, filter.query(), c.QueryParam("page"))
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
	page := attestationview.Outcomes{Counts: map[string]int{}}
	told := map[organisation.Code]bool{} // once for each trust, in its first row
	rows := slices.Clone(ended)
	rank := func(e attestation.Ended) int {
		if standingOf(e, now) == isLate {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rows, func(a, b attestation.Ended) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Organisation, b.Organisation), b.Due.Compare(a.Due), cmp.Compare(b.Number, a.Number))
	})
	for _, e := range rows {
		row := attestationview.Outcome{Name: e.Name, Href: organisationPath(e.Organisation), Period: e.Title(), Due: dayWord(e.Due)}
		if e.Number > 1 {
			row.Period += ", version " + strconv.FormatInt(e.Number, 10)
		}
		row.Standing, row.Tag = outcomeWord(e)
		stands := standingOf(e, now)
		if stands == isLate {
			row.Standing, row.Tag = "Late, "+strings.ToLower(strings.TrimPrefix(row.Standing, "Asked, ")), "red"
		}
		page.Counts[stands]++
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
	page.Sentence = countsWord(page.Counts)
	return page
}

// How a statement stands, once for each: for counts that add up, and to choose
// by. What is not signed yet and late is late.
const (
	isSigned    = "signed"
	isQualified = "qualified"
	isReturned  = "returned"
	isWaiting   = "waiting"
	isLate      = "late"
	isReplaced  = "replaced"
	isWithdrawn = "withdrawn"
	isReplacing = "replacing"
)

func standingOf(e attestation.Ended, now time.Time) string {
	switch {
	case pending(e) && !now.Before(e.Due):
		return isLate
	case pending(e):
		return isWaiting
	case e.Optional && e.EndedAt.IsZero():
		return isReplacing
	case !e.RevokedAt.IsZero():
		return isWithdrawn
	case e.ReplacedBy != "":
		return isReplaced
	case e.State == attestation.Returned:
		return isReturned
	case e.Opinion == attestation.Qualified:
		return isQualified
	}
	return isSigned
}

// countsWord says how statements stand. Its numbers add up to all of them: only
// what is late is part of the number before it.
func countsWord(counts map[string]int) string {
	waiting := number(counts[isWaiting]+counts[isLate]) + " not signed yet"
	if late := counts[isLate]; late > 0 {
		waiting += " (" + number(late) + " of them late)"
	}
	parts := []string{number(counts[isSigned]) + " signed without qualification", number(counts[isQualified]) + " signed with a qualification", number(counts[isReturned]) + " returned without a signature", waiting}
	for _, each := range []struct{ standing, word string }{{isReplaced, "replaced"}, {isWithdrawn, "withdrawn after signing"}, {isReplacing, "to take the place of a signed one"}} {
		if n := counts[each.standing]; n > 0 {
			parts = append(parts, number(n)+" "+each.word)
		}
	}
	return strings.Join(parts, ", ") + "."
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
func pageOfOutcomes(page *attestationview.Outcomes, query url.Values, asked string) {
	total := len(page.Rows)
	number, last := pageNumber(asked, total, outcomesPerPage)
	from, until := (number-1)*outcomesPerPage, min(number*outcomesPerPage, total)
	page.Rows = page.Rows[from:until]
	if last == 1 {
		return
	}
	page.Shown = "Showing " + strconv.Itoa(from+1) + " to " + strconv.Itoa(until) + " of " + plural(total, "statement")
	to := func(n int) string {
		query.Set("page", strconv.Itoa(n))
		return at(outcomesPath, query)
	}
	if number > 1 {
		page.Previous = to(number - 1)
	}
	if number < last {
		page.Next = to(number + 1)
	}
}

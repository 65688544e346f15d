package handler

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/board"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/pdf"
	"countersign/views/boardview"
	"countersign/views/layout"
	"countersign/web/session"
)

// Boards answers the addresses of board papers: the page, the PDF and the text
// its fingerprint is of. All three are of one moment, which stands in the
// address.
type Boards struct {
	Site
	Register Reader
	Boards   interface {
		Paper(ctx context.Context, who access.Actor, org organisation.Code, at time.Time) (board.Paper, error)
	}
}

// Routes of board papers.
func (h Boards) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/organisations/:ods/board-paper", Verb: access.ReadBoardPaper, Handle: h.page},
		{Method: http.MethodGet, Path: "/organisations/:ods/board-paper.pdf", Verb: access.ReadBoardPaper, Handle: h.printed},
		{Method: http.MethodGet, Path: "/organisations/:ods/board-paper.txt", Verb: access.ReadBoardPaper, Handle: h.text},
	}
}

const boardHeading = "Board paper on cyber security"

func (h Boards) page(c echo.Context) error {
	ctx, who, code := c.Request().Context(), session.Who(c), own(c)
	org, cohorts, err := h.Register.Read(ctx, who, code)
	if err != nil {
		return err
	}
	at, err := h.moment(c)
	var paper board.Paper
	if err == nil {
		paper, err = h.Boards.Paper(ctx, who, code, at)
	}
	switch {
	case err == nil && c.QueryParam("at") == "": // so that the address can be kept, and sent on
		return c.Redirect(http.StatusSeeOther, boardPath(code, "", paper.At))
	case err != nil && !mendable(err):
		return err
	}
	form := boardview.Moment{Action: boardPath(code, "", time.Time{}), Wrong: wrong(err), Day: c.QueryParam("on-day"), Month: c.QueryParam("on-month"), Year: c.QueryParam("on-year"), Time: c.QueryParam("time"), Open: err != nil}
	view, answer := boardview.Paper{Heading: "Board paper", Refused: true}, status(err)
	if err == nil {
		view, answer = h.view(paper), http.StatusOK
	}
	view.Form, view.Page = form, h.trustPage(c, "Board paper", org, cohorts)
	view.Problems, view.Back = problems(err), backLink(organisationPath(code), org.Name)
	if err == nil {
		view.AsAt = "As at " + second(paper.At)
		view.Address = h.BaseURL.String() + boardPath(code, "", paper.At)
	}
	return render(c, answer, boardview.PaperPage(view))
}

// printed gives the paper as a document that stands by itself. It is not sealed:
// a seal carries a time of its own and, from some keys, chance, and the same
// paper must always be the same bytes (docs/decisions).
func (h Boards) printed(c echo.Context) error {
	paper, err := h.paper(c)
	if err != nil {
		return err
	}
	file, err := pdf.Write(boardDocument(paper, h.view(paper), h.Banner, h.BaseURL.String()+boardPath(paper.Organisation, "", paper.At)))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+boardFile(paper)+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// text gives exactly what the fingerprint on the paper is of.
func (h Boards) text(c echo.Context) error {
	paper, err := h.paper(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+boardFile(paper)+`.txt"`)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(paper.Text()))
}

func (h Boards) paper(c echo.Context) (board.Paper, error) {
	at, err := h.moment(c)
	if err != nil {
		return board.Paper{}, err
	}
	return h.Boards.Paper(c.Request().Context(), session.Who(c), own(c), at)
}

func boardFile(p board.Paper) string {
	return "board-paper-" + strings.ToLower(string(p.Organisation)) + "-" + p.At.UTC().Format("20060102T150405Z")
}

// boardPath is the address of a paper, or of its file with an extension, of a
// moment; of none it is that of the moment it is asked for.
func boardPath(org organisation.Code, extension string, at time.Time) string {
	path := organisationPath(org) + "/board-paper" + extension
	if !at.IsZero() {
		path += "?at=" + at.UTC().Format(time.RFC3339) // in UTC, it holds nothing to escape
	}
	return path
}

// moment reads which moment is asked for: an instant in the address, as links
// have it, or a day and a time as the form asks for them. Nothing is now.
func (h Boards) moment(c echo.Context) (time.Time, error) {
	if typed := c.QueryParam("at"); typed != "" {
		at, err := time.Parse(time.RFC3339, typed)
		if err != nil {
			return time.Time{}, fault.In("on", "This address names no moment. Enter a date and a time instead")
		}
		return at, nil
	}
	day, err := parseDate("on", "the day", c.QueryParam("on-day"), c.QueryParam("on-month"), c.QueryParam("on-year"))
	typed := strings.ToLower(strings.Join(strings.Fields(c.QueryParam("time")), ""))
	switch {
	case err != nil:
		return time.Time{}, err
	case day == "" && typed != "":
		return time.Time{}, fault.In("on", "Enter the day as well as the time")
	case day == "":
		return time.Time{}, nil
	case typed == "":
		if end := day.Next().Start(); end.Before(h.Now()) || day > organisation.DayOf(h.Now()) {
			return end, nil
		}
		return time.Time{}, nil // today has not ended
	}
	return timeOn(day, typed)
}

// timeOn reads a time of a day in the United Kingdom. Of an hour that comes
// twice, when the clocks go back, it is the first.
func timeOn(day organisation.Day, typed string) (time.Time, error) {
	switch typed {
	case "midday", "noon":
		typed = "12pm"
	case "midnight":
		typed = "00:00"
	}
	for _, layout := range []string{"15:04:05", "15:04", "3:04:05pm", "3:04pm", "3pm"} {
		clock, err := time.Parse(layout, typed)
		if err != nil {
			continue
		}
		start := day.Start().In(organisation.London)
		at := time.Date(start.Year(), start.Month(), start.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, organisation.London)
		if at.Hour() != clock.Hour() {
			return time.Time{}, fault.In("time", "The clocks went forward then, so there was no such time. Enter a time an hour later")
		}
		if earlier := at.Add(-time.Hour); earlier.Hour() == at.Hour() {
			at = earlier
		}
		return at, nil
	}
	return time.Time{}, fault.In("time", "Enter the time as 9am, 3:41pm or 15:41")
}

// boardLink leads to the paper from the pages of an organisation, for whoever
// may read it.
func boardLink(who access.Actor, org organisation.Code) *layout.Link {
	if !access.May(who, access.ReadBoardPaper, org) {
		return nil
	}
	return &layout.Link{Text: "Board paper", Href: boardPath(org, "", time.Time{})}
}

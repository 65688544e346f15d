package handler

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/fault"
	"countersign/views/component"
	"countersign/views/exchangeview"
	"countersign/web/session"
)

// What a page shows of a long file; the command shows all of it.
const (
	problemsShown = 20
	namesShown    = 20
	notesShown    = 40
)

func (h Exchange) choose(c echo.Context) error {
	return h.importPage(c, http.StatusOK, exchangeview.Import{What: "check"}, nil)
}

// bring checks a file, or imports it. What a check found is the page itself;
// after an import its drafts wait on a
// list of their own.
func (h Exchange) bring(c echo.Context) error {
	what, read, err := h.file(c)
	if err == nil && what != "check" && what != "import" {
		err = fault.In("what", "Select what you want to do")
	}
	page := exchangeview.Import{What: what}
	if mendable(err) {
		return h.importPage(c, status(err), page, atFile(err))
	} else if err != nil {
		return err
	}
	did, err := h.Alerts.Import(c.Request().Context(), session.Who(c), read.Drafts, what == "check")
	if mendable(err) {
		return h.importPage(c, status(err), page, atFile(err))
	} else if err != nil {
		return err
	}
	if what == "import" {
		return c.Redirect(http.StatusSeeOther, importedPath)
	}
	page.What, page.Checked = "import", checkedView(read, did)
	return h.importPage(c, http.StatusOK, page, nil)
}

func (h Exchange) importPage(c echo.Context, code int, page exchangeview.Import, failure error) error {
	title := "Import alerts"
	if page.Checked != nil {
		title = "This file can be imported"
	}
	page.Page = h.page(c, title+" – Alerts")
	page.Back, page.Post = backLink("/alerts", "Alerts"), "/alerts/import"
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, exchangeview.ImportPage(page))
}

// file reads the form part by part: what to do, then the file. A part that the
// page does not have, or has once and was sent twice, is no form of ours.
func (h Exchange) file(c echo.Context) (what string, read exchange.Reading, err error) {
	if err := giveTime(c, h.Now()); err != nil {
		return "", read, err
	}
	if len(c.Request().URL.RawQuery) > 0 {
		return "", read, errFields
	}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return "", read, errBody
	}
	seen := map[string]bool{}
	missing := error(fault.In("file", "Choose a file"))
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return what, read, missing
		} else if err != nil {
			return what, read, importBroke(err)
		}
		name := part.FormName()
		if seen[name] || (name != "what" && name != "file") {
			return what, read, errFields
		}
		seen[name] = true
		if name == "what" {
			text, err := io.ReadAll(io.LimitReader(part, 20))
			if err != nil {
				return what, read, importBroke(err)
			}
			what = string(text)
		} else if part.FileName() != "" {
			if read, missing = h.one(part); missing != nil && !mendable(missing) {
				return what, read, importBroke(missing)
			}
		}
	}
}

var errImporting = fault.New(fault.Conflict, "Another file is being read at this moment. Wait until that has finished, and try again.")

// one reads a file unless another is being read: each may take far more room
// than its size, and what waits would only keep more connections open (T77).
func (h Exchange) one(file io.Reader) (exchange.Reading, error) {
	if !h.Importing.TryLock() {
		return exchange.Reading{}, errImporting
	}
	defer h.Importing.Unlock()
	return exchange.Read(file)
}

func importBroke(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return fault.In("file", exchange.ErrTooLarge.Sentence)
	}
	return fault.In("file", "The file could not be uploaded. Try again.")
}

// atFile says what is wrong with a file at the field it was chosen in, as far
// as a page can show it.
func atFile(err error) error {
	var all fault.Problems
	for i, f := range faults(err) {
		if i == problemsShown {
			all = append(all, fault.In("file", "And "+plural(len(faults(err))-i, "more problem")))
			break
		}
		if f.Field == "" {
			f = fault.In("file", f.Sentence)
		}
		all = append(all, f)
	}
	return all
}

func checkedView(read exchange.Reading, did alert.Imported) *exchangeview.Checked {
	view := &exchangeview.Checked{Lead: "It is " + read.Format.Word() + ". Nothing was changed yet."}
	for _, each := range []struct {
		key  string
		fate alert.Fate
	}{{"Would be added as drafts", alert.Added}, {"Drafts that would get the file’s newer words", alert.Renewed}, {"Here already, word for word", alert.Unchanged}, {"Would be left alone", alert.LeftAlone}} {
		view.Rows = append(view.Rows, component.SummaryRow{Key: each.key, Value: number(did.Count(each.fate))})
	}
	var named, left []string
	for _, each := range did {
		switch each.Fate {
		case alert.Added:
			named = append(named, each.Draft.Title)
		case alert.LeftAlone:
			left = append(left, each.Draft.Title)
		}
	}
	view.Named, view.Left, view.Notes = first(named, namesShown), first(left, namesShown), first(read.Notes, notesShown)
	return view
}

// first keeps the beginning of a list and says how long the rest is.
func first(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], "And "+number(len(list)-n)+" more")
}

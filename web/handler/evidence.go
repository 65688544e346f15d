package handler

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/component"
	"countersign/views/evidenceview"
	"countersign/web/session"
)

// Evidence answers the addresses of evidence: the library, adding, reading,
// releasing.
type Evidence struct {
	Site
	Register Reader
	Files    *evidence.Service
}

// uploadLimit leaves room for the other fields of the form.
const uploadLimit = evidence.MaxSize + 1<<20

// transferLimit is how long a file may take, in either direction.
const transferLimit = 10 * time.Minute

// Routes of evidence.
func (h Evidence) Routes() []Route {
	const at = "/organisations/:ods/evidence"
	return []Route{
		{Method: http.MethodGet, Path: at, Verb: access.ReadEvidence, Handle: h.library},
		{Method: http.MethodGet, Path: at + "/new", Verb: access.UploadEvidence, Handle: h.add},
		{Method: http.MethodPost, Path: at + "/new", Verb: access.UploadEvidence, Handle: h.receive, Form: uploadLimit},
		{Method: http.MethodPost, Path: at + "/new/reuse", Verb: access.UploadEvidence, Handle: h.reuse},
		{Method: http.MethodGet, Path: at + "/:id", Verb: access.ReadEvidence, Handle: h.read},
		{Method: http.MethodPost, Path: at + "/:id/use", Verb: access.UploadEvidence, Handle: h.use},
		{Method: http.MethodPost, Path: at + "/:id/release", Verb: access.UploadEvidence, Handle: h.release},
		{Method: http.MethodGet, Path: at + "/:id/file", Verb: access.ReadEvidence, Handle: h.download},
	}
}

func evidencePath(org organisation.Code, id evidence.ID) string {
	return organisationPath(org) + "/evidence/" + url.PathEscape(string(id))
}

func (h Evidence) library(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	files, err := h.Files.List(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := libraryView(files, h.Now())
	page.Page = h.trustPage(c, "Evidence", org, cohorts)
	page.Wide = true
	page.CanAdd, page.AddHref = access.May(who, access.UploadEvidence, org.Code), organisationPath(org.Code)+"/evidence/new"
	return render(c, http.StatusOK, evidenceview.LibraryPage(page))
}

// soon is how far ahead the library counts what runs out.
const soon = 30 * 24 * time.Hour

func libraryView(files []evidence.File, now time.Time) evidenceview.Library {
	page := evidenceview.Library{Heading: "No evidence yet. Add the first file, and use it wherever it helps."}
	ending := 0
	for _, f := range files {
		row := evidenceRow(f, now)
		if row.Standing == "Runs out in 30 days" {
			ending++
		}
		page.Rows = append(page.Rows, row)
	}
	switch {
	case len(files) == 0:
	case ending == 0:
		page.Heading = "Nothing runs out in the next 30 days."
	case ending == 1:
		page.Heading = "1 item runs out in 30 days."
	default:
		page.Heading = strconv.Itoa(ending) + " items run out in 30 days."
	}
	return page
}

func evidenceRow(f evidence.File, now time.Time) evidenceview.Row {
	row := evidenceview.Row{Title: f.Title, Href: evidencePath(f.Organisation, f.ID), RunsUntil: longDay(f.RunsUntil), Owner: f.OwnerName, Uses: plural(len(f.Uses), "place")}
	row.Standing, row.Tag = "Ready", ""
	switch {
	case f.Verdict == evidence.NotScanned:
		row.Standing, row.Tag = "Not scanned", "grey"
	case f.Verdict == evidence.Checking:
		row.Standing, row.Tag = "Checking for viruses", "white"
	case f.Verdict == evidence.Held:
		row.Standing, row.Tag = "Held", "yellow"
	case f.Verdict == evidence.Rejected:
		row.Standing, row.Tag = "Rejected", "red"
	case f.RunsUntil < organisation.DayOf(now):
		row.Standing, row.Tag = "Ended", "grey"
	case f.RunsUntil <= organisation.DayOf(now.Add(soon)):
		row.Standing, row.Tag = "Runs out in 30 days", "yellow"
	}
	return row
}

func (h Evidence) add(c echo.Context) error {
	return h.addPage(c, http.StatusOK, evidenceview.Add{For: thing(c.QueryParam("for"))}, nil)
}

// things an upload may be linked to from a page: what stands before the slash.
var things = map[string]string{"alert": "the alert", "statement": "the statement", "outcome": "the outcome"}

// thing keeps a link only when it is one of ours.
func thing(link string) string {
	kind, rest, _ := strings.Cut(link, "/")
	if things[kind] == "" || rest == "" || len(link) > 200 {
		return ""
	}
	return link
}

func (h Evidence) addPage(c echo.Context, code int, page evidenceview.Add, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	page.Page = h.trustPage(c, "Add evidence", org, cohorts)
	page.Action = organisationPath(org.Code) + "/evidence/new"
	kind, _, _ := strings.Cut(page.For, "/")
	page.ForName = things[kind]
	page.Back = backLink(usePath(org.Code, page.For), "Back")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	if same, ok := errors.AsType[evidence.Same](failure); ok {
		row := evidenceRow(same.File, h.Now())
		page.Same, page.SameAction = &row, evidencePath(org.Code, same.File.ID)+"/use"
	}
	if page.For != "" {
		files, err := h.Files.List(ctx, who, org.Code)
		if err != nil {
			return err
		}
		for _, f := range files {
			if len(page.Existing) < 10 && f.Verdict != evidence.Rejected {
				page.Existing = append(page.Existing, component.Choice{Value: string(f.ID), Text: f.Title, Hint: "Runs until " + longDay(f.RunsUntil)})
			}
		}
	}
	return render(c, code, evidenceview.AddPage(page))
}

// usePath is the page of what evidence is linked to.
func usePath(org organisation.Code, use string) string {
	kind, id, _ := strings.Cut(use, "/")
	switch kind {
	case "alert":
		return organisationPath(org) + "/alerts/" + url.PathEscape(id)
	case "statement":
		return organisationPath(org) + "/statements/" + url.PathEscape(id)
	}
	return organisationPath(org) + "/evidence"
}

// receive reads the form part by part, so that the file streams to where it is
// kept and never stands in memory whole. The page sends the other fields
// first.
func (h Evidence) receive(c echo.Context) error {
	typed, offer, id, err := h.stream(c)
	if errors.As(err, new(*http.MaxBytesError)) {
		err = evidence.ErrBig
	}
	if errors.Is(err, evidence.ErrRoom) {
		h.Log.Error("an upload was refused: the disk is nearly full", "actor", session.Who(c).ID, "cause", err)
	}
	if mendable(err) {
		return h.addPage(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	if len(offer.Uses) > 0 {
		return c.Redirect(http.StatusSeeOther, usePath(own(c), offer.Uses[0]))
	}
	return c.Redirect(http.StatusSeeOther, evidencePath(own(c), id))
}

func (h Evidence) stream(c echo.Context) (evidenceview.Add, evidence.Offer, evidence.ID, error) {
	var typed evidenceview.Add
	var offer evidence.Offer
	if err := giveTime(c, h.Now()); err != nil {
		return typed, offer, "", err
	}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return typed, offer, "", fault.In("file", "Choose a file")
	}
	fields := map[string]string{}
	for range 20 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return typed, offer, "", uploadBroke(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			text, err := io.ReadAll(io.LimitReader(part, 4<<10))
			if err != nil {
				return typed, offer, "", uploadBroke(err)
			}
			fields[part.FormName()] = string(text)
			continue
		}
		typed = typedOffer(fields)
		if offer, err = readOffer(typed); err != nil {
			return typed, offer, "", err
		}
		id, err := h.Files.Receive(c.Request().Context(), session.Who(c), own(c), offer, evidence.Upload{Name: part.FileName(), Body: part})
		return typed, offer, id, err
	}
	return typedOffer(fields), offer, "", fault.In("file", "Choose a file")
}

// giveTime lets one request with a file take longer than a page may, in both
// directions.
func giveTime(c echo.Context, now time.Time) error {
	control, until := http.NewResponseController(c.Response()), now.Add(transferLimit)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("give a file time: %w", err)
	}
	return nil
}

// uploadBroke tells a body that was cut off from one that was too large.
func uploadBroke(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return evidence.ErrBig
	}
	return fault.In("file", "The file could not be uploaded. Try again.")
}

func typedOffer(fields map[string]string) evidenceview.Add {
	date := func(name string) evidenceview.Date {
		return evidenceview.Date{Day: strings.TrimSpace(fields[name+"-day"]), Month: strings.TrimSpace(fields[name+"-month"]), Year: strings.TrimSpace(fields[name+"-year"])}
	}
	return evidenceview.Add{For: thing(fields["for"]), Title: strings.TrimSpace(fields["title"]), About: date("about"), Until: date("until")}
}

func readOffer(typed evidenceview.Add) (evidence.Offer, error) {
	offer := evidence.Offer{Title: typed.Title}
	var err error
	if offer.AboutOn, err = parseDate("about", "the date of the evidence", typed.About.Day, typed.About.Month, typed.About.Year); err != nil {
		return offer, err
	}
	if offer.RunsUntil, err = parseDate("until", "the date it runs until", typed.Until.Day, typed.Until.Month, typed.Until.Year); err != nil {
		return offer, err
	}
	if typed.For != "" {
		offer.Uses = []string{typed.For}
	}
	return offer, nil
}

func (h Evidence) reuse(c echo.Context) error {
	use, id := thing(c.Request().PostFormValue("for")), c.Request().PostFormValue("existing")
	if use == "" || id == "" {
		return h.addPage(c, http.StatusUnprocessableEntity, evidenceview.Add{For: use}, fault.In("existing", "Select a file"))
	}
	if err := h.Files.Use(c.Request().Context(), session.Who(c), own(c), evidence.ID(id), []string{use}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, usePath(own(c), use))
}

func (h Evidence) use(c echo.Context) error {
	id := evidence.ID(c.Param("id"))
	use := thing(c.Request().PostFormValue("for"))
	if use == "" {
		return c.Redirect(http.StatusSeeOther, evidencePath(own(c), id))
	}
	if err := h.Files.Use(c.Request().Context(), session.Who(c), own(c), id, []string{use}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, usePath(own(c), use))
}

func (h Evidence) read(c echo.Context) error { return h.filePage(c, http.StatusOK, nil) }

func (h Evidence) filePage(c echo.Context, code int, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	f, err := h.Files.Read(ctx, who, org.Code, evidence.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page := fileView(f, h.Now())
	page.Page = h.trustPage(c, f.Title, org, cohorts)
	page.Back = backLink(organisationPath(org.Code)+"/evidence", "Back to evidence")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	waits := f.Verdict == evidence.NotScanned || f.Verdict == evidence.Held
	page.CanRelease = waits && f.ReceivedBy != who.ID && access.May(who, access.UploadEvidence, org.Code)
	page.Release, page.Why = evidencePath(org.Code, f.ID)+"/release", c.Request().PostFormValue("why")
	return render(c, code, evidenceview.FilePage(page))
}

func fileView(f evidence.File, now time.Time) evidenceview.File {
	row := evidenceRow(f, now)
	page := evidenceview.File{Heading: f.Title, Rows: []component.SummaryRow{
		{Key: "State", Value: row.Standing}, {Key: "Date it is about", Value: longDay(f.AboutOn)}, {Key: "Runs until", Value: longDay(f.RunsUntil)},
		{Key: "Owner", Value: f.OwnerName}, {Key: "Added", Value: moment(f.ReceivedAt)}, {Key: "File", Value: f.Name + ", " + fileSize(f.Size)}, {Key: "Fingerprint", Value: f.Digest},
	}}
	for _, use := range f.Uses {
		kind, id, _ := strings.Cut(use, "/")
		page.Uses = append(page.Uses, strings.TrimPrefix(things[kind], "the ")+" "+id)
	}
	if f.Verdict == evidence.Ready {
		page.Download, page.DownloadName = evidencePath(f.Organisation, f.ID)+"/file", "Download "+f.Name+" ("+fileSize(f.Size)+")"
	}
	page.Waiting = waiting(f)
	switch {
	case f.VerdictBy == "":
	case f.Verdict == evidence.Ready && f.VerdictWhy != "": // a person gives a reason, a scanner none
		page.Rows = append(page.Rows, component.SummaryRow{Key: "Released by", Value: f.VerdictBy + ": " + f.VerdictWhy})
	default:
		page.Rows = append(page.Rows, component.SummaryRow{Key: "Checked by", Value: f.VerdictBy})
	}
	return page
}

// waiting says why a file cannot be downloaded, and what happens next; nothing
// when it can.
func waiting(f evidence.File) string {
	switch f.Verdict {
	case evidence.Ready:
		return ""
	case evidence.Checking:
		return "Checking for viruses. The file cannot be downloaded yet: refresh this page to see if the check has ended."
	case evidence.Rejected:
		return "Rejected. " + f.VerdictWhy + ". The file cannot be downloaded or used. Tell your IT security team."
	}
	return "This file cannot be downloaded. " + f.VerdictWhy + ". Someone other than the person who added it can release it, with a reason."
}

func (h Evidence) release(c echo.Context) error {
	id := evidence.ID(c.Param("id"))
	err := h.Files.Release(c.Request().Context(), session.Who(c), own(c), id, c.Request().PostFormValue("why"))
	if mendable(err) || errors.Is(err, evidence.ErrOwnFile) {
		return h.filePage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, evidencePath(own(c), id))
}

// download hands a file out as an attachment that no browser opens in the
// portal's own name.
func (h Evidence) download(c echo.Context) error {
	f, body, err := h.Files.Download(c.Request().Context(), session.Who(c), own(c), evidence.ID(c.Param("id")))
	if errors.Is(err, evidence.ErrHeld) || errors.Is(err, evidence.ErrRejected) {
		return h.filePage(c, http.StatusConflict, err)
	} else if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	if err := giveTime(c, h.Now()); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	header.Set("Content-Security-Policy", "sandbox")
	header.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	c.Response().WriteHeader(http.StatusOK)
	if _, err := io.Copy(c.Response(), body); err != nil {
		return fmt.Errorf("hand out evidence %s: %w", f.ID, err)
	}
	return nil
}

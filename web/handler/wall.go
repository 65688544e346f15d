package handler

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/component"
	"countersign/views/wallview"
	"countersign/web/session"
)

// Messages is what the portal writes to trusts about an alert.
type Messages interface {
	// Deliveries tells how far the messages about an alert got, by organisation.
	Deliveries(ctx context.Context, who access.Actor, id alert.ID) (map[organisation.Code]notification.Delivery, error)
	// Chase writes to organisations once more, and tells what became of it.
	Chase(ctx context.Context, who access.Actor, id alert.ID, to []organisation.Code, words string) (notification.Chased, error)
}

// watching is what the wall reads and writes of an alert.
type watching interface {
	Read(ctx context.Context, who access.Actor, id alert.ID) (alert.Alert, error)
	Progress(ctx context.Context, who access.Actor, id alert.ID) ([]alert.Reached, error)
	Before(ctx context.Context, who access.Actor, id alert.ID) ([]alert.Earlier, error)
	Contacts(ctx context.Context, who access.Actor, id alert.ID) ([]alert.Contact, error)
	Phones(ctx context.Context, who access.Actor, id alert.ID) ([]alert.Phone, error)
	Log(ctx context.Context, who access.Actor, id alert.ID, call alert.Call) error
}

// Walls answers the addresses of the broadcast wall.
type Walls struct {
	Site
	Wall     watching
	Messages Messages // nil where the portal sends none: the wall then says so
	Unsent   bool     // no mail server is set: messages wait
	Streams  *Streams
	Sessions interface {
		Again(c echo.Context) (session.Standing, error)
	}
}

// StreamPath is where an open wall listens. Listening is not using a session.
const StreamPath = session.WallPath

// Routes of the wall.
func (h Walls) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/alerts/:id/wall", Verb: access.ReadAllResponses, Handle: h.wall},
		{Method: http.MethodGet, Path: StreamPath, Verb: access.ReadAllResponses, Handle: h.stream},
		{Method: http.MethodGet, Path: "/alerts/:id/chase", Verb: access.ChaseAlert, Handle: h.chase},
		{Method: http.MethodPost, Path: "/alerts/:id/chase", Verb: access.ChaseAlert, Handle: h.chaseThem, Fields: "step words to*"},
		{Method: http.MethodGet, Path: "/alerts/:id/phones", Verb: access.ChaseAlert, Handle: h.phones},
		{Method: http.MethodPost, Path: "/alerts/:id/contacts", Verb: access.ChaseAlert, Handle: h.contact, Fields: "trust rung at outcome"},
	}
}

func wallPath(id alert.ID) string { return nationalPath(id) + "/wall" }

// scene looks at an alert.
func (h Walls) scene(ctx context.Context, who access.Actor, id alert.ID) (wallScene, error) {
	s := wallScene{messages: h.Messages != nil, unsent: h.Unsent, now: h.Now()}
	var err error
	if s.alert, err = h.Wall.Read(ctx, who, id); err != nil {
		return s, err
	}
	if s.alert.State != alert.Issued {
		return s, alert.ErrUnknown
	}
	if s.reached, err = h.Wall.Progress(ctx, who, id); err != nil {
		return s, err
	}
	if h.Messages != nil {
		s.delivered, err = h.Messages.Deliveries(ctx, who, id)
	}
	return s, err
}

func (h Walls) wall(c echo.Context) error {
	return h.wallPage(c, http.StatusOK, wallview.Log{}, nil)
}

// wallPage shows the wall, with what was typed into the contact log where that
// could not be kept.
func (h Walls) wallPage(c echo.Context, code int, typed wallview.Log, failure error) error {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	s, err := h.scene(ctx, who, id)
	if err != nil {
		return err
	}
	page := s.view()
	page.Chased = chasedWords(c.QueryParams())
	page.Page = h.page(c, page.Heading+" – Alerts")
	page.Wide, page.Back = true, backLink("/alerts", "Alerts")
	page.Problems = problems(failure)
	path := wallPath(id)
	page.Refresh, page.OtherView, page.ResponseHref = path, path+"?view=wall", nationalPath(id)
	page.Stream = path + "/stream?since=" + s.snapshot().version
	if page.Second = c.QueryParam("view") == "wall"; page.Second {
		page.Refresh, page.OtherView = page.OtherView, path
		return render(c, code, wallview.WallPage(page))
	}
	past, err := h.Wall.Before(ctx, who, id)
	if err != nil {
		return err
	}
	page.Figure = curveFigure(s.course(), usualOf(past, s.now), len(s.reached), clockTime(s.now))
	lines, err := h.Wall.Contacts(ctx, who, id)
	if err != nil {
		return err
	}
	typed.Lines, typed.Longest, typed.Wrong = contactCells(lines), alert.LongestOutcome, wrong(failure)
	page.ToChase = s.toChase(path, c.QueryParam("show") == "all")
	if access.May(who, access.ChaseAlert, organisation.National) {
		h.offer(&page, &typed, s)
	}
	page.Contacts, page.Downloads = typed, alertDownloads(who, s.alert.ID)
	return render(c, code, wallview.WallPage(page))
}

// offer adds what only those see who chase.
func (h Walls) offer(page *wallview.Wall, log *wallview.Log, s wallScene) {
	at := nationalPath(s.alert.ID)
	log.Action, log.Trusts = at+"/contacts", callable(s.reached)
	if s.withdrawn() {
		return // nobody is asked for anything any more; a call that was made can still be written down
	}
	page.UpdateHref, page.UpdateText = at+"/versions/new?kind=update", "Send an update to all "+number(len(s.reached))
	if page.ToChase == nil {
		return
	}
	page.PhonesHref = at + "/phones"
	if h.Messages != nil {
		page.ChaseHref, page.ChaseText, page.ToChase.Action = at+"/chase", "Chase "+plural(len(s.open()), "trust"), at+"/chase"
	}
}

// callable lists the trusts a call can be about, A to Z.
func callable(list []alert.Reached) []component.Option {
	options := make([]component.Option, 0, len(list)+1)
	for _, r := range list {
		options = append(options, component.Option{Value: string(r.Organisation), Text: r.Name})
	}
	slices.SortStableFunc(options, func(a, b component.Option) int { return cmp.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	return append([]component.Option{{Text: "Select a trust"}}, options...)
}

// course is how this alert was acknowledged until now.
func (s wallScene) course() course {
	at := make([]time.Time, 0, len(s.reached))
	for _, r := range s.reached {
		at = append(at, r.AcknowledgedAt)
	}
	until := s.now
	if end := s.alert.WithdrawnAt; !end.IsZero() { // who had not acknowledged by then no longer could
		until = end
	}
	return courseOf(at, s.alert.Approval.At, until)
}

// contact adds a line to the contact log.
func (h Walls) contact(c echo.Context) error {
	value, id := c.Request().PostFormValue, alert.ID(c.Param("id"))
	at, err := callTime(value("at"), h.Now())
	call := alert.Call{Organisation: organisation.Code(value("trust")), Rung: value("rung"), At: at, Outcome: value("outcome")}
	if err == nil {
		err = h.Wall.Log(c.Request().Context(), session.Who(c), id, call)
	}
	if mendable(err) {
		return h.wallPage(c, status(err), wallview.Log{Trust: value("trust"), Rung: value("rung"), At: value("at"), Outcome: value("outcome")}, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, wallPath(id)+"#contacts")
}

// callTime reads a time of day of the last 24 hours, as people write it; the
// zero time when nothing was written.
func callTime(text string, now time.Time) (time.Time, error) {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	switch text {
	case "":
		return time.Time{}, nil
	case "midday", "noon":
		text = "12:00"
	case "midnight":
		text = "0:00"
	}
	text = strings.ReplaceAll(text, ".", ":")
	for _, layout := range []string{"3:04pm", "3pm", "15:04"} {
		clock, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		day := now.In(organisation.London)
		at := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, organisation.London)
		if at.After(now) { // a call that is over was yesterday
			at = time.Date(day.Year(), day.Month(), day.Day()-1, clock.Hour(), clock.Minute(), 0, 0, organisation.London)
		}
		return at, nil
	}
	return time.Time{}, fault.In("at", "Enter the time of the call, such as 9:41am or 16:20")
}

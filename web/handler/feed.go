package handler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/organisation"
	"countersign/web/session"
)

// Exchange answers the addresses at which alerts and answers leave for other
// programs, and the one at which alerts of other bodies come in.
type Exchange struct {
	Site
	Feed interface {
		Public(ctx context.Context, who access.Actor, limit int) ([]alert.Alert, error)
	}
	Alerts interface {
		ReadIssued(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) (alert.Alert, []alert.Version, error)
		Responses(ctx context.Context, who access.Actor, org organisation.Code, before time.Time, limit int) ([]alert.Titled, error)
		Open(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]alert.Titled, error)
		ResponsesTo(ctx context.Context, who access.Actor, id alert.ID) (alert.Alert, []alert.Response, error)
		Import(ctx context.Context, who access.Actor, drafts []alert.Draft, dry bool) (alert.Imported, error)
	}
	Register  Reader
	Everyone  alert.Register
	Importing *sync.Mutex // held while a file is read
}

// Limits of what leaves at once. No organisation was ever sent as many alerts
// as a table holds.
const (
	feedLimit     = 100
	calendarLimit = 500
	tableLimit    = 20_000
)

// Routes of what leaves and comes in.
func (h Exchange) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/alerts/feed.atom", Verb: access.ReadPublicAlerts, Handle: h.atom},
		{Method: http.MethodGet, Path: "/alerts/feed.json", Verb: access.ReadPublicAlerts, Handle: h.json},
		{Method: http.MethodGet, Path: "/alerts/import", Verb: access.ImportAlerts, Handle: h.choose},
		{Method: http.MethodPost, Path: "/alerts/import", Verb: access.ImportAlerts, Handle: h.bring, Form: exchange.FileLimit + 1<<20, Fields: AnyField}, // in parts, judged where they are read
		{Method: http.MethodGet, Path: "/alerts/:id/advisory.json", Verb: access.ReadAlert, Handle: h.advisory},
		{Method: http.MethodGet, Path: "/alerts/:id/responses.csv", Verb: access.ReadAllResponses, Handle: h.everybodys},
		{Method: http.MethodGet, Path: "/organisations/:ods/alerts/responses.csv", Verb: access.ReadResponses, Handle: h.responses},
		{Method: http.MethodGet, Path: "/organisations/:ods/alerts/deadlines.ics", Verb: access.ReadResponses, Handle: h.deadlines},
	}
}

func (h Exchange) publisher() exchange.Publisher {
	return exchange.Publisher{Name: h.Name, Base: h.BaseURL}
}

func (h Exchange) atom(c echo.Context) error {
	return h.feed(c, "application/atom+xml; charset=utf-8", exchange.Atom)
}

func (h Exchange) json(c echo.Context) error {
	return h.feed(c, "application/json; charset=utf-8", exchange.JSON)
}

// feed answers with the public alerts. A program that has them already, and
// says so, is answered in a line.
func (h Exchange) feed(c echo.Context, mediaType string, write func(exchange.Publisher, []exchange.Entry) ([]byte, error)) error {
	alerts, err := h.Feed.Public(c.Request().Context(), session.Who(c), feedLimit)
	if err != nil {
		return err
	}
	var entries []exchange.Entry
	for _, a := range alerts {
		entries = append(entries, exchange.Entry{Alert: a, Plain: plainText(a.Draft.Why)})
	}
	body, err := write(h.publisher(), entries)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:16]) + `"` // weak: the same words may come compressed
	header := c.Response().Header()
	header.Set("ETag", tag)
	header.Set("Cache-Control", "no-cache") // keep it, and ask whether it still holds
	if has(c.Request().Header.Get("If-None-Match"), tag) {
		header.Add("Vary", "Accept-Encoding")
		return c.NoContent(http.StatusNotModified)
	}
	return send(c, http.StatusOK, mediaType, body)
}

// has tells whether a list of tags names this one.
func has(list, tag string) bool {
	for each := range strings.SplitSeq(list, ",") {
		if each = strings.TrimSpace(each); each == "*" || strings.TrimPrefix(each, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// advisory gives an issued alert to whoever received it: people of several
// trusts are asked for each, and the national team for itself.
func (h Exchange) advisory(c echo.Context) error {
	var a alert.Alert
	var versions []alert.Version
	err := error(alert.ErrUnknown)
	for _, org := range append(trusts(session.Who(c)), organisation.National) {
		a, versions, err = h.Alerts.ReadIssued(c.Request().Context(), session.Who(c), org, alert.ID(c.Param("id")))
		if err == nil || (!errors.Is(err, alert.ErrUnknown) && !errors.Is(err, access.ErrForbidden) && !errors.Is(err, access.ErrNotFound)) {
			break
		}
	}
	if errors.Is(err, access.ErrForbidden) { // it went to none of their trusts: whether there is one is not theirs to know
		return alert.ErrUnknown
	} else if err != nil {
		return err
	}
	body, err := exchange.Advisory(h.publisher(), a, revisions(versions))
	if err != nil {
		return err
	}
	h.attach(c, strings.ToLower(strings.ReplaceAll(a.Name(), " ", "-"))+".json")
	return send(c, http.StatusOK, "application/json; charset=utf-8", body)
}

func revisions(versions []alert.Version) []exchange.Revision {
	var history []exchange.Revision
	for _, v := range versions {
		summary := sentenceCase(v.Kind.Past())
		if v.Reason != "" {
			summary += ": " + v.Reason
		}
		history = append(history, exchange.Revision{Number: v.Number, At: v.Approval.At, Summary: summary})
	}
	return history
}

func (h Exchange) attach(c echo.Context, name string) {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// deadlines gives an organisation's open deadlines to a calendar program.
func (h Exchange) deadlines(c echo.Context) error {
	org, _, err := h.Register.Read(c.Request().Context(), session.Who(c), own(c))
	if err != nil {
		return err
	}
	open, err := h.Alerts.Open(c.Request().Context(), session.Who(c), org.Code, calendarLimit)
	if err != nil {
		return err
	}
	h.attach(c, "alert-deadlines-"+string(org.Code)+".ics")
	return send(c, http.StatusOK, "text/calendar; charset=utf-8", exchange.Calendar("Cyber alerts: "+org.Name, h.calendar(org.Code, open)))
}

// calendar lists what an organisation owes: an answer, an answer to a newer
// version, and the fix.
func (h Exchange) calendar(org organisation.Code, open []alert.Titled) []exchange.Deadline {
	var list []exchange.Deadline
	for _, r := range open {
		owe := func(what, words string, at time.Time) {
			list = append(list, exchange.Deadline{ID: fmt.Sprintf("%s-%s-%s@%s", r.Alert, org, what, h.BaseURL.Hostname()), At: at, Since: r.IssuedAt,
				Title: r.Name() + ": " + words + " – " + r.Title, Link: h.BaseURL.JoinPath(alertPath(org, r.Alert)).String()})
		}
		if _, answered := r.AnsweredAt(); !answered {
			owe("answer", "answer by now", r.AnswerDue)
		}
		if r.Owes() {
			owe(fmt.Sprintf("answer-%d", r.Renewal.Edition), "answer again by now", r.Renewal.Due)
		}
		if r.AcceptedUntil.IsZero() {
			owe("action", "fix by now", r.ActionDue)
		} else {
			owe("accepted", "the accepted risk runs out", r.AcceptedUntil)
		}
	}
	slices.SortStableFunc(list, func(a, b exchange.Deadline) int { return a.At.Compare(b.At) })
	return list
}

// responses is the table of everything an organisation answered.
func (h Exchange) responses(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, _, err := h.Register.Read(ctx, who, own(c)) // or there is none
	if err != nil {
		return err
	}
	all, err := h.Alerts.Responses(ctx, who, org.Code, alert.Newest, tableLimit)
	if err != nil {
		return err
	}
	h.attach(c, "alert-responses-"+string(org.Code)+".csv")
	return send(c, http.StatusOK, "text/csv; charset=utf-8", responsesCSV(all, nil, h.Now()))
}

// everybodys is the table of what every organisation answered to one alert.
func (h Exchange) everybodys(c echo.Context) error {
	ctx, who := c.Request().Context(), session.Who(c)
	a, responses, err := h.Alerts.ResponsesTo(ctx, who, alert.ID(c.Param("id")))
	if err != nil {
		return err
	}
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return err
	}
	all, err := h.Everyone.All(ctx, pass)
	if err != nil {
		return err
	}
	names := make(map[organisation.Code]string, len(all))
	for _, o := range all {
		names[o.Code] = o.Name
	}
	titled := make([]alert.Titled, 0, len(responses))
	for _, r := range responses {
		titled = append(titled, alert.Titled{Response: r, Number: a.Number, Title: a.Draft.Title, Severity: a.Draft.Severity, Class: a.Draft.Class, Rehearsal: a.Draft.Rehearsal})
	}
	h.attach(c, strings.ToLower(strings.ReplaceAll(a.Name(), " ", "-"))+"-responses.csv")
	return send(c, http.StatusOK, "text/csv; charset=utf-8", responsesCSV(titled, names, h.Now()))
}

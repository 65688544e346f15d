package handler

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/organisation"
	"countersign/views/layout"
	"countersign/web/session"
)

// Route is one address: who may ask for it, and what answers. The verb is
// checked before the handler runs, for the organisation in the address; the
// service behind it checks its own.
type Route struct {
	Method string
	Path   string
	Verb   access.Verb
	Handle echo.HandlerFunc
	Form   int64  // largest body in bytes; 0 is formLimit
	Fields string // what a form may send, parted by blanks; none when empty. See onlyFields.
}

// formLimit is the largest form without a file, in bytes.
const formLimit = 64 << 10

// Install puts the routes on Echo. A route without a verb that somebody may
// do is refused: the program does not start with an address nobody decided on.
func Install(e *echo.Echo, routes []Route, limits *Limits) error {
	known := map[access.Verb]bool{}
	for _, verb := range access.Verbs() {
		known[verb] = true
	}
	for _, r := range routes {
		if !known[r.Verb] {
			return fmt.Errorf("route %s %s has no access rule", r.Method, r.Path)
		}
		limit := r.Form
		if limit == 0 {
			limit = formLimit
		}
		fields := cmp.Or(r.Fields, evidenceFields[r.Path])
		handle := gate(r.Verb, limit, fields, r.Handle)
		if route := r.Method + " " + r.Path; limited[route] {
			handle = limits.gate(route, handle)
		}
		e.Add(r.Method, r.Path, handle)
	}
	return nil
}

func gate(verb access.Verb, limit int64, fields string, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		org := organisation.National
		if ods := c.Param("ods"); ods != "" {
			org = organisation.Code(ods)
		} else if verb == access.Compare || verb == access.ReadAlert { // for people of a trust their own decides
			org = own(c)
		}
		if _, err := access.Check(session.Who(c), verb, org); err != nil {
			return err
		}
		r := c.Request()
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		if err := onlyFields(r, fields); err != nil {
			return err
		}
		return next(c)
	}
}

// Guard puts the defences in front of every answer, errors included: headers
// first, then the refusal of requests another site sent.
func (s Site) Guard(signInOrigins []string) []echo.MiddlewareFunc {
	cross := http.NewCrossOriginProtection()
	headers := func(next echo.HandlerFunc) echo.HandlerFunc {
		policy := contentPolicy("'self'")
		toProvider := policy
		if len(signInOrigins) > 0 {
			allowed := "'self'"
			for _, origin := range signInOrigins {
				allowed += " " + origin
			}
			toProvider = contentPolicy(allowed)
		}
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", policy)
			if c.Path() == confirmPath || c.Path() == coConfirmPath || c.Path() == riskConfirmPath || c.Path() == withdrawalConfirmPath || c.Path() == returnPath { // the form that ends at the provider, and the page it is shown on again
				h.Set("Content-Security-Policy", toProvider)
			}
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			if s.BaseURL.Scheme == "https" {
				h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
			}
			h.Set("Cache-Control", "no-store")
			return next(c)
		}
	}
	refuse := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := cross.Check(c.Request()); err != nil {
				return errCrossSite
			}
			return next(c)
		}
	}
	return []echo.MiddlewareFunc{headers, refuse}
}

func contentPolicy(formAction string) string {
	return "default-src 'none'; script-src 'self' '" + layout.InlineScriptHash + "'; style-src 'self'; img-src 'self'; font-src 'none'; connect-src 'self'; form-action " +
		formAction + "; base-uri 'none'; frame-ancestors 'none'"
}

var errCrossSite = echo.NewHTTPError(http.StatusForbidden, "another site sent this request")

// Record writes one line for each request: never a person's words, address,
// token or file.
func (s Site) Record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		s.Log.Info("request", "method", c.Request().Method, "route", c.Path(), "status", c.Response().Status, "bytes", c.Response().Size,
			"took", time.Since(began), "actor", session.Who(c).ID)
		return nil
	}
}

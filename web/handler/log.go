package handler

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
	"countersign/web/session"
)

// Logs answers the addresses of the public log (C2SP tlog-tiles): its newest
// checkpoint, its tiles and its entries. Anyone may read them.
type Logs struct {
	Site
	Log interface {
		Latest(ctx context.Context, who access.Actor) (transparency.Head, error)
		Tile(ctx context.Context, who access.Actor, path string) ([]byte, error)
	}
	Receipts interface {
		Trust(ctx context.Context, who access.Actor) (receipt.Trust, error)
	}
}

// Routes of the log.
func (h Logs) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/log/checkpoint", Verb: access.ReadLog, Handle: h.checkpoint},
		{Method: http.MethodGet, Path: "/log/trust", Verb: access.ReadLog, Handle: h.trust},
		{Method: http.MethodGet, Path: "/log/tile/*", Verb: access.ReadLog, Handle: h.tile},
	}
}

func (h Logs) checkpoint(c echo.Context) error {
	head, err := h.Log.Latest(c.Request().Context(), session.Who(c))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=2")
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(head.Note))
}

// trust is the list a verifier needs besides a bundle.
func (h Logs) trust(c echo.Context) error {
	list, err := h.Receipts.Trust(c.Request().Context(), session.Who(c))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="countersign-trust.json"`)
	return c.Blob(http.StatusOK, "application/json", list.Bytes())
}

// tile never changes once it is given: what is asked for names its width.
func (h Logs) tile(c echo.Context) error {
	data, err := h.Log.Tile(c.Request().Context(), session.Who(c), c.Param("*"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, "application/octet-stream", data)
}

package handler

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"
)

// compressFrom is the size from which compressing saves a packet.
const compressFrom = 1400

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zstds   = sync.Pool{New: func() any {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<10))
		if err != nil {
			panic("zstd settings: " + err.Error())
		}
		return w
	}}
	gzips = sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic("gzip settings: " + err.Error())
		}
		return w
	}}
)

// render writes a whole page or none: it fills a buffer first, so that a
// failing component becomes an error page instead of half a page.
func render(c echo.Context, status int, page templ.Component) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer func() { buffer.Reset(); buffers.Put(buffer) }()
	if err := page.Render(c.Request().Context(), buffer); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return send(c, status, "text/html; charset=utf-8", buffer.Bytes())
}

// send writes a finished body, compressed when the browser takes it.
func send(c echo.Context, status int, mediaType string, body []byte) error {
	header := c.Response().Header()
	header.Set("Content-Type", mediaType)
	header.Add("Vary", "Accept-Encoding")
	if len(body) >= compressFrom {
		accept := c.Request().Header.Get("Accept-Encoding")
		switch {
		case accepts(accept, "zstd"):
			w := zstds.Get().(*zstd.Encoder)
			defer zstds.Put(w)
			packed := w.EncodeAll(body, make([]byte, 0, len(body)/4))
			header.Set("Content-Encoding", "zstd")
			body = packed
		case accepts(accept, "gzip"):
			out := buffers.Get().(*bytes.Buffer)
			defer func() { out.Reset(); buffers.Put(out) }()
			w := gzips.Get().(*gzip.Writer)
			defer gzips.Put(w)
			w.Reset(out)
			if _, err := w.Write(body); err != nil {
				return fmt.Errorf("compress page: %w", err)
			}
			if err := w.Close(); err != nil {
				return fmt.Errorf("compress page: %w", err)
			}
			header.Set("Content-Encoding", "gzip")
			body = out.Bytes()
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	c.Response().WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(body)
	return err
}

// accepts finds an encoding in Accept-Encoding that is not refused by q=0.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(parameters, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

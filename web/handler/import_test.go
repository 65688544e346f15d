package handler

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
)

// TestT77FilesAreReadOneAtATime: while one person's file is still coming in,
// another's is refused with a sentence, and taken when the first is done.
func TestT77FilesAreReadOneAtATime(t *testing.T) {
	h := Exchange{Site: Site{Name: "Countersign", BaseURL: publisher.Base, Now: func() time.Time { return alertSent }}, Importing: new(sync.Mutex)}
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set("countersign actor", holder("helen", "Helen Marsh", access.AlertPublisher, "")) // as web/session leaves it
			return next(c)
		}
	})
	e.POST("/alerts/import", h.bring)
	brings := func(body io.Reader) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "/alerts/import", body)
		request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		answer := httptest.NewRecorder()
		e.ServeHTTP(answer, request)
		return answer
	}
	const start, end = "--x\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\nimport\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\nhello", "\r\n--x--\r\n"
	body, send := io.Pipe()
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- brings(body) }()
	if _, err := fmt.Fprint(send, start+strings.Repeat(" ", 1<<20)); err != nil { // returns when it is being read
		t.Fatal(err)
	}
	second := brings(strings.NewReader(start + end))
	if page := second.Body.String(); second.Code != http.StatusConflict || !strings.Contains(page, "Another file is being read at this moment.") || !strings.Contains(page, `value="import" checked`) {
		t.Errorf("the second was answered %d\n%s", second.Code, page[max(0, strings.Index(page, "<main")):])
	}
	if _, err := fmt.Fprint(send, end); err != nil {
		t.Fatal(err)
	}
	_ = send.Close() // a pipe's end is closed without fail
	for _, answer := range []*httptest.ResponseRecorder{<-first, brings(strings.NewReader(start + end))} {
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), "Line 1: this is not JSON") {
			t.Errorf("a file alone was answered %d", answer.Code)
		}
	}
}

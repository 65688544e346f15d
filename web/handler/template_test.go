package handler

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// stubborn is an editor with one answer to whatever is written.
type stubborn struct{ err error }

func (stubborn) List(context.Context, access.Actor) ([]attestation.Template, []attestation.Draft, error) {
	return nil, nil, nil
}
func (stubborn) Read(context.Context, access.Actor, string) (attestation.Wordings, error) {
	return attestation.Wordings{}, nil
}
func (r stubborn) Write(context.Context, access.Actor, attestation.Template, bool) error {
	return r.err
}
func (stubborn) Publish(context.Context, access.Actor, string, attestation.Digest) error { return nil }
func (stubborn) Drop(context.Context, access.Actor, string) error                        { return nil }

// TestOwnDraftIsLedTo: who writes a new wording under the name of a draft of
// their own is led to it, and loses nothing that was typed.
func TestOwnDraftIsLedTo(t *testing.T) {
	for err, leads := range map[error]bool{attestation.ErrOwnDraft: true, attestation.ErrKnown: false} {
		h := Templates{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return calderNoon }}, Editor: stubborn{err}}
		form := url.Values{"id": {"annual-resilience"}, "kind": {"annual"}, "title": {"{period} statement"}, "opening": {"I confirm:"}, "part-0-text": {"The words I typed."}}
		request := httptest.NewRequest(http.MethodPost, templatesPath+"/new", strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		recorder := httptest.NewRecorder()
		c := echo.New().NewContext(request, recorder)
		c.Set("countersign actor", holder("samir", "Samir", access.Regulator, organisation.National))
		if err := request.ParseForm(); err != nil {
			t.Fatal(err)
		}
		if err := h.write(c); err != nil {
			t.Fatal(err)
		}
		body := recorder.Body.String()
		if recorder.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "The words I typed.") || !strings.Contains(body, `value="annual-resilience"`) || strings.Contains(body, `href="/statements/templates/annual-resilience/draft"`) != leads {
			t.Errorf("%v: %d\n%s", err, recorder.Code, body)
		}
	}
}

package handler

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// TestWhoIsRefusedReadsWhoCanHelp: nobody in the national team has a company
// secretary, and a company secretary is not sent to themselves.
func TestWhoIsRefusedReadsWhoCanHelp(t *testing.T) {
	now := calderNoon
	site := Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	for claim, c := range map[string]struct {
		who       access.Actor
		says, not string
	}{
		"a cyber lead":        {holder("p", "Leila", access.CyberLead, calder.Code), "ask your company secretary to check", "national team"},
		"a company secretary": {holder("p", "Miles", access.CompanySecretary, calder.Code), "ask the national team to check", "your company secretary"},
		"a regulator":         {holder("p", "Samir", access.Regulator, organisation.National), "ask an administrator of the national team", "company secretary"},
		"an auditor":          {holder("p", "Una", access.Auditor, organisation.National), "ask an administrator of the national team", "company secretary"},
		"an administrator":    {holder("p", "Ade", access.Administrator, organisation.National), "ask another administrator", "company secretary"},
		"nobody’s appointee":  {access.Actor{ID: "p", Name: "Somebody"}, "In the national team, ask an administrator.", "ask another"},
		"somebody unknown":    {access.Actor{}, "You cannot do this", "If you think"},
	} {
		c.who.At = now
		recorder := httptest.NewRecorder()
		ctx := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), recorder)
		ctx.Set("countersign actor", c.who)
		site.Fail(access.ErrForbidden, ctx)
		if body := recorder.Body.String(); recorder.Code != http.StatusForbidden || !strings.Contains(body, c.says) || strings.Contains(body, c.not) {
			t.Errorf("%s: %d\n%s", claim, recorder.Code, body)
		}
	}
}

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
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/layout/layouttest"
)

// compares is a comparison that stands.
type compares struct{ table league.Comparison }

func (l compares) Hourly(context.Context, access.Actor, organisation.Organisation) (league.Comparison, error) {
	return l.table, nil
}

// TestChiefExecutiveReadsHowTheTrustCompares: a range among similar trusts, in
// words, or why there is none.
func TestChiefExecutiveReadsHowTheTrustCompares(t *testing.T) {
	between := func(band league.Band, low, high int) league.Comparison {
		return league.Comparison{Table: league.Table{Rows: []league.Row{{Organisation: "ZZ1", N: 12, Band: band, PositionLow: low, PositionHigh: high}}, Compared: 15}, Own: "ZZ1"}
	}
	refused := between(league.Within, 2, 12)
	refused.Refusal = "Fewer than 8 trusts can be compared."
	for claim, c := range map[string]struct {
		office access.Office
		table  league.Comparison
		says   []string
	}{
		"within":                {access.ChiefExecutive, between(league.Within, 2, 12), []string{"Compared with 14 similar trusts", "Likely 2nd to 12th", "Within the expected range. The data cannot place you more exactly."}},
		"nearly everywhere":     {access.ChiefExecutive, between(league.Within, 2, 13), []string{"Compared with 14 similar trusts", "No clear position yet", "Within the expected range. 12 answers due in 12 months are too few to tell your trust apart from most others. It gets clearer with every alert."}},
		"below, and wide":       {access.ChiefExecutive, between(league.Below, 3, 15), []string{"Likely 3rd to 15th", "You answer late more often than chance explains."}},
		"below":                 {access.ChiefExecutive, between(league.Below, 13, 15), []string{"Likely 13th to 15th", "You answer late more often than chance explains."}},
		"above":                 {access.ChiefExecutive, between(league.Above, 1, 1), []string{"Likely 1st (a range of 1)", "You answer in time more often than chance explains."}},
		"too few":               {access.ChiefExecutive, between(league.TooFew, 0, 0), []string{"Compared with similar trusts", "Not compared", "Too few answers were due in the last 12 months."}},
		"refused":               {access.ChiefExecutive, refused, []string{"Not compared", "Fewer than 8 trusts can be compared."}},
		"whoever does not sign": {access.CyberLead, between(league.Within, 2, 12), nil},
	} {
		d := desks{now: calderNoon, quiet: map[organisation.Code]bool{"ZZ1": true}}
		h := Home{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return calderNoon }}, Register: d, Alerts: d, Statements: d, Risks: d, Events: d, League: compares{c.table}}
		recorder := httptest.NewRecorder()
		ctx := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), recorder)
		who := holder("p", "Somebody", c.office, "ZZ1")
		who.At = calderNoon
		ctx.Set("countersign actor", who)
		if err := h.home(ctx); err != nil {
			t.Fatal(claim, err)
		}
		body := recorder.Body.String()
		for _, words := range c.says {
			if !strings.Contains(body, words) {
				t.Errorf("%s: it does not say %q", claim, words)
			}
		}
		if c.says == nil && strings.Contains(body, "similar trust") {
			t.Errorf("%s: reads how the trust compares", claim)
		}
	}
}

// TestEachPartLeadsToItsRecords: where the wording names any, and only where the
// words are those of the wording.
func TestEachPartLeadsToItsRecords(t *testing.T) {
	words := attestation.Words{Opening: "I confirm:", Parts: []string{"Alerts.", "Outcomes.", "Evidence.", "Gaps."}}
	wording := attestation.Template{Parts: []attestation.Part{{Proof: "alerts"}, {Proof: "outcomes"}, {Proof: "evidence"}, {}}}
	s := scene{org: calder, statement: besideStatement(true), now: calderNoon}
	page := reviewView(s, words, attestation.Review{})
	page.Doc.Proofs = proofLinks(wording, words, calder.Code)
	body := layouttest.Render(t, attestationview.ReviewPage(page))
	at := organisationPath(calder.Code)
	for _, link := range []string{at + `/alerts">See the alerts<span class="nhsuk-u-visually-hidden"> behind part 1`, at + `/assessments">See the outcomes<span class="nhsuk-u-visually-hidden"> behind part 2`, at + `/evidence">See the evidence<span class="nhsuk-u-visually-hidden"> behind part 3`} {
		if !strings.Contains(body, link) {
			t.Errorf("there is no link %s", link)
		}
	}
	if strings.Contains(body, "behind part 4") || proofLinks(attestation.Template{}, words, calder.Code) != nil {
		t.Error("a part without records leads somewhere")
	}
}

package handler

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/views/compareview"
	"countersign/views/layout/layouttest"
)

var tested = time.Date(2026, 11, 23, 9, 20, 0, 0, time.UTC)

// compared is 14 invented acute trusts over a year: one late, one never late,
// one asked too seldom.
func compared() league.Comparison {
	period := league.Year(tested)
	var members []league.Member
	var pairs []league.Pair
	for i, name := range []string{"Northmoor University Hospitals NHS Foundation Trust", "Trentside University Hospitals NHS Trust", "=Calder Vale NHS Trust", "Hullborough NHS Trust", "Lancombe NHS Foundation Trust",
		"Leedham NHS Trust", "Manford NHS Trust", "The Newtown NHS Trust", "Northern Vale NHS Trust", "Nottingley NHS Trust", "Sheafield NHS Trust", "Wick NHS Trust", "Brindle NHS Trust", "Coven NHS Trust"} {
		code := organisation.Code(fmt.Sprintf("ZZ%c", 'A'+i))
		members = append(members, league.Member{Organisation: code, Name: name, Group: "acute"})
		n := 48
		if name == "Coven NHS Trust" {
			n = 9
		}
		for j := range n {
			p := league.Pair{Organisation: code, IssuedAt: period.From.AddDate(0, j%12, 2).Add(time.Duration(j) * time.Hour)}
			p.AnsweredAt = p.IssuedAt.Add(time.Hour)
			if (i == 0 && j%3 == 0) || (i > 1 && (i*7+j)%11 == 0) {
				p.AnsweredAt = p.IssuedAt.Add(50 * time.Hour)
			}
			pairs = append(pairs, p)
		}
	}
	return league.Compare(members, pairs, organisation.Acute, period, tested.Truncate(time.Hour))
}

func TestCompareView(t *testing.T) {
	p := compareView(compared())
	if len(p.Bands) != 3 || p.Bands[0].Title != "Below the expected range: 1 trust" || p.Bands[2].Title != "Too few to compare: 1 trust" {
		t.Fatalf("bands %+v", p.Bands)
	}
	if want := "12 of 13 trusts are within the expected range. Northmoor University Hospitals answers late more often than chance explains."; p.Finding != want {
		t.Errorf("finding %q", p.Finding)
	}
	if want := "Comparing 14 acute trusts, alerts sent from November 2025 to October 2026."; p.Scope != want {
		t.Errorf("scope %q", p.Scope)
	}
	first := p.Bands[0].Rows[0]
	if first.Answered != "32 of 48 (67%)" || first.Likely != "Likely between 53% and 78%" || first.Position != "14th" && first.Position != "13th" {
		t.Errorf("first row %+v", first)
	}
	few := p.Bands[2].Rows[0]
	if few.Position != "Not compared" || few.Figure == nil || few.Direction == "" {
		t.Errorf("too few: %+v", few)
	}
	if p.Strip != nil || p.Funnel == nil || len(p.Funnel.Rows) != 13 || p.Funnel.Finding != "1 trust is below the funnel" {
		t.Errorf("funnel %+v", p.Funnel)
	}
}

func TestATrustReadsOnlyOfItself(t *testing.T) {
	full := compared()
	for _, row := range full.Rows {
		page := compareView(full.For(row.Organisation))
		markup := layouttest.Render(t, compareview.ComparePage(page))
		layouttest.Check(t, markup)
		for _, other := range full.Rows {
			if other.Organisation != row.Organisation && (strings.Contains(markup, strings.TrimLeft(other.Name, "=")) || strings.Contains(markup, ">"+string(other.Organisation)+"<") || strings.Contains(markup, shortName(other.Name))) {
				t.Fatalf("%s reads of %s", row.Name, other.Name)
			}
		}
		if !strings.Contains(markup, "your trust") || (row.PositionLow > 0) != (page.Strip != nil) {
			t.Errorf("%s: no row of its own, or a strip without a position", row.Name)
		}
		if text := string(compareCSV(full.For(row.Organisation))); strings.Count(text, " NHS ") != 1 {
			t.Errorf("the file of %s names others:\n%s", row.Name, text)
		}
	}
}

func TestFindings(t *testing.T) {
	row := func(name string, band league.Band) league.Row {
		return league.Row{Name: name + " NHS Trust", Band: band, N: 20}
	}
	table := func(rows ...league.Row) league.Comparison {
		c := league.Comparison{Table: league.Table{Rows: rows, Compared: len(rows)}}
		return c
	}
	a, b, c, d := row("A", league.Below), row("B", league.Below), row("C", league.Below), row("D", league.Below)
	w, v, up := row("W", league.Within), row("V", league.Within), row("U", league.Above)
	for want, c := range map[string]league.Comparison{
		"No trust is outside the expected range.":                                                                                                        table(w, v),
		"2 of 3 trusts are within the expected range. A answers late more often than chance explains.":                                                   table(a, w, v),
		"1 of 3 trusts is within the expected range. A answers late more often than chance explains. U answers in time more often than chance explains.": table(a, up, w),
		"1 of 4 trusts is within the expected range. A, B and C answer late more often than chance explains.":                                            table(a, b, c, w),
		"1 of 5 trusts is within the expected range. 4 trusts answer late more often than chance explains.":                                              table(a, b, c, d, w),
		"These trusts cannot be compared yet.":                                                                                                           {Table: league.Table{Rows: []league.Row{w}, Refusal: "small"}},
		"Your trust is within the expected range.":                                                                                                       {Table: league.Table{Rows: []league.Row{w}, Compared: 9}, Own: "ZZ1"},
		"Your trust answers late more often than chance explains.":                                                                                       {Table: league.Table{Rows: []league.Row{a}, Compared: 9}, Own: "ZZ1"},
		"Your trust is not compared.":                                                                                                                    {Own: "ZZ1"},
		"Your trust had too few alerts to compare.":                                                                                                      {Table: league.Table{Rows: []league.Row{row("T", league.TooFew)}, Compared: 9}, Own: "ZZ1"},
	} {
		if got := finding(c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCellsAreNeverFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+44": "'+44", "-2": "'-2", "@SUM": "'@SUM", "\tx": "'\tx", "\rx": "'\rx", " =1": "' =1", "＝1": "'＝1",
		"": "", "Trust": "Trust", "Éire": "Éire", "5-2": "5-2",
	} {
		if got := text(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestTheFileHasTheTableAndWhereItCameFrom(t *testing.T) {
	full := compared()
	reader := csv.NewReader(strings.NewReader(string(compareCSV(full))))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 5+1+14+1 || records[0][1] != league.Method || records[1][1] != "2026-11-23T09:00:00Z" || records[4][1] != "2026-10-31" {
		t.Fatalf("%d records: %v", len(records), records[:5])
	}
	k, n := 0, 0
	names := map[string]bool{}
	for _, r := range records[6:20] {
		var rowK, rowN int
		if _, err := fmt.Sscan(r[3], &rowK); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(r[4], &rowN); err != nil {
			t.Fatal(err)
		}
		k, n, names[r[0]] = k+rowK, n+rowN, true
	}
	if last := records[20]; last[3] != fmt.Sprint(k) || last[4] != fmt.Sprint(n) {
		t.Errorf("totals %v are not the rows' %d of %d", last, k, n)
	}
	if !names["'=Calder Vale NHS Trust"] {
		t.Error("a name that begins like a formula stands as one")
	}
	if string(compareCSV(compared())) != string(compareCSV(full)) {
		t.Error("the same comparison gave other bytes")
	}
}

// asking remembers what the service was asked for.
type asking struct {
	org    organisation.Code
	kind   organisation.Kind
	period league.Period
	asOf   time.Time
}

func (a *asking) Table(_ context.Context, _ access.Actor, org organisation.Code, kind organisation.Kind, period league.Period, asOf time.Time) (league.Comparison, error) {
	*a = asking{org, kind, period, asOf}
	if kind == "hospital" {
		return league.Comparison{}, league.ErrKind
	}
	return compared(), nil
}

func TestWhatTheAddressAsksFor(t *testing.T) {
	for query, want := range map[string]struct {
		kind organisation.Kind
		asOf string
		to   string
		code int
	}{
		"":                                   {organisation.Acute, "2026-11-23T09:20:00Z", "2026-11-01", 200},
		"?kind=ambulance":                    {organisation.Ambulance, "2026-11-23T09:20:00Z", "2026-11-01", 200},
		"?on-day=30&on-month=6&on-year=2026": {organisation.Acute, "2026-06-30T23:00:00Z", "2026-07-01", 200},
		"?on-day=30&on-month=6&on-year=2027": {organisation.Acute, "2026-11-23T09:20:00Z", "2026-11-01", 200},
		"?on-day=31&on-month=6&on-year=2026": {organisation.Acute, "2026-11-23T09:20:00Z", "2026-11-01", 422},
		"?kind=hospital":                     {"hospital", "2026-11-23T09:20:00Z", "2026-11-01", 0},
	} {
		asked := &asking{}
		h := Compare{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return tested }}, League: asked}
		answer := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/compare"+query, nil), answer)
		err := h.compare(c)
		if want.code == 0 {
			if !errors.Is(err, league.ErrKind) {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		if err != nil || answer.Code != want.code || asked.kind != want.kind || asked.asOf.UTC().Format(time.RFC3339) != want.asOf || asked.period.To.Format(time.DateOnly) != want.to {
			t.Errorf("%s: %d, %v, asked for %+v", query, answer.Code, err, asked)
		}
		layouttest.Check(t, answer.Body.String())
	}
}

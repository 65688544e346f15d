package handler

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/chart"
	"countersign/views/compareview"
	"countersign/views/component"
	"countersign/web/session"
)

// Compare answers the addresses of comparisons.
type Compare struct {
	Site
	League interface {
		Table(ctx context.Context, who access.Actor, org organisation.Code, kind organisation.Kind, period league.Period, asOf time.Time) (league.Comparison, error)
	}
}

// Routes of comparisons.
func (h Compare) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/compare", Verb: access.Compare, Handle: h.compare},
		{Method: http.MethodGet, Path: "/compare.csv", Verb: access.Compare, Handle: h.download},
	}
}

// comparedKinds are the groups a person can choose: kinds nobody has recorded
// have nothing in common.
func comparedKinds() []organisation.Kind {
	return slices.DeleteFunc(slices.Clone(organisation.Kinds), func(k organisation.Kind) bool { return k == organisation.KindUnknown })
}

// table asks for what the address says: the year before a day, as it stood at
// the end of that day. Without a day, or with one that is none, it is now.
func (h Compare) table(c echo.Context) (league.Comparison, error, error) {
	now := h.Now()
	day, wrongDay := parseDate("on", "the day", c.QueryParam("on-day"), c.QueryParam("on-month"), c.QueryParam("on-year"))
	asOf := now
	if wrongDay == nil && day != "" {
		if end, err := startOfNext(day); err == nil && end.Before(now) {
			asOf = end
		}
	}
	kind := organisation.Kind(c.QueryParam("kind"))
	if kind == "" {
		kind = organisation.Acute
	}
	comparison, err := h.League.Table(c.Request().Context(), session.Who(c), own(c), kind, league.Year(asOf), asOf)
	return comparison, wrongDay, err
}

// startOfNext gives the instant a day ends.
func startOfNext(day organisation.Day) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, string(day), organisation.London)
	return t.AddDate(0, 0, 1), err
}

func (h Compare) compare(c echo.Context) error {
	table, wrongDay, err := h.table(c)
	if err != nil {
		return err
	}
	page := compareView(table)
	page.Page = h.page(c, "Alerts answered within 48 hours")
	page.Wide, page.Page.AsAt = true, asAt(table.AsOf)
	on := attestationview.Date{Day: c.QueryParam("on-day"), Month: c.QueryParam("on-month"), Year: c.QueryParam("on-year")}
	page.Day, page.Month, page.Year = on.Day, on.Month, on.Year
	page.Problems, page.Wrong, page.Open = problems(wrongDay), wrong(wrongDay), wrongDay != nil
	if table.Own == "" {
		page.Kind = string(table.Kind)
		for _, kind := range comparedKinds() {
			page.Kinds = append(page.Kinds, component.Option{Value: string(kind), Text: kind.Word() + "s"})
		}
	}
	page.Download, page.File = "/compare.csv?"+c.QueryParams().Encode(), "Download this comparison (CSV)"
	code := http.StatusOK
	if wrongDay != nil {
		code = status(wrongDay)
		page.Download = "/compare.csv?" + url.Values{"kind": {string(table.Kind)}}.Encode()
	}
	return render(c, code, compareview.ComparePage(page))
}

// compareView turns a comparison into words and figures. It decides nothing:
// bands and positions arrive decided.
func compareView(t league.Comparison) compareview.Comparison {
	p := compareview.Comparison{Own: t.Own != "", Refusal: t.Refusal, Finding: finding(t), Scope: scope(t), AsOf: asAt(t.AsOf) + ".", From: axisStart(t), Notes: notes(t), Method: method}
	if t.N > 0 {
		p.Average = "Group average, " + percent(t.Share)
	}
	for _, band := range league.Bands {
		rows := t.In(band)
		if len(rows) == 0 {
			continue
		}
		title, why := bandWords(band, len(rows), p.Own)
		view := compareview.Band{Title: title, Why: why}
		for _, row := range rows {
			view.Rows = append(view.Rows, leagueRow(t, row, p.From))
		}
		p.Bands = append(p.Bands, view)
	}
	if p.Own && len(t.Rows) == 1 && t.Rows[0].PositionLow > 0 {
		row := t.Rows[0]
		p.Strip = &chart.PositionStrip{Low: row.PositionLow, High: row.PositionHigh, Of: t.Compared}
		p.Position = fmt.Sprintf("Likely %s of the %d trusts compared. A range, because chance moves trusts up and down.", positionWords(row), t.Compared)
		if !row.Placed(t.Compared) {
			p.Position = fmt.Sprintf("%s: likely %s of the %d trusts compared. %s", noPosition, positionWords(row), t.Compared, unplacedWords(row))
		}
	}
	if t.Refusal == "" && t.Compared > 0 {
		p.Funnel = funnel(t)
	}
	return p
}

func leagueRow(t league.Comparison, row league.Row, from float64) compareview.Row {
	view := compareview.Row{Name: row.Name, Code: string(row.Organisation), Href: organisationPath(row.Organisation), You: row.Organisation == t.Own,
		Answered: "Nothing was due", Likely: "No data", Position: "Not compared", Direction: string(t.Courses[row.Organisation].Direction)}
	if view.Direction == "" {
		view.Direction = string(league.TooShort)
	}
	if row.N == 0 {
		return view
	}
	view.Answered = fmt.Sprintf("%d of %d (%s)", row.K, row.N, percent(row.Share))
	view.Likely = "Likely between " + percent(row.Low) + " and " + percent(row.High)
	view.Figure = &chart.IntervalRow{Share: row.Share, Low: row.Low, High: row.High, ExpectedLow: row.ExpectedLow, ExpectedHigh: row.ExpectedHigh, Pooled: t.Share, From: from, Band: string(row.Band)}
	if row.PositionLow > 0 {
		view.Position = positionWords(row)
	}
	if course := t.Courses[row.Organisation]; len(course.Shares) > 1 {
		lowest := slices.Min(course.Shares)
		tone := map[league.Direction]string{league.Improving: "improving", league.Worse: "worse"}[course.Direction]
		view.Course = &chart.Sparkline{Values: course.Shares, From: min(0.5, lowest), To: 1, Tone: tone}
	}
	return view
}

func bandWords(band league.Band, n int, own bool) (title, why string) {
	words := map[league.Band][2]string{
		league.Below:       {"Below the expected range", "more late answers than chance alone explains"},
		league.Above:       {"Above the expected range", "better than chance alone explains"},
		league.Within:      {"Within the expected range", "in A to Z order, because differences here may be chance"},
		league.TooFew:      {"Too few to compare", "fewer than 10 answers were due"},
		league.NotMeasured: {"Not measured", "nothing was due, or the group is not compared"},
	}[band]
	if own {
		if band == league.Within {
			return words[0], "the difference from the group may be chance"
		}
		return words[0], words[1]
	}
	return words[0] + ": " + plural(n, "trust"), words[1]
}

// finding is the sentence the page begins with.
func finding(t league.Comparison) string {
	if t.Own != "" {
		return ownFinding(t)
	}
	below, above, within := t.In(league.Below), t.In(league.Above), t.In(league.Within)
	switch {
	case t.Refusal != "" || t.Compared == 0:
		return "These trusts cannot be compared yet."
	case len(below)+len(above) == 0:
		return "No trust is outside the expected range."
	}
	words := []string{fmt.Sprintf("%d of %d trusts are within the expected range.", len(within), t.Compared)}
	if len(within) == 1 {
		words[0] = fmt.Sprintf("1 of %d trusts is within the expected range.", t.Compared)
	}
	words = append(words, naming(below, "answers late more often than chance explains.", "answer late more often than chance explains.")...)
	words = append(words, naming(above, "answers in time more often than chance explains.", "answer in time more often than chance explains.")...)
	return strings.Join(words, " ")
}

// naming names up to three; more are counted, and the table names them.
func naming(rows []league.Row, one, many string) []string {
	switch {
	case len(rows) == 0:
		return nil
	case len(rows) > 3:
		return []string{plural(len(rows), "trust") + " " + many}
	}
	var names []string
	for _, row := range rows {
		names = append(names, shortName(row.Name))
	}
	if len(names) == 1 {
		return []string{names[0] + " " + one}
	}
	last := len(names) - 1
	return []string{strings.Join(names[:last], ", ") + " and " + names[last] + " " + many}
}

func ownFinding(t league.Comparison) string {
	if len(t.Rows) == 0 || t.Refusal != "" {
		return "Your trust is not compared."
	}
	row := t.Rows[0]
	switch row.Band {
	case league.Below:
		return "Your trust answers late more often than chance explains."
	case league.Above:
		return "Your trust answers in time more often than chance explains."
	case league.Within:
		return "Your trust is within the expected range."
	case league.TooFew:
		return "Your trust had too few alerts to compare."
	}
	return "No answer of your trust was due."
}

// shortName leaves out the words that end nearly every name.
func shortName(name string) string {
	for _, ending := range []string{" NHS Foundation Trust", " NHS Trust", " NHS TRUST"} {
		if short, found := strings.CutSuffix(name, ending); found {
			return short
		}
	}
	return name
}

func scope(t league.Comparison) string {
	members := plural(len(t.Rows), strings.ToLower(t.Kind.Word()))
	if t.Own != "" {
		members = fmt.Sprintf("your trust with %s that had 10 or more answers due", plural(t.Compared, strings.ToLower(t.Kind.Word())))
		if len(t.Rows) == 1 && t.Rows[0].PositionLow > 0 {
			members = fmt.Sprintf("your trust with %s", plural(t.Compared-1, "other "+strings.ToLower(t.Kind.Word())))
		}
	}
	last := t.Period.To.Add(-time.Second).In(organisation.London)
	return "Comparing " + members + ", alerts sent from " + months(t.Period.From, last) + "."
}

// axisStart lets the axis begin at half where every interval fits.
func axisStart(t league.Comparison) float64 {
	for _, row := range t.Rows {
		if row.N > 0 && row.Low < 0.5 {
			return 0
		}
	}
	return 0.5
}

func notes(t league.Comparison) []string {
	list := []string{
		"A position is a range, because chance moves trusts up and down",
		"An answer in time is not proof that the risk is fixed",
	}
	if t.Own != "" {
		return append(list, "This is a private preview: other trusts do not see your row, and you do not see theirs")
	}
	list = append(list, "Trusts have not checked these figures yet, so they are not for publication")
	if t.Spread > 1 && t.Compared >= 10 {
		list = append(list, "The trusts of this group differ more than chance alone explains")
	}
	return list
}

// method is the published method, version 1.
var method = []string{
	league.Method + ".",
	"High severity alerts sent in the period count once their 48 hours have passed. An answer is in time when a person has acknowledged the alert and said whether it applies, before the 48 hours are over. Where an alert was given more time, the later deadline counts for whoever had not answered. Weekends count. “Does not apply” is an answer.",
	"Trusts are compared with trusts of the same kind, in groups of 8 or more. A trust with fewer than 10 answers due is listed and not compared.",
	"A trust is outside the expected range when an exact binomial test against the share of the whole group would give its result, or one further out, fewer than once in 1,000 times by chance.",
	"The likely range of a share is the 95% Wilson interval. Likely positions come from Fisher’s exact test (mid-P) between every 2 trusts, with Holm’s correction at 5%. Where a trust is within the expected range and its likely position covers more than three quarters of the trusts compared, its own pages say that there is no clear position yet.",
	"The last 12 months are read like a chart of individual values. The words say more than “No clear change” only when the latest month is part of a signal, and Fisher’s exact test at 5% tells the months of the signal from those before.",
	"Figures can be asked for as they stood at the end of any past day.",
}

func percent(share float64) string { return strconv.Itoa(int(math.Round(share*100))) + "%" }

// funnel draws every compared row that the reader may see.
func funnel(t league.Comparison) *chart.Figure {
	wide := chart.Funnel{Label: "Funnel plot. The same figures are in the table that follows this chart.", XTitle: "Answers that were due", Centre: t.Share}
	var rows [][]string
	sorted := slices.Clone(t.Rows)
	slices.SortFunc(sorted, func(a, b league.Row) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, row := range sorted {
		if row.PositionLow == 0 {
			continue
		}
		wide.Points = append(wide.Points, chart.FunnelPoint{Name: shortName(row.Name), K: row.K, N: row.N, Band: string(row.Band)})
		rows = append(rows, []string{row.Name, strconv.Itoa(row.N), strconv.Itoa(row.K), percent(row.Share), percent(row.ExpectedLow) + " to " + percent(row.ExpectedHigh), sentenceCase(string(row.Band))})
	}
	if len(rows) == 0 {
		return nil
	}
	from, to := wide.Range()
	for n := from; n <= to; n++ {
		if n == 0 {
			continue
		}
		limit := chart.FunnelLimit{N: n}
		limit.Low998, limit.High998 = league.ExpectedRange(t.Share, n, league.BandError)
		limit.Low95, limit.High95 = league.ExpectedRange(t.Share, n, 0.025)
		wide.Limits = append(wide.Limits, limit)
	}
	narrow := wide
	narrow.Narrow, narrow.Points = true, slices.Clone(wide.Points)
	for i := range narrow.Points { // a whole name does not fit on a phone; the table has it
		name := strings.Fields(narrow.Points[i].Name)
		narrow.Points[i].Name = strings.Join(name[:min(len(name), 2)], " ")
	}
	return &chart.Figure{Finding: funnelFinding(t), Measure: "Share of high severity alerts answered within 48 hours, by number of answers due", Wide: wide, Narrow: narrow,
		Notes: []string{"Fewer answers due means a wider funnel. Inside it, differences may be chance."}, ID: "funnel-table", Caption: "Alerts answered within 48 hours, by trust",
		Head: []string{"Trust", "Due", "In time", "Share", "Expected range", "Band"}, Rows: rows}
}

func funnelFinding(t league.Comparison) string {
	if t.Own != "" {
		switch t.Rows[0].Band {
		case league.Below:
			return "Your trust is below the funnel"
		case league.Above:
			return "Your trust is above the funnel"
		}
		return "Your trust is inside the funnel"
	}
	below, above := len(t.In(league.Below)), len(t.In(league.Above))
	is := func(n int) string {
		if n == 1 {
			return "is"
		}
		return "are"
	}
	switch {
	case below == 0 && above == 0:
		return "Every trust is inside the funnel"
	case above == 0:
		return fmt.Sprintf("%s %s below the funnel", plural(below, "trust"), is(below))
	case below == 0:
		return fmt.Sprintf("%s %s above the funnel", plural(above, "trust"), is(above))
	}
	return fmt.Sprintf("%s %s below the funnel, %d %s above it", plural(below, "trust"), is(below), above, is(above))
}

func sentenceCase(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func (h Compare) download(c echo.Context) error {
	table, wrongDay, err := h.table(c)
	if err != nil {
		return err
	}
	if wrongDay != nil {
		return wrongDay
	}
	name := "comparison-" + string(table.Kind) + "-" + table.AsOf.Format("2006-01-02T15") + "Z.csv"
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return send(c, http.StatusOK, "text/csv; charset=utf-8", compareCSV(table))
}

package handler

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/layout/layouttest"
)

func TestOutcomesSayHowEachStatementStands(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	past, later := now.AddDate(0, 0, -1), now.AddDate(0, 0, 5)
	all := []attestation.Ended{
		{Organisation: "ZZ9", Name: "Zenith", Due: later, State: attestation.Preparing},
		{Organisation: "ZZ8", Name: "Yarrow", Due: past, State: attestation.Preparing},
		{Organisation: "ZZ7", Name: "Xylem", Due: later, State: attestation.Locked},
		{Organisation: "ZZ6", Name: "Willow", Due: past, State: attestation.Locked},
		{Organisation: "ZZ5", Name: "Vale", Due: later, State: attestation.Preparing, Begun: true},
		{Organisation: "ZZ4", Name: "Umber", Due: past, State: attestation.Returned, EndedAt: past},
		{Organisation: "ZZ3", Name: "Teal", Due: past, State: attestation.Signed, Opinion: attestation.Qualified, EndedAt: past},
		{Organisation: "ZZ2", Name: "Sorrel", Due: past, State: attestation.Signed, Opinion: attestation.Unqualified, EndedAt: past, Late: true},
		{Organisation: "ZZ1", Name: "Rowan", Due: past, State: attestation.Preparing, Begun: true, Number: 2},
	}
	page := outcomesView(all, nil, now)
	var got []string
	for _, row := range page.Rows {
		got = append(got, row.Name+": "+row.Standing)
	}
	want := "Rowan: Late, in preparation; Willow: Late, waiting for chief executive; Yarrow: Late, not begun; Sorrel: Signed, late; Teal: Signed with a qualification; " +
		"Umber: Returned without signature; Vale: In preparation; Xylem: Waiting for chief executive; Zenith: Asked, not begun"
	if strings.Join(got, "; ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), want)
	}
	sum := 0
	for _, n := range page.Counts {
		sum += n
	}
	if sum != len(all) || page.Counts[isLate] != 3 || page.Counts[isWaiting] != 3 {
		t.Errorf("the counts do not equal the rows: %+v", page.Counts)
	}
}

func TestOutcomesComeFiftyAPage(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var all []attestation.Ended
	for i := range 101 {
		all = append(all, attestation.Ended{Organisation: organisation.Code(fmt.Sprintf("Z%03d", i)), Name: fmt.Sprintf("Trust %03d", i), Due: now.AddDate(0, 0, 5), State: attestation.Locked})
	}
	for asked, want := range map[string]string{"": "1 to 50 Trust 000  2", "2": "51 to 100 Trust 050 1 3", "3": "101 to 101 Trust 100 2 ", "99": "101 to 101 Trust 100 2 ", "-1": "1 to 50 Trust 000  2", "x": "1 to 50 Trust 000  2"} {
		page := outcomesView(all, nil, now)
		pageOfOutcomes(&page, url.Values{}, asked)
		number := func(href string) string { return strings.TrimPrefix(href, "/statements?page=") }
		shown := strings.TrimSuffix(strings.TrimPrefix(page.Shown, "Showing "), " of 101 statements")
		if got := strings.Join([]string{shown, page.Rows[0].Name, number(page.Previous), number(page.Next)}, " "); got != want || page.Counts[isWaiting] != 101 {
			t.Errorf("page %q: %q, want %q", asked, got, want)
		}
	}
	page := outcomesView(all[:50], nil, now)
	if pageOfOutcomes(&page, url.Values{}, "2"); page.Shown != "" || page.Previous != "" || len(page.Rows) != 50 {
		t.Errorf("50 rows need no pages: %+v", page)
	}
}

// everyStanding is one statement of each standing, and a second late one.
func everyStanding(now time.Time) []attestation.Ended {
	past, later := now.AddDate(0, 0, -1), now.AddDate(0, 0, 5)
	all := []attestation.Ended{
		{State: attestation.Signed, Opinion: attestation.Unqualified, EndedAt: past}, {State: attestation.Signed, Opinion: attestation.Qualified, EndedAt: past}, {State: attestation.Returned, EndedAt: past},
		{State: attestation.Preparing, Due: later}, {State: attestation.Locked, Due: past}, {State: attestation.Preparing, Due: past, Begun: true},
		{State: attestation.Signed, ReplacedBy: "C", EndedAt: past}, {State: attestation.Signed, RevokedAt: past, EndedAt: past}, {State: attestation.Locked, Optional: true, Due: past},
	}
	for i := range all {
		all[i].Organisation, all[i].Name, all[i].Period = organisation.Code(fmt.Sprintf("ZZ%d", i)), fmt.Sprintf("Trust %d", i), "July to September 2026"
		all[i].Template, all[i].Called, all[i].Campaign, all[i].CampaignName = "quarterly", "July to September 2026 cyber statement", "c1", "Autumn"
	}
	last := &all[len(all)-1]
	last.Name, last.Template, last.Called, last.Campaign, last.CampaignName = "St Mary’s", "funding", "July to September 2026 funding assurance", "c2", "Winter"
	return all
}

// Whoever adds up what the sentence says has every statement once. What is late
// is said to be part of another number, and only that.
func TestTheSentenceAboutStatementsAddsUp(t *testing.T) {
	all := everyStanding(alertSent)
	counts := outcomesView(all, nil, alertSent).Sentence
	const want = "1 signed without qualification, 1 signed with a qualification, 1 returned without a signature, 3 not signed yet (2 of them late), 1 replaced, 1 withdrawn after signing, 1 to take the place of a signed one."
	if counts != want {
		t.Errorf("got  %s\nwant %s", counts, want)
	}
	sum := 0
	for _, n := range regexp.MustCompile(`(?:^|, )(\d+)`).FindAllStringSubmatch(counts, -1) {
		one, err := strconv.Atoi(n[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += one
	}
	if sum != len(all) {
		t.Errorf("it adds up to %d of %d", sum, len(all))
	}
	home := regulatorView(all, nil, alertSent)
	if line := home.Blocks[1].Lines[0]; line.Title != "9 statements" || line.Text != want {
		t.Errorf("the regulator’s home says %+v", line)
	}
	if none := outcomesView(all[:4], nil, alertSent).Sentence; strings.Contains(none, "late") || !strings.Contains(none, "1 not signed yet") {
		t.Errorf("with none late: %s", none)
	}
}

func TestOutcomesAreChosenBy(t *testing.T) {
	all := everyStanding(alertSent)
	for asked, want := range map[string]string{
		"": "0 1 2 3 4 5 6 7 8", "search=trust": "0 1 2 3 4 5 6 7", "search=zz3": "3", "search=ZZ": "", "search=%20st++mary%E2%80%99s": "8", "state=waiting": "3 4 5", "state=late": "4 5", "state=signed": "0", "state=qualified": "1",
		"state=returned": "2", "state=replaced": "6", "state=withdrawn": "7", "state=replacing": "8", "campaign=c2": "8", "wording=quarterly&state=late": "4 5", "wording=funding&state=late": "", "state=nonsense": "", "campaign=of-nobody&search=trust": "", "wording=ended": "",
	} {
		query, err := url.ParseQuery(asked)
		if err != nil {
			t.Fatal(err)
		}
		filter := readFilter(query)
		chosen := filter.of(all, alertSent)
		var got []string
		for _, e := range chosen {
			got = append(got, strings.TrimPrefix(string(e.Organisation), "ZZ"))
		}
		page := outcomesView(chosen, nil, alertSent)
		filter.offer(&page, all)
		says := ""
		if asked != "" {
			says = fmt.Sprintf("%d of 9 statements.", len(chosen))
		}
		if len(chosen) == 0 {
			says = "No statement has what you asked for."
		}
		if strings.Contains(asked, "nonsense") || strings.Contains(asked, "of-nobody") || strings.Contains(asked, "ended") {
			says = "The address asks for a choice that is not in this list. Choose again, or show every statement."
		}
		if strings.Join(got, " ") != want || page.Filter.Chosen != says {
			t.Errorf("%q gives %q, want: %q; it says %q", asked, strings.Join(got, " "), want, page.Filter.Chosen)
		}
	}
}

// What was asked for stays in the form and on every page of the list, and can be
// taken back without script.
func TestTheFilterOfStatementsStays(t *testing.T) {
	all := everyStanding(alertSent)
	filter := readFilter(url.Values{"search": {"trust"}, "state": {"late"}, "campaign": {"c1"}, "wording": {"quarterly"}})
	page := outcomesView(filter.of(all, alertSent), nil, alertSent)
	filter.offer(&page, all)
	page.Rows = append(page.Rows, make([]attestationview.Outcome, 99)...)
	pageOfOutcomes(&page, filter.query(), "2")
	if page.Next != "/statements?campaign=c1&page=3&search=trust&state=late&wording=quarterly" || page.Previous != "/statements?campaign=c1&page=1&search=trust&state=late&wording=quarterly" {
		t.Errorf("the pages before and after are %q, %q", page.Previous, page.Next)
	}
	page.Page = frame("Statements")
	body := layouttest.Render(t, attestationview.OutcomesPage(page))
	for _, want := range []string{`value="trust"`, `<option value="late" selected>Late</option>`, `<option value="c1" selected>Autumn</option>`, `<option value="funding">Funding assurance</option>`, `<option value="quarterly" selected>Cyber statement</option>`, `<details class="nhsuk-details" open>`, `href="/statements">Show every statement</a>`, "2 of 9 statements."} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	twins := offered(offered(nil, "c1", "Autumn"), "c2", "Autumn")
	if len(twins) != 2 || twins[1].Text != "Autumn (c2)" {
		t.Errorf("two campaigns of one name: %+v", twins)
	}
}

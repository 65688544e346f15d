package handler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/organisation"
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
	if page.Late+page.Waiting+page.Returned+page.Qualified+page.Signed != len(all) || page.Late != 3 || page.Waiting != 3 {
		t.Errorf("the counts do not equal the rows: %+v", page)
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
		pageOfOutcomes(&page, asked)
		number := func(href string) string { return strings.TrimPrefix(href, "/statements?page=") }
		shown := strings.TrimSuffix(strings.TrimPrefix(page.Shown, "Showing "), " of 101 statements")
		if got := strings.Join([]string{shown, page.Rows[0].Name, number(page.Previous), number(page.Next)}, " "); got != want || page.Waiting != 101 {
			t.Errorf("page %q: %q, want %q", asked, got, want)
		}
	}
	page := outcomesView(all[:50], nil, now)
	if pageOfOutcomes(&page, "2"); page.Shown != "" || page.Previous != "" || len(page.Rows) != 50 {
		t.Errorf("50 rows need no pages: %+v", page)
	}
}

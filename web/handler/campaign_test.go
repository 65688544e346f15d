package handler

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/campaignview"
)

var laterOn = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// aCourse is a campaign with a trust at each step, one of them late.
func aCourse() attestation.Course {
	due := attestation.Due("2026-11-27")
	row := func(name string, state attestation.State, change func(*attestation.Followed)) attestation.Followed {
		f := attestation.Followed{Ended: attestation.Ended{ID: attestation.ID("st-" + name), Organisation: organisation.Code("ZZ" + name), Name: "Trust " + name, Number: 1, Due: due, State: state, EndedAt: due.Add(-time.Hour)}}
		change(&f)
		return f
	}
	later := func(state attestation.ExtensionState) func(*attestation.Followed) {
		return func(f *attestation.Followed) {
			f.Begun, f.Due = true, due.AddDate(0, 0, 14)
			f.Moves = []attestation.Extension{{State: state, WasDue: due, Due: due.AddDate(0, 0, 14), Reason: "A move", AskedBy: "samir", AskedName: "Samir", AskedAt: due.AddDate(0, 0, -9), DecidedName: "Nadia"}}
		}
	}
	return attestation.Course{Title: "July to September 2026 cyber statement", Campaign: attestation.Campaign{ID: "c/1", Name: "=Autumn", Template: "quarterly", Edition: 2, Due: due, AskedName: "Samir", AskedAt: due.AddDate(0, -1, 0), Audience: attestation.Audience{Scope: attestation.ByKind, Kinds: []organisation.Kind{organisation.Acute}}},
		Rows: []attestation.Followed{
			row("A", attestation.Preparing, func(*attestation.Followed) {}), row("B", attestation.Preparing, later(attestation.MoveConfirmed)), row("C", attestation.Preparing, func(f *attestation.Followed) { f.Begun, f.Prepared = true, true }),
			row("D", attestation.Locked, later(attestation.MoveWaits)), row("E", attestation.Signed, func(f *attestation.Followed) { f.Code = "7KQ4M2XD9RTV" }),
			row("F", attestation.Signed, func(f *attestation.Followed) { f.Opinion, f.Late = attestation.Qualified, true }), row("G", attestation.Returned, func(*attestation.Followed) {}), row("H", attestation.Withdrawn, func(*attestation.Followed) {}),
		}}
}

// Every count is of the rows its link leads to, and the steps add up to all.
func TestCountsOfACampaignEqualItsRows(t *testing.T) {
	all := courseView(aCourse(), "", laterOn)
	if all.Lead != "2 of 8 trusts have signed, 2 are late." || len(all.Filters) != 10 {
		t.Fatalf("it says %q, with %+v", all.Lead, all.Filters)
	}
	steps := 0
	for _, f := range all.Filters {
		u, err := url.Parse(f.Href)
		if err != nil {
			t.Fatal(err)
		}
		show := u.Query().Get("show")
		page := courseView(aCourse(), show, laterOn)
		if want := fmt.Sprintf("(%d)", len(page.Rows)); !strings.HasSuffix(f.Text, want) {
			t.Errorf("%q leads to %d rows", f.Text, len(page.Rows))
		}
		if show != "" && show != showLate {
			steps += len(page.Rows)
		}
	}
	if steps != len(all.Rows) {
		t.Errorf("the steps have %d rows of %d", steps, len(all.Rows))
	}
	if unknown := courseView(aCourse(), "nonsense", laterOn); len(unknown.Rows) != 8 || !unknown.Filters[0].Current {
		t.Error("a step nobody knows does not show all")
	}
}

func TestATrustOfACampaignSaysWhereItIs(t *testing.T) {
	want := []campaignview.Trust{
		{Standing: "Late, not begun", Tag: "red", Due: "27 November 2026"}, {Standing: "In preparation", Tag: "white", Due: "11 December 2026", Moved: "moved"}, {Standing: "Late, waiting for SIRO", Tag: "red", Due: "27 November 2026"},
		{Standing: "Waiting for chief executive", Tag: "purple", Due: "11 December 2026", Moved: "a later one waits"}, {Standing: "Signed", Due: "27 November 2026", When: "27 November 2026", Code: "7KQ4-M2XD-9RTV"},
		{Standing: "Signed with a qualification, late", Tag: "yellow", Due: "27 November 2026", When: "27 November 2026"}, {Standing: "Returned without signature", Tag: "grey", Due: "27 November 2026", When: "27 November 2026"},
		{Standing: "Withdrawn", Tag: "grey", Due: "27 November 2026", When: "27 November 2026"},
	}
	for i, row := range courseView(aCourse(), "", laterOn).Rows {
		name := string(rune('A' + i))
		want[i].Name, want[i].Href, want[i].DueHref = "Trust "+name+" (ZZ"+name+")", "/organisations/ZZ"+name, "/statements/campaigns/c%2F1/deadlines/st-"+name
		if i == 5 {
			want[i].Code = row.Code // of no signature here
		}
		if strings.HasPrefix(row.Standing, "Signed") {
			want[i].CodeHref = "/organisations/ZZ" + name + "/statements/st-" + name + "/signature/receipt"
			want[i].Href = want[i].CodeHref // the statement, where there is one to read
		}
		if row != want[i] {
			t.Errorf("got %+v, want: %+v", row, want[i])
		}
	}
}

func TestADeadlineIsConfirmedBySomebodyElse(t *testing.T) {
	course := aCourse()
	own := deadlineView(course, course.Rows[3], access.Actor{ID: "samir"})
	if own.Confirm != "" || own.Notice == "" || own.Action != "" || own.Refuse == "" {
		t.Errorf("whoever proposed it sees %+v", own)
	}
	other := deadlineView(course, course.Rows[3], access.Actor{ID: "nadia"})
	if other.Confirm != "/statements/campaigns/c%2F1/deadlines/st-D/confirmation" || other.Notice != "" || other.Waiting.What != "From 27 November 2026 to 11 December 2026" {
		t.Errorf("somebody else sees %+v", other)
	}
	moved := deadlineView(course, course.Rows[1], access.Actor{ID: "samir"})
	if moved.Action == "" || moved.Waiting != nil || len(moved.Moves) != 1 || moved.Moves[0].Standing != "Confirmed by Nadia" {
		t.Errorf("once it moved: %+v", moved)
	}
	if signed := deadlineView(course, course.Rows[4], access.Actor{ID: "samir"}); signed.Action != "" {
		t.Error("the deadline of a signed statement can be moved")
	}
}

func TestT68_TheTableOfACampaignHasNoFormula(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(courseCSV(aCourse(), laterOn)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9 || strings.Join(rows[1], "|") != "Trust A|ZZA|'=Autumn|July to September 2026 cyber statement|1|2026-11-27T17:00:00Z|0 times|Not begun|Yes|2026-11-27T16:00:00Z||2026-11-28T09:00:00Z" {
		t.Errorf("%d rows: %q", len(rows), rows[1])
	}
	if strings.Join(rows[2][5:9], "|") != "2026-12-11T17:00:00Z|1 time|In preparation|No" {
		t.Errorf("a moved deadline: %q", rows[2])
	}
}

func TestPagesOfACampaign(t *testing.T) {
	page := campaignview.Course{Rows: make([]campaignview.Trust, 101)}
	pageOfTrusts(&page, "/c", "late", "2")
	if page.Shown != "Showing 51 to 100 of 101 trusts" || len(page.Rows) != 50 || page.Previous != "/c?page=1&show=late" || page.Next != "/c?page=3&show=late" {
		t.Errorf("%q, %d rows, %q, %q", page.Shown, len(page.Rows), page.Previous, page.Next)
	}
}

// The letters say which statement or that somebody acts, by when and where to
// sign in; who and why is read after that.
func TestLettersAboutStatementsAndActing(t *testing.T) {
	due := attestation.Due("2026-11-27")
	for want, m := range map[string]notification.Message{
		"The Q3 statement: sign by 5pm on Friday 27 November 2026": {Purpose: notification.StatementDue, Facts: notification.Facts{Statement: "Q3 statement", Due: due}},
		"The Q3 statement is late":                                 {Purpose: notification.StatementLate, Facts: notification.Facts{Statement: "Q3 statement", Due: due}},
		"3 trusts late with a statement":                           {Purpose: notification.StatementLate, Facts: notification.Facts{Late: 3, Due: due}},
		"An acting chief executive of Calder Vale is asked for":    {Purpose: notification.ActingLetter, Facts: notification.Facts{Organisation: "Calder Vale", How: "asked for", Due: due}},
		"An acting chief executive of Calder Vale is confirmed":    {Purpose: notification.ActingLetter, Facts: notification.Facts{Organisation: "Calder Vale", How: "confirmed", Due: due}},
		"An acting chief executive of Calder Vale: not confirmed":  {Purpose: notification.ActingLetter, Facts: notification.Facts{Organisation: "Calder Vale", How: "not confirmed", Due: due}},
	} {
		letter, err := Letters{Service: "Countersign", BaseURL: &url.URL{Scheme: "https", Host: "portal.example"}}.Write(m)
		if err != nil || letter.Subject != want || !strings.Contains(letter.Text, "Sign in at https://portal.example") {
			t.Errorf("%q, %v:\n%s", letter.Subject, err, letter.Text)
		}
	}
}

package attestation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

var asking = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestQuartersOffered(t *testing.T) {
	offered := attestation.Offered(asking)
	want := []attestation.Period{{Name: "October to December 2026", From: "2026-10-01", To: "2026-12-31"}, {Name: "July to September 2026", From: "2026-07-01", To: "2026-09-30"},
		{Name: "April to June 2026", From: "2026-04-01", To: "2026-06-30"}, {Name: "January to March 2026", From: "2026-01-01", To: "2026-03-31"},
		{Name: "April 2026 to March 2027", From: "2026-04-01", To: "2027-03-31", Year: true}, {Name: "April 2025 to March 2026", From: "2025-04-01", To: "2026-03-31", Year: true}}
	for i := range want {
		if offered[i] != want[i] {
			t.Errorf("offered %+v, want %+v", offered[i], want[i])
		}
	}
	// Half past midnight on 1 July in London is still June by the clock of the server.
	if got := attestation.Quarters(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC), 1)[0].Name; got != "July to September 2026" {
		t.Errorf("the quarter in London is %s", got)
	}
}

func TestDueIsFiveInTheAfternoonInTheUnitedKingdom(t *testing.T) {
	for day, want := range map[organisation.Day]string{"2026-11-27": "2026-11-27T17:00:00Z", "2026-07-31": "2026-07-31T16:00:00Z", "2026-10-25": "2026-10-25T17:00:00Z", "2026-03-29": "2026-03-29T16:00:00Z"} {
		if got := attestation.Due(day).Format(time.RFC3339); got != want {
			t.Errorf("%s is due at %s, want %s", day, got, want)
		}
	}
}

func TestRequestRefuses(t *testing.T) {
	sound := attestation.Request{Template: "quarterly", Edition: 1, Months: "2026-07-01/2026-09-30", SignBy: "2026-12-18", Scope: attestation.AllTrusts}
	if err := sound.Check([]attestation.Template{attestation.Quarterly}, asking); err != nil {
		t.Fatal(err)
	}
	for claim, test := range map[string]struct {
		change func(*attestation.Request)
		field  string
		says   string
	}{
		"a wording nobody keeps":     {func(r *attestation.Request) { r.Edition = 2 }, "template", "Select which statement"},
		"no months":                  {func(r *attestation.Request) { r.Months = "" }, "period", "Select the months"},
		"months that are no quarter": {func(r *attestation.Request) { r.Months = "2026-08-01/2026-10-31" }, "period", "Select the months"},
		"months long ago":            {func(r *attestation.Request) { r.Months = "2025-07-01/2025-09-30" }, "period", "Select the months"},
		"a year for a quarterly one": {func(r *attestation.Request) { r.Months = "2025-04-01/2026-03-31" }, "period", "This statement is about 3 months"},
		"a name of two lines":        {func(r *attestation.Request) { r.Name = "One\nTwo" }, "name", "The name must be"},
		"no date":                    {func(r *attestation.Request) { r.SignBy = "" }, "due", "Enter the date they must sign by"},
		"today":                      {func(r *attestation.Request) { r.SignBy = "2026-11-23" }, "due", "The date they must sign by must be after today"},
		"inside the months":          {func(r *attestation.Request) { r.Months, r.SignBy = "2026-10-01/2026-12-31", "2026-12-31" }, "due", "The date they must sign by must be after the last day of the months it is about, 31 December 2026"},
		"a year ahead":               {func(r *attestation.Request) { r.SignBy = "2027-11-23" }, "due", "The date they must sign by must be before 23 November 2027"},
		"nobody named":               {func(r *attestation.Request) { r.Scope = "" }, "who", "Select who you want to ask"},
		"kinds without a kind":       {func(r *attestation.Request) { r.Scope = attestation.ByKind }, "kinds", "Select at least 1 kind of trust"},
		"groups without a group":     {func(r *attestation.Request) { r.Scope = attestation.ByCohort }, "groups", "Select at least 1 group"},
	} {
		t.Run(claim, func(t *testing.T) {
			r := sound
			test.change(&r)
			problems, ok := errors.AsType[fault.Problems](r.Check([]attestation.Template{attestation.Quarterly}, asking))
			if !ok || len(problems) != 1 || problems[0].Field != test.field || !strings.HasPrefix(problems[0].Sentence, test.says) {
				t.Errorf("it says %v", problems)
			}
		})
	}
}

func TestWhoARequestReaches(t *testing.T) {
	called := attestation.Called{
		Organisations: []organisation.Organisation{{Code: "RXB", Name: "Beta", Kind: organisation.Acute, OpenedOn: "2012-04-01"}, {Code: "RXA", Name: "Alpha", Kind: organisation.Ambulance, OpenedOn: "2012-04-01"},
			{Code: "RXC", Name: "Closed", Kind: organisation.Acute, OpenedOn: "2012-04-01", ClosedOn: "2026-11-23"}, {Code: "RXF", Name: "Future", Kind: organisation.Acute, OpenedOn: "2026-11-24"}},
		Cohorts: map[organisation.Code][]string{"RXB": {"Pilot"}, "RXC": {"Pilot"}}, Already: []organisation.Code{"RXA"},
	}
	for claim, test := range map[string]struct {
		request      attestation.Request
		ask, already string
	}{
		"all that are open":    {attestation.Request{Scope: attestation.AllTrusts}, "RXB", "RXA"},
		"of a kind":            {attestation.Request{Scope: attestation.ByKind, Kinds: []organisation.Kind{organisation.Ambulance}}, "", "RXA"},
		"of a group":           {attestation.Request{Scope: attestation.ByCohort, Cohorts: []string{"Pilot"}}, "RXB", ""},
		"kinds count by kind":  {attestation.Request{Scope: attestation.ByKind, Kinds: []organisation.Kind{organisation.Acute}, Cohorts: []string{"None"}}, "RXB", ""},
		"a scope nobody wrote": {attestation.Request{Scope: "everybody"}, "", ""},
	} {
		t.Run(claim, func(t *testing.T) {
			codes := func(list []organisation.Organisation) string {
				var all []string
				for _, o := range list {
					all = append(all, string(o.Code))
				}
				return strings.Join(all, " ")
			}
			got := test.request.Sort(called, "2026-11-23")
			if codes(got.Ask) != test.ask || codes(got.Already) != test.already {
				t.Errorf("asks %q, leaves %q", codes(got.Ask), codes(got.Already))
			}
		})
	}
}

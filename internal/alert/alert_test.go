package alert

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

var issuedAt = time.Date(2026, time.November, 23, 15, 41, 0, 0, time.UTC)

// actor holds one office, at one organisation, for the whole time.
func actor(id, name string, office access.Office, org organisation.Code) access.Actor {
	return access.Actor{ID: id, Name: name, At: issuedAt, Appointments: []access.Appointment{{Office: office, Organisation: org}}}
}

func allowed(t *testing.T, who access.Actor, verb access.Verb, org organisation.Code) access.Pass {
	t.Helper()
	pass, err := access.Check(who, verb, org)
	if err != nil {
		t.Fatalf("%s may not %s: %v", who.Name, verb, err)
	}
	return pass
}

func publisher(t *testing.T, id string) access.Pass {
	return allowed(t, actor(id, "Publisher "+id, access.AlertPublisher, organisation.National), access.ApproveAlert, organisation.National)
}

func sound() Draft {
	return Draft{Title: "Mail gateway lets attackers in", Severity: High, Class: Normal, ThreatType: "Vulnerability", Why: "It is being used now.", Steps: []Step{{Text: "Apply the fix."}}}
}

// fields lists the form fields a fault is about, in its order.
func fields(err error) []string {
	var list []string
	if problems, ok := errors.AsType[fault.Problems](err); ok {
		for _, problem := range problems {
			list = append(list, problem.Field)
		}
	} else if err != nil {
		list = append(list, "not a list of problems: "+err.Error())
	}
	return list
}

func TestDraftNamesEveryFieldToMend(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Draft)
		want   []string
	}{
		"a whole draft is kept":         {func(*Draft) {}, nil},
		"80 characters fit":             {func(d *Draft) { d.Title = strings.Repeat("é", 80) }, nil},
		"81 characters do not":          {func(d *Draft) { d.Title = strings.Repeat("é", 81) }, []string{"title"}},
		"spaces are no title":           {func(d *Draft) { d.Title = "  " }, []string{"title"}},
		"severity is one of three":      {func(d *Draft) { d.Severity = "extreme" }, []string{"severity"}},
		"class is one of two":           {func(d *Draft) { d.Class = "" }, []string{"class"}},
		"something must be done":        {func(d *Draft) { d.Steps = nil }, []string{"steps"}},
		"spaces are no reason":          {func(d *Draft) { d.Why = "\n" }, []string{"why"}},
		"an empty draft lacks all five": {func(d *Draft) { *d = Draft{} }, []string{"title", "severity", "class", "steps", "why"}},
	} {
		t.Run(name, func(t *testing.T) {
			draft := sound()
			test.change(&draft)
			if got := fields(draft.Check()); !slices.Equal(got, test.want) {
				t.Errorf("fields to mend: %q, want %q", got, test.want)
			}
		})
	}
}

func TestAlertTakesTwoPeopleToIssue(t *testing.T) {
	author, second := publisher(t, "ann"), publisher(t, "ben")
	drafted, e, err := Alert{ID: "al_1"}.Amend(author, sound(), "ev_1", issuedAt)
	if err != nil || drafted.State != Drafting || drafted.Author != "ann" || e.Kind != "alert drafted" || e.Thing != "alert/al_1" {
		t.Fatalf("drafted %+v, event %+v, %v", drafted, e, err)
	}
	if _, _, err := drafted.Issue(second, 7, "ev_2", issuedAt); !errors.Is(err, ErrNotSent) {
		t.Errorf("issued before the author sent it: %v", err)
	}
	waiting, e, err := drafted.Submit(author, "ev_3", issuedAt)
	if err != nil || waiting.State != Waiting || e.Kind != "alert sent for approval" {
		t.Fatalf("submitted %+v, event %+v, %v", waiting, e, err)
	}
	if _, _, err := waiting.Issue(author, 7, "ev_4", issuedAt); !errors.Is(err, ErrOwnDraft) {
		t.Errorf("the author approved their own alert: %v", err)
	}
	if waiting.Name() != "Draft" {
		t.Errorf("an alert nobody issued is called %s", waiting.Name())
	}
	issued, e, err := waiting.Issue(second, 7, "ev_5", issuedAt)
	if err != nil || issued.State != Issued || issued.Approval.By != "ben" || !issued.Approval.At.Equal(issuedAt) || issued.Name() != "CC-0007" || e.Kind != "alert issued" {
		t.Fatalf("issued %+v, event %+v, %v", issued, e, err)
	}
}

// oneAlert is a store with a single alert that was sent for approval.
type oneAlert struct {
	Store
	alert Alert
}

func (o *oneAlert) Issue(_ context.Context, _ access.Pass, _ ID, decide DecideIssue) error {
	is, _, _, err := decide(o.alert, 7)
	if err == nil {
		o.alert = is
	}
	return err
}

func (o *oneAlert) All(context.Context, access.Pass) ([]organisation.Organisation, error) {
	return []organisation.Organisation{{Code: "XAA01", Region: "Y56"}}, nil
}

func (o *oneAlert) Cohorts(context.Context, access.Pass, organisation.Day) (map[organisation.Code][]string, error) {
	return nil, nil
}

func TestApproveSendsOnlyTheWordsThatWereRead(t *testing.T) {
	second := actor("ben", "Ben", access.AlertPublisher, organisation.National)
	for name, change := range map[string]func(*Draft){
		"another title": func(d *Draft) { d.Title += "?" }, "another step": func(d *Draft) { d.Steps = []Step{{Text: "Apply"}, {Text: "the fix."}} },
		"other people": func(d *Draft) { d.Audience.Regions = []string{"Y56"} }, "another class": func(d *Draft) { d.Class = Critical },
	} {
		t.Run(name, func(t *testing.T) {
			store := &oneAlert{alert: Alert{ID: "al_1", Draft: sound(), Author: "ann", State: Waiting}}
			s := &Service{Store: store, Register: store, Now: func() time.Time { return issuedAt }, NewID: func() string { return "id" }}
			read := store.alert.Draft.Digest()
			change(&store.alert.Draft)
			if err := s.Approve(t.Context(), second, "al_1", read); !errors.Is(err, ErrOtherWords) || store.alert.State != Waiting {
				t.Errorf("sent what nobody approved: %v", err)
			}
			if err := s.Approve(t.Context(), second, "al_1", store.alert.Draft.Digest()); err != nil || store.alert.State != Issued {
				t.Errorf("the words that were read were not sent: %v", err)
			}
		})
	}
}

func TestWhoeverAmendsCannotApprove(t *testing.T) {
	author, second := publisher(t, "ann"), publisher(t, "ben")
	drafted, _, _ := Alert{ID: "al_1"}.Amend(author, sound(), "ev_1", issuedAt)
	waiting, _, _ := drafted.Submit(author, "ev_2", issuedAt)
	amended, _, err := waiting.Amend(second, sound(), "ev_3", issuedAt)
	if err != nil || amended.State != Drafting || amended.Author != "ben" {
		t.Fatalf("amended words are not approved any more: %+v, %v", amended, err)
	}
	again, _, _ := amended.Submit(second, "ev_4", issuedAt)
	if _, _, err := again.Issue(second, 7, "ev_5", issuedAt); !errors.Is(err, ErrOwnDraft) {
		t.Errorf("approved words of their own: %v", err)
	}
	if _, _, err := again.Issue(author, 7, "ev_6", issuedAt); err != nil {
		t.Errorf("the first author is a second person now: %v", err)
	}
}

func TestIssuedAlertStaysAsItIs(t *testing.T) {
	author, second := publisher(t, "ann"), publisher(t, "ben")
	issued := Alert{ID: "al_1", Number: 7, Draft: sound(), Author: "ann", State: Issued}
	if _, _, err := issued.Amend(author, sound(), "ev_1", issuedAt); !errors.Is(err, ErrIssued) {
		t.Errorf("amended: %v", err)
	}
	if _, _, err := issued.Submit(author, "ev_1", issuedAt); !errors.Is(err, ErrIssued) {
		t.Errorf("submitted: %v", err)
	}
	if _, _, err := issued.Issue(second, 8, "ev_1", issuedAt); !errors.Is(err, ErrIssued) {
		t.Errorf("issued twice: %v", err)
	}
}

func TestDeadlinesAreElapsedTimeThroughClockChanges(t *testing.T) {
	for name, test := range map[string]struct {
		at     time.Time
		class  Class
		answer string // on the clock in London
		action string
	}{
		"an ordinary week":               {time.Date(2026, 11, 23, 15, 41, 0, 0, time.UTC), Normal, "2026-11-25 15:41 GMT", "2026-12-07 15:41 GMT"},
		"the clocks go back":             {time.Date(2026, 10, 24, 9, 0, 0, 0, time.UTC), Normal, "2026-10-26 09:00 GMT", "2026-11-07 09:00 GMT"}, // sent at 10am by the clock
		"the clocks go forward":          {time.Date(2027, 3, 27, 10, 0, 0, 0, time.UTC), Normal, "2027-03-29 11:00 BST", "2027-04-10 11:00 BST"},
		"critical, the clocks go back":   {time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC), Critical, "2026-10-26 23:30 GMT", "2026-10-26 23:30 GMT"},
		"critical, forward, at midnight": {time.Date(2027, 3, 27, 0, 0, 0, 0, time.UTC), Critical, "2027-03-29 01:00 BST", "2027-03-29 01:00 BST"},
	} {
		t.Run(name, func(t *testing.T) {
			draft := sound()
			draft.Class = test.class
			issued, _, err := Alert{ID: "al_1", Draft: draft, Author: "ann", State: Waiting}.Issue(publisher(t, "ben"), 1, "ev_1", test.at.In(organisation.London))
			if err != nil {
				t.Fatal(err)
			}
			if issued.AnswerDue.Sub(test.at) != 172_800*time.Second {
				t.Errorf("the answer is due after %v", issued.AnswerDue.Sub(test.at))
			}
			const layout = "2006-01-02 15:04 MST"
			if got := issued.AnswerDue.In(organisation.London).Format(layout); got != test.answer {
				t.Errorf("answer due %s, want %s", got, test.answer)
			}
			if got := issued.ActionDue.In(organisation.London).Format(layout); got != test.action {
				t.Errorf("action due %s, want %s", got, test.action)
			}
		})
	}
}

func TestAudienceReaches(t *testing.T) {
	trust := organisation.Organisation{Code: "XAA01", Kind: organisation.Acute, Region: "Y56"}
	for name, test := range map[string]struct {
		audience Audience
		cohorts  []string
		want     bool
	}{
		"everyone when nothing is chosen": {Audience{}, nil, true},
		"its kind":                        {Audience{Kinds: []organisation.Kind{organisation.Ambulance, organisation.Acute}}, nil, true},
		"not another kind":                {Audience{Kinds: []organisation.Kind{organisation.Ambulance}}, nil, false},
		"its region":                      {Audience{Regions: []string{"Y56"}}, nil, true},
		"not another region":              {Audience{Regions: []string{"Y58"}}, nil, false},
		"one of its cohorts":              {Audience{Cohorts: []string{"Major trauma centres"}}, []string{"Teaching", "Major trauma centres"}, true},
		"not a cohort it left":            {Audience{Cohorts: []string{"Major trauma centres"}}, []string{"Teaching"}, false},
		"only where all three agree":      {Audience{Kinds: []organisation.Kind{organisation.Acute}, Regions: []string{"Y58"}}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.audience.Reaches(trust, test.cohorts); got != test.want {
				t.Errorf("reaches: %t", got)
			}
		})
	}
}

func TestReachLeavesOutClosedOrganisations(t *testing.T) {
	all := []organisation.Organisation{{Code: "OPEN1"}, {Code: "SHUT1", ClosedOn: "2026-11-23"}, {Code: "SOON1", OpenedOn: "2026-11-24"}, {Code: "LAST1", ClosedOn: "2026-11-24"}}
	if got := reach(Audience{}, all, nil, "2026-11-23"); !slices.Equal(got, []organisation.Code{"OPEN1", "LAST1"}) {
		t.Errorf("reaches %v", got)
	}
}

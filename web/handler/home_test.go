package handler

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/risk"
)

// desks is every service behind a first page: one trust's statement is due
// tomorrow, the other's in two days, unless nothing waits there.
type desks struct {
	now   time.Time
	quiet map[organisation.Code]bool
}

func (d desks) Read(_ context.Context, _ access.Actor, code organisation.Code) (organisation.Organisation, []string, error) {
	return organisation.Organisation{Code: code, Name: "Trust " + string(code), Kind: organisation.Acute}, nil, nil
}
func (desks) Open(context.Context, access.Actor, organisation.Code, int) ([]alert.Titled, error) {
	return nil, nil
}
func (desks) Marks(context.Context, access.Actor, organisation.Code, time.Time, time.Time) ([]bool, error) {
	return nil, nil
}
func (desks) Issued(context.Context, access.Actor, time.Time, int) ([]alert.Counted, error) {
	return nil, nil
}
func (desks) Drafts(context.Context, access.Actor) ([]alert.Alert, error) { return nil, nil }
func (d desks) Unsigned(_ context.Context, _ access.Actor, code organisation.Code) ([]attestation.Statement, error) {
	if d.quiet[code] {
		return nil, nil
	}
	due := map[organisation.Code]time.Time{"ZZ1": d.now.Add(48 * time.Hour), "ZZ2": d.now.Add(24 * time.Hour)}[code]
	return []attestation.Statement{{ID: "st", Organisation: code, Period: "July to September 2026", State: attestation.Locked, Due: due, LockedAt: d.now.Add(-time.Hour), LockedBy: "Tom Adeyemi", Words: "I confirm."}}, nil
}
func (desks) Holders(context.Context, access.Actor, organisation.Code) ([]identity.Holder, error) {
	return []identity.Holder{{Person: identity.Person{Name: "Amara Whitlock"}, Office: access.ChiefExecutive}, {Person: identity.Person{Name: "Tom Adeyemi"}, Office: access.SIRO}}, nil
}
func (desks) SignedBy(context.Context, access.Actor, organisation.Code, int) ([]attestation.Mine, error) {
	return nil, nil
}
func (desks) Changed(context.Context, access.Actor, organisation.Code) (attestation.Moved, error) {
	return attestation.Moved{}, nil
}
func (desks) Ended(context.Context, access.Actor, time.Time) ([]attestation.Ended, error) {
	return nil, nil
}
func (desks) Waiting(context.Context, access.Actor, organisation.Code) ([]risk.Waiting, error) {
	return nil, nil
}
func (desks) Of(context.Context, access.Actor, organisation.Code, int) ([]event.Event, error) {
	return nil, nil
}

func TestHomeOfSomebodyWithTwoTrusts(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	who := access.Actor{ID: "p", Name: "Imran Sethi", At: now, Appointments: []access.Appointment{
		{Office: access.ChiefExecutive, Organisation: "ZZ1", From: now.AddDate(-1, 0, 0)}, {Office: access.ChiefExecutive, Organisation: "ZZ2", From: now.AddDate(-1, 0, 0)}}}
	for claim, test := range map[string]struct {
		quiet     map[organisation.Code]bool
		bar, says string
		not       string
	}{
		"the one that is due first leads, and the other is named": {nil, "Trust ZZ2", "Trust ZZ1: 1 thing needs you", "Trust ZZ2: "},
		"nothing at the first trust does not hide the second":     {map[organisation.Code]bool{"ZZ1": true}, "Trust ZZ2", "1 thing needs you", "Trust ZZ1"},
		"nothing at either says so":                               {map[organisation.Code]bool{"ZZ1": true, "ZZ2": true}, "Trust ZZ1", "Nothing needs you today", "Trust ZZ2"},
	} {
		d := desks{now: now, quiet: test.quiet}
		h := Home{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return now }}, Register: d, Alerts: d, Statements: d, Risks: d, Events: d}
		recorder := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), recorder)
		c.Set("countersign actor", who) // as web/session leaves it
		if err := h.home(c); err != nil {
			t.Fatal(claim, err)
		}
		body := recorder.Body.String()
		if !strings.Contains(body, test.bar) || !strings.Contains(body, test.says) || strings.Contains(body, test.not) {
			t.Errorf("%s: %s", claim, body)
		}
	}
}

func TestHomeLeadsToTheDecisionThatIsYours(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for office, test := range map[access.Office]struct {
		state risk.State
		want  string
	}{
		access.SIRO:           {risk.Asked, "Accept or refuse a risk: CC-4712, Mail gateway"},
		access.ChiefExecutive: {risk.Escalated, "Accept or refuse a risk: CC-4712, Mail gateway"},
		access.CyberLead:      {risk.Asked, ""},
	} {
		s := trustSight{who: holder("p", "Somebody", office, calder.Code), org: calder.Code, now: now,
			risks: []risk.Waiting{{Request: risk.Request{Alert: "al_1", State: test.state, AskedBy: "Tom", AskedAt: now, Until: "2026-12-08"}, AlertNumber: 4712, AlertTitle: "Mail gateway", Due: now.AddDate(0, 0, 7)}}}
		s.who.At = now.Add(12 * time.Hour)
		page := trustHomeView(s)
		got := ""
		if page.Now != nil {
			got = page.Now.Title
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", office, got, test.want)
		}
	}
}

func TestHomeNeverHidesWhatOnlyYouCanDo(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := trustSight{who: holder("p", "Tom Hale", access.SIRO, calder.Code), org: calder.Code, now: now,
		risks:  []risk.Waiting{{Request: risk.Request{Alert: "al_9", State: risk.Asked, AskedBy: "Leila", AskedAt: now, Until: "2026-12-08"}, AlertNumber: 4712, AlertTitle: "Mail gateway", Due: now.AddDate(0, 0, 7)}},
		events: []event.Event{{At: now, Kind: "action recorded", Thing: "alert/al_2", Detail: "Fixed everywhere"}, {At: now, Kind: "alert issued", Thing: "alert/al_2", Detail: "CC-0002 was sent"}}}
	for i := range 4 {
		r := alert.Response{Alert: alert.ID(fmt.Sprintf("al_%d", i)), IssuedAt: now, AnswerDue: now.Add(time.Duration(i+1) * time.Hour), ActionDue: now.AddDate(0, 0, 14)}
		s.open = append(s.open, alert.Titled{Response: r, Number: int64(i), Title: "Flaw"})
	}
	page := trustHomeView(s)
	if page.Heading != "5 things need you" || len(page.Next) != 3 || page.Next[2].Title != "Accept or refuse a risk: CC-4712, Mail gateway" || page.More == nil {
		t.Errorf("%q, then %+v", page.Heading, page.Next)
	}
	if page.More.Text != "See all 5" || page.More.Href != organisationPath(calder.Code)+"?show=all" {
		t.Errorf("what is left out is at %+v", page.More)
	}
	s.all = true
	if all := trustHomeView(s); all.Heading != page.Heading || 1+len(all.Next) != 5 || all.More != nil {
		t.Errorf("all of it: %q, then %+v, and more at %v", all.Heading, all.Next, all.More)
	}
	if len(page.Since) != 2 || page.Since[0].What != "CC-0002: Fixed everywhere" || page.Since[1].What != "CC-0002 was sent" {
		t.Errorf("lately: %+v", page.Since)
	}
}

// TestWhatNobodyOwesComesLast: a statement whose old one still stands has no
// deadline, so it is neither late nor before anything that has one, however far
// ahead that is.
func TestWhatNobodyOwesComesLast(t *testing.T) {
	st := attestation.Statement{ID: "st", Organisation: calder.Code, Period: "July to September 2026", State: attestation.Preparing, Due: calderNoon.AddDate(2, 0, 0)}
	optional := st
	optional.ID, optional.Optional, optional.Due = "optional", true, calderNoon.AddDate(0, -1, 0)
	s := trustSight{who: holder("p", "Somebody", access.CyberLead, calder.Code), org: calder.Code, now: calderNoon, statements: []attestation.Statement{optional, st}}
	tasks := s.tasks()
	if len(tasks) != 2 || !tasks[0].due.Equal(st.Due) || !tasks[1].due.IsZero() || heading(tasks, s.now) != "2 things need you" {
		t.Errorf("%q: %+v", heading(tasks, s.now), tasks)
	}
}

// TestNothingNamesTheNextStatement: a chief executive for whom nothing waits is
// told what comes next, though others still prepare it; whoever does not sign is
// not.
func TestNothingNamesTheNextStatement(t *testing.T) {
	st := attestation.Statement{ID: "st", Organisation: calder.Code, Period: "July to September 2026", State: attestation.Preparing, Due: calderNoon.AddDate(0, 0, 1)}
	optional, locked := st, st
	optional.Optional, locked.State = true, attestation.Locked
	for _, c := range []struct {
		claim    string
		office   access.Office
		waiting  []attestation.Statement
		alerts   int
		has, not string
	}{
		{"one is prepared", access.ChiefExecutive, []attestation.Statement{optional, locked, st}, 0, "No open alerts. The next thing for you is the July to September 2026 ", "no statement waits"},
		{"and alerts are open", access.ChiefExecutive, []attestation.Statement{st}, 2, "open alerts. The next thing for you is", "  "},
		{"one that need not be signed is not owed", access.ChiefExecutive, []attestation.Statement{optional}, 0, "no statement waits for you", "The next thing"},
		{"whoever does not sign, in a quiet trust", access.CyberLead, []attestation.Statement{st}, 0, "no statement waits for you", "The next thing"},
		{"whoever does not sign", access.CyberLead, []attestation.Statement{st}, 1, "Your trust is dealing with 1 open alert.", "The next thing"},
	} {
		s := trustSight{who: holder("p", "Somebody", c.office, calder.Code), org: calder.Code, now: calderNoon, statements: c.waiting, open: make([]alert.Titled, c.alerts)}
		if got := s.nothing(); !strings.Contains(got, c.has) || strings.Contains(got, c.not) {
			t.Errorf("%s: %q", c.claim, got)
		}
	}
}

// TestSeeAllLeadsToAllThatIsCounted: the link asks the page itself for the rest.
func TestSeeAllLeadsToAllThatIsCounted(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	who := holder("p", "Tom Hale", access.CyberLead, "ZZ1")
	who.At = now
	d := busy{desks{now: now, quiet: map[organisation.Code]bool{"ZZ1": true}}}
	h := Home{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return now }}, Register: d, Alerts: d, Statements: d, Risks: d, Events: d}
	for address, shown := range map[string]int{"/organisations/ZZ1": 3, "/organisations/ZZ1?show=all": 6} {
		recorder := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, address, nil), recorder)
		c.Set("countersign actor", who)
		if err := h.trustHome(c, "ZZ1"); err != nil {
			t.Fatal(err)
		}
		body := recorder.Body.String()
		if got := strings.Count(body, ">Acknowledge alert ") + strings.Count(body, ">Acknowledge alert\u00a0"); got != shown || !strings.Contains(body, "6 things need you") || strings.Contains(body, "See all 6") != (shown < 6) {
			t.Errorf("%s shows %d of 6:\n%s", address, got, body)
		}
	}
}

// busy has six alerts to acknowledge.
type busy struct{ desks }

func (b busy) Open(context.Context, access.Actor, organisation.Code, int) ([]alert.Titled, error) {
	var open []alert.Titled
	for i := range 6 {
		open = append(open, alert.Titled{Response: alert.Response{Alert: alert.ID(fmt.Sprintf("al_%d", i)), IssuedAt: b.now, AnswerDue: b.now.Add(time.Duration(i+1) * time.Hour), ActionDue: b.now.AddDate(0, 0, 14)}, Number: int64(i), Title: "Flaw"})
	}
	return open, nil
}

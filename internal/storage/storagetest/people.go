package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

func (h *House) keeping(t testing.TB) access.Pass {
	t.Helper()
	return h.pass(t, access.Actor{}, access.KeepSession, organisation.National)
}

func (h *House) signedIn(t testing.TB, key string, who access.Actor) identity.Session {
	t.Helper()
	s := identity.Session{Key: key, Person: identity.PersonID(who.ID), Issuer: Issuer, ProviderID: "sid-" + key, ACR: "AAL3", AuthAt: h.Now(), StartedAt: h.Now(), SeenAt: h.Now()}
	must(t, h.Identities.Start(t.Context(), h.keeping(t), s, "", h.signIn(t)))
	return s
}

func (h *House) signIn(t testing.TB) event.Event {
	t.Helper()
	return event.New(NewID(), h.keeping(t), h.Now(), "signed in", "person/1", "Signed in")
}

func (h *House) session(t testing.TB, key string) (identity.Session, access.Actor, error) {
	t.Helper()
	return h.Identities.Session(t.Context(), h.pass(t, access.Actor{}, access.ReadSession, organisation.National), key)
}

func (h *House) endAtProvider(t testing.TB, token, issuer, sid, subject string) (int, error) {
	pass := h.pass(t, access.PortalActor("sign-out"), access.KeepSession, organisation.National)
	out := identity.Logout{Issuer: issuer, SessionID: sid, Subject: subject, Token: token, EndsAt: h.Now().Add(4 * time.Minute)}
	return h.Identities.EndAtProvider(t.Context(), pass, out, h.Now(), func(who identity.PersonID) event.Event {
		return event.New(NewID(), pass, h.Now(), "signed out by provider", "person/"+string(who), "Signed out")
	})
}

// must2 is must for calls whose answer does not matter.
func must2(t testing.TB) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		must(t, err)
	}
}

// people is what holds of organisations, sign-ins and sessions.
var people = []promise{
	{"organisations are imported whole or not at all", func(t *testing.T, h *House) {
		pass := h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National)
		before := h.contents(t)
		err := h.Organisations.Import(t.Context(), pass, func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
			return []organisation.Organisation{{Code: "RAA", Name: "Good Trust"}, {Code: "RAB", Name: ""}}, nil, nil
		})
		if err == nil || h.contents(t) != before {
			t.Errorf("a plan with a nameless trust: %v\n%s", err, difference(before, h.contents(t)))
		}
		must(t, h.Organisations.Import(t.Context(), pass, trusts("RAA", "RAB", Here)))
		all, err := h.Organisations.All(t.Context(), pass)
		must(t, err)
		if len(all) != 4 {
			t.Errorf("%d organisations", len(all))
		}
		reader := h.pass(t, lead, access.ReadOrganisation, Here)
		if o, err := h.Organisations.Find(t.Context(), reader); err != nil || o.Version != 2 {
			t.Errorf("found %+v, %v", o, err)
		}
	}},
	{"two imports at once both hold in the end", func(t *testing.T, h *House) {
		pass := h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National)
		errs := make([]error, 6)
		together(len(errs), func(i int) { errs[i] = h.Organisations.Import(t.Context(), pass, trusts(Here, There)) })
		must(t, errors.Join(errs...))
		if n := h.count(t, "select version from organisation where code = 'RXH'"); n != 1+len(errs) {
			t.Errorf("version %d after %d imports: one was lost", n, len(errs))
		}
	}},
	{"a cohort is joined from a day on", func(t *testing.T, h *House) {
		pass := h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National)
		must(t, h.Organisations.Place(t.Context(), pass, "2026-10-05", func([]organisation.Organisation, map[organisation.Code][]string) (organisation.Placing, []event.Event, error) {
			return organisation.Placing{Joins: []organisation.Member{{Cohort: "pilot", Organisation: Here}}}, nil, nil
		}))
		for day, want := range map[organisation.Day]int{"2026-10-04": 0, "2026-10-05": 1} {
			all, err := h.Organisations.Cohorts(t.Context(), pass, day)
			must(t, err)
			of, err := h.Organisations.CohortsOf(t.Context(), h.pass(t, lead, access.ReadOrganisation, Here), day)
			must(t, err)
			if len(all[Here]) != want || len(of) != want {
				t.Errorf("on %s: %v and %v", day, all, of)
			}
		}
	}},
	{"who holds office is who holds it now", func(t *testing.T, h *House) {
		pass := h.pass(t, lead, access.ReadOrganisation, Here)
		was, err := h.Organisations.Holders(t.Context(), pass, h.Now())
		must(t, err)
		h.endAppointment(t, chief, h.Now())
		is, err := h.Organisations.Holders(t.Context(), pass, h.Now())
		must(t, err)
		if len(was) != 19 || len(is) != 18 {
			t.Errorf("%d held office, %d hold it", len(was), len(is))
		}
	}},
	{"people are registered whole or not at all", func(t *testing.T, h *House) {
		pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		before := h.contents(t)
		err := h.Identities.Register(t.Context(), pass, h.Now(), []identity.Person{{ID: "new", Name: "New"}}, []identity.Login{{Issuer: Issuer, Subject: "sub-chief", Person: "new"}}, nil)
		if err == nil || h.contents(t) != before {
			t.Errorf("a login that is somebody's: %v", err)
		}
	}},
	{"T13 a person is found by issuer and subject alone", func(t *testing.T, h *House) {
		pass := h.keeping(t)
		if who, err := h.Identities.PersonOf(t.Context(), pass, Issuer, "sub-chief"); err != nil || who != "chief" {
			t.Errorf("found %q, %v", who, err)
		}
		for _, login := range [][2]string{{"https://other.example", "sub-chief"}, {Issuer, "SUB-CHIEF"}, {Issuer, "chief@nhs.example"}, {Issuer, ""}} {
			if who, err := h.Identities.PersonOf(t.Context(), pass, login[0], login[1]); !errors.Is(err, identity.ErrUnknown) {
				t.Errorf("%v is %q, %v", login, who, err)
			}
		}
	}},
	{"T05 of many who come back with the same state, one arrives", func(t *testing.T, h *House) {
		j := storage.SignIn{State: "state", Cookie: "cookie", Provider: "p", Nonce: "n", Verifier: "v", ReturnTo: "/", StartedAt: h.Now(), EndsAt: h.Now().Add(10 * time.Minute)}
		must(t, h.Identities.Depart(t.Context(), h.keeping(t), j))
		for _, wrong := range [][2]string{{"state", "other"}, {"other", "cookie"}, {"", ""}} { // T06: another browser
			h.refused(t, storage.ErrNoSignIn, func() error {
				_, err := h.Identities.Arrive(t.Context(), h.keeping(t), wrong[0], wrong[1])
				return err
			})
		}
		errs := make([]error, 16)
		together(len(errs), func(i int) { _, errs[i] = h.Identities.Arrive(t.Context(), h.keeping(t), "state", "cookie") })
		oneSucceeds(t, errs, storage.ErrNoSignIn)
	}},
	{"journeys and sessions past their time are swept out", func(t *testing.T, h *House) {
		j := storage.SignIn{State: "old", Cookie: "cookie", StartedAt: h.Now(), EndsAt: h.Now().Add(10 * time.Minute)}
		must(t, h.Identities.Depart(t.Context(), h.keeping(t), j))
		h.signedIn(t, "old", chief)
		h.Pass(identity.AbsoluteLimit + time.Minute)
		j.State, j.StartedAt, j.EndsAt = "new", h.Now(), h.Now().Add(10*time.Minute)
		must(t, h.Identities.Depart(t.Context(), h.keeping(t), j))
		if n := h.count(t, "select count(*) from sign_in") + h.count(t, "select count(*) from session"); n != 1 {
			t.Errorf("%d are left", n)
		}
	}},
	{"T16 a sign-in ends the session it replaces", func(t *testing.T, h *House) {
		was := h.signedIn(t, "before", chief)
		is := was
		is.Key = "after"
		must(t, h.Identities.Start(t.Context(), h.keeping(t), is, was.Key, h.signIn(t)))
		if _, _, err := h.session(t, "before"); !errors.Is(err, storage.ErrNoSession) {
			t.Errorf("the session before lives: %v", err)
		}
		if _, who, err := h.session(t, "after"); err != nil || who.ID != "chief" || len(who.Appointments) != 1 {
			t.Errorf("found %+v, %v", who, err)
		}
	}},
	{"T17 an ended session is gone at once, and ending it again is no error", func(t *testing.T, h *House) {
		h.signedIn(t, "key", chief)
		must(t, h.Identities.End(t.Context(), h.keeping(t), "key", h.said(t, "signed out")))
		if _, _, err := h.session(t, "key"); !errors.Is(err, storage.ErrNoSession) {
			t.Errorf("it lives: %v", err)
		}
		before := h.contents(t)
		must(t, h.Identities.End(t.Context(), h.keeping(t), "key", h.said(t, "signed out")))
		if h.contents(t) != before {
			t.Error("ending it again was recorded")
		}
	}},
	{"T17 a session is idle from when it was last seen, and seeing never goes back", func(t *testing.T, h *House) {
		h.signedIn(t, "key", lead)
		h.Pass(29 * time.Minute)
		must(t, h.Identities.See(t.Context(), h.keeping(t), "key", h.Now()))
		must(t, h.Identities.See(t.Context(), h.keeping(t), "key", Began)) // a slow request
		s, who, err := h.session(t, "key")
		must(t, err)
		if !s.SeenAt.Equal(h.Now()) || !s.Live(who, h.Now().Add(29*time.Minute)) || s.Live(who, h.Now().Add(30*time.Minute)) {
			t.Errorf("seen at %s", s.SeenAt)
		}
		if s.Live(who, Began.Add(identity.AbsoluteLimit)) || s.Live(who, Began.Add(-time.Second)) {
			t.Error("it lives past its limit, or before it began")
		}
	}},
	{"T18 a provider ends sessions by its own id, by subject, or by both, and nobody else's", func(t *testing.T, h *House) {
		for _, c := range []struct {
			sid, subject string
			want         string // of the sessions that are left
		}{
			{"sid-chief-1", "", "chief-2 siro"}, {"", "sub-chief", "siro"}, {"sid-chief-1", "sub-chief", "chief-2 siro"},
			{"sid-chief-1", "sub-siro", "chief-1 chief-2 siro"}, {"sid-nobody", "", "chief-1 chief-2 siro"}, {"", "", "chief-1 chief-2 siro"},
			{"", "sub-nobody", "chief-1 chief-2 siro"},
		} {
			for key, who := range map[string]access.Actor{"chief-1": chief, "chief-2": chief, "siro": siro} {
				must(t, h.Identities.End(t.Context(), h.keeping(t), key, h.said(t, "signed out")))
				h.signedIn(t, key, who)
			}
			before := h.count(t, "select count(*) from event where kind = 'signed out by provider'")
			n, err := h.endAtProvider(t, NewID(), Issuer, c.sid, c.subject)
			must(t, err)
			left := []string{}
			for _, key := range []string{"chief-1", "chief-2", "siro"} {
				if _, _, err := h.session(t, key); err == nil {
					left = append(left, key)
				}
			}
			if told := h.count(t, "select count(*) from event where kind = 'signed out by provider'") - before; strings.Join(left, " ") != c.want || n != 3-len(left) || told != n {
				t.Errorf("session %q, subject %q: %v are left, %d ended, %d recorded", c.sid, c.subject, left, n, told)
			}
		}
		if n, err := h.endAtProvider(t, NewID(), "https://other.example", "sid-siro", ""); n != 0 || err != nil {
			t.Errorf("another provider ended %d, %v", n, err)
		}
		anonymous := identity.Session{Key: "no-sid", Person: "siro", Issuer: Issuer, AuthAt: h.Now(), StartedAt: h.Now(), SeenAt: h.Now()}
		must(t, h.Identities.Start(t.Context(), h.keeping(t), anonymous, "", h.signIn(t)))
		if n, err := h.endAtProvider(t, NewID(), Issuer, "sid-of-which-we-were-not-told", "sub-siro"); n != 1 || err != nil {
			t.Errorf("a session without the provider's id: ended %d, %v", n, err)
		}
	}},
	{"T18 of many showings of one logout, one is obeyed", func(t *testing.T, h *House) {
		h.signedIn(t, "key", chief)
		errs := make([]error, 16)
		together(len(errs), func(i int) { _, errs[i] = h.endAtProvider(t, "the-token", Issuer, "sid-key", "") })
		oneSucceeds(t, errs, identity.ErrReplayed)
		h.signedIn(t, "key", chief)
		h.refused(t, identity.ErrReplayed, func() error { _, err := h.endAtProvider(t, "the-token", Issuer, "sid-key", ""); return err })
		if _, err := h.endAtProvider(t, "the-token", "https://other.example", "sid-key", ""); err != nil {
			t.Errorf("another provider's token of the same id: %v", err)
		}
		h.Pass(time.Hour)
		must2(t)(h.endAtProvider(t, "later", Issuer, "x", ""))
		if n := h.count(t, "select count(*) from logout_token"); n != 1 {
			t.Errorf("%d tokens are remembered for nothing", n-1)
		}
	}},
	{"T78 what nobody came back for is swept out a little at a time", func(t *testing.T, h *House) {
		for i := range 250 {
			must2(t)(h.Raw.ExecContext(t.Context(), "insert into sign_in (state, cookie, provider, nonce, verifier, return_to, step_up, started_at, ends_at) values ($1, 'c', 'p', 'n', 'v', '/', '', 0, $2)",
				fmt.Sprintf("old-%d", i), Began.UnixMicro()-int64(i)-1))
		}
		for i, want := range []int{151, 52, 3} {
			j := storage.SignIn{State: fmt.Sprintf("new-%d", i), Cookie: "cookie", StartedAt: h.Now(), EndsAt: h.Now().Add(10 * time.Minute)}
			must(t, h.Identities.Depart(t.Context(), h.keeping(t), j))
			if n := h.count(t, "select count(*) from sign_in"); n != want {
				t.Errorf("after %d: %d are left, want %d", i+1, n, want)
			}
		}
	}},
	{"T14 a login is described at its first sign-in, follows one change at a time, and is held when both change", func(t *testing.T, h *House) {
		seen := func(name, email string) (identity.Login, string) {
			t.Helper()
			kind := ""
			login, err := h.Identities.Recognise(t.Context(), h.keeping(t), Issuer, "sub-chief", func(was identity.Login) (identity.Login, []event.Event) {
				is, k := was.Recognise(name, email, h.Now())
				kind = k
				if k == "" {
					return is, nil
				}
				return is, []event.Event{h.said(t, k)}
			})
			must(t, err)
			return login, kind
		}
		seen("Amara Okafor", "amara@nhs.example")
		if login, kind := seen("Amara Whitlock", "amara@nhs.example"); kind != identity.LoginRenamed || login.Name != "Amara Whitlock" {
			t.Errorf("a marriage: %q, %+v", kind, login)
		}
		seen("Amara Whitlock", "whitlock@nhs.example")
		before := h.contents(t)
		if _, kind := seen(" AMARA  whitlock", "Whitlock@NHS.example"); kind != "" || h.contents(t) != before {
			t.Errorf("the same in other letters: %q", kind)
		}
		if login, kind := seen("Ravi Shah", "ravi@nhs.example"); kind != identity.LoginChanged || !login.ChangedAt.Equal(h.Now()) || login.Name != "Amara Whitlock" {
			t.Errorf("somebody else: %q, %+v", kind, login)
		}
		if n := h.count(t, "select count(*) from event where kind = 'login changed'"); n != 1 {
			t.Errorf("%d events", n)
		}
		if login, _ := seen("Amara Whitlock", "whitlock@nhs.example"); login.ChangedAt.IsZero() {
			t.Error("writing the old name again took the hold away")
		}
		if _, err := h.Identities.Recognise(t.Context(), h.keeping(t), Issuer, "nobody", nil); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("nobody's login: %v", err)
		}
	}},
	{"T14 of a change and a hold at once, the hold stays", func(t *testing.T, h *House) {
		describe := func(name, email string) error {
			_, err := h.recognise(t, "sub-chief", name, email)
			return err
		}
		for range 5 {
			must(t, h.Identities.ConfirmLogin(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), Issuer, "sub-chief", h.said(t, "login confirmed")))
			must(t, describe("Amara Okafor", "amara@nhs.example"))
			errs := make([]error, 8)
			together(len(errs), func(i int) {
				if i == 3 {
					errs[i] = describe("Ravi Shah", "ravi@nhs.example")
				} else {
					errs[i] = describe("Amara Okafor", fmt.Sprintf("amara%d@nhs.example", i))
				}
			})
			must(t, errors.Join(errs...))
			if n := h.count(t, "select count(*) from login where subject = 'sub-chief' and changed_at is not null"); n != 1 {
				t.Fatal("the hold was overwritten")
			}
		}
	}},
	{"T14 whoever may keep a session does not confirm a login", func(t *testing.T, h *House) {
		h.refused(t, access.ErrForbidden, func() error {
			return h.Identities.ConfirmLogin(t.Context(), h.keeping(t), Issuer, "sub-chief", h.said(t, "login confirmed"))
		})
	}},
	{"T17 the office somebody loses is gone from their next request", func(t *testing.T, h *House) {
		h.signedIn(t, "key", chief)
		h.endAppointment(t, chief, h.Now())
		_, who, err := h.session(t, "key")
		must(t, err)
		if access.May(h.at(who), access.SignStatement, Here) {
			t.Error("they may still sign")
		}
	}},
}

// queries are those that no store needs yet; they are kept because the next
// thing to be written does, and a query that does not run is worth nothing.
var queries = []promise{
	{"of two who assess the same outcome, the second is told", func(t *testing.T, h *House) {
		s := &assessment.Service{Store: &storage.Assessments{DB: h.DB}, Register: h.Organisations, Now: h.Now, NewID: NewID}
		frameworks, profiles, err := assessment.BuiltIn()
		must(t, err)
		for range 2 { // again is no change
			for _, f := range frameworks {
				must(t, s.ImportFramework(t.Context(), access.PortalActor("importer"), f))
			}
			for _, p := range profiles {
				must(t, s.ImportProfile(t.Context(), access.PortalActor("importer"), p))
			}
		}
		all, err := s.Frameworks(t.Context(), access.PortalActor("importer"))
		must(t, err)
		offered, err := s.Profiles(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(all) != len(frameworks) || len(offered) != len(profiles) {
			t.Errorf("%d frameworks, %d profiles", len(all), len(offered))
		}
		id, err := s.Start(t.Context(), h.at(lead), Here, "ndg-10-demonstration", "2026", Began.AddDate(1, 0, 0))
		must(t, err)
		reading, err := s.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		outcome := reading.Framework.Objectives[0].Principles[0].Outcomes[0].Code
		h.refused(t, assessment.ErrUnknown, func() error {
			return s.Record(t.Context(), h.at(otherLead), There, id, outcome, 0, assessment.Achieved, "")
		})
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = s.Record(t.Context(), h.at(lead), Here, id, outcome, 0, assessment.Achieved, "Seen in the plan")
		})
		oneSucceeds(t, errs, assessment.ErrChanged)
		must(t, s.Record(t.Context(), h.at(siro), Here, id, outcome, 1, assessment.NotAchieved, "It is out of date"))
		h.refused(t, assessment.ErrChanged, func() error {
			return s.Record(t.Context(), h.at(lead), Here, id, outcome, 1, assessment.Achieved, "")
		})
	}},
}

// renames records that somebody has another name.
func (h *House) renames(t testing.TB, who access.Actor, name string) {
	t.Helper()
	pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
	must(t, h.Identities.Appoint(t.Context(), pass, h.Now(), func(roll identity.Roll) (identity.Writing, error) {
		was := roll.People[slices.IndexFunc(roll.People, func(p identity.Person) bool { return p.ID == identity.PersonID(who.ID) })]
		is := was
		is.Name, is.Steps = name, was.Steps+1
		e := h.said(t, identity.ContactChanged)
		e.Thing = is.ID.Thing()
		return identity.Writing{Contacts: []identity.Contact{{Was: was, Is: is}}, Events: []event.Event{e.Recording(is.Record())}}, nil
	}))
}

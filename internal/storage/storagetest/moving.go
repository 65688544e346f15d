package storagetest

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

const appointmentsHead = "ods_code,office,name,email,phone,issuer,subject,from,to,acting\n"

func lines(t testing.TB, rows ...string) []identity.Line {
	t.Helper()
	read, err := identity.ReadAppointments(strings.NewReader(appointmentsHead + strings.Join(rows, "\n")))
	must(t, err)
	return read
}

// appoints imports rows and gives the acts that were done.
func (h *House) appoints(t testing.TB, rows ...string) []identity.Deed {
	t.Helper()
	deeds, err := h.Register.ImportAppointments(t.Context(), h.at(access.PortalActor("import")), lines(t, rows...), false)
	must(t, err)
	return deeds
}

// kinds counts the events of one kind.
func (h *House) events(t testing.TB, kind string) int {
	t.Helper()
	return h.count(t, "select count(*) from event where kind = $1", kind)
}

func (h *House) open(t testing.TB, codes ...organisation.Code) {
	t.Helper()
	must(t, h.Organisations.Import(t.Context(), h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National), trusts(codes...)))
}

// moving is what holds of filling a portal: people and appointments, cohorts,
// and asking for statements.
var moving = []promise{
	{"people and their appointments are recorded once, with their events", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		rows := []string{
			"RAA,chief_executive,Zora Quill,zora.quill@trust.example,020 7946 0001,https://idp.example,zora,2026-09-01,,",
			"RAA,siro,Ivo Marsh,ivo.marsh@trust.example,,https://idp.example,ivo,2026-09-01,2026-12-31,",
			",regulator,Nell Ashby,nell.ashby@national.example,,https://idp.example,nell,2026-09-01,,",
			"NATIONAL,auditor,Nell Ashby,nell.ashby@national.example,,https://idp.example,nell,2026-09-01,,",
		}
		wouldBe := h.contents(t)
		planned, err := h.Register.ImportAppointments(t.Context(), h.at(access.PortalActor("import")), lines(t, rows...), true)
		must(t, err)
		if len(planned) != 4 || h.contents(t) != wouldBe {
			t.Errorf("trying it out planned %d and changed:\n%s", len(planned), difference(wouldBe, h.contents(t)))
		}
		known, recorded := h.events(t, "person recorded"), h.events(t, "appointment recorded")
		if deeds := h.appoints(t, rows...); len(deeds) != 4 || !deeds[0].Chief() {
			t.Errorf("done: %v", deeds)
		}
		if people, posts := h.events(t, "person recorded")-known, h.events(t, "appointment recorded")-recorded; people != 3 || posts != 4 {
			t.Errorf("%d people and %d appointments have their event", people, posts)
		}
		who, err := h.Identities.PersonOf(t.Context(), h.keeping(t), "https://idp.example", "zora")
		must(t, err)
		h.signedIn(t, "key", access.Actor{ID: string(who)})
		_, zora, err := h.session(t, "key")
		must(t, err)
		if !access.May(h.at(zora), access.SignStatement, "RAA") || access.May(h.at(zora), access.SignStatement, Here) {
			t.Errorf("what she holds: %+v", zora.Appointments)
		}
		before := h.contents(t)
		h.Pass(48 * time.Hour)
		if deeds := h.appoints(t, rows...); len(deeds) != 0 || h.contents(t) != before {
			t.Errorf("the same file again did %v:\n%s", deeds, difference(before, h.contents(t)))
		}
	}},
	{"an appointment gets its last day, a person another name, and nothing is deleted", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		h.appoints(t, "RAA,chief_executive,Zora Quill,zora.quill@trust.example,,https://idp.example,zora,2026-09-01,,")
		rows := h.count(t, "select count(*) from appointment")
		h.appoints(t, "RAA,chief_executive,Zora Quill-Hart,zora.hart@trust.example,020 7946 0001,https://idp.example,zora,2026-09-01,2026-10-05,",
			"RAA,chief_executive,Ivo Marsh,ivo.marsh@trust.example,,https://idp.example,ivo,2026-10-06,,")
		if n := h.count(t, "select count(*) from appointment"); n != rows+1 {
			t.Errorf("%d appointments, and there were %d", n, rows)
		}
		if contacts, ends := h.events(t, "contact changed"), h.events(t, "appointment ended"); contacts != 1 || ends != 1 {
			t.Errorf("%d contacts and %d ends have their event", contacts, ends)
		}
		for hour, want := range map[string]string{"2026-10-05T22:59:59Z": "Zora Quill-Hart", "2026-10-05T23:00:00Z": "Ivo Marsh"} { // midnight in London
			at, err := time.Parse(time.RFC3339, hour)
			must(t, err)
			holders, err := h.Organisations.Holders(t.Context(), h.pass(t, regulator, access.ReadOrganisation, "RAA"), at)
			must(t, err)
			if len(holders) != 1 || holders[0].Person.Name != want {
				t.Errorf("at %s: %+v", hour, holders)
			}
		}
	}},
	{"a file of appointments is taken whole or not at all", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		before := h.contents(t)
		_, err := h.Register.ImportAppointments(t.Context(), h.at(access.PortalActor("import")), lines(t,
			"RAA,chief_executive,Zora Quill,zora.quill@trust.example,,https://idp.example,zora,2026-09-01,,",
			"R99,siro,Ivo Marsh,ivo.marsh@trust.example,,https://idp.example,ivo,2026-09-01,,"), false)
		problems, ok := errors.AsType[fault.Problems](err)
		if !ok || len(problems) != 1 || !strings.HasPrefix(problems[0].Sentence, "Line 3, column 1: ") || h.contents(t) != before {
			t.Errorf("refused with %v\n%s", err, difference(before, h.contents(t)))
		}
		h.refused(t, access.ErrForbidden, func() error {
			_, err := h.Register.ImportAppointments(t.Context(), h.at(regulator), lines(t, "RAA,siro,Ivo Marsh,ivo.marsh@trust.example,,https://idp.example,ivo,2026-09-01,,"), false)
			return err
		})
	}},
	{"of many who import the same appointments at once, one records them", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		file := lines(t, "RAA,chief_executive,Zora Quill,zora.quill@trust.example,,https://idp.example,zora,2026-09-01,,",
			"RAA,siro,Ivo Marsh,ivo.marsh@trust.example,,https://idp.example,ivo,2026-09-01,,")
		errs, did := make([]error, 8), atomic.Int64{}
		together(len(errs), func(i int) {
			deeds, err := h.Register.ImportAppointments(t.Context(), h.at(access.PortalActor("import")), file, false)
			errs[i] = err
			did.Add(int64(len(deeds)))
		})
		must(t, errors.Join(errs...))
		if n := h.count(t, "select count(*) from appointment where organisation = 'RAA'"); n != 2 || did.Load() != 2 {
			t.Errorf("%d appointments, %d deeds", n, did.Load())
		}
	}},
	{"of two who appoint different chief executives of one trust at once, one is refused", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		errs := make([]error, 6)
		names := []string{"Ada", "Bea", "Cleo", "Dora", "Eve", "Fay"}
		together(len(errs), func(i int) {
			file := lines(t, "RAA,chief_executive,"+names[i]+" Quill,a@trust.example,,https://idp.example,"+names[i]+",2026-09-01,,")
			_, errs[i] = h.Register.ImportAppointments(t.Context(), h.at(access.PortalActor("import")), file, false)
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if fault.KindOf(err) != fault.Invalid {
				t.Errorf("refused with: %v", err)
			}
		}
		if n := h.count(t, "select count(*) from appointment where organisation = 'RAA'"); won != 1 || n != 1 {
			t.Errorf("%d were let in, %d are recorded", won, n)
		}
	}},
	{"kinds and cohorts are placed at once, once, and a cohort that is left has a last day", func(t *testing.T, h *House) {
		who := access.PortalActor("import")
		place := func(file string) organisation.Placing {
			t.Helper()
			rows, err := organisation.ReadKinds(strings.NewReader(file))
			must(t, err)
			placing, err := h.Register.ImportKinds(t.Context(), h.at(who), rows, false)
			must(t, err)
			return placing
		}
		cohorts := func() []string {
			t.Helper()
			of, err := h.Organisations.CohortsOf(t.Context(), h.pass(t, lead, access.ReadOrganisation, Here), organisation.DayOf(h.Now()))
			must(t, err)
			return of
		}
		const file = "ods_code,kind,cohort,cohort\nRXH,ambulance,Pilot,Coast\nR99,acute,Pilot,\n"
		before := h.contents(t)
		rows, err := organisation.ReadKinds(strings.NewReader(file))
		must(t, err)
		if would, err := h.Register.ImportKinds(t.Context(), h.at(who), rows, true); err != nil || len(would.Joins) != 3 || h.contents(t) != before {
			t.Errorf("trying it out: %+v, %v", would, err)
		}
		if p := place(file); len(p.Kinds) != 1 || len(p.Joins) != 3 || len(p.Leaves) != 0 || len(p.Unknown) != 1 || len(cohorts()) != 3 {
			t.Errorf("placed %+v, in %v", p, cohorts())
		}
		before = h.contents(t)
		h.Pass(24 * time.Hour)
		if p := place(file); len(p.Kinds)+len(p.Joins)+len(p.Leaves) != 0 || h.contents(t) != before {
			t.Errorf("the same file on another day placed %+v:\n%s", p, difference(before, h.contents(t)))
		}
		if p := place("ods_code,kind,cohort\nRXH,ambulance,Pilot\n"); len(p.Leaves) != 1 || p.Leaves[0].Cohort != "Coast" || len(cohorts()) != 2 {
			t.Errorf("left %+v, in %v", p, cohorts())
		}
		if n := h.count(t, "select count(*) from cohort_member where cohort = 'Coast' and from_on = '2026-10-05' and to_on = '2026-10-06'"); n != 1 {
			t.Error("the time in the cohort was not kept")
		}
		if p := place("ods_code,kind\nRXH,ambulance\n"); len(p.Leaves) != 0 {
			t.Errorf("a file without cohorts ended some: %+v", p)
		}
		if p := place(file); len(p.Joins) != 1 || len(cohorts()) != 3 {
			t.Errorf("joined again: %+v, in %v", p, cohorts())
		}
		if joined, left, kinds := h.events(t, "cohort joined"), h.events(t, "cohort left"), h.events(t, "kind recorded"); joined != 4 || left != 1 || kinds != 1 {
			t.Errorf("events: %d joined, %d left, %d kinds", joined, left, kinds)
		}
	}},
	{"a placing that fails half way changes nothing", func(t *testing.T, h *House) {
		before := h.contents(t)
		err := h.Organisations.Place(t.Context(), h.pass(t, access.PortalActor("import"), access.ImportOrganisations, organisation.National), "2026-10-05",
			func(existing []organisation.Organisation, _ map[organisation.Code][]string) (organisation.Placing, []event.Event, error) {
				return organisation.Placing{Joins: []organisation.Member{{Cohort: "Pilot", Organisation: Here}, {Cohort: "Pilot", Organisation: "R99"}}}, nil, nil
			})
		if err == nil || h.contents(t) != before {
			t.Errorf("a cohort with a stranger in it: %v\n%s", err, difference(before, h.contents(t)))
		}
	}},
	{"a regulator asks every trust once, with one event each", func(t *testing.T, h *House) {
		h.open(t, "RAA")
		request := attestation.Request{Template: "quarterly", Edition: 1, Months: "2026-07-01/2026-09-30", SignBy: "2026-11-27", Scope: attestation.AllTrusts}
		preview, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		if len(preview.Ask) != 3 || len(preview.Already) != 0 || len(preview.Unsignable) != 1 || preview.Unsignable[0].Code != "RAA" {
			t.Errorf("it would reach %+v", preview)
		}
		h.refused(t, attestation.ErrReached, func() error {
			_, _, err := h.Requests.Ask(t.Context(), h.at(regulator), request, attestation.Asking{}.Digest())
			return err
		})
		h.refused(t, access.ErrForbidden, func() error {
			_, _, err := h.Requests.Ask(t.Context(), h.at(lead), request, preview.Digest())
			return err
		})
		asked, errs := atomic.Int64{}, make([]error, 6)
		together(len(errs), func(i int) {
			_, n, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest())
			asked.Add(int64(n))
			errs[i] = err
		})
		must(t, errors.Join(errs...))
		if n := h.count(t, "select count(*) from statement"); n != 3 || asked.Load() != 3 || h.events(t, "statement asked for") != 3 {
			t.Errorf("%d statements, %d asked, %d events", n, asked.Load(), h.events(t, "statement asked for"))
		}
		waiting, err := h.Statements.Unsigned(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(waiting) != 1 || waiting[0].Period != "July to September 2026" || !waiting[0].Due.Equal(time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC)) {
			t.Errorf("the trust sees %+v", waiting)
		}
		before := h.contents(t)
		if _, n, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest()); n != 0 || err != nil || h.contents(t) != before {
			t.Errorf("asking again asked %d: %v", n, err)
		}
		h.open(t, "RAB") // it opened meanwhile, and is the only one left to ask
		more, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		if len(more.Ask) != 1 || len(more.Already) != 3 {
			t.Errorf("the second time it would reach %+v", more)
		}
		ended, err := h.Statements.Ended(t.Context(), h.at(regulator), Began)
		must(t, err)
		if len(ended) != 3 || ended[0].Begun {
			t.Errorf("they stand so: %+v", ended)
		}
	}},
	{"a template is offered in its latest edition", func(t *testing.T, h *House) {
		newer := attestation.Quarterly
		newer.Edition, newer.Opening = 2, "On behalf of {organisation}, I say that on {date}:"
		h.supplies(t, newer)
		list, err := h.Requests.Templates(t.Context(), h.at(regulator))
		must(t, err)
		called, err := h.Requests.Register(t.Context(), h.at(regulator))
		must(t, err)
		if len(list) != 1 || list[0].Edition != 2 || len(called.Organisations) != 2 {
			t.Errorf("offered: %+v to %+v", list, called)
		}
	}},
}

package storagetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// People who come into the house for these promises alone.
var (
	director = person("director", "Ada Board", Here, access.BoardMember)
	second   = person("second", "Priya Nair", organisation.National, access.Regulator)
	insider  = access.Actor{ID: "insider", Name: "Both Sides", Appointments: append(person("", "", Here, access.BoardMember).Appointments, person("", "", organisation.National, access.Regulator).Appointments...)}
)

// joins brings more people into the house.
func (h *House) joins(t testing.TB, people ...access.Actor) {
	t.Helper()
	for _, p := range people {
		var entries []storage.Entry
		for _, a := range p.Appointments {
			entries = append(entries, storage.Entry{ID: NewID(), Person: identity.PersonID(p.ID), Appointment: a, Event: h.said(t, "appointment recorded")})
		}
		must(t, h.Identities.Register(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), h.Now(),
			[]identity.Person{{ID: identity.PersonID(p.ID), Name: p.Name, Email: p.ID + "@nhs.example"}}, []identity.Login{{Issuer: Issuer, Subject: "sub-" + p.ID, Person: identity.PersonID(p.ID)}}, entries))
	}
}

// leave is what the secretary asks for: the director acts for a week.
func leave() identity.ActingDraft {
	return identity.ActingDraft{Person: "director", From: "2026-10-05", To: "2026-10-11", Reason: "Annual leave"}
}

// asked brings a request into the house.
func (h *House) asked(t testing.TB) identity.Acting {
	t.Helper()
	must(t, h.Acting.Ask(t.Context(), h.at(secretary), Here, leave()))
	return h.newest(t)
}

func (h *House) newest(t testing.TB) identity.Acting {
	t.Helper()
	g, err := h.Acting.Ground(t.Context(), h.at(secretary), Here)
	must(t, err)
	if len(g.Earlier) == 0 {
		t.Fatal("nothing was asked for")
	}
	return g.Earlier[0]
}

// holding is somebody with the appointments the register gives them now.
func (h *House) holding(t testing.TB, who access.Actor) access.Actor {
	t.Helper()
	roll, err := h.Identities.Roll(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National))
	must(t, err)
	is := access.Actor{ID: who.ID, Name: who.Name, At: h.Now()}
	for _, held := range roll.Held {
		if string(held.Person) == who.ID {
			is.Appointments = append(is.Appointments, held.Appointment)
		}
	}
	return is
}

// acting is what must hold of an acting chief executive.
var acting = []promise{
	{"nothing changes until a regulator confirms; then the person signs in their own name and capacity", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id := h.Lock(t, Here, 1)
		request := h.asked(t)
		if _, err := h.begin(t.Context(), h.holding(t, director), Here, id); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("before it is confirmed: %v", err)
		}
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), request.ID))
		up := h.Begun(t, h.holding(t, director), Here, id)
		signed, err := h.Sign(t.Context(), h.holding(t, director), Here, up)
		must(t, err)
		if !signed.Acting || signed.SignerName != director.Name || !strings.Contains(signed.Document, "Ada Board, acting chief executive") {
			t.Errorf("signed as %+v", signed)
		}
		is := h.newest(t)
		if is.State != identity.ActingConfirmed || is.AskedName != secretary.Name || is.DecidedName != regulator.Name {
			t.Errorf("the record says %+v", is)
		}
		for kind, by := range map[string]string{"acting chief executive asked for": "secretary", "acting chief executive confirmed": "regulator"} {
			if n := h.count(t, "select count(*) from event where kind = '"+kind+"' and actor = '"+by+"' and organisation = 'RXH'"); n != 1 {
				t.Errorf("%d events %q by %s", n, kind, by)
			}
		}
		h.whole(t)
	}},
	{"the chief executive in office signs as before while somebody acts", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.asked(t).ID))
		signed, err := h.Sign(t.Context(), h.holding(t, chief), Here, h.Begun(t, h.holding(t, chief), Here, h.Lock(t, Here, 1)))
		must(t, err)
		if signed.Acting {
			t.Error("the chief executive signed as acting one")
		}
	}},
	{"T30 an acting appointment that is over does not sign, and ends by itself", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.asked(t).ID))
		id := h.Lock(t, Here, 1)
		h.Pass(6*24*time.Hour + 14*time.Hour - time.Second) // the last second of 11 October, in summer time
		up := h.Begun(t, h.holding(t, director), Here, id)
		before := h.holding(t, director)
		h.Pass(time.Second)
		if _, err := h.Statements.Sign(t.Context(), before, Here, up.ID, h.Proof(director, up)); !errors.Is(err, attestation.ErrNotOffice) {
			t.Errorf("after the last day: %v", err)
		}
		if access.May(h.holding(t, director), access.SignStatement, Here) {
			t.Error("the appointment did not end")
		}
	}},
	{"T30 an acting appointment that was ended does not sign", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.asked(t).ID))
		up := h.Begun(t, h.holding(t, director), Here, h.Lock(t, Here, 1))
		before := h.holding(t, director)
		h.Pass(time.Minute)
		must(t, h.Acting.End(t.Context(), h.at(chief), Here, h.newest(t).ID))
		before.At = h.Now()
		h.refused(t, attestation.ErrNotOffice, func() error {
			_, err := h.Statements.Sign(t.Context(), before, Here, up.ID, h.Proof(director, up))
			return err
		})
		h.refused(t, identity.ErrActingOver, func() error { return h.Acting.End(t.Context(), h.at(chief), Here, h.newest(t).ID) })
	}},
	{"T30 whoever only acts hands nothing on", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.asked(t).ID))
		who := h.holding(t, director)
		next := identity.ActingDraft{Person: "siro", From: "2026-10-20", To: "2026-10-21", Reason: "I am away"}
		h.refused(t, identity.ErrHandsOn, func() error { return h.Acting.Ask(t.Context(), who, Here, next) })
		h.refused(t, identity.ErrHandsOn, func() error { return h.Acting.End(t.Context(), who, Here, h.newest(t).ID) })
	}},
	{"T30 nobody confirms what they asked for, are named in, or gain by", func(t *testing.T, h *House) {
		both := insider
		both.Appointments = append(person("", "", Here, access.CompanySecretary).Appointments, both.Appointments...)
		h.joins(t, both, director)
		must(t, h.Acting.Ask(t.Context(), h.at(both), Here, leave()))
		id := newestOf(t, h)
		h.refused(t, identity.ErrOwnActing, func() error { return h.Acting.Confirm(t.Context(), h.at(both), id) })
		h.refused(t, identity.ErrOwnActing, func() error { return h.Acting.Refuse(t.Context(), h.at(both), id, "No") })
		h.refusedBySchema(t, "update acting_request set state = 'confirmed', decided_at = 1, decided_by = asked_by, appointment = 'appointment-chief-RXH'")
		h.refusedBySchema(t, "update acting_request set state = 'confirmed', decided_at = 1, decided_by = person, appointment = 'appointment-chief-RXH'")
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), id))
	}},
	{"T30 a request is not hidden: it stands in the lists of the trust and of the regulators, and on the record", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		request := h.asked(t)
		all, err := h.Acting.All(t.Context(), h.at(regulator))
		must(t, err)
		if len(all) != 1 || all[0].Acting != request || all[0].OrganisationName != "Trust RXH" {
			t.Errorf("the regulators see %+v", all)
		}
		about, err := h.Events.About(t.Context(), h.pass(t, chief, access.ReadResponses, Here), "acting/"+string(request.ID), 5)
		if err != nil || len(about) != 1 {
			t.Errorf("the trust's record says %+v, %v", about, err)
		}
		h.refusedBySchema(t, "delete from acting_request")
		h.refusedBySchema(t, "update acting_request set reason = 'Another'")
		h.refusedBySchema(t, "update acting_request set asked_by = 'lead'")
	}},
	{"T34 whoever keeps the trust's people cannot make themselves chief executive", func(t *testing.T, h *House) {
		self := secretary
		self.Appointments = append(person("", "", Here, access.BoardMember).Appointments, secretary.Appointments...)
		h.joins(t, self, director)
		draft := leave()
		draft.Person = identity.PersonID(self.ID)
		h.refusedField(t, "person", func() error { return h.Acting.Ask(t.Context(), h.at(self), Here, draft) })
		must(t, h.Acting.Ask(t.Context(), h.at(self), Here, leave()))
		h.refused(t, access.ErrForbidden, func() error { return h.Acting.Confirm(t.Context(), h.at(self), h.newest(t).ID) })
		h.refused(t, access.ErrForbidden, func() error {
			return h.Acting.Confirm(t.Context(), h.at(chief), h.newest(t).ID)
		})
	}},
	{"T34 of each step the chief executive, the secretary, who acts and the regulators are told", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		request := h.asked(t)
		h.tellsActing(t)
		sameList(t, h.toldAbout(t, "acting/"+string(request.ID), "asked for"), "chief@nhs.example", "director@nhs.example", "regulator@nhs.example", "secretary@nhs.example")
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), request.ID))
		h.tellsActing(t)
		sameList(t, h.toldAbout(t, "acting/"+string(request.ID), "confirmed"), "chief@nhs.example", "director@nhs.example", "secretary@nhs.example")
	}},
	{"nobody acts beside somebody who acts already, and one request waits at a time", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.asked(t).ID))
		overlapping := identity.ActingDraft{Person: "siro", From: "2026-10-11", To: "2026-10-20", Reason: "A long weekend"}
		h.refusedField(t, "from", func() error { return h.Acting.Ask(t.Context(), h.at(secretary), Here, overlapping) })
		overlapping.From = "2026-10-12"
		must(t, h.Acting.Ask(t.Context(), h.at(secretary), Here, overlapping))
		overlapping.From = "2026-10-25"
		h.refused(t, identity.ErrActingWaits, func() error { return h.Acting.Ask(t.Context(), h.at(chief), Here, overlapping) })
	}},
	{"after somebody's term was ended, another's begins the same day, and one that never began is in nobody's way", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		today := organisation.DayOf(h.Now())
		for _, from := range []organisation.Day{today, "2026-10-09"} { // it runs; it is to come
			first := identity.ActingDraft{Person: leave().Person, From: from, To: "2026-10-20", Reason: "A long weekend"}
			must(t, h.Acting.Ask(t.Context(), h.at(secretary), Here, first))
			id := h.newest(t).ID
			must(t, h.Acting.Confirm(t.Context(), h.at(regulator), id))
			h.Pass(time.Hour)
			must(t, h.Acting.End(t.Context(), h.at(secretary), Here, id))
		}
		next := identity.ActingDraft{Person: "siro", From: today, To: "2026-10-20", Reason: "Instead"}
		must(t, h.Acting.Ask(t.Context(), h.at(secretary), Here, next))
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), h.newest(t).ID))
	}},
	{"of two who ask at once, one request waits; of two who decide at once, one decides", func(t *testing.T, h *House) {
		h.joins(t, secretary, director, second)
		errs := make([]error, 2)
		together(2, func(i int) {
			errs[i] = h.Acting.Ask(t.Context(), h.at([]access.Actor{secretary, chief}[i]), Here, leave())
		})
		oneSucceeds(t, errs, identity.ErrActingWaits)
		id := h.newest(t).ID
		together(2, func(i int) {
			if i == 0 {
				errs[i] = h.Acting.Confirm(t.Context(), h.at(regulator), id)
			} else {
				errs[i] = h.Acting.Refuse(t.Context(), h.at(second), id, "The dates are wrong")
			}
		})
		oneSucceeds(t, errs, identity.ErrActingDecided)
		confirmed := h.newest(t).State == identity.ActingConfirmed
		if n := h.count(t, "select count(*) from appointment where acting = 1"); (n == 1) != confirmed {
			t.Errorf("%d acting appointments, confirmed: %v", n, confirmed)
		}
	}},
	{"T27 another trust's request is not there, and a refusal says why", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id := h.asked(t).ID
		h.refused(t, identity.ErrActingUnknown, func() error { return h.Acting.End(t.Context(), h.at(other), There, id) })
		h.refusedField(t, "why", func() error { return h.Acting.Refuse(t.Context(), h.at(regulator), id, " ") })
		must(t, h.Acting.Refuse(t.Context(), h.at(regulator), id, "Send the board's minute first"))
		if is := h.newest(t); is.State != identity.ActingRefused || is.Why != "Send the board's minute first" {
			t.Errorf("the trust reads %+v", is)
		}
		h.refused(t, identity.ErrActingDecided, func() error { return h.Acting.Confirm(t.Context(), h.at(regulator), id) })
	}},
	{"whoever decides reads one request with the name of its trust, and nobody else does", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id := h.asked(t).ID
		read, err := h.Acting.Read(t.Context(), h.at(regulator), id)
		if must(t, err); read.ID != id || read.Name != director.Name || read.OrganisationName != "Trust RXH" {
			t.Errorf("read %+v", read)
		}
		h.refused(t, identity.ErrActingUnknown, func() error { return failing(h.Acting.Read(t.Context(), h.at(regulator), "another")) })
		h.refused(t, access.ErrForbidden, func() error { return failing(h.Acting.Read(t.Context(), h.at(lead), id)) })
		h.refused(t, identity.ErrActingUnknown, func() error {
			return failing(storage.Acting{DB: h.DB}.FindActing(t.Context(), h.pass(t, other, access.ReadActing, There), id))
		})
	}},
	{"who left the board is not confirmed, nor a request whose days are over", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id := h.asked(t).ID
		h.endAppointment(t, director, h.Now())
		h.refused(t, identity.ErrActingLeft, func() error { return h.Acting.Confirm(t.Context(), h.at(regulator), id) })
		h.Pass(8 * 24 * time.Hour)
		h.refused(t, identity.ErrActingPast, func() error { return h.Acting.Confirm(t.Context(), h.at(regulator), id) })
	}},
	{"a chief executive of two trusts asks in one and changes nothing in the other", func(t *testing.T, h *House) {
		shared := access.Actor{ID: "shared", Name: "Shared Chief", Appointments: append(person("", "", Here, access.ChiefExecutive).Appointments, person("", "", There, access.ChiefExecutive).Appointments...)}
		h.joins(t, shared, director)
		must(t, h.Acting.Ask(t.Context(), h.at(shared), Here, leave()))
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), newestOf(t, h)))
		if access.May(h.holding(t, director), access.SignStatement, There) || !access.May(h.holding(t, shared), access.SignStatement, There) {
			t.Error("the other trust changed")
		}
	}},
}

func newestOf(t testing.TB, h *House) identity.ActingID {
	t.Helper()
	all, err := h.Acting.All(t.Context(), h.at(regulator))
	must(t, err)
	if len(all) == 0 {
		t.Fatal("nothing was asked for")
	}
	return all[0].ID
}

// tellsActing does the work of telling that waits.
func (h *House) tellsActing(t testing.TB) {
	t.Helper()
	for _, w := range h.claim(t, notification.TellOfActing, 10) {
		must(t, h.Telling.TellActing(t.Context(), w))
		must(t, h.Jobs.Finish(t.Context(), h.working(t), []notification.Work{w}, h.Now()))
	}
}

// toldAbout lists the addresses that were told of a thing in a turn, without the
// crowd.
func (h *House) toldAbout(t testing.TB, thing, turn string) []string {
	t.Helper()
	rows, err := h.Raw.QueryContext(t.Context(), "select address from message where thing = $1 and turn = $2 and address not like 'racer-%' order by address", thing, turn)
	must(t, err)
	var list []string
	for rows.Next() {
		var address string
		must(t, rows.Scan(&address))
		list = append(list, address)
	}
	must(t, errors.Join(rows.Err(), rows.Close()))
	return list
}

func sameList(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want: %v", got, want)
	}
}

// refusedField is refused for one field of a form.
func (h *House) refusedField(t testing.TB, field string, act func() error) {
	t.Helper()
	before := h.contents(t)
	err := act()
	problems, _ := errors.AsType[fault.Problems](err)
	if one, is := errors.AsType[*fault.Error](err); is {
		problems = fault.Problems{one}
	}
	if len(problems) != 1 || problems[0].Field != field {
		t.Fatalf("got %v, want a problem with %s alone", err, field)
	}
	if after := h.contents(t); after != before {
		t.Fatalf("it was refused and yet something changed:\n%s", difference(before, after))
	}
}

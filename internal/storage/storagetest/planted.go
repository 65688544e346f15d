package storagetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// plantAppointment writes an appointment by hand, with whatever code somebody has
// for it.
func (h *House) plantAppointment(t testing.TB, held identity.Held, code string) {
	t.Helper()
	acting := 0
	if held.Acting {
		acting = 1
	}
	_, err := h.Raw.ExecContext(t.Context(), "insert into appointment (id, person, office, organisation, from_at, to_at, acting, recorded_by, recorded_at, mac, version) values ($1, $2, $3, $4, $5, null, $6, 'x', 0, $7, 1)",
		held.ID, string(held.Person), string(held.Office), string(held.Organisation), held.From.UnixMicro(), acting, code)
	must(t, err)
}

func (h *House) plantLogin(t testing.TB, l identity.Login, code string) {
	t.Helper()
	_, err := h.Raw.ExecContext(t.Context(), "insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ($1, $2, $3, $4, '', '', $5, $6, 1)", l.ID(), l.Issuer, l.Subject, string(l.Person), l.Steps, code)
	must(t, err)
}

func (h *House) plantSession(t testing.TB, s identity.Session, code string) {
	t.Helper()
	_, err := h.Raw.ExecContext(t.Context(), "insert into session (key, person, issuer, provider_id, acr, auth_at, started_at, seen_at, mac) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		s.Key, string(s.Person), s.Issuer, s.ProviderID, s.ACR, s.AuthAt.UnixMicro(), s.StartedAt.UnixMicro(), s.SeenAt.UnixMicro(), code)
	must(t, err)
}

// recode gives rows another code.
func (h *House) recode(t testing.TB, rows, code string) {
	t.Helper()
	table, where, _ := strings.Cut(rows, " where ")
	h.do(t, "update "+table+" set mac = '"+code+"' where "+where)
}

// do does by hand what must change something.
func (h *House) do(t testing.TB, act string, args ...any) {
	t.Helper()
	result, err := h.Raw.ExecContext(t.Context(), act, args...)
	must(t, err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing: %v", act, err)
	}
}

// ghost is a chief executive whom nobody appointed.
func (h *House) ghost() identity.Held {
	return identity.Held{ID: "ghost", Person: "lead", Appointment: access.Appointment{Office: access.ChiefExecutive, Organisation: Here, From: Began, Acting: true}}
}

// planted is what must hold of rows about people that somebody wrote who has the
// database's password and no key.
var planted = []promise{
	{"T57 a session put in by hand is none, nor one of the portal's given to somebody else or made longer", func(t *testing.T, h *House) {
		s := identity.Session{Key: "planted", Person: "regulator", Issuer: Issuer, ProviderID: "sid", ACR: "AAL3", AuthAt: h.Now(), StartedAt: h.Now(), SeenAt: h.Now()}
		none := func(key string) {
			t.Helper()
			if _, who, err := h.session(t, key); !errors.Is(err, storage.ErrNoSession) {
				t.Errorf("session %q is believed: %+v, %v", key, who, err)
			}
		}
		h.plantSession(t, s, withoutKey)
		none(s.Key)
		h.signedIn(t, "own", lead)
		h.recode(t, "session where key = 'planted'", h.rows(t, "select mac from session where key = 'own'")[0])
		none(s.Key) // the code of another row is none of this one
		h.recode(t, "session where key = 'planted'", Acts.RowCode(s.Row()))
		if _, who, err := h.session(t, s.Key); err != nil || who.ID != "regulator" {
			t.Errorf("what was refused was something else: %+v, %v", who, err)
		}
		for _, change := range []string{"person = 'chief'", "issuer = 'x'", "provider_id = 'x'", "acr = 'AAL1'", "auth_at = auth_at + 1", "started_at = started_at + 1"} {
			h.signedIn(t, change, lead)
			h.do(t, "update session set "+change+" where key = $1", change)
			none(change)
		}
		h.do(t, "update session set seen_at = seen_at + 1 where key = 'own'") // what changes with every request
		if _, _, err := h.session(t, "own"); err != nil {
			t.Errorf("the portal's own session: %v", err)
		}
	}},
	{"T57 an appointment put in by hand, or changed, is not held: by no session, in no list, in no decision", func(t *testing.T, h *House) {
		h.signedIn(t, "key", lead)
		held := func() int {
			t.Helper()
			_, who, err := h.session(t, "key")
			must(t, err)
			return len(who.Appointments)
		}
		holders := func() int {
			t.Helper()
			list, err := h.Organisations.Holders(t.Context(), h.pass(t, chief, access.ReadOrganisation, Here), h.Now())
			must(t, err)
			return len(list)
		}
		posts := func() int {
			t.Helper()
			h.joins(t, access.Actor{ID: NewID(), Name: "Newcomer", Appointments: person("", "", There, access.BoardMember).Appointments}) // so that nothing is remembered
			g, err := h.Acting.Ground(t.Context(), h.at(chief), Here)
			must(t, err)
			return len(g.Posts)
		}
		wasHolders, wasPosts := holders(), posts()
		h.plantAppointment(t, h.ghost(), withoutKey)
		if held() != 1 || holders() != wasHolders || posts() != wasPosts {
			t.Errorf("held are %d, %d of %d, %d of %d", held(), holders(), wasHolders, posts(), wasPosts)
		}
		h.recode(t, "appointment where id = 'ghost'", Acts.RowCode(h.ghost().Record()))
		if held() != 2 || holders() != wasHolders+1 || posts() != wasPosts+1 {
			t.Error("what was refused was something else")
		}
		for _, change := range []string{"office = 'siro'", "organisation = 'RYJ'", "person = 'siro'", "from_at = from_at - 1", "to_at = 4000000000000000", "acting = 0"} {
			h.do(t, "update appointment set office = 'chief_executive', organisation = 'RXH', person = 'lead', from_at = $1, to_at = null, acting = 1 where id = 'ghost'", Began.UnixMicro())
			if held() != 2 {
				t.Fatal("as it was, it is not held")
			}
			h.do(t, "update appointment set "+change+" where id = 'ghost'")
			if held() != 1 {
				t.Errorf("with %s it is held", change)
			}
		}
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, h.Lock(t, Here, 1))
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, st.ID, attestation.Declined, st.Digest))
		h.do(t, "update appointment set from_at = from_at - 1 where person = 'chief'")
		h.refused(t, attestation.ErrNotChief, func() error {
			return h.Statements.Decline(t.Context(), h.at(chief), Here, st.ID, "The figures are not ours")
		})
	}},
	{"T57 an import builds on no row about people that somebody planted or changed, and names the first it meets", func(t *testing.T, h *House) {
		pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		imports := func() error {
			return h.Identities.Appoint(t.Context(), pass, h.Now(), func(identity.Roll) (identity.Writing, error) {
				t.Error("it was decided on")
				return identity.Writing{}, nil
			})
		}
		stops := func(row string) {
			t.Helper()
			for name, read := range map[string]func() error{"import": imports, "dry run": func() error { return failing(h.Identities.Roll(t.Context(), pass)) }} {
				before := h.contents(t)
				err := read()
				if refusal, is := errors.AsType[*fault.Error](err); !is || refusal.Kind != fault.Conflict || !strings.Contains(err.Error(), row) || !strings.Contains(err.Error(), "countersign fsck") || h.contents(t) != before {
					t.Errorf("%s: %v, want one that names %s", name, err, row)
				}
			}
		}
		login := identity.Login{Issuer: Issuer, Subject: "sub-stranger", Person: "chief", Steps: 1}
		for _, c := range []struct{ plant, row, undo string }{
			{"insert into person (id, name, email, phone, steps) values ('stranger', 'A Stranger', '', '', 1)", "The row stranger of the table person", "delete from person where id = 'stranger'"},
			{"update person set email = 'stranger@nhs.example' where id = 'chief'", "The row chief of the table person", "update person set email = 'chief@nhs.example' where id = 'chief'"},
			{"update login set name = 'A Stranger' where person = 'siro'", "of the table login", "update login set name = '' where person = 'siro'"},
			{"update appointment set office = 'caldicott_guardian' where person = 'siro'", "The row appointment-siro-RXH of the table appointment", "update appointment set office = 'siro' where person = 'siro'"},
		} {
			h.do(t, c.plant)
			stops(c.row)
			h.do(t, c.undo)
		}
		h.plantLogin(t, login, withoutKey)
		stops("The row " + login.ID() + " of the table login")
		h.forge(t, login.Recorded("by-hand", pass, h.Now(), "A stranger"), withoutKey)
		h.recode(t, "login where subject = 'sub-stranger'", Acts.RowCode(login.Row()))
		stops("The row " + login.ID() + " of the table login") // not with an event of somebody else's either
		h.do(t, "delete from login where subject = 'sub-stranger'")
		h.plantAppointment(t, h.ghost(), withoutKey)
		stops("The row ghost of the table appointment")
		h.do(t, "delete from appointment where id = 'ghost'")
		roll, err := h.Identities.Roll(t.Context(), pass)
		if must(t, err); len(roll.People) != len(cast) || len(roll.Logins) != len(cast) || len(roll.Held) != len(cast) {
			t.Errorf("of a house in order %d people, %d logins and %d appointments were read", len(roll.People), len(roll.Logins), len(roll.Held))
		}
	}},
	{"T57 T30 a request for an acting chief executive put in by hand, or changed, is decided by nobody, and in nobody's way unseen", func(t *testing.T, h *House) {
		h.joins(t, secretary, director, second)
		decides := func(id identity.ActingID) {
			t.Helper()
			for _, act := range []func() error{
				func() error { return h.Acting.Confirm(t.Context(), h.at(regulator), id) }, func() error { return h.Acting.Refuse(t.Context(), h.at(regulator), id, "No") },
				func() error { return h.Acting.End(t.Context(), h.at(secretary), Here, id) }, func() error { return h.Acting.Ask(t.Context(), h.at(secretary), Here, leave()) },
			} {
				h.refused(t, identity.ErrActingUnvouched, act)
			}
		}
		a := identity.Acting{ID: "planted", Organisation: Here, Person: "director", Name: "Ada Board", From: "2026-10-05", To: "2026-10-11", Reason: "Leave", AskedBy: "secretary", AskedName: secretary.Name, AskedAt: h.Now(), State: identity.ActingWaits}
		h.do(t, "insert into acting_request (id, organisation, person, person_name, from_on, to_on, reason, asked_by, asked_name, asked_at, state, decided_name, why, ended_name, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', '', '', '', 1)",
			string(a.ID), string(Here), string(a.Person), a.Name, string(a.From), string(a.To), a.Reason, string(a.AskedBy), a.AskedName, a.AskedAt.UnixMicro())
		decides(a.ID)
		asked := func(id string) event.Event {
			e := h.said(t, "acting chief executive asked for").For(Here).Recording(a.Record())
			e.ID, e.Thing = id, a.Thing()
			return e
		}
		h.forge(t, asked("by-hand"), withoutKey)
		decides(a.ID)
		h.forge(t, asked("with-key"), "")
		must(t, h.Acting.Refuse(t.Context(), h.at(regulator), a.ID, "Send us the minute"))

		own := h.asked(t)
		h.forge(t, asked("more-by-hand"), withoutKey) // which hides nothing
		h.dropTrigger(t, "acting_request_stays", "acting_request")
		h.do(t, "update acting_request set person = 'siro', person_name = 'Helen Frost' where id = $1", string(own.ID))
		decides(own.ID)
		h.do(t, "update acting_request set person = 'director', person_name = 'Ada Board' where id = $1", string(own.ID))
		must(t, h.Acting.Confirm(t.Context(), h.at(regulator), own.ID))
		h.Pass(time.Minute)
		must(t, h.Acting.End(t.Context(), h.at(secretary), Here, own.ID))
	}},
	{"T14 T57 a hold on a login that is cleared by hand stays: nobody signs in or signs with it, and fsck names it", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		before := h.rows(t, "select mac from login where subject = 'sub-chief'")[0]
		up := h.Begun(t, chief, Here, id)
		must2(t)(h.recognise(t, "sub-chief", "Amara Okafor", "amara@nhs.example"))
		described := h.rows(t, "select mac from login where subject = 'sub-chief'")[0]
		must2(t)(h.recognise(t, "sub-chief", "Ravi Shah", "ravi@nhs.example"))
		clears := func(code, more string) {
			t.Helper()
			h.do(t, "update login set changed_at = null, mac = '"+code+"'"+more+" where subject = 'sub-chief'")
			h.refused(t, attestation.ErrOther, func() error { return failing(h.Sign(t.Context(), chief, Here, up)) })
			h.refused(t, identity.ErrUnknown, func() error { return failing(h.recognise(t, "sub-chief", "Ravi Shah", "ravi@nhs.example")) })
			h.refused(t, identity.ErrUnknown, func() error { return failing(h.Identities.PersonOf(t.Context(), h.keeping(t), Issuer, "sub-chief")) })
			h.names(t, audit.Unvouched, "the login of person chief is not the one that was recorded")
		}
		clears(withoutKey, "")
		clears(described, ", steps = 1") // as the row was before, code and all
		clears(before, ", steps = 1, name = '', email = ''")
	}},
	{"T57 somebody whose name was changed by hand signs nothing under it, until it is theirs again, and fsck names it", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.do(t, "update person set name = 'Ravi Shah' where id = 'chief'")
		h.signedIn(t, "key", chief)
		_, as, err := h.session(t, "key")
		if must(t, err); as.Name != "Ravi Shah" {
			t.Fatalf("signed in as %q", as.Name)
		}
		up := h.Begun(t, as, Here, id)
		h.refused(t, attestation.ErrName, func() error { return failing(h.Sign(t.Context(), as, Here, up)) })
		h.names(t, audit.Unvouched, "the name or contact of a person is not the one that was recorded")
		h.do(t, "update person set steps = 2 where id = 'chief'")
		e := h.said(t, identity.ContactChanged)
		e.Thing = identity.PersonID("chief").Thing()
		h.forge(t, e.Recording(identity.Person{ID: "chief", Name: "Ravi Shah", Email: "chief@nhs.example", Phone: "020 7946 0000", Steps: 2}.Record()), withoutKey)
		h.refused(t, attestation.ErrName, func() error { return failing(h.Sign(t.Context(), as, Here, up)) })
		h.do(t, "update person set name = 'Amara Okafor', steps = 1 where id = 'chief'")
		h.refused(t, attestation.ErrName, func() error { return failing(h.Sign(t.Context(), as, Here, up)) }) // a request from before
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id)))
	}},
	{"T57 junk about an appointment, a login or a person that somebody adds to the record keeps nobody from signing", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.Pass(time.Minute)
		login := identity.Login{Issuer: Issuer, Subject: "sub-chief"}
		for kind, thing := range map[string]string{identity.AppointmentEnded: "appointment/appointment-chief-RXH", identity.LoginChanged: login.Thing(), identity.ContactChanged: "person/chief"} {
			e := h.said(t, kind).For(Here)
			e.ID, e.Thing = "zzz "+kind, thing
			h.forge(t, e.Vouching(strings.Repeat("f", 64)), withoutKey)
		}
		h.do(t, "insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ('zzzz', $1, 'x', 'x', 'portal', 'RXH', 'appointment ended', 'appointment/appointment-chief-RXH', 'x', $2)", h.Now().UnixMicro(), strings.Repeat("0", 64))
		must2(t)(h.Sign(t.Context(), chief, Here, up))
		h.names(t, audit.Foreign, "waits for the log and is given no place")
		h.names(t, audit.Unlogged, "appointment ended")
	}},
	{"T14 a login planted beside a held one neither lifts the hold nor makes one", func(t *testing.T, h *House) {
		plant := func(id string, changed int64) {
			t.Helper()
			_, err := h.Raw.ExecContext(t.Context(), "insert into login (id, issuer, subject, person, name, email, changed_at, steps, mac, version) values ($1, $1, 'x', 'chief', '', '', $2, 1, $3, 1)", id, changed, withoutKey)
			must(t, err)
		}
		plant("held", 1)
		h.signs(t, chief, Here, h.Lock(t, Here, 1))
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 2))
		must2(t)(h.recognise(t, "sub-chief", "Amara Okafor", "amara@nhs.example"))
		must2(t)(h.recognise(t, "sub-chief", "Ravi Shah", "ravi@nhs.example"))
		plant("free", 0)
		h.refused(t, attestation.ErrLogin, func() error { return failing(h.Sign(t.Context(), chief, Here, up)) })
	}},
	{"T57 an end of which the salt or the code is gone is not passed over: nobody signs under the office, and fsck and the watch name it", func(t *testing.T, h *House) {
		s := audited(t, h)
		was := h.rows(t, "select mac from appointment where person = 'chief'")[0]
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.Pass(time.Minute)
		h.endAppointment(t, chief, h.Now())
		grow(t, s.log)
		h.Pass(time.Second)
		h.do(t, "update appointment set to_at = null, mac = '"+was+"' where person = 'chief'") // as it was, code and all
		ended := h.rows(t, "select l.mac from log_leaf l join event e on e.id = l.event where e.kind = 'appointment ended'")[0]
		for _, gone := range []struct {
			how  string
			want audit.Class
		}{{"mac = '" + withoutKey + "'", audit.Foreign}, {"salt = '', mac = '" + ended + "'", audit.Erased}} {
			h.do(t, "update log_leaf set "+gone.how+" where event in (select id from event where kind = 'appointment ended')")
			h.refused(t, attestation.ErrNotOffice, func() error { return failing(h.Sign(t.Context(), chief, Here, up)) })
			for name, look := range s.looks() {
				found, err := look(t)
				if must(t, err); !slices.Contains(audit.Classes(found), gone.want) {
					t.Errorf("%s, after %s: %v", name, gone.how, found)
				}
			}
		}
	}},
	{"T57 whose appointment was put in by hand is written no letter, rung by nobody, and makes no trust able to sign", func(t *testing.T, h *House) {
		id := h.issue(t)
		seen := func() (places, everywhere, phones, offices int) {
			t.Helper()
			all := h.pass(t, regulator, access.ReadOrganisation, organisation.National)
			where, err := h.Messages.Places(t.Context(), all, id, h.Now())
			must(t, err)
			for _, p := range where {
				places += len(p.Holders)
			}
			where, err = h.Messages.Everywhere(t.Context(), all, h.Now())
			must(t, err)
			for _, p := range where {
				everywhere += len(p.Holders)
			}
			numbers, err := storage.Walls{DB: h.DB}.Phones(t.Context(), all, id, h.Now())
			must(t, err)
			trusts, err := h.Organisations.InOffice(t.Context(), all, access.BoardCyberLead, h.Now())
			must(t, err)
			return places, everywhere, len(numbers), len(trusts)
		}
		places, everywhere, phones, offices := seen()
		ghost := h.ghost()
		ghost.Office = access.BoardCyberLead
		h.plantAppointment(t, ghost, withoutKey)
		if p, e, n, o := seen(); p != places || e != everywhere || n != phones || o != offices {
			t.Errorf("%d of %d, %d of %d, %d of %d, %d of %d", p, places, e, everywhere, n, phones, o, offices)
		}
		h.recode(t, "appointment where id = 'ghost'", Acts.RowCode(ghost.Record()))
		if p, e, n, o := seen(); p != places+1 || e != everywhere+1 || n != phones+1 || o != offices+1 {
			t.Errorf("what was refused was something else: %d of %d, %d of %d, %d of %d, %d of %d", p, places, e, everywhere, n, phones, o, offices)
		}
	}},
}

// names wants fsck to find this.
func (h *House) names(t *testing.T, class audit.Class, says string) {
	t.Helper()
	if found := audited(t, h).check(t); !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Class == class && strings.Contains(f.Detail, says) }) {
		t.Errorf("%q, %q was not found, but %v", class, says, found)
	}
}

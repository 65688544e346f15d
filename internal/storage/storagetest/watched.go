package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/audit"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// watching is what must hold of the watch.
var watching = []promise{
	{"T57 the watch sees the end of an appointment that was taken out of record and register", func(t *testing.T, h *House) {
		s := audited(t, h)
		was := h.rows(t, "select mac from appointment where person = 'chief'")[0]
		h.Pass(time.Minute)
		h.endAppointment(t, chief, h.Now())
		grow(t, s.log)
		h.Pass(time.Minute)
		h.joins(t, second) // so that it is not the last entry
		grow(t, s.log)
		watch := func() []audit.Finding {
			t.Helper()
			found, err := s.audit.Watch(t.Context(), access.PortalActor("watch"), 100)
			must(t, err)
			return found
		}
		if found := watch(); len(found) > 0 {
			t.Fatalf("in order: %v", found)
		}
		s.free(t)
		back := sqls("update appointment set to_at = null, mac = '" + was + "' where person = 'chief'")
		back(t, s)
		sees := func(class audit.Class, detail string) {
			t.Helper()
			for range 2 { // and goes on seeing it
				if found := watch(); !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Class == class && strings.Contains(f.String(), detail) }) {
					t.Errorf("%q, %q was not seen, but %v", class, detail, found)
				}
			}
		}
		sees(audit.Unvouched, "the appointment is not the one that was recorded")
		sqls("delete from log_leaf where event in (select id from event where kind = 'appointment ended')", "delete from event where kind = 'appointment ended'")(t, s)
		sees(audit.Dropped, "its event or leaf is gone")
		sqls("delete from log_entry where n in (select e.n from log_entry e where not exists (select 1 from log_leaf l where l.event = e.event))")(t, s)
		sees(audit.Gap, "the next one is")
		sqls("delete from log_entry where n > (select min(e.n) from log_entry e where not exists (select 1 from log_entry f where f.n = e.n + 1))")(t, s)
		sees(audit.Gap, "the newest checkpoint is of size")
	}},
	{"the watch goes on where it stopped, comes to everybody and every act in turn, and stays where it finds something", func(t *testing.T, h *House) {
		s := audited(t, h)
		s.audit.Part = 7
		grow(t, s.log)
		rounds := h.count(t, "select count(*) from log_entry")/s.audit.Part + 1
		watch := func() bool {
			t.Helper()
			found, err := s.audit.Watch(t.Context(), access.PortalActor("watch"), 100)
			must(t, err)
			return len(found) > 0
		}
		for range 2 * rounds {
			if watch() {
				t.Fatal("in order, it finds something")
			}
		}
		s.free(t)
		for claim, act := range map[string][2]string{
			"a person":       {"update person set phone = '1' where id = 'siro'", "update person set phone = '020 7946 0000' where id = 'siro'"},
			"a login":        {"update login set name = '1' where person = 'siro'", "update login set name = '' where person = 'siro'"},
			"an appointment": {"update appointment set acting = 1 where person = 'siro'", "update appointment set acting = 0 where person = 'siro'"},
			"an act":         {"update event set detail = detail || '.' where id in (select event from log_entry where n = 23)", "update event set detail = substr(detail, 1, length(detail) - 1) where id in (select event from log_entry where n = 23)"},
		} {
			sqls(act[0])(t, s)
			n := 1
			for !watch() && n <= rounds {
				n++
			}
			if n > rounds || !watch() || !watch() {
				t.Errorf("%s was not seen in %d watches, or not any more after that", claim, rounds)
			}
			sqls(act[1])(t, s)
			for range rounds {
				if watch() {
					t.Errorf("%s is in order again, and it finds something", claim)
				}
			}
		}
	}},
	{"T57 neither much that is found elsewhere nor one finding about people hides another from the watch", func(t *testing.T, h *House) {
		s := audited(t, h)
		s.audit.Part = 2
		grow(t, s.log)
		s.free(t)
		ids := h.rows(t, "select id from person order by id")
		first, last := ids[0], ids[len(ids)-1]
		for i := range 30 {
			h.do(t, fmt.Sprintf("insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ('junk-%d', 1, 'x', 'x', '', 'RXH', 'statement signed', 'statement/junk', '', '')", i))
		}
		h.do(t, "update person set phone = '1' where id = '"+first+"' or id = '"+last+"'")
		for _, id := range []string{last, first} {
			seen := false
			for range 2 * len(ids) {
				found, err := s.audit.Watch(t.Context(), access.PortalActor("watch"), 20)
				must(t, err)
				seen = seen || slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Thing == identity.PersonID(id).Thing() })
			}
			if !seen {
				t.Errorf("person %s was never seen", id)
			}
		}
	}},
}

// watched is what the watch over people sees without anybody asking for fsck, and
// fsck like it.
var watched = seen([]tamper{
	{"a name that was changed", audit.Unvouched, sqls("update person set name = 'Another' where id = 'chief'")},
	{"a contact that was changed", audit.Unvouched, sqls("update person set email = 'another@nhs.example' where id = 'chief'")},
	{"a change of contact that nobody made", audit.Unvouched, sqls("update person set steps = 2 where id = 'chief'")},
	{"a person who was put in", audit.Ghost, sqls("insert into person (id, name, email, phone, steps) values ('zz', 'A Stranger', '', '', 1)")},
	{"a person who was taken out", audit.Dropped, sqls("delete from person where id = 'other-lead'")},
	{"a login that was held by hand", audit.Unvouched, sqls("update login set changed_at = 1 where person = 'chief'")},
	{"a login that is described otherwise", audit.Unvouched, sqls("update login set name = 'Another' where person = 'chief'")},
	{"a login with another id", audit.Ghost, sqls("update login set id = 'zz' where person = 'chief'")},
	{"a login that was put in", audit.Ghost, sqls("insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ('zz', 'x', 'x', 'chief', '', '', 1, '" + withoutKey + "', 1)")},
	{"one of two logins that was taken out", audit.Dropped, func(t *testing.T, s scene) {
		pass := s.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		must(t, s.Identities.Register(t.Context(), pass, s.Now(), nil, []identity.Login{{Issuer: "https://second.example", Subject: "chief", Person: "chief"}}, nil))
		sqls("delete from login where issuer = 'https://second.example'")(t, s)
	}},
	{"an office that was changed", audit.Unvouched, sqls("update appointment set office = 'siro' where person = 'chief'")},
	{"an appointment that was put in", audit.Ghost, func(t *testing.T, s scene) { s.plantAppointment(t, s.ghost(), withoutKey) }},
	{"an appointment without its code", audit.Unvouched, sqls("update appointment set mac = '" + withoutKey + "' where person = 'chief'")},
	{"a login without its code", audit.Unvouched, sqls("update login set mac = '" + withoutKey + "' where person = 'chief'")},
	{"an act that was changed", audit.Opened, func(t *testing.T, s scene) {
		grow(t, s.log)
		sqls("update event set detail = 'Another' where kind = 'organisation opened'")(t, s)
	}},
	{"an event of a moment that has not come, before which nothing is signed", audit.Ahead, sqls("insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ('ahead', 32503680000000000, 'x', 'x', '', 'NATIONAL', 'signed in', 'person/x', '', '')")},
})

func seen(list []tamper) []promise {
	var all []promise
	for _, each := range list {
		all = append(all, promise{"T57 fsck and the watch see " + each.claim, func(t *testing.T, h *House) {
			s := audited(t, h)
			for name, look := range s.looks() {
				found, err := look(t)
				if must(t, err); len(found) > 0 {
					t.Fatalf("%s, in order: %v", name, found)
				}
			}
			s.free(t)
			each.act(t, s)
			for name, look := range s.looks() {
				found, err := look(t)
				if must(t, err); !slices.Contains(audit.Classes(found), each.want) {
					t.Errorf("%s: %q was not found, but %v", name, each.want, found)
				}
			}
		}})
	}
	return all
}

// looks are fsck and the watch.
func (s scene) looks() map[string]func(testing.TB) ([]audit.Finding, error) {
	return map[string]func(testing.TB) ([]audit.Finding, error){
		"fsck": func(t testing.TB) ([]audit.Finding, error) {
			return s.audit.Check(t.Context(), access.PortalActor("fsck"), 100)
		},
		"watch": func(t testing.TB) ([]audit.Finding, error) {
			return s.audit.Watch(t.Context(), access.PortalActor("watch"), 100)
		},
	}
}

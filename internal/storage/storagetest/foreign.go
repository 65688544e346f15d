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
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/receipt"
	"countersign/internal/storage"
	"countersign/internal/transparency"
)

// withoutKey is the code somebody writes who does not have the act key.
var withoutKey = strings.Repeat("0", 64)

// forge puts an event on the record by hand, its leaf and its place in the queue
// with it, as the portal would. The code of the leaf is whatever is given, or the
// right one: then somebody has the act key too.
func (h *House) forge(t testing.TB, e event.Event, code string) {
	t.Helper()
	salt := strings.Repeat("11", transparency.SaltBytes)
	leaf := transparency.LeafOf(salt, transparency.OpeningOf(e))
	if code == "" {
		code = Acts.Code(leaf)
	}
	for _, act := range []struct {
		text string
		args []any
	}{
		{"insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			[]any{e.ID, e.At.UnixMicro(), e.ActorID, e.ActorName, string(e.Office), string(e.Organisation), e.Kind, e.Thing, e.Detail, e.Digest}},
		{"insert into log_leaf (event, leaf, salt, mac) values ($1, $2, $3, $4)", []any{e.ID, string(leaf), salt, code}},
		{"insert into log_queue (event) values ($1)", []any{e.ID}},
	} {
		_, err := h.Raw.ExecContext(t.Context(), act.text, act.args...)
		must(t, err)
	}
}

// foreign is what must hold against somebody who writes into the database and
// has no key.
var foreign = []promise{
	{"T57 an appointment put on the record by hand, leaf and all, does not sign; one recorded with the key would", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		held := identity.Held{ID: "ghost", Person: "lead", Appointment: access.Appointment{Office: access.ChiefExecutive, Organisation: Here, From: h.Now(), Acting: true}}
		h.plantAppointment(t, held, Acts.RowCode(held.Record())) // so that the event alone is missing
		recorded := func(id string) event.Event {
			e := h.said(t, "appointment recorded")
			e.ID, e.At, e.Organisation, e.Thing, e.Digest = id, h.Now(), Here, held.Thing(), held.Digest()
			return e
		}
		ghost := lead
		ghost.Appointments = append(slices.Clone(ghost.Appointments), held.Appointment)
		up := h.Begun(t, ghost, Here, id)
		h.forge(t, recorded("by-hand"), withoutKey)
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), ghost, Here, up); return err })
		h.forge(t, recorded("with-key"), "")
		if _, err := h.Sign(t.Context(), ghost, Here, up); err != nil {
			t.Errorf("what was refused was something else: %v", err)
		}
	}},
	{"T57 a login put on the record by hand is nobody's: it neither signs in nor signs; one recorded with the key would", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		login := identity.Login{Issuer: Issuer, Subject: "sub-stranger", Person: "chief", Steps: 1}
		h.plantLogin(t, login, Acts.RowCode(login.Row()))
		pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		up := h.Begun(t, chief, Here, id)
		tries := func(want error) {
			t.Helper()
			if who, err := h.Identities.PersonOf(t.Context(), pass, Issuer, login.Subject); (want == nil) != (who == login.Person) || (want != nil && !errors.Is(err, identity.ErrUnknown)) {
				t.Errorf("it is %q: %v", who, err)
			}
			seen, err := h.Identities.Recognise(t.Context(), pass, Issuer, login.Subject, func(was identity.Login) (identity.Login, []event.Event) { return was, nil })
			if (want == nil) != (err == nil) || (want == nil && seen.Person != login.Person) || (want != nil && !errors.Is(err, identity.ErrUnknown)) {
				t.Errorf("it signs in as %q: %v", seen.Person, err)
			}
			proof := h.Proof(chief, up)
			proof.Subject = login.Subject
			if _, err := h.Statements.Sign(t.Context(), h.at(chief), Here, up.ID, proof); !errors.Is(err, want) {
				t.Errorf("it signs: %v", err)
			}
		}
		tries(attestation.ErrOther)
		h.forge(t, login.Recorded("by-hand", pass, h.Now(), "A stranger"), withoutKey)
		tries(attestation.ErrOther)
		h.forge(t, login.Recorded("with-key", pass, h.Now(), "A stranger"), "")
		h.recode(t, "login where subject = 'sub-stranger'", withoutKey)
		tries(attestation.ErrOther) // the row itself has no code
		h.recode(t, "login where subject = 'sub-stranger'", Acts.RowCode(login.Row()))
		tries(nil)
	}},
	{"T57 what was queued by hand is given no place and is told of, and holds nothing else up", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		for _, id := range []string{"0-before", "0-before-it-too"} {
			e := h.said(t, "statement asked for")
			e.ID = id
			h.forge(t, e, withoutKey)
		}
		must(t, h.commit(t))
		own := int64(h.count(t, "select count(*) from log_leaf")) - 2
		for range 2 { // the second time there is nothing else to place
			_, err := l.Grow(t.Context())
			if strange, is := errors.AsType[transparency.Foreign](err); !is || strange != 2 {
				t.Errorf("it was told %v", err)
			}
			head, err := l.Latest(t.Context(), access.Actor{})
			must(t, err)
			if head.Size != own || h.count(t, "select count(*) from log_queue") != 2 {
				t.Errorf("the log has %d entries of %d, and %d acts wait", head.Size, own, h.count(t, "select count(*) from log_queue"))
			}
		}
		service := &audit.Service{Store: storage.Audit{DB: h.DB}, Log: l}
		for name, look := range map[string]func() ([]audit.Finding, error){
			"fsck":  func() ([]audit.Finding, error) { return service.Check(t.Context(), access.PortalActor("fsck"), 100) },
			"watch": func() ([]audit.Finding, error) { return service.Watch(t.Context(), access.PortalActor("watch"), 100) },
		} {
			found, err := look()
			must(t, err)
			if !slices.Contains(audit.Classes(found), audit.Foreign) {
				t.Errorf("%s found %v", name, found)
			}
		}
	}},
	{"more acts queued by hand than are placed at once hold nothing up", func(t *testing.T, h *House) {
		for _, id := range []string{"0-a", "0-b", "0-c", "0-d", "0-e"} {
			e := h.said(t, "statement asked for")
			e.ID = id
			h.forge(t, e, withoutKey)
		}
		must(t, h.commit(t))
		l, _ := h.Log(t)
		pass := h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National)
		before := h.count(t, "select count(*) from log_queue")
		_, placed, err := storage.Log{DB: h.DB}.Extend(t.Context(), pass, 2, func(g transparency.Growth) (string, time.Time, error) {
			signed, err := transparency.Checkpoint{Origin: l.Signer.Name(), Size: g.Size, Root: g.Root}.Sign(l.Signer)
			return signed, h.Now(), err
		})
		if strange, is := errors.AsType[transparency.Foreign](err); !is || strange != 5 || placed != 2 || h.count(t, "select count(*) from log_queue") != before-2 {
			t.Errorf("%d placed, %v", placed, err)
		}
	}},
	{"T57 a provider's keys that were put in by hand are not believed, whatever else was", func(t *testing.T, h *House) {
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		l, _ := h.Log(t)
		service := &receipt.Service{Store: storage.Receipts{DB: h.DB}, Signatures: h.Statements, Log: l}
		trusted := func() int {
			trust, err := service.Trust(t.Context(), access.Actor{})
			must(t, err)
			n := 0
			for _, p := range trust.Providers {
				n += len(p.Keys)
			}
			return n
		}
		was := trusted()
		if was == 0 {
			t.Fatal("no key of the provider is known")
		}
		const stranger = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"x","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
		seen := func(id string) event.Event {
			digest := string(attestation.KeySetDigest(Issuer, stranger))
			e := h.said(t, "key set seen")
			e.ID, e.Thing, e.Digest = id, "key_set/"+digest, digest
			return e
		}
		kept := func(event string) {
			_, err := h.Raw.ExecContext(t.Context(), "insert into key_set (digest, issuer, document, seen_at, event) values ($1, $2, $3, 0, $4)", string(attestation.DigestOf(stranger)), Issuer, stranger, event)
			must(t, err)
		}
		h.forge(t, seen("by-hand"), withoutKey)
		kept("by-hand")
		if n := trusted(); n != was {
			t.Errorf("%d keys are believed, %d before", n, was)
		}
		// Nor under the event of another key set.
		_, err = h.Raw.ExecContext(t.Context(), "insert into key_set (digest, issuer, document, seen_at, event) select $1, 'https://other.example', $2, 0, event from key_set order by seen_at desc limit 1", string(attestation.DigestOf(stranger)), stranger)
		must(t, err)
		if n := trusted(); n != was {
			t.Errorf("%d keys are believed, %d before", n, was)
		}
	}},
	{"the same keys under two issuers are seen twice, and believed of both", func(t *testing.T, h *House) {
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		var keys string
		must(t, h.Raw.QueryRowContext(t.Context(), "select document from key_set").Scan(&keys))
		const second = "https://second.example"
		e := h.said(t, "key set seen")
		digest := string(attestation.KeySetDigest(second, keys))
		e.ID, e.Thing, e.Digest = "second", "key_set/"+digest, digest
		h.forge(t, e, "")
		_, err = h.Raw.ExecContext(t.Context(), "insert into key_set (digest, issuer, document, seen_at, event) values ($1, $2, $3, $4, 'second')", string(attestation.DigestOf(keys)), second, keys, h.Now().UnixMicro()+1)
		must(t, err)
		l, _ := h.Log(t)
		trust, err := (&receipt.Service{Store: storage.Receipts{DB: h.DB}, Signatures: h.Statements, Log: l}).Trust(t.Context(), access.Actor{})
		must(t, err)
		if len(trust.Providers) != 2 || trust.Providers[1].Issuer != second || !slices.Equal(trust.Providers[0].Keys, trust.Providers[1].Keys) {
			t.Errorf("believed are %+v", trust.Providers)
		}
	}},
}

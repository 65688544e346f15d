package storagetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/receipt"
	"countersign/internal/storage"
	"countersign/internal/transparency"
	"countersign/internal/transparency/transparencytest"
)

// year is a little more than one, so that each anniversary has passed.
const year = 366 * 24 * time.Hour

// lasting is what must hold of a signature years after it.
var lasting = []promise{
	{"T47 a quorum that is raised asks more of what is shown from then on, and nothing of what was shown before", func(t *testing.T, h *House) {
		l, _ := h.Log(t, "one.example")
		id := h.Lock(t, Here, 1)
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		grow(t, l)
		then, _ := h.bundle(t, l, id)
		head, err := l.Latest(t.Context(), access.Actor{})
		must(t, err)

		second := transparencytest.NewWitness(t, "two.example", l.Keys.Log[0], func() int64 { return h.Now().Unix() })
		l.Keys.Witnesses = append(l.Keys.Witnesses, second.Key())
		l.Keys.Quorum = transparency.Quorum{{Witnesses: 1}, {From: head.Size + 1, Witnesses: 2}}
		must(t, h.commitTo(t, id))
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrQuorum) {
			t.Errorf("one of two is enough for what is shown now: %v", err)
		}
		l.Witnesses = append(l.Witnesses, second)
		grow(t, l)
		now, trust := h.bundle(t, l, id)
		for claim, file := range map[string][]byte{"the file of its day": then, "today's": now} {
			if report, err := receipt.Verify(file, &trust); err != nil || !report.Trusted {
				t.Errorf("%s: %v", claim, err)
			}
		}
		found, err := (&audit.Service{Store: storage.Audit{DB: h.DB}, Log: l}).Check(t.Context(), access.PortalActor("fsck"), 10)
		must(t, err)
		if len(found) > 0 {
			t.Errorf("fsck found %v", found)
		}
		trust.Quorum = transparency.Always(2)
		if _, err := receipt.Verify(then, &trust); err == nil {
			t.Error("the file of its day was always of two witnesses")
		}
	}},
	{"T47 ten years on a signature verifies: by the file of its day, and by a file of today that leans on no key of then", func(t *testing.T, h *House) {
		l, _ := h.Log(t, "one.example")
		must(t, storage.Log{DB: h.DB}.Begin(t.Context(), h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), h.Now()))
		id := h.Lock(t, Here, 1)
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		grow(t, l)
		then, trusted := h.bundle(t, l, id)
		for n := range 10 {
			if n == 5 { // the log's key and its witness are replaced
				next, _ := h.Log(t, "two.example")
				next.Mark, next.Keys.Log, next.Keys.Witnesses = l.Mark, append(next.Keys.Log, l.Keys.Log...), append(next.Keys.Witnesses, l.Keys.Witnesses...)
				l = next
				must(t, l.Start(t.Context()))
			}
			h.Pass(year)
			if again, _ := h.bundle(t, l, id); n == 0 && !bytes.Equal(again, then) {
				t.Error("the file changed before there was anything newer to lean on")
			}
			if n%2 == 0 { // nothing happens in every other year
				if placed := grow(t, l); placed != 1 {
					t.Fatalf("year %d: the idle log was renewed by %d entries", n, placed)
				}
				if grow(t, l) != 0 {
					t.Fatal("and again at once")
				}
				continue
			}
			must(t, h.commitTo(t, id))
			if placed := grow(t, l); placed != 1 {
				t.Errorf("year %d: one thing happened, and %d entries were placed", n, placed)
			}
		}
		now, trust := h.bundle(t, l, id)
		if again, _ := h.bundle(t, l, id); bytes.Equal(now, then) || !bytes.Equal(now, again) {
			t.Error("the file is the old one, or another at each look")
		}
		today := trust
		today.Log, today.Witnesses = trust.Log[:1], trust.Witnesses[:1]
		for claim, file := range map[string]struct {
			bytes []byte
			trust receipt.Trust
		}{"the file of its day, and the list of that day": {then, trusted}, "the file of its day, and today's list": {then, trust}, "today's file, and the list without the keys of then": {now, today}} {
			report, err := receipt.Verify(file.bytes, &file.trust)
			if err != nil || !report.Trusted || report.Signer != chief.Name || !report.SignedAt.Equal(Began) {
				t.Errorf("%s: %+v, %v", claim, report, err)
			}
		}
		if report, err := receipt.Verify(then, &today); err == nil && report.Trusted {
			t.Error("the file of its day is believed from keys that are not on the list")
		}
		for _, f := range (scene{House: h, audit: &audit.Service{Store: storage.Audit{DB: h.DB}, Log: l}}).check(t) {
			t.Error(f)
		}
	}},
	{"T47 of two programs that find the log idle for a year, one renews it", func(t *testing.T, h *House) {
		one, _ := h.Log(t)
		two := &transparency.Log{Store: storage.Log{DB: h.DB}, Signer: one.Signer, Keys: one.Keys, Mark: &mark{}, Now: h.Now}
		must(t, h.commit(t))
		grow(t, one)
		before := h.count(t, "select count(*) from log_leaf")
		h.Pass(year)
		together(2, func(i int) {
			if _, err := []*transparency.Log{one, two}[i].Grow(t.Context()); err != nil {
				t.Error(err)
			}
		})
		grow(t, one)
		if after := h.count(t, "select count(*) from log_leaf"); after != before+1 {
			t.Errorf("renewed %d times", after-before)
		}
	}},
	{"T51 a signature dropped from the database is missed, and its receipt still proves it", func(t *testing.T, h *House) {
		s := lived(t, h)
		file, trust := h.bundle(t, s.log, s.signed)
		s.free(t)
		sqls("delete from signature", "delete from statement where state = 'signed'")(t, s)
		if found := s.check(t); !slices.ContainsFunc(found, func(f audit.Finding) bool {
			return f.Class == audit.Dropped && strings.Contains(f.Thing, string(s.signed))
		}) {
			t.Errorf("the sweep finds %v", found)
		}
		if report, err := receipt.Verify(file, &trust); err != nil || !report.Trusted {
			t.Error("the receipt proves nothing any more:", err)
		}
	}},
	{"T51 a signature dropped from the log as well, with its key, is contradicted by its receipt", func(t *testing.T, h *House) {
		s := lived(t, h)
		file, _ := h.bundle(t, s.log, s.signed)
		s.free(t)
		event := s.signedEvent(t, s.signed)
		sqls("delete from signature", "delete from statement where state = 'signed'", "delete from event where id = '"+event+"'",
			"update log_leaf set leaf = substr(leaf, 1, 80) || 'beef' || substr(leaf, 85) where event = '"+event+"'")(t, s) // another act in its place
		s.derive(t)
		kept, err := receipt.Parse(file)
		must(t, err)
		proof, err := transparency.ParseProof(kept.Proof)
		must(t, err)
		shown, err := transparency.OpenCheckpoint(proof.Checkpoint, s.log.Keys)
		must(t, err)
		pass := s.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National)
		root, err := tlog.TreeHash(shown.Size, storage.Log{DB: s.DB}.Hashes(t.Context(), pass))
		must(t, err)
		if root == shown.Root {
			t.Error("the log of today agrees with the checkpoint in the receipt")
		}
		if found := s.check(t); !slices.Contains(audit.Classes(found), audit.Forked) {
			t.Errorf("the sweep finds %v", found)
		}
	}},
	{"T57 an event put in by hand does not hide the one that a receipt is of", func(t *testing.T, h *House) {
		s := lived(t, h)
		was, _ := h.bundle(t, s.log, s.signed)
		e := h.said(t, "statement signed")
		e.At, e.Organisation, e.Thing = h.Now().Add(time.Hour), Here, "statement/"+string(s.signed)
		h.forge(t, e, withoutKey)
		_, err := h.Raw.ExecContext(t.Context(), "insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ('bare', $1, 'x', 'x', '', 'RXH', 'statement signed', $2, '', '')", h.Now().Add(2*time.Hour).UnixMicro(), e.Thing)
		must(t, err)
		if is, _ := h.bundle(t, s.log, s.signed); !bytes.Equal(is, was) {
			t.Error("the receipt is another one")
		}
		classes := audit.Classes(s.check(t))
		if slices.Contains(classes, audit.Signing) || !slices.Contains(classes, audit.Foreign) || !slices.Contains(classes, audit.Unlogged) {
			t.Errorf("the sweep finds %v", classes)
		}
	}},
	{"T57 codes are made anew when the act key was replaced: after that the secret of before tells nothing", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		h.Lock(t, Here, 1)
		grow(t, l)
		leaves := h.rows(t, "select leaf from log_entry e join log_leaf l on l.event = e.event order by e.n")
		recode := func() transparency.Recoded {
			pass := h.pass(t, access.PortalActor("keys"), access.KeepLog, organisation.National)
			done, err := storage.Log{DB: h.DB}.Recode(t.Context(), pass, func(codes int, of string) event.Event {
				return event.New(NewID(), pass, h.Now(), "codes made anew", "log", fmt.Sprintf("%d codes of %s", codes, of))
			})
			must(t, err)
			return done
		}
		for _, leaf := range leaves {
			_, err := h.Raw.ExecContext(t.Context(), "update log_leaf set mac = $1 where leaf = $2", ActsBefore.Code(transparency.Leaf(leaf)), leaf)
			must(t, err)
		}
		held, login := h.beforeCodes(t)
		h.Lock(t, There, 1) // waits, with codes of today
		if done := recode(); done.Anew != len(leaves)+len(held)+1 || done.Foreign != 0 || done.Waiting != 0 {
			t.Errorf("of %d codes: %+v", len(leaves), done)
		}
		for _, leaf := range leaves {
			if code := h.rows(t, "select mac from log_leaf where leaf = '"+leaf+"'")[0]; !Acts.Current(transparency.Leaf(leaf), code) || ActsBefore.Made(transparency.Leaf(leaf), code) {
				t.Errorf("the code of %q is of before", leaf)
			}
		}
		for _, a := range held {
			if code := h.rows(t, "select mac from appointment where id = '"+a.ID+"'")[0]; !Acts.RowCurrent(a.Record(), code) {
				t.Errorf("the code of appointment %s is of before", a.ID)
			}
		}
		if code := h.rows(t, "select mac from login where id = '"+login.ID()+"'")[0]; !Acts.RowCurrent(login.Row(), code) || ActsBefore.RowMade(login.Row(), code) {
			t.Error("the code of a login is of before")
		}
		if done := recode(); done != (transparency.Recoded{}) || h.count(t, "select count(*) from event where kind = 'codes made anew'") != 3 {
			t.Errorf("a second time: %+v", done)
		}
		grow(t, l)

		s := scene{House: h, audit: &audit.Service{Store: storage.Audit{DB: h.DB}, Log: l}}
		for _, f := range s.check(t) {
			t.Error(f)
		}
		_, err := h.Raw.ExecContext(t.Context(), "update log_leaf set mac = $1 where leaf = $2", withoutKey, leaves[0])
		must(t, err)
		if done := recode(); done.Foreign != 1 || done.Anew != 0 {
			t.Errorf("a code that nobody's secret made: %+v", done)
		}
		other := h.rows(t, "select leaf from log_entry e join log_leaf l on l.event = e.event where e.n = 2")[0]
		s.free(t)
		e := h.said(t, "statement asked for")
		forged := string(transparency.LeafOf("11", transparency.OpeningOf(e)))
		_, err = h.Raw.ExecContext(t.Context(), "update log_leaf set leaf = $1, mac = $2 where leaf = $3", forged, ActsBefore.Code(transparency.Leaf(forged)), other)
		must(t, err)
		if done := recode(); done.Foreign != 2 || done.Anew != 0 {
			t.Errorf("a leaf of before that is not the tree's: %+v", done)
		}
		planted := held[0]
		planted.From = planted.From.Add(time.Hour)
		h.do(t, fmt.Sprintf("update appointment set from_at = %d, mac = '%s' where id = '%s'", planted.From.UnixMicro(), ActsBefore.RowCode(planted.Record()), planted.ID))
		if done := recode(); done.Foreign != 3 || done.Anew != 0 {
			t.Errorf("an appointment with a code of before that the record does not vouch for: %+v", done)
		}
		e = h.said(t, "statement asked for")
		h.forge(t, e, ActsBefore.Code(transparency.LeafOf(strings.Repeat("11", transparency.SaltBytes), transparency.OpeningOf(e))))
		if done := recode(); done.Waiting != 1 || done.Foreign != 2 { // and nobody is looked at
			t.Errorf("an act that waits with a code of before: %+v", done)
		}
	}},
}

// beforeCodes gives every appointment and one login the code that the act key of
// before would have.
func (h *House) beforeCodes(t *testing.T) (held []identity.Held, login identity.Login) {
	t.Helper()
	for _, id := range h.rows(t, "select id from appointment order by id") {
		var a identity.Held
		var from int64
		var to sql.NullInt64
		must(t, h.Raw.QueryRowContext(t.Context(), "select id, person, office, organisation, from_at, to_at, acting from appointment where id = $1", id).
			Scan(&a.ID, &a.Person, &a.Office, &a.Organisation, &from, &to, &a.Acting))
		if a.From = time.UnixMicro(from).UTC(); to.Valid {
			a.To = time.UnixMicro(to.Int64).UTC()
		}
		h.do(t, "update appointment set mac = '"+ActsBefore.RowCode(a.Record())+"' where id = '"+a.ID+"'")
		held = append(held, a)
	}
	must(t, h.Raw.QueryRowContext(t.Context(), "select issuer, subject, person, name, email, steps from login where person = 'chief'").
		Scan(&login.Issuer, &login.Subject, &login.Person, &login.Name, &login.Email, &login.Steps))
	h.do(t, "update login set mac = '"+ActsBefore.RowCode(login.Row())+"' where id = '"+login.ID()+"'")
	return held, login
}

// bundle makes the file that proves a signature, and the list to check it with.
func (h *House) bundle(t *testing.T, l *transparency.Log, id attestation.ID) ([]byte, receipt.Trust) {
	t.Helper()
	s := &receipt.Service{Store: storage.Receipts{DB: h.DB}, Signatures: h.Statements, Log: l}
	b, err := s.Bundle(t.Context(), h.at(chief), Here, id)
	must(t, err)
	trust, err := s.Trust(t.Context(), access.Actor{})
	must(t, err)
	return b.Bytes(), trust
}

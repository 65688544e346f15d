package storagetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/transparency"
	"countersign/internal/transparency/transparencytest"
)

// mark is a keeper of the newest checkpoint, outside the database.
type mark struct {
	mu   sync.Mutex
	last transparency.Checkpoint
}

func (m *mark) Last() (transparency.Checkpoint, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last, m.last.Size > 0, nil
}

func (m *mark) Advance(c transparency.Checkpoint) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Size > m.last.Size {
		m.last = c
	}
	return nil
}

const origin = "countersign.example/log"

// Log keeps the house's log with a key of its own, witnessed by as many as
// names are given, all of whom must sign.
func (h *House) Log(t testing.TB, witnesses ...string) (*transparency.Log, []*transparencytest.Witness) {
	t.Helper()
	secret, vkey, err := note.GenerateKey(nil, origin)
	must(t, err)
	signer, err := note.NewSigner(secret)
	must(t, err)
	l := &transparency.Log{Store: storage.Log{DB: h.DB}, Signer: signer, Mark: &mark{}, Now: h.Now, Keys: transparency.Keys{Log: []string{vkey}, Quorum: transparency.Always(len(witnesses))}}
	var all []*transparencytest.Witness
	for _, name := range witnesses {
		w := transparencytest.NewWitness(t, name, vkey, func() int64 { return h.Now().Unix() })
		all = append(all, w)
		l.Witnesses, l.Keys.Witnesses = append(l.Witnesses, w), append(l.Keys.Witnesses, w.Key())
	}
	return l, all
}

// outside fetches what the log shows to anyone.
func outside(ctx context.Context, l *transparency.Log) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if path == "checkpoint" {
			head, err := l.Latest(ctx, access.Actor{})
			return []byte(head.Note), err
		}
		return l.Tile(ctx, access.Actor{}, strings.TrimPrefix(path, "tile/"))
	}
}

// grow places what waits and fails the test where that fails.
func grow(t testing.TB, l *transparency.Log) int {
	t.Helper()
	n, err := l.Grow(t.Context())
	must(t, err)
	return n
}

// signedEvent is the event that says that a statement was signed.
func (h *House) signedEvent(t testing.TB, id attestation.ID) string {
	t.Helper()
	var event string
	must(t, h.Raw.QueryRowContext(t.Context(), "select id from event where kind = 'statement signed' and thing = $1", "statement/"+string(id)).Scan(&event))
	return event
}

// rounds is how often a race is run: few in a test, many as a proof.
func rounds(few, many int) int {
	if os.Getenv("COUNTERSIGN_PROVE") == "1" {
		return many
	}
	return few
}

// logging is what must hold of the public log.
var logging = []promise{
	{"every accountable act is committed to in its own transaction, and nothing else is", func(t *testing.T, h *House) {
		must(t, storage.Log{DB: h.DB}.Begin(t.Context(), h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), h.Now()))
		must(t, storage.Log{DB: h.DB}.Begin(t.Context(), h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), h.Now().AddDate(1, 0, 0))) // begins once
		id := h.Lock(t, Here, 1)
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		h.issue(t)
		want, got := 0, h.count(t, "select count(*) from log_leaf")
		for _, kind := range h.rows(t, "select kind from event") {
			if transparency.Accountable(kind) {
				want++
			}
		}
		if got != want || got < 20 || h.count(t, "select count(*) from log_queue") != want {
			t.Errorf("%d leaves for %d accountable events", got, want)
		}
		if n := h.count(t, "select count(*) from log_start where at = $1", Began.UnixMicro()); n != 1 {
			t.Error("the log did not begin when it began")
		}
	}},
	{"the tree agrees with what was shown at every step", func(t *testing.T, h *House) {
		l, _ := h.Log(t, "one.example", "two.example")
		watch := transparencytest.Watch{Keys: l.Keys}
		must(t, l.Start(t.Context()))
		for n := range rounds(6, 300) {
			id := h.Lock(t, Here, int64(n+1))
			_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
			must(t, err)
			if grow(t, l) == 0 {
				t.Error("nothing was placed")
			}
			watch.Check(t, outside(t.Context(), l))
			proved, err := l.Prove(t.Context(), access.Actor{}, h.signedEvent(t, id))
			must(t, err)
			if proved.Provisional() || proved.Witnesses != 2 {
				t.Fatalf("the signature is proved by %+v", proved)
			}
			proof, err := transparency.ParseProof(proved.Proof)
			must(t, err)
			if _, err := proof.Check(proved.Leaf, l.Keys); err != nil {
				t.Error("the proof of a signature:", err)
			}
		}
		if grow(t, l) != 0 {
			t.Error("something was placed twice")
		}
		must(t, l.Start(t.Context()))
	}},
	{"a log of more than two tiles is served by tiles and by no other spelling of them", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		watch := transparencytest.Watch{Keys: l.Keys}
		for n := range 70 {
			h.Lock(t, Here, int64(n+1))
			for range 3 {
				must(t, h.Organisations.Import(t.Context(), h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National), trusts()))
			}
			h.send(t, wording(fmt.Sprint("Alert ", n)))
		}
		for range 450 {
			must(t, h.commit(t))
		}
		grow(t, l)
		size := watch.Check(t, outside(t.Context(), l))
		if size < 513 {
			t.Fatalf("the log has %d entries", size)
		}
		if whole, err := l.Tile(t.Context(), access.Actor{}, "1/000.p/2"); err != nil || len(whole) != 64 {
			t.Errorf("a tile of the second level: %d bytes, %v", len(whole), err)
		}
		for _, path := range []string{"0/0", "0/000.p/0", "0/000.p/256", "00/000", "0/x000/000", "0/999", "-1/000", "64/000", "7/000", "entries/000.p/01", "entries", "", "0/000.p/-1", "0/000/", "0/1000", "1/000.p/3", "data/000"} {
			if _, err := l.Tile(t.Context(), access.Actor{}, path); !errors.Is(err, transparency.ErrTile) {
				t.Errorf("tile %q: %v", path, err)
			}
		}
	}},
	{"T52 nothing is shown before its quorum has signed", func(t *testing.T, h *House) {
		l, witnesses := h.Log(t, "one.example", "two.example")
		witnesses[1].Fail(true)
		id := h.Lock(t, Here, 1)
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrQuorum) {
			t.Errorf("with a witness down: %v", err)
		}
		if _, err := l.Latest(t.Context(), access.Actor{}); !errors.Is(err, transparency.ErrEmpty) {
			t.Errorf("a checkpoint without its quorum is shown: %v", err)
		}
		if _, err := l.Tile(t.Context(), access.Actor{}, "entries/000.p/1"); !errors.Is(err, transparency.ErrTile) {
			t.Errorf("an entry without its quorum is shown: %v", err)
		}
		proved, err := l.Prove(t.Context(), access.Actor{}, h.signedEvent(t, id))
		must(t, err)
		if !proved.Provisional() || proved.Index < 0 {
			t.Errorf("proved without its quorum: %+v", proved)
		}
		witnesses[1].Fail(false)
		grow(t, l) // nothing new, and yet the witness is asked again
		if proved, err = l.Prove(t.Context(), access.Actor{}, h.signedEvent(t, id)); err != nil || proved.Provisional() {
			t.Errorf("not proved with its quorum: %+v, %v", proved, err)
		}
	}},
	{"T53 a database put back from an old backup is not grown", func(t *testing.T, h *House) {
		l, witnesses := h.Log(t, "one.example")
		h.Lock(t, Here, 1)
		grow(t, l)
		head, err := l.Latest(t.Context(), access.Actor{})
		must(t, err)
		h.Lock(t, Here, 2)
		ahead := head.Checkpoint
		ahead.Size += 5
		must(t, l.Mark.Advance(ahead))
		before := h.contents(t)
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrBehind) || h.contents(t) != before {
			t.Errorf("behind its mark it grew: %v", err)
		}
		if err := l.Start(t.Context()); !errors.Is(err, transparency.ErrBehind) {
			t.Errorf("behind its mark it started: %v", err)
		}
		// The mark is gone too: the witness remembers.
		l.Mark = &mark{}
		l.Witnesses = []transparency.Submitter{remembers{witnesses[0].Name(), &transparency.Stale{Size: ahead.Size + 500}}}
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrBehind) {
			t.Errorf("behind its witness it was shown: %v", err)
		}
		l.Witnesses = []transparency.Submitter{remembers{witnesses[0].Name(), transparency.ErrFork}}
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrFork) {
			t.Errorf("with another root than its witness saw it was shown: %v", err)
		}
		if now, err := l.Latest(t.Context(), access.Actor{}); err != nil || now.Size != head.Size {
			t.Errorf("shown is size %d, %v; want still %d", now.Size, err, head.Size)
		}
	}},
	{"T50 a rewritten history does not start, though it is signed with the key", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		h.Lock(t, Here, 1)
		grow(t, l)
		last, _, err := l.Mark.Last()
		must(t, err)
		last.Root[0] ^= 1 // what was shown was another history
		l.Mark = &mark{last: last}
		if err := l.Start(t.Context()); !errors.Is(err, transparency.ErrFork) {
			t.Errorf("another history started: %v", err)
		}
		h.Lock(t, Here, 2)
		if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrFork) {
			t.Errorf("another history grew: %v", err)
		}
	}},
	{"another key or another name does not go on with a log", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		h.Lock(t, Here, 1)
		grow(t, l)
		stranger, _ := h.Log(t)
		if err := stranger.Start(t.Context()); err == nil {
			t.Error("a log goes on under another key")
		}
		stranger.Keys.Log = append(stranger.Keys.Log, l.Keys.Log...) // a rotation: the old key is known
		stranger.Mark = l.Mark
		must(t, stranger.Start(t.Context()))
		h.Lock(t, Here, 2)
		grow(t, stranger)
		(&transparencytest.Watch{Keys: stranger.Keys}).Check(t, outside(t.Context(), stranger))
	}},
	{"T54 two programs that grow one log make one history", func(t *testing.T, h *House) {
		one, witnesses := h.Log(t, "one.example")
		two := &transparency.Log{Store: storage.Log{DB: h.DB}, Signer: one.Signer, Keys: one.Keys, Mark: &mark{}, Witnesses: one.Witnesses, Now: h.Now}
		watch := transparencytest.Watch{Keys: one.Keys}
		for n := range rounds(15, 1000) {
			for range 3 {
				must(t, h.commit(t))
			}
			together(2, func(i int) {
				if _, err := []*transparency.Log{one, two}[i].Grow(t.Context()); err != nil && !errors.Is(err, transparency.ErrQuorum) {
					t.Errorf("round %d, program %d: %v", n, i, err)
				}
			})
			must(t, one.Start(t.Context()))
			must(t, two.Start(t.Context()))
		}
		grow(t, one)
		size := watch.Check(t, outside(t.Context(), one))
		if leaves := h.count(t, "select count(*) from log_leaf"); int64(leaves) != size || witnesses[0].Last().Size != size {
			t.Errorf("%d acts, %d entries, %d witnessed", leaves, size, witnesses[0].Last().Size)
		}
	}},
	{"T48 nothing of the log is changed, deleted or replaced", func(t *testing.T, h *House) {
		l, _ := h.Log(t, "one.example")
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		must(t, storage.Log{DB: h.DB}.Begin(t.Context(), h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), h.Now()))
		grow(t, l)
		acts := []string{
			"update log_leaf set leaf = replace(leaf, 'a', 'b')", "update log_leaf set salt = '00000000000000000000000000000000'", "delete from log_leaf", "update log_entry set n = n + 1000", "delete from log_entry where n = 0",
			"update log_hash set hash = (select hash from log_hash where n = 1) where n = 0", "delete from log_hash", "update log_checkpoint set note = 'x'", "delete from log_checkpoint",
			"update log_cosignature set line = 'x'", "delete from log_cosignature", "update log_published set published_at = 0", "delete from log_published", "update log_start set at = 0", "delete from log_start",
			"update key_set set issuer = 'x'", "delete from key_set",
			"insert into log_entry (n, event) select 5000, min(event) from log_leaf", "insert into log_hash (n, hash) select 5000, min(hash) from log_hash where n = 0",
			"insert into log_checkpoint (size, root, note, signed_at) values (1, 'x', 'x', 1)",
			"insert into log_start (one, at) values (1, 5) on conflict (one) do update set at = 5", "insert into log_published (size, published_at) select max(size), 0 from log_checkpoint",
		}
		for _, table := range []string{"log_leaf", "log_entry", "log_hash", "log_checkpoint", "log_cosignature", "log_published", "log_start", "key_set"} {
			if h.postgres(t) {
				acts = append(acts, "truncate "+table+" cascade")
			} else {
				acts = append(acts, "replace into "+table+" select * from "+table)
			}
		}
		if !h.postgres(t) {
			acts = append(acts, "replace into log_start (one, at) values (1, 5)", "replace into log_published (size, published_at) select size, 0 from log_published")
		}
		before := h.contents(t)
		for _, act := range acts {
			if _, err := h.Raw.ExecContext(t.Context(), act); err == nil {
				if h.contents(t) != before {
					t.Fatalf("%s went through", act)
				}
			}
		}
		_, err = h.Raw.ExecContext(t.Context(), "update log_leaf set salt = ''") // an erasure
		must(t, err)
	}},
	{"T57 an appointment that nobody recorded does not sign", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		insert := "insert into appointment (id, person, office, organisation, from_at, to_at, acting, recorded_by, recorded_at, mac, version) values ('ghost', 'lead', 'chief_executive', 'RXH', 0, null, 1, 'x', 0, '" + withoutKey + "', 1)"
		_, err := h.Raw.ExecContext(t.Context(), insert)
		must(t, err)
		ghost := lead
		ghost.Appointments = append(ghost.Appointments, access.Appointment{Office: access.ChiefExecutive, Organisation: Here, Acting: true})
		up := h.Begun(t, ghost, Here, id)
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), ghost, Here, up); return err })
		// Nor with an event made for it that opens no leaf of the log.
		held := `insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ('ghost-event', 1, 'x', 'x', 'portal', 'RXH', 'appointment recorded', 'appointment/ghost', 'x', $1)`
		_, err = h.Raw.ExecContext(t.Context(), held, strings.Repeat("0", 64))
		must(t, err)
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), ghost, Here, up); return err })
	}},
	{"T57 an appointment changed behind the record's back does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		_, err := h.Raw.ExecContext(t.Context(), "update appointment set from_at = from_at - 1 where person = 'chief'")
		must(t, err)
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"a provider's key set is recorded the first time it is seen", func(t *testing.T, h *House) {
		for n := range 3 {
			_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, int64(n+1))))
			must(t, err)
		}
		if sets, said := h.count(t, "select count(*) from key_set"), h.count(t, "select count(*) from event where kind = 'key set seen'"); sets != 1 || said != 1 {
			t.Errorf("%d key sets kept, %d recorded", sets, said)
		}
	}},
	{"of sixteen signatures at once by new keys, the keys are recorded once", func(t *testing.T, h *House) {
		ups := make([]attestation.StepUp, 16)
		for i := range ups {
			ups[i] = h.Begun(t, chief, Here, h.Lock(t, Here, int64(i+1)))
		}
		together(len(ups), func(i int) {
			if _, err := h.Sign(t.Context(), chief, Here, ups[i]); err != nil {
				t.Errorf("signature %d: %v", i, err)
			}
		})
		if n := h.count(t, "select count(*) from key_set"); n != 1 {
			t.Errorf("%d key sets", n)
		}
		l, _ := h.Log(t)
		grow(t, l)
		(&transparencytest.Watch{Keys: l.Keys}).Check(t, outside(t.Context(), l))
	}},
	{"T59 leaves are alike, and without their salt nothing can be guessed from them", func(t *testing.T, h *House) {
		for range 40 {
			must(t, h.commit(t)) // the same act again and again
		}
		seen := map[string]bool{}
		for _, leaf := range h.rows(t, "select leaf from log_leaf") {
			if len(leaf) != 84 || seen[leaf] {
				t.Errorf("leaf %q", leaf)
			}
			seen[leaf] = true
		}
		for _, salt := range h.rows(t, "select salt from log_leaf") {
			if len(salt) != 2*transparency.SaltBytes || seen[salt] {
				t.Errorf("salt %q", salt)
			}
			seen[salt] = true
		}
	}},
	{"T58 with its salt erased an entry still stands in the tree, and opens no more", func(t *testing.T, h *House) {
		l, _ := h.Log(t)
		id := h.Lock(t, Here, 1)
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		grow(t, l)
		watch := transparencytest.Watch{Keys: l.Keys}
		watch.Check(t, outside(t.Context(), l))
		_, err = h.Raw.ExecContext(t.Context(), "update log_leaf set salt = '' where event = $1", h.signedEvent(t, id))
		must(t, err)
		watch.Check(t, outside(t.Context(), l))
		proved, err := l.Prove(t.Context(), access.Actor{}, h.signedEvent(t, id))
		must(t, err)
		if proved.Salt != "" || proved.Provisional() {
			t.Errorf("after the erasure: %+v", proved)
		}
	}},
}

// commit records one accountable act that changes nothing else.
func (h *House) commit(t testing.TB) error {
	t.Helper()
	return h.Organisations.Import(t.Context(), h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National), saying(h.said(t, "statement asked for")))
}

// remembers is a witness that has seen something else.
type remembers struct {
	name string
	seen error
}

func (r remembers) Name() string { return r.name }

func (r remembers) Submit(context.Context, int64, tlog.TreeProof, transparency.Head) (string, error) {
	return "", r.seen
}

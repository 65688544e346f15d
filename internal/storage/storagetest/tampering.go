package storagetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/transparency"
)

// scene is a house in which everything that is audited has happened.
type scene struct {
	*House
	log      *transparency.Log
	audit    *audit.Service
	signed   attestation.ID
	returned attestation.ID
	beside   attestation.ID // co-signed and signed
	next     attestation.ID // that was signed in place of another
	alert    alert.ID
}

// lived takes a house through a statement signed with a qualification, one
// returned, an alert answered, evidence judged, and two looks of a witness.
func lived(t *testing.T, h *House) scene {
	t.Helper()
	ctx := t.Context()
	s := scene{House: h}
	s.log, _ = h.Log(t, "one.example")
	must(t, storage.Log{DB: h.DB}.Begin(ctx, h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), Began))
	s.audit = &audit.Service{Store: storage.Audit{DB: h.DB}, Log: s.log}
	s.signed = h.Lock(t, Here, 1)
	st, _, err := h.Statements.Read(ctx, h.at(chief), Here, s.signed)
	must(t, err)
	must(t, h.Statements.Choose(ctx, h.at(chief), Here, s.signed, attestation.Qualified, st.Digest))
	must(t, h.Statements.Except(ctx, h.at(chief), Here, s.signed, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"}))
	up, err := h.begin(ctx, chief, Here, s.signed)
	must(t, err)
	_, err = h.Sign(ctx, chief, Here, up)
	must(t, err)
	s.returned = h.Lock(t, There, 1)
	st, _, err = h.Statements.Read(ctx, h.at(other), There, s.returned)
	must(t, err)
	must(t, h.Statements.Choose(ctx, h.at(other), There, s.returned, attestation.Declined, st.Digest))
	must(t, h.Statements.Decline(ctx, h.at(other), There, s.returned, "The figures are not ours"))
	s.beside = h.LockBeside(t, There, 2)
	h.CoSigned(t, otherSIRO, There, s.beside)
	must2(t)(h.Sign(ctx, other, There, h.Begun(t, other, There, s.beside)))
	h.CoSigned(t, otherSIRO, There, h.LockBeside(t, There, 3)) // which still waits for the chief executive
	grow(t, s.log)
	s.alert = h.issue(t)
	h.Pass(time.Hour)
	must(t, h.Alerts.Acknowledge(ctx, h.at(lead), Here, s.alert))
	h.Pass(time.Minute)
	_, _, seen, err := h.Alerts.Read(ctx, h.at(lead), Here, s.alert)
	must(t, err)
	must(t, h.Alerts.Apply(ctx, h.at(lead), Here, s.alert, seen, alert.Applies{Answer: alert.AppliesToAll}))
	file := h.keep(t, Here, lead, strings.Repeat("ab", 32))
	h.scans(t, file)
	grow(t, s.log)
	must(t, h.commitTo(t, s.signed)) // one act still waits
	return s
}

// scans lets the scanner find nothing in a file.
func (h *House) scans(t *testing.T, file evidence.ID) {
	t.Helper()
	scan := h.pass(t, access.PortalActor("scanner"), access.ScanEvidence, Here)
	must(t, h.Evidence.Record(t.Context(), scan, file, func(f evidence.File) (evidence.File, event.Event, error) {
		return f.Judged(scan, evidence.Finding{Result: evidence.Clean, Engine: "clamd"}, NewID(), h.Now())
	}))
}

// commitTo records one accountable act about a statement that is there.
func (h *House) commitTo(t *testing.T, id attestation.ID) error {
	t.Helper()
	e := h.said(t, "statement asked for")
	e.Thing = "statement/" + string(id)
	return h.Organisations.Import(t.Context(), h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National), saying(e))
}

// free lets somebody with the database's password do what they want: triggers
// and foreign keys no longer stop them.
func (s scene) free(t *testing.T) {
	t.Helper()
	if s.postgres(t) {
		for _, table := range s.tables(t) {
			_, err := s.Raw.ExecContext(t.Context(), "alter table "+table+" disable trigger all")
			must(t, err)
		}
		return
	}
	for _, name := range s.rows(t, "select name from sqlite_master where type = 'trigger'") {
		_, err := s.Raw.ExecContext(t.Context(), "drop trigger "+name)
		must(t, err)
	}
}

func (s scene) check(t *testing.T) []audit.Finding {
	t.Helper()
	found, err := s.audit.Check(t.Context(), access.PortalActor("fsck"), 1000)
	must(t, err)
	return found
}

// inOrder finds nothing that does not agree.
func (s scene) inOrder(t *testing.T) {
	t.Helper()
	for _, f := range s.check(t) {
		t.Error(f)
	}
}

// resign is what somebody with the log's key can do too.
func (s scene) resign(t *testing.T, size int64, root tlog.Hash) string {
	t.Helper()
	text, err := transparency.Checkpoint{Origin: origin, Size: size, Root: root}.Sign(s.log.Signer)
	must(t, err)
	return text
}

// tampering lists what somebody with the database's password, and in the last of
// them with the log's key as well, may try. Each is found and named.
var tampering = tampers([]tamper{
	{"an opinion is made better", audit.Signing, sqls("update signature set opinion = 'unqualified', exceptions = '[]'")},
	{"a late signature is made punctual", audit.Signing, sqls("update signature set late = 1 - late")},
	{"a signature is dated back", audit.Signing, sqls("update signature set signed_at = signed_at - 86400000000")},
	{"a signature is given to somebody else", audit.Signing, sqls("update signature set person = 'siro', signer_name = 'Helen Frost'")},
	{"a token is replaced", audit.Signing, sqls("update signature set id_token = replace(id_token, '.', '.A')")},
	{"a signed document is changed with its digest", audit.Signing, sqls("update signature set document = replace(document, 'One answer', 'No answer')")},
	{"a signature is deleted", audit.Dropped, sqls("delete from signature")},
	{"a co-signature is dated back", audit.CoSigning, sqls("update co_signature set signed_at = signed_at - 86400000000")},
	{"a co-signature is given to somebody else", audit.CoSigning, sqls("update co_signature set person = 'lead', signer_name = 'Tom Reilly'")},
	{"a co-signer is made an acting one", audit.CoSigning, sqls("update co_signature set acting = 1")},
	{"a co-signature's token is replaced", audit.CoSigning, sqls("update co_signature set id_token = replace(id_token, '.', '.A')")},
	{"a co-signed document is changed with its digest", audit.CoSigning, sqls("update co_signature set document = replace(document, '11 of 12', '12 of 12')")},
	{"a co-signature is deleted", audit.Dropped, sqls("delete from co_signature")},
	{"the co-signature that a signature names is deleted", audit.Signing, sqls("delete from co_signature where statement in (select id from statement where state = 'signed')")},
	{"a co-signature is put in by hand", audit.Ghost, sqls(`insert into co_signature select 'ghost', (select id from statement where state = 'returned'), organisation, person, signer_name, office, acting, document, digest, words_digest, salt, nonce,
		(select step_up from signature where organisation = 'RXH'), issuer, subject, acr, auth_at, arrived_at, signed_at, id_token, key_set from co_signature limit 1`)},
	{"two co-signatures change places", audit.CoSigning, sqls("update co_signature set id = 'aside', office = 'aside' where statement in (select id from statement where state = 'signed')",
		"update co_signature set statement = (select statement from co_signature where id = 'aside') where id <> 'aside'",
		"update co_signature set statement = (select id from statement where state = 'locked'), office = 'siro' where id = 'aside'")},
	{"a co-signature is invented with the log's key", audit.CoSigning, func(t *testing.T, s scene) { s.inventBeside(t) }},
	{"a statement is made to stand as signed", audit.Unsupported, sqls("update statement set state = 'signed' where state = 'returned'")},
	{"the words of a signed statement are changed", audit.Unvouched, sqls("update statement set words = replace(words, '11 of 12', '12 of 12')")},
	{"a statement is made to wait for nobody beside", audit.Unvouched, sqls("update statement set co_signs = 0 where state = 'locked'")},
	{"a statement is deleted", audit.Dropped, sqls("delete from statement where state = 'returned'")},
	{"the reason of a return is changed", audit.Unvouched, sqls("update review set reason = 'All is well' where reason <> ''")},
	{"a chief executive is made by hand", audit.Ghost, sqls("insert into appointment (id, person, office, organisation, from_at, to_at, acting, recorded_by, recorded_at, mac, version) values ('ghost', 'lead', 'chief_executive', 'RXH', 0, null, 0, 'x', 0, '" + withoutKey + "', 1)")},
	{"an appointment is made longer", audit.Unvouched, sqls("update appointment set from_at = from_at - 1 where person = 'chief'")},
	{"an appointment is taken out", audit.Dropped, sqls("delete from appointment where person = 'chief'")},
	{"an organisation is made by hand", audit.Ghost, sqls("insert into organisation (code, name, kind, region, icb, opened_on, closed_on, version) values ('RZZ', 'Ghost', 'acute', 'Y56', 'QMF', '2010-04-01', '', 1)")},
	{"an alert is dated back", audit.Unvouched, sqls("update alert_version set answer_due = answer_due - 3600000000")},
	{"an alert's words are changed", audit.Unvouched, sqls("update alert_version set document = replace(document, 'It is used now', 'It is not used')")},
	{"an answer is made punctual", audit.Unvouched, sqls("update alert_response set acknowledged_at = acknowledged_at - 60000000 where acknowledged_at is not null")},
	{"an answer is made by hand", audit.Ghost, sqls("update alert_response set acknowledged_at = 1, acknowledged_by = 'x' where acknowledged_at is null")},
	{"a file is exchanged for another", audit.Unvouched, sqls("update evidence set digest = '" + strings.Repeat("cd", 32) + "'")},
	{"a provider's keys are exchanged", audit.KeySet, sqls("update key_set set document = '{}'")},
	{"an event is changed", audit.Opened, sqls("update event set detail = detail || ' not' where kind = 'statement signed'")},
	{"an event is deleted", audit.Dropped, sqls("delete from event where kind = 'statement signed'")},
	{"an event is put in by hand", audit.Unlogged, sqls("insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) select 'zzzz', at + 1, actor, actor_name, office, organisation, kind, thing, detail, digest from event where kind = 'alert acknowledged'")},
	{"an act is taken out of the queue", audit.Lost, sqls("delete from log_queue")},
	{"a leaf is exchanged", audit.Tree, sqls("update log_leaf set leaf = substr(leaf, 1, 80) || 'beef' where event in (select event from log_entry where n = 3)")},
	{"two entries change places", audit.Tree, sqls("update log_entry set n = -1 where n = 2", "update log_entry set n = 2 where n = 3", "update log_entry set n = 3 where n = -1")},
	{"an entry is taken out", audit.Gap, sqls("delete from log_entry where n = 2")},
	{"the last entry is taken out", audit.Tree, sqls("delete from log_entry where n = (select max(n) from log_entry)")},
	{"a salt is exchanged", audit.Opened, sqls("update log_leaf set salt = '00000000000000000000000000000000' where event in (select event from log_entry where n = 3)")},
	{"a login is led to another person", audit.Unvouched, sqls("update login set person = 'chief' where person = 'lead'")},
	{"a login is added", audit.Ghost, sqls("insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ('stranger', 'https://provider.example', 'sub-stranger', 'chief', '', '', 1, '" + withoutKey + "', 0)")},
	{"a login is removed", audit.Dropped, sqls("delete from login where person = 'lead'")},
	{"an act is queued by hand", audit.Foreign, func(t *testing.T, s scene) {
		e := s.said(t, "statement asked for")
		e.Thing = "statement/" + string(s.returned)
		s.forge(t, e, withoutKey)
	}},
	{"the code of a leaf in the log is changed", audit.Foreign, sqls("update log_leaf set mac = replace(mac, substr(mac, 1, 1), '#') where event in (select event from log_entry where n = 3)")},
	{"a provider's keys are given to another issuer", audit.KeySet, sqls("update key_set set issuer = 'https://other.example'")},
	{"a salt is erased", audit.Erased, sqls("update log_leaf set salt = '' where event in (select event from log_entry where n = 3)")},
	{"a hash of the tree is exchanged", audit.Tree, sqls("update log_hash set hash = (select hash from log_hash where n = 0) where n = 6")},
	{"a hash of the tree is taken out", audit.Tree, sqls("delete from log_hash where n = (select max(n) from log_hash)")},
	{"a checkpoint's note is changed", audit.Head, sqls("update log_checkpoint set note = replace(note, '/log', '/lag')")},
	{"a checkpoint's root is changed", audit.Head, sqls("update log_checkpoint set root = (select root from log_checkpoint order by size limit 1) where size = (select max(size) from log_checkpoint)")},
	{"the newest checkpoint is taken out", audit.Head, sqls("delete from log_published where size = (select max(size) from log_checkpoint)", "delete from log_cosignature where size = (select max(size) from log_checkpoint)", "delete from log_checkpoint where size = (select max(size) from log_checkpoint)")},
	{"a witness's line is exchanged", audit.Witnessing, sqls("update log_cosignature set line = (select line from log_cosignature order by size limit 1) where size = (select max(size) from log_cosignature)")},
	{"a witness's line is taken out", audit.Shown, sqls("delete from log_cosignature")},
	{"the end of the log is cut off", audit.Behind, func(t *testing.T, s scene) {
		last := s.count(t, "select min(size) from log_checkpoint")
		for _, act := range []string{"delete from log_published where size > $1", "delete from log_cosignature where size > $1", "delete from log_checkpoint where size > $1", "delete from log_entry where n >= $1"} {
			_, err := s.Raw.ExecContext(t.Context(), act, last)
			must(t, err)
		}
		_, err := s.Raw.ExecContext(t.Context(), "delete from log_hash where n >= $1", tlog.StoredHashCount(int64(last)))
		must(t, err)
	}},
	{"a signed statement is rewritten with the portal's keys: row, event, leaf, tree and checkpoints", audit.Forked, func(t *testing.T, s scene) { s.rewrite(t) }},
	{"a signature is invented with the portal's keys", audit.Signing, func(t *testing.T, s scene) { s.invent(t) }},
})

type tamper struct {
	claim string
	want  audit.Class
	act   func(t *testing.T, s scene)
}

func tampers(list []tamper) []promise {
	all := []promise{{"a house in which nothing was tampered with is found in order", func(t *testing.T, h *House) {
		revised(t, h).inOrder(t)
	}}}
	all = append(all, promise{"T49 the watch over signatures sees a changed row, and nothing in a house in order", func(t *testing.T, h *House) {
		s := lived(t, h)
		watch := func() []audit.Finding {
			found, err := s.audit.Watch(t.Context(), access.PortalActor("watch"), 10)
			must(t, err)
			return found
		}
		if found := watch(); len(found) > 0 {
			t.Errorf("in order: %v", found)
		}
		s.free(t)
		sqls("update signature set late = 1 - late")(t, s)
		if found := watch(); !slices.Contains(audit.Classes(found), audit.Signing) || slices.Contains(audit.Classes(found), audit.CoSigning) {
			t.Errorf("a changed row: %v", found)
		}
		sqls("update co_signature set acting = 1 - acting")(t, s)
		if found := watch(); !slices.Contains(audit.Classes(found), audit.CoSigning) {
			t.Errorf("a changed co-signature: %v", found)
		}
		for _, kind := range []string{"statement signed", "statement co-signed"} {
			sqls("update event set detail = 'Something else' where kind = '"+kind+"'")(t, s)
			if found := watch(); !slices.Contains(audit.Classes(found), audit.Ghost) {
				t.Errorf("the event of a %s, changed: %v", kind, found)
			}
		}
	}})
	return append(all, tampersOf("T49 found and named: ", "", lived, list)...)
}

// tampersOf promises of each tampering that it is found in a house that has
// lived, where before it everything is in order, and what is said of it.
func tampersOf(mark, says string, scene func(*testing.T, *House) scene, list []tamper) []promise {
	var all []promise
	for _, each := range list {
		all = append(all, promise{mark + each.claim, func(t *testing.T, h *House) {
			s := scene(t, h)
			s.free(t)
			each.act(t, s)
			found := s.check(t)
			if !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Class == each.want && strings.Contains(f.Detail, says) }) {
				t.Errorf("%q, %q was not found, but %v", each.want, says, found)
			}
		}})
	}
	return all
}

// sqls is tampering by statements of SQL, with nothing in their way.
func sqls(acts ...string) func(t *testing.T, s scene) {
	return func(t *testing.T, s scene) {
		t.Helper()
		postgres := s.postgres(t) // asked before: SQLite has one connection to write with
		connection, err := s.Raw.Conn(t.Context())
		must(t, err)
		defer func() { _ = connection.Close() }() // gives it back
		if !postgres {
			_, err := connection.ExecContext(t.Context(), "pragma foreign_keys = off")
			must(t, err)
			defer func() { _, _ = connection.ExecContext(context.WithoutCancel(t.Context()), "pragma foreign_keys = on") }() // of a database nobody uses again
		}
		for _, act := range acts {
			result, err := connection.ExecContext(t.Context(), act)
			if err != nil {
				t.Fatalf("%s: %v", act, err)
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				t.Fatalf("%s changed nothing: %v", act, err)
			}
		}
	}
}

// recommit gives an event that was changed a leaf that opens to it, with the act
// key.
func (s scene) recommit(t *testing.T, id string) {
	t.Helper()
	var made event.Event
	var at int64
	must(t, s.Raw.QueryRowContext(t.Context(), "select id, at, actor, actor_name, office, organisation, kind, thing, detail, digest from event where id = $1", id).
		Scan(&made.ID, &at, &made.ActorID, &made.ActorName, &made.Office, &made.Organisation, &made.Kind, &made.Thing, &made.Detail, &made.Digest))
	made.At = time.UnixMicro(at).UTC()
	salt := strings.Repeat("11", transparency.SaltBytes)
	leaf := transparency.LeafOf(salt, transparency.OpeningOf(made))
	_, err := s.Raw.ExecContext(t.Context(), "update log_leaf set leaf = $1, salt = $2, mac = $3 where event = $4", string(leaf), salt, Acts.Code(leaf), made.ID)
	must(t, err)
}

// derive builds the tree and both checkpoints anew from the leaves as they are.
func (s scene) derive(t *testing.T) {
	t.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = hashes[n]
		}
		return out, nil
	})
	for n, leaf := range s.rows(t, "select l.leaf from log_entry e join log_leaf l on l.event = e.event order by e.n") {
		stored, err := tlog.StoredHashes(int64(n), []byte(leaf), reader)
		must(t, err)
		hashes = append(hashes, stored...)
	}
	for n, hash := range hashes {
		_, err := s.Raw.ExecContext(t.Context(), "update log_hash set hash = $1 where n = $2", hash[:], n)
		must(t, err)
	}
	for _, size := range []int64{int64(s.count(t, "select min(size) from log_checkpoint")), int64(s.count(t, "select max(size) from log_checkpoint"))} {
		root, err := tlog.TreeHash(size, reader)
		must(t, err)
		_, err = s.Raw.ExecContext(t.Context(), "update log_checkpoint set note = $1, root = $2 where size = $3", s.resign(t, size, root), root.String(), size)
		must(t, err)
	}
}

// rewrite changes the detail of a logged event and everything that follows from
// it.
func (s scene) rewrite(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	id := s.signedEvent(t, s.signed)
	_, err := s.Raw.ExecContext(ctx, "update event set detail = 'Another history' where id = $1", id)
	must(t, err)
	s.recommit(t, id)
	s.derive(t)
}

// invent makes a row, an event and an entry for a signature that the identity
// provider never proved.
func (s scene) invent(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	g, err := s.Signatures.Signature(ctx, s.pass(t, chief, access.ReadStatement, Here), s.signed)
	must(t, err)
	g.Document = strings.Replace(g.Document, "One answer", "No answer", 1)
	g.Digest = attestation.DigestOf(g.Document)
	g.Exceptions[0].What = "No answer"
	g.StepUp.Nonce = attestation.Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)
	record, err := g.Record()
	must(t, err)
	_, err = s.Raw.ExecContext(ctx, "update signature set document = $1, digest = $2, nonce = $3, exceptions = replace(exceptions, 'One answer', 'No answer')", g.Document, string(g.Digest), g.StepUp.Nonce)
	must(t, err)
	id := s.signedEvent(t, s.signed)
	_, err = s.Raw.ExecContext(ctx, "update event set digest = $1 where id = $2", string(attestation.DigestOf(record)), id)
	must(t, err)
	s.recommit(t, id)
	s.log.Mark = &mark{} // and the mark was lost
	s.derive(t)
}

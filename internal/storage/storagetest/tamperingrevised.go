package storagetest

import (
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/event"
)

// revised is a house in which everything has happened, and then one statement
// was replaced and its replacement withdrawn.
func revised(t *testing.T, h *House) scene {
	t.Helper()
	s := lived(t, h)
	s.next = h.replaces(t, s.signed, "A figure was wrong")
	h.settlesAll(t, s.next)
	h.locks(t, s.next)
	h.signs(t, chief, Here, s.next)
	h.withdraws(t, chief, s.next)
	grow(t, s.log)
	return s
}

const replacing = " where id in (select s.id from statement s where s.supersedes is not null and s.state = 'signed')"

// tamperingRevised lists what somebody with the database's password may try with
// what became of signed statements (abuse case T48).
var tamperingRevised = tampersOf("T48 found and named: ", "", revised, []tamper{
	{"the reason of a withdrawal is changed", audit.Revoking, sqls("update withdrawal_attempt set reason = 'No reason'")},
	{"a withdrawal's document is changed with its digest", audit.Revoking, sqls("update withdrawal_attempt set document = replace(document, 'figure', 'letter')")},
	{"a withdrawal is dated back", audit.Revoking, sqls("update withdrawal set signed_at = signed_at - 86400000000")},
	{"a withdrawal is given to somebody else", audit.Revoking, sqls("update withdrawal set signer_name = 'Helen Frost'")},
	{"a withdrawal's token is replaced", audit.Revoking, sqls("update withdrawal set id_token = replace(id_token, '.', '.A')")},
	{"a withdrawal is removed", audit.Dropped, sqls("delete from withdrawal")},
	{"a withdrawal is moved to another statement, and its event with it", audit.Ghost, sqls(movedWithdrawal...)},
	{"a withdrawal is moved to another statement with the act key", audit.Revoking, func(t *testing.T, s scene) {
		sqls(movedWithdrawal[:2]...)(t, s)
		var e event.Event
		var at int64
		must(t, s.Raw.QueryRowContext(t.Context(), "select at, actor, actor_name, office, organisation, kind, detail, digest from event where kind = 'signature withdrawn'").Scan(&at, &e.ActorID, &e.ActorName, &e.Office, &e.Organisation, &e.Kind, &e.Detail, &e.Digest))
		must(t, s.Raw.QueryRowContext(t.Context(), "select 'statement/' || statement from withdrawal").Scan(&e.Thing))
		e.ID, e.At = "zzzz", time.UnixMicro(at+1)
		s.forge(t, e, "")
	}},
	{"a withdrawal is invented", audit.Ghost, sqls("insert into withdrawal_attempt (id, statement, organisation, person, reason, document, digest, salt, nonce, arrived_at, ends_at) select 'forged', s.supersedes, t.organisation, t.person, t.reason, t.document, t.digest, t.salt, t.nonce, t.arrived_at, t.ends_at from withdrawal_attempt t join statement s on s.id = t.statement",
		"insert into withdrawal (id, attempt, statement, organisation, signer_name, acting, issuer, subject, acr, auth_at, signed_at, id_token, key_set) select 'forged', 'forged', s.supersedes, w.organisation, w.signer_name, w.acting, w.issuer, w.subject, w.acr, w.auth_at, w.signed_at, w.id_token, w.key_set from withdrawal w join statement s on s.id = w.statement")},
	{"why a statement was replaced is changed", audit.Replacing, sqls("update statement set supersede_why = 'Nothing'" + replacing)},
	{"why a statement in preparation is to replace another is changed", audit.Replacing, sqls("update statement set supersede_why = 'Nothing' where supersedes is not null and state = 'preparing'")},
	{"a replacement is removed", audit.Replacing, sqls("update statement set supersedes = null, supersede_why = ''" + replacing)},
	{"a replacement in preparation is removed", audit.Dropped, sqls("update statement set supersedes = null, supersede_why = '' where supersedes is not null and state = 'preparing'")},
	{"a replacement is led to another statement", audit.Replacing, sqls("update statement set supersedes = (select r.id from statement r where r.state = 'returned')" + replacing)},
	{"a replacement is led to another statement, and its event with it", audit.Replacing, func(t *testing.T, s scene) {
		st, _, err := s.Statements.Read(t.Context(), s.at(chief), Here, s.next)
		must(t, err)
		st.Supersedes = s.returned
		_, err = s.Raw.ExecContext(t.Context(), "update statement set supersedes = $1 where id = $2", string(st.Supersedes), string(st.ID))
		must(t, err)
		_, err = s.Raw.ExecContext(t.Context(), "update event set digest = $1 where kind = 'replacement begun' and thing = $2", event.DigestOf(st.AskingRecord()), "statement/"+string(st.ID))
		must(t, err)
	}},
	{"a replacement is invented", audit.Ghost, sqls("update statement set supersedes = (select g.statement from signature g order by g.signed_at desc limit 1), supersede_why = 'Forged' where state = 'returned'")},
	{"that a statement was replaced is taken off the record", audit.Ghost, sqls("delete from event where kind = 'statement replaced'")},
	{"that a replacement was begun is taken off the record", audit.Ghost, sqls("delete from event where kind = 'replacement begun'")},
})

// movedWithdrawal leads a withdrawal to the statement that the withdrawn one had replaced,
// and lastly gives it an event of its own there, which opens no leaf.
var movedWithdrawal = []string{
	"update withdrawal set statement = (select s.supersedes from statement s where s.id = withdrawal.statement)",
	"update withdrawal_attempt set statement = (select w.statement from withdrawal w)",
	"insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) select 'zzzz', at + 1, actor, actor_name, office, organisation, kind, 'statement/' || (select statement from withdrawal), detail, digest from event where kind = 'signature withdrawn'",
}

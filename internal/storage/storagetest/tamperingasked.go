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
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// audited is a house whose log has begun.
func audited(t *testing.T, h *House) scene {
	t.Helper()
	s := scene{House: h}
	s.log, _ = h.Log(t, "one.example")
	must(t, storage.Log{DB: h.DB}.Begin(t.Context(), h.pass(t, access.PortalActor("log"), access.KeepLog, organisation.National), Began))
	s.audit = &audit.Service{Store: storage.Audit{DB: h.DB}, Log: s.log}
	return s
}

// campaigned is a house in which two campaigns were begun and one withdrawn, and
// where of the other the deadline of one trust was not moved, and then was.
func campaigned(t *testing.T, h *House) scene {
	t.Helper()
	s := audited(t, h)
	h.joins(t, second)
	id, statements := h.calls(t)
	for _, step := range []func() error{
		func() error {
			return h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-11", "A move of house")
		},
		func() error { return h.Requests.RefuseMove(t.Context(), h.at(second), id, statements[Here]) },
		func() error {
			return h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A ransomware attack")
		},
		func() error { return h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here]) },
	} {
		h.Pass(time.Minute)
		must(t, step())
	}
	over := attestation.Request{Name: "Spring", Template: "quarterly", Edition: 1, Months: "2026-04-01/2026-06-30", SignBy: "2026-11-20", Scope: attestation.ByKind, Kinds: []organisation.Kind{organisation.Acute}}
	preview, err := h.Requests.Preview(t.Context(), h.at(regulator), over)
	must(t, err)
	spring, _, err := h.Requests.Ask(t.Context(), h.at(regulator), over, preview.Digest())
	must(t, err)
	h.Pass(time.Minute)
	must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), spring, "The wording was wrong"))
	grow(t, s.log)
	return s
}

// The rows that are changed, and what is said of each.
const (
	running = " where withdrawn_at is null and organisation = 'RXH'"
	unmoved = " where withdrawn_at is null and organisation = 'RYJ'"
	over    = " where withdrawn_at is not null and organisation = 'RXH'"
	moved   = " where state = 'confirmed'"

	saysAsking   = "the request for the statement of RXH is not the one that was recorded on 5 October 2026"
	saysDeadline = "the deadline of the statement of RXH is not the one that was recorded on 5 October 2026"
	saysEnding   = "the end of the request for the statement of RXH is not the one that was recorded on 5 October 2026"
	saysCampaign = "” is not the one that was recorded on 5 October 2026"
)

// tamperingAsked lists what somebody with the database's password may try with
// what regulators ask for, and by when.
var tamperingAsked = join([]promise{{"a house in which campaigns were begun and withdrawn and deadlines moved is found in order", func(t *testing.T, h *House) {
	campaigned(t, h).inOrder(t)
}}},
	tampersOf("T49 found and named: ", saysAsking, campaigned, []tamper{
		{"a statement is asked for with another wording", audit.Unvouched, sqls("update statement set template = 'annual'" + running)},
		{"a statement is asked for with another edition", audit.Unvouched, sqls("update statement set edition = 7" + running)},
		{"a statement gets another number", audit.Unvouched, sqls("update statement set number = 7" + running)},
		{"a statement is made one that was taken up again", audit.Unvouched, sqls("update statement set replaces = 'another'" + running)},
		{"a statement is about other months", audit.Unvouched, sqls("update statement set period = 'Another'" + running)},
		{"a statement's months begin on another day", audit.Unvouched, sqls("update statement set period_from = '2026-06-30'" + running)},
		{"a statement's months end on another day", audit.Unvouched, sqls("update statement set period_to = '2026-10-01'" + running)},
		{"a statement gets another title", audit.Unvouched, sqls("update statement set title = 'Another'" + running)},
		{"a statement is taken out of its campaign", audit.Unvouched, sqls("update statement set campaign = null" + running)},
		{"a statement is led into another campaign", audit.Unvouched, sqls("update statement set campaign = (select id from campaign where name = 'Spring')" + running)},
	}),
	tampersOf("T49 found and named: ", "made this request for the statement of RXH", campaigned, []tamper{
		{"a statement is given to another trust", audit.Ghost, sqls("update statement set organisation = 'RXH', number = number + 7" + unmoved)},
		{"a statement is asked for by hand", audit.Ghost, forged("statement", running, "id", "'forged'", "number", "number + 7")},
	}),
	tampersOf("T49 found and named: ", "the deadline of the statement of RYJ is not the one that was recorded on 5 October 2026", campaigned, []tamper{
		{"a deadline that never moved is moved", audit.Unvouched, sqls("update statement set due_at = due_at + 86400000000" + unmoved)},
	}),
	tampersOf("T49 found and named: ", saysDeadline, campaigned, []tamper{
		{"a deadline that moved is moved again", audit.Unvouched, sqls("update statement set due_at = due_at + 86400000000" + running)},
		{"a deadline is put back", audit.Unvouched, sqls("update statement set due_at = (select x.was_due_at from extension x"+moved+")"+running, "update extension set state = 'waiting', decided_by = null, decided_name = '', decided_at = null"+moved)},
		{"a move is given to another trust", audit.Unvouched, sqls("update extension set organisation = 'RYJ'" + moved)},
		{"a move is led to another statement", audit.Unvouched, sqls("update extension set statement = (select s.id from statement s" + unmoved + ")" + moved)},
		{"a move is of an earlier deadline", audit.Unvouched, sqls("update extension set was_due_at = was_due_at - 1" + moved)},
		{"a move leads to another day", audit.Unvouched, sqls("update extension set due_at = due_at + 86400000000" + moved)},
		{"a move has another reason", audit.Unvouched, sqls("update extension set reason = 'Another'" + moved)},
		{"a move was proposed by somebody else", audit.Unvouched, sqls("update extension set asked_by = 'author'" + moved)},
		{"a move was proposed under another name", audit.Unvouched, sqls("update extension set asked_name = 'Another'" + moved)},
		{"a move was proposed at another moment", audit.Unvouched, sqls("update extension set asked_at = asked_at - 1" + moved)},
		{"a move that was refused is confirmed", audit.Unvouched, sqls("update extension set state = 'confirmed' where state = 'refused'")},
		{"a move was confirmed by somebody else", audit.Unvouched, sqls("update extension set decided_by = 'author'" + moved)},
		{"a move was confirmed under another name", audit.Unvouched, sqls("update extension set decided_name = 'Another'" + moved)},
		{"a move was confirmed at another moment", audit.Unvouched, sqls("update extension set decided_at = decided_at - 1" + moved)},
		{"a move that was refused is removed", audit.Unvouched, sqls("delete from extension where state = 'refused'")},
		{"a move is removed with what it did", audit.Unvouched, sqls("update statement set due_at = (select x.was_due_at from extension x"+moved+")"+running, "delete from extension"+moved)},
		{"a move is put in by hand", audit.Unvouched, forged("extension", moved, "id", "'forged'")},
	}),
	tampersOf("T49 found and named: ", "statement deadline proposed", campaigned, []tamper{
		{"every move is removed with what they did", audit.Dropped, sqls("update statement set due_at = (select x.was_due_at from extension x"+moved+")"+running, "delete from extension")},
	}),
	tampersOf("T49 found and named: ", "made this deadline of the statement of RYJ", campaigned, []tamper{
		{"a move is put in by hand where none was", audit.Ghost, forged("extension", moved, "id", "'forged'", "statement", "(select s.id from statement s"+unmoved+")", "organisation", "'RYJ'")},
	}),
	tampersOf("T49 found and named: ", saysEnding, campaigned, []tamper{
		{"that a statement is asked for no longer is undone", audit.Unvouched, sqls("update statement set withdrawn_at = null" + over)},
		{"a statement was asked for no longer at another moment", audit.Unvouched, sqls("update statement set withdrawn_at = withdrawn_at - 1" + over)},
	}),
	tampersOf("T49 found and named: ", "made this end of the request for the statement of RXH", campaigned, []tamper{
		{"a statement is asked for no longer, by hand", audit.Ghost, sqls("update statement set withdrawn_at = 1" + running)},
	}),
	tampersOf("T49 found and named: ", saysCampaign, campaigned, []tamper{
		{"a campaign gets another name", audit.Unvouched, sqls("update campaign set name = 'Another'")},
		{"a campaign asks with another wording", audit.Unvouched, sqls("update campaign set template = 'annual'")},
		{"a campaign asks with another edition", audit.Unvouched, sqls("update campaign set edition = 7")},
		{"a campaign is about other months", audit.Unvouched, sqls("update campaign set period = 'Another'")},
		{"a campaign's months begin on another day", audit.Unvouched, sqls("update campaign set period_from = '2026-06-30'")},
		{"a campaign's months end on another day", audit.Unvouched, sqls("update campaign set period_to = '2026-10-01'")},
		{"a campaign has another deadline", audit.Unvouched, sqls("update campaign set due_at = due_at + 86400000000")},
		{"a campaign asked others", audit.Unvouched, sqls("update campaign set audience = replace(audience, 'acute', 'mental_health') where name = 'Spring'")},
		{"a campaign asked everybody", audit.Unvouched, sqls("update campaign set audience = replace(audience, 'kinds', 'all') where name = 'Spring'")},
		{"a campaign was begun by somebody else", audit.Unvouched, sqls("update campaign set asked_by = 'second'")},
		{"a campaign was begun under another name", audit.Unvouched, sqls("update campaign set asked_name = 'Another'")},
		{"a campaign was begun at another moment", audit.Unvouched, sqls("update campaign set asked_at = asked_at - 1")},
		{"a campaign was withdrawn at another moment", audit.Unvouched, sqls("update campaign set withdrawn_at = withdrawn_at - 1 where name = 'Spring'")},
		{"a campaign was withdrawn under another name", audit.Unvouched, sqls("update campaign set withdrawn_name = 'Another' where name = 'Spring'")},
		{"a campaign was withdrawn for another reason", audit.Unvouched, sqls("update campaign set withdrawn_why = 'Another' where name = 'Spring'")},
		{"that a campaign was withdrawn is undone", audit.Unvouched, sqls("update campaign set withdrawn_at = null, withdrawn_name = '', withdrawn_why = '' where name = 'Spring'")},
		{"a campaign is withdrawn by hand", audit.Unvouched, sqls("update campaign set withdrawn_at = 1, withdrawn_name = 'Another', withdrawn_why = 'Another' where name <> 'Spring'")},
	}),
	tampersOf("T49 found and named: ", "the campaign “Spring” was changed", campaigned, []tamper{
		{"a campaign cannot be read", audit.Unvouched, sqls("update campaign set audience = '' where name = 'Spring'")},
	}),
	tampersOf("T49 found and named: ", "campaign begun", campaigned, []tamper{
		{"a campaign is removed", audit.Dropped, sqls("delete from campaign where name = 'Spring'")},
	}),
	tampersOf("T49 found and named: ", "made this campaign “Spring”", campaigned, []tamper{
		{"a campaign is made by hand", audit.Ghost, forged("campaign", " where name = 'Spring'", "id", "'forged'")},
	}),
)

// forged is tampering by a row that is like those of a table where something
// holds, but for some columns: each is followed by what is in it.
func forged(table, where string, but ...string) func(t *testing.T, s scene) {
	return func(t *testing.T, s scene) {
		t.Helper()
		rows, err := s.Raw.QueryContext(t.Context(), "select * from "+table+" limit 1")
		must(t, err)
		columns, err := rows.Columns()
		must(t, errors.Join(err, rows.Close()))
		values := slices.Clone(columns)
		for i := 0; i < len(but); i += 2 {
			at := slices.Index(columns, but[i])
			if at < 0 {
				t.Fatalf("%s has no column %s", table, but[i])
			}
			values[at] = but[i+1]
		}
		sqls("insert into "+table+" ("+strings.Join(columns, ", ")+") select "+strings.Join(values, ", ")+" from "+table+where)(t, s)
	}
}

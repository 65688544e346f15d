package storagetest

import (
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/audit"
)

// committed is a house with three commitments: one was moved and done, one
// accounted for in the next statement, and one moved there.
func committed(t *testing.T, h *House) scene {
	t.Helper()
	s, ctx := audited(t, h), t.Context()
	h.qualified(t, h.Lock(t, Here, 1), reservation, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Helen Frost", By: "2026-11-01"},
		attestation.Exception{Part: 4, What: "One gap", Doing: "Look for it", Who: "Helen Frost", By: "2026-11-08"})
	rota, gap, sites := h.promised(t)[0], h.promised(t)[1], h.promised(t)[2]
	file := h.keep(t, Here, lead, digest("a"))
	h.scans(t, file)
	for _, a := range []attestation.Account{{How: attestation.StillOpen, Note: "The supplier is late", By: "2027-01-15"}, {How: attestation.Done, Note: "All sites checked", Evidence: file}} {
		h.Pass(time.Minute)
		must(t, h.Commitments.Settle(ctx, h.at(lead), Here, sites.ID, a))
	}
	must(t, h.Commitments.Settle(ctx, h.at(lead), Here, gap.ID, attestation.Account{How: attestation.StillOpen, Note: "Not found yet", By: "2026-11-20"}))
	next := h.Ask(t, Here, 2)
	h.Prepare(t, siro, Here, next)
	must(t, h.Statements.AccountFor(ctx, h.at(lead), Here, next, 0, attestation.Account{Commitment: rota.ID, How: attestation.NotNeeded, Note: "There is nobody to ask"}))
	must(t, h.Statements.AccountFor(ctx, h.at(lead), Here, next, 0, attestation.Account{Commitment: gap.ID, How: attestation.StillOpen, Note: "Not found yet", By: "2027-02-01"}))
	must(t, h.Statements.Lock(ctx, h.at(siro), Here, next, 0))
	h.Pass(time.Minute)
	must2(t)(h.Sign(ctx, chief, Here, h.Begun(t, chief, Here, next)))
	grow(t, s.log)
	return s
}

const (
	still = " where fate = 'open'"
	done  = " where fate = 'done'"

	saysCommitment = "the commitment of RXH is not the one that was recorded on 5 October 2026"
)

// tamperingPromised lists what somebody with the database's password may try
// with what was promised under a qualification, and what became of it.
var tamperingPromised = join([]promise{{"a house in which commitments were made, moved, done and accounted for is found in order", func(t *testing.T, h *House) {
	committed(t, h).inOrder(t)
}}},
	tampersOf("T49 found and named: ", saysCommitment, committed, []tamper{
		{"a commitment is of another statement", audit.Unvouched, sqls("update commitment set statement = (select s.id from statement s where s.number = 2)")},
		{"a commitment is of another signature", audit.Unvouched, sqls("update commitment set signature = (select g.id from signature g order by g.signed_at desc limit 1)")},
		{"a commitment is of other months", audit.Unvouched, sqls("update commitment set period = 'Another'" + still)},
		{"a commitment is about another part", audit.Unvouched, sqls("update commitment set part = 3" + still)},
		{"something else was promised", audit.Unvouched, sqls("update commitment set what = 'Another'" + still)},
		{"something else will be done", audit.Unvouched, sqls("update commitment set doing = 'Another'" + still)},
		{"somebody else will do it", audit.Unvouched, sqls("update commitment set who = 'Another'" + still)},
		{"a commitment was to be kept by another day", audit.Unvouched, sqls("update commitment set first_by = '2027-01-01'" + still)},
		{"a commitment is to be kept by another day", audit.Unvouched, sqls("update commitment set by_on = '2027-12-01'" + still)},
		{"a commitment is made a kept one", audit.Unvouched, sqls("update commitment set fate = 'done'" + still)},
		{"a commitment was made at another moment", audit.Unvouched, sqls("update commitment set made_at = made_at - 1" + still)},
		{"a kept commitment is put back", audit.Unvouched, sqls("update commitment set fate = 'open'"+done, "delete from commitment_step"+done)},
		{"a step gets another id", audit.Unvouched, sqls("update commitment_step set id = 'another'" + done)},
		{"a step is led to another commitment", audit.Unvouched, sqls("update commitment_step set commitment = (select c.id from commitment c where c.fate = 'open')" + done)},
		{"a step is given to another trust", audit.Unvouched, sqls("update commitment_step set organisation = 'RYJ'" + done)},
		{"a step says that it is not needed", audit.Unvouched, sqls("update commitment_step set fate = 'not needed'" + done)},
		{"a step moved from another day", audit.Unvouched, sqls("update commitment_step set was_by = '2026-01-01'" + still)},
		{"a step moved to another day", audit.Unvouched, sqls("update commitment_step set is_by = '2027-12-01'" + still)},
		{"a step has another reason", audit.Unvouched, sqls("update commitment_step set note = 'Another'" + done)},
		{"a step has no evidence", audit.Unvouched, sqls("update commitment_step set evidence = ''" + done)},
		{"a step was said by somebody else", audit.Unvouched, sqls("update commitment_step set said_by = 'Another'" + done)},
		{"a step was said at another moment", audit.Unvouched, sqls("update commitment_step set said_at = said_at - 1" + done)},
		{"a step is removed", audit.Unvouched, sqls("delete from commitment_step" + done)},
		{"a step is put in by hand", audit.Unvouched, forged("commitment_step", done, "id", "'forged'")},
	}),
	tampersOf("T49 found and named: ", "made this commitment of RYJ", committed, []tamper{
		{"a commitment is given to another trust", audit.Ghost, sqls("update commitment set organisation = 'RYJ'" + still)},
	}),
	tampersOf("T49 found and named: ", "made this commitment of RXH", committed, []tamper{
		{"a commitment is made by hand", audit.Ghost, forged("commitment", still, "id", "'forged'")},
	}),
	tampersOf("T49 found and named: ", "commitment made", committed, []tamper{
		{"a commitment is removed with its steps", audit.Dropped, sqls("delete from commitment_step where commitment in (select c.id from commitment c where c.fate = 'open')", "delete from commitment"+still)},
	}),
)

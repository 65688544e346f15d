package storagetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// withdrawing takes whoever signs to the provider's door.
func (h *House) withdrawing(ctx context.Context, who access.Actor, id attestation.ID, reason string) (attestation.WithdrawalAttempt, error) {
	on, err := h.Revisions.Withdrawing(ctx, h.at(who), Here, id)
	if err != nil {
		return attestation.WithdrawalAttempt{}, err
	}
	return h.Revisions.Begin(ctx, h.at(who), Here, id, reason, on.Signature.Digest)
}

// withdrawalProof is a fresh sign-in for an attempt to withdraw.
func (h *House) withdrawalProof(who access.Actor, up attestation.WithdrawalAttempt) attestation.Proof {
	return h.Proof(who, attestation.StepUp{Nonce: up.Nonce})
}

// withdraws takes a signed statement back.
func (h *House) withdraws(t testing.TB, who access.Actor, id attestation.ID) attestation.WithdrawalAttempt {
	t.Helper()
	up, err := h.withdrawing(t.Context(), who, id, "A figure was wrong")
	must(t, err)
	must(t, h.Revisions.Withdraw(t.Context(), h.at(who), Here, up.ID, h.withdrawalProof(who, up)))
	h.Pass(time.Minute)
	return up
}

// withdrawals is what must hold of taking a signed statement back.
var withdrawals = []promise{
	{"a statement is withdrawn by a signature of its own, logged, and is due again", func(t *testing.T, h *House) {
		campaign, ids := h.calls(t)
		id := ids[Here]
		h.locks(t, id)
		first := h.signs(t, chief, Here, id)
		h.stands(t, campaign, attestation.IsSigned, attestation.NotBegun)
		kept := strings.Join(h.rows(t, "select * from signature"), "") + strings.Join(h.rows(t, "select * from statement where id = '"+string(id)+"'"), "")
		up := h.withdraws(t, chief, id)
		if strings.Join(h.rows(t, "select * from signature"), "")+strings.Join(h.rows(t, "select * from statement where id = '"+string(id)+"'"), "") != kept {
			t.Error("the withdrawn statement changed")
		}
		a, r := h.after(t, id), h.checks(t, first.Code)
		if a.Withdrawal == nil || !a.Withdrawal.Holds(first) || a.Withdrawal.Attempt.Reason != "A figure was wrong" || a.Withdrawal.SignerName != chief.Name || a.InForce() || !r.RevokedAt.Equal(a.Withdrawal.SignedAt) || !r.Signature.Holds(r.Words) {
			t.Errorf("%+v; a stranger reads %v", a, r.RevokedAt)
		}
		h.stands(t, campaign, attestation.NotBegun, attestation.NotBegun)
		if row := h.course(t, campaign).Rows[0]; row.ID != a.Open || !row.Again.Equal(a.Withdrawal.SignedAt) || !row.Pending() {
			t.Errorf("the campaign shows %+v", row)
		}
		summed, err := h.Requests.List(t.Context(), h.at(regulator))
		must(t, err)
		if summed[0].Signed != 0 {
			t.Errorf("%d count as signed", summed[0].Signed)
		}
		due, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, a.Open)
		must(t, err)
		if due.Optional || due.Because != "A figure was wrong" || due.Campaign != campaign || h.ended(t, id).RevokedAt.IsZero() {
			t.Errorf("due again: %+v", due)
		}
		h.refused(t, attestation.ErrDueAgain, func() error { return h.Revisions.GiveUp(t.Context(), h.at(lead), Here, id) })
		before := h.contents(t)
		must(t, h.Revisions.Withdraw(t.Context(), h.at(chief), Here, up.ID, h.withdrawalProof(chief, up))) // the same post again changes nothing
		if h.contents(t) != before {
			t.Error("the same attempt withdrew twice")
		}
		h.refused(t, attestation.ErrRevoked, func() error { _, err := h.withdrawing(t.Context(), chief, id, "Again"); return err })
		h.Pass(60 * 24 * time.Hour)
		h.locks(t, a.Open)
		if g := h.signs(t, chief, Here, a.Open); !g.Late {
			t.Error("signed long after the deadline, and not late: what was withdrawn stood for nothing")
		}
		h.stands(t, campaign, attestation.IsSigned, attestation.NotBegun)
		h.appendOnly(t, "withdrawal", "signer_name = 'Somebody'")
		h.appendOnly(t, "withdrawal_attempt", "reason = 'None'")
	}},
	{"a draft that was begun before is what is due once the statement is withdrawn; an ended campaign asks for nothing", func(t *testing.T, h *House) {
		campaign, ids := h.calls(t)
		h.locks(t, ids[Here])
		h.signs(t, chief, Here, ids[Here])
		next := h.replaces(t, ids[Here], "A figure was wrong")
		h.withdraws(t, chief, ids[Here])
		if st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, next); err != nil || st.Optional || h.after(t, ids[Here]).Open != next {
			t.Errorf("%+v, %v", st, err)
		}
		h.locks(t, next)
		h.signs(t, chief, Here, next)
		must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), campaign, "Another year"))
		h.withdraws(t, chief, next)
		if a := h.after(t, next); a.Open != "" || a.Withdrawal == nil {
			t.Errorf("%+v", a)
		}
		last := h.replaces(t, next, "For the record") // what was withdrawn can be replaced all the same
		if st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, last); err != nil || st.Campaign != "" {
			t.Errorf("it joined %q, %v", st.Campaign, err)
		}
	}},
	{"T43 of eight who withdraw at once, one does; and of withdrawing and replacing, the record keeps both in an order", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		racers := crowd()[:8]
		ups := make([]attestation.WithdrawalAttempt, len(racers))
		for i, who := range racers {
			up, err := h.withdrawing(t.Context(), who, id, "A figure was wrong")
			must(t, err)
			ups[i] = up
		}
		errs := make([]error, len(racers))
		together(len(racers), func(i int) {
			errs[i] = h.Revisions.Withdraw(t.Context(), h.at(racers[i]), Here, ups[i].ID, h.withdrawalProof(racers[i], ups[i]))
		})
		oneSucceeds(t, errs, attestation.ErrRevoked)
		if h.count(t, "select count(*) from withdrawal") != 1 || h.count(t, "select count(*) from statement where supersedes is not null") != 1 || h.events(t, "signature withdrawn") != 1 {
			t.Error("more than one withdrawal left something")
		}
	}},
	{"what is owed once a statement is withdrawn is owed by the deadline that runs for it", func(t *testing.T, h *House) {
		h.joins(t, second)
		campaign, ids := h.calls(t)
		h.locks(t, ids[Here])
		h.signs(t, chief, Here, ids[Here])
		owed := func(claim string, day organisation.Day) {
			t.Helper()
			on, err := h.Revisions.Withdrawing(t.Context(), h.at(chief), Here, ids[Here])
			must(t, err)
			if !on.Owed().Equal(attestation.Due(day)) {
				t.Errorf("%s: owed by %v", claim, on.Owed())
			}
		}
		owed("while nothing is to take its place", "2026-11-27")
		next := h.replaces(t, ids[Here], "A figure was wrong")
		owed("before its deadline moves", "2026-11-27")
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), campaign, next, "2026-12-18", "A ransomware attack"))
		owed("while a second regulator has not said so", "2026-11-27")
		must(t, h.Requests.ConfirmMove(t.Context(), h.at(second), campaign, next))
		owed("moved", "2026-12-18")
		h.withdraws(t, chief, ids[Here])
		if st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, next); err != nil || !st.Due.Equal(attestation.Due("2026-12-18")) {
			t.Errorf("it is due %v, %v", st.Due, err)
		}
	}},
	{"one attempt and one event lead to the provider and back, and another of each only when its time is over", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		begun := h.events(t, "signing begun")
		counts := func(claim string, want int) {
			t.Helper()
			if attempts, events := h.count(t, "select count(*) from withdrawal_attempt"), h.events(t, "signing begun")-begun; attempts != want || events != want {
				t.Errorf("%s: %d attempts and %d events", claim, attempts, events)
			}
		}
		resume := func(who access.Actor, up attestation.WithdrawalAttempt) func() error {
			return func() error { _, err := h.Revisions.Resume(t.Context(), h.at(who), Here, up.ID); return err }
		}
		up, err := h.withdrawing(t.Context(), chief, id, "A figure was wrong")
		must(t, err)
		h.Pass(attestation.StepUpLimit / 2)
		same, err := h.Revisions.Resume(t.Context(), h.at(chief), Here, up.ID)
		must(t, err)
		if same.ID != up.ID || same.Nonce != up.Nonce || same.Document != up.Document {
			t.Errorf("it goes on with %+v", same)
		}
		counts("taken on", 1)
		h.refused(t, attestation.ErrUnknown, resume(crowd()[0], up)) // who signs too, and did not begin it
		h.refused(t, access.ErrForbidden, resume(siro, up))
		h.Pass(time.Second)
		again, err := h.Revisions.Resume(t.Context(), h.at(chief), Here, up.ID)
		must(t, err)
		if again.ID == up.ID || again.Document != up.Document || again.Nonce == up.Nonce || !again.ArrivedAt.Equal(h.Now()) {
			t.Errorf("begun anew: %+v", again)
		}
		counts("read for long", 2)
		renamed := chief
		renamed.Name = "Amara Whitlock-Moss"
		h.renames(t, chief, renamed.Name)
		h.Pass(attestation.StepUpLimit)
		h.refused(t, attestation.ErrChanged, resume(renamed, again)) // other bytes than those that were read
		counts("under another name", 2)
		h.renames(t, renamed, chief.Name)
		last, err := h.Revisions.Resume(t.Context(), h.at(chief), Here, again.ID)
		must(t, err)
		must(t, h.Revisions.Withdraw(t.Context(), h.at(chief), Here, last.ID, h.withdrawalProof(chief, last)))
		counts("withdrawn", 3)
		h.refused(t, attestation.ErrRevoked, resume(chief, again))
	}},
	{"what was replaced is not withdrawn: what stands is", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		up, err := h.withdrawing(t.Context(), chief, id, "A figure was wrong")
		must(t, err)
		next := h.replaces(t, id, "A figure was wrong")
		h.locks(t, next)
		h.signs(t, chief, Here, next)
		h.refused(t, attestation.ErrReplaced, func() error {
			return h.Revisions.Withdraw(t.Context(), h.at(chief), Here, up.ID, h.withdrawalProof(chief, up))
		})
	}},
	{"T28 T31 only who signs withdraws: nobody who prepares, checks or regulates, and no other trust", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		for _, who := range []access.Actor{lead, siro, regulator} {
			h.refused(t, access.ErrForbidden, func() error { _, err := h.withdrawing(t.Context(), who, id, "Mine"); return err })
		}
		h.refused(t, access.ErrNotFound, func() error { _, err := h.withdrawing(t.Context(), other, id, "Mine"); return err })
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Revisions.Withdrawing(t.Context(), h.at(other), There, id); return err })
		h.refused(t, attestation.ErrUnknown, func() error {
			_, err := h.Revisions.Replace(t.Context(), h.at(otherLead), There, id, "Mine")
			return err
		})
		h.refused(t, access.ErrForbidden, func() error { _, err := h.Revisions.Ask(t.Context(), h.at(lead), Here, id, "Mine"); return err })
	}},
	{"T41 T42 a withdrawal takes a fresh proof of who began it, for these bytes", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		first := h.signs(t, chief, Here, id)
		up, err := h.withdrawing(t.Context(), chief, id, "A figure\nwas wrong")
		must(t, err)
		if up.Reason != "A figure was wrong" || !strings.Contains(up.Document, "\nsignature: "+string(first.Code)+"\ndocument: "+string(first.Digest)+"\n") {
			t.Errorf("it signs:\n%s", up.Document)
		}
		try := func(who access.Actor, change func(*attestation.Proof)) func() error {
			return func() error {
				proof := h.withdrawalProof(who, up)
				change(&proof)
				return h.Revisions.Withdraw(t.Context(), h.at(chief), Here, up.ID, proof)
			}
		}
		h.refused(t, attestation.ErrOther, try(siro, func(*attestation.Proof) {}))
		h.refused(t, attestation.ErrProof, try(chief, func(p *attestation.Proof) { p.Nonce = "another" }))
		h.refused(t, attestation.ErrLate, try(chief, func(p *attestation.Proof) { p.AuthAt = h.Now().Add(-time.Minute) }))
		h.refused(t, attestation.ErrChanged, func() error {
			_, err := h.Revisions.Begin(t.Context(), h.at(chief), Here, id, "Mine", "another")
			return err
		})
		h.refusedField(t, "reason", func() error {
			_, err := h.Revisions.Begin(t.Context(), h.at(chief), Here, id, " ", first.Digest)
			return err
		})
		h.refusedField(t, "reason", func() error {
			_, err := h.Revisions.Begin(t.Context(), h.at(chief), Here, id, strings.Repeat("x", 501), first.Digest)
			return err
		})
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Revisions.Attempt(t.Context(), h.at(crowd()[0]), Here, up.ID); return err })
		h.Pass(attestation.StepUpLimit)
		h.refused(t, attestation.ErrLate, try(chief, func(*attestation.Proof) {}))
		up, err = h.withdrawing(t.Context(), chief, id, "A figure was wrong")
		must(t, err)
		h.endAppointment(t, chief, h.Now())
		h.refused(t, attestation.ErrNotWithdrawn, try(chief, func(*attestation.Proof) {}))
	}},
}

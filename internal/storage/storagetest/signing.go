package storagetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// signing is what must hold of a chief executive's signature.
var signing = []promise{
	{"T40 an answer that another window changed is not signed unseen", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Unqualified, st.Digest))
		shown, err := h.Statements.Review(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Qualified, st.Digest))
		must(t, h.Statements.Except(t.Context(), h.at(chief), Here, id, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"}))
		h.refused(t, attestation.ErrAnswered, func() error {
			_, err := h.Statements.Begin(t.Context(), h.at(chief), Here, id, shown.Answer())
			return err
		})
		if _, err := h.begin(t.Context(), chief, Here, id); err != nil {
			t.Errorf("what is shown now: %v", err)
		}
	}},
	{"a qualification is removed as it was shown, whatever place it has meanwhile", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Qualified, st.Digest))
		var written []attestation.Exception
		for _, what := range []string{"One answer", "Another answer", "A third answer"} {
			written = append(written, attestation.Exception{Part: 1, What: what, Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"})
			must(t, h.Statements.Except(t.Context(), h.at(chief), Here, id, written[len(written)-1]))
		}
		left := func(claim string, want ...attestation.Exception) {
			t.Helper()
			review, err := h.Statements.Review(t.Context(), h.at(chief), Here, id)
			must(t, err)
			if !slices.Equal(review.Exceptions, want) {
				t.Errorf("%s: left are %+v", claim, review.Exceptions)
			}
		}
		drop := func(which attestation.Exception) error {
			return h.Statements.Drop(t.Context(), h.at(chief), Here, id, which.Digest())
		}
		must(t, drop(written[0]))
		must(t, drop(written[1])) // in another window, where it was the second
		left("two windows", written[2])
		h.refused(t, attestation.ErrNotDropped, func() error { return drop(written[0]) })
		changed := written[2]
		changed.What = "A third answer, and a fourth"
		must(t, h.Statements.Reword(t.Context(), h.at(chief), Here, id, written[2].Digest(), changed))
		h.refused(t, attestation.ErrNotDropped, func() error { return drop(written[2]) })
		left("changed meanwhile", changed)
		h.refused(t, access.ErrForbidden, func() error { return h.Statements.Drop(t.Context(), h.at(siro), Here, id, changed.Digest()) })
	}},
	{"a qualification is changed where it stands, and only as it was shown", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Qualified, st.Digest))
		kept := func() []attestation.Exception {
			review, err := h.Statements.Review(t.Context(), h.at(chief), Here, id)
			must(t, err)
			return review.Exceptions
		}
		first := attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"}
		second := first
		second.What = "Another answer"
		must(t, h.Statements.Except(t.Context(), h.at(chief), Here, id, first))
		must(t, h.Statements.Except(t.Context(), h.at(chief), Here, id, second))
		changed := first
		changed.What, changed.By = " Two   answers ", "2026-12-08"
		must(t, h.Statements.Reword(t.Context(), h.at(chief), Here, id, first.Digest(), changed))
		changed.What = "Two answers"
		if got := kept(); !slices.Equal(got, []attestation.Exception{changed, second}) {
			t.Errorf("kept %+v", got)
		}
		h.refused(t, attestation.ErrNoSuchException, func() error { return h.Statements.Reword(t.Context(), h.at(chief), Here, id, first.Digest(), second) })
		late := changed
		late.By = "2026-10-04"
		if err := h.Statements.Reword(t.Context(), h.at(chief), Here, id, second.Digest(), late); err == nil || !slices.Equal(kept(), []attestation.Exception{changed, second}) {
			t.Errorf("a day that is over: %v, kept %+v", err, kept())
		}
		h.refused(t, access.ErrForbidden, func() error { return h.Statements.Reword(t.Context(), h.at(siro), Here, id, second.Digest(), changed) })
		up, err := h.begin(t.Context(), chief, Here, id)
		must(t, err)
		must2(t)(h.Sign(t.Context(), chief, Here, up))
		list, err := h.Statements.List(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(list) != 1 || list[0].Exceptions != 2 {
			t.Errorf("the trust’s list has %+v", list)
		}
	}},
	{"a return is decided on the office as it stands now", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Declined, st.Digest))
		asked := h.at(chief) // as the request found them, a moment before
		h.endAppointment(t, chief, h.Now())
		h.refused(t, attestation.ErrNotChief, func() error { return h.Statements.Decline(t.Context(), asked, Here, id, "The figures are not ours") })
	}},
	{"a signature is written whole: statement, attempt and event with it", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		up := h.Begun(t, chief, Here, id)
		h.Pass(time.Second)
		signed, err := h.Sign(t.Context(), chief, Here, up)
		must(t, err)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		again, err := h.Statements.Receipt(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if st.State != attestation.Signed || again.Document != up.Document || again.Code != signed.Code || again.Proof.IDToken == "" {
			t.Errorf("kept %+v with %+v", st, again)
		}
		receipt, err := h.Statements.CheckCode(t.Context(), access.Actor{At: h.Now()}, strings.ToLower(signed.Code.Groups()))
		must(t, err)
		if receipt.Words != st.Words || receipt.Signature.SignerName != chief.Name {
			t.Errorf("the receipt shows %+v", receipt)
		}
		waiting, err := h.Statements.Unsigned(t.Context(), h.at(chief), Here)
		must(t, err)
		for _, each := range waiting {
			if each.ID == id {
				t.Error("a signed statement still waits")
			}
		}
		mine, err := h.Statements.SignedBy(t.Context(), h.at(chief), Here, 10)
		must(t, err)
		ended, err := h.Statements.Ended(t.Context(), h.at(regulator), Began)
		must(t, err)
		if len(mine) != 1 || len(ended) != 1 || ended[0].Code != signed.Code {
			t.Errorf("signed by the chief executive: %v; ended: %v", mine, ended)
		}
		h.whole(t)
	}},
	{"T43 the same attempt posted again gives the same signature", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		first, err := h.Sign(t.Context(), chief, Here, up)
		must(t, err)
		before := h.contents(t)
		second, err := h.Sign(t.Context(), chief, Here, up)
		must(t, err)
		if first.ID != second.ID || first.Code != second.Code || h.contents(t) != before {
			t.Errorf("the first post gave %s, the second %s", first.Code, second.Code)
		}
	}},
	{"T32 regulators read what is signed, and nothing of a statement before", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		read := func() error {
			_, _, err := h.Statements.Signed(t.Context(), h.at(regulator), Here, id)
			return err
		}
		h.refused(t, attestation.ErrNotSigned, read)
		h.refused(t, access.ErrForbidden, func() error { _, _, err := h.Statements.Read(t.Context(), h.at(regulator), Here, id); return err })
		h.refused(t, attestation.ErrNotSigned, func() error { _, err := h.Statements.Receipt(t.Context(), h.at(regulator), Here, id); return err })
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id)))
		must(t, read())
		must2(t)(h.Statements.Receipt(t.Context(), h.at(regulator), Here, id))
		h.refused(t, access.ErrNotFound, func() error { _, _, err := h.Statements.Signed(t.Context(), h.at(other), Here, id); return err })
	}},
	{"of sixteen who sign the same statement at once, one succeeds", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		racers := crowd()
		ups := make([]attestation.StepUp, len(racers))
		for i, who := range racers {
			ups[i] = h.Begun(t, who, Here, id)
		}
		errs := make([]error, len(racers))
		together(len(racers), func(i int) { _, errs[i] = h.Sign(t.Context(), racers[i], Here, ups[i]) })
		oneSucceeds(t, errs, attestation.ErrSigned)
		if n := h.count(t, "select count(*) from signature"); n != 1 {
			t.Errorf("%d signatures on one statement", n)
		}
		h.whole(t)
	}},
	{"signing and returning at once, one of both happens", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		up := h.Begun(t, chief, Here, id)
		errs := make([]error, 2)
		together(2, func(i int) {
			if i == 0 {
				_, errs[i] = h.Sign(t.Context(), chief, Here, up)
			} else {
				errs[i] = h.Statements.Decline(t.Context(), h.at(chief), Here, id, "The figures are not ours")
			}
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("signing: %v; returning: %v", errs[0], errs[1])
		}
		h.whole(t)
	}},
	{"T39 words changed behind the trigger's back, digest and all, are not signed", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		up := h.Begun(t, chief, Here, id)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		words := strings.Replace(st.Words, "11 of 12", "12 of 12", 1)
		h.dropTrigger(t, "statement_words_stay", "statement")
		_, err = h.Raw.ExecContext(t.Context(), "update statement set words = $1, digest = $2 where id = $3", words, string(attestation.DigestOf(words)), string(id))
		must(t, err)
		h.refused(t, attestation.ErrChanged, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T39 words that no longer match their digest are not signed", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		up := h.Begun(t, chief, Here, id)
		h.dropTrigger(t, "statement_words_stay", "statement")
		_, err := h.Raw.ExecContext(t.Context(), "update statement set words = replace(words, '11 of 12', '12 of 12') where id = $1", string(id))
		must(t, err)
		h.refused(t, attestation.ErrWords, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T39 an attempt changed in the table is not signed", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		document := strings.Replace(up.Document, "without qualification", "with 1 qualification", 1)
		_, err := h.Raw.ExecContext(t.Context(), "update step_up set document = $1, digest = $2 where id = $3", document, string(attestation.DigestOf(document)), up.ID)
		must(t, err)
		h.refused(t, attestation.ErrChanged, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T41 the proof for one statement does not sign another", func(t *testing.T, h *House) {
		first := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		second := h.Begun(t, chief, Here, h.Lock(t, Here, 2))
		h.refused(t, attestation.ErrProof, func() error {
			_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, second.ID, h.Proof(chief, first))
			return err
		})
	}},
	{"T41 somebody else's sign-in does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		for _, subject := range []string{"sub-siro", "sub-other", "nobody", ""} {
			proof := h.Proof(chief, up)
			proof.Subject, proof.Person = subject, "chief" // what the caller believes does not count
			h.refused(t, attestation.ErrOther, func() error {
				_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, up.ID, proof)
				return err
			})
		}
	}},
	{"T41 an attempt is its beginner's alone", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		racer := crowd()[0]
		h.refused(t, attestation.ErrOther, func() error { _, err := h.Sign(t.Context(), racer, Here, up); return err })
		h.refused(t, attestation.ErrUnknown, func() error {
			_, err := h.Statements.Attempt(t.Context(), h.at(racer), Here, up.ID)
			return err
		})
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Sign(t.Context(), other, There, up); return err })
	}},
	{"T42 a proof from before the review does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		proof := h.Proof(chief, up)
		proof.AuthAt = h.Now().Add(-2 * time.Second)
		h.refused(t, attestation.ErrLate, func() error {
			_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, up.ID, proof)
			return err
		})
	}},
	{"T42 a proof older than five minutes does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		proof := h.Proof(chief, up)
		h.Pass(attestation.ProofLimit + time.Second)
		h.refused(t, attestation.ErrLate, func() error {
			_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, up.ID, proof)
			return err
		})
	}},
	{"T42 an attempt older than ten minutes does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.Pass(attestation.StepUpLimit)
		h.refused(t, attestation.ErrLate, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T42 a proof that signed once does not sign a second attempt", func(t *testing.T, h *House) {
		one, two := h.Lock(t, Here, 1), h.Lock(t, Here, 2)
		up := h.Begun(t, chief, Here, one)
		proof := h.Proof(chief, up)
		_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, up.ID, proof)
		must(t, err)
		next := h.Begun(t, chief, Here, two)
		h.refused(t, attestation.ErrProof, func() error {
			_, err := h.Statements.Sign(t.Context(), h.at(chief), Here, next.ID, proof)
			return err
		})
	}},
	{"T42 an attempt marked as used does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		_, err := h.Raw.ExecContext(t.Context(), "update step_up set used_at = 1 where id = $1", up.ID)
		must(t, err)
		h.refused(t, attestation.ErrLate, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T29 an appointment ended between review and signature does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.Pass(time.Minute)
		h.endAppointment(t, chief, h.Now())
		// The request still carries the appointments of the minute before.
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T29 an appointment that had ended when the button was pressed does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.endAppointment(t, chief, h.Now().Add(-time.Hour))
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
	}},
	{"T14 a login that came to name somebody else neither begins nor ends a signature, until it is confirmed", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		up := h.Begun(t, chief, Here, id)
		for _, as := range [][2]string{{"Amara Okafor", "amara@nhs.example"}, {"Ravi Shah", "ravi@nhs.example"}} {
			must2(t)(h.recognise(t, "sub-chief", as[0], as[1]))
		}
		h.refused(t, attestation.ErrLogin, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
		h.refused(t, attestation.ErrLogin, func() error { _, err := h.begin(t.Context(), chief, Here, id); return err })
		must2(t)(h.Statements.List(t.Context(), h.at(chief), Here)) // reading goes on
		confirming := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		must(t, h.Identities.ConfirmLogin(t.Context(), confirming, Issuer, "sub-chief", h.said(t, "login confirmed")))
		must2(t)(h.Sign(t.Context(), chief, Here, up))
	}},
	{"T79 a clock behind the newest event signs nothing, sounds the alarm, and stops nothing else", func(t *testing.T, h *House) {
		alarms := 0
		h.Statements.Alarm = func(error) { alarms++ }
		id := h.Lock(t, Here, 1)
		h.Pass(2 * time.Minute)
		up := h.Begun(t, chief, Here, id)
		h.Pass(-attestation.ClockSlack)
		must2(t)(h.begin(t.Context(), chief, Here, id)) // as far behind as clocks of two machines may be
		h.Pass(-time.Microsecond)
		h.refused(t, attestation.ErrClock, func() error { _, err := h.begin(t.Context(), chief, Here, id); return err })
		h.refused(t, attestation.ErrClock, func() error { _, err := h.Sign(t.Context(), chief, Here, up); return err })
		if alarms != 2 {
			t.Errorf("%d alarms", alarms)
		}
		must2(t)(h.Statements.List(t.Context(), h.at(chief), Here))
		h.issue(t)
		h.Pass(attestation.ClockSlack + time.Microsecond)
		must2(t)(h.Sign(t.Context(), chief, Here, up))
	}},
	{"T28 the SIRO does not sign", func(t *testing.T, h *House) {
		up := h.Begun(t, chief, Here, h.Lock(t, Here, 1))
		h.refused(t, attestation.ErrNotOffice, func() error { _, err := h.Sign(t.Context(), siro, Here, up); return err })
	}},
	{"a locked statement is not prepared or locked again", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.refused(t, attestation.ErrLocked, func() error { return h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0) })
		h.refused(t, attestation.ErrLocked, func() error {
			return h.Statements.SeenByBoard(t.Context(), h.at(siro), Here, id, 0, "")
		})
	}},
	{"of two who prepare from the same page, the second is told", func(t *testing.T, h *House) {
		id := h.Ask(t, Here, 1)
		_, seen, err := h.Statements.Read(t.Context(), h.at(lead), Here, id)
		if waiting, err := h.Statements.Unsigned(t.Context(), h.at(lead), Here); err != nil || len(waiting) == 0 || waiting[0].State != attestation.Preparing {
			t.Errorf("a statement in preparation does not wait: %+v, %v", waiting, err)
		}
		must(t, err)
		must(t, h.Statements.KeepGaps(t.Context(), h.at(lead), Here, id, seen, []attestation.Gap{{Name: "Old servers", What: "Two are out of support", FixBy: "2027-01-31"}}))
		h.refused(t, attestation.ErrEdited, func() error {
			return h.Statements.KeepGaps(t.Context(), h.at(siro), Here, id, seen, nil)
		})
		h.refused(t, attestation.ErrEdited, func() error { return h.Statements.Lock(t.Context(), h.at(siro), Here, id, seen) })
	}},
	{"a returned statement is taken up again, once", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, id, "The figures\nare not ours"))
		reason, err := h.Statements.DeclineReason(t.Context(), h.at(siro), Here, id)
		must(t, err)
		if reason != "The figures are not ours" {
			t.Errorf("the reason is %q", reason)
		}
		errs := make([]error, 8)
		together(len(errs), func(i int) { _, errs[i] = h.Statements.Again(t.Context(), h.at(lead), Here, id) })
		oneSucceeds(t, errs, attestation.ErrTakenUp)
	}},
	{"an edition of a template never changes its words", func(t *testing.T, h *House) {
		before := h.contents(t)
		h.supplies(t, attestation.Quarterly) // the same again is no change
		changed := attestation.Quarterly
		changed.Opening = "On behalf of nobody"
		if err := h.supply(t, changed); err == nil || h.contents(t) != before {
			t.Errorf("other words under the same edition: %v", err)
		}
	}},
	{"statements are asked for from all or from none", func(t *testing.T, h *House) {
		pass := h.pass(t, regulator, access.IssueStatements, "NATIONAL")
		st := attestation.Statement{ID: "a", Organisation: Here, Template: "quarterly", Edition: 1, Number: 1, Period: "p", Due: Began}
		stranger := st
		stranger.ID, stranger.Organisation = "b", "R99"
		before := h.contents(t)
		if err := h.Signatures.Ask(t.Context(), pass, st.Template, st.Period, "2026-10-05", func(attestation.Called) (attestation.Asked, error) {
			return attestation.Asked{Statements: []attestation.Statement{st, stranger}}, nil
		}); err == nil || h.contents(t) != before {
			t.Errorf("half of them were asked: %v", err)
		}
	}},
}

// whole checks that there is no half signature anywhere.
func (h *House) whole(t testing.TB) {
	t.Helper()
	for claim, query := range map[string]string{
		"signed statements without a signature": "select count(*) from statement s where s.state = 'signed' and not exists (select 1 from signature g where g.statement = s.id)",
		"signatures on statements not signed":   "select count(*) from signature g join statement s on s.id = g.statement where s.state <> 'signed'",
		"signatures on attempts not used":       "select count(*) from signature g join step_up u on u.id = g.step_up where u.used_at is null or u.statement <> g.statement",
		"used attempts without a signature":     "select count(*) from step_up u where u.used_at is not null and not exists (select 1 from signature g where g.step_up = u.id) and not exists (select 1 from co_signature g where g.step_up = u.id)",
		"co-signatures on attempts not used":    "select count(*) from co_signature g join step_up u on u.id = g.step_up where u.used_at is null or u.statement <> g.statement",
		"co-signatures without their event":     "select count(*) from co_signature g where (select count(*) from event e where e.kind = 'statement co-signed' and e.thing = 'statement/' || g.statement) <> 1",
		"signatures without their event":        "select count(*) from signature g where (select count(*) from event e where e.kind = 'statement signed' and e.thing = 'statement/' || g.statement) <> 1",
		"signing events without a signature":    "select count(*) from event e where e.kind = 'statement signed' and not exists (select 1 from signature g where e.thing = 'statement/' || g.statement)",
	} {
		if n := h.count(t, query); n != 0 {
			t.Errorf("%s: %d", claim, n)
		}
	}
}

// Whole is the check for halves, for tests that break off a program.
func (h *House) Whole(t testing.TB) { h.whole(t) }

func (h *House) endAppointment(t testing.TB, who access.Actor, at time.Time) {
	t.Helper()
	pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
	must(t, h.Identities.Appoint(t.Context(), pass, h.Now(), func(roll identity.Roll) (identity.Writing, error) {
		var w identity.Writing
		for _, held := range roll.Held {
			if string(held.Person) == who.ID {
				held.To = at
				w.Endings = append(w.Endings, held)
				e := h.said(t, identity.AppointmentEnded).For(held.Organisation)
				e.Thing = held.Thing()
				w.Events = append(w.Events, e.Recording(held.Record()))
			}
		}
		return w, nil
	}))
}

// recognise lets somebody sign in as their provider describes them.
func (h *House) recognise(t testing.TB, subject, name, email string) (identity.Login, error) {
	t.Helper()
	return h.Identities.Recognise(t.Context(), h.keeping(t), Issuer, subject, func(was identity.Login) (identity.Login, []event.Event) {
		is, kind := was.Recognise(name, email, h.Now())
		if kind == "" {
			return is, nil
		}
		return is, []event.Event{h.said(t, kind)}
	})
}

func (h *House) dropTrigger(t testing.TB, name, table string) {
	t.Helper()
	query := "drop trigger " + name
	if h.postgres(t) {
		query += " on " + table
	}
	_, err := h.Raw.ExecContext(t.Context(), query)
	must(t, err)
}

// together runs the same act many times at once.
func together(n int, act func(i int)) {
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			act(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
}

func oneSucceeds(t testing.TB, errs []error, others error) {
	t.Helper()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
		} else if !errors.Is(err, others) {
			t.Errorf("got %v, want: %v", err, others)
		}
	}
	if succeeded != 1 {
		t.Errorf("%d of %d succeeded", succeeded, len(errs))
	}
}

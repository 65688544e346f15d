package storagetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
)

// reservation is what the chief executive does not confirm in these promises.
var reservation = attestation.Exception{Part: 2, What: "Community sites are not checked", Doing: "Check them", Who: "Tom Reilly", By: "2026-12-01"}

// commitments is what must hold of what was promised under a qualification.
var commitments = []promise{
	{"each exception becomes a commitment with its signature, and an unqualified one makes none", func(t *testing.T, h *House) {
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		if all, err := h.Commitments.List(t.Context(), h.at(chief), Here); err != nil || len(all) != 0 {
			t.Fatalf("promised without a qualification: %+v, %v", all, err)
		}
		id := h.Lock(t, Here, 2)
		signed := h.qualified(t, id, reservation, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Helen Frost", By: "2026-11-01"})
		all, err := h.Commitments.List(t.Context(), h.at(regulator), Here)
		must(t, err)
		if len(all) != 2 || all[0].Part != 1 || all[0].By != "2026-11-01" || all[1].What != reservation.What || all[1].Doing != "Check them" || all[1].Who != "Tom Reilly" ||
			all[1].Signature != signed.ID || all[1].Statement != id || all[1].Fate != attestation.StillOpen {
			t.Errorf("promised %+v", all)
		}
		if n := h.count(t, "select count(*) from event where kind = 'commitment made' and organisation = 'RXH'"); n != 2 {
			t.Errorf("%d events of 2 commitments", n)
		}
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Commitments.List(t.Context(), h.at(other), Here); return err })
		h.refused(t, attestation.ErrCommitment, func() error { _, err := h.Commitments.Read(t.Context(), h.at(other), There, all[0].ID); return err })
		h.whole(t)
	}},
	{"T43 of eight posts of one qualified attempt at once, its commitments are made once", func(t *testing.T, h *House) {
		up := h.qualifies(t, h.Lock(t, Here, 1), reservation)
		together(8, func(int) {
			if _, err := h.Sign(t.Context(), chief, Here, up); err != nil {
				t.Error(err)
			}
		})
		if n := h.count(t, "select count(*) from commitment"); n != 1 {
			t.Errorf("%d commitments of 1 exception", n)
		}
	}},
	{"a commitment is moved with its old day in view, then done, once", func(t *testing.T, h *House) {
		h.qualified(t, h.Lock(t, Here, 1), reservation)
		id := h.promised(t)[0].ID
		file := h.keep(t, Here, lead, digest("a"))
		h.refusedFor(t, "evidence", func() error {
			return h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.Done, Note: "Checked", Evidence: file})
		})
		h.refusedFor(t, "by", func() error {
			return h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.StillOpen, Note: "Later", By: "2026-11-30"})
		})
		h.refusedFor(t, "how", func() error { // that is for the chief executive to sign
			return h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.NotNeeded, Note: "The site was closed"})
		})
		h.refused(t, access.ErrForbidden, func() error {
			return h.Commitments.Settle(t.Context(), h.at(regulator), Here, id, attestation.Account{How: attestation.Done, Note: "Checked"})
		})
		h.refused(t, attestation.ErrCommitment, func() error {
			return h.Commitments.Settle(t.Context(), h.at(otherLead), There, id, attestation.Account{How: attestation.Done, Note: "Checked"})
		})
		must(t, h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.StillOpen, Note: "The supplier is late", By: "2027-01-15"}))
		h.ready(t, file)
		h.Pass(time.Minute)
		must(t, h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.Done, Note: "All sites checked", Evidence: file}))
		c, err := h.Commitments.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if c.FirstBy != "2026-12-01" || c.By != "2027-01-15" || c.Fate != attestation.Done || len(c.Steps) != 2 || c.Steps[0].Was != "2026-12-01" || c.Steps[1].Evidence != file || c.Steps[1].By != lead.Name {
			t.Errorf("it stands as %+v", c)
		}
		h.refused(t, attestation.ErrSettled, func() error {
			return h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.Done, Note: "Again"})
		})
		h.appendOnly(t, "commitment_step", "note = 'Something else'")
		h.appendOnly(t, "commitment", "what = 'Something else'")
	}},
	{"of eight who settle a commitment at once, one succeeds", func(t *testing.T, h *House) {
		h.qualified(t, h.Lock(t, Here, 1), reservation)
		id := h.promised(t)[0].ID
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = h.Commitments.Settle(t.Context(), h.at(lead), Here, id, attestation.Account{How: attestation.Done, Note: "Checked"})
		})
		oneSucceeds(t, errs, attestation.ErrSettled)
	}},
	{"the next statement accounts for each open commitment, and its signature settles them", func(t *testing.T, h *House) {
		h.qualified(t, h.Lock(t, Here, 1), reservation, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Helen Frost", By: "2026-11-01"})
		open := h.promised(t)
		id := h.Ask(t, Here, 2)
		h.Prepare(t, siro, Here, id)
		h.undone(t, id, "contradictions") // nobody can accept that one is not accounted for
		must(t, h.Statements.AccountFor(t.Context(), h.at(lead), Here, id, 0, attestation.Account{Commitment: open[0].ID, How: attestation.Done, Note: "There is a rota"}))
		must(t, h.Statements.AccountFor(t.Context(), h.at(lead), Here, id, 0, attestation.Account{Commitment: open[1].ID, How: attestation.StillOpen, Note: "Half are checked", By: "2027-02-01"}))
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if !strings.Contains(st.Words, "commitment 1: "+string(open[0].ID)+" One answer\ncommitment 1 was due: 2026-11-01\ncommitment 1 now: done\ncommitment 1 how: There is a rota\n") {
			t.Errorf("the words are\n%s", st.Words)
		}
		if still := h.promised(t); len(still) != 2 {
			t.Errorf("settled before anybody signed: %+v", still)
		}
		_, err = h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		still := h.promised(t)
		if len(still) != 1 || still[0].ID != open[1].ID || still[0].By != "2027-02-01" || still[0].FirstBy != "2026-12-01" {
			t.Errorf("open after the signature: %+v", still)
		}
		if n := h.count(t, "select count(*) from event where kind = 'commitment accounted for'"); n != 2 {
			t.Errorf("%d events of 2 that were accounted for", n)
		}
	}},
	{"a commitment settled between the lock and the signature is left as it is", func(t *testing.T, h *House) {
		h.qualified(t, h.Lock(t, Here, 1), reservation)
		c := h.promised(t)[0]
		id := h.Ask(t, Here, 2)
		h.Prepare(t, siro, Here, id)
		must(t, h.Statements.AccountFor(t.Context(), h.at(lead), Here, id, 0, attestation.Account{Commitment: c.ID, How: attestation.StillOpen, Note: "Half are checked", By: "2027-02-01"}))
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
		must(t, h.Commitments.Settle(t.Context(), h.at(lead), Here, c.ID, attestation.Account{How: attestation.Done, Note: "All are checked"}))
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		is, err := h.Commitments.Read(t.Context(), h.at(chief), Here, c.ID)
		must(t, err)
		if is.Fate != attestation.Done || len(is.Steps) != 1 || is.By != "2026-12-01" {
			t.Errorf("it stands as %+v", is)
		}
	}},
	{"regulators see how many are open and late, everywhere", func(t *testing.T, h *House) {
		h.qualified(t, h.Lock(t, Here, 1), reservation, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Helen Frost", By: "2026-11-01"})
		h.Pass(30 * 24 * time.Hour) // 4 November
		counts, err := h.Commitments.Outstanding(t.Context(), h.at(regulator))
		must(t, err)
		if len(counts) != 1 || counts[Here] != (attestation.Outstanding{Open: 2, Late: 1}) {
			t.Errorf("outstanding: %v", counts)
		}
		h.refused(t, access.ErrForbidden, func() error { _, err := h.Commitments.Outstanding(t.Context(), h.at(author)); return err })
		_, err = h.Signatures.Outstanding(t.Context(), h.pass(t, chief, access.ReadCommitments, Here), "2026-11-04")
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("a trust's own decision counts everywhere: %v", err)
		}
	}},
	{"what moved since the last signature is told, by figure", func(t *testing.T, h *House) {
		if m, err := h.Statements.Changed(t.Context(), h.at(chief), Here); err != nil || m.Signed.ID != "" {
			t.Fatalf("something moved before anything was signed: %+v, %v", m, err)
		}
		file := h.keep(t, Here, lead, digest("a"))
		h.ready(t, file)
		id := h.Ask(t, Here, 1)
		must(t, h.Statements.Rely(t.Context(), h.at(lead), Here, id, 0, []evidence.ID{file}))
		h.Prepare(t, siro, Here, id)
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		m, err := h.Statements.Changed(t.Context(), h.at(chief), Here)
		must(t, err)
		if m.Signed.ID != id || len(m.Changes) != 0 || m.Material() {
			t.Fatalf("moved at once: %+v", m)
		}
		h.Pass(366 * 24 * time.Hour)
		late := h.at(chief)
		late.Appointments = slices.Clone(late.Appointments) // the cast is everybody's
		for i := range late.Appointments {
			late.Appointments[i].To = time.Time{}
		}
		m, err = h.Statements.Changed(t.Context(), late, Here)
		must(t, err)
		if len(m.Changes) != 1 || m.Changes[0] != (attestation.Change{Fact: "evidence", Was: "1", Is: "0", Material: true}) || !m.Material() {
			t.Errorf("a year later: %+v", m.Changes)
		}
		h.Ask(t, Here, 2)
		if m, err = h.Statements.Changed(t.Context(), late, Here); err != nil || !m.Material() {
			t.Errorf("a statement with the same deadline is no newer one: %+v, %v", m.Waiting, err)
		}
	}},
}

// qualifies takes a locked statement to the provider's door, with exceptions.
func (h *House) qualifies(t testing.TB, id attestation.ID, list ...attestation.Exception) attestation.StepUp {
	t.Helper()
	st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
	must(t, err)
	must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Qualified, st.Digest))
	for _, e := range list {
		must(t, h.Statements.Except(t.Context(), h.at(chief), Here, id, e))
	}
	up, err := h.begin(t.Context(), chief, Here, id)
	must(t, err)
	return up
}

// qualified signs with exceptions.
func (h *House) qualified(t testing.TB, id attestation.ID, list ...attestation.Exception) attestation.Signature {
	t.Helper()
	signed, err := h.Sign(t.Context(), chief, Here, h.qualifies(t, id, list...))
	must(t, err)
	return signed
}

// promised lists the open commitments of Here.
func (h *House) promised(t testing.TB) []attestation.Commitment {
	t.Helper()
	open, err := h.Signatures.OpenCommitments(t.Context(), h.pass(t, chief, access.ReadCommitments, Here))
	must(t, err)
	return open
}

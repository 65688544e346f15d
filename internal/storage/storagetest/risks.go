package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage"
)

// risks is what holds of decisions to live with a risk.
var risks = []promise{
	{"an accepted risk holds until its day, and is late by itself then", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Normal)
		h.asks(t, s, id)
		waiting, err := s.Waiting(t.Context(), h.at(siro), Here)
		must(t, err)
		up := h.decides(t, s, id, siro)
		must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)))
		must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up))) // the same post again changes nothing
		requests, signatures, err := s.Requests(t.Context(), h.at(lead), Here, id)
		must(t, err)
		_, r, _, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		until := time.Date(2026, 11, 2, 0, 0, 0, 0, organisation.London)
		if len(waiting) != 1 || waiting[0].Name() != "CC-0001" || len(requests) != 1 || requests[0].State != risk.Accepted || len(signatures) != 1 || signatures[0].SignerName != siro.Name || signatures[0].Attempt != used(up, h.Now()) {
			t.Errorf("waiting %+v, requests %+v, signatures %+v", waiting, requests, signatures)
		}
		if r.Standing(until.Add(-time.Second)) != alert.RiskAccepted || r.Standing(until) != alert.Late {
			t.Errorf("%s, then %s", r.Standing(until.Add(-time.Second)), r.Standing(until))
		}
		if n := h.count(t, "select count(*) from event where kind = 'risk accepted'"); n != 1 {
			t.Errorf("%d events of it", n)
		}
		h.appendOnly(t, "risk_signature", "signer_name = 'Somebody'")
		h.appendOnly(t, "risk_attempt", "verdict = 'refuse'")
		h.appendOnly(t, "risk_request", "what = 'Something else'")
	}},
	{"a critical alert's risk takes two signatures, each by its own office", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Critical)
		h.asks(t, s, id)
		h.refused(t, risk.ErrNotYours, func() error { return h.begins(s, id, chief) })
		up := h.decides(t, s, id, siro)
		must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)))
		_, r, _, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if !r.AcceptedUntil.IsZero() {
			t.Error("one signature was enough")
		}
		up = h.decides(t, s, id, chief)
		must(t, s.Sign(t.Context(), h.at(chief), Here, up.ID, h.riskProof(chief, up)))
		requests, signatures, err := s.Requests(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if requests[0].State != risk.Accepted || len(signatures) != 2 {
			t.Errorf("%+v, %+v", requests, signatures)
		}
	}},
	{"T43 of eight posts of one decision at once, it is signed once", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Normal)
		h.asks(t, s, id)
		up := h.decides(t, s, id, siro)
		errs := make([]error, 8)
		together(len(errs), func(i int) { errs[i] = s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)) })
		must(t, errors.Join(errs...))
		if n := h.count(t, "select count(*) from risk_signature"); n != 1 {
			t.Errorf("%d signatures", n)
		}
	}},
	{"T30 one person signs once, whatever offices they hold", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Critical)
		h.asks(t, s, id)
		up := h.decides(t, s, id, siro)
		must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)))
		both := siro
		both.Appointments = append(both.Appointments[:len(both.Appointments):len(both.Appointments)], access.Appointment{Office: access.ChiefExecutive, Organisation: Here, From: Began.AddDate(-1, 0, 0), Acting: true})
		h.refused(t, risk.ErrSamePerson, func() error { return h.begins(s, id, both) })
	}},
	{"T32 what waits for a decision is the trust's own, what was decided its overseers' too", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Normal)
		h.asks(t, s, id)
		before, _, err := s.Requests(t.Context(), h.at(regulator), Here, id)
		must(t, err)
		h.refused(t, access.ErrForbidden, func() error { _, err := s.Waiting(t.Context(), h.at(regulator), Here); return err })
		up := h.decides(t, s, id, siro)
		must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)))
		after, signatures, err := s.Requests(t.Context(), h.at(regulator), Here, id)
		must(t, err)
		if len(before) != 0 || len(after) != 1 || len(signatures) != 1 || !signatures[0].Holds() {
			t.Errorf("before %+v, after %+v, %+v", before, after, signatures)
		}
	}},
	{"a request that was asked anew cannot be signed any more", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Normal)
		h.asks(t, s, id)
		up := h.decides(t, s, id, siro)
		h.asks(t, s, id)
		h.refused(t, risk.ErrDecided, func() error { return s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)) })
		h.refused(t, risk.ErrUnknown, func() error {
			_, _, err := s.Attempt(t.Context(), h.at(chief), Here, up.ID)
			return err
		})
		requests, _, err := s.Requests(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if len(requests) != 2 || requests[0].State != risk.Asked || requests[1].State != risk.Replaced {
			t.Errorf("%+v", requests)
		}
	}},
}

// used is an attempt as it stands after its signature.
func used(up risk.Attempt, at time.Time) risk.Attempt {
	up.UsedAt = at
	return up
}

// stuck is an alert of a class that the first trust cannot fix.
func (h *House) stuck(t testing.TB, class alert.Class) (*risk.Service, alert.ID) {
	t.Helper()
	draft := wording("It is used now")
	draft.Class = class
	id := h.send(t, draft)
	must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
	must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
	must(t, h.Alerts.Act(t.Context(), h.at(lead), Here, id, 0, alert.Action{Outcome: alert.CannotFix, Reason: "No fix"}))
	return &risk.Service{Store: storage.Risks{DB: h.DB}, Now: h.Now, NewID: NewID, Random: random}, id
}

func (h *House) asks(t testing.TB, s *risk.Service, id alert.ID) {
	t.Helper()
	must(t, s.Ask(t.Context(), h.at(lead), Here, id, risk.Draft{What: "No fix", Patients: "Delays", Cover: "Kept apart", Until: "2026-11-30"}))
}

func (h *House) begins(s *risk.Service, id alert.ID, who access.Actor) error {
	_, err := h.attempt(s, id, who)
	return err
}

func (h *House) attempt(s *risk.Service, id alert.ID, who access.Actor) (risk.Attempt, error) {
	ctx := context.Background()
	requests, _, err := s.Requests(ctx, h.at(who), Here, id)
	if err != nil {
		return risk.Attempt{}, err
	}
	return s.Begin(ctx, h.at(who), Here, id, risk.Choice{Verdict: risk.Accept, Until: "2026-11-01"}, requests[0].Digest())
}

func (h *House) decides(t testing.TB, s *risk.Service, id alert.ID, who access.Actor) risk.Attempt {
	t.Helper()
	up, err := h.attempt(s, id, who)
	must(t, err)
	return up
}

func (h *House) riskProof(who access.Actor, up risk.Attempt) attestation.Proof {
	return attestation.Proof{Issuer: Issuer, Subject: "sub-" + who.ID, AuthAt: h.Now(), ACR: "AAL3", Nonce: up.Nonce, IDToken: "header.claims.signature", KeySet: `{"keys":[]}`}
}

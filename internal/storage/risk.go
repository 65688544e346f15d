package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage/gen"
)

// Risks keeps requests to live with a risk, and the signatures under what was
// decided.
type Risks struct{ DB *DB }

// Ask adds a request. One that still waited is replaced by it: both stay on
// record.
func (s Risks) Ask(ctx context.Context, pass access.Pass, id alert.ID, decide func(alert.Alert, alert.Response, []risk.Request) (risk.Request, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		r, _, err := findResponse(ctx, q, pass, id)
		if err != nil {
			return err
		}
		a, _, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		rows, err := q.ListRiskRequests(ctx, gen.ListRiskRequestsParams{Alert: string(id), Organisation: code(pass.In())})
		if err != nil {
			return fmt.Errorf("list requests about the risk of %s: %w", id, err)
		}
		earlier := make([]risk.Request, len(rows))
		for i, row := range rows {
			earlier[i] = toRiskRequest(row)
		}
		asked, e, err := decide(a, r, earlier)
		if err != nil {
			return err
		}
		for i, was := range earlier {
			if _, waits := was.Decider(); waits {
				was.State = risk.Replaced
				if err := changed(q.ChangeRiskRequest(ctx, gen.ChangeRiskRequestParams{ID: string(was.ID), UntilOn: string(was.Until), State: string(was.State), Version: rows[i].Version})); err != nil {
					return fmt.Errorf("replace request %s: %w", was.ID, err)
				}
			}
		}
		err = q.AddRiskRequest(ctx, gen.AddRiskRequestParams{ID: string(asked.ID), Alert: string(asked.Alert), Organisation: code(asked.Organisation), Number: asked.Number, What: asked.What,
			Patients: asked.Patients, Cover: asked.Cover, UntilOn: string(asked.Until), Chief: flag(asked.Chief), AskedBy: asked.AskedBy, AskedAt: micros(asked.AskedAt), State: string(asked.State)})
		if err != nil && taken(err) {
			return errRetry // somebody else asked meanwhile
		} else if err != nil {
			return fmt.Errorf("ask about the risk of %s: %w", id, err)
		}
		if err := tellDecider(ctx, q, asked, e.At); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// Requests lists the decision's organisation's requests about one alert and
// what was signed, newest first.
func (s Risks) Requests(ctx context.Context, pass access.Pass, id alert.ID) ([]risk.Request, []risk.Signature, error) {
	rows, err := s.DB.read.ListRiskRequests(ctx, gen.ListRiskRequestsParams{Alert: string(id), Organisation: code(pass.In())})
	if err != nil {
		return nil, nil, fmt.Errorf("list requests about the risk of %s: %w", id, err)
	}
	requests := make([]risk.Request, len(rows))
	for i, row := range rows {
		requests[i] = toRiskRequest(row)
	}
	if len(requests) == 0 {
		return requests, nil, nil
	}
	made, err := s.DB.read.ListRiskSignatures(ctx, gen.ListRiskSignaturesParams{Alert: string(id), Organisation: code(pass.In())})
	if err != nil {
		return nil, nil, fmt.Errorf("list decisions about the risk of %s: %w", id, err)
	}
	signatures := make([]risk.Signature, len(made))
	for i, row := range made {
		g := row.RiskSignature
		signatures[i] = risk.Signature{ID: g.ID, Attempt: toRiskAttempt(row.RiskAttempt), SignerName: g.SignerName, Acting: g.Acting == 1, SignedAt: instant(g.SignedAt),
			Proof: attestation.Proof{Issuer: g.Issuer, Subject: g.Subject, Person: identity.PersonID(row.RiskAttempt.Person), AuthAt: instant(g.AuthAt), ACR: g.Acr, Nonce: row.RiskAttempt.Nonce, IDToken: g.IDToken, KeySet: g.KeySet}}
	}
	return requests, signatures, nil
}

// Waiting lists the requests of the decision's organisation that wait.
func (s Risks) Waiting(ctx context.Context, pass access.Pass) ([]risk.Waiting, error) {
	return rememberList(ctx, s.DB, pass.In(), "waiting risks", func() ([]risk.Waiting, error) {
		rows, err := s.DB.read.ListWaitingRisks(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list waiting risks of %s: %w", pass.In(), err)
		}
		list := make([]risk.Waiting, len(rows))
		for i, row := range rows {
			list[i] = risk.Waiting{Request: toRiskRequest(row.RiskRequest), AlertNumber: row.AlertNumber.Int64, AlertTitle: row.Title, Rehearsal: row.Rehearsal == 1, Due: instant(row.ActionDue)}
		}
		return list, nil
	})
}

// Begin keeps an attempt to sign a decision about the newest request.
func (s Risks) Begin(ctx context.Context, pass access.Pass, id alert.ID, decide func(risk.Request, risk.Ground) (risk.Attempt, event.Event, error)) error {
	return s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, _ vouchers) error {
		rows, err := q.ListRiskRequests(ctx, gen.ListRiskRequestsParams{Alert: string(id), Organisation: code(pass.In())})
		if err != nil {
			return fmt.Errorf("list requests about the risk of %s: %w", id, err)
		} else if len(rows) == 0 {
			return risk.ErrUnknown
		}
		request := toRiskRequest(rows[0])
		on, _, err := findRiskGround(ctx, q, pass, request, last)
		if err != nil {
			return err
		}
		up, e, err := decide(request, on)
		if err != nil {
			return err
		}
		err = q.AddRiskAttempt(ctx, gen.AddRiskAttemptParams{ID: up.ID, Request: string(up.Request), Organisation: code(up.Organisation), Person: string(up.Person), Office: string(up.Office),
			Verdict: string(up.Choice.Verdict), UntilOn: string(up.Choice.Until), Document: up.Document, Digest: string(up.Digest), Salt: up.Salt, Nonce: up.Nonce,
			ArrivedAt: micros(up.ArrivedAt), EndsAt: micros(up.EndsAt)})
		if err != nil {
			return fmt.Errorf("begin to decide about the risk of %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Attempt reads an attempt of the decision's person at its organisation.
func (s Risks) Attempt(ctx context.Context, pass access.Pass, attempt string) (risk.Attempt, alert.ID, error) {
	up, id, err := findRiskAttempt(ctx, s.DB.read, pass, attempt)
	if err == nil && string(up.Person) != pass.Who().ID {
		return risk.Attempt{}, "", risk.ErrUnknown
	}
	return up, id, err
}

// Sign reads everything a decision is signed on, decides, and writes the
// signature, the request's new state, what the response is now, the used
// attempt and the event: all of it or nothing. The same attempt again changes
// nothing.
func (s Risks) Sign(ctx context.Context, pass access.Pass, attempt string, proof attestation.Proof, decide func(risk.Ceremony, attestation.Proof) (risk.Signature, risk.Request, alert.Response, event.Event, error)) error {
	return s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, vouched vouchers) error {
		up, id, err := findRiskAttempt(ctx, q, pass, attempt)
		if err != nil {
			return err
		}
		if !up.UsedAt.IsZero() && string(up.Person) == pass.Who().ID {
			return nil
		}
		row, err := q.FindRiskRequest(ctx, gen.FindRiskRequestParams{ID: string(up.Request), Organisation: code(pass.In())})
		if err != nil {
			return found(err, risk.ErrUnknown, "request "+string(up.Request))
		}
		c := risk.Ceremony{Attempt: up, Request: toRiskRequest(row)}
		var version int64
		if c.Ground, version, err = findRiskGround(ctx, q, pass, c.Request, last); err != nil {
			return err
		}
		if c.Appointments, err = appointmentsOf(ctx, q, up.Person, vouched.appointment); err != nil {
			return err
		}
		if proof, err = bound(ctx, q, proof, vouched); err != nil {
			return err
		}
		signed, is, response, e, err := decide(c, proof)
		if err != nil {
			return err
		}
		if err := writeRisk(ctx, q, signed, is, row.Version); err != nil {
			return err
		}
		if err := changed(q.ChangeResponse(ctx, responseParams(response, version))); err != nil {
			return fmt.Errorf("let the response to %s meet a decision: %w", id, err)
		}
		if err := tellDecider(ctx, q, is, e.At); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// findRiskGround reads what a decision stands on, with the version of the
// response. Whoever asks is the one whose login must stand: nobody signs for
// somebody else.
func findRiskGround(ctx context.Context, q *queries, pass access.Pass, r risk.Request, last time.Time) (risk.Ground, int64, error) {
	var on risk.Ground
	response, version, err := findResponse(ctx, q, pass, r.Alert)
	if err != nil {
		return on, 0, err
	}
	on.Response = response
	if on.Alert, _, err = findAlert(ctx, q, r.Alert); err != nil {
		return on, 0, err
	}
	made, err := q.ListRiskSignatures(ctx, gen.ListRiskSignaturesParams{Alert: string(r.Alert), Organisation: code(pass.In())})
	if err != nil {
		return on, 0, fmt.Errorf("list decisions about the risk of %s: %w", r.Alert, err)
	}
	for _, row := range made {
		if row.RiskSignature.Request == string(r.ID) {
			on.Signed = append(on.Signed, identity.PersonID(row.RiskAttempt.Person))
		}
	}
	on.Standing, err = findStanding(ctx, q, pass.Who().ID, last)
	return on, version, err
}

// tellDecider leaves behind that whoever a request waits for is to be told.
func tellDecider(ctx context.Context, q *queries, r risk.Request, at time.Time) error {
	office, waits := r.Decider()
	if !waits {
		return nil
	}
	return addWork(ctx, q, notification.RiskWaits(r.Organisation, r.Alert, string(r.ID), office, at))
}

func writeRisk(ctx context.Context, q *queries, g risk.Signature, is risk.Request, version int64) error {
	if err := keepKeySet(ctx, q, g.Proof); err != nil {
		return err
	}
	if err := changed(q.ChangeRiskRequest(ctx, gen.ChangeRiskRequestParams{ID: string(is.ID), UntilOn: string(is.Until), State: string(is.State), Version: version})); err != nil {
		return fmt.Errorf("decide request %s: %w", is.ID, err)
	}
	if err := changed(q.UseRiskAttempt(ctx, gen.UseRiskAttemptParams{ID: g.Attempt.ID, UsedAt: maybeMicros(g.SignedAt)})); err != nil {
		return err
	}
	err := q.AddRiskSignature(ctx, gen.AddRiskSignatureParams{ID: g.ID, Attempt: g.Attempt.ID, Request: string(is.ID), Organisation: code(is.Organisation), SignerName: g.SignerName,
		Office: string(g.Attempt.Office), Acting: flag(g.Acting), Issuer: g.Proof.Issuer, Subject: g.Proof.Subject, Acr: g.Proof.ACR, AuthAt: micros(g.Proof.AuthAt),
		SignedAt: micros(g.SignedAt), IDToken: g.Proof.IDToken, KeySet: g.Proof.KeySet})
	if err != nil && taken(err) {
		return errRetry // somebody decided meanwhile: decide again and say so
	}
	return err
}

func findRiskAttempt(ctx context.Context, q *queries, pass access.Pass, attempt string) (risk.Attempt, alert.ID, error) {
	row, err := q.FindRiskAttempt(ctx, gen.FindRiskAttemptParams{ID: attempt, Organisation: code(pass.In())})
	if err != nil {
		return risk.Attempt{}, "", found(err, risk.ErrUnknown, "attempt "+attempt)
	}
	return toRiskAttempt(row.RiskAttempt), alert.ID(row.Alert), nil
}

func toRiskRequest(row gen.RiskRequest) risk.Request {
	return risk.Request{ID: risk.ID(row.ID), Alert: alert.ID(row.Alert), Organisation: organisation.Code(row.Organisation), Number: row.Number, What: row.What, Patients: row.Patients,
		Cover: row.Cover, Until: organisation.Day(row.UntilOn), Chief: row.Chief == 1, AskedBy: row.AskedBy, AskedAt: instant(row.AskedAt), State: risk.State(row.State)}
}

func toRiskAttempt(row gen.RiskAttempt) risk.Attempt {
	return risk.Attempt{ID: row.ID, Request: risk.ID(row.Request), Organisation: organisation.Code(row.Organisation), Person: identity.PersonID(row.Person), Office: access.Office(row.Office),
		Choice: risk.Choice{Verdict: risk.Verdict(row.Verdict), Until: organisation.Day(row.UntilOn)}, Document: row.Document, Digest: attestation.Digest(row.Digest), Salt: row.Salt,
		Nonce: row.Nonce, ArrivedAt: instant(row.ArrivedAt), EndsAt: instant(row.EndsAt), UsedAt: maybeInstant(row.UsedAt)}
}

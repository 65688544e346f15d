package risk

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Waiting is a request that waits for a decision, with what its alert is
// called.
type Waiting struct {
	Request
	AlertNumber int64
	Rehearsal   bool
	AlertTitle  string
	Due         time.Time // when the alert must be fixed, unless the risk is accepted
}

// Name is the alert's number as people say it.
func (w Waiting) Name() string {
	return alert.Alert{Number: w.AlertNumber, Draft: alert.Draft{Rehearsal: w.Rehearsal}}.Name()
}

// Store keeps requests and signatures. Ask, Begin and Sign read, decide and
// write in one transaction, and may run the decision again after a lost race.
type Store interface {
	Ask(ctx context.Context, pass access.Pass, id alert.ID, decide func(alert.Alert, alert.Response, []Request) (Request, event.Event, error)) error
	Requests(ctx context.Context, pass access.Pass, id alert.ID) ([]Request, []Signature, error)
	Waiting(ctx context.Context, pass access.Pass) ([]Waiting, error)
	Begin(ctx context.Context, pass access.Pass, id alert.ID, decide func(Request, Ground) (Attempt, event.Event, error)) error
	Attempt(ctx context.Context, pass access.Pass, attempt string) (Attempt, alert.ID, error)
	Sign(ctx context.Context, pass access.Pass, attempt string, proof attestation.Proof, decide func(Ceremony, attestation.Proof) (Signature, Request, alert.Response, event.Event, error)) error
}

// Service is what people do about risks.
type Service struct {
	Store  Store
	Now    func() time.Time
	NewID  func() string
	Random func(n int) []byte // unpredictable bytes
	Alarm  func(error)        // told when nobody can sign any more; may be nil
}

// Ask asks for a decision, in place of a request that still waits.
func (s *Service) Ask(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, draft Draft) error {
	pass, err := access.Check(who, access.AskRisk, org)
	if err != nil {
		return err
	}
	return s.Store.Ask(ctx, pass, id, func(a alert.Alert, r alert.Response, earlier []Request) (Request, event.Event, error) {
		return Ask(pass, a, r, earlier, draft, ID(s.NewID()), s.NewID(), s.Now())
	})
}

// Requests lists what was asked about one alert and what was signed, newest
// first. Who oversees the organisation reads what was decided; what still waits
// is the organisation's own (abuse case T32).
func (s *Service) Requests(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID) ([]Request, []Signature, error) {
	pass, err := access.Check(who, access.ReadResponses, org)
	if err != nil {
		return nil, nil, err
	}
	requests, signatures, err := s.Store.Requests(ctx, pass, id)
	if err != nil || access.May(who, access.ReadRisk, org) {
		return requests, signatures, err
	}
	decided := map[ID]bool{}
	requests = slices.DeleteFunc(requests, func(r Request) bool {
		decided[r.ID] = r.State == Accepted || r.State == Refused
		return !decided[r.ID]
	})
	return requests, slices.DeleteFunc(signatures, func(g Signature) bool { return !decided[g.Attempt.Request] }), nil
}

// Waiting lists what waits for a decision at an organisation, the earliest
// first.
func (s *Service) Waiting(ctx context.Context, who access.Actor, org organisation.Code) ([]Waiting, error) {
	pass, err := access.Check(who, access.ReadRisk, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Waiting(ctx, pass)
}

// Begin fixes the bytes about to be signed and gives the attempt, whose nonce
// the provider is asked to sign.
func (s *Service) Begin(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, choice Choice, shown attestation.Digest) (Attempt, error) {
	pass, err := access.Check(who, access.DecideRisk, org)
	if err != nil {
		return Attempt{}, err
	}
	var up Attempt
	err = s.Store.Begin(ctx, pass, id, func(r Request, on Ground) (Attempt, event.Event, error) {
		up, err = r.Begin(pass, on, choice, shown, s.NewID(), hex.EncodeToString(s.Random(16)), s.Now())
		return up, event.New(s.NewID(), pass, s.Now(), "signing begun", thing(r.Alert), "Began to sign a decision about the risk"), err
	})
	return up, s.raise(err)
}

// Attempt gives one attempt back to the person who began it, with its alert.
func (s *Service) Attempt(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (Attempt, alert.ID, error) {
	pass, err := access.Check(who, access.DecideRisk, org)
	if err != nil {
		return Attempt{}, "", err
	}
	return s.Store.Attempt(ctx, pass, attempt)
}

// Sign writes the decision, if everything still holds inside one transaction.
// The same attempt again changes nothing.
func (s *Service) Sign(ctx context.Context, who access.Actor, org organisation.Code, attempt string, proof attestation.Proof) error {
	pass, err := access.Check(who, access.DecideRisk, org)
	if errors.Is(err, access.ErrForbidden) {
		return ErrNotOffice
	} else if err != nil {
		return err
	}
	if proof, err = proof.SeenNow(s.NewID(), s.Now()); err != nil {
		return err
	}
	id, eventID := s.NewID(), s.NewID()
	return s.raise(s.Store.Sign(ctx, pass, attempt, proof, func(c Ceremony, bound attestation.Proof) (Signature, Request, alert.Response, event.Event, error) {
		return c.Sign(pass, bound, id, eventID, s.Now())
	}))
}

// raise tells the operator of what stops everybody, not one person.
func (s *Service) raise(err error) error {
	if errors.Is(err, attestation.ErrClock) && s.Alarm != nil {
		s.Alarm(err)
	}
	return err
}

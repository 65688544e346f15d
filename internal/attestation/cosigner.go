package attestation

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// CoStore keeps what is signed beside the chief executive. What it reads a
// statement by also gives the co-signatures on it.
type CoStore interface {
	Review(ctx context.Context, pass access.Pass, id ID) (Review, error)
	KeepReview(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review) (Review, event.Event, error)) error
	Decline(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review, []access.Appointment) (Statement, Review, event.Event, error)) error
	Begin(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review, Standing) (StepUp, event.Event, error)) error
	StepUp(ctx context.Context, pass access.Pass, id string) (StepUp, error)
	// CoSign reads everything a co-signature is decided on, decides, and writes it
	// with its event and the used attempt, or nothing. The same attempt again gives
	// the co-signature it made.
	CoSign(ctx context.Context, pass access.Pass, stepUp string, proof Proof, decide func(Ceremony, Proof) (CoSignature, event.Event, error)) (CoSignature, error)
}

// CoSigner is what people do who sign beside the chief executive.
type CoSigner struct {
	Store  CoStore
	Now    func() time.Time
	NewID  func() string
	Random func(n int) []byte // unpredictable bytes
	Alarm  func(error)        // told when nobody can sign any more; may be nil
}

// Review gives what the person has chosen so far, empty at first.
func (s *CoSigner) Review(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Review, error) {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if err != nil {
		return Review{}, err
	}
	return s.Store.Review(ctx, pass, id)
}

// Choose records that the person means to sign the words they saw, or to return
// them.
func (s *CoSigner) Choose(ctx context.Context, who access.Actor, org organisation.Code, id ID, opinion Opinion, shown Digest) error {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if err != nil {
		return err
	}
	return s.Store.KeepReview(ctx, pass, id, func(st Statement, was Review) (Review, event.Event, error) {
		is, err := st.ChooseBeside(pass, was, opinion, shown, s.Now())
		return is, event.New(s.NewID(), pass, s.Now(), "review kept", st.thing(), "Reading "+st.Title()), err
	})
}

// Return gives the statement back to the team without a signature.
func (s *CoSigner) Return(ctx context.Context, who access.Actor, org organisation.Code, id ID, reason string) error {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if err != nil {
		return err
	}
	return s.Store.Decline(ctx, pass, id, func(st Statement, was Review, held []access.Appointment) (Statement, Review, event.Event, error) {
		if err := st.readyBeside(); err != nil {
			return st, was, event.Event{}, err
		} else if holds, _ := access.InOffice(held, access.SIRO, org, s.Now()); !holds {
			return st, was, event.Event{}, ErrNotReturns
		}
		return st.Decline(pass, was, reason, s.NewID(), s.Now())
	})
}

// Begin fixes the bytes about to be signed and gives the attempt, as
// Service.Begin does.
func (s *CoSigner) Begin(ctx context.Context, who access.Actor, org organisation.Code, id ID, answer Digest) (StepUp, error) {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if err != nil {
		return StepUp{}, err
	}
	var up StepUp
	err = s.Store.Begin(ctx, pass, id, func(st Statement, review Review, standing Standing) (StepUp, event.Event, error) {
		err := standing.Check(s.Now())
		if err != nil {
			return up, event.Event{}, err
		} else if review.Shown == st.Digest && review.Answer() != answer {
			return up, event.Event{}, ErrAnswered
		}
		up, err = st.BeginBeside(pass, review, s.NewID(), hex.EncodeToString(s.Random(16)), s.Now())
		return up, event.New(s.NewID(), pass, s.Now(), "signing begun", st.thing(), "Began to co-sign "+st.Title()), err
	})
	return up, raise(s.Alarm, err)
}

// Attempt gives one attempt back to the person who began it.
func (s *CoSigner) Attempt(ctx context.Context, who access.Actor, org organisation.Code, stepUp string) (StepUp, error) {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if err != nil {
		return StepUp{}, err
	}
	return s.Store.StepUp(ctx, pass, stepUp)
}

// Sign writes the co-signature, if everything still holds inside one
// transaction. A second call for the same attempt gives the same one.
func (s *CoSigner) Sign(ctx context.Context, who access.Actor, org organisation.Code, stepUp string, proof Proof) (CoSignature, error) {
	pass, err := access.Check(who, access.CoSignStatement, org)
	if errors.Is(err, access.ErrForbidden) {
		return CoSignature{}, ErrNotBeside
	} else if err != nil {
		return CoSignature{}, err
	}
	if proof, err = proof.SeenNow(s.NewID(), s.Now()); err != nil {
		return CoSignature{}, err
	}
	id, eventID := s.NewID(), s.NewID()
	signed, err := s.Store.CoSign(ctx, pass, stepUp, proof, func(c Ceremony, bound Proof) (CoSignature, event.Event, error) {
		return c.CoSign(pass, bound, id, eventID, s.Now())
	})
	return signed, raise(s.Alarm, err)
}

// raise tells the operator of what stops everybody, not one person.
func raise(alarm func(error), err error) error {
	if errors.Is(err, ErrClock) && alarm != nil {
		alarm(err)
	}
	return err
}

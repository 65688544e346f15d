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

// Revisions keeps what becomes of signed statements. Every method that takes a
// decision reads, decides and writes in one transaction, and may decide again
// after a lost race.
type Revisions interface {
	Ground(ctx context.Context, pass access.Pass, id ID) (Ground, error)
	Replace(ctx context.Context, pass access.Pass, id ID, decide func(Ground) (Statement, event.Event, error)) error
	// GiveUp decides on the statement that is to take the place of the one named;
	// ErrNotReplacing where there is none.
	GiveUp(ctx context.Context, pass access.Pass, id ID, decide func(Statement) (Statement, event.Event, error)) error
	BeginWithdrawal(ctx context.Context, pass access.Pass, id ID, decide func(Ground) (WithdrawalAttempt, event.Event, error)) error
	WithdrawalAttempt(ctx context.Context, pass access.Pass, attempt string) (WithdrawalAttempt, error)
	// WithdrawSigned writes the withdrawal with what is due again because of it.
	// The same attempt again changes nothing.
	WithdrawSigned(ctx context.Context, pass access.Pass, attempt string, proof Proof, decide func(WithdrawalCeremony, Proof) (Revoked, error)) error
}

// Revoked is what a withdrawal writes.
type Revoked struct {
	Withdrawal Withdrawal
	Next       *Statement // due again; nil where none is
	Events     []event.Event
}

// Reviser is what people do with statements after they were signed.
type Reviser struct {
	Store  Revisions
	Now    func() time.Time
	NewID  func() string
	Random func(n int) []byte // unpredictable bytes
	Alarm  func(error)        // told when nobody can sign any more; may be nil
}

// After tells what became of a signed statement.
func (r *Reviser) After(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Ground, error) {
	return r.ground(ctx, who, access.ReadSigned, org, id)
}

// Overseen tells a regulator the same, to ask for a new statement.
func (r *Reviser) Overseen(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Ground, error) {
	return r.ground(ctx, who, access.AskReplacement, org, id)
}

func (r *Reviser) ground(ctx context.Context, who access.Actor, verb access.Verb, org organisation.Code, id ID) (Ground, error) {
	pass, err := access.Check(who, verb, org)
	if err != nil {
		return Ground{}, err
	}
	return r.Store.Ground(ctx, pass, id)
}

// Replace starts a statement in place of a signed one, and gives its id.
func (r *Reviser) Replace(ctx context.Context, who access.Actor, org organisation.Code, id ID, why string) (ID, error) {
	return r.replace(ctx, who, access.ReplaceStatement, org, id, why)
}

// Ask does so for a regulator.
func (r *Reviser) Ask(ctx context.Context, who access.Actor, org organisation.Code, id ID, why string) (ID, error) {
	return r.replace(ctx, who, access.AskReplacement, org, id, why)
}

func (r *Reviser) replace(ctx context.Context, who access.Actor, verb access.Verb, org organisation.Code, id ID, why string) (ID, error) {
	pass, err := access.Check(who, verb, org)
	if err != nil {
		return "", err
	}
	next := ID(r.NewID())
	return next, r.Store.Replace(ctx, pass, id, func(on Ground) (Statement, event.Event, error) {
		return on.Replace(pass, why, verb == access.AskReplacement, next, r.NewID(), r.Now())
	})
}

// GiveUp ends the statement that was to take the place of a signed one.
func (r *Reviser) GiveUp(ctx context.Context, who access.Actor, org organisation.Code, id ID) error {
	return r.giveUp(ctx, who, access.ReplaceStatement, org, id)
}

// TakeBack does so for a regulator who asked.
func (r *Reviser) TakeBack(ctx context.Context, who access.Actor, org organisation.Code, id ID) error {
	return r.giveUp(ctx, who, access.AskReplacement, org, id)
}

func (r *Reviser) giveUp(ctx context.Context, who access.Actor, verb access.Verb, org organisation.Code, id ID) error {
	pass, err := access.Check(who, verb, org)
	if err != nil {
		return err
	}
	return r.Store.GiveUp(ctx, pass, id, func(was Statement) (Statement, event.Event, error) {
		return was.GiveUp(pass, r.NewID(), r.Now())
	})
}

// Withdrawing shows whoever signs what they are about to withdraw.
func (r *Reviser) Withdrawing(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Ground, error) {
	return r.ground(ctx, who, access.WithdrawStatement, org, id)
}

// Begin fixes the bytes about to be signed and gives the attempt, whose nonce
// the provider is asked to sign.
func (r *Reviser) Begin(ctx context.Context, who access.Actor, org organisation.Code, id ID, reason string, shown Digest) (WithdrawalAttempt, error) {
	return r.begin(ctx, who, org, id, reason, shown, "")
}

// begin does so; for certain bytes alone where their digest is named.
func (r *Reviser) begin(ctx context.Context, who access.Actor, org organisation.Code, id ID, reason string, shown, bytes Digest) (WithdrawalAttempt, error) {
	pass, err := access.Check(who, access.WithdrawStatement, org)
	if err != nil {
		return WithdrawalAttempt{}, err
	}
	var begun WithdrawalAttempt
	err = r.Store.BeginWithdrawal(ctx, pass, id, func(on Ground) (WithdrawalAttempt, event.Event, error) {
		up, err := on.Begin(pass, reason, shown, r.NewID(), hex.EncodeToString(r.Random(16)), r.Now())
		if err == nil && bytes != "" && up.Digest != bytes {
			err = ErrChanged
		}
		begun = up
		return up, event.New(r.NewID(), pass, r.Now(), "signing begun", on.Statement.thing(), "Began to withdraw the "+on.Statement.Title()), err
	})
	return begun, r.raise(err)
}

// Attempt gives one attempt back to the person who began it.
func (r *Reviser) Attempt(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (WithdrawalAttempt, error) {
	pass, err := access.Check(who, access.WithdrawStatement, org)
	if err != nil {
		return WithdrawalAttempt{}, err
	}
	return r.Store.WithdrawalAttempt(ctx, pass, attempt)
}

// Resume takes an attempt that was begun on to the provider. One that has little
// time left is begun anew, for the same bytes: ErrChanged where they would be
// others.
func (r *Reviser) Resume(ctx context.Context, who access.Actor, org organisation.Code, attempt string) (WithdrawalAttempt, error) {
	up, err := r.Attempt(ctx, who, org, attempt)
	if err != nil {
		return up, err
	}
	on, err := r.Withdrawing(ctx, who, org, up.Statement)
	if err == nil {
		err = on.Withdrawable()
	}
	if err != nil || up.Lasts(r.Now()) {
		return up, err
	}
	again, err := r.begin(ctx, who, org, up.Statement, up.Reason, on.Signature.Digest, up.Digest)
	if err != nil {
		return up, err
	}
	return again, nil
}

// Withdraw writes the withdrawal, if everything still holds inside one
// transaction. The same attempt again changes nothing.
func (r *Reviser) Withdraw(ctx context.Context, who access.Actor, org organisation.Code, attempt string, proof Proof) error {
	pass, err := access.Check(who, access.WithdrawStatement, org)
	if errors.Is(err, access.ErrForbidden) {
		return ErrNotWithdrawn
	} else if err != nil {
		return err
	}
	if proof, err = proof.SeenNow(r.NewID(), r.Now()); err != nil {
		return err
	}
	id, eventID, next, nextEvent := r.NewID(), r.NewID(), ID(r.NewID()), r.NewID()
	return r.raise(r.Store.WithdrawSigned(ctx, pass, attempt, proof, func(c WithdrawalCeremony, bound Proof) (Revoked, error) {
		w, e, err := c.Sign(pass, bound, id, eventID, r.Now())
		if err != nil {
			return Revoked{}, err
		}
		done := Revoked{Withdrawal: w, Events: []event.Event{e}}
		if owed, begun, due := c.DueAgain(pass, w, next, nextEvent); due {
			done.Next, done.Events = &owed, append(done.Events, begun)
		}
		return done, nil
	}))
}

// raise tells the operator of what stops everybody, not one person.
func (r *Reviser) raise(err error) error {
	if errors.Is(err, ErrClock) && r.Alarm != nil {
		r.Alarm(err)
	}
	return err
}

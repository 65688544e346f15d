package attestation

import (
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// Attempt is what every try to sign something has, whatever is signed: whose it
// is, the digest of the exact bytes, and the nonce that makes the identity
// provider's own signature cover them. It is used once, within ten minutes.
type Attempt struct {
	ID           string
	Organisation organisation.Code
	Person       identity.PersonID
	Digest       Digest // of the bytes
	Salt         string
	Nonce        string
	Since        time.Time // a fresh sign-in is not from before this
	ArrivedAt    time.Time // when the person pressed the button
	EndsAt       time.Time
	UsedAt       time.Time
}

// Expected is the nonce the attempt must have.
func (a Attempt) Expected() string {
	return Nonce(a.Salt, a.Digest, a.Organisation, a.Person, a.ID)
}

// Of refuses a proof of somebody else than who acts and who began the attempt.
func (a Attempt) Of(pass access.Pass, proof Proof) error {
	if proof.Person == "" || string(proof.Person) != pass.Who().ID || a.Person != proof.Person {
		return ErrOther
	}
	return nil
}

// Live refuses an attempt that was used, or that is over.
func (a Attempt) Live(now time.Time) error {
	if !a.UsedAt.IsZero() || !now.Before(a.EndsAt) || now.Before(a.ArrivedAt) {
		return ErrLate
	}
	return nil
}

// Proven refuses a proof that covers anything else, and one that is not fresh.
func (a Attempt) Proven(proof Proof, now time.Time) error {
	expected := a.Expected()
	switch {
	case !same(a.Nonce, expected) || !same(proof.Nonce, expected) || proof.IDToken == "" || proof.KeySet == "":
		return ErrProof
	case proof.AuthAt.Before(a.Since.Truncate(time.Second)), now.Sub(proof.AuthAt) > ProofLimit, proof.AuthAt.Sub(now) > ProofSlack:
		return ErrLate
	}
	return nil
}

// attempt is the part of a step-up that every attempt has.
func (u StepUp) attempt() Attempt {
	return Attempt{ID: u.ID, Organisation: u.Organisation, Person: u.Person, Digest: u.Digest, Salt: u.Salt, Nonce: u.Nonce, Since: u.ReviewBegan, ArrivedAt: u.ArrivedAt, EndsAt: u.EndsAt, UsedAt: u.UsedAt}
}

// unless gives an error where something that must hold does not.
func unless(holds bool, otherwise error) error {
	if holds {
		return nil
	}
	return otherwise
}

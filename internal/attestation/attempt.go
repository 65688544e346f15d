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

// Lasts tells whether there is time left to sign in and come back.
func (a Attempt) Lasts(now time.Time) bool {
	return a.UsedAt.IsZero() && a.EndsAt.Sub(now) >= StepUpLimit/2
}

// Expected is the nonce the attempt must have.
func (a Attempt) Expected() string {
	return Nonce(a.Salt, a.Digest, a.Organisation, a.Person, a.ID)
}

// Stands is what is known of an attempt besides the proof: whether the signer
// held the office, when they pressed the button and now, and whether what would
// be signed now are the bytes the attempt fixed; with the words for each refusal.
type Stands struct {
	InOffice  bool
	Same      bool
	NotOffice error
	Other     error
}

// Proved refuses a proof of identity that does not make this attempt a
// signature: it must be of the person who began it, fresh, and cover exactly
// these bytes; and each attempt counts once.
func (a Attempt) Proved(pass access.Pass, proof Proof, on Stands, now time.Time) error {
	expected := Nonce(a.Salt, a.Digest, pass.In(), identity.PersonID(pass.Who().ID), a.ID)
	switch {
	case proof.Person == "" || string(proof.Person) != pass.Who().ID || a.Person != proof.Person:
		return ErrOther
	case !on.InOffice:
		return on.NotOffice
	case !a.UsedAt.IsZero() || !now.Before(a.EndsAt) || now.Before(a.ArrivedAt):
		return ErrLate
	case !on.Same:
		return on.Other
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

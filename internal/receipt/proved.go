package receipt

import (
	"errors"
	"time"

	"countersign/internal/attestation"
)

// Proved checks that an identity provider's token, kept with the keys of its day,
// covers what an attempt was to sign. It is for other signatures than those on
// statements, compared where they are kept.
func Proved(p attestation.Proof, up attestation.Attempt, signedAt time.Time) error {
	payload, _, err := opened(p.IDToken, p.KeySet)
	if err != nil {
		return err
	}
	r := attestation.Record{Document: up.Digest, Salt: up.Salt, Attempt: up.ID, Organisation: up.Organisation, Signer: up.Person, Issuer: p.Issuer, Subject: p.Subject, ACR: p.ACR,
		AuthAt: p.AuthAt, ArrivedAt: up.ArrivedAt, SignedAt: signedAt}
	if p.Nonce != up.Nonce {
		return errors.New("the proof is of another attempt")
	}
	return covers(r, payload)
}

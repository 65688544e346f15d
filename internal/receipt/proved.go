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
	r := record{document: string(up.Digest), salt: up.Salt, attempt: up.ID, organisation: string(up.Organisation), signer: string(up.Person), issuer: p.Issuer, subject: p.Subject, acr: p.ACR,
		authenticated: p.AuthAt, arrived: up.ArrivedAt, signed: signedAt}
	if p.Nonce != up.Nonce {
		return errors.New("the proof is of another attempt")
	}
	return r.covers(payload)
}

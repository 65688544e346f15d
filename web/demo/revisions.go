//go:build demo

package demo

import (
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
)

// revised casts what becomes of two signed statements: one of the last quarter
// at the neighbour was replaced, one of this quarter was withdrawn and is due
// again, at the first trust that has until the last day and signed before.
func (b *builder) revised(t *trust, ago int, c *course) {
	switch {
	case t.Code == Neighbour && ago == 1:
		c.fate = renews
	case ago == 0 && t.Region == "Y63" && c.fate == signs && !hasPart(t) && b.past(c.read.Add(26*time.Hour)) && !b.withdrew:
		c.fate, b.withdrew = takesBack, true
	}
}

// hasPart tells whether a trust has a part of its own.
func hasPart(t *trust) bool {
	return t.Code == CalderVale || t.Code == Neighbour || t.Code == Community || t.Code == Northmoor || t.Code == Trentside
}

// ground is what is decided on about the statement that was signed last.
func (b *builder) ground() attestation.Ground {
	statements, signatures := b.world.Seed.Statements, b.world.Seed.Signatures
	was := statements[len(statements)-1]
	return attestation.Ground{Statement: was, Signature: signatures[len(signatures)-1], Template: attestation.Quarterly, Number: was.Number}
}

// signatureOn finds the signature whose place a statement takes; nil for none.
func (b *builder) signatureOn(s attestation.Statement) *attestation.Signature {
	i := slices.IndexFunc(b.world.Seed.Signatures, func(g attestation.Signature) bool { return g.Statement == s.Supersedes })
	if i < 0 {
		return nil
	}
	return &b.world.Seed.Signatures[i]
}

// replaces is what the words say of that.
func (b *builder) replaces(s attestation.Statement) attestation.Replaces {
	g := b.signatureOn(s)
	if g == nil {
		return attestation.Replaces{}
	}
	return attestation.Replaces{Code: g.Code, Digest: g.Digest, Why: s.Because}
}

// replace has another statement take the place of the one that was just signed.
func (b *builder) replace(r *rand.Rand, t *trust, q quarter, c course) error {
	at := sensible(r, c.read.Add(hours(200)), c.due)
	pass, err := access.Check(t.lead.at(at), access.ReplaceStatement, t.Code)
	if err != nil {
		return err
	}
	next, e, err := b.ground().Replace(pass, "One laboratory was counted with another trust.", false, attestation.ID(b.id(at)), b.id(at), at)
	if err != nil {
		return err
	}
	b.record(e)
	if next, err = b.lock(r, t, next, q, at.Add(20*time.Hour)); err != nil {
		return err
	}
	c.fate, c.read = signs, at.Add(26*time.Hour)
	return b.sign(r, t, next, c)
}

// withdraw takes back the statement that was just signed: it is due again.
func (b *builder) withdraw(t *trust, c course) error {
	at := c.read.Add(25 * time.Hour)
	pass, err := access.Check(t.chief.at(at), access.WithdrawStatement, t.Code)
	if err != nil {
		return err
	}
	on := b.ground()
	up, err := on.Begin(pass, "The figure for remote access is of last year. I did not see that before I signed.", on.Signature.Digest, b.id(at), hex.EncodeToString(b.random(16)), at)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(at), pass, at, "signing begun", "statement/"+string(on.Statement.ID), "Began to withdraw the "+on.Statement.Title()))
	proved, signed := at.Add(24*time.Second), at.Add(31*time.Second)
	proof, err := b.prove(t, up.Nonce, proved, signed)
	if err != nil {
		return err
	}
	ceremony := attestation.WithdrawalCeremony{Ground: on, Attempt: up, Appointments: t.chief.held}
	w, e, err := ceremony.Sign(pass, proof, b.id(signed), b.id(signed), signed)
	if err != nil {
		return err
	}
	b.record(e)
	b.world.Seed.Withdrawals = append(b.world.Seed.Withdrawals, w)
	if next, begun, due := ceremony.DueAgain(pass, w, attestation.ID(b.id(signed)), b.id(signed)); due {
		b.record(begun)
		b.keep(next)
	}
	return nil
}

// prove is a fresh sign-in of the trust's chief executive.
func (b *builder) prove(t *trust, nonce string, proved, signed time.Time) (attestation.Proof, error) {
	token, err := b.signer.token(t.chief, nonce, hex.EncodeToString(b.random(16)), proved)
	if err != nil {
		return attestation.Proof{}, err
	}
	proof := attestation.Proof{Issuer: b.provider.Issuer, Subject: t.chief.subject, Person: t.chief.ID, AuthAt: proved, ACR: level, Nonce: nonce, IDToken: token, KeySet: b.signer.keySet}
	return proof.SeenNow(b.id(signed), signed)
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Begin keeps the attempt the decision makes.
func (s Attestations) Begin(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement, attestation.Review, attestation.Standing) (attestation.StepUp, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		st, _, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		review, _, err := findReview(ctx, q, pass, id)
		if err != nil {
			return err
		}
		last, err := lastEventAt(ctx, q)
		if err != nil {
			return err
		}
		standing, err := findStanding(ctx, q, pass.Who().ID, last)
		if err != nil {
			return err
		}
		up, e, err := decide(st, review, standing)
		if err != nil {
			return err
		}
		err = q.AddStepUp(ctx, gen.AddStepUpParams{ID: up.ID, Statement: string(up.Statement), Organisation: code(up.Organisation), Person: string(up.Person),
			Document: up.Document, Digest: string(up.Digest), Salt: up.Salt, Nonce: up.Nonce, ReviewBegan: micros(up.ReviewBegan), ArrivedAt: micros(up.ArrivedAt), EndsAt: micros(up.EndsAt)})
		if err != nil {
			return fmt.Errorf("begin to sign %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// StepUp reads an attempt of the decision's person at its organisation.
func (s Attestations) StepUp(ctx context.Context, pass access.Pass, id string) (attestation.StepUp, error) {
	up, err := findStepUp(ctx, s.DB.read, pass, id)
	if err == nil && string(up.Person) != pass.Who().ID {
		return attestation.StepUp{}, attestation.ErrUnknown
	}
	return up, err
}

// Sign reads everything a signature is decided on, decides, and writes the
// signature, the statement's new state, the used attempt and the event: all of
// it or nothing. Whom the proof's login belongs to is looked up here, so that
// the register as it stands now decides. The same attempt again gives the
// signature it made.
func (s Attestations) Sign(ctx context.Context, pass access.Pass, stepUp string, proof attestation.Proof, decide func(attestation.Ceremony, attestation.Proof) (attestation.Signature, attestation.Statement, event.Event, error)) (attestation.Signature, error) {
	var signed attestation.Signature
	beside, err := s.vouchersBeside(ctx, pass, stepUp)
	if err != nil {
		return signed, err
	}
	err = s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, vouched vouchers) error {
		c, version, err := findCeremony(ctx, q, pass, stepUp, last, vouched)
		if err != nil {
			return err
		}
		if c.Statement.State == attestation.Signed {
			made, err := findSignature(ctx, q, pass, c.Statement.ID)
			if err == nil && made.StepUp.ID != c.StepUp.ID {
				return attestation.ErrSigned
			}
			signed = made
			return err
		}
		if err := vouchedBeside(c.Statement, beside); err != nil {
			return err
		}
		if proof, err = bound(ctx, q, proof, vouched); err != nil {
			return err
		}
		if c.Statement.Settles() {
			if c.Open, err = openWithSteps(ctx, q, pass); err != nil {
				return err
			}
		}
		if c.Statement.Supersedes != "" {
			replaced, err := findSignature(ctx, q, pass, c.Statement.Supersedes)
			if err != nil {
				return err
			}
			c.Replaced = &replaced
		}
		signature, is, e, err := decide(c, proof)
		if err != nil {
			return err
		}
		if err := writeSignature(ctx, q, signature, is, version); err != nil {
			return err
		}
		signed = signature
		return addEvents(ctx, q, append([]event.Event{e}, append(committed(signature), signature.Also...)...)...)
	})
	return signed, err
}

// findStanding reads what holds a person back whatever the statement.
func findStanding(ctx context.Context, q *queries, person string, last time.Time) (attestation.Standing, error) {
	rows, err := q.ListLoginsOf(ctx, person)
	if err != nil {
		return attestation.Standing{}, fmt.Errorf("list logins of person %s: %w", person, err)
	}
	standing := attestation.Standing{LastEventAt: last}
	for _, row := range rows {
		l, own := q.acts.login(row)
		standing.LoginChanged = standing.LoginChanged || own && !l.ChangedAt.IsZero()
	}
	return standing, nil
}

// keepKeySet keeps the keys a token was checked by, with the event that they
// were seen, the first time they are.
func keepKeySet(ctx context.Context, q *queries, proof attestation.Proof) error {
	digest := string(attestation.DigestOf(proof.KeySet))
	if _, err := q.FindKeySet(ctx, gen.FindKeySetParams{Digest: digest, Issuer: proof.Issuer}); !errors.Is(err, sql.ErrNoRows) {
		if err != nil {
			return fmt.Errorf("find key set %s of %s: %w", digest, proof.Issuer, err)
		}
		return nil
	}
	if err := addEvents(ctx, q, proof.Seen); err != nil {
		return err
	}
	if err := q.AddKeySet(ctx, gen.AddKeySetParams{Digest: digest, Issuer: proof.Issuer, Document: proof.KeySet, SeenAt: micros(proof.Seen.At), Event: proof.Seen.ID}); err != nil {
		return grown(err, "keep key set seen at", micros(proof.Seen.At))
	}
	return nil
}

func writeSignature(ctx context.Context, q *queries, g attestation.Signature, is attestation.Statement, version int64) error {
	if err := keepKeySet(ctx, q, g.Proof); err != nil {
		return err
	}
	if err := keepStatement(ctx, q, is, version); err != nil {
		return err
	}
	if err := changed(q.UseStepUp(ctx, gen.UseStepUpParams{ID: g.StepUp.ID, UsedAt: maybeMicros(g.SignedAt)})); err != nil {
		return err
	}
	err := q.AddSignature(ctx, gen.AddSignatureParams{ID: g.ID, Code: string(g.Code), Statement: string(g.Statement), Organisation: code(g.Organisation),
		Person: string(g.Person), SignerName: g.SignerName, Office: string(access.ChiefExecutive), Acting: flag(g.Acting), Opinion: string(g.Opinion),
		Exceptions: encode(exceptions(g.Exceptions)), Document: g.Document, Digest: string(g.Digest), WordsDigest: string(g.WordsDigest), Salt: g.StepUp.Salt,
		Nonce: g.StepUp.Nonce, StepUp: g.StepUp.ID, Issuer: g.Proof.Issuer, Subject: g.Proof.Subject, Acr: g.Proof.ACR, AuthAt: micros(g.Proof.AuthAt),
		ArrivedAt: micros(g.StepUp.ArrivedAt), SignedAt: micros(g.SignedAt), Late: flag(g.Late), IDToken: g.Proof.IDToken, KeySet: g.Proof.KeySet})
	if err != nil && taken(err) {
		return errRetry // somebody signed meanwhile: decide again and say so
	} else if err != nil {
		return err
	}
	return writeCommitments(ctx, q, g)
}

// Signature reads the signature on a statement of the decision's organisation.
func (s Attestations) Signature(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Signature, error) {
	return findSignature(ctx, s.DB.read, pass, id)
}

// Receipt finds a signature by its code. It is public: whoever has the code
// was given it, and pages show only what a receipt shows.
func (s Attestations) Receipt(ctx context.Context, pass access.Pass, c attestation.Code) (attestation.Receipt, error) {
	if err := decided(pass); err != nil {
		return attestation.Receipt{}, err
	}
	row, err := s.DB.read.FindSignatureByCode(ctx, string(c))
	if err != nil {
		return attestation.Receipt{}, found(err, attestation.ErrCode, "signature")
	}
	g, err := toSignature(row.Signature)
	if err != nil {
		return attestation.Receipt{}, err
	}
	st, err := beside(ctx, s.DB.read, attestation.Statement{ID: g.Statement, Organisation: g.Organisation, Words: row.Words})
	if err != nil {
		return attestation.Receipt{}, err
	}
	return afterwards(ctx, s.DB.read, attestation.Receipt{Signature: g, Name: row.OrganisationName, Words: row.Words, Period: row.Period, Beside: st.Beside})
}

// SignedBy lists what the decision's own person signed for its organisation.
func (s Attestations) SignedBy(ctx context.Context, pass access.Pass, limit int) ([]attestation.Mine, error) {
	return rememberList(ctx, s.DB, pass.In(), "signed by "+pass.Who().ID+" "+strconv.Itoa(limit), func() ([]attestation.Mine, error) {
		rows, err := s.DB.read.ListSignaturesBy(ctx, gen.ListSignaturesByParams{Person: pass.Who().ID, Organisation: code(pass.In()), Limit: int32(limit)})
		if err != nil {
			return nil, fmt.Errorf("list signatures: %w", err)
		}
		list := make([]attestation.Mine, 0, len(rows))
		for _, r := range rows {
			made, err := decode[[]attestation.Exception](r.Exceptions, "exceptions")
			if err != nil {
				return nil, err
			}
			list = append(list, attestation.Mine{Code: attestation.Code(r.Code), Statement: attestation.ID(r.Statement), Organisation: organisation.Code(r.Organisation),
				Period: r.Period, Opinion: attestation.Opinion(r.Opinion), Exceptions: len(made), SignedAt: instant(r.SignedAt), Late: r.Late == 1,
				Replaced: r.Replaced == 1, RevokedAt: maybeInstant(r.RevokedAt)})
		}
		return list, nil
	})
}

func findStepUp(ctx context.Context, q *queries, pass access.Pass, id string) (attestation.StepUp, error) {
	r, err := q.FindStepUp(ctx, gen.FindStepUpParams{ID: id, Organisation: code(pass.In())})
	if err != nil {
		return attestation.StepUp{}, found(err, attestation.ErrUnknown, "attempt to sign")
	}
	return attestation.StepUp{ID: r.ID, Statement: attestation.ID(r.Statement), Organisation: organisation.Code(r.Organisation), Person: identity.PersonID(r.Person),
		Document: r.Document, Digest: attestation.Digest(r.Digest), Salt: r.Salt, Nonce: r.Nonce, ReviewBegan: instant(r.ReviewBegan), ArrivedAt: instant(r.ArrivedAt),
		EndsAt: instant(r.EndsAt), UsedAt: maybeInstant(r.UsedAt)}, nil
}

func findSignature(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Signature, error) {
	row, err := q.FindSignatureOf(ctx, gen.FindSignatureOfParams{Statement: string(id), Organisation: code(pass.In())})
	if err != nil {
		return attestation.Signature{}, found(err, attestation.ErrNotSigned, "signature on "+string(id))
	}
	return toSignature(row)
}

func toSignature(r gen.Signature) (attestation.Signature, error) {
	made, err := decode[[]attestation.Exception](r.Exceptions, "exceptions of signature "+r.ID)
	return attestation.Signature{ID: r.ID, Code: attestation.Code(r.Code), Statement: attestation.ID(r.Statement), Organisation: organisation.Code(r.Organisation),
		Person: identity.PersonID(r.Person), SignerName: r.SignerName, Acting: r.Acting == 1, Opinion: attestation.Opinion(r.Opinion), Exceptions: made,
		Document: r.Document, Digest: attestation.Digest(r.Digest), WordsDigest: attestation.Digest(r.WordsDigest),
		StepUp:   attestation.StepUp{ID: r.StepUp, Salt: r.Salt, Nonce: r.Nonce, ArrivedAt: instant(r.ArrivedAt)},
		Proof:    attestation.Proof{Issuer: r.Issuer, Subject: r.Subject, Person: identity.PersonID(r.Person), AuthAt: instant(r.AuthAt), ACR: r.Acr, Nonce: r.Nonce, IDToken: r.IDToken, KeySet: r.KeySet},
		SignedAt: instant(r.SignedAt), Late: r.Late == 1}, err
}

// exceptions makes an absent list an empty one, stored as [].
func exceptions(list []attestation.Exception) []attestation.Exception {
	if list == nil {
		return []attestation.Exception{}
	}
	return list
}

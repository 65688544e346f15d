package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Ground reads what became of a statement of the decision's organisation, and
// what a next step is decided on.
func (s Attestations) Ground(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Ground, error) {
	return findSignedGround(ctx, s.DB.read, pass, id)
}

func findSignedGround(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Ground, error) {
	var on attestation.Ground
	var err error
	if on.Statement, _, err = findStatement(ctx, q, pass, id); err != nil || on.Statement.State != attestation.Signed {
		return on, err
	}
	if on.Signature, err = findSignature(ctx, q, pass, id); err != nil {
		return on, err
	}
	if on.After, err = findAftermath(ctx, q, pass, id); err != nil {
		return on, err
	}
	if on.Template, err = editionInForce(ctx, q, on.Statement.Template); err != nil {
		return on, err
	}
	if on.Number, err = q.FindLastNumber(ctx, gen.FindLastNumberParams{Organisation: code(pass.In()), Template: on.Statement.Template, Period: on.Statement.Period}); err != nil {
		return on, fmt.Errorf("find the newest version of %s: %w", id, err)
	}
	if on.Statement.Campaign != "" {
		campaign, err := q.FindCampaign(ctx, string(on.Statement.Campaign))
		if err != nil {
			return on, found(err, attestation.ErrNoCampaign, "campaign of "+string(id))
		}
		on.Ended = campaign.WithdrawnAt.Valid
	}
	return on, nil
}

// editionInForce reads the newest edition of a template.
func editionInForce(ctx context.Context, q *queries, id string) (attestation.Template, error) {
	rows, err := q.ListTemplates(ctx)
	if err != nil {
		return attestation.Template{}, fmt.Errorf("list templates: %w", err)
	}
	for _, row := range rows { // latest edition first
		if row.ID == id {
			return decode[attestation.Template](row.Document, "template "+id)
		}
	}
	return attestation.Template{}, attestation.ErrUnknown
}

func findAftermath(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Aftermath, error) {
	var after attestation.Aftermath
	next, err := q.FindSuccessor(ctx, gen.FindSuccessorParams{Supersedes: maybeText(string(id)), Organisation: code(pass.In())})
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return after, fmt.Errorf("find what takes the place of %s: %w", id, err)
	case next.State == string(attestation.Signed):
		after.Next, after.Code, after.ReplacedAt = attestation.ID(next.ID), attestation.Code(next.Code), maybeInstant(next.EndedAt)
	default:
		after.Open, after.Due = attestation.ID(next.ID), instant(next.DueAt)
	}
	after.Why, after.Wanted = next.SupersedeWhy, next.SupersedeBy
	row, err := q.FindWithdrawal(ctx, gen.FindWithdrawalParams{Statement: string(id), Organisation: code(pass.In())})
	if errors.Is(err, sql.ErrNoRows) {
		return after, nil
	} else if err != nil {
		return after, fmt.Errorf("find the withdrawal of %s: %w", id, err)
	}
	w := toWithdrawal(row.Withdrawal, row.WithdrawalAttempt)
	after.Withdrawal = &w
	return after, nil
}

// stands tells whether a signed statement has not been withdrawn.
func stands(ctx context.Context, q *queries, id attestation.ID) (bool, error) {
	_, err := q.FindWithdrawnAt(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	} else if err != nil {
		return false, fmt.Errorf("find the withdrawal of %s: %w", id, err)
	}
	return false, nil
}

// listed gives statements of one organisation, each with what became of it as
// far as the list tells.
func listed(ctx context.Context, q *queries, pass access.Pass, rows []gen.Statement) ([]attestation.Statement, error) {
	list, err := toStatements(ctx, q, pass.In(), rows)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(list, func(st attestation.Statement) bool { return st.State == attestation.Signed || st.Supersedes != "" }) {
		return list, nil // nothing became of any of them
	}
	signed, err := q.ListSignedOf(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list signatures of %s: %w", pass.In(), err)
	}
	revoked, replaced, qualified := map[attestation.ID]time.Time{}, map[attestation.ID]attestation.ID{}, map[attestation.ID]int{}
	for _, g := range signed {
		made, err := decode[[]attestation.Exception](g.Exceptions, "exceptions of "+g.Statement)
		if err != nil {
			return nil, err
		}
		revoked[attestation.ID(g.Statement)], qualified[attestation.ID(g.Statement)] = maybeInstant(g.RevokedAt), len(made)
	}
	for _, st := range list {
		if st.Supersedes != "" && st.State == attestation.Signed {
			replaced[st.Supersedes] = st.ID
		}
	}
	for i, st := range list {
		list[i].RevokedAt, list[i].ReplacedBy, list[i].Exceptions = revoked[st.ID], replaced[st.ID], qualified[st.ID]
		list[i].Optional = st.Supersedes != "" && revoked[st.Supersedes].IsZero()
	}
	return list, nil
}

// afterwards adds to a receipt what became of the statement, which is as public
// as its code.
func afterwards(ctx context.Context, q *queries, r attestation.Receipt) (attestation.Receipt, error) {
	next, err := q.FindSuccessorSigned(ctx, maybeText(string(r.Signature.Statement)))
	if err == nil {
		r.ReplacedBy, r.ReplacedAt = attestation.Code(next.Code), instant(next.SignedAt)
	} else if !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("find what replaced a signature: %w", err)
	}
	at, err := q.FindWithdrawnAt(ctx, string(r.Signature.Statement))
	if err == nil {
		r.RevokedAt = instant(at)
	} else if !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("find the withdrawal of a signature: %w", err)
	}
	return r, nil
}

// Replace adds the statement that is to take the place of a signed one. Of two
// at once, the second decides again on what the first one left.
func (s Attestations) Replace(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Ground) (attestation.Statement, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		on, err := findSignedGround(ctx, q, pass, id)
		if err != nil {
			return err
		}
		next, e, err := decide(on)
		if err != nil {
			return err
		}
		if err := addSuccessor(ctx, q, next); err != nil {
			return err
		}
		if next.Wanted != "" {
			if err := addWork(ctx, q, notification.ReplacementWanted(next, e.At)); err != nil {
				return err
			}
		}
		return addEvents(ctx, q, e)
	})
}

func addSuccessor(ctx context.Context, q *queries, next attestation.Statement) error {
	if err := joinCampaign(ctx, q, next.Campaign, errRetry); err != nil {
		return err
	}
	if err := q.AddStatement(ctx, newStatement(next)); taken(err) {
		return errRetry // somebody else began one meanwhile
	} else if err != nil {
		return fmt.Errorf("begin a statement in place of %s: %w", next.Supersedes, err)
	}
	return nil
}

// GiveUp applies the decision that ends the statement which was to take the
// place of the one named.
func (s Attestations) GiveUp(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		if _, _, err := findStatement(ctx, q, pass, id); err != nil {
			return err
		}
		after, err := findAftermath(ctx, q, pass, id)
		if err != nil {
			return err
		} else if after.Open == "" {
			return attestation.ErrNotReplacing
		}
		was, version, err := findStatement(ctx, q, pass, after.Open)
		if err != nil {
			return err
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := changed(q.WithdrawStatement(ctx, gen.WithdrawStatementParams{ID: string(is.ID), WithdrawnAt: maybeMicros(is.EndedAt), Version: version})); err != nil {
			return fmt.Errorf("give up statement %s: %w", is.ID, err)
		}
		return addEvents(ctx, q, e)
	})
}

// BeginWithdrawal keeps the attempt the decision makes.
func (s Attestations) BeginWithdrawal(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Ground) (attestation.WithdrawalAttempt, event.Event, error)) error {
	return s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, _ vouchers) error {
		on, err := findSignedGround(ctx, q, pass, id)
		if err != nil {
			return err
		}
		if on.Standing, err = findStanding(ctx, q, pass.Who().ID, last); err != nil {
			return err
		}
		up, e, err := decide(on)
		if err != nil {
			return err
		}
		if err := addWithdrawalAttempt(ctx, q, up); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

func addWithdrawalAttempt(ctx context.Context, q *queries, up attestation.WithdrawalAttempt) error {
	err := q.AddWithdrawalAttempt(ctx, gen.AddWithdrawalAttemptParams{ID: up.ID, Statement: string(up.Statement), Organisation: code(up.Organisation), Person: string(up.Person), Reason: up.Reason,
		Document: up.Document, Digest: string(up.Digest), Salt: up.Salt, Nonce: up.Nonce, ArrivedAt: micros(up.ArrivedAt), EndsAt: micros(up.EndsAt)})
	if err != nil {
		return fmt.Errorf("begin to withdraw %s: %w", up.Statement, err)
	}
	return nil
}

// WithdrawalAttempt reads an attempt of the decision's person at its
// organisation.
func (s Attestations) WithdrawalAttempt(ctx context.Context, pass access.Pass, attempt string) (attestation.WithdrawalAttempt, error) {
	up, err := findWithdrawalAttempt(ctx, s.DB.read, pass, attempt)
	if err == nil && string(up.Person) != pass.Who().ID {
		return attestation.WithdrawalAttempt{}, attestation.ErrUnknown
	}
	return up, err
}

// WithdrawSigned reads everything a withdrawal is decided on, decides, and
// writes the withdrawal, the used attempt, what is due again and the events: all
// of it or nothing. The same attempt again changes nothing.
func (s Attestations) WithdrawSigned(ctx context.Context, pass access.Pass, attempt string, proof attestation.Proof, decide func(attestation.WithdrawalCeremony, attestation.Proof) (attestation.Revoked, error)) error {
	return s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, vouched vouchers) error {
		up, err := findWithdrawalAttempt(ctx, q, pass, attempt)
		if err != nil {
			return err
		}
		if !up.UsedAt.IsZero() && string(up.Person) == pass.Who().ID {
			return nil
		}
		c := attestation.WithdrawalCeremony{Attempt: up}
		if c.Ground, err = findSignedGround(ctx, q, pass, up.Statement); err != nil {
			return err
		}
		if c.Standing, err = findStanding(ctx, q, string(up.Person), last); err != nil {
			return err
		}
		if c.Appointments, err = appointmentsOf(ctx, q, up.Person, vouched.appointment); err != nil {
			return err
		}
		proof, err := bound(ctx, q, proof, vouched)
		if err != nil {
			return err
		}
		done, err := decide(c, proof)
		if err != nil {
			return err
		}
		if err := writeWithdrawal(ctx, q, done.Withdrawal); err != nil {
			return err
		}
		if done.Next != nil {
			if err := addSuccessor(ctx, q, *done.Next); err != nil {
				return err
			}
		}
		if err := addWork(ctx, q, notification.SignatureWithdrawn(c.Statement, done.Withdrawal.SignedAt)); err != nil {
			return err
		}
		return addEvents(ctx, q, done.Events...)
	})
}

func writeWithdrawal(ctx context.Context, q *queries, w attestation.Withdrawal) error {
	if err := keepKeySet(ctx, q, w.Proof); err != nil {
		return err
	}
	if err := changed(q.UseWithdrawalAttempt(ctx, gen.UseWithdrawalAttemptParams{ID: w.Attempt.ID, UsedAt: maybeMicros(w.SignedAt)})); err != nil {
		return err
	}
	err := q.AddWithdrawal(ctx, gen.AddWithdrawalParams{ID: w.ID, Attempt: w.Attempt.ID, Statement: string(w.Attempt.Statement), Organisation: code(w.Attempt.Organisation), SignerName: w.SignerName,
		Acting: flag(w.Acting), Issuer: w.Proof.Issuer, Subject: w.Proof.Subject, Acr: w.Proof.ACR, AuthAt: micros(w.Proof.AuthAt), SignedAt: micros(w.SignedAt), IDToken: w.Proof.IDToken, KeySet: w.Proof.KeySet})
	if err != nil && taken(err) {
		return errRetry // somebody withdrew it meanwhile: decide again and say so
	} else if err != nil {
		return fmt.Errorf("withdraw %s: %w", w.Attempt.Statement, err)
	}
	return nil
}

func findWithdrawalAttempt(ctx context.Context, q *queries, pass access.Pass, attempt string) (attestation.WithdrawalAttempt, error) {
	row, err := q.FindWithdrawalAttempt(ctx, gen.FindWithdrawalAttemptParams{ID: attempt, Organisation: code(pass.In())})
	if err != nil {
		return attestation.WithdrawalAttempt{}, found(err, attestation.ErrUnknown, "attempt to withdraw")
	}
	return toWithdrawalAttempt(row), nil
}

func toWithdrawalAttempt(r gen.WithdrawalAttempt) attestation.WithdrawalAttempt {
	return attestation.WithdrawalAttempt{Statement: attestation.ID(r.Statement), Reason: r.Reason, Document: r.Document, Attempt: attestation.Attempt{ID: r.ID, Organisation: organisation.Code(r.Organisation),
		Person: identity.PersonID(r.Person), Digest: attestation.Digest(r.Digest), Salt: r.Salt, Nonce: r.Nonce, Since: instant(r.ArrivedAt), ArrivedAt: instant(r.ArrivedAt), EndsAt: instant(r.EndsAt), UsedAt: maybeInstant(r.UsedAt)}}
}

func toWithdrawal(w gen.Withdrawal, up gen.WithdrawalAttempt) attestation.Withdrawal {
	return attestation.Withdrawal{ID: w.ID, Attempt: toWithdrawalAttempt(up), SignerName: w.SignerName, Acting: w.Acting == 1, SignedAt: instant(w.SignedAt),
		Proof: attestation.Proof{Issuer: w.Issuer, Subject: w.Subject, Person: identity.PersonID(up.Person), AuthAt: instant(w.AuthAt), ACR: w.Acr, Nonce: up.Nonce, IDToken: w.IDToken, KeySet: w.KeySet}}
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Attestations keeps statement templates, statements, reviews, attempts to
// sign and signatures.
type Attestations struct{ DB *DB }

// AddTemplate keeps an edition of a template. The same edition again is no
// change; another wording under the same edition is refused.
func (s Attestations) AddTemplate(ctx context.Context, pass access.Pass, t attestation.Template) error {
	if err := national(pass); err != nil {
		return err
	}
	document := encode(t)
	return s.DB.write(ctx, func(q *queries) error {
		was, err := q.FindTemplate(ctx, gen.FindTemplateParams{ID: t.ID, Edition: t.Edition})
		if err == nil {
			if was.Document != document {
				return fault.New(fault.Conflict, "This edition of the template exists with other words. Give the new words a new edition.")
			}
			return nil
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find template %s: %w", t.ID, err)
		}
		return q.AddTemplate(ctx, gen.AddTemplateParams{ID: t.ID, Edition: t.Edition, Title: t.Title, Digest: string(attestation.DigestOf(document)), Document: document})
	})
}

// Template reads the wording of one edition, which is no organisation's secret.
func (s Attestations) Template(ctx context.Context, pass access.Pass, id string, edition int64) (attestation.Template, error) {
	if err := decided(pass); err != nil {
		return attestation.Template{}, err
	}
	return remember(ctx, s.DB, organisation.National, fmt.Sprint("template ", id, " ", edition), func() (attestation.Template, error) {
		row, err := s.DB.read.FindTemplate(ctx, gen.FindTemplateParams{ID: id, Edition: edition})
		if err != nil {
			return attestation.Template{}, found(err, attestation.ErrUnknown, "template "+id)
		}
		return decode[attestation.Template](row.Document, "template "+id)
	})
}

// Change applies a decision to a statement. When seen is not 0 and not the
// stored version, somebody else changed it: attestation.ErrEdited.
func (s Attestations) Change(ctx context.Context, pass access.Pass, id attestation.ID, seen int64, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		if seen != 0 && seen != version {
			return attestation.ErrEdited
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := keepStatement(ctx, q, is, version); err != nil {
			return err
		}
		if was.State != attestation.Locked && is.State == attestation.Locked {
			if err := linkRelied(ctx, q, pass, is); err != nil {
				return err
			}
			if err := tellSigner(ctx, q, is, e.At); err != nil {
				return err
			}
		}
		return addEvents(ctx, q, e)
	})
}

// Again applies the decision that takes up a returned statement as a new one.
// Of two people who do so at once, the second finds attestation.ErrTakenUp.
func (s Attestations) Again(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement) (attestation.Statement, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, _, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		next, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := joinCampaign(ctx, q, next.Campaign, attestation.ErrWithdrawn); err != nil {
			return err
		}
		if err := q.AddStatement(ctx, newStatement(next)); err != nil {
			if taken(err) {
				return attestation.ErrTakenUp
			}
			return fmt.Errorf("take up statement %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Find reads a statement of the decision's organisation, and its version.
func (s Attestations) Find(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Statement, int64, error) {
	return findStatement(ctx, s.DB.read, pass, id)
}

// List reads the statements of the decision's organisation, latest first.
func (s Attestations) List(ctx context.Context, pass access.Pass) ([]attestation.Statement, error) {
	return rememberList(ctx, s.DB, pass.In(), "statements", func() ([]attestation.Statement, error) {
		rows, err := s.DB.read.ListStatementsOf(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list statements of %s: %w", pass.In(), err)
		}
		return listed(ctx, s.DB.read, pass, rows)
	})
}

// Unsigned reads what still waits at the decision's organisation, the earliest
// deadline first.
func (s Attestations) Unsigned(ctx context.Context, pass access.Pass) ([]attestation.Statement, error) {
	return rememberList(ctx, s.DB, pass.In(), "unsigned statements", func() ([]attestation.Statement, error) {
		rows, err := s.DB.read.ListUnsignedStatementsOf(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list unsigned statements of %s: %w", pass.In(), err)
		}
		return listed(ctx, s.DB.read, pass, rows)
	})
}

func toStatements(ctx context.Context, q *queries, in organisation.Code, rows []gen.Statement) ([]attestation.Statement, error) {
	list, each := make([]attestation.Statement, len(rows)), make([]*attestation.Statement, len(rows))
	for i, row := range rows {
		st, err := toStatement(row)
		if err != nil {
			return nil, err
		}
		list[i], each[i] = st, &list[i]
	}
	return list, besides(ctx, q, in, each)
}

// Ended lists how every organisation's statements stand, without reasons.
func (s Attestations) Ended(ctx context.Context, pass access.Pass, since time.Time) ([]attestation.Ended, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return rememberList(ctx, s.DB, everywhere, fmt.Sprint("ended ", micros(since)), func() ([]attestation.Ended, error) {
		rows, err := s.DB.read.ListStatementOutcomes(ctx, micros(since))
		if err != nil {
			return nil, fmt.Errorf("list statement outcomes: %w", err)
		}
		list := make([]attestation.Ended, 0, len(rows))
		for _, r := range rows {
			list = append(list, attestation.Ended{ID: attestation.ID(r.ID), Organisation: organisation.Code(r.Organisation), Name: r.Name, Number: r.Number, Period: r.Period,
				Called: r.Title, Template: r.Template, Campaign: attestation.CampaignID(r.Campaign.String), CampaignName: r.CampaignName.String,
				Due: instant(r.DueAt), State: attestation.State(r.State), Begun: r.Begun == 1, Awaits: r.Awaits == 1, EndedAt: maybeInstant(r.EndedAt), Opinion: attestation.Opinion(r.Opinion), Late: r.Late == 1, Code: attestation.Code(r.Code),
				ReplacedBy: attestation.Code(r.NextCode), RevokedAt: maybeInstant(r.RevokedAt), Optional: r.Optional == 1})
		}
		return list, nil
	})
}

// Review reads what the decision's person has chosen so far; an empty review
// when they have not begun.
func (s Attestations) Review(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Review, error) {
	if _, _, err := findStatement(ctx, s.DB.read, pass, id); err != nil {
		return attestation.Review{}, err
	}
	review, _, err := findReview(ctx, s.DB.read, pass, id)
	return review, err
}

// KeepReview applies a decision to the person's own review.
func (s Attestations) KeepReview(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement, attestation.Review) (attestation.Review, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		st, _, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		was, version, err := findReview(ctx, q, pass, id)
		if err != nil {
			return err
		}
		is, e, err := decide(st, was)
		if err != nil {
			return err
		}
		if err := keepReview(ctx, q, pass, id, is, version); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// Decline applies the decision to return a statement without a signature. It is
// given the offices the person holds as they stand in the transaction.
func (s Attestations) Decline(ctx context.Context, pass access.Pass, id attestation.ID, decide func(attestation.Statement, attestation.Review, []access.Appointment) (attestation.Statement, attestation.Review, event.Event, error)) error {
	return s.DB.lean(ctx, func(q *queries) error {
		was, version, err := findStatement(ctx, q, pass, id)
		if err != nil {
			return err
		}
		review, reviewVersion, err := findReview(ctx, q, pass, id)
		if err != nil {
			return err
		}
		held, err := appointmentsOf(ctx, q, identity.PersonID(pass.Who().ID))
		if err != nil {
			return err
		}
		is, kept, e, err := decide(was, review, held)
		if err != nil {
			return err
		}
		if err := keepStatement(ctx, q, is, version); err != nil {
			return err
		}
		if err := keepReview(ctx, q, pass, id, kept, reviewVersion); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// DeclineReason reads the reasons a statement was returned with; empty when
// there are none.
func (s Attestations) DeclineReason(ctx context.Context, pass access.Pass, id attestation.ID) (string, error) {
	if _, _, err := findStatement(ctx, s.DB.read, pass, id); err != nil {
		return "", err
	}
	row, err := s.DB.read.FindDecline(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return row, err
}

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
	err = s.DB.sign(ctx, pass.Who().ID, func(q *queries, last time.Time, vouched vouchers) error {
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
		if proof, err = bound(ctx, q, proof); err != nil {
			return err
		}
		if c.Statement.Settles() {
			if c.Open, err = openCommitments(ctx, q, pass); err != nil {
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
	at, err := q.FindChangedLogin(ctx, person)
	if err != nil {
		return attestation.Standing{}, fmt.Errorf("find changed logins: %w", err)
	}
	return attestation.Standing{LoginChanged: at != 0, LastEventAt: last}, nil
}

// keepKeySet keeps the keys a token was checked by, with the event that they
// were seen, the first time they are.
func keepKeySet(ctx context.Context, q *queries, proof attestation.Proof) error {
	digest := string(attestation.DigestOf(proof.KeySet))
	if _, err := q.FindKeySet(ctx, digest); !errors.Is(err, sql.ErrNoRows) {
		if err != nil {
			return fmt.Errorf("find key set %s: %w", digest, err)
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
	return rememberList(ctx, s.DB, pass.In(), fmt.Sprint("signed by ", pass.Who().ID, " ", limit), func() ([]attestation.Mine, error) {
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

func findStatement(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Statement, int64, error) {
	row, err := q.FindStatement(ctx, gen.FindStatementParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return attestation.Statement{}, 0, found(err, attestation.ErrUnknown, "statement "+string(id))
	}
	st, err := toStatement(row)
	if err == nil && st.Supersedes != "" {
		st.Optional, err = stands(ctx, q, st.Supersedes)
	}
	if err != nil {
		return st, 0, err
	}
	st, err = beside(ctx, q, st)
	return st, row.Version, err
}

func findReview(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) (attestation.Review, int64, error) {
	row, err := q.FindReview(ctx, gen.FindReviewParams{Statement: string(id), Person: pass.Who().ID})
	if errors.Is(err, sql.ErrNoRows) {
		return attestation.Review{Statement: id, Person: identity.PersonID(pass.Who().ID)}, 0, nil
	} else if err != nil {
		return attestation.Review{}, 0, fmt.Errorf("find review of %s: %w", id, err)
	}
	made, err := decode[[]attestation.Exception](row.Exceptions, "exceptions")
	return attestation.Review{Statement: id, Person: identity.PersonID(row.Person), BeganAt: instant(row.BeganAt), Shown: attestation.Digest(row.Shown),
		Opinion: attestation.Opinion(row.Opinion), Exceptions: made, Reason: row.Reason}, row.Version, err
}

func keepReview(ctx context.Context, q *queries, pass access.Pass, id attestation.ID, r attestation.Review, version int64) error {
	if version == 0 {
		err := q.AddReview(ctx, gen.AddReviewParams{Statement: string(id), Person: pass.Who().ID, BeganAt: micros(r.BeganAt), Opinion: string(r.Opinion),
			Exceptions: encode(exceptions(r.Exceptions)), Reason: r.Reason, Shown: string(r.Shown)})
		if err != nil && taken(err) {
			return errRetry
		}
		return err
	}
	return changed(q.ChangeReview(ctx, gen.ChangeReviewParams{Statement: string(id), Person: pass.Who().ID, BeganAt: micros(r.BeganAt), Opinion: string(r.Opinion),
		Exceptions: encode(exceptions(r.Exceptions)), Reason: r.Reason, Shown: string(r.Shown), Version: version}))
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

func newStatement(st attestation.Statement) gen.AddStatementParams {
	return gen.AddStatementParams{ID: string(st.ID), Organisation: code(st.Organisation), Template: st.Template, Edition: st.Edition, Number: st.Number,
		Replaces: string(st.Replaces), Period: st.Period, PeriodFrom: string(st.From), PeriodTo: string(st.To), DueAt: micros(st.Due),
		Gaps: encode(gaps(st.Gaps)), BoardOn: string(st.BoardOn), Preparation: encode(st.Prepared), Campaign: maybeText(string(st.Campaign)), Title: st.Called,
		Supersedes: maybeText(string(st.Supersedes)), SupersedeWhy: st.Because, SupersedeBy: st.Wanted}
}

func keepStatement(ctx context.Context, q *queries, st attestation.Statement, version int64) error {
	err := changed(q.ChangeStatement(ctx, gen.ChangeStatementParams{ID: string(st.ID), Organisation: code(st.Organisation), State: string(st.State),
		Gaps: encode(gaps(st.Gaps)), BoardOn: string(st.BoardOn), Preparation: encode(st.Prepared), Facts: encode(st.Facts), Words: st.Words, Digest: string(st.Digest),
		LockedAt: maybeMicros(st.LockedAt), LockedBy: st.LockedBy, EndedAt: maybeMicros(st.EndedAt), Version: version}))
	if err != nil && !errors.Is(err, errRetry) {
		return fmt.Errorf("change statement %s: %w", st.ID, err)
	}
	return err
}

func toStatement(r gen.Statement) (attestation.Statement, error) {
	gapList, err := decode[[]attestation.Gap](r.Gaps, "gaps of statement "+r.ID)
	if err != nil {
		return attestation.Statement{}, err
	}
	prepared, err := decode[attestation.Preparation](r.Preparation, "preparation of statement "+r.ID)
	if err != nil {
		return attestation.Statement{}, err
	}
	facts, err := decode[attestation.Facts](r.Facts, "facts of statement "+r.ID)
	ended := maybeInstant(r.EndedAt)
	if r.WithdrawnAt.Valid {
		ended = maybeInstant(r.WithdrawnAt)
	}
	return attestation.Statement{ID: attestation.ID(r.ID), Organisation: organisation.Code(r.Organisation), Template: r.Template, Edition: r.Edition, Number: r.Number,
		Replaces: attestation.ID(r.Replaces), Period: r.Period, From: organisation.Day(r.PeriodFrom), To: organisation.Day(r.PeriodTo), Due: instant(r.DueAt),
		Campaign: attestation.CampaignID(r.Campaign.String), Called: r.Title, State: standing(r.State, r.WithdrawnAt.Valid), Gaps: gapList, Prepared: prepared, BoardOn: organisation.Day(r.BoardOn),
		Facts: facts, Words: r.Words, Digest: attestation.Digest(r.Digest), LockedAt: maybeInstant(r.LockedAt), LockedBy: r.LockedBy, EndedAt: ended,
		Supersedes: attestation.ID(r.Supersedes.String), Because: r.SupersedeWhy, Wanted: r.SupersedeBy}, err
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

// gaps and exceptions make an absent list an empty one, stored as [].
func gaps(list []attestation.Gap) []attestation.Gap {
	if list == nil {
		return []attestation.Gap{}
	}
	return list
}

func exceptions(list []attestation.Exception) []attestation.Exception {
	if list == nil {
		return []attestation.Exception{}
	}
	return list
}

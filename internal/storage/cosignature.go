package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// CoSign reads everything a co-signature is decided on, decides, and writes the
// co-signature, the used attempt and the event: all of it or nothing. The
// statement moves with it, so that of this and a return at once one happens.
// The same attempt again gives the co-signature it made.
func (s Attestations) CoSign(ctx context.Context, pass access.Pass, stepUp string, proof attestation.Proof, decide func(attestation.Ceremony, attestation.Proof) (attestation.CoSignature, event.Event, error)) (attestation.CoSignature, error) {
	var signed attestation.CoSignature
	err := s.DB.sign(ctx, pass.Who(), func(q *queries, last time.Time, vouched vouchers) error {
		c, version, err := findCeremony(ctx, q, pass, stepUp, last, vouched)
		if err != nil {
			return err
		}
		for _, made := range c.Statement.Beside {
			if made.StepUp.ID == c.StepUp.ID && string(made.Person) == pass.Who().ID {
				signed = made
				return nil
			}
		}
		if proof, err = bound(ctx, q, proof, vouched); err != nil {
			return err
		}
		g, e, err := decide(c, proof)
		if err != nil {
			return err
		}
		if err := writeCoSignature(ctx, q, g); err != nil {
			return err
		}
		if err := keepStatement(ctx, q, c.Statement, version); err != nil {
			return err
		}
		c.Statement.Beside = append(c.Statement.Beside, g)
		if err := tellSigner(ctx, q, c.Statement, e.At); err != nil {
			return err
		}
		signed = g
		return addEvents(ctx, q, e)
	})
	return signed, err
}

// findCeremony reads what every signature on a statement is decided on, with the
// version of the statement.
func findCeremony(ctx context.Context, q *queries, pass access.Pass, stepUp string, last time.Time, vouched vouchers) (attestation.Ceremony, int64, error) {
	var c attestation.Ceremony
	up, err := findStepUp(ctx, q, pass, stepUp)
	if err != nil {
		return c, 0, err
	}
	c.StepUp = up
	var version int64
	if c.Statement, version, err = findStatement(ctx, q, pass, up.Statement); err != nil {
		return c, 0, err
	}
	if c.Review, _, err = findReview(ctx, q, pass, up.Statement); err != nil {
		return c, 0, err
	}
	if c.Appointments, err = appointmentsOf(ctx, q, up.Person, vouched.appointment); err != nil {
		return c, 0, err
	}
	c.Standing, err = findStanding(ctx, q, string(up.Person), last)
	return c, version, err
}

// bound looks up whom the login of a proof belongs to, as the register stands
// now: nobody, when somebody wrote it past the record (abuse case T57).
func bound(ctx context.Context, q *queries, proof attestation.Proof, vouched vouchers) (attestation.Proof, error) {
	login, err := q.FindLogin(ctx, gen.FindLoginParams{Issuer: proof.Issuer, Subject: proof.Subject})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return proof, fmt.Errorf("find login: %w", err)
	}
	proof.Person = ""
	is, own := q.acts.login(login)
	if own && !vouched.login(is) { // or it was confirmed since that was read
		if vouched, err = findVouchers(ctx, q, login.Person); err != nil {
			return proof, err
		}
	}
	if own && vouched.login(is) {
		proof.Person = is.Person
	}
	return proof, nil
}

// vouchersBeside reads which co-signatures on the statement of an attempt the
// record stands for, by the digests of their records. It is read before the
// transaction, as sign reads what vouches for appointments: the attempt began
// after the co-signature was written, and the record is only added to. An event
// that does not open its own leaf, or that the portal did not make, is none.
func (s Attestations) vouchersBeside(ctx context.Context, pass access.Pass, stepUp string) (map[string]bool, error) {
	up, err := findStepUp(ctx, s.DB.read, pass, stepUp)
	if err != nil {
		return nil, err
	} else if d, sound := attestation.ParseDocument(up.Document); sound && len(d.CoSigned) == 0 {
		return nil, nil // it names none, and stands on none
	}
	rows, err := s.DB.read.ListVouchersBeside(ctx, gen.ListVouchersBesideParams{Thing: "statement/" + string(up.Statement), Organisation: code(pass.In())})
	if err != nil {
		return nil, fmt.Errorf("find what vouches for co-signatures: %w", err)
	}
	vouched := map[string]bool{}
	for _, r := range rows {
		e := toEvent(gen.Event{ID: r.ID, At: r.At, Actor: r.Actor, ActorName: r.ActorName, Office: r.Office, Organisation: r.Organisation, Kind: r.Kind, Thing: r.Thing, Detail: r.Detail, Digest: r.Digest})
		if s.DB.acts.records(e, r.Leaf, r.Salt, r.Mac) {
			vouched[e.Digest] = true
		}
	}
	return vouched, nil
}

// vouchedBeside refuses a statement with a co-signature that somebody wrote past
// the record (abuse case T57).
func vouchedBeside(st attestation.Statement, vouched map[string]bool) error {
	for _, g := range st.Beside {
		if record, err := g.Record(); err != nil || !vouched[string(attestation.DigestOf(record))] {
			return attestation.ErrBeside
		}
	}
	return nil
}

func writeCoSignature(ctx context.Context, q *queries, g attestation.CoSignature) error {
	if err := keepKeySet(ctx, q, g.Proof); err != nil {
		return err
	}
	if err := changed(q.UseStepUp(ctx, gen.UseStepUpParams{ID: g.StepUp.ID, UsedAt: maybeMicros(g.SignedAt)})); err != nil {
		return err
	}
	err := q.AddCoSignature(ctx, gen.AddCoSignatureParams{ID: g.ID, Statement: string(g.Statement), Organisation: code(g.Organisation), Person: string(g.Person), SignerName: g.SignerName,
		Office: string(g.Office), Acting: flag(g.Acting), Document: g.Document, Digest: string(g.Digest), WordsDigest: string(g.WordsDigest), Salt: g.StepUp.Salt, Nonce: g.StepUp.Nonce,
		StepUp: g.StepUp.ID, Issuer: g.Proof.Issuer, Subject: g.Proof.Subject, Acr: g.Proof.ACR, AuthAt: micros(g.Proof.AuthAt), ArrivedAt: micros(g.StepUp.ArrivedAt),
		SignedAt: micros(g.SignedAt), IDToken: g.Proof.IDToken, KeySet: g.Proof.KeySet})
	if err != nil && taken(err) {
		return errRetry // somebody signed meanwhile: decide again and say so
	}
	return err
}

// tellSigner leaves behind that whoever a locked statement waits for is to be
// told, where somebody signs beside the chief executive. Others read of it in the
// morning.
func tellSigner(ctx context.Context, q *queries, st attestation.Statement, at time.Time) error {
	if len(st.CoSigns()) == 0 {
		return nil
	}
	office := access.ChiefExecutive
	if awaited := st.Awaits(); len(awaited) > 0 {
		office = awaited[0]
	}
	return addWork(ctx, q, notification.StatementWaits(st.Organisation, st.ID, office, at))
}

// beside reads the co-signatures on a statement, where its words ask for any.
func beside(ctx context.Context, q *queries, st attestation.Statement) (attestation.Statement, error) {
	if len(st.CoSigns()) == 0 {
		return st, nil
	}
	rows, err := q.ListCoSignaturesOf(ctx, gen.ListCoSignaturesOfParams{Statement: string(st.ID), Organisation: code(st.Organisation)})
	if err != nil {
		return st, fmt.Errorf("list co-signatures on %s: %w", st.ID, err)
	}
	for _, row := range rows {
		st.Beside = append(st.Beside, toCoSignature(row))
	}
	return st, nil
}

// besides is beside for a list of statements of one organisation, or of all:
// those that wait get what is signed on them.
func besides(ctx context.Context, q *queries, in organisation.Code, list []*attestation.Statement) error {
	waiting := map[string]*attestation.Statement{}
	for _, st := range list {
		if st.State == attestation.Locked && len(st.CoSigns()) > 0 {
			waiting[string(st.ID)] = st
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	rows, err := q.ListWaitingCoSignatures(ctx, code(in))
	if err != nil {
		return fmt.Errorf("list co-signatures of %s: %w", in, err)
	}
	for _, row := range rows {
		if st := waiting[row.CoSignature.Statement]; st != nil {
			st.Beside = append(st.Beside, toCoSignature(row.CoSignature))
		}
	}
	return nil
}

func toCoSignature(r gen.CoSignature) attestation.CoSignature {
	return attestation.CoSignature{ID: r.ID, Statement: attestation.ID(r.Statement), Organisation: organisation.Code(r.Organisation), Person: identity.PersonID(r.Person), SignerName: r.SignerName,
		Office: access.Office(r.Office), Acting: r.Acting == 1, Document: r.Document, Digest: attestation.Digest(r.Digest), WordsDigest: attestation.Digest(r.WordsDigest),
		StepUp:   attestation.StepUp{ID: r.StepUp, Salt: r.Salt, Nonce: r.Nonce, ArrivedAt: instant(r.ArrivedAt)},
		Proof:    attestation.Proof{Issuer: r.Issuer, Subject: r.Subject, Person: identity.PersonID(r.Person), AuthAt: instant(r.AuthAt), ACR: r.Acr, Nonce: r.Nonce, IDToken: r.IDToken, KeySet: r.KeySet},
		SignedAt: instant(r.SignedAt)}
}

// CoSignatures reads every co-signature with what it is held against.
func (s Audit) CoSignatures(ctx context.Context, pass access.Pass, see func(audit.CoSigned) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.AuditCoSignaturesRow, error) {
		rows, err := s.DB.read.AuditCoSignatures(ctx, gen.AuditCoSignaturesParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list co-signatures")
	}, func(r gen.AuditCoSignaturesRow) string { return r.CoSignature.ID }, func(row gen.AuditCoSignaturesRow) error {
		const kind = "statement co-signed"
		g, thing := toCoSignature(row.CoSignature), "statement/"+row.CoSignature.Statement
		signed := audit.CoSigned{Signature: g, Words: row.Words, Document: row.Signed}
		known, err := s.vouched(ctx, thing, row.CoSignature.Organisation, kind)
		if err != nil {
			return err
		}
		signed.Known = known != ""
		record, err := g.Record()
		if err != nil {
			return see(signed)
		}
		about := gen.ListEventsMadeParams{Thing: thing, Organisation: row.CoSignature.Organisation, Kind: kind}
		if signed.Made, err = newestRecorded(ctx, s.DB.read, about, func(e event.Event) bool { return e.Digest == string(attestation.DigestOf(record)) }); err != nil {
			return err
		}
		return see(signed)
	})
}

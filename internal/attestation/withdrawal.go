package attestation

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
)

// WithdrawalAttempt is one try to withdraw a signed statement.
type WithdrawalAttempt struct {
	Attempt
	Statement ID
	Reason    string
	Document  string
}

// Withdrawal is a chief executive's name under taking a signed statement back.
// The statement stays on the record as it was signed; nothing edits either.
type Withdrawal struct {
	ID         string
	Attempt    WithdrawalAttempt
	SignerName string
	Acting     bool
	Proof      Proof
	SignedAt   time.Time
}

// Faults of withdrawing a signed statement.
var (
	ErrRevoked      = fault.New(fault.Conflict, "This statement has already been withdrawn.")
	ErrNotWithdrawn = fault.New(fault.Forbidden, "You are not the chief executive of this organisation today. Nothing has been withdrawn.")
)

// withdrawalMark begins the bytes that are signed, version 1 (docs/attestation.md).
const withdrawalMark = "countersign withdrawal 1"

// WithdrawalDeclaration is the sentence next to the button.
func WithdrawalDeclaration(name string, acting bool, code Code) string {
	return "I, " + name + ", " + Capacity(access.ChiefExecutive, acting) + ", withdraw the statement that was signed with the code " + code.Groups() + "."
}

// signer is who withdraws, as the document names them.
type signer struct{ id, name string }

func withdrawalDocument(s ID, g Signature, who signer, acting bool, reason string) (string, error) {
	lines := []string{withdrawalMark,
		"signer: " + who.id + " " + who.name,
		"capacity: " + Capacity(access.ChiefExecutive, acting),
		"statement: " + string(s),
		"organisation: " + string(g.Organisation),
		"signature: " + string(g.Code),
		"document: " + string(g.Digest),
		"reason: " + reason,
		"declaration: " + WithdrawalDeclaration(who.name, acting, g.Code),
	}
	return joined(lines)
}

// joined writes lines as a text, unless one of them could look different from
// what it is.
func joined(lines []string) (string, error) {
	for _, line := range lines {
		if err := Plain(line); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// Withdrawable says what stops a statement from being withdrawn, nothing if it
// can be.
func (g Ground) Withdrawable() error {
	switch {
	case g.Statement.State != Signed:
		return ErrNothingSigned
	case g.After.Withdrawal != nil:
		return ErrRevoked
	case g.After.Next != "":
		return ErrReplaced
	}
	return nil
}

// Begin fixes what is about to be signed. Shown is the digest of the signed
// document as the person saw it.
func (g Ground) Begin(pass access.Pass, reason string, shown Digest, id, salt string, now time.Time) (WithdrawalAttempt, error) {
	if err := cmp.Or(g.Standing.Check(now), g.Withdrawable()); err != nil {
		return WithdrawalAttempt{}, err
	}
	holds, acting := access.Capacity(pass.Who().Appointments, g.Statement.Organisation, now)
	if !holds {
		return WithdrawalAttempt{}, ErrNotWithdrawn
	}
	if shown != g.Signature.Digest {
		return WithdrawalAttempt{}, ErrChanged
	}
	reason, err := checkWhy("reason", reason, "Enter why you withdraw it")
	if err != nil {
		return WithdrawalAttempt{}, err
	}
	text, err := withdrawalDocument(g.Statement.ID, g.Signature, signer{pass.Who().ID, pass.Who().Name}, acting, reason)
	if err != nil {
		return WithdrawalAttempt{}, err
	}
	up := WithdrawalAttempt{Statement: g.Statement.ID, Reason: reason, Document: text, Attempt: Attempt{ID: id, Organisation: g.Statement.Organisation, Person: identity.PersonID(pass.Who().ID),
		Digest: DigestOf(text), Salt: salt, Since: now, ArrivedAt: now, EndsAt: now.Add(StepUpLimit)}}
	up.Nonce = up.Expected()
	return up, nil
}

// WithdrawalCeremony is everything a withdrawal is decided on, read in one
// transaction.
type WithdrawalCeremony struct {
	Ground
	Attempt      WithdrawalAttempt
	Appointments []access.Appointment // of the signer, as they stand now
}

// Sign decides. It refuses as signing a statement does: unless the person who
// proved who they are is the one who began, the proof is fresh and covers these
// bytes, and they hold the office, when they pressed the button and now.
func (c WithdrawalCeremony) Sign(pass access.Pass, proof Proof, id, eventID string, now time.Time) (Withdrawal, event.Event, error) {
	s, up := c.Statement, c.Attempt
	holdsThen, acting := access.Capacity(c.Appointments, s.Organisation, up.ArrivedAt)
	holdsNow, _ := access.Capacity(c.Appointments, s.Organisation, now)
	text, err := withdrawalDocument(s.ID, c.Signature, signer{pass.Who().ID, pass.Who().Name}, acting, up.Reason)
	on := Stands{InOffice: holdsThen && holdsNow, Same: err == nil && text == up.Document && DigestOf(up.Document) == up.Digest, NotOffice: ErrNotWithdrawn, Other: ErrChanged}
	if err := cmp.Or(c.Standing.Check(now), c.Withdrawable(), up.Proved(pass, proof, on, now)); err != nil {
		return Withdrawal{}, event.Event{}, err
	}
	up.UsedAt = now
	w := Withdrawal{ID: id, Attempt: up, SignerName: pass.Who().Name, Acting: acting, Proof: proof, SignedAt: now}
	record, err := w.Record()
	if err != nil {
		return Withdrawal{}, event.Event{}, err
	}
	return w, event.New(eventID, pass, now, "signature withdrawn", s.thing(), s.Title()+" withdrawn by "+pass.Who().Name).Vouching(string(DigestOf(record))), nil
}

// DueAgain starts the statement that is owed in place of the one withdrawn; there
// is none where one is being prepared already, or nothing is asked for any more.
func (c WithdrawalCeremony) DueAgain(pass access.Pass, w Withdrawal, id ID, eventID string) (Statement, event.Event, bool) {
	on := c.Ground
	if on.After.Open != "" || on.Ended {
		return Statement{}, event.Event{}, false
	}
	on.After.Withdrawal = &w
	next, e, err := on.Replace(pass, w.Attempt.Reason, false, id, eventID, w.SignedAt)
	return next, e, err == nil
}

// withdrawalRecordMark begins the record of a withdrawal, version 1.
const withdrawalRecordMark = "countersign withdrawal record 1"

// Record writes down everything a withdrawal is, the long texts by their
// digests, for the event that the public log commits to.
func (w Withdrawal) Record() (string, error) {
	up := w.Attempt
	r := recordOf(w.ID, up.Statement, up.Organisation, up.Person, "", up.Digest, StepUp{ID: up.ID, Salt: up.Salt, ArrivedAt: up.ArrivedAt}, w.Proof, w.SignedAt)
	return joined(slices.Concat([]string{withdrawalRecordMark, "id: " + r.ID}, said(r.about()), said(r.proved())))
}

// Holds tells whether a stored withdrawal agrees with itself and with the
// signature it takes back.
func (w Withdrawal) Holds(g Signature) bool {
	text, err := withdrawalDocument(w.Attempt.Statement, g, signer{string(w.Attempt.Person), w.SignerName}, w.Acting, w.Attempt.Reason)
	return err == nil && text == w.Attempt.Document && DigestOf(text) == w.Attempt.Digest && w.Attempt.Statement == g.Statement && w.Attempt.Organisation == g.Organisation &&
		same(w.Attempt.Nonce, w.Attempt.Expected()) && same(w.Proof.Nonce, w.Attempt.Nonce)
}

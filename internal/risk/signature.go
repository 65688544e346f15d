package risk

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// Verdict is what a decider says.
type Verdict string

// The verdicts.
const (
	Accept Verdict = "accept"
	Refuse Verdict = "refuse"
)

// Choice is what a decider chose. Until counts only with Accept.
type Choice struct {
	Verdict Verdict
	Until   organisation.Day
}

// Check finds what is wrong with a choice: nobody accepts for longer than was
// asked, nor than the rule allows.
func (c Choice) Check(r Request, now time.Time) error {
	switch c.Verdict {
	case Refuse:
		return nil
	case Accept:
		problems := checkUntil(c.Until, now)
		if len(problems) == 0 && c.Until > r.Until {
			problems = fault.Problems{fault.In("until", "The date must not be later than the one asked for")}
		}
		return problems.OrNil()
	}
	return ErrNoChoice
}

// Attempt is one attempt to sign a decision: the exact bytes, and the nonce
// that makes the identity provider's own signature cover them.
type Attempt struct {
	ID           string
	Request      ID
	Organisation organisation.Code
	Person       identity.PersonID
	Office       access.Office
	Choice       Choice
	Document     string
	Digest       attestation.Digest // of Document
	Salt         string
	Nonce        string
	ArrivedAt    time.Time
	EndsAt       time.Time
	UsedAt       time.Time
}

// try is the part of an attempt that every attempt to sign has.
func (a Attempt) try() attestation.Attempt {
	return attestation.Attempt{ID: a.ID, Organisation: a.Organisation, Person: a.Person, Digest: a.Digest, Salt: a.Salt, Nonce: a.Nonce, Since: a.ArrivedAt, ArrivedAt: a.ArrivedAt, EndsAt: a.EndsAt, UsedAt: a.UsedAt}
}

// Signature is somebody's name under a decision about a risk. Nothing edits it.
type Signature struct {
	ID         string
	Attempt    Attempt
	SignerName string
	Acting     bool
	Proof      attestation.Proof
	SignedAt   time.Time
}

// documentMark begins the bytes that are signed, version 1 (docs/attestation.md).
const documentMark = "countersign risk decision 1"

// Declaration is the sentence a decider puts their name to.
func Declaration(name string, office access.Office, acting bool, c Choice) string {
	does := "refuse this risk: the team must act now."
	if c.Verdict == Accept {
		does = "accept this risk until " + attestation.LongDay(c.Until) + "."
	}
	return "I, " + name + ", " + attestation.Capacity(office, acting) + ", " + does
}

func document(r Request, a alert.Alert, who access.Actor, office access.Office, acting bool, c Choice) (string, error) {
	lines := append([]string{documentMark, "signer: " + who.ID + " " + who.Name, "capacity: " + attestation.Capacity(office, acting), "decision: " + string(c.Verdict), "until: " + string(c.Until),
		"alert words: " + a.Current().Digest}, r.lines()...)
	lines = append(lines, "declaration: "+Declaration(who.Name, office, acting, c))
	for _, line := range lines {
		if err := attestation.Plain(line); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// Begin fixes what is about to be signed. Shown is the digest of the request as
// the person read it.
func (r Request) Begin(pass access.Pass, on Ground, c Choice, shown attestation.Digest, id, salt string, now time.Time) (Attempt, error) {
	office, waits := r.Decider()
	holds, acting := access.InOffice(pass.Who().Appointments, office, r.Organisation, now)
	switch {
	case !waits:
		return Attempt{}, ErrDecided
	case !holds:
		return Attempt{}, ErrNotYours
	case shown != r.Digest():
		return Attempt{}, ErrOtherWords
	}
	if err := on.check(pass, now); err != nil {
		return Attempt{}, err
	}
	if err := c.Check(r, now); err != nil {
		return Attempt{}, err
	}
	if c.Verdict == Refuse {
		c.Until = ""
	}
	text, err := document(r, on.Alert, pass.Who(), office, acting, c)
	if err != nil {
		return Attempt{}, err
	}
	up := Attempt{ID: id, Request: r.ID, Organisation: r.Organisation, Person: identity.PersonID(pass.Who().ID), Office: office, Choice: c, Document: text,
		Digest: attestation.DigestOf(text), Salt: salt, ArrivedAt: now, EndsAt: now.Add(attestation.StepUpLimit)}
	up.Nonce = up.try().Expected()
	return up, nil
}

// Ground is what a decision stands on beside the request.
type Ground struct {
	Alert    alert.Alert
	Response alert.Response
	Signed   []identity.PersonID // who has signed a decision about this request
	Standing attestation.Standing
}

// check finds what stops anybody, or this person, from signing now. Two
// signatures are two people, whatever offices one of them holds.
func (g Ground) check(pass access.Pass, now time.Time) error {
	if err := g.Standing.Check(now); err != nil {
		return err
	}
	if err := g.Response.Over(); err != nil {
		return err
	}
	switch {
	case !g.Response.Stuck():
		return ErrMovedOn
	case slices.Contains(g.Signed, identity.PersonID(pass.Who().ID)):
		return ErrSamePerson
	}
	return nil
}

// Ceremony is everything a signature is decided on, read in one transaction.
type Ceremony struct {
	Ground
	Request      Request
	Attempt      Attempt
	Appointments []access.Appointment // of the signer, as they stand now
}

// Sign decides. It refuses unless the person who proved who they are is the
// one who decided, the request still waits for their office, the proof is fresh
// and covers exactly these bytes, and they held the office when they pressed
// the button and hold it now. An acceptance that needs nobody else's signature
// holds from now on.
func (c Ceremony) Sign(pass access.Pass, proof attestation.Proof, id, eventID string, now time.Time) (Signature, Request, alert.Response, event.Event, error) {
	r, up := c.Request, c.Attempt
	refuse := func(err error) (Signature, Request, alert.Response, event.Event, error) {
		return Signature{}, r, c.Response, event.Event{}, err
	}
	if err := c.check(pass, now); err != nil {
		return refuse(err)
	}
	office, waits := r.Decider()
	holdsThen, acting := access.InOffice(c.Appointments, up.Office, r.Organisation, up.ArrivedAt)
	holdsNow, _ := access.InOffice(c.Appointments, up.Office, r.Organisation, now)
	text, err := document(r, c.Alert, pass.Who(), up.Office, acting, up.Choice)
	switch {
	case !waits || up.Office != office:
		return refuse(ErrDecided)
	case up.Choice.Verdict == Accept && until(up.Choice.Until).IsZero():
		return refuse(ErrOtherWords)
	}
	on := attestation.Stands{InOffice: holdsThen && holdsNow, Same: err == nil && text == up.Document && attestation.DigestOf(up.Document) == up.Digest, NotOffice: ErrNotOffice, Other: ErrOtherWords}
	if err := up.try().Proved(pass, proof, on, now); err != nil {
		return refuse(err)
	}
	up.UsedAt = now
	signed := Signature{ID: id, Attempt: up, SignerName: pass.Who().Name, Acting: acting, Proof: proof, SignedAt: now}
	kind, said := "risk refused", "Refused the risk: the team must act now"
	switch {
	case up.Choice.Verdict == Refuse:
		r.State = Refused
	case r.Chief && r.State == Asked:
		r.State, r.Until = Escalated, up.Choice.Until
		kind, said = "risk accepted in part", "Accepted the risk until "+attestation.LongDay(up.Choice.Until)+". The chief executive must sign too"
	default:
		r.State, r.Until = Accepted, up.Choice.Until
		c.Response.AcceptedUntil = until(up.Choice.Until)
		kind, said = "risk accepted", "Accepted the risk until "+attestation.LongDay(up.Choice.Until)
	}
	return signed, r, c.Response, event.New(eventID, pass, now, kind, thing(r.Alert), said).Vouching(string(up.Digest)), nil
}

// until is the end of a day of the United Kingdom: what is accepted until a day
// is accepted on it.
func until(day organisation.Day) time.Time {
	start, err := time.ParseInLocation(time.DateOnly, string(day), organisation.London)
	if err != nil {
		return time.Time{} // which Sign refuses
	}
	return start.AddDate(0, 0, 1)
}

// Holds tells whether a stored signature agrees with itself: its document says
// who decided what until when, the digest is the document's, and the nonce the
// provider was asked to sign commits to it. A row changed behind the portal's
// back does not hold.
func (g Signature) Holds() bool {
	up := g.Attempt
	lines := strings.Split(up.Document, "\n")
	said := func(line string) bool { return slices.Contains(lines, line) }
	return lines[0] == documentMark && said("signer: "+string(up.Person)+" "+g.SignerName) && said("capacity: "+attestation.Capacity(up.Office, g.Acting)) && said("decision: "+string(up.Choice.Verdict)) &&
		said("until: "+string(up.Choice.Until)) && said("request: "+string(up.Request)) && said("organisation: "+string(up.Organisation)) && attestation.DigestOf(up.Document) == up.Digest &&
		same(up.Nonce, up.try().Expected()) && same(g.Proof.Nonce, up.Nonce)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

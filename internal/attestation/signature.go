package attestation

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// StepUp is one attempt to sign: the exact bytes to be signed, and the nonce
// that makes the identity provider's own signature cover them. It is used
// once, within ten minutes.
type StepUp struct {
	ID           string
	Statement    ID
	Organisation organisation.Code
	Person       identity.PersonID
	Document     string
	Digest       Digest // of Document
	Salt         string
	Nonce        string
	ReviewBegan  time.Time
	ArrivedAt    time.Time // when the person pressed the button: lateness is judged by it
	EndsAt       time.Time
	UsedAt       time.Time
}

// How long an attempt and a proof of identity hold.
const (
	StepUpLimit = 10 * time.Minute
	ProofLimit  = 5 * time.Minute
	ProofSlack  = time.Minute // how far the provider's clock may be ahead of ours
)

// meant leaves out exceptions that are left over from a change of mind. They
// stay in the review, so that a second change of mind finds them again.
func (r Review) meant() Review {
	if r.Opinion != Qualified {
		r.Exceptions = nil
	}
	return r
}

// Holds tells whether a stored signature agrees with itself: what its columns
// say is what the signed document says, word for word, and the nonce the
// provider was asked to sign commits to that document. A row changed behind
// the portal's back does not hold. Checking the provider's own signature on the
// token needs its key set and is not done here.
func (g Signature) Holds(words string) bool {
	signed, sound := ParseDocument(g.Document)
	text, err := Document{Person: g.Person, Name: g.SignerName, Acting: g.Acting, Opinion: g.Opinion, CoSigned: signed.CoSigned, Exceptions: g.Exceptions, Digest: g.WordsDigest, Words: words}.Text()
	return sound && err == nil && text == g.Document && DigestOf(words) == g.WordsDigest && DigestOf(g.Document) == g.Digest &&
		same(g.StepUp.Nonce, Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)) && same(g.Proof.Nonce, g.StepUp.Nonce)
}

// Nonce commits to the document, the organisation, the signer and this attempt.
// Each piece is written with its length, so that no two sets
// of pieces give the same bytes.
func Nonce(salt string, digest Digest, org organisation.Code, signer identity.PersonID, attempt string) string {
	hash := sha256.New()
	for _, piece := range []string{"countersign step-up 1", salt, string(digest), string(org), string(signer), attempt} {
		_, _ = fmt.Fprintf(hash, "%d:%s,", len(piece), piece) // a hash never fails to write
	}
	return base64.RawURLEncoding.EncodeToString(hash.Sum(nil))
}

// Begin fixes what is about to be signed, before the person proves who they
// are.
func (s Statement) Begin(pass access.Pass, review Review, id, salt string, now time.Time) (StepUp, error) {
	if err := s.readyForChief(pass); err != nil {
		return StepUp{}, err
	}
	if review.Shown != s.Digest {
		return StepUp{}, ErrChanged
	}
	review = review.meant()
	switch {
	case review.Opinion == Qualified && len(review.Exceptions) == 0:
		return StepUp{}, ErrNoException
	case review.Opinion != Qualified && review.Opinion != Unqualified:
		return StepUp{}, ErrNoChoice
	}
	holds, acting := access.Capacity(pass.Who().Appointments, s.Organisation, now)
	if !holds {
		return StepUp{}, ErrNotOffice
	}
	text, err := document(s, pass, acting, review)
	if err != nil {
		return StepUp{}, err
	}
	return s.attempt(pass, review, text, id, salt, now), nil
}

// attempt is one try to sign a document over the statement's words.
func (s Statement) attempt(pass access.Pass, review Review, text, id, salt string, now time.Time) StepUp {
	up := StepUp{ID: id, Statement: s.ID, Organisation: s.Organisation, Person: identity.PersonID(pass.Who().ID), Document: text, Digest: DigestOf(text), Salt: salt,
		ReviewBegan: review.BeganAt, ArrivedAt: now, EndsAt: now.Add(StepUpLimit)}
	up.Nonce = Nonce(up.Salt, up.Digest, up.Organisation, up.Person, up.ID)
	return up
}

// Proved is Attempt.Proved for what is signed on a statement.
func (up StepUp) Proved(pass access.Pass, proof Proof, on Stands, now time.Time) error {
	on.Same = on.Same && DigestOf(up.Document) == up.Digest
	return up.attempt().Proved(pass, proof, on, now)
}

// Proof is a fresh sign-in as web/provider checked it.
type Proof struct {
	Issuer, Subject string
	Person          identity.PersonID // whom the register binds to the login; empty when nobody
	AuthAt          time.Time
	ACR             string
	Nonce           string
	IDToken         string // as the provider sent it: it signs the nonce, and so the document
	KeySet          string // of the provider, to check the token in years to come

	Seen event.Event // for the record, should this key set be a new one
}

// SeenNow gives the proof the event that its key set was seen, for the record
// of which keys a provider signed with, and since when.
func (p Proof) SeenNow(eventID string, now time.Time) (Proof, error) {
	pass, err := access.Check(access.PortalActor("signing"), access.KeepLog, organisation.National)
	if err != nil {
		return p, err
	}
	digest := string(KeySetDigest(p.Issuer, p.KeySet))
	p.Seen = event.New(eventID, pass, now, "key set seen", "key_set/"+digest, "The identity provider "+p.Issuer+" signs with keys that were not seen before").Vouching(digest)
	return p, nil
}

// Signature is a chief executive's name under exact words. Nothing edits it.
type Signature struct {
	ID           string
	Code         Code
	Statement    ID
	Organisation organisation.Code
	Person       identity.PersonID
	SignerName   string
	Acting       bool
	Opinion      Opinion
	Exceptions   []Exception
	Document     string
	Digest       Digest
	WordsDigest  Digest
	StepUp       StepUp
	Proof        Proof
	SignedAt     time.Time
	Late         bool

	Commits []Committed   // what it makes of commitments, while it is being written
	Also    []event.Event // what else happens with it, likewise
}

// Ceremony is everything a signature is decided on, read in one transaction.
type Ceremony struct {
	Statement    Statement
	StepUp       StepUp
	Review       Review
	Appointments []access.Appointment // of the signer, as they stand now
	Standing     Standing
	Open         []Commitment // of the organisation, where the words account for any
	Replaced     *Signature   // whose place this one takes; nil for none
}

// Standing is what holds somebody back from signing whatever the statement.
type Standing struct {
	LoginChanged bool      // a login of theirs has come to name somebody else
	LastEventAt  time.Time // of the newest event of the whole record; zero when there is none
}

// ClockSlack is how far the clock may be behind the newest event. Clocks of
// several machines that are kept in time differ by milliseconds, and a leap
// second is one second said twice; a clock further behind has run back.
const ClockSlack = time.Second

// Check refuses where nothing may be signed. A clock behind what it has already
// written down would give a signature a time that cannot be true, and let an
// old proof of identity pass for a fresh one (abuse case T79).
func (s Standing) Check(now time.Time) error {
	switch {
	case s.LastEventAt.Sub(now) > ClockSlack:
		return ErrClock
	case s.LoginChanged:
		return ErrLogin
	}
	return nil
}

// Sign decides. It refuses unless the person who proved who they are is the
// person who read, the words are the ones they read, the proof is fresh and
// covers exactly this document, and they hold the office: then, when they
// pressed the button, and now.
func (c Ceremony) Sign(pass access.Pass, proof Proof, id string, code Code, eventID string, now time.Time) (Signature, Statement, event.Event, error) {
	s, up := c.Statement, c.StepUp
	refuse := func(err error) (Signature, Statement, event.Event, error) { return Signature{}, s, event.Event{}, err }
	if err := c.Standing.Check(now); err != nil {
		return refuse(err)
	}
	if err := s.readyForChief(pass); err != nil {
		return refuse(err)
	}
	holdsThen, actingThen := access.Capacity(c.Appointments, s.Organisation, up.ArrivedAt)
	holdsNow, _ := access.Capacity(c.Appointments, s.Organisation, now)
	c.Review = c.Review.meant()
	text, err := document(s, pass, actingThen, c.Review)
	unchanged := err == nil && text == up.Document && c.Review.Shown == s.Digest
	if err := up.Proved(pass, proof, Stands{InOffice: holdsThen && holdsNow, Same: unchanged, NotOffice: ErrNotOffice, Other: ErrChanged}, now); err != nil {
		return refuse(err)
	}
	signature := Signature{
		ID: id, Code: code, Statement: s.ID, Organisation: s.Organisation, Person: proof.Person, SignerName: pass.Who().Name, Acting: actingThen,
		Opinion: c.Review.Opinion, Exceptions: c.Review.Exceptions, Document: up.Document, Digest: up.Digest, WordsDigest: s.Digest,
		StepUp: up, Proof: proof, SignedAt: now, Late: c.late(),
	}
	s.State, s.EndedAt = Signed, now
	how := "without qualification"
	if signature.Opinion == Qualified {
		how = "with " + Count(len(signature.Exceptions), "qualification")
	}
	record, err := signature.Record()
	if err != nil {
		return refuse(err)
	}
	done := event.New(eventID, pass, now, "statement signed", s.thing(), s.Title()+" signed "+how+" by "+pass.Who().Name).Vouching(string(DigestOf(record)))
	return signature, s, done, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Code is a verification code: 12 characters of Crockford's base 32, the last
// one a check character (Luhn modulo 32), so that a misheard letter is caught
// before anything is looked up.
type Code string

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCode makes a code from at least 7 random bytes.
func NewCode(random []byte) Code {
	var bits uint64
	for _, b := range random[:7] {
		bits = bits<<8 | uint64(b)
	}
	out := make([]byte, 0, 12)
	for range 11 {
		out = append(out, crockford[bits&31])
		bits >>= 5
	}
	return Code(append(out, checkCharacter(string(out))))
}

// ParseCode reads a code as people type it: any case, with or without hyphens
// and blanks, O for 0 and I or L for 1.
func ParseCode(typed string) (Code, bool) {
	clean := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(clean) != 12 || strings.Trim(clean, crockford) != "" || clean[11] != checkCharacter(clean[:11]) {
		return "", false
	}
	return Code(clean), true
}

// Groups writes the code as it is read out: 7KQ4-M2XD-9RTV.
func (c Code) Groups() string {
	if len(c) != 12 {
		return string(c)
	}
	return string(c[:4] + "-" + c[4:8] + "-" + c[8:])
}

// checkCharacter is Luhn's algorithm in base 32: it finds every single wrong
// character and every swap of neighbours but one pair.
func checkCharacter(code string) byte {
	sum, factor := 0, 2
	for i := len(code) - 1; i >= 0; i-- {
		product := factor * strings.IndexByte(crockford, code[i])
		sum += product/32 + product%32
		factor = 3 - factor
	}
	return crockford[(32-sum%32)%32]
}

// Short is the start of the code, for log lines that must not carry it whole.
func (c Code) Short() string { return strconv.Quote(string(c[:min(4, len(c))])) }

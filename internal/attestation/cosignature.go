package attestation

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// CoSignature is a name under exact words beside the chief executive's, and
// before it. Nothing edits it, and a new version of the words needs a new one.
type CoSignature struct {
	ID           string
	Statement    ID
	Organisation organisation.Code
	Person       identity.PersonID
	SignerName   string
	Office       access.Office
	Acting       bool
	Document     string
	Digest       Digest
	WordsDigest  Digest
	StepUp       StepUp
	Proof        Proof
	SignedAt     time.Time
}

// Faults of signing beside the chief executive, and of signing before it was
// done.
var (
	ErrFirst      = fault.New(fault.Conflict, "The senior information risk owner signs first, and has not signed yet. Nothing has been signed. You can sign when they have.")
	ErrBeside     = fault.New(fault.Conflict, "The signature of the senior information risk owner does not agree with these words. Nothing has been signed. Tell the national team.")
	ErrTwice      = fault.New(fault.Forbidden, "You have signed this statement as senior information risk owner. Somebody else must sign it as chief executive. Nothing has been signed.")
	ErrCoSigned   = fault.New(fault.Conflict, "This statement has already been co-signed.")
	ErrNoCoChoice = fault.In("opinion", "Select whether you co-sign these words")
	ErrNotAsked   = fault.New(fault.Conflict, "This statement asks for the chief executive’s signature alone.")
	ErrNotBeside  = fault.New(fault.Forbidden, "You are not the senior information risk owner of this organisation today. Nothing has been signed.")
	ErrNotReturns = fault.New(fault.Forbidden, "You are not the senior information risk owner of this organisation today. Nothing has been returned.")
)

// coSignsIn reads from locked words whose signature they ask for beside the
// chief executive's. Words from before there was any ask for none.
func coSignsIn(words string) []access.Office {
	var offices []access.Office
	for line := range strings.SplitSeq(words, "\n") { // every first page asks: the words are not copied for it
		if strings.HasPrefix(line, "opening: ") {
			break
		} else if !strings.HasPrefix(line, "co-signs ") {
			continue
		} else if value, is := strings.CutPrefix(line, coSignsLine(len(offices)+1)); is {
			offices = append(offices, coSigner(value))
		}
	}
	return offices
}

// coSigner finds the office by the word a text has for it.
func coSigner(word string) access.Office {
	for _, office := range coSigners {
		if Capacity(office, false) == word {
			return office
		}
	}
	return access.Office(word) // which nobody holds
}

// CoSigns tells whose signature the locked words ask for beside the chief
// executive's.
func (s Statement) CoSigns() []access.Office { return coSignsIn(s.Words) }

// Awaits tells who must still sign before the chief executive can.
func (s Statement) Awaits() []access.Office {
	if s.State != Locked {
		return nil
	}
	return slices.DeleteFunc(s.CoSigns(), func(office access.Office) bool {
		_, signed := s.coSignature(office)
		return signed
	})
}

func (s Statement) coSignature(office access.Office) (CoSignature, bool) {
	i := slices.IndexFunc(s.Beside, func(g CoSignature) bool { return g.Office == office })
	if i < 0 {
		return CoSignature{}, false
	}
	return s.Beside[i], true
}

// coSigned names the co-signatures in the order in which the words ask for them.
func (s Statement) coSigned() []CoSigned {
	var list []CoSigned
	for _, office := range s.CoSigns() {
		if g, signed := s.coSignature(office); signed {
			list = append(list, CoSigned{Person: g.Person, Name: g.SignerName, Document: g.Digest})
		}
	}
	return list
}

// readyForChief refuses a statement that this chief executive cannot sign now:
// nobody does before those who sign first, and nobody signs as both.
func (s Statement) readyForChief(pass access.Pass) error {
	if err := s.ready(); err != nil {
		return err
	} else if len(s.Awaits()) > 0 {
		return ErrFirst
	}
	for _, g := range s.Beside {
		if string(g.Person) == pass.Who().ID {
			return ErrTwice
		} else if !g.Holds(s.Words) {
			return ErrBeside
		}
	}
	return nil
}

// readyBeside refuses a statement that nobody can sign beside the chief
// executive now.
func (s Statement) readyBeside() error {
	if err := s.ready(); err != nil {
		return err
	} else if !slices.Contains(s.CoSigns(), access.SIRO) {
		return ErrNotAsked
	} else if _, signed := s.coSignature(access.SIRO); signed {
		return ErrCoSigned
	}
	return nil
}

// ChooseBeside records that somebody means to sign beside the chief executive,
// or to return the statement, having seen the words with the digest shown.
func (s Statement) ChooseBeside(pass access.Pass, was Review, opinion Opinion, shown Digest, now time.Time) (Review, error) {
	if err := s.readyBeside(); err != nil {
		return was, err
	} else if opinion != Unqualified && opinion != Declined {
		return was, ErrNoCoChoice // there is no qualification here: who sees something wrong returns it
	}
	return s.choose(pass, was, opinion, shown, now)
}

// BeginBeside fixes what is about to be signed beside the chief executive.
func (s Statement) BeginBeside(pass access.Pass, review Review, id, salt string, now time.Time) (StepUp, error) {
	if err := s.readyBeside(); err != nil {
		return StepUp{}, err
	} else if review.Shown != s.Digest {
		return StepUp{}, ErrChanged
	} else if review.Opinion != Unqualified {
		return StepUp{}, ErrNoChoice
	}
	holds, acting := access.InOffice(pass.Who().Appointments, access.SIRO, s.Organisation, now)
	if !holds {
		return StepUp{}, ErrNotBeside
	}
	text, err := s.besideDocument(pass, acting)
	if err != nil {
		return StepUp{}, err
	}
	return s.attempt(pass, review, text, id, salt, now), nil
}

func (s Statement) besideDocument(pass access.Pass, acting bool) (string, error) {
	return CoDocument{Person: identity.PersonID(pass.Who().ID), Name: pass.Who().Name, Office: access.SIRO, Acting: acting, Digest: s.Digest, Words: s.Words}.Text()
}

// CoSign decides as Sign does, for who signs beside the chief executive.
func (c Ceremony) CoSign(pass access.Pass, proof Proof, id, eventID string, now time.Time) (CoSignature, event.Event, error) {
	s, up := c.Statement, c.StepUp
	if err := c.Standing.Check(now); err != nil {
		return CoSignature{}, event.Event{}, err
	} else if err := s.readyBeside(); err != nil {
		return CoSignature{}, event.Event{}, err
	}
	then, acting := access.InOffice(c.Appointments, access.SIRO, s.Organisation, up.ArrivedAt)
	today, _ := access.InOffice(c.Appointments, access.SIRO, s.Organisation, now)
	text, err := s.besideDocument(pass, acting)
	same := err == nil && text == up.Document && c.Review.Shown == s.Digest && c.Review.Opinion == Unqualified
	if err := up.Proved(pass, proof, Stands{InOffice: then && today, Same: same, NotOffice: ErrNotBeside, Other: ErrChanged}, now); err != nil {
		return CoSignature{}, event.Event{}, err
	}
	g := CoSignature{ID: id, Statement: s.ID, Organisation: s.Organisation, Person: proof.Person, SignerName: pass.Who().Name, Office: access.SIRO, Acting: acting,
		Document: up.Document, Digest: up.Digest, WordsDigest: s.Digest, StepUp: up, Proof: proof, SignedAt: now}
	record, err := g.Record()
	if err != nil {
		return CoSignature{}, event.Event{}, err
	}
	return g, event.New(eventID, pass, now, "statement co-signed", s.thing(), s.Title()+" co-signed by "+pass.Who().Name+", "+Capacity(g.Office, acting)).Vouching(string(DigestOf(record))), nil
}

// Holds tells whether a stored co-signature agrees with itself and with the
// words, as Signature.Holds does.
func (g CoSignature) Holds(words string) bool {
	text, err := CoDocument{Person: g.Person, Name: g.SignerName, Office: g.Office, Acting: g.Acting, Digest: g.WordsDigest, Words: words}.Text()
	return err == nil && text == g.Document && DigestOf(words) == g.WordsDigest && DigestOf(g.Document) == g.Digest &&
		same(g.StepUp.Nonce, Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)) && same(g.Proof.Nonce, g.StepUp.Nonce)
}

package attestation

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Ended is how one statement of one organisation stands, for regulators. It
// has no reasons: those are the organisation's.
type Ended struct {
	ID           ID
	Organisation organisation.Code
	Name         string
	Number       int64
	Period       string
	Called       string     // as its template titles it; empty before there were several
	Template     string     // what it is worded by
	Campaign     CampaignID // it was asked for with; empty before there were campaigns
	CampaignName string
	Due          time.Time
	State        State
	Begun        bool // somebody at the organisation has worked on it
	Awaits       bool // it is locked, and who co-signs it first has not
	EndedAt      time.Time
	Opinion      Opinion
	Late         bool
	Code         Code
	ReplacedBy   Code      // of the signed statement that took its place
	RevokedAt    time.Time // when it was withdrawn, having been signed
	Optional     bool      // what it is to replace still stands
}

// Title of the statement, as its own page has it.
func (e Ended) Title() string { return Statement{Called: e.Called, Period: e.Period}.Title() }

// InForce tells whether the statement was signed and still stands.
func (e Ended) InForce() bool { return e.State == Signed && e.ReplacedBy == "" && e.RevokedAt.IsZero() }

// Receipt is a signature as anyone with its code may see it.
type Receipt struct {
	Signature Signature
	Name      string // of the organisation
	Words     string
	Period    string
	Beside    []CoSignature

	ReplacedBy Code // of the signature that took its place; empty for none
	ReplacedAt time.Time
	RevokedAt  time.Time // when it was withdrawn; zero for never
}

// Holds tells whether a signature and those beside it agree with themselves, the
// words and each other: the co-signatures are the ones its document names.
func (r Receipt) Holds() bool {
	if !r.Signature.Holds(r.Words) {
		return false
	}
	beside := Statement{Words: r.Words, Beside: r.Beside}
	signed, _ := ParseDocument(r.Signature.Document) // which Holds has read
	return len(r.Beside) == len(beside.CoSigns()) && slices.Equal(signed.CoSigned, beside.coSigned()) && !slices.ContainsFunc(r.Beside, func(g CoSignature) bool { return !g.Holds(r.Words) })
}

// Mine is one line of what a person has signed.
type Mine struct {
	Code         Code
	Statement    ID
	Organisation organisation.Code
	Period       string
	Opinion      Opinion
	Exceptions   int
	SignedAt     time.Time
	Late         bool
	Replaced     bool      // another statement took its place
	RevokedAt    time.Time // when it was withdrawn; zero for never
}

// Store keeps statements, reviews, attempts to sign and signatures. Every
// method that takes a decision reads, decides and writes in one transaction,
// and may run the decision again after a lost race.
type Store interface {
	AddTemplate(ctx context.Context, pass access.Pass, t Template, came event.Event) error
	Template(ctx context.Context, pass access.Pass, id string, edition int64) (Template, error)
	Change(ctx context.Context, pass access.Pass, id ID, seen int64, decide func(Statement) (Statement, event.Event, error)) error
	// Lock is Change with what is bound, which read gives: nothing on record about
	// the organisation has changed from before it was read until the decision.
	// Otherwise it is read again.
	Lock(ctx context.Context, pass access.Pass, id ID, seen int64, read func(context.Context) (Binding, error), decide func(Statement, Binding) (Statement, event.Event, error)) error
	Again(ctx context.Context, pass access.Pass, id ID, decide func(Statement) (Statement, event.Event, error)) error
	Find(ctx context.Context, pass access.Pass, id ID) (Statement, int64, error)
	List(ctx context.Context, pass access.Pass) ([]Statement, error)
	Unsigned(ctx context.Context, pass access.Pass) ([]Statement, error)
	Ended(ctx context.Context, pass access.Pass, since time.Time) ([]Ended, error)

	Review(ctx context.Context, pass access.Pass, id ID) (Review, error)
	KeepReview(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review) (Review, event.Event, error)) error
	Decline(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review, []access.Appointment) (Statement, Review, event.Event, error)) error
	DeclineReason(ctx context.Context, pass access.Pass, id ID) (string, error)

	Begin(ctx context.Context, pass access.Pass, id ID, decide func(Statement, Review, Standing) (StepUp, event.Event, error)) error
	StepUp(ctx context.Context, pass access.Pass, id string) (StepUp, error)
	Sign(ctx context.Context, pass access.Pass, stepUp string, proof Proof, decide func(Ceremony, Proof) (Signature, Statement, event.Event, error)) (Signature, error)
	Signature(ctx context.Context, pass access.Pass, id ID) (Signature, error)
	Receipt(ctx context.Context, pass access.Pass, code Code) (Receipt, error)
	SignedBy(ctx context.Context, pass access.Pass, limit int) ([]Mine, error)
}

// Figures gives the facts a template binds, as they stand at a moment.
type Figures interface {
	Facts(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (Facts, error)
}

// Names tells what an organisation is called.
type Names interface {
	Find(ctx context.Context, pass access.Pass) (organisation.Organisation, error)
}

// Service is what people do with statements.
type Service struct {
	Store   Store
	Figures Figures
	Holds   Positions
	Names   Names
	Now     func() time.Time
	NewID   func() string
	Random  func(n int) []byte // unpredictable bytes
	Alarm   func(error)        // told when nobody can sign any more; may be nil
}

// ErrNotSigned says that a statement has no signature to show.
var ErrNotSigned = fault.New(fault.NotFound, "This statement has not been signed.")

// ErrCode says that no signature has the code.
var ErrCode = fault.New(fault.NotFound, "We do not know this code. Check the letters: there is no I, L, O or U.")

// Read gives a statement with the version a form posts back.
func (s *Service) Read(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Statement, int64, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Statement{}, 0, err
	}
	return s.Store.Find(ctx, pass, id)
}

// Signed gives a signed statement, to those who oversee its organisation as well.
// ErrNotSigned says that it is not: then it is the organisation's own.
func (s *Service) Signed(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Statement, int64, error) {
	pass, err := access.Check(who, access.ReadSigned, org)
	if err != nil {
		return Statement{}, 0, err
	}
	st, version, err := s.Store.Find(ctx, pass, id)
	if err == nil && st.State != Signed {
		return Statement{}, 0, ErrNotSigned
	}
	return st, version, err
}

// Template gives the wording a statement is made from.
func (s *Service) Template(ctx context.Context, who access.Actor, org organisation.Code, st Statement) (Template, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Template{}, err
	}
	return s.Store.Template(ctx, pass, st.Template, st.Edition)
}

// List gives an organisation's statements, latest first.
func (s *Service) List(ctx context.Context, who access.Actor, org organisation.Code) ([]Statement, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return nil, err
	}
	return s.Store.List(ctx, pass)
}

// Unsigned gives what still waits at an organisation, the earliest deadline
// first.
func (s *Service) Unsigned(ctx context.Context, who access.Actor, org organisation.Code) ([]Statement, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return nil, err
	}
	return s.Store.Unsigned(ctx, pass)
}

// Ended lists how every organisation's statements stand, due since an instant.
func (s *Service) Ended(ctx context.Context, who access.Actor, since time.Time) ([]Ended, error) {
	pass, err := access.Check(who, access.ReadAllOutcomes, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Ended(ctx, pass, since)
}

// Again takes up a returned statement: a new one for the same period.
func (s *Service) Again(ctx context.Context, who access.Actor, org organisation.Code, id ID) (ID, error) {
	pass, err := access.Check(who, access.PrepareStatement, org)
	if err != nil {
		return "", err
	}
	next := ID(s.NewID())
	return next, s.Store.Again(ctx, pass, id, func(was Statement) (Statement, event.Event, error) {
		return was.Again(pass, next, s.NewID(), s.Now())
	})
}

// Review gives what the chief executive has chosen so far, empty at first.
func (s *Service) Review(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Review, error) {
	pass, err := access.Check(who, access.SignStatement, org)
	if err != nil {
		return Review{}, err
	}
	return s.Store.Review(ctx, pass, id)
}

// Choose records how the chief executive means to answer the words they saw.
func (s *Service) Choose(ctx context.Context, who access.Actor, org organisation.Code, id ID, opinion Opinion, shown Digest) error {
	return s.review(ctx, who, org, id, func(pass access.Pass, st Statement, was Review) (Review, error) {
		return st.Choose(pass, was, opinion, shown, s.Now())
	})
}

// Except adds an exception to what is about to be signed.
func (s *Service) Except(ctx context.Context, who access.Actor, org organisation.Code, id ID, e Exception) error {
	return s.except(ctx, who, org, id, e, func(was []Exception, e Exception) ([]Exception, error) {
		if len(was) >= 20 {
			return was, fault.New(fault.Invalid, "A statement can have 20 qualifications. With more than that, return it to your team.")
		}
		return append(was, e), nil
	})
}

// Reword puts an exception in the place of one that was shown, and of no other:
// ErrNoSuchException when that one was changed or removed meanwhile.
func (s *Service) Reword(ctx context.Context, who access.Actor, org organisation.Code, id ID, shown Digest, e Exception) error {
	return s.except(ctx, who, org, id, e, func(was []Exception, e Exception) ([]Exception, error) {
		i := placeOf(was, shown)
		if i < 0 {
			return was, ErrNoSuchException
		}
		is := slices.Clone(was)
		is[i] = e
		return is, nil
	})
}

// except checks one exception against the words, and puts it among the others.
func (s *Service) except(ctx context.Context, who access.Actor, org organisation.Code, id ID, e Exception, put func(was []Exception, e Exception) ([]Exception, error)) error {
	return s.review(ctx, who, org, id, func(pass access.Pass, st Statement, was Review) (Review, error) {
		if err := st.readyForChief(pass); err != nil {
			return was, err
		}
		words, err := ParseWords(st.Words)
		if err != nil {
			return was, err
		}
		e.What, e.Doing, e.Who = Tidy(e.What), Tidy(e.Doing), Tidy(e.Who)
		list, err := put(was.Exceptions, e)
		if err != nil {
			return was, err
		}
		if err := e.Check(words, s.Now()); err != nil {
			return was, err
		}
		was.Exceptions = list
		return was, nil
	})
}

// Drop removes the exception that is shown, and no other: ErrNotDropped when
// that one was changed or removed meanwhile.
func (s *Service) Drop(ctx context.Context, who access.Actor, org organisation.Code, id ID, shown Digest) error {
	return s.review(ctx, who, org, id, func(pass access.Pass, st Statement, was Review) (Review, error) {
		if err := st.readyForChief(pass); err != nil {
			return was, err
		}
		i := placeOf(was.Exceptions, shown)
		if i < 0 {
			return was, ErrNotDropped
		}
		was.Exceptions = slices.Delete(slices.Clone(was.Exceptions), i, i+1)
		return was, nil
	})
}

func (s *Service) review(ctx context.Context, who access.Actor, org organisation.Code, id ID, decide func(access.Pass, Statement, Review) (Review, error)) error {
	pass, err := access.Check(who, access.SignStatement, org)
	if err != nil {
		return err
	}
	return s.Store.KeepReview(ctx, pass, id, func(st Statement, was Review) (Review, event.Event, error) {
		is, err := decide(pass, st, was)
		return is, event.New(s.NewID(), pass, s.Now(), "review kept", st.thing(), "Reading "+st.Title()), err
	})
}

// Decline returns the statement to the team without a signature.
func (s *Service) Decline(ctx context.Context, who access.Actor, org organisation.Code, id ID, reason string) error {
	pass, err := access.Check(who, access.SignStatement, org)
	if err != nil {
		return err
	}
	return s.Store.Decline(ctx, pass, id, func(st Statement, was Review, held []access.Appointment) (Statement, Review, event.Event, error) {
		if signs, _ := access.Capacity(held, org, s.Now()); !signs {
			return st, was, event.Event{}, ErrNotChief
		}
		return st.Decline(pass, was, reason, s.NewID(), s.Now())
	})
}

// DeclineReason gives the reasons to people of the organisation.
func (s *Service) DeclineReason(ctx context.Context, who access.Actor, org organisation.Code, id ID) (string, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return "", err
	}
	return s.Store.DeclineReason(ctx, pass, id)
}

// Begin fixes the bytes about to be signed and gives the attempt, whose nonce
// the provider is asked to sign. Answer is the review's as the person saw it.
func (s *Service) Begin(ctx context.Context, who access.Actor, org organisation.Code, id ID, answer Digest) (StepUp, error) {
	pass, err := access.Check(who, access.SignStatement, org)
	if err != nil {
		return StepUp{}, err
	}
	var up StepUp
	err = s.Store.Begin(ctx, pass, id, func(st Statement, review Review, standing Standing) (StepUp, event.Event, error) {
		err := standing.Check(s.Now())
		if err != nil {
			return up, event.Event{}, err
		}
		if review.Shown == st.Digest && review.Answer() != answer {
			return up, event.Event{}, ErrAnswered
		}
		up, err = st.Begin(pass, review, s.NewID(), hex.EncodeToString(s.Random(16)), s.Now())
		return up, event.New(s.NewID(), pass, s.Now(), "signing begun", st.thing(), "Began to sign "+st.Title()), err
	})
	return up, s.raise(err)
}

func (s *Service) raise(err error) error { return raise(s.Alarm, err) }

// Attempt gives one attempt back to the person who began it.
func (s *Service) Attempt(ctx context.Context, who access.Actor, org organisation.Code, stepUp string) (StepUp, error) {
	pass, err := access.Check(who, access.SignStatement, org)
	if err != nil {
		return StepUp{}, err
	}
	return s.Store.StepUp(ctx, pass, stepUp)
}

// Sign writes the signature, if everything still holds inside one transaction.
// A second call for the same attempt gives the same signature.
func (s *Service) Sign(ctx context.Context, who access.Actor, org organisation.Code, stepUp string, proof Proof) (Signature, error) {
	pass, err := access.Check(who, access.SignStatement, org)
	if errors.Is(err, access.ErrForbidden) {
		return Signature{}, ErrNotOffice
	} else if err != nil {
		return Signature{}, err
	}
	if proof, err = proof.SeenNow(s.NewID(), s.Now()); err != nil {
		return Signature{}, err
	}
	id, eventID, code := s.NewID(), s.NewID(), NewCode(s.Random(8))
	signed, err := s.Store.Sign(ctx, pass, stepUp, proof, func(c Ceremony, bound Proof) (Signature, Statement, event.Event, error) {
		g, st, e, err := c.Sign(pass, bound, id, code, eventID, s.Now())
		if err == nil {
			g.Commits, err = c.Commit(pass, g, s.NewID)
		}
		if replaced, is := c.Replacing(pass, g, s.NewID()); is && err == nil {
			g.Also = append(g.Also, replaced)
		}
		return g, st, e, err
	})
	return signed, s.raise(err)
}

// Receipt of a statement for people of its organisation, and for those who
// oversee it.
func (s *Service) Receipt(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Signature, error) {
	pass, err := access.Check(who, access.ReadSigned, org)
	if err != nil {
		return Signature{}, err
	}
	return s.Store.Signature(ctx, pass, id)
}

// CheckCode finds a signature by its verification code, for anyone.
func (s *Service) CheckCode(ctx context.Context, who access.Actor, typed string) (Receipt, error) {
	pass, err := access.Check(who, access.CheckReceipt, organisation.National)
	if err != nil {
		return Receipt{}, err
	}
	code, ok := ParseCode(typed)
	if !ok {
		return Receipt{}, ErrCode
	}
	return s.Store.Receipt(ctx, pass, code)
}

// SignedBy lists what the person has signed for an organisation, latest first.
func (s *Service) SignedBy(ctx context.Context, who access.Actor, org organisation.Code, limit int) ([]Mine, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return nil, err
	}
	return s.Store.SignedBy(ctx, pass, limit)
}

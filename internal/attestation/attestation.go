// Package attestation owns statements and the chief executive's signature on
// them: preparing, locking the exact words, reviewing, signing, declining. The
// fresh sign-in that proves the signer is made by web/provider; the public log
// of signatures is package transparency's.
package attestation

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// ID names a statement.
type ID string

// State is where a statement stands.
type State string

// The states of a statement.
const (
	Preparing State = "preparing"
	Locked    State = "locked" // the words are fixed and wait for the chief executive
	Signed    State = "signed"
	Returned  State = "returned"  // declined; a new statement takes it up again
	Withdrawn State = "withdrawn" // asked for no longer, and never signed
)

// Opinion is how a chief executive answers.
type Opinion string

// The opinions.
const (
	NoOpinion   Opinion = ""
	Unqualified Opinion = "unqualified"
	Qualified   Opinion = "qualified"
	Declined    Opinion = "declined"
)

// Statement is what one organisation is asked to confirm for one period.
type Statement struct {
	ID           ID
	Organisation organisation.Code
	Template     string
	Edition      int64
	Number       int64      // which locking of this period's words, from 1
	Replaces     ID         // the returned statement this one takes up again
	Campaign     CampaignID // it was asked for with; empty before there were campaigns
	Called       string     // as its template titles it; empty before there were several
	Period       string
	From, To     organisation.Day
	Due          time.Time
	State        State
	Gaps         []Gap
	Prepared     Preparation
	BoardOn      organisation.Day
	Facts        Facts
	Words        string
	Digest       Digest
	LockedAt     time.Time
	LockedBy     string
	EndedAt      time.Time
	Beside       []CoSignature // on the locked words, where they ask for any

	Supersedes ID     // the signed statement it takes the place of, or is to
	Because    string // it does
	Wanted     string // the regulator who asked for that; empty where the organisation began it
	Optional   bool   // what it is to replace still stands, so that nobody owes it

	ReplacedBy ID        // of a list: the signed statement that took its place
	RevokedAt  time.Time // of a list: when it was withdrawn, having been signed
	Exceptions int       // of a list: with how many it was signed
}

// Faults of preparing and locking.
var (
	ErrUnknown   = fault.New(fault.NotFound, "We do not know this statement.")
	ErrLocked    = fault.New(fault.Conflict, "This statement is locked. Its words cannot change any more.")
	ErrEdited    = fault.New(fault.Conflict, "Someone else changed this statement while you were reading. Your changes are not saved. Check what they wrote, then save yours again.")
	ErrTakenUp   = fault.New(fault.Conflict, "Someone else has already taken this statement up again.")
	ErrNotLocked = fault.New(fault.Conflict, "The senior information risk owner has not checked and locked this statement yet.")
)

// Title of the statement, such as "July to September 2026 cyber statement".
func (s Statement) Title() string {
	if s.Called != "" {
		return s.Called
	}
	return s.Period + " cyber statement"
}

// LongDay writes a day as pages and statements do: 24 November 2026.
func LongDay(day organisation.Day) string { return day.Word() }

func (s Statement) thing() string { return "statement/" + string(s.ID) }

// Exception is one thing a chief executive cannot confirm, with what will be
// done about it.
type Exception struct {
	Part  int              `json:"part"` // of the statement, from 1
	What  string           `json:"what"`
	Doing string           `json:"doing"`
	Who   string           `json:"who"`
	By    organisation.Day `json:"by"`
}

// Digest names an exception by all it says.
func (e Exception) Digest() Digest {
	text, err := json.Marshal(e)
	if err != nil {
		panic("write an exception down: " + err.Error()) // plain strings and a number
	}
	return DigestOf(string(text))
}

// placeOf finds the exception that a page showed, below 0 where it is no longer
// among them.
func placeOf(list []Exception, shown Digest) int {
	return slices.IndexFunc(list, func(e Exception) bool { return e.Digest() == shown })
}

// Check finds what is missing from an exception to the words, at a moment.
func (e Exception) Check(words Words, now time.Time) error {
	var problems fault.Problems
	today := organisation.DayOf(now)
	limit := organisation.DayOf(now.AddDate(1, 0, 0))
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	add(e.Part < 1 || e.Part > len(words.Parts), "part", "Select which part you cannot confirm")
	add(e.What == "", "what", "Enter what you cannot confirm, and why")
	add(len([]rune(e.What)) > 1000, "what", "What you cannot confirm must be 1,000 characters or fewer")
	add(e.Doing == "", "doing", "Enter what will be done")
	add(len([]rune(e.Doing)) > 300, "doing", "What will be done must be 300 characters or fewer")
	add(e.Who == "", "who", "Enter who will do it")
	add(len([]rune(e.Who)) > 100, "who", "Who will do it must be 100 characters or fewer")
	_, err := time.Parse(time.DateOnly, string(e.By))
	add(err != nil, "by", "Enter the date it will be put right")
	add(err == nil && e.By < today, "by", "The date must be today or later")
	add(err == nil && e.By >= limit, "by", "The date must be before "+LongDay(limit))
	for _, text := range []string{e.What, e.Doing, e.Who} {
		if err := Plain(text); err != nil {
			add(true, "what", err.Error())
			break
		}
	}
	return problems.OrNil()
}

// Review is a chief executive's reading of one locked statement: when it
// began, what they saw and how they mean to answer. It is a draft kept on the
// server, so that nothing is lost; nothing in it binds anybody.
type Review struct {
	Statement  ID
	Person     identity.PersonID
	BeganAt    time.Time
	Shown      Digest
	Opinion    Opinion
	Exceptions []Exception
	Reason     string // for declining
}

// Answer is the digest of what the person means to say of the words: their
// opinion and, when it is qualified, the exceptions. The last page before
// signing posts it back, so that what another window changed meanwhile is not
// signed unseen.
func (r Review) Answer() Digest {
	r = r.meant()
	text, err := json.Marshal(struct {
		Shown      Digest
		Opinion    Opinion
		Exceptions []Exception
	}{r.Shown, r.Opinion, r.Exceptions})
	if err != nil {
		panic("write an answer down: " + err.Error()) // plain strings and numbers
	}
	return DigestOf(string(text))
}

// Faults of reviewing and signing. Each leads to its own page.
var (
	ErrNoChoice        = fault.In("opinion", "Select how you want to sign")
	ErrNoException     = fault.New(fault.Invalid, "Add at least 1 qualification, or go back and choose another answer")
	ErrNoSuchException = fault.New(fault.Conflict, "This qualification was changed or removed in another window. What you typed is not saved. Check the list, then add it or change what is there.")
	ErrNotDropped      = fault.New(fault.Conflict, "This qualification was changed or removed in another window. Nothing was removed now. This is how your qualifications stand.")
	ErrNoReason        = fault.In("reason", "Enter why you cannot sign")
	ErrChanged         = fault.New(fault.Conflict, "The wording changed after you opened it. Read it again before you sign.")
	ErrSigned          = fault.New(fault.Conflict, "This statement has already been signed.")
	ErrReturned        = fault.New(fault.Conflict, "This statement was returned without a signature.")
	ErrProof           = fault.New(fault.Forbidden, "We could not check that it is you. Nothing has been signed.")
	ErrOther           = fault.New(fault.Forbidden, "Someone else signed in. Nothing has been signed.")
	ErrAnswered        = fault.New(fault.Conflict, "Your answer changed in another window. Nothing has been signed. This is your answer now: read it before you sign.")
	ErrNotChief        = fault.New(fault.Forbidden, "You are not the chief executive of this organisation today. Nothing has been returned.")
	ErrNotOffice       = fault.New(fault.Forbidden, "You are not the chief executive of this organisation today. Nothing has been signed.")
	ErrLogin           = fault.New(fault.Forbidden, "Your login now names somebody else. Nothing has been signed. Ask your company secretary to have the login confirmed, or call us.")
	ErrName            = fault.New(fault.Forbidden, "Your name here is not the one that was recorded, so nothing has been done. Read it again at the top of the page. If it is wrong, or this comes again, call us.")
	ErrClock           = fault.New(fault.Conflict, "The service’s clock is wrong. Nothing has been signed. We have been told. Your answer is kept: try again later.")
	ErrLate            = fault.New(fault.Conflict, "This proof of identity is too old. Nothing has been signed. Try again.")
)

// ready refuses a statement that cannot be signed now.
func (s Statement) ready() error {
	switch s.State {
	case Signed:
		return ErrSigned
	case Returned:
		return ErrReturned
	case Withdrawn:
		return ErrWithdrawn
	case Preparing:
		return ErrNotLocked
	}
	if DigestOf(s.Words) != s.Digest {
		return ErrWords
	}
	return nil
}

// Choose records how the person means to answer, having seen the words with
// the digest shown.
func (s Statement) Choose(pass access.Pass, was Review, opinion Opinion, shown Digest, now time.Time) (Review, error) {
	ready := s.readyForChief(pass)
	if opinion == Declined {
		ready = s.ready() // which nobody has to wait for
	}
	if ready != nil {
		return was, ready
	}
	return s.choose(pass, was, opinion, shown, now)
}

func (s Statement) choose(pass access.Pass, was Review, opinion Opinion, shown Digest, now time.Time) (Review, error) {
	if shown != s.Digest {
		return was, ErrChanged
	}
	if opinion != Unqualified && opinion != Qualified && opinion != Declined {
		return was, ErrNoChoice
	}
	is := was
	is.Statement, is.Person, is.Opinion, is.Shown, is.BeganAt = s.ID, identity.PersonID(pass.Who().ID), opinion, shown, now
	return is, nil
}

// Decline returns the statement to the team, with the reasons, which only the
// organisation sees.
func (s Statement) Decline(pass access.Pass, review Review, reason string, eventID string, now time.Time) (Statement, Review, event.Event, error) {
	if err := s.ready(); err != nil {
		return s, review, event.Event{}, err
	}
	if review.Shown != s.Digest {
		return s, review, event.Event{}, ErrChanged
	}
	if reason = Tidy(reason); reason == "" {
		return s, review, event.Event{}, ErrNoReason
	}
	if len([]rune(reason)) > 2000 {
		return s, review, event.Event{}, fault.In("reason", "The reason must be 2,000 characters or fewer")
	}
	s.State, s.EndedAt = Returned, now
	review.Opinion, review.Reason = Declined, reason
	return s, review, event.New(eventID, pass, now, "statement returned", s.thing(), s.Title()+" returned without a signature by "+pass.Who().Name).Vouching(string(DigestOf(reason))), nil
}

// Again starts a new statement for the same period after one was returned.
func (s Statement) Again(pass access.Pass, id ID, eventID string, now time.Time) (Statement, event.Event, error) {
	if s.State != Returned {
		return s, event.Event{}, ErrLocked
	}
	next := Statement{ID: id, Organisation: s.Organisation, Template: s.Template, Edition: s.Edition, Number: s.Number + 1, Replaces: s.ID, Campaign: s.Campaign, Called: s.Called,
		Period: s.Period, From: s.From, To: s.To, Due: s.Due, State: Preparing, Gaps: s.Gaps, BoardOn: s.BoardOn, Prepared: s.Prepared.again(),
		Supersedes: s.Supersedes, Because: s.Because, Wanted: s.Wanted, Optional: s.Optional}
	e := event.New(eventID, pass, now, "statement taken up again", next.thing(), next.Title()+" taken up again after it was returned")
	return next, e.Recording(next.AskingRecord()), nil
}

// Declaration is the sentence next to the button, for the record word by word.
func Declaration(name string, acting bool, opinion Opinion, exceptions int) string {
	how := "without qualification"
	if opinion == Qualified {
		how = "with " + Count(exceptions, "qualification")
	}
	return strings.Join([]string{"I, ", name, ", ", Capacity(access.ChiefExecutive, acting), ", confirm the statement as shown, ", how, "."}, "")
}

// Count writes a number with its noun: 1 qualification, 2 qualifications.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

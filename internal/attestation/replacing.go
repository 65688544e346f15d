package attestation

import (
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
)

// Replaces is what the words of a statement say of the one it takes the place
// of: the code of its signature and the digest of the signed document, so that
// nobody can be shown another one, and why.
type Replaces struct {
	Code   Code
	Digest Digest
	Why    string
}

func (r Replaces) there() bool { return r != Replaces{} }

// lines are those of the words; none where nothing is replaced.
func (r Replaces) lines() []string {
	if !r.there() {
		return nil
	}
	return []string{"replaces: " + string(r.Code) + " " + string(r.Digest), "replaces why: " + r.Why}
}

func readReplaces(n named) Replaces {
	code, digest, _ := strings.Cut(n["replaces"], " ")
	return Replaces{Code: Code(code), Digest: Digest(digest), Why: n["replaces why"]}
}

func (r Replaces) sound() bool {
	code, typed := ParseCode(string(r.Code))
	return !r.there() || typed && code == r.Code && hexDigest.MatchString(string(r.Digest)) && r.Why != ""
}

// Aftermath is what became of a signed statement, which itself never changes.
type Aftermath struct {
	Open       ID        // the statement that is to take its place, while nobody has signed that
	Due        time.Time // the deadline of that as it runs now
	Next       ID        // the signed statement that took its place
	Code       Code      // of the signature on that
	ReplacedAt time.Time
	Why        string // it is or was to be replaced
	Wanted     string // the regulator who asked for that; empty where the trust began it
	Withdrawal *Withdrawal
}

// InForce tells whether the statement still stands.
func (a Aftermath) InForce() bool { return a.Next == "" && a.Withdrawal == nil }

// InForce tells whether a statement of a list was signed and still stands.
func (s Statement) InForce() bool {
	return s.State == Signed && s.ReplacedBy == "" && s.RevokedAt.IsZero()
}

// Late tells whether the statement is owed past its deadline. One that takes the
// place of a statement that still stands is owed to nobody.
func (s Statement) Late(now time.Time) bool { return !s.Optional && !now.Before(s.Due) }

// Ground is what replacing and withdrawing a signed statement are decided on,
// read in one transaction.
type Ground struct {
	Statement Statement
	Signature Signature
	After     Aftermath
	Template  Template // the edition in force
	Number    int64    // of the newest statement of the same period
	Ended     bool     // its campaign was withdrawn: nothing is asked for any more
	Standing  Standing
}

// Owed is by when the organisation owes a statement once this one is withdrawn:
// by the deadline of the one that is being prepared in its place, which may have
// been moved, or by its own.
func (g Ground) Owed() time.Time {
	if g.After.Open != "" {
		return g.After.Due
	}
	return g.Statement.Due
}

// Faults of replacing and withdrawing. Each is said on the page it stopped.
var (
	ErrNothingSigned = fault.New(fault.Conflict, "This statement is not signed, so there is nothing to replace or withdraw.")
	ErrReplaced      = fault.New(fault.Conflict, "This statement has been replaced already. What stands now is the statement that replaced it.")
	ErrReplacing     = fault.New(fault.Conflict, "Somebody is preparing a statement in place of this one already.")
	ErrNotReplacing  = fault.New(fault.Conflict, "Nobody is preparing a statement in place of this one any more. This is how it stands now.")
	ErrDueAgain      = fault.New(fault.Conflict, "The statement it replaces was withdrawn, so this one is due. It cannot be given up.")
	ErrWanted        = fault.New(fault.Forbidden, "A regulator asked for this statement. Only a regulator can take that back.")
)

// whyCannot says what stops a signed statement from being replaced.
func (g Ground) whyCannot() error {
	switch {
	case g.Statement.State != Signed:
		return ErrNothingSigned
	case g.After.Next != "":
		return ErrReplaced
	case g.After.Open != "":
		return ErrReplacing
	}
	return nil
}

// Replace starts a statement of the same period that is to take the place of a
// signed one, in the edition in force, with what was prepared before. It is
// wanted where a regulator asks for it, not the organisation itself.
func (g Ground) Replace(pass access.Pass, why string, wanted bool, id ID, eventID string, now time.Time) (Statement, event.Event, error) {
	if err := g.whyCannot(); err != nil {
		return Statement{}, event.Event{}, err
	}
	why, err := checkWhy("why", why, "Enter why it is to be replaced. It stands in the words of the new statement")
	if err != nil {
		return Statement{}, event.Event{}, err
	}
	s := g.Statement
	next := Statement{ID: id, Organisation: s.Organisation, Template: g.Template.ID, Edition: g.Template.Edition, Number: g.Number + 1, Campaign: s.Campaign, Called: g.Template.For(s.Period),
		Period: s.Period, From: s.From, To: s.To, Due: s.Due, State: Preparing, Gaps: s.Gaps, Prepared: s.Prepared.again(), Supersedes: s.ID, Because: why, Optional: g.After.Withdrawal == nil}
	if g.Ended {
		next.Campaign = ""
	}
	kind, said := "replacement begun", next.Title()+" begun in place of the signed one"
	if wanted {
		next.Wanted = pass.Who().Name
		kind, said = "replacement asked for", next.Title()+" asked for in place of the signed one by "+next.Wanted
	}
	return next, event.New(eventID, pass, now, kind, next.thing(), said).Recording(next.AskingRecord()), nil
}

// whyLimitSigned bounds a reason that is signed, in characters.
const whyLimitSigned = 500

// checkWhy gives a reason as one line.
func checkWhy(field, why, missing string) (string, error) {
	why = Tidy(why)
	if why == "" {
		return "", fault.In(field, missing)
	}
	return why, line(field, "The reason", why, whyLimitSigned).OrNil()
}

// GiveUp ends a statement that was to take the place of one that still stands.
// Whoever wanted it may: the organisation what it began, a regulator what a
// regulator asked for.
func (s Statement) GiveUp(pass access.Pass, eventID string, now time.Time) (Statement, event.Event, error) {
	wanted := pass.Verb() == access.AskReplacement
	switch {
	case s.Supersedes == "" || s.State != Preparing && s.State != Locked || wanted && s.Wanted == "":
		return s, event.Event{}, ErrNotReplacing
	case !s.Optional:
		return s, event.Event{}, ErrDueAgain
	case !wanted && s.Wanted != "":
		return s, event.Event{}, ErrWanted
	}
	s.State, s.EndedAt = Withdrawn, now
	return s, event.New(eventID, pass, now, "replacement given up", s.thing(), s.Title()+" is not replaced").Recording(s.EndingRecord()), nil
}

// Replacing is the event that a signature takes the place of another one; false
// where it does not.
func (c Ceremony) Replacing(pass access.Pass, g Signature, eventID string) (event.Event, bool) {
	if c.Statement.Supersedes == "" {
		return event.Event{}, false
	}
	old := Statement{ID: c.Statement.Supersedes}
	said := "The " + c.Statement.Title() + " signed before was replaced by " + g.Code.Groups()
	return event.New(eventID, pass, g.SignedAt, "statement replaced", old.thing(), said).Vouching(string(g.Digest)), true
}

// late tells whether a signature is. One that replaces a statement that stood
// until then is as late as the first one was.
func (c Ceremony) late() bool {
	if c.Replaced != nil && c.Statement.Optional {
		return c.Replaced.Late
	}
	return !c.StepUp.ArrivedAt.Before(c.Statement.Due)
}

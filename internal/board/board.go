// Package board owns the board paper: an organisation's position as of a moment,
// drawn from events and from records that never change, and from nothing that
// happened later. What each record means is its own package's business; how the
// paper looks is web/handler's.
package board

import (
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/transparency"
)

// Ledger is what a paper is drawn from. It may hold what happened after the
// moment: Draw leaves that out.
type Ledger struct {
	Organisation organisation.Organisation // as it is registered now
	Began        time.Time                 // of the first event about it; zero when there is none
	Events       []event.Event             // about it, oldest first
	Renames      []event.Event             // each import of it into the register, oldest first
	Alerts       []Sent
	Requests     []risk.Request
	Decisions    []risk.Signature
	Statements   []attestation.Statement
	Signatures   []attestation.Signature
	Moves        []attestation.Extension // of deadlines, those that were confirmed
	Commitments  []attestation.Commitment
	Assessments  []Assessed
	Heads        []transparency.Head // the newest of the public log by the moment; none while there was none
}

// Sent is one alert the organisation was sent.
type Sent struct {
	Alert    alert.Alert // as it is now
	Versions []alert.Version
	Response alert.Response // as it is now
}

// Assessed is one assessment with what it is judged by. The answers are in the
// events.
type Assessed struct {
	assessment.Assessment
	Framework assessment.Framework
	Profile   assessment.Profile
}

// Reader is for whom a paper is. What an organisation has not submitted is for
// itself alone, so its overseers read a paper of their own.
type Reader string

// The readers.
const (
	Own       Reader = "the organisation"
	Overseers Reader = "its overseers"
)

// Paper is the position of an organisation as of a moment. The same moment and
// reader always give the same Paper.
type Paper struct {
	Organisation organisation.Code
	Name         string // as it was called then
	At           time.Time
	Reader       Reader
	Answers      []Answers // of the last full quarter, then of the quarter under way
	Late         []Late
	Open         []Open
	Risks        []Risk
	Levels       *Levels // nil when there was none, and for overseers
	Statements   []Statement
	Commitments  []Commitment
	Since        *Since // nil when nothing was signed, and for overseers
	Head         *transparency.Head
}

// Answers counts the high severity alerts whose answers were due in a period,
// and those that came in time.
type Answers struct {
	From, To organisation.Day // both included; of the last one, the moment's day
	InTime   int
	Due      int
}

// Named is an alert as it was called then.
type Named struct {
	Name, Title string
	Severity    alert.Severity
}

// Late is an alert of those periods that was not answered in time.
type Late struct {
	Named
	Due      time.Time
	Answered time.Time // zero while it was not
}

// Open is an alert that was not closed.
type Open struct {
	Named
	Standing  alert.Standing
	Answered  time.Time // zero while it was not
	AnswerDue time.Time // in force then: of a newer version that asks again, its own
	ActionDue time.Time
	Until     time.Time // of an accepted risk, whether or not it has run out; zero when none was
}

// Risk is a risk somebody signed to live with, in force then.
type Risk struct {
	Named
	What, Patients, Cover string
	Until                 organisation.Day
	Signers               []Signer
}

// Signer is who signed what, and when.
type Signer struct {
	Name   string
	Office access.Office
	Acting bool
	At     time.Time
}

// Levels is an assessment as it stood then.
type Levels struct {
	Framework, Profile, Note, Period string
	Reached, Outcomes, Said          int
	LastAt                           time.Time // when a level was last recorded; zero when none was
	Short                            []Short   // those below what is expected, in the framework's order
}

// Short is an outcome below what is expected of it.
type Short struct {
	Code, Title     string
	Level, Expected assessment.Level
}

// Statement is one statement the organisation was asked for.
type Statement struct {
	ID         attestation.ID
	Title      string
	State      attestation.State
	Due        time.Time // in force then; zero for one that may be signed and need not
	LockedBy   string    // who checked and locked it; empty while nobody has, and for overseers until it has ended
	LockedAt   time.Time
	BesideBy   string // who co-signed the words locked then; empty while nobody has, and for overseers until it has ended
	BesideAt   time.Time
	EndedAt    time.Time // signed or returned; zero while it waits
	Signer     *Signer   // nil unless it was signed
	Opinion    attestation.Opinion
	Exceptions []attestation.Exception
	Code       attestation.Code
	Late       bool
	ReplacedAt time.Time // when another took its place, and
	RevokedAt  time.Time // when the chief executive withdrew it, having signed it; zero while it stands
}

// Stands tells whether the statement was signed and in force then.
func (s Statement) Stands() bool {
	return s.Signer != nil && s.ReplacedAt.IsZero() && s.RevokedAt.IsZero()
}

// Overdue tells whether the statement was owed past its deadline then.
func (s Statement) Overdue(at time.Time) bool {
	return s.EndedAt.IsZero() && !s.Due.IsZero() && !at.Before(s.Due)
}

// Commitment is what was promised under a qualification, as it stood then.
type Commitment struct {
	Period           string
	Part             int
	What, Doing, Who string
	FirstBy, By      organisation.Day // as signed, and in force then
	Fate             attestation.Fate
	Late             bool
	SettledAt        time.Time // zero while it is open
}

// Since is what is not as the last signed statement says.
type Since struct {
	Title    string
	SignedAt time.Time
	Changes  []attestation.Change
}

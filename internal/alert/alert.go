// Package alert owns national cyber alerts: drafting, approval by a second
// person, issue, and each organisation's response with its two clocks. Telling
// people is package notification's; comparing organisations is league's.
package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ID names an alert. The number people say, CC-nnnn, comes with its issue.
type ID string

// Severity as the NHS website's cyber alerts use it.
type Severity string

// The severities.
const (
	High   Severity = "high"
	Medium Severity = "medium"
	Low    Severity = "low"
)

// Class decides how long the action may take.
type Class string

// The classes. Critical follows the rule of 2017: everything within 48 hours.
const (
	Normal   Class = "normal"
	Critical Class = "critical"
)

// Windows from issue to the two deadlines, in elapsed time: 48 hours are
// 172,800 seconds whatever the clocks in London do meanwhile.
const (
	AnswerWindow         = 48 * time.Hour
	ActionWindow         = 14 * 24 * time.Hour
	ActionWindowCritical = 48 * time.Hour
	UpdateWindow         = 3 * 24 * time.Hour // from acknowledgement to the next update
)

// Draft is an alert as its author writes it.
type Draft struct {
	Title      string
	Severity   Severity
	Class      Class
	ThreatType string
	Categories []string
	Vectors    []string
	Why        string // why it matters, in Markdown
	Steps      []Step // what to do, in order
	Platforms  []Platform
	CVEs       []CVE
	Indicators string   // of compromise, in Markdown
	Sources    []string // addresses where the newest word on it is found
	Public     bool     // may stand in the public feed
	Rehearsal  bool     // an exercise: marked everywhere, measured, in no table
	Audience   Audience
	Origin     Origin
}

// Audience says who an alert is for. Empty lists put no limit; an empty
// Audience is every open organisation.
type Audience struct {
	Cohorts       []string            `json:"cohorts,omitempty"`
	Kinds         []organisation.Kind `json:"kinds,omitempty"`
	Regions       []string            `json:"regions,omitempty"`
	Organisations []organisation.Code `json:"organisations,omitempty"` // a list by name, within the other limits
}

// Reaches tells whether an organisation in the given cohorts is addressed.
func (a Audience) Reaches(o organisation.Organisation, cohorts []string) bool {
	return anyOf(a.Kinds, func(k organisation.Kind) bool { return k == o.Kind }) &&
		anyOf(a.Regions, func(r string) bool { return r == string(o.Region) }) &&
		anyOf(a.Organisations, func(c organisation.Code) bool { return c == o.Code }) &&
		anyOf(a.Cohorts, func(c string) bool { return contains(cohorts, c) })
}

// anyOf holds when the list is empty (no limit) or one of it matches.
func anyOf[T comparable](list []T, matches func(T) bool) bool {
	for _, item := range list {
		if matches(item) {
			return true
		}
	}
	return len(list) == 0
}

func contains(list []string, item string) bool {
	for _, each := range list {
		if each == item {
			return true
		}
	}
	return false
}

// Check finds what the author has to mend before the draft can be kept.
func (d Draft) Check() error {
	var problems fault.Problems
	title := strings.TrimSpace(d.Title)
	switch {
	case title == "":
		problems = append(problems, fault.In("title", "Enter a title"))
	case tooLong(title, TitleLimit):
		problems = append(problems, fault.In("title", "Title must be 80 characters or fewer"))
	}
	if d.Severity != High && d.Severity != Medium && d.Severity != Low {
		problems = append(problems, fault.In("severity", "Select how severe it is"))
	}
	if d.Class != Normal && d.Class != Critical {
		problems = append(problems, fault.In("class", "Select how soon it must be dealt with"))
	}
	if len(d.Steps) == 0 {
		problems = append(problems, fault.In("steps", "Enter at least 1 thing to do"))
	}
	if strings.TrimSpace(d.Why) == "" {
		problems = append(problems, fault.In("why", "Enter why this matters"))
	}
	problems = append(problems, d.checkVocabulary()...)
	problems = append(problems, d.checkHidden()...)
	return problems.OrNil()
}

// Digest stands for everything in the draft, whom it is for included: two
// drafts with the same digest are the same to their readers.
func (d Draft) Digest() string {
	d.Categories, d.Vectors, d.Steps, d.Platforms, d.CVEs, d.Sources = orNone(d.Categories), orNone(d.Vectors), orNone(d.Steps), orNone(d.Platforms), orNone(d.CVEs), orNone(d.Sources)
	return digestOf(d)
}

// orNone makes an empty list an absent one: they are the same to a reader.
func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func digestOf(plain any) string {
	whole, err := json.Marshal(plain)
	if err != nil {
		panic("plain text cannot be written down: " + err.Error()) // strings and lists always can
	}
	sum := sha256.Sum256(whole)
	return hex.EncodeToString(sum[:])
}

// TimeToAct is how long the action may take from issue.
func (d Draft) TimeToAct() time.Duration {
	if d.Class == Critical {
		return ActionWindowCritical
	}
	return ActionWindow
}

// State is where an alert stands on its way to being issued.
type State string

// The states of an alert.
const (
	Drafting State = "draft"
	Waiting  State = "waiting" // for a second publisher
	Issued   State = "issued"
)

// Approval is the second publisher's act that issued the alert.
type Approval struct {
	By string
	At time.Time
}

// Alert is a draft with its history: who wrote it, who approved it, when it
// was issued and when answers and actions are due.
type Alert struct {
	ID          ID
	Number      int64 // nnnn of CC-nnnn; 0 until issued
	Draft       Draft // as it is now; what it was stands in its versions
	Author      string
	DraftedAt   time.Time
	State       State
	Approval    *Approval
	Edition     int64 // number of the newest version; 0 until issued
	AnswerDue   time.Time
	ActionDue   time.Time
	WithdrawnAt time.Time
}

// Name is the number as people say it, or "Draft". A rehearsal says so in its
// name, so that it does wherever the alert is named.
func (a Alert) Name() string { return name(a.Number, a.Draft.Rehearsal) }

func name(number int64, rehearsal bool) string {
	switch {
	case number == 0 && rehearsal:
		return "Draft rehearsal"
	case number == 0:
		return "Draft"
	case rehearsal:
		return fmt.Sprintf("Rehearsal CC-%04d", number)
	}
	return fmt.Sprintf("CC-%04d", number)
}

// Faults of drafting and approval.
var (
	ErrOwnDraft   = fault.New(fault.Forbidden, "You wrote this alert, so someone else must approve it.")
	ErrNotAuthor  = fault.New(fault.Forbidden, "Only the person who wrote this alert can ask for its approval.")
	ErrIssued     = fault.New(fault.Conflict, "This alert has already been issued.")
	ErrNotSent    = fault.New(fault.Conflict, "The author has not sent this alert for approval yet.")
	ErrUnknown    = fault.New(fault.NotFound, "We do not know this alert.")
	ErrOtherWords = fault.New(fault.Conflict, "The alert changed after you opened it. Read it again before you send it.")
	ErrNobody     = fault.New(fault.Invalid, "This alert would reach nobody. Change who it is for.")
)

// Amend replaces the words of an alert that has not been issued. Whoever
// amends becomes its author, so that nobody approves words of their own.
func (a Alert) Amend(pass access.Pass, draft Draft, eventID string, now time.Time) (Alert, event.Event, error) {
	if a.State == Issued {
		return a, event.Event{}, ErrIssued
	}
	if err := draft.Check(); err != nil {
		return a, event.Event{}, err
	}
	a.Draft, a.Author, a.State = draft, pass.Who().ID, Drafting
	return a, event.New(eventID, pass, now, "alert drafted", a.thing(), "Drafted an alert: "+draft.Title), nil
}

// Submit asks the other publishers for approval.
func (a Alert) Submit(pass access.Pass, eventID string, now time.Time) (Alert, event.Event, error) {
	if a.State == Issued {
		return a, event.Event{}, ErrIssued
	}
	if a.Author != pass.Who().ID { // else one person could send off and approve what its author has not finished
		return a, event.Event{}, ErrNotAuthor
	}
	a.State = Waiting
	return a, event.New(eventID, pass, now, "alert sent for approval", a.thing(), "Sent an alert for approval: "+a.Draft.Title), nil
}

// Issue is the second publisher's approval: it sets the moment of issue and
// both deadlines, once.
func (a Alert) Issue(pass access.Pass, number int64, eventID string, now time.Time) (Alert, event.Event, error) {
	switch {
	case a.State == Issued:
		return a, event.Event{}, ErrIssued
	case a.State == Drafting:
		return a, event.Event{}, ErrNotSent
	case a.Author == pass.Who().ID:
		return a, event.Event{}, ErrOwnDraft
	}
	a.State, a.Number, a.Edition = Issued, number, 1
	a.Approval = &Approval{By: pass.Who().ID, At: now}
	a.AnswerDue, a.ActionDue = now.Add(AnswerWindow), now.Add(a.Draft.TimeToAct())
	return a, event.New(eventID, pass, now, "alert issued", a.thing(), a.Name()+" issued: "+a.Draft.Title).Vouching(a.First("").Digest()), nil
}

func (a Alert) thing() string { return a.ID.thing() }

func (id ID) thing() string { return "alert/" + string(id) }

package attestation

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// CommitmentID names a commitment.
type CommitmentID string

// Fate is what became of a commitment.
type Fate string

// The fates. A commitment that is moved stays open, with a later date.
const (
	StillOpen Fate = "open"
	Done      Fate = "done"
	NotNeeded Fate = "not needed"
)

// Known tells whether the fate is one of ours.
func (f Fate) Known() bool { return f == StillOpen || f == Done || f == NotNeeded }

// Commitment is what a chief executive promised under a qualification: an
// exception of a signed statement, kept in view until it is done. What was
// signed never changes; what became of it is a list of steps.
type Commitment struct {
	ID           CommitmentID
	Organisation organisation.Code
	Statement    ID
	Signature    string
	Period       string // of the statement
	Part         int
	What         string
	Doing        string
	Who          string
	FirstBy      organisation.Day // as signed
	By           organisation.Day // in force
	Fate         Fate
	MadeAt       time.Time
	Steps        []Step // oldest first
}

// Step is one thing that became of a commitment.
type Step struct {
	ID       string
	Fate     Fate
	Was, Is  organisation.Day // the dates, when it was moved
	Note     string
	Evidence evidence.ID // that shows it; empty for none
	By       string      // who said so
	At       time.Time
}

// Late tells whether an open commitment is past its day.
func (c Commitment) Late(now time.Time) bool {
	return c.Fate == StillOpen && c.By < organisation.DayOf(now)
}

func (c Commitment) thing() string { return "commitment/" + string(c.ID) }

// Account is how a statement accounts for one open commitment.
type Account struct {
	Commitment CommitmentID     `json:"commitment"`
	How        Fate             `json:"how"`
	Note       string           `json:"note"`
	By         organisation.Day `json:"by,omitempty"`
	Evidence   evidence.ID      `json:"evidence,omitempty"`
}

// commitmentYears bounds how far ahead a commitment can be moved.
const commitmentYears = 1

// Check finds what is missing from an account, at a moment.
func (a Account) Check(c Commitment, now time.Time) error {
	var problems fault.Problems
	today, limit := organisation.DayOf(now), organisation.DayOf(now.AddDate(commitmentYears, 0, 0))
	switch a.How {
	case Done:
		if a.Note == "" {
			problems = append(problems, fault.In("note", "Enter what was done, and what shows it"))
		}
	case StillOpen:
		if a.Note == "" {
			problems = append(problems, fault.In("note", "Enter why it needs a new date"))
		}
		switch {
		case a.By == "":
			problems = append(problems, fault.In("by", "Enter the new date"))
		case a.By < today:
			problems = append(problems, fault.In("by", "The new date must be today or later"))
		case a.By >= limit:
			problems = append(problems, fault.In("by", "The new date must be before "+limit.Word()))
		case a.By < c.By:
			problems = append(problems, fault.In("by", "The new date must not be earlier than "+c.By.Word()))
		}
	case NotNeeded:
		if a.Note == "" {
			problems = append(problems, fault.In("note", "Enter why it is no longer needed"))
		}
	default:
		problems = append(problems, fault.In("how", "Select what became of it"))
	}
	return append(problems, line("note", "What you wrote", a.Note, whyLimit)...).OrNil()
}

// ErrCommitment says that there is no such commitment, or not here.
var ErrCommitment = fault.New(fault.NotFound, "We do not know this commitment.")

// ErrSettled says that a commitment is not open any more.
var ErrSettled = fault.New(fault.Conflict, "This commitment is not open any more.")

// Settle applies an account to the commitment: done, moved, or not needed.
func (c Commitment) Settle(pass access.Pass, a Account, stepID, eventID string, now time.Time) (Commitment, Step, event.Event, error) {
	a.Note = Tidy(a.Note)
	if c.Fate != StillOpen {
		return c, Step{}, event.Event{}, ErrSettled
	}
	if err := a.Check(c, now); err != nil {
		return c, Step{}, event.Event{}, err
	}
	step := Step{ID: stepID, Fate: a.How, Note: a.Note, Evidence: a.Evidence, By: pass.Who().Name, At: now}
	kind, detail := "commitment done", "Commitment done: "
	switch a.How {
	case StillOpen:
		step.Was, step.Is = c.By, a.By
		c.By = a.By
		kind, detail = "commitment moved", "Commitment moved to "+a.By.Word()+": "
	case NotNeeded:
		kind, detail = "commitment dropped", "Commitment no longer needed: "
	}
	c.Fate, c.Steps = a.How, append(slices.Clone(c.Steps), step)
	return c, step, event.New(eventID, pass, now, kind, c.thing(), detail+c.name()).Recording(c.Record()), nil
}

// commitmentMark begins the record of a commitment, version 1.
const commitmentMark = "countersign commitment record 1"

// Record writes down a commitment as it was signed, and what became of it, step
// by step.
func (c Commitment) Record() string {
	fields := []event.Field{{Name: "commitment", Value: string(c.ID)}, {Name: "organisation", Value: string(c.Organisation)}, {Name: "statement", Value: string(c.Statement)}, {Name: "signature", Value: c.Signature},
		{Name: "period", Value: c.Period}, {Name: "part", Value: number(c.Part)}, {Name: "what", Value: c.What}, {Name: "doing", Value: c.Doing}, {Name: "who", Value: c.Who},
		{Name: "first by", Value: string(c.FirstBy)}, {Name: "by", Value: string(c.By)}, {Name: "fate", Value: string(c.Fate)}, event.At("made", c.MadeAt)}
	steps := slices.SortedFunc(slices.Values(c.Steps), func(a, b Step) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	for i, s := range steps {
		name := "step " + number(i+1)
		fields = append(fields, event.Field{Name: name, Value: s.ID}, event.Field{Name: name + " fate", Value: string(s.Fate)}, event.Field{Name: name + " was by", Value: string(s.Was)}, event.Field{Name: name + " is by", Value: string(s.Is)},
			event.Field{Name: name + " note", Value: s.Note}, event.Field{Name: name + " evidence", Value: string(s.Evidence)}, event.Field{Name: name + " said by", Value: s.By}, event.At(name+" said", s.At))
	}
	return event.Record(commitmentMark, fields...)
}

func (c Commitment) name() string {
	return "part " + number(c.Part) + " of the " + c.Period + " statement"
}

// AccountFor keeps how the statement accounts for one open commitment. It takes
// effect when the statement is signed.
func (s Statement) AccountFor(pass access.Pass, held Position, a Account, eventID string, now time.Time) (Statement, event.Event, error) {
	i := slices.IndexFunc(held.Commitments, func(c Commitment) bool { return c.ID == a.Commitment })
	if i < 0 {
		return s, event.Event{}, ErrMoved
	}
	a.Note = Tidy(a.Note)
	if a.How != StillOpen {
		a.By = ""
	}
	if err := a.Check(held.Commitments[i], now); err != nil {
		return s, event.Event{}, err
	}
	kept := slices.DeleteFunc(slices.Clone(s.Prepared.Accounts), func(was Account) bool { return was.Commitment == a.Commitment })
	s.Prepared.Accounts = append(kept, a)
	return s.prepared(pass, "a commitment accounted for", eventID, now)
}

// Account gives how a commitment was accounted for, if it was.
func (p Preparation) Account(id CommitmentID) (Account, bool) {
	i := slices.IndexFunc(p.Accounts, func(a Account) bool { return a.Commitment == id })
	if i < 0 {
		return Account{}, false
	}
	return p.Accounts[i], true
}

// Committed is one commitment that a signature makes or settles, with its event.
type Committed struct {
	Commitment Commitment // as it stands then, the step included
	Step       *Step      // nil for one that is made
	Event      event.Event
}

// Commit gives what a signature makes of commitments: each exception becomes
// one, and each that the words account for is settled, as it stands in the
// transaction. One settled meanwhile is left alone.
func (c Ceremony) Commit(pass access.Pass, g Signature, newID func() string) ([]Committed, error) {
	var all []Committed
	for _, e := range g.Exceptions {
		made := Commitment{ID: CommitmentID(newID()), Organisation: g.Organisation, Statement: g.Statement, Signature: g.ID, Period: c.Statement.Period,
			Part: e.Part, What: e.What, Doing: e.Doing, Who: e.Who, FirstBy: e.By, By: e.By, Fate: StillOpen, MadeAt: g.SignedAt}
		all = append(all, Committed{Commitment: made, Event: event.New(newID(), pass, g.SignedAt, "commitment made", made.thing(), "Commitment made, to be kept by "+e.By.Word()+": "+made.name()).Recording(made.Record())})
	}
	if !c.Statement.Settles() {
		return all, nil
	}
	words, err := ParseWords(c.Statement.Words)
	if err != nil {
		return nil, err
	}
	for _, was := range c.Open {
		i := slices.IndexFunc(words.Settled, func(s Settled) bool { return s.Commitment == string(was.ID) })
		if i < 0 {
			continue
		}
		said := words.Settled[i]
		account, _ := c.Statement.Prepared.Account(was.ID)
		step := Step{ID: newID(), Fate: said.How, Note: said.Note, Evidence: account.Evidence, By: g.SignerName, At: g.SignedAt}
		if said.How == StillOpen {
			step.Was, step.Is = was.By, max(said.By, was.By)
			was.By = step.Is
		}
		was.Fate, was.Steps = said.How, append(slices.Clone(was.Steps), step)
		e := event.New(newID(), pass, g.SignedAt, "commitment accounted for", was.thing(), "Accounted for in the "+c.Statement.Period+" statement: "+was.name())
		all = append(all, Committed{Commitment: was, Step: &step, Event: e.Recording(was.Record())})
	}
	return all, nil
}

// Settles tells whether the words account for commitments, without reading
// them whole.
func (s Statement) Settles() bool { return strings.Contains(s.Words, "\ncommitment 1: ") }

func number(n int) string { return strconv.Itoa(n) }

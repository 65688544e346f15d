package identity

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ActingID names a request for an acting chief executive.
type ActingID string

// ActingState is where such a request stands.
type ActingState string

// The states of a request. One that was confirmed made an appointment, which
// ends by itself.
const (
	ActingWaits     ActingState = "waiting"
	ActingConfirmed ActingState = "confirmed"
	ActingRefused   ActingState = "refused"
	ActingWithdrawn ActingState = "withdrawn"
)

// Acting is a trust's request that somebody of its board stands in for its
// chief executive, and what a regulator made of it. Nothing changes until it is
// confirmed. Who asked and who decided are both kept.
type Acting struct {
	ID           ActingID
	Organisation organisation.Code
	Person       PersonID
	Name         string
	From, To     organisation.Day // both included
	Reason       string
	AskedBy      PersonID
	AskedName    string
	AskedAt      time.Time
	State        ActingState
	DecidedBy    PersonID
	DecidedName  string
	DecidedAt    time.Time
	Why          string    // of a refusal
	Appointment  string    // the confirmation made
	EndedAt      time.Time // before its last day; zero when it runs, or ran, to the end
	EndedName    string
}

// Term is the appointment a request asks for. It begins no earlier than it is
// confirmed.
func (a Acting) Term() access.Appointment {
	from, to := a.From.Start(), a.To.Next().Start()
	if from.Before(a.DecidedAt) {
		from = a.DecidedAt
	}
	if !a.EndedAt.IsZero() && a.EndedAt.Before(to) {
		to = a.EndedAt
	}
	return access.Appointment{Office: access.ChiefExecutive, Organisation: a.Organisation, From: from, To: to, Acting: true}
}

// Runs tells whether the person acts at the instant by this request.
func (a Acting) Runs(at time.Time) bool { return a.State == ActingConfirmed && a.Term().Holds(at) }

// Endable tells whether there is something left to withdraw or end.
func (a Acting) Endable(at time.Time) bool {
	return a.State == ActingWaits || a.State == ActingConfirmed && a.EndedAt.IsZero() && at.Before(a.Term().To)
}

// actingMark begins the record of a request, version 1 (docs/attestation.md).
const actingMark = "countersign acting request record 1"

// Record writes down a request and what became of it.
func (a Acting) Record() string {
	return event.Record(actingMark, event.Field{Name: "request", Value: string(a.ID)}, event.Field{Name: "organisation", Value: string(a.Organisation)},
		event.Field{Name: "person", Value: string(a.Person)}, event.Field{Name: "name", Value: a.Name}, event.Field{Name: "from", Value: string(a.From)}, event.Field{Name: "to", Value: string(a.To)},
		event.Field{Name: "reason", Value: a.Reason}, event.Field{Name: "asked by", Value: string(a.AskedBy)}, event.Field{Name: "asked name", Value: a.AskedName}, event.At("asked", a.AskedAt),
		event.Field{Name: "state", Value: string(a.State)}, event.Field{Name: "decided by", Value: string(a.DecidedBy)}, event.Field{Name: "decided name", Value: a.DecidedName}, event.At("decided", a.DecidedAt),
		event.Field{Name: "why", Value: a.Why}, event.Field{Name: "appointment", Value: a.Appointment}, event.At("ended", a.EndedAt), event.Field{Name: "ended name", Value: a.EndedName})
}

// Steps counts what was done about a request: it was asked, perhaps decided or
// withdrawn, perhaps ended. Each has its event.
func (a Acting) Steps() int {
	n := 1
	for _, at := range []time.Time{a.DecidedAt, a.EndedAt} {
		if !at.IsZero() {
			n++
		}
	}
	return n
}

// Thing is how events name the request.
func (a Acting) Thing() string { return "acting/" + string(a.ID) }

func (a Acting) term() string { return "from " + a.From.Word() + " until " + a.To.Word() }

// Board are the offices whose holders can be asked for: executive directors
// and others of the board, never those who keep the trust's papers.
var Board = []access.Office{access.SIRO, access.CaldicottGuardian, access.BoardCyberLead, access.BoardMember}

// ActingLimit is the longest an acting chief executive can be asked for, in
// months. Longer is an appointment, and made as one.
const ActingLimit = 6

// Faults of asking for an acting chief executive, and of deciding on it.
var (
	ErrActingUnknown = fault.New(fault.NotFound, "We do not know this request.")
	ErrActingWaits   = fault.New(fault.Conflict, "A request of your trust waits for the national team already. Withdraw it first, or wait for the decision.")
	ErrActingDecided = fault.New(fault.Conflict, "This request has been decided or withdrawn. Nothing has changed. This is how it stands now.")
	// ErrActingUnvouched: somebody has written or changed it past the portal.
	ErrActingUnvouched = fault.New(fault.Conflict, "This request is not as it was recorded. Nothing has changed, and nobody can decide on it. Tell whoever runs this service: somebody may have written it into the database.")
	ErrActingOver      = fault.New(fault.Conflict, "This acting appointment has ended already.")
	ErrHandsOn         = fault.New(fault.Forbidden, "You are acting chief executive yourself. Only the chief executive or the company secretary can ask for somebody to act.")
	ErrOwnActing       = fault.New(fault.Forbidden, "You asked for this, are named in it, or belong to this trust. Somebody else of the national team must decide.")
	ErrActingPast      = fault.New(fault.Conflict, "The last day of this request is over, so it cannot be confirmed. Refuse it, and say so.")
	ErrActingLeft      = fault.New(fault.Conflict, "The person this asks for is not on the trust’s board any more. Refuse it, and say so.")
)

// Post is an appointment at a trust with the name of who holds it.
type Post struct {
	Held
	Name string
}

// ActingGround is what decides on a request: every appointment at the trust and
// everything it asked before, newest first.
type ActingGround struct {
	Posts   []Post
	Earlier []Acting
}

// Candidates lists who can be asked for at an instant, each once: the board,
// without whoever is chief executive and whoever asks.
func (g ActingGround) Candidates(who access.Actor, at time.Time) []Person {
	var list []Person
	for _, p := range g.Posts {
		person := Person{ID: p.Person, Name: p.Name}
		if p.Person != PersonID(who.ID) && g.onBoard(p.Person, at) && !slices.Contains(list, person) {
			list = append(list, person)
		}
	}
	slices.SortFunc(list, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (g ActingGround) onBoard(person PersonID, at time.Time) bool {
	board := false
	for _, p := range g.Posts {
		if p.Person != person || !p.Holds(at) {
			continue
		}
		if p.Office.Sole() && !p.Acting {
			return false // signs already
		}
		board = board || slices.Contains(Board, p.Office)
	}
	return board
}

// taken finds who acts already in any part of a term.
func (g ActingGround) taken(term access.Appointment) (Post, bool) {
	for _, p := range g.Posts {
		never := !p.To.IsZero() && !p.From.Before(p.To) // ended before it began
		if p.Office.Sole() && p.Acting && !never && overlap(p.Appointment, term) {
			return p, true
		}
	}
	return Post{}, false
}

// Actor is who acts for the chief executive at an instant, if anybody does.
func (g ActingGround) Actor(at time.Time) (Post, bool) {
	i := slices.IndexFunc(g.Posts, func(p Post) bool { return p.Office.Sole() && p.Acting && p.Holds(at) })
	if i < 0 {
		return Post{}, false
	}
	return g.Posts[i], true
}

// Waiting is the request that waits, if one does.
func (g ActingGround) Waiting() (Acting, bool) {
	i := slices.IndexFunc(g.Earlier, func(a Acting) bool { return a.State == ActingWaits })
	if i < 0 {
		return Acting{}, false
	}
	return g.Earlier[i], true
}

// ActingDraft is what somebody at a trust asks for.
type ActingDraft struct {
	Person   PersonID
	From, To organisation.Day
	Reason   string
}

// Ask makes a request of a draft. Whoever only acts hands nothing on (abuse
// case T30), and nobody asks for themselves (abuse case T34).
func (d ActingDraft) Ask(pass access.Pass, g ActingGround, id ActingID, eventID string, now time.Time) (Acting, event.Event, error) {
	who := pass.Who()
	if err := g.mayAsk(who, pass.In(), now); err != nil {
		return Acting{}, event.Event{}, err
	}
	if _, waits := g.Waiting(); waits {
		return Acting{}, event.Event{}, ErrActingWaits
	}
	candidates := g.Candidates(who, now)
	at := slices.IndexFunc(candidates, func(p Person) bool { return p.ID == d.Person })
	if err := d.check(at >= 0, g, pass.In(), now); err != nil {
		return Acting{}, event.Event{}, err
	}
	a := Acting{ID: id, Organisation: pass.In(), Person: d.Person, Name: candidates[at].Name, From: d.From, To: d.To, Reason: d.Reason,
		AskedBy: PersonID(who.ID), AskedName: who.Name, AskedAt: now, State: ActingWaits}
	return a, event.New(eventID, pass, now, "acting chief executive asked for", a.Thing(), a.Name+" asked for as acting chief executive "+a.term()).Recording(a.Record()), nil
}

// mayAsk refuses whoever only acts, and whose office ended meanwhile.
func (g ActingGround) mayAsk(who access.Actor, org organisation.Code, at time.Time) error {
	var held []access.Appointment
	for _, p := range g.Posts {
		if p.Person == PersonID(who.ID) {
			held = append(held, p.Appointment)
		}
	}
	chief, acting := access.Capacity(held, org, at)
	secretary, _ := access.InOffice(held, access.CompanySecretary, org, at)
	switch {
	case secretary || chief && !acting:
		return nil
	case acting:
		return ErrHandsOn
	}
	return access.ErrForbidden
}

func (d ActingDraft) check(known bool, g ActingGround, org organisation.Code, now time.Time) error {
	var problems fault.Problems
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	today := organisation.DayOf(now)
	add(!known, "person", "Select who will act")
	add(d.From == "", "from", "Enter the first day")
	add(d.From != "" && d.From < today, "from", "The first day must be today or later")
	add(d.To == "", "to", "Enter the last day")
	add(d.To != "" && d.To < d.From, "to", "The last day must be the first day or later")
	if d.From != "" && d.To >= d.From {
		limit := organisation.DayOf(d.From.Start().In(organisation.London).AddDate(0, ActingLimit, 0))
		add(d.To >= limit, "to", "The last day must be before "+limit.Word()+". For longer, have a chief executive appointed")
		from := d.From.Start()
		if from.Before(now) { // and so after whoever was ended earlier today
			from = now
		}
		term := access.Appointment{Organisation: org, From: from, To: d.To.Next().Start()}
		if p, taken := g.taken(term); taken {
			add(true, "from", p.Name+" acts from "+dayOf(p.From)+until(p.To)+". Choose days that do not overlap")
		}
	}
	switch n := utf8.RuneCountInString(d.Reason); {
	case n == 0:
		add(true, "reason", "Enter why somebody must act")
	case n > 500:
		add(true, "reason", "The reason must be 500 characters or fewer")
	case strings.ContainsFunc(d.Reason, func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) }):
		add(true, "reason", "The reason holds hidden characters. Remove them or type it again")
	}
	return problems.OrNil()
}

// Confirm makes the appointment a request asks for. Whoever asked, is named or
// belongs to the trust cannot (abuse cases T30 and T34).
func (a Acting) Confirm(pass access.Pass, g ActingGround, appointment, eventID string, now time.Time) (Acting, Held, event.Event, error) {
	none := func(err error) (Acting, Held, event.Event, error) { return a, Held{}, event.Event{}, err }
	if err := a.decidable(pass); err != nil {
		return none(err)
	}
	is := a
	is.State, is.DecidedBy, is.DecidedName, is.DecidedAt, is.Appointment = ActingConfirmed, PersonID(pass.Who().ID), pass.Who().Name, now, appointment
	term := is.Term()
	if !now.Before(term.To) {
		return none(ErrActingPast)
	}
	if !g.onBoard(a.Person, now) {
		return none(ErrActingLeft)
	}
	if p, taken := g.taken(term); taken {
		return none(fault.New(fault.Conflict, p.Name+" acts from "+dayOf(p.From)+until(p.To)+", which overlaps. Nothing has been confirmed."))
	}
	e := event.New(eventID, pass, now, "acting chief executive confirmed", a.Thing(), a.Name+" confirmed as acting chief executive "+a.term()+", as "+a.AskedName+" asked").For(a.Organisation).Recording(is.Record())
	return is, Held{ID: appointment, Person: a.Person, Appointment: term}, e, nil
}

// Refuse ends a request without an appointment, with a reason the trust reads.
func (a Acting) Refuse(pass access.Pass, why, eventID string, now time.Time) (Acting, event.Event, error) {
	if err := a.decidable(pass); err != nil {
		return a, event.Event{}, err
	}
	switch n := utf8.RuneCountInString(why); {
	case n == 0:
		return a, event.Event{}, fault.In("why", "Enter why you refuse. The trust reads it")
	case n > 500:
		return a, event.Event{}, fault.In("why", "The reason must be 500 characters or fewer")
	}
	a.State, a.DecidedBy, a.DecidedName, a.DecidedAt, a.Why = ActingRefused, PersonID(pass.Who().ID), pass.Who().Name, now, why
	return a, event.New(eventID, pass, now, "acting chief executive refused", a.Thing(), a.Name+" not confirmed as acting chief executive").For(a.Organisation).Recording(a.Record()), nil
}

func (a Acting) decidable(pass access.Pass) error {
	switch {
	case a.State != ActingWaits:
		return ErrActingDecided
	case a.Mine(pass.Who()):
		return ErrOwnActing
	}
	return nil
}

// Mine tells whether somebody is too near to decide: they asked, are named, or
// belong to the trust.
func (a Acting) Mine(who access.Actor) bool {
	belongs := slices.ContainsFunc(who.Current(), func(held access.Appointment) bool { return held.Organisation == a.Organisation })
	return PersonID(who.ID) == a.AskedBy || PersonID(who.ID) == a.Person || belongs
}

// End withdraws a request that waits, or ends an acting appointment before its
// last day. Taking a right away needs no second person.
func (a Acting) End(pass access.Pass, eventID string, now time.Time) (Acting, event.Event, error) {
	who := pass.Who()
	if a.State == ActingWaits {
		a.State, a.DecidedBy, a.DecidedName, a.DecidedAt = ActingWithdrawn, PersonID(who.ID), who.Name, now
		return a, event.New(eventID, pass, now, "acting chief executive withdrawn", a.Thing(), "The request for "+a.Name+" as acting chief executive withdrawn").Recording(a.Record()), nil
	}
	if !a.Endable(now) {
		return a, event.Event{}, ErrActingOver
	}
	a.EndedAt, a.EndedName = now, who.Name
	return a, event.New(eventID, pass, now, "acting chief executive ended", a.Thing(), a.Name+" is no longer acting chief executive").Recording(a.Record()), nil
}

package notification

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ErrUnknown says that there is no such message, or none of this organisation.
var ErrUnknown = fault.New(fault.NotFound, "Page not found.")

// Store keeps messages and the work of sending them. Add writes each message
// with its work, or neither, and leaves out whom the same was written to
// before; AddSpaced does so for organisations that got none of the same thing
// and purpose since an instant, and names the others. Begin, End and Wait are
// fenced by the message's attempts: ErrLost when somebody else has begun it
// meanwhile.
type Store interface {
	Messages
	Contacted
	Webhooked
	Places(ctx context.Context, pass access.Pass, id alert.ID, at time.Time) ([]Place, error)
	Place(ctx context.Context, pass access.Pass, at time.Time) (Place, error)
	Everywhere(ctx context.Context, pass access.Pass, at time.Time) ([]Place, error)
	Team(ctx context.Context, pass access.Pass, at time.Time) (Place, error)
	Owed(ctx context.Context, pass access.Pass, from, answerBy, updateBy, acceptedBy time.Time) ([]Owed, error)
	ToldOf(ctx context.Context, pass access.Pass, thing string) (map[ToldAt]bool, error)
	OwedStatements(ctx context.Context, pass access.Pass, from, by time.Time) ([]OwedStatement, error)
	News(ctx context.Context, pass access.Pass, from, to time.Time, days []organisation.Day) ([]News, error)
	Deliveries(ctx context.Context, pass access.Pass, id alert.ID) (map[organisation.Code]Delivery, error)
}

// Messages keeps the messages themselves.
type Messages interface {
	Add(ctx context.Context, pass access.Pass, messages []Message, more []Work, events []event.Event) (int, error)
	AddSpaced(ctx context.Context, pass access.Pass, since time.Time, messages []Message, events []event.Event) (int, []organisation.Code, error)
	Message(ctx context.Context, pass access.Pass, id string) (Message, error)
	Of(ctx context.Context, pass access.Pass, since time.Time, limit int) ([]Message, error)
	Begin(ctx context.Context, pass access.Pass, m Message) (Message, error)
	End(ctx context.Context, pass access.Pass, m Message, events []event.Event) error
	Wait(ctx context.Context, pass access.Pass, m Message) error
}

// Contacted keeps extra contacts, and knows how well organisations can be
// told: the decision's own, or all of them under a national one.
type Contacted interface {
	Contacts(ctx context.Context, pass access.Pass) ([]Contact, error)
	AddContact(ctx context.Context, pass access.Pass, c Contact, e event.Event, check func(there []Contact) error) error
	RemoveContact(ctx context.Context, pass access.Pass, id string, at time.Time, e event.Event) error
	Health(ctx context.Context, pass access.Pass, at time.Time) (Health, error)
}

// Alerts finds alerts and responses to them.
type Alerts interface {
	Find(ctx context.Context, pass access.Pass, id alert.ID) (alert.Alert, error)
	Versions(ctx context.Context, pass access.Pass, id alert.ID) ([]alert.Version, error)
	Response(ctx context.Context, pass access.Pass, id alert.ID) (alert.Response, int64, error)
	ResponsesTo(ctx context.Context, pass access.Pass, id alert.ID) ([]alert.Response, error)
}

// Service tells people what they must know. Write makes the letter people
// read; Post is nil where no mail server is set, and messages wait. Call and
// Secret are how webhooks are called.
type Service struct {
	Store      Store
	Alerts     Alerts
	Requests   Requests
	Statements Statements
	Write      func(m Message) (Letter, error)
	Post       Post
	Call       Caller
	Secret     func() string
	Base       string // address of the portal, for systems that are told
	Now        func() time.Time
	NewID      func() string
}

// notifier is the portal's own actor that tells people.
var notifier = access.PortalActor("notifier")

// Tell writes the messages that an alert was issued, or has a new version: one
// to each person to be told at each organisation it reached. Told again, it
// writes none twice.
func (s *Service) Tell(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	a, err := s.Alerts.Find(ctx, pass, about.Alert)
	if errors.Is(err, alert.ErrUnknown) {
		return Hopeless{err}
	} else if err != nil {
		return err
	}
	now := s.Now()
	said := Announced(a)
	if about.Version > 0 {
		v, err := s.version(ctx, pass, a.ID, about.Version)
		if err != nil {
			return err
		}
		said = AnnouncedChange(a, v, v.Approval.At)
	}
	places, err := s.Store.Places(ctx, pass, a.ID, now)
	if err != nil {
		return err
	}
	messages, events := s.tellings(pass, a, places, said, now)
	calls, err := s.calls(ctx, pass, w, about)
	if err != nil {
		return err
	}
	_, err = s.Store.Add(ctx, pass, messages, calls, events)
	return err
}

// tellings makes the messages about an alert to everybody it reached, and an
// event for each organisation.
func (s *Service) tellings(pass access.Pass, a alert.Alert, places []Place, said Message, now time.Time) (messages []Message, events []event.Event) {
	for _, place := range places {
		m := said.At(place.Code, place.Name)
		made := s.letters(place.Code, m.Thing, m.Purpose, m.Turn, place.Everyone(), m.Facts, now)
		messages = append(messages, made...)
		detail := fmt.Sprintf("%s goes to %s by email", a.Name(), people(len(made)))
		if len(made) == 0 {
			detail = "Nobody could be told of " + a.Name() + " by email: no address is on record"
		}
		events = append(events, event.New(s.NewID(), pass, now, "people told", alertThing(a.ID), detail).For(place.Code))
	}
	return messages, events
}

// letters makes one message to each recipient.
func (s *Service) letters(org organisation.Code, thing string, purpose Purpose, turn string, to []Recipient, facts Facts, now time.Time) []Message {
	var list []Message
	for _, recipient := range to {
		list = append(list, Message{ID: s.NewID(), Organisation: org, Thing: thing, Purpose: purpose, Turn: turn, Recipient: recipient, Facts: facts, State: Waiting, MadeAt: now})
	}
	return list
}

// Send hands one message to the mail server. What it says of the message is
// recorded even when the portal is being stopped meanwhile. A message that was
// begun before and not recorded is in doubt: it is sent again under the same
// Message-ID, because being told twice harms nobody and not being told can.
func (s *Service) Send(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, about.Organisation)
	if err != nil {
		return Hopeless{err}
	}
	m, err := s.Store.Message(ctx, pass, about.Message)
	if errors.Is(err, ErrUnknown) {
		return Hopeless{fmt.Errorf("find message %s: %w", about.Message, err)}
	} else if err != nil || !m.EndedAt.IsZero() {
		return err
	}
	if needless, err := s.needless(ctx, pass, m); err != nil {
		return err
	} else if needless {
		m.State, m.EndedAt = NotNeeded, s.Now()
		return s.Store.End(ctx, pass, m, nil)
	}
	if m.State == Waiting && s.Now().Sub(m.MadeAt) > Stale {
		m.State, m.EndedAt, m.Reply = Refused, s.Now(), "It could not be handed over for 5 days"
		return s.Store.End(ctx, pass, m, []event.Event{s.undelivered(pass, m)})
	}
	letter, err := s.Write(m)
	if err != nil {
		return fmt.Errorf("write message %s: %w", m.ID, err)
	}
	if m, err = s.Store.Begin(ctx, pass, m); err != nil {
		return err
	}
	return s.sent(context.WithoutCancel(ctx), pass, m, s.Post.Send(ctx, m, letter), w.Last)
}

// sent records what became of a message.
func (s *Service) sent(ctx context.Context, pass access.Pass, m Message, failure error, last bool) error {
	now := s.Now()
	if failure == nil {
		m.State, m.EndedAt, m.Reply = HandedOver, now, ""
		return s.Store.End(ctx, pass, m, nil)
	}
	refusal, refused := errors.AsType[*Refusal](failure)
	if refused {
		m.Reply = fmt.Sprintf("%d %s", refusal.Code, refusal.Text)
	} else {
		m.Reply = "The mail server could not be reached"
	}
	if refused && refusal.Permanent || last {
		m.State, m.EndedAt = Refused, now
		if err := s.Store.End(ctx, pass, m, []event.Event{s.undelivered(pass, m)}); err != nil || refused && refusal.Permanent {
			return err
		}
		return failure
	}
	if err := s.Store.Wait(ctx, pass, m); err != nil {
		return errors.Join(err, failure)
	}
	return failure
}

// Stale is how old a letter is before it says nothing of use any more.
const Stale = 5 * 24 * time.Hour

func (s *Service) undelivered(pass access.Pass, m Message) event.Event {
	return event.New(s.NewID(), pass, s.Now(), "message refused", m.Thing, "A message to one person could not be delivered")
}

// needless tells whether a reminder speaks of a deadline that does not run any
// more: the answer or update came, a newer version moved it, or the alert was
// withdrawn.
func (s *Service) needless(ctx context.Context, pass access.Pass, m Message) (bool, error) {
	if !pass.National() && (m.Purpose == StatementDue || m.Purpose == StatementLate) {
		return s.settled(ctx, pass, m)
	}
	if m.Purpose == CoSignAsked || m.Purpose == CoSigned {
		return s.signed(ctx, pass, m)
	}
	if pass.National() || !slices.Contains([]Purpose{Reminder, Overdue, Lapsed, Expiry}, m.Purpose) {
		return false, nil
	}
	r, _, err := s.Alerts.Response(ctx, pass, alert.ID(m.Thing[len("alert/"):]))
	if err != nil {
		return false, err
	}
	now := s.Now()
	if m.Purpose == Lapsed {
		return !r.Lapsed(now) || !r.NextUpdateDue.Equal(m.Facts.Due), nil
	}
	due, answer := r.Due(now)
	return answer == (m.Purpose == Expiry) || !due.Equal(m.Facts.Due), nil
}

// Deliveries tells, for each organisation an alert reached, how far its
// messages got. An organisation is missing while nobody has looked whom to
// tell there: an alert just issued, or one from before there were messages.
func (s *Service) Deliveries(ctx context.Context, who access.Actor, id alert.ID) (map[organisation.Code]Delivery, error) {
	pass, err := access.Check(who, access.ReadAllResponses, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Deliveries(ctx, pass, id)
}

func alertThing(id alert.ID) string { return "alert/" + string(id) }

func alertPath(org organisation.Code, id alert.ID) string {
	return "/organisations/" + string(org) + "/alerts/" + string(id)
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

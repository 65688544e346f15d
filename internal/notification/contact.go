package notification

import (
	"context"
	"net/mail"
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

// Contact is somebody an organisation wants told of alerts who does not sign
// in, such as a shared mailbox or a supplier's desk.
type Contact struct {
	ID           string
	Organisation organisation.Code
	Recipient
	AddedAt time.Time
}

// contactsLimit is how many an organisation may add.
const contactsLimit = 20

// Faults of keeping contacts.
var (
	ErrContactKnown = fault.In("email", "Enter an email address that is not in the list yet")
	ErrContactsFull = fault.New(fault.Conflict, "Your organisation has 20 extra contacts, which is the most it can have. Remove one first.")
)

// CheckContact finds what is wrong with a name and an address.
func CheckContact(r Recipient) error {
	var problems fault.Problems
	switch n := utf8.RuneCountInString(r.Name); {
	case n == 0:
		problems = append(problems, fault.In("name", "Enter a name"))
	case n > 100 || strings.ContainsFunc(r.Name, unicode.IsControl):
		problems = append(problems, fault.In("name", "The name must be 100 characters or fewer, in one line"))
	}
	switch {
	case r.Address == "":
		problems = append(problems, fault.In("email", "Enter an email address"))
	case !plainAddress(r.Address):
		problems = append(problems, fault.In("email", "Enter an email address in the correct format, like name@example.com"))
	}
	return problems.OrNil()
}

// plainAddress takes one mailbox and nothing around it. Whether it exists is
// for a test to find out.
func plainAddress(address string) bool {
	parsed, err := mail.ParseAddress(address)
	_, domain, _ := strings.Cut(address, "@")
	return err == nil && parsed.Address == address && len(address) <= 254 && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(domain, "[]") &&
		!strings.ContainsFunc(address, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) || r == ' ' || r == '"' })
}

// Kept is whom an organisation's alerts go to, with the contacts it added.
type Kept struct {
	Place
	Added []Contact
}

// Contacts lists whom an organisation's alerts go to, for those who keep it.
func (s *Service) Contacts(ctx context.Context, who access.Actor, org organisation.Code) (Kept, error) {
	pass, err := access.Check(who, access.KeepContacts, org)
	if err != nil {
		return Kept{}, err
	}
	return s.kept(ctx, pass)
}

func (s *Service) kept(ctx context.Context, pass access.Pass) (Kept, error) {
	place, err := s.Store.Place(ctx, pass, s.Now())
	if err != nil {
		return Kept{}, err
	}
	added, err := s.Store.Contacts(ctx, pass)
	return Kept{Place: place, Added: added}, err
}

// AddContact adds somebody to those an organisation's alerts go to.
func (s *Service) AddContact(ctx context.Context, who access.Actor, org organisation.Code, r Recipient) error {
	pass, err := access.Check(who, access.KeepContacts, org)
	if err != nil {
		return err
	}
	r.Name, r.Address = strings.Join(strings.Fields(r.Name), " "), strings.TrimSpace(r.Address)
	if err := CheckContact(r); err != nil {
		return err
	}
	now := s.Now()
	c := Contact{ID: s.NewID(), Organisation: org, Recipient: r, AddedAt: now}
	e := event.New(s.NewID(), pass, now, "alert contact added", "contact/"+c.ID, "Somebody was added to those told of alerts by email")
	return s.Store.AddContact(ctx, pass, c, e, func(there []Contact) error {
		if slices.ContainsFunc(there, func(each Contact) bool { return strings.EqualFold(each.Address, r.Address) }) {
			return ErrContactKnown
		}
		if len(there) >= contactsLimit {
			return ErrContactsFull
		}
		return nil
	})
}

// RemoveContact takes somebody out of those an organisation's alerts go to.
// Removing one who was removed is not an error: it is done.
func (s *Service) RemoveContact(ctx context.Context, who access.Actor, org organisation.Code, id string) error {
	pass, err := access.Check(who, access.KeepContacts, org)
	if err != nil {
		return err
	}
	now := s.Now()
	e := event.New(s.NewID(), pass, now, "alert contact removed", "contact/"+id, "Somebody was taken out of those told of alerts by email")
	return s.Store.RemoveContact(ctx, pass, id, now, e)
}

// Bounce is an address that a mail server refused, and has not taken a message
// for since.
type Bounce struct {
	Organisation organisation.Code
	Recipient
	Purpose Purpose
	Reply   string
	At      time.Time
}

// Reach is how well an organisation can be told.
type Reach struct {
	Code     organisation.Code
	Name     string
	People   int // with an address that works, as far as is known
	Bounces  []Bounce
	TestedAt time.Time // zero when never
}

// Few is how few people are too few.
const Few = 2

// Health is how well every open organisation can be told.
type Health struct {
	Sends  bool // a mail server is set
	Places []Reach
	Dead   []Dead // work that was given up, other than letters
}

// Dead is work that was given up.
type Dead struct {
	Kind  Kind
	Why   string
	Tries int64
	At    time.Time
}

// Health tells how well every open organisation can be told of an alert, those
// that can hardly be told first.
func (s *Service) Health(ctx context.Context, who access.Actor) (Health, error) {
	pass, err := access.Check(who, access.ReadContacts, organisation.National)
	if err != nil {
		return Health{}, err
	}
	health, err := s.Store.Health(ctx, pass, s.Now())
	health.Sends = s.Post != nil
	slices.SortStableFunc(health.Places, func(a, b Reach) int {
		rank := func(r Reach) int {
			switch {
			case r.People < Few:
				return r.People
			case len(r.Bounces) > 0:
				return Few
			}
			return Few + 1
		}
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return health, err
}

// ReachOf is one organisation's part of Health, with whom its alerts go to and
// the newest messages to them.
type ReachOf struct {
	Reach
	Kept
	Messages []Message
	Sends    bool
}

// ReachOf tells how one organisation can be told.
func (s *Service) ReachOf(ctx context.Context, who access.Actor, org organisation.Code) (ReachOf, error) {
	pass, err := access.Check(who, access.ReadContacts, org)
	if err != nil {
		return ReachOf{}, err
	}
	kept, err := s.kept(ctx, pass)
	if err != nil {
		return ReachOf{}, err
	}
	health, err := s.Store.Health(ctx, pass, s.Now())
	if err != nil {
		return ReachOf{}, err
	}
	if len(health.Places) != 1 {
		return ReachOf{}, organisation.ErrUnknown // closed, or none
	}
	messages, err := s.Store.Of(ctx, pass, time.Time{}, 20)
	return ReachOf{Reach: health.Places[0], Kept: kept, Messages: messages, Sends: s.Post != nil}, err
}

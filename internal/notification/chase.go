package notification

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ChaseEvery is how often one organisation may be chased about one alert.
const ChaseEvery = time.Hour

// wordsLimit bounds what a publisher writes in a chase.
const wordsLimit = 1000

// Faults of chasing.
var (
	ErrNobody     = fault.In("to", "Select who you want to chase")
	ErrNotReached = fault.In("to", "Select only organisations that were sent this alert")
)

// Chased says what became of a chase: how many letters were written, and which
// organisations were left out, each for its reason.
type Chased struct {
	Letters  int
	TooSoon  []organisation.Code // chased within the hour before
	Answered []organisation.Code // they have answered meanwhile
	Nobody   []organisation.Code // no address of anybody who could answer is on record
}

// Chase asks organisations to answer an alert, in a publisher's words: one
// letter to each person who can answer there. An organisation is chased at
// most once an hour about one alert, whoever asks (abuse case T83).
func (s *Service) Chase(ctx context.Context, who access.Actor, id alert.ID, to []organisation.Code, words string) (Chased, error) {
	pass, err := access.Check(who, access.ChaseAlert, organisation.National)
	if err != nil {
		return Chased{}, err
	}
	words = strings.TrimSpace(strings.ReplaceAll(words, "\r\n", "\n"))
	if err := checkChase(to, words); err != nil {
		return Chased{}, err
	}
	a, err := s.Alerts.Find(ctx, pass, id)
	if err != nil {
		return Chased{}, err
	} else if !a.WithdrawnAt.IsZero() {
		return Chased{}, alert.ErrWithdrawn
	}
	responses, err := s.Alerts.ResponsesTo(ctx, pass, id)
	if err != nil {
		return Chased{}, err
	}
	places, err := s.Store.Places(ctx, pass, id, s.Now())
	if err != nil {
		return Chased{}, err
	}
	var result Chased
	var messages []Message
	var events []event.Event
	for _, org := range to {
		at := slices.IndexFunc(places, func(p Place) bool { return p.Code == org })
		of := slices.IndexFunc(responses, func(r alert.Response) bool { return r.Organisation == org })
		if at < 0 || of < 0 {
			return Chased{}, ErrNotReached
		}
		due, owes := responses[of].Due(s.Now())
		facts := Facts{Alert: a.Name(), Organisation: places[at].Name, Due: due, Words: words, From: who.Name, Path: alertPath(org, id)}
		made := s.letters(org, alertThing(id), ChaseLetter, s.NewID(), places[at].In(third), facts, s.Now())
		switch {
		case !owes:
			result.Answered = append(result.Answered, org)
		case len(made) == 0:
			result.Nobody = append(result.Nobody, org)
		default:
			messages = append(messages, made...)
			events = append(events, event.New(s.NewID(), pass, s.Now(), "alert chased", alertThing(id), fmt.Sprintf("Asked again to answer %s, by email to %s", a.Name(), people(len(made)))).For(org))
		}
	}
	result.Letters, result.TooSoon, err = s.Store.AddSpaced(ctx, pass, s.Now().Add(-ChaseEvery), messages, events)
	return result, err
}

func checkChase(to []organisation.Code, words string) error {
	var problems fault.Problems
	if len(to) == 0 {
		problems = append(problems, ErrNobody)
	}
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		problems = append(problems, fault.In("words", "Enter what you want to say"))
	case n > wordsLimit:
		problems = append(problems, fault.In("words", "What you say must be 1,000 characters or fewer"))
	}
	return problems.OrNil()
}

// TestEvery is how often a test may be sent to one organisation.
const TestEvery = 10 * time.Minute

// ErrTested refuses a second test soon after the first.
var ErrTested = fault.New(fault.Conflict, "A test was sent there less than 10 minutes ago. Wait for what becomes of it.")

// ErrNoAddress says that nobody there could be tested.
var ErrNoAddress = fault.New(fault.Conflict, "No email address is on record there, so there is nobody to send a test to.")

// TestReach sends one test letter to each person an organisation's alerts
// would go to, and tells how many.
func (s *Service) TestReach(ctx context.Context, who access.Actor, org organisation.Code) (int, error) {
	pass, err := access.Check(who, access.TestContacts, org)
	if err != nil {
		return 0, err
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return 0, err
	}
	made := s.letters(org, "test/"+string(org), Test, s.NewID(), place.Everyone(), Facts{Organisation: place.Name, Path: "/"}, now)
	if len(made) == 0 {
		return 0, ErrNoAddress
	}
	e := event.New(s.NewID(), pass, now, "contacts tested", "organisation/"+string(org), "A test went by email to "+people(len(made)))
	n, soon, err := s.Store.AddSpaced(ctx, pass, now.Add(-TestEvery), made, []event.Event{e})
	if err == nil && len(soon) > 0 {
		err = ErrTested
	}
	return n, err
}

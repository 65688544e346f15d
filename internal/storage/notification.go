package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Notifications keeps the messages that tell people, each with the work of
// sending it.
type Notifications struct{ DB *DB }

// Places lists the organisations an alert reached, each with the people there
// who can be told at an instant.
func (s Notifications) Places(ctx context.Context, pass access.Pass, id alert.ID, at time.Time) ([]notification.Place, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	reached, err := s.DB.read.ListReached(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("list whom %s reached: %w", id, err)
	}
	holders, err := s.DB.read.ListHoldersReached(ctx, gen.ListHoldersReachedParams{Alert: string(id), FromAt: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list holders of office: %w", err)
	}
	contacts, err := s.DB.read.ListContactsReached(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	places, where := make([]notification.Place, len(reached)), make(map[string]int, len(reached))
	for i, r := range reached {
		places[i], where[r.Organisation] = notification.Place{Code: organisation.Code(r.Organisation), Name: r.Name}, i
	}
	for _, h := range holders {
		held, own := s.DB.acts.held(h.Appointment)
		if !own {
			continue
		}
		p := &places[where[h.Appointment.Organisation]]
		p.Holders = append(p.Holders, notification.Holder{Person: string(held.Person), Office: held.Office, Recipient: notification.Recipient{Name: h.Name, Address: h.Email}})
	}
	for _, c := range contacts {
		p := &places[where[c.Organisation]]
		p.Contacts = append(p.Contacts, notification.Recipient{Name: c.Name, Address: c.Email})
	}
	return places, nil
}

// Add writes messages with the work of sending them, more work that goes with
// them, and the events of the organisations for which there was something new.
// It counts the new messages.
func (s Notifications) Add(ctx context.Context, pass access.Pass, messages []notification.Message, more []notification.Work, events []event.Event) (int, error) {
	if err := decided(pass); err != nil {
		return 0, err
	}
	added := 0
	err := s.DB.write(ctx, func(q *queries) error {
		var err error
		if added, err = addMessages(ctx, q, pass, messages, events); err != nil {
			return err
		}
		for _, w := range more {
			if err := addWork(ctx, q, w); err != nil {
				return err
			}
		}
		return nil
	})
	return added, err
}

// AddSpaced is Add for the organisations that got no message about the same
// thing for the same purpose since an instant. It names the others.
func (s Notifications) AddSpaced(ctx context.Context, pass access.Pass, since time.Time, messages []notification.Message, events []event.Event) (int, []organisation.Code, error) {
	if err := decided(pass); err != nil {
		return 0, nil, err
	}
	added, soon := 0, []organisation.Code(nil)
	err := s.DB.lean(ctx, func(q *queries) error { // of two at once, the second sees the first's
		soon = nil
		var kept []notification.Message
		asked := map[organisation.Code]bool{}
		for _, m := range messages {
			if _, known := asked[m.Organisation]; !known {
				n, err := q.CountSince(ctx, gen.CountSinceParams{Thing: m.Thing, Organisation: code(m.Organisation), Purpose: string(m.Purpose), MadeAt: micros(since)})
				if err != nil {
					return fmt.Errorf("count messages to %s: %w", m.Organisation, err)
				}
				if asked[m.Organisation] = n > 0; n > 0 {
					soon = append(soon, m.Organisation)
				}
			}
			if !asked[m.Organisation] {
				kept = append(kept, m)
			}
		}
		var err error
		added, err = addMessages(ctx, q, pass, kept, slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool { return asked[e.Organisation] }))
		return err
	})
	return added, soon, err
}

func addMessages(ctx context.Context, q *queries, pass access.Pass, messages []notification.Message, events []event.Event) (int, error) {
	added := 0
	fresh, asked := map[organisation.Code]bool{}, map[organisation.Code]bool{}
	for _, m := range messages {
		if !pass.National() && m.Organisation != pass.In() {
			return 0, access.ErrNotFound
		}
		asked[m.Organisation] = true
		n, err := addMessage(ctx, q, m)
		if err != nil {
			return 0, err
		}
		added += int(n)
		fresh[m.Organisation] = fresh[m.Organisation] || n > 0
	}
	var said []event.Event
	for _, e := range events {
		if fresh[e.Organisation] || (!asked[e.Organisation] && (added > 0 || len(messages) == 0)) {
			said = append(said, e)
		}
	}
	return added, addEvents(ctx, q, said...)
}

func addMessage(ctx context.Context, q *queries, m notification.Message) (int64, error) {
	n, err := q.AddMessage(ctx, gen.AddMessageParams{ID: m.ID, Key: m.Key(), Organisation: code(m.Organisation), Thing: m.Thing, Purpose: string(m.Purpose), Turn: m.Turn,
		Name: m.Name, Address: m.Address, Facts: encode(m.Facts), MadeAt: micros(m.MadeAt)})
	if err != nil {
		return 0, fmt.Errorf("add message: %w", err)
	}
	if n == 0 {
		return 0, nil // told before
	}
	about := notification.Subject{Message: m.ID, Organisation: m.Organisation}
	return n, addWork(ctx, q, notification.NewWork("message/"+m.ID, notification.SendLetter, about, m.MadeAt))
}

// Message reads a message of the decision's organisation.
func (s Notifications) Message(ctx context.Context, pass access.Pass, id string) (notification.Message, error) {
	row, err := s.DB.read.FindMessage(ctx, gen.FindMessageParams{ID: id, Organisation: code(pass.In())})
	if err != nil {
		return notification.Message{}, found(err, notification.ErrUnknown, "message "+id)
	}
	return toMessage(row)
}

// Of lists the newest messages of the decision's organisation since an instant.
func (s Notifications) Of(ctx context.Context, pass access.Pass, since time.Time, limit int) ([]notification.Message, error) {
	rows, err := s.DB.read.ListMessagesOf(ctx, gen.ListMessagesOfParams{Organisation: code(pass.In()), MadeAt: max(0, micros(since)), Limit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list messages of %s: %w", pass.In(), err)
	}
	list := make([]notification.Message, 0, len(rows))
	for _, row := range rows {
		m, err := toMessage(row)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Begin records that a message is about to be handed over.
func (s Notifications) Begin(ctx context.Context, pass access.Pass, m notification.Message) (notification.Message, error) {
	err := s.keep(ctx, pass, m, nil, func(q *queries) (int64, error) {
		return q.BeginMessage(ctx, gen.BeginMessageParams{ID: m.ID, Organisation: code(pass.In()), Attempts: m.Attempts})
	})
	if err != nil {
		return notification.Message{}, err
	}
	m.State, m.Attempts = notification.Sending, m.Attempts+1
	return m, nil
}

// End records how a message ended, with what is to be said of it.
func (s Notifications) End(ctx context.Context, pass access.Pass, m notification.Message, events []event.Event) error {
	return s.keep(ctx, pass, m, events, func(q *queries) (int64, error) {
		return q.EndMessage(ctx, gen.EndMessageParams{ID: m.ID, Organisation: code(pass.In()), Attempts: m.Attempts, State: string(m.State), Reply: m.Reply, EndedAt: maybeMicros(m.EndedAt)})
	})
}

// Wait records that a message could not be handed over this time.
func (s Notifications) Wait(ctx context.Context, pass access.Pass, m notification.Message) error {
	return s.keep(ctx, pass, m, nil, func(q *queries) (int64, error) {
		return q.WaitMessage(ctx, gen.WaitMessageParams{ID: m.ID, Organisation: code(pass.In()), Attempts: m.Attempts, Reply: m.Reply})
	})
}

func (s Notifications) keep(ctx context.Context, pass access.Pass, m notification.Message, events []event.Event, change func(*queries) (int64, error)) error {
	if pass.Verb() != access.TellPeople {
		return access.ErrNotFound
	}
	return s.DB.write(ctx, func(q *queries) error {
		n, err := change(q)
		if err != nil {
			return fmt.Errorf("change message %s: %w", m.ID, err)
		}
		if n == 0 {
			return notification.ErrLost
		}
		return addEvents(ctx, q, events...)
	})
}

// Owed lists the open responses whose answer is due between two instants, or
// whose promised update between the first and a third, alert by alert.
func (s Notifications) Owed(ctx context.Context, pass access.Pass, from, answerBy, updateBy, acceptedBy time.Time) ([]notification.Owed, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListOwed(ctx, gen.ListOwedParams{DueFrom: micros(from), AnswerBy: micros(answerBy), UpdateBy: maybeMicros(updateBy), AcceptedBy: maybeMicros(acceptedBy)})
	if err != nil {
		return nil, fmt.Errorf("list what is owed: %w", err)
	}
	var list []notification.Owed
	for _, row := range rows {
		r, err := toResponse(row.AlertResponse)
		if err != nil {
			return nil, err
		}
		list = append(list, notification.Owed{Response: r, Number: row.Number.Int64, Rehearsal: row.Rehearsal == 1})
	}
	return list, nil
}

// ToldOf lists where which rungs about a thing were told.
func (s Notifications) ToldOf(ctx context.Context, pass access.Pass, thing string) (map[notification.ToldAt]bool, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListTurnsOf(ctx, thing)
	if err != nil {
		return nil, fmt.Errorf("list what was told of %s: %w", thing, err)
	}
	told := map[notification.ToldAt]bool{}
	for _, row := range rows {
		told[notification.ToldAt{Organisation: organisation.Code(row.Organisation), Turn: row.Turn}] = true
	}
	return told, nil
}

// News lists what happened between two instants, and the evidence that ends on
// certain days, as far as it can wait until the morning.
func (s Notifications) News(ctx context.Context, pass access.Pass, from, to time.Time, days []organisation.Day) ([]notification.News, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	asked, err := s.DB.read.ListStatementsAsked(ctx, gen.ListStatementsAskedParams{At: micros(from), At_2: micros(to)})
	if err != nil {
		return nil, fmt.Errorf("list statements asked for: %w", err)
	}
	var list []notification.News
	for _, row := range asked {
		list = append(list, notification.News{Organisation: organisation.Code(row.Organisation), Statement: row.Detail})
	}
	for _, day := range days {
		rows, err := s.DB.read.CountEvidenceEnding(ctx, string(day))
		if err != nil {
			return nil, fmt.Errorf("count evidence that ends: %w", err)
		}
		for _, row := range rows {
			list = append(list, notification.News{Organisation: organisation.Code(row.Organisation), Evidence: int(row.N), EndsOn: day})
		}
	}
	return list, nil
}

// Deliveries counts the messages about an alert, by organisation and state.
func (s Notifications) Deliveries(ctx context.Context, pass access.Pass, id alert.ID) (map[organisation.Code]notification.Delivery, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListDeliveries(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("count messages about %s: %w", id, err)
	}
	told, err := s.DB.read.CountMessagesAbout(ctx, "alert/"+string(id))
	if err != nil {
		return nil, fmt.Errorf("count messages about %s: %w", id, err)
	}
	list := map[organisation.Code]notification.Delivery{}
	if told == 0 {
		return list, nil // nobody has looked yet whom to tell
	}
	for _, row := range rows {
		org := organisation.Code(row.Organisation)
		d := list[org]
		d.Organisation = org
		switch notification.State(row.State) {
		case notification.Waiting, notification.Sending:
			d.Waiting += int(row.N)
		case notification.HandedOver:
			d.HandedOver += int(row.N)
		case notification.Refused:
			d.Refused += int(row.N)
		}
		if row.LastAt > 0 && instant(row.LastAt).After(d.LastAt) {
			d.LastAt = instant(row.LastAt)
		}
		list[org] = d
	}
	return list, nil
}

func toMessage(row gen.Message) (notification.Message, error) {
	facts, err := decode[notification.Facts](row.Facts, "facts of message "+row.ID)
	if err != nil {
		return notification.Message{}, err
	}
	return notification.Message{ID: row.ID, Organisation: organisation.Code(row.Organisation), Thing: row.Thing, Purpose: notification.Purpose(row.Purpose), Turn: row.Turn,
		Recipient: notification.Recipient{Name: row.Name, Address: row.Address}, Facts: facts, State: notification.State(row.State), Attempts: row.Attempts, Reply: row.Reply,
		MadeAt: instant(row.MadeAt), EndedAt: maybeInstant(row.EndedAt)}, nil
}

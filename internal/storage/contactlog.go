package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Walls keeps what the broadcast wall shows beside answers: the contact log,
// and how far an alert has come.
type Walls struct{ DB *DB }

// Find reads an issued alert.
func (s Walls) Find(ctx context.Context, pass access.Pass, id alert.ID) (alert.Alert, error) {
	return Alerts(s).Find(ctx, pass, id)
}

// Progress lists how far an alert has come at each organisation it was sent to.
func (s Walls) Progress(ctx context.Context, pass access.Pass, id alert.ID) ([]alert.Reached, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListProgress(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("list progress of %s: %w", id, err)
	}
	list := make([]alert.Reached, 0, len(rows))
	for _, r := range rows {
		list = append(list, alert.Reached{Organisation: organisation.Code(r.Organisation), Name: r.Name, Kind: organisation.Kind(r.Kind), Region: organisation.Region(r.Region),
			AcknowledgedAt: maybeInstant(r.AcknowledgedAt), AcknowledgedBy: r.AcknowledgedBy, AnsweredAt: maybeInstant(r.AnsweredAt), AnswerDue: instant(r.AnswerDue),
			Renewal: toRenewal(r.RenewEdition, r.RenewDue, r.RenewedAt), StoppedAt: maybeInstant(r.StoppedAt),
			OpenedBy: int(r.People), OpenedAt: newest(r.OpenedAt), RungAt: newest(r.RungAt)})
	}
	return list, nil
}

// newest reads the latest of some instants, 0 where there are none.
func newest(micros int64) time.Time {
	return maybeInstant(sql.NullInt64{Int64: micros, Valid: micros != 0})
}

// Before lists the earlier alerts a new one is compared with, oldest first.
func (s Walls) Before(ctx context.Context, pass access.Pass, id alert.ID, most int) ([]alert.Earlier, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListAcknowledgementsBefore(ctx, gen.ListAcknowledgementsBeforeParams{Alert: string(id), Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("list acknowledgements before %s: %w", id, err)
	}
	var list []alert.Earlier
	for _, r := range rows {
		if len(list) == 0 || list[len(list)-1].ID != alert.ID(r.Alert) {
			list = append(list, alert.Earlier{ID: alert.ID(r.Alert), IssuedAt: instant(r.IssuedAt)})
		}
		last := &list[len(list)-1]
		last.Acknowledged = append(last.Acknowledged, maybeInstant(r.AcknowledgedAt))
	}
	return list, nil
}

// Phones lists who is in office where nobody has acknowledged.
func (s Walls) Phones(ctx context.Context, pass access.Pass, id alert.ID, at time.Time) ([]alert.Phone, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListPhones(ctx, gen.ListPhonesParams{Alert: string(id), FromAt: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list telephone numbers for %s: %w", id, err)
	}
	list := make([]alert.Phone, 0, len(rows))
	for _, r := range rows {
		if held, own := s.DB.acts.held(r.Appointment); own {
			list = append(list, alert.Phone{Organisation: held.Organisation, Office: held.Office, Acting: held.Acting, Name: r.Name, Number: r.Phone})
		}
	}
	return list, nil
}

// newestCalls is among how many lines of an organisation a repeat is looked for.
const newestCalls = 100

// Log adds a line to the contact log of an alert that was sent to the
// organisation, with its event. What it leans on are the newest lines: two of
// the same form at once must not miss each other.
func (s Walls) Log(ctx context.Context, pass access.Pass, id alert.ID, org organisation.Code, decide alert.DecideLog) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		was, _, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		newest, err := callsOf(ctx, q, id, org, newestCalls)
		if err != nil {
			return err
		}
		line, e, err := decide(was, newest)
		if err != nil {
			return err
		}
		if _, err := q.FindResponse(ctx, gen.FindResponseParams{Alert: string(id), Organisation: code(org)}); err != nil {
			return found(err, alert.ErrNotSentThere, "response of "+string(org))
		}
		err = q.LogCall(ctx, gen.LogCallParams{ID: line.ID, Alert: string(line.Alert), Organisation: code(line.Organisation), Rung: line.Rung, RungBy: pass.Who().ID,
			RungByName: line.By, RungAt: micros(line.At), Outcome: line.Outcome, LoggedAt: micros(line.LoggedAt)})
		if err != nil {
			return fmt.Errorf("log a call to %s: %w", org, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Contacts lists the contact log of an alert, newest first.
func (s Walls) Contacts(ctx context.Context, pass access.Pass, id alert.ID, most int) ([]alert.Contact, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListCalls(ctx, gen.ListCallsParams{Alert: string(id), Limit: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("list the contact log of %s: %w", id, err)
	}
	list := make([]alert.Contact, 0, len(rows))
	for _, r := range rows {
		list = append(list, alert.Contact{ID: r.ID, Alert: alert.ID(r.Alert), Organisation: organisation.Code(r.Organisation), Name: r.Name, Rung: r.Rung, By: r.RungByName, At: instant(r.RungAt), Outcome: r.Outcome})
	}
	return list, nil
}

// CallsOf lists the contact log of an alert at the organisation of the
// decision, newest first.
func (s Walls) CallsOf(ctx context.Context, pass access.Pass, id alert.ID, most int) ([]alert.Contact, error) {
	return callsOf(ctx, s.DB.read, id, pass.In(), most)
}

func callsOf(ctx context.Context, q *queries, id alert.ID, org organisation.Code, most int) ([]alert.Contact, error) {
	rows, err := q.ListCallsOf(ctx, gen.ListCallsOfParams{Alert: string(id), Organisation: code(org), Limit: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("list the calls about %s: %w", id, err)
	}
	list := make([]alert.Contact, 0, len(rows))
	for _, r := range rows {
		list = append(list, alert.Contact{ID: r.ID, Alert: alert.ID(r.Alert), Organisation: organisation.Code(r.Organisation), Rung: r.Rung, By: r.RungByName, ByID: r.RungBy, At: instant(r.RungAt), Outcome: r.Outcome, LoggedAt: instant(r.LoggedAt)})
	}
	return list, nil
}

// Openings keeps who of an organisation has opened an alert.
type Openings struct{ DB *DB }

// Opened tells whether whom the decision is about has opened the alert there.
func (s Openings) Opened(ctx context.Context, pass access.Pass, id alert.ID) (bool, error) {
	return opened(ctx, s.DB.read, pass, id)
}

func opened(ctx context.Context, q *queries, pass access.Pass, id alert.ID) (bool, error) {
	_, err := q.FindOpening(ctx, gen.FindOpeningParams{Alert: string(id), Organisation: code(pass.In()), Person: pass.Who().ID})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("find an opening of %s: %w", id, err)
	}
	return true, nil
}

// Open writes the first opening of whom the decision is about, once.
func (s Openings) Open(ctx context.Context, pass access.Pass, o alert.Opening, e event.Event) error {
	return s.DB.write(ctx, func(q *queries) error {
		if _, _, err := findResponse(ctx, q, pass, o.Alert); err != nil {
			return err
		}
		if before, err := opened(ctx, q, pass, o.Alert); err != nil || before {
			return err
		}
		n, err := q.AddOpening(ctx, gen.AddOpeningParams{ID: o.ID, Alert: string(o.Alert), Organisation: code(pass.In()), Person: pass.Who().ID, OpenedAt: micros(o.At)})
		if err != nil {
			return fmt.Errorf("note an opening of %s: %w", o.Alert, err)
		} else if n == 0 {
			return nil // the same person's other window was quicker
		}
		return addEvents(ctx, q, e)
	})
}

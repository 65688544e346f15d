package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Import keeps drafts from another body's list. Two imports at once, or one
// beside somebody at work on a draft, decide again on what they find then.
func (s Alerts) Import(ctx context.Context, pass access.Pass, at time.Time, decide func(known map[alert.Origin]alert.Known) (alert.Intake, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		known, versions, err := findImported(ctx, q)
		if err != nil {
			return err
		}
		intake, err := decide(known)
		if err != nil || len(intake.Events) == 0 {
			return err
		}
		for _, a := range intake.New {
			if err := q.AddAlert(ctx, newAlertParams(a)); taken(err) {
				return errRetry // somebody else imported it meanwhile
			} else if err != nil {
				return fmt.Errorf("add imported alert: %w", err)
			}
			if err := q.AddImport(ctx, gen.AddImportParams{Alert: string(a.ID), Digest: a.Draft.Digest(), ImportedAt: micros(at)}); err != nil {
				return fmt.Errorf("note the import of alert %s: %w", a.ID, err)
			}
		}
		for _, a := range intake.Renewed {
			if err := changed(q.ChangeAlert(ctx, alertParams(a, versions[a.ID]))); err != nil {
				return fmt.Errorf("renew alert %s: %w", a.ID, err)
			}
			if err := changed(q.RenewImport(ctx, gen.RenewImportParams{Alert: string(a.ID), Digest: a.Draft.Digest(), ImportedAt: micros(at), AlertVersion: versions[a.ID] + 1})); err != nil {
				return fmt.Errorf("note the import of alert %s: %w", a.ID, err)
			}
		}
		return addEvents(ctx, q, intake.Events...)
	})
}

func findImported(ctx context.Context, q *queries) (map[alert.Origin]alert.Known, map[alert.ID]int64, error) {
	rows, err := q.ListImported(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("list imported alerts: %w", err)
	}
	known, versions := make(map[alert.Origin]alert.Known, len(rows)), make(map[alert.ID]int64, len(rows))
	for _, row := range rows {
		a, err := toAlert(row.Alert)
		if err != nil {
			return nil, nil, err
		}
		known[a.Draft.Origin] = alert.Known{Alert: a, Digest: row.Digest}
		versions[a.ID] = row.Alert.Version
	}
	return known, versions, nil
}

// ImportPast keeps alerts that were sent before this portal, with their answers.
func (s Alerts) ImportPast(ctx context.Context, pass access.Pass, numbers []int64, decide func(alert.History) (alert.Past, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		history, err := findHistory(ctx, q, numbers)
		if err != nil {
			return err
		}
		past, err := decide(history)
		if err != nil || len(past.Events) == 0 {
			return err
		}
		for _, a := range past.Alerts {
			if err := addPastAlert(ctx, q, a); err != nil {
				return err
			}
		}
		for _, r := range past.Responses {
			if err := addPastResponse(ctx, q, r); err != nil {
				return err
			}
		}
		return addEvents(ctx, q, past.Events...)
	})
}

func findHistory(ctx context.Context, q *queries, numbers []int64) (alert.History, error) {
	history := alert.History{Alerts: map[int64]alert.Alert{}, Responses: map[int64]map[organisation.Code]alert.Response{}}
	for _, number := range numbers {
		row, err := q.FindAlertByNumber(ctx, sql.NullInt64{Int64: number, Valid: true})
		if errors.Is(err, sql.ErrNoRows) {
			continue
		} else if err != nil {
			return history, fmt.Errorf("find alert number %d: %w", number, err)
		}
		a, err := toAlert(row)
		if err != nil {
			return history, err
		}
		responses, err := q.ListResponsesTo(ctx, row.ID)
		if err != nil {
			return history, fmt.Errorf("list responses to %s: %w", row.ID, err)
		}
		history.Alerts[number], history.Responses[number] = a, map[organisation.Code]alert.Response{}
		for _, each := range responses {
			r, err := toResponse(each)
			if err != nil {
				return history, err
			}
			history.Responses[number][r.Organisation] = r
		}
	}
	return history, nil
}

// addPastAlert writes the draft first and then its issue, as every alert gets
// there.
func addPastAlert(ctx context.Context, q *queries, a alert.Alert) error {
	draft := a
	draft.State = alert.Drafting
	if err := q.AddAlert(ctx, newAlertParams(draft)); err != nil {
		return fmt.Errorf("add past alert: %w", err)
	}
	if err := changed(q.ChangeAlert(ctx, alertParams(a, 1))); taken(err) {
		return errRetry // another alert was issued with this number meanwhile
	} else if err != nil {
		return fmt.Errorf("issue past alert %s: %w", a.ID, err)
	}
	if err := q.AddVersion(ctx, versionParams(a.First(string(a.ID)))); err != nil {
		return fmt.Errorf("keep the first version of alert %s: %w", a.ID, err)
	}
	return nil
}

func addPastResponse(ctx context.Context, q *queries, r alert.Response) error {
	err := q.AddResponse(ctx, gen.AddResponseParams{Alert: string(r.Alert), Organisation: code(r.Organisation), IssuedAt: micros(r.IssuedAt), AnswerDue: micros(r.AnswerDue), ActionDue: micros(r.ActionDue)})
	if taken(err) {
		return errRetry // imported meanwhile by somebody else
	} else if err != nil {
		return fmt.Errorf("open past response of %s: %w", r.Organisation, err)
	}
	if err := changed(q.ChangeResponse(ctx, responseParams(r, 1))); err != nil {
		return fmt.Errorf("keep past response of %s: %w", r.Organisation, err)
	}
	return nil
}

// Public lists alerts anybody may read, newest first.
func (s Alerts) Public(ctx context.Context, pass access.Pass, limit int) ([]alert.Alert, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return rememberList(ctx, s.DB, everywhere, "public alerts "+strconv.Itoa(limit), func() ([]alert.Alert, error) {
		rows, err := s.DB.read.ListPublicAlerts(ctx, int32(limit))
		if err != nil {
			return nil, fmt.Errorf("list public alerts: %w", err)
		}
		list := make([]alert.Alert, 0, len(rows))
		for _, row := range rows {
			a, err := toAlert(row)
			if err != nil {
				return nil, err
			}
			list = append(list, a)
		}
		return list, nil
	})
}

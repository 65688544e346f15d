package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/storage/gen"
)

// Revise keeps a proposed change of an issued alert. One waits at a time.
func (s Alerts) Revise(ctx context.Context, pass access.Pass, id alert.ID, decide func(alert.Alert) (alert.Version, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, _, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		if _, err := q.FindWaitingVersion(ctx, string(id)); err == nil {
			return alert.ErrPending
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look for a waiting change of alert %s: %w", id, err)
		}
		v, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := q.AddVersion(ctx, versionParams(v)); err != nil {
			if taken(err) { // another publisher proposed one meanwhile
				return alert.ErrPending
			}
			return fmt.Errorf("keep a change of alert %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Reconsider applies a decision to the change that waits.
func (s Alerts) Reconsider(ctx context.Context, pass access.Pass, id alert.ID, decide func(alert.Version) (alert.Version, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findWaiting(ctx, q, id)
		if err != nil {
			return err
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := changed(q.ChangeVersion(ctx, changeVersionParams(is, version))); err != nil {
			return fmt.Errorf("change a change of alert %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Reissue issues the change that waits: the alert, the version and every
// organisation's response move together, so that no organisation answers an
// edition that another has not been asked about. Every response's own version
// moves too: a form that was opened before is answered with a conflict.
func (s Alerts) Reissue(ctx context.Context, pass access.Pass, id alert.ID, decide alert.DecideReissue) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		waiting, waitingVersion, err := findWaiting(ctx, q, id)
		if err != nil {
			return err
		}
		rows, err := q.ListResponsesTo(ctx, string(id))
		if err != nil {
			return fmt.Errorf("list responses to %s: %w", id, err)
		}
		responses, versions := make([]alert.Response, len(rows)), make([]int64, len(rows))
		for i, row := range rows {
			if responses[i], err = toResponse(row); err != nil {
				return err
			}
			versions[i] = row.Version
		}
		is, issued, met, events, err := decide(was, waiting, responses)
		if err != nil {
			return err
		}
		if err := changed(q.ChangeAlert(ctx, alertParams(is, version))); err != nil {
			return fmt.Errorf("change issued alert %s: %w", id, err)
		}
		if err := changed(q.ChangeVersion(ctx, changeVersionParams(issued, waitingVersion))); err != nil {
			return fmt.Errorf("issue a change of alert %s: %w", id, err)
		}
		for i, r := range met {
			if err := changed(q.ChangeResponse(ctx, responseParams(r, versions[i]))); err != nil {
				return fmt.Errorf("let %s meet a change of alert %s: %w", r.Organisation, id, err)
			}
		}
		if err := addWork(ctx, q, notification.AlertChanged(id, issued.Number, issued.Approval.At)); err != nil {
			return err
		}
		return addEvents(ctx, q, events...)
	})
}

// Versions lists what was issued of an alert and what waits, newest first. It
// is for whoever may read the alert: national readers, and organisations that
// were asked.
func (s Alerts) Versions(ctx context.Context, pass access.Pass, id alert.ID) ([]alert.Version, error) {
	if _, err := s.Find(ctx, pass, id); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListVersions(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("list versions of alert %s: %w", id, err)
	}
	list := make([]alert.Version, 0, len(rows))
	for _, row := range rows {
		v, err := toVersion(row)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Changes lists what waits for approval across issued alerts, newest first.
func (s Alerts) Changes(ctx context.Context, pass access.Pass) ([]alert.Change, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListWaitingVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list waiting changes: %w", err)
	}
	list := make([]alert.Change, 0, len(rows))
	for _, row := range rows {
		v, err := toVersion(row.AlertVersion)
		if err != nil {
			return nil, err
		}
		list = append(list, alert.Change{Version: v, Issued: row.Number.Int64, Title: row.Title, Rehearsal: row.Rehearsal == 1})
	}
	return list, nil
}

func findWaiting(ctx context.Context, q *queries, id alert.ID) (alert.Version, int64, error) {
	row, err := q.FindWaitingVersion(ctx, string(id))
	if err != nil {
		return alert.Version{}, 0, found(err, alert.ErrNothingWaits, "waiting change of alert "+string(id))
	}
	v, err := toVersion(row)
	return v, row.Version, err
}

func toVersion(row gen.AlertVersion) (alert.Version, error) {
	draft, err := decode[alert.Draft](row.Document, "version "+row.ID)
	if err != nil {
		return alert.Version{}, err
	}
	v := alert.Version{ID: row.ID, Alert: alert.ID(row.Alert), Number: row.Number.Int64, Kind: alert.VersionKind(row.Kind), Draft: draft, Reason: row.Reason, Renew: row.Renew == 1,
		AnswerDue: instant(row.AnswerDue), ActionDue: instant(row.ActionDue), Author: row.Author, WrittenAt: instant(row.WrittenAt), State: alert.State(row.State)}
	if row.IssuedAt.Valid {
		v.Approval = &alert.Approval{By: row.Approver.String, At: instant(row.IssuedAt.Int64)}
	}
	return v, nil
}

func versionParams(v alert.Version) gen.AddVersionParams {
	p := gen.AddVersionParams{ID: v.ID, Alert: string(v.Alert), Number: sql.NullInt64{Int64: v.Number, Valid: v.Number != 0}, Kind: string(v.Kind), Document: encode(v.Draft),
		Digest: v.Draft.Digest(), Reason: v.Reason, Renew: flag(v.Renew), AnswerDue: micros(v.AnswerDue), ActionDue: micros(v.ActionDue), Author: v.Author,
		WrittenAt: micros(v.WrittenAt), State: string(v.State)}
	if v.Approval != nil {
		p.Approver, p.IssuedAt = sql.NullString{String: v.Approval.By, Valid: true}, maybeMicros(v.Approval.At)
	}
	return p
}

func changeVersionParams(v alert.Version, version int64) gen.ChangeVersionParams {
	p := gen.ChangeVersionParams{ID: v.ID, Number: sql.NullInt64{Int64: v.Number, Valid: v.Number != 0}, State: string(v.State), Version: version}
	if v.Approval != nil {
		p.Approver, p.IssuedAt = sql.NullString{String: v.Approval.By, Valid: true}, maybeMicros(v.Approval.At)
	}
	return p
}

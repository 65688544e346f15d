package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/storage/gen"
)

// Webhooks lists the webhooks in force, without their secrets.
func (s Notifications) Webhooks(ctx context.Context, pass access.Pass) ([]notification.Webhook, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return webhooks(ctx, s.DB.read)
}

func webhooks(ctx context.Context, q *queries) ([]notification.Webhook, error) {
	rows, err := q.ListWebhooks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	var list []notification.Webhook
	for _, row := range rows {
		list = append(list, notification.Webhook{ID: row.ID, URL: row.Url, MadeBy: row.MadeBy, MadeAt: instant(row.MadeAt)})
	}
	return list, nil
}

// Webhook gives one webhook in force with its secret, to whoever calls it.
func (s Notifications) Webhook(ctx context.Context, pass access.Pass, id string) (notification.Webhook, error) {
	if pass.Verb() != access.TellPeople || !pass.National() {
		return notification.Webhook{}, access.ErrNotFound
	}
	row, err := s.DB.read.FindWebhook(ctx, id)
	if err != nil {
		return notification.Webhook{}, found(err, notification.ErrUnknown, "webhook "+id)
	}
	return notification.Webhook{ID: row.ID, URL: row.Url, Secret: row.Secret, MadeBy: row.MadeBy, MadeAt: instant(row.MadeAt)}, nil
}

// AddWebhook adds a webhook, unless the check of those that are there refuses
// it.
func (s Notifications) AddWebhook(ctx context.Context, pass access.Pass, w notification.Webhook, e event.Event, check func(there []notification.Webhook) error) error {
	if pass.Verb() != access.ManageWebhooks || !pass.National() {
		return access.ErrNotFound
	}
	return s.DB.lean(ctx, func(q *queries) error {
		there, err := webhooks(ctx, q)
		if err != nil {
			return err
		}
		if err := check(there); err != nil {
			return err
		}
		if err := q.AddWebhook(ctx, gen.AddWebhookParams{ID: w.ID, Url: w.URL, Secret: w.Secret, MadeBy: w.MadeBy, MadeAt: micros(w.MadeAt)}); err != nil {
			return fmt.Errorf("add webhook: %w", err)
		}
		return addEvents(ctx, q, e)
	})
}

// EndWebhook ends a webhook. One that has ended stays so, without another
// event.
func (s Notifications) EndWebhook(ctx context.Context, pass access.Pass, id string, at time.Time, e event.Event) error {
	if pass.Verb() != access.ManageWebhooks || !pass.National() {
		return access.ErrNotFound
	}
	return s.DB.write(ctx, func(q *queries) error {
		n, err := q.EndWebhook(ctx, gen.EndWebhookParams{ID: id, EndedAt: maybeMicros(at)})
		if err != nil {
			return fmt.Errorf("end webhook: %w", err)
		}
		if n == 0 {
			return nil
		}
		return addEvents(ctx, q, e)
	})
}

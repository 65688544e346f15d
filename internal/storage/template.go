package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/storage/gen"
)

// Wordings reads every edition of a template, newest first, and the draft that
// waits.
func (s Attestations) Wordings(ctx context.Context, pass access.Pass, template string) (attestation.Wordings, error) {
	if err := national(pass); err != nil {
		return attestation.Wordings{}, err
	}
	w, _, err := wordings(ctx, s.DB.read, template)
	return w, err
}

// wordings also gives the version of the draft, 0 without one.
func wordings(ctx context.Context, q *queries, template string) (attestation.Wordings, int64, error) {
	var w attestation.Wordings
	rows, err := q.ListEditions(ctx, template)
	if err != nil {
		return w, 0, fmt.Errorf("list editions of %s: %w", template, err)
	}
	for _, row := range rows {
		t, err := decode[attestation.Template](row.Document, "template "+row.ID)
		if err != nil {
			return w, 0, err
		}
		w.Editions = append(w.Editions, attestation.Edition{Template: t, AuthorName: row.AuthorName, PublisherName: row.DecidedName, PublishedAt: maybeInstant(row.DecidedAt)})
	}
	row, err := q.FindWaitingDraft(ctx, template)
	if errors.Is(err, sql.ErrNoRows) {
		return w, 0, nil
	} else if err != nil {
		return w, 0, fmt.Errorf("find the draft of %s: %w", template, err)
	}
	d, err := toDraft(row)
	w.Waiting = &d
	return w, row.Version, err
}

// WaitingDrafts lists the drafts that wait, the oldest first.
func (s Attestations) WaitingDrafts(ctx context.Context, pass access.Pass) ([]attestation.Draft, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListWaitingDrafts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list drafts of templates: %w", err)
	}
	var list []attestation.Draft
	for _, row := range rows {
		d, err := toDraft(row)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// Draft keeps the draft a decision makes, new or in place of the author's own.
func (s Attestations) Draft(ctx context.Context, pass access.Pass, template string, decide func(attestation.Wordings) (attestation.Draft, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		w, version, err := wordings(ctx, q, template)
		if err != nil {
			return err
		}
		d, e, err := decide(w)
		if err != nil {
			return err
		}
		if version > 0 {
			err = keepDraft(ctx, q, d, version)
		} else if err = addDraft(ctx, q, d); taken(err) {
			err = errRetry // somebody else began one meanwhile
		}
		if err != nil {
			return fmt.Errorf("keep a draft of %s: %w", template, err)
		}
		return addEvents(ctx, q, e)
	})
}

// DecideDraft applies a decision to the draft that waits. One that is published
// becomes an edition in the same transaction.
func (s Attestations) DecideDraft(ctx context.Context, pass access.Pass, template string, decide func(attestation.Draft) (attestation.Draft, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		row, err := q.FindWaitingDraft(ctx, template)
		if err != nil {
			return found(err, attestation.ErrNoDraft, "the draft of "+template)
		}
		was, err := toDraft(row)
		if err != nil {
			return err
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := keepDraft(ctx, q, is, row.Version); err != nil {
			return fmt.Errorf("decide on the draft of %s: %w", template, err)
		}
		if is.State == attestation.DraftPublished {
			if err := addTemplate(ctx, q, is.Template); err != nil {
				return err
			}
		}
		return addEvents(ctx, q, e)
	})
}

func addDraft(ctx context.Context, q *queries, d attestation.Draft) error {
	return q.AddDraft(ctx, gen.AddDraftParams{ID: d.ID, Template: d.Template.ID, Edition: d.Template.Edition, Document: encode(d.Template), Author: string(d.Author), AuthorName: d.AuthorName, DraftedAt: micros(d.DraftedAt)})
}

func keepDraft(ctx context.Context, q *queries, d attestation.Draft, version int64) error {
	return changed(q.ChangeDraft(ctx, gen.ChangeDraftParams{ID: d.ID, Document: encode(d.Template), DraftedAt: micros(d.DraftedAt), State: string(d.State),
		DecidedBy: maybeText(string(d.DecidedBy)), DecidedName: d.DecidedName, DecidedAt: maybeMicros(d.DecidedAt), Version: version}))
}

func toDraft(r gen.TemplateDraft) (attestation.Draft, error) {
	t, err := decode[attestation.Template](r.Document, "draft "+r.ID)
	return attestation.Draft{ID: r.ID, Template: t, Author: identity.PersonID(r.Author), AuthorName: r.AuthorName, DraftedAt: instant(r.DraftedAt), State: attestation.DraftState(r.State),
		DecidedBy: identity.PersonID(r.DecidedBy.String), DecidedName: r.DecidedName, DecidedAt: maybeInstant(r.DecidedAt)}, err
}

// AddTemplate keeps an edition of a template, with the event that it came. The
// same edition again is no change; another wording under the same edition is
// refused.
func (s Attestations) AddTemplate(ctx context.Context, pass access.Pass, t attestation.Template, came event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	document := encode(t)
	return s.DB.write(ctx, func(q *queries) error {
		was, err := q.FindTemplate(ctx, gen.FindTemplateParams{ID: t.ID, Edition: t.Edition})
		if err == nil {
			if was.Document != document {
				return fault.New(fault.Conflict, "This edition of the template exists with other words. Give the new words a new edition.")
			}
			return nil
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find template %s: %w", t.ID, err)
		}
		if err := addTemplate(ctx, q, t); err != nil {
			return err
		}
		return addEvents(ctx, q, came)
	})
}

func addTemplate(ctx context.Context, q *queries, t attestation.Template) error {
	document := encode(t)
	err := q.AddTemplate(ctx, gen.AddTemplateParams{ID: t.ID, Edition: t.Edition, Title: t.Title, Digest: string(attestation.DigestOf(document)), Document: document})
	if err != nil {
		return fmt.Errorf("add template %s: %w", t.ID, err)
	}
	return nil
}

// Template reads the wording of one edition, which is no organisation's secret.
func (s Attestations) Template(ctx context.Context, pass access.Pass, id string, edition int64) (attestation.Template, error) {
	if err := decided(pass); err != nil {
		return attestation.Template{}, err
	}
	return rememberForGood(ctx, s.DB, "template "+id+" "+strconv.FormatInt(edition, 10), func() (attestation.Template, error) {
		row, err := s.DB.read.FindTemplate(ctx, gen.FindTemplateParams{ID: id, Edition: edition})
		if err != nil {
			return attestation.Template{}, found(err, attestation.ErrUnknown, "template "+id)
		}
		return decode[attestation.Template](row.Document, "template "+id)
	})
}

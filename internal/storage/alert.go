package storage

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Alerts keeps alerts and every organisation's response to them.
type Alerts struct{ DB *DB }

// Add keeps a new draft.
func (s Alerts) Add(ctx context.Context, pass access.Pass, a alert.Alert, e event.Event) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		if err := q.AddAlert(ctx, newAlertParams(a)); err != nil {
			return fmt.Errorf("add alert: %w", err)
		}
		return addEvents(ctx, q, e)
	})
}

// Change applies a decision to an alert that is not issued yet.
func (s Alerts) Change(ctx context.Context, pass access.Pass, id alert.ID, decide func(alert.Alert) (alert.Alert, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if err := changed(q.ChangeAlert(ctx, alertParams(is, version))); err != nil {
			return fmt.Errorf("change alert %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// Issue applies the second publisher's decision and opens a response for every
// organisation the alert reaches, in one transaction: an alert is never issued
// to some of its audience.
func (s Alerts) Issue(ctx context.Context, pass access.Pass, id alert.ID, decide alert.DecideIssue) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findAlert(ctx, q, id)
		if err != nil {
			return err
		}
		last, err := q.LastAlertNumber(ctx)
		if err != nil {
			return fmt.Errorf("find the last alert number: %w", err)
		}
		is, recipients, events, err := decide(was, last+1)
		if err != nil {
			return err
		}
		if err := changed(q.ChangeAlert(ctx, alertParams(is, version))); err != nil {
			if taken(err) {
				return errRetry // another alert was issued with this number meanwhile
			}
			return fmt.Errorf("issue alert %s: %w", id, err)
		}
		if err := q.AddVersion(ctx, versionParams(is.First(string(is.ID)))); err != nil {
			return fmt.Errorf("keep the first version of alert %s: %w", id, err)
		}
		for _, org := range recipients {
			if err := q.AddResponse(ctx, gen.AddResponseParams{Alert: string(id), Organisation: code(org), IssuedAt: micros(is.Approval.At), AnswerDue: micros(is.AnswerDue), ActionDue: micros(is.ActionDue)}); err != nil {
				return fmt.Errorf("open response of %s: %w", org, err)
			}
		}
		if err := addWork(ctx, q, notification.AlertIssued(id, is.Approval.At)); err != nil {
			return err
		}
		return addEvents(ctx, q, events...)
	})
}

// Find reads one alert. Drafts are for those who may read drafts; an issued
// alert is for every organisation that has a response to it, and for national
// readers.
func (s Alerts) Find(ctx context.Context, pass access.Pass, id alert.ID) (alert.Alert, error) {
	a, _, err := findAlert(ctx, s.DB.read, id)
	if err != nil {
		return a, err
	}
	if pass.National() && (a.State == alert.Issued || pass.Verb() == access.ReadAlertDrafts) {
		return a, nil
	}
	if a.State == alert.Issued && !pass.National() {
		if _, err := s.DB.read.FindResponse(ctx, gen.FindResponseParams{Alert: string(id), Organisation: code(pass.In())}); err != nil {
			return alert.Alert{}, found(err, alert.ErrUnknown, "response")
		}
		return a, nil
	}
	return alert.Alert{}, alert.ErrUnknown
}

// Drafts lists what is not issued yet, newest first. What nobody has touched
// since an import is Imported's.
func (s Alerts) Drafts(ctx context.Context, pass access.Pass) ([]alert.Alert, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListDrafts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	drafts := make([]alert.Alert, 0, len(rows))
	for _, row := range rows {
		a, err := toAlert(row)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, a)
	}
	return drafts, nil
}

// Issued lists issued alerts with their counts, newest first, before an
// instant.
func (s Alerts) Issued(ctx context.Context, pass access.Pass, before time.Time, limit int) ([]alert.Counted, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	return rememberFirst(ctx, s.DB, everywhere, before, fmt.Sprint("issued ", limit), func() ([]alert.Counted, error) {
		rows, err := s.DB.read.ListIssuedAlerts(ctx, gen.ListIssuedAlertsParams{IssuedAt: maybeMicros(before), Limit: int32(limit)})
		if err != nil {
			return nil, fmt.Errorf("list issued alerts: %w", err)
		}
		list := make([]alert.Counted, 0, len(rows))
		for _, r := range rows {
			list = append(list, alert.Counted{ID: alert.ID(r.ID), Number: r.Number.Int64, Title: r.Title, Severity: alert.Severity(r.Severity), Rehearsal: r.Rehearsal == 1,
				IssuedAt: maybeInstant(r.IssuedAt), AnswerDue: maybeInstant(r.AnswerDue), WithdrawnAt: maybeInstant(r.WithdrawnAt), Asked: int(r.Asked), Acknowledged: int(r.Acknowledged), Answered: int(r.Answered), Fixed: int(r.Fixed)})
		}
		return list, nil
	})
}

// Responses lists the decision's organisation's responses, newest alert first,
// before an instant.
func (s Alerts) Responses(ctx context.Context, pass access.Pass, before time.Time, limit int) ([]alert.Titled, error) {
	return rememberFirst(ctx, s.DB, pass.In(), before, fmt.Sprint("responses ", limit), func() ([]alert.Titled, error) {
		rows, err := s.DB.read.ListResponsesOf(ctx, gen.ListResponsesOfParams{Organisation: code(pass.In()), IssuedAt: micros(before), Limit: int32(limit)})
		if err != nil {
			return nil, fmt.Errorf("list responses of %s: %w", pass.In(), err)
		}
		list := make([]alert.Titled, 0, len(rows))
		for _, r := range rows {
			t, err := toTitled(r.AlertResponse, r.Number, r.Title, r.Severity, r.Class, r.Rehearsal)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
		return list, nil
	})
}

// Open lists the responses of the decision's organisation that are not closed,
// nearest deadline first.
func (s Alerts) Open(ctx context.Context, pass access.Pass, limit int) ([]alert.Titled, error) {
	return rememberList(ctx, s.DB, pass.In(), "open responses "+strconv.Itoa(limit), func() ([]alert.Titled, error) {
		rows, err := s.DB.read.ListOpenResponsesOf(ctx, gen.ListOpenResponsesOfParams{Organisation: code(pass.In()), Limit: int32(limit)})
		if err != nil {
			return nil, fmt.Errorf("list open responses of %s: %w", pass.In(), err)
		}
		list := make([]alert.Titled, 0, len(rows))
		for _, r := range rows {
			t, err := toTitled(r.AlertResponse, r.Number, r.Title, r.Severity, r.Class, r.Rehearsal)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
		return list, nil
	})
}

// ResponsesTo lists every organisation's response to one alert.
func (s Alerts) ResponsesTo(ctx context.Context, pass access.Pass, id alert.ID) ([]alert.Response, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListResponsesTo(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("list responses to %s: %w", id, err)
	}
	list := make([]alert.Response, 0, len(rows))
	for _, row := range rows {
		r, err := toResponse(row)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// Response reads the decision's organisation's response to one alert, with the
// version a form posts back.
func (s Alerts) Response(ctx context.Context, pass access.Pass, id alert.ID) (alert.Response, int64, error) {
	return findResponse(ctx, s.DB.read, pass, id)
}

// Answer applies a decision to the response of the decision's organisation.
// When seen is not 0 and not the stored version, somebody else answered since
// the person looked: alert.ErrChanged.
func (s Alerts) Answer(ctx context.Context, pass access.Pass, id alert.ID, seen int64, decide func(alert.Response, alert.Ground) (alert.Response, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findResponse(ctx, q, pass, id)
		if err != nil {
			return err
		}
		if seen != 0 && seen != version {
			return alert.ErrChanged
		}
		on, err := findGround(ctx, q, pass, id)
		if err != nil {
			return err
		}
		is, e, err := decide(was, on)
		if err != nil {
			return err
		}
		if err := changed(q.ChangeResponse(ctx, responseParams(is, version))); err != nil {
			return fmt.Errorf("change response to %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// rememberFirst remembers the first page of a list and reads the others: few
// ask for those, and there is one for every instant that can be typed.
func rememberFirst[T any](ctx context.Context, d *DB, org organisation.Code, before time.Time, question string, read func() ([]T, error)) ([]T, error) {
	if !before.Equal(alert.Newest) {
		return read()
	}
	return rememberList(ctx, d, org, question, read)
}

func findAlert(ctx context.Context, q *queries, id alert.ID) (alert.Alert, int64, error) {
	row, err := q.FindAlert(ctx, string(id))
	if err != nil {
		return alert.Alert{}, 0, found(err, alert.ErrUnknown, "alert "+string(id))
	}
	a, err := toAlert(row)
	return a, row.Version, err
}

func findResponse(ctx context.Context, q *queries, pass access.Pass, id alert.ID) (alert.Response, int64, error) {
	row, err := q.FindResponse(ctx, gen.FindResponseParams{Alert: string(id), Organisation: code(pass.In())})
	if err != nil {
		return alert.Response{}, 0, found(err, alert.ErrUnknown, "response to "+string(id))
	}
	r, err := toResponse(row)
	return r, row.Version, err
}

// findGround reads what an answer stands on, in the answer's own transaction:
// words that change or proof that goes meanwhile make it decide again.
func findGround(ctx context.Context, q *queries, pass access.Pass, id alert.ID) (alert.Ground, error) {
	a, _, err := findAlert(ctx, q, id)
	if err != nil {
		return alert.Ground{}, err
	}
	proofs, err := q.CountProofs(ctx, gen.CountProofsParams{Organisation: code(pass.In()), Thing: "alert/" + string(id)})
	if err != nil {
		return alert.Ground{}, fmt.Errorf("count the evidence for alert %s: %w", id, err)
	}
	return alert.Ground{Edition: a.Current(), Proofs: proofs}, nil
}

func toAlert(row gen.Alert) (alert.Alert, error) {
	steps, err := decode[[]alert.Step](row.Steps, "steps of alert "+row.ID)
	if err != nil {
		return alert.Alert{}, err
	}
	audience, err := decode[alert.Audience](row.Audience, "audience of alert "+row.ID)
	if err != nil {
		return alert.Alert{}, err
	}
	more, err := decode[more](row.More, "vocabulary of alert "+row.ID)
	if err != nil {
		return alert.Alert{}, err
	}
	kind, reference, _ := strings.Cut(row.Origin, "/")
	a := alert.Alert{ID: alert.ID(row.ID), Number: row.Number.Int64, Author: row.Author, DraftedAt: instant(row.DraftedAt), State: alert.State(row.State), Edition: row.Edition, WithdrawnAt: maybeInstant(row.WithdrawnAt),
		Draft: alert.Draft{Title: row.Title, Severity: alert.Severity(row.Severity), Class: alert.Class(row.Class), ThreatType: row.ThreatType, Why: row.Why,
			Steps: steps, Audience: audience, Rehearsal: row.Rehearsal == 1, Categories: more.Categories, Vectors: more.Vectors, Platforms: more.Platforms, CVEs: more.CVEs,
			Indicators: more.Indicators, Sources: more.Sources, Public: more.Public, Origin: alert.Origin{Kind: kind, Reference: reference}},
		AnswerDue: maybeInstant(row.AnswerDue), ActionDue: maybeInstant(row.ActionDue)}
	if row.IssuedAt.Valid {
		a.Approval = &alert.Approval{By: row.Approver.String, At: instant(row.IssuedAt.Int64)}
	}
	return a, nil
}

// more is what the vocabulary of an alert has beyond the columns.
type more struct {
	Categories []string         `json:"categories,omitempty"`
	Vectors    []string         `json:"vectors,omitempty"`
	Platforms  []alert.Platform `json:"platforms,omitempty"`
	CVEs       []alert.CVE      `json:"cves,omitempty"`
	Indicators string           `json:"indicators,omitempty"`
	Sources    []string         `json:"sources,omitempty"`
	Public     bool             `json:"public,omitempty"`
}

func moreOf(d alert.Draft) more {
	return more{Categories: d.Categories, Vectors: d.Vectors, Platforms: d.Platforms, CVEs: d.CVEs, Indicators: d.Indicators, Sources: d.Sources, Public: d.Public}
}

// newAlertParams writes an alert that has not been issued.
func newAlertParams(a alert.Alert) gen.AddAlertParams {
	origin := ""
	if a.Draft.Origin.Kind != "" {
		origin = a.Draft.Origin.Kind + "/" + a.Draft.Origin.Reference
	}
	return gen.AddAlertParams{ID: string(a.ID), Title: a.Draft.Title, Severity: string(a.Draft.Severity), Class: string(a.Draft.Class), ThreatType: a.Draft.ThreatType,
		Why: a.Draft.Why, Steps: encode(a.Draft.Steps), Audience: encode(a.Draft.Audience), Author: a.Author, DraftedAt: micros(a.DraftedAt), State: string(a.State),
		More: encode(moreOf(a.Draft)), Rehearsal: flag(a.Draft.Rehearsal), Origin: origin}
}

func alertParams(a alert.Alert, version int64) gen.ChangeAlertParams {
	p := gen.ChangeAlertParams{ID: string(a.ID), Number: sql.NullInt64{Int64: a.Number, Valid: a.Number != 0}, Title: a.Draft.Title, Severity: string(a.Draft.Severity),
		Class: string(a.Draft.Class), ThreatType: a.Draft.ThreatType, Why: a.Draft.Why, Steps: encode(a.Draft.Steps), Audience: encode(a.Draft.Audience),
		Author: a.Author, AnswerDue: maybeMicros(a.AnswerDue), ActionDue: maybeMicros(a.ActionDue), State: string(a.State), More: encode(moreOf(a.Draft)),
		Rehearsal: flag(a.Draft.Rehearsal), Edition: a.Edition, WithdrawnAt: maybeMicros(a.WithdrawnAt), Version: version}
	if a.Approval != nil {
		p.Approver = sql.NullString{String: a.Approval.By, Valid: true}
		p.IssuedAt = maybeMicros(a.Approval.At)
	}
	return p
}

func toResponse(row gen.AlertResponse) (alert.Response, error) {
	var how []string
	if row.HowKnown != "[]" { // nearly every row, and lists read many
		var err error
		if how, err = decode[[]string](row.HowKnown, "reasons of response"); err != nil {
			return alert.Response{}, err
		}
	}
	r := alert.Response{Alert: alert.ID(row.Alert), Organisation: organisation.Code(row.Organisation), IssuedAt: instant(row.IssuedAt),
		AnswerDue: instant(row.AnswerDue), ActionDue: instant(row.ActionDue), Applicability: alert.Applicability(row.Applicability), HowKnown: how,
		CheckedOn: organisation.Day(row.CheckedOn), AppliedAt: maybeInstant(row.AppliedAt), Outcome: alert.Outcome(row.Outcome), FixedCount: row.FixedCount,
		AssetCount: row.AssetCount, Reason: row.Reason, Cover: row.Cover, PlanOn: organisation.Day(row.PlanOn), NextUpdateDue: maybeInstant(row.NextUpdateDue), ClosedAt: maybeInstant(row.ClosedAt),
		Answered: alert.Edition{Number: row.AnsweredEdition, Digest: row.AnsweredDigest}, AcceptedUntil: maybeInstant(row.AcceptedUntil), ReopenedAt: maybeInstant(row.ReopenedAt),
		StoppedAt: maybeInstant(row.StoppedAt), Renewal: toRenewal(row.RenewEdition, row.RenewDue, row.RenewedAt)}
	if row.AcknowledgedAt.Valid {
		r.Acknowledged = &alert.Acknowledgement{By: row.AcknowledgedBy, At: instant(row.AcknowledgedAt.Int64)}
	}
	return r, nil
}

func toRenewal(edition int64, due, answered sql.NullInt64) *alert.Renewal {
	if edition == 0 {
		return nil
	}
	return &alert.Renewal{Edition: edition, Due: maybeInstant(due), AnsweredAt: maybeInstant(answered)}
}

func toTitled(row gen.AlertResponse, number sql.NullInt64, title, severity, class string, rehearsal int64) (alert.Titled, error) {
	r, err := toResponse(row)
	return alert.Titled{Response: r, Number: number.Int64, Title: title, Severity: alert.Severity(severity), Class: alert.Class(class), Rehearsal: rehearsal == 1}, err
}

func responseParams(r alert.Response, version int64) gen.ChangeResponseParams {
	p := gen.ChangeResponseParams{Alert: string(r.Alert), Organisation: code(r.Organisation), Applicability: string(r.Applicability), HowKnown: encode(list(r.HowKnown)),
		CheckedOn: string(r.CheckedOn), AppliedAt: maybeMicros(r.AppliedAt), Outcome: string(r.Outcome), FixedCount: r.FixedCount, AssetCount: r.AssetCount,
		Reason: r.Reason, PlanOn: string(r.PlanOn), NextUpdateDue: maybeMicros(r.NextUpdateDue), ClosedAt: maybeMicros(r.ClosedAt), Version: version,
		AnswerDue: micros(r.AnswerDue), ActionDue: micros(r.ActionDue), AnsweredEdition: r.Answered.Number, AnsweredDigest: r.Answered.Digest,
		StoppedAt: maybeMicros(r.StoppedAt), AcceptedUntil: maybeMicros(r.AcceptedUntil), Cover: r.Cover, ReopenedAt: maybeMicros(r.ReopenedAt)}
	if r.Renewal != nil {
		p.RenewEdition, p.RenewDue, p.RenewedAt = r.Renewal.Edition, maybeMicros(r.Renewal.Due), maybeMicros(r.Renewal.AnsweredAt)
	}
	if r.Acknowledged != nil {
		p.AcknowledgedAt, p.AcknowledgedBy = maybeMicros(r.Acknowledged.At), r.Acknowledged.By
	}
	if at, ok := r.AnsweredAt(); ok {
		p.AnsweredAt = maybeMicros(at)
	}
	return p
}

// list makes an absent list an empty one, so that it is stored as [].
func list(of []string) []string {
	if of == nil {
		return []string{}
	}
	return of
}

package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Campaigns lists every campaign, newest first, with how far each is.
func (s Attestations) Campaigns(ctx context.Context, pass access.Pass, now time.Time) ([]attestation.Summed, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListCampaigns(ctx, micros(now))
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	list := make([]attestation.Summed, 0, len(rows))
	for _, row := range rows {
		c, err := toCampaign(row.Campaign)
		if err != nil {
			return nil, err
		}
		list = append(list, attestation.Summed{Campaign: c, Asked: int(row.Asked), Signed: int(row.Signed), Late: int(row.Late)})
	}
	return list, nil
}

// Course reads a campaign with the newest statement of each organisation in it.
func (s Attestations) Course(ctx context.Context, pass access.Pass, id attestation.CampaignID) (attestation.Course, error) {
	if err := national(pass); err != nil {
		return attestation.Course{}, err
	}
	row, err := s.DB.read.FindCampaign(ctx, string(id))
	if err != nil {
		return attestation.Course{}, found(err, attestation.ErrNoCampaign, "campaign "+string(id))
	}
	c, err := toCampaign(row)
	if err != nil {
		return attestation.Course{}, err
	}
	moves, err := s.movesIn(ctx, id)
	if err != nil {
		return attestation.Course{}, err
	}
	rows, err := s.DB.read.ListFollowed(ctx, maybeText(string(id)))
	if err != nil {
		return attestation.Course{}, fmt.Errorf("list statements of campaign %s: %w", id, err)
	}
	course := attestation.Course{Campaign: c, Title: c.Period.Name + " statement"}
	for _, r := range rows { // of one organisation, the newest comes last
		f := attestation.Followed{Prepared: r.BoardOn != "", Moves: moves[r.ID], Ended: attestation.Ended{ID: attestation.ID(r.ID), Organisation: organisation.Code(r.Organisation), Name: r.Name,
			Number: r.Number, Period: r.Period, Due: instant(r.DueAt), State: standing(r.State, r.WithdrawnAt.Valid), Begun: r.Begun == 1, Awaits: r.Awaits == 1, EndedAt: maybeInstant(r.EndedAt),
			Opinion: attestation.Opinion(r.Opinion), Late: r.Late == 1, Code: attestation.Code(r.Code), ReplacedBy: attestation.Code(r.NextCode), RevokedAt: maybeInstant(r.RevokedAt), Optional: r.Optional == 1}}
		course.Title = r.Title
		if f.Optional && f.State != attestation.Signed {
			continue // the statement it is to replace stands, and is the row
		}
		if n := len(course.Rows); n > 0 && course.Rows[n-1].Organisation == f.Organisation {
			if f.Pending() {
				f.Again = course.Rows[n-1].RevokedAt
			}
			course.Rows[n-1] = f
		} else {
			course.Rows = append(course.Rows, f)
		}
	}
	return course, nil
}

func (s Attestations) movesIn(ctx context.Context, id attestation.CampaignID) (map[string][]attestation.Extension, error) {
	rows, err := s.DB.read.ListExtensionsIn(ctx, maybeText(string(id)))
	if err != nil {
		return nil, fmt.Errorf("list deadlines moved in campaign %s: %w", id, err)
	}
	moves := map[string][]attestation.Extension{}
	for _, row := range rows {
		moves[row.Extension.Statement] = append(moves[row.Extension.Statement], toExtension(row.Extension))
	}
	return moves, nil
}

// standing is where a statement stands: one that was withdrawn keeps the state
// it had, with the moment beside it.
func standing(state string, withdrawn bool) attestation.State {
	if withdrawn {
		return attestation.Withdrawn
	}
	return attestation.State(state)
}

// Withdraw applies the decision that ends a campaign, to it and to the
// statements in it. A statement that is signed meanwhile makes it decide again.
func (s Attestations) Withdraw(ctx context.Context, pass access.Pass, id attestation.CampaignID, decide func(attestation.Campaign, []attestation.Statement) (attestation.Campaign, []attestation.Statement, []event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		row, err := q.FindCampaign(ctx, string(id))
		if err != nil {
			return found(err, attestation.ErrNoCampaign, "campaign "+string(id))
		}
		was, err := toCampaign(row)
		if err != nil {
			return err
		}
		rows, err := q.ListStatementsIn(ctx, maybeText(string(id)))
		if err != nil {
			return fmt.Errorf("list statements of campaign %s: %w", id, err)
		}
		list, err := toStatements(ctx, q, organisation.National, rows)
		if err != nil {
			return err
		}
		versions := map[attestation.ID]int64{}
		for _, r := range rows {
			versions[attestation.ID(r.ID)] = r.Version
		}
		is, ended, events, err := decide(was, list)
		if err != nil {
			return err
		}
		for _, st := range ended {
			if err := changed(q.WithdrawStatement(ctx, gen.WithdrawStatementParams{ID: string(st.ID), WithdrawnAt: maybeMicros(st.EndedAt), Version: versions[st.ID]})); err != nil {
				return fmt.Errorf("withdraw statement %s: %w", st.ID, err)
			}
		}
		err = changed(q.WithdrawCampaign(ctx, gen.WithdrawCampaignParams{ID: string(id), WithdrawnAt: maybeMicros(is.WithdrawnAt), WithdrawnName: is.WithdrawnName, WithdrawnWhy: is.Why, Version: row.Version}))
		if err != nil {
			return fmt.Errorf("withdraw campaign %s: %w", id, err)
		}
		return addEvents(ctx, q, events...)
	})
}

// Extend keeps a proposed deadline of one statement of a campaign.
func (s Attestations) Extend(ctx context.Context, pass access.Pass, campaign attestation.CampaignID, id attestation.ID, decide func(attestation.Statement, []attestation.Extension) (attestation.Extension, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		st, _, err := statementIn(ctx, q, campaign, id)
		if err != nil {
			return err
		}
		before, _, err := extensions(ctx, q, pass, id)
		if err != nil {
			return err
		}
		x, e, err := decide(st, before)
		if err != nil {
			return err
		}
		if err = addExtension(ctx, q, x); taken(err) {
			return errRetry // another regulator proposed one meanwhile
		} else if err != nil {
			return fmt.Errorf("propose a deadline of %s: %w", id, err)
		}
		return addEvents(ctx, q, e)
	})
}

// DecideMove applies a decision to one of the deadlines that were proposed, and
// to the statement they are of.
func (s Attestations) DecideMove(ctx context.Context, pass access.Pass, campaign attestation.CampaignID, id attestation.ID, decide func([]attestation.Extension, attestation.Statement) (attestation.Extension, attestation.Statement, event.Event, error)) error {
	if err := national(pass); err != nil {
		return err
	}
	return s.DB.lean(ctx, func(q *queries) error {
		was, version, err := statementIn(ctx, q, campaign, id)
		if err != nil {
			return err
		}
		moves, versions, err := extensions(ctx, q, pass, id)
		if err != nil {
			return err
		}
		x, is, e, err := decide(moves, was)
		if err != nil {
			return err
		}
		if err := keepMove(ctx, q, x, versions[x.ID], was, is, version); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

func addExtension(ctx context.Context, q *queries, x attestation.Extension) error {
	return q.AddExtension(ctx, gen.AddExtensionParams{ID: x.ID, Statement: string(x.Statement), Organisation: code(x.Organisation), WasDueAt: micros(x.WasDue), DueAt: micros(x.Due),
		Reason: x.Reason, AskedBy: x.AskedBy, AskedName: x.AskedName, AskedAt: micros(x.AskedAt)})
}

// keepMove leaves the version of the statement as it is: a trust that has not
// begun has not by this, and a form that is open there stays good. Whoever signs
// at the same time decides again, because both change the row.
func keepMove(ctx context.Context, q *queries, x attestation.Extension, xVersion int64, was, is attestation.Statement, version int64) error {
	err := changed(q.DecideExtension(ctx, gen.DecideExtensionParams{ID: x.ID, State: string(x.State), DecidedBy: maybeText(x.DecidedBy), DecidedName: x.DecidedName, DecidedAt: maybeMicros(x.DecidedAt), Version: xVersion}))
	if err == nil && !is.Due.Equal(was.Due) {
		err = changed(q.MoveDeadline(ctx, gen.MoveDeadlineParams{ID: string(is.ID), DueAt: micros(is.Due), Version: version}))
	}
	if err != nil {
		return fmt.Errorf("decide on the deadline of %s: %w", is.ID, err)
	}
	return nil
}

// Origin reads how a statement of the decision's organisation came to be asked
// for. Who else was asked is not its business.
func (s Attestations) Origin(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Origin, error) {
	st, _, err := findStatement(ctx, s.DB.read, pass, id)
	if err != nil {
		return attestation.Origin{}, err
	}
	o := attestation.Origin{Statement: st}
	if o.Moves, _, err = extensions(ctx, s.DB.read, pass, id); err != nil || st.Campaign == "" {
		return o, err
	}
	row, err := s.DB.read.FindCampaign(ctx, string(st.Campaign))
	if err != nil {
		return o, found(err, attestation.ErrNoCampaign, "campaign "+string(st.Campaign))
	}
	o.Campaign, err = toCampaign(row)
	o.Campaign.Audience = attestation.Audience{}
	return o, err
}

func extensions(ctx context.Context, q *queries, pass access.Pass, id attestation.ID) ([]attestation.Extension, map[string]int64, error) {
	rows, err := q.ListExtensionsOf(ctx, gen.ListExtensionsOfParams{Statement: string(id), Organisation: code(pass.In())})
	if err != nil {
		return nil, nil, fmt.Errorf("list deadlines of %s: %w", id, err)
	}
	var list []attestation.Extension
	versions := map[string]int64{}
	for _, row := range rows {
		list, versions[row.ID] = append(list, toExtension(row)), row.Version
	}
	return list, versions, nil
}

func statementIn(ctx context.Context, q *queries, campaign attestation.CampaignID, id attestation.ID) (attestation.Statement, int64, error) {
	row, err := q.FindStatementIn(ctx, gen.FindStatementInParams{ID: string(id), Campaign: maybeText(string(campaign))})
	if err != nil {
		return attestation.Statement{}, 0, found(err, attestation.ErrUnknown, "statement "+string(id))
	}
	st, err := toStatement(row)
	return st, row.Version, err
}

// joinCampaign lets a statement come into a campaign that is there, unless it is
// withdrawn: then it fails with gone. Of this and a withdrawal at once, the
// second decides on what the first one left.
func joinCampaign(ctx context.Context, q *queries, id attestation.CampaignID, gone error) error {
	if id == "" {
		return nil // asked for before there were campaigns
	}
	n, err := q.JoinCampaign(ctx, string(id))
	if err != nil {
		return fmt.Errorf("join campaign %s: %w", id, err)
	} else if n == 0 {
		return gone
	}
	return nil
}

func addCampaign(ctx context.Context, q *queries, c attestation.Campaign) error {
	return q.AddCampaign(ctx, gen.AddCampaignParams{ID: string(c.ID), Name: c.Name, Template: c.Template, Edition: c.Edition, Period: c.Period.Name, PeriodFrom: string(c.Period.From), PeriodTo: string(c.Period.To),
		DueAt: micros(c.Due), Audience: encode(c.Audience), AskedBy: c.AskedBy, AskedName: c.AskedName, AskedAt: micros(c.AskedAt)})
}

func toCampaign(r gen.Campaign) (attestation.Campaign, error) {
	audience, err := decode[attestation.Audience](r.Audience, "audience of campaign "+r.ID)
	return attestation.Campaign{ID: attestation.CampaignID(r.ID), Name: r.Name, Template: r.Template, Edition: r.Edition,
		Period: attestation.Period{Name: r.Period, From: organisation.Day(r.PeriodFrom), To: organisation.Day(r.PeriodTo)}, Due: instant(r.DueAt), Audience: audience,
		AskedBy: r.AskedBy, AskedName: r.AskedName, AskedAt: instant(r.AskedAt), WithdrawnAt: maybeInstant(r.WithdrawnAt), WithdrawnName: r.WithdrawnName, Why: r.WithdrawnWhy}, err
}

func toExtension(r gen.Extension) attestation.Extension {
	return attestation.Extension{ID: r.ID, Statement: attestation.ID(r.Statement), Organisation: organisation.Code(r.Organisation), WasDue: instant(r.WasDueAt), Due: instant(r.DueAt), Reason: r.Reason,
		AskedBy: r.AskedBy, AskedName: r.AskedName, AskedAt: instant(r.AskedAt), State: attestation.ExtensionState(r.State), DecidedBy: r.DecidedBy.String, DecidedName: r.DecidedName, DecidedAt: maybeInstant(r.DecidedAt)}
}

// OwedStatements lists the statements of every organisation that nobody has
// signed, due between two instants.
func (s Notifications) OwedStatements(ctx context.Context, pass access.Pass, from, by time.Time) ([]notification.OwedStatement, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListUnsignedStatements(ctx, gen.ListUnsignedStatementsParams{DueFrom: micros(from), DueBy: micros(by)})
	if err != nil {
		return nil, fmt.Errorf("list statements nobody has signed: %w", err)
	}
	list := make([]notification.OwedStatement, 0, len(rows))
	for _, row := range rows {
		st, err := toStatement(row.Statement)
		if err != nil {
			return nil, err
		}
		list = append(list, notification.OwedStatement{Statement: st, OrganisationName: row.OrganisationName, AskedAt: maybeInstant(row.AskedAt)})
	}
	each := make([]*attestation.Statement, len(list))
	for i := range list {
		each[i] = &list[i].Statement
	}
	return list, besides(ctx, s.DB.read, pass.In(), each)
}

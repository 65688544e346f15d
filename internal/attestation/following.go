package attestation

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Progress is where one trust is with the statement of a campaign.
type Progress string

// The steps of a trust, in the order they are taken. A trust has begun to wait
// for its senior information risk owner when what was prepared names the day
// the board saw it, and again while locked words wait to be co-signed.
const (
	NotBegun      Progress = "Not begun"
	InPreparation Progress = "In preparation"
	WaitsForSIRO  Progress = "Waiting for SIRO"
	WaitsForChief Progress = "Waiting for chief executive"
	IsSigned      Progress = "Signed"
	IsQualified   Progress = "Signed with a qualification"
	IsReturned    Progress = "Returned without signature"
	IsWithdrawn   Progress = "Withdrawn"
	IsRevoked     Progress = "Withdrawn after signing"
)

// Steps lists them in that order.
var Steps = []Progress{NotBegun, InPreparation, WaitsForSIRO, WaitsForChief, IsSigned, IsQualified, IsReturned, IsWithdrawn, IsRevoked}

// Followed is one trust's statement in a campaign, for regulators: the newest
// of its period. It has no reasons of the trust.
type Followed struct {
	Ended
	Prepared bool      // with the day the board saw it
	Again    time.Time // when the one signed before was withdrawn, so that this is due; zero for never
	Moves    []Extension
}

// Progress of the trust.
func (f Followed) Progress() Progress {
	switch {
	case f.State == Withdrawn:
		return IsWithdrawn
	case f.State == Returned:
		return IsReturned
	case !f.RevokedAt.IsZero():
		return IsRevoked
	case f.State == Signed && f.Opinion == Qualified:
		return IsQualified
	case f.State == Signed:
		return IsSigned
	case f.State == Locked && f.Awaits:
		return WaitsForSIRO
	case f.State == Locked:
		return WaitsForChief
	case f.Prepared:
		return WaitsForSIRO
	case f.Begun:
		return InPreparation
	}
	return NotBegun
}

// Pending tells whether somebody at the trust still owes something.
func (f Followed) Pending() bool {
	return (f.State == Preparing || f.State == Locked) && !f.Optional
}

// Overdue tells whether it is owed past the deadline that runs now.
func (f Followed) Overdue(now time.Time) bool { return f.Pending() && !now.Before(f.Due) }

// Move is the later deadline that waits for a second regulator, if one does.
func (f Followed) Move() (Extension, bool) { return waiting(f.Moves) }

// Course is a campaign with every trust in it, A to Z.
type Course struct {
	Campaign
	Title string
	Rows  []Followed
}

// Summed is a campaign in a list.
type Summed struct {
	Campaign
	Asked, Signed, Late int // signed counts the qualified as well
}

// Campaigning keeps campaigns and the deadlines in them. What decides is read
// in the transaction that writes.
type Campaigning interface {
	Campaigns(ctx context.Context, pass access.Pass, now time.Time) ([]Summed, error)
	Course(ctx context.Context, pass access.Pass, id CampaignID) (Course, error)
	Withdraw(ctx context.Context, pass access.Pass, id CampaignID, decide func(Campaign, []Statement) (Campaign, []Statement, []event.Event, error)) error
	Extend(ctx context.Context, pass access.Pass, campaign CampaignID, id ID, decide func(Statement, []Extension) (Extension, event.Event, error)) error
	DecideMove(ctx context.Context, pass access.Pass, campaign CampaignID, id ID, decide func([]Extension, Statement) (Extension, Statement, event.Event, error)) error
	Origin(ctx context.Context, pass access.Pass, id ID) (Origin, error)
}

// List gives every campaign, newest first.
func (s *Requester) List(ctx context.Context, who access.Actor) ([]Summed, error) {
	pass, err := access.Check(who, access.ReadCampaigns, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Campaigns.Campaigns(ctx, pass, s.Now())
}

// Course reads one campaign with where each trust is.
func (s *Requester) Course(ctx context.Context, who access.Actor, id CampaignID) (Course, error) {
	pass, err := access.Check(who, access.ReadCampaigns, organisation.National)
	if err != nil {
		return Course{}, err
	}
	c, err := s.Campaigns.Course(ctx, pass, id)
	slices.SortFunc(c.Rows, func(a, b Followed) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Organisation, b.Organisation))
	})
	return c, err
}

// Withdraw ends a campaign, with a reason.
func (s *Requester) Withdraw(ctx context.Context, who access.Actor, id CampaignID, why string) error {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return err
	}
	return s.Campaigns.Withdraw(ctx, pass, id, func(c Campaign, list []Statement) (Campaign, []Statement, []event.Event, error) {
		return c.Withdraw(pass, list, why, s.NewID, s.Now())
	})
}

// Extend proposes a later deadline for one trust.
func (s *Requester) Extend(ctx context.Context, who access.Actor, campaign CampaignID, id ID, day organisation.Day, reason string) error {
	pass, err := access.Check(who, access.MoveDeadline, organisation.National)
	if err != nil {
		return err
	}
	return s.Campaigns.Extend(ctx, pass, campaign, id, func(st Statement, before []Extension) (Extension, event.Event, error) {
		return st.Extend(pass, before, day, reason, s.NewID(), s.NewID(), s.Now())
	})
}

// ConfirmMove moves the deadline that another regulator proposed.
func (s *Requester) ConfirmMove(ctx context.Context, who access.Actor, campaign CampaignID, id ID) error {
	return s.move(ctx, who, campaign, id, Extension.Confirm)
}

// RefuseMove leaves the deadline as it is.
func (s *Requester) RefuseMove(ctx context.Context, who access.Actor, campaign CampaignID, id ID) error {
	return s.move(ctx, who, campaign, id, Extension.Refuse)
}

func (s *Requester) move(ctx context.Context, who access.Actor, campaign CampaignID, id ID, decide func(Extension, access.Pass, Statement, []Extension, string, time.Time) (Extension, Statement, event.Event, error)) error {
	pass, err := access.Check(who, access.MoveDeadline, organisation.National)
	if err != nil {
		return err
	}
	return s.Campaigns.DecideMove(ctx, pass, campaign, id, func(moves []Extension, st Statement) (Extension, Statement, event.Event, error) {
		x, waits := waiting(moves)
		if !waits {
			return x, st, event.Event{}, ErrNoMove
		}
		return decide(x, pass, st, moves, s.NewID(), s.Now())
	})
}

// Origin is how a statement came to be asked for, as its organisation reads it.
type Origin struct {
	Statement Statement
	Campaign  Campaign    // without its audience; zero for a statement from before there were any
	Moves     []Extension // how its deadline moved, newest first
}

// Origin reads how a statement of an organisation came to be asked for.
func (s *Requester) Origin(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Origin, error) {
	pass, err := access.Check(who, access.ReadStatement, org)
	if err != nil {
		return Origin{}, err
	}
	return s.Campaigns.Origin(ctx, pass, id)
}

// AskMore asks more trusts for the statement of a campaign, by the deadline it
// began with, and tells how many.
func (s *Requester) AskMore(ctx context.Context, who access.Actor, id CampaignID, codes []organisation.Code) (int, error) {
	pass, err := access.Check(who, access.IssueStatements, organisation.National)
	if err != nil {
		return 0, err
	}
	course, err := s.Campaigns.Course(ctx, pass, id)
	if err != nil {
		return 0, err
	}
	c, now := course.Campaign, s.Now()
	switch {
	case !c.WithdrawnAt.IsZero():
		return 0, ErrGone
	case !now.Before(c.Due):
		return 0, ErrOver
	case len(codes) == 0:
		return 0, fault.In("codes", "Enter at least 1 ODS code")
	}
	today, asked := organisation.DayOf(now), 0
	err = s.Store.Ask(ctx, pass, c.Template, c.Period.Name, today, func(called Called) (Asked, error) {
		var unknown []string
		for _, code := range codes {
			if !slices.ContainsFunc(called.Organisations, func(o organisation.Organisation) bool { return o.Code == code }) {
				unknown = append(unknown, string(code))
			}
		}
		if len(unknown) > 0 {
			return Asked{}, fault.In("codes", "We do not know "+strings.Join(unknown, ", ")+". Check the codes")
		}
		asking := Request{Scope: byCode, codes: codes}.Sort(called, today)
		if asked = len(asking.Ask); asked == 0 {
			return Asked{}, ErrAskedBefore
		}
		return s.asked(pass, c, course.Title, asking, called, now), nil
	})
	return asked, err
}

package notification

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// The purposes of letters about statements.
const (
	StatementDue  Purpose = "statement due"  // it must be signed soon
	StatementLate Purpose = "statement late" // nobody has signed it in time
)

// OwedStatement is a statement that nobody has signed yet.
type OwedStatement struct {
	attestation.Statement
	OrganisationName string
	AskedAt          time.Time // of its campaign; zero before there were any
}

// Statements finds one statement of an organisation.
type Statements interface {
	Find(ctx context.Context, pass access.Pass, id attestation.ID) (attestation.Statement, int64, error)
}

// Whom a reminder of a statement goes to, by how far the statement is. Each
// step adds to the one before it.
var (
	preparers = []access.Office{access.CyberLead, access.CompanySecretary, access.ExecutiveAssistant}
	checkers  = append(slices.Clone(preparers), access.SIRO)
	everybody = append(slices.Clone(checkers), access.ChiefExecutive)
	signer    = []access.Office{access.ChiefExecutive}
	lockers   = []access.Office{access.SIRO, access.ChiefExecutive, access.ExecutiveAssistant}
)

// statementRungs are the days before a deadline on which somebody is told, at
// the hour of the digest: none of it is worth waking anybody for.
var statementRungs = []struct {
	name                string
	days                int
	preparing, awaiting []access.Office // while it is prepared; while it waits for the signature
}{
	{"14 days", 14, preparers, signer},
	{"7 days", 7, checkers, signer},
	{"2 days", 2, everybody, lockers},
	{"on the day", 0, everybody, lockers},
}

// statementsAhead is how long before its deadline a statement is looked at.
const statementsAhead = 15 * 24 * time.Hour

// StatementRung is the newest rung that a statement has come to. One that was
// asked for after it began higher up.
func StatementRung(o OwedStatement, now time.Time) (Rung, bool) {
	if o.State != attestation.Preparing && o.State != attestation.Locked {
		return Rung{}, false
	}
	var found Rung
	day := o.Due.In(organisation.London)
	for _, step := range statementRungs {
		at := time.Date(day.Year(), day.Month(), day.Day()-step.days, digestHour, 0, 0, 0, organisation.London).UTC()
		if now.Before(at) || !at.After(o.AskedAt) {
			continue
		}
		found = Rung{Name: step.name, Purpose: StatementDue, At: at, Due: o.Due, Offices: step.preparing}
		if o.State == attestation.Locked {
			found.Offices = step.awaiting
		}
		if awaited := o.Awaits(); len(awaited) > 0 && step.days > 2 {
			found.Offices = awaited // the chief executive can do nothing yet
		}
	}
	if !now.Before(o.Due) {
		found = Rung{Name: "late", Purpose: StatementLate, At: o.Due, Due: o.Due, Offices: everybody, National: true}
	}
	return found, found.Name != "" && now.Sub(found.At) < overFor
}

// RemindStatements tells everybody whose statement has come to a rung, each rung
// once, and regulators how many are late. It is run again and again, by one
// instance, and reads every deadline from its row.
func (s *Service) RemindStatements(ctx context.Context) error {
	if s.Post == nil {
		return nil // a reminder that waits for a mail server is worth nothing later
	}
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	now := s.Now()
	owed, err := s.Store.OwedStatements(ctx, pass, now.Add(-overFor), now.Add(statementsAhead))
	if err != nil {
		return err
	}
	late := map[attestation.CampaignID]int{}
	for _, o := range owed {
		rung, ok := StatementRung(o, now)
		if !ok {
			continue
		}
		if err := s.remindStatement(ctx, pass, o, rung, now); err != nil {
			return err
		}
		if rung.National && o.Campaign != "" && o.Due.Equal(lastDue(owed, o.Campaign, now)) {
			late[o.Campaign]++
		}
	}
	for campaign, n := range late {
		if err := s.tellLate(ctx, campaign, n, lastDue(owed, campaign, now)); err != nil {
			return err
		}
	}
	return nil
}

// lastDue is the newest deadline of a campaign that has passed.
func lastDue(owed []OwedStatement, campaign attestation.CampaignID, now time.Time) time.Time {
	var last time.Time
	for _, o := range owed {
		if o.Campaign == campaign && !now.Before(o.Due) && o.Due.After(last) {
			last = o.Due
		}
	}
	return last
}

// remindStatement writes to the people of one organisation, unless this rung was
// told there before: who came into office since is not reminded of what is past.
func (s *Service) remindStatement(ctx context.Context, pass access.Pass, o OwedStatement, rung Rung, now time.Time) error {
	thing := "statement/" + string(o.ID)
	before, err := s.Store.ToldOf(ctx, pass, thing)
	if err != nil || before[ToldAt{o.Organisation, rung.Turn()}] {
		return err
	}
	there, err := access.Check(notifier, access.TellPeople, o.Organisation)
	if err != nil {
		return err
	}
	place, err := s.Store.Place(ctx, there, now)
	if err != nil {
		return err
	}
	facts := Facts{Statement: o.Title(), Organisation: o.OrganisationName, Due: o.Due, Path: fmt.Sprintf("/organisations/%s/statements/%s", o.Organisation, o.ID)}
	_, err = s.Store.Add(ctx, there, s.letters(o.Organisation, thing, rung.Purpose, rung.Turn(), place.In(rung.Offices), facts, now), nil, nil)
	return err
}

// tellLate tells regulators once of each deadline of a campaign, however many
// are late by it.
func (s *Service) tellLate(ctx context.Context, campaign attestation.CampaignID, n int, due time.Time) error {
	thing, turn := "campaign/"+string(campaign), (Rung{Name: "late", Due: due}).Turn()
	facts := Facts{Due: due, Late: n, Path: "/statements/campaigns/" + string(campaign)}
	return s.tellTeam(ctx, access.Regulator, thing, StatementLate, turn, facts)
}

// settled tells whether a reminder of a statement speaks of what is over: it
// was signed, returned or withdrawn, or its deadline is another now.
func (s *Service) settled(ctx context.Context, pass access.Pass, m Message) (bool, error) {
	st, _, err := s.Statements.Find(ctx, pass, attestation.ID(strings.TrimPrefix(m.Thing, "statement/")))
	if err != nil {
		return false, err
	}
	return st.State != attestation.Preparing && st.State != attestation.Locked || !st.Due.Equal(m.Facts.Due), nil
}

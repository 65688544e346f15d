//go:build demo

package demo

import (
	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// campaign is the record of asking every trust for one quarter's statement.
func (b *builder) campaign(q quarter, ago int) (attestation.CampaignID, error) {
	asked := clock(q.end.AddDate(0, 0, 1), 9, 30)
	pass, err := access.Check(b.national["samir.devlin"].at(asked), access.IssueStatements, organisation.National)
	if err != nil {
		return "", err
	}
	c := attestation.Campaign{ID: attestation.CampaignID(b.id(asked)), Name: attestation.Quarterly.For(q.period()), Template: attestation.Quarterly.ID, Edition: attestation.Quarterly.Edition,
		Period: attestation.Period{Name: q.period(), From: q.from(), To: q.to()}, Due: b.lastDue(q, ago), Audience: attestation.Audience{Scope: attestation.AllTrusts},
		AskedBy: pass.Who().ID, AskedName: pass.Who().Name, AskedAt: asked}
	b.world.Seed.Campaigns = append(b.world.Seed.Campaigns, c)
	b.record(event.New(b.id(asked), pass, asked, "campaign begun", "campaign/"+string(c.ID), "“"+c.Name+"” asked of every trust").Recording(c.Record()))
	return c.ID, nil
}

// addDrafts leaves two things for the second regulator to decide: the wording of
// an annual statement, and more time for one trust.
func (b *builder) addDrafts() error {
	at := clock(weekday(b.now.AddDate(0, 0, -6)), 14, 10)
	pass, err := access.Check(b.national["samir.devlin"].at(at), access.WriteTemplates, organisation.National)
	if err != nil {
		return err
	}
	annual := attestation.Template{ID: "annual-resilience", Edition: 1, Kind: attestation.AnnualKind, Title: "{period} statement of resilience", Opening: "On behalf of {organisation}, I confirm that on {date}:",
		CoSign: []access.Office{access.SIRO}, Material: []string{"reached"}, Parts: []attestation.Part{
			{Text: "{reached} of {outcomes} outcomes of our assessment are at the expected level.", Proof: "outcomes"},
			{Text: "A member of our board, whom I have named to the national team, answers for cyber security."},
			{Text: "Our board has read the results of a tested plan to carry on without our systems."}}}
	if err := annual.Check(); err != nil {
		return err
	}
	b.world.Seed.Drafts = []attestation.Draft{{ID: b.id(at), Template: annual, Author: identity.PersonID(pass.Who().ID), AuthorName: pass.Who().Name, DraftedAt: at, State: attestation.DraftWaits}}
	b.record(event.New(b.id(at), pass, at, "template drafted", "template/annual-resilience", "annual-resilience, edition 1, drafted"))
	for _, st := range b.world.Seed.Statements {
		if st.Organisation != Community || st.State != attestation.Preparing || st.From != b.quarter.from() {
			continue
		}
		if pass, err = access.Check(b.national["samir.devlin"].at(at), access.MoveDeadline, organisation.National); err != nil {
			return err
		}
		later := organisation.DayOf(weekday(b.now.AddDate(0, 0, 21)))
		x, e, err := st.Extend(pass, nil, later, "Their records moved to another system this month.", b.id(at), b.id(at), at)
		if err != nil {
			return err
		}
		b.record(e)
		b.world.Seed.Extensions = append(b.world.Seed.Extensions, x)
	}
	return nil
}

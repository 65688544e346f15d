//go:build demo

package demo

import (
	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// acceptance is a statement that two people sign: the senior information risk
// owner first.
var acceptance = attestation.Template{
	ID: "assessment-acceptance", Edition: 1, Kind: attestation.AcceptanceKind, Title: "{period} acceptance of our assessment", Opening: "On behalf of {organisation}, I confirm that on {date}:",
	CoSign: []access.Office{access.SIRO}, Parts: []attestation.Part{
		{Text: "I have read the assessment of our trust. In it, {reached} of {outcomes} outcomes are at the expected level.", Proof: "outcomes"},
		{Text: "We accept what it found, and put right the gaps listed below by their dates."}},
}

// wordings are the templates that statements here are made from.
var wordings = map[string]attestation.Template{attestation.Quarterly.ID: attestation.Quarterly, acceptance.ID: acceptance}

// addAcceptance leaves one statement waiting at the neighbour for its senior
// information risk owner, and then for its chief executive.
func (b *builder) addAcceptance() error {
	t, q := b.orgs[Neighbour], b.quarter
	asked, began, locked := clock(weekday(b.now.AddDate(0, 0, -13)), 10, 40), clock(weekday(b.now.AddDate(0, 0, -5)), 14, 5), clock(weekday(b.now.AddDate(0, 0, -2)), 16, 20)
	due := clock(weekday(b.now.AddDate(0, 0, 10)), 17, 0)
	if err := b.wordAcceptance(); err != nil {
		return err
	}
	s := attestation.Statement{ID: attestation.ID(b.id(asked)), Organisation: t.Code, Template: acceptance.ID, Edition: acceptance.Edition, Number: 1, Called: acceptance.For(q.period()),
		Period: q.period(), From: q.from(), To: q.to(), Due: due, State: attestation.Preparing}
	pass, err := access.Check(b.national["samir.devlin"].at(asked), access.IssueStatements, organisation.National)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(asked), pass, asked, "statement asked for", "statement/"+string(s.ID), s.Title()+" asked for").For(t.Code).Recording(s.AskingRecord()))
	if pass, err = access.Check(t.lead.at(began), access.PrepareStatement, t.Code); err != nil {
		return err
	}
	r := stream("acceptance")
	s, e, err := s.KeepGaps(pass, b.gaps(r, t, 0, course{due: due}), b.id(began), began)
	if err != nil {
		return err
	}
	b.record(e)
	if s, e, err = s.SeenByBoard(pass, organisation.DayOf(weekday(began.AddDate(0, 0, -1))), b.id(began), began); err != nil {
		return err
	}
	b.record(e)
	if s, err = b.lock(r, t, s, q, locked); err != nil {
		return err
	}
	b.keep(s)
	return nil
}

// wordAcceptance is how the wording came to be.
func (b *builder) wordAcceptance() error {
	written, published := clock(weekday(b.now.AddDate(0, 0, -34)), 11, 15), clock(weekday(b.now.AddDate(0, 0, -31)), 9, 50)
	author, publisher := b.national["nadia.rahman"], b.national["samir.devlin"]
	pass, err := access.Check(author.at(written), access.WriteTemplates, organisation.National)
	if err != nil {
		return err
	}
	draft := attestation.Draft{ID: b.id(written), Template: acceptance, Author: identity.PersonID(author.ID), AuthorName: author.Name, DraftedAt: written, State: attestation.DraftWaits}
	b.record(event.New(b.id(written), pass, written, "template drafted", "template/"+acceptance.ID, acceptance.ID+", edition 1, drafted"))
	if pass, err = access.Check(publisher.at(published), access.WriteTemplates, organisation.National); err != nil {
		return err
	}
	draft, e, err := draft.Publish(pass, draft.Digest(), b.id(published), published)
	if err != nil {
		return err
	}
	seed := &b.world.Seed
	seed.Templates, seed.Drafts = append(seed.Templates, storage.SeedTemplate{Template: acceptance, Came: e}), append(seed.Drafts, draft)
	return nil
}

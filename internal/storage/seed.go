//go:build demo

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage/gen"
)

// Seed is the whole content of a demonstration, ready to be written. Nothing
// in it is decided here: whoever fills it has let the features decide, and
// gives the events that say so.
type Seed struct {
	Began         time.Time // when its people were recorded
	Organisations []organisation.Organisation
	Cohorts       []SeedMember
	People        []identity.Person
	Logins        []identity.Login
	Appointments  []Entry
	Acting        []identity.Acting
	Alerts        []alert.Alert
	Versions      []alert.Version // every issued one, the first included
	Responses     []alert.Response
	Imported      []alert.Alert // drafts as an import left them
	Risks         []risk.Request
	Attempts      []risk.Attempt
	Decisions     []risk.Signature
	Frameworks    []assessment.Framework
	Profiles      []assessment.Profile
	Assessments   []SeedAssessment
	Evidence      []evidence.File
	Links         []SeedLink
	Templates     []SeedTemplate
	Drafts        []attestation.Draft
	Campaigns     []attestation.Campaign
	Extensions    []attestation.Extension
	Statements    []attestation.Statement
	Reviews       []attestation.Review
	StepUps       []attestation.StepUp
	CoSignatures  []attestation.CoSignature
	Signatures    []attestation.Signature
	Withdrawals   []attestation.Withdrawal
	Commitments   []attestation.Commitment // with their steps
	Contacts      []notification.Contact
	Messages      []notification.Message // each as it ended
	Events        []event.Event
}

// SeedMember is an organisation's place in a cohort.
type SeedMember struct {
	Cohort       string
	Organisation organisation.Code
	From         organisation.Day
}

// SeedTemplate is an edition with the event that it came, where it is not there
// already.
type SeedTemplate struct {
	attestation.Template
	Came event.Event
}

// SeedLink is one more use of a piece of evidence.
type SeedLink struct {
	Evidence     evidence.ID
	Organisation organisation.Code
	Thing, By    string
	At           time.Time
}

// SeedAssessment is one self-assessment with its answers.
type SeedAssessment struct {
	assessment.Assessment
	Answers []assessment.Answer
}

// ErrNotEmpty refuses to mix invented records with any that are there.
var ErrNotEmpty = fault.New(fault.Conflict, "The database holds records already. A demonstration begins with an empty one, so nothing was added.")

// Seed writes a demonstration into an empty database, whole or not at all.
func (d *DB) Seed(ctx context.Context, pass access.Pass, seed Seed) error {
	if err := national(pass); err != nil {
		return err
	}
	return d.write(ctx, func(q *queries) error {
		if there, err := q.ListOrganisations(ctx); err != nil {
			return fmt.Errorf("look for organisations: %w", err)
		} else if len(there) > 0 {
			return ErrNotEmpty
		}
		for _, step := range []struct {
			what string
			add  func(context.Context, *queries) error
		}{
			{"organisations", seed.addOrganisations}, {"people", func(ctx context.Context, q *queries) error { return seed.addPeople(ctx, q, pass) }}, {"acting chief executives", seed.addActing}, {"alerts", seed.addAlerts}, {"responses", seed.addResponses}, {"risks", seed.addRisks},
			{"frameworks", seed.addFrameworks}, {"assessments", seed.addAssessments}, {"evidence", seed.addEvidence}, {"statements", seed.addStatements},
			{"drafts", seed.addDrafts}, {"signatures", seed.addSignatures}, {"commitments", seed.addCommitments}, {"messages", seed.addMessages},
		} {
			if err := step.add(ctx, q); err != nil {
				return fmt.Errorf("seed %s: %w", step.what, err)
			}
		}
		return seed.addEvents(ctx, q)
	})
}

// addEvents writes what happened. Of the acts from before the log began, those
// somebody decided or signed are in it, as they would be of a portal that moved in
// with its history; what staff answered is on the record alone.
func (seed Seed) addEvents(ctx context.Context, q *queries) error {
	if err := noteEvents(ctx, q, seed.Events...); err != nil {
		return err
	}
	for _, e := range seed.Events {
		switch kind, _, _ := strings.Cut(e.Kind, " "); {
		case e.Kind == "alert issued":
		case kind == "alert" || kind == "applicability" || kind == "action" || kind == "evidence":
			continue
		}
		if err := commit(ctx, q, e); err != nil {
			return err
		}
	}
	about := map[organisation.Code]bool{}
	for _, e := range seed.Events {
		about[e.Organisation] = true
	}
	var marks []string
	for at := range about {
		marks = append(marks, code(at))
	}
	return moveMarks(ctx, q, marks)
}

func (seed Seed) addOrganisations(ctx context.Context, q *queries) error {
	for _, o := range seed.Organisations {
		if err := keepOrganisation(ctx, q, nil, o); err != nil {
			return err
		}
	}
	for _, m := range seed.Cohorts {
		if err := q.AddCohortMember(ctx, gen.AddCohortMemberParams{Cohort: m.Cohort, Organisation: code(m.Organisation), FromOn: string(m.From)}); err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addActing(ctx context.Context, q *queries) error {
	for _, a := range seed.Acting {
		if err := addActing(ctx, q, a); err != nil {
			return err
		}
		if a.State == identity.ActingWaits {
			continue
		}
		if err := keepActing(ctx, q, a, 1); err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addPeople(ctx context.Context, q *queries, pass access.Pass) error {
	return register(ctx, q, pass, seed.Began, seed.People, seed.Logins, seed.Appointments)
}

func (seed Seed) addAlerts(ctx context.Context, q *queries) error {
	for _, a := range seed.Alerts {
		draft := a
		draft.State = alert.Drafting
		if err := q.AddAlert(ctx, newAlertParams(draft)); err != nil {
			return err
		}
		if err := changed(q.ChangeAlert(ctx, alertParams(a, 1))); err != nil {
			return err
		}
	}
	for _, v := range seed.Versions {
		if err := q.AddVersion(ctx, versionParams(v)); err != nil {
			return err
		}
	}
	for _, a := range seed.Imported {
		if err := q.AddAlert(ctx, newAlertParams(a)); err != nil {
			return err
		}
		if err := q.AddImport(ctx, gen.AddImportParams{Alert: string(a.ID), Digest: a.Draft.Digest(), ImportedAt: micros(a.DraftedAt)}); err != nil {
			return err
		}
	}
	return nil
}

// addRisks writes requests as they ended, and what was signed under them.
func (seed Seed) addRisks(ctx context.Context, q *queries) error {
	for _, r := range seed.Risks {
		err := q.AddRiskRequest(ctx, gen.AddRiskRequestParams{ID: string(r.ID), Alert: string(r.Alert), Organisation: code(r.Organisation), Number: r.Number, What: r.What, Patients: r.Patients, Cover: r.Cover,
			UntilOn: string(r.Until), Chief: flag(r.Chief), AskedBy: r.AskedBy, AskedAt: micros(r.AskedAt), State: string(r.State)})
		if err != nil {
			return err
		}
	}
	for _, up := range seed.Attempts {
		err := q.AddRiskAttempt(ctx, gen.AddRiskAttemptParams{ID: up.ID, Request: string(up.Request), Organisation: code(up.Organisation), Person: string(up.Person), Office: string(up.Office),
			Verdict: string(up.Choice.Verdict), UntilOn: string(up.Choice.Until), Document: up.Document, Digest: string(up.Digest), Salt: up.Salt, Nonce: up.Nonce, ArrivedAt: micros(up.ArrivedAt), EndsAt: micros(up.EndsAt)})
		if err != nil {
			return err
		}
	}
	decided := map[risk.ID]risk.Request{}
	for _, r := range seed.Risks {
		decided[r.ID] = r
	}
	for _, g := range seed.Decisions {
		if err := writeRisk(ctx, q, g, decided[g.Attempt.Request], 1); err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addResponses(ctx context.Context, q *queries) error {
	for _, r := range seed.Responses {
		err := q.AddResponse(ctx, gen.AddResponseParams{Alert: string(r.Alert), Organisation: code(r.Organisation), IssuedAt: micros(r.IssuedAt),
			AnswerDue: micros(r.AnswerDue), ActionDue: micros(r.ActionDue)})
		if err != nil {
			return err
		}
		if r.Acknowledged == nil {
			continue // as it was opened
		}
		if err := changed(q.ChangeResponse(ctx, responseParams(r, 1))); err != nil {
			return err
		}
	}
	return nil
}

// addFrameworks leaves alone what the program has brought along itself, and
// refuses to lean on other content under the same id.
func (seed Seed) addFrameworks(ctx context.Context, q *queries) error {
	for _, f := range seed.Frameworks {
		was, err := q.FindFrameworkDigest(ctx, f.ID)
		if errors.Is(err, sql.ErrNoRows) {
			err = q.AddFramework(ctx, gen.AddFrameworkParams{ID: f.ID, Title: f.Name, Digest: f.Digest(), Document: encode(f)})
		} else if err == nil {
			err = same(was == f.Digest(), assessment.ErrOtherFramework)
		}
		if err != nil {
			return err
		}
	}
	for _, p := range seed.Profiles {
		was, err := q.FindProfileDigest(ctx, p.ID)
		if errors.Is(err, sql.ErrNoRows) {
			err = q.AddProfile(ctx, gen.AddProfileParams{ID: p.ID, Framework: p.Framework, Title: p.Name, Digest: p.Digest(), Document: encode(p)})
		} else if err == nil {
			err = same(was == p.Digest(), assessment.ErrOtherProfile)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (seed Seed) addAssessments(ctx context.Context, q *queries) error {
	for _, a := range seed.Assessments {
		err := q.AddAssessment(ctx, gen.AddAssessmentParams{ID: string(a.ID), Organisation: code(a.Organisation), Framework: a.Framework, Profile: a.Profile,
			Period: a.Period, StartedAt: micros(a.StartedAt), DueAt: micros(a.Due)})
		if err != nil {
			return err
		}
		for _, answer := range a.Answers {
			if err := q.AddAnswer(ctx, newAnswer(a.ID, answer)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (seed Seed) addEvidence(ctx context.Context, q *queries) error {
	for _, f := range seed.Evidence {
		err := q.AddEvidence(ctx, gen.AddEvidenceParams{ID: string(f.ID), Organisation: code(f.Organisation), Title: f.Title, Owner: string(f.Owner), AboutOn: string(f.AboutOn),
			RunsUntil: string(f.RunsUntil), FileName: f.Name, MediaType: f.MediaType, Size: f.Size, Digest: f.Digest, Verdict: string(f.Verdict), VerdictBy: f.VerdictBy,
			VerdictWhy: f.VerdictWhy, ReceivedBy: f.ReceivedBy, ReceivedAt: micros(f.ReceivedAt)})
		if err != nil {
			return err
		}
		for _, thing := range f.Uses {
			if err := q.AddEvidenceLink(ctx, gen.AddEvidenceLinkParams{Evidence: string(f.ID), Organisation: code(f.Organisation), Thing: thing, LinkedBy: f.ReceivedBy, LinkedAt: micros(f.ReceivedAt)}); err != nil {
				return err
			}
		}
	}
	for _, l := range seed.Links {
		if err := q.AddEvidenceLink(ctx, gen.AddEvidenceLinkParams{Evidence: string(l.Evidence), Organisation: code(l.Organisation), Thing: l.Thing, LinkedBy: l.By, LinkedAt: micros(l.At)}); err != nil {
			return err
		}
	}
	return nil
}

// addMessages writes messages that ended, without any work of sending them:
// a demonstration sends nothing.
func (seed Seed) addMessages(ctx context.Context, q *queries) error {
	for _, c := range seed.Contacts {
		err := q.AddContact(ctx, gen.AddContactParams{ID: c.ID, Organisation: code(c.Organisation), Name: c.Name, Email: c.Address, AddedBy: "portal:demonstration", AddedAt: micros(c.AddedAt)})
		if err != nil {
			return err
		}
	}
	for _, m := range seed.Messages {
		_, err := q.AddMessage(ctx, gen.AddMessageParams{ID: m.ID, Key: m.Key(), Organisation: code(m.Organisation), Thing: m.Thing, Purpose: string(m.Purpose), Turn: m.Turn,
			Name: m.Name, Address: m.Address, Facts: encode(m.Facts), MadeAt: micros(m.MadeAt)})
		if err != nil {
			return err
		}
		if err := changed(q.BeginMessage(ctx, gen.BeginMessageParams{ID: m.ID, Organisation: code(m.Organisation)})); err != nil {
			return err
		}
		if err := changed(q.EndMessage(ctx, gen.EndMessageParams{ID: m.ID, Organisation: code(m.Organisation), Attempts: 1, State: string(m.State), Reply: m.Reply, EndedAt: maybeMicros(m.EndedAt)})); err != nil {
			return err
		}
	}
	return nil
}

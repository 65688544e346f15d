package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// assessing is the service on a fresh house with the built-in frameworks and
// two trusts, at a moment that moves on by itself.
func assessing(t *testing.T) (*assessment.Service, *DB) {
	t.Helper()
	db, ctx := openTemp(t), context.Background()
	asked(t, db, 2, 1)
	var ids, ticks atomic.Int64
	s := &assessment.Service{Store: &Assessments{DB: db}, Register: Organisations{db},
		Now:   func() time.Time { return measured.Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID: func() string { return fmt.Sprintf("id-%04d", ids.Add(1)) }}
	frameworks, profiles, err := assessment.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	importer := access.PortalActor("importer")
	for range 2 { // the second time changes nothing
		for _, f := range frameworks {
			if err := s.ImportFramework(ctx, importer, f); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range profiles {
			if err := s.ImportProfile(ctx, importer, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, db
}

var lead = holding(access.CyberLead, "Z0001")

func started(t *testing.T, s *assessment.Service, period string) assessment.ID {
	t.Helper()
	id, err := s.Start(context.Background(), lead, "Z0001", "ndg-10-demonstration", period, measured.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func kinds(t *testing.T, db *DB, org organisation.Code) string {
	t.Helper()
	pass, err := access.Check(holding(access.Auditor, organisation.National), access.ReadOrganisation, org)
	if err != nil {
		t.Fatal(err)
	}
	events, err := Events{db}.Of(context.Background(), pass, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		all = append(all, e.Kind)
	}
	return strings.Join(all, ", ")
}

func TestFrameworksAreImportedOnce(t *testing.T) {
	s, db := assessing(t)
	ctx, importer := context.Background(), access.PortalActor("importer")
	if got := kinds(t, db, organisation.National); got != "profile imported, profile imported, framework imported, framework imported" {
		t.Errorf("events: %s", got)
	}
	frameworks, profiles, err := assessment.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	f, p := frameworks[1], profiles[1]
	f.Name, p.Name = "Other words", "Other words"
	if err := s.ImportFramework(ctx, importer, f); !errors.Is(err, assessment.ErrOtherFramework) {
		t.Errorf("other content under the same id: %v", err)
	}
	if err := s.ImportProfile(ctx, importer, p); !errors.Is(err, assessment.ErrOtherProfile) {
		t.Errorf("other profile under the same id: %v", err)
	}
	p.ID, p.Framework = "p-2", "caf-9"
	if err := s.ImportProfile(ctx, importer, p); !errors.Is(err, assessment.ErrUnknownFramework) {
		t.Errorf("a profile of a framework nobody imported: %v", err)
	}
	if err := s.ImportFramework(ctx, lead, f); err == nil {
		t.Error("a trust imported a framework")
	}
	known, err := s.Frameworks(ctx, importer)
	if err != nil || len(known) != 2 || known[1].Digest() != frameworks[1].Digest() {
		t.Errorf("got %d frameworks, %v", len(known), err)
	}
}

func TestAnAssessmentIsStartedReadAndCounted(t *testing.T) {
	s, db := assessing(t)
	ctx := context.Background()
	id := started(t, s, "2026 to 2027")
	if _, err := s.Start(ctx, lead, "Z0001", "ndg-10-demonstration", "2026 to 2027", measured.AddDate(1, 0, 0)); !errors.Is(err, assessment.ErrStarted) {
		t.Errorf("started twice: %v", err)
	}
	if _, err := s.Start(ctx, lead, "Z0001", "p-9", "2027", measured.AddDate(1, 0, 0)); !errors.Is(err, assessment.ErrUnknownProfile) {
		t.Errorf("an unknown profile: %v", err)
	}
	for _, outcome := range []string{"S1", "S5"} {
		if err := s.Record(ctx, lead, "Z0001", id, outcome, 0, assessment.Achieved, "Because of this."); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Record(ctx, lead, "Z0001", id, "S1", 1, assessment.PartiallyAchieved, ""); err != nil {
		t.Fatal(err)
	}
	r, err := s.Read(ctx, holding(access.Regulator, organisation.National), "Z0001", id)
	if err != nil {
		t.Fatal(err)
	}
	if at, of := r.Tally(); at != 1 || of != 10 {
		t.Errorf("%d of %d", at, of)
	}
	first := r.Answer("S1")
	if first.Version != 2 || first.Level != assessment.PartiallyAchieved || first.Comment != "" || first.By != "Pat Example" || first.At.IsZero() {
		t.Errorf("answer %+v", first)
	}
	if got := kinds(t, db, "Z0001"); got != "outcome recorded, outcome recorded, outcome recorded, assessment started" {
		t.Errorf("events: %s", got)
	}
	if err := s.Record(ctx, lead, "Z0001", id, "S99", 0, assessment.Achieved, ""); !errors.Is(err, assessment.ErrUnknownOutcome) {
		t.Errorf("an outcome of nobody's: %v", err)
	}
	if err := s.Record(ctx, holding(access.BoardMember, "Z0001"), "Z0001", id, "S2", 0, assessment.Achieved, ""); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a board member recorded: %v", err)
	}
}

func TestAnAnswerSeenTooLongAgoIsNotOverwritten(t *testing.T) {
	s, _ := assessing(t)
	ctx, id := context.Background(), started(t, s, "2026")
	var saved, refused atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch err := s.Record(ctx, lead, "Z0001", id, "S1", 0, assessment.Achieved, ""); {
			case err == nil:
				saved.Add(1)
			case errors.Is(err, assessment.ErrChanged):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if saved.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d saved, %d refused", saved.Load(), refused.Load())
	}
	if err := s.Record(ctx, lead, "Z0001", id, "S1", 0, assessment.NotAchieved, ""); !errors.Is(err, assessment.ErrChanged) {
		t.Errorf("answered over the first answer: %v", err)
	}
	if err := s.Record(ctx, lead, "Z0001", id, "S2", 3, assessment.NotAchieved, ""); !errors.Is(err, assessment.ErrChanged) {
		t.Errorf("a version nobody stored: %v", err)
	}
}

func TestAnotherTrustsAssessmentIsNotThere(t *testing.T) {
	s, _ := assessing(t)
	ctx, id := context.Background(), started(t, s, "2026")
	other := holding(access.CyberLead, "Z0000")
	if _, err := s.Read(ctx, other, "Z0000", id); !errors.Is(err, assessment.ErrUnknown) {
		t.Errorf("read: %v", err)
	}
	if _, err := s.Read(ctx, other, "Z0001", id); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("read as the other trust: %v", err)
	}
	if err := s.Record(ctx, other, "Z0000", id, "S1", 0, assessment.Achieved, ""); !errors.Is(err, assessment.ErrUnknown) {
		t.Errorf("record: %v", err)
	}
	if all, err := s.List(ctx, other, "Z0000"); err != nil || len(all) != 0 {
		t.Errorf("list: %d, %v", len(all), err)
	}
	store := &Assessments{DB: s.Store.(*Assessments).DB}
	if answers, err := store.Answers(ctx, access.Pass{}, id); err != nil || len(answers) != 0 {
		t.Errorf("a decision nobody took reads %d answers, %v", len(answers), err)
	}
}

func TestLastYearsLevelsWaitToBeConfirmed(t *testing.T) {
	s, db := assessing(t)
	ctx, before := context.Background(), started(t, s, "2026")
	for outcome, level := range map[string]assessment.Level{"S1": assessment.Achieved, "S5": assessment.NotAssessed} {
		if err := s.Record(ctx, lead, "Z0001", before, outcome, 0, level, "of last year"); err != nil {
			t.Fatal(err)
		}
	}
	id := started(t, s, "2027")
	all, err := s.List(ctx, lead, "Z0001")
	if err != nil || len(all) != 2 || all[0].Assessment.ID != id {
		t.Fatalf("list %+v, %v", all, err)
	}
	answer := all[0].Answer("S1")
	if len(all[0].Answers) != 1 || answer.Was != assessment.Achieved || answer.Level != assessment.NotAssessed || answer.Comment != "" || answer.Answered() || !answer.At.IsZero() {
		t.Errorf("carried %+v", all[0].Answers)
	}
	pass, err := access.Check(lead, access.PrepareStatement, "Z0001")
	if err != nil {
		t.Fatal(err)
	}
	figures := attestation.Records{Answers: Alerts{db}, Outcomes: s, Proofs: Evidence{db}}
	facts, err := figures.Facts(ctx, pass, "2026-01-01", "2026-12-31", measured.Add(time.Hour))
	if err != nil || facts["reached"] != "0" || facts["outcomes"] != "10" || facts["due"] != "1" || facts["answered"] != "1" || facts["evidence"] != "0" {
		t.Errorf("facts %v, %v", facts, err)
	}
	if err := s.Record(ctx, lead, "Z0001", id, "S1", answer.Version, assessment.Achieved, ""); err != nil {
		t.Fatal(err)
	}
	if facts, err := figures.Facts(ctx, pass, "2026-01-01", "2026-12-31", measured.Add(time.Hour)); err != nil || facts["reached"] != "1" {
		t.Errorf("facts %v, %v", facts, err)
	}
	facts, err = figures.Facts(ctx, pass, "2026-01-01", "2026-12-31", measured.AddDate(0, 0, -1))
	if _, given := facts["reached"]; given || err != nil {
		t.Errorf("before any assessment: %v, %v", facts, err)
	}
}

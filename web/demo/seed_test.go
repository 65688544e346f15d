//go:build demo

package demo_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest/postgres"
	"countersign/internal/transparency"
	"countersign/web/demo"
)

// acts is the act key of these databases.
var acts = transparency.NewActKey(bytes.Repeat([]byte("a"), transparency.ActKeyBytes))

func openEmpty(tb testing.TB) *storage.DB {
	tb.Helper()
	address := "sqlite:" + filepath.Join(tb.TempDir(), "demo.db")
	if err := storage.Migrate(tb.Context(), address, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		tb.Fatal(err)
	}
	return openAt(tb, address)
}

func openAt(tb testing.TB, address string) *storage.DB {
	tb.Helper()
	db, err := storage.Open(tb.Context(), address, acts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func portal(tb testing.TB) access.Pass {
	tb.Helper()
	pass, err := access.Check(access.PortalActor("demonstration"), access.ImportOrganisations, organisation.National)
	if err != nil {
		tb.Fatal(err)
	}
	return pass
}

// actor is one of the people who can sign in, as the session would know them.
func actor(t *testing.T, w *demo.World, subject string) access.Actor {
	t.Helper()
	for _, l := range w.Seed.Logins {
		if l.Subject != subject {
			continue
		}
		who := access.Actor{ID: string(l.Person), At: moment}
		for _, p := range w.Seed.People {
			if p.ID == l.Person {
				who.Name = p.Name
			}
		}
		for _, a := range w.Seed.Appointments {
			if a.Person == l.Person {
				who.Appointments = append(who.Appointments, a.Appointment)
			}
		}
		return who
	}
	t.Fatalf("nobody is called %s", subject)
	return access.Actor{}
}

// TestSeededPortal reads the world back through the services people use.
func TestSeededPortal(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { seededPortal(t, openEmpty(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { seededPortal(t, openAt(t, postgres.Database(t))) })
}

func seededPortal(t *testing.T, db *storage.DB) {
	w, ctx := build(t, moment), t.Context()
	if err := db.Seed(ctx, portal(t), w.Seed); err != nil {
		t.Fatal(err)
	}
	now, n := func() time.Time { return moment }, 0
	newID := func() string { n++; return fmt.Sprint("new-", n) }
	organisations := storage.Organisations{DB: db}
	assessments := &assessment.Service{Store: &storage.Assessments{DB: db}, Register: organisations, Now: now, NewID: newID}
	alerts := &alert.Service{Store: storage.Alerts{DB: db}, Register: organisations, Imports: storage.Alerts{DB: db}, Now: now, NewID: newID}
	figures := attestation.Records{Answers: storage.Alerts{DB: db}, Outcomes: assessments, Proofs: storage.Evidence{DB: db},
		Alerts: storage.Alerts{DB: db}, Assessments: assessments, Files: storage.Evidence{DB: db}, Commitments: storage.Attestations{DB: db}}
	statements := &attestation.Service{Store: storage.Attestations{DB: db}, Figures: figures, Holds: figures, Names: organisations, Now: now, NewID: newID,
		Random: func(n int) []byte { return make([]byte, n) }}
	chief, regulator := actor(t, w, "amara.whitlock"), actor(t, w, "samir.devlin")

	t.Run("every record is the one its events say", func(t *testing.T) {
		pass, err := access.Check(access.PortalActor("migration"), access.KeepLog, organisation.National)
		if err != nil {
			t.Fatal(err)
		}
		if err := (storage.Log{DB: db}).Begin(ctx, pass, moment); err != nil {
			t.Fatal(err)
		}
		found, err := (&audit.Service{Store: storage.Audit{DB: db}, Log: &transparency.Log{Now: func() time.Time { return moment }}}).Check(ctx, access.PortalActor("fsck"), 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Error(f)
		}
	})
	t.Run("the figures of the locked statement are those of the records", func(t *testing.T) {
		list, err := statements.List(ctx, chief, demo.CalderVale)
		if err != nil || len(list) != 5 || list[1].State != attestation.Locked {
			t.Fatalf("%d statements: %v", len(list), err)
		}
		pass, err := access.Check(chief, access.ReadStatement, demo.CalderVale)
		if err != nil {
			t.Fatal(err)
		}
		live, err := figures.Facts(ctx, pass, list[1].From, list[1].To, list[1].LockedAt)
		if err != nil || fmt.Sprint(live) != fmt.Sprint(list[1].Facts) {
			t.Errorf("locked %v, recorded %v: %v", list[1].Facts, live, err)
		}
	})
	t.Run("the chief executive can sign", func(t *testing.T) {
		list, err := statements.List(ctx, chief, demo.CalderVale)
		if err != nil {
			t.Fatal(err)
		}
		if err := statements.Choose(ctx, chief, demo.CalderVale, list[1].ID, attestation.Unqualified, list[1].Digest); err != nil {
			t.Fatal(err)
		}
		review, err := statements.Review(ctx, chief, demo.CalderVale, list[1].ID)
		if err != nil {
			t.Fatal(err)
		}
		if up, err := statements.Begin(ctx, chief, demo.CalderVale, list[1].ID, review.Answer()); err != nil || up.Nonce == "" {
			t.Errorf("cannot begin: %v", err)
		}
	})
	t.Run("the statement in preparation has something of every task to do", func(t *testing.T) {
		list, err := statements.List(ctx, chief, demo.CalderVale)
		if err != nil {
			t.Fatal(err)
		}
		desk, err := statements.Desk(ctx, chief, demo.CalderVale, list[0])
		if err != nil || desk.Missing != nil {
			t.Fatal(err, desk.Missing)
		}
		rules := map[string]bool{}
		for _, f := range desk.Findings {
			rules[f.Rule] = true
		}
		if list[0].State != attestation.Preparing || len(desk.Held.Commitments) == 0 || len(list[0].Proposals(desk.Held)) < 3 || len(list[0].Prepared.Relied) != 2 || !rules["C03"] || !rules["C05"] || !rules["C08"] || !rules["C10"] {
			t.Errorf("%s, %d commitments, %d proposals, %v", list[0].State, len(desk.Held.Commitments), len(list[0].Proposals(desk.Held)), rules)
		}
	})
	t.Run("a code of an old signature is known to anyone", func(t *testing.T) {
		g := w.Seed.Signatures[0]
		receipt, err := statements.CheckCode(ctx, access.Actor{}, g.Code.Groups())
		if err != nil || receipt.Signature.Digest != g.Digest || attestation.DigestOf(receipt.Signature.Document) != g.Digest {
			t.Errorf("%v", err)
		}
	})
	t.Run("the signer's list has what she signed", func(t *testing.T) {
		mine, err := statements.SignedBy(ctx, chief, demo.CalderVale, 10)
		if err != nil || len(mine) != 3 || mine[0].Opinion != attestation.Qualified || mine[0].Exceptions != 2 {
			t.Errorf("%+v: %v", mine, err)
		}
	})
	t.Run("two alerts are open and the second publisher can issue a third", func(t *testing.T) {
		open, err := alerts.Open(ctx, chief, demo.CalderVale, 10)
		if err != nil || len(open) != 4 { // and two are answered and cannot be fixed yet
			t.Errorf("%d open: %v", len(open), err)
		}
		drafts, err := alerts.Drafts(ctx, actor(t, w, "yusuf.karim"))
		if err != nil || len(drafts) != 2 {
			t.Fatalf("%d drafts: %v", len(drafts), err)
		}
		if _, n, err := alerts.Imported(ctx, actor(t, w, "yusuf.karim"), "halvard", "", 0); err != nil || n != 1 {
			t.Errorf("%d imported drafts about Halvard: %v", n, err)
		}
		for _, d := range drafts {
			if d.State != alert.Waiting {
				continue
			}
			if err := alerts.Issue(ctx, actor(t, w, "helen.marsh"), d.ID); !errors.Is(err, alert.ErrOwnDraft) {
				t.Errorf("the author issued it: %v", err)
			}
			if err := alerts.Issue(ctx, actor(t, w, "yusuf.karim"), d.ID); err != nil {
				t.Errorf("the second publisher cannot issue it: %v", err)
			}
		}
	})
	t.Run("one trust is below the expected range and most are within", func(t *testing.T) {
		service := &league.Service{Store: storage.League{DB: db}, Register: organisations, Now: now}
		c, err := service.Table(ctx, regulator, organisation.National, organisation.Acute, league.Year(moment), moment)
		if err != nil {
			t.Fatal(err)
		}
		bands := map[league.Band]int{}
		for _, row := range c.Rows {
			bands[row.Band]++
			if row.Organisation == demo.Northmoor && row.Band != league.Below || row.Organisation == demo.CalderVale && row.Band != league.Within {
				t.Errorf("%s is %s: %d of %d", row.Organisation, row.Band, row.K, row.N)
			}
		}
		if outside := bands[league.Below] + bands[league.Above]; outside < 1 || outside > 4 || bands[league.Within] < 110 {
			t.Errorf("bands %v, pooled %.2f", bands, c.Share)
		}
	})
	t.Run("a second world is not let in", func(t *testing.T) {
		if err := db.Seed(ctx, portal(t), w.Seed); !errors.Is(err, storage.ErrNotEmpty) {
			t.Errorf("it was: %v", err)
		}
		if err := db.Seed(ctx, access.Pass{}, w.Seed); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("without a decision: %v", err)
		}
		all, err := organisations.All(ctx, portal(t))
		if err != nil || len(all) != len(w.Seed.Organisations) {
			t.Errorf("%d organisations: %v", len(all), err)
		}
	})
	t.Run("people in office are found", func(t *testing.T) {
		register := &identity.Register{Store: organisations, Now: now, NewID: newID}
		holders, err := register.Holders(ctx, chief, demo.CalderVale)
		if err != nil || len(holders) != 6 {
			t.Errorf("%d people in office: %v", len(holders), err)
		}
	})
}

func TestBrokenSeedLeavesNothing(t *testing.T) {
	db, w := openEmpty(t), build(t, moment)
	broken := storage.Seed{Organisations: w.Seed.Organisations, People: w.Seed.People, Events: []event.Event{w.Seed.Events[0], w.Seed.Events[0]}}
	if err := db.Seed(t.Context(), portal(t), broken); err == nil {
		t.Fatal("an event was kept twice")
	}
	if all, err := (storage.Organisations{DB: db}).All(t.Context(), portal(t)); err != nil || len(all) != 0 {
		t.Errorf("%d organisations were left behind: %v", len(all), err)
	}
}

// BenchmarkBuildAndSeed is what starting a demonstration costs: the bar is 3
// seconds.
func BenchmarkBuildAndSeed(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db := openEmpty(b)
		b.StartTimer()
		begun := time.Now()
		w, err := demo.Build(moment, provider)
		if err != nil {
			b.Fatal(err)
		}
		built := time.Now()
		if err := db.Seed(b.Context(), portal(b), w.Seed); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(built.Sub(begun).Seconds(), "s-build")
		b.ReportMetric(time.Since(built).Seconds(), "s-seed")
		b.ReportMetric(float64(len(w.Seed.Events)), "events")
		b.ReportMetric(float64(len(w.Seed.Responses)), "responses")
	}
}

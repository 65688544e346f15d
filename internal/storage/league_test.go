package storage

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

var measured = time.Date(2026, 11, 23, 9, 20, 0, 0, time.UTC)

func openTemp(t testing.TB) *DB {
	t.Helper()
	ctx := context.Background()
	address := "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	if err := Migrate(ctx, address, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, address, transparency.ActKey{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// asked fills the house: organisations of two kinds in turn, high severity
// alerts a week apart, and every tenth answer late, the first organisation's
// all of them.
func asked(t testing.TB, db *DB, organisations, alerts int) {
	t.Helper()
	ctx := context.Background()
	err := db.write(ctx, func(q *queries) error {
		for i := range organisations {
			kind := []organisation.Kind{organisation.Acute, organisation.MentalHealth}[i%2]
			if err := q.AddOrganisation(ctx, gen.AddOrganisationParams{Code: member(i), Name: "Trust " + member(i), Kind: string(kind), Region: "Y60", OpenedOn: "2010-04-01"}); err != nil {
				return err
			}
		}
		for i := range alerts {
			at := measured.AddDate(0, 0, -7*(i+1)).UnixMicro()
			due := at + 48*3600*1e6
			id := fmt.Sprintf("alert-%03d", i)
			if err := q.AddAlert(ctx, gen.AddAlertParams{ID: id, Title: id, Severity: "high", Class: "normal", Steps: "[]", Audience: "{}", Author: "a", DraftedAt: at, State: "draft", More: "{}"}); err != nil {
				return err
			}
			some := func(x int64) sql.NullInt64 { return sql.NullInt64{Int64: x, Valid: true} }
			if _, err := q.ChangeAlert(ctx, gen.ChangeAlertParams{ID: id, Number: some(int64(i + 1)), Title: id, Severity: "high", Class: "normal", Steps: "[]", Audience: "{}", Author: "a",
				Approver: sql.NullString{String: "b", Valid: true}, IssuedAt: some(at), AnswerDue: some(due), ActionDue: some(due), State: "issued", More: "{}", Edition: 1, Version: 1}); err != nil {
				return err
			}
			for j := range organisations {
				if err := q.AddResponse(ctx, gen.AddResponseParams{Alert: id, Organisation: member(j), IssuedAt: at, AnswerDue: due, ActionDue: due}); err != nil {
					return err
				}
				answered := due - 1
				if j == 0 || (i+j)%10 == 0 {
					answered = due // the deadline itself is late
				}
				if _, err := q.ChangeResponse(ctx, gen.ChangeResponseParams{Alert: id, Organisation: member(j), AcknowledgedAt: some(answered), Applicability: "all", HowKnown: "[]", AppliedAt: some(answered), AnsweredAt: some(answered), AnswerDue: due, ActionDue: due, Version: 1}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func member(i int) string { return fmt.Sprintf("Z%04d", i) }

func comparing(db *DB) *league.Service {
	return &league.Service{Store: League{db}, Register: Organisations{db}, Now: func() time.Time { return measured }}
}

func holding(office access.Office, at organisation.Code) access.Actor {
	return access.Actor{ID: "p1", Name: "Pat Example", At: measured, Appointments: []access.Appointment{{Office: office, Organisation: at}}}
}

func TestAComparisonCountsWhatWasAsked(t *testing.T) {
	db, ctx := openTemp(t), context.Background()
	asked(t, db, 24, 40)
	period := league.Period{From: measured.AddDate(-1, 0, 0), To: measured}
	full, err := comparing(db).Table(ctx, holding(access.Regulator, organisation.National), organisation.National, organisation.Acute, period, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(full.Rows) != 12 || full.N != 12*40 || full.Rows[0].Organisation != "Z0000" || full.Rows[0].Band != league.Below || full.Rows[0].K != 0 {
		t.Errorf("got %d rows, %d of %d, first %+v", len(full.Rows), full.K, full.N, full.Rows[0])
	}
	if want := measured.Truncate(time.Hour); !full.AsOf.Equal(want) {
		t.Errorf("as of %s, want the full hour %s", full.AsOf, want)
	}
	own, err := comparing(db).Table(ctx, holding(access.CyberLead, "Z0002"), "Z0002", "", period, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(own.Rows) != 1 || own.Rows[0].Organisation != "Z0002" || own.N != full.N || own.Compared != full.Compared || len(own.Courses) != 1 {
		t.Errorf("a trust sees %+v", own)
	}
	past, err := comparing(db).Table(ctx, holding(access.Auditor, organisation.National), organisation.National, organisation.Acute, period, measured.AddDate(0, 0, -100))
	if err != nil || past.N >= full.N || past.N == 0 {
		t.Errorf("a hundred days ago %d were due of %d, %v", past.N, full.N, err)
	}
}

func TestAnswersInTimeOfAQuarter(t *testing.T) {
	db, ctx := openTemp(t), context.Background()
	asked(t, db, 2, 10)
	pass, err := access.Check(holding(access.SIRO, "Z0001"), access.LockStatement, "Z0001")
	if err != nil {
		t.Fatal(err)
	}
	day := func(weeks, days int) organisation.Day {
		return organisation.DayOf(measured.AddDate(0, 0, -7*weeks+days))
	}
	for name, test := range map[string]struct {
		from, to    organisation.Day
		at          time.Time
		inTime, due int
	}{
		"all of them":                  {day(20, 0), day(0, 0), measured, 9, 10},
		"first and last day included":  {day(3, 2), day(2, 2), measured, 2, 2},
		"the day after the first":      {day(3, 3), day(2, 2), measured, 1, 1},
		"the day before the last":      {day(3, 2), day(2, 1), measured, 1, 1},
		"not due yet when it is asked": {day(20, 0), day(0, 0), measured.AddDate(0, 0, -7*9), 0, 1},
	} {
		inTime, due, err := Alerts{db}.OnTime(ctx, pass, test.from, test.to, test.at)
		if err != nil || inTime != test.inTime || due != test.due {
			t.Errorf("%s: got %d of %d, %v; want %d of %d", name, inTime, due, err, test.inTime, test.due)
		}
	}
	if _, due, err := (Alerts{db}).OnTime(ctx, access.Pass{}, day(20, 0), day(0, 0), measured); due != 0 || err != nil {
		t.Errorf("a decision nobody took counts %d, %v", due, err)
	}
}

func TestPairsAreNotReadUnderAnotherDecision(t *testing.T) {
	db, ctx := openTemp(t), context.Background()
	pass, err := access.Check(holding(access.CyberLead, "Z0001"), access.ReadResponses, "Z0001")
	if err != nil {
		t.Fatal(err)
	}
	asked(t, db, 6, 3)
	period := league.Period{From: measured.AddDate(-1, 0, 0), To: measured}
	if _, err := (League{db}).Pairs(ctx, pass, organisation.Acute, period, measured); err != access.ErrNotFound {
		t.Errorf("got %v", err)
	}
	if pass, err = access.Check(holding(access.CyberLead, "Z0001"), access.Compare, "Z0001"); err != nil {
		t.Fatal(err)
	}
	if read, err := (League{db}).Pairs(ctx, pass, organisation.Acute, period, measured); err != nil || len(read) != 9 {
		t.Errorf("got %d pairs of 3 organisations of the kind, %v", len(read), err)
	}
}

// BenchmarkTable is the page's own cost: 250 organisations of two kinds, 40
// alerts to each.
func BenchmarkTable(b *testing.B) {
	db := openTemp(b)
	asked(b, db, 250, 40)
	s, who := comparing(db), holding(access.Regulator, organisation.National)
	period := league.Period{From: measured.AddDate(-1, 0, 0), To: measured}
	for b.Loop() {
		if _, err := s.Table(context.Background(), who, organisation.National, organisation.Acute, period, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPairs is the share of BenchmarkTable that is reading.
func BenchmarkPairs(b *testing.B) {
	db := openTemp(b)
	asked(b, db, 250, 40)
	pass, err := access.Check(holding(access.Regulator, organisation.National), access.Compare, organisation.National)
	if err != nil {
		b.Fatal(err)
	}
	period := league.Period{From: measured.AddDate(-1, 0, 0), To: measured}
	for b.Loop() {
		if _, err := (League{db}).Pairs(context.Background(), pass, organisation.Acute, period, measured); err != nil {
			b.Fatal(err)
		}
	}
}

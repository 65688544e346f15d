//go:build demo

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/transparency"
)

// BenchmarkGrowth measures pages of one trust in the demonstration as it is
// built, and again among 7,000 organisations that were sent 200 alerts each:
// a page costs what it shows, not what there is. "Anew" is the page when
// nothing it needs is remembered.
func BenchmarkGrowth(b *testing.B) {
	costs := map[string]float64{}
	for _, size := range []struct {
		name                  string
		organisations, alerts int
	}{{"202 x 80", 0, 0}, {"7000 x 200", 7000, 200}} {
		base, cookie, database := benchPortal(b)
		raw := openRaw(b, database)
		if size.organisations > 0 {
			grow(b, raw, size.organisations, size.alerts, 4)
		}
		client := &http.Client{}
		for _, page := range []struct {
			name  string
			path  func(i int) string
			moved bool // before each request something happens nationally
		}{
			{"list of 25 alerts", func(int) string { return "/organisations/ZZ1/alerts" }, false},
			{"list of 25 alerts, anew", func(i int) string {
				return "/organisations/ZZ1/alerts?before=" + strconv.FormatInt(math.MaxInt64-int64(i), 10)
			}, false},
			{"chief executive's home", func(int) string { return "/" }, false},
			{"chief executive's home, anew", func(int) string { return "/" }, true},
		} {
			b.Run(size.name+"/"+page.name, func(b *testing.B) {
				took := make([]time.Duration, b.N)
				for i := range took {
					if page.moved {
						happen(b, raw)
					}
					began := time.Now()
					if err := get(client, base+page.path(i), cookie); err != nil {
						b.Fatal(err)
					}
					took[i] = time.Since(began)
				}
				slices.Sort(took)
				p50 := float64(took[len(took)/2].Microseconds())
				b.ReportMetric(p50, "p50-µs")
				b.ReportMetric(0, "ns/op")
				if small := costs[page.name]; small > 0 && size.organisations > 0 {
					b.ReportMetric(p50/small, "times-the-small")
				} else {
					costs[page.name] = p50
				}
			})
		}
	}
}

// BenchmarkLeague builds every kind's comparison among 7,000 organisations and
// 200 alerts, and then asks for the page of one.
func BenchmarkLeague(b *testing.B) {
	base, _, database := benchPortal(b)
	raw := openRaw(b, database)
	grow(b, raw, 7000, 200, 1)
	db, err := storage.Open(b.Context(), "sqlite:"+database, transparency.ActKey{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	regulator := access.Actor{ID: "regulator", Name: "Regulator", At: time.Now(), Appointments: []access.Appointment{{Office: access.Regulator, Organisation: organisation.National}}}
	service := league.Service{Store: storage.League{DB: db}, Register: storage.Organisations{DB: db}, Now: time.Now}
	b.Run("build, every kind", func(b *testing.B) {
		for b.Loop() {
			for _, kind := range comparedInBench {
				if _, err := service.Table(b.Context(), regulator, organisation.National, kind, league.Year(time.Now()), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	cookie := signIn(b, storage.Identities{DB: db}, base+demoPath, "samir.devlin")
	page := base + "/compare?kind=" + string(organisation.MentalHealth)
	if err := get(http.DefaultClient, page, cookie); err != nil {
		b.Fatal(err)
	}
	b.Run("page of a built table", func(b *testing.B) {
		took := make([]time.Duration, 300)
		for i := range took {
			began := time.Now()
			if err := get(http.DefaultClient, page, cookie); err != nil {
				b.Fatal(err)
			}
			took[i] = time.Since(began)
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		b.ReportMetric(0, "ns/op")
	})
}

var comparedInBench = slices.DeleteFunc(slices.Clone(organisation.Kinds), func(k organisation.Kind) bool { return k == organisation.KindUnknown })

// BenchmarkStart runs the program as it is released on a seeded database.
func BenchmarkStart(b *testing.B) {
	_, _, database := benchPortal(b)
	binary := filepath.Join(b.TempDir(), "countersign")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var first []time.Duration
	var resident int
	for b.Loop() {
		took, kilobytes := startOnce(b, binary, database)
		first, resident = append(first, took), max(resident, kilobytes)
	}
	slices.Sort(first)
	b.ReportMetric(float64(first[len(first)/2].Milliseconds()), "ms-to-first-answer")
	b.ReportMetric(float64(resident)/1024, "MB-resident")
	b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
	b.ReportMetric(0, "ns/op")
}

// startOnce starts the program, asks until it answers, and stops it.
func startOnce(b *testing.B, binary, database string) (took time.Duration, kilobytes int) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // only its free port was wanted
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	program := exec.CommandContext(ctx, binary, "serve")
	program.Env = []string{prefix + "DATABASE=sqlite:" + database, prefix + "BLOBS=file:" + b.TempDir(), prefix + "LISTEN=" + address, prefix + "BASE_URL=http://" + address,
		prefix + "OIDC_NHS_ISSUER=http://127.0.0.1:9", prefix + "OIDC_NHS_CLIENT_ID=countersign", prefix + "OIDC_NHS_CLIENT_SECRET=none", prefix + "OIDC_NHS_STEP_UP_ACR=any"}
	began := time.Now()
	if err := program.Start(); err != nil {
		b.Fatal(err)
	}
	for {
		answer, err := http.Get("http://" + address + "/sign-in")
		if err == nil {
			took = time.Since(began)
			_, _ = io.Copy(io.Discard, answer.Body) // what it says is not measured
			_ = answer.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			b.Fatalf("it does not answer: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", program.Process.Pid))
	if err == nil {
		_, rest, _ := strings.Cut(string(status), "VmRSS:")
		kilobytes, _ = strconv.Atoi(strings.Fields(rest)[0])
	}
	stop()
	_ = program.Wait() // it was stopped: that it says so is no news
	return took, kilobytes
}

// openRaw opens a demonstration's database beside the portal, to fill it with
// more than a demonstration has.
func openRaw(b *testing.B, database string) *sql.DB {
	b.Helper()
	raw, err := sql.Open("sqlite", "file:"+database+"?_busy_timeout=5000&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	b.Cleanup(func() {
		if err := raw.Close(); err != nil {
			b.Error(err)
		}
	})
	return raw
}

// happen moves the national change mark, as any national act does.
func happen(b *testing.B, raw *sql.DB) {
	b.Helper()
	if _, err := raw.ExecContext(b.Context(), "insert into change_mark (organisation, n) values ('NATIONAL', 1) on conflict (organisation) do update set n = n + 1"); err != nil {
		b.Fatal(err)
	}
}

// grow adds organisations in turn of every kind, and alerts over the last year
// that all of them answered, some of them late. Calder Vale gets the alerts as
// well: its pages show as many rows as before, out of more. One alert in so many
// is of high severity: with 4, a quarter holds as many as in the demonstration.
func grow(b *testing.B, raw *sql.DB, organisations, alerts, oneHighIn int) {
	b.Helper()
	tx, err := raw.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	must := func(statement string, args ...any) {
		if _, err := tx.ExecContext(b.Context(), statement, args...); err != nil {
			b.Fatal(err)
		}
	}
	for i := range organisations {
		must("insert into organisation values (?, ?, ?, 'Y56', 'QMF', '2010-04-01', '', 1)", fmt.Sprintf("Y%04d", i), fmt.Sprintf("Grown Trust %04d", i), string(comparedInBench[i%len(comparedInBench)]))
	}
	at := time.Now().AddDate(-1, 0, 0)
	for i := range alerts {
		issued := at.Add(time.Duration(i) * 40 * time.Hour)
		id, answer, action := fmt.Sprintf("grown-%03d", i), issued.Add(48*time.Hour).UnixMicro(), issued.AddDate(0, 0, 14).UnixMicro()
		severity := "medium"
		if i%oneHighIn == 0 {
			severity = "high"
		}
		must(`insert into alert (id, number, title, severity, class, threat_type, why, steps, audience, author, drafted_at, approver, issued_at, answer_due, action_due, state, version)
			values (?, ?, 'Grown alert', ?, 'normal', '', 'It is used', '["Patch"]', '{}', 'a', ?, 'b', ?, ?, ?, 'issued', 3)`, id, 9000+i, severity, issued.UnixMicro(), issued.UnixMicro(), answer, action)
		must(`insert into alert_response (alert, organisation, issued_at, answer_due, action_due, acknowledged_at, acknowledged_by, applicability, how_known, checked_on, applied_at, answered_at,
			outcome, fixed_count, asset_count, reason, plan_on, closed_at, version)
			select ?1, code, ?2, ?3, ?4, ?2 + 1000000, 'p', 'all', '[]', '', ?2 + 1000000, ?2 + (abs(random()) % 50) * 3600000000, 'fixed', 0, 0, '', '', ?4, 3
			from organisation where code like 'Y____' or code = 'ZZ1'`, id, issued.UnixMicro(), answer, action)
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	happen(b, raw)
	for _, tidy := range []string{"pragma wal_checkpoint(truncate)", "analyze"} { // as a database that has been in use for a while
		if _, err := raw.ExecContext(b.Context(), tidy); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC() // what filling left behind is not the pages' cost
}

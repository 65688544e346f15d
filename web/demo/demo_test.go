//go:build demo

package demo_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/web/demo"
)

var provider = demo.Provider{Issuer: "http://localhost:8080/demo-provider", Client: "countersign"}

// BenchmarkBuildAndSeed is what starting a demonstration costs: the bar is 3
// seconds.
func BenchmarkBuildAndSeed(b *testing.B) {
	now := time.Date(2026, 11, 24, 9, 41, 0, 0, time.UTC)
	for b.Loop() {
		b.StopTimer()
		address := "sqlite:" + filepath.Join(b.TempDir(), "demo.db")
		if err := storage.Migrate(b.Context(), address, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
			b.Fatal(err)
		}
		db, err := storage.Open(b.Context(), address)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		begun := time.Now()
		w, err := demo.Build(now, provider)
		if err != nil {
			b.Fatal(err)
		}
		built := time.Now()
		pass, err := access.Check(access.PortalActor("demonstration"), access.ImportOrganisations, organisation.National)
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Seed(b.Context(), pass, w.Seed); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(built.Sub(begun).Seconds(), "s-build")
		b.ReportMetric(time.Since(built).Seconds(), "s-seed")
		b.ReportMetric(float64(len(w.Seed.Events)), "events")
		b.ReportMetric(float64(len(w.Seed.Responses)), "responses")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

package storage_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
	"countersign/internal/transparency"
)

// ready is a house in which as many statements as the benchmark has rounds wait
// for nothing but the proof, on SQLite as the program opens it, while the public
// log grows.
type ready struct {
	house *storagetest.House
	raw   *sql.DB
	log   *transparency.Log
	ups   []attestation.StepUp
	took  []time.Duration
	end   func()
}

func makeReady(b *testing.B) *ready {
	b.Helper()
	db, err := storage.Open(b.Context(), sqlite(b), storagetest.Acts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	r := &ready{house: storagetest.Furnish(b, storagetest.Opened{DB: db, Raw: db.Raw()}), raw: db.Raw(), ups: make([]attestation.StepUp, b.N), took: make([]time.Duration, b.N)}
	for i := range r.ups {
		r.ups[i] = r.house.Begun(b, storagetest.Chief(), storagetest.Here, r.house.Lock(b, storagetest.Here, int64(i+1)))
	}
	r.log, _ = r.house.Log(b)
	if _, err := r.log.Grow(b.Context()); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var growing sync.WaitGroup
	growing.Go(func() { r.log.Run(ctx, func(err error) { b.Error("the log:", err) }) })
	r.end = func() {
		stop()
		growing.Wait()
		if _, err := r.log.Grow(b.Context()); err != nil {
			b.Error("the log:", err)
		}
	}
	return r
}

// sign signs one of the statements that are ready. What it leaves out is the
// provider. It is acknowledged after it is on the disk.
func (r *ready) sign(b *testing.B, i int, began time.Time) {
	if _, err := r.house.Sign(b.Context(), storagetest.Chief(), storagetest.Here, r.ups[i]); err != nil {
		b.Error(err)
	}
	r.log.Nudge()
	r.took[i] = time.Since(began)
}

// report says how fast it went, and how that compares with commits of a single
// row, one after the other on the same disk in the same run.
func (r *ready) report(b *testing.B) {
	b.Helper()
	slices.Sort(r.took)
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "signatures/s")
	b.ReportMetric(float64(r.took[len(r.took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
	const commits = 2000
	if _, err := r.raw.ExecContext(b.Context(), "create table bare (n integer primary key) strict"); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	for i := range commits {
		if _, err := r.raw.ExecContext(b.Context(), "insert into bare (n) values ($1)", i); err != nil {
			b.Fatal(err)
		}
	}
	bare := commits / time.Since(began).Seconds()
	b.ReportMetric(bare, "bare-commits/s")
	b.ReportMetric(rate/bare, "of-bare-commits")
}

// BenchmarkSignOff signs as fast as it goes, eight at a time.
func BenchmarkSignOff(b *testing.B) {
	r := makeReady(b)
	next := make(chan int)
	var group sync.WaitGroup
	b.ResetTimer()
	for range 8 {
		group.Go(func() {
			for i := range next {
				r.sign(b, i, time.Now())
			}
		})
	}
	for i := range r.ups {
		next <- i
	}
	close(next)
	group.Wait()
	b.StopTimer()
	r.end()
	r.report(b)
}

// BenchmarkSignOffSteady has somebody sign every five milliseconds, whether or
// not those before them are done: 200 a second, 12000x of them for a minute. How
// long one takes is counted from when they pressed the button.
func BenchmarkSignOffSteady(b *testing.B) {
	const apart = 5 * time.Millisecond
	r := makeReady(b)
	var group sync.WaitGroup
	b.ResetTimer()
	began := time.Now()
	for i := range r.ups {
		due := began.Add(time.Duration(i) * apart)
		time.Sleep(time.Until(due))
		group.Go(func() { r.sign(b, i, due) })
	}
	group.Wait()
	b.StopTimer()
	r.end()
	r.report(b)
}

package storage_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
)

// BenchmarkSignOff signs statements that wait for nothing but the proof, eight
// at a time, on SQLite as the program opens it: each is acknowledged after it
// is on the disk, and the public log grows meanwhile. What it leaves out is the
// provider. At the end everything signed is in the log.
func BenchmarkSignOff(b *testing.B) {
	db, err := storage.Open(b.Context(), sqlite(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	house := storagetest.Furnish(b, storagetest.Opened{DB: db, Raw: db.Raw()})
	ups := make([]attestation.StepUp, b.N)
	for i := range ups {
		ups[i] = house.Begun(b, storagetest.Chief(), storagetest.Here, house.Lock(b, storagetest.Here, int64(i+1)))
	}
	l, _ := house.Log(b)
	if _, err := l.Grow(b.Context()); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var growing sync.WaitGroup
	growing.Go(func() { l.Run(ctx, func(err error) { b.Error("the log:", err) }) })
	took := make([]time.Duration, b.N)
	next := make(chan int)
	var group sync.WaitGroup
	b.ResetTimer()
	for range 8 {
		group.Go(func() {
			for i := range next {
				began := time.Now()
				if _, err := house.Sign(b.Context(), storagetest.Chief(), storagetest.Here, ups[i]); err != nil {
					b.Error(err)
				}
				l.Nudge()
				took[i] = time.Since(began)
			}
		})
	}
	for i := range ups {
		next <- i
	}
	close(next)
	group.Wait()
	stop()
	growing.Wait()
	if _, err := l.Grow(b.Context()); err != nil {
		b.Error("the log:", err)
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

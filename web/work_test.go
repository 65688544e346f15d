package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/evidence"
)

// TestWorkSweepsAndStops: at its start the program removes what killed uploads
// left a day ago, and its work ends with its context, scanner or not.
func TestWorkSweepsAndStops(t *testing.T) {
	for _, clamd := range []string{"", "unix:" + filepath.Join(t.TempDir(), "nobody.sock")} {
		folder := t.TempDir()
		c, err := readConfig("", []string{prefix + "DATABASE=sqlite:" + filepath.Join(folder, "p.db"), prefix + "BLOBS=file:" + filepath.Join(folder, "blobs"), prefix + "CLAMD=" + clamd, actKey(t)})
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.NewTextHandler(io.Discard, nil))
		if err := migrate(t.Context(), c, log); err != nil {
			t.Fatal(err)
		}
		s, err := open(t.Context(), c, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.blobs.Keep(t.Context(), strings.NewReader("proof"), evidence.MaxSize, nil); err != nil {
			t.Fatal(err)
		}
		left := filepath.Join(folder, "blobs", "incoming", "upload-1")
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(left, time.Time{}, time.Now().Add(-25*time.Hour)); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() { s.work(ctx, log, time.Now); close(ended) }()
		for deadline := time.Now().Add(10 * time.Second); ; <-time.After(10 * time.Millisecond) {
			if _, err := os.Stat(left); os.IsNotExist(err) {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("what a killed upload left is still there: %v", err)
			}
		}
		stop()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Fatal("the work did not end")
		}
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSizesAreRead(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "500": 500, "20GiB": 20 << 30, " 3 MiB ": 3 << 20, "1KiB": 1024, "": -1, "-1": -1, "20GB": -1, "9999999TiB": -1, "1.5GiB": -1} {
		if got, err := parseSize(text); (err == nil) != (want >= 0) || (err == nil && got != want) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}

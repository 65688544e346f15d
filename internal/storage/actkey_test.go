package storage_test

import (
	"bytes"
	"errors"
	"testing"

	"countersign/internal/attestation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
	"countersign/internal/transparency"
)

// TestWithoutTheActKeyNothingIsRecorded: a program that has no act key reads and
// records nothing that somebody answers for, and one with another key than the
// log began with does not start.
func TestWithoutTheActKeyNothingIsRecorded(t *testing.T) {
	address := sqlite(t)
	enter := func(acts transparency.ActKey) (*storage.DB, *storagetest.House) {
		db, err := storage.Open(t.Context(), address, acts)
		if err != nil {
			t.Fatal(err)
		}
		return db, storagetest.Enter(storagetest.Opened{DB: db})
	}
	db := storage.OpenCounted(t, address, storagetest.Acts, &storage.Calls{})
	h := storagetest.Furnish(t, storagetest.Opened{DB: db, Raw: db.Raw()})
	st := h.Lock(t, storagetest.Here, 1)
	other := transparency.NewActKey(bytes.Repeat([]byte{7}, transparency.ActKeyBytes))
	if _, err := storage.Open(t.Context(), address, other); err == nil {
		t.Error("another key than that of what waits for the log was taken")
	}
	l, _ := h.Log(t)
	if _, err := l.Grow(t.Context()); err != nil {
		t.Fatal(err)
	}

	none, reading := enter(transparency.ActKey{})
	who := storagetest.Chief()
	who.At = h.Now()
	read, _, err := reading.Statements.Read(t.Context(), who, storagetest.Here, st)
	if err != nil {
		t.Fatal("without a key it cannot be read:", err)
	}
	if err := reading.Statements.Choose(t.Context(), who, storagetest.Here, st, attestation.Declined, read.Digest); err != nil {
		t.Fatal("without a key nothing can be drafted:", err)
	}
	if err := reading.Statements.Decline(t.Context(), who, storagetest.Here, st, "Another figure"); !errors.Is(err, storage.ErrNoActKey) {
		t.Errorf("without a key an act was recorded: %v", err)
	}
	if err := none.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(t.Context(), address, other); err == nil {
		t.Error("another key than that of the log's first entry was taken")
	}
	again, _ := enter(storagetest.Acts)
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

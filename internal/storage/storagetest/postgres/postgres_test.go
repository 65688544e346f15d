package postgres_test

import (
	"log/slog"
	"testing"

	"countersign/internal/storage"
	"countersign/internal/storage/storagetest/postgres"
	"countersign/internal/transparency"
)

func TestDatabaseIsMigratedAndEmptyIsNot(t *testing.T) {
	db, err := storage.Open(t.Context(), postgres.Database(t), transparency.ActKey{})
	if err != nil {
		t.Fatalf("open a migrated database: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	empty := postgres.Empty(t)
	if _, err := storage.Open(t.Context(), empty, transparency.ActKey{}); err == nil {
		t.Error("a database without a schema was opened")
	}
	for range 2 { // the second time there is nothing to do
		if err := storage.Migrate(t.Context(), empty, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
}

//go:build !race

package storage_test

import (
	"testing"

	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
	"countersign/internal/storage/storagetest/postgres"
)

// TestTampering changes, adds and removes what only somebody with the database's
// password can, in every way there is, on both engines: fsck finds and names it.
// Nothing here runs at the same time as anything else, so it is not run again
// where races are watched for.
func TestTampering(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{"SQLite": sqliteQuick, "PostgreSQL": func(t *testing.T) string { return postgres.Database(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storagetest.RunTampering(t, opens(address, &storage.Calls{}))
		})
	}
}

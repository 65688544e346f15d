package storage_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
)

func TestSQLite(t *testing.T) {
	t.Parallel() // with the other engine, which waits for its server most of the time
	promises(t, sqliteQuick)
}

// sqliteQuick gives the address of a new database where that is quickest.
func sqliteQuick(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp(storagetest.Quick(), "portal-sqlite-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return sqliteIn(t, folder)
}

var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "portal-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // only the bytes are wanted
	file := filepath.Join(folder, "portal.db")
	if err := storage.Migrate(context.Background(), "sqlite:"+file, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// sqlite gives the address of a new database with the program's own schema.
func sqlite(t testing.TB) string {
	t.Helper()
	return sqliteIn(t, t.TempDir())
}

func sqliteIn(t testing.TB, folder string) string {
	t.Helper()
	bytes, err := migrated()
	if err != nil {
		t.Fatalf("migrate: %v", err)
	}
	file := filepath.Join(folder, "portal.db")
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

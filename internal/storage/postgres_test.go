package storage_test

import (
	"testing"

	"countersign/internal/storage/storagetest/postgres"
)

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	promises(t, func(t *testing.T) string { return postgres.Database(t) })
}

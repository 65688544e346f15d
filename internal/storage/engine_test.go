package storage_test

import (
	"reflect"
	"testing"

	"countersign/internal/storage"
	"countersign/internal/storage/gen"
	"countersign/internal/storage/storagetest"
)

// promises runs the whole suite on one engine and then asks whether every
// query there is took part: a query nobody runs is a promise nobody checks.
func promises(t *testing.T, address func(t *testing.T) string) {
	calls := &storage.Calls{}
	storagetest.Run(t, opens(address, calls))
	if t.Failed() || t.Skipped() {
		return
	}
	queries := reflect.TypeFor[*gen.Queries]()
	for i := range queries.NumMethod() {
		name := queries.Method(i).Name
		if name != "WithTx" && name != "Close" && calls.Count(name) == 0 {
			t.Errorf("the query %s never ran: add a promise that needs it", name)
		}
	}
}

// opens opens a new database for each promise.
func opens(address func(t *testing.T) string, calls *storage.Calls) func(t *testing.T) storagetest.Opened {
	return func(t *testing.T) storagetest.Opened {
		db := storage.OpenCounted(t, address(t), storagetest.Acts, calls)
		return storagetest.Opened{DB: db, Raw: db.Raw()}
	}
}

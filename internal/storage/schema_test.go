package storage_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"countersign/db"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest/postgres"
	"countersign/internal/transparency"
)

// pairs refuses migrations that one engine has and the other has not.
func pairs(files fs.FS) error {
	var errs []error
	have := map[string][]string{}
	for _, engine := range []string{"sqlite", "postgres"} {
		found, err := fs.Glob(files, "migrations/"+engine+"/*.sql")
		errs = append(errs, err)
		for _, path := range found {
			name := strings.TrimPrefix(path, "migrations/"+engine+"/")
			have[name] = append(have[name], engine)
		}
	}
	for name, engines := range have {
		if len(engines) != 2 {
			errs = append(errs, fmt.Errorf("%s is there for %s alone", name, engines[0]))
		}
	}
	if len(have) == 0 {
		errs = append(errs, errors.New("there are no migrations"))
	}
	return errors.Join(errs...)
}

func TestMigrationsComeInPairs(t *testing.T) {
	if err := pairs(db.Migrations); err != nil {
		t.Error(err)
	}
	half := fstest.MapFS{"migrations/sqlite/0001_a.sql": {}, "migrations/postgres/0001_a.sql": {}, "migrations/sqlite/0002_b.sql": {}}
	if pairs(half) == nil {
		t.Error("half a pair was taken")
	}
}

// TestBothSchemasAreOne compares tables, columns, types, what may be null,
// and indexes.
func TestBothSchemasAreOne(t *testing.T) {
	other := schema(t, postgres.Database(t),
		`select c.table_name || '.' || c.column_name || ' ' || replace(replace(c.data_type, 'bigint', 'integer'), 'bytea', 'blob') || ' ' || lower(c.is_nullable) from information_schema.columns c
		  where c.table_schema = 'public' and c.table_name not like 'goose_%'`,
		`select 'index ' || indexname || ' on ' || tablename from pg_indexes where schemaname = 'public' and indexname not like '%_pkey' and indexname not like '%_key' and tablename not like 'goose_%'`)
	one := schema(t, sqlite(t),
		`select t.name || '.' || c.name || ' ' || lower(c.type) || ' ' || case when c."notnull" = 1 then 'no' else 'yes' end from sqlite_master t join pragma_table_info(t.name) c
		  where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like 'goose_%'`,
		`select 'index ' || name || ' on ' || tbl_name from sqlite_master where type = 'index' and sql is not null and tbl_name not like 'goose_%'`)
	if len(one) < 150 {
		t.Errorf("only %d columns and indexes were compared", len(one))
	}
	for _, each := range one {
		if !slices.Contains(other, each) {
			t.Errorf("SQLite alone has: %s", each)
		}
	}
	for _, each := range other {
		if !slices.Contains(one, each) {
			t.Errorf("PostgreSQL alone has: %s", each)
		}
	}
}

func schema(t *testing.T, address string, queries ...string) []string {
	t.Helper()
	raw := storage.OpenCounted(t, address, transparency.ActKey{}, &storage.Calls{}).Raw()
	var all []string
	for _, query := range queries {
		rows, err := raw.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			all = append(all, line)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// An older schema is refused: the program never makes one by accident.
func TestADatabaseWithoutASchemaIsRefused(t *testing.T) {
	for _, address := range []string{"sqlite:" + t.TempDir() + "/absent.db", postgres.Empty(t), "mysql://x"} {
		if _, err := storage.Open(t.Context(), address, transparency.ActKey{}); err == nil {
			t.Errorf("%s was opened", address)
		}
	}
}

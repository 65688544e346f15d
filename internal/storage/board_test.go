package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"countersign/internal/board"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
	"countersign/internal/storage/storagetest/postgres"
)

// The same record gives the same board paper, whichever database keeps it: a
// trust is lived through on SQLite, and its rows are carried over one by one.
func TestBothEnginesDrawTheSameBoardPaper(t *testing.T) {
	calls := &storage.Calls{}
	from := storage.OpenCounted(t, sqlite(t), storagetest.Acts, calls)
	h := storagetest.Furnish(t, storagetest.Opened{DB: from, Raw: from.Raw()})
	h.BoardRoom(t)
	to := storage.OpenCounted(t, postgres.Database(t), storagetest.Acts, calls)
	carry(t, from.Raw(), to.Raw())
	at := h.Now()
	drawn := func(db *storage.DB) string {
		s := &board.Service{Store: storage.Boards{DB: db}, Now: h.Now}
		who := storagetest.Chief()
		who.At = at
		p, err := s.Paper(t.Context(), who, storagetest.Here, at)
		if err != nil {
			t.Fatal(err)
		}
		return p.Text()
	}
	one, other := drawn(from), drawn(to)
	if one != other || strings.Count(one, "\n") < 80 || !strings.Contains(one, "log root: ") {
		t.Errorf("on SQLite\n%s\non PostgreSQL\n%s", one, other)
	}
}

// carry copies every row from SQLite to PostgreSQL, past triggers and foreign keys.
func carry(t *testing.T, from, to *sql.DB) {
	t.Helper()
	ctx := context.Background()
	connection, err := to.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }() // gives it back to the pool
	run := func(query string, values ...any) {
		if _, err := connection.ExecContext(ctx, query, values...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	run("set session_replication_role = replica")
	for _, table := range tablesOf(t, from) {
		run("delete from " + table)
		rows, err := from.QueryContext(ctx, "select * from "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		places := make([]string, len(columns))
		for i := range places {
			places[i] = fmt.Sprint("$", i+1)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				values[i] = *v.(*any)
			}
			run("insert into "+table+" ("+strings.Join(columns, ", ")+") values ("+strings.Join(places, ", ")+")", values...)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	run("set session_replication_role = default")
}

func tablesOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'goose_%' order by name")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to the end below
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

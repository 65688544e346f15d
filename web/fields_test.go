//go:build demo

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"countersign/web/handler"
)

// TestT31_FieldsAPageDoesNotTake sends to every address that changes something
// what no page of ours sends there, as everybody: whoever may use the address
// is refused with 400, and nothing on record changes.
func TestT31_FieldsAPageDoesNotTake(t *testing.T) {
	t.Parallel()
	m := matrixOf(t)
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(m.config.Database, "sqlite:")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }() // read only
	raw.SetMaxOpenConns(1)             // data_version is what this one connection has not seen
	before, seen := contents(t, raw), version(t, raw)
	for _, route := range m.portal.routes {
		if route.Method != http.MethodPost || strings.HasSuffix(route.Path, "/evidence/new") {
			continue // a file comes in parts, which are judged where they are read
		}
		for name, request := range hostile(m.address(route.Path), route) {
			refused := 0
			for _, person := range m.people {
				switch code := m.sends(request, person); code {
				case http.StatusBadRequest:
					refused++
				case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
				default:
					t.Errorf("%s %s with %s as %s: %d", route.Method, route.Path, name, person.name, code)
				}
			}
			if refused == 0 {
				t.Errorf("%s %s with %s: nobody may use it, so it is not tested", route.Method, route.Path, name)
			}
		}
		now := version(t, raw)
		if now == seen {
			continue // nothing was written at all
		}
		seen = now
		if after := contents(t, raw); after != before {
			t.Errorf("%s %s changed something", route.Method, route.Path)
			before = after
		}
	}
}

// posted is a request that can be sent more than once.
type posted struct{ address, kind, body string }

const urlencoded = "application/x-www-form-urlencoded"

// hostile lists what a page never sends to a route, by what it is.
func hostile(address string, route handler.Route) map[string]posted {
	list := map[string]posted{}
	for _, field := range []string{"role", "org", "signed_at", "deadline", "Opinion", "Seen", "gap-01-name", "gap-50-name", "gap--1-name"} {
		pair := url.Values{field: {"1"}}.Encode()
		list["the field "+field] = posted{address, urlencoded, pair}
		if route.Fields != handler.AnyField {
			list["the field "+field+" in the address"] = posted{address + "?" + pair, urlencoded, ""}
		}
	}
	if route.Fields == handler.AnyField {
		return list
	}
	for field := range strings.FieldsSeq(route.Fields) {
		single := strings.Replace(field, "#", "0", 1)
		if strings.HasSuffix(field, "*") {
			continue
		}
		list[field+" twice"] = posted{address, urlencoded, single + "=1&" + single + "=2"}
		list[field+" in the address as well"] = posted{address + "?" + single + "=1", urlencoded, single + "=2"}
		list[field+" in capitals"] = posted{address, urlencoded, strings.ToUpper(single) + "=1"}
	}
	list["fields as parts"] = posted{address, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"role\"\r\n\r\n1\r\n--x--\r\n"}
	list["fields as text"] = posted{address, "text/plain", "role=1"}
	list["fields of no kind"] = posted{address, "", "role=1"}
	list["a broken escape"] = posted{address, urlencoded, "role=%zz"}
	list["more than a form holds"] = posted{address, urlencoded, strings.Repeat("a", 1<<17)}
	return list
}

func (m *matrix) sends(p posted, who kind) int {
	request := httptest.NewRequest(http.MethodPost, p.address, strings.NewReader(p.body))
	if p.kind != "" {
		request.Header.Set("Content-Type", p.kind)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if who.cookie != "" {
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: who.cookie})
	}
	answer := httptest.NewRecorder()
	m.portal.ServeHTTP(answer, request)
	return answer.Code
}

// version moves whenever anybody else has written to the database.
func version(t *testing.T, raw *sql.DB) int64 {
	t.Helper()
	var n int64
	if err := raw.QueryRowContext(context.Background(), "pragma data_version").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// contents stands for every row of every table but one.
func contents(t *testing.T, raw *sql.DB) string {
	t.Helper()
	ctx, sum := context.Background(), sha256.New()
	var tables []string
	rows, err := raw.QueryContext(ctx, "select name from sqlite_master where type = 'table' and name <> 'session' order by name") // which remembers once a minute that somebody was there
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		rows, err := raw.QueryContext(ctx, `select * from "`+table+`"`)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintln(sum, table, values) // a hash never fails to write
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

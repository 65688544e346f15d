//go:build demo

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheActKeyIsReplaced goes the way docs/transparency.md describes: the new
// secret in front of the old one, the codes made anew, the old one taken out.
func TestTheActKeyIsReplaced(t *testing.T) {
	folder := t.TempDir()
	key, other := filepath.Join(folder, "log.key"), filepath.Join(folder, "other.key")
	m := moved{t: t, logs: &lockedBuffer{}, env: []string{prefix + "BASE_URL=http://localhost:8080", prefix + "DATABASE=sqlite:" + filepath.Join(folder, "portal.db"),
		prefix + "BLOBS=file:" + filepath.Join(folder, "blobs"), prefix + "LOG_KEY=" + key}}
	fails := func(words string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(args, m.env, &out, &errs); code == 0 || !strings.Contains(errs.String(), words) {
			t.Fatalf("%v: exit %d\n%s%s", args, code, &out, &errs)
		}
	}
	m.does("keys", "new", key)
	m.does("keys", "new", other)
	m.does("migrate")
	m.grows()
	m.says("0 codes made anew.", "keys", "recode")

	secret := func(path string) string {
		text, err := os.ReadFile(path + ".acts")
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(string(text), "\n")
		return line
	}
	write := func(secrets ...string) {
		t.Helper()
		if err := os.WriteFile(key+".acts", []byte("countersign act key 1\n"+strings.Join(secrets, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	was, is := secret(key), secret(other)
	write(is)
	fails("the act key is not the one that this database's log began with", "keys", "recode")
	write(is, was)
	m.says("Take the secrets below it out", "keys", "recode")
	m.says("0 codes made anew.", "keys", "recode")
	m.grows()
	write(is)
	m.does("fsck")
	write(was)
	fails("the act key is not the one that this database's log began with", "fsck")
}

// grows gives everything that waits its place in the log, as the running portal
// does.
func (m moved) grows() {
	m.t.Helper()
	c, err := readConfig("", m.env)
	if err != nil {
		m.t.Fatal("settings:", err)
	}
	s, err := open(m.t.Context(), c, time.Now)
	if err != nil {
		m.t.Fatal(err)
	}
	_, err = s.log.Grow(m.t.Context())
	if err := errors.Join(err, s.db.Close()); err != nil {
		m.t.Fatal(err)
	}
}

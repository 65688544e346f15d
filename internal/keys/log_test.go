package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/keys"
	"countersign/internal/transparency"
)

const origin = "countersign.example/log"

func TestKeySignsAndMarks(t *testing.T) {
	for range 50 { // keys whose base64 holds a plus are among them
		path := filepath.Join(t.TempDir(), "log.key")
		made, err := keys.NewLog(path, origin)
		if err != nil {
			t.Fatal(err)
		}
		c := transparency.Checkpoint{Origin: origin, Size: 3, Root: tlog.RecordHash([]byte("x"))}
		signed, err := c.Sign(made)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transparency.OpenCheckpoint(signed, transparency.Keys{Log: []string{made.Verifier()}}); err != nil {
			t.Fatal("its own signature:", err)
		}
		if last, known, err := made.Last(); err != nil || !known || last.Size != 0 || last.Origin != origin {
			t.Fatalf("a new mark is %+v, %v, %v", last, known, err)
		}
		if err := made.Advance(c); err != nil {
			t.Fatal(err)
		}
		older := c
		older.Size = 2
		if err := made.Advance(older); err != nil {
			t.Fatal(err)
		}
		again, err := keys.OpenLog(path)
		if err != nil {
			t.Fatal(err)
		}
		if last, _, err := again.Last(); err != nil || last != c {
			t.Errorf("the mark is %+v, %v; want %+v", last, err, c)
		}
	}
}

// TestT91_KeysAreRefused: what others can read, what is gone, what is not whole.
func TestT91_KeysAreRefused(t *testing.T) {
	fresh := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "log.key")
		if _, err := keys.NewLog(path, origin); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for claim, spoil := range map[string]func(path string) error{
		"a key that others can read":  func(path string) error { return os.Chmod(path, 0o640) },
		"a mark that others can read": func(path string) error { return os.Chmod(path+".mark", 0o604) },
		"a key that is gone":          os.Remove,
		"a mark that is gone":         func(path string) error { return os.Remove(path + ".mark") },
		"an empty key":                func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"an empty mark":               func(path string) error { return os.WriteFile(path+".mark", nil, 0o600) },
		"half a key":                  func(path string) error { return os.Truncate(path, 60) },
		"halves of two keys": func(path string) error {
			secret, _, err := note.GenerateKey(nil, origin)
			text, read := os.ReadFile(path)
			_, public, _ := strings.Cut(string(text), "\n")
			return errors.Join(err, read, os.WriteFile(path, []byte(secret+"\n"+public), 0o600))
		},
	} {
		t.Run(claim, func(t *testing.T) {
			path := fresh(t)
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.OpenLog(path); err == nil {
				t.Error("it was taken")
			}
		})
	}
	path := fresh(t)
	if _, err := keys.NewLog(path, origin); err == nil {
		t.Error("a key was written over")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.NewLog(path, origin); err == nil {
		t.Error("a mark was written over")
	}
}

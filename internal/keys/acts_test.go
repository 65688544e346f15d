package keys_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/keys"
	"countersign/internal/transparency"
)

// TestActKeyIsReplaced: the secret on the first line makes codes, those after it
// still tell what was recorded before.
func TestActKeyIsReplaced(t *testing.T) {
	folder := t.TempDir()
	leaf := transparency.LeafOf("00", "an act")
	old, fresh := filepath.Join(folder, "old"), filepath.Join(folder, "new")
	was, err := keys.NewActs(old)
	if err != nil {
		t.Fatal(err)
	}
	is, err := keys.NewActs(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if !was.Made(leaf, was.Code(leaf)) || was.Made(leaf, is.Code(leaf)) || was.Made(transparency.LeafOf("01", "an act"), was.Code(leaf)) || was.Made(leaf, "") {
		t.Fatal("a code is taken of another key or leaf, or none is")
	}
	before, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(string(before), "\n")
	if err := os.WriteFile(fresh, append(now, secret...), 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := keys.OpenActs(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if both.Code(leaf) != is.Code(leaf) || !both.Made(leaf, was.Code(leaf)) || !both.Made(leaf, is.Code(leaf)) {
		t.Error("after a replacement the new one does not make codes, or the old one tells nothing")
	}
}

// TestT91_ActKeysAreRefused: what others can read, what is gone, what is not whole.
func TestT91_ActKeysAreRefused(t *testing.T) {
	for claim, spoil := range map[string]func(path string) error{
		"one that others can read": func(path string) error { return os.Chmod(path, 0o640) },
		"one that is gone":         os.Remove,
		"an empty one":             func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"one without a secret":     func(path string) error { return os.Truncate(path, int64(len("countersign act key 1\n"))) },
		"half of one":              func(path string) error { return os.Truncate(path, 40) },
		"one without its mark":     func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("A", 43)+"=\n"), 0o600) },
	} {
		t.Run(claim, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "acts")
			if _, err := keys.NewActs(path); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.NewActs(path); err == nil {
				t.Fatal("it was written over")
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.OpenActs(path); err == nil {
				t.Error("it was taken")
			}
		})
	}
	path := filepath.Join(t.TempDir(), "log.key")
	if _, err := keys.NewActs(path + keys.ActsEnding); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.NewLog(path, origin); err == nil {
		t.Error("an act key was written over with the log's")
	}
}

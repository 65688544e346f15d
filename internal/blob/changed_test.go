package blob

import (
	"os"
	"strings"
	"testing"

	"countersign/internal/evidence"
)

func TestChangedBytesAreNamed(t *testing.T) {
	f := Folder{Path: t.TempDir()}
	for _, text := range []string{"one", "two"} {
		if _, err := f.Keep(t.Context(), strings.NewReader(text), evidence.MaxSize, nil); err != nil {
			t.Fatal(err)
		}
	}
	if changed, err := f.Changed(t.Context()); err != nil || len(changed) > 0 {
		t.Fatalf("as they were: %v, %v", changed, err)
	}
	const two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"
	if err := os.Chmod(f.place(two), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.place(two), []byte("tow"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := f.Changed(t.Context()); err != nil || len(changed) != 1 || changed[0] != two {
		t.Errorf("with one changed: %v, %v", changed, err)
	}
}

package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/internal/blob"
	"countersign/internal/evidence"
)

// files lists what is on the disk below the folder.
func files(t *testing.T, f blob.Folder) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(f.Path, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func keep(t *testing.T, f blob.Folder, body string) evidence.Stored {
	t.Helper()
	stored, err := f.Keep(t.Context(), strings.NewReader(body), 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestWhatIsKeptComesBack(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	stored := keep(t, f, "proof")
	body, err := f.Open(t.Context(), stored.Digest)
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil || string(read) != "proof" || stored.Size != 5 {
		t.Errorf("read %q, %v", read, err)
	}
	if info, err := os.Stat(files(t, f)[0]); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestT65_NothingOfADamagedFileIsHandedOut(t *testing.T) {
	for claim, damage := range map[string]string{"changed": "PROOF", "cut": "pro", "emptied": "", "longer": "proof!"} {
		f := blob.Folder{Path: t.TempDir()}
		stored := keep(t, f, "proof")
		path := files(t, f)[0]
		if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte(damage), 0o600)); err != nil {
			t.Fatal(err)
		}
		if body, err := f.Open(t.Context(), stored.Digest); !errors.Is(err, blob.ErrDamaged) || body != nil {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

type breaks struct{ after io.Reader }

func (b breaks) Read(p []byte) (int, error) {
	n, err := b.after.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the line broke")
	}
	return n, err
}

func TestARefusedFileLeavesNothing(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for claim, c := range map[string]struct {
		ctx  context.Context
		body io.Reader
		want error
	}{
		"one byte too many":  {t.Context(), bytes.NewReader(make([]byte, 11)), evidence.ErrBig},
		"nothing":            {t.Context(), strings.NewReader(""), evidence.ErrEmpty},
		"a line that breaks": {t.Context(), breaks{strings.NewReader("half")}, nil},
		"a visitor who left": {gone, strings.NewReader("half"), context.Canceled},
	} {
		_, err := f.Keep(c.ctx, c.body, 10, nil)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %v", claim, err)
		}
		if left := files(t, f); len(left) > 0 {
			t.Errorf("%s left %v", claim, left)
		}
	}
	if _, err := f.Keep(t.Context(), bytes.NewReader(make([]byte, 10)), 10, nil); err != nil {
		t.Errorf("just the limit: %v", err)
	}
}

func TestTheSameBytesAtOnceAreOneFile(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := f.Keep(context.Background(), strings.NewReader("proof"), 10, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept := files(t, f); len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
}

func TestT62_OnlyADigestOpensAFile(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	for _, digest := range []string{"", "..", "../../../etc/passwd", strings.Repeat("a", 63), strings.Repeat("A", 64), strings.Repeat("../", 21) + "x", strings.Repeat("0", 64)} {
		if _, err := f.Open(t.Context(), digest); err == nil {
			t.Errorf("%q was opened", digest)
		}
	}
}

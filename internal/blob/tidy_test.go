package blob_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/blob"
	"countersign/internal/evidence"
)

// asVictim makes the test binary the program that is killed while a file comes
// in, into the folder the variable names.
const asVictim = "COUNTERSIGN_UPLOAD_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(asVictim); folder != "" {
		_, err := blob.Folder{Path: folder}.Keep(context.Background(), &trickle{}, 1<<40, nil)
		fmt.Println("it ended:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// trickle never ends, and says when it has begun.
type trickle struct{ read int }

func (tr *trickle) Read(p []byte) (int, error) {
	if tr.read++; tr.read == 3 {
		fmt.Println("ready")
	}
	time.Sleep(time.Millisecond) // an upload takes its time
	return len(p), nil
}

// TestT86_KilledUpload: what a killed upload leaves has no name, so nobody can
// read it, and goes once it is a day old.
func TestT86_KilledUpload(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	kept := keep(t, f, "proof")
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), asVictim+"="+f.Path)
	out, err := victim.StdoutPipe()
	if err == nil {
		err = victim.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the program said %q, %v", line, err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed
	if left := files(t, f); len(left) != 2 {
		t.Fatalf("on the disk: %v", left)
	}
	if found := each(t, f); len(found) != 1 || found[0].Digest != kept.Digest {
		t.Errorf("kept: %v", found)
	}
	if n, err := f.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); err != nil || n != 0 {
		t.Errorf("swept while it may still come in: %d, %v", n, err)
	}
	if n, err := f.Sweep(t.Context(), time.Now().Add(time.Second)); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if left := files(t, f); len(left) != 1 {
		t.Errorf("on the disk: %v", left)
	}
}

func each(t *testing.T, f blob.Folder) []evidence.Kept {
	t.Helper()
	var list []evidence.Kept
	if err := f.Each(t.Context(), func(k evidence.Kept) error { list = append(list, k); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEachNamesWhatIsKeptAndNothingElse(t *testing.T) {
	f := blob.Folder{Path: filepath.Join(t.TempDir(), "blobs")}
	if list := each(t, f); len(list) > 0 {
		t.Errorf("an absent folder has %v", list)
	}
	stored := keep(t, f, "proof")
	stranger := filepath.Join(f.Path, strings.Repeat("a", 64)) // a digest's name in the wrong place
	if err := errors.Join(os.WriteFile(stranger, nil, 0o600), os.WriteFile(filepath.Join(f.Path, "README"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if list := each(t, f); len(list) != 1 || list[0].Digest != stored.Digest || list[0].Size != 5 || list[0].At.IsZero() {
		t.Errorf("%+v", list)
	}
}

func TestRemoveLeavesWhatIsNew(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	digest := keep(t, f, "proof").Digest
	soon := time.Now().Add(time.Hour)
	if err := os.Chtimes(files(t, f)[0], soon, soon.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	keep(t, f, "proof") // uploaded again: it counts as new
	if gone, err := f.Remove(t.Context(), digest, time.Now().Add(-time.Minute)); err != nil || gone {
		t.Errorf("removed %v, %v", gone, err)
	}
	body, err := f.Open(t.Context(), digest)
	if err != nil {
		t.Fatal("it did not come back:", err)
	}
	_ = body.Close() // only looked at
	for _, want := range []bool{true, false} {
		if gone, err := f.Remove(t.Context(), digest, soon); err != nil || gone != want {
			t.Errorf("removed %v, %v", gone, err)
		}
	}
	if _, err := f.Remove(t.Context(), "../../etc/passwd", soon); err == nil {
		t.Error("what is no digest was removed")
	}
}

func TestFreeIsMeasured(t *testing.T) {
	if free, err := (blob.Folder{Path: filepath.Join(t.TempDir(), "not", "yet")}).Free(t.Context()); err != nil || free <= 0 {
		t.Errorf("%d, %v", free, err)
	}
}

// TestARefusedCheckLeavesNothing: what is wrong with a whole file is found
// before it gets its name.
func TestARefusedCheckLeavesNothing(t *testing.T) {
	f := blob.Folder{Path: t.TempDir()}
	no, seen := errors.New("no"), ""
	_, err := f.Keep(t.Context(), strings.NewReader("proof"), 10, func(file io.ReaderAt, size int64) error {
		text := make([]byte, size)
		_, err := file.ReadAt(text, 0)
		seen = string(text)
		return errors.Join(no, err)
	})
	if !errors.Is(err, no) || seen != "proof" || len(files(t, f)) > 0 {
		t.Errorf("%v, %q, %v", err, seen, files(t, f))
	}
}

package storage_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/keys"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
	"countersign/internal/storage/storagetest/postgres"
	"countersign/internal/transparency"
)

// asVictim makes the test binary the program that is killed, on the database
// the variable names.
const asVictim = "COUNTERSIGN_CRASH_DATABASE"

func TestMain(m *testing.M) {
	if address := os.Getenv(asVictim); address != "" {
		if err := signUntilKilled(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// withKey names the key of the log that program keeps.
const withKey = "COUNTERSIGN_CRASH_KEY"

// signUntilKilled signs every statement of the trust, one after another, and
// says each code once the store has acknowledged it. Meanwhile it grows the log.
func signUntilKilled(address string) error {
	ctx := context.Background()
	db, err := storage.Open(ctx, address, storagetest.Acts)
	if err != nil {
		return err
	}
	h := storagetest.Enter(storagetest.Opened{DB: db})
	who := storagetest.Chief()
	who.At = h.Now()
	list, err := h.Statements.List(ctx, who, storagetest.Here)
	if err != nil {
		return err
	}
	l, err := logOf(db, os.Getenv(withKey), h.Now)
	if err != nil {
		return err
	}
	go l.Run(ctx, func(err error) { fmt.Fprintln(os.Stderr, "the log:", err) })
	fmt.Println("ready")
	for _, st := range list {
		err := h.Statements.Choose(ctx, who, st.Organisation, st.ID, attestation.Unqualified, st.Digest)
		if err != nil {
			return err
		}
		up, err := h.Statements.Begin(ctx, who, st.Organisation, st.ID, attestation.Review{Shown: st.Digest, Opinion: attestation.Unqualified}.Answer())
		if err != nil {
			return err
		}
		signed, err := h.Sign(ctx, who, st.Organisation, up)
		if err != nil {
			return err
		}
		fmt.Println(signed.Code)
		l.Nudge()
	}
	return nil
}

// logOf is the log of a database, kept with a key in a file.
func logOf(db *storage.DB, path string, now func() time.Time) (*transparency.Log, error) {
	key, err := keys.OpenLog(path)
	if err != nil {
		return nil, err
	}
	return &transparency.Log{Store: storage.Log{DB: db}, Signer: key, Mark: key, Keys: transparency.Keys{Log: []string{key.Verifier()}}, Now: now}, nil
}

// T86: a program killed anywhere in signing, or in growing the log, keeps what it
// acknowledged and leaves no half; what it left is taken up within three seconds.
func TestT86_KilledWhileSigning(t *testing.T) {
	for name, engine := range map[string]struct {
		rounds, proved int
		address        func(t *testing.T) string
	}{
		"SQLite":     {8, 500, copies(sqlite)},
		"PostgreSQL": {4, 200, func(t *testing.T) string { return locked(t, postgres.Database(t)) }},
	} {
		t.Run(name, func(t *testing.T) {
			rounds := engine.rounds
			if os.Getenv("COUNTERSIGN_PROVE") == "1" {
				rounds = engine.proved
			}
			acknowledged, cut, slowest := 0, 0, time.Duration(0)
			for i := range rounds {
				t.Run(fmt.Sprint("round ", i), func(t *testing.T) { // which closes its connections
					codes, killed, took := killed(t, engine.address(t))
					acknowledged, slowest = acknowledged+codes, max(slowest, took)
					if killed {
						cut++
					}
				})
			}
			t.Logf("%d signatures acknowledged in %d rounds, %d of them cut off; taken up again in %v at most", acknowledged, rounds, cut, slowest)
			if acknowledged == 0 || cut == 0 {
				t.Errorf("nothing was proved: %d signatures acknowledged, %d rounds cut off", acknowledged, cut)
			}
		})
	}
}

const toSign = 50

// locked fills a database with statements to sign.
func locked(t *testing.T, address string) string {
	t.Helper()
	db := storage.OpenCounted(t, address, storagetest.Acts, &storage.Calls{})
	h := storagetest.Furnish(t, storagetest.Opened{DB: db, Raw: db.Raw()})
	for i := range toSign {
		h.Lock(t, storagetest.Here, int64(i+1))
	}
	return address
}

// copies gives a fresh copy of one filled database each time: a file is quickly
// written again.
func copies(fresh func(testing.TB) string) func(*testing.T) string {
	var prepared []byte
	return func(t *testing.T) string {
		t.Helper()
		if prepared == nil {
			prepared = lockedFile(t, fresh(t))
		}
		file := filepath.Join(t.TempDir(), "portal.db")
		if err := os.WriteFile(file, prepared, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + file
	}
}

func lockedFile(t *testing.T, address string) []byte {
	t.Helper()
	db, err := storage.Open(t.Context(), address, storagetest.Acts)
	if err != nil {
		t.Fatal(err)
	}
	h := storagetest.Furnish(t, storagetest.Opened{DB: db})
	for i := range toSign {
		h.Lock(t, storagetest.Here, int64(i+1))
	}
	if err := db.Close(); err != nil { // folds the write-ahead log into the file
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(address[len("sqlite:"):])
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// killed lets a program sign until it is killed, and takes up what it left.
func killed(t *testing.T, address string) (acknowledged int, cut bool, took time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.key")
	if _, err := keys.NewLog(path, "countersign.example/log"); err != nil {
		t.Fatal(err)
	}
	codes, cut := runVictim(t, address, path)
	began := time.Now()
	db := storage.OpenCounted(t, address, storagetest.Acts, &storage.Calls{})
	h := storagetest.Enter(storagetest.Opened{DB: db, Raw: db.Raw()})
	l, err := logOf(db, path, h.Now)
	if err != nil {
		t.Fatal("open the key and its mark:", err)
	}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal("start the log:", err)
	}
	if _, err := l.Grow(t.Context()); err != nil {
		t.Fatal("grow the log:", err)
	}
	if took = time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v to take up what was left", took)
	}
	for _, code := range codes {
		receipt, err := h.Statements.CheckCode(t.Context(), access.Actor{At: h.Now()}, code)
		if err != nil {
			t.Errorf("%s was acknowledged and is lost: %v", code, err)
			continue
		}
		if attestation.DigestOf(receipt.Signature.Document) != receipt.Signature.Digest || receipt.Signature.Proof.IDToken == "" {
			t.Errorf("%s is not whole", code)
		}
	}
	h.Whole(t)
	found, err := (&audit.Service{Store: storage.Audit{DB: db}, Log: l}).Check(t.Context(), access.PortalActor("fsck"), 10)
	if err != nil || len(found) > 0 {
		t.Errorf("record and log do not agree: %v, %v", found, err)
	}
	if file, is := strings.CutPrefix(address, "sqlite:"); is {
		var sound string
		if err := db.Raw().QueryRowContext(t.Context(), "pragma integrity_check").Scan(&sound); err != nil || sound != "ok" {
			t.Errorf("the file %s is damaged: %s %v", filepath.Base(file), sound, err)
		}
	}
	return len(codes), cut, took
}

// runVictim lets the program sign for a random while, kills it, and gives the
// codes it acknowledged.
func runVictim(t *testing.T, address, key string) (codes []string, cut bool) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), asVictim+"="+address, withKey+"="+key)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if ready, err := lines.ReadString('\n'); err != nil || ready != "ready\n" {
		t.Fatalf("the program said %q, %v", ready, err)
	}
	death := time.AfterFunc(time.Duration(30+rand.IntN(151))*time.Millisecond, func() { _ = victim.Process.Kill() }) // it may have ended
	defer death.Stop()
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was not acknowledged
			break
		}
		codes = append(codes, line[:len(line)-1])
	}
	err = victim.Wait()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() != -1 {
		t.Fatalf("the program failed by itself: %v", err)
	}
	return codes, err != nil
}

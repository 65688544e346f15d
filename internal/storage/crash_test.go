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
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
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

// signUntilKilled signs every statement of the trust, one after another, and
// says each code once the store has acknowledged it.
func signUntilKilled(address string) error {
	ctx := context.Background()
	db, err := storage.Open(ctx, address)
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
	}
	return nil
}

// T86: a program killed anywhere in signing keeps what it acknowledged and
// leaves no half.
func TestT86_KilledWhileSigning(t *testing.T) {
	rounds := 10
	if os.Getenv("COUNTERSIGN_PROVE") == "1" {
		rounds = 60
	}
	prepared := lockedStatements(t, 50)
	acknowledged, cut := 0, 0
	for range rounds {
		codes, killed := killed(t, prepared)
		acknowledged += codes
		if killed {
			cut++
		}
	}
	t.Logf("%d signatures acknowledged in %d rounds, %d of them cut off", acknowledged, rounds, cut)
	if acknowledged == 0 || cut == 0 {
		t.Errorf("nothing was proved: %d signatures acknowledged, %d rounds cut off", acknowledged, cut)
	}
}

// lockedStatements gives the bytes of a database with statements to sign.
func lockedStatements(t *testing.T, n int) []byte {
	t.Helper()
	address := sqlite(t)
	db, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	h := storagetest.Furnish(t, storagetest.Opened{DB: db})
	for i := range n {
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

func killed(t *testing.T, prepared []byte) (acknowledged int, cut bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "portal.db")
	if err := os.WriteFile(file, prepared, 0o600); err != nil {
		t.Fatal(err)
	}
	codes, cut := runVictim(t, "sqlite:"+file)
	calls := &storage.Calls{}
	db := storage.OpenCounted(t, "sqlite:"+file, calls)
	h := storagetest.Enter(storagetest.Opened{DB: db, Raw: db.Raw()})
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
	var sound string
	if err := db.Raw().QueryRowContext(t.Context(), "pragma integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("the file is damaged: %s %v", sound, err)
	}
	return len(codes), cut
}

// runVictim lets the program sign for a random while, kills it, and gives the
// codes it acknowledged.
func runVictim(t *testing.T, address string) (codes []string, cut bool) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), asVictim+"="+address)
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

package receipt_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/internal/receipt"
)

// TestEveryMutantIsRejected changes every byte of a bundle in every way below:
// neither verifier accepts any of them.
func TestEveryMutantIsRejected(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	made := signed(t, log, by, by)
	genuine, trust := made.bundle.Bytes(), trusts(log, by)
	if _, err := receipt.Verify(genuine, trust); err != nil {
		t.Fatal(err)
	}
	every := 1
	if raceDetector {
		every = 41 // which the run without it makes up for
	}
	other := otherMutants(t, genuine, trust, every) // at the same time
	var mutants atomic.Int64
	var wait sync.WaitGroup
	const hands = 2
	for hand := range hands {
		wait.Go(func() {
			for i := hand * every; i < len(genuine); i += hands * every {
				mutate(genuine, i, func(what string, mutant []byte) {
					mutants.Add(1)
					if _, err := receipt.Verify(mutant, trust); err == nil {
						t.Errorf("%s of byte %d: accepted", what, i)
					}
				})
			}
		})
	}
	wait.Wait()
	if mutants.Load() < int64(100_000/every) {
		t.Errorf("only %d mutants of %d bytes", mutants.Load(), len(genuine))
	}
	t.Logf("%d mutants of %d bytes rejected; the other verifier rejected %d", mutants.Load(), len(genuine), other())
}

// mutate changes one byte in every way there is.
func mutate(genuine []byte, i int, attempt func(what string, mutant []byte)) {
	try := func(what string, mutant []byte) {
		if !bytes.Equal(mutant, genuine) {
			attempt(what, mutant)
		}
	}
	for bit := range 8 {
		m := bytes.Clone(genuine)
		m[i] ^= 1 << bit
		try("bit "+strconv.Itoa(bit), m)
	}
	for _, c := range "AZaz059+/-_" {
		m := bytes.Clone(genuine)
		m[i] = byte(c)
		try(string(c)+" instead", m)
	}
	try("absence", append(bytes.Clone(genuine[:i]), genuine[i+1:]...))
	try("a cut", genuine[:i])
	for _, c := range " \nA0\"\\=" {
		try(string(c)+" in front", append(append(bytes.Clone(genuine[:i]), byte(c)), genuine[i:]...))
	}
	if i > 0 {
		m := bytes.Clone(genuine)
		m[i-1], m[i] = m[i], m[i-1]
		try("a swap with the one before", m)
	}
}

// otherMutants has the other verifier begin with the same mutants, and gives
// what waits for how many it rejected. Nothing watches it for races, so it takes
// as few as our own where that is watched.
func otherMutants(t *testing.T, genuine []byte, trust *receipt.Trust, every int) func() int {
	t.Helper()
	step := 13 * every // of the bytes: the proof takes them all
	if os.Getenv("COUNTERSIGN_PROVE") == "1" {
		step = 1
	}
	bundle, list := written(t, genuine, trust)
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "mutants.mjs"), bundle, list, strconv.Itoa(step))
	command.Stdout = &out
	if err := command.Start(); err != nil {
		t.Fatalf("the other verifier: %v", err)
	}
	return func() int {
		if err := command.Wait(); err != nil {
			t.Fatalf("the other verifier: %v", err)
		}
		var result struct {
			Made     int
			Accepted []string
		}
		if err := json.Unmarshal(out.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
		if len(result.Accepted) > 0 || result.Made < 100_000/step {
			t.Errorf("the other verifier made %d mutants and accepted %v", result.Made, result.Accepted)
		}
		return result.Made
	}
}

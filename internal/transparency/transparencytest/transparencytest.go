// Package transparencytest checks a log from outside, and plays a witness.
package transparencytest

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/transparency"
)

// Watch is somebody outside who keeps what the log has shown, and re-derives the
// whole tree each time they look.
type Watch struct {
	Keys transparency.Keys
	seen []transparency.Checkpoint
}

// Check reads the whole log through fetch, which gives what stands at an address
// below the log's own, and fails where entries, tiles and the checkpoint do not
// agree with each other or with any checkpoint seen before. It gives the size.
func (w *Watch) Check(t testing.TB, fetch func(path string) ([]byte, error)) int64 {
	t.Helper()
	text, err := fetch("checkpoint")
	if err != nil {
		t.Fatal("fetch the checkpoint:", err)
	}
	head, err := transparency.OpenCheckpoint(string(text), w.Keys)
	if err != nil {
		t.Fatal("open the checkpoint:", err)
	}
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = hashes[n]
		}
		return out, nil
	})
	n := int64(0)
	for tile := int64(0); tile*256 < head.Size; tile++ {
		width := min(256, head.Size-tile*256)
		entries, err := fetch("tile/entries/" + tilePath(tile, width))
		if err != nil {
			t.Fatal("fetch entries:", err)
		}
		leaves, err := fetch("tile/0/" + tilePath(tile, width))
		if err != nil {
			t.Fatal("fetch tile:", err)
		}
		if int64(len(leaves)) != width*tlog.HashSize {
			t.Fatalf("tile %d is %d bytes", tile, len(leaves))
		}
		for i := range width {
			if len(entries) < 2 {
				t.Fatalf("entry %d is missing", n)
			}
			size := int(binary.BigEndian.Uint16(entries))
			entry := entries[2 : 2+size]
			entries = entries[2+size:]
			if tlog.RecordHash(entry) != tlog.Hash(leaves[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				t.Fatalf("entry %d is not what the tile says", n)
			}
			stored, err := tlog.StoredHashes(n, entry, reader)
			if err != nil {
				t.Fatal("hash an entry:", err)
			}
			hashes = append(hashes, stored...)
			n++
		}
		if len(entries) > 0 {
			t.Fatalf("%d bytes too many after entry %d", len(entries), n)
		}
	}
	// The Go project's own client of tiled logs reads ours: it believes no tile
	// that does not lead to the root.
	outsider := tlog.TileHashReader(tlog.Tree{N: head.Size, Hash: head.Root}, tiles(fetch))
	for _, n := range []int64{0, head.Size / 3, head.Size - 1} {
		path, err := tlog.ProveRecord(head.Size, n, outsider)
		if err != nil {
			t.Fatalf("prove entry %d from the tiles: %v", n, err)
		}
		if err := tlog.CheckRecord(path, head.Size, head.Root, n, hashes[tlog.StoredHashIndex(0, n)]); err != nil {
			t.Fatalf("entry %d, proved from the tiles: %v", n, err)
		}
	}
	for _, was := range append(w.seen, head.Checkpoint) {
		root, err := tlog.TreeHash(was.Size, reader)
		if err != nil || root != was.Root {
			t.Fatalf("at size %d the entries give %s, %s was shown: %v", was.Size, root, was.Root, err)
		}
		proof, err := tlog.ProveTree(head.Size, max(was.Size, 1), reader)
		if err != nil || tlog.CheckTree(proof, head.Size, head.Root, max(was.Size, 1), mustRoot(t, max(was.Size, 1), reader)) != nil {
			t.Fatalf("size %d does not follow size %d: %v", head.Size, was.Size, err)
		}
	}
	w.seen = append(w.seen, head.Checkpoint)
	return head.Size
}

// tiles reads what is served for package tlog.
type tiles func(path string) ([]byte, error)

// Height of the tiles.
func (tiles) Height() int { return 8 }

// ReadTiles reads tiles by their addresses.
func (read tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range wanted {
		data, err := read("tile/" + strconv.Itoa(t.L) + "/" + tilePath(t.N, int64(t.W)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles keeps nothing.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// Seen is how many checkpoints were held against each other so far.
func (w *Watch) Seen() int { return len(w.seen) }

func mustRoot(t testing.TB, size int64, reader tlog.HashReader) tlog.Hash {
	t.Helper()
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		t.Fatal("find a root:", err)
	}
	return root
}

func tilePath(n, width int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for rest := n / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if width < 256 {
		path += ".p/" + strconv.FormatInt(width, 10)
	}
	return path
}

// Witness is a witness by the rules of C2SP tlog-witness, in memory. It is a
// Submitter by itself, and an http.Handler for clients of one.
type Witness struct {
	name string
	key  ed25519.PrivateKey
	log  note.Verifier
	now  func() int64

	mu   sync.Mutex
	last transparency.Checkpoint
	Down bool // answers nobody
}

// NewWitness makes a witness of a log, known by its verifier key.
func NewWitness(t testing.TB, name, log string, now func() int64) *Witness {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal("make a witness's key:", err)
	}
	verifier, err := note.NewVerifier(log)
	if err != nil {
		t.Fatal("read the log's key:", err)
	}
	return &Witness{name: name, key: key, log: verifier, now: now}
}

// Key is its verifier key.
func (w *Witness) Key() string {
	return transparency.WitnessKey(w.name, w.key.Public().(ed25519.PublicKey))
}

// Name of the witness.
func (w *Witness) Name() string { return w.name }

// Last is the newest checkpoint it has signed.
func (w *Witness) Last() transparency.Checkpoint {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// Fail makes it answer nobody, or again.
func (w *Witness) Fail(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Down = down
}

// Submit signs a checkpoint that follows the last one.
func (w *Witness) Submit(_ context.Context, old int64, proof tlog.TreeProof, head transparency.Head) (string, error) {
	line, code, size := w.take(old, proof, head.Note)
	switch code {
	case http.StatusOK:
		return line, nil
	case http.StatusConflict:
		if size < 0 {
			return "", transparency.ErrFork
		}
		return "", &transparency.Stale{Size: size}
	}
	return "", fmt.Errorf("it answered %d", code)
}

func (w *Witness) take(old int64, proof tlog.TreeProof, text string) (line string, code int, size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Down {
		return "", http.StatusServiceUnavailable, 0
	}
	opened, err := note.Open([]byte(text), note.VerifierList(w.log))
	if err != nil {
		return "", http.StatusForbidden, 0
	}
	c, err := transparency.ParseCheckpoint(opened.Text)
	if err != nil || c.Origin != w.log.Name() || old > c.Size {
		return "", http.StatusBadRequest, 0
	}
	switch {
	case old != w.last.Size:
		return "", http.StatusConflict, w.last.Size
	case old == c.Size && c.Root != w.last.Root:
		return "", http.StatusConflict, -1
	case old > 0 && old < c.Size && tlog.CheckTree(proof, c.Size, c.Root, old, w.last.Root) != nil, old == 0 && len(proof) > 0:
		return "", http.StatusUnprocessableEntity, 0
	}
	w.last = c
	return transparency.Cosign(w.name, w.key, opened.Text, w.now()), http.StatusOK, 0
}

// ServeHTTP answers add-checkpoint.
func (w *Witness) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	head, text, found := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	old, wrong := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil || !found || wrong != nil || r.URL.Path != "/add-checkpoint" || r.Method != http.MethodPost {
		http.Error(out, "bad request", http.StatusBadRequest)
		return
	}
	var proof tlog.TreeProof
	for _, each := range lines[1:] {
		bytes, err := base64.StdEncoding.DecodeString(each)
		if err != nil || len(bytes) != tlog.HashSize {
			http.Error(out, "bad proof", http.StatusBadRequest)
			return
		}
		proof = append(proof, tlog.Hash(bytes))
	}
	line, code, size := w.take(old, proof, text)
	if code == http.StatusConflict && size >= 0 {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		line = strconv.FormatInt(size, 10) + "\n"
	}
	out.WriteHeader(code)
	_, _ = io.WriteString(out, line) // a client that has gone asks again
}

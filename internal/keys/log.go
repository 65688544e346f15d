// Package keys keeps the portal's signing keys, and beside the log's key the
// mark of how far the log was shown. Keys lie in files of their own, outside the
// database, that nobody else may read; they are used through crypto.Signer, so
// that a hardware module can take a file's place.
package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/transparency"
)

// Log is the key of the public log. It is a note.Signer.
type Log struct {
	name   string
	vkey   string
	hash   uint32
	signer crypto.Signer
	mark   string
}

// markEnding is added to a key's file name for its mark.
const markEnding = ".mark"

// NewLog makes a key for a log under a name, which is its origin for good, and
// the mark of a log that was never shown, and an act key. None of the files may
// exist.
func NewLog(path, name string) (*Log, error) {
	if err := free(path, path+markEnding, path+ActsEnding); err != nil {
		return nil, err
	}
	secret, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("make a key for %q: %w", name, err)
	}
	mark := transparency.Checkpoint{Origin: name, Root: emptyRoot}
	if _, err := NewActs(path + ActsEnding); err != nil {
		return nil, err
	}
	if err := errors.Join(put(path+markEnding, mark.Text()), put(path, secret+"\n"+vkey+"\n")); err != nil {
		return nil, err
	}
	return OpenLog(path)
}

// emptyRoot is the root of a tree without entries (RFC 6962, section 2.1).
var emptyRoot = mustEmpty()

func mustEmpty() tlog.Hash {
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic("the root of an empty tree: " + err.Error())
	}
	return root
}

// OpenLog reads the key. It refuses a file that others can read, and a key
// without its mark: a mark that is gone would hide that the log was put back.
func OpenLog(path string) (*Log, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	wrong := fmt.Errorf("%s is not a key of the log: make one with `countersign keys new`", path)
	if len(lines) != 2 {
		return nil, wrong
	}
	if _, err := note.NewSigner(lines[0]); err != nil {
		return nil, fmt.Errorf("%w: %w", wrong, err)
	}
	verifier, err := note.NewVerifier(lines[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", wrong, err)
	}
	parts := strings.SplitN(lines[0], "+", 5) // PRIVATE+KEY+name+id+key, of which the key may hold a plus too
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, wrong
	}
	signer := ed25519.NewKeyFromSeed(seed[1:])
	if written, err := note.NewEd25519VerifierKey(verifier.Name(), signer.Public().(ed25519.PublicKey)); err != nil || written != lines[1] {
		return nil, fmt.Errorf("%s holds two halves of different keys", path)
	}
	l := &Log{name: verifier.Name(), vkey: lines[1], hash: verifier.KeyHash(), signer: signer, mark: path + markEnding}
	if _, _, err := l.Last(); err != nil {
		return nil, err
	}
	return l, nil
}

// Name is the origin of the log.
func (l *Log) Name() string { return l.name }

// KeyHash is the id of the key.
func (l *Log) KeyHash() uint32 { return l.hash }

// Sign signs the text of a checkpoint.
func (l *Log) Sign(text []byte) ([]byte, error) {
	return l.signer.Sign(rand.Reader, text, crypto.Hash(0))
}

// Verifier is the public half, as C2SP signed-note writes it.
func (l *Log) Verifier() string { return l.vkey }

// Last reads the newest checkpoint that was signed or shown here.
func (l *Log) Last() (transparency.Checkpoint, bool, error) {
	text, err := read(l.mark)
	if errors.Is(err, os.ErrNotExist) {
		return transparency.Checkpoint{}, false, fmt.Errorf("%s is missing: it says how far the log was shown. Take it from where the key was, or see docs/transparency.md", l.mark)
	} else if err != nil {
		return transparency.Checkpoint{}, false, err
	}
	c, err := transparency.ParseCheckpoint(text)
	if err != nil {
		return transparency.Checkpoint{}, false, fmt.Errorf("read %s: %w", l.mark, err)
	}
	return c, true, nil
}

// Advance keeps a newer checkpoint. An older one changes nothing.
func (l *Log) Advance(to transparency.Checkpoint) error {
	was, _, err := l.Last()
	if err != nil || to.Size <= was.Size {
		return err
	}
	return replace(l.mark, to.Text())
}

// free refuses to write over a key.
func free(paths ...string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s exists already: a key is never written over", path)
		}
	}
	return nil
}

// read reads a small file that nobody else may read.
func read(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others: set its mode to 600", path)
	}
	if info.Size() > 1<<16 {
		return "", fmt.Errorf("%s is too large for a key", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return string(text), nil
}

// put writes a new file that nobody else may read, to the disk.
func put(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// replace writes a file whole or not at all.
func replace(path, text string) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) { // left by a program that was killed
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := put(temporary, text); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open folder of %s: %w", path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("write folder %s: %w", path, err)
	}
	return nil
}

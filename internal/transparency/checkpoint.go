package transparency

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of the log at one size. Its text is a C2SP
// tlog-checkpoint without extension lines: origin, size, root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// Text is what the log and its witnesses sign.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// errCheckpoint says that a text is no checkpoint of ours.
var errCheckpoint = errors.New("this is not a checkpoint")

// ParseCheckpoint reads the text back. It accepts exactly what Text writes.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Checkpoint{}, errCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, errCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, errCheckpoint
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if c.Text() != text {
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

// Sign makes the signed note of a checkpoint. The signer's name is the origin.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	text, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint of size %d: %w", c.Size, err)
	}
	return string(text), nil
}

// Keys are whom a checkpoint is believed from: the log, and the witnesses of
// whom a quorum must have signed too.
type Keys struct {
	Log       []string `json:"log"`       // the log's verifier keys, as C2SP signed-note writes them: one, or more around a rotation
	Witnesses []string `json:"witnesses"` // likewise, of type 4
	Quorum    Quorum   `json:"quorum"`
}

// Witnessed is a checkpoint whose signatures were checked.
type Witnessed struct {
	Checkpoint
	By []Cosignature // of the witnesses known, in the note's order
}

// Cosignature is what one witness said, and when by its own clock.
type Cosignature struct {
	Witness string
	At      int64 // seconds since 1970
}

// ErrQuorum says that too few witnesses have signed.
var ErrQuorum = errors.New("fewer witnesses than the quorum have signed this checkpoint")

// OpenCheckpoint checks a signed note: the log's own signature, and every other
// line. It is strict where a note is lenient: a line of a key that is not known,
// or a line twice, is refused, so that no byte of the note can be changed.
func OpenCheckpoint(text string, keys Keys) (Witnessed, error) {
	logs, witnesses, err := keys.verifiers()
	if err != nil {
		return Witnessed{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(slices.Concat(logs, witnesses)...))
	if err != nil {
		return Witnessed{}, fmt.Errorf("open checkpoint: %w", err)
	}
	if len(opened.UnverifiedSigs) > 0 {
		return Witnessed{}, fmt.Errorf("open checkpoint: a signature of %q is by nobody known", opened.UnverifiedSigs[0].Name)
	}
	checkpoint, err := ParseCheckpoint(opened.Text)
	if err != nil {
		return Witnessed{}, err
	}
	w := Witnessed{Checkpoint: checkpoint}
	signed := 0
	again := strings.Builder{}
	again.WriteString(opened.Text + "\n")
	for _, sig := range opened.Sigs {
		if _, sound := canonical(sig.Base64); !sound {
			return Witnessed{}, errors.New("open checkpoint: a signature is not written as it should be")
		}
		again.WriteString(SignatureLine(sig))
		if slices.ContainsFunc(logs, func(v note.Verifier) bool { return v.Name() == sig.Name && v.KeyHash() == sig.Hash }) {
			if sig.Name != checkpoint.Origin {
				return Witnessed{}, fmt.Errorf("open checkpoint: %q has signed what is of %q", sig.Name, checkpoint.Origin)
			}
			signed++
			continue
		}
		at, err := cosignedAt(sig)
		if err != nil {
			return Witnessed{}, err
		}
		w.By = append(w.By, Cosignature{Witness: sig.Name, At: at})
	}
	switch {
	case signed == 0:
		return Witnessed{}, errors.New("open checkpoint: the log has not signed it")
	case again.String() != text:
		return Witnessed{}, errors.New("open checkpoint: it is not written as it should be")
	case len(w.By) < keys.Quorum.At(w.Size):
		return w, ErrQuorum
	}
	return w, nil
}

// SignatureLine writes one signature as it stands in a note.
func SignatureLine(s note.Signature) string { return "— " + s.Name + " " + s.Base64 + "\n" }

func (k Keys) verifiers() (logs, witnesses []note.Verifier, err error) {
	for _, key := range k.Log {
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, nil, fmt.Errorf("read the log's key: %w", err)
		}
		logs = append(logs, v)
	}
	for _, key := range k.Witnesses {
		w, err := NewWitness(key)
		if err != nil {
			return nil, nil, err
		}
		witnesses = append(witnesses, w)
	}
	return logs, witnesses, nil
}

// canonical tells whether a base64 text is the one way to write its bytes:
// spare bits in the last character could otherwise be changed unseen.
func canonical(text string) ([]byte, bool) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	return bytes, err == nil && base64.StdEncoding.EncodeToString(bytes) == text
}

// Signers lists the verifier keys of those who signed a checkpoint, in the order
// of their lines.
func Signers(text string, keys Keys) ([]string, error) {
	opened, err := OpenCheckpoint(text, keys)
	if err != nil && !errors.Is(err, ErrQuorum) {
		return nil, err
	}
	var signers []string
	place := map[string]int{}
	add := func(key string, v note.Verifier) {
		if at := strings.Index(text, signatureStart(v)); at >= 0 {
			signers, place[key] = append(signers, key), at
		}
	}
	for _, key := range keys.Log {
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("read the log's key: %w", err)
		}
		add(key, v)
	}
	for _, key := range keys.Witnesses {
		w, err := NewWitness(key)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(opened.By, func(c Cosignature) bool { return c.Witness == w.Name() }) {
			add(key, w)
		}
	}
	slices.SortFunc(signers, func(a, b string) int { return place[a] - place[b] })
	return signers, nil
}

// signatureStart is how a signer's line in a note begins: its name, and so much
// of its key's id as fills whole characters of base64.
func signatureStart(v note.Verifier) string {
	id := binary.BigEndian.AppendUint32(nil, v.KeyHash())
	return "\n— " + v.Name() + " " + base64.StdEncoding.EncodeToString(id[:3])
}

// Unwitnessed is a signed checkpoint with its first signature line alone, which
// is the log's.
func Unwitnessed(text string) string {
	head, lines, found := strings.Cut(text, "\n\n")
	first, _, _ := strings.Cut(lines, "\n")
	if !found {
		return text
	}
	return head + "\n\n" + first + "\n"
}

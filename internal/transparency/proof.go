package transparency

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// proofMark begins a proof in the format of C2SP tlog-proof.
const proofMark = "c2sp.org/tlog-proof@v1"

// Proof shows that a leaf stands at one place of the log, without the log.
type Proof struct {
	Index      int64
	Path       tlog.RecordProof // from the leaf's sibling to the root's child
	Checkpoint string           // the signed note
}

// Text writes the proof down.
func (p Proof) Text() string {
	var out strings.Builder
	out.WriteString(proofMark + "\nindex " + strconv.FormatInt(p.Index, 10) + "\n")
	for _, hash := range p.Path {
		out.WriteString(hash.String() + "\n")
	}
	out.WriteString("\n" + p.Checkpoint)
	return out.String()
}

var errProof = errors.New("this is not a proof of the log")

// ParseProof reads a proof. It accepts exactly what Text writes.
func ParseProof(text string) (Proof, error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || len(lines) > 2+63 || lines[0] != proofMark {
		return Proof{}, errProof
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return Proof{}, errProof
	}
	p := Proof{Index: index, Checkpoint: checkpoint}
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return Proof{}, errProof
		}
		p.Path = append(p.Path, hash)
	}
	if p.Text() != text {
		return Proof{}, errProof
	}
	return p, nil
}

// Check verifies that the leaf stands where the proof says, in a log whose
// checkpoint the keys' holders signed. With ErrQuorum everything else held.
func (p Proof) Check(leaf Leaf, keys Keys) (Witnessed, error) {
	w, err := OpenCheckpoint(p.Checkpoint, keys)
	if err != nil && !errors.Is(err, ErrQuorum) {
		return w, err
	}
	if p.Index < 0 || p.Index >= w.Size {
		return w, errors.New("the proof is of a place the log had not reached")
	}
	if wrong := tlog.CheckRecord(p.Path, w.Size, w.Root, p.Index, leaf.Hash()); wrong != nil {
		return w, errors.New("the proof does not lead from this entry to the checkpoint")
	}
	return w, err
}

package transparency

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Witness verifies cosignatures of one witness (C2SP tlog-cosignature, Ed25519):
// a statement that at a moment of its own clock the checkpoint was consistent
// with all it had seen of the log.
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// cosignatureType is the algorithm byte of Ed25519 cosignatures.
const cosignatureType = 4

// NewWitness reads a verifier key: name+hash+base64(4 ‖ key).
func NewWitness(vkey string) (Witness, error) {
	wrong := fmt.Errorf("the witness key %q cannot be read: it must be name+hash+key, of type 4", vkey)
	name, rest, _ := strings.Cut(vkey, "+")
	written, encoded, found := strings.Cut(rest, "+")
	key, sound := canonical(encoded)
	if !found || !sound || name == "" || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureType {
		return Witness{}, wrong
	}
	w := Witness{name: name, hash: keyID(name, key), key: key[1:]}
	if fmt.Sprintf("%08x", w.hash) != written {
		return Witness{}, wrong
	}
	return w, nil
}

// WitnessKey writes the verifier key of a witness.
func WitnessKey(name string, key ed25519.PublicKey) string {
	typed := append([]byte{cosignatureType}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, typed), base64.StdEncoding.EncodeToString(typed))
}

func keyID(name string, typed []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return binary.BigEndian.Uint32(sum[:])
}

// Name of the witness.
func (w Witness) Name() string { return w.name }

// KeyHash is the id of its key.
func (w Witness) KeyHash() uint32 { return w.hash }

// Verify checks a timestamped signature over the text of a checkpoint.
func (w Witness) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at < 1<<63 && ed25519.Verify(w.key, cosigned(int64(at), string(text)), sig[8:])
}

// cosigned is what a witness signs.
func cosigned(at int64, text string) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatInt(at, 10) + "\n" + text)
}

// Cosign makes the line of a witness. The portal is nobody's witness: tests and
// a witness beside it use this.
func Cosign(name string, key ed25519.PrivateKey, text string, at int64) string {
	public := key.Public().(ed25519.PublicKey)
	out := binary.BigEndian.AppendUint32(nil, keyID(name, append([]byte{cosignatureType}, public...)))
	out = binary.BigEndian.AppendUint64(out, uint64(at))
	out = append(out, ed25519.Sign(key, cosigned(at, text))...)
	return "— " + name + " " + base64.StdEncoding.EncodeToString(out) + "\n"
}

// cosignedAt reads the moment out of a cosignature that was verified.
func cosignedAt(s note.Signature) (int64, error) {
	bytes, sound := canonical(s.Base64)
	if !sound || len(bytes) < 12 {
		return 0, errors.New("open checkpoint: a cosignature is too short")
	}
	return int64(binary.BigEndian.Uint64(bytes[4:])), nil
}

// Accept takes the lines a witness answered with and keeps those that are its
// own cosignatures of the checkpoint: what it sent for others, or for another
// text, is not taken.
func (w Witness) Accept(checkpoint Checkpoint, answer string) (string, error) {
	text := checkpoint.Text()
	opened, err := note.Open([]byte(text+"\n"+answer), note.VerifierList(w))
	if err != nil {
		return "", fmt.Errorf("read the answer of witness %s: %w", w.name, err)
	}
	return SignatureLine(opened.Sigs[0]), nil
}

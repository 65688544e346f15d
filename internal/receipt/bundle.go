// Package receipt owns the proof bundle of a signature: one file that shows, to
// anybody and without the portal, who signed which words, when and how it was
// proved, and that the public log holds it. It writes bundles, and verifies them
// with nothing but the file and a list of whom to trust. The printed form is
// package pdf's; the second verifier, which shares no code with this one, is
// verify.mjs beside it.
package receipt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/internal/attestation"
	"countersign/internal/transparency"
)

// formats of the files, version 1 (docs/attestation.md).
const (
	bundleFormat = "countersign bundle 1"
	trustFormat  = "countersign trust 1"
)

// MaxSize bounds a bundle: what is longer is not read.
const MaxSize = 1 << 20

// Bundle is everything that a signature is proved with. Each text is exact: its
// digest, or that of what holds it, is in the log.
type Bundle struct {
	Format string `json:"format"`
	Signing
	CoSignatures []Signing `json:"co_signatures,omitempty"` // those the document names, in its order
}

// Signing is one signature, with everything that shows who made it and that the
// log holds it.
type Signing struct {
	Document string   `json:"document"` // what was signed, the words included
	Record   string   `json:"record"`   // everything else about the signature
	Token    string   `json:"token"`    // the identity provider's, whose nonce commits to the document
	KeySet   string   `json:"key_set"`  // the provider's keys then, in base64
	Opening  string   `json:"opening"`  // the event, as the log committed to it
	Salt     string   `json:"salt"`
	Proof    string   `json:"proof"`   // C2SP tlog-proof
	Signers  []string `json:"signers"` // verifier keys of all who signed the checkpoint in the proof
}

// New makes the bundle of a signature with its event's place in the log.
func New(g attestation.Signature, opening string, e transparency.Evidence, keys transparency.Keys) (Bundle, error) {
	record, err := g.Record()
	if err != nil {
		return Bundle{}, err
	}
	s, err := signing(g.Document, record, g.Proof, opening, e, keys)
	return Bundle{Format: bundleFormat, Signing: s}, err
}

func signing(document, record string, by attestation.Proof, opening string, e transparency.Evidence, keys transparency.Keys) (Signing, error) {
	if e.Provisional() || e.Salt == "" {
		return Signing{}, errors.New("the signature is not proved by the log yet, or no more")
	}
	proof, err := transparency.ParseProof(e.Proof)
	if err != nil {
		return Signing{}, err
	}
	signers, err := transparency.Signers(proof.Checkpoint, keys)
	if err != nil {
		return Signing{}, err
	}
	s := Unlogged(document, record, by)
	s.Opening, s.Salt, s.Proof, s.Signers = opening, e.Salt, e.Proof, signers
	return s, nil
}

// Unlogged is a signature without its place in the log.
func Unlogged(document, record string, by attestation.Proof) Signing {
	return Signing{Document: document, Record: record, Token: by.IDToken, KeySet: base64.StdEncoding.EncodeToString([]byte(by.KeySet))}
}

// Held checks what is kept of a signature, and of those beside it, without the
// log: that every row is whole, and that the identity provider's own signature
// covers it, by the keys kept with it.
func Held(g attestation.Signature, beside []attestation.CoSignature) error {
	record, err := g.Record()
	if err != nil {
		return err
	}
	b := Bundle{Signing: Unlogged(g.Document, record, g.Proof)}
	for _, co := range beside {
		record, err := co.Record()
		if err != nil {
			return fmt.Errorf("of a co-signature: %w", err)
		}
		b.CoSignatures = append(b.CoSignatures, Unlogged(co.Document, record, co.Proof))
	}
	return b.Signed()
}

// Bytes writes the bundle: JSON, indented by two blanks, its members in the
// order above, ended by LF.
func (b Bundle) Bytes() []byte { return written(b) }

func written(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic("write a bundle: " + err.Error()) // plain texts cannot fail
	}
	return out.Bytes()
}

// ErrFormat says that a file is no bundle.
var ErrFormat = errors.New("this file is not a proof bundle, or somebody has changed it")

// Parse reads a bundle. It accepts exactly what Bytes writes.
func Parse(file []byte) (Bundle, error) {
	var b Bundle
	if len(file) > MaxSize || json.Unmarshal(file, &b) != nil || b.Format != bundleFormat || !bytes.Equal(b.Bytes(), file) {
		return Bundle{}, ErrFormat
	}
	return b, nil
}

// Trust is whom a verifier believes: got once, from somewhere else than the file
// that is checked, and compared with what others have.
type Trust struct {
	Format    string              `json:"format"`
	Log       []string            `json:"log"`       // verifier keys of the log
	Witnesses []string            `json:"witnesses"` // of witnesses
	Quorum    transparency.Quorum `json:"quorum"`    // how many of them must have signed
	Providers []Provider          `json:"providers"`
	Seals     []string            `json:"seals"` // SHA-256 of the certificates that PDFs are sealed with, in hex
}

// Provider is one identity provider, and the keys it signs with.
type Provider struct {
	Issuer string   `json:"issuer"`
	Keys   []string `json:"keys"` // RFC 7638 thumbprints, SHA-256, base64url
}

// NewTrust fills in the format.
func NewTrust(keys transparency.Keys, providers []Provider, seals []string) Trust {
	if len(keys.Quorum) == 0 {
		keys.Quorum = transparency.Always(0)
	}
	return Trust{Format: trustFormat, Log: orNone(keys.Log), Witnesses: orNone(keys.Witnesses), Quorum: keys.Quorum, Providers: orNone(providers), Seals: orNone(seals)}
}

// orNone writes an absent list as an empty one.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Bytes writes the list as JSON.
func (t Trust) Bytes() []byte { return written(t) }

// ParseTrust reads a list of whom to trust.
func ParseTrust(file []byte) (Trust, error) {
	var t Trust
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if len(file) > MaxSize || decoder.Decode(&t) != nil || t.Format != trustFormat || decoder.More() || t.Quorum.Check() != nil || !bytes.Equal(t.Bytes(), file) {
		return Trust{}, errors.New("this is not a list of whom to trust: download it from /log/trust of the portal, and compare it with what others have")
	}
	return t, nil
}

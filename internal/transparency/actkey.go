package transparency

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// ActKey is the secret that every program which records acts shares, kept
// outside the database: with it a leaf is told from one that somebody wrote into
// the database by hand, whom the log must not take in (abuse case T57). The
// first secret makes codes, any of them tells: the others are of before. A zero
// one makes and tells nothing.
type ActKey struct{ secrets [][]byte }

// ActKeyBytes is the length of one secret.
const ActKeyBytes = sha256.Size

// NewActKey takes secrets of ActKeyBytes each, that in use first.
func NewActKey(secrets ...[]byte) ActKey { return ActKey{secrets} }

// Set tells whether there is a secret, without which no act can be recorded.
func (k ActKey) Set() bool { return len(k.secrets) > 0 }

// Recoded counts what codes became of when they were made anew with the secret in
// use.
type Recoded struct {
	Anew    int // that an earlier secret had made
	Foreign int // that no secret made, of a leaf that is not the tree's, or of a row that the record does not vouch for: left as they are
	Waiting int // that an earlier secret made and that wait for their place: left as they are
}

// Code is the message authentication code of a leaf: HMAC-SHA-256 over its
// bytes (RFC 2104), in lower-case hex. It is empty without a secret.
func (k ActKey) Code(leaf Leaf) string {
	if !k.Set() {
		return ""
	}
	return hex.EncodeToString(code(k.secrets[0], leaf))
}

// Made tells whether a leaf has its code from one of the secrets.
func (k ActKey) Made(leaf Leaf, written string) bool {
	claimed, err := hex.DecodeString(written)
	if err != nil {
		return false
	}
	for _, secret := range k.secrets {
		if hmac.Equal(code(secret, leaf), claimed) {
			return true
		}
	}
	return false
}

// Current tells whether a leaf has its code from the secret in use.
func (k ActKey) Current(leaf Leaf, written string) bool {
	return k.Set() && NewActKey(k.secrets[0]).Made(leaf, written)
}

func code(secret []byte, leaf Leaf) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(leaf)) // a hash never fails to write
	return mac.Sum(nil)
}

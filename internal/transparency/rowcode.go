package transparency

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// rowMark goes before the text of a row, so that no code of a row is one of a
// leaf, which begins with leafMark.
const rowMark = "countersign row 1\n"

// RowCode is the message authentication code of a row of the database that is
// believed on every request, without a look at the record: a session, an
// appointment, a login. The text says everything that the row is believed for,
// and begins with a mark of its kind. It is empty without a secret.
func (k ActKey) RowCode(text string) string {
	if !k.Set() {
		return ""
	}
	return hex.EncodeToString(rowCode(k.secrets[0], text))
}

// RowMade tells whether a row has its code from one of the secrets: somebody who
// has the database's password alone cannot give it one (abuse case T57).
func (k ActKey) RowMade(text, written string) bool {
	claimed, err := hex.DecodeString(written)
	if err != nil || len(claimed) != sha256.Size {
		return false
	}
	for _, secret := range k.secrets {
		if hmac.Equal(rowCode(secret, text), claimed) {
			return true
		}
	}
	return false
}

// RowCurrent tells whether a row has its code from the secret in use.
func (k ActKey) RowCurrent(text, written string) bool {
	return k.Set() && NewActKey(k.secrets[0]).RowMade(text, written)
}

func rowCode(secret []byte, text string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(rowMark)) // a hash never fails to write
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

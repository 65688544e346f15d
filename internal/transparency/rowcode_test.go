package transparency

import (
	"bytes"
	"strings"
	"testing"
)

// TestRowCodes: a row is told by its code, which is of that text alone, of one of
// the secrets, and never that of a leaf.
func TestRowCodes(t *testing.T) {
	secret := func(b byte) []byte { return bytes.Repeat([]byte{b}, ActKeyBytes) }
	old, key, stranger := NewActKey(secret(1)), NewActKey(secret(2), secret(1)), NewActKey(secret(3))
	const text = "countersign session row 1\nkey: a\n"
	leaf := LeafOf("salt", "opening")
	for claim, c := range map[string]struct {
		text, code string
		made       bool
	}{
		"its own":                  {text, key.RowCode(text), true},
		"with a secret of before":  {text, old.RowCode(text), true},
		"of another text":          {text, key.RowCode(text + "person: b\n"), false},
		"of a stranger":            {text, stranger.RowCode(text), false},
		"none":                     {text, "", false},
		"not hex":                  {text, "x", false},
		"cut short":                {text, key.RowCode(text)[:62], false},
		"of a leaf with that text": {text, key.Code(Leaf(text)), false},
		"of a leaf":                {string(leaf), key.Code(leaf), false},
	} {
		if key.RowMade(c.text, c.code) != c.made {
			t.Errorf("a code %s: believed is %v", claim, !c.made)
		}
	}
	if strings.HasPrefix(string(leaf), rowMark) {
		t.Error("a leaf begins as the text of a row does, so that its code could be one of a row")
	}
	if none := (ActKey{}); none.RowCode(text) != "" || none.RowMade(text, "") || none.RowMade(text, key.RowCode(text)) {
		t.Error("a key without a secret makes or tells something")
	}
	// As any other program makes it, openssl for one (docs/transparency.md).
	if code := key.RowCode(text); code != "d9eebfbfe8ceedc95a22a1efa23bb5bddb2bcc4063805d24cb162df3f6a1c1a8" {
		t.Errorf("the code of a row is %s", code)
	}
}

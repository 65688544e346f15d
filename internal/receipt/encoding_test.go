package receipt_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"countersign/internal/receipt"
)

// TestT46_OneSpelling writes a genuine bundle in other ways that a lenient
// reader takes for the same: two verifiers that read them differently could be
// shown different things, so both refuse every one of them.
func TestT46_OneSpelling(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	made := sign(t, by, log)
	genuine, trust := made.bundle.Bytes(), trusts(log, by)
	compact := bytes.Buffer{}
	if err := json.Compact(&compact, genuine); err != nil {
		t.Fatal(err)
	}
	in := func(old, changed string) []byte { return bytes.Replace(genuine, []byte(old), []byte(changed), 1) }
	respelled := func(change func(*receipt.Bundle)) []byte {
		b := made.bundle
		change(&b)
		return b.Bytes()
	}
	for claim, file := range map[string][]byte{
		"a byte order mark in front":             append([]byte("\ufeff"), genuine...),
		"line ends of Windows":                   bytes.ReplaceAll(genuine, []byte("\n"), []byte("\r\n")),
		"no line end at the end":                 bytes.TrimRight(genuine, "\n"),
		"one more line end":                      append(bytes.Clone(genuine), '\n'),
		"no white space":                         compact.Bytes(),
		"white space by tabs":                    bytes.ReplaceAll(genuine, []byte("\n  "), []byte("\n\t")),
		"UTF-16":                                 utf16(genuine),
		"a letter escaped":                       in(`"document": "c`, `"document": "\u0063`),
		"a line end escaped otherwise":           in(`\n`, `\u000a`),
		"a solidus escaped":                      in(`https://`, `https:\/\/`),
		"an ampersand escaped as for a web page": in(`&`, `\u0026`),
		"a letter with an accent of its own":     in("O’Kafor", "O\u0301’Kafor"),
		"a member twice":                         in(`  "salt":`, "  \"salt\": \"00\",\n  \"salt\":"),
		"a member in capitals":                   in(`"salt":`, `"Salt":`),
		"a member in capitals as well":           in(`  "salt":`, "  \"Salt\": \"00\",\n  \"salt\":"),
		"a member more":                          in(`  "salt":`, "  \"more\": \"\",\n  \"salt\":"),
		"a member that is missing":               in(`  "format": "countersign bundle 1",`+"\n", ""),
		"two members in the other order":         in(`  "format": "countersign bundle 1",`+"\n"+`  "document": `+quoted(made.bundle.Document)+",\n", `  "document": `+quoted(made.bundle.Document)+",\n"+`  "format": "countersign bundle 1",`+"\n"),
		"a number for a text":                    in(`"salt": "`+made.salt+`"`, `"salt": 0`),
		"null for a text":                        in(`"salt": "`+made.salt+`"`, `"salt": null`),
		"the salt in capitals":                   respelled(func(b *receipt.Bundle) { b.Salt = strings.ToUpper(b.Salt) }),
		"the keys' base64 with a line end":       respelled(func(b *receipt.Bundle) { b.KeySet += "\n" }),
		"the keys' base64 for addresses":         respelled(func(b *receipt.Bundle) { b.KeySet = strings.NewReplacer("+", "-", "/", "_").Replace(b.KeySet) + "=" }),
		"the token with padding":                 respelled(func(b *receipt.Bundle) { b.Token += "=" }),
		"the token with a line end":              respelled(func(b *receipt.Bundle) { b.Token += "\n" }),
		"the token with a part more":             respelled(func(b *receipt.Bundle) { b.Token += "." }),
		"the document's line ends of Windows":    respelled(func(b *receipt.Bundle) { b.Document = strings.ReplaceAll(b.Document, "\n", "\r\n") }),
		"the document with a blank at its end":   respelled(func(b *receipt.Bundle) { b.Document += " " }),
		"the record with a blank at its end":     respelled(func(b *receipt.Bundle) { b.Record += " " }),
		"the opening without its last line end":  respelled(func(b *receipt.Bundle) { b.Opening = strings.TrimSuffix(b.Opening, "\n") }),
		"the proof's index with a zero in front": respelled(func(b *receipt.Bundle) { b.Proof = strings.Replace(b.Proof, "index ", "index 0", 1) }),
		"the proof's index with a sign":          respelled(func(b *receipt.Bundle) { b.Proof = strings.Replace(b.Proof, "index ", "index +", 1) }),
		"the proof's dash in ASCII":              respelled(func(b *receipt.Bundle) { b.Proof = strings.ReplaceAll(b.Proof, "— ", "- ") }),
		"the signers in the other order":         respelled(func(b *receipt.Bundle) { b.Signers = []string{b.Signers[1], b.Signers[0]} }),
		"a signer twice":                         respelled(func(b *receipt.Bundle) { b.Signers = append(b.Signers[:2:2], b.Signers[1]) }),
	} {
		t.Run(claim, func(t *testing.T) {
			if bytes.Equal(file, genuine) {
				t.Fatal("this is the genuine file: nothing is tested")
			}
			if report, err := receipt.Verify(file, trust); err == nil {
				t.Errorf("it verifies: %+v", report)
			}
			if said, code := node(t, file, trust); code != 1 || !strings.HasPrefix(said, "NOT PROVEN") {
				t.Errorf("the other verifier says %d: %s", code, said)
			}
		})
	}
}

// quoted writes a text as a bundle does.
func quoted(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a text can be written
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func utf16(text []byte) []byte {
	out := []byte{0xfe, 0xff}
	for _, r := range string(text) {
		out = append(out, byte(r>>8), byte(r)) // what is written here lies in the first plane
	}
	return out
}

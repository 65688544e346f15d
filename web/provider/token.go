package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const maxToken = 64 << 10

// envelope is a token whose signature was found good: its type, its claims as
// written, and the key set that vouches for it.
type envelope struct {
	typ    string
	alg    string
	claims map[string]any
	keySet []byte
}

// forbidden header members would have us fetch a key, trust one the token
// brought along, or read the rest by rules we do not know.
var forbidden = []string{"crit", "jwk", "jku", "x5u", "x5c", "b64", "enc", "zip"}

// open checks what holds for every token of the provider, and the signature.
// The header is read before it, because it names the key; the claims are not.
func (p *Provider) open(ctx context.Context, raw string) (envelope, error) {
	parts := strings.Split(raw, ".")
	if len(raw) > maxToken || len(parts) != 3 {
		return envelope{}, ErrMalformed.because("not a compact token of at most %d bytes", maxToken)
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		// Go's decoder steps over line breaks; another verifier would not.
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return envelope{}, ErrMalformed.because("part %d is not base64url", i+1)
		}
	}
	header, err := decodeStrict(decoded[0])
	if err != nil {
		return envelope{}, err
	}
	for _, name := range forbidden {
		if _, there := header[name]; there {
			return envelope{}, ErrHeader.because("it has %s", name)
		}
	}
	typ, hasTyp := header["typ"]
	if _, isText := typ.(string); hasTyp && !isText {
		return envelope{}, ErrType
	}
	alg := text(header["alg"])
	if !slices.Contains(p.Algorithms, alg) {
		return envelope{}, ErrAlgorithm
	}
	kid, hasKid := header["kid"]
	if id := text(kid); hasKid && (id == "" || len(id) > 255) {
		return envelope{}, ErrHeader.because("kid is empty, too long or no text")
	}
	key, keys, err := p.key(ctx, text(kid), alg)
	if err != nil {
		return envelope{}, err
	}
	signed, err := jose.ParseSignedCompact(raw, p.algs)
	if err != nil {
		return envelope{}, ErrMalformed.because("not a signed token")
	}
	payload, err := signed.Verify(key.public)
	if err != nil {
		return envelope{}, ErrSignature
	}
	claims, err := decodeStrict(payload)
	if err != nil {
		return envelope{}, err
	}
	return envelope{typ: strings.ToLower(text(typ)), alg: alg, claims: claims, keySet: keys}, nil
}

// moment reads a claim that is a number of seconds. There is no such moment
// when it is absent, a fraction, negative or past the year 9999.
func moment(claims map[string]any, name string) (time.Time, bool) {
	number, ok := claims[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := number.Int64()
	if err != nil || seconds <= 0 || seconds > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// identifier is a claim that must be plain printable text of 1 to 255
// characters; what it identifies is compared byte for byte for years.
func identifier(claims map[string]any, name string) (string, bool) {
	value := text(claims[name])
	if value == "" || len(value) > 255 {
		return "", false
	}
	for _, c := range []byte(value) {
		if c < 0x21 || c > 0x7e {
			return "", false
		}
	}
	return value, true
}

// isForClient says whether the audience is this client and nobody else. A
// token that others may present as well proves nothing about this sign-in.
func (p *Provider) isForClient(claims map[string]any) bool {
	switch aud := claims["aud"].(type) {
	case string:
		return aud == p.ClientID
	case []any:
		return len(aud) == 1 && aud[0] == p.ClientID
	}
	return false
}

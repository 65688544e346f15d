package provider

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const maxToken = 64 << 10

// envelope is a token whose signature was found good: its type, its claims as
// written, and the key set that vouches for it.
type envelope struct {
	typ    string
	alg    string
	claims map[string]any
	keySet []byte
	// verdict is what the library said of issuer, audience and expiry. It is
	// heard after our own checks, which name the reason; nothing passes
	// without it.
	verdict error
}

// forbidden header members would have us fetch a key, trust one the token
// brought along, or read the rest by rules we do not know.
var forbidden = []string{"crit", "jwk", "jku", "x5u", "x5c", "b64", "enc", "zip"}

// header is what is read of a token before its signature, because it names the
// key.
type header struct{ typ, alg, kid string }

// open checks what holds for every token of the provider, and has the library
// check signature, issuer, audience and expiry, with keys we choose and a
// second look at the claims it read.
func (p *Provider) open(ctx context.Context, raw string) (envelope, error) {
	h, err := p.readHeader(raw)
	if err != nil {
		return envelope{}, err
	}
	ring := &keyring{provider: p, header: h}
	verifier := oidc.NewVerifier(p.Issuer, ring, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: p.Algorithms, Now: p.Now})
	_, verdict := verifier.Verify(ctx, raw)
	switch {
	case ring.refused != nil:
		return envelope{}, ring.refused
	case ring.claims == nil: // the library did not come to the signature
		return envelope{}, ErrMalformed.because("not a signed token")
	}
	return envelope{typ: h.typ, alg: h.alg, claims: ring.claims, keySet: ring.keySet, verdict: verdict}, nil
}

func (p *Provider) readHeader(raw string) (header, error) {
	parts := strings.Split(raw, ".")
	if len(raw) > maxToken || len(parts) != 3 {
		return header{}, ErrMalformed.because("not a compact token of at most %d bytes", maxToken)
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		// Go's decoder steps over line breaks; another verifier would not.
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return header{}, ErrMalformed.because("part %d is not base64url", i+1)
		}
	}
	members, err := decodeStrict(decoded[0])
	if err != nil {
		return header{}, err
	}
	for _, name := range forbidden {
		if _, there := members[name]; there {
			return header{}, ErrHeader.because("it has %s", name)
		}
	}
	typ, hasTyp := members["typ"]
	if _, isText := typ.(string); hasTyp && !isText {
		return header{}, ErrType
	}
	alg := text(members["alg"])
	if !slices.Contains(p.Algorithms, alg) {
		return header{}, ErrAlgorithm
	}
	kid, hasKid := members["kid"]
	if id := text(kid); hasKid && (id == "" || len(id) > 255) {
		return header{}, ErrHeader.because("kid is empty, too long or no text")
	}
	return header{typ: strings.ToLower(text(typ)), alg: alg, kid: text(kid)}, nil
}

// keyring is the library's key set for one token: the one key the token can
// mean, out of the copy with the cool-down, and no other. It keeps the claims
// as strictly read, and why it refused.
type keyring struct {
	provider *Provider
	header   header
	claims   map[string]any
	keySet   []byte
	refused  error
}

// VerifySignature gives the payload once the signature is good and its member
// names are unambiguous: the library's own reader would take SUB for sub.
func (k *keyring) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := k.verify(ctx, raw)
	k.refused = err
	return payload, err
}

func (k *keyring) verify(ctx context.Context, raw string) ([]byte, error) {
	key, set, err := k.provider.key(ctx, k.header.kid, k.header.alg)
	if err != nil {
		return nil, err
	}
	one := oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.public}}
	payload, err := one.VerifySignature(ctx, raw)
	if err != nil {
		return nil, ErrSignature
	}
	claims, err := decodeStrict(payload)
	if err != nil {
		return nil, err
	}
	k.claims, k.keySet = claims, set
	return payload, nil
}

// heard refuses what the library refused and our checks let through: a claim
// of a kind it does not read. Its words may quote the token, so they stay here.
func (t envelope) heard() error {
	if t.verdict != nil {
		return ErrClaim.because("the library cannot read them")
	}
	return nil
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

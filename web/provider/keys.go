package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// keySet is what the provider published, and the keys in it that may be used.
type keySet struct {
	raw  []byte
	keys []verifyingKey
}

// verifyingKey is one published key. A key that must not be used keeps its
// place with the reason, so that a token signed with it is refused for that.
type verifyingKey struct {
	id, alg, kind string
	public        any
	refused       *Refusal
}

func (p *Provider) fetchKeys(ctx context.Context) (keySet, error) {
	m, err := p.describe(ctx)
	if err != nil {
		return keySet{}, err
	}
	raw, err := p.get(ctx, m.keys, "")
	if err != nil {
		return keySet{}, err
	}
	return readKeys(raw)
}

func readKeys(raw []byte) (keySet, error) {
	doc, err := decodeStrict(raw)
	if err != nil {
		return keySet{}, ErrKeySet.because("%w", err)
	}
	list, ok := doc["keys"].([]any)
	if !ok || len(list) == 0 || len(list) > 50 {
		return keySet{}, ErrKeySet.because("it holds no list of 1 to 50 keys")
	}
	set := keySet{raw: raw}
	for _, item := range list {
		members, ok := item.(map[string]any)
		if !ok {
			return keySet{}, ErrKeySet.because("a key is not an object")
		}
		set.keys = append(set.keys, readKey(members))
	}
	return set, nil
}

// readKey takes the bare numbers of a key and nothing else from it: no
// certificate is parsed and no address in it is followed.
func readKey(members map[string]any) verifyingKey {
	k := verifyingKey{id: text(members["kid"]), alg: text(members["alg"]), kind: text(members["kty"])}
	use, hasUse := members["use"]
	ops, hasOps := members["key_ops"]
	_, private := members["d"]
	switch {
	case hasUse && use != "sig", hasOps && !slices.Contains(texts(ops), "verify"):
		k.refused = ErrKeyUse
		return k
	case private, k.kind != "RSA" && k.kind != "EC" && k.kind != "OKP":
		k.refused = ErrKeyKind
		return k
	}
	bare := map[string]any{"kty": k.kind}
	for _, name := range []string{"n", "e", "crv", "x", "y"} {
		if value, ok := members[name]; ok {
			bare[name] = value
		}
	}
	var jwk jose.JSONWebKey
	encoded, err := json.Marshal(bare)
	if err == nil {
		err = json.Unmarshal(encoded, &jwk)
	}
	if err != nil || !jwk.Valid() {
		k.refused = ErrKeyKind
		return k
	}
	k.public = jwk.Key
	if public, ok := jwk.Key.(*rsa.PublicKey); ok {
		bits := public.N.BitLen()
		// The upper bound is ours: a huge modulus costs the verifier, not the forger.
		if bits < 2048 || bits > 8192 || public.E < 65537 || public.E%2 == 0 {
			k.refused = ErrKeyWeak
		}
	}
	return k
}

// fits says whether a key of this kind can have made such a signature.
func (k verifyingKey) fits(alg string) bool {
	if k.alg != "" && k.alg != alg {
		return false
	}
	switch {
	case strings.HasPrefix(alg, "RS"), strings.HasPrefix(alg, "PS"):
		return k.kind == "RSA"
	case strings.HasPrefix(alg, "ES"):
		public, ok := k.public.(*ecdsa.PublicKey)
		return ok && public.Params().Name == map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[alg]
	}
	return alg == "EdDSA" && k.kind == "OKP"
}

// find gives the one key a token can mean. Without a kid there must be only
// one candidate: trying keys until one fits is how a key for something else
// comes to sign people in.
func (s keySet) find(id, alg string) (verifyingKey, error) {
	var found []verifyingKey
	for _, k := range s.keys {
		if id != "" && k.id == id || id == "" && k.refused == nil && k.fits(alg) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) != 1:
		return verifyingKey{}, ErrKeyUnknown.because("%d keys answer to it", len(found))
	case found[0].refused != nil:
		return verifyingKey{}, found[0].refused
	case !found[0].fits(alg):
		return verifyingKey{}, ErrKeyKind
	}
	return found[0], nil
}

// key finds the key for a token, asking the provider again, within the
// cool-down, when the copy at hand does not know it.
func (p *Provider) key(ctx context.Context, id, alg string) (verifyingKey, []byte, error) {
	set, err := p.keys.get(ctx, func(s keySet) bool {
		return slices.ContainsFunc(s.keys, func(k verifyingKey) bool { return k.id == id || id == "" })
	})
	if err != nil {
		return verifyingKey{}, nil, err
	}
	k, err := set.find(id, alg)
	return k, set.raw, err
}

package storagetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// provider is the identity provider of every house: its signatures are real,
// because whoever audits a house checks them.
var provider = newIdentityProvider()

type identityProvider struct {
	signer jose.Signer
	keySet string
}

func newIdentityProvider() identityProvider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("make the provider's key: " + err.Error()) // before any test has begun
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		panic("make the provider's signer: " + err.Error())
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		panic("write the provider's keys: " + err.Error())
	}
	return identityProvider{signer: signer, keySet: string(set)}
}

func (p identityProvider) token(subject, nonce string, at time.Time) string {
	claims, err := json.Marshal(map[string]any{"iss": Issuer, "sub": subject, "aud": "house", "nonce": nonce, "auth_time": at.Unix(), "acr": "AAL3", "iat": at.Unix(), "exp": at.Unix() + 300})
	if err != nil {
		panic("write claims: " + err.Error()) // plain texts and numbers
	}
	signed, err := p.signer.Sign(claims)
	if err != nil {
		panic("sign a token: " + err.Error())
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		panic("write a token: " + err.Error())
	}
	return text
}

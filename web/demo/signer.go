//go:build demo

package demo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// level is the assurance the development provider gives when somebody signs.
const level = "AAL3_ANY"

// keyID names the key in the archived key set. It is not the key the
// development provider signs with today: keys are changed over the years.
const keyID = "demonstration"

// signer makes the ID tokens of old signatures. Anybody can make its key from
// this file: it proves that the figures fit together, and nothing else.
type signer struct {
	key      *ecdsa.PrivateKey
	jose     jose.Signer
	keySet   string
	provider Provider
}

func newSigner(provider Provider) (*signer, error) {
	scalar := sha256.Sum256([]byte("countersign demonstration key"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		return nil, fmt.Errorf("make the key of old signatures: %w", err)
	}
	s := &signer{key: key, provider: provider}
	s.jose, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("use the key of old signatures: %w", err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{*s.Public()}})
	s.keySet = string(set)
	return s, err
}

func (b *builder) addSigner() (err error) {
	b.signer, err = newSigner(b.provider)
	return err
}

// Public, Algs and SignPayload let go-jose sign through us, because its own
// signatures take chance from the machine and would differ in every build.
func (s *signer) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: s.key.Public(), KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"}
}

// Algs is part of jose.OpaqueSigner.
func (s *signer) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.ES256} }

// SignPayload is part of jose.OpaqueSigner: without a source of chance, ECDSA
// signs the same bytes the same way (RFC 6979).
func (s *signer) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	digest := sha256.Sum256(payload)
	der, err := s.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	return signature, nil
}

// token is the ID token of a fresh sign-in, as the development provider writes
// them.
func (s *signer) token(p *person, nonce, session string, at time.Time) (string, error) {
	payload, err := json.Marshal(map[string]any{
		"iss": s.provider.Issuer, "aud": s.provider.Client, "sub": p.subject, "name": p.Name, "iat": at.Unix(), "exp": at.Add(5 * time.Minute).Unix(),
		"auth_time": at.Unix(), "acr": level, "amr": []string{"demo"}, "sid": session, "nonce": nonce,
	})
	if err != nil {
		return "", err
	}
	signed, err := s.jose.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Seal is the key that documents are sealed with, and its certificates, the
// key's own first.
type Seal struct {
	Signer crypto.Signer
	Chain  []*x509.Certificate
}

// sealYears is how long a certificate of our own making lasts.
const sealYears = 10

// NewSeal makes a key for sealing documents, with a certificate that nobody but
// its own key has signed. A service takes one from an authority instead when
// strangers' programs should know it by themselves.
func NewSeal(path, name string, now time.Time) (Seal, error) {
	if err := free(path); err != nil {
		return Seal{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Seal{}, fmt.Errorf("make a key for seals: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Seal{}, fmt.Errorf("make a serial number: %w", err)
	}
	wanted := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(sealYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true}
	certificate, err := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	if err != nil {
		return Seal{}, fmt.Errorf("make a certificate for seals: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Seal{}, fmt.Errorf("write a key for seals: %w", err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})) + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	if err := put(path, text); err != nil {
		return Seal{}, err
	}
	return OpenSeal(path)
}

// OpenSeal reads a key and its certificates from one PEM file that nobody else
// may read.
func OpenSeal(path string) (Seal, error) {
	text, err := read(path)
	if err != nil {
		return Seal{}, err
	}
	var s Seal
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return Seal{}, fmt.Errorf("read the key in %s: %w", path, err)
			}
			signer, can := key.(crypto.Signer)
			if !can || s.Signer != nil {
				return Seal{}, fmt.Errorf("%s must hold one key that signs", path)
			}
			s.Signer = signer
		case "CERTIFICATE":
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return Seal{}, fmt.Errorf("read a certificate in %s: %w", path, err)
			}
			s.Chain = append(s.Chain, certificate)
		default:
			return Seal{}, fmt.Errorf("%s holds a %q: it must hold a PRIVATE KEY and its CERTIFICATEs", path, block.Type)
		}
	}
	if s.Signer == nil || len(s.Chain) == 0 {
		return Seal{}, fmt.Errorf("%s must hold a PRIVATE KEY and its CERTIFICATEs, the key’s own first", path)
	}
	public, same := s.Chain[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !same || !public.Equal(s.Signer.Public()) {
		return Seal{}, errors.New(path + ": the first certificate is of another key")
	}
	return s, nil
}

// Fingerprint is the lower-case hex SHA-256 of a certificate, as lists of whom
// to trust name it.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

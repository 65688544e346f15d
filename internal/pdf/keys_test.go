package pdf_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"countersign/internal/pdf"
)

// holder is a key with its certificate, and who issued it.
type holder struct {
	key  crypto.Signer
	cert *x509.Certificate
	root *x509.Certificate
}

func (h holder) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(h.root)
	return pool
}

// serving is the use of a web server's certificate, and stamping that of an
// authority for timestamps.
var (
	serving  = pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}}
	stamping = pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08}}
)

// issue makes a certificate for a key, from a root of its own.
func issue(t testing.TB, name string, key crypto.Signer, extra ...pkix.Extension) holder {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certify := func(template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
		template.NotBefore, template.NotAfter, template.BasicConstraintsValid = made.AddDate(-1, 0, 0), made.AddDate(10, 0, 0), true
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, rootKey)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	rootTemplate := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name + " root"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	root := certify(rootTemplate, rootTemplate, rootKey.Public())
	cert := certify(&x509.Certificate{SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: extra}, root, key.Public())
	return holder{key, cert, root}
}

func onCurve(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ofRSA(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// seal gives one without a timestamp.
func (h holder) seal() pdf.Seal {
	return pdf.Seal{Signer: h.key, Chain: []*x509.Certificate{h.cert, h.root}, Name: "Countersign", Reason: "To show that this document is as it was made (§1)", At: made}
}

func onCurve384(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

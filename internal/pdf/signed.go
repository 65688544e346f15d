package pdf

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// statement is a CMS signature whose one signer was found to have signed.
type statement struct {
	content      []byte
	signature    []byte
	unsigned     []attribute
	certificates []*x509.Certificate // the signer's first
	algorithms   []pkix.AlgorithmIdentifier
}

// mostCertificates is more than any chain has.
const mostCertificates = 10

// readSigned reads a CMS signature over content of a type. Detached is what
// was signed, or nil when the signature carries it.
func readSigned(der []byte, kind asn1.ObjectIdentifier, detached []byte) (statement, error) {
	data, err := parseSigned(der)
	if err != nil {
		return statement{}, err
	}
	content, err := data.Content.of(kind, detached)
	if err != nil {
		return statement{}, err
	}
	if len(data.Signers) != 1 || len(data.Digests) != 1 || data.Version != versionOf(kind) {
		return statement{}, broken("it does not sign one thing once")
	}
	signer := data.Signers[0]
	if !data.Digests[0].Algorithm.Equal(signer.Digest.Algorithm) || signer.Version != 1 {
		return statement{}, broken("it is of another version")
	}
	certificates, err := certificatesOf(data.Certificates.Bytes, signer.Issuer)
	if err != nil {
		return statement{}, err
	}
	if err := signer.verify(certificates, kind, content); err != nil {
		return statement{}, err
	}
	unsigned, err := listOf(signer.Unsigned)
	return statement{content, signer.Signature, unsigned, certificates, []pkix.AlgorithmIdentifier{data.Digests[0], signer.Digest, signer.Algorithm}}, err
}

// parseSigned takes a signature apart. Its bytes must be the only ones that
// say what it says.
func parseSigned(der []byte) (signedData, error) {
	var info contentInfo
	var data signedData
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 || !info.Type.Equal(oidSignedData) {
		return data, broken("it is not a CMS signature")
	}
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil || len(rest) > 0 {
		return data, broken("it is not a CMS signature")
	}
	inner, err := asn1.Marshal(data)
	if err != nil {
		return data, broken("it is not a CMS signature")
	}
	if again, err := asn1.Marshal(contentInfo{info.Type, inside(inner)}); err != nil || !bytes.Equal(again, der) {
		return data, broken("it is not in the one form there is for it")
	}
	return data, nil
}

// of gives the content: what stands in the signature, or beside it.
func (e encapsulated) of(kind asn1.ObjectIdentifier, detached []byte) ([]byte, error) {
	carries := len(e.Content.FullBytes) > 0
	if !e.Type.Equal(kind) || carries == (detached != nil) {
		return nil, broken("it signs something else")
	}
	if !carries {
		return detached, nil
	}
	var content []byte
	if rest, err := asn1.Unmarshal(e.Content.Bytes, &content); err != nil || len(rest) > 0 {
		return nil, broken("what it carries cannot be read")
	}
	return content, nil
}

// versionOf is the version that signatures over a type of content have.
func versionOf(kind asn1.ObjectIdentifier) int {
	if kind.Equal(oidData) {
		return 1
	}
	return 3
}

// bare tells that an algorithm has no parameters, which may be said as a null.
func bare(a pkix.AlgorithmIdentifier) bool {
	return len(a.Parameters.FullBytes) == 0 || bytes.Equal(a.Parameters.FullBytes, asn1.NullBytes)
}

// certificatesOf puts the signer's certificate first.
func certificatesOf(raw []byte, signer issuerSerial) ([]*x509.Certificate, error) {
	all, err := x509.ParseCertificates(raw)
	if err != nil || len(all) == 0 || len(all) > mostCertificates {
		return nil, broken("its certificates cannot be read")
	}
	i := slices.IndexFunc(all, func(c *x509.Certificate) bool {
		return signer.Serial != nil && c.SerialNumber.Cmp(signer.Serial) == 0 && bytes.Equal(c.RawIssuer, signer.Issuer.FullBytes)
	})
	if i < 0 {
		return nil, broken("the signer's certificate is not in it")
	}
	if key, ok := all[i].PublicKey.(*rsa.PublicKey); ok && (key.N.BitLen() < 2048 || key.N.BitLen() > 8192) {
		return nil, broken("the signer's key is too short or too long")
	}
	leaf := all[i]
	return append([]*x509.Certificate{leaf}, slices.Delete(all, i, i+1)...), nil
}

// listOf reads attributes. Each kind is there once, with one value.
func listOf(raw asn1.RawValue) ([]attribute, error) {
	if len(raw.FullBytes) == 0 {
		return nil, nil
	}
	var list []attribute
	if rest, err := asn1.UnmarshalWithParams(asSet(raw.FullBytes), &list, "set"); err != nil || len(rest) > 0 {
		return nil, broken("its attributes cannot be read")
	}
	for i, each := range list {
		if len(each.Values) != 1 || slices.ContainsFunc(list[:i], func(other attribute) bool { return other.Type.Equal(each.Type) }) {
			return nil, broken("it says something twice")
		}
	}
	return list, nil
}

// value reads an attribute into out. It tells whether it is there and whole.
func value(list []attribute, kind asn1.ObjectIdentifier, out any) bool {
	i := slices.IndexFunc(list, func(a attribute) bool { return a.Type.Equal(kind) })
	if i < 0 {
		return false
	}
	rest, err := asn1.Unmarshal(list[i].Values[0].FullBytes, out)
	return err == nil && len(rest) == 0
}

// verify holds the signature against the content. What is signed must say the
// content's digest and type, and whose certificate it is.
func (s signerInfo) verify(certificates []*x509.Certificate, kind asn1.ObjectIdentifier, content []byte) error {
	hash, algorithm := s.algorithms()
	if hash == 0 || algorithm == x509.UnknownSignatureAlgorithm {
		return broken("its algorithms are not accepted")
	}
	if len(s.Signed.FullBytes) == 0 {
		return broken("nothing about it is signed")
	}
	list, err := listOf(s.Signed)
	if err != nil {
		return err
	}
	var said asn1.ObjectIdentifier
	var digest []byte
	if !value(list, oidContentType, &said) || !said.Equal(kind) || !value(list, oidMessageDigest, &digest) || !bytes.Equal(digest, hashed(hash, content)) {
		return broken("it was changed after it was sealed")
	}
	if err := names(list, certificates, kind); err != nil {
		return err
	}
	if err := certificates[0].CheckSignature(algorithm, asSet(s.Signed.FullBytes), s.Signature); err != nil {
		return broken("the signature is not that of its certificate")
	}
	return nil
}

func hashed(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// names holds the signer's certificate against the digest of it that was
// signed, so that no other one with the same key can take its place. A seal
// names those of its chain too, in their order.
func names(list []attribute, certificates []*x509.Certificate, kind asn1.ObjectIdentifier) error {
	var named signingCertificate
	if !value(list, oidCertificateV2, &named) || len(named.Certificates) == 0 {
		return broken("it does not say with which certificate it was signed")
	}
	if !kind.Equal(oidData) { // the others of a timestamp stand in any order
		named.Certificates, certificates = named.Certificates[:1], certificates[:1]
	}
	if len(named.Certificates) != len(certificates) {
		return broken("its certificates are not those it was signed with")
	}
	for i, each := range named.Certificates {
		hash := crypto.SHA256
		if each.Algorithm.Algorithm != nil {
			hash = hashOf(each.Algorithm.Algorithm)
		}
		if hash == 0 || !bytes.Equal(each.Digest, hashed(hash, certificates[i].Raw)) {
			return broken("its certificates are not those it was signed with")
		}
	}
	return nil
}

func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256
	case oid.Equal(oidSHA384):
		return crypto.SHA384
	case oid.Equal(oidSHA512):
		return crypto.SHA512
	}
	return 0
}

// algorithms gives none for what is not accepted, which is SHA-1 above all.
func (s signerInfo) algorithms() (crypto.Hash, x509.SignatureAlgorithm) {
	if !bare(s.Digest) || !bare(s.Algorithm) {
		return 0, x509.UnknownSignatureAlgorithm
	}
	hash, used := hashOf(s.Digest.Algorithm), s.Algorithm.Algorithm
	for _, known := range []struct {
		hash        crypto.Hash
		plain, full asn1.ObjectIdentifier
		algorithm   x509.SignatureAlgorithm
	}{
		{crypto.SHA256, oidRSA, oidRSASHA256, x509.SHA256WithRSA},
		{crypto.SHA384, oidRSA, oidRSASHA384, x509.SHA384WithRSA},
		{crypto.SHA512, oidRSA, oidRSASHA512, x509.SHA512WithRSA},
		{crypto.SHA256, oidECDSA, oidECDSASHA256, x509.ECDSAWithSHA256},
		{crypto.SHA384, oidECDSA, oidECDSASHA384, x509.ECDSAWithSHA384},
		{crypto.SHA512, oidECDSA, oidECDSASHA512, x509.ECDSAWithSHA512},
	} {
		if hash == known.hash && (used.Equal(known.full) || used.Equal(known.plain)) {
			return hash, known.algorithm
		}
	}
	return 0, x509.UnknownSignatureAlgorithm
}

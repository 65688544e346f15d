package pdf

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // authorities that stamp may use it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// The parts of a CMS signature (RFC 5652) that a seal and a timestamp have.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      encapsulated
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revocations  asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,tag:0"`
}

type signerInfo struct {
	Version   int
	Issuer    issuerSerial
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type issuerSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

type signingCertificate struct{ Certificates []certificateDigest }

type certificateDigest struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"` // SHA-256 when left out
	Digest    []byte
	Issuer    asn1.RawValue `asn1:"optional"`
}

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimestamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidTimestampInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSASHA256     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSASHA384     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSASHA512     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSA         = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA384   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSASHA512   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
)

// null stands where an algorithm has no parameters and must say so.
var null = asn1.RawValue{FullBytes: asn1.NullBytes}

// ErrSeal says that a seal does not hold: the document is not the one that was
// sealed, or nobody sealed it.
var ErrSeal = errors.New("the seal of the document does not hold")

// broken gives ErrSeal with what did not hold.
func broken(why string) error { return fmt.Errorf("%w: %s", ErrSeal, why) }

// algorithmOf tells how a key signs for a seal. Others than these are refused.
func algorithmOf(key crypto.PublicKey) (pkix.AlgorithmIdentifier, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 && key.N.BitLen() <= 8192 {
			return pkix.AlgorithmIdentifier{Algorithm: oidRSASHA256, Parameters: null}, nil
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}, nil
		}
	}
	return pkix.AlgorithmIdentifier{}, errors.New("a seal needs an RSA key of 2048 to 8192 bits, or an ECDSA key on P-256")
}

// sign makes the signature of a digest. It says nothing about when: PAdES
// keeps that in the document and in the timestamp.
func (s *Seal) sign(digest []byte) (signerInfo, error) {
	leaf := s.Chain[0]
	algorithm, err := algorithmOf(leaf.PublicKey)
	if err != nil {
		return signerInfo{}, err
	}
	signed, err := signedAttributes(digest, s.Chain)
	if err != nil {
		return signerInfo{}, err
	}
	signature, err := s.Signer.Sign(rand.Reader, hashed(crypto.SHA256, asSet(signed)), crypto.SHA256)
	if err != nil {
		return signerInfo{}, fmt.Errorf("sign with the seal's key: %w", err)
	}
	return signerInfo{Version: 1, Issuer: issuerSerial{asn1.RawValue{FullBytes: leaf.RawIssuer}, leaf.SerialNumber},
		Digest: pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, Signed: asn1.RawValue{FullBytes: signed}, Algorithm: algorithm, Signature: signature}, nil
}

// signedAttributes are tagged as they stand in the signature; asSet gives what
// is signed.
func signedAttributes(digest []byte, chain []*x509.Certificate) ([]byte, error) {
	var all signingCertificate
	for _, each := range chain {
		all.Certificates = append(all.Certificates, certificateDigest{Digest: hashed(crypto.SHA256, each.Raw)})
	}
	return attributes(0, []valued{{oidContentType, oidData}, {oidMessageDigest, digest}, {oidCertificateV2, all}})
}

// valued is an attribute and its one value.
type valued struct {
	kind  asn1.ObjectIdentifier
	value any
}

func attributes(tag int, all []valued) ([]byte, error) {
	var list []attribute
	for _, each := range all {
		value, err := asn1.Marshal(each.value)
		if err != nil {
			return nil, err
		}
		list = append(list, attribute{each.kind, []asn1.RawValue{{FullBytes: value}}})
	}
	return asn1.MarshalWithParams(list, fmt.Sprintf("set,tag:%d", tag))
}

func asSet(attributes []byte) []byte {
	set := bytes.Clone(attributes)
	set[0] = 0x31
	return set
}

// envelope puts a signature and its certificates into one piece.
func (s *Seal) envelope(info signerInfo) ([]byte, error) {
	var certificates []byte
	for _, each := range s.Chain {
		certificates = append(certificates, each.Raw...)
	}
	data, err := asn1.Marshal(signedData{Version: 1, Digests: []pkix.AlgorithmIdentifier{info.Digest}, Content: encapsulated{Type: oidData},
		Certificates: inside(certificates), Signers: []signerInfo{info}})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{oidSignedData, inside(data)})
}

// inside wraps what is tagged 0 for where it stands.
func inside(content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}
}

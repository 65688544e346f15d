package pdf

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// Stamp is a timestamp (RFC 3161): its authority says that the seal was there.
type Stamp struct {
	At           time.Time
	Certificates []*x509.Certificate // the authority's first
}

// Parts of a timestamp.
type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type stampInfo struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    imprint
	Serial     *big.Int
	At         time.Time     `asn1:"generalized"`
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	Authority  asn1.RawValue `asn1:"optional,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

// accuracy is how exact the time is. Nobody here asks.
type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

// readStamp reads a token and holds it against the digest it is to be over.
func readStamp(token, digest []byte) (*Stamp, *big.Int, error) {
	said, err := readSigned(token, oidTimestampInfo, nil)
	if err != nil {
		return nil, nil, err
	}
	var info stampInfo
	if rest, err := asn1.Unmarshal(said.content, &info); err != nil || len(rest) > 0 || info.Version != 1 {
		return nil, nil, broken("the timestamp cannot be read")
	}
	if !info.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || !bytes.Equal(info.Imprint.Digest, digest) {
		return nil, nil, broken("the timestamp is over something else")
	}
	leaf := said.certificates[0]
	if len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(leaf.UnknownExtKeyUsage) > 0 {
		return nil, nil, broken("the timestamp's certificate is not one for timestamps")
	}
	if info.At.Before(leaf.NotBefore) || info.At.After(leaf.NotAfter) {
		return nil, nil, broken("the timestamp's certificate was not valid then")
	}
	return &Stamp{At: info.At.UTC(), Certificates: said.certificates}, info.Nonce, nil
}

// stamp gives the timestamp of a seal, if it has one. Nothing else stands
// beside the signature.
func (s statement) stamp() (*Stamp, error) {
	if len(s.unsigned) == 0 {
		return nil, nil
	}
	var token asn1.RawValue
	if len(s.unsigned) != 1 || !value(s.unsigned, oidTimestamp, &token) {
		return nil, broken("it carries what is not signed")
	}
	stamp, _, err := readStamp(token.FullBytes, hashed(crypto.SHA256, s.signature))
	return stamp, err
}

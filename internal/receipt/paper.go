package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// AttachedName is how the bundle is called inside a receipt's PDF.
const AttachedName = "countersign-proof.json"

// Paper opens printed receipts. It is the adapter's: package pdf reads them.
type Paper interface {
	// Open gives what a sealed document holds. It fails where the seal does not
	// hold.
	Open(file []byte, name string) (Sealed, error)
}

// Sealed is a printed receipt whose seal holds.
type Sealed struct {
	Bundle      []byte // the file that travels in it
	Certificate []byte // of the seal, DER
	StampedAt   time.Time
	Authority   []byte // the certificate of whoever says when, DER; empty without a timestamp
}

// IsPaper tells a printed receipt from a bundle.
func IsPaper(file []byte) bool { return bytes.HasPrefix(file, []byte("%PDF-")) }

// VerifyPaper checks a printed receipt: that its pages are what the portal
// sealed, and the bundle that travels in it. With a list, the seal's certificate
// must be on it: pages that anybody else sealed may say anything.
func VerifyPaper(file []byte, paper Paper, trust *Trust) (Report, error) {
	sealed, err := paper.Open(file, AttachedName)
	if err != nil {
		return Report{}, fmt.Errorf("the pages of this PDF are not as they were sealed, or it was never sealed: %w", err)
	}
	seal := fingerprint(sealed.Certificate)
	if trust != nil && !slices.Contains(trust.Seals, seal) {
		return Report{}, errors.New("the pages are sealed with a certificate that is not on the list of whom to trust")
	}
	report, err := Verify(sealed.Bundle, trust)
	if err != nil {
		return Report{}, err
	}
	report.Proven = append([]string{"Every page of the PDF is as it was sealed, with the certificate " + seal + "."}, report.Proven...)
	if len(sealed.Authority) > 0 {
		// Anybody can add a timestamp to a sealed document, from an authority of
		// their own: the seal does not cover it, and no list here names authorities.
		report.Open = append(report.Open, "When the PDF was sealed. A timestamp in it says by "+instantWord(sealed.StampedAt)+", from the authority with the certificate "+fingerprint(sealed.Authority)+
			". A PDF reader that knows the authority can tell whether that certificate is its own.")
	}
	return report, nil
}

// fingerprint is the hex SHA-256 of a certificate.
func fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return hex.EncodeToString(sum[:])
}

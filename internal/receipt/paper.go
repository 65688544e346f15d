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
	// Open gives the bundle that travels in a sealed document, the certificate it
	// is sealed with, and the moment a timestamp authority vouches for, zero when
	// none does. It fails where the seal does not hold.
	Open(file []byte, name string) (bundle, certificate []byte, stamped time.Time, err error)
}

// IsPaper tells a printed receipt from a bundle.
func IsPaper(file []byte) bool { return bytes.HasPrefix(file, []byte("%PDF-")) }

// VerifyPaper checks a printed receipt: that its pages are what the portal
// sealed, and the bundle that travels in it. With a list, the seal's certificate
// must be on it: pages that anybody else sealed may say anything.
func VerifyPaper(file []byte, paper Paper, trust *Trust) (Report, error) {
	bundle, certificate, stamped, err := paper.Open(file, AttachedName)
	if err != nil {
		return Report{}, fmt.Errorf("the pages of this PDF are not as they were sealed, or it was never sealed: %w", err)
	}
	sum := sha256.Sum256(certificate)
	seal := hex.EncodeToString(sum[:])
	if trust != nil && !slices.Contains(trust.Seals, seal) {
		return Report{}, errors.New("the pages are sealed with a certificate that is not on the list of whom to trust")
	}
	report, err := Verify(bundle, trust)
	if err != nil {
		return Report{}, err
	}
	report.Proven = append([]string{"Every page of the PDF is as it was sealed, with the certificate " + seal + "."}, report.Proven...)
	if !stamped.IsZero() {
		report.Proven = append(report.Proven, "A timestamp authority saw the sealed PDF by "+instantWord(stamped)+".")
	}
	return report, nil
}

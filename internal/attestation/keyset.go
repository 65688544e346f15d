package attestation

import "strings"

// KeySetDigest is what the event of a key set that was seen vouches for: the
// digest of the record of it, by whom and what, so that neither can be exchanged
// (docs/attestation.md).
func KeySetDigest(issuer, document string) Digest {
	return DigestOf(strings.Join([]string{"countersign key set 1", "issuer: " + issuer, "keys: " + string(DigestOf(document)), ""}, "\n"))
}

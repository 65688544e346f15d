package attestation

import "countersign/internal/event"

// KeySetDigest is what the event of a key set that was seen vouches for: the
// digest of the record of it, by whom and what, so that neither can be exchanged
// (docs/attestation.md).
func KeySetDigest(issuer, document string) Digest {
	return DigestOf(event.Record("countersign key set 1", event.Field{Name: "issuer", Value: issuer}, event.Field{Name: "keys", Value: string(DigestOf(document))}))
}

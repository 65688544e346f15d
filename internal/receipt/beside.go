package receipt

import (
	"errors"
	"fmt"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/transparency"
)

// CoSigner is who signed beside the chief executive, as a bundle shows it.
type CoSigner struct {
	Name, Capacity string
	SignedAt       time.Time
	Issuer, Key    string // of the identity provider; thumbprint of the key that signed
	Index          int64
}

// Beside is one co-signature with its event's place in the log.
type Beside struct {
	Signature attestation.CoSignature
	Opening   string
	Evidence  transparency.Evidence
}

// With adds the co-signatures that the document names.
func (b Bundle) With(keys transparency.Keys, list ...Beside) (Bundle, error) {
	for _, each := range list {
		record, err := each.Signature.Record()
		if err != nil {
			return Bundle{}, err
		}
		s, err := signing(each.Signature.Document, record, each.Signature.Proof, each.Opening, each.Evidence, keys)
		if err != nil {
			return Bundle{}, fmt.Errorf("add the co-signature %s: %w", each.Signature.ID, err)
		}
		b.CoSignatures = append(b.CoSignatures, s)
	}
	return b, nil
}

// coSigned is a co-signature that belongs to a signature.
type coSigned struct {
	record   attestation.Record
	document attestation.CoDocument
}

// beside checks that the co-signatures are the ones the document names and its
// words ask for, each whole, by somebody else, over the same words and made
// before.
func (b Bundle) beside(r attestation.Record, d attestation.Document, words attestation.Words) ([]coSigned, error) {
	if len(b.CoSignatures) != len(d.CoSigned) || len(d.CoSigned) != len(words.CoSigns) {
		return nil, errors.New("the co-signatures are not those that the document names and its words ask for")
	}
	var list []coSigned
	for i, s := range b.CoSignatures {
		co, named := coSigned{}, d.CoSigned[i]
		var read, sound bool
		co.record, read = attestation.ParseRecord(s.Record)
		co.document, sound = attestation.ParseCoDocument(s.Document)
		switch {
		case !read || !sound || !co.record.Beside:
			return nil, errors.New("a co-signature cannot be read")
		case attestation.DigestOf(s.Document) != named.Document, co.document.Person != named.Person, co.document.Name != named.Name, co.document.Office != words.CoSigns[i]:
			return nil, errors.New("a co-signature is another than the document names")
		case co.record.Document != named.Document, co.record.Words != r.Words, co.document.Digest != r.Words, co.record.Statement != r.Statement, co.record.Organisation != r.Organisation, co.record.Signer != named.Person:
			return nil, errors.New("a co-signature is of another statement than the signature")
		case co.record.Signer == r.Signer:
			return nil, errors.New("one person has signed in both capacities")
		case co.record.SignedAt.After(r.ArrivedAt):
			return nil, errors.New("a co-signature came after the signature that names it")
		}
		list = append(list, co)
	}
	return list, nil
}

// loggedBeside checks that the log holds every co-signature, and tells where.
func (b Bundle) loggedBeside(list []coSigned, trust *Trust) ([]int64, error) {
	var indexes []int64
	for i, co := range list {
		index, _, err := b.CoSignatures[i].logged(coSignedAct, co.record, trust)
		if err != nil {
			return nil, fmt.Errorf("of a co-signature: %w", err)
		}
		indexes = append(indexes, index)
	}
	return indexes, nil
}

// provedBeside checks the identity provider's own signature on every
// co-signature, by a key that the list of whom to trust vouches for.
func (b Bundle) provedBeside(list []coSigned, indexes []int64, trust *Trust) ([]CoSigner, error) {
	var shown []CoSigner
	for i, co := range list {
		key, err := b.CoSignatures[i].provider(co.record)
		if err == nil && trust != nil {
			err = trust.vouches(co.record.Issuer, key)
		}
		if err != nil {
			return nil, fmt.Errorf("of a co-signature: %w", err)
		}
		shown = append(shown, CoSigner{Name: co.document.Name, Capacity: attestation.Capacity(co.document.Office, co.document.Acting), SignedAt: co.record.SignedAt, Issuer: co.record.Issuer, Key: key, Index: indexes[i]})
	}
	return shown, nil
}

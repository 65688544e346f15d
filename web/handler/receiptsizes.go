package handler

import (
	"sync"

	"countersign/internal/attestation"
	"countersign/internal/transparency"
)

// Sizes remembers how large the files of receipts are: the same record with the
// same proof gives the same files, and to measure them they must be made.
type Sizes struct {
	mutex sync.Mutex
	known map[attestation.Digest]fileSizes
}

// sizesKept bounds what is remembered, some hundred bytes each. What is over it
// is measured again.
const sizesKept = 1000

// fileSizes are those of the two files of a receipt, in bytes.
type fileSizes struct{ proof, pdf int64 }

// of gives what is remembered of a signature at its place in the log, or measures
// it. Two at once may both measure; what went wrong is not remembered.
func (m *Sizes) of(g attestation.Signature, place transparency.Evidence, measure func() (fileSizes, error)) (fileSizes, error) {
	record, err := g.Record()
	if err != nil {
		return fileSizes{}, err
	}
	key := attestation.DigestOf(record + place.Proof)
	if known, is := m.find(key); is {
		return known, nil
	}
	measured, err := measure()
	if err == nil {
		m.keep(key, measured)
	}
	return measured, err
}

func (m *Sizes) find(key attestation.Digest) (fileSizes, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	known, is := m.known[key]
	return known, is
}

func (m *Sizes) keep(key attestation.Digest, measured fileSizes) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.known == nil || len(m.known) >= sizesKept {
		m.known = map[attestation.Digest]fileSizes{}
	}
	m.known[key] = measured
}

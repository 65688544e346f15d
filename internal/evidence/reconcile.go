package evidence

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Kept is one file as the blob store lists it.
type Kept struct {
	Digest string
	Size   int64
	At     time.Time // last written to
}

// Shelf is what a comparison of records with bytes needs of the blob store.
// Remove leaves a file alone that was written to at the moment or later.
type Shelf interface {
	Each(ctx context.Context, see func(Kept) error) error
	Remove(ctx context.Context, digest string, before time.Time) (bool, error)
}

// Entry is what a record says of its bytes.
type Entry struct {
	ID           ID
	Organisation organisation.Code
	Digest       string
	Size         int64
}

// Differences are where records and bytes do not agree.
type Differences struct {
	Unrecorded []Kept  // bytes that no record names
	Missing    []Entry // records whose bytes are not there, or not as many
}

// abandoned is how long bytes lie without a record before they may go. An
// upload writes its bytes first and its record after, so younger ones may
// belong to an upload in hand; none takes longer than minutes.
const abandoned = 24 * time.Hour

// Reconcile compares every record with the bytes that are kept. It lists and
// changes nothing.
func (s *Service) Reconcile(ctx context.Context, who access.Actor, shelf Shelf) (Differences, error) {
	pass, err := access.Check(who, access.ReconcileEvidence, organisation.National)
	if err != nil {
		return Differences{}, err
	}
	// Bytes before records: a file that is added meanwhile is then a record
	// whose bytes were not listed, which is looked at again, and never bytes
	// without a record, which could be removed.
	kept := map[string]Kept{}
	if err := shelf.Each(ctx, func(k Kept) error { kept[k.Digest] = k; return nil }); err != nil {
		return Differences{}, err
	}
	var found Differences
	recorded := map[string]bool{}
	for after := ID(""); ; {
		entries, err := s.Store.Entries(ctx, pass, after, 1000)
		if err != nil {
			return Differences{}, err
		}
		for _, e := range entries {
			after, recorded[e.Digest] = e.ID, true
			if k, there := kept[e.Digest]; !there || k.Size != e.Size {
				found.Missing = append(found.Missing, e)
			}
		}
		if len(entries) < 1000 {
			break
		}
	}
	for digest, k := range kept {
		if !recorded[digest] {
			found.Unrecorded = append(found.Unrecorded, k)
		}
	}
	return found, nil
}

// Discard removes bytes that no record has named for a day, and gives what it
// removed. It is asked for by a person who has seen the list, and never done at
// start-up: after an older copy of the database was put back, bytes without a
// record are the only trace of what is missing from it.
func (s *Service) Discard(ctx context.Context, who access.Actor, shelf Shelf) ([]Kept, error) {
	found, err := s.Reconcile(ctx, who, shelf)
	if err != nil {
		return nil, err
	}
	var gone []Kept
	for _, k := range found.Unrecorded {
		removed, err := shelf.Remove(ctx, k.Digest, s.Now().Add(-abandoned))
		if err != nil {
			return gone, err
		}
		if removed {
			gone = append(gone, k)
		}
	}
	return gone, nil
}

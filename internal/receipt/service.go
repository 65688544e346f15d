package receipt

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/transparency"
)

// KeySet is one set of keys that an identity provider signed with.
type KeySet struct {
	Issuer, Document string
}

// Store reads what bundles and lists of whom to trust are made of.
type Store interface {
	// Made finds the newest event of a kind about a thing of the decision's
	// organisation; ErrNone when there is none.
	Made(ctx context.Context, pass access.Pass, thing, kind string) (event.Event, error)
	// Vouching finds the event of a kind about a thing that vouches for a digest;
	// ErrNone when there is none.
	Vouching(ctx context.Context, pass access.Pass, thing, kind string, digest attestation.Digest) (event.Event, error)
	// KeySets lists every key set seen, the oldest first.
	KeySets(ctx context.Context, pass access.Pass) ([]KeySet, error)
}

// Signatures gives the signature of a statement to who may read it.
type Signatures interface {
	Receipt(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Signature, error)
	Signed(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.Statement, int64, error)
}

// Service gives people the proof of a signature.
type Service struct {
	Store      Store
	Signatures Signatures
	Log        *transparency.Log
	Paper      Paper
	Seals      []string      // certificates that this portal seals, or has sealed, with
	Checking   chan struct{} // as many files are verified at once as it holds; nil for any number
}

// Faults of asking for a proof.
var (
	ErrNone    = fault.New(fault.NotFound, "The record of this signature is missing. Tell the national team.")
	ErrPending = fault.New(fault.Conflict, "The public log has not taken this signature up yet. That takes a few seconds, or longer while a witness does not answer. Try again in a minute: the signature is safe.")
)

// Standing tells where a signature stands in the public log, waiting no longer
// than told for its place.
func (s *Service) Standing(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, patience time.Duration) (transparency.Evidence, error) {
	_, e, err := s.proved(ctx, who, org, id, patience)
	return e, err
}

func (s *Service) proved(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID, patience time.Duration) (event.Event, transparency.Evidence, error) {
	pass, err := access.Check(who, access.ReadSigned, org)
	if err != nil {
		return event.Event{}, transparency.Evidence{}, err
	}
	made, err := s.Store.Made(ctx, pass, "statement/"+string(id), signedAct)
	if err != nil {
		return event.Event{}, transparency.Evidence{}, err
	}
	e, err := s.Log.Await(ctx, who, made.ID, patience)
	return made, e, err
}

// Bundle gives the proof of a signature as one file. ErrPending says that it
// cannot be made yet.
func (s *Service) Bundle(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (Bundle, error) {
	g, err := s.Signatures.Receipt(ctx, who, org, id)
	if err != nil {
		return Bundle{}, err
	}
	made, e, err := s.proved(ctx, who, org, id, 0)
	switch {
	case err != nil:
		return Bundle{}, err
	case e.Provisional():
		return Bundle{}, ErrPending
	}
	b, err := New(g, transparency.OpeningOf(made), e, s.Log.Keys)
	if err != nil {
		return Bundle{}, fmt.Errorf("make the bundle of statement %s: %w", id, err)
	}
	beside, err := s.beside(ctx, who, org, id)
	if err != nil {
		return Bundle{}, err
	}
	if b, err = b.With(s.Log.Keys, beside...); err != nil {
		return Bundle{}, fmt.Errorf("make the bundle of statement %s: %w", id, err)
	}
	// A row changed behind the portal's back would give a file that does not
	// verify: better none, and somebody told.
	if _, err := Verify(b.Bytes(), nil); err != nil {
		return Bundle{}, fmt.Errorf("the record of statement %s does not verify: %w", id, err)
	}
	return b, nil
}

// beside reads the co-signatures on a statement with their places in the log.
func (s *Service) beside(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) ([]Beside, error) {
	pass, err := access.Check(who, access.ReadSigned, org)
	if err != nil {
		return nil, err
	}
	st, _, err := s.Signatures.Signed(ctx, who, org, id)
	if err != nil {
		return nil, err
	}
	var list []Beside
	for _, g := range st.Beside {
		record, err := g.Record()
		if err != nil {
			return nil, err
		}
		made, err := s.Store.Vouching(ctx, pass, "statement/"+string(id), coSignedAct, attestation.DigestOf(record))
		if err != nil {
			return nil, err
		}
		e, err := s.Log.Await(ctx, who, made.ID, 0)
		if err != nil {
			return nil, err
		} else if e.Provisional() {
			return nil, ErrPending
		}
		list = append(list, Beside{Signature: g, Opening: transparency.OpeningOf(made), Evidence: e})
	}
	return list, nil
}

// Trust gives whom this portal's bundles are to be believed from: its log, its
// witnesses, and every key its identity providers have signed with. Anyone may
// have it; whoever relies on it compares it with what others have.
func (s *Service) Trust(ctx context.Context, who access.Actor) (Trust, error) {
	pass, err := access.Check(who, access.ReadLog, organisation.National)
	if err != nil {
		return Trust{}, err
	}
	sets, err := s.Store.KeySets(ctx, pass)
	if err != nil {
		return Trust{}, err
	}
	var providers []Provider
	for _, set := range sets {
		var keys jose.JSONWebKeySet
		if err := json.Unmarshal([]byte(set.Document), &keys); err != nil {
			continue // a set nothing verifies by vouches for nothing
		}
		i := slices.IndexFunc(providers, func(p Provider) bool { return p.Issuer == set.Issuer })
		if i < 0 {
			providers, i = append(providers, Provider{Issuer: set.Issuer}), len(providers)
		}
		for _, key := range keys.Keys {
			thumbprint, err := key.Thumbprint(crypto.SHA256)
			if err != nil {
				continue
			}
			if thumb := base64.RawURLEncoding.EncodeToString(thumbprint); !slices.Contains(providers[i].Keys, thumb) {
				providers[i].Keys = append(providers[i].Keys, thumb)
			}
		}
	}
	return NewTrust(s.Log.Keys, providers, s.Seals), nil
}

// Check verifies a file somebody brings, against this portal's own list.
func (s *Service) Check(ctx context.Context, who access.Actor, file []byte) (Report, error) {
	trust, err := s.Trust(ctx, who)
	if err != nil {
		return Report{}, err
	}
	if s.Checking != nil {
		select {
		case s.Checking <- struct{}{}:
			defer func() { <-s.Checking }()
		case <-ctx.Done():
			return Report{}, ctx.Err()
		}
	}
	var report Report
	if IsPaper(file) {
		report, err = VerifyPaper(file, s.Paper, &trust)
	} else {
		report, err = Verify(file, &trust)
	}
	switch {
	case errors.Is(err, ErrFormat):
		return report, fault.In("file", "This file is not a proof of a signature, or somebody has changed it. Choose the JSON file or the PDF that came with the receipt.")
	case err != nil:
		return report, fault.New(fault.Invalid, "This file proves nothing: "+err.Error()+".")
	}
	return report, nil
}

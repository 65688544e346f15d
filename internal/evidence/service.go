package evidence

import (
	"context"
	"errors"
	"io"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// Stored is what the blob store says of bytes it has taken in.
type Stored struct {
	Digest string // hex SHA-256
	Size   int64
}

// Check looks at the whole of what came in before it gets a name. What it
// fails with, Keep fails with, and nothing is left behind.
type Check func(file io.ReaderAt, size int64) error

// Blobs keeps bytes under their SHA-256. Keep streams: it stops with ErrBig
// past the limit, fails with ErrRoom when the disk is full, and what it
// acknowledged is on the disk. The same bytes twice are one object. Open
// checks the digest while it is read: a reader that got to the end without an
// error has read the bytes that were kept. Free is how many bytes are left.
type Blobs interface {
	Keep(ctx context.Context, from io.Reader, limit int64, check Check) (Stored, error)
	Open(ctx context.Context, digest string) (io.ReadCloser, error)
	Free(ctx context.Context) (int64, error)
}

// Store keeps what is known of each file. Add fails with ErrFull, in the
// transaction that would add, when the organisation would hold more than its
// quota. Waiting and Entries list across organisations, in the order of ids
// after one: the files that no scanner has judged, and every file.
type Store interface {
	Add(ctx context.Context, pass access.Pass, f File, quota int64, e event.Event) error
	Held(ctx context.Context, pass access.Pass) (int64, error)
	Waiting(ctx context.Context, pass access.Pass, after ID, limit int) ([]File, error)
	Entries(ctx context.Context, pass access.Pass, after ID, limit int) ([]Entry, error)
	Link(ctx context.Context, pass access.Pass, id ID, things []string, at time.Time, decide func(File) (event.Event, error)) error
	Find(ctx context.Context, pass access.Pass, id ID) (File, error)
	SameBytes(ctx context.Context, pass access.Pass, digest string) (File, error)
	List(ctx context.Context, pass access.Pass) ([]File, error)
	For(ctx context.Context, pass access.Pass, thing string) ([]File, error)
	Record(ctx context.Context, pass access.Pass, id ID, decide func(File) (File, event.Event, error)) error
}

// Service is what people do with evidence.
type Service struct {
	Store   Store
	Blobs   Blobs
	Scanner Scanner // nil when none is configured: files are then "not scanned"
	Limits  Limits
	Now     func() time.Time
	NewID   func() string

	gate gate
}

// Upload is a file on its way in: its name and media type as the browser and
// the content tell.
type Upload struct {
	Name string
	Body io.Reader
}

// Same says that the organisation already holds these bytes.
type Same struct{ File File }

func (s Same) Error() string {
	return ErrSame.Sentence + " as “" + s.File.Title + "”. Use that one?"
}

// Unwrap lets a page find the kind of fault.
func (s Same) Unwrap() error { return ErrSame }

// Receive takes a file in: counted and hashed as it streams, refused past the
// limit or when what it is or holds may not be kept, and not handed out until
// the scanner, or a second person, has spoken.
func (s *Service) Receive(ctx context.Context, who access.Actor, org organisation.Code, offer Offer, up Upload) (ID, error) {
	pass, err := access.Check(who, access.UploadEvidence, org)
	if err != nil {
		return "", err
	}
	if err := offer.Check(s.Now()); err != nil {
		return "", err
	}
	leave, err := s.gate.enter(org, s.Limits)
	if err != nil {
		return "", err
	}
	defer leave()
	name := CleanName(up.Name)
	stored, mediaType, err := s.keep(ctx, pass, name, up.Body)
	if err != nil {
		return "", named(name, err)
	}
	if was, err := s.Store.SameBytes(ctx, pass, stored.Digest); err == nil && was.Verdict == Rejected {
		return "", ErrRejected
	} else if err == nil {
		return was.ID, Same{File: was}
	} else if !errors.Is(err, ErrUnknown) {
		return "", err
	}
	now := s.Now()
	f := File{ID: ID(s.NewID()), Organisation: org, Title: offer.Title, Owner: identity.PersonID(who.ID), AboutOn: offer.AboutOn, RunsUntil: offer.RunsUntil, Name: name, MediaType: mediaType,
		Size: stored.Size, Digest: stored.Digest, Verdict: Checking, ReceivedBy: who.ID, ReceivedAt: now, Uses: offer.Uses}
	if s.Scanner == nil {
		f.Verdict, f.VerdictWhy = NotScanned, noScanner
	}
	return f.ID, s.Store.Add(ctx, pass, f, s.Limits.Quota, f.Received(pass, s.NewID(), now))
}

const noScanner = "No virus scanner is configured"

// keep streams a file to where it is kept, when there is room for it.
func (s *Service) keep(ctx context.Context, pass access.Pass, name string, body io.Reader) (Stored, string, error) {
	limit, err := s.room(ctx, pass)
	if err != nil {
		return Stored{}, "", err
	}
	body, mediaType, err := sniff(name, body)
	if err != nil {
		return Stored{}, "", err
	}
	stored, err := s.Blobs.Keep(ctx, body, limit, func(file io.ReaderAt, size int64) error { return inspect(mediaType, file, size) })
	if errors.Is(err, ErrBig) && limit < MaxSize {
		err = ErrFull
	}
	return stored, mediaType, err
}

// Use links a file the organisation already has to more things.
func (s *Service) Use(ctx context.Context, who access.Actor, org organisation.Code, id ID, things []string) error {
	pass, err := access.Check(who, access.UploadEvidence, org)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.Store.Link(ctx, pass, id, things, now, func(f File) (event.Event, error) {
		if f.Verdict == Rejected {
			return event.Event{}, ErrRejected
		}
		return event.New(s.NewID(), pass, now, "evidence linked", "evidence/"+string(id), "Evidence used again: "+f.Title), nil
	})
}

// List gives an organisation's evidence, what ends first at the top.
func (s *Service) List(ctx context.Context, who access.Actor, org organisation.Code) ([]File, error) {
	pass, err := access.Check(who, access.ReadEvidence, org)
	if err != nil {
		return nil, err
	}
	return s.Store.List(ctx, pass)
}

// For gives the evidence linked to one thing of the organisation.
func (s *Service) For(ctx context.Context, who access.Actor, org organisation.Code, thing string) ([]File, error) {
	pass, err := access.Check(who, access.ReadEvidence, org)
	if err != nil {
		return nil, err
	}
	return s.Store.For(ctx, pass, thing)
}

// Read gives one file's record.
func (s *Service) Read(ctx context.Context, who access.Actor, org organisation.Code, id ID) (File, error) {
	pass, err := access.Check(who, access.ReadEvidence, org)
	if err != nil {
		return File{}, err
	}
	return s.Store.Find(ctx, pass, id)
}

// Download gives the bytes of a file that may be handed out. That it was read
// is recorded before the first byte leaves.
func (s *Service) Download(ctx context.Context, who access.Actor, org organisation.Code, id ID) (File, io.ReadCloser, error) {
	pass, err := access.Check(who, access.ReadEvidence, org)
	if err != nil {
		return File{}, nil, err
	}
	var file File
	err = s.Store.Record(ctx, pass, id, func(f File) (File, event.Event, error) {
		file = f
		e, err := f.Handed(pass, s.NewID(), s.Now())
		return f, e, err
	})
	if err != nil {
		return File{}, nil, err
	}
	body, err := s.Blobs.Open(ctx, file.Digest)
	return file, body, err
}

// Release lets a file out that was not scanned, on a second person's word.
func (s *Service) Release(ctx context.Context, who access.Actor, org organisation.Code, id ID, why string) error {
	pass, err := access.Check(who, access.UploadEvidence, org)
	if err != nil {
		return err
	}
	return s.Store.Record(ctx, pass, id, func(f File) (File, event.Event, error) { return f.Release(pass, why, s.NewID(), s.Now()) })
}

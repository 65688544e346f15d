package evidence

import (
	"context"
	"errors"
	"sync"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Limits is how much may be kept, and how much at once. Uploads stop first, so
// that signing, which needs little, still has room.
type Limits struct {
	Quota       int64 // bytes one organisation may keep
	Reserve     int64 // bytes of the disk that uploads leave free
	AtOnce      int   // uploads of one organisation at the same moment, in one program
	AtOnceInAll int   // uploads of everybody
}

// gate counts the uploads in hand.
type gate struct {
	lock sync.Mutex
	in   map[organisation.Code]int
	all  int
}

// enter lets an upload in, or refuses it at once: waiting would only keep more
// connections open. The caller leaves when the file is kept or refused.
func (g *gate) enter(org organisation.Code, limits Limits) (leave func(), err error) {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.in[org] >= limits.AtOnce || g.all >= limits.AtOnceInAll {
		return nil, ErrBusy
	}
	if g.in == nil {
		g.in = map[organisation.Code]int{}
	}
	g.in[org]++
	g.all++
	return func() {
		g.lock.Lock()
		defer g.lock.Unlock()
		g.all--
		if g.in[org]--; g.in[org] == 0 {
			delete(g.in, org)
		}
	}, nil
}

// inHand is how many uploads are in hand.
func (g *gate) inHand() int {
	g.lock.Lock()
	defer g.lock.Unlock()
	return g.all
}

// room decides how large a file may be: what the organisation has left, at
// most MaxSize. The quota is decided again when the record is added; asking
// first keeps a full organisation from writing files that are then refused.
func (s *Service) room(ctx context.Context, pass access.Pass) (int64, error) {
	free, err := s.Blobs.Free(ctx)
	if err != nil {
		return 0, err
	}
	if free < s.Limits.Reserve+int64(s.gate.inHand())*MaxSize { // each of them may still grow to that
		return 0, ErrRoom
	}
	held, err := s.Store.Held(ctx, pass)
	if err != nil {
		return 0, err
	}
	if held >= s.Limits.Quota {
		return 0, ErrFull
	}
	return min(MaxSize, s.Limits.Quota-held), nil
}

// about says of a named file what was wrong with it.
type about struct {
	said *fault.Error
	is   error
}

func (a about) Error() string { return a.said.Sentence }

// Unwrap gives what a page says, and what a caller can ask for.
func (a about) Unwrap() []error { return []error{a.said, a.is} }

// named puts a file's name into the sentences that design has one for.
func named(name string, err error) error {
	for _, each := range []struct {
		is  *fault.Error
		say string
	}{
		{ErrBig, " must be smaller than 50MB"},
		{ErrLocked, " is password protected or restricted. Save a copy without that, and upload the copy"},
		{ErrMacros, " has macros. Save a copy without them, and upload the copy"},
		{ErrDamaged, " is damaged. Open it, save it again, and upload the new copy"},
	} {
		if errors.Is(err, each.is) {
			return about{fault.In(each.is.Field, name+each.say), err}
		}
	}
	return err
}

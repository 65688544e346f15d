package audit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Slice is where a part of what is too much to be looked at every few minutes
// begins: after a person, a login and an appointment, and at a place of the log.
type Slice struct {
	Person, Login, Appointment string
	Entry                      int64
}

// part is how many rows of each kind about people, and how many entries of
// the log, one watch looks at. The next one goes on after them, and from the last
// the round begins again.
const part = 5000

// Watch looks at every signature, withdrawal and replacement, for those that are
// gone, and for acts that somebody put into the queue. Of people, logins,
// appointments and the log it looks at a slice, and at all of them in turn. It gives
// at most limit findings of each of these steps, and is quick enough to be done
// every few minutes (abuse cases T49 and T57).
func (s *Service) Watch(ctx context.Context, who access.Actor, limit int) ([]Finding, error) {
	pass, err := access.Check(who, access.AuditRecord, organisation.National)
	if err != nil {
		return nil, err
	}
	a := &auditing{Service: s, ctx: ctx, pass: pass}
	for _, step := range []func() error{a.signatures, a.coSignatures, a.withdrawals, a.successors, a.gone, a.foreign, a.ahead, a.slices} {
		a.limit = len(a.found) + limit // for each: what one finds plenty of hides nothing from the others
		if err := step(); err != nil && !errors.Is(err, errEnough) {
			return a.found, err
		}
	}
	return a.found, nil
}

// slices looks at the next rows about people and the next entries of the log, and
// once more at those where it found something last, so that the alarm goes on.
func (a *auditing) slices() error {
	a.round.Lock()
	defer a.round.Unlock()
	most := a.limit
	a.limit = math.MaxInt // a slice is seen whole, so that the next one begins after it
	turn, now := []Slice{a.next}, a.next
	if a.again != nil && *a.again != now {
		turn = append(turn, *a.again)
	}
	var again *Slice
	for _, from := range turn {
		known := len(a.found)
		next, err := a.slice(from)
		if err != nil {
			return err
		}
		if from == now {
			a.next = next
		}
		if len(a.found) > known && again == nil {
			again = &from
		}
	}
	a.again = again
	a.found = a.found[:min(len(a.found), most)]
	return nil
}

// slice looks at one slice, and tells where the next one begins.
func (a *auditing) slice(from Slice) (Slice, error) {
	next, err := a.Store.People(a.ctx, a.pass, from, a.part(), a.compare(Unvouched))
	if err != nil {
		return from, err
	}
	next.Entry, err = a.entries(from.Entry)
	return next, err
}

func (s *Service) part() int {
	if s.Part > 0 {
		return s.Part
	}
	return part
}

// entries looks at a slice of the log for what is missing, was changed, or is a
// stranger's, and tells where the next one begins. That the tree follows from its
// entries takes all of them, and is fsck's to see.
func (a *auditing) entries(from int64) (int64, error) {
	head, err := a.Log.Store.Head(a.ctx, a.pass) // before the entries, of which there may be more by then
	if err != nil {
		return from, err
	}
	n := from
	err = a.Store.Entries(a.ctx, a.pass, from, func(e Entry) error {
		if e.N != n {
			err := a.find(Gap, fmt.Sprintf("entry %d", n), "the next one is %d", e.N)
			n = e.N
			return errors.Join(err, errStop)
		}
		if err := a.opens(e); err != nil {
			return err
		}
		if n++; n-from == int64(a.part()) {
			return errStop
		}
		return nil
	})
	switch {
	case errors.Is(err, errStop):
		return n, nil
	case err == nil && n < head.Size:
		err = a.find(Gap, fmt.Sprintf("entry %d", n), "the newest checkpoint is of size %d", head.Size)
	}
	return 0, err
}

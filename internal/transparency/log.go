package transparency

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Head is a checkpoint as it is kept: signed by the log, and by those witnesses
// that have seen it.
type Head struct {
	Checkpoint
	Note     string // with the witnesses' lines
	SignedAt time.Time
}

// Place is where an event's leaf stands in the log. Index is below 0 while it
// waits for its place, and the salt is empty once it was erased.
type Place struct {
	Index int64
	Leaf  Leaf
	Salt  string
}

// Growth is what the tree was before an extension and would be after it. Was.Size
// is 0 and Was.Note empty when it is the first.
type Growth struct {
	Was  Head
	Size int64
	Root tlog.Hash
	At   func(size int64) (tlog.Hash, error) // the root at an earlier size
}

// Store keeps the log.
type Store interface {
	// Extend gives what waits, at most limit of it, its place: entries, hashes and
	// the checkpoint that decide signs, in one transaction. Of two at once, one
	// waits for the other. It tells how many were placed; with none, decide is not
	// asked. With Foreign everything else was done.
	Extend(ctx context.Context, pass access.Pass, limit int, decide func(Growth) (string, time.Time, error)) (Head, int, error)
	// Head reads the newest checkpoint: a zero one while the log is empty.
	Head(ctx context.Context, pass access.Pass) (Head, error)
	// Published reads the newest checkpoint shown to the public; ErrEmpty before
	// the first.
	Published(ctx context.Context, pass access.Pass) (Head, error)
	// Covering reads the first checkpoint that holds an index and was published at
	// a moment or after it; ErrEmpty before there is one.
	Covering(ctx context.Context, pass access.Pass, index int64, from time.Time) (Head, error)
	// Renew records an act of the log's own. One whose id is taken is no change.
	Renew(ctx context.Context, pass access.Pass, e event.Event) error
	// Cosigned tells the newest size a witness has signed, 0 when none.
	Cosigned(ctx context.Context, pass access.Pass, witness string) (int64, error)
	// AddCosignature keeps a witness's line; the same again is no change.
	AddCosignature(ctx context.Context, pass access.Pass, size int64, witness, line string, at int64) error
	// Publish records that a checkpoint has its quorum; again is no change.
	Publish(ctx context.Context, pass access.Pass, size int64, at time.Time) error
	// Place finds where an event stands; ErrUnlogged when it has no leaf.
	Place(ctx context.Context, pass access.Pass, event string) (Place, error)
	// Hashes reads stored hashes as package tlog numbers them.
	Hashes(ctx context.Context, pass access.Pass) tlog.HashReader
	// HashesBetween reads the stored hashes from one number to another, both in it.
	HashesBetween(ctx context.Context, pass access.Pass, from, to int64) (map[int64]tlog.Hash, error)
	// Leaves reads the leaves from one index up to another, which is not in it.
	Leaves(ctx context.Context, pass access.Pass, from, to int64) ([]Leaf, error)
}

// Mark keeps the newest checkpoint this program has signed or shown, outside the
// database, so that a database put back from an old backup is noticed (abuse
// case T53).
type Mark interface {
	Last() (Checkpoint, bool, error)
	Advance(Checkpoint) error
}

// Submitter hands checkpoints to one witness.
type Submitter interface {
	// Name of the witness, as in its key.
	Name() string
	// Submit gives the witness's answer to a checkpoint: its line. A
	// *Stale error tells the size it has instead.
	Submit(ctx context.Context, old int64, proof tlog.TreeProof, checkpoint Head) (string, error)
}

// Stale is a witness's answer that it has seen another size than was thought.
type Stale struct{ Size int64 }

func (s *Stale) Error() string { return fmt.Sprintf("the witness has seen the log at size %d", s.Size) }

// Faults and states of the log.
var (
	ErrEmpty    = fault.New(fault.NotFound, "The public log is empty so far.")
	ErrUnlogged = fault.New(fault.NotFound, "This is not in the public log.")
	ErrTile     = fault.New(fault.NotFound, "The public log has no such part.")
	// ErrBehind and ErrFork stop the log until a person has looked.
	ErrBehind = errors.New("the database is behind a checkpoint that was shown already: it was put back from an old backup, or another database is in its place")
	ErrFork   = errors.New("the database holds another history than the one that was shown already")
)

// Foreign says how many acts wait for the log that the portal did not record:
// somebody wrote them into the database. They are given no place.
type Foreign int

func (f Foreign) Error() string {
	return fmt.Sprintf("%d acts wait for the log that the portal did not record: run `countersign fsck`", int(f))
}

// Log grows the tree, has it witnessed, and proves what is in it.
type Log struct {
	Store     Store
	Signer    note.Signer // nil where this program does not keep the log: acts wait then
	Keys      Keys
	Mark      Mark
	Witnesses []Submitter
	Now       func() time.Time

	grow sync.Mutex // one extension at a time in this program
	wake chan struct{}
	once sync.Once

	whole     tiles
	asking    sync.WaitGroup // questions to witnesses that are under way
	known     sync.Mutex     // of what follows
	witnesses map[string]asked
}

// batch is how many entries are placed in one transaction.
const batch = 500

// Keeps tells whether this program grows the log.
func (l *Log) Keeps() bool { return l.Signer != nil }

// Start compares the log with what was shown of it before, and refuses to go on
// when it is behind that, differs from it, or is signed by another key. It
// changes nothing.
func (l *Log) Start(ctx context.Context) error {
	if !l.Keeps() {
		return nil
	}
	pass, err := l.pass()
	if err != nil {
		return err
	}
	head, err := l.Store.Head(ctx, pass)
	if err != nil {
		return err
	}
	if head.Size > 0 {
		if _, err := OpenCheckpoint(head.Note, l.Keys); err != nil && !errors.Is(err, ErrQuorum) {
			return fmt.Errorf("the log was signed with another key than the one that is set, or under another name: %w", err)
		}
	}
	return l.check(Growth{Was: head, At: l.rootAt(ctx, pass)})
}

// check compares the log before an extension with the mark.
func (l *Log) check(g Growth) error {
	mark, known, err := l.Mark.Last()
	switch {
	case err != nil:
		return fmt.Errorf("read the mark of the log: %w", err)
	case !known:
		return nil
	case mark.Origin != l.Signer.Name():
		return fmt.Errorf("the mark is of the log %q, and the key of %q", mark.Origin, l.Signer.Name())
	case g.Was.Size < mark.Size:
		return fmt.Errorf("%w (it has %d entries, %d were shown)", ErrBehind, g.Was.Size, mark.Size)
	case mark.Size == 0:
		return nil
	}
	root, err := g.At(mark.Size)
	if err != nil {
		return fmt.Errorf("find the root at size %d: %w", mark.Size, err)
	}
	if root != mark.Root {
		return fmt.Errorf("%w (at size %d)", ErrFork, mark.Size)
	}
	return nil
}

func (l *Log) rootAt(ctx context.Context, pass access.Pass) func(int64) (tlog.Hash, error) {
	return func(size int64) (tlog.Hash, error) { return tlog.TreeHash(size, l.Store.Hashes(ctx, pass)) }
}

// standstill is a fault after which the log is never grown again by itself.
type standstill struct{ error }

func (s standstill) Unwrap() error { return s.error }

// standing marks what the own mark contradicts as such a fault.
func standing(err error) error {
	if errors.Is(err, ErrBehind) || errors.Is(err, ErrFork) {
		return standstill{err}
	}
	return err
}

// Grow places what waits and has it witnessed, and tells how much was placed.
// It may be called at any time, by several programs on one database.
func (l *Log) Grow(ctx context.Context) (int, error) {
	pass, err := l.pass()
	if err != nil || !l.Keeps() {
		return 0, err
	}
	l.grow.Lock()
	defer l.grow.Unlock()
	placed, err := l.extend(ctx, pass)
	if _, foreign := errors.AsType[Foreign](err); err != nil && !foreign && !errors.Is(err, errDoubted) {
		return placed, err
	} else if !foreign {
		err = nil // what the witnesses say is told with what else they say
	}
	return placed, errors.Join(l.witness(ctx, pass), err)
}

// extend gives everything that waits its place. With Foreign it has.
func (l *Log) extend(ctx context.Context, pass access.Pass) (int, error) {
	placed, foreign, renewed := 0, error(nil), false
	for {
		head, n, err := l.Store.Extend(ctx, pass, batch, func(g Growth) (string, time.Time, error) {
			if err := l.check(g); err != nil {
				return "", time.Time{}, err
			} else if l.doubted(g.Size) {
				return "", time.Time{}, errDoubted
			}
			signed, err := Checkpoint{Origin: l.Signer.Name(), Size: g.Size, Root: g.Root}.Sign(l.Signer)
			return signed, l.Now(), err
		})
		if _, is := errors.AsType[Foreign](err); is {
			foreign = err
		} else if err != nil {
			return placed, standing(err)
		}
		if placed += n; n > 0 {
			if err := l.follow(ctx, pass, head); err != nil {
				return placed, err
			}
		}
		if n == batch {
			continue
		}
		again, err := l.renew(ctx, pass)
		if err != nil || !again || renewed { // twice, and somebody holds the place of its own act
			return placed, errors.Join(err, foreign)
		}
		renewed = true
	}
}

// pause is how long the log waits for a nudge before it looks by itself: for
// what another program has queued, and for witnesses that were down.
const pause = time.Second

// Nudge tells the log that something waits. It never blocks.
func (l *Log) Nudge() {
	select {
	case l.waking() <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (l *Log) waking() chan struct{} {
	l.once.Do(func() { l.wake = make(chan struct{}, 1) })
	return l.wake
}

// Run grows the log until the context is done. What goes wrong is told once,
// and once more when it is over; a log that is behind its mark, or differs from
// it, is never grown again, whatever comes.
func (l *Log) Run(ctx context.Context, tell func(error)) {
	if !l.Keeps() {
		return
	}
	defer l.asking.Wait()
	said := fmt.Sprint(error(nil))
	for {
		_, err := l.Grow(ctx)
		if ctx.Err() != nil {
			return
		}
		if now := fmt.Sprint(err); now != said {
			tell(err)
			if _, over := errors.AsType[standstill](err); over {
				return
			}
			said = now
		}
		select {
		case <-ctx.Done():
			return
		case <-l.waking():
		case <-time.After(pause):
		}
	}
}

func (l *Log) pass() (access.Pass, error) {
	return access.Check(access.PortalActor("log"), access.KeepLog, organisation.National)
}

// Latest gives the newest published checkpoint, for anyone.
func (l *Log) Latest(ctx context.Context, who access.Actor) (Head, error) {
	pass, err := access.Check(who, access.ReadLog, organisation.National)
	if err != nil {
		return Head{}, err
	}
	return l.Store.Published(ctx, pass)
}

package storage

import (
	"context"
	"fmt"
	"slices"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"countersign/internal/organisation"
)

// memory holds what was read lately, each with the mark it was read under. A
// mark moves in the transaction of every act on record (addEvents), so what
// was read under today's mark is what stands in the database now: nothing here
// grows old by a clock, on one instance or on several.
type memory struct {
	kept     *lru.Cache[recollection, reading] // about one organisation
	across   *lru.Cache[recollection, reading] // about all of them
	settled  *lru.Cache[string, any]           // what the database lets nobody change, without a mark
	building *singleflight.Group               // what is costly enough to be made once for all who wait
}

// These bound how many answers are held; the least used go first. One about a
// single organisation is a few kilobytes, one about all of them up to some
// hundred: together some tens of megabytes at most. They are held apart, so
// that a reader who compares day after day does not use up what others' pages
// lean on.
const (
	remembered        = 2048
	rememberedAcross  = 64
	rememberedForGood = 64
)

func newMemory() memory {
	return memory{kept: newKept[recollection, reading](remembered), across: newKept[recollection, reading](rememberedAcross), settled: newKept[string, any](rememberedForGood),
		building: &singleflight.Group{}}
}

func newKept[K comparable, V any](size int) *lru.Cache[K, V] {
	kept, err := lru.New[K, V](size)
	if err != nil {
		panic("hold what was read: " + err.Error()) // only for a size that is not positive
	}
	return kept
}

// recollection names what was read: whose, and by which question.
type recollection struct {
	organisation organisation.Code
	question     string
}

type reading struct {
	mark  int64
	value any
}

// everywhere stands for all organisations at once, where national pages read
// across them.
const everywhere organisation.Code = "*"

// glance is one request's look at the marks: each is read once, before
// anything it vouches for.
type glance struct {
	mutex sync.Mutex
	marks map[organisation.Code]int64
}

type glanceKey struct{}

// Glance lets the reads of one request use what earlier requests read, where
// nothing has changed since. It is for pages that show. A decision to write
// reads inside its own transaction and takes nothing from memory.
func (d *DB) Glance(ctx context.Context) context.Context {
	return context.WithValue(ctx, glanceKey{}, &glance{marks: map[organisation.Code]int64{}})
}

// afresh is the context of a request whose reads take nothing from memory.
func afresh(ctx context.Context) context.Context {
	return context.WithValue(ctx, glanceKey{}, nil)
}

// mark gives the change mark of an organisation as this request saw it first;
// known is false outside a glance.
func (d *DB) mark(ctx context.Context, org organisation.Code) (mark int64, known bool, err error) {
	g, ok := ctx.Value(glanceKey{}).(*glance)
	if !ok {
		return 0, false, nil
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if mark, known = g.marks[org]; known {
		return mark, true, nil
	}
	if org == everywhere {
		mark, err = d.read.FindMarkOfAll(ctx)
	} else {
		mark, err = d.read.FindMark(ctx, code(org))
	}
	if err != nil {
		return 0, false, fmt.Errorf("find the change mark of %s: %w", org, err)
	}
	g.marks[org] = mark
	return mark, true, nil
}

// noteMark keeps a mark that came with another read, before anything it vouches
// for: a page of somebody's own organisation asks for none.
func noteMark(ctx context.Context, org organisation.Code, mark int64) {
	g, ok := ctx.Value(glanceKey{}).(*glance)
	if !ok {
		return
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if _, known := g.marks[org]; !known {
		g.marks[org] = mark
	}
}

// remember answers a question about an organisation from memory when nothing
// on record about it has moved since the answer was read, and reads it
// otherwise. The question carries every parameter but the organisation. The
// value is shared between requests: whoever gets it changes nothing in it.
func remember[T any](ctx context.Context, d *DB, org organisation.Code, question string, read func() (T, error)) (T, error) {
	mark, known, err := d.mark(ctx, org)
	if err != nil || !known {
		if err == nil {
			return read()
		}
		var none T
		return none, err
	}
	what, kept := recollection{organisation: org, question: question}, d.memory.kept
	if org == everywhere {
		kept = d.memory.across
	}
	if held, ok := kept.Get(what); ok && held.mark == mark {
		return held.value.(T), nil
	}
	value, err := read()
	if err == nil {
		kept.Add(what, reading{mark: mark, value: value})
	}
	return value, err
}

// rememberForGood is remember for what a trigger of the database lets nobody
// change: once read, it is asked for no more, and under no mark. What is not
// there yet is read again.
func rememberForGood[T any](ctx context.Context, d *DB, question string, read func() (T, error)) (T, error) {
	if _, glances := ctx.Value(glanceKey{}).(*glance); !glances {
		return read()
	}
	if held, ok := d.memory.settled.Get(question); ok {
		return held.(T), nil
	}
	value, err := read()
	if err == nil {
		d.memory.settled.Add(question, value)
	}
	return value, err
}

// rememberList is remember for a list, which each caller gets a copy of: pages
// sort theirs.
func rememberList[T any](ctx context.Context, d *DB, org organisation.Code, question string, read func() ([]T, error)) ([]T, error) {
	list, err := remember(ctx, d, org, question, read)
	return slices.Clone(list), err
}

// moveMarks tells every reader that something about these organisations has
// changed. They are moved in order, so that two acts that share some do not
// wait for each other in a ring.
func moveMarks(ctx context.Context, q *queries, organisations []string) error {
	slices.Sort(organisations)
	for _, each := range slices.Compact(organisations) {
		if err := q.MoveMark(ctx, each); err != nil {
			return fmt.Errorf("move the change mark of %s: %w", each, err)
		}
	}
	return nil
}

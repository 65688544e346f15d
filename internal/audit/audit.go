// Package audit holds the record, the public log and each other against
// themselves, and names what does not agree: `countersign fsck`. It changes
// nothing. What a single bundle proves is package receipt's; bytes of evidence
// are compared by package evidence.
package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
)

// Class says what kind of disagreement was found.
type Class string

// The classes, in the order they are looked for.
const (
	Behind      Class = "the log is behind what was shown"
	Forked      Class = "the log is not the one that was shown"
	Gap         Class = "entries are missing from the log"
	Tree        Class = "the tree does not follow from its entries"
	Head        Class = "a checkpoint does not hold"
	Witnessing  Class = "a witness's signature does not hold"
	Shown       Class = "a checkpoint was shown before its quorum"
	Opened      Class = "an event is not the one the log committed to"
	Erased      Class = "the salt of an entry is gone"
	Foreign     Class = "an act was not recorded by the portal"
	Lost        Class = "an act waits for the log and is not in its queue"
	Unlogged    Class = "an accountable event is not in the log"
	Ahead       Class = "an event is of a moment that has not come"
	Unvouched   Class = "a record is not what its event says"
	Ghost       Class = "a record has no event"
	Dropped     Class = "an event's record is gone"
	Signing     Class = "a signature does not hold"
	CoSigning   Class = "a co-signature does not hold"
	KeySet      Class = "a provider's key set is not the one that was seen"
	Unsupported Class = "a signed statement has no signature"
	Revoking    Class = "a withdrawal does not hold"
	Replacing   Class = "a replacement is not the one that was signed"
	Bytes       Class = "the bytes of a file are not those on record" // found by whoever keeps them
)

// Finding is one thing that does not agree.
type Finding struct {
	Class  Class
	Thing  string // which record, such as "statement/0198…" or "entry 12"
	Detail string
}

// String is the finding as the command prints it.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Class, f.Thing, f.Detail) }

// Entry is one place of the log with its leaf and the event it is of. What is
// missing is empty.
type Entry struct {
	N     int64
	Leaf  transparency.Leaf
	Salt  string
	Own   bool // the portal recorded it, by the code of its leaf
	Event event.Event
}

// Record is one record that an event has to vouch for.
type Record struct {
	What, Thing string
	Digest      string    // of the record as it stands
	Vouched     string    // by the event that should; empty when there is none
	At          time.Time // of the newest event that should, where it is known
}

// Signed is one signature with what it is held against.
type Signed struct {
	Signature attestation.Signature
	Words     string
	State     attestation.State
	Made      event.Event               // that it was signed; empty when there is none
	Beside    []attestation.CoSignature // on its statement
}

// Store reads everything that is compared. Each method calls see for every row,
// in the order of the log where there is one.
type Store interface {
	// Entries begins at a place of the log.
	Entries(ctx context.Context, pass access.Pass, from int64, see func(Entry) error) error
	Hashes(ctx context.Context, pass access.Pass, see func(n int64, hash tlog.Hash) error) error
	// Heads gives each checkpoint, and whether it was shown to the public. The
	// size and root are those of its columns, the note is as it is kept.
	Heads(ctx context.Context, pass access.Pass, see func(head transparency.Head, shown bool) error) error
	// Waiting gives what is queued for a place: N is 0, and of the event only its
	// id, kind and thing are read.
	Waiting(ctx context.Context, pass access.Pass, see func(Entry) error) error
	// Loose lists events whose leaf has no place and is not queued for one.
	Loose(ctx context.Context, pass access.Pass) ([]string, error)
	// Without lists events since the log began that have no leaf.
	Without(ctx context.Context, pass access.Pass, see func(event.Event) error) error
	// Newest reads the event of the latest moment, if there is any.
	Newest(ctx context.Context, pass access.Pass, see func(event.Event) error) error
	Records(ctx context.Context, pass access.Pass, see func(Record) error) error
	// People gives of those records the ones of people, logins and appointments,
	// at most limit of each from where a slice begins, and where the next one does.
	People(ctx context.Context, pass access.Pass, from Slice, limit int, see func(Record) error) (Slice, error)
	Signatures(ctx context.Context, pass access.Pass, see func(Signed) error) error
	CoSignatures(ctx context.Context, pass access.Pass, see func(CoSigned) error) error
	// Gone lists events whose record is not there, and signed statements without
	// a signature, which have no event named.
	Gone(ctx context.Context, pass access.Pass, see func(thing, kind string) error) error
	KeySets(ctx context.Context, pass access.Pass, see func(Record) error) error
	Withdrawals(ctx context.Context, pass access.Pass, see func(Revoked) error) error
	// Successors gives every statement that takes the place of another, by its
	// link or by its words.
	Successors(ctx context.Context, pass access.Pass, see func(Successor) error) error
}

// Service compares.
type Service struct {
	Store Store
	Log   *transparency.Log

	Part int // how many rows of each kind one watch looks at; enough for a portal unless set

	round sync.Mutex
	next  Slice  // where the watch goes on
	again *Slice // where it found something last
}

// Check compares everything and gives what does not agree, at most limit of it.
func (s *Service) Check(ctx context.Context, who access.Actor, limit int) ([]Finding, error) {
	pass, err := access.Check(who, access.AuditRecord, organisation.National)
	if err != nil {
		return nil, err
	}
	a := &auditing{Service: s, ctx: ctx, pass: pass, limit: limit}
	for _, step := range []func() error{a.tree, a.heads, a.waiting, a.ahead, a.records, a.signatures, a.coSignatures, a.withdrawals, a.successors} {
		if err := step(); errors.Is(err, errEnough) {
			return a.found, nil
		} else if err != nil {
			return a.found, err
		}
	}
	return a.found, nil
}

var errEnough = errors.New("enough was found")

// auditing is one comparison under way.
type auditing struct {
	*Service
	ctx    context.Context
	pass   access.Pass
	limit  int
	found  []Finding
	hashes []tlog.Hash // derived anew from the leaves
	size   int64
}

func (a *auditing) find(class Class, thing, detail string, args ...any) error {
	a.found = append(a.found, Finding{class, thing, fmt.Sprintf(detail, args...)})
	if len(a.found) >= a.limit {
		return errEnough
	}
	return nil
}

// ReadHashes reads from the tree that was derived anew.
func (a *auditing) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(a.hashes)) {
			return nil, errors.New("the log is not that long")
		}
		out[i] = a.hashes[n]
	}
	return out, nil
}

// tree derives the tree from its leaves, opens each with its event, and compares
// the hashes that are kept.
func (a *auditing) tree() error {
	err := a.Store.Entries(a.ctx, a.pass, 0, func(e Entry) error {
		if e.N != a.size {
			if err := a.find(Gap, fmt.Sprintf("entry %d", a.size), "the next one is %d", e.N); err != nil {
				return err
			}
			return errStop // nothing after it can be derived
		}
		stored, err := tlog.StoredHashes(e.N, []byte(e.Leaf), a)
		if err != nil {
			return fmt.Errorf("hash entry %d: %w", e.N, err)
		}
		a.hashes, a.size = append(a.hashes, stored...), a.size+1
		return a.opens(e)
	})
	if err != nil && !errors.Is(err, errStop) {
		return err
	}
	kept := int64(0)
	err = a.Store.Hashes(a.ctx, a.pass, func(n int64, hash tlog.Hash) error {
		if n != kept || n >= int64(len(a.hashes)) || hash != a.hashes[n] {
			if err := a.find(Tree, fmt.Sprintf("hash %d", kept), "it is not what the entries give"); err != nil {
				return err
			}
			return errStop
		}
		kept++
		return nil
	})
	if err == nil && kept != int64(len(a.hashes)) {
		return a.find(Tree, fmt.Sprintf("hash %d", kept), "it is missing")
	} else if errors.Is(err, errStop) {
		return nil
	}
	return err
}

var errStop = errors.New("no more of these")

// heads checks every checkpoint against the derived tree, its signatures and
// what was shown of the log.
func (a *auditing) heads() error {
	last := int64(0)
	err := a.Store.Heads(a.ctx, a.pass, func(h transparency.Head, shown bool) error {
		thing := fmt.Sprintf("checkpoint of size %d", h.Size)
		last = max(last, h.Size)
		seen, err := transparency.OpenCheckpoint(h.Note, a.Log.Keys)
		quorum := errors.Is(err, transparency.ErrQuorum)
		if err != nil && !quorum {
			if _, alone := transparency.OpenCheckpoint(transparency.Unwitnessed(h.Note), a.Log.Keys); alone == nil || errors.Is(alone, transparency.ErrQuorum) {
				return a.find(Witnessing, thing, "%v", err)
			}
			return a.find(Head, thing, "%v", err)
		}
		root, err := tlog.TreeHash(h.Size, a)
		switch {
		case seen.Size != h.Size || seen.Root != h.Root:
			return a.find(Head, thing, "its row says another size or root than its note")
		case err != nil || root != h.Root:
			return a.find(Head, thing, "its root does not follow from the entries")
		case shown && quorum:
			return a.find(Shown, thing, "%d of %d witnesses have signed", len(seen.By), a.Log.Keys.Quorum.At(h.Size))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if last != a.size {
		if err := a.find(Head, fmt.Sprintf("checkpoint of size %d", a.size), "the newest is of size %d, and there are %d entries", last, a.size); err != nil {
			return err
		}
	}
	if a.Log.Mark == nil {
		return nil
	}
	mark, known, err := a.Log.Mark.Last()
	switch {
	case err != nil:
		return err
	case !known || mark.Size == 0:
		return nil
	case mark.Size > a.size:
		return a.find(Behind, "the log", "%d entries were shown, and there are %d", mark.Size, a.size)
	}
	if root, err := tlog.TreeHash(mark.Size, a); err != nil || root != mark.Root {
		return a.find(Forked, "the log", "at size %d another root was shown", mark.Size)
	}
	return nil
}

// foreign looks for acts that somebody has put into the queue.
func (a *auditing) foreign() error {
	return a.Store.Waiting(a.ctx, a.pass, func(e Entry) error {
		if e.Own {
			return nil
		}
		return a.find(Foreign, e.Event.Thing, "%q waits for the log and is given no place", e.Event.Kind)
	})
}

// waiting looks for acts that will never come into the log.
func (a *auditing) waiting() error {
	if err := a.foreign(); err != nil {
		return err
	}
	loose, err := a.Store.Loose(a.ctx, a.pass)
	if err != nil {
		return err
	}
	for _, id := range loose {
		if err := a.find(Lost, "event "+id, "it has its leaf, no place, and nothing will give it one"); err != nil {
			return err
		}
	}
	return a.Store.Without(a.ctx, a.pass, func(e event.Event) error {
		if !transparency.Accountable(e.Kind) {
			return nil
		}
		return a.find(Unlogged, e.Thing, "%q of %s", e.Kind, e.At.Format("2006-01-02 15:04"))
	})
}

// opens looks whether an entry is of an act that the portal recorded, as it is on
// record.
func (a *auditing) opens(e Entry) error {
	switch {
	case e.Event.ID == "" || e.Leaf == "":
		return a.find(Dropped, fmt.Sprintf("entry %d", e.N), "its event or leaf is gone")
	case !e.Own:
		return a.find(Foreign, e.Event.Thing, "entry %d of %q", e.N, e.Event.Kind)
	case e.Salt == "":
		return a.find(Erased, e.Event.Thing, "entry %d of %q opens no more", e.N, e.Event.Kind)
	case transparency.LeafOf(e.Salt, transparency.OpeningOf(e.Event)) != e.Leaf:
		return a.find(Opened, e.Event.Thing, "entry %d of %q", e.N, e.Event.Kind)
	}
	return nil
}

// ahead looks for a clock that ran ahead, or for who put an event in by hand: until
// its moment nothing can be signed (abuse case T79).
func (a *auditing) ahead() error {
	return a.Store.Newest(a.ctx, a.pass, func(e event.Event) error {
		if e.At.Sub(a.Log.Now()) <= attestation.ClockSlack {
			return nil
		}
		return a.find(Ahead, e.Thing, "event %s, %q, is of %s", e.ID, e.Kind, e.At.UTC().Format(time.RFC3339))
	})
}

// records compares every record with the event that vouches for it, and the
// other way round.
func (a *auditing) records() error {
	if err := a.Store.Records(a.ctx, a.pass, a.compare(Unvouched)); err != nil {
		return err
	}
	if err := a.Store.KeySets(a.ctx, a.pass, a.compare(KeySet)); err != nil {
		return err
	}
	return a.gone()
}

func (a *auditing) compare(class Class) func(Record) error {
	return func(r Record) error {
		switch {
		case r.Vouched == "":
			return a.find(Ghost, r.Thing, "nothing on the record made this %s", r.What)
		case r.Vouched != r.Digest && !r.At.IsZero():
			return a.find(class, r.Thing, "the %s is not the one that was recorded on %s", r.What, organisation.DayOf(r.At).Word())
		case r.Vouched != r.Digest:
			return a.find(class, r.Thing, "the %s was changed", r.What)
		}
		return nil
	}
}

// gone looks for events whose record is not there, and the other way round for
// signed statements.
func (a *auditing) gone() error {
	return a.Store.Gone(a.ctx, a.pass, func(thing, kind string) error {
		if kind == "" {
			return a.find(Unsupported, thing, "it stands as signed")
		}
		return a.find(Dropped, thing, "%q is on the record", kind)
	})
}

// signatures verifies every signature as a stranger would, its place in the log
// aside where it waits for one.
func (a *auditing) signatures() error {
	return a.Store.Signatures(a.ctx, a.pass, func(s Signed) error {
		g, thing := s.Signature, "statement/"+string(s.Signature.Statement)
		record, err := g.Record()
		switch {
		case s.Made.ID == "":
			return a.find(Ghost, thing, "nothing on the record made this signature")
		case err != nil || s.Made.Digest != string(attestation.DigestOf(record)):
			return a.find(Signing, thing, "its row is not the one that was signed")
		case !g.Holds(s.Words) || s.State != attestation.Signed:
			return a.find(Signing, thing, "statement, document and signature do not belong together")
		}
		if err := receipt.Held(g, s.Beside); err != nil {
			return a.find(Signing, thing, "%v", err)
		}
		return nil
	})
}

// Classes lists the classes of findings, each once, for a summary.
func Classes(found []Finding) []Class {
	var classes []Class
	for _, f := range found {
		if !slices.Contains(classes, f.Class) {
			classes = append(classes, f.Class)
		}
	}
	return classes
}

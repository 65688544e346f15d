package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/storage"
	"countersign/internal/transparency"
)

// hanging is a witness that answers when it is let go, and not before.
type hanging struct {
	name string
	free chan bool
}

func (h hanging) Name() string { return h.name }

func (h hanging) Submit(context.Context, int64, tlog.TreeProof, transparency.Head) (string, error) {
	<-h.free
	return "", errors.New("it had nothing to say")
}

// fragile is a mark that cannot be moved while it is broken.
type fragile struct {
	mark
	broken bool
}

func (f *fragile) Advance(c transparency.Checkpoint) error {
	if f.broken {
		return errors.New("the disk is full")
	}
	return f.mark.Advance(c)
}

// witnessing is what must hold whatever a witness or the mark does.
var witnessing = []promise{
	{"a witness that hangs holds nothing up where the others are enough", func(t *testing.T, h *House) {
		l, witnesses := h.Log(t, "one.example", "two.example")
		hangs := hanging{name: witnesses[1].Name(), free: make(chan bool)}
		l.Witnesses[1], l.Keys.Quorum = hangs, transparency.Always(1)
		for range 3 { // and it is asked one thing at a time
			must(t, h.commit(t))
			grow(t, l)
			head, err := l.Latest(t.Context(), access.Actor{})
			must(t, err)
			if leaves := h.count(t, "select count(*) from log_leaf"); int64(leaves) != head.Size {
				t.Errorf("%d acts, and shown are %d", leaves, head.Size)
			}
		}
		close(hangs.free)
	}},
	{"T53 a witness that contradicts is told of each time, stops the log where no quorum is left, and no longer than it says so", func(t *testing.T, h *House) {
		l, witnesses := h.Log(t, "one.example", "two.example")
		honest := l.Witnesses[1]
		for _, quorum := range []int{2, 1} {
			l.Keys.Quorum = transparency.Always(quorum)
			l.Witnesses[1] = remembers{witnesses[1].Name(), &transparency.Stale{Size: 1 << 40}}
			told := func(want bool) {
				for range 5000 { // an answer that no quorum waits for comes when it comes
					time.Sleep(time.Millisecond)
					if _, err := l.Grow(t.Context()); errors.Is(err, transparency.ErrBehind) == want {
						return
					}
				}
				t.Errorf("quorum %d: told %t", quorum, !want)
			}
			must(t, h.commit(t))
			told(true)
			must(t, h.commit(t))
			told(true)
			if waiting := h.count(t, "select count(*) from log_queue"); (quorum == 2) != (waiting == 1) { // the first was placed before it was asked
				t.Errorf("quorum %d: %d acts wait", quorum, waiting)
			}
			l.Witnesses[1] = honest
			told(false)
			grow(t, l)
			if n := h.count(t, "select count(*) from log_queue"); n != 0 {
				t.Errorf("quorum %d: %d acts wait although it has nothing to say any more", quorum, n)
			}
		}
	}},
	{"T53 whether a quorum is left is asked of the size that the log would have", func(t *testing.T, h *House) {
		for quorum, grows := range map[string]bool{"1,2@1000": true, "2,1@6": true, "1,2@6": false, "2,1@1000": false} {
			t.Run(quorum, func(t *testing.T) {
				l, witnesses := h.Log(t, "one.example", "two.example")
				must(t, h.commit(t))
				grow(t, l)
				l.Witnesses[1] = remembers{witnesses[1].Name(), &transparency.Stale{Size: 1 << 40}}
				must(t, h.commit(t))
				if _, err := l.Grow(t.Context()); !errors.Is(err, transparency.ErrBehind) { // which needs both, and so waits for both
					t.Fatalf("it has not contradicted: %v", err)
				}
				size := int64(h.count(t, "select count(*) from log_entry"))
				q, err := transparency.ParseQuorum(strings.ReplaceAll(quorum, "@6", fmt.Sprint("@", size+2)))
				must(t, err)
				l.Keys.Quorum = q
				must(t, h.commit(t))
				must(t, h.commit(t))
				_, _ = l.Grow(t.Context()) // tells of the witness either way
				if waits := h.count(t, "select count(*) from log_queue"); (waits == 0) != grows {
					t.Errorf("%d acts wait for size %d", waits, size+2)
				}
			})
		}
	}},
	{"T53 nothing is shown that the mark does not know, whoever made it", func(t *testing.T, h *House) {
		one, _ := h.Log(t)
		broken := &fragile{broken: true}
		one.Mark = broken
		must(t, h.commit(t))
		for range 2 { // the second time there is nothing to place
			if _, err := one.Grow(t.Context()); err == nil {
				t.Error("a mark that stays behind is nobody's concern")
			}
			if _, err := one.Latest(t.Context(), access.Actor{}); !errors.Is(err, transparency.ErrEmpty) {
				t.Fatalf("it is shown: %v", err)
			}
		}
		broken.broken = false
		grow(t, one)
		two := &transparency.Log{Store: storage.Log{DB: h.DB}, Signer: one.Signer, Keys: one.Keys, Mark: &mark{}, Now: h.Now}
		grow(t, two) // which placed nothing
		head, err := one.Latest(t.Context(), access.Actor{})
		must(t, err)
		for i, l := range []*transparency.Log{one, two} {
			if last, known, err := l.Mark.Last(); err != nil || !known || last != head.Checkpoint {
				t.Errorf("program %d: the mark is at %d, shown is %d", i, last.Size, head.Size)
			}
		}
	}},
}

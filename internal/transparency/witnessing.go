package transparency

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
)

// witness shows the newest checkpoint to every witness that has not signed it
// and is not being asked already, and publishes it once the quorum has: it waits
// for no witness longer than that, so one that hangs holds nothing up. What a
// witness did wrong is reported until it answers again.
func (l *Log) witness(ctx context.Context, pass access.Pass) error {
	head, err := l.Store.Head(ctx, pass)
	if err != nil || head.Size == 0 {
		return err
	}
	if err := l.follow(ctx, pass, head); err != nil {
		return err
	}
	answered, waiting := make(chan bool, len(l.Witnesses)), 0
	for _, w := range l.Witnesses {
		old, err := l.Store.Cosigned(ctx, pass, w.Name())
		if err != nil {
			return err
		}
		if old == head.Size { // nothing to ask, which would only be in the way of the next head
			l.settles(w.Name())
			continue
		}
		if !l.begins(w.Name()) {
			continue
		}
		waiting++
		l.asking.Go(func() {
			line, err := l.ask(ctx, pass, w, old, head)
			l.ends(w.Name(), err) // before its line is kept: whoever reads that finds the witness free for the next head
			if line != "" {
				l.fails(w.Name(), l.keep(ctx, pass, w.Name(), line, head))
			}
			answered <- true
		})
	}
	for {
		published, err := l.publish(ctx, pass)
		if published || err != nil || waiting == 0 {
			if err == nil && !published {
				err = ErrQuorum
			}
			return errors.Join(append(l.troubles(), err)...)
		}
		<-answered
		waiting--
	}
}

// follow moves the mark to a head that is about to be shown, whoever made it:
// another program on the same database, or this one before it was killed.
func (l *Log) follow(ctx context.Context, pass access.Pass, head Head) error {
	last, known, err := l.Mark.Last()
	if err != nil {
		return fmt.Errorf("read the mark of the log: %w", err)
	}
	if known && last == head.Checkpoint {
		return nil
	}
	if err := l.check(Growth{Was: head, At: l.rootAt(ctx, pass)}); err != nil {
		return standing(err)
	}
	if err := l.Mark.Advance(head.Checkpoint); err != nil {
		return fmt.Errorf("keep the mark of the log: %w", err)
	}
	return nil
}

// publish shows the newest checkpoint to the public if its quorum has signed.
func (l *Log) publish(ctx context.Context, pass access.Pass) (bool, error) {
	head, err := l.Store.Head(ctx, pass)
	if err != nil {
		return false, err
	}
	switch _, err := OpenCheckpoint(head.Note, l.Keys); {
	case errors.Is(err, ErrQuorum):
		return false, nil
	case err != nil:
		return false, err
	}
	if err := l.follow(ctx, pass, head); err != nil { // it may have grown meanwhile
		return false, err
	}
	return true, l.Store.Publish(ctx, pass, head.Size, l.Now())
}

// asked is what is known of one witness.
type asked struct {
	busy bool
	err  error // of the last answer
}

// begins tells whether a witness may be asked: one question at a time.
func (l *Log) begins(name string) bool {
	l.known.Lock()
	defer l.known.Unlock()
	if l.witnesses == nil {
		l.witnesses = map[string]asked{}
	}
	was := l.witnesses[name]
	l.witnesses[name] = asked{busy: true, err: was.err}
	return !was.busy
}

func (l *Log) ends(name string, err error) {
	l.known.Lock()
	defer l.known.Unlock()
	l.witnesses[name] = asked{err: err}
}

// settles forgets what was wrong with a witness that has signed the head.
func (l *Log) settles(name string) {
	l.known.Lock()
	defer l.known.Unlock()
	if was, known := l.witnesses[name]; known && !was.busy {
		l.witnesses[name] = asked{}
	}
}

// fails remembers what was wrong with the answer of a witness, if anything.
func (l *Log) fails(name string, err error) {
	if err == nil {
		return
	}
	l.known.Lock()
	defer l.known.Unlock()
	l.witnesses[name] = asked{busy: l.witnesses[name].busy, err: err}
}

// troubles lists what the witnesses' last answers had wrong, in their order.
func (l *Log) troubles() []error {
	l.known.Lock()
	defer l.known.Unlock()
	var list []error
	for _, w := range l.Witnesses {
		if err := l.witnesses[w.Name()].err; err != nil {
			list = append(list, fmt.Errorf("witness %s: %w", w.Name(), err))
		}
	}
	return list
}

// errDoubted leaves what waits where it is.
var errDoubted = errors.New("too many witnesses have seen another log")

// doubted tells whether so many witnesses say that they have seen another log
// that the quorum of a size is not left: then it is not grown to it, whoever of
// them is wrong.
func (l *Log) doubted(size int64) bool {
	doubts := 0
	for _, err := range l.troubles() {
		if errors.Is(err, ErrBehind) || errors.Is(err, ErrFork) {
			doubts++
		}
	}
	return doubts > 0 && len(l.Witnesses)-doubts < l.Keys.Quorum.At(size)
}

// ask gives a witness's line for a head after the size it signed last, empty
// where there is none to keep.
func (l *Log) ask(ctx context.Context, pass access.Pass, w Submitter, old int64, head Head) (string, error) {
	for range 2 { // a second time from the size it says it has
		var proof tlog.TreeProof
		if old > 0 && old < head.Size {
			var err error
			if proof, err = tlog.ProveTree(head.Size, old, l.Store.Hashes(ctx, pass)); err != nil {
				return "", fmt.Errorf("prove that size %d follows %d: %w", head.Size, old, err)
			}
		}
		line, err := w.Submit(ctx, old, proof, head)
		if stale, is := errors.AsType[*Stale](err); is {
			switch {
			case stale.Size > head.Size:
				return "", l.behind(ctx, pass, stale.Size)
			case stale.Size == old:
				return "", errors.New("it contradicts itself")
			}
			old = stale.Size
			continue
		} else if err != nil {
			return "", err
		}
		return line, nil
	}
	return "", errors.New("it says another size each time")
}

// behind tells whether the log is smaller than a witness has seen it: another
// program on the same database may have grown it since, and shown that.
func (l *Log) behind(ctx context.Context, pass access.Pass, seen int64) error {
	now, err := l.Store.Head(ctx, pass)
	if err != nil || now.Size >= seen {
		return err
	}
	return fmt.Errorf("%w (it has seen %d entries, there are %d)", ErrBehind, seen, now.Size)
}

// keep checks a witness's line before it is kept.
func (l *Log) keep(ctx context.Context, pass access.Pass, name, line string, head Head) error {
	for _, key := range l.Keys.Witnesses {
		known, err := NewWitness(key)
		if err != nil || known.Name() != name {
			continue
		}
		own, err := known.Accept(head.Checkpoint, line)
		if err != nil {
			return err
		}
		opened, err := note.Open([]byte(head.Text()+"\n"+own), note.VerifierList(known))
		if err != nil {
			return err
		}
		at, err := cosignedAt(opened.Sigs[0])
		if err != nil {
			return err
		}
		return l.Store.AddCosignature(ctx, pass, head.Size, name, own, at)
	}
	return fmt.Errorf("no key of %s is set", name)
}

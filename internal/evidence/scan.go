package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Result is what a scanner says of a file it has read. The zero Result says
// nothing, and is never taken for clean.
type Result string

// The results.
const (
	Clean      Result = "clean"
	Infected   Result = "infected"
	Unreadable Result = "unreadable" // past the scanner's limits, or encrypted
	unscanned  Result = "unscanned"  // the scanner it waited for is no longer configured
)

// Finding is a scanner's answer.
type Finding struct {
	Result Result
	Name   string // of the signature, or why it could not be read
	Engine string // the program and its signatures
}

// ErrNoScanner says that the scanner cannot be reached at all, so the next
// file need not be tried.
var ErrNoScanner = errors.New("the virus scanner cannot be reached")

// Scanner reads a file whole and says what it found. An error is no verdict:
// the file waits and is tried again.
type Scanner interface {
	Scan(ctx context.Context, file io.Reader) (Finding, error)
}

// Watch has files scanned that wait for it. What waits is found in the store,
// so nothing is forgotten when a program stops; several programs may watch the
// same store, because a file is judged once. One Watch is one goroutine's.
type Watch struct {
	*Service
	tried map[ID]attempt
}

// attempt is when a file that could not be scanned is tried again.
type attempt struct {
	failed int
	next   time.Time
}

// How long a file waits after a failed scan: doubled each time.
const (
	firstWait = 15 * time.Second
	lastWait  = time.Hour
)

// together is how many waiting files are read at a time.
const together = 100

// Round goes once through everything that waits. Without a scanner it gives
// what waited for one to a second person's judgement. It fails with ErrNoScanner
// when there is no scanner to talk to, and otherwise with what was wrong with
// single files, which did not keep it from the others.
func (w *Watch) Round(ctx context.Context) error {
	who := access.PortalActor("scanner")
	who.At = w.Now()
	pass, err := access.Check(who, access.ScanEvidence, organisation.National)
	if err != nil {
		return err
	}
	var failures []error
	still := map[ID]attempt{}
	for after := ID(""); ; {
		files, err := w.Store.Waiting(ctx, pass, after, together)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		for _, f := range files {
			after = f.ID
			was := w.tried[f.ID]
			if w.Now().Before(was.next) {
				still[f.ID] = was
				continue
			}
			err := w.judge(ctx, who, f)
			if errors.Is(err, ErrNoScanner) || ctx.Err() != nil {
				return err
			}
			if err != nil {
				still[f.ID] = attempt{was.failed + 1, w.Now().Add(min(firstWait<<min(was.failed, 20), lastWait))}
				failures = append(failures, err)
			}
		}
		if len(files) < together {
			break
		}
	}
	w.tried = still
	return errors.Join(failures...)
}

// judge scans one file and records the verdict, as an act of the scanner at
// the file's organisation.
func (w *Watch) judge(ctx context.Context, who access.Actor, f File) error {
	pass, err := access.Check(who, access.ScanEvidence, f.Organisation)
	if err != nil {
		return err
	}
	found := Finding{Result: unscanned, Name: noScanner}
	if w.Scanner == nil && f.Verdict != Checking {
		return nil
	} else if w.Scanner != nil {
		if found, err = w.scan(ctx, f); err != nil {
			return fmt.Errorf("scan evidence %s: %w", f.ID, err)
		}
	}
	err = w.Store.Record(ctx, pass, f.ID, func(f File) (File, event.Event, error) { return f.Judged(pass, found, w.NewID(), w.Now()) })
	if errors.Is(err, ErrJudged) {
		return nil // by another program, or released by a person meanwhile
	}
	return err
}

func (w *Watch) scan(ctx context.Context, f File) (Finding, error) {
	body, err := w.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return Finding{}, err
	}
	found, err := w.Scanner.Scan(ctx, body)
	return found, errors.Join(err, body.Close())
}

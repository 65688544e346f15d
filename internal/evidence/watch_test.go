package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/blob"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
)

func (s *shelf) Waiting(_ context.Context, pass access.Pass, after evidence.ID, limit int) ([]evidence.File, error) {
	if !pass.National() || pass.Verb() != access.ScanEvidence {
		return nil, access.ErrNotFound
	}
	var list []evidence.File
	for _, f := range s.kept {
		if f.ID > after && len(list) < limit && (f.Verdict == evidence.Checking || f.Verdict == evidence.NotScanned) {
			list = append(list, f)
		}
	}
	return list, nil
}

func (s *shelf) Record(_ context.Context, pass access.Pass, id evidence.ID, decide func(evidence.File) (evidence.File, event.Event, error)) error {
	for i, f := range s.kept {
		if f.ID == id && f.Organisation == pass.In() {
			is, e, err := decide(f)
			if err == nil {
				s.kept[i], s.said = is, append(s.said, e)
			}
			return err
		}
	}
	return evidence.ErrUnknown
}

func (s *shelf) Entries(_ context.Context, _ access.Pass, after evidence.ID, limit int) ([]evidence.Entry, error) {
	var list []evidence.Entry
	for _, f := range s.kept {
		if f.ID > after && len(list) < limit {
			list = append(list, evidence.Entry{ID: f.ID, Organisation: f.Organisation, Digest: f.Digest, Size: f.Size})
		}
	}
	return list, nil
}

// answers is a scanner at the edge that answers as it is told.
type answers struct {
	asked int
	found evidence.Finding
	err   error
	after func()
}

func (a *answers) Scan(_ context.Context, file io.Reader) (evidence.Finding, error) {
	a.asked++
	if _, err := io.Copy(io.Discard, file); err != nil {
		return evidence.Finding{}, err
	}
	if a.after != nil {
		a.after()
	}
	return a.found, a.err
}

var clean = evidence.Finding{Result: evidence.Clean, Engine: "ClamAV 1.4.6"}

// watched is a service with a scanner, and n files that wait for it.
func watched(t *testing.T, n int) (*evidence.Watch, *shelf, *answers, *time.Time) {
	t.Helper()
	s, store := service(t)
	scanner, now := &answers{found: clean}, monday
	s.Scanner, s.Now = scanner, func() time.Time { return now }
	for i := range n {
		if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf + fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	return &evidence.Watch{Service: s}, store, scanner, &now
}

func verdicts(s *shelf) []evidence.Verdict {
	var list []evidence.Verdict
	for _, f := range s.kept {
		list = append(list, f.Verdict)
	}
	return slices.Compact(list)
}

func TestT63_NothingIsHandedOutBeforeTheVerdict(t *testing.T) {
	for _, c := range []struct {
		found evidence.Finding
		err   error
		want  evidence.Verdict
		get   error
	}{
		{clean, nil, evidence.Ready, nil},
		{evidence.Finding{Result: evidence.Infected, Name: "Eicar"}, nil, evidence.Rejected, evidence.ErrRejected},
		{evidence.Finding{Result: evidence.Unreadable, Name: "it is password protected"}, nil, evidence.Held, evidence.ErrHeld},
		{evidence.Finding{}, nil, evidence.Checking, evidence.ErrHeld},
		{clean, errors.New("it hung up"), evidence.Checking, evidence.ErrHeld},
		{clean, evidence.ErrNoScanner, evidence.Checking, evidence.ErrHeld},
	} {
		w, store, scanner, _ := watched(t, 1)
		if _, _, err := w.Download(t.Context(), lead, "RXH", store.kept[0].ID); !errors.Is(err, evidence.ErrHeld) {
			t.Errorf("before the scan: %v", err)
		}
		scanner.found, scanner.err = c.found, c.err
		err := w.Round(t.Context())
		f := store.kept[0]
		if (err == nil) != (c.want != evidence.Checking) || f.Verdict != c.want {
			t.Errorf("%+v, %v: %s, %v", c.found, c.err, f.Verdict, err)
		}
		_, body, err := w.Download(t.Context(), lead, "RXH", f.ID)
		if !errors.Is(err, c.get) {
			t.Errorf("%s: %v", c.want, err)
		}
		if body != nil {
			_ = body.Close()
		}
	}
}

func TestT63_RejectedStaysOutOfReach(t *testing.T) {
	w, store, scanner, _ := watched(t, 1)
	scanner.found = evidence.Finding{Result: evidence.Infected, Name: "Eicar-Test-Signature", Engine: "ClamAV"}
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := store.kept[0]
	if f.VerdictWhy != "It contains Eicar-Test-Signature" || len(store.said) != 1 || store.said[0].ActorID != "portal:scanner" || store.said[0].Organisation != "RXH" {
		t.Errorf("%+v, %+v", f, store.said)
	}
	second := access.Actor{ID: "siro", At: monday, Appointments: []access.Appointment{{Office: access.SIRO, Organisation: "RXH"}}}
	if err := w.Release(t.Context(), second, "RXH", f.ID, "I like it"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("released: %v", err)
	}
	if _, err := w.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "b.pdf", Body: strings.NewReader(pdf + "0")}); !errors.Is(err, evidence.ErrRejected) {
		t.Errorf("the same bytes again: %v", err)
	}
}

func TestT63_ScannerDownThenUp(t *testing.T) {
	w, store, scanner, now := watched(t, 250) // more than are read at a time
	scanner.err = evidence.ErrNoScanner
	if err := w.Round(t.Context()); !errors.Is(err, evidence.ErrNoScanner) || scanner.asked != 1 {
		t.Errorf("asked %d times: %v", scanner.asked, err)
	}
	scanner.err, *now = nil, now.Add(time.Second)
	if err := w.Round(t.Context()); err != nil || len(verdicts(store)) != 1 || verdicts(store)[0] != evidence.Ready {
		t.Errorf("%v, %v", verdicts(store), err)
	}
}

// TestT63_OneBadFileWaitsAlone: a file the scanner fails on is tried less and
// less often, and keeps nobody else's waiting.
func TestT63_OneBadFileWaitsAlone(t *testing.T) {
	w, store, scanner, now := watched(t, 2)
	scanner.err = errors.New("it hung up")
	if err := w.Round(t.Context()); err == nil || scanner.asked != 2 {
		t.Errorf("asked %d times: %v", scanner.asked, err)
	}
	if err := w.Round(t.Context()); err != nil || scanner.asked != 2 {
		t.Errorf("asked again at once: %d, %v", scanner.asked, err)
	}
	for range 20 {
		*now = now.Add(time.Hour)
		_ = w.Round(t.Context()) // fails each time
	}
	if scanner.asked != 42 {
		t.Errorf("asked %d times in 20 hours", scanner.asked)
	}
	scanner.err, *now = nil, now.Add(time.Hour)
	if err := w.Round(t.Context()); err != nil || verdicts(store)[0] != evidence.Ready {
		t.Errorf("%v, %v", verdicts(store), err)
	}
}

// TestT63_JudgedMeanwhile: another program, or a person, was quicker.
func TestT63_JudgedMeanwhile(t *testing.T) {
	w, store, scanner, _ := watched(t, 1)
	scanner.after = func() { store.kept[0].Verdict = evidence.Rejected }
	if err := w.Round(t.Context()); err != nil || store.kept[0].Verdict != evidence.Rejected {
		t.Errorf("%s, %v", store.kept[0].Verdict, err)
	}
}

func TestT63_WithoutAScannerAPersonDecides(t *testing.T) {
	w, store, _, _ := watched(t, 1)
	w.Scanner = nil
	if err := w.Round(t.Context()); err != nil || store.kept[0].Verdict != evidence.NotScanned {
		t.Errorf("%s, %v", store.kept[0].Verdict, err)
	}
}

func TestT65_DamagedBytesAreNotJudged(t *testing.T) {
	w, store, scanner, _ := watched(t, 1)
	store.kept[0].Digest = strings.Repeat("0", 64)
	if err := w.Round(t.Context()); err == nil || scanner.asked != 0 || store.kept[0].Verdict != evidence.Checking {
		t.Errorf("%s, %v", store.kept[0].Verdict, err)
	}
}

// slow is a body that tells when it is read and waits to be let go.
type slow struct{ reading, goOn chan bool }

func (s slow) Read([]byte) (int, error) { s.reading <- true; <-s.goOn; return 0, io.EOF }

func TestT64_UploadsAtOnceAreBounded(t *testing.T) {
	s, _ := service(t)
	s.Limits.AtOnce, s.Limits.AtOnceInAll = 2, 3
	held := slow{make(chan bool), make(chan bool)}
	ended := make(chan error)
	for range 2 {
		go func() {
			_, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: held})
			ended <- err
		}()
		<-held.reading
	}
	if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); !errors.Is(err, evidence.ErrBusy) {
		t.Errorf("a third of the same trust: %v", err)
	}
	otherLead := access.Actor{ID: "other-lead", At: monday, Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: "RYJ"}}}
	go func() {
		_, err := s.Receive(t.Context(), otherLead, "RYJ", offer, evidence.Upload{Name: "a.pdf", Body: held})
		ended <- err
	}()
	<-held.reading
	if _, err := s.Receive(t.Context(), otherLead, "RYJ", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); !errors.Is(err, evidence.ErrBusy) {
		t.Errorf("a fourth of all, the second of its trust: %v", err)
	}
	close(held.goOn)
	for range 3 {
		if err := <-ended; !errors.Is(err, evidence.ErrEmpty) {
			t.Error(err)
		}
	}
	if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); err != nil {
		t.Errorf("once they have ended: %v", err)
	}
}

func TestT64_QuotaIsAskedBeforeBytesAreKept(t *testing.T) {
	s, store := service(t)
	s.Limits.Quota, store.held = 100, 90
	for body, want := range map[string]error{pdf: evidence.ErrFull, "%PDF-": nil} {
		if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(body)}); !errors.Is(err, want) {
			t.Errorf("%q: %v", body, err)
		}
	}
	store.held = 100
	body := slow{}
	if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: body}); !errors.Is(err, evidence.ErrFull) {
		t.Errorf("a full organisation: %v", err) // and its body was not read, or this would hang
	}
}

// crowded is a disk with little room.
type crowded struct {
	evidence.Blobs
	free int64
}

func (c crowded) Free(context.Context) (int64, error) { return c.free, nil }

func TestT85_UploadsLeaveAReserve(t *testing.T) {
	for free, want := range map[int64]error{2<<30 + evidence.MaxSize: nil, 2 << 30: evidence.ErrRoom, 0: evidence.ErrRoom} {
		s, _ := service(t)
		s.Limits.Reserve, s.Blobs = 2<<30, crowded{s.Blobs, free}
		if _, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); !errors.Is(err, want) {
			t.Errorf("%d bytes free: %v", free, err)
		}
	}
}

func TestReconcile(t *testing.T) {
	w, store, _, now := watched(t, 3)
	folder := w.Blobs.(blob.Folder)
	keeper := access.PortalActor("keeper")
	if found, err := w.Reconcile(t.Context(), keeper, folder); err != nil || len(found.Missing)+len(found.Unrecorded) > 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	lost := store.kept[0]
	lost.ID, lost.Digest = "id-9999", strings.Repeat("a", 64)
	orphan := store.kept[1].Digest
	store.kept = []evidence.File{store.kept[0], store.kept[2], lost}
	found, err := w.Reconcile(t.Context(), keeper, folder)
	if err != nil || len(found.Missing) != 1 || found.Missing[0].ID != "id-9999" || len(found.Unrecorded) != 1 || found.Unrecorded[0].Digest != orphan {
		t.Fatalf("%+v, %v", found, err)
	}
	*now = time.Now() // the age of a file is the system's
	if gone, err := w.Discard(t.Context(), keeper, folder); err != nil || len(gone) > 0 {
		t.Errorf("a young file went: %v, %v", gone, err)
	}
	*now = time.Now().Add(25 * time.Hour)
	if gone, err := w.Discard(t.Context(), keeper, folder); err != nil || len(gone) != 1 || gone[0].Digest != orphan {
		t.Errorf("went: %v, %v", gone, err)
	}
	if _, err := w.Reconcile(t.Context(), lead, folder); fault.KindOf(err) == "" {
		t.Errorf("a cyber lead compared: %v", err)
	}
}

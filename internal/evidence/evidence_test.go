package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"countersign/internal/access"
	"countersign/internal/blob"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
)

const pdf = "%PDF-1.7\n1 0 obj\n"

func TestT61_TypeOfNeedsNameContentAndFirstBytesToAgree(t *testing.T) {
	for _, c := range []struct{ name, sniffed, head, want string }{
		{"scan.pdf", "application/pdf", pdf, "application/pdf"},
		{"SCAN.PDF", "application/pdf", pdf, "application/pdf"},
		{"scan.pdf.exe", "application/pdf", pdf, ""},
		{"scan.svg", "image/svg+xml", "<svg", ""},
		{"scan.html", "text/html", "<html", ""},
		{"scan.xml", "text/xml", "<?xml", ""},
		{"scan.zip", "application/zip", "PK\x03\x04", ""},
		{"scan.docm", "application/zip", "PK\x03\x04", ""},
		{"scan", "application/pdf", pdf, ""},
		{"", "application/pdf", pdf, ""},
		{".pdf", "application/pdf", pdf, "application/pdf"},
		{"scan.pdf", "application/pdf", "<html>" + pdf, ""},
		{"scan.pdf", "text/html", pdf, ""},
		{"scan.png", "image/png", "\x89PNG\r\n\x1a\n", "image/png"},
		{"scan.png", "image/jpeg", "\xff\xd8\xff", ""},
		{"scan.jpeg", "image/jpeg", "\xff\xd8\xff", "image/jpeg"},
		{"list.csv", "text/plain; charset=utf-8", "a,b", "text/csv"},
		{"list.csv", "text/html; charset=utf-8", "<html>", ""},
		{"list.csv", "application/octet-stream", "MZ", ""},
		{"list.xlsx", "application/zip", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"list.xlsx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04", ""},
	} {
		got, err := evidence.TypeOf(c.name, c.sniffed, []byte(c.head))
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q sniffed as %s is %q, %v", c.name, c.sniffed, got, err)
		}
	}
}

var hostile = []string{"../../etc/passwd.pdf", `..\..\windows\system32.pdf`, "/etc/shadow", "C:\\a.pdf", "a\x00b.pdf", "a\r\nSet-Cookie: x=y.pdf", "in\u202efdp.exe", "\u200b.pdf",
	"", ".", "..", "/", "///", `\`, "a/", "CON.pdf", strings.Repeat("é", 5000) + ".pdf", "x." + strings.Repeat("y", 5000), "\xff\xfe.pdf", "a\u2028b.pdf", `"; rm -rf ~.pdf`, "<script>.pdf"}

func TestT62_CleanNameIsAName(t *testing.T) {
	for _, name := range hostile {
		checkName(t, name)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) { checkName(t, name) })
}

func checkName(t *testing.T, name string) {
	t.Helper()
	clean := evidence.CleanName(name)
	hidden := strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	if clean == "" || clean == "." || clean == ".." || strings.ContainsAny(clean, `/\`) || hidden || len([]rune(clean)) > 120 {
		t.Errorf("%.40q becomes %.140q", name, clean)
	}
	if again := evidence.CleanName(clean); again != clean {
		t.Errorf("%.40q becomes %.140q and then %.140q", name, clean, again)
	}
}

// plenty refuses nothing for its size.
var plenty = evidence.Limits{Quota: 1 << 40, AtOnce: 4, AtOnceInAll: 16}

// shelf is a store of the shortest kind; the real one keeps its promises in
// package storagetest.
type shelf struct {
	evidence.Store
	kept []evidence.File
	held int64
	said []event.Event
}

func (s *shelf) Held(context.Context, access.Pass) (int64, error) { return s.held, nil }

func (s *shelf) Add(_ context.Context, _ access.Pass, f evidence.File, _ int64, _ event.Event) error {
	s.kept = append(s.kept, f)
	return nil
}

func (s *shelf) SameBytes(_ context.Context, _ access.Pass, digest string) (evidence.File, error) {
	for _, f := range s.kept {
		if f.Digest == digest {
			return f, nil
		}
	}
	return evidence.File{}, evidence.ErrUnknown
}

func TestReceive(t *testing.T) {
	now := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	store, n := &shelf{}, 0
	s := evidence.Service{Limits: plenty, Store: store, Blobs: blob.Folder{Path: t.TempDir()}, Now: func() time.Time { return now }, NewID: func() string { n++; return fmt.Sprint("id", n) }}
	lead := access.Actor{ID: "lead", At: now, Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: "RXH"}}}
	offer := evidence.Offer{Title: "Scan", AboutOn: "2026-10-01", RunsUntil: "2027-10-01"}
	receive := func(name, body string) error {
		_, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: name, Body: strings.NewReader(body)})
		return err
	}
	for i, name := range hostile { // T62: whatever it is called, the bytes go to their digest
		body := pdf + fmt.Sprint(i)
		if err := receive(name+".pdf", body); err != nil && !errors.Is(err, evidence.ErrType) {
			t.Errorf("%.40q: %v", name, err)
		}
	}
	for _, f := range store.kept {
		if f.Verdict != evidence.NotScanned || f.MediaType != "application/pdf" || len(f.Digest) != 64 || strings.ContainsAny(f.Name, "/\\\r\n\x00") {
			t.Errorf("kept %+v", f)
		}
	}
	kept := len(store.kept)
	if err := receive("again.pdf", pdf+"4"); !errors.Is(err, evidence.ErrSame) {
		t.Errorf("the same bytes: %v", err)
	}
	for body, want := range map[string]error{"": evidence.ErrEmpty, "<svg onload=alert(1)>": evidence.ErrType, "MZ\x90": evidence.ErrType} {
		if err := receive("a.pdf", body); !errors.Is(err, want) {
			t.Errorf("%q: %v", body, err)
		}
	}
	endless := evidence.Upload{Name: "a.pdf", Body: io.MultiReader(strings.NewReader(pdf), zeros{})} // T64
	if _, err := s.Receive(t.Context(), lead, "RXH", offer, endless); !errors.Is(err, evidence.ErrBig) {
		t.Errorf("an endless file: %v", err)
	}
	if _, err := s.Receive(t.Context(), lead, "RYJ", offer, evidence.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another trust's evidence: %v", err)
	}
	if len(store.kept) != kept {
		t.Errorf("%d files came from refusals", len(store.kept)-kept)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

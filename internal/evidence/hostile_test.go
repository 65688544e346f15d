package evidence_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/blob"
	"countersign/internal/evidence"
)

// part is one entry of an archive that a test makes.
type part struct {
	name, text string
	stored     bool
	packed     []byte // instead of text, with claims
	claims     int    // what the archive's list says comes out, when it lies
	flags      uint16
}

const parts = "[Content_Types].xml"

// office makes a document, byte by byte, so that it can lie.
func office(list ...part) []byte {
	var out, index bytes.Buffer
	word := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			_ = binary.Write(b, binary.LittleEndian, v) // a buffer takes everything
		}
	}
	for _, p := range list {
		body, method := []byte(p.text), uint16(0)
		if p.packed != nil {
			body, method = p.packed, 8
		} else if !p.stored {
			body, method = deflate(strings.NewReader(p.text)), 8
		}
		opened := uint32(len(p.text))
		if p.claims > 0 {
			opened = uint32(p.claims)
		}
		at := uint32(out.Len())
		word(&out, uint32(0x04034b50), uint16(20), p.flags, method, uint32(0), crc32.ChecksumIEEE([]byte(p.text)), uint32(len(body)), opened, uint16(len(p.name)), uint16(0))
		out.WriteString(p.name)
		out.Write(body)
		word(&index, uint32(0x02014b50), uint16(20), uint16(20), p.flags, method, uint32(0), crc32.ChecksumIEEE([]byte(p.text)), uint32(len(body)), opened, uint16(len(p.name)),
			uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), at)
		index.WriteString(p.name)
	}
	from := uint32(out.Len())
	out.Write(index.Bytes())
	word(&out, uint32(0x06054b50), uint32(0), uint16(len(list)), uint16(len(list)), uint32(index.Len()), from, uint16(0))
	return out.Bytes()
}

func deflate(from io.Reader) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, 6) // 6 is a level
	_, _ = io.Copy(w, from)          // into memory
	_ = w.Close()
	return out.Bytes()
}

// even packs megabytes of the same rows, about 150 to 1, without packing each.
func even(t *testing.T, megabytes int) []byte {
	t.Helper()
	var one bytes.Buffer
	w, err := flate.NewWriter(&one, 6)
	if err != nil {
		t.Fatal(err)
	}
	row := strings.Repeat(`<c r="A1" s="12"><v>0</v></c>`, 30)
	var rows strings.Builder
	for i := 0; rows.Len() < 1<<20; i++ {
		fmt.Fprintf(&rows, "<row r=%d>%s", i, row)
	}
	if _, err := io.WriteString(w, rows.String()[:1<<20]); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil { // what follows does not lean on what came before
		t.Fatal(err)
	}
	return append(bytes.Repeat(one.Bytes(), megabytes), 1, 0, 0, 0xff, 0xff)
}

// docx is a small, sound document with more parts.
func docx(more ...part) []byte {
	return office(append([]part{{name: parts, text: "<Types/>"}, {name: "word/document.xml", text: "<w:document/>"}}, more...)...)
}

func xlsx(more ...part) []byte {
	return office(append([]part{{name: parts, text: "<Types/>"}, {name: "xl/workbook.xml", text: "<workbook/>"}}, more...)...)
}

var nothing = strings.Repeat("\x00", 64<<20)

// honest are files people have. Each must be taken.
func honest(t *testing.T) map[string][]byte {
	var real bytes.Buffer
	w := zip.NewWriter(&real)
	for _, name := range []string{parts, "word/document.xml", "word/media/image1.png"} {
		f, err := w.Create(name) // with sizes after the data, as streaming programs write
		if err == nil {
			_, err = io.WriteString(f, strings.Repeat(name, 1000))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"streamed.docx": real.Bytes(), "plain.docx": docx(), "plain.xlsx": xlsx(),
		"chart.docx":   docx(part{name: "word/embeddings/Book1.xlsx", text: string(xlsx())}),
		"drawing.docx": docx(part{name: "word/media/image1.emz", text: "\x1f\x8b\x08 drawing"}),
		"even.xlsx":    xlsx(part{name: "xl/worksheets/sheet1.xml", text: strings.Repeat(`<c r="A1"><v>0</v></c>`, 1<<16)}),
		"report.pdf":   []byte("%PDF-1.7\n% about /Encryption and /Encrypt alone\n"),
		"screen.png":   picture(t, "png", 40, 40),
		"photo.jpg":    picture(t, "jpg", 40, 40),
		"list.csv":     []byte("=cmd|' /C calc'!A0,b\n"), // opaque: nothing opens it here
		"stored.docx":  docx(part{name: "word/media/a.png", text: "picture", stored: true}),
	}
}

func picture(t *testing.T, kind string, wide, high int) []byte {
	t.Helper()
	var out bytes.Buffer
	err := png.Encode(&out, image.NewGray(image.Rect(0, 0, wide, high)))
	if kind == "jpg" {
		out.Reset()
		err = jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, wide, high)), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// huge makes a picture claim a size it does not have.
func huge(body []byte, at int, size []byte) []byte {
	copy(body[at:], size)
	if string(body[:4]) == "\x89PNG" {
		binary.BigEndian.PutUint32(body[29:], crc32.ChecksumIEEE(body[12:29]))
	}
	return body
}

func compoundFile(stream string) []byte {
	body := make([]byte, 512*4)
	copy(body, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(body[30:], 9)
	binary.LittleEndian.PutUint32(body[48:], 1)
	for i, letter := range stream {
		binary.LittleEndian.PutUint16(body[1024+2*i:], uint16(letter))
	}
	return body
}

// cut changes some bytes of a sound file.
func cut(body []byte, change func(b []byte) []byte) []byte { return change(bytes.Clone(body)) }

func many(n int, name string) []part {
	var list []part
	for i := range n {
		list = append(list, part{name: fmt.Sprintf(name, i), text: "x", stored: true})
	}
	return list
}

type attack struct {
	name string
	body []byte
	want error // nil: any refusal
}

func attacks(t *testing.T) []attack {
	set := func(at int, b ...byte) func([]byte) []byte {
		return func(body []byte) []byte {
			if at < 0 {
				at += len(body)
			}
			copy(body[at:], b)
			return body
		}
	}
	sheet := func(text string, claims int) []byte {
		return xlsx(part{name: "xl/worksheets/sheet1.xml", text: text, claims: claims})
	}
	many200, fifteen := many(200, "xl/worksheets/s%d.xml"), deflate(strings.NewReader(nothing[:15<<20]))
	for i := range many200 {
		many200[i].packed, many200[i].claims = fifteen, 15<<20
	}
	inner := docx(part{name: "word/embeddings/b.xlsx", text: string(xlsx())})
	same := part{name: "word/b.xml", text: "bbbb", stored: true}
	record := office(same)[:30+len(same.name)+len(same.text)]
	overlap := docx(part{name: "word/a.xml", text: "<!-- " + string(record), stored: true}, same) // one entry's bytes are a whole entry
	second, within := bytes.LastIndex(overlap, []byte("PK\x01\x02")), bytes.Index(overlap, record)
	sound := docx()
	list := bytes.Index(sound, []byte("PK\x01\x02"))
	wide := []byte{0, 1, 0, 0, 0, 1, 0, 0}
	return []attack{
		{"bomb.xlsx", sheet(nothing, 0), evidence.ErrPacked},
		{"bomb-of-many.xlsx", xlsx(many200...), evidence.ErrPacked},
		{"bomb-that-lies.xlsx", sheet(nothing, 1000), evidence.ErrPacked},
		{"bomb-that-lies-small.xlsx", sheet(nothing[:1<<20], 1), evidence.ErrPacked},
		{"claims-more.xlsx", sheet("x", 100), evidence.ErrPacked},
		{"claims-4gb.xlsx", sheet("x", 1<<32-2), evidence.ErrPacked},
		{"claims-zip64.xlsx", sheet("x", 1<<32-1), nil},
		{"entries.docx", docx(many(10_001, "word/%d.xml")...), evidence.ErrPacked},
		{"entries-65535.docx", docx(many(65_533, "word/%d")...), evidence.ErrPacked},
		{"nested.docx", docx(part{name: "word/embeddings/a.zip", text: string(xlsx())}), evidence.ErrPacked},
		{"nested-renamed.docx", docx(part{name: "word/media/a.png", text: string(xlsx())}), evidence.ErrPacked},
		{"nested-twice.docx", docx(part{name: "word/embeddings/a.docx", text: string(inner)}), evidence.ErrPacked},
		{"nested-bomb.docx", docx(part{name: "word/embeddings/a.xlsx", text: string(sheet(nothing, 0))}), evidence.ErrPacked},
		{"nested-large.docx", docx(part{name: "word/embeddings/a.xlsx", text: "PK\x03\x04" + nothing[:20<<20]}), evidence.ErrPacked},
		{"nested-not.docx", docx(part{name: "word/embeddings/a.xlsx", text: "PK\x03\x04 not an archive"}), nil},
		{"gzip.docx", docx(part{name: "word/a.xml", text: "\x1f\x8b\x08"}), evidence.ErrPacked},
		{"rar.docx", docx(part{name: "word/a.xml", text: "Rar!\x1a\x07"}), evidence.ErrPacked},
		{"7z.docx", docx(part{name: "word/a.xml", text: "7z\xbc\xaf\x27\x1c"}), evidence.ErrPacked},
		{"xz.docx", docx(part{name: "word/a.xml", text: "\xfd7zXZ\x00"}), evidence.ErrPacked},
		{"cab.docx", docx(part{name: "word/a.xml", text: "MSCF"}), evidence.ErrPacked},
		{"overlap.docx", cut(overlap, set(second+42, byte(within), byte(within>>8))), evidence.ErrPacked},
		{"itself.docx", cut(sound, set(list+42, byte(list), byte(list>>8))), nil},
		{"beyond.docx", cut(sound, set(list+42, 0xff, 0xff, 0xff, 0x7f)), nil},
		{"long-entry.docx", cut(sound, set(list+20, 0xff, 0xff, 0, 0)), nil},
		{"locked.docx", docx(part{name: "word/a.xml", text: "secret", flags: 1}), evidence.ErrLocked},
		{"locked-strongly.docx", docx(part{name: "word/a.xml", text: "secret", flags: 1 << 6}), evidence.ErrLocked},
		{"locked-inside-only.docx", cut(sound, set(6, 1)), evidence.ErrLocked},
		{"Rota.xlsx", compoundFile("EncryptedPackage"), evidence.ErrLocked},
		{"old.docx", compoundFile("WordDocument"), evidence.ErrType},
		{"compound-cut.docx", compoundFile("EncryptedPackage")[:100], nil},
		{"compound-beyond.docx", cut(compoundFile("x"), set(48, 0xff, 0xff, 0xff, 0xff)), nil},
		{"macros.docx", docx(part{name: "word/vbaProject.bin", text: "x"}), evidence.ErrMacros},
		{"macros-elsewhere.xlsx", xlsx(part{name: "xl/VBAPROJECT.BIN", text: "x"}), evidence.ErrMacros},
		{"macros-old.xlsx", xlsx(part{name: "xl/macrosheets/sheet1.xml", text: "x"}), evidence.ErrMacros},
		{"macros-renamed.docx", office(part{name: parts, text: `<Types><Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>`}, part{name: "word/x.bin", text: "x"}), evidence.ErrMacros},
		{"macros-embedded.docx", docx(part{name: "word/embeddings/a.xlsx", text: string(xlsx(part{name: "xl/vbaProject.bin", text: "x"}))}), evidence.ErrMacros},
		{"contents-bomb.docx", office(part{name: parts, text: nothing[:15<<20]}, part{name: "word/document.xml", text: "x"}), evidence.ErrPacked},
		{"twice.docx", docx(part{name: "word/Document.xml", text: "another"}), evidence.ErrDamaged},
		{"climbs.docx", docx(part{name: "../../etc/passwd", text: "x"}), evidence.ErrDamaged},
		{"rooted.docx", docx(part{name: "/etc/passwd", text: "x"}), evidence.ErrDamaged},
		{"windows.docx", docx(part{name: `word\..\x`, text: "x"}), evidence.ErrDamaged},
		{"long-name.docx", docx(part{name: strings.Repeat("n", 60_000), text: "x"}), evidence.ErrDamaged},
		{"two-names.docx", cut(sound, set(30, 'X')), evidence.ErrDamaged},
		{"not-word.docx", xlsx(), evidence.ErrType},
		{"not-word-at-first.docx", office(part{name: parts, text: "<Types/>"}, part{name: "docProps/app.xml", text: "x"}), evidence.ErrDamaged},
		{"not-office.docx", office(part{name: "word/a.xml", text: "x"}), evidence.ErrDamaged},
		{"behind.docx", append(docx(), "<script>alert(1)</script>"...), evidence.ErrDamaged},
		{"no-end.docx", sound[:len(sound)-22], evidence.ErrDamaged},
		{"half.docx", sound[:len(sound)/2], evidence.ErrDamaged},
		{"two-ends.docx", append(docx(), docx()...), evidence.ErrDamaged},
		{"tiny.docx", []byte("PK\x03\x04"), evidence.ErrDamaged},
		{"wide.png", huge(picture(t, "png", 4, 4), 16, wide), evidence.ErrPixels},
		{"no-size.png", huge(picture(t, "png", 4, 4), 16, make([]byte, 8)), nil},
		{"negative.png", huge(picture(t, "png", 4, 4), 16, bytes.Repeat([]byte{0xff}, 8)), nil},
		{"half.png", picture(t, "png", 4, 4)[:20], evidence.ErrDamaged},
		{"wide.jpg", cut(picture(t, "jpg", 16, 16), func(b []byte) []byte {
			at := bytes.Index(b, []byte{0xff, 0xc0})
			copy(b[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
			return b
		}), evidence.ErrPixels},
		{"half.jpg", picture(t, "jpg", 16, 16)[:10], evidence.ErrDamaged},
		{"endless.jpg", append([]byte("\xff\xd8\xff"), nothing[:40<<20]...), evidence.ErrDamaged},
		{"locked.pdf", []byte("%PDF-1.7\ntrailer << /Root 1 0 R /Encrypt 5 0 R >>\n"), evidence.ErrLocked},
		{"locked-far.pdf", []byte("%PDF-1.7\n" + strings.Repeat("x", 256<<10-14) + "/Encrypt << /V 4 >>"), evidence.ErrLocked},
		{"locked-late.pdf", []byte("%PDF-1.7\n" + nothing[:45<<20] + "/Encrypt\r\n9 0 R"), evidence.ErrLocked},
		{"script.svg", []byte("<svg onload=alert(1)>"), evidence.ErrType},
		{"page.html", []byte("<html><script>"), evidence.ErrType},
		{"page.pdf", []byte("<html>%PDF-1.7"), evidence.ErrType},
		{"large.pdf", append([]byte("%PDF-1.7"), nothing[:50<<20]...), evidence.ErrBig},
	}
}

// spent is the processor's time of this program.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestT60_HostileFilesAreRefusedCheaply: each within 2 seconds of the
// processor (without the race detector) and 64MB of memory, and each leaves
// nothing behind.
func TestT60_HostileFilesAreRefusedCheaply(t *testing.T) {
	all := attacks(t)
	if len(all) < 60 {
		t.Errorf("only %d files", len(all))
	}
	var slowest, largest attack
	var slow time.Duration
	var large uint64
	for _, a := range all {
		receive, store := receiver(t)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := spent(t)
		err := receive(a.name, bytes.NewReader(a.body))
		took := spent(t) - began
		runtime.ReadMemStats(&after)
		used := after.TotalAlloc - before.TotalAlloc
		if err == nil || (a.want != nil && !errors.Is(err, a.want)) || len(store.kept) > 0 {
			t.Errorf("%s: %v, want %v", a.name, err, a.want)
		}
		if (took > 2*time.Second && !raceDetector) || used > 64<<20 {
			t.Errorf("%s took %v and %d bytes", a.name, took, used)
		}
		if took > slow {
			slow, slowest = took, a
		}
		if used > large {
			large, largest = used, a
		}
	}
	t.Logf("%d files; slowest %s in %v, largest %s with %dKB", len(all), slowest.name, slow, largest.name, large>>10)
}

func TestT60_HonestFilesAreTaken(t *testing.T) {
	for name, body := range honest(t) {
		receive, _ := receiver(t)
		if err := receive(name, bytes.NewReader(body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestT60_TheLargestIsBounded: a workbook just within every limit costs the
// most, and still no more than the promise.
func TestT60_TheLargestIsBounded(t *testing.T) {
	sheets, each := []part{}, 204
	if raceDetector {
		each = 20 // it looks for races, not for time
	}
	for i := range 5 {
		sheets = append(sheets, part{name: fmt.Sprintf("xl/worksheets/sheet%d.xml", i), packed: even(t, each), claims: each << 20})
	}
	body := xlsx(sheets...)
	if ratio := 5 * each << 20 / len(body); ratio < 80 || ratio > 200 {
		t.Fatalf("the workbook packs %d to 1", ratio)
	}
	receive, _ := receiver(t)
	began := spent(t)
	err := receive("large.xlsx", bytes.NewReader(body))
	if took := spent(t) - began; err != nil || (took > 2*time.Second && !raceDetector) {
		t.Errorf("%v after %v", err, took)
	} else {
		t.Logf("%dMB that unpack to %dMB: %v", len(body)>>20, 5*each, took)
	}
}

// TestT60_NamesOfRefusedFilesAreSaid: the sentence names the file, and a
// caller can still ask what it was.
func TestT60_NamesOfRefusedFilesAreSaid(t *testing.T) {
	receive, _ := receiver(t)
	err := receive("Rota.xlsx", bytes.NewReader(compoundFile("EncryptedPackage")))
	if !errors.Is(err, evidence.ErrLocked) || !strings.HasPrefix(err.Error(), "Rota.xlsx is password protected") {
		t.Error(err)
	}
}

// FuzzArchive: whatever it is made of, a document is taken or refused by name,
// and nothing breaks.
func FuzzArchive(f *testing.F) {
	f.Add(docx())
	f.Add(xlsx(part{name: "xl/a.xlsx", text: string(xlsx())}))
	f.Add(compoundFile("EncryptedPackage"))
	f.Fuzz(func(t *testing.T, body []byte) {
		receive, _ := receiver(t)
		err := receive("a.docx", bytes.NewReader(append([]byte("PK\x03\x04"), body...)))
		if err2 := receive("b.docx", bytes.NewReader(body)); !refusal(err) || !refusal(err2) {
			t.Errorf("%v; %v", err, err2)
		}
	})
}

func refusal(err error) bool {
	for _, known := range []error{nil, evidence.ErrType, evidence.ErrEmpty, evidence.ErrDamaged, evidence.ErrPacked, evidence.ErrLocked, evidence.ErrMacros, evidence.ErrSame} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// receiver gives a service on an empty shelf, as one function.
func receiver(t *testing.T) (func(name string, body io.Reader) error, *shelf) {
	t.Helper()
	s, store := service(t)
	return func(name string, body io.Reader) error {
		_, err := s.Receive(t.Context(), lead, "RXH", offer, evidence.Upload{Name: name, Body: body})
		return err
	}, store
}

var (
	monday = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	lead   = access.Actor{ID: "lead", At: monday, Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: "RXH"}}}
	offer  = evidence.Offer{Title: "Scan", AboutOn: "2026-10-01", RunsUntil: "2027-10-01"}
)

func service(t *testing.T) (*evidence.Service, *shelf) {
	t.Helper()
	store, n := &shelf{}, 0
	return &evidence.Service{Store: store, Blobs: blob.Folder{Path: t.TempDir()}, Limits: plenty, Now: func() time.Time { return monday }, NewID: func() string { n++; return fmt.Sprintf("id-%04d", n) }}, store
}

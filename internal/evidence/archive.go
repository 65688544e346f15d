package evidence

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// Limits of what a document may hold. A DOCX or XLSX is a zip archive, and a
// virus scanner calls a bomb of zeros clean, so they are kept
// here. Nothing that is unpacked to be counted is ever held whole.
const (
	maxEntries  = 10_000
	maxUnpacked = 1 << 30
	maxRatio    = 200      // unpacked to packed, of an entry large enough to matter
	ratioFrom   = 16 << 20 // smaller entries may be as even as they like
	maxPartName = 512
	maxEmbedded = 16 << 20 // a workbook inside a document, as charts have
	maxContents = 1 << 20  // the list of parts
)

// walk reads an archive's own list of its entries, entry by entry, and then
// unpacks each into nothing to see that the list told the truth. It needs
// little memory, whatever the list claims.
type walk struct {
	*means
	file    io.ReaderAt
	size    int64
	inside  bool // another document already
	macros  bool
	listed  bool            // the list of parts is there
	folders map[string]bool // the first folder of each entry
	names   map[string]bool // in small letters: no two programs may pick different parts
	spans   []span          // where entries lie
}

// means is what a walk may spend, shared with the walks through what is
// embedded.
type means struct {
	bytes, entries int64
	plain, inner   []byte
	unpack         io.ReadCloser
}

type span struct{ from, to int64 }

// entry is one line of an archive's list.
type entry struct {
	name           string
	flags, method  uint16
	packed, opened int64
	at             int64 // of its own header
}

const (
	endMark, listMark, entryMark = 0x06054b50, 0x02014b50, 0x04034b50
	endLen, listLen, entryLen    = 22, 46, 30
	flagsEncrypted               = 1 | 1<<6 | 1<<13
)

// archive refuses a zip archive that is not a sound, open document without
// macros. folder is where its parts must be: word or xl.
func archive(file io.ReaderAt, size int64, folder string) error {
	w := &walk{means: &means{bytes: maxUnpacked, entries: maxEntries, plain: make([]byte, 32<<10)}, file: file, size: size}
	if err := w.check(); err != nil {
		return err
	}
	if !w.listed || !w.folders[folder] {
		return ErrDamaged
	}
	return nil
}

func (w *walk) check() error {
	w.folders, w.names = map[string]bool{}, map[string]bool{}
	entries, listAt, err := w.list()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.flags&flagsEncrypted != 0 {
			return ErrLocked // said before anything else: it is the one a person can put right
		}
	}
	for _, e := range entries {
		if err := w.admit(e); err != nil {
			return err
		}
	}
	slices.SortFunc(w.spans, func(a, b span) int { return int(a.from - b.from) })
	for i, s := range w.spans {
		if s.to > listAt || (i > 0 && s.from < w.spans[i-1].to) {
			return ErrPacked
		}
	}
	for _, e := range entries {
		if err := w.count(e); err != nil {
			return err
		}
	}
	if w.macros {
		return ErrMacros
	}
	return nil
}

// list finds the list at the archive's end and reads it. Archives over 4GB
// have another kind of end; ours are far smaller, so it is refused.
func (w *walk) list() ([]entry, int64, error) {
	tail := make([]byte, min(w.size, endLen+1<<16-1))
	if err := w.read(tail, w.size-int64(len(tail))); err != nil {
		return nil, 0, err
	}
	at := bytes.LastIndex(tail, binary.LittleEndian.AppendUint32(nil, endMark))
	if at < 0 || len(tail)-at < endLen {
		return nil, 0, ErrDamaged
	}
	end := tail[at:]
	total, length, from := int64(binary.LittleEndian.Uint16(end[10:])), int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	endAt := w.size - int64(len(tail)) + int64(at)
	switch {
	case total > w.entries:
		return nil, 0, ErrPacked
	case int(binary.LittleEndian.Uint16(end[20:])) != len(end)-endLen, from+length != endAt, total != int64(binary.LittleEndian.Uint16(end[8:])):
		return nil, 0, ErrDamaged // something before, between or behind, or another end: readers would not agree
	}
	w.entries -= total
	list := io.NewSectionReader(w.file, from, length)
	var entries []entry
	var line [listLen]byte
	for range total {
		if _, err := io.ReadFull(list, line[:]); err != nil || binary.LittleEndian.Uint32(line[:]) != listMark {
			return nil, 0, ErrDamaged
		}
		field := func(at int) int64 { return int64(binary.LittleEndian.Uint16(line[at:])) }
		wide := func(at int) int64 { return int64(binary.LittleEndian.Uint32(line[at:])) }
		e := entry{flags: uint16(field(8)), method: uint16(field(10)), packed: wide(20), opened: wide(24), at: wide(42)}
		if field(28) == 0 || field(28) > maxPartName {
			return nil, 0, ErrDamaged
		}
		name := make([]byte, field(28))
		if _, err := io.ReadFull(list, name); err != nil {
			return nil, 0, ErrDamaged
		}
		if _, err := list.Seek(field(30)+field(32), io.SeekCurrent); err != nil {
			return nil, 0, ErrDamaged
		}
		e.name = string(name)
		entries = append(entries, e)
	}
	if rest, err := list.Seek(0, io.SeekCurrent); err != nil || rest != length {
		return nil, 0, ErrDamaged
	}
	return entries, from, nil
}

// admit judges an entry by what the list says of it, and finds its bytes.
func (w *walk) admit(e entry) error {
	name := strings.ToLower(e.name)
	if w.names[name] || strings.Contains(name, `\`) || strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") || strings.Contains(name, "\x00") {
		return ErrDamaged
	}
	w.names[name] = true
	first, _, _ := strings.Cut(name, "/")
	w.folders[first] = true
	w.listed = w.listed || strings.EqualFold(e.name, contentTypes)
	w.macros = w.macros || strings.HasPrefix(path.Base(name), "vbaproject") || strings.Contains(name, "macrosheets/")
	const unknown = 1<<32 - 1
	switch {
	case e.packed == unknown || e.opened == unknown || e.at == unknown, e.method != 0 && e.method != 8, e.method == 0 && e.packed != e.opened:
		return ErrDamaged
	case e.opened > w.bytes, e.opened > ratioFrom && e.opened > maxRatio*e.packed:
		return ErrPacked
	}
	w.bytes -= e.opened
	var own [entryLen]byte
	if err := w.read(own[:], e.at); err != nil {
		return err
	}
	nameLen, extraLen := int64(binary.LittleEndian.Uint16(own[26:])), int64(binary.LittleEndian.Uint16(own[28:]))
	if binary.LittleEndian.Uint32(own[:]) != entryMark || nameLen != int64(len(e.name)) || binary.LittleEndian.Uint16(own[8:]) != e.method {
		return ErrDamaged
	}
	if binary.LittleEndian.Uint16(own[6:])&flagsEncrypted != 0 {
		return ErrLocked
	}
	said := make([]byte, nameLen)
	if err := w.read(said, e.at+entryLen); err != nil {
		return err
	}
	if string(said) != e.name {
		return ErrDamaged
	}
	from := e.at + entryLen + nameLen + extraLen
	w.spans = append(w.spans, span{e.at, from + e.packed})
	return nil
}

const contentTypes = "[Content_Types].xml"

// count unpacks an entry into nothing: no more and no less than the list says
// may come out. What is a document itself is looked into, once.
func (w *walk) count(e entry) error {
	var own [entryLen]byte
	if err := w.read(own[:], e.at); err != nil {
		return err
	}
	from := e.at + entryLen + int64(binary.LittleEndian.Uint16(own[26:])) + int64(binary.LittleEndian.Uint16(own[28:]))
	var body io.Reader = io.NewSectionReader(w.file, from, e.packed)
	if e.method == 8 {
		if w.unpack == nil {
			w.unpack = flate.NewReader(body)
		} else if err := w.unpack.(flate.Resetter).Reset(body, nil); err != nil {
			return ErrDamaged
		}
		body = w.unpack
	}
	body = io.LimitReader(body, e.opened+1)
	head := make([]byte, 8)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrDamaged
	}
	head = head[:n]
	whole := io.MultiReader(bytes.NewReader(head), body)
	switch {
	case strings.EqualFold(e.name, contentTypes):
		return w.contents(e, whole)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return w.embedded(e, whole)
	case packed(head) && !slices.Contains(oldPictures, strings.ToLower(path.Ext(e.name))):
		return ErrPacked
	}
	got, err := io.CopyBuffer(onlyWriter{io.Discard}, whole, w.plain)
	if err != nil || got != e.opened {
		return ErrPacked
	}
	return nil
}

// onlyWriter keeps io.Copy to the buffer it was given.
type onlyWriter struct{ io.Writer }

// oldPictures are drawings that Office itself keeps packed.
var oldPictures = []string{".emz", ".wmz"}

// packed knows archives by their first bytes, whatever they are called.
func packed(head []byte) bool {
	for _, mark := range []string{"Rar!", "7z\xbc\xaf", "\x1f\x8b", "BZh", "\xfd7zXZ", "MSCF", "\x28\xb5\x2f\xfd"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// contents reads the list of parts, where macros are named whatever their
// files are called.
func (w *walk) contents(e entry, body io.Reader) error {
	if e.opened > maxContents {
		return ErrPacked
	}
	text, err := io.ReadAll(body)
	if err != nil || int64(len(text)) != e.opened {
		return ErrPacked
	}
	text = bytes.ToLower(text)
	w.macros = w.macros || bytes.Contains(text, []byte("vbaproject")) || bytes.Contains(text, []byte("macroenabled")) || bytes.Contains(text, []byte("macrosheet"))
	return nil
}

// embedded looks into a document inside a document, such as the figures behind
// a chart. A second level has no honest use.
func (w *walk) embedded(e entry, body io.Reader) error {
	if w.inside || e.opened > maxEmbedded || !slices.Contains([]string{".docx", ".xlsx", ".pptx"}, strings.ToLower(path.Ext(e.name))) {
		return ErrPacked
	}
	if w.inner == nil {
		w.inner = make([]byte, maxEmbedded)
	}
	if n, err := io.ReadFull(body, w.inner[:e.opened]); err != nil || int64(n) != e.opened {
		return ErrPacked
	}
	if n, err := body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return ErrPacked
	}
	within := &walk{means: w.means, file: bytes.NewReader(w.inner[:e.opened]), size: e.opened, inside: true}
	if err := within.check(); err != nil {
		return err
	}
	if !within.listed {
		return ErrPacked
	}
	return nil
}

func (w *walk) read(into []byte, at int64) error {
	if at < 0 || at+int64(len(into)) > w.size {
		return ErrDamaged
	}
	if _, err := w.file.ReadAt(into, at); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

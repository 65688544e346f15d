package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// typeface is a font as it came, parsed once.
type typeface struct {
	name   string
	font   *sfnt.Font
	tables map[string][]byte
	perEm  int
}

// typefaces are the Go fonts: Latin, Greek and Cyrillic.
var typefaces = sync.OnceValues(func() (map[Style]*typeface, error) {
	all := map[Style]*typeface{}
	for style, from := range map[Style]struct {
		name string
		data []byte
	}{Plain: {"Go-Regular", goregular.TTF}, Bold: {"Go-Bold", gobold.TTF}, Mono: {"Go-Mono", gomono.TTF}} {
		t, err := openTypeface(from.name, from.data)
		if err != nil {
			return nil, fmt.Errorf("open the font %s: %w", from.name, err)
		}
		all[style] = t
	}
	return all, nil
})

func openTypeface(name string, data []byte) (*typeface, error) {
	font, err := sfnt.Parse(data)
	if err != nil {
		return nil, err
	}
	t := &typeface{name: name, font: font, tables: map[string][]byte{}, perEm: int(font.UnitsPerEm())}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		entry := data[12+16*i:]
		from, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		t.tables[string(entry[:4])] = data[from : from+length]
	}
	for _, needed := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf"} {
		if len(t.tables[needed]) == 0 {
			return nil, errors.New("it has no table " + needed)
		}
	}
	return t, nil
}

// face is a typeface in one document, which gets the characters it uses, each
// under a number of its own: so each can be read back as what it was, also
// where two look alike.
type face struct {
	*typeface
	resource string
	known    map[rune]sfnt.GlyphIndex
	codes    map[rune]int
	chars    []rune // by code, from 1
}

// family is the faces of one document.
type family map[Style]*face

func newFamily() (family, error) {
	all, err := typefaces()
	if err != nil {
		return nil, err
	}
	made := family{}
	for style, t := range all {
		made[style] = &face{typeface: t, resource: fmt.Sprintf("F%d", int(style)+1), known: map[rune]sfnt.GlyphIndex{}, codes: map[rune]int{}}
	}
	return made, nil
}

func (f family) of(style Style, bold bool) *face {
	if style == Plain && bold {
		style = Bold
	}
	if found, ok := f[style]; ok {
		return found
	}
	return f[Plain]
}

func (f *face) index(r rune) sfnt.GlyphIndex {
	found, ok := f.known[r]
	if !ok {
		found, _ = f.font.GlyphIndex(nil, r) // 0, the missing glyph, when it fails
		f.known[r] = found
	}
	return found
}

func (f *face) has(r rune) bool { return f.index(r) != 0 }

// advance is in thousandths of the size, as the file lists it.
func (f *face) advance(glyph int) int {
	metrics, count := f.tables["hmtx"], int(binary.BigEndian.Uint16(f.tables["hhea"][34:]))
	wide := int(binary.BigEndian.Uint16(metrics[4*min(glyph, count-1):]))
	return (wide*1000 + f.perEm/2) / f.perEm
}

func (f *face) width(r rune, size unit) unit {
	return unit(f.advance(int(f.index(r)))) * size / 1000
}

// encode numbers a character when it is first used.
func (f *face) encode(r rune) int {
	n, ok := f.codes[r]
	if !ok {
		f.chars = append(f.chars, r)
		n = len(f.chars)
		f.codes[r] = n
	}
	return n
}

package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// errGlyph says that a font of ours is not what it was thought to be.
var errGlyph = errors.New("a glyph of the font cannot be read")

// subset builds a TrueType font with the glyphs of a document alone: the
// missing glyph, then one for each code. The instructions for coarse screens
// are left out. These fonts put no glyph together from others.
type subset struct {
	from   *typeface
	olds   []int // by new number
	shapes [][]byte
}

// cut gives the font file of what was used.
func (f *face) cut() ([]byte, error) {
	s := &subset{from: f.typeface, olds: []int{0}}
	for _, r := range f.chars {
		s.olds = append(s.olds, int(f.index(r)))
	}
	for _, old := range s.olds {
		shape, err := s.shape(old)
		if err != nil {
			return nil, err
		}
		s.shapes = append(s.shapes, shape)
	}
	return s.file(f), nil
}

func (s *subset) outline(old int) ([]byte, error) {
	loca, glyf := s.from.tables["loca"], s.from.tables["glyf"]
	at := func(i int) int {
		if binary.BigEndian.Uint16(s.from.tables["head"][50:]) == 0 {
			return 2 * int(binary.BigEndian.Uint16(loca[2*i:]))
		}
		return int(binary.BigEndian.Uint32(loca[4*i:]))
	}
	from, to := at(old), at(old+1)
	if from > to || to > len(glyf) {
		return nil, errGlyph
	}
	return glyf[from:to], nil
}

func (s *subset) shape(old int) ([]byte, error) {
	data, err := s.outline(old)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if len(data) < 12 {
		return nil, errGlyph
	}
	contours := int(int16(binary.BigEndian.Uint16(data)))
	instructions := 10 + 2*contours
	if contours < 0 || instructions+2 > len(data) {
		return nil, errGlyph
	}
	rest := instructions + 2 + int(binary.BigEndian.Uint16(data[instructions:]))
	if rest > len(data) {
		return nil, errGlyph
	}
	return append(append(data[:instructions:instructions], 0, 0), data[rest:]...), nil
}

// file puts the tables together.
func (s *subset) file(f *face) []byte {
	n := len(s.olds)
	var glyf, loca, hmtx []byte
	for i, shape := range s.shapes {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, shape...)
		glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		metrics, count := s.from.tables["hmtx"], int(binary.BigEndian.Uint16(s.from.tables["hhea"][34:]))
		old := s.olds[i]
		hmtx = append(hmtx, metrics[4*min(old, count-1):][:2]...)
		if old < count {
			hmtx = append(hmtx, metrics[4*old+2:][:2]...)
		} else {
			hmtx = append(hmtx, metrics[4*count+2*(old-count):][:2]...)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := bytes.Clone(s.from.tables["head"]), bytes.Clone(s.from.tables["hhea"]), bytes.Clone(s.from.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // the sum over everything, below
	binary.BigEndian.PutUint16(head[50:], 1) // four bytes a place
	binary.BigEndian.PutUint16(hhea[34:], uint16(n))
	binary.BigEndian.PutUint16(maxp[4:], uint16(n))
	return fontFile([]fontTable{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}})
}

type fontTable struct {
	name string
	data []byte
}

// fontFile writes tables, which come in the order of their names.
func fontFile(all []fontTable) []byte {
	power, exponent := 1, 0
	for power*2 <= len(all) {
		power, exponent = power*2, exponent+1
	}
	file := []byte{0, 1, 0, 0}
	for _, n := range []int{len(all), power * 16, exponent, (len(all) - power) * 16} {
		file = binary.BigEndian.AppendUint16(file, uint16(n))
	}
	at, head := 12+16*len(all), 0
	for _, t := range all {
		file = append(file, t.name...)
		for _, n := range []uint32{sum(t.data), uint32(at), uint32(len(t.data))} {
			file = binary.BigEndian.AppendUint32(file, n)
		}
		if t.name == "head" {
			head = at
		}
		at += len(t.data) + -len(t.data)&3
	}
	for _, t := range all {
		file = append(append(file, t.data...), make([]byte, -len(t.data)&3)...)
	}
	binary.BigEndian.PutUint32(file[head+8:], 0xB1B0AFBA-sum(file))
	return file
}

// sum is a font's checksum.
func sum(data []byte) uint32 {
	var total uint32
	for i := 0; i < len(data); i += 4 {
		var word [4]byte
		copy(word[:], data[i:])
		total += binary.BigEndian.Uint32(word[:])
	}
	return total
}

package pdf

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Reserve is the room for a seal, in hex digits.
const Reserve = reserve

// Page is what a page shows: the tags of its marks in order, and how low the
// lowest line of text stands, in points above the foot of the paper.
type Page struct {
	Tags   []string
	Lowest float64
}

// Pages lays a document out, without what stands at the edges, and tells for
// each row of a table on which pages it is.
func Pages(d Document) (pages []Page, rows [][]int, err error) {
	faces, err := newFamily()
	if err != nil {
		return nil, nil, err
	}
	l := &layout{faces: faces, pages: []*page{{}}}
	document := &element{tag: "Document"}
	if err := l.flow(l.gather(d.Blocks, document, textWidth)); err != nil {
		return nil, nil, err
	}
	for _, p := range l.pages {
		said := Page{Lowest: float64(pageHeight) / 1000}
		for _, in := range p.marks {
			said.Tags = append(said.Tags, in.tag)
		}
		said.Lowest = min(said.Lowest, lowest(p.drawing.String()))
		pages = append(pages, said)
	}
	return pages, rowPages(document), nil
}

// rowPages finds the rows below an element, each with the pages it is on.
func rowPages(e *element) [][]int {
	if e.tag == "TR" {
		on := map[int]bool{}
		for _, cell := range e.kids {
			for _, k := range cell.(*element).kids {
				if m, ok := k.(mark); ok {
					on[m.page] = true
				}
			}
		}
		var list []int
		for n := range on {
			list = append(list, n)
		}
		return [][]int{list}
	}
	var all [][]int
	for _, k := range e.kids {
		if child, ok := k.(*element); ok {
			all = append(all, rowPages(child)...)
		}
	}
	return all
}

var baseline = regexp.MustCompile(`1 0 0 1 [0-9.-]+ ([0-9.-]+) Tm`)

func lowest(drawing string) float64 {
	low := float64(pageHeight) / 1000
	for _, found := range baseline.FindAllStringSubmatch(drawing, -1) {
		y, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			panic(err)
		}
		low = min(low, y)
	}
	return low
}

var drawn = regexp.MustCompile(`(?:/ActualText <feff([0-9a-f]*)> >> BDC\nBT .* Tm\n)?/F([0-9]) [0-9.]+ Tf <([0-9a-f]*)> Tj`)

// Shown reads a drawing back: what a person sees of a line of text, and what a
// program is given.
func Shown(text string) (seen, given string, err error) {
	faces, err := newFamily()
	if err != nil {
		return "", "", err
	}
	l := &layout{faces: faces, pages: []*page{{}}}
	if err := l.flow(Paragraph{Text: Say(text)}.strips(l, &element{}, textWidth)); err != nil {
		return "", "", err
	}
	for _, run := range drawn.FindAllStringSubmatch(l.pages[0].drawing.String(), -1) {
		style, _ := strconv.Atoi(run[2]) // they are digits, and the next are hex
		codes, _ := hex.DecodeString(run[3])
		line := ""
		for i := 0; i < len(codes); i += 2 {
			line += string(faces[Style(style-1)].chars[int(codes[i])<<8+int(codes[i+1])-1])
		}
		seen += line
		if run[1] != "" {
			line = unwords([]byte(run[1]))
		}
		given += line
	}
	return seen, given, nil
}

// Reseal makes a seal over a file as it is, in the room that is there.
func Reseal(ctx context.Context, file []byte, s Seal) error {
	from := bytes.LastIndex(file, []byte("/Contents <")) + len("/Contents ")
	to := from + reserve + 2
	der, err := s.make(ctx, slices.Concat(file[:from], file[to:]))
	copy(file[from+1:to-1], bytes.Repeat([]byte("0"), reserve))
	hex.Encode(file[from+1:], der)
	return err
}

// Variants are other ways to write a seal, which say what it says and more.
func Variants(der []byte) (map[string][]byte, error) {
	made := map[string][]byte{}
	for claim, change := range map[string]func(d *signedData){
		"as it was":                      func(*signedData) {},
		"a digest with parameters":       func(d *signedData) { d.Digests[0].Parameters = null },
		"the signer's with parameters":   func(d *signedData) { d.Signers[0].Digest.Parameters = null },
		"an algorithm with parameters":   func(d *signedData) { d.Signers[0].Algorithm.Parameters = null },
		"the algorithm by its key alone": func(d *signedData) { d.Signers[0].Algorithm.Algorithm = oidECDSA },
		"two digests":                    func(d *signedData) { d.Digests = append(d.Digests, d.Digests[0]) },
		"another digest":                 func(d *signedData) { d.Digests[0].Algorithm = oidSHA512 },
		"two signers":                    func(d *signedData) { d.Signers = append(d.Signers, d.Signers[0]) },
		"no signer":                      func(d *signedData) { d.Signers = nil },
		"another version":                func(d *signedData) { d.Version = 3 },
		"another version of the signer":  func(d *signedData) { d.Signers[0].Version = 3 },
		"a certificate too many":         func(d *signedData) { d.Certificates = inside(bytes.Repeat(d.Certificates.Bytes, 2)) },
		"no certificate":                 func(d *signedData) { d.Certificates = inside(nil) },
		"nothing signed about it":        func(d *signedData) { d.Signers[0].Signed = asn1.RawValue{} },
		"content in it":                  func(d *signedData) { d.Content.Content = inside([]byte{4, 1, 'x'}) },
		"content of another type":        func(d *signedData) { d.Content.Type = oidTimestampInfo },
		"something beside the signature": func(d *signedData) { d.Signers[0].Unsigned = asn1.RawValue{FullBytes: beside(oidContentType)} },
		"another beside the timestamp": func(d *signedData) {
			list, err := listOf(d.Signers[0].Unsigned)
			more, moreErr := attributes(1, []valued{{oidTimestamp, list[0].Values[0]}, {oidContentType, oidData}})
			if err != nil || moreErr != nil {
				panic(errors.Join(err, moreErr))
			}
			d.Signers[0].Unsigned = asn1.RawValue{FullBytes: more}
		},
		"a timestamp without a value": func(d *signedData) {
			none, err := asn1.MarshalWithParams([]attribute{{oidTimestamp, []asn1.RawValue{}}}, "set,tag:1")
			if err != nil {
				panic(err)
			}
			d.Signers[0].Unsigned = asn1.RawValue{FullBytes: none}
		},
		"a timestamp with parameters": func(d *signedData) {
			list, err := listOf(d.Signers[0].Unsigned)
			token, tokenErr := parseSigned(list[0].Values[0].FullBytes)
			if err != nil || tokenErr != nil {
				panic(errors.Join(err, tokenErr))
			}
			token.Signers[0].Digest.Parameters = asn1.RawValue{FullBytes: []byte{4, 1, 'x'}}
			inner, err := asn1.Marshal(token)
			more, moreErr := attributes(1, []valued{{oidTimestamp, contentInfo{oidSignedData, inside(inner)}}})
			if err != nil || moreErr != nil {
				panic(errors.Join(err, moreErr))
			}
			d.Signers[0].Unsigned = asn1.RawValue{FullBytes: more}
		},
		"an empty timestamp": func(d *signedData) { d.Signers[0].Unsigned = asn1.RawValue{FullBytes: beside(oidTimestamp)} },
	} {
		data, err := parseSigned(der)
		if err != nil {
			return nil, err
		}
		change(&data)
		inner, err := asn1.Marshal(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", claim, err)
		}
		if made[claim], err = asn1.Marshal(contentInfo{oidSignedData, inside(inner)}); err != nil {
			return nil, fmt.Errorf("%s: %w", claim, err)
		}
	}
	return made, nil
}

// SignedOtherwise signs with the right key, and says something else about it.
func SignedOtherwise(s Seal, covered []byte) (map[string][]byte, error) {
	var both, first, swapped signingCertificate
	for _, each := range s.Chain {
		both.Certificates = append(both.Certificates, certificateDigest{Digest: hashed(crypto.SHA256, each.Raw)})
	}
	first.Certificates, swapped.Certificates = both.Certificates[:1], []certificateDigest{both.Certificates[1], both.Certificates[0]}
	digest := hashed(crypto.SHA256, covered)
	made := map[string][]byte{}
	for claim, list := range map[string][]valued{
		"signed as it is":            {{oidContentType, oidData}, {oidMessageDigest, digest}, {oidCertificateV2, both}},
		"as content of another type": {{oidContentType, oidTimestampInfo}, {oidMessageDigest, digest}, {oidCertificateV2, both}},
		"as content of no type":      {{oidMessageDigest, digest}, {oidCertificateV2, both}},
		"with no digest":             {{oidContentType, oidData}, {oidCertificateV2, both}},
		"with two digests":           {{oidContentType, oidData}, {oidMessageDigest, digest}, {oidMessageDigest, digest}, {oidCertificateV2, both}},
		"naming no certificate":      {{oidContentType, oidData}, {oidMessageDigest, digest}},
		"naming one of two":          {{oidContentType, oidData}, {oidMessageDigest, digest}, {oidCertificateV2, first}},
		"naming the issuer first":    {{oidContentType, oidData}, {oidMessageDigest, digest}, {oidCertificateV2, swapped}},
	} {
		info, err := s.sign(digest)
		if err != nil {
			return nil, err
		}
		signed, err := attributes(0, list)
		if err != nil {
			return nil, err
		}
		info.Signed = asn1.RawValue{FullBytes: signed}
		if info.Signature, err = s.Signer.Sign(rand.Reader, hashed(crypto.SHA256, asSet(signed)), crypto.SHA256); err != nil {
			return nil, err
		}
		if made[claim], err = s.envelope(info); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// Rewrite writes a file anew, with something before one of its objects and
// something else in the first one that has it.
func Rewrite(file []byte, before int, what, old, with string) []byte {
	o, err := open(file)
	if err != nil {
		panic(err)
	}
	out := []byte(opening)
	var offsets []int
	for i, object := range o.objects {
		if i+1 == before {
			out = append(out, what...)
		}
		offsets = append(offsets, len(out))
		changed := bytes.Replace(object, []byte(old), []byte(with), 1)
		if !bytes.Equal(changed, object) {
			old, with = "", ""
		}
		out = append(append(append(out, head(i+1)...), changed...), tail...)
	}
	return append(out, ending(offsets, len(out), "00112233445566778899aabbccddeeff")...)
}

func beside(kind asn1.ObjectIdentifier) []byte {
	list, err := attributes(1, []valued{{kind, oidData}})
	if err != nil {
		panic(err)
	}
	return list
}

// Outlines gives the shape of each character of a text in a style: as the font
// has it, and as the font cut for a document has it, read by another's reader.
func Outlines(text string, style Style) (whole, part []sfnt.Segments, err error) {
	faces, err := newFamily()
	if err != nil {
		return nil, nil, err
	}
	f := faces[style]
	for _, r := range text {
		f.encode(r)
	}
	file, err := f.cut()
	if err != nil {
		return nil, nil, err
	}
	// a reader of fonts wants tables that a document does without
	all := []fontTable{{"OS/2", f.tables["OS/2"]}, {"cmap", f.tables["cmap"]}}
	for i := range int(file[5]) {
		entry := file[12+16*i:]
		at, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		all = append(all, fontTable{string(entry[:4]), file[at : at+length]})
	}
	all = append(all, fontTable{"name", f.tables["name"]}, fontTable{"post", append([]byte{0, 3, 0, 0}, make([]byte, 28)...)})
	cut, err := sfnt.Parse(fontFile(all))
	if err != nil {
		return nil, nil, err
	}
	load := func(font *sfnt.Font, i sfnt.GlyphIndex) sfnt.Segments {
		loaded, loadErr := font.LoadGlyph(nil, i, fixed.I(f.perEm), nil)
		err = errors.Join(err, loadErr)
		return slices.Clone(loaded)
	}
	for i, r := range f.chars {
		whole, part = append(whole, load(f.font, f.index(r))), append(part, load(cut, sfnt.GlyphIndex(i+1)))
	}
	return whole, part, err
}

package pdf

import (
	"encoding/hex"
	"regexp"
	"strconv"
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

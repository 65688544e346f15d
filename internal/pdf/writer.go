package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// opening is how a file begins: the second line says that it is not text.
const opening = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

// writer collects objects. They stand in the file in the order of their
// numbers with nothing between them, which is what open demands.
type writer struct{ objects [][]byte }

// next gives an object its number before it is known what it holds.
func (w *writer) next() int {
	w.objects = append(w.objects, nil)
	return len(w.objects)
}

func (w *writer) set(number int, body string) { w.objects[number-1] = []byte(body) }

func (w *writer) add(body string) int {
	n := w.next()
	w.set(n, body)
	return n
}

// stream adds data as it is: nothing is compressed, so that the bytes of a
// file depend on no library's release.
func (w *writer) stream(dictionary string, data []byte) int {
	if dictionary != "" {
		dictionary += " "
	}
	n := w.next()
	w.objects[n-1] = bytes.Join([][]byte{fmt.Appendf(nil, "<< %s/Length %d >>\nstream\n", dictionary, len(data)), data, []byte("\nendstream")}, nil)
	return n
}

// bytes gives the file, and where its last object stands.
func (w *writer) bytes() (file []byte, last int, err error) {
	var out bytes.Buffer
	out.WriteString(opening)
	offsets := make([]int, len(w.objects))
	for i, body := range w.objects {
		if offsets[i] = out.Len(); len(body) == 0 {
			return nil, 0, fmt.Errorf("object %d was never written", i+1)
		}
		out.Write(head(i + 1))
		out.Write(body)
		out.WriteString(tail)
	}
	digest := sha256.Sum256(out.Bytes())
	out.Write(ending(offsets, out.Len(), hex.EncodeToString(digest[:16])))
	if out.Len() > largest {
		return nil, 0, ErrTooLarge
	}
	return out.Bytes(), offsets[len(offsets)-1], nil
}

func head(number int) []byte { return fmt.Appendf(nil, "%d 0 obj\n", number) }

const tail = "\nendobj\n"

// ending is everything after the last object: where each one is, and where to
// begin.
func ending(offsets []int, at int, id string) []byte {
	out := fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		out = fmt.Appendf(out, "%010d 00000 n \n", offset)
	}
	return fmt.Appendf(out, "trailer\n<< /Size %d /Root %s /Info %s /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(offsets)+1, ref(catalogObject), ref(infoObject), id, id, at)
}

// tag marks a font as cut to what one file uses, by what is in it.
func tag(data []byte) string {
	digest := sha256.Sum256(data)
	name := make([]byte, 6)
	for i := range name {
		name[i] = 'A' + digest[i]%26
	}
	return string(name)
}

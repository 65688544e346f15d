package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// ErrForeign says that a file is not one this package writes, or no longer.
var ErrForeign = errors.New("this is not a document of Countersign, or it was changed")

// ErrNoFile says that nothing of that name is attached.
var ErrNoFile = errors.New("nothing of that name is attached to the document")

// opened is a file of ours, cut into its objects.
type opened struct {
	objects [][]byte // by number - 1, without their first and last line
	starts  []int    // where each of those begins in the file
}

var (
	endOf   = regexp.MustCompile(`startxref\n([1-9][0-9]{0,9})\n%%EOF\n$`)
	idIn    = regexp.MustCompile(`/ID \[<([0-9a-f]{32})> <[0-9a-f]{32}>\] >>\nstartxref\n[0-9]+\n%%EOF\n$`)
	namesIn = regexp.MustCompile(`/Names << /EmbeddedFiles << /Names \[((?:\([A-Za-z0-9._-]{1,80}\) [0-9]{1,9} 0 R ?)+)\] >> >> /AF `)
	nameIn  = regexp.MustCompile(`\(([A-Za-z0-9._-]{1,80})\) ([0-9]{1,9}) 0 R`)
	spec    = regexp.MustCompile(`^<< /Type /Filespec /F \(([A-Za-z0-9._-]{1,80})\) /UF \(([A-Za-z0-9._-]{1,80})\) /AFRelationship /Data /Desc <feff[0-9a-f]*> /EF << /F ([0-9]{1,9}) 0 R /UF ([0-9]{1,9}) 0 R >> >>$`)
	stream  = regexp.MustCompile(`^<< /Type /EmbeddedFile /Subtype /[a-z0-9.+-]{1,60}#2F[a-z0-9.+-]{1,60} /Params << /Size ([0-9]{1,9}) /ModDate \(D:[0-9]{14}Z\) >> /Length ([0-9]{1,9}) >>\nstream\n`)
)

// open takes a file apart. Its list of objects must be the one this package
// would write: they fill the file from its first byte to its last, so there is
// no place for a second version of anything.
func open(file []byte) (opened, error) {
	if len(file) > largest || !bytes.HasPrefix(file, []byte(opening)) {
		return opened{}, ErrForeign
	}
	end := file[max(0, len(file)-160):]
	place, id := endOf.FindSubmatch(end), idIn.FindSubmatch(end)
	if place == nil || id == nil {
		return opened{}, ErrForeign
	}
	at, err := strconv.Atoi(string(place[1]))
	if err != nil || at < len(opening) || at >= len(file) {
		return opened{}, ErrForeign
	}
	offsets, err := listed(file[at:])
	if err != nil {
		return opened{}, err
	}
	if !bytes.Equal(file[at:], ending(offsets, at, string(id[1]))) {
		return opened{}, ErrForeign
	}
	return cut(file, append(offsets, at))
}

// listed reads where the objects are.
func listed(list []byte) ([]int, error) {
	const entry = 20
	_, rest, _ := bytes.Cut(list, []byte("\n"))
	_, rest, _ = bytes.Cut(rest, []byte("\n"))
	var offsets []int
	for i := entry; i+entry <= len(rest) && rest[i] != 't'; i += entry {
		offset, err := strconv.Atoi(string(rest[i : i+10]))
		if err != nil {
			return nil, ErrForeign
		}
		offsets = append(offsets, offset)
	}
	if len(offsets) < infoObject {
		return nil, ErrForeign
	}
	return offsets, nil
}

// cut divides the file at the offsets, the last of which is the end.
func cut(file []byte, offsets []int) (opened, error) {
	var o opened
	next := len(opening)
	for i := range len(offsets) - 1 {
		from, to := offsets[i], offsets[i+1]
		first := head(i + 1)
		if from != next || to < from+len(first)+len(tail) || to > len(file) || !bytes.HasPrefix(file[from:to], first) || !bytes.HasSuffix(file[from:to], []byte(tail)) {
			return opened{}, ErrForeign
		}
		body := file[from+len(first) : to-len(tail)]
		if !single(body) {
			return opened{}, ErrForeign
		}
		o.starts, o.objects = append(o.starts, from+len(first)), append(o.objects, body)
		next = to
	}
	return o, nil
}

// single tells that nothing ends an object before its end. A stream has the
// length it says, and may hold anything.
func single(body []byte) bool {
	dictionary, data, isStream := bytes.Cut(body, []byte("\nstream\n"))
	if bytes.Contains(dictionary, []byte("endobj")) {
		return false
	}
	if !isStream {
		return true
	}
	n := len(data) - len("\nendstream")
	return n >= 0 && string(data[n:]) == "\nendstream" && bytes.HasSuffix(dictionary, fmt.Appendf(nil, "/Length %d >>", n))
}

func (o opened) object(number []byte) []byte {
	n, err := strconv.Atoi(string(number))
	if err != nil || n < 1 || n > len(o.objects) {
		return nil
	}
	return o.objects[n-1]
}

// Attached gives the file of a name that travels in a document. It reads what
// Write and Sign wrote, and nothing else. Whether the document is genuine is
// VerifySeal's to say.
func Attached(file []byte, name string) ([]byte, error) {
	o, err := open(file)
	if err != nil {
		return nil, err
	}
	names := namesIn.FindAllSubmatch(o.objects[catalogObject-1], 2)
	if len(names) == 0 {
		return nil, ErrNoFile
	} else if len(names) > 1 {
		return nil, ErrForeign
	}
	for _, entry := range nameIn.FindAllSubmatch(names[0][1], -1) {
		if string(entry[1]) == name {
			return o.attached(o.object(entry[2]), name)
		}
	}
	return nil, ErrNoFile
}

func (o opened) attached(object []byte, name string) ([]byte, error) {
	found := spec.FindSubmatch(object)
	if found == nil || string(found[1]) != name || string(found[2]) != name || !bytes.Equal(found[3], found[4]) {
		return nil, ErrForeign
	}
	holder := o.object(found[3])
	head := stream.FindSubmatch(holder)
	if head == nil || !bytes.Equal(head[1], head[2]) {
		return nil, ErrForeign
	}
	data, whole := bytes.CutSuffix(holder[len(head[0]):], []byte("\nendstream"))
	if !whole || fmt.Sprint(len(data)) != string(head[1]) {
		return nil, ErrForeign
	}
	return data, nil
}

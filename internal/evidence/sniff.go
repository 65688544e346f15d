package evidence

import (
	"bytes"
	"errors"
	"io"

	"github.com/gabriel-vasile/mimetype"
)

// sniffed is how much of a file is looked at: enough for the office formats,
// which tell themselves apart only inside their first entries.
const sniffed = 64 << 10

// sniff decides a file's type from its name and its first bytes, and gives the
// whole body back.
func sniff(name string, body io.Reader) (io.Reader, string, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", err
	}
	if n == 0 {
		return nil, "", ErrEmpty
	}
	head = head[:n]
	mediaType, err := TypeOf(name, mimetype.Detect(head).String(), head)
	return io.MultiReader(bytes.NewReader(head), body), mediaType, err
}

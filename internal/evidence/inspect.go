package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// maxPixels is how large a picture may be: its file says how much memory
// whoever opens it will need.
const maxPixels = 100_000_000

// inspect looks at what came in, before it gets a name: what scanners miss and
// what they cannot read. It opens nothing that a limit does not bound, and
// draws or runs nothing. It fails with a fault for what may not be kept.
func inspect(mediaType string, file io.ReaderAt, size int64) error {
	switch mediaType {
	case types[".docx"]:
		return document(file, size, "word")
	case types[".xlsx"]:
		return document(file, size, "xl")
	case types[".png"]:
		return pixels(png.DecodeConfig, file, size)
	case types[".jpg"]:
		return pixels(jpeg.DecodeConfig, file, size)
	case types[".pdf"]:
		return openPDF(file, size)
	}
	return nil
}

func document(file io.ReaderAt, size int64, folder string) error {
	var head [8]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return ErrDamaged
	}
	if string(head[:]) == compound {
		return locked(file, size)
	}
	return archive(file, size, folder)
}

// compound begins the container in which Office keeps a document with a
// password, and kept every document before 2007.
const compound = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// locked tells a document with a password from an old one under a new name.
// Either is refused, so it looks no further than the first list of streams.
func locked(file io.ReaderAt, size int64) error {
	var header [512]byte
	if _, err := file.ReadAt(header[:], 0); err != nil {
		return ErrType
	}
	sector := int64(512)
	if binary.LittleEndian.Uint16(header[30:]) == 12 {
		sector = 4096
	}
	list := make([]byte, 4096)
	at := (int64(binary.LittleEndian.Uint32(header[48:])) + 1) * sector
	if at >= size {
		return ErrType
	}
	n, err := file.ReadAt(list, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var name []byte
	for _, letter := range "EncryptedPackage" {
		name = binary.LittleEndian.AppendUint16(name, uint16(letter))
	}
	if bytes.Contains(list[:n], name) {
		return ErrLocked
	}
	return ErrType
}

func pixels(config func(io.Reader) (image.Config, error), file io.ReaderAt, size int64) error {
	picture, err := config(io.NewSectionReader(file, 0, size))
	if err != nil {
		return ErrDamaged
	}
	if picture.Width <= 0 || picture.Height <= 0 || int64(picture.Width)*int64(picture.Height) > maxPixels {
		return ErrPixels
	}
	return nil
}

// openPDF refuses a PDF whose content is encrypted, with a password or only
// with restrictions: a scanner would see noise and call it clean. It looks for
// the one entry every such file has, and parses nothing.
func openPDF(file io.ReaderAt, size int64) error {
	mark := []byte("/Encrypt")
	const longest = 64 // the mark, blanks, and what comes after
	buffer, from := make([]byte, 256<<10), int64(0)
	for from < size {
		n, err := file.ReadAt(buffer, from)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		chunk := buffer[:n]
		for at := bytes.Index(chunk, mark); at >= 0; {
			rest := bytes.TrimLeft(chunk[at+len(mark):min(at+longest, n)], " \t\r\n\f\x00")
			if len(rest) > 0 && (rest[0] == '<' || (rest[0] >= '0' && rest[0] <= '9')) {
				return ErrLocked
			}
			next := bytes.Index(chunk[at+1:], mark)
			if next < 0 {
				break
			}
			at += 1 + next
		}
		if from+int64(n) >= size {
			break
		}
		from += int64(n - longest)
	}
	return nil
}

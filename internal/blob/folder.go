// Package blob keeps the bytes of evidence under their SHA-256, in a folder.
// What the bytes mean, and who may have them, is package evidence's.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"countersign/internal/evidence"
)

// Folder keeps one file for each digest, at ab/cd/<sha256> below its path.
type Folder struct{ Path string }

// Keep writes to a temporary file while hashing, has it checked, syncs it, gives it its final
// name and syncs the folder, so that what it acknowledges survives a power
// cut. A failed sync fails the whole: it is never tried again, because the
// second answer could be a lie.
func (f Folder) Keep(ctx context.Context, from io.Reader, limit int64, check evidence.Check) (evidence.Stored, error) {
	if err := os.MkdirAll(f.incoming(), 0o700); err != nil {
		return evidence.Stored{}, fmt.Errorf("prepare blob folder: %w", err)
	}
	file, err := os.CreateTemp(f.incoming(), "upload-*")
	if err != nil {
		return evidence.Stored{}, fmt.Errorf("take in a file: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when it got its name
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(untilDone{ctx, from}, limit+1))
	if err == nil && size > limit {
		err = evidence.ErrBig
	}
	if err == nil && size == 0 {
		err = evidence.ErrEmpty
	}
	if err == nil && check != nil {
		err = check(file, size)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return evidence.Stored{}, fmt.Errorf("%w: %w", evidence.ErrRoom, err)
	} else if err != nil {
		return evidence.Stored{}, fmt.Errorf("take in a file: %w", err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if err := f.name(file.Name(), digest); err != nil {
		return evidence.Stored{}, fmt.Errorf("keep blob %s: %w", digest, err)
	}
	return evidence.Stored{Digest: digest, Size: size}, nil
}

// name moves a finished file to its place, makes it read-only and syncs every
// folder on the way.
func (f Folder) name(temporary, digest string) error {
	final := f.place(digest)
	folder := filepath.Dir(final)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(temporary, 0o400); err != nil {
		return err
	}
	if err := os.Rename(temporary, final); err != nil {
		return err
	}
	for _, each := range []string{folder, filepath.Dir(folder), f.Path} {
		if err := syncFolder(each); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Open refuses bytes that are not those that were kept, before it gives any of
// them out; the reader fails at the end if they change meanwhile.
func (f Folder) Open(_ context.Context, digest string) (io.ReadCloser, error) {
	if !isDigest(digest) {
		return nil, fmt.Errorf("open blob: %q is not a digest", digest)
	}
	file, err := os.Open(f.place(digest))
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", digest, err)
	}
	if err := intact(file, digest); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &checked{File: file, sum: sha256.New(), digest: digest}, nil
}

func isDigest(name string) bool {
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// intact reads a file whole before a byte of it is handed out: a reader who
// learns at the end that it was damaged has it already.
func intact(file *os.File, digest string) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("read blob %s: %w", digest, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return fmt.Errorf("blob %s: %w", digest, ErrDamaged)
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

func (f Folder) incoming() string { return filepath.Join(f.Path, "incoming") }

func (f Folder) place(digest string) string {
	return filepath.Join(f.Path, digest[:2], digest[2:4], digest)
}

// ErrDamaged says that stored bytes no longer match their digest.
var ErrDamaged = errors.New("the stored file does not match its digest")

// checked hashes what it reads. It does not embed the file's other ways of
// being read, which would pass the hash by.
type checked struct {
	File   *os.File
	sum    hash.Hash
	digest string
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	_, _ = c.sum.Write(p[:n]) // a hash never fails to write
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.sum.Sum(nil)) != c.digest {
		return n, fmt.Errorf("blob %s: %w", c.digest, ErrDamaged)
	}
	return n, err
}

func (c *checked) Close() error { return c.File.Close() }

// untilDone stops reading when the request is over.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(p)
}

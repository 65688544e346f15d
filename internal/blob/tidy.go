package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"countersign/internal/evidence"
)

// Free is how many bytes of the disk are left for a program without special
// rights.
func (f Folder) Free(context.Context) (int64, error) {
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return 0, fmt.Errorf("prepare blob folder: %w", err)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(f.Path, &disk); err != nil {
		return 0, fmt.Errorf("measure the disk of the blob folder: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil // each of a type that differs between systems
}

// Sweep removes what a killed upload left in the folder of files on their way
// in, when it was last written to before a moment. An upload still in hand
// writes all the time and ends long before a day is over.
func (f Folder) Sweep(ctx context.Context, before time.Time) (removed int, err error) {
	left, err := os.ReadDir(f.incoming())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read what came in: %w", err)
	}
	for _, each := range left {
		info, err := each.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it got its name meanwhile
		} else if err != nil {
			return removed, fmt.Errorf("look at what came in: %w", err)
		}
		if ctx.Err() != nil {
			return removed, ctx.Err()
		}
		if !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(f.incoming(), each.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, fmt.Errorf("remove what a killed upload left: %w", err)
		}
		removed++
	}
	return removed, nil
}

// Each names every file that is kept, in the order of the digests. Whatever
// else lies in the folder is not ours and is left alone.
func (f Folder) Each(ctx context.Context, see func(evidence.Kept) error) error {
	err := filepath.WalkDir(f.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !entry.Type().IsRegular() || !isDigest(entry.Name()) || path != f.place(entry.Name()) {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		return see(evidence.Kept{Digest: entry.Name(), Size: info.Size(), At: info.ModTime().UTC()})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever kept
	}
	return err
}

// Remove takes a file away when it was kept before a moment, and tells whether
// it did. The file is moved aside first and its age read then: the same bytes
// may be uploaded again at this moment, and would come to the same place. A
// file that turns out to be newer goes back.
func (f Folder) Remove(_ context.Context, digest string, before time.Time) (bool, error) {
	if !isDigest(digest) {
		return false, fmt.Errorf("remove blob: %q is not a digest", digest)
	}
	if err := os.MkdirAll(f.incoming(), 0o700); err != nil {
		return false, fmt.Errorf("prepare blob folder: %w", err)
	}
	aside := filepath.Join(f.incoming(), "removed-"+digest)
	if err := os.Rename(f.place(digest), aside); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("remove blob %s: %w", digest, err)
	}
	info, err := os.Stat(aside)
	if err != nil {
		return false, fmt.Errorf("look at blob %s: %w", digest, err)
	}
	if !info.ModTime().Before(before) {
		if err := os.Rename(aside, f.place(digest)); err != nil {
			return false, fmt.Errorf("put blob %s back: %w", digest, err)
		}
		return false, nil
	}
	return true, os.Remove(aside)
}

// Changed reads every file that is kept and names those whose bytes are no
// longer those of their digest.
func (f Folder) Changed(ctx context.Context) ([]string, error) {
	var changed []string
	err := f.Each(ctx, func(k evidence.Kept) error {
		file, err := os.Open(f.place(k.Digest))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		} else if err != nil {
			return fmt.Errorf("read a kept file: %w", err)
		}
		hash := sha256.New()
		_, err = io.Copy(hash, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("read a kept file: %w", err)
		}
		if hex.EncodeToString(hash.Sum(nil)) != k.Digest {
			changed = append(changed, k.Digest)
		}
		return nil
	})
	return changed, err
}

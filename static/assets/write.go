package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// writeAll makes folder hold exactly these files and their compressed forms. A
// file that is already right is left alone, so an unchanged run does not make
// the program compile again.
func writeAll(folder string, files map[string][]byte) error {
	all := map[string][]byte{".keep": {}}
	for name, content := range files {
		all[name] = content
		if extension := path.Ext(name); extension != ".css" && extension != ".js" {
			continue // an icon is smaller than the headers that would describe its coding
		}
		for suffix, compress := range codings {
			packed, err := compress(content)
			if err != nil {
				return fmt.Errorf("compress %s as %s: %w", name, suffix, err)
			}
			all[name+suffix] = packed
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", folder, err)
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("look at %s: %w", folder, err)
	}
	for _, old := range there {
		if _, wanted := all[old.Name()]; wanted {
			continue
		}
		if err := os.Remove(filepath.Join(folder, old.Name())); err != nil {
			return fmt.Errorf("remove a file of an earlier run: %w", err)
		}
	}
	for name, content := range all {
		if err := writeOne(filepath.Join(folder, name), content); err != nil {
			return err
		}
	}
	return nil
}

func writeOne(name string, content []byte) error {
	was, err := os.ReadFile(name)
	if err == nil && bytes.Equal(was, content) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at %s: %w", name, err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// codings are made at their slowest setting: this happens once, and is served
// for ever.
var codings = map[string]func([]byte) ([]byte, error){
	".br": func(content []byte) ([]byte, error) {
		return packed(content, func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		})
	},
	".gz": func(content []byte) ([]byte, error) {
		return packed(content, func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, gzip.BestCompression)
		})
	},
	".zst": func(content []byte) ([]byte, error) {
		return packed(content, func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
		})
	},
}

func packed(content []byte, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var out bytes.Buffer
	w, err := open(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

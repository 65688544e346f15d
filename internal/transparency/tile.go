package transparency

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// tileHeight is that of C2SP tlog-tiles: 256 hashes wide.
const tileHeight = 8

// tileName is a part of the log as an address names it.
type tileName struct {
	level   int // -1 for entries
	n       int64
	partial int // its width, or 0 for a whole one
}

// parseTile reads LEVEL/N or entries/N, with .p/WIDTH when it is partial. It
// accepts one spelling of each.
func parseTile(path string) (tileName, bool) {
	var t tileName
	level, rest, found := strings.Cut(path, "/")
	if !found {
		return t, false
	}
	if level == "entries" {
		t.level = -1
	} else if n, err := strconv.Atoi(level); err != nil || n < 0 || n > 63 || strconv.Itoa(n) != level {
		return t, false
	} else {
		t.level = n
	}
	if before, width, partial := strings.Cut(rest, ".p/"); partial {
		n, err := strconv.Atoi(width)
		if err != nil || n < 1 || n > 255 || strconv.Itoa(n) != width {
			return t, false
		}
		t.partial, rest = n, before
	}
	digits := strings.ReplaceAll(rest, "/", "")
	digits = strings.ReplaceAll(digits, "x", "")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || indexPath(n) != rest {
		return t, false
	}
	t.n = n
	return t, true
}

// indexPath writes 1234067 as x001/x234/067.
func indexPath(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

// Tile gives one part of the tree or of its entries, as bytes, for anyone. Only
// what a published checkpoint covers is given.
func (l *Log) Tile(ctx context.Context, who access.Actor, path string) ([]byte, error) {
	pass, err := access.Check(who, access.ReadLog, organisation.National)
	if err != nil {
		return nil, err
	}
	t, sound := parseTile(path)
	if !sound {
		return nil, ErrTile
	}
	head, err := l.Store.Published(ctx, pass)
	if errors.Is(err, ErrEmpty) {
		return nil, ErrTile
	} else if err != nil {
		return nil, err
	}
	level := max(t.level, 0)
	if level > 6 {
		return nil, ErrTile // more than 2^56 entries
	}
	width := int64(256)
	if t.partial > 0 {
		width = int64(t.partial)
	}
	there := head.Size >> (tileHeight * level)
	if t.n > there/256 || t.n*256+width > there {
		return nil, ErrTile
	}
	if t.partial > 0 { // soon to be a wider one
		return l.read(ctx, pass, t, width)
	}
	if kept, is := l.whole.get(t); is {
		return kept, nil
	}
	data, err := l.read(ctx, pass, t, width)
	if err == nil {
		l.whole.add(t, data)
	}
	return data, err
}

func (l *Log) read(ctx context.Context, pass access.Pass, t tileName, width int64) ([]byte, error) {
	if t.level < 0 {
		return l.entries(ctx, pass, t.n*256, t.n*256+width)
	}
	var reader tlog.HashReader = l.Store.Hashes(ctx, pass)
	if t.level == 0 { // whose hashes lie close together: one question for all of them
		near, err := l.Store.HashesBetween(ctx, pass, tlog.StoredHashIndex(0, t.n*256), tlog.StoredHashIndex(0, t.n*256+width-1))
		if err != nil {
			return nil, err
		}
		reader = tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			out := make([]tlog.Hash, len(indexes))
			for i, n := range indexes {
				hash, there := near[n]
				if !there {
					return nil, fmt.Errorf("hash %d of the log is missing", n)
				}
				out[i] = hash
			}
			return out, nil
		})
	}
	data, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: t.level, N: t.n, W: int(width)}, reader)
	if err != nil {
		return nil, fmt.Errorf("read tile %d of level %d: %w", t.n, t.level, err)
	}
	return data, nil
}

// tiles remembers whole tiles, which never change: one costs up to 21 kB.
type tiles struct {
	mu   sync.Mutex
	kept *lru.Cache[tileName, []byte]
}

const tilesKept = 200

func (t *tiles) get(name tileName) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		return nil, false
	}
	return t.kept.Get(name)
}

func (t *tiles) add(name tileName, data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept, _ = lru.New[tileName, []byte](tilesKept) // it fails for a size below 1
	}
	t.kept.Add(name, data)
}

func (l *Log) entries(ctx context.Context, pass access.Pass, from, to int64) ([]byte, error) {
	leaves, err := l.Store.Leaves(ctx, pass, from, to)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, leaf := range leaves {
		out = binary.BigEndian.AppendUint16(out, uint16(len(leaf)))
		out = append(out, leaf...)
	}
	return out, nil
}

package storage

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/storage/gen"
)

// Imported lists drafts that are as an import left them, and counts them all.
func (s Alerts) Imported(ctx context.Context, pass access.Pass, search string, after alert.ID, limit int) ([]alert.Alert, int, error) {
	if err := national(pass); err != nil {
		return nil, 0, err
	}
	words, cve := patterns(search)
	n, err := s.DB.read.CountImportedDrafts(ctx, gen.CountImportedDraftsParams{Words: words, Cve: cve})
	if err != nil {
		return nil, 0, fmt.Errorf("count imported drafts: %w", err)
	}
	if n == 0 || limit == 0 {
		return nil, int(n), nil
	}
	rows, err := s.DB.read.ListImportedDrafts(ctx, gen.ListImportedDraftsParams{Words: words, Cve: cve, After: string(after), Most: int32(limit)})
	if err != nil {
		return nil, 0, fmt.Errorf("list imported drafts: %w", err)
	}
	list := make([]alert.Alert, 0, len(rows))
	for _, row := range rows {
		a, err := toAlert(row.Alert)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, a)
	}
	return list, int(n), nil
}

// literal takes the meaning from the signs that have one in a pattern.
var literal = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// cveBegin knows a search for a CVE, with its first letters or without.
var cveBegin = regexp.MustCompile(`^(cve-)?([0-9]{4}-[0-9]*|[0-9]{4})$|^cve-?$`)

// patterns turn a search into what a title is like, and what the document of
// the vocabulary is like that names a CVE: quotation marks inside its texts are
// escaped, so only an identifier stands after the name. Letters beyond ASCII
// are as they are typed, because SQLite has no other small form of them.
func patterns(search string) (words, cve string) {
	search = asciiLower(search)
	words = "%" + strings.ReplaceAll(literal.Replace(search), " ", "%") + "%"
	if cveBegin.MatchString(search) {
		cve = `%"id":"cve-` + strings.TrimPrefix(strings.TrimPrefix(search, "cve"), "-") + "%"
	}
	return words, cve
}

func asciiLower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

package organisation

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/fault"
)

// Limits of every file of organisations. The whole of the register of trusts
// is forty kilobytes; these leave room for the register of practices.
const (
	fileLimit = 5 << 20
	rowLimit  = 100_000
)

// The refusals that concern a file as a whole.
var (
	ErrFileTooLarge = fault.New(fault.Invalid, "The file is larger than 5 MB. Nothing was read from it.")
	ErrTooManyRows  = fault.New(fault.Invalid, "The file has more than 100,000 rows. Nothing was read from it.")
	ErrFileEmpty    = fault.New(fault.Invalid, "The file has no rows.")
)

// row is one line of a comma-separated file. A field never runs over the end
// of a line in these files, so damage to one line cannot swallow the next one
// and every damaged line can be named in a single reading.
type row struct {
	line   int
	fields []string
}

// damage is what is wrong at one place in a file.
type damage struct {
	line, column int
	sentence     string
}

func damaged(line, column int, format string, args ...any) damage {
	return damage{line, column, fmt.Sprintf(format, args...)}
}

// problemsOf makes one fault of each, in the order a reader of the file meets
// them.
func problemsOf(all []damage) fault.Problems {
	slices.SortStableFunc(all, func(a, b damage) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var problems fault.Problems
	for _, d := range all {
		problems = append(problems, fault.New(fault.Invalid, fmt.Sprintf("Line %d, column %d: %s", d.line, d.column, d.sentence)))
	}
	return problems
}

// readRows splits a file into rows. Lines that cannot be split are reported
// together in the problems; the error is about the file as a whole.
func readRows(r io.Reader) ([]row, []damage, error) {
	data, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the file: %w", err)
	} else if len(data) > fileLimit {
		return nil, nil, ErrFileTooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var rows []row
	var problems []damage
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(make([]byte, 0, 4096), fileLimit+1)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSuffix(lines.Text(), "\r")
		if text == "" {
			continue
		}
		if len(rows)+len(problems) == rowLimit {
			return nil, nil, ErrTooManyRows
		}
		fields, problem, sound := splitRow(n, text)
		if !sound {
			problems = append(problems, problem)
			continue
		}
		rows = append(rows, row{line: n, fields: fields})
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("read the file: %w", err)
	} else if len(rows)+len(problems) == 0 {
		return nil, nil, ErrFileEmpty
	}
	return rows, problems, nil
}

// splitRow reads bare and quoted fields; a doubled quotation mark inside
// quotation marks stands for one.
func splitRow(line int, text string) (fields []string, found damage, sound bool) {
	for {
		column := len(fields) + 1
		var field string
		if strings.HasPrefix(text, `"`) {
			text = text[1:]
			var b strings.Builder
			for {
				end := strings.IndexByte(text, '"')
				if end < 0 {
					return nil, damaged(line, column, "a quotation mark is opened and never closed."), false
				}
				b.WriteString(text[:end])
				text = text[end+1:]
				if !strings.HasPrefix(text, `"`) {
					break
				}
				b.WriteByte('"')
				text = text[1:]
			}
			field = b.String()
			if text != "" && text[0] != ',' {
				return nil, damaged(line, column, "there is text after the closing quotation mark."), false
			}
		} else {
			end := strings.IndexByte(text, ',')
			if end < 0 {
				end = len(text)
			}
			field, text = text[:end], text[end:]
			if strings.Contains(field, `"`) {
				return nil, damaged(line, column, "there is a quotation mark inside a field that does not start with one."), false
			}
		}
		if !utf8.ValidString(field) {
			return nil, damaged(line, column, "the text is not UTF-8."), false
		}
		if strings.ContainsFunc(field, hidden) {
			return nil, damaged(line, column, "there is a character that cannot be seen."), false
		}
		fields = append(fields, strings.TrimSpace(field))
		if text == "" {
			return fields, damage{}, true
		}
		text = text[1:] // the comma; an empty rest is one more, empty field
	}
}

// hidden finds control and formatting characters, which can make two names
// look alike or turn a line around.
func hidden(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// Package sheet reads the comma-separated files that a portal is filled from,
// and says what is wrong with them by line and column, all of it at once. What
// the columns mean is the business of the feature whose file it is.
package sheet

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

// Limits of every file. The whole of the register of trusts is forty
// kilobytes; these leave room for the register of practices.
const (
	fileLimit = 5 << 20
	rowLimit  = 100_000
)

// The refusals that concern a file as a whole.
var (
	ErrTooLarge    = fault.New(fault.Invalid, "The file is larger than 5 MB. Nothing was read from it.")
	ErrTooManyRows = fault.New(fault.Invalid, "The file has more than 100,000 rows. Nothing was read from it.")
	ErrEmpty       = fault.New(fault.Invalid, "The file has no rows.")
)

// Row is one line of a comma-separated file. A field never runs over the end
// of a line in these files, so damage to one line cannot swallow the next one
// and every damaged line can be named in a single reading.
type Row struct {
	Line   int // counted from 1
	Fields []string
}

// Damage is what is wrong at one place in a file.
type Damage struct {
	Line, Column int
	Sentence     string
}

// At describes damage at a line and column, both counted from 1.
func At(line, column int, format string, args ...any) Damage {
	return Damage{line, column, fmt.Sprintf(format, args...)}
}

// Problems makes one fault of each, in the order a reader of the file meets
// them.
func Problems(all []Damage) fault.Problems {
	slices.SortStableFunc(all, func(a, b Damage) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var problems fault.Problems
	for _, d := range all {
		problems = append(problems, fault.New(fault.Invalid, fmt.Sprintf("Line %d, column %d: %s", d.Line, d.Column, d.Sentence)))
	}
	return problems
}

// Read splits a file into rows. Lines that cannot be split are reported
// together in the problems; the error is about the file as a whole.
func Read(r io.Reader) ([]Row, []Damage, error) {
	data, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the file: %w", err)
	} else if len(data) > fileLimit {
		return nil, nil, ErrTooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var rows []Row
	var problems []Damage
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
		rows = append(rows, Row{Line: n, Fields: fields})
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("read the file: %w", err)
	} else if len(rows)+len(problems) == 0 {
		return nil, nil, ErrEmpty
	}
	return rows, problems, nil
}

// splitRow reads bare and quoted fields; a doubled quotation mark inside
// quotation marks stands for one.
func splitRow(line int, text string) (fields []string, found Damage, sound bool) {
	for {
		column := len(fields) + 1
		var field string
		if strings.HasPrefix(text, `"`) {
			text = text[1:]
			var b strings.Builder
			for {
				end := strings.IndexByte(text, '"')
				if end < 0 {
					return nil, At(line, column, "a quotation mark is opened and never closed."), false
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
				return nil, At(line, column, "there is text after the closing quotation mark."), false
			}
		} else {
			end := strings.IndexByte(text, ',')
			if end < 0 {
				end = len(text)
			}
			field, text = text[:end], text[end:]
			if strings.Contains(field, `"`) {
				return nil, At(line, column, "there is a quotation mark inside a field that does not start with one."), false
			}
		}
		if !utf8.ValidString(field) {
			return nil, At(line, column, "the text is not UTF-8."), false
		}
		if strings.ContainsFunc(field, Hidden) {
			return nil, At(line, column, "there is a character that cannot be seen."), false
		}
		fields = append(fields, strings.TrimSpace(field))
		if text == "" {
			return fields, Damage{}, true
		}
		text = text[1:] // the comma; an empty rest is one more, empty field
	}
}

// Hidden finds control and formatting characters, line separators and private
// ones, which can make two names look alike or turn a line around (T40). A line
// end is one: whoever takes texts of several lines lets it pass.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// Clip keeps a sentence short when a damaged field is long.
func Clip(s string) string {
	if utf8.RuneCountInString(s) <= 20 {
		return s
	}
	return string([]rune(s)[:20]) + "…"
}

// Package pdf makes documents that stand by themselves: one A4 file with a
// structure that screen readers follow, with files attached, and sealed over
// every byte. It writes, and it reads back only what it wrote itself: a file
// of another program is refused, never interpreted. What a receipt or a board
// paper says is its caller's; whose certificate a seal must have is too.
package pdf

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Document is what is written. The same Document gives the same bytes.
type Document struct {
	Title     string // in the window's title, and small at the top of later pages
	Lang      string // of all its text, such as en-GB
	Author    string // at the top of the first page
	Subject   string
	CreatedAt time.Time
	Footer    string // at the foot of every page, beside "Page 2 of 3"
	Blocks    []Block
	Files     []File
}

// File travels inside the document, for machines.
type File struct {
	Name  string // letters, digits, dots, dashes and underscores
	Type  string // such as application/json
	About string // for the person who finds it
	Data  []byte
}

// Style is how a run of text looks.
type Style int

// The styles. Mono is for digests and codes.
const (
	Plain Style = iota
	Bold
	Mono
)

// Run is text in one style. A line feed in it begins a new line.
type Run struct {
	Text  string
	Style Style
}

// Text is runs, one after the other.
type Text []Run

// Say gives text without any style.
func Say(text string) Text { return Text{{Text: text}} }

// Block is a piece of the document: one of the types below.
type Block interface {
	strips(l *layout, in *element, width unit) []strip
	check() error
}

// Heading is of level 1, 2 or 3. It never stands alone at the foot of a page.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is running text. Lead makes it larger.
type Paragraph struct {
	Text Text
	Lead bool
}

// Small is a paragraph in small type, for digests and for what few people read.
type Small struct{ Text Text }

// Panel says the one thing the document is about, framed.
type Panel struct {
	Title string
	Lines []Text
}

// List has a bullet or a number before each item.
type List struct {
	Numbered bool
	Items    []Text
}

// Facts are labels, each with what it says, one beside the other.
type Facts []Fact

// Fact is one of them.
type Fact struct {
	Label string
	Value Text
}

// Table has a caption, and its header again on every page. A row is on one
// page, unless it is longer than a page.
type Table struct {
	Caption  string
	Columns  []Column
	RowHeads bool // the first cell of each row is its header
	Rows     [][]Text
}

// Column of a table. Width is its share beside the others'; figures stand to
// the right.
type Column struct {
	Head  string
	Width int
	Right bool
}

// Rule is a line across the page. It says nothing.
type Rule struct{}

// NewPage lets what follows begin a page. It says nothing either.
type NewPage struct{}

// Together keeps its blocks on one page, where one page can hold them.
type Together []Block

// The bounds of a document. They are far past what a board reads, and keep one
// request from filling the memory.
const (
	mostPages  = 2_000
	mostFiles  = 20
	largest    = 32 << 20 // bytes of a file, written or read
	mostAtOnce = 40       // columns
)

// ErrTooLarge says that a document is past the bounds.
var ErrTooLarge = errors.New("the document is too large")

var (
	safeName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)
	safeLang = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	safeType = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$`)
)

func (d Document) check() error {
	switch {
	case d.Title == "":
		return errors.New("a document needs a title")
	case !safeLang.MatchString(d.Lang):
		return fmt.Errorf("%q is not a language", d.Lang)
	case d.CreatedAt.IsZero():
		return errors.New("a document needs the time it was made")
	case len(d.Blocks) == 0:
		return errors.New("a document without blocks says nothing")
	case len(d.Files) > mostFiles:
		return ErrTooLarge
	}
	for i, file := range d.Files {
		if !safeName.MatchString(file.Name) || !safeType.MatchString(file.Type) {
			return fmt.Errorf("a file cannot be attached as %q, %q", file.Name, file.Type)
		}
		if slices.ContainsFunc(d.Files[:i], func(other File) bool { return other.Name == file.Name }) {
			return fmt.Errorf("two files are called %q", file.Name)
		}
		if len(file.Data) > largest/2 {
			return ErrTooLarge
		}
	}
	return checkAll(d.Blocks)
}

func checkAll(blocks []Block) error {
	for i, block := range blocks {
		if block == nil {
			return fmt.Errorf("block %d is nil", i+1)
		}
		if err := block.check(); err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
	}
	return nil
}

func (h Heading) check() error {
	if h.Level < 1 || h.Level > 3 || h.Text == "" {
		return fmt.Errorf("a heading of level %d, %q", h.Level, h.Text)
	}
	return nil
}

func (t Table) check() error {
	if len(t.Columns) == 0 || len(t.Columns) > mostAtOnce || t.Caption == "" {
		return fmt.Errorf("a table %q with %d columns", t.Caption, len(t.Columns))
	}
	for _, column := range t.Columns {
		if column.Width < 0 || column.Width > 1_000 || column.Head == "" {
			return fmt.Errorf("a column %q of width %d", column.Head, column.Width)
		}
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d has %d cells for %d columns", i+1, len(row), len(t.Columns))
		}
	}
	return nil
}

func (p Panel) check() error {
	if p.Title == "" {
		return errors.New("a panel without a title")
	}
	return nil
}

func (t Together) check() error { return checkAll(t) }
func (Paragraph) check() error  { return nil }
func (Small) check() error      { return nil }
func (List) check() error       { return nil }
func (Facts) check() error      { return nil }
func (Rule) check() error       { return nil }
func (NewPage) check() error    { return nil }

// Write gives the file, without a seal.
func Write(d Document) ([]byte, error) {
	w, err := compose(d, nil)
	if err != nil {
		return nil, err
	}
	file, _, err := w.bytes()
	return file, err
}

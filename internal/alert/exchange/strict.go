package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/fault"
)

// Limits of every file (abuse case T77). The whole catalogue of known
// exploited vulnerabilities is 1.3 MB, eight years after it began.
const (
	FileLimit    = 16 << 20
	depthLimit   = 24      // objects and arrays inside one another; a product tree is the deepest there is
	membersLimit = 20_000  // of one object or array
	valuesLimit  = 400_000 // in all: small values take far more room read than written
	problemLimit = 100     // sentences about one file: whoever has more begins with these
)

// The refusals that concern a file as a whole.
var (
	ErrTooLarge = fault.New(fault.Invalid, "The file is larger than 16 MB. Nothing was read from it.")
	ErrNotText  = fault.New(fault.Invalid, "The file is not UTF-8 text. Nothing was read from it.")
	ErrUnknown  = fault.New(fault.Invalid, "This is not a file we can import alerts from. Choose an NHS cyber alert listing, a catalogue of known exploited vulnerabilities or a CSAF 2.0 advisory, in JSON.")
)

// node is one value of a file, and knows what it stands in, so that everything
// that is wrong with it can be named. Names are matched letter for letter.
type node struct {
	parent *node  // nil for the document
	name   string // in its parent, where that is an object
	value  any    // string, json.Number, bool or nil; unset for objects and lists
	list   []*node
	fields map[string]*node
	index  int32 // in its parent from 1, where that is a list
	kind   byte  // '{', '[', or 'v' for anything else
}

// place is where a value stands, such as "vulnerabilities 4, dueDate". It is
// made when a sentence needs it: a deep file would hold its outer names once
// for every value (abuse cases T60, T77).
func (n *node) place() string {
	switch {
	case n.parent == nil:
		return ""
	case n.index > 0:
		return strings.TrimSpace(n.parent.place() + " " + strconv.Itoa(int(n.index)))
	}
	return within(n.parent.place(), clip(n.name))
}

// parse reads one JSON value and refuses what two readers could read
// differently: a name twice or in two cases, text that is not UTF-8, anything
// after the value; and what is deeper or longer than any sound file.
func parse(r io.Reader) (*node, error) {
	raw, err := io.ReadAll(io.LimitReader(r, FileLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the file: %w", err)
	case len(raw) > FileLimit:
		return nil, ErrTooLarge
	case !utf8.Valid(raw):
		return nil, ErrNotText
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	p := &parser{Decoder: d, raw: raw}
	n, err := p.value(&node{}, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, p.refuse("something follows the end of the document")
	}
	return n, nil
}

type parser struct {
	*json.Decoder
	raw    []byte
	values int
}

// refuse names the line, because a file that is not sound has no places yet.
func (p *parser) refuse(format string, args ...any) error {
	line := 1 + bytes.Count(p.raw[:min(p.InputOffset(), int64(len(p.raw)))], []byte("\n"))
	return fault.New(fault.Invalid, fmt.Sprintf("Line %d: %s. Nothing was read from the file.", line, fmt.Sprintf(format, args...)))
}

// value fills in a node that knows where it stands.
func (p *parser) value(n *node, depth int) (*node, error) {
	token, err := p.Token()
	if err != nil {
		return nil, p.refuse("this is not JSON") // the decoder's own words could quote the file
	}
	p.values++
	delim, ok := token.(json.Delim)
	switch {
	case p.values > valuesLimit:
		return nil, p.refuse("the file has more than 400,000 values")
	case !ok:
		n.value, n.kind = token, 'v'
		return n, nil
	case depth == depthLimit:
		return nil, p.refuse("the file is nested more than %d deep", depthLimit)
	case delim == '{':
		return n, p.object(n, depth)
	case delim == '[':
		return n, p.array(n, depth)
	}
	return nil, p.refuse("this is not JSON")
}

func (p *parser) object(n *node, depth int) error {
	n.fields, n.kind = map[string]*node{}, '{'
	seen := map[string]bool{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return p.refuse("this is not JSON")
		}
		name, _ := token.(string)
		switch {
		case seen[fold(name)]:
			return p.refuse("%s is there twice, or in another mix of capitals", within(n.place(), clip(name)))
		case len(n.fields) == membersLimit:
			return p.refuse("%s has more than 20,000 entries", within(n.place(), "this object"))
		}
		seen[fold(name)] = true
		if n.fields[name], err = p.value(&node{parent: n, name: name}, depth+1); err != nil {
			return err
		}
	}
	return p.end()
}

func (p *parser) array(n *node, depth int) error {
	n.kind = '['
	for p.More() {
		if len(n.list) == membersLimit {
			return p.refuse("%s has more than 20,000 entries", within(n.place(), "this list"))
		}
		item, err := p.value(&node{parent: n, index: int32(len(n.list) + 1)}, depth+1)
		if err != nil {
			return err
		}
		n.list = append(n.list, item)
	}
	return p.end()
}

func (p *parser) end() error {
	if _, err := p.Token(); err != nil {
		return p.refuse("this is not JSON")
	}
	return nil
}

func within(place, name string) string {
	if place == "" {
		return name
	}
	return place + ", " + name
}

// fold maps all spellings that differ in case alone to one, the odd letters
// included (the long s, the Kelvin sign).
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}

// clip keeps a name short and visible where a sentence quotes it.
func clip(name string) string {
	name = line(name)
	if utf8.RuneCountInString(name) <= 40 {
		return name
	}
	return string([]rune(name)[:40]) + "…"
}

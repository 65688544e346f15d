package assessment

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"countersign/internal/fault"
)

// Limits of a file of a framework or a profile. The longest published
// framework has 180 kilobytes; these leave room without leaving a way to
// exhaust the service.
const (
	fileLimit    = 4 << 20
	aliasLimit   = 1000
	problemLimit = 200
	titleLimit   = 200
	textLimit    = 4000
)

// readYAML parses a file into nodes, which remember where they stood. Aliases
// are not expanded here, and where the readers follow one it may only stand
// for a word: a file that multiplies itself through aliases stays as small as
// it was written.
func readYAML(r io.Reader) (*yaml.Node, error) {
	data, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	} else if len(data) > fileLimit {
		return nil, ErrFileTooLarge
	}
	var document, second yaml.Node
	parser := yaml.NewDecoder(bytes.NewReader(data))
	if err := parser.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file is empty.")
	} else if err != nil {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The file is not YAML: %v.", err)) // the parser's words carry the line
	}
	if err := parser.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file goes on after its first document. One file holds one framework or profile.")
	}
	if aliases(&document) > aliasLimit {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The file uses more than %d aliases. Write the text out.", aliasLimit))
	}
	if len(document.Content) == 0 {
		return nil, fault.New(fault.Invalid, "The file is empty.")
	}
	return document.Content[0], nil
}

func aliases(n *yaml.Node) int {
	count := 0
	if n.Kind == yaml.AliasNode {
		count++ // and not what it stands for
	}
	for _, child := range n.Content {
		count += aliases(child)
	}
	return count
}

// need says what a key is to a mapping.
type need int

const (
	optional   need = iota
	required        // a problem when it is missing
	passedOver      // known to stand in published files, and not read
)

// file collects what is wrong with a file while it is read.
type file struct {
	problems []problem
	codes    map[string]int // line of each code seen, over the whole file
}

type problem struct {
	line, column int
	sentence     string
}

func (f *file) bad(n *yaml.Node, format string, args ...any) {
	f.problems = append(f.problems, problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// faults gives all problems in the file's order, or nil. A file with hundreds
// is another kind of file, and the first two hundred show that.
func (f *file) faults() error {
	slices.SortStableFunc(f.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var all fault.Problems
	for i, p := range f.problems {
		if i == problemLimit {
			all = append(all, fault.New(fault.Invalid, fmt.Sprintf("There are %d more problems.", len(f.problems)-problemLimit)))
			break
		}
		all = append(all, fault.New(fault.Invalid, fmt.Sprintf("Line %d, column %d: %s", p.line, p.column, p.sentence)))
	}
	return all.OrNil()
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    *yaml.Node
	value *yaml.Node
}

// mapping lists the keys of a mapping. It refuses aliases and merge keys: they
// save typing, and cost a reader of the file the certainty of what it says.
func (f *file) mapping(n *yaml.Node) []entry {
	if n.Kind != yaml.MappingNode {
		f.bad(n, "there should be keys with values here.")
		return nil
	}
	var all []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			f.bad(key, "this key is not a plain word.")
			continue
		}
		if seen[key.Value] {
			f.bad(key, "%q stands here twice.", clip(key.Value))
			continue
		}
		seen[key.Value] = true
		all = append(all, entry{key.Value, key, value})
	}
	return all
}

// entries reads a mapping whose keys are known, without those passed over.
func (f *file) entries(n *yaml.Node, known map[string]need) []entry {
	if n.Kind != yaml.MappingNode {
		f.mapping(n) // says what is wrong
		return nil
	}
	missing := map[string]bool{}
	for key, need := range known {
		missing[key] = need == required
	}
	var all []entry
	for _, e := range f.mapping(n) {
		need, ok := known[e.key]
		missing[e.key] = false
		if !ok {
			f.bad(e.at, "%q is not a key this service knows here.", clip(e.key))
		} else if need != passedOver {
			all = append(all, e)
		}
	}
	var names []string
	for key, is := range missing {
		if is {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f.bad(n, "the key %q is missing.", name)
	}
	return all
}

// coded reads a mapping whose keys are codes, each once in the whole file.
func (f *file) coded(n *yaml.Node, what string) []entry {
	all := f.mapping(n)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		f.bad(n, "there is no %s here.", what)
	}
	for _, e := range all {
		f.code(e.at, what, e.key)
	}
	return all
}

// code checks one code and remembers where it was.
func (f *file) code(at *yaml.Node, what, code string) {
	if !codeShape.MatchString(code) {
		f.bad(at, "%q is not a code: up to 20 letters, digits, points and hyphens.", clip(code))
	} else if line, twice := f.codes[what+" "+code]; twice {
		f.bad(at, "%s %s was already on line %d.", what, code, line)
	} else {
		f.codes[what+" "+code] = at.Line
	}
}

// agrees refuses an item whose code is not the key it stands under.
func (f *file) agrees(n *yaml.Node, key string) {
	if code := f.text(n, titleLimit); code != "" && code != key {
		f.bad(n, "the code is %s, and it stands under %s.", clip(code), key)
	}
}

func (f *file) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		f.bad(n, "there should be a list here.")
		return nil
	}
	return n.Content
}

// text reads words, with runs of spaces and line ends made one space.
func (f *file) text(n *yaml.Node, limit int) string {
	at := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!binary" {
		f.bad(at, "there should be text here.")
		return ""
	}
	words := strings.Join(strings.Fields(n.Value), " ")
	switch {
	case words == "" || n.Tag == "!!null":
		f.bad(at, "there is no text here.")
		return ""
	case utf8.RuneCountInString(words) > limit:
		f.bad(at, "the text is longer than %d characters.", limit)
		return ""
	case strings.ContainsFunc(words, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		f.bad(at, "there is a character that cannot be seen.")
		return ""
	}
	return words
}

// optionalText is text that may be empty, as one description in CAF 3.2 is.
func (f *file) optionalText(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == "" {
		return ""
	}
	return f.text(n, textLimit)
}

// clip keeps a sentence short when a damaged field is long.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 30 {
		return s
	}
	return string([]rune(s)[:30]) + "…"
}

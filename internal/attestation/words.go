package attestation

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Digest is the lower-case hex SHA-256 of exact bytes.
type Digest string

// DigestOf hashes the bytes of a text.
func DigestOf(text string) Digest {
	return Digest(event.DigestOf(text))
}

// Short is the first 8 characters, which pages print beside the long form.
func (d Digest) Short() string {
	if len(d) < 8 {
		return string(d)
	}
	return string(d[:8])
}

// Words are what a chief executive signs. The stored bytes are the original:
// pages, print and files are rendered from what ParseWords reads out of them,
// so nobody can be shown anything else.
type Words struct {
	Statement    ID
	Organisation organisation.Code
	Name         string // of the organisation, as it was at the lock
	Title        string
	Template     string // id and edition
	Number       int64
	From, To     organisation.Day
	LockedAt     string // RFC 3339 in UTC
	Replaces     Replaces
	CoSigns      []access.Office // whose signature they ask for beside the chief executive's
	Opening      string
	Parts        []string
	Facts        Facts // the canonical figures, whether or not a part prints them
	Late         []LateAnswer
	Gaps         []Gap
	Aside        []Aside
	Evidence     []Pinned
	Accepted     []Accepted
	Settled      []Settled
}

// Gap is something that is not as it should be, said openly, with a date.
type Gap struct {
	Code  string           `json:"code"` // such as B4.d; may be empty
	Name  string           `json:"name"`
	What  string           `json:"what"`
	FixBy organisation.Day `json:"fix_by"`

	Source string `json:"source,omitempty"` // the proposal it was taken from; not in the words
}

// The grammar of the words, version 1 (docs/attestation.md): a fixed first
// line, named lines in a fixed order, the parts numbered from 1, the figures by
// name, then numbered lists (wordlist.go). No value is empty. LF ends every
// line; blanks are the only other white space.
const wordsMark = "countersign statement 1"

// Text gives the exact bytes. It refuses text that could look different from
// what it is, and records that are none.
func (w Words) Text() (string, error) {
	lines := []string{wordsMark,
		"statement: " + string(w.Statement),
		"organisation: " + string(w.Organisation) + " " + w.Name,
		"title: " + w.Title,
		"template: " + w.Template,
		"number: " + strconv.FormatInt(w.Number, 10),
		"period: " + string(w.From) + " to " + string(w.To),
		"locked: " + w.LockedAt,
	}
	lines = append(lines, w.Replaces.lines()...)
	for i, office := range w.CoSigns {
		lines = append(lines, coSignsLine(i+1)+Capacity(office, false))
	}
	lines = append(lines, "opening: "+w.Opening)
	for i, part := range w.Parts {
		lines = append(lines, fmt.Sprintf("part %d: %s", i+1, part))
	}
	for _, name := range slices.Sorted(maps.Keys(w.Facts)) {
		lines = append(lines, "fact "+name+": "+w.Facts[name])
	}
	lines = append(lines, w.lists()...)
	for _, line := range lines {
		if strings.HasSuffix(line, ": ") {
			return "", ErrWords
		}
		if err := Plain(line); err != nil {
			return "", err
		}
	}
	if !w.sound() {
		return "", ErrWords
	}
	return strings.Join(lines, "\n") + "\n", nil
}

func coSignsLine(n int) string { return fmt.Sprintf("co-signs %d: ", n) }

// Plain refuses characters that hide, reorder or break what a reader sees
// (abuse case T40): control and format characters, which include the
// bidirectional and zero-width ones, and unusual white space.
func Plain(line string) error {
	if !utf8.ValidString(line) {
		return fault.New(fault.Invalid, "The text holds bytes that are not readable characters. Type it again.")
	}
	for _, r := range line {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
			(unicode.IsSpace(r) && r != ' ') || unicode.Is(unicode.Co, r) {
			return fault.New(fault.Invalid, "The text holds hidden characters. Remove them or type it again.")
		}
	}
	return nil
}

// Tidy turns what somebody typed into a single line: line ends and runs of
// blanks become one blank. It does not hide anything: Plain still refuses.
func Tidy(text string) string { return strings.Join(strings.Fields(text), " ") }

// visible is Tidy for what others wrote long ago, such as the title of a file:
// what Plain would refuse is left out, because nobody can type it again.
func visible(text string) string {
	return Tidy(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || (r != ' ' && !unicode.IsSpace(r) && Plain(string(r)) != nil) {
			return -1
		}
		return r
	}, text))
}

// ErrWords says that stored words do not follow the grammar, so nothing may
// be shown or signed from them.
var ErrWords = fault.New(fault.Conflict, "The words of this statement cannot be read. Nothing can be signed. Tell the national team.")

// ParseWords reads the bytes back. It accepts exactly what Text writes: the
// result's Text is the same bytes, or it fails with ErrWords.
func ParseWords(text string) (Words, error) {
	words, ok := parse(text)
	if !ok {
		return Words{}, ErrWords
	}
	if again, err := words.Text(); err != nil || again != text {
		return Words{}, ErrWords
	}
	return words, nil
}

func parse(text string) (Words, bool) {
	var w Words
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 9 || lines[0] != wordsMark {
		return w, false
	}
	fields := named{}
	for _, line := range lines[1:] {
		name, value, found := strings.Cut(line, ": ")
		if _, twice := fields[name]; !found || twice {
			return w, false
		}
		fields[name] = value
	}
	w.Statement = ID(fields["statement"])
	code, name, _ := strings.Cut(fields["organisation"], " ")
	w.Organisation, w.Name = organisation.Code(code), name
	w.Title, w.Template, w.LockedAt, w.Opening = fields["title"], fields["template"], fields["locked"], fields["opening"]
	number, err := strconv.ParseInt(fields["number"], 10, 64)
	if err != nil {
		return w, false
	}
	w.Number = number
	from, to, _ := strings.Cut(fields["period"], " to ")
	w.From, w.To = organisation.Day(from), organisation.Day(to)
	fields.each("co-signs", func(text string, _ func(string) string) { w.CoSigns = append(w.CoSigns, coSigner(text)) })
	fields.each("part", func(text string, _ func(string) string) { w.Parts = append(w.Parts, text) })
	for name, value := range fields {
		if fact, is := strings.CutPrefix(name, "fact "); is {
			if w.Facts == nil {
				w.Facts = Facts{}
			}
			w.Facts[fact] = value
		}
	}
	w.Replaces = readReplaces(fields)
	w.readLists(fields)
	return w, true
}

// Package exchange reads and writes alerts in other bodies' formats: the NHS
// cyber alert listing, the catalogue of known exploited vulnerabilities, CSAF
// 2.0 advisories, Atom and calendars. Everything here is a pure function of its
// input. What an imported draft becomes is package alert's to decide.
package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/fault"
)

// Format is what a file is, told from its content.
type Format string

// The formats alerts can be imported from. They are the kinds of an
// alert.Origin too.
const (
	NHS  Format = "nhs"
	KEV  Format = "kev"
	CSAF Format = "csaf"
)

// Word is what a file of the format is, as a sentence says it.
func (f Format) Word() string {
	return map[Format]string{NHS: "an NHS cyber alert listing", KEV: "the catalogue of known exploited vulnerabilities", CSAF: "a CSAF 2.0 advisory"}[f]
}

// Reading is what a file brings: drafts, and sentences about what was odd in it
// but not wrong enough to refuse.
type Reading struct {
	Format Format
	Drafts []alert.Draft
	Notes  []string
}

// Read makes drafts of a file. Whatever is wrong is reported together, each
// with its entry and field; then there are no drafts at all.
func Read(r io.Reader) (Reading, error) {
	root, err := parse(r)
	if err != nil {
		return Reading{}, err
	}
	read := &reading{}
	switch {
	case root.kind != '{':
		return Reading{}, ErrUnknown
	case root.fields["items"] != nil:
		read.Format = NHS
		read.nhs(root)
	case root.fields["catalogVersion"] != nil:
		read.Format = KEV
		read.kev(root)
	case root.fields["document"] != nil:
		read.Format = CSAF
		read.csaf(root)
	default:
		return Reading{}, ErrUnknown
	}
	if len(read.problems) > problemLimit {
		more := len(read.problems) - problemLimit
		read.problems = append(read.problems[:problemLimit:problemLimit], fault.New(fault.Invalid, fmt.Sprintf("And %d more.", more)))
	}
	if err := read.problems.OrNil(); err != nil {
		return Reading{}, err
	}
	if len(read.Drafts) == 0 {
		return Reading{}, fault.New(fault.Invalid, "There is no alert in the file.")
	}
	return read.Reading, nil
}

// reading gathers drafts and problems while a file is gone through.
type reading struct {
	Reading
	problems fault.Problems
	seen     map[string]bool // references, each once in a file
}

func (r *reading) wrong(place, sentence string) {
	r.problems = append(r.problems, fault.New(fault.Invalid, place+": "+sentence))
}

func (r *reading) note(place, sentence string) {
	r.Notes = append(r.Notes, place+": "+sentence)
}

// add keeps a draft that alert.Draft's own rules take, and asks for each
// reference once.
func (r *reading) add(n *node, name string, d alert.Draft) {
	d.Origin.Kind = string(r.Format)
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	if d.Origin.Reference != "" && r.seen[d.Origin.Reference] {
		r.wrong(within(n.place(), name), clip(d.Origin.Reference)+" is in the file twice.")
		return
	}
	r.seen[d.Origin.Reference] = true
	if err := d.Check(); err != nil {
		found, ok := errors.AsType[fault.Problems](err)
		if !ok {
			r.wrong(n.place(), "this is no alert.")
		}
		for _, problem := range found {
			r.wrong(strings.TrimPrefix(within(n.place(), problem.Field), ", "), problem.Sentence+".")
		}
		return
	}
	r.Drafts = append(r.Drafts, d)
}

// missing says what is not there; of what is not there at all, only that.
func (r *reading) missing(n *node, name string) {
	if n.kind == '{' {
		r.wrong(within(n.place(), name), "this is missing.")
	}
}

// text gives a member that must be a text, and must not be empty when needed.
func (r *reading) text(n *node, name string, needed bool) string {
	member := n.fields[name]
	if member == nil {
		if needed {
			r.missing(n, name)
		}
		return ""
	}
	text, ok := member.value.(string)
	switch {
	case !ok:
		r.wrong(member.place(), "this must be a text.")
	case needed && line(text) == "":
		r.wrong(member.place(), "this is empty.")
	}
	return text
}

// list gives the members of a list, which must be objects unless they are asked
// for otherwise.
func (r *reading) list(n *node, name string, needed bool) []*node {
	member := n.fields[name]
	switch {
	case member == nil && needed:
		r.missing(n, name)
	case member == nil:
	case member.kind != '[':
		r.wrong(member.place(), "this must be a list.")
	default:
		return member.list
	}
	return nil
}

// objects is list for members that are objects.
func (r *reading) objects(n *node, name string, needed bool) []*node {
	var objects []*node
	for _, item := range r.list(n, name, needed) {
		if item.kind != '{' {
			r.wrong(item.place(), "this must be an object.")
			continue
		}
		objects = append(objects, item)
	}
	return objects
}

// texts is list for members that are texts.
func (r *reading) texts(n *node, name string) []string {
	var texts []string
	for _, item := range r.list(n, name, false) {
		text, ok := item.value.(string)
		if !ok {
			r.wrong(item.place(), "this must be a text.")
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

// object gives a member that must be an object; an empty one where it is not.
func (r *reading) object(n *node, name string, needed bool) *node {
	member := n.fields[name]
	switch {
	case member != nil && member.kind == '{':
		return member
	case member != nil:
		r.wrong(member.place(), "this must be an object.")
	case needed:
		r.missing(n, name)
	}
	return &node{parent: n, name: name}
}

// whole gives a whole number, and whether there is one.
func (r *reading) whole(n *node, name string) (int64, bool) {
	member := n.fields[name]
	if member == nil {
		return 0, false
	}
	number, ok := member.value.(json.Number)
	whole, err := number.Int64()
	if !ok || err != nil {
		r.wrong(member.place(), "this must be a whole number.")
		return 0, false
	}
	return whole, true
}

// day reads a date, yyyy-mm-dd.
func (r *reading) day(n *node, name string) time.Time {
	text := r.text(n, name, true)
	day, err := time.Parse(time.DateOnly, text)
	if err != nil && line(text) != "" {
		r.wrong(within(n.place(), name), "this must be a date such as 2026-11-25.")
	}
	return day
}

// written is a day as a sentence says it.
func written(day time.Time) string { return day.Format("2 January 2006") }

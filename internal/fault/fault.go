// Package fault owns the few kinds of failure a caller can act on. Features
// own their sentinels; which HTTP status a kind becomes is decided in
// web/handler and nowhere below it.
package fault

import "errors"

// Kind says what a caller can do about a failure.
type Kind string

// The kinds. Everything that is none of them is a defect or an outage: it is
// logged whole and shown to nobody.
const (
	Invalid   Kind = "invalid"   // the person can put it right
	Forbidden Kind = "forbidden" // known to them, but not theirs to do
	NotFound  Kind = "not found" // absent, or not theirs to know of
	Conflict  Kind = "conflict"  // something changed since they looked
	SignIn    Kind = "sign in"   // nobody is signed in, or no longer
	Malformed Kind = "malformed" // nothing a page of ours would have sent
)

// Error is a failure whose sentence is written for the page.
type Error struct {
	Kind     Kind
	Sentence string
	Field    string // of the form, when one field is at fault; else empty
}

// New makes a fault whose sentence may be shown to the person as it stands.
func New(kind Kind, sentence string) *Error { return &Error{Kind: kind, Sentence: sentence} }

// In makes an Invalid fault that belongs to one field of a form.
func In(field, sentence string) *Error {
	return &Error{Kind: Invalid, Sentence: sentence, Field: field}
}

func (e *Error) Error() string { return e.Sentence }

// Problems are several faults of one form, in the form's order.
type Problems []*Error

func (p Problems) Error() string {
	if len(p) == 0 {
		return "no problems"
	}
	return p[0].Sentence
}

// OrNil gives nil when there is no problem, so that a caller can return it.
func (p Problems) OrNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// KindOf finds the kind of a wrapped fault; the empty Kind when there is none.
func KindOf(err error) Kind {
	if problems, ok := errors.AsType[Problems](err); ok && len(problems) > 0 {
		return problems[0].Kind
	}
	if fault, ok := errors.AsType[*Error](err); ok {
		return fault.Kind
	}
	return ""
}

// Package component holds the parts pages are made of: the NHS design system's
// components, in the HTML its library expects, with typed fields instead of
// options. A page writes @component.Button{Text: "Continue"}; what belongs
// inside a component is given as its children.
//
// Every component is a templ.Component, so one can be a field of another.
// Addresses are plain strings: templ refuses any scheme that could run script.
// The page around them is in layout; parts used by one feature live with that
// feature.
package component

import "strings"

// Size is a size of heading, legend, label or caption. Empty is the size of
// body text.
type Size string

// The sizes of the type scale.
const (
	Small      Size = "s"
	Medium     Size = "m"
	Large      Size = "l"
	ExtraLarge Size = "xl"
)

// Level makes a label or legend a heading of the page: 1 to 4, or 0 for none.
type Level int

// tag gives the heading's element; anything outside 1 to 4 is the page's title.
func (l Level) tag() string {
	if l < 1 || l > 4 {
		return "h1"
	}
	return "h" + string(rune('0'+l))
}

func (s Size) caption() string {
	if s == "" || s == Small {
		return "nhsuk-caption"
	}
	return "nhsuk-caption-" + string(s)
}

// classes joins class names and leaves out the empty ones.
func classes(names ...string) string {
	kept := names[:0:0]
	for _, name := range names {
		if name != "" {
			kept = append(kept, name)
		}
	}
	return strings.Join(kept, " ")
}

// when gives the class if the condition holds.
func when(holds bool, class string) string {
	if holds {
		return class
	}
	return ""
}

// with gives prefix and value, or nothing when the value is empty.
func with(prefix, value string) string { return when(value != "", prefix+value) }

// or gives the first that is not empty.
func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// describedBy lists the ids of what explains a field, in reading order.
func describedBy(id string, hint, err bool, more ...string) string {
	ids := append([]string{}, more...)
	if hint {
		ids = append(ids, id+"-hint")
	}
	if err {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

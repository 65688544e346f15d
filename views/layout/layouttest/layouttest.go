// Package layouttest checks what every rendered page promises, whichever
// package it comes from. The content security policy would refuse a broken
// promise in the browser; here it fails before that, with a place.
package layouttest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"countersign/views/layout"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// Render gives a component's HTML.
func Render(t testing.TB, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatalf("render: %v", err)
	}
	return out.String()
}

// Check fails the test for every fault Faults finds.
func Check(t testing.TB, page string) {
	t.Helper()
	for _, fault := range Faults(page) {
		t.Error(fault)
	}
}

// Faults lists what a page must not have: style attributes and elements, inline
// handlers, scripts of its own beside the one the policy knows, addresses that
// run script or lead to another host for something the page loads, ids used
// twice, references to ids that are not there, and more or less than one h1.
func Faults(page string) []string {
	c := checker{ids: map[string]int{}}
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			if err := tokens.Err(); err != io.EOF {
				c.fault("cannot be read: %v", err)
			}
			break
		}
		token := tokens.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			c.element(token)
		case html.TextToken:
			c.text(token.Data)
		case html.EndTagToken:
			c.inScript = false
		}
	}
	return c.finish()
}

type checker struct {
	faults     []string
	ids        map[string]int
	references []string
	headings   int
	whole      bool // a whole page, not a part of one
	inScript   bool
}

func (c *checker) fault(format string, about ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, about...))
}

func (c *checker) element(token html.Token) {
	source := false
	for _, a := range token.Attr {
		source = source || a.Key == "src"
		c.attribute(token, a)
	}
	switch token.Data {
	case "style":
		c.fault("a <style> element, which the policy refuses")
	case "script":
		c.inScript = !source
	case "html":
		c.whole = true
	case "h1":
		c.headings++
	}
}

func (c *checker) attribute(token html.Token, a html.Attribute) {
	value := strings.ToLower(strings.TrimSpace(a.Val))
	switch {
	case a.Key == "style":
		c.fault("<%s> has a style attribute", token.Data)
	case strings.HasPrefix(a.Key, "on"):
		c.fault("<%s> has the inline handler %s", token.Data, a.Key)
	case a.Key == "id":
		c.ids[a.Val]++
	case a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "aria-controls":
		c.references = append(c.references, strings.Fields(a.Val)...)
	case a.Key == "href" && strings.HasPrefix(a.Val, "#") && len(a.Val) > 1:
		c.references = append(c.references, a.Val[1:])
	}
	if strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "about:invalid") {
		c.fault("<%s %s=%q> runs script or was refused by the template", token.Data, a.Key, a.Val)
	}
	loads := a.Key == "src" || a.Key == "srcset" || (token.Data == "link" && a.Key == "href")
	if loads && (strings.Contains(value, "://") || strings.HasPrefix(value, "//") || strings.HasPrefix(value, "data:")) {
		c.fault("<%s %s=%q> loads from another host", token.Data, a.Key, a.Val)
	}
}

func (c *checker) text(data string) {
	if c.inScript && data != layout.InlineScript {
		c.fault("a script of the page's own: %.60q", data)
	}
}

func (c *checker) finish() []string {
	for id, times := range c.ids {
		if times > 1 {
			c.fault("id %q is used %d times", id, times)
		}
	}
	if !c.whole {
		return c.faults // what a part refers to may be elsewhere on the page
	}
	for _, id := range c.references {
		if c.ids[id] == 0 {
			c.fault("nothing has the id %q", id)
		}
	}
	if c.headings != 1 {
		c.fault("%d first-level headings, not 1", c.headings)
	}
	return c.faults
}

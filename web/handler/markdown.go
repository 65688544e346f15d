package handler

import (
	"bufio"
	"bytes"
	"context"
	gohtml "html"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// headingOffset puts the headings of a text below those of the page it stands
// on: the page has one h1, and each text stands under an h2.
const headingOffset = 2

// marked reads CommonMark without what could do anything: tags in the text are
// dropped, images become their words, and links lead to the web or nowhere.
var marked = goldmark.New(
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{}, 100))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(html.NewRenderer(), 1000))),
)

// markdown is a text in Markdown as part of a page. Nothing in it runs, loads
// or posts (abuse case T24): a test puts hundreds of hostile texts through it.
func markdown(source string) templ.Component {
	var out bytes.Buffer
	err := marked.Convert([]byte(shallow(seen(source))), &out)
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if err != nil {
			return err
		}
		_, err := io.WriteString(w, seen(out.String())) // once more: references can stand for what was left out
		return err
	})
}

// tame changes a parsed text before it is written.
type tame struct{}

// Transform lowers headings without gaps and takes the power out of links,
// images and tags.
func (tame) Transform(document *ast.Document, reader gmtext.Reader, _ parser.Context) {
	var found []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker below never fails
		if entering {
			found = append(found, n)
		}
		return ast.WalkContinue, nil
	})
	last := headingOffset
	for _, n := range found {
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+headingOffset, last+1, 6) // never deeper by two at once
			last = n.Level
			n.SetAttributeString("class", []byte("nhsuk-heading-s"))
		case *ast.List:
			n.SetAttributeString("class", []byte(listClass[n.IsOrdered()]))
		case *ast.FencedCodeBlock:
			n.Info = nil // it would become a class
		case *ast.Link:
			if webLink(string(n.Destination)) {
				n.SetAttributeString("rel", []byte("nofollow noopener noreferrer"))
				n.Title = nil
			} else {
				words(n)
			}
		case *ast.AutoLink:
			if address := string(n.URL(reader.Source())); webLink(address) && n.AutoLinkType == ast.AutoLinkURL {
				n.SetAttributeString("rel", []byte("nofollow noopener noreferrer"))
			} else {
				n.Parent().ReplaceChild(n.Parent(), n, ast.NewString([]byte(util.EscapeHTML(n.Label(reader.Source())))))
			}
		case *ast.Image:
			words(n)
		case *ast.RawHTML, *ast.HTMLBlock:
			n.Parent().RemoveChild(n.Parent(), n)
		}
	}
}

// listClass are the design system's lists, numbered or not.
var listClass = map[bool]string{false: "nhsuk-list nhsuk-list--bullet", true: "nhsuk-list nhsuk-list--number"}

// words leaves of an element only what stands in it.
func words(n ast.Node) {
	for child := n.FirstChild(); child != nil; {
		next := child.NextSibling()
		n.Parent().InsertBefore(n.Parent(), n, child)
		child = next
	}
	n.Parent().RemoveChild(n.Parent(), n)
}

// webLink tells whether an address leads to a page on the web.
func webLink(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// plainText is a text in Markdown as a letter or a feed says it: the words, one
// line a list item, and each address after what it stands behind.
func plainText(source string) string {
	raw := []byte(shallow(seen(source)))
	var out strings.Builder
	writePlain(&out, marked.Parser().Parse(gmtext.NewReader(raw)), raw, "")
	return strings.TrimSpace(seen(out.String()))
}

func writePlainCode(out *strings.Builder, n ast.Node, raw []byte, indent string) {
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		out.WriteString(indent + string(line.Value(raw)))
	}
	out.WriteString("\n")
}

func writePlainList(out *strings.Builder, n *ast.List, raw []byte, indent string) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		out.WriteString(indent + mark)
		for child := item.FirstChild(); child != nil; child = child.NextSibling() {
			writePlain(out, child, raw, deeper(indent))
		}
	}
	if indent == "" {
		out.WriteString("\n")
	}
}

// deeper indents a list in a list, up to a depth nobody reads beyond.
func deeper(indent string) string {
	if len(indent) >= 16 {
		return indent
	}
	return indent + "  "
}

// spoken takes the escapes out of a run of text exactly as the page does, so
// that letters and pages say the same.
func spoken(raw []byte) string {
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	html.DefaultWriter.Write(w, raw)
	_ = w.Flush() // a buffer never fails
	return gohtml.UnescapeString(out.String())
}

func writePlain(out *strings.Builder, n ast.Node, raw []byte, indent string) {
	within := func(indent string) {
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			writePlain(out, child, raw, indent)
		}
	}
	switch n := n.(type) {
	case *ast.Text:
		out.WriteString(spoken(n.Segment.Value(raw)))
		if n.SoftLineBreak() || n.HardLineBreak() {
			out.WriteString("\n" + indent)
		}
	case *ast.String:
		out.Write(n.Value)
	case *ast.AutoLink:
		out.Write(n.URL(raw))
	case *ast.Link:
		within(indent)
		out.WriteString(" (" + string(n.Destination) + ")")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		writePlainCode(out, n, raw, indent)
	case *ast.ThematicBreak:
		out.WriteString("\n")
	case *ast.List:
		writePlainList(out, n, raw, indent)
	case *ast.TextBlock:
		within(indent)
		out.WriteString("\n")
	case *ast.Paragraph, *ast.Heading:
		within(indent)
		out.WriteString("\n\n")
	default:
		within(indent)
	}
}

// containers is how deep quotations and lists may stand in one another on one
// line. Thousands would take the parser, and every browser, a long time (abuse
// case T77).
const containers = 12

var opener = regexp.MustCompile(`^[ ]*(?:>|[-*+](?:[ ]|$)|[0-9]{1,9}[.)](?:[ ]|$))`)

// shallow takes the meaning from the marks that would go deeper.
func shallow(source string) string {
	var out strings.Builder
	for line := range strings.Lines(source) {
		for range containers {
			mark := opener.FindString(line)
			out.WriteString(mark)
			if line = line[len(mark):]; mark == "" {
				break
			}
		}
		for mark := opener.FindString(line); mark != ""; mark = opener.FindString(line) {
			at := strings.IndexAny(mark, ">-*+.)")
			out.WriteString(mark[:at] + "\\" + mark[at:])
			line = line[len(mark):]
		}
		out.WriteString(line)
	}
	return out.String()
}

// seen drops the characters that cannot be seen and could turn a line around
// or hide a word in another.
func seen(source string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)) {
			return -1
		}
		return r
	}, strings.ReplaceAll(source, "\r\n", "\n"))
}

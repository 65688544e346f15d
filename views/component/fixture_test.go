package component

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// option is a value of the library's options as JSON gives it. The names of
// options are the library's; which of our fields they become is in builders.
type option struct{ value any }

func (o option) at(path string) option {
	for name := range strings.SplitSeq(path, ".") {
		object, ok := o.value.(map[string]any)
		if !ok {
			return option{}
		}
		o = option{object[name]}
	}
	return o
}

// words reads options that may be a string or an object with a text.
func (o option) words() string {
	switch value := o.value.(type) {
	case string:
		return value
	case float64:
		return fmt.Sprint(value)
	case map[string]any:
		if text, ok := value["text"].(string); ok {
			return text
		}
	}
	return ""
}

func (o option) text(path string) string { return o.at(path).words() }
func (o option) is(path string) bool     { yes, _ := o.at(path).value.(bool); return yes }
func (o option) no(path string) bool     { yes, said := o.at(path).value.(bool); return said && !yes }
func (o option) number(path string) int  { n, _ := o.at(path).value.(float64); return int(n) }

func (o option) list(path string) []option {
	values, _ := o.at(path).value.([]any)
	var list []option
	for _, value := range values {
		if value != nil && value != false && value != "" {
			list = append(list, option{value})
		}
	}
	return list
}

func (o option) markup(path string) templ.Component {
	if html := o.text(path); html != "" {
		return templ.Raw(html)
	}
	return nil
}

// fixture is one case of the library: what was asked for and what it rendered.
type fixture struct {
	Name    string
	Context map[string]any
	HTML    string
}

// fixtures reads the cases from the installed package. Without the package the
// asset step installs it, as `task assets` would.
func fixtures(t *testing.T, name string) []fixture {
	t.Helper()
	file := filepath.Join("..", "..", "static", "node_modules", "nhsuk-frontend", "dist", "nhsuk", "components", name, "fixtures.json")
	if _, err := os.Stat(file); err != nil {
		step := exec.Command("go", "run", "./static/assets")
		step.Dir = filepath.Join("..", "..")
		if said, err := step.CombinedOutput(); err != nil {
			t.Fatalf("the library's cases are not installed and `go run ./static/assets` (task assets) failed: %v\n%s", err, said)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Fixtures []fixture }
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all.Fixtures
}

// renderFixture gives what our component makes of the library's options. Markup
// in the html option is our component's children.
func renderFixture(t *testing.T, c libraryCase, fixture fixture) string {
	t.Helper()
	ctx, options := context.Background(), option{fixture.Context}
	if inner := options.markup("html"); inner != nil {
		ctx = templ.WithChildren(ctx, inner)
	} else if c.content != "" && options.words()+options.text("description")+options.text("description.html") == "" {
		ctx = templ.WithChildren(ctx, templ.Raw(content(t, fixture.HTML, c.content)))
	}
	var out strings.Builder
	if err := c.build(options).Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// content gives what a library's template put into a component. Such content is
// not among the options, so it is taken out of the library's own HTML: what is
// compared then is the component around it.
func content(t *testing.T, markup, class string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(markup), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, node := range nodes {
		for inside := range node.Descendants() {
			if !hasClass(inside, class) {
				continue
			}
			for child := range inside.ChildNodes() {
				if hasClass(child, "nhsuk-card__heading") || hasClass(child, "nhsuk-notification-banner__heading") || hasClass(child, "nhsuk-icon") {
					continue // ours to write
				}
				if err := html.Render(&out, child); err != nil {
					t.Fatal(err)
				}
			}
			return out.String()
		}
	}
	return ""
}

func hasClass(node *html.Node, class string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool {
		return a.Key == "class" && slices.Contains(strings.Fields(a.Val), class)
	})
}

// normal writes markup in one form: attributes and classes in order of name,
// one node a line, white space collapsed. White space at the ends of a text counts only
// where it is heard or seen: inside words hidden from sight.
func normal(t *testing.T, markup string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(markup), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, node := range nodes {
		normalNode(&out, node, 0)
	}
	return out.String()
}

func normalNode(out *strings.Builder, node *html.Node, depth int) {
	indent := strings.Repeat(" ", depth)
	switch node.Type {
	case html.TextNode:
		text := strings.Join(strings.Fields(node.Data), " ")
		if text == "" {
			return
		}
		if heardWithSpaces(node.Parent) {
			text = edge(node.Data, true) + text + edge(node.Data, false)
		}
		fmt.Fprintf(out, "%s%q\n", indent, text)
	case html.ElementNode:
		slices.SortFunc(node.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
		fmt.Fprintf(out, "%s<%s", indent, node.Data)
		for _, attribute := range node.Attr {
			if attribute.Key == "class" {
				names := strings.Fields(attribute.Val)
				slices.Sort(names)
				attribute.Val = strings.Join(names, " ")
			}
			fmt.Fprintf(out, " %s=%q", attribute.Key, attribute.Val)
		}
		out.WriteString(">\n")
	}
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		normalNode(out, child, depth+1)
	}
}

func heardWithSpaces(node *html.Node) bool {
	if node == nil || node.Data != "span" {
		return false
	}
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool {
		return a.Key == "class" && strings.Contains(a.Val, "visually-hidden")
	})
}

func edge(text string, left bool) string {
	trimmed := strings.TrimRight(text, " \n\t")
	if left {
		trimmed = strings.TrimLeft(text, " \n\t")
	}
	return when(trimmed != text, " ")
}

// withMarkup gives a component children.
func withMarkup(c, inner templ.Component) templ.Component {
	if inner == nil {
		return c
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, inner), w)
	})
}

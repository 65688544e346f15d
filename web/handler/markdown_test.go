package handler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// shown is a text in Markdown as the page has it.
func shown(t *testing.T, source string) string {
	t.Helper()
	var out strings.Builder
	if err := markdown(source).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMarkdownIsShownAndSaidInPlainText(t *testing.T) {
	for _, c := range []struct{ claim, source, page, plain string }{
		{"words", "One *two* **three** `four`", "<p>One <em>two</em> <strong>three</strong> <code>four</code></p>\n", "One two three four"},
		{"paragraphs", "One\n\nTwo\nthree", "<p>One</p>\n<p>Two\nthree</p>\n", "One\n\nTwo\nthree"},
		{"a list", "- One\n- Two\n\nEnd", "<ul class=\"nhsuk-list nhsuk-list--bullet\">\n<li>One</li>\n<li>Two</li>\n</ul>\n<p>End</p>\n", "- One\n- Two\n\nEnd"},
		{"a numbered list", "2. One\n3. Two", "<ol start=\"2\" class=\"nhsuk-list nhsuk-list--number\">\n<li>One</li>\n<li>Two</li>\n</ol>\n", "2. One\n3. Two"},
		{"a link", "[more](https://maker.example/a?b=1&c=2 \"title\")", "<p><a href=\"https://maker.example/a?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\">more</a></p>\n", "more (https://maker.example/a?b=1&c=2)"},
		{"an address", "<https://maker.example/>", "<p><a href=\"https://maker.example/\" rel=\"nofollow noopener noreferrer\">https://maker.example/</a></p>\n", "https://maker.example/"},
		{"a link to something else", "[more](javascript:alert(1)) [less](/etc) [mail](mailto:a@b.example)", "<p>more less mail</p>\n", "more less mail"},
		{"an address of something else", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n", "javascript:alert(1)"},
		{"an image", "![a dog](https://maker.example/dog.png)", "<p>a dog</p>\n", "a dog"},
		{"tags", "a <b onclick=x>b</b> <script>alert(1)</script>", "<p>a b alert(1)</p>\n", "a b alert(1)"},
		{"a block of tags", "<script>\nalert(1)\n</script>\n\nWords", "<p>Words</p>\n", "Words"},
		{"headings below those of the page", "# One\n\n### Two\n\n## Three", "<h3 class=\"nhsuk-heading-s\">One</h3>\n<h4 class=\"nhsuk-heading-s\">Two</h4>\n<h4 class=\"nhsuk-heading-s\">Three</h4>\n", "One\n\nTwo\n\nThree"},
		{"code", "```html\n<script>\n```", "<pre><code>&lt;script&gt;\n</code></pre>\n", "<script>"},
		{"marks that are escaped", `\*stars\* \<b\> mod_rewrite &amp; &lt;`, "<p>*stars* &lt;b&gt; mod_rewrite &amp; &lt;</p>\n", "*stars* <b> mod_rewrite & <"},
		{"an escaped reference", `jav\&#x09;ascript`, "<p>jav&amp;#x09;ascript</p>\n", "jav&#x09;ascript"},
		{"a reference to what cannot be seen", "turn&#x202e;round", "<p>turnround</p>\n", "turnround"},
		{"a quotation as deep as anybody reads, and no deeper", strings.Repeat(">", 20) + " x", strings.Repeat("<blockquote>\n", 12) + "<p>&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt; x</p>\n" + strings.Repeat("</blockquote>\n", 12), ">>>>>>>> x"},
		{"a line that would be turned round", "turn\u202eround", "<p>turnround</p>\n", "turnround"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			if got := shown(t, c.source); got != c.page {
				t.Errorf("shown as %q, want %q", got, c.page)
			}
			if got := plainText(c.source); got != c.plain {
				t.Errorf("said as %q, want %q", got, c.plain)
			}
		})
	}
}

// allowed is everything Markdown may become.
var allowed = map[string][]string{"html": nil, "head": nil, "body": nil, "p": nil, "em": nil, "strong": nil, "code": nil, "pre": nil, "br": nil, "hr": nil, "blockquote": nil, "li": nil,
	"h3": {"class"}, "h4": {"class"}, "h5": {"class"}, "h6": {"class"}, "ul": {"class"}, "ol": {"class", "start"}, "a": {"href", "rel"}}

// inert reads a page as a browser would, and names what is not in the list.
func inert(t *testing.T, page string, allowed map[string][]string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("a comment in %q", page)
		}
		if n.Type != html.ElementNode {
			continue
		}
		attributes, ok := allowed[n.Data]
		if !ok {
			t.Errorf("<%s> in %q", n.Data, page)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Errorf("<%s %s> in %q", n.Data, a.Key, page)
			}
			if a.Key == "href" && !webLink(a.Val) {
				t.Errorf("a link to %q", a.Val)
			}
		}
	}
}

func TestT24HostileTextsAreInertInMarkdown(t *testing.T) {
	for _, text := range hostile(t) {
		for _, frame := range []string{"%s", "- %s", "> %s", "# %s", "[%s](https://a.example)", "[words](%s)", "<%s>", "![%s](%[1]s)", "[x]: %s\n\n[x]", "`%s`", "```%s\n%[1]s\n```", "a\n%s\nb"} {
			inert(t, shown(t, fmt.Sprintf(frame, text)), allowed)
		}
	}
}

func TestT77LongTextsAreReadInTime(t *testing.T) {
	for _, part := range []string{"[", "![", "*a ", "_", "`", ">", "- ", "<", "&", "\\", "[a](", "a\n", "**a *", "[a]: ", "<a ", "| ", "~", "<!--", "1. ", "[a][", "```\n", "<!A ", "<?", "![[]()", ">- ", "1) > "} {
		text := strings.Repeat(part, 20_000/len(part))
		began := time.Now()
		_ = shown(t, text)
		_ = plainText(text)
		if took := time.Since(began); took > 10*time.Second { // a slow machine is not the reader's fault; reading in squares of the length would be
			t.Errorf("%q, repeated, took %s", part, took)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# One\n\n- *two*\n- [three](https://a.example)", "<script>alert(1)</script>", "[x](javascript:alert(1))", "![a](b)", "<https://a.example>", "> > 1. ```\n<b>", "[a]: data:x\n[a]", "&#106;avascript:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		inert(t, shown(t, source), allowed)
		_ = plainText(source)
	})
}

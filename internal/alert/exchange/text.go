package exchange

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"countersign/internal/alert"
)

// visible drops what cannot be seen and could turn a line around or make two
// words look alike, and brings every kind of line end to one.
func visible(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u00a0", " ", "\t", " ").Replace(s)
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == utf8.RuneError || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)) {
			return -1
		}
		return r
	}, s)
}

// line is visible text on one line.
func line(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// lines is visible text with its line breaks, never more than one empty line
// between two that are not.
func lines(s string) string {
	var kept []string
	for l := range strings.SplitSeq(visible(s), "\n") {
		l = strings.TrimRight(l, " ")
		if l == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, l)
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}

// cut shortens text at a blank, so that no word is halved, and marks that it
// did.
func cut(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	short := string(runes[:limit-1])
	if at := strings.LastIndexAny(short, " \n"); at > len(short)/2 {
		short = short[:at]
	}
	return strings.TrimRight(short, " \n,;:–-") + "…"
}

// markdown writes plain text so that Markdown shows it as it stands. What can
// only be markup at the start of a line is escaped there alone, so that
// file-names_like_this stay readable in the editor.
func markdown(plain string) string {
	var out strings.Builder
	for i, l := range strings.Split(lines(plain), "\n") {
		if i > 0 {
			out.WriteString("\n")
		}
		markdownLine(&out, l)
	}
	return out.String()
}

func markdownLine(out *strings.Builder, l string) {
	l = strings.TrimLeft(l, " ") // four blanks would make it code
	runes := []rune(l)
	letter := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	digits := 0
	for digits < len(runes) && unicode.IsDigit(runes[digits]) {
		digits++
	}
	for i, r := range runes {
		switch {
		case strings.ContainsRune("\\`*[]<>~|&!", r),
			r == '_' && !(letter(i-1) && letter(i+1)),
			i == 0 && strings.ContainsRune("#+-=:", r),
			i == digits && digits > 0 && (r == '.' || r == ')'):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
}

// fromHTML gives the words of a fragment of HTML as Markdown that shows them
// as they stand: paragraphs and list items keep their lines, addresses are
// left out, and so is everything a browser would run or draw.
func fromHTML(fragment string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(fragment))
	hidden := 0 // how deep inside elements whose text is not words
	for {
		switch z.Next() {
		case html.ErrorToken:
			return markdown(out.String())
		case html.TextToken:
			if hidden == 0 {
				out.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(string(z.Text())))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			if tag := atom.Lookup(name); wordless[tag] {
				hidden++
			} else {
				out.WriteString(breakBefore(tag))
			}
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			out.WriteString(breakBefore(atom.Lookup(name)))
		case html.EndTagToken:
			name, _ := z.TagName()
			if tag := atom.Lookup(name); wordless[tag] {
				hidden = max(0, hidden-1)
			} else if breakBefore(tag) == paragraph {
				out.WriteString(paragraph)
			}
		}
	}
}

const paragraph = "\n\n"

// wordless are elements whose text is for a browser, or is drawn, or is asked
// for: none of it is part of what the fragment says.
var wordless = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Object: true,
	atom.Svg: true, atom.Math: true, atom.Textarea: true, atom.Title: true, atom.Select: true}

func breakBefore(tag atom.Atom) string {
	switch tag {
	case atom.Br, atom.Li, atom.Tr:
		return "\n"
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Blockquote:
		return paragraph
	}
	return ""
}

// link gives an address a reader can be led to, or nothing. It is the rule of
// alert.Draft, asked before a draft is made of it.
func link(text string) string {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || len(text) > alert.LineLimit || text != line(text) {
		return ""
	}
	return text
}

package pdf_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/pdf"
)

// wordsOf gives what a document says, in order.
func wordsOf(blocks []pdf.Block) []string {
	var all []string
	text := func(texts ...pdf.Text) {
		var said strings.Builder
		for _, each := range texts {
			for _, r := range each {
				said.WriteString(r.Text)
			}
			said.WriteString("\n")
		}
		all = append(all, strings.Fields(said.String())...)
	}
	for _, block := range blocks {
		switch b := block.(type) {
		case pdf.Heading:
			text(pdf.Say(b.Text))
		case pdf.Paragraph:
			text(b.Text)
		case pdf.Small:
			text(b.Text)
		case pdf.Panel:
			text(append([]pdf.Text{pdf.Say(b.Title)}, b.Lines...)...)
		case pdf.List:
			for i, item := range b.Items {
				label := "•"
				if b.Numbered {
					label = fmt.Sprintf("%d.", i+1)
				}
				text(pdf.Say(label), item)
			}
		case pdf.Facts:
			for _, fact := range b {
				text(pdf.Say(fact.Label), fact.Value)
			}
		case pdf.Table:
			text(pdf.Say(b.Caption))
			for _, column := range b.Columns {
				text(pdf.Say(column.Head))
			}
			for _, row := range b.Rows {
				text(row...)
			}
		}
	}
	return all
}

// same holds words against each other. Only a word as long as a digest may be
// broken at the edge of a line.
func same(t *testing.T, claim string, got, want []string) {
	t.Helper()
	for i, word := range want {
		n := 1
		for len(word) > 40 && n < len(got) && len(strings.Join(got[:n], "")) < len(word) {
			n++
		}
		if len(got) < n || strings.Join(got[:n], "") != word {
			t.Fatalf("%s: word %d is not %q, but %q", claim, i, word, got[:min(len(got), 6)])
		}
		got = got[n:]
	}
	if len(got) > 0 {
		t.Fatalf("%s: after the end stands %q", claim, got)
	}
}

func TestEveryWordIsThereInOrder(t *testing.T) {
	paragraphs := pdf.Document{Title: "Long", Lang: "en-GB", CreatedAt: made}
	for i := range 4 {
		paragraphs.Blocks = append(paragraphs.Blocks, pdf.Paragraph{Text: pdf.Say(strings.Repeat(fmt.Sprintf("the part %d of a paragraph that goes on and on ", i), 400))})
	}
	for claim, d := range map[string]pdf.Document{"a receipt": receipt(), "a table over pages": longTable(150), "paragraphs of 200 lines": paragraphs} {
		file, err := pdf.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		want := wordsOf(d.Blocks)
		read, _ := spoken(t, file)
		same(t, claim+", read out", read, want)
		// between the edges; a header said again is left out of the count
		text := must(t, "pdftotext", "-raw", "-x", "0", "-y", "58", "-W", "596", "-H", "710", kept(t, "a.pdf", file), "-")
		pages := strings.Split(text, "\f")
		for i := range pages {
			if i > 0 && strings.HasPrefix(pages[i], "Organisation Answer Hours\n") {
				pages[i] = strings.TrimPrefix(pages[i], "Organisation Answer Hours\n")
			}
		}
		same(t, claim+", as text", strings.Fields(strings.Join(pages, " ")), want)
	}
}

func TestALongTableSaysItsHeaderOnEveryPage(t *testing.T) {
	file, err := pdf.Write(longTable(150))
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(must(t, "pdftotext", "-layout", kept(t, "a.pdf", file), "-"), "\f"), "\f")
	if len(pages) < 6 {
		t.Fatalf("%d pages", len(pages))
	}
	seen := 0
	for i, page := range pages {
		if !regexp.MustCompile(`Organisation +Answer +Hours`).MatchString(page) {
			t.Errorf("page %d has no header", i+1)
		}
		if !strings.Contains(page, fmt.Sprintf("Page %d of %d", i+1, len(pages))) {
			t.Errorf("page %d has another number", i+1)
		}
		seen += len(regexp.MustCompile(`Invented Trust \d+ +Not affected.* \d+\n`).FindAllString(page, -1))
	}
	if seen != 150 {
		t.Errorf("%d rows", seen)
	}
}

// TestT24HostileTextsAreInertInPDF puts into every place what would mean
// something to a reader of the format, or turn what a person reads around.
func TestT24HostileTextsAreInertInPDF(t *testing.T) {
	hostile := []string{`) Tj ET EMC endstream endobj (`, `\) \( \\ \101`, "a\rb", "a\r\nb\tc", "\x00\x01\x7f", "(((", ">>", "<feff>", "%%EOF", "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
		"safe\u202egpj.exe", "\u2066x\u2069", "zero\u200bwidth", "\ufeffmark", "soft\u00adhyphen", "<script>alert(1)</script>", "]]> <?xpacket end='w'?>", "\xff\xfe\xc3", "日本語", "emoji 🦠🏥", "e\u0301", "العربية", "Привет", "Ελλάδα", "\U000e0041", "ﬁ ﬂ", "½ ≥ £ € † ‘’ “”"}
	for _, text := range hostile {
		d := pdf.Document{Title: text, Lang: "en-GB", Author: text, Subject: text, Footer: text, CreatedAt: made, Files: []pdf.File{{Name: "a.txt", Type: "text/plain", About: text, Data: []byte(text)}},
			Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: text}, pdf.Paragraph{Text: pdf.Text{{Text: text}, {Text: text, Style: pdf.Bold}, {Text: text, Style: pdf.Mono}}}, pdf.Panel{Title: text, Lines: []pdf.Text{pdf.Say(text)}}, pdf.List{Items: []pdf.Text{pdf.Say(text)}},
				pdf.Facts{{Label: text, Value: pdf.Say(text)}}, pdf.Table{Caption: text, Columns: []pdf.Column{{Head: text}}, Rows: [][]pdf.Text{{pdf.Say(text)}}}, pdf.Small{Text: pdf.Say(text)}}}
		s := issue(t, "Seal", onCurve(t)).seal()
		s.Name, s.Reason = text, text
		file := sealed(t, d, s)
		found, err := pdf.VerifySeal(file)
		if back := strings.ToValidUTF8(text, "\ufffd\ufffd\ufffd"); err != nil || found.Name != found.Reason || (!strings.Contains(text, "\xff") && found.Name != back) {
			t.Errorf("%q: %q, %v", text, found.Name, err)
		}
		if data, err := pdf.Attached(file, "a.txt"); err != nil || string(data) != text {
			t.Errorf("%q: attached %q, %v", text, data, err)
		}
		path := kept(t, "a.pdf", file)
		if said := must(t, "qpdf", "--check", path); strings.Contains(said, "WARNING") {
			t.Errorf("%q: %s", text, said)
		}
		if said := must(t, "pdfsig", "-nocert", path); !strings.Contains(said, "Signature is Valid") {
			t.Errorf("%q: %s", text, said)
		}
		if said := must(t, "pdfinfo", path); !strings.Contains(said, "JavaScript:      no") || !strings.Contains(said, "Pages:           1\n") {
			t.Errorf("%q: %s", text, said)
		}
	}
}

// TestOthersAreGivenWhatTheFontLacks leaves out the characters that a program
// drops, or marks in its own way, when it prints to a terminal.
func TestOthersAreGivenWhatTheFontLacks(t *testing.T) {
	for text := range lacking {
		if strings.ContainsAny(text, "\x00\u202e") {
			continue
		}
		file, err := pdf.Write(pdf.Document{Title: "T", Lang: "en", CreatedAt: made, Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: "Begin " + text + " end"}}})
		if err != nil {
			t.Fatal(err)
		}
		path := kept(t, "a.pdf", file)
		if said := must(t, "pdfinfo", "-struct-text", path); !strings.Contains(said, `"Begin `) || !strings.Contains(said, ` end"`) {
			t.Errorf("%q takes the words beside it along:\n%s", text, said)
		}
		said := must(t, "pdftotext", "-raw", "-y", "58", "-x", "0", "-W", "596", "-H", "710", path, "-")
		if strings.TrimRight(said, "\n\f") != "Begin "+text+" end" {
			t.Errorf("%q is given as %q", text, said)
		}
	}
}

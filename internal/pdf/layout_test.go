package pdf_test

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/internal/pdf"
)

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	first, err := pdf.Write(receipt())
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 5 {
		wait.Go(func() {
			if again, err := pdf.Write(receipt()); err != nil || !bytes.Equal(first, again) {
				t.Errorf("%v, or other bytes", err)
			}
		})
	}
	wait.Wait()
	other := receipt()
	other.Footer += "."
	if changed, err := pdf.Write(other); err != nil || bytes.Equal(first, changed) {
		t.Errorf("%v, or another document gives the same bytes", err)
	}
}

// sentence is some words.
func sentence(t *rapid.T, most int) string {
	return strings.TrimSpace(strings.Repeat("words that go on ", rapid.IntRange(1, most).Draw(t, "words")))
}

// anyBlock makes a block of any kind.
func anyBlock(t *rapid.T) pdf.Block {
	text := func(most int) pdf.Text { return pdf.Say(sentence(t, most)) }
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0, 1:
		return pdf.Heading{Level: rapid.IntRange(1, 3).Draw(t, "level"), Text: sentence(t, 12)}
	case 2:
		return pdf.List{Numbered: rapid.Bool().Draw(t, "numbered"), Items: []pdf.Text{text(20), text(5)}}
	case 3:
		return pdf.Facts{{Label: "Label", Value: text(30)}, {Label: "Label", Value: text(3)}}
	case 4:
		table := pdf.Table{Caption: "Caption", Columns: []pdf.Column{{Head: "One"}, {Head: "Two", Right: true}}}
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			table.Rows = append(table.Rows, []pdf.Text{text(20), text(2)})
		}
		return table
	case 5:
		return pdf.Panel{Title: "Panel", Lines: []pdf.Text{text(10)}}
	case 6:
		return pdf.Together{pdf.Heading{Level: 2, Text: "Kept"}, pdf.Paragraph{Text: text(90)}}
	default:
		return pdf.Paragraph{Text: text(120)}
	}
}

// TestPages lays out hundreds of documents, and holds each page against what
// is promised of it.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := pdf.Document{}
		headings := 0
		for range rapid.IntRange(1, 25).Draw(t, "blocks") {
			block := anyBlock(t)
			if _, is := block.(pdf.Heading); !is {
				headings = 0
			} else if headings++; headings > 3 { // more of them than a page holds cannot be kept together
				continue
			}
			d.Blocks = append(d.Blocks, block)
		}
		d.Blocks = append(d.Blocks, pdf.Paragraph{Text: pdf.Say("The end.")})
		pages, rows, err := pdf.Pages(d)
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			if page.Lowest < 78 {
				t.Errorf("page %d: a line stands %.1f points above the foot", i+1, page.Lowest)
			}
			if len(page.Tags) == 0 {
				t.Fatalf("page %d is empty", i+1)
			}
			if last := page.Tags[len(page.Tags)-1]; strings.HasPrefix(last, "H") || last == "Caption" {
				t.Errorf("page %d ends with a %s", i+1, last)
			}
		}
		for i, row := range rows {
			if len(row) != 1 {
				t.Errorf("row %d is on pages %v", i+1, row)
			}
		}
	})
}

// TestTableWithoutRowsHoldsNothing: a heading over an empty table does not end a
// page because what follows the table is as tall as one.
func TestTableWithoutRowsHoldsNothing(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("words that go on ", 12))
	fitted := 0
	for more := range 60 {
		kept := slices.Repeat([]pdf.Block{pdf.Heading{Level: 1, Text: long}}, 3)
		kept = append(kept, pdf.Table{Caption: "Tall", Columns: []pdf.Column{{Head: "One"}, {Head: "Two"}}, Rows: [][]pdf.Text{{pdf.Say(strings.Repeat("words that go on and on and on ", more+1)), pdf.Say("2")}}})
		if alone, _, err := pdf.Pages(pdf.Document{Blocks: kept}); err != nil || len(alone) > 1 {
			continue
		}
		fitted++
		d := pdf.Document{Blocks: append([]pdf.Block{pdf.Heading{Level: 1, Text: "Nothing"}, pdf.Table{Caption: "Empty", Columns: []pdf.Column{{Head: "One"}}}}, kept...)}
		pages, _, err := pdf.Pages(d)
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			if last := page.Tags[len(page.Tags)-1]; strings.HasPrefix(last, "H") || last == "Caption" {
				t.Errorf("with %d more words page %d ends with a %s", more, i+1, last)
			}
		}
	}
	if fitted < 3 || fitted == 60 {
		t.Errorf("%d of these fit on a page", fitted)
	}
}

func TestTogetherStaysOnOnePage(t *testing.T) {
	for filler := range 44 {
		var d pdf.Document
		for range filler {
			d.Blocks = append(d.Blocks, pdf.Paragraph{Text: pdf.Say("One line.")})
		}
		d.Blocks = append(d.Blocks, pdf.Together{pdf.Heading{Level: 2, Text: "Kept"}, pdf.List{Items: slices.Repeat([]pdf.Text{pdf.Say("An item.")}, 10)}, pdf.Facts{{Label: "A", Value: pdf.Say("B")}}})
		pages, _, err := pdf.Pages(d)
		if err != nil {
			t.Fatal(err)
		}
		last := pages[len(pages)-1].Tags
		if !slices.Contains(last, "H2") || !slices.Contains(last, "TD") || len(pages) > 2 {
			t.Errorf("after %d lines it is not on one page: %v", filler, pages)
		}
	}
}

func TestWhatNoPageHoldsIsSplitAndNotLost(t *testing.T) {
	long := pdf.Say(strings.Repeat("word ", 4000))
	items := slices.Repeat([]pdf.Text{pdf.Say("An item of a list.")}, 200)
	for claim, c := range map[string]struct {
		block pdf.Block
		tag   string
		pages int
	}{
		"a paragraph of 200 lines and more": {pdf.Paragraph{Text: long}, "P", 6},
		"a row that is longer than a page":  {pdf.Table{Caption: "C", Columns: []pdf.Column{{Head: "A"}, {Head: "B"}}, Rows: [][]pdf.Text{{long, pdf.Say("b")}}}, "TD", 10},
		"a fact that is longer than a page": {pdf.Facts{{Label: "L", Value: long}}, "TD", 8},
		"a panel that is longer than one":   {pdf.Panel{Title: "T", Lines: []pdf.Text{long}}, "P", 8},
		"a heading that is longer than one": {pdf.Heading{Level: 1, Text: strings.Repeat("word ", 1000)}, "H1", 7},
		"a group that is longer than one":   {pdf.Together{pdf.Heading{Level: 2, Text: "H"}, pdf.List{Items: items}}, "LBody", 8},
		"one word that is longer than one":  {pdf.Small{Text: pdf.Text{{Text: strings.Repeat("0123456789abcdef", 1000), Style: pdf.Mono}}}, "P", 4},
		"a header that is longer than one":  {pdf.Table{Caption: "C", Columns: []pdf.Column{{Head: strings.Repeat("word ", 4000)}}, Rows: [][]pdf.Text{{pdf.Say("b")}}}, "TD", 6},
	} {
		t.Run(claim, func(t *testing.T) {
			pages, _, err := pdf.Pages(pdf.Document{Blocks: []pdf.Block{c.block, pdf.Paragraph{Text: pdf.Say("The end.")}}})
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for i, page := range pages {
				found = found || slices.Contains(page.Tags, c.tag)
				if page.Lowest < 78 {
					t.Errorf("page %d: a line stands %.1f points above the foot", i+1, page.Lowest)
				}
			}
			if len(pages) != c.pages || !found {
				t.Errorf("%d pages, %s there: %v", len(pages), c.tag, found)
			}
		})
	}
}

func TestWhatCannotBeADocumentIsRefused(t *testing.T) {
	for claim, change := range map[string]func(d *pdf.Document){
		"no title":                    func(d *pdf.Document) { d.Title = "" },
		"no time":                     func(d *pdf.Document) { d.CreatedAt = time.Time{} },
		"a language that ends things": func(d *pdf.Document) { d.Lang = "en) /OpenAction (" },
		"nothing in it":               func(d *pdf.Document) { d.Blocks = nil },
		"a block that is not there":   func(d *pdf.Document) { d.Blocks = []pdf.Block{nil} },
		"a heading of level 4":        func(d *pdf.Document) { d.Blocks = []pdf.Block{pdf.Heading{Level: 4, Text: "x"}} },
		"such a heading in a group":   func(d *pdf.Document) { d.Blocks = []pdf.Block{pdf.Together{pdf.Heading{Level: 0, Text: "x"}}} },
		"a row with a cell too few": func(d *pdf.Document) {
			d.Blocks = []pdf.Block{pdf.Table{Caption: "c", Columns: []pdf.Column{{Head: "a"}, {Head: "b"}}, Rows: [][]pdf.Text{{nil}}}}
		},
		"a column without a header":     func(d *pdf.Document) { d.Blocks = []pdf.Block{pdf.Table{Caption: "c", Columns: []pdf.Column{{}}}} },
		"two files of one name":         func(d *pdf.Document) { d.Files = append(d.Files, d.Files[0]) },
		"a file name that ends things":  func(d *pdf.Document) { d.Files[0].Name = "a) /JS (" },
		"a file type that ends things":  func(d *pdf.Document) { d.Files[0].Type = "a/b /JS" },
		"a file larger than a document": func(d *pdf.Document) { d.Files[0].Data = make([]byte, 40<<20) },
	} {
		d := receipt()
		change(&d)
		if file, err := pdf.Write(d); err == nil {
			t.Errorf("%s gives a file of %d bytes", claim, len(file))
		}
	}
}

// lacking is texts, and what is drawn of them.
var lacking = map[string]string{
	"日本": "[U+65E5][U+672C]", "a\u202eb": "a[U+202E]b", "🦠": "[U+1F9A0]", "x\u00ady": "x[U+00AD]y", "\x00": "[U+0000]", "Привет Ελλάδα": "Привет Ελλάδα", "Zoë": "Zoë", "e\u0301": "e[U+0301]", "≥£†": "≥£†",
}

func TestWhatTheFontLacksIsNamedAndNotLost(t *testing.T) {
	for text, want := range lacking {
		seen, given, err := pdf.Shown(text)
		if err != nil || seen != want || given != text {
			t.Errorf("%q is shown as %q, and given as %q, %v", text, seen, given, err)
		}
	}
}

func TestCutFontsHaveTheSameShapes(t *testing.T) {
	letters := "Countersign 0123456789 £€§†·•–—‘’“”…≥≤½"
	for r := 'À'; r <= 'ſ'; r++ {
		letters += string(r)
	}
	letters += "ΆΈΉΊΌΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίΰαβγδεζЁЂЃЄЅІЇЈЉЊЋЌЎЏАБВГДЕЖЗИЙЫЬЭЮЯёђѓє"
	for _, style := range []pdf.Style{pdf.Plain, pdf.Bold, pdf.Mono} {
		whole, part, err := pdf.Outlines(letters, style)
		if err != nil {
			t.Fatal(err)
		}
		drawn := 0
		for i := range whole {
			if !slices.Equal(whole[i], part[i]) {
				t.Errorf("style %d: shape %d is another", style, i)
			}
			drawn += len(part[i])
		}
		if len(whole) < 250 || drawn < 5000 {
			t.Errorf("style %d: %d shapes of %d strokes", style, len(whole), drawn)
		}
	}
}

func TestNewPage(t *testing.T) {
	line := pdf.Paragraph{Text: pdf.Say("A line.")}
	for _, c := range []struct {
		claim  string
		blocks []pdf.Block
		want   int
	}{
		{"what follows begins a page", []pdf.Block{line, pdf.NewPage{}, line}, 2},
		{"at the beginning it changes nothing", []pdf.Block{pdf.NewPage{}, line}, 1},
		{"twice it adds no empty page", []pdf.Block{line, pdf.NewPage{}, pdf.NewPage{}, line}, 2},
		{"it parts what would be kept together", []pdf.Block{pdf.Together{line, pdf.NewPage{}, line}}, 2},
	} {
		t.Run(c.claim, func(t *testing.T) {
			pages, _, err := pdf.Pages(pdf.Document{Blocks: c.blocks})
			if err != nil || len(pages) != c.want {
				t.Errorf("%d pages, want %d: %v", len(pages), c.want, err)
			}
		})
	}
}

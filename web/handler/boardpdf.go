package handler

import (
	"strings"

	"countersign/internal/board"
	"countersign/internal/pdf"
	"countersign/views/boardview"
)

// boardDocument lays a paper out: what the page says, in the same words and
// order, with the text behind its fingerprint attached.
func boardDocument(p board.Paper, v boardview.Paper, banner, address string) pdf.Document {
	d := pdf.Document{Title: "Board paper, " + v.Caption, Lang: "en-GB", Author: "Countersign", Subject: v.Moment, CreatedAt: p.At, Footer: address,
		Files: []pdf.File{{Name: "board-paper.txt", Type: "text/plain", About: "The text that the fingerprint of this paper is of", Data: []byte(p.Text())}}}
	d.Blocks = []pdf.Block{pdf.Paragraph{Text: pdf.Say(v.Caption)}, pdf.Heading{Level: 1, Text: v.Heading}}
	for _, text := range []string{banner, v.Moment, v.Reader} {
		if text != "" {
			d.Blocks = append(d.Blocks, pdf.Small{Text: pdf.Say(text)})
		}
	}
	d.Blocks = append(d.Blocks, pdf.Paragraph{Text: pdf.Say(v.Finding), Lead: true})
	for _, s := range v.Board {
		d.Blocks = append(d.Blocks, boardSection(s, 2)...)
	}
	d.Blocks = append(d.Blocks, pdf.NewPage{}, pdf.Heading{Level: 2, Text: "Annex for the audit committee"})
	for _, s := range v.Annex {
		d.Blocks = append(d.Blocks, boardSection(s, 3)...)
	}
	return d
}

func boardSection(s boardview.Section, level int) []pdf.Block {
	if s.Fine {
		return fineSection(s)
	}
	var blocks []pdf.Block
	if s.Title != "" {
		blocks = append(blocks, pdf.Heading{Level: level, Text: s.Title})
	}
	for _, text := range s.Intro {
		blocks = append(blocks, pdf.Paragraph{Text: pdf.Say(text)})
	}
	if s.Table != nil {
		blocks = append(blocks, boardTable(*s.Table))
	}
	if len(s.List) > 0 {
		list := pdf.List{}
		for _, item := range s.List {
			list.Items = append(list.Items, pdf.Say(item))
		}
		blocks = append(blocks, list)
	}
	for i, g := range s.Groups {
		if blocks = append(blocks, boardGroup(g)); i == 0 { // a heading stands with the first of what it heads
			blocks = []pdf.Block{pdf.Together(blocks)}
		}
	}
	return blocks
}

// fineSection is in small type: its title begins its first line.
func fineSection(s boardview.Section) []pdf.Block {
	blocks := []pdf.Block{pdf.Rule{}, pdf.Small{Text: append(pdf.Text{{Text: s.Title + ". ", Style: pdf.Bold}}, pdf.Say(strings.Join(s.Intro, " "))...)}}
	for _, g := range s.Groups {
		for _, f := range g.Facts {
			blocks = append(blocks, pdf.Small{Text: append(pdf.Text{{Text: f.Label + ": ", Style: pdf.Bold}}, boardValue(f)...)})
		}
	}
	return []pdf.Block{pdf.Together(blocks)}
}

func boardTable(from boardview.Table) pdf.Table {
	t := pdf.Table{Caption: from.Caption, RowHeads: true}
	for _, c := range from.Columns {
		t.Columns = append(t.Columns, pdf.Column{Head: c.Head, Width: c.Width})
	}
	for _, row := range from.Rows {
		var cells []pdf.Text
		for _, text := range row {
			cells = append(cells, pdf.Say(text))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func boardValue(f boardview.Fact) pdf.Text {
	if f.Code {
		return pdf.Text{{Text: f.Value, Style: pdf.Mono}}
	}
	return pdf.Say(f.Value)
}

func boardGroup(g boardview.Group) pdf.Block {
	facts := pdf.Facts{}
	for _, f := range g.Facts {
		facts = append(facts, pdf.Fact{Label: f.Label, Value: boardValue(f)})
	}
	if g.Title == "" {
		return facts
	}
	return pdf.Together{pdf.Paragraph{Text: pdf.Text{{Text: g.Title, Style: pdf.Bold}}}, facts}
}

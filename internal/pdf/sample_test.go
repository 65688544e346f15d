package pdf_test

import (
	"fmt"
	"strings"
	"time"

	"countersign/internal/pdf"
)

var made = time.Date(2026, 11, 24, 9, 52, 14, 0, time.UTC)

const bundle = `{"version":1,"statement":"st_7","words":"endobj (not the end) %%EOF startxref"}`

// receipt is a document as a signer gets it.
func receipt() pdf.Document {
	digest := strings.Repeat("9f2c71b04e8da613", 4)
	return pdf.Document{
		Title: "Receipt for a signed statement", Lang: "en-GB", Author: "Countersign", Subject: "July to September 2026, Calder Vale Teaching Hospitals NHS Trust", CreatedAt: made,
		Footer: "Calder Vale Teaching Hospitals NHS Trust · statement st_7 · made at 9:52am on 24 November 2026",
		Blocks: []pdf.Block{
			pdf.Heading{Level: 1, Text: "Receipt for a signed statement"},
			pdf.Panel{Title: "Statement signed", Lines: []pdf.Text{
				{{Text: "Verification code "}, {Text: "7KQ4-M2XD-9RTV", Style: pdf.Bold}},
				pdf.Say("With 1 exception, at 9:52am on 24 November 2026"),
			}},
			pdf.Paragraph{Lead: true, Text: pdf.Say("Zoë Müller signed for “Calder Vale Teaching Hospitals” – with availability ≥ 99.5 % and a cost of £21m.")},
			pdf.Heading{Level: 2, Text: "Your receipt"},
			pdf.Facts{
				{Label: "Signed by", Value: pdf.Say("Zoë Müller, chief executive")},
				{Label: "For", Value: pdf.Say("Calder Vale Teaching Hospitals NHS Trust")},
				{Label: "What", Value: pdf.Say("July to September 2026 cyber statement, version 3")},
				{Label: "Fingerprint", Value: pdf.Text{{Text: digest, Style: pdf.Mono}}},
				{Label: "Place in the public log", Value: pdf.Say("Entry 48,213")},
			},
			pdf.Heading{Level: 2, Text: "What was signed"},
			pdf.Paragraph{Text: pdf.Text{{Text: "I have read the statement. "}, {Text: "It is true to the best of my knowledge", Style: pdf.Bold}, {Text: ", and the exceptions below are all that I know of. I understand that the board answers for what is not done by the day it names, and that the regulator reads this statement beside the answers to alerts."}}},
			pdf.List{Numbered: true, Items: []pdf.Text{pdf.Say("Every critical alert was answered within 48 hours."), pdf.Say("The restore of backups was rehearsed, and a second hand measured how long it took, on the day that was agreed with the regulator beforehand.")}},
			pdf.Heading{Level: 2, Text: "What happens next"},
			pdf.List{Items: []pdf.Text{pdf.Say("The regulator can see the statement now."), pdf.Say("There is nothing more for you to do today.")}},
			pdf.Table{Caption: "Exceptions", RowHeads: true, Columns: []pdf.Column{{Head: "Outcome", Width: 2}, {Head: "What is not as it should be", Width: 4}, {Head: "Fix by", Width: 2}, {Head: "Days", Width: 1, Right: true}},
				Rows: [][]pdf.Text{
					{pdf.Say("B4.d Vulnerability management"), pdf.Say("Two imaging machines run without updates."), pdf.Say("18 December 2026"), pdf.Say("24")},
					{pdf.Say("C1.a Monitoring"), pdf.Say("Logs of the pathology system are kept for 30 days only."), pdf.Say("1 March 2027"), pdf.Say("97")},
				}},
			pdf.Rule{},
			pdf.Small{Text: pdf.Text{{Text: "The proof is attached to this file as proof.json. Its digest is "}, {Text: digest, Style: pdf.Mono}}},
		},
		Files: []pdf.File{{Name: "proof.json", Type: "application/json", About: "The proof, for machines", Data: []byte(bundle)}},
	}
}

// longTable has so many rows that it goes over several pages.
func longTable(rows int) pdf.Document {
	d := receipt()
	t := pdf.Table{Caption: "Answers of every organisation", RowHeads: true,
		Columns: []pdf.Column{{Head: "Organisation", Width: 4}, {Head: "Answer", Width: 4}, {Head: "Hours", Width: 1, Right: true}}}
	for i := range rows {
		t.Rows = append(t.Rows, []pdf.Text{pdf.Say(fmt.Sprintf("Invented Trust %d", i+1)), pdf.Say("Not affected: the device it is about was replaced " + strings.Repeat("and checked ", i%4)), pdf.Say(fmt.Sprint(i * 7 % 48))})
	}
	d.Blocks = []pdf.Block{pdf.Heading{Level: 1, Text: "Board paper"}, t, pdf.Heading{Level: 2, Text: "The end"}, pdf.Paragraph{Text: pdf.Say("Nothing follows.")}}
	return d
}

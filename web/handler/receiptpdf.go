package handler

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/internal/pdf"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
	"countersign/views/attestationview"
)

// printed gives the receipt as a document that stands by itself: the exact
// words, who signed them and how, with the proof attached.
func (h Statements) printed(c echo.Context) error {
	ctx := c.Request().Context()
	s, err := h.signedScene(c)
	if err != nil {
		return err
	}
	g, err := h.Statements.Receipt(ctx, s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return err
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	place, err := h.Receipts.Standing(ctx, s.who, s.org.Code, s.statement.ID, 0)
	if err != nil {
		return err
	}
	document, _, err := h.paper(ctx, s, g, words, place)
	if err != nil {
		return err
	}
	file, err := h.Press.Print(ctx, document, receiptReason(g))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="countersign-receipt-`+strings.ToLower(g.Code.Groups())+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

func receiptReason(g attestation.Signature) string { return "Receipt " + g.Code.Groups() }

// paper gives the document of a receipt, and the bundle in it.
func (h Statements) paper(ctx context.Context, s scene, g attestation.Signature, words attestation.Words, place transparency.Evidence) (pdf.Document, receipt.Bundle, error) {
	bundle, err := h.Receipts.Bundle(ctx, s.who, s.org.Code, s.statement.ID)
	if err != nil {
		return pdf.Document{}, bundle, err
	}
	return receiptPaper(s, g, words, place, bundle, h.BaseURL.JoinPath("check").String(), h.Banner), bundle, nil
}

// downloads leads to the files of a receipt, and says how large they are.
func (h Statements) downloads(ctx context.Context, s scene, g attestation.Signature, words attestation.Words, place transparency.Evidence, page *attestationview.Receipt) error {
	if place.Provisional() {
		return nil // nothing proves it yet
	}
	at := receiptPath(s.org.Code, s.statement.ID)
	page.ProofHref, page.PDFHref = at+"/proof", at+"/pdf"
	size, err := h.Sizes.of(g, place, func() (fileSizes, error) {
		document, bundle, err := h.paper(ctx, s, g, words, place)
		if err != nil {
			return fileSizes{}, err
		}
		printed, err := h.Press.Size(document, receiptReason(g))
		return fileSizes{proof: int64(len(bundle.Bytes())), pdf: printed}, err
	})
	if err == nil {
		page.ProofSize, page.PDFSize = fileSize(size.proof), fileSize(size.pdf)
	}
	return err
}

// receiptPaper lays a receipt out. Everything on it is in the bundle it carries,
// and the same signature with the same proof gives the same document.
func receiptPaper(s scene, g attestation.Signature, words attestation.Words, place transparency.Evidence, bundle receipt.Bundle, check, banner string) pdf.Document {
	page := receiptView(s, g, words)
	d := pdf.Document{Title: page.Title + ", signed", Lang: "en-GB", Author: "Countersign", Subject: page.Organisation, CreatedAt: g.SignedAt.Truncate(time.Second),
		Footer: "Verification code " + page.Code + " · " + check, Files: []pdf.File{{Name: receipt.AttachedName, Type: "application/json", About: "The proof of this signature, for machines", Data: bundle.Bytes()}}}
	d.Blocks = append(d.Blocks, pdf.Heading{Level: 1, Text: page.Title})
	if banner != "" {
		d.Blocks = append(d.Blocks, pdf.Paragraph{Text: pdf.Say(banner)})
	}
	d.Blocks = append(d.Blocks, pdf.Panel{Title: "Signed " + strings.ToLower(page.How), Lines: []pdf.Text{pdf.Say(page.Signer + ", " + strings.ToLower(page.Capacity)), pdf.Say(page.Organisation), pdf.Say(page.At)}},
		pdf.Paragraph{Text: pdf.Say(page.Declaration), Lead: true})
	if page.Late != "" {
		d.Blocks = append(d.Blocks, pdf.Paragraph{Text: pdf.Say(page.Late)})
	}
	for _, g := range page.CoSigned {
		d.Blocks = append(d.Blocks, pdf.Panel{Title: "Co-signed before", Lines: []pdf.Text{pdf.Say(g.Signer + ", " + g.Capacity), pdf.Say(g.At)}}, pdf.Paragraph{Text: pdf.Say(g.Declaration)})
	}
	for i, e := range page.Exceptions {
		d.Blocks = append(d.Blocks, pdf.Together{pdf.Heading{Level: 2, Text: "Qualification " + strconv.Itoa(i+1) + ", to " + strings.ToLower(e.Part)},
			pdf.Facts{{Label: "Not confirmed", Value: pdf.Say(e.What)}, {Label: "What will be done", Value: pdf.Say(e.Doing)}, {Label: "Who", Value: pdf.Say(e.Who)}, {Label: "By", Value: pdf.Say(e.By)}}})
	}
	d.Blocks = append(d.Blocks, paperWords(page.Doc)...)
	d.Blocks = append(d.Blocks, pdf.Heading{Level: 2, Text: "Receipt"},
		pdf.Facts{
			{Label: "Verification code", Value: pdf.Text{{Text: page.Code, Style: pdf.Mono}}},
			{Label: "Proof of identity", Value: pdf.Say(page.Proof)},
			{Label: "Identity provider", Value: pdf.Say(g.Proof.Issuer)},
			{Label: "Fingerprint of what was signed", Value: pdf.Text{{Text: page.Fingerprint, Style: pdf.Mono}}},
			{Label: "Fingerprint of the words", Value: pdf.Text{{Text: page.WordsFingerprint, Style: pdf.Mono}}},
			{Label: "Place in the public log", Value: pdf.Say(placeWord(place))},
		},
		pdf.Small{Text: pdf.Say("Anyone can check this document at " + check + ", by the code or with this file. The proof travels inside it as " + receipt.AttachedName + ", and can be verified without the service.")},
		pdf.Heading{Level: 2, Text: "Exactly what was signed"},
		pdf.Small{Text: pdf.Say("The text behind the first fingerprint, line by line, with the figures, evidence and answers it leans on.")},
		pdf.Small{Text: pdf.Text{{Text: strings.TrimSuffix(g.Document, "\n"), Style: pdf.Mono}}})
	return d
}

// paperWords are the words of a statement, numbered as they were signed.
func paperWords(doc attestationview.Doc) []pdf.Block {
	blocks := []pdf.Block{pdf.Rule{}, pdf.Heading{Level: 2, Text: "The words"}, pdf.Small{Text: pdf.Say(doc.Version)}, pdf.Paragraph{Text: pdf.Say(doc.Opening)}}
	parts := pdf.List{Numbered: true}
	for _, part := range doc.Parts {
		parts.Items = append(parts.Items, pdf.Say(part))
	}
	blocks = append(blocks, parts)
	if len(doc.Gaps) > 0 {
		blocks = append(blocks, pdf.Heading{Level: 3, Text: "Gaps in this statement"})
		gaps := pdf.List{}
		for _, gap := range doc.Gaps {
			gaps.Items = append(gaps.Items, pdf.Text{{Text: gap.Name + ". ", Style: pdf.Bold}, {Text: gap.What + " " + gap.FixBy}})
		}
		blocks = append(blocks, gaps)
	}
	for _, section := range doc.More {
		if len(section.Items) == 0 {
			continue
		}
		list := pdf.List{}
		for _, item := range section.Items {
			list.Items = append(list.Items, pdf.Text{{Text: strings.TrimSuffix(item.Name, ".") + ". ", Style: pdf.Bold}, {Text: strings.TrimSpace(item.What + " " + item.FixBy)}})
		}
		blocks = append(blocks, pdf.Heading{Level: 3, Text: section.Title}, list)
	}
	return append(blocks, pdf.Rule{})
}

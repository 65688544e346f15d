package handler

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/internal/pdf"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
	"countersign/views/attestationview"
	"countersign/views/layout/layouttest"
)

// TestReceiptSaysWhatWasSigned: how many parts and gaps, and which of them are
// qualified, without opening anything.
func TestReceiptSaysWhatWasSigned(t *testing.T) {
	words := attestation.Words{Title: "2026 funding assurance", Organisation: calder.Code, Name: calder.Name, Parts: []string{"One.", "Two.", "Three."}}
	for want, c := range map[string]struct {
		gaps  int
		parts []int
	}{
		"Without qualification":                      {0, nil},
		"With 1 qualification, to part 3":            {1, []int{3}},
		"With 2 qualifications, to part 2":           {2, []int{2, 2}},
		"With 3 qualifications, to parts 1, 2 and 3": {2, []int{3, 1, 2}},
		"With 4 qualifications, to parts 1 and 3":    {2, []int{3, 1, 1, 3}},
	} {
		words.Gaps = make([]attestation.Gap, c.gaps)
		g := attestation.Signature{Opinion: attestation.Unqualified, SignedAt: calderNoon, Code: "7KQ4M2XD9RTV", Proof: attestation.Proof{Issuer: "https://provider.example/realm", AuthAt: calderNoon}}
		for _, part := range c.parts {
			g.Opinion = attestation.Qualified
			g.Exceptions = append(g.Exceptions, attestation.Exception{Part: part, By: "2026-12-18"})
		}
		page := receiptView(scene{org: calder, statement: besideStatement(true), now: calderNoon}, g, words)
		page.Page, page.PDFHref, page.PDFSize = frame("Statement signed"), "/pdf", "184KB"
		body := layouttest.Render(t, attestationview.ReceiptPage(page))
		contents := map[int]string{0: "3 parts, no gaps", 1: "3 parts and 1 gap", 2: "3 parts and 2 gaps"}[c.gaps]
		for _, words := range []string{">" + want + "<", "2026 funding assurance, version 1: " + contents, "Download the signed statement (PDF, 184KB)", `href="/">Go to home</a>`} {
			if !strings.Contains(body, words) {
				t.Errorf("%s: it does not say %q", want, words)
			}
		}
		// The address of the provider says nothing to people: it stands once, and
		// where those who verify look.
		_, after, _ := strings.Cut(body, "Technical details")
		if strings.Count(body, "https://provider.example/realm") != 1 || !strings.Contains(after, "https://provider.example/realm") {
			t.Errorf("the provider’s address is shown %d times", strings.Count(body, "https://provider.example/realm"))
		}
	}
}

// bench makes bundles and counts them; with a fault it makes none.
type bench struct {
	made  int
	fault error
}

func (b *bench) Bundle(context.Context, access.Actor, organisation.Code, attestation.ID) (receipt.Bundle, error) {
	b.made++
	return receipt.Bundle{Signing: receipt.Signing{Document: strings.Repeat("x", 4000)}}, b.fault
}

func (b *bench) Standing(context.Context, access.Actor, organisation.Code, attestation.ID, time.Duration) (transparency.Evidence, error) {
	return transparency.Evidence{}, b.fault
}

func (b *bench) Check(context.Context, access.Actor, []byte) (receipt.Report, error) {
	return receipt.Report{}, b.fault
}

func (b *bench) Print(context.Context, pdf.Document, string) ([]byte, error) { return nil, b.fault }
func (b *bench) Size(pdf.Document, string) (int64, error)                    { return 184_000, b.fault }

// TestFilesOfAReceiptAreMeasuredOnce: their sizes are shown on every view, and
// the files made for it once for each signature and proof.
func TestFilesOfAReceiptAreMeasuredOnce(t *testing.T) {
	b := &bench{fault: errors.New("the record does not verify")}
	h := Statements{Site: Site{BaseURL: &url.URL{Scheme: "https", Host: "portal.example"}}, Receipts: b, Press: b, Sizes: &Sizes{}}
	g := attestation.Signature{ID: "g1", Code: "7KQ4M2XD9RTV", Opinion: attestation.Unqualified, SignedAt: calderNoon, Proof: attestation.Proof{AuthAt: calderNoon}}
	sees := func(g attestation.Signature, proof string, made int, size string) {
		t.Helper()
		var page attestationview.Receipt
		err := h.downloads(t.Context(), scene{org: calder, statement: besideStatement(true), now: calderNoon}, g, attestation.Words{Name: calder.Name}, transparency.Evidence{Proof: proof, Size: 9}, &page)
		if b.made != made || page.PDFSize != size || page.PDFHref == "" || page.ProofHref == "" || (size == "") != (err != nil) || size != "" && page.ProofSize == "" {
			t.Errorf("made %d times, of %q and %q: %v", b.made, page.PDFSize, page.ProofSize, err)
		}
	}
	sees(g, "a proof", 1, "")
	sees(g, "a proof", 2, "") // what went wrong is looked at again
	b.fault = nil
	sees(g, "a proof", 3, "184KB")
	sees(g, "a proof", 3, "184KB")
	sees(g, "a proof renewed", 4, "184KB")
	changed := g
	changed.Digest = attestation.DigestOf("other words")
	sees(changed, "a proof", 5, "184KB")
	for i := range sizesKept {
		sees(g, strconv.Itoa(i), 6+i, "184KB")
	}
	if n := len(h.Sizes.known); n > sizesKept {
		t.Errorf("%d are remembered", n)
	}
}

package handler

import (
	"strings"
	"testing"

	"countersign/internal/attestation"
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

package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"countersign/internal/pdf"
)

func TestAttachedFilesComeBack(t *testing.T) {
	d := receipt()
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(i * 7 >> (i % 5))
	}
	want := map[string]string{"proof.json": bundle, "empty.txt": "", "a.bin": string(noise), "z.txt": "endstream\nendobj\nxref\n0 1\nstartxref\n9\n%%EOF\n", "Z.txt": "in capitals"}
	for name, data := range want {
		if name != "proof.json" {
			d.Files = append(d.Files, pdf.File{Name: name, Type: "application/octet-stream", Data: []byte(data)})
		}
	}
	plain, err := pdf.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	for claim, file := range map[string][]byte{"plain": plain, "sealed": sealed(t, d, issue(t, "Seal", onCurve(t)).seal())} {
		for name, data := range want {
			if got, err := pdf.Attached(file, name); err != nil || string(got) != data {
				t.Errorf("%s, %s: %d bytes, %v", claim, name, len(got), err)
			}
		}
		for _, name := range []string{"", "proof", "PROOF.JSON", "proof.json) 1 0 R", "other.json"} {
			if got, err := pdf.Attached(file, name); !errors.Is(err, pdf.ErrNoFile) {
				t.Errorf("%s, %q: %d bytes, %v", claim, name, len(got), err)
			}
		}
	}
}

func TestAttachedTakesNothingElse(t *testing.T) {
	d := receipt()
	d.Files = nil
	bare, err := pdf.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pdf.Attached(bare, "proof.json"); !errors.Is(err, pdf.ErrNoFile) {
		t.Errorf("from a document without files: %v", err)
	}
	plain, err := pdf.Write(receipt())
	if err != nil {
		t.Fatal(err)
	}
	for old, new := range map[string]string{"/F (proof.json)": "/F (other.json)", "/UF (proof.json)": "/UF (other.json)", fmt.Sprintf("/Size %d ", len(bundle)): "/Size 71 ", fmt.Sprintf("/Length %d ", len(bundle)): "/Length 71 ", fmt.Sprintf("/Size %d /ModDate (D:20261124095214Z) >> /Length %d ", len(bundle), len(bundle)): "/Size 71 /ModDate (D:20261124095214Z) >> /Length 71 ", "/Type /Filespec": "/Type /FileSpec", "/Type /EmbeddedFile ": "/Type /Embeddedfile ", "/Names [": "/Names <"} {
		changed := bytes.Replace(plain, []byte(old), []byte(new), 1)
		if _, err := pdf.Attached(changed, "proof.json"); err == nil || bytes.Equal(changed, plain) {
			t.Errorf("with %s it is still there: %v", new, err)
		}
	}
	for claim, file := range map[string][]byte{"nothing": nil, "noise": bytes.Repeat([]byte("\x00%PDF"), 9_000), "half": plain[:len(plain)/2], "two files": append(bytes.Clone(plain), plain...), "another's": []byte("%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n")} {
		if _, err := pdf.Attached(file, "proof.json"); !errors.Is(err, pdf.ErrForeign) {
			t.Errorf("from %s: %v", claim, err)
		}
	}
}

package pdf_test

import (
	"bytes"
	"errors"
	"testing"

	"countersign/internal/pdf"
)

// FuzzAttached looks for a file that makes the reader fail in another way than
// it says.
func FuzzAttached(f *testing.F) {
	plain, err := pdf.Write(tiny())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain, "a.json")
	f.Add(plain[:len(plain)-20], "a.json")
	f.Add([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\nxref\n0 3\nstartxref\n15\n%%EOF\n"), "")
	f.Fuzz(func(t *testing.T, file []byte, name string) {
		data, err := pdf.Attached(file, name)
		if err != nil && !errors.Is(err, pdf.ErrForeign) && !errors.Is(err, pdf.ErrNoFile) {
			t.Errorf("%v", err)
		}
		if err == nil && !bytes.Contains(file, data) {
			t.Error("it gives what is not in the file")
		}
	})
}

// FuzzVerifySeal looks for a change to a sealed document, at a place or of its
// seal as a whole, that is not noticed.
func FuzzVerifySeal(f *testing.F) {
	s := issue(f, "Seal", onCurve(f)).seal()
	s.Stamp = clock{holder: issue(f, "Clock", onCurve(f), stamping)}.stamp
	file := sealed(f, tiny(), s)
	_, der, from, to := apart(f, file)
	f.Add(uint(0), []byte("%PDF"), der)
	f.Add(uint(len(file)-7), []byte("%%EOF\n"), der[:len(der)-1])
	f.Add(uint(from), []byte("<30"), append(bytes.Clone(der), 0x30, 0))
	f.Fuzz(func(t *testing.T, at uint, patch, seal []byte) {
		changed := bytes.Clone(file)
		if len(seal) <= (to-from-2)/2 {
			changed = withSeal(t, file, seal)
		}
		i := int(at % uint(len(file)))
		changed = append(append(bytes.Clone(changed[:i]), patch...), changed[min(len(changed), i+len(patch)):]...)
		found, err := pdf.VerifySeal(changed)
		switch {
		case err == nil && !found.Certificates[0].Equal(s.Chain[0]): // another process's key, for the same words
			if !bytes.Equal(changed[:from], file[:from]) || !bytes.Equal(changed[to:], file[to:]) {
				t.Error("a change of the words is not noticed")
			}
		case err == nil && !bytes.Equal(changed, file):
			t.Error("a change is not noticed")
		case err != nil && bytes.Equal(changed, file):
			t.Error("what was not changed:", err)
		case err != nil && !errors.Is(err, pdf.ErrSeal) && !errors.Is(err, pdf.ErrForeign):
			t.Errorf("%v", err)
		}
	})
}

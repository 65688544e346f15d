package pdf_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"countersign/internal/pdf"
)

// tiny is the smallest document that says something.
func tiny() pdf.Document {
	return pdf.Document{Title: "T", Lang: "en", CreatedAt: made, Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: "Yes"}}, Files: []pdf.File{{Name: "a.json", Type: "application/json", Data: []byte("{}")}}}
}

func sealed(t testing.TB, d pdf.Document, s pdf.Seal) []byte {
	t.Helper()
	file, err := pdf.Sign(t.Context(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var rangeIn = regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+) *\]`)

// apart takes a sealed file apart as a stranger would: what is covered, and the
// signature without its padding.
func apart(t testing.TB, file []byte) (covered, der []byte, from, to int) {
	t.Helper()
	found := rangeIn.FindSubmatch(file)
	if found == nil {
		t.Fatal("there is no byte range")
	}
	from, _ = strconv.Atoi(string(found[1])) // they are digits
	to, _ = strconv.Atoi(string(found[2]))
	length, _ := strconv.Atoi(string(found[3]))
	if to+length != len(file) || file[from] != '<' || file[to-1] != '>' {
		t.Fatalf("the range %s does not end where the file does, or begin where the seal does", found[0])
	}
	raw, err := hex.DecodeString(string(file[from+1 : to-1]))
	if err != nil {
		t.Fatal(err)
	}
	var whole asn1.RawValue
	if _, err := asn1.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file[:from]), file[to:]...), whole.FullBytes, from, to
}

func TestASealHolds(t *testing.T) {
	for claim, key := range map[string]crypto.Signer{"by ECDSA": onCurve(t), "by RSA": ofRSA(t, 2048)} {
		t.Run(claim, func(t *testing.T) {
			h := issue(t, "Seal", key)
			file := sealed(t, receipt(), h.seal())
			found, err := pdf.VerifySeal(file)
			if err != nil {
				t.Fatal(err)
			}
			if found.Name != "Countersign" || found.Reason != h.seal().Reason || !found.At.Equal(made) || found.Stamp != nil {
				t.Errorf("%+v", found)
			}
			if len(found.Certificates) != 2 || !found.Certificates[0].Equal(h.cert) || !found.Certificates[1].Equal(h.root) {
				t.Errorf("%d certificates", len(found.Certificates))
			}
			// another reader of CMS agrees
			covered, der, _, _ := apart(t, file)
			p7, err := pkcs7.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			p7.Content = covered
			if err := p7.VerifyWithChainAtTime(h.pool(), made); err != nil {
				t.Error(err)
			}
			var at time.Time
			if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at); err == nil {
				t.Error("it says a time, which PAdES keeps elsewhere")
			}
			p7.Content = append(covered, ' ')
			if p7.VerifyWithChainAtTime(h.pool(), made) == nil {
				t.Error("the other reader takes anything")
			}
		})
	}
}

func TestACertificateMayStandAlone(t *testing.T) {
	h := issue(t, "Seal", onCurve(t))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Own"}, NotBefore: made, NotAfter: made.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, h.key.Public(), h.key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for claim, alone := range map[string]*x509.Certificate{"without its issuer": h.cert, "issued by itself": own} {
		s := h.seal()
		s.Chain = []*x509.Certificate{alone}
		if found, err := pdf.VerifySeal(sealed(t, tiny(), s)); err != nil || len(found.Certificates) != 1 || !found.Certificates[0].Equal(alone) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

func TestASealCannotBeMade(t *testing.T) {
	h, other := issue(t, "Seal", onCurve(t)), issue(t, "Other", onCurve(t))
	short, curve := issue(t, "Short", ofRSA(t, 1024)), onCurve384(t)
	wide := issue(t, "Curve", curve)
	refused := errors.New("out of order")
	for claim, c := range map[string]struct {
		change func(s *pdf.Seal)
		want   error
	}{
		"with another's certificate": {func(s *pdf.Seal) { s.Chain = []*x509.Certificate{other.cert} }, nil},
		"without a certificate":      {func(s *pdf.Seal) { s.Chain = nil }, nil},
		"without a key":              {func(s *pdf.Seal) { s.Signer = nil }, nil},
		"without a time":             {func(s *pdf.Seal) { s.At = time.Time{} }, nil},
		"with a short RSA key":       {func(s *pdf.Seal) { *s = short.seal() }, nil},
		"with a key on P-384":        {func(s *pdf.Seal) { *s = wide.seal() }, nil},
		"with a chain that is none":  {func(s *pdf.Seal) { s.Chain = []*x509.Certificate{h.cert, other.root} }, pdf.ErrSeal},
		"with a key that fails":      {func(s *pdf.Seal) { s.Signer = faulty{h.key, refused} }, refused},
		"with a key that lies":       {func(s *pdf.Seal) { s.Signer = faulty{h.key, nil} }, pdf.ErrSeal},
		"when the stamp fails": {func(s *pdf.Seal) {
			s.Stamp = func(context.Context, []byte) ([]byte, error) { return nil, refused }
		}, refused},
		"when the stamp is none": {func(s *pdf.Seal) {
			s.Stamp = func(context.Context, []byte) ([]byte, error) { return []byte{0x30, 0}, nil }
		}, pdf.ErrSeal},
		"when it does not fit": {func(s *pdf.Seal) {
			s.Stamp = func(context.Context, []byte) ([]byte, error) {
				return append([]byte{0x30, 0x82, pdf.Reserve / 2 >> 8, pdf.Reserve / 2 & 0xff}, make([]byte, pdf.Reserve/2)...), nil
			}
		}, pdf.ErrReserve},
	} {
		s := h.seal()
		c.change(&s)
		file, err := pdf.Sign(t.Context(), tiny(), s)
		if err == nil || file != nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %d bytes, %v", claim, len(file), err)
		}
	}
}

// faulty is a key that fails, or signs something else.
type faulty struct {
	crypto.Signer
	err error
}

func (f faulty) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	other := sha256.Sum256(digest)
	return f.Signer.Sign(random, other[:], opts)
}

// TestEveryByteCounts changes each byte of a sealed and stamped document, also
// those of the seal itself.
func TestEveryByteCounts(t *testing.T) {
	s := issue(t, "Seal", ofRSA(t, 2048)).seal()
	s.Stamp = clock{holder: issue(t, "Clock", ofRSA(t, 2048), stamping)}.stamp
	file := sealed(t, tiny(), s)
	var wait sync.WaitGroup
	const hands = 2
	flips, every := []byte{0x01}, 1
	if raceDetector {
		every = 17 // which the run without it makes up for
	}
	if os.Getenv("COUNTERSIGN_PROVE") != "" {
		flips = []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80}
	}
	for hand := range hands {
		wait.Go(func() {
			mine := bytes.Clone(file)
			for i := hand; i < len(mine); i += hands * every {
				for _, flip := range flips {
					mine[i] ^= flip
					if _, err := pdf.VerifySeal(mine); err == nil {
						t.Errorf("byte %d of %d, %q, may be %q", i, len(file), file[i], mine[i])
					} else if !errors.Is(err, pdf.ErrSeal) && !errors.Is(err, pdf.ErrForeign) {
						t.Errorf("byte %d: %v", i, err)
					}
					mine[i] ^= flip
				}
			}
		})
	}
	wait.Wait()
	if _, err := pdf.VerifySeal(file); err != nil {
		t.Error("what was not changed:", err)
	}
}

func TestOtherFilesAreNotTaken(t *testing.T) {
	h := issue(t, "Seal", onCurve(t))
	file := sealed(t, tiny(), h.seal())
	plain, err := pdf.Write(tiny())
	if err != nil {
		t.Fatal(err)
	}
	_, der, from, to := apart(t, file)
	anew := func(old, new string) []byte { // changed, and sealed once more with the right key
		changed := bytes.Replace(file, []byte(old), []byte(new), 1)
		if len(changed) != len(file) || bytes.Equal(changed, file) {
			t.Fatalf("%q is not replaced", old)
		}
		if err := pdf.Reseal(t.Context(), changed, h.seal()); err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if _, err := pdf.VerifySeal(anew("(Seal)", "(SEAL)")); err != nil {
		t.Errorf("sealed once more: %v", err)
	}
	for claim, bad := range map[string][]byte{
		"nothing":                          nil,
		"no seal":                          plain,
		"something before it":              append([]byte(" "), file...),
		"something after it":               append(bytes.Clone(file), '\n'),
		"a second version of it":           append(bytes.Clone(file), "1 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"...),
		"half of it":                       file[:len(file)/2],
		"a range that stops early":         anew(fmt.Sprintf("%d %d %d ", from, to, len(file)-to), fmt.Sprintf("%d %d %d ", from, to, len(file)-to-1)),
		"a range that begins later":        anew("/ByteRange [0 ", "/ByteRange [1 "),
		"another object before it":         anew("/Type /Sig ", "/Type /SIG "),
		"the same signature in upper case": append(append(bytes.Clone(file[:from+1]), bytes.ToUpper(file[from+1:to-1])...), file[to-1:]...),
		"the seal of another document":     withSeal(t, sealed(t, receipt(), h.seal()), der),
		"a seal of zeros":                  withSeal(t, file, nil),
	} {
		if found, err := pdf.VerifySeal(bad); !errors.Is(err, pdf.ErrSeal) && !errors.Is(err, pdf.ErrForeign) {
			t.Errorf("%s: %+v, %v", claim, found, err)
		}
	}
}

// TestASealHasOneForm writes a seal in ways that another reader might take.
func TestASealHasOneForm(t *testing.T) {
	s := issue(t, "Seal", onCurve(t)).seal()
	s.Stamp = clock{holder: issue(t, "Clock", onCurve(t), stamping)}.stamp
	file := sealed(t, tiny(), s)
	covered, der, _, _ := apart(t, file)
	variants, err := pdf.Variants(der)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := pdf.SignedOtherwise(s, covered)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(variants, signed)
	for claim, variant := range variants {
		right := claim == "as it was" || claim == "signed as it is"
		if _, err := pdf.VerifySeal(withSeal(t, file, variant)); (err == nil) != right || (err != nil && !errors.Is(err, pdf.ErrSeal)) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

// TestNothingHidesBetweenObjects adds what no reader comes to, or some do.
func TestNothingHidesBetweenObjects(t *testing.T) {
	plain, err := pdf.Write(tiny())
	if err != nil {
		t.Fatal(err)
	}
	if data, err := pdf.Attached(pdf.Rewrite(plain, 0, "", "", ""), "a.json"); err != nil || string(data) != "{}" {
		t.Fatalf("written anew as it is: %q, %v", data, err)
	}
	const object, ofStream = "2 0 obj\n<< >>\nendobj\n", "2 0 obj\n<< /Length 1 >>\nstream\nx\nendstream\nendobj\n"
	for claim, file := range map[string][]byte{
		"a comment before the first":   pdf.Rewrite(plain, 1, "% hidden\n", "", ""),
		"a comment before the second":  pdf.Rewrite(plain, 2, "% hidden\n", "", ""),
		"an object before the first":   pdf.Rewrite(plain, 1, object, "", ""),
		"an object before the second":  pdf.Rewrite(plain, 2, object, "", ""),
		"a stream before the second":   pdf.Rewrite(plain, 2, ofStream, "", ""),
		"half a one before the second": pdf.Rewrite(plain, 2, "endobj\n", "", ""),
		"an object after a stream":     pdf.Rewrite(plain, 0, "", "\nend\nendstream", "\nend\nendstream\nendobj\n"+object[:len(object)-len("\nendobj\n")]+"\nendstream"),
		"a stream that does not end":   pdf.Rewrite(plain, 0, "", "\nend\nendstream", "\nend\nendstrean"),
	} {
		if _, err := pdf.Attached(file, "a.json"); !errors.Is(err, pdf.ErrForeign) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

// withSeal puts another signature into a file's room for it.
func withSeal(t testing.TB, file, der []byte) []byte {
	t.Helper()
	_, _, from, to := apart(t, file)
	changed := bytes.Clone(file)
	copy(changed[from+1:to-1], bytes.Repeat([]byte("0"), to-from-2))
	hex.Encode(changed[from+1:to-1], der[:min(len(der), (to-from-2)/2)])
	return changed
}

func TestSealingChangesNoWords(t *testing.T) {
	plain, err := pdf.Write(receipt())
	if err != nil {
		t.Fatal(err)
	}
	file := sealed(t, receipt(), issue(t, "Seal", onCurve(t)).seal())
	drawings := regexp.MustCompile(`(?s)\nstream\n(/[A-Z][A-Za-z0-9]* << /[MT].*?)\nendstream`)
	was, is := drawings.FindAll(plain, -1), drawings.FindAll(file, -1)
	if len(was) != 2 || len(is) != 2 || !bytes.Equal(bytes.Join(was, nil), bytes.Join(is, nil)) {
		t.Errorf("%d pages became %d, or other words", len(was), len(is))
	}
}

// TestTheSizeIsKnownBefore: a page says how large a file is without making it.
func TestTheSizeIsKnownBefore(t *testing.T) {
	plain, err := pdf.Write(receipt())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := pdf.Size(receipt(), nil); err != nil || n != int64(len(plain)) {
		t.Errorf("unsealed: %d of %d, %v", n, len(plain), err)
	}
	s := issue(t, "Seal", onCurve(t)).seal()
	if n, err := pdf.Size(receipt(), &s); err != nil || n != int64(len(sealed(t, receipt(), s))) {
		t.Errorf("sealed: %d, %v", n, err)
	}
}

func BenchmarkSize(b *testing.B) {
	s := issue(b, "Seal", onCurve(b)).seal()
	for b.Loop() {
		if _, err := pdf.Size(receipt(), &s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceipt(b *testing.B) {
	for name, key := range map[string]crypto.Signer{"ECDSA": onCurve(b), "RSA3072": ofRSA(b, 3072)} {
		s := issue(b, "Seal", key).seal()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := pdf.Sign(b.Context(), receipt(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

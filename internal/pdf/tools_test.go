package pdf_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/digitorus/timestamp"
	"github.com/smallstep/pkcs7"

	"countersign/internal/pdf"
)

// run gives what another program says, or leaves the test out on a machine
// without it. Where CI=true its absence fails.
func run(t *testing.T, name string, args ...string) (said string, err error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: run `task services`", name)
		}
		t.Skipf("left out: %s is not installed (run `task services`)", name)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

// must is run where the program has to be content.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	said, err := run(t, name, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
	return said
}

// kept writes a file where other programs find it.
func kept(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func root(t testing.TB, h holder) string {
	t.Helper()
	return kept(t, "root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.root.Raw}))
}

// stamped is a receipt with everything, and who sealed and stamped it.
func stamped(t *testing.T, d pdf.Document) (file []byte, by, tsa holder) {
	t.Helper()
	by, tsa = issue(t, "Seal", ofRSA(t, 3072)), issue(t, "Clock", ofRSA(t, 3072), stamping)
	s := by.seal()
	s.Stamp = clock{holder: tsa}.stamp
	return sealed(t, d, s), by, tsa
}

func TestPdfsigFindsTheSealValid(t *testing.T) {
	file, _, _ := stamped(t, receipt())
	said := must(t, "pdfsig", "-nocert", kept(t, "a.pdf", file))
	for _, want := range []string{"Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "SHA-256", "Signer Certificate Common Name: Seal"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

// TestPdfsigRefusesChanges changes a byte anywhere in what is covered. `task
// prove` does it 5,000 times.
func TestPdfsigRefusesChanges(t *testing.T) {
	file := sealed(t, tiny(), issue(t, "Seal", onCurve(t)).seal())
	_, _, from, to := apart(t, file)
	rounds := 150
	if os.Getenv("COUNTERSIGN_PROVE") != "" {
		rounds = 5_000
	}
	chance := rand.New(rand.NewPCG(4, 711))
	for range rounds {
		i := chance.IntN(len(file))
		if i >= from && i < to {
			i = from - 1 - i%from
		}
		changed := bytes.Clone(file)
		changed[i] ^= 1 << chance.IntN(8)
		said, _ := run(t, "pdfsig", "-nocert", kept(t, "a.pdf", changed)) // a file that is no longer one makes it fail
		if strings.Contains(said, "Signature is Valid") {
			t.Fatalf("byte %d, %q, may be %q:\n%s", i, file[i], changed[i], said)
		}
		if _, err := pdf.VerifySeal(changed); err == nil {
			t.Errorf("byte %d, %q, may be %q for us", i, file[i], changed[i])
		}
	}
}

func TestQpdfFindsNothingWrong(t *testing.T) {
	file, _, _ := stamped(t, receipt())
	plain, err := pdf.Write(longTable(150))
	if err != nil {
		t.Fatal(err)
	}
	for claim, each := range map[string][]byte{"sealed": file, "plain": plain} {
		if said := must(t, "qpdf", "--check", kept(t, "a.pdf", each)); !strings.Contains(said, "No syntax or stream encoding errors found") || strings.Contains(said, "WARNING") {
			t.Errorf("%s: %s", claim, said)
		}
	}
}

func TestOpensslVerifiesSealAndStamp(t *testing.T) {
	file, by, tsa := stamped(t, receipt())
	covered, der, _, _ := apart(t, file)
	said := must(t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", kept(t, "sig.der", der), "-content", kept(t, "content.bin", covered),
		"-CAfile", root(t, by), "-purpose", "any", "-no_check_time", "-out", os.DevNull)
	if !strings.Contains(said, "successful") {
		t.Error(said)
	}
	if said, err := run(t, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", kept(t, "sig.der", der), "-content", kept(t, "content.bin", covered[1:]),
		"-CAfile", root(t, by), "-purpose", "any", "-no_check_time", "-out", os.DevNull); err == nil {
		t.Error("it takes anything:", said)
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	token := p7.Signers[0].UnauthenticatedAttributes[0].Value.Bytes
	if read, err := timestamp.Parse(token); err != nil || !read.Time.Equal(made) {
		t.Errorf("%v, %v", read, err)
	}
	said = must(t, "openssl", "ts", "-verify", "-data", kept(t, "value.bin", p7.Signers[0].EncryptedDigest), "-in", kept(t, "token.der", token), "-token_in", "-CAfile", root(t, tsa), "-no_check_time")
	if !strings.Contains(said, "Verification: OK") {
		t.Error(said)
	}
}

// spoken gives the words of a document in the order of its structure, as a
// screen reader meets them.
func spoken(t *testing.T, file []byte) (words []string, structure string) {
	t.Helper()
	structure = must(t, "pdfinfo", "-struct-text", kept(t, "a.pdf", file))
	var said strings.Builder
	for _, quoted := range regexp.MustCompile(`(?m)^\s*"(.*)"$`).FindAllStringSubmatch(structure, -1) {
		said.WriteString(quoted[1] + "\n")
	}
	return strings.Fields(said.String()), structure
}

func TestStructure(t *testing.T) {
	file, _, _ := stamped(t, receipt())
	_, structure := spoken(t, file)
	for _, want := range []string{"Document\n  H1", "\n  H2", "\n  P (block)\n    \"Statement signed\"", "/ListNumbering /Decimal", "LI (block)\n      Lbl (block)\n        \"1. \"\n      LBody", "/Scope /Row\n        \"Signed by\"\n      TD\n        \"Zoë Müller, chief executive\"",
		"Table (block)\n    Caption\n      \"Exceptions\"\n    TR\n      TH:\n         /Scope /Column\n        \"Outcome\"", "/Scope /Row\n        \"C1.a Monitoring\"", "\n  Form"} {
		if !strings.Contains(structure, want) {
			t.Errorf("it does not have %q:\n%s", want, structure)
		}
	}
	for _, edge := range []string{"Page 1 of", "statement st_7"} {
		if strings.Contains(structure, edge) {
			t.Errorf("what stands at the edge, %q, is read out", edge)
		}
	}
	for _, want := range []string{"/MarkInfo << /Marked true >>", "/DisplayDocTitle true", "/Lang (en-GB)", "/Tabs /S", "/AFRelationship /Data", "/AF [", "/TU <feff", "/SigFlags 3"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("it does not have %s", want)
		}
	}
	about := must(t, "pdfinfo", kept(t, "a.pdf", file))
	for _, want := range []string{`Title: +Receipt for a signed statement\n`, `Tagged: +yes\n`, `Suspects: +no\n`, `JavaScript: +no\n`, `Page size: +595\.276 x 841\.89 pts \(A4\)\n`, `Author: +Countersign\n`} {
		if !regexp.MustCompile(want).MatchString(about) {
			t.Errorf("it does not say %s:\n%s", want, about)
		}
	}
	if meta := must(t, "pdfinfo", "-meta", kept(t, "a.pdf", file)); !strings.Contains(meta, "<pdfuaid:part>1</pdfuaid:part>") || !strings.Contains(meta, "<rdf:li>en-GB</rdf:li>") {
		t.Error(meta)
	}
	if fonts := must(t, "pdffonts", kept(t, "a.pdf", file)); strings.Count(fonts, "yes yes yes") != 3 {
		t.Errorf("the fonts are not all embedded, cut and readable:\n%s", fonts)
	}
}

// TestBookmarks has headings of every order of levels.
func TestBookmarks(t *testing.T) {
	d := pdf.Document{Title: "T", Lang: "en", CreatedAt: made}
	for i, level := range []int{2, 1, 2, 3, 3, 2, 3, 1, 3, 2} {
		d.Blocks = append(d.Blocks, pdf.Heading{Level: level, Text: fmt.Sprintf("%d of level %d", i, level)})
	}
	file, err := pdf.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	type mark struct {
		Title string
		Kids  []mark
	}
	var read struct{ Outlines []mark }
	if err := json.Unmarshal([]byte(must(t, "qpdf", "--json", "--json-key=outlines", kept(t, "a.pdf", file))), &read); err != nil {
		t.Fatal(err)
	}
	var shape func(marks []mark) string
	shape = func(marks []mark) string {
		all := ""
		for _, m := range marks {
			all += m.Title[:1] + shape(m.Kids)
		}
		return "(" + all + ")"
	}
	if got := shape(read.Outlines); got != "(0()1(2(3()4())5(6()))7(8()9()))" {
		t.Errorf("%s", got)
	}
	if before, after := bytes.Count(file, []byte(" /Prev ")), bytes.Count(file, []byte(" /Next ")); before != 5 || after != 5 {
		t.Errorf("%d ways back and %d on", before, after)
	}
}

func TestOthersFindTheAttachedFile(t *testing.T) {
	file, _, _ := stamped(t, receipt())
	path, out := kept(t, "a.pdf", file), filepath.Join(t.TempDir(), "proof.json")
	if list := must(t, "pdfdetach", "-list", path); !strings.Contains(list, "1: proof.json") {
		t.Error(list)
	}
	must(t, "pdfdetach", "-save", "1", "-o", out, path)
	if data, err := os.ReadFile(out); err != nil || string(data) != bundle {
		t.Errorf("%q, %v", data, err)
	}
}

// TestAFileThatAnotherProgramWroteAnewIsRefused takes away nothing a person
// sees: it is another file all the same.
func TestAFileThatAnotherProgramWroteAnewIsRefused(t *testing.T) {
	path, out := kept(t, "a.pdf", sealed(t, receipt(), issue(t, "Seal", onCurve(t)).seal())), filepath.Join(t.TempDir(), "b.pdf")
	must(t, "qpdf", path, out)
	anew, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pdf.VerifySeal(anew); err == nil {
		t.Error("its seal holds")
	}
	if _, err := pdf.Attached(anew, "proof.json"); err == nil {
		t.Error("it has our file")
	}
}

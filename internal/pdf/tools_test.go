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

// wordsOf gives what a document says, in order.
func wordsOf(blocks []pdf.Block) []string {
	var all []string
	text := func(texts ...pdf.Text) {
		var said strings.Builder
		for _, each := range texts {
			for _, r := range each {
				said.WriteString(r.Text)
			}
			said.WriteString("\n")
		}
		all = append(all, strings.Fields(said.String())...)
	}
	for _, block := range blocks {
		switch b := block.(type) {
		case pdf.Heading:
			text(pdf.Say(b.Text))
		case pdf.Paragraph:
			text(b.Text)
		case pdf.Small:
			text(b.Text)
		case pdf.Panel:
			text(append([]pdf.Text{pdf.Say(b.Title)}, b.Lines...)...)
		case pdf.List:
			for i, item := range b.Items {
				label := "•"
				if b.Numbered {
					label = fmt.Sprintf("%d.", i+1)
				}
				text(pdf.Say(label), item)
			}
		case pdf.Facts:
			for _, fact := range b {
				text(pdf.Say(fact.Label), fact.Value)
			}
		case pdf.Table:
			text(pdf.Say(b.Caption))
			for _, column := range b.Columns {
				text(pdf.Say(column.Head))
			}
			for _, row := range b.Rows {
				text(row...)
			}
		}
	}
	return all
}

// same holds words against each other. Only a word as long as a digest may be
// broken at the edge of a line.
func same(t *testing.T, claim string, got, want []string) {
	t.Helper()
	for i, word := range want {
		n := 1
		for len(word) > 40 && n < len(got) && len(strings.Join(got[:n], "")) < len(word) {
			n++
		}
		if len(got) < n || strings.Join(got[:n], "") != word {
			t.Fatalf("%s: word %d is not %q, but %q", claim, i, word, got[:min(len(got), 6)])
		}
		got = got[n:]
	}
	if len(got) > 0 {
		t.Fatalf("%s: after the end stands %q", claim, got)
	}
}

func TestEveryWordIsThereInOrder(t *testing.T) {
	paragraphs := pdf.Document{Title: "Long", Lang: "en-GB", CreatedAt: made}
	for i := range 4 {
		paragraphs.Blocks = append(paragraphs.Blocks, pdf.Paragraph{Text: pdf.Say(strings.Repeat(fmt.Sprintf("the part %d of a paragraph that goes on and on ", i), 400))})
	}
	for claim, d := range map[string]pdf.Document{"a receipt": receipt(), "a table over pages": longTable(150), "paragraphs of 200 lines": paragraphs} {
		file, err := pdf.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		want := wordsOf(d.Blocks)
		read, _ := spoken(t, file)
		same(t, claim+", read out", read, want)
		// between the edges; a header said again is left out of the count
		text := must(t, "pdftotext", "-raw", "-x", "0", "-y", "58", "-W", "596", "-H", "710", kept(t, "a.pdf", file), "-")
		pages := strings.Split(text, "\f")
		for i := range pages {
			if i > 0 && strings.HasPrefix(pages[i], "Organisation Answer Hours\n") {
				pages[i] = strings.TrimPrefix(pages[i], "Organisation Answer Hours\n")
			}
		}
		same(t, claim+", as text", strings.Fields(strings.Join(pages, " ")), want)
	}
}

func TestALongTableSaysItsHeaderOnEveryPage(t *testing.T) {
	file, err := pdf.Write(longTable(150))
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(must(t, "pdftotext", "-layout", kept(t, "a.pdf", file), "-"), "\f"), "\f")
	if len(pages) < 6 {
		t.Fatalf("%d pages", len(pages))
	}
	seen := 0
	for i, page := range pages {
		if !regexp.MustCompile(`Organisation +Answer +Hours`).MatchString(page) {
			t.Errorf("page %d has no header", i+1)
		}
		if !strings.Contains(page, fmt.Sprintf("Page %d of %d", i+1, len(pages))) {
			t.Errorf("page %d has another number", i+1)
		}
		seen += len(regexp.MustCompile(`Invented Trust \d+ +Not affected.* \d+\n`).FindAllString(page, -1))
	}
	if seen != 150 {
		t.Errorf("%d rows", seen)
	}
}

// TestT24HostileTextsAreInertInPDF puts into every place what would mean
// something to a reader of the format, or turn what a person reads around.
func TestT24HostileTextsAreInertInPDF(t *testing.T) {
	hostile := []string{`) Tj ET EMC endstream endobj (`, `\) \( \\ \101`, "a\rb", "a\r\nb\tc", "\x00\x01\x7f", "(((", ">>", "<feff>", "%%EOF", "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
		"safe\u202egpj.exe", "\u2066x\u2069", "zero\u200bwidth", "\ufeffmark", "soft\u00adhyphen", "<script>alert(1)</script>", "]]> <?xpacket end='w'?>", "\xff\xfe\xc3", "日本語", "emoji 🦠🏥", "e\u0301", "العربية", "Привет", "Ελλάδα", "\U000e0041", "ﬁ ﬂ", "½ ≥ £ € † ‘’ “”"}
	for _, text := range hostile {
		d := pdf.Document{Title: text, Lang: "en-GB", Author: text, Subject: text, Footer: text, CreatedAt: made, Files: []pdf.File{{Name: "a.txt", Type: "text/plain", About: text, Data: []byte(text)}},
			Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: text}, pdf.Paragraph{Text: pdf.Text{{Text: text}, {Text: text, Style: pdf.Bold}, {Text: text, Style: pdf.Mono}}}, pdf.Panel{Title: text, Lines: []pdf.Text{pdf.Say(text)}}, pdf.List{Items: []pdf.Text{pdf.Say(text)}},
				pdf.Facts{{Label: text, Value: pdf.Say(text)}}, pdf.Table{Caption: text, Columns: []pdf.Column{{Head: text}}, Rows: [][]pdf.Text{{pdf.Say(text)}}}, pdf.Small{Text: pdf.Say(text)}}}
		s := issue(t, "Seal", onCurve(t)).seal()
		s.Name, s.Reason = text, text
		file := sealed(t, d, s)
		found, err := pdf.VerifySeal(file)
		if back := strings.ToValidUTF8(text, "\ufffd\ufffd\ufffd"); err != nil || found.Name != found.Reason || (!strings.Contains(text, "\xff") && found.Name != back) {
			t.Errorf("%q: %q, %v", text, found.Name, err)
		}
		if data, err := pdf.Attached(file, "a.txt"); err != nil || string(data) != text {
			t.Errorf("%q: attached %q, %v", text, data, err)
		}
		path := kept(t, "a.pdf", file)
		if said := must(t, "qpdf", "--check", path); strings.Contains(said, "WARNING") {
			t.Errorf("%q: %s", text, said)
		}
		if said := must(t, "pdfsig", "-nocert", path); !strings.Contains(said, "Signature is Valid") {
			t.Errorf("%q: %s", text, said)
		}
		if said := must(t, "pdfinfo", path); !strings.Contains(said, "JavaScript:      no") || !strings.Contains(said, "Pages:           1\n") {
			t.Errorf("%q: %s", text, said)
		}
	}
}

// TestOthersAreGivenWhatTheFontLacks leaves out the characters that a program
// drops, or marks in its own way, when it prints to a terminal.
func TestOthersAreGivenWhatTheFontLacks(t *testing.T) {
	for text := range lacking {
		if strings.ContainsAny(text, "\x00\u202e") {
			continue
		}
		file, err := pdf.Write(pdf.Document{Title: "T", Lang: "en", CreatedAt: made, Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: "Begin " + text + " end"}}})
		if err != nil {
			t.Fatal(err)
		}
		path := kept(t, "a.pdf", file)
		if said := must(t, "pdfinfo", "-struct-text", path); !strings.Contains(said, `"Begin `) || !strings.Contains(said, ` end"`) {
			t.Errorf("%q takes the words beside it along:\n%s", text, said)
		}
		said := must(t, "pdftotext", "-raw", "-y", "58", "-x", "0", "-W", "596", "-H", "710", path, "-")
		if strings.TrimRight(said, "\n\f") != "Begin "+text+" end" {
			t.Errorf("%q is given as %q", text, said)
		}
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

//go:build demo

package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"path"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// paper is one piece of evidence to invent: what it is called, what it is
// about, how many days ago it came and for how many more it holds.
type paper struct {
	title, name string
	outcomes    []string
	ago, ends   int
	verdict     evidence.Verdict
}

// papers of Calder Vale. Two end within 30 days, one has not been scanned.
var papers = []paper{
	{"Backup restore test, November", "backup-restore-test.pdf", []string{"B5.c", "D1.b"}, 8, 177, evidence.Ready},
	{"Penetration test of the remote access service", "penetration-test.pdf", []string{"B2.a", "B4.b"}, 338, 12, evidence.Ready},
	{"Phishing exercise, results by department", "phishing-exercise.csv", []string{"B6.a", "B6.b"}, 154, 26, evidence.Ready},
	{"Asset register, servers and network", "asset-register.csv", []string{"A3.a"}, 41, 140, evidence.Ready},
	{"Screenshot of the vulnerability console", "vulnerability-console.png", []string{"B4.d"}, 9, 82, evidence.Ready},
	{"Isolation of infusion pump servers, network drawing", "pump-network.png", []string{"B4.d", "B5.b"}, 17, 165, evidence.Ready},
	{"Board minute on cyber risk", "board-minute.pdf", []string{"A1.a", "A1.c"}, 32, 333, evidence.Ready},
	{"Incident response plan", "incident-plan.pdf", []string{"D1.a"}, 120, 245, evidence.Ready},
	{"Supplier assurance returns", "supplier-returns.csv", []string{"A4.a"}, 75, 290, evidence.Ready},
	{"Multi-factor sign-in, coverage report", "sign-in-coverage.csv", []string{"B2.a", "B2.d"}, 11, 79, evidence.Ready},
	{"Privileged accounts review", "privileged-accounts.pdf", []string{"B2.c"}, 58, 122, evidence.Ready},
	{"Log retention settings", "log-retention.png", []string{"C1.b"}, 90, 275, evidence.Ready},
	{"Training figures, all staff", "training.csv", []string{"B6.b"}, 66, 299, evidence.Ready},
	{"Encryption of laptops, export", "laptop-encryption.csv", []string{"B3.c", "B3.d"}, 23, 157, evidence.Ready},
	{"Disposal certificates, media", "disposal.pdf", []string{"B3.e"}, 101, 264, evidence.Ready},
	{"Risk register, digital services", "risk-register.csv", []string{"A2.a"}, 28, 62, evidence.Ready},
	{"Ransomware exercise, invitation and scope", "exercise-scope.pdf", []string{"D1.c"}, 9, 200, evidence.Ready},
	{"Lessons of the March outage", "lessons.pdf", []string{"D2.a"}, 200, 165, evidence.Ready},
	{"Firewall rules review", "firewall-review.pdf", []string{"B4.b"}, 1, 364, evidence.NotScanned},
}

// few are what every other trust offers.
var few = []paper{
	{"Board minute on cyber risk", "board-minute.pdf", []string{"A1.a"}, 40, 325, evidence.Ready},
	{"Backup restore test", "restore-test.pdf", []string{"B5.c"}, 64, 116, evidence.Ready},
	{"Training figures", "training.csv", []string{"B6.b"}, 80, 285, evidence.Ready},
}

func (b *builder) addEvidence() error {
	kept := map[string]bool{}
	for _, t := range b.trusts {
		list, of, by := few, "the trust", t.lead
		switch t.Code {
		case CalderVale:
			list, of, by = papers, t.Name, b.national["dan.okafor"]
		case Neighbour:
			list, of = papers[6:13], t.Name
		}
		for _, p := range list {
			if err := b.offer(t, by, p, of, kept); err != nil {
				return fmt.Errorf("%s of %s: %w", p.name, t.Code, err)
			}
		}
	}
	return nil
}

// offer makes a file and takes it in by the rules every file meets.
func (b *builder) offer(t *trust, by *person, p paper, of string, kept map[string]bool) error {
	at := clock(weekday(b.now.AddDate(0, 0, -p.ago)), 11, 5)
	if !b.past(at) {
		at = b.now.Add(-3 * time.Hour)
	}
	body, err := contents(p, of)
	if err != nil {
		return err
	}
	mediaType := map[string]string{".pdf": "application/pdf", ".csv": "text/csv", ".png": "image/png"}[path.Ext(p.name)]
	if mediaType, err = evidence.TypeOf(evidence.CleanName(p.name), mediaType, body); err != nil {
		return err
	}
	f := evidence.File{ID: evidence.ID(b.id(at)), Organisation: t.Code, Title: p.title, Owner: by.ID, OwnerName: by.Name, AboutOn: organisation.DayOf(at.AddDate(0, 0, -2)),
		RunsUntil: organisation.DayOf(b.now.AddDate(0, 0, p.ends)), Name: p.name, MediaType: mediaType, Size: int64(len(body)), Verdict: p.verdict,
		ReceivedBy: string(by.ID), ReceivedAt: at}
	for _, code := range p.outcomes {
		if _, known := b.titles.Outcome(code); !known {
			return errors.New("there is no outcome " + code)
		}
		f.Uses = append(f.Uses, "outcome/"+b.titles.ID+"/"+code)
	}
	if p.verdict == evidence.NotScanned {
		f.VerdictWhy = "The virus scanner did not answer"
	} else {
		t.evidence++
	}
	if err := (evidence.Offer{Title: f.Title, AboutOn: f.AboutOn, RunsUntil: f.RunsUntil, Uses: f.Uses}).Check(at); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	if f.Digest = hex.EncodeToString(sum[:]); !kept[f.Digest] {
		kept[f.Digest] = true
		b.world.Files = append(b.world.Files, body)
	}
	pass, err := access.Check(by.at(at), access.UploadEvidence, t.Code)
	if err != nil {
		return err
	}
	b.record(f.Received(pass, b.id(at), at))
	if f, err = b.scanned(f, at.Add(4*time.Second)); err != nil {
		return err
	}
	b.world.Seed.Evidence = append(b.world.Seed.Evidence, f)
	t.files = append(t.files, f)
	return nil
}

// scanned lets the virus scanner find nothing in a file that is ready.
func (b *builder) scanned(f evidence.File, at time.Time) (evidence.File, error) {
	if f.Verdict != evidence.Ready {
		return f, nil
	}
	pass, err := access.Check(access.PortalActor("scanner"), access.ScanEvidence, f.Organisation)
	if err != nil {
		return f, err
	}
	f.Verdict = evidence.Checking
	f, e, err := f.Judged(pass, evidence.Finding{Result: evidence.Clean, Engine: "clamd"}, b.id(at), at)
	if err == nil {
		b.record(e)
	}
	return f, err
}

// contents makes a small, sound file that says it is invented.
func contents(p paper, of string) ([]byte, error) {
	switch path.Ext(p.name) {
	case ".csv":
		var text strings.Builder
		text.WriteString("Line,Where,Done,Of\n")
		r := stream("file", p.name, of)
		for i, where := range []string{"North site", "South site", "Clinics", "Community"} {
			of := 40 + r.IntN(300)
			fmt.Fprintf(&text, "%d,%s,%d,%d\n", i+1, where, of-r.IntN(30), of)
		}
		fmt.Fprintf(&text, "5,\"Invented for a demonstration: %s, %s\",0,0\n", p.title, of)
		return []byte(text.String()), nil
	case ".png":
		return picture(p.name + of)
	}
	return document(p.title, of), nil
}

// picture draws bars of chance heights.
func picture(of string) ([]byte, error) {
	r := stream("picture", of)
	img := image.NewPaletted(image.Rect(0, 0, 320, 160), color.Palette{color.White, color.RGBA{R: 0, G: 94, B: 184, A: 255}})
	for bar := range 10 {
		top := 20 + r.IntN(120)
		for x := 10 + 31*bar; x < 30+31*bar; x++ {
			for y := top; y < 150; y++ {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// document writes one page of PDF: the smallest that every reader opens.
func document(title, of string) []byte {
	plain := strings.NewReplacer("’", "'", "(", "", ")", "", `\`, "")
	page := fmt.Sprintf("BT /F1 20 Tf 60 760 Td (%s) Tj /F1 12 Tf 0 -30 Td (%s) Tj 0 -20 Td (Invented for a demonstration. Nothing here is true.) Tj ET",
		plain.Replace(title), plain.Replace(of))
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var out bytes.Buffer
	var starts []int
	out.WriteString("%PDF-1.4\n")
	for i, object := range objects {
		starts = append(starts, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, start := range starts {
		fmt.Fprintf(&out, "%010d 00000 n \n", start)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}

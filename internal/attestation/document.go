package attestation

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// The marks that begin the bytes that are signed, version 1 (docs/attestation.md).
const (
	documentMark   = "countersign attestation 1"
	coDocumentMark = "countersign co-signature 1"
)

// Document is what a chief executive signs: who, in which capacity, how, beside
// whom, with which exceptions, and the words themselves.
type Document struct {
	Person     identity.PersonID
	Name       string
	Acting     bool
	Opinion    Opinion
	CoSigned   []CoSigned
	Exceptions []Exception
	Digest     Digest // of the words
	Words      string
}

// CoSigned names one signature that was on the words before the chief
// executive's: whose it is, and the digest of the document they signed.
type CoSigned struct {
	Person   identity.PersonID
	Name     string
	Document Digest
}

// document is what would be signed now.
func document(s Statement, pass access.Pass, acting bool, review Review) (string, error) {
	return Document{Person: identity.PersonID(pass.Who().ID), Name: pass.Who().Name, Acting: acting, Opinion: review.Opinion, CoSigned: s.coSigned(), Exceptions: review.Exceptions,
		Digest: s.Digest, Words: s.Words}.Text()
}

// Text gives the exact bytes. It refuses text that could look different from
// what it is.
func (d Document) Text() (string, error) {
	lines := []string{documentMark, "signer: " + string(d.Person) + " " + d.Name, "capacity: " + Capacity(access.ChiefExecutive, d.Acting), "opinion: " + string(d.Opinion), "words: " + string(d.Digest)}
	for i, g := range d.CoSigned {
		lines = append(lines, fmt.Sprintf("co-signed %d: %s %s", i+1, g.Person, g.Name), fmt.Sprintf("co-signed %d document: %s", i+1, g.Document))
	}
	for i, e := range d.Exceptions {
		lines = append(lines, fmt.Sprintf("exception %d: part %d", i+1, e.Part), fmt.Sprintf("exception %d what: %s", i+1, e.What),
			fmt.Sprintf("exception %d doing: %s", i+1, e.Doing), fmt.Sprintf("exception %d who: %s", i+1, e.Who), fmt.Sprintf("exception %d by: %s", i+1, e.By))
	}
	return over(append(lines, "declaration: "+Declaration(d.Name, d.Acting, d.Opinion, len(d.Exceptions))), d.Words)
}

// over puts the lines of a document above the words.
func over(lines []string, words string) (string, error) {
	for _, line := range lines {
		if err := Plain(line); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n") + "\n\n" + words, nil
}

// ParseDocument reads the bytes back. It accepts exactly what Text writes, with
// words that have the digest the document names.
func ParseDocument(text string) (Document, bool) {
	head, words, found := strings.Cut(text, "\n\n")
	lines := headLines{lines: strings.Split(head, "\n")}
	if !found || lines.next("") != documentMark {
		return Document{}, false
	}
	d := Document{Words: words}
	d.Person, d.Name = lines.person("signer: ")
	d.Acting = lines.next("capacity: ") == Capacity(access.ChiefExecutive, true)
	d.Opinion, d.Digest = Opinion(lines.next("opinion: ")), Digest(lines.next("words: "))
	for i := 1; lines.has(fmt.Sprintf("co-signed %d: ", i)); i++ {
		var g CoSigned
		g.Person, g.Name = lines.person(fmt.Sprintf("co-signed %d: ", i))
		g.Document = Digest(lines.next(fmt.Sprintf("co-signed %d document: ", i)))
		d.CoSigned = append(d.CoSigned, g)
	}
	for i := 1; lines.has(fmt.Sprintf("exception %d: ", i)); i++ {
		at := fmt.Sprintf("exception %d", i)
		part, _ := strconv.Atoi(lines.next(at + ": part ")) // what is no number is not written again as it stood
		d.Exceptions = append(d.Exceptions, Exception{Part: part, What: lines.next(at + " what: "), Doing: lines.next(at + " doing: "), Who: lines.next(at + " who: "), By: organisation.Day(lines.next(at + " by: "))})
	}
	again, err := d.Text()
	return d, err == nil && again == text && d.sound()
}

// sound tells whether what a document names can be found.
func (d Document) sound() bool {
	for _, g := range d.CoSigned {
		if g.Person == "" || g.Name == "" || !hexDigest.MatchString(string(g.Document)) {
			return false
		}
	}
	return d.Person != "" && d.Name != "" && (d.Opinion == Unqualified || d.Opinion == Qualified) && (d.Opinion == Qualified) == (len(d.Exceptions) > 0) && DigestOf(d.Words) == d.Digest
}

// headLines are the lines above the words, read one after the other. One that is
// not there reads as empty: the document is then not written again as it stood.
type headLines struct{ lines []string }

func (h *headLines) has(prefix string) bool {
	return len(h.lines) > 0 && strings.HasPrefix(h.lines[0], prefix)
}

func (h *headLines) next(prefix string) string {
	if !h.has(prefix) {
		return ""
	}
	value := h.lines[0][len(prefix):]
	h.lines = h.lines[1:]
	return value
}

func (h *headLines) person(prefix string) (identity.PersonID, string) {
	id, name, _ := strings.Cut(h.next(prefix), " ")
	return identity.PersonID(id), name
}

// CoDocument is what somebody signs beside the chief executive: who, in which
// capacity, and the words themselves.
type CoDocument struct {
	Person identity.PersonID
	Name   string
	Office access.Office
	Acting bool
	Digest Digest // of the words
	Words  string
}

// Text gives the exact bytes.
func (d CoDocument) Text() (string, error) {
	return over([]string{coDocumentMark, "signer: " + string(d.Person) + " " + d.Name, "capacity: " + Capacity(d.Office, d.Acting), "words: " + string(d.Digest),
		"declaration: " + CoDeclaration(d.Name, d.Office, d.Acting)}, d.Words)
}

// ParseCoDocument reads the bytes back. It accepts exactly what Text writes,
// with words that have the digest the document names.
func ParseCoDocument(text string) (CoDocument, bool) {
	head, words, found := strings.Cut(text, "\n\n")
	lines := headLines{lines: strings.Split(head, "\n")}
	if !found || lines.next("") != coDocumentMark {
		return CoDocument{}, false
	}
	d := CoDocument{Words: words}
	d.Person, d.Name = lines.person("signer: ")
	capacity := lines.next("capacity: ")
	for _, office := range coSigners {
		if capacity == Capacity(office, false) || capacity == Capacity(office, true) {
			d.Office, d.Acting = office, capacity == Capacity(office, true)
		}
	}
	d.Digest = Digest(lines.next("words: "))
	again, err := d.Text()
	return d, err == nil && again == text && d.Person != "" && d.Name != "" && d.Office != "" && DigestOf(d.Words) == d.Digest
}

// Capacity is in which capacity somebody signs, in the words of a document.
func Capacity(office access.Office, acting bool) string {
	word := office.Word()
	if word == "" {
		return ""
	}
	if word = strings.ToLower(word[:1]) + word[1:]; acting {
		return "acting " + word
	}
	return word
}

// CoDeclaration is the sentence next to the button of who signs beside the chief
// executive.
func CoDeclaration(name string, office access.Office, acting bool) string {
	return "I, " + name + ", " + Capacity(office, acting) + ", have read the statement as shown and sign it beside the chief executive."
}

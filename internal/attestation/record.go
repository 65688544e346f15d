package attestation

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// The marks that begin the record of a signature, version 1 (docs/attestation.md).
const (
	recordMark   = "countersign signature 1"
	coRecordMark = "countersign co-signature record 1"
)

// Record is everything a signature is, the long texts by their digests. Its own
// digest stands in the event that the public log commits to, so that nothing of
// a signature can be another than it was when it was made.
type Record struct {
	Beside       bool // of a co-signature, which has neither a code nor a deadline
	ID           string
	Code         Code
	Statement    ID
	Organisation organisation.Code
	Signer       identity.PersonID
	Words        Digest
	Document     Digest
	Salt         string
	Attempt      string
	Issuer       string
	Subject      string
	ACR          string
	AuthAt       time.Time
	Token        Digest
	Keys         Digest
	ArrivedAt    time.Time
	SignedAt     time.Time
	Late         bool
}

// Record writes a signature down.
func (g Signature) Record() (string, error) {
	r := recordOf(g.ID, g.Statement, g.Organisation, g.Person, g.WordsDigest, g.Digest, g.StepUp, g.Proof, g.SignedAt)
	r.Code, r.Late = g.Code, g.Late
	return r.Text()
}

// Record writes a co-signature down.
func (g CoSignature) Record() (string, error) {
	r := recordOf(g.ID, g.Statement, g.Organisation, g.Person, g.WordsDigest, g.Digest, g.StepUp, g.Proof, g.SignedAt)
	r.Beside = true
	return r.Text()
}

func recordOf(id string, st ID, org organisation.Code, signer identity.PersonID, words, document Digest, up StepUp, proof Proof, at time.Time) Record {
	return Record{ID: id, Statement: st, Organisation: org, Signer: signer, Words: words, Document: document, Salt: up.Salt, Attempt: up.ID, Issuer: proof.Issuer, Subject: proof.Subject,
		ACR: proof.ACR, AuthAt: proof.AuthAt, Token: DigestOf(proof.IDToken), Keys: DigestOf(proof.KeySet), ArrivedAt: up.ArrivedAt, SignedAt: at}
}

// recordLine is one line of a record: its name, and what it says.
type recordLine struct {
	name string
	to   *string
	at   *time.Time
}

// lines are those of a record of words that were signed, in their order, without
// the code.
func (r *Record) lines() []recordLine {
	return slices.Concat(r.about(), []recordLine{{"words", (*string)(&r.Words), nil}}, r.proved())
}

// about are the lines that say what was signed, and by whom.
func (r *Record) about() []recordLine {
	return []recordLine{{"statement", (*string)(&r.Statement), nil}, {"organisation", (*string)(&r.Organisation), nil}, {"signer", (*string)(&r.Signer), nil}}
}

// proved are the lines of the document, and of the proof that it was signed.
func (r *Record) proved() []recordLine {
	return []recordLine{{"document", (*string)(&r.Document), nil}, {"salt", &r.Salt, nil}, {"attempt", &r.Attempt, nil}, {"issuer", &r.Issuer, nil}, {"subject", &r.Subject, nil}, {"acr", &r.ACR, nil},
		{"authenticated", nil, &r.AuthAt}, {"token", (*string)(&r.Token), nil}, {"keys", (*string)(&r.Keys), nil}, {"arrived", nil, &r.ArrivedAt}, {"signed", nil, &r.SignedAt}}
}

// Text gives the exact bytes.
func (r Record) Text() (string, error) {
	out := []string{recordMark, "id: " + r.ID, "code: " + string(r.Code)}
	if r.Beside {
		out = []string{coRecordMark, "id: " + r.ID}
	}
	out = append(out, said(r.lines())...)
	if late := map[bool]string{true: "yes", false: "no"}[r.Late]; !r.Beside {
		out = append(out, "late: "+late)
	}
	return joined(out)
}

// said writes lines with what they say.
func said(lines []recordLine) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if l.at != nil {
			out = append(out, l.name+": "+l.at.UTC().Format(event.InstantForm))
		} else {
			out = append(out, l.name+": "+*l.to)
		}
	}
	return out
}

// ParseRecord reads the bytes back. It accepts exactly what Text writes.
func ParseRecord(text string) (Record, bool) {
	var r Record
	lines := headLines{lines: strings.Split(text, "\n")}
	mark := lines.next("")
	r.Beside, r.ID = mark == coRecordMark, lines.next("id: ")
	if !r.Beside {
		r.Code = Code(lines.next("code: "))
	}
	for _, l := range r.lines() {
		value := lines.next(l.name + ": ")
		if l.at == nil {
			*l.to = value
		} else if at, err := time.Parse(event.InstantForm, value); err == nil {
			*l.at = at
		}
	}
	r.Late = lines.next("late: ") == "yes"
	again, err := r.Text()
	return r, err == nil && again == text
}

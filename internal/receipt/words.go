package receipt

import (
	"fmt"
	"strings"
	"time"

	"countersign/internal/organisation"
)

// explain says what a file proves, and what it does not.
func (r *Report) explain(b Bundle) {
	r.Proven = append(r.Proven, "The words, the answer and the declaration are exactly those that were signed: not one character can be changed.",
		fmt.Sprintf("Somebody signed in at %s for this document and no other, right before it was signed: the provider’s own signature covers it.", r.Issuer),
		fmt.Sprintf("The signature is entry %d of the public log, which had %d entries then.", r.Index+1, r.Size))
	for _, c := range r.CoSigners {
		r.Proven = append(r.Proven, fmt.Sprintf("%s, %s, signed exactly these words before, at %s, after signing in at %s for it and nothing else. That is entry %d of the public log. The chief executive’s signature names it.", c.Name, c.Capacity, instantWord(c.SignedAt), c.Issuer, c.Index+1))
	}
	for _, w := range r.Witnesses {
		r.Proven = append(r.Proven, fmt.Sprintf("The witness %s had seen the log with it by %s, by its own clock.", w.Witness, instantWord(time.Unix(w.At, 0))))
	}
	if !r.Trusted {
		r.Open = append(r.Open, fmt.Sprintf("Whose keys these are. They came with the file, and anybody can make a file with keys of their own. Compare them with what the portal and others show: the log’s is %s, the identity provider’s has the thumbprint %s.", strings.Join(b.Signers, " and "), r.Key))
	}
	if len(r.Witnesses) == 0 {
		r.Open = append(r.Open, "When it was logged. No witness has signed, so the time is the portal’s own, and whoever holds the log’s key could show another log to somebody else.")
	}
	r.Open = append(r.Open, officeOpen(r.Signer, r.Capacity))
	for _, c := range r.CoSigners {
		r.Open = append(r.Open, officeOpen(c.Name, c.Capacity))
	}
	r.Open = append(r.Open,
		"That what the statement says is true. It proves who said it.",
		"Anything against somebody who controls both the portal and the identity provider.")
}

func officeOpen(name, capacity string) string {
	return fmt.Sprintf("That %s held the office of %s. The portal’s register of appointments says so, and its record is in the log.", name, capacity)
}

// Text prints a report for a terminal.
func (r Report) Text() string {
	var out strings.Builder
	verdict := "PROVEN"
	if !r.Trusted {
		verdict = "HOLDS TOGETHER, BUT NOBODY VOUCHES FOR ITS KEYS"
	}
	how := "without qualification"
	switch r.Qualifications {
	case 0:
	case 1:
		how = "with 1 qualification"
	default:
		how = fmt.Sprintf("with %d qualifications", r.Qualifications)
	}
	late := ""
	if r.Late {
		late = ", after the deadline"
	}
	fmt.Fprintf(&out, "%s\n\n%s\n%s\nSigned by %s, %s, %s\nSigned at %s%s\n", verdict, r.Title, r.Organisation, r.Signer, r.Capacity, how, instantWord(r.SignedAt), late)
	for _, c := range r.CoSigners {
		fmt.Fprintf(&out, "Co-signed by %s, %s\nCo-signed at %s\n", c.Name, c.Capacity, instantWord(c.SignedAt))
	}
	fmt.Fprintf(&out, "Verification code %s\n", r.Code)
	list := func(title string, lines []string) {
		fmt.Fprintf(&out, "\n%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(&out, "  - %s\n", line)
		}
	}
	list("What this proves", r.Proven)
	list("What it does not prove", r.Open)
	return out.String()
}

// instantWord is a moment in UK time, as pages write it, to the second.
func instantWord(at time.Time) string {
	return at.In(organisation.London).Format("3:04:05pm on 2 January 2006") + " (UK time)"
}

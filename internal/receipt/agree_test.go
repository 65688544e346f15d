package receipt_test

import (
	"strings"
	"testing"

	"countersign/internal/attestation"
	"countersign/internal/receipt"
)

// TestVerifiersAgreeOnDocuments has the provider itself sign, and the log itself
// hold, documents that the portal never writes: whoever holds both could make
// them. Neither verifier takes one, so nobody can show one file to two people
// who read it differently.
func TestVerifiersAgreeOnDocuments(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	genuine := sign(t, by, log)
	trust := trusts(log, by)
	for claim, change := range map[string]func(head, words string) (string, string){
		"as it was signed": nil,
		"no declaration": func(head, words string) (string, string) {
			return head[:strings.Index(head, "\ndeclaration: ")], words
		},
		"another declaration":                  replacing(", with 1 qualification", ", without qualification"),
		"an answer above an exception":         replacing("opinion: qualified", "opinion: unqualified"),
		"no answer at all":                     replacing("opinion: qualified", "opinion: perhaps"),
		"a capacity that signs nothing":        replacing("capacity: chief executive", "capacity: company secretary"),
		"a capacity that clears the screen":    replacing("capacity: chief executive", "capacity: \x1b[2J\x1b[Hchief executive"),
		"a name that is written backwards":     replacing("Amara O’Kafor", "Amara \u202eO’Kafor"),
		"an exception without its date":        replacing("\nexception 1 by: 2026-12-01", ""),
		"exceptions that do not begin with 1":  replacing("exception 1", "exception 2"),
		"a line more":                          replacing("\ndeclaration:", "\nnote: agreed on the telephone\ndeclaration:"),
		"words with a line nobody knows":       inWords("\npart 1: ", "\nby the way: nothing\npart 1: "),
		"words with an empty part":             inWords("part 2: The gaps are complete.", "part 2: "),
		"words whose parts come first":         inWords("opening: On behalf of Calder Vale, I confirm that:\npart 1: ", "part 1: I.\nopening: On behalf of Calder Vale, I confirm that:\npart 1: "),
		"words with something hidden":          inWords("The gaps are", "The gaps\u200b are"),
		"words that end in the middle":         inWords("complete.\n", "complete."),
		"words that ask for a co-signature":    inWords("\nopening: ", "\nco-signs 1: senior information risk owner\nopening: "),
		"a co-signature named, and none there": replacing("\nexception 1: ", "\nco-signed 1: siro Tom\nco-signed 1 document: "+strings.Repeat("a", 64)+"\nexception 1: "),
	} {
		t.Run(claim, func(t *testing.T) {
			head, words, _ := strings.Cut(genuine.signature.Document, "\n\n")
			if change != nil {
				was := head + words
				if head, words = change(head, words); head+words == was {
					t.Fatal("nothing is changed")
				}
			}
			g := genuine.signature
			g.WordsDigest = attestation.DigestOf(words)
			head = strings.Replace(head, "words: "+string(genuine.signature.WordsDigest), "words: "+string(g.WordsDigest), 1)
			g.Document = head + "\n\n" + words
			g.Digest = attestation.DigestOf(g.Document)
			g.StepUp.Nonce = attestation.Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)
			g.Proof.Nonce, g.Proof.IDToken = g.StepUp.Nonce, by.token(t, g.StepUp.Nonce, g.Proof.AuthAt)
			file := relogged(t, genuine, g, log).Bytes()
			_, err := receipt.Verify(file, trust)
			said, code := node(t, file, trust)
			if (err == nil) != (change == nil) || (code == 0) != (change == nil) {
				t.Errorf("one says %v, the other %s", err, said)
			}
			if strings.ContainsAny(said, "\x1b\u202e\u200b") {
				t.Errorf("the other verifier prints what hides: %q", said)
			}
		})
	}
}

func replacing(old, with string) func(string, string) (string, string) {
	return func(head, words string) (string, string) { return strings.ReplaceAll(head, old, with), words }
}

func inWords(old, with string) func(string, string) (string, string) {
	return func(head, words string) (string, string) { return head, strings.ReplaceAll(words, old, with) }
}

// TestCostlyKeysAreNotTried: a stranger's file names its own keys, and each key
// that could be meant is tried. So many are not, and with a list of whom to trust
// none is before the log has vouched for the file.
func TestCostlyKeysAreNotTried(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	genuine := sign(t, by, log)
	g := genuine.signature
	one := strings.TrimSuffix(strings.TrimPrefix(by.keySet, `{"keys":[`), `]}`)
	g.Proof.KeySet = `{"keys":[` + strings.Repeat(one+",", 50) + one + `]}`
	if _, err := receipt.Verify(relogged(t, genuine, g, log).Bytes(), trusts(log, by)); err == nil || !strings.Contains(err.Error(), "keys cannot be read") {
		t.Errorf("51 keys: %v", err)
	}
	stranger := relogged(t, genuine, g, newPublic(t)).Bytes() // held by a log of their own
	if _, err := receipt.Verify(stranger, trusts(log, by)); err == nil || strings.Contains(err.Error(), "keys cannot be read") {
		t.Errorf("the keys come before the log: %v", err)
	}
}

package receipt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
)

func TestCoSignedBundleProves(t *testing.T) {
	by, coBy, log := newProvider(t, "k1"), newProvider(t, "k2"), newPublic(t)
	made := signed(t, log, by, coBy)
	file, trust := made.bundle.Bytes(), trusts(log, by, coBy)
	report, err := receipt.Verify(file, trust)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.CoSigners) != 1 || report.CoSigners[0].Name != "Helen Frost" || report.CoSigners[0].Key != coBy.thumb || !report.CoSigners[0].SignedAt.Equal(made.beside[0].Signature.SignedAt) {
		t.Errorf("it shows %+v", report.CoSigners)
	}
	for _, want := range []string{"Co-signed by Helen Frost, senior information risk owner", "Co-signed at 12:59:20pm on 5 October 2026 (UK time)", "Signed at 1:02:00pm", "That Helen Frost held the office of senior information risk owner"} {
		if !strings.Contains(report.Text(), want) {
			t.Errorf("the report does not say %q:\n%s", want, report.Text())
		}
	}
	if said, code := node(t, file, trust); code != 0 || !strings.Contains(said, "co-signed by siro Helen Frost 2026-10-05T11:59:20") {
		t.Errorf("the other verifier says %d: %s", code, said)
	}
}

// TestForgedCoSignatureDoesNotVerify plays somebody who has the database's
// password, the log's key and a genuine signature of the chief executive, but no
// sign-in of the person who was to sign first.
func TestForgedCoSignatureDoesNotVerify(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	genuine, alone := signed(t, log, by, by), sign(t, by, log)
	trust := trusts(log, by)
	changed := func(change func(*attestation.CoSignature)) receipt.Bundle {
		g := genuine.beside[0].Signature
		change(&g)
		return besideAnew(t, genuine, g, log)
	}
	for claim, forge := range map[string]func() receipt.Bundle{
		"a token signed with a key of their own, under the provider's key id": func() receipt.Bundle {
			return signed(t, log, by, newProvider(t, "k1")).bundle
		},
		"a token of their own beside the provider's real keys": func() receipt.Bundle {
			own := newProvider(t, "k1")
			own.keySet = by.keySet
			return signed(t, log, by, own).bundle
		},
		"their key added to the provider's": func() receipt.Bundle {
			own := newProvider(t, "k2")
			var real, added jose.JSONWebKeySet
			if json.Unmarshal([]byte(by.keySet), &real) != nil || json.Unmarshal([]byte(own.keySet), &added) != nil {
				t.Fatal("read keys")
			}
			set, err := json.Marshal(jose.JSONWebKeySet{Keys: append(real.Keys, added.Keys...)})
			if err != nil {
				t.Fatal(err)
			}
			own.keySet = string(set)
			return signed(t, log, by, own).bundle
		},
		"left out": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = nil
			return b
		},
		"twice": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = append(slices.Clone(b.CoSignatures), b.CoSignatures...)
			return b
		},
		"beside a signature that names none": func() receipt.Bundle {
			b := alone.bundle
			b.CoSignatures = genuine.bundle.CoSignatures
			return b
		},
		"another genuine one": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = signed(t, log, by, newProvider(t, "k1")).bundle.CoSignatures
			return b
		},
		"of words that ask for one, signed alone": func() receipt.Bundle {
			return unnamed(t, genuine, by, log)
		},
		"a genuine token for another person": func() receipt.Bundle {
			return changed(func(g *attestation.CoSignature) {
				g.Document, g.Person, g.SignerName = strings.Replace(g.Document, "signer: siro", "signer: thief", 1), "thief", "Helen Frost"
				g.Digest = attestation.DigestOf(g.Document)
			})
		},
		"a genuine token, signed on another day": func() receipt.Bundle {
			return changed(func(g *attestation.CoSignature) { g.SignedAt = g.SignedAt.AddDate(0, 0, -3) })
		},
		"after the signature that names it": func() receipt.Bundle {
			return changed(func(g *attestation.CoSignature) { g.SignedAt = genuine.signature.StepUp.ArrivedAt.Add(1000) })
		},
		"in another capacity, under the genuine record": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = slices.Clone(b.CoSignatures)
			b.CoSignatures[0].Document = strings.ReplaceAll(b.CoSignatures[0].Document, "capacity: senior", "capacity: acting senior")
			b.CoSignatures[0].Document = strings.ReplaceAll(b.CoSignatures[0].Document, ", senior information", ", acting senior information")
			return b
		},
		"of another statement": func() receipt.Bundle {
			return changed(func(g *attestation.CoSignature) { g.Statement = "st_8" })
		},
		"a log of their own": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = signed(t, newPublic(t), by, by).bundle.CoSignatures
			return b
		},
		"logged as the signature itself": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = slices.Clone(b.CoSignatures)
			b.CoSignatures[0].Opening, b.CoSignatures[0].Salt, b.CoSignatures[0].Proof = b.Opening, b.Salt, b.Proof
			return b
		},
		"a checkpoint that no witness has seen": func() receipt.Bundle {
			b := genuine.bundle
			b.CoSignatures = slices.Clone(b.CoSignatures)
			s := &b.CoSignatures[0]
			lines := strings.SplitAfter(s.Proof, "\n")
			s.Proof, s.Signers = strings.Join(lines[:len(lines)-2], ""), s.Signers[:1]
			return b
		},
	} {
		t.Run(claim, func(t *testing.T) {
			file := forge().Bytes()
			if report, err := receipt.Verify(file, trust); err == nil {
				t.Errorf("it verifies: %+v", report)
			} else {
				t.Log(err)
			}
			if said, code := node(t, file, trust); code != 1 || !strings.HasPrefix(said, "NOT PROVEN") {
				t.Errorf("the other verifier says %d: %s", code, said)
			}
		})
	}
}

// besideAnew writes a changed co-signature into the log, as somebody with its key
// can, and puts it in the genuine one's place.
func besideAnew(t *testing.T, was ceremony, g attestation.CoSignature, log *public) receipt.Bundle {
	t.Helper()
	old, err := was.beside[0].Signature.Record()
	if err != nil {
		t.Fatal(err)
	}
	record, err := g.Record()
	if err != nil {
		t.Fatal(err)
	}
	opening := strings.NewReplacer(string(attestation.DigestOf(old)), string(attestation.DigestOf(record)), "by: siro", "by: "+string(g.Person), "statement/st_7", "statement/"+string(g.Statement)).Replace(was.beside[0].Opening)
	b := was.bundle
	b.CoSignatures = nil
	if b, err = b.With(log.keys, entered(t, g, opening, log)); err != nil {
		t.Fatal(err)
	}
	return b
}

// unnamed takes the lines that name the co-signature out of the document, with a
// genuine token for what is left: a portal that let a chief executive sign
// without waiting.
func unnamed(t *testing.T, was ceremony, by provider, log *public) receipt.Bundle {
	t.Helper()
	g := was.signature
	var lines []string
	for _, line := range strings.SplitAfter(g.Document, "\n") {
		if !strings.HasPrefix(line, "co-signed ") {
			lines = append(lines, line)
		}
	}
	g.Document = strings.Join(lines, "")
	g.Digest = attestation.DigestOf(g.Document)
	g.StepUp.Nonce = attestation.Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)
	g.Proof.Nonce, g.Proof.IDToken = g.StepUp.Nonce, by.token(t, g.StepUp.Nonce, g.Proof.AuthAt)
	b := relogged(t, was, g, log)
	if len(b.CoSignatures) > 0 {
		t.Fatal("it still has a co-signature")
	}
	return b
}

// coSign signs the words a minute before the chief executive begins to read.
func coSign(t testing.TB, s attestation.Statement, by provider, log *public) (attestation.CoSignature, receipt.Beside) {
	t.Helper()
	who := access.Actor{ID: "siro", Name: "Helen Frost", At: noon, Appointments: []access.Appointment{{Office: access.SIRO, Organisation: "RXH", From: noon.AddDate(-1, 0, 0)}}}
	pass, err := access.Check(who, access.CoSignStatement, "RXH")
	if err != nil {
		t.Fatal(err)
	}
	at := noon.Add(-time.Minute)
	review, err := s.ChooseBeside(pass, attestation.Review{}, attestation.Unqualified, s.Digest, at)
	if err != nil {
		t.Fatal(err)
	}
	up, err := s.BeginBeside(pass, review, "up_0", "ffeeddccbbaa99887766554433221100", at)
	if err != nil {
		t.Fatal(err)
	}
	proof := attestation.Proof{Issuer: issuer, Subject: "s", Person: "siro", AuthAt: at, ACR: "AAL3", Nonce: up.Nonce, IDToken: by.token(t, up.Nonce, at), KeySet: by.keySet}
	g, e, err := (attestation.Ceremony{Statement: s, StepUp: up, Review: review, Appointments: who.Appointments}).CoSign(pass, proof, "co_1", "ev_0", at.Add(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return g, entered(t, g, transparency.OpeningOf(e), log)
}

// entered puts the event of a co-signature into the log.
func entered(t testing.TB, g attestation.CoSignature, opening string, log *public) receipt.Beside {
	t.Helper()
	salt := "0123456789abcdef0123456789abcdef"
	leaf := transparency.LeafOf(salt, opening)
	index := log.add(t, leaf)
	return receipt.Beside{Signature: g, Opening: opening, Evidence: transparency.Evidence{Place: transparency.Place{Index: index, Leaf: leaf, Salt: salt}, Proof: log.prove(t, index)}}
}

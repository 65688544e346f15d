package receipt_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/receipt"
	"countersign/internal/transparency"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

const (
	issuer = "https://provider.example"
	origin = "countersign.example/log"
)

// provider is an identity provider with a key.
type provider struct {
	key     *rsa.PrivateKey
	keySet  string
	thumb   string
	keyName string
}

func newProvider(t testing.TB, name string) provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jose.JSONWebKey{Key: key.Public(), KeyID: name, Algorithm: "RS256", Use: "sig"}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk}})
	if err != nil {
		t.Fatal(err)
	}
	thumb, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return provider{key: key, keySet: string(set), thumb: base64.RawURLEncoding.EncodeToString(thumb), keyName: name}
}

func (p provider) token(t testing.TB, nonce string, at time.Time) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: p.keyName}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"iss": issuer, "sub": "s", "aud": "portal", "nonce": nonce, "auth_time": at.Unix(), "acr": "AAL3", "iat": at.Unix(), "exp": at.Unix() + 300})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// public is a log in memory, with one witness.
type public struct {
	signer  note.Signer
	keys    transparency.Keys
	witness ed25519.PrivateKey
	hashes  []tlog.Hash
	size    int64
}

func newPublic(t testing.TB) *public {
	t.Helper()
	secret, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, witness, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &public{signer: signer, witness: witness, keys: transparency.Keys{Log: []string{vkey}, Witnesses: []string{transparency.WitnessKey("witness.example/w1", key)}, Quorum: transparency.Always(1)}}
}

// ReadHashes reads stored hashes.
func (p *public) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = p.hashes[n]
	}
	return out, nil
}

func (p *public) add(t testing.TB, leaf transparency.Leaf) int64 {
	t.Helper()
	stored, err := tlog.StoredHashes(p.size, []byte(leaf), p)
	if err != nil {
		t.Fatal(err)
	}
	p.hashes = append(p.hashes, stored...)
	p.size++
	return p.size - 1
}

func (p *public) prove(t testing.TB, index int64) string {
	t.Helper()
	root, err := tlog.TreeHash(p.size, p)
	if err != nil {
		t.Fatal(err)
	}
	c := transparency.Checkpoint{Origin: origin, Size: p.size, Root: root}
	signed, err := c.Sign(p.signer)
	if err != nil {
		t.Fatal(err)
	}
	path, err := tlog.ProveRecord(p.size, index, p)
	if err != nil {
		t.Fatal(err)
	}
	return transparency.Proof{Index: index, Path: path, Checkpoint: signed + transparency.Cosign("witness.example/w1", p.witness, c.Text(), noon.Unix()+30)}.Text()
}

// ceremony signs one statement, by whatever provider and log.
type ceremony struct {
	signature attestation.Signature
	opening   string
	salt      string
	evidence  transparency.Evidence
	bundle    receipt.Bundle
	beside    []receipt.Beside
}

// sign has one person sign.
func sign(t testing.TB, by provider, log *public) ceremony {
	t.Helper()
	return signed(t, log, by)
}

// signed has the chief executive sign at the first provider, after the senior
// information risk owner has at the second, when there is one.
func signed(t testing.TB, log *public, by provider, coBy ...provider) ceremony {
	t.Helper()
	who := access.Actor{ID: "chief", Name: "Amara O’Kafor", At: noon, Appointments: []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", From: noon.AddDate(-1, 0, 0)}}}
	pass, err := access.Check(who, access.SignStatement, "RXH")
	if err != nil {
		t.Fatal(err)
	}
	var coSigns []access.Office
	if len(coBy) > 0 {
		coSigns = []access.Office{access.SIRO}
	}
	words, err := attestation.Words{CoSigns: coSigns, Statement: "st_7", Organisation: "RXH", Name: "Calder Vale", Title: "July to September 2026 cyber statement", Template: "quarterly 1", Number: 1, From: "2026-07-01", To: "2026-09-30",
		LockedAt: "2026-10-01T09:00:00Z", Opening: "On behalf of Calder Vale, I confirm that:", Parts: []string{"We answered 11 of 12 alerts & more <within> 48 hours.", "The gaps are complete."}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	s := attestation.Statement{ID: "st_7", Organisation: "RXH", Period: "July to September 2026", State: attestation.Locked, Words: words, Digest: attestation.DigestOf(words), Due: noon.AddDate(0, 0, 10)}
	var made ceremony
	for _, provider := range coBy {
		g, beside := coSign(t, s, provider, log)
		s.Beside, made.beside = append(s.Beside, g), append(made.beside, beside)
	}
	review, err := s.Choose(pass, attestation.Review{}, attestation.Qualified, s.Digest, noon)
	if err != nil {
		t.Fatal(err)
	}
	review.Exceptions = []attestation.Exception{{Part: 1, What: "One was late", Doing: "A rota", Who: "The cyber lead", By: "2026-12-01"}}
	up, err := s.Begin(pass, review, "up_1", "00112233445566778899aabbccddeeff", noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	at := noon.Add(time.Minute + 5*time.Second)
	proof := attestation.Proof{Issuer: issuer, Subject: "s", Person: "chief", AuthAt: at, ACR: "AAL3", Nonce: up.Nonce, IDToken: by.token(t, up.Nonce, at), KeySet: by.keySet}
	c := attestation.Ceremony{Statement: s, StepUp: up, Review: review, Appointments: who.Appointments}
	signature, _, e, err := c.Sign(pass, proof, "sig_1", attestation.NewCode([]byte("abcdefgh")), "ev_1", noon.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	made.signature, made.opening, made.salt = signature, transparency.OpeningOf(e), "ffeeddccbbaa99887766554433221100"
	leaf := transparency.LeafOf(made.salt, made.opening)
	var index int64
	for i := range 70 {
		if i == 41 {
			index = log.add(t, leaf)
			continue
		}
		log.add(t, transparency.LeafOf(strconv.Itoa(i), "something else"))
	}
	made.evidence = transparency.Evidence{Place: transparency.Place{Index: index, Leaf: leaf, Salt: made.salt}, Proof: log.prove(t, index)}
	if made.bundle, err = receipt.New(signature, made.opening, made.evidence, log.keys); err != nil {
		t.Fatal(err)
	}
	for i := range made.beside {
		made.beside[i].Evidence.Proof = log.prove(t, made.beside[i].Evidence.Index) // by the same checkpoint
	}
	if made.bundle, err = made.bundle.With(log.keys, made.beside...); err != nil {
		t.Fatal(err)
	}
	return made
}

func trusts(log *public, providers ...provider) *receipt.Trust {
	var thumbs []string
	for _, p := range providers {
		thumbs = append(thumbs, p.thumb)
	}
	trust := receipt.NewTrust(log.keys, []receipt.Provider{{Issuer: issuer, Keys: thumbs}}, nil)
	return &trust
}

func TestBundleProves(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	made := sign(t, by, log)
	file, trust := made.bundle.Bytes(), trusts(log, by)
	report, err := receipt.Verify(file, trust)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Trusted || report.Signer != "Amara O’Kafor" || report.Qualifications != 1 || report.Code != made.signature.Code.Groups() || len(report.Witnesses) != 1 || report.Key != by.thumb {
		t.Errorf("it shows %+v", report)
	}
	text := report.Text()
	for _, want := range []string{"PROVEN\n", "with 1 qualification", "1:02:00pm on 5 October 2026 (UK time)", "witness.example/w1", "controls both"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	report, err = receipt.Verify(file, nil)
	if err != nil || report.Trusted || strings.HasPrefix(report.Text(), "PROVEN") || !strings.Contains(report.Text(), by.thumb) {
		t.Errorf("without a list: %v\n%s", err, report.Text())
	}
	again, err := receipt.ParseTrust(trust.Bytes())
	if err != nil || len(again.Providers) != 1 {
		t.Errorf("the list comes back as %+v, %v", again, err)
	}
	if said, code := node(t, file, trust); code != 0 || !strings.HasPrefix(said, "PROVEN") {
		t.Errorf("the other verifier says %d: %s", code, said)
	}
	if said, code := node(t, file, nil); code != 1 || !strings.HasPrefix(said, "HOLDS TOGETHER") {
		t.Errorf("the other verifier, without a list, says %d: %s", code, said)
	}
}

// TestQuorumOfItsDay: both verifiers ask a checkpoint for as many witnesses as the
// list says for its size.
func TestQuorumOfItsDay(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	made := sign(t, by, log)
	file := made.bundle.Bytes()
	report, err := receipt.Verify(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for claim, want := range map[string]struct {
		quorum transparency.Quorum
		proven bool
	}{
		"two, from the next size on":  {transparency.Quorum{{Witnesses: 1}, {From: report.Size + 1, Witnesses: 2}}, true},
		"two, from this size on":      {transparency.Quorum{{Witnesses: 1}, {From: report.Size, Witnesses: 2}}, false},
		"two once, and one since":     {transparency.Quorum{{Witnesses: 2}, {From: report.Size, Witnesses: 1}}, true},
		"a list that asks for nobody": {transparency.Always(0), true},
	} {
		trust := trusts(log, by)
		trust.Quorum = want.quorum
		if _, err := receipt.Verify(file, trust); (err == nil) != want.proven {
			t.Errorf("%s: %v", claim, err)
		}
		if said, code := node(t, file, trust); (code == 0) != want.proven {
			t.Errorf("%s: the other verifier says %d: %s", claim, code, said)
		}
	}
	trust := trusts(log, by)
	trust.Quorum = transparency.Quorum{{From: 5, Witnesses: 1}}
	if _, err := receipt.ParseTrust(trust.Bytes()); err == nil {
		t.Error("a list that says nothing of the first sizes was taken")
	}
	if said, code := node(t, file, trust); code == 0 && report.Size < 5 {
		t.Errorf("and by the other verifier: %s", said)
	}
}

// TestT44_T45_ForgedAttestationDoesNotVerify plays somebody who has the database's
// password and the log's key, but not the provider's: whatever they write, it is
// not proven (abuse cases T44 and T45).
func TestT44_T45_ForgedAttestationDoesNotVerify(t *testing.T) {
	by, log := newProvider(t, "k1"), newPublic(t)
	genuine := sign(t, by, log)
	trust := trusts(log, by)
	for claim, forge := range map[string]func() receipt.Bundle{
		"a token signed with a key of their own, under the provider's key id": func() receipt.Bundle {
			return sign(t, newProvider(t, "k1"), log).bundle
		},
		"a token of their own beside the provider's real keys": func() receipt.Bundle {
			own := newProvider(t, "k1")
			own.keySet = by.keySet
			return sign(t, own, log).bundle
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
			return sign(t, own, log).bundle
		},
		"a genuine token under other words, logged anew": func() receipt.Bundle {
			g := genuine.signature
			g.Document = strings.Replace(g.Document, "11 of 12", "12 of 12", 1)
			_, words, _ := strings.Cut(g.Document, "\n\n")
			g.Document = strings.Replace(g.Document, string(g.WordsDigest), string(attestation.DigestOf(words)), 1)
			g.WordsDigest, g.Digest = attestation.DigestOf(words), attestation.DigestOf(g.Document)
			return relogged(t, genuine, g, log)
		},
		"a genuine token for another person": func() receipt.Bundle {
			g := genuine.signature
			g.Document, g.Person = strings.Replace(g.Document, "signer: chief", "signer: thief", 1), "thief"
			g.Digest = attestation.DigestOf(g.Document)
			genuine := genuine
			genuine.opening = strings.Replace(genuine.opening, "by: chief", "by: thief", 1)
			return relogged(t, genuine, g, log)
		},
		"a genuine token, signed on another day": func() receipt.Bundle {
			g := genuine.signature
			g.SignedAt, g.Late = g.SignedAt.AddDate(0, 0, -3), false
			return relogged(t, genuine, g, log)
		},
		"a log of their own": func() receipt.Bundle { return sign(t, by, newPublic(t)).bundle },
		"a checkpoint that no witness has seen": func() receipt.Bundle {
			b := genuine.bundle
			lines := strings.SplitAfter(b.Proof, "\n")
			b.Proof, b.Signers = strings.Join(lines[:len(lines)-2], ""), b.Signers[:1]
			return b
		},
	} {
		t.Run(claim, func(t *testing.T) {
			file := forge().Bytes()
			if report, err := receipt.Verify(file, trust); err == nil {
				t.Errorf("it verifies: %+v", report)
			}
			if said, code := node(t, file, trust); code != 1 || !strings.HasPrefix(said, "NOT PROVEN") {
				t.Errorf("the other verifier says %d: %s", code, said)
			}
		})
	}
}

// relogged writes a changed signature into the log, as somebody with its key can.
func relogged(t *testing.T, was ceremony, g attestation.Signature, log *public) receipt.Bundle {
	t.Helper()
	record, err := g.Record()
	if err != nil {
		t.Fatal(err)
	}
	old, err := was.signature.Record()
	if err != nil {
		t.Fatal(err)
	}
	opening := strings.Replace(was.opening, string(attestation.DigestOf(old)), string(attestation.DigestOf(record)), 1)
	leaf := transparency.LeafOf(was.salt, opening)
	index := log.add(t, leaf)
	b, err := receipt.New(g, opening, transparency.Evidence{Place: transparency.Place{Index: index, Leaf: leaf, Salt: was.salt}, Proof: log.prove(t, index)}, log.keys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// node runs the other verifier. Node is needed to build the portal at all.
func node(t *testing.T, file []byte, trust *receipt.Trust) (string, int) {
	t.Helper()
	bundle, list := written(t, file, trust)
	args := []string{"verify.mjs", bundle}
	if trust != nil {
		args = append(args, list)
	}
	command := exec.CommandContext(t.Context(), "node", args...)
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal("run node:", err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func written(t *testing.T, file []byte, trust *receipt.Trust) (bundle, list string) {
	t.Helper()
	folder := t.TempDir()
	bundle, list = filepath.Join(folder, "bundle.json"), filepath.Join(folder, "trust.json")
	if err := os.WriteFile(bundle, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if trust != nil {
		if err := os.WriteFile(list, trust.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return bundle, list
}

// FuzzVerify looks for a file that breaks the reader.
func FuzzVerify(f *testing.F) {
	by, log := newProvider(f, "k1"), newPublic(f)
	f.Add(sign(f, by, log).bundle.Bytes())
	f.Add(signed(f, log, by, by).bundle.Bytes())
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if report, err := receipt.Verify(file, nil); err == nil && report.Signer == "" {
			t.Error("accepted, and says nothing")
		}
	})
}

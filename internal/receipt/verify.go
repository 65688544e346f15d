package receipt

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/mod/sumdb/note"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/transparency"
)

// Report is what a bundle shows, in plain words.
type Report struct {
	Title, Organisation, Signer, Capacity, Code string
	Qualifications                              int
	SignedAt                                    time.Time
	Late                                        bool
	Declaration                                 string
	Document                                    string
	Issuer, Key                                 string // of the identity provider; thumbprint of the key that signed
	Index, Size                                 int64
	Witnesses                                   []transparency.Cosignature
	CoSigners                                   []CoSigner // who signed before, in the document's order
	Trusted                                     bool       // the keys are those of the list that was given
	Proven, Open                                []string
}

// algorithms are those a provider may sign with: never a shared secret, never
// none.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}

// Verify checks a bundle against itself and, when there is one, against a list
// of whom to trust. An error says what does not hold; nothing of the report is
// to be believed then. Without a list everything can hold and still be made by
// anybody: Report.Trusted says which it is.
func Verify(file []byte, trust *Trust) (Report, error) {
	b, err := Parse(file)
	if err != nil {
		return Report{}, err
	}
	r, d, words, err := b.texts()
	if err != nil {
		return Report{}, err
	}
	beside, err := b.beside(r, d, words)
	if err != nil {
		return Report{}, err
	}
	// The log first: with a list, only what the portal logged gets as far as the
	// costly part, whose keys the file itself names.
	index, seen, err := b.logged(signedAct, r, trust)
	if err != nil {
		return Report{}, err
	}
	indexes, err := b.loggedBeside(beside, trust)
	if err != nil {
		return Report{}, err
	}
	key, err := b.provider(r)
	if err != nil {
		return Report{}, err
	}
	report := Report{Title: words.Title, Organisation: words.Name + " (" + string(words.Organisation) + ")", Signer: d.Name, Capacity: attestation.Capacity(access.ChiefExecutive, d.Acting), Code: r.Code.Groups(), Qualifications: len(d.Exceptions),
		SignedAt: r.SignedAt, Late: r.Late, Declaration: attestation.Declaration(d.Name, d.Acting, d.Opinion, len(d.Exceptions)), Document: b.Document, Issuer: r.Issuer, Key: key, Index: index, Size: seen.Size, Witnesses: seen.By}
	if report.CoSigners, err = b.provedBeside(beside, indexes, trust); err != nil {
		return Report{}, err
	}
	if trust != nil {
		if err := trust.vouches(r.Issuer, key); err != nil {
			return Report{}, err
		}
		report.Trusted = true
	}
	report.explain(b)
	return report, nil
}

// Signed checks everything but the log: that document, record and the identity
// provider's token belong together, and the co-signatures to them. It is for
// records that are compared where they are kept.
func (b Bundle) Signed() error {
	r, d, words, err := b.texts()
	if err != nil {
		return err
	}
	beside, err := b.beside(r, d, words)
	if err != nil {
		return err
	}
	if _, err := b.provedBeside(beside, make([]int64, len(beside)), nil); err != nil {
		return err
	}
	_, err = b.provider(r)
	return err
}

// Signed checks that the record of a co-signature and the identity provider's
// token belong together, as Bundle.Signed does for both.
func (s Signing) Signed() error {
	r, sound := attestation.ParseRecord(s.Record)
	if !sound || attestation.DigestOf(s.Document) != r.Document {
		return errors.New("the record of the signature cannot be read")
	}
	_, err := s.provider(r)
	return err
}

// texts checks that document, words and record belong together.
func (b Bundle) texts() (attestation.Record, attestation.Document, attestation.Words, error) {
	refuse := func(why string) (attestation.Record, attestation.Document, attestation.Words, error) {
		return attestation.Record{}, attestation.Document{}, attestation.Words{}, errors.New(why)
	}
	r, sound := attestation.ParseRecord(b.Record)
	if !sound || r.Beside {
		return refuse("the record of the signature cannot be read")
	}
	if attestation.DigestOf(b.Document) != r.Document {
		return refuse("the document is not the one that was signed")
	}
	d, sound := attestation.ParseDocument(b.Document)
	if !sound {
		return refuse("the signed document cannot be read")
	}
	words, err := attestation.ParseWords(d.Words)
	code, typed := attestation.ParseCode(string(r.Code))
	switch {
	case err != nil:
		return refuse("the words of the statement cannot be read")
	case d.Digest != r.Words:
		return refuse("the document is of other words")
	case d.Person != r.Signer, words.Organisation != r.Organisation, words.Statement != r.Statement, !typed || code != r.Code:
		return refuse("the record is of another signature than the document")
	}
	return r, d, words, nil
}

// claims are those of a token that a signature rests on.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Nonce    string `json:"nonce"`
	AuthTime int64  `json:"auth_time"`
	ACR      string `json:"acr"`
}

// provider checks the identity provider's own signature, and that it covers
// exactly this document, signer and attempt. It gives the key's thumbprint.
func (s Signing) provider(r attestation.Record) (string, error) {
	keySet, err := base64.StdEncoding.DecodeString(s.KeySet)
	if err != nil || base64.StdEncoding.EncodeToString(keySet) != s.KeySet || attestation.DigestOf(string(keySet)) != r.Keys || attestation.DigestOf(s.Token) != r.Token {
		return "", errors.New("the identity provider's token or keys are not those of the signature")
	}
	payload, key, err := opened(s.Token, string(keySet))
	if err != nil {
		return "", err
	}
	return key, covers(r, payload)
}

// keysLimit bounds the keys of one set, as the portal does when it gets them:
// each that could be meant is tried.
const keysLimit = 50

// opened checks a provider's signature on a token, and gives what the token says
// with the thumbprint of the key.
func opened(idToken, keySet string) (payload []byte, key string, err error) {
	token, err := jose.ParseSignedCompact(idToken, algorithms)
	if err != nil {
		return nil, "", errors.New("the identity provider's token cannot be read")
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(keySet), &set); err != nil || len(set.Keys) > keysLimit {
		return nil, "", errors.New("the identity provider's keys cannot be read")
	}
	for _, key := range set.Keys {
		if token.Signatures[0].Header.KeyID != "" && key.KeyID != token.Signatures[0].Header.KeyID {
			continue
		}
		payload, err := token.Verify(key)
		if err != nil {
			continue
		}
		thumbprint, err := key.Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, "", errors.New("the identity provider's key cannot be named")
		}
		return payload, base64.RawURLEncoding.EncodeToString(thumbprint), nil
	}
	return nil, "", errors.New("the identity provider did not sign this token")
}

// covers checks what a token says.
func covers(r attestation.Record, payload []byte) error {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return errors.New("the identity provider's token cannot be read")
	}
	nonce := attestation.Nonce(r.Salt, r.Document, r.Organisation, r.Signer, r.Attempt)
	at := time.Unix(c.AuthTime, 0)
	switch {
	case c.Nonce != nonce:
		return errors.New("the identity provider signed something else: another document, signer, organisation or attempt")
	case c.Issuer != r.Issuer, c.Subject != r.Subject, c.ACR != r.ACR, !at.Equal(r.AuthAt):
		return errors.New("the identity provider's token is not about this sign-in")
	case r.SignedAt.Sub(at) > attestation.ProofLimit, at.Sub(r.SignedAt) > attestation.ProofSlack, r.SignedAt.Before(r.ArrivedAt):
		return errors.New("the sign-in and the signature are too far apart")
	}
	return nil
}

// The acts by which signatures come into the log.
const (
	signedAct   = "statement signed"
	coSignedAct = "statement co-signed"
)

// logged checks that the log holds the event of this signature.
func (s Signing) logged(act string, r attestation.Record, trust *Trust) (int64, transparency.Witnessed, error) {
	opening, sound := transparency.ParseOpening(s.Opening)
	if !sound || opening.Act != act || opening.Digest != string(attestation.DigestOf(s.Record)) || opening.Thing != "statement/"+string(r.Statement) ||
		opening.Organisation != string(r.Organisation) || opening.By != string(r.Signer) {
		return 0, transparency.Witnessed{}, errors.New("the entry of the log is about something else")
	}
	proof, err := transparency.ParseProof(s.Proof)
	if err != nil {
		return 0, transparency.Witnessed{}, err
	}
	keys, err := s.keys(trust)
	if err != nil {
		return 0, transparency.Witnessed{}, err
	}
	seen, err := proof.Check(transparency.LeafOf(s.Salt, s.Opening), keys)
	if err != nil {
		return 0, seen, err
	}
	if signed, err := transparency.Signers(proof.Checkpoint, keys); err != nil || !slices.Equal(signed, s.Signers) {
		return 0, seen, errors.New("the keys the file names are not those that signed, one for each line")
	}
	return proof.Index, seen, nil
}

// keys are those the file names; with a list, each must be on it, and enough
// witnesses must have signed.
func (s Signing) keys(trust *Trust) (transparency.Keys, error) {
	var keys transparency.Keys
	for _, key := range s.Signers {
		if _, err := note.NewVerifier(key); err == nil {
			keys.Log = append(keys.Log, key)
		} else if _, err := transparency.NewWitness(key); err == nil {
			keys.Witnesses = append(keys.Witnesses, key)
		} else {
			return keys, fmt.Errorf("the key %q cannot be read", key)
		}
		if trust != nil && !slices.Contains(trust.Log, key) && !slices.Contains(trust.Witnesses, key) {
			return keys, fmt.Errorf("the key %q is not on the list of whom to trust", key)
		}
	}
	if len(keys.Log) != 1 {
		return keys, errors.New("the file must name one key of the log")
	}
	if trust != nil {
		if keys.Quorum = trust.Quorum; !slices.Contains(trust.Log, keys.Log[0]) {
			return keys, errors.New("the log is not the one on the list of whom to trust")
		}
	}
	return keys, nil
}

func (t Trust) vouches(issuer, key string) error {
	for _, p := range t.Providers {
		if p.Issuer == issuer && slices.Contains(p.Keys, key) {
			return nil
		}
	}
	return fmt.Errorf("the key %s of %s is not on the list of whom to trust", key, issuer)
}

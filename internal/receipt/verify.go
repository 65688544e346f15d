package receipt

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/mod/sumdb/note"

	"countersign/internal/attestation"
	"countersign/internal/identity"
	"countersign/internal/organisation"
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
	Trusted                                     bool // the keys are those of the list that was given
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
	r, sound := parseRecord(b.Record)
	if !sound {
		return Report{}, errors.New("the record of the signature cannot be read")
	}
	d, words, err := b.texts(r)
	if err != nil {
		return Report{}, err
	}
	key, err := b.provider(r)
	if err != nil {
		return Report{}, err
	}
	index, seen, err := b.logged(r, trust)
	if err != nil {
		return Report{}, err
	}
	report := Report{Title: words.Title, Organisation: words.Name + " (" + string(words.Organisation) + ")", Signer: d.name, Capacity: d.capacity, Code: attestation.Code(r.code).Groups(), Qualifications: d.exceptions,
		SignedAt: r.signed, Late: r.late, Declaration: d.declaration, Document: b.Document, Issuer: r.issuer, Key: key, Index: index, Size: seen.Size, Witnesses: seen.By}
	if trust != nil {
		if err := trust.vouches(r.issuer, key); err != nil {
			return Report{}, err
		}
		report.Trusted = true
	}
	report.explain(b)
	return report, nil
}

// Signed checks everything but the log: that document, record and the identity
// provider's token belong together. It is for records that are compared where
// they are kept.
func (b Bundle) Signed() error {
	r, sound := parseRecord(b.Record)
	if !sound {
		return errors.New("the record of the signature cannot be read")
	}
	if _, _, err := b.texts(r); err != nil {
		return err
	}
	_, err := b.provider(r)
	return err
}

// texts checks that document, words and record belong together.
func (b Bundle) texts(r record) (document, attestation.Words, error) {
	d, sound := parseDocument(b.Document)
	if !sound {
		return d, attestation.Words{}, errors.New("the signed document cannot be read")
	}
	words, err := attestation.ParseWords(d.words)
	code, typed := attestation.ParseCode(r.code)
	switch {
	case err != nil:
		return d, words, errors.New("the words of the statement cannot be read")
	case string(attestation.DigestOf(b.Document)) != r.document, string(attestation.DigestOf(d.words)) != r.words:
		return d, words, errors.New("the document is not the one that was signed")
	case d.id != r.signer, string(words.Organisation) != r.organisation, string(words.Statement) != r.statement, !typed || string(code) != r.code:
		return d, words, errors.New("the record is of another signature than the document")
	case !strings.Contains(b.Document, "\nwords: "+r.words+"\n"):
		return d, words, errors.New("the document is of other words")
	case d.declaration != attestation.Declaration(d.name, d.capacity == "acting chief executive", attestation.Opinion(d.opinion), d.exceptions):
		return d, words, errors.New("the declaration is not the one for this answer")
	}
	return d, words, nil
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
func (b Bundle) provider(r record) (string, error) {
	keySet, err := base64.StdEncoding.DecodeString(b.KeySet)
	if err != nil || base64.StdEncoding.EncodeToString(keySet) != b.KeySet || string(attestation.DigestOf(string(keySet))) != r.keys || string(attestation.DigestOf(b.Token)) != r.token {
		return "", errors.New("the identity provider's token or keys are not those of the signature")
	}
	payload, key, err := opened(b.Token, string(keySet))
	if err != nil {
		return "", err
	}
	return key, r.covers(payload)
}

// opened checks a provider's signature on a token, and gives what the token says
// with the thumbprint of the key.
func opened(idToken, keySet string) (payload []byte, key string, err error) {
	token, err := jose.ParseSignedCompact(idToken, algorithms)
	if err != nil {
		return nil, "", errors.New("the identity provider's token cannot be read")
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(keySet), &set); err != nil {
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
func (r record) covers(payload []byte) error {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return errors.New("the identity provider's token cannot be read")
	}
	nonce := attestation.Nonce(r.salt, attestation.Digest(r.document), organisation.Code(r.organisation), identity.PersonID(r.signer), r.attempt)
	at := time.Unix(c.AuthTime, 0)
	switch {
	case c.Nonce != nonce:
		return errors.New("the identity provider signed something else: another document, signer, organisation or attempt")
	case c.Issuer != r.issuer, c.Subject != r.subject, c.ACR != r.acr, !at.Equal(r.authenticated):
		return errors.New("the identity provider's token is not about this sign-in")
	case r.signed.Sub(at) > attestation.ProofLimit, at.Sub(r.signed) > attestation.ProofSlack, r.signed.Before(r.arrived):
		return errors.New("the sign-in and the signature are too far apart")
	}
	return nil
}

// logged checks that the log holds the event of this signature.
func (b Bundle) logged(r record, trust *Trust) (int64, transparency.Witnessed, error) {
	opening, sound := transparency.ParseOpening(b.Opening)
	if !sound || opening.Act != "statement signed" || opening.Digest != string(attestation.DigestOf(b.Record)) || opening.Thing != "statement/"+r.statement ||
		opening.Organisation != r.organisation || opening.By != r.signer {
		return 0, transparency.Witnessed{}, errors.New("the entry of the log is about something else")
	}
	proof, err := transparency.ParseProof(b.Proof)
	if err != nil {
		return 0, transparency.Witnessed{}, err
	}
	keys, err := b.keys(trust)
	if err != nil {
		return 0, transparency.Witnessed{}, err
	}
	seen, err := proof.Check(transparency.LeafOf(b.Salt, b.Opening), keys)
	if err != nil {
		return 0, seen, err
	}
	if signed, err := transparency.Signers(proof.Checkpoint, keys); err != nil || !slices.Equal(signed, b.Signers) {
		return 0, seen, errors.New("the keys the file names are not those that signed, one for each line")
	}
	return proof.Index, seen, nil
}

// keys are those the file names; with a list, each must be on it, and enough
// witnesses must have signed.
func (b Bundle) keys(trust *Trust) (transparency.Keys, error) {
	var keys transparency.Keys
	for _, key := range b.Signers {
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

package provider

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

var (
	verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
	secretForm   = regexp.MustCompile(`^[A-Za-z0-9._~-]{22,512}$`)
	codeForm     = regexp.MustCompile(`^[\x21-\x7e]+$`)
	// oauthError is what an error answer may be quoted by; the rest of it is
	// the provider's prose and stays out of the logs.
	oauthError = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

// maxCode is generous: some providers pack whole sessions into a code.
const maxCode = 4096

// Begin gives the address to send the person to. It asks the provider for its
// description when that is not known yet, and for nothing else.
func (p *Provider) Begin(ctx context.Context, r Request) (address string, err error) {
	if !secretForm.MatchString(r.State) || !secretForm.MatchString(r.Nonce) || !verifierForm.MatchString(r.Verifier) || r.RedirectURI == "" {
		return "", ErrRequest.because("state, nonce, verifier or redirect address is missing or too short")
	}
	if r.MaxAge != nil && *r.MaxAge < 0 {
		return "", ErrRequest.because("a negative age")
	}
	m, err := p.describe(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(r.Verifier),
		oidc.Nonce(r.Nonce),
		oauth2.SetAuthURLParam("response_mode", "query"), // form_post would arrive without our cookie
	}
	if r.MaxAge != nil {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.Itoa(*r.MaxAge)))
	}
	if len(r.ACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(r.ACR, " ")))
	}
	if r.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", r.Prompt))
	}
	// The library only adds to what the endpoint's address asks for already;
	// where both name a parameter, ours must be the only one.
	bare := oauth2.Config{ClientID: p.ClientID, RedirectURL: r.RedirectURI, Scopes: p.Scopes}
	ours, err := url.Parse(bare.AuthCodeURL(r.State, options...))
	if err != nil {
		return "", ErrRequest.because("%w", err)
	}
	return withQuery(m.authorization, ours.Query())
}

// Finish exchanges the code and checks everything the provider says. The
// caller has used up state, nonce and verifier before calling: a second call
// with the same ones is the caller's defect, not a second chance.
func (p *Provider) Finish(ctx context.Context, back Return, expect Expect) (Identity, error) {
	m, err := p.describe(ctx)
	if err != nil {
		return Identity{}, err
	}
	// Before the code leaves the building: a code from one issuer must never
	// be shown to another.
	if back.Issuer != "" && back.Issuer != p.Issuer || back.Issuer == "" && m.issParam {
		return Identity{}, ErrMixUp
	}
	if len(back.Code) > maxCode || !codeForm.MatchString(back.Code) {
		return Identity{}, ErrCode.because("malformed")
	}
	if !verifierForm.MatchString(back.Verifier) || back.RedirectURI == "" {
		return Identity{}, ErrRequest.because("verifier or redirect address is missing")
	}
	raw, access, err := p.exchange(ctx, m, back)
	if err != nil {
		return Identity{}, err
	}
	who, err := p.Validate(ctx, raw, access, expect)
	if err != nil {
		return Identity{}, err
	}
	if p.UserInfo {
		if err := p.addUserInfo(ctx, m, access, &who); err != nil {
			return Identity{}, err
		}
	}
	return who, nil
}

func (p *Provider) exchange(ctx context.Context, m metadata, back Return) (id, access string, err error) {
	config := oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: back.RedirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: m.token, AuthStyle: oauth2.AuthStyleInHeader}} // said, because guessing costs a code
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(back.Verifier)}
	switch {
	case p.signer != nil:
		assertion, err := p.assertion(m.token)
		if err != nil {
			return "", "", err
		}
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams // of which only the client id is left
		options = append(options, oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			oauth2.SetAuthURLParam("client_assertion", assertion))
	case m.postSecret:
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	way := &tokenWay{provider: p}
	token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: way, CheckRedirect: p.client.CheckRedirect}), back.Code, options...)
	switch {
	case way.refused != nil:
		return "", "", way.refused
	case err != nil: // its text may hold the provider's whole answer, so it goes no further
		return "", "", ErrTokenAnswer.because("not a token answer")
	}
	id, _ = token.Extra("id_token").(string)
	access, _ = token.Extra("access_token").(string)
	if id == "" {
		return "", "", ErrTokenAnswer.because("no ID token")
	}
	if access == "" || !strings.EqualFold(token.TokenType, "Bearer") {
		return "", "", ErrTokenAnswer.because("no bearer token")
	}
	return id, access, nil
}

// tokenWay carries one exchange over our own client, within its limits, and
// lets the library read no answer that is not a plain 200 of strict JSON.
type tokenWay struct {
	provider *Provider
	refused  error // why, in our words
}

// RoundTrip sends the request once.
func (w *tokenWay) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body, err := w.send(req)
	if err != nil {
		w.refused = err
		return nil, err
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func (w *tokenWay) send(req *http.Request) (status int, body []byte, err error) {
	status, body, err = w.provider.send(req.Context(), req.Clone(req.Context()))
	if err != nil {
		return 0, nil, err
	}
	answer, err := decodeStrict(body)
	if status != http.StatusOK {
		if code := text(answer["error"]); err == nil && oauthError.MatchString(code) {
			return 0, nil, ErrCode.because("answered %d %s", status, code)
		}
		return 0, nil, ErrCode.because("answered %d", status)
	}
	if err != nil {
		return 0, nil, ErrTokenAnswer.because("%w", err)
	}
	return status, body, nil
}

// addUserInfo asks for the name and the e-mail. The answer is not signed, so
// it may describe the person and must name the same subject, no more.
func (p *Provider) addUserInfo(ctx context.Context, m metadata, access string, who *Identity) error {
	body, err := p.get(ctx, m.userInfo, access)
	if err != nil {
		return ErrUserInfo.because("%w", err)
	}
	claims, err := decodeStrict(body)
	if err != nil {
		return ErrUserInfo.because("%w", err)
	}
	if sub, ok := identifier(claims, "sub"); !ok || sub != who.Subject {
		return ErrUserInfoSub
	}
	who.describe(claims)
	return nil
}

// opaque lets go-jose sign with a key that never leaves its keeper.
type opaque struct {
	key crypto.Signer
	id  string
	alg jose.SignatureAlgorithm
}

func (o opaque) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: o.key.Public(), KeyID: o.id, Algorithm: string(o.alg), Use: "sig"}
}

func (o opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{o.alg} }

// SignPayload writes the signature as JOSE wants it: bare for RSA, the two
// numbers side by side for ECDSA.
func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	digest := sha256.Sum256(payload)
	// The randomness blinds and salts inside the key; it need not be repeatable.
	der, err := o.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign client assertion: %w", err)
	}
	if o.alg == jose.RS256 {
		return der, nil
	}
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) > 0 {
		return nil, errors.New("sign client assertion: the key's signature is not readable")
	}
	bare := make([]byte, 64)
	rs.R.FillBytes(bare[:32])
	rs.S.FillBytes(bare[32:])
	return bare, nil
}

// assertionSigner picks RS256, which every provider reads, or ES256 by the key,
// and refuses other keys.
func assertionSigner(key crypto.Signer, id string) (jose.Signer, error) {
	o := opaque{key: key, id: id}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < 2048 {
			return nil, errors.New("the private key is shorter than 2048 bits")
		}
		o.alg = jose.RS256
	case *ecdsa.PublicKey:
		if public.Params().Name != "P-256" {
			return nil, errors.New("the private key is on another curve than P-256")
		}
		o.alg = jose.ES256
	default:
		return nil, errors.New("the private key must be RSA or ECDSA on P-256")
	}
	if id == "" {
		return nil, errors.New("the private key needs a key id")
	}
	return jose.NewSigner(jose.SigningKey{Algorithm: o.alg, Key: o}, (&jose.SignerOptions{}).WithType("JWT"))
}

// assertion proves who we are for one exchange, to one address, for a minute.
func (p *Provider) assertion(audience string) (string, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(p.Random, id); err != nil {
		return "", fmt.Errorf("make client assertion: %w", err)
	}
	now := p.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": p.ClientID, "sub": p.ClientID, "aud": audience, "jti": hex.EncodeToString(id),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("make client assertion: %w", err)
	}
	signed, err := p.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("make client assertion: %w", err)
	}
	return signed.CompactSerialize()
}

package provider

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
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

	"github.com/go-jose/go-jose/v4"
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
	challenge := sha256.Sum256([]byte(r.Verifier))
	q := url.Values{
		"response_type":         {"code"},
		"response_mode":         {"query"}, // form_post would arrive without our cookie
		"client_id":             {p.ClientID},
		"redirect_uri":          {r.RedirectURI},
		"scope":                 {strings.Join(p.Scopes, " ")},
		"state":                 {r.State},
		"nonce":                 {r.Nonce},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	if r.MaxAge != nil {
		q.Set("max_age", strconv.Itoa(*r.MaxAge))
	}
	if len(r.ACR) > 0 {
		q.Set("acr_values", strings.Join(r.ACR, " "))
	}
	if r.Prompt != "" {
		q.Set("prompt", r.Prompt)
	}
	return withQuery(m.authorization, q)
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
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Code},
		"redirect_uri": {back.RedirectURI}, "code_verifier": {back.Verifier},
	}
	basic := false
	switch {
	case p.signer != nil:
		assertion, err := p.assertion(m.token)
		if err != nil {
			return "", "", err
		}
		form.Set("client_id", p.ClientID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	case m.postSecret:
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	default:
		basic = true
	}
	req, err := http.NewRequest(http.MethodPost, m.token, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", ErrMetadata.because("token endpoint is no address")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	}
	status, body, err := p.send(ctx, req)
	if err != nil {
		return "", "", err
	}
	answer, err := decodeStrict(body)
	if status != http.StatusOK {
		if code := text(answer["error"]); err == nil && oauthError.MatchString(code) {
			return "", "", ErrCode.because("answered %d %s", status, code)
		}
		return "", "", ErrCode.because("answered %d", status)
	}
	if err != nil {
		return "", "", ErrTokenAnswer.because("%w", err)
	}
	id, access = text(answer["id_token"]), text(answer["access_token"])
	if id == "" {
		return "", "", ErrTokenAnswer.because("no ID token")
	}
	if access == "" || !strings.EqualFold(text(answer["token_type"]), "Bearer") {
		return "", "", ErrTokenAnswer.because("no bearer token")
	}
	return id, access, nil
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

package provider

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	skew        = time.Minute      // between the provider's clock and ours
	maxAge      = 10 * time.Minute // of a token, from issue to us
	maxLife     = 24 * time.Hour   // of a token, from us to expiry
	stepUpAge   = 5 * time.Minute  // of the sign-in behind a signature
	maxNameRune = 200
)

// Validate is the one place where an ID token is believed: signature, then
// every claim. access is the access token that came with it, or empty.
func (p *Provider) Validate(ctx context.Context, raw, access string, expect Expect) (Identity, error) {
	if expect.Nonce == "" || expect.Purpose != SignIn && expect.Purpose != StepUp ||
		expect.Purpose == StepUp && expect.AuthAfter.IsZero() {
		return Identity{}, ErrRequest.because("a nonce, a purpose and, for a step-up, a moment are needed")
	}
	token, err := p.open(ctx, raw)
	if err != nil {
		return Identity{}, err
	}
	if err := p.checkKind(token); err != nil {
		return Identity{}, err
	}
	if err := p.checkParties(token.claims, expect); err != nil {
		return Identity{}, err
	}
	if err := p.checkTimes(token.claims); err != nil {
		return Identity{}, err
	}
	nonce := text(token.claims["nonce"])
	if subtle.ConstantTimeCompare([]byte(nonce), []byte(expect.Nonce)) != 1 {
		return Identity{}, ErrNonce
	}
	if hash, given := token.claims["at_hash"]; given && access != "" && text(hash) != accessHash(token.alg, access) {
		return Identity{}, ErrAtHash
	}
	authAt, err := p.checkSignIn(token.claims, expect)
	if err != nil {
		return Identity{}, err
	}
	who := Identity{
		Issuer: p.Issuer, Subject: text(token.claims["sub"]), AuthAt: authAt,
		ACR: text(token.claims["acr"]), AMR: texts(token.claims["amr"]),
		SessionID: text(token.claims["sid"]), RawIDToken: raw, KeySet: token.keySet,
	}
	if _, given := token.claims["sid"]; given {
		if _, ok := identifier(token.claims, "sid"); !ok {
			return Identity{}, ErrClaim.because("sid")
		}
	}
	if err := token.heard(); err != nil {
		return Identity{}, err
	}
	who.describe(token.claims)
	return who, nil
}

// checkKind refuses what is signed by the right provider for another purpose:
// logout tokens, access tokens, userinfo answers.
func (p *Provider) checkKind(token envelope) error {
	if token.typ != "" && token.typ != "jwt" {
		return ErrType
	}
	if _, logout := token.claims["events"]; logout {
		return ErrType.because("it carries events")
	}
	// Not in the standard, but how Keycloak and Cognito mark theirs.
	for name, id := range map[string]string{"typ": "ID", "token_use": "id"} {
		if kind, given := token.claims[name]; given && kind != id {
			return ErrType.because("%s says so", name)
		}
	}
	return nil
}

func (p *Provider) checkParties(claims map[string]any, expect Expect) error {
	if text(claims["iss"]) != p.Issuer {
		return ErrIssuer
	}
	if !p.isForClient(claims) {
		return ErrAudience
	}
	if party, given := claims["azp"]; given && party != p.ClientID {
		return ErrParty
	}
	sub, ok := identifier(claims, "sub")
	if !ok {
		return ErrSubject
	}
	if expect.Subject != "" && sub != expect.Subject {
		return ErrOther
	}
	return nil
}

func (p *Provider) checkTimes(claims map[string]any) error {
	now := p.Now()
	expiry, ok := moment(claims, "exp")
	if !ok || !now.Before(expiry) || expiry.Sub(now) > maxLife {
		return ErrExpired
	}
	issued, ok := moment(claims, "iat")
	if !ok || issued.Sub(now) > skew || now.Sub(issued) > maxAge || !issued.Before(expiry) {
		return ErrIssuedAt
	}
	if _, given := claims["nbf"]; given {
		if from, ok := moment(claims, "nbf"); !ok || from.Sub(now) > skew {
			return ErrNotBefore
		}
	}
	return nil
}

// checkSignIn looks at how and when the person proved themselves. What was
// asked for in the browser counts for nothing: it can be stripped there.
func (p *Provider) checkSignIn(claims map[string]any, expect Expect) (time.Time, error) {
	authAt, said := moment(claims, "auth_time")
	if _, given := claims["auth_time"]; given && !said {
		return time.Time{}, ErrAuthTime.because("it is no moment")
	}
	now := p.Now()
	if said && authAt.Sub(now) > skew {
		return time.Time{}, ErrAuthTime.because("it is in the future")
	}
	// Providers count whole seconds, so the second in which the wish to sign
	// was stored is still "not before".
	if expect.Purpose == StepUp &&
		(!said || authAt.Before(expect.AuthAfter.Truncate(time.Second)) || now.Sub(authAt) > stepUpAge) {
		return time.Time{}, ErrAuthTime
	}
	accepted := expect.ACR
	if len(accepted) == 0 {
		accepted = p.ACR
		if expect.Purpose == StepUp {
			accepted = p.StepUpACR
		}
	}
	if len(accepted) > 0 && !slices.Contains(accepted, text(claims["acr"])) {
		return time.Time{}, ErrACR
	}
	return authAt, nil
}

// describe takes the words meant for people. They decide nothing.
func (who *Identity) describe(claims map[string]any) {
	name := text(claims["name"])
	if name == "" {
		name = strings.TrimSpace(text(claims["given_name"]) + " " + text(claims["family_name"]))
	}
	if name = plain(name); name != "" {
		who.Name = name
	}
	if email := plain(text(claims["email"])); email != "" {
		who.Email = email
	}
}

// plain drops what a person cannot see: control and formatting characters,
// among them those that turn the direction of writing.
func plain(words string) string {
	kept := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, words)))
	return string(kept[:min(len(kept), maxNameRune)])
}

// accessHash is at_hash: the left half of the hash the signature uses.
func accessHash(alg, access string) string {
	var sum []byte
	switch {
	case strings.HasSuffix(alg, "384"):
		s := sha512.Sum384([]byte(access))
		sum = s[:]
	case strings.HasSuffix(alg, "512"), alg == "EdDSA":
		s := sha512.Sum512([]byte(access))
		sum = s[:]
	default:
		s := sha256.Sum256([]byte(access))
		sum = s[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

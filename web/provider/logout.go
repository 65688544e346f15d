package provider

import (
	"context"
	"time"
)

const (
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	logoutType  = "logout+jwt"
	logoutAge   = 2 * time.Minute
	logoutLife  = 10 * time.Minute
)

// ValidateLogout checks a back-channel logout token. It names the session at
// the provider, the subject, or both; a caller ends what matches every name
// given. The caller also keeps jti for LogoutKept, so that a second showing
// of the same token is refused: this package remembers nothing.
func (p *Provider) ValidateLogout(ctx context.Context, raw string) (sid, sub, jti string, err error) {
	token, err := p.open(ctx, raw)
	if err != nil {
		return "", "", "", err
	}
	claims := token.claims
	if token.typ != logoutType && !(p.LogoutAnyType && (token.typ == "" || token.typ == "jwt")) {
		return "", "", "", ErrType
	}
	// A nonce would make an ID token of it.
	if _, given := claims["nonce"]; given {
		return "", "", "", ErrType.because("it carries a nonce")
	}
	events, _ := claims["events"].(map[string]any)
	if _, ok := events[logoutEvent].(map[string]any); !ok {
		return "", "", "", ErrEvent
	}
	if text(claims["iss"]) != p.Issuer {
		return "", "", "", ErrIssuer
	}
	if !p.isForClient(claims) {
		return "", "", "", ErrAudience
	}
	if err := p.checkLogoutTimes(claims); err != nil {
		return "", "", "", err
	}
	jti, ok := identifier(claims, "jti")
	if !ok {
		return "", "", "", ErrTokenID
	}
	sid, hasSid := identifier(claims, "sid")
	sub, hasSub := identifier(claims, "sub")
	_, gaveSid := claims["sid"]
	_, gaveSub := claims["sub"]
	if gaveSid != hasSid || gaveSub != hasSub || !hasSid && !hasSub {
		return "", "", "", ErrSession
	}
	if err := token.heard(); err != nil {
		return "", "", "", err
	}
	return sid, sub, jti, nil
}

// LogoutKept is how long a jti must be remembered: no token is accepted for
// longer after its issue.
const LogoutKept = logoutAge + 2*skew

func (p *Provider) checkLogoutTimes(claims map[string]any) error {
	now := p.Now()
	issued, ok := moment(claims, "iat")
	if !ok || issued.Sub(now) > skew || now.Sub(issued) > logoutAge {
		return ErrIssuedAt
	}
	expiry, ok := moment(claims, "exp")
	if !ok || !now.Before(expiry) || expiry.Sub(now) > logoutLife {
		return ErrExpired
	}
	return nil
}

package provider

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// metadata is the part of the provider's published description that we use.
// What is accepted stays pinned in Settings: this only says where and how.
type metadata struct {
	authorization, token, keys, userInfo, endSession string

	postSecret bool // the secret goes in the form, because basic is not offered
	issParam   bool // RFC 9207: the return must carry iss
}

// fetchMetadata reads the description and refuses one that is not this
// issuer's own, or that would lead us elsewhere.
func (p *Provider) fetchMetadata(ctx context.Context) (metadata, error) {
	body, err := p.get(ctx, strings.TrimSuffix(p.Issuer, "/")+"/.well-known/openid-configuration", "")
	if err != nil {
		return metadata{}, err
	}
	doc, err := decodeStrict(body)
	if err != nil {
		return metadata{}, ErrMetadata.because("%w", err)
	}
	if text(doc["issuer"]) != p.Issuer {
		return metadata{}, ErrMismatch
	}
	var m metadata
	for _, endpoint := range []struct {
		name   string
		needed bool
		to     *string
	}{
		{"authorization_endpoint", true, &m.authorization},
		{"token_endpoint", true, &m.token},
		{"jwks_uri", true, &m.keys},
		{"userinfo_endpoint", p.UserInfo, &m.userInfo},
		{"end_session_endpoint", false, &m.endSession},
	} {
		value := text(doc[endpoint.name])
		if value == "" && !endpoint.needed {
			continue
		}
		u, err := url.Parse(value)
		if value == "" || err != nil {
			return metadata{}, ErrMetadata.because("%s is missing or no address", endpoint.name)
		}
		if err := p.checkAddress(u); err != nil {
			return metadata{}, ErrAddress.because("%s: %w", endpoint.name, err)
		}
		*endpoint.to = value
	}
	if methods, given := doc["code_challenge_methods_supported"]; given && !slices.Contains(texts(methods), "S256") {
		return metadata{}, ErrMetadata.because("PKCE with S256 is not offered")
	}
	if methods, given := doc["token_endpoint_auth_methods_supported"]; given {
		m.postSecret = !slices.Contains(texts(methods), "client_secret_basic")
	}
	m.issParam = doc["authorization_response_iss_parameter_supported"] == true
	return m, nil
}

func (p *Provider) describe(ctx context.Context) (metadata, error) {
	return p.metadata.get(ctx, func(metadata) bool { return true })
}

// EndSession gives the address at which the person can end their session at
// the provider as well; empty when the provider has none. The ID token is not
// sent as a hint, because we do not keep it.
func (p *Provider) EndSession(ctx context.Context, redirectURI, state string) (string, error) {
	m, err := p.describe(ctx)
	if err != nil || m.endSession == "" {
		return "", err
	}
	return withQuery(m.endSession, url.Values{
		"client_id": {p.ClientID}, "post_logout_redirect_uri": {redirectURI}, "state": {state},
	})
}

// withQuery adds to what an endpoint's own address may already ask.
func withQuery(endpoint string, more url.Values) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", ErrMetadata.because("%w", err)
	}
	q := u.Query()
	for name, values := range more {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

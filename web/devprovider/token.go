//go:build demo

package devprovider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// token exchanges a code, once. A wrong answer uses the code up as well, so
// that nobody can try a second verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("grant_type") != "authorization_code" {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	client, ok := p.authenticate(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	code := r.PostFormValue("code")
	g, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.ask.client != client.ID || g.ask.redirect != r.PostFormValue("redirect_uri") ||
		!same(g.ask.challenge, base64.RawURLEncoding.EncodeToString(sum[:])) {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access, err := p.secret()
	if err != nil {
		http.Error(w, "The token could not be made.", http.StatusInternalServerError)
		return
	}
	id, err := p.idToken(g, access)
	if err != nil {
		http.Error(w, "The token could not be made.", http.StatusInternalServerError)
		return
	}
	g.until = p.Now().Add(tokenLife)
	p.access[access] = g
	p.answer(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
		"scope": strings.Join(g.ask.scopes, " "), "id_token": id,
	})
}

// authenticate takes the client's secret from the header or from the form,
// and from one of them only.
func (p *Provider) authenticate(r *http.Request) (Client, bool) {
	id, secret, basic := r.BasicAuth()
	if basic {
		var err, err2 error
		id, err = url.QueryUnescape(id)
		secret, err2 = url.QueryUnescape(secret)
		if err != nil || err2 != nil || r.PostForm.Has("client_secret") {
			return Client{}, false
		}
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	client, known := p.client(id)
	return client, known && same(client.Secret, secret)
}

func (p *Provider) idToken(g grant, access string) (string, error) {
	now, half := p.Now(), sha256.Sum256([]byte(access))
	claims := about(g)
	for name, value := range map[string]any{
		"iss": p.Issuer, "aud": g.ask.client, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"auth_time": g.as.authAt.Unix(), "acr": g.as.acr, "amr": []string{"demo"}, "sid": g.as.id,
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:16]),
	} {
		claims[name] = value
	}
	if g.ask.nonce != "" {
		claims["nonce"] = g.ask.nonce
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := p.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// about is what the scopes let the client know of the person.
func about(g grant) map[string]any {
	claims := map[string]any{"sub": g.as.who.Subject}
	if slices.Contains(g.ask.scopes, "profile") {
		claims["name"] = g.as.who.Name
	}
	if slices.Contains(g.ask.scopes, "email") && g.as.who.Email != "" {
		claims["email"], claims["email_verified"] = g.as.who.Email, true
	}
	return claims
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, known := p.access[bearer]
	if !ok || !known {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p.answer(w, http.StatusOK, about(g))
}

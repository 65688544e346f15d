package provider

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

func TestNewRefusesBadSettings(t *testing.T) {
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Settings)
		says   string
	}{
		"no name":               {func(s *Settings) { s.Name = "" }, "small letters"},
		"name with a slash":     {func(s *Settings) { s.Name = "a/b" }, "small letters"},
		"no clock":              {func(s *Settings) { s.Now = nil }, "clock"},
		"no randomness":         {func(s *Settings) { s.Random = nil }, "randomness"},
		"no client id":          {func(s *Settings) { s.ClientID = "" }, "client id"},
		"no secret":             {func(s *Settings) { s.ClientSecret = "" }, "client secret or a private key"},
		"secret and key":        {func(s *Settings) { s.PrivateKey, s.KeyID = theKey(), "k" }, "not both"},
		"key without id":        {func(s *Settings) { s.ClientSecret, s.PrivateKey = "", theKey() }, "key id"},
		"short RSA key":         {func(s *Settings) { s.ClientSecret, s.PrivateKey, s.KeyID = "", weakKey(), "k" }, "2048"},
		"small curve":           {func(s *Settings) { s.ClientSecret, s.PrivateKey, s.KeyID = "", small, "k" }, "P-256"},
		"no openid":             {func(s *Settings) { s.Scopes = []string{"profile"} }, "openid"},
		"T01 none pinned":       {func(s *Settings) { s.Algorithms = []string{"none"} }, "none"},
		"T01 HS256 pinned":      {func(s *Settings) { s.Algorithms = []string{"RS256", "HS256"} }, "HS256"},
		"issuer over http":      {func(s *Settings) { s.Issuer = "http://provider.example" }, "https"},
		"loopback in a release": {func(s *Settings) { s.AllowLoopbackHTTP = false }, "https"},
		"issuer with a query":   {func(s *Settings) { s.Issuer = "https://provider.example?a=b" }, "query"},
		"issuer no address":     {func(s *Settings) { s.Issuer = "provider" }, "address"},
		"issuer with a user":    {func(s *Settings) { s.Issuer = "https://a@provider.example" }, "address"},
		"allowed host an URL":   {func(s *Settings) { s.AllowedHosts = []string{"https://x"} }, "host"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHostile(t, time.Now).settings()
			c.change(&s)
			if _, err := New(s); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("said %v, not a word of %q", err, c.says)
			}
		})
	}
}

func TestT91SettingsPrintWithoutSecrets(t *testing.T) {
	h := newHostile(t, time.Now)
	p, err := New(h.settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		fmt.Sprintf("%v %+v %#v %s", p.Settings, p.Settings, p.Settings, p.Settings), fmt.Sprintf("%v %+v %#v", p, p, p),
	} {
		if strings.Contains(printed, "s&cret") {
			t.Errorf("the client secret is in %s", printed)
		}
	}
}

func TestBeginAsksForWhatWeNeed(t *testing.T) {
	h := newHostile(t, time.Now)
	p, err := New(h.settings())
	if err != nil {
		t.Fatal(err)
	}
	age := 0
	good := Request{State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43), Verifier: testVerifier,
		RedirectURI: testReturn, MaxAge: &age, ACR: []string{"A", "B"}, Prompt: "login"}
	address, err := p.Begin(context.Background(), good)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"realm": "a", "response_type": "code", "response_mode": "query", "client_id": testClient, "redirect_uri": testReturn,
		"scope": "openid profile email", "state": good.State, "nonce": good.Nonce, "code_challenge_method": "S256",
		"code_challenge": "LdKvqP1gZiRhMo4WKZkR9QO9y-rMZ-tpHLd5pRlJC2E",
		"max_age":        "0", "acr_values": "A B", "prompt": "login",
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if strings.Contains(address, testVerifier) {
		t.Error("T06 the verifier travels through the browser")
	}
	below := -1
	for name, change := range map[string]func(*Request){
		"short state":    func(r *Request) { r.State = "s" },
		"short nonce":    func(r *Request) { r.Nonce = "n" },
		"short verifier": func(r *Request) { r.Verifier = strings.Repeat("v", 42) },
		"no return":      func(r *Request) { r.RedirectURI = "" },
		"negative age":   func(r *Request) { r.MaxAge = &below },
	} {
		r := good
		change(&r)
		if _, err := p.Begin(context.Background(), r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	end, err := p.EndSession(context.Background(), "https://portal.example/", "x")
	if err != nil || !strings.HasPrefix(end, h.URL+"/end?client_id=portal&post_logout_redirect_uri=") {
		t.Errorf("end of session is %q, %v", end, err)
	}
}

func TestT09UnknownKidFlood(t *testing.T) {
	a := newAttempt(t)
	clock := a.now()
	a.settings.Now = func() time.Time { return clock }
	p, err := New(a.settings)
	if err != nil {
		t.Fatal(err)
	}
	a.header["kid"] = "k9"
	for range 200 {
		if _, err := p.Finish(context.Background(), a.back, a.expect); !errors.Is(err, ErrKeyUnknown) {
			t.Fatalf("refused for %v", err)
		}
	}
	if got := a.hits["/keys"]; got != 2 {
		t.Errorf("%d key-set fetches in the minute of a flood; 2 are allowed", got)
	}
	// The flood must not keep a rotated key out for longer than the minute,
	// nor the known key out at all.
	a.header["kid"] = "k1"
	if _, err := p.Finish(context.Background(), a.back, a.expect); err != nil {
		t.Errorf("the known key is refused after the flood: %v", err)
	}
	clock = clock.Add(time.Minute)
	a.keys = append(a.keys, publicRSA("k9", otherKey()))
	a.header["kid"], a.sign = "k9", signRSA(otherKey())
	if _, err := p.Finish(context.Background(), a.back, a.expect); err != nil {
		t.Errorf("the new key is refused a minute later: %v", err)
	}
}

func TestWithdrawnKeyIsForgotten(t *testing.T) {
	a := newAttempt(t)
	clock := a.now()
	a.settings.Now = func() time.Time { return clock }
	p, err := New(a.settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(context.Background(), a.back, a.expect); err != nil {
		t.Fatal(err)
	}
	a.keys = []map[string]any{publicRSA("k2", otherKey())}
	clock = clock.Add(61 * time.Minute)
	for _, name := range []string{"iat", "nbf", "auth_time"} {
		a.claims[name] = clock.Unix()
	}
	a.claims["exp"] = clock.Unix() + 300
	if _, err := p.Finish(context.Background(), a.back, a.expect); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("a key withdrawn an hour ago: %v", err)
	}
}

func TestT21OutageIsNotAskedAboutForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, up := 0, false
		c := newCached(time.Now, time.Hour, func(context.Context) (string, error) {
			asked++
			if !up {
				return "", ErrUnavailable
			}
			return "here", nil
		})
		any := func(string) bool { return true }
		for range 100 {
			if _, err := c.get(context.Background(), any); !errors.Is(err, ErrUnavailable) {
				t.Fatalf("during the outage: %v", err)
			}
		}
		if asked != triesAMinute {
			t.Errorf("asked %d times in a minute", asked)
		}
		up = true
		time.Sleep(time.Minute)
		if got, err := c.get(context.Background(), any); err != nil || got != "here" {
			t.Fatalf("after the outage: %q %v", got, err)
		}
		up = false
		time.Sleep(2 * time.Hour)
		if got, err := c.get(context.Background(), any); err != nil || got != "here" {
			t.Errorf("an old copy does not serve in a new outage: %v", err)
		}
		time.Sleep(6 * time.Hour)
		if _, err := c.get(context.Background(), any); err == nil {
			t.Error("an old copy serves for ever")
		}
	})
}

// As in production: https, and an address that only the settings make right.
func TestT70PrivateProviderMustBeNamed(t *testing.T) {
	a := newAttempt(t)
	a.Close()
	a.Server = httptest.NewTLSServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of handshakes we break off
	a.reset()
	a.settings.Issuer, a.back.Issuer, a.settings.AllowLoopbackHTTP = a.URL, a.URL, false
	trust := func(p *Provider) {
		p.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = a.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	a.tune = trust
	if _, err := a.run(t); ReasonOf(err) != ErrAddress.Reason {
		t.Errorf("an address on this machine was dialled: %v", err)
	}
	a.settings.AllowedHosts = []string{a.Listener.Addr().String()}
	if _, err := a.run(t); err != nil {
		t.Errorf("a named host is refused: %v", err)
	}
	a.tune = nil
	if _, err := a.run(t); ReasonOf(err) != ErrUnavailable.Reason {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
}

// assertionKey hides that it is an RSA or ECDSA key, as a key in a vault would.
type assertionKey struct{ crypto.Signer }

func TestPrivateKeyInsteadOfSecret(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"RSA": theKey(), "ECDSA": theCurve()} {
		t.Run(name, func(t *testing.T) {
			a := newAttempt(t)
			a.settings.ClientSecret, a.settings.PrivateKey, a.settings.KeyID = "", assertionKey{key}, "ours"
			if _, err := a.run(t); err != nil {
				t.Fatal(err)
			}
			form := a.seen.PostForm
			if _, _, basic := a.seen.BasicAuth(); basic || form.Get("client_secret") != "" {
				t.Error("a secret was sent as well")
			}
			signed, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := signed.Verify(key.Public())
			if err != nil {
				t.Fatalf("the provider could not verify us: %v", err)
			}
			claims, err := decodeStrict(payload)
			if err != nil {
				t.Fatal(err)
			}
			if claims["aud"] != a.URL+"/token" || claims["sub"] != testClient || len(text(claims["jti"])) != 32 {
				t.Errorf("assertion says %v", claims)
			}
		})
	}
}

func TestSecretGoesWhereTheProviderWantsIt(t *testing.T) {
	a := newAttempt(t)
	if _, err := a.run(t); err != nil {
		t.Fatal(err)
	}
	if user, secret, ok := a.seen.BasicAuth(); !ok || user != testClient || secret != "s%26cret" {
		t.Errorf("basic credentials are %q %q", user, secret)
	}
	a = newAttempt(t)
	a.metadata["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	if _, err := a.run(t); err != nil {
		t.Fatal(err)
	}
	if _, _, basic := a.seen.BasicAuth(); basic || a.seen.PostForm.Get("client_secret") != "s&cret" {
		t.Error("the secret is not in the form alone")
	}
}

// A second reader, written by others, must agree to whatever we accept.
func TestAnotherVerifierAgrees(t *testing.T) {
	a := newAttempt(t)
	who, err := a.run(t)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := oidc.NewProvider(context.Background(), a.URL)
	if err != nil {
		t.Fatal(err)
	}
	token, err := theirs.Verifier(&oidc.Config{ClientID: testClient, Now: a.now}).Verify(context.Background(), who.RawIDToken)
	if err != nil || token.Subject != who.Subject || token.Nonce != testNonce {
		t.Errorf("the other verifier says %+v, %v", token, err)
	}
}

func TestNamesAreMadePlain(t *testing.T) {
	for in, want := range map[string]string{
		"  Ada Okafor ":          "Ada Okafor",
		"Ada\u202eOkafor":        "AdaOkafor",
		"Ada\r\nBcc: x":          "AdaBcc: x",
		"A\u200bd\u2066a":        "Ada",
		strings.Repeat("é", 300): strings.Repeat("é", 200),
		"Zoë O'Neill-Nagy":       "Zoë O'Neill-Nagy",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestT18LogoutTokens(t *testing.T) {
	events := func(a *attempt, value any) { a.claims["events"] = map[string]any{logoutEvent: value} }
	for _, c := range []struct {
		name   string
		change func(*attempt)
		want   *Refusal // nil: accepted
	}{
		{"genuine", func(*attempt) {}, nil},
		{"session alone", drop("sub"), nil},
		{"subject alone", drop("sid"), nil},
		{"typ in capitals", head("typ", "LOGOUT+JWT"), nil},
		{"typ absent, opted out", func(a *attempt) { delete(a.header, "typ"); a.settings.LogoutAnyType = true }, nil},
		{"typ JWT, opted out", func(a *attempt) { a.header["typ"] = "JWT"; a.settings.LogoutAnyType = true }, nil},
		{"typ absent", func(a *attempt) { delete(a.header, "typ") }, ErrType},
		{"typ JWT", head("typ", "JWT"), ErrType},
		{"typ of an access token, opted out", func(a *attempt) { a.header["typ"] = "at+jwt"; a.settings.LogoutAnyType = true }, ErrType},
		{"T10 an ID token", func(a *attempt) {
			a.header["typ"] = "JWT"
			a.claims["nonce"] = testNonce
			a.settings.LogoutAnyType = true
		}, ErrType},
		{"nonce null", set("nonce", nil), ErrType},
		{"no events", drop("events"), ErrEvent},
		{"events a list", set("events", []string{logoutEvent}), ErrEvent},
		{"event a text", func(a *attempt) { events(a, "yes") }, ErrEvent},
		{"another event", set("events", map[string]any{"http://schemas.example/other": map[string]any{}}), ErrEvent},
		{"forged", func(a *attempt) { a.sign = signRSA(otherKey()) }, ErrSignature},
		{"alg none", head("alg", "none"), ErrAlgorithm},
		{"another issuer", set("iss", "https://evil.example"), ErrIssuer},
		{"another client", set("aud", "other"), ErrAudience},
		{"two clients", set("aud", []string{testClient, "other"}), ErrAudience},
		{"121 s old", from("iat", -121), ErrIssuedAt},
		{"from the future", from("iat", 61), ErrIssuedAt},
		{"no iat", drop("iat"), ErrIssuedAt},
		{"no exp", drop("exp"), ErrExpired},
		{"expired", from("exp", 0), ErrExpired},
		{"good for an hour", from("exp", 3600), ErrExpired},
		{"no jti", drop("jti"), ErrTokenID},
		{"jti a number", set("jti", 7), ErrTokenID},
		{"neither session nor subject", both(drop("sid"), drop("sub")), ErrSession},
		{"session a number", set("sid", 7), ErrSession},
		{"subject a number", set("sub", 7), ErrSession},
		{"T11 sid twice", insert(`"sid":"other"`), ErrMemberName},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAttempt(t)
			a.header["typ"] = "logout+jwt"
			at := a.now().Unix()
			a.claims = map[string]any{"iss": a.URL, "sub": "555012345678", "sid": "s-1", "aud": testClient,
				"iat": at, "exp": at + 120, "jti": "j-1"}
			events(a, map[string]any{})
			c.change(a)
			p, err := New(a.settings)
			if err != nil {
				t.Fatal(err)
			}
			sid, sub, jti, err := p.ValidateLogout(context.Background(), a.idToken())
			if c.want == nil {
				if err != nil || sid != text(a.claims["sid"]) || sub != text(a.claims["sub"]) || jti != "j-1" {
					t.Errorf("refused or misread: %q %q %q %v", sid, sub, jti, err)
				}
				return
			}
			if !errors.Is(err, c.want) || sid+sub+jti != "" {
				t.Errorf("refused for %v, not %q; named %q %q %q", err, c.want.Reason, sid, sub, jti)
			}
		})
	}
}

package provider

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// theKey is made once: a fresh one for each of a hundred cases costs seconds.
var (
	theKey   = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(2048) })
	otherKey = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(2048) })
	weakKey  = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(1024) })
	theCurve = sync.OnceValue(func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
)

func mustRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

const (
	testClient   = "portal"
	testNonce    = "nonce-nonce-nonce-nonce-nonce"
	testVerifier = "verifier-verifier-verifier-verifier-verifier-verifier"
	testReturn   = "https://portal.example/sign-in/hostile/return"
	testAccess   = "access-token"
)

// hostile is a provider that does everything right until a case breaks one
// thing about it.
type hostile struct {
	*httptest.Server
	now func() time.Time

	header, claims, metadata, token, userInfo map[string]any

	keys []map[string]any

	rawHeader, rawClaims, rawToken, rawKeys string // instead of the maps, when set

	sign     func(input string) []byte
	override map[string]http.HandlerFunc // by path

	mu   sync.Mutex
	hits map[string]int
	seen *http.Request // the latest request to the token endpoint, form read
}

func newHostile(t *testing.T, now func() time.Time) *hostile {
	t.Helper()
	h := &hostile{now: now, hits: map[string]int{}, override: map[string]http.HandlerFunc{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	h.reset()
	return h
}

func (h *hostile) reset() {
	at := h.now().Unix()
	h.header = map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}
	h.claims = map[string]any{
		"iss": h.URL, "sub": "555012345678", "aud": testClient, "exp": at + 300, "iat": at, "nbf": at,
		"nonce": testNonce, "auth_time": at - 5, "acr": "AAL3_ANY", "amr": []string{"pwd", "otp"}, "sid": "s-1",
		"at_hash": accessHash("RS256", testAccess),
	}
	h.metadata = map[string]any{
		"issuer": h.URL, "authorization_endpoint": h.URL + "/authorize?realm=a", "token_endpoint": h.URL + "/token",
		"jwks_uri": h.URL + "/keys", "userinfo_endpoint": h.URL + "/userinfo", "end_session_endpoint": h.URL + "/end",
		"code_challenge_methods_supported":               []string{"plain", "S256"},
		"authorization_response_iss_parameter_supported": true,
	}
	h.keys = []map[string]any{publicRSA("k1", theKey())}
	h.token = map[string]any{"access_token": testAccess, "token_type": "Bearer", "expires_in": 300}
	h.userInfo = map[string]any{"sub": "555012345678", "name": "Ada Okafor", "email": "ada@trust.example"}
	h.sign = signRSA(theKey())
}

func publicRSA(kid string, key *rsa.PrivateKey) map[string]any {
	return map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
		"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func signRSA(key *rsa.PrivateKey) func(string) []byte {
	return func(input string) []byte {
		digest := sha256.Sum256([]byte(input))
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return sig
	}
}

func signEC(input string) []byte {
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, theCurve(), digest[:])
	if err != nil {
		panic(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}

func publicEC(kid string) map[string]any {
	point, err := theCurve().PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256",
		"x": b64(point[1:33]), "y": b64(point[33:])}
}

func asJSON(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// idToken writes the token as the case left it.
func (h *hostile) idToken() string {
	if h.rawToken != "" {
		return h.rawToken
	}
	header, claims := h.rawHeader, h.rawClaims
	if header == "" {
		header = asJSON(h.header)
	}
	if claims == "" {
		claims = asJSON(h.claims)
	}
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	return input + "." + b64(h.sign(input))
}

func (h *hostile) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.hits[r.URL.Path]++
	h.mu.Unlock()
	if replaced, ok := h.override[r.URL.Path]; ok {
		replaced(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		fmt.Fprint(w, asJSON(h.metadata))
	case "/keys":
		if h.rawKeys != "" {
			fmt.Fprint(w, h.rawKeys)
			return
		}
		fmt.Fprint(w, asJSON(map[string]any{"keys": h.keys}))
	case "/token":
		if err := r.ParseForm(); err != nil || r.PostForm.Get("code") != "good-code" || r.PostForm.Get("code_verifier") != testVerifier {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant","error_description":"secret words"}`)
			return
		}
		h.mu.Lock()
		h.seen = r
		h.mu.Unlock()
		answer := maps.Clone(h.token)
		if _, set := answer["id_token"]; !set {
			answer["id_token"] = h.idToken()
		}
		fmt.Fprint(w, asJSON(answer))
	case "/userinfo":
		if r.Header.Get("Authorization") != "Bearer "+testAccess {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, asJSON(h.userInfo))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (h *hostile) settings() Settings {
	return Settings{
		Name: "hostile", Issuer: h.URL, ClientID: testClient, ClientSecret: "s&cret", UserInfo: true,
		AllowLoopbackHTTP: true, Now: h.now, Random: rand.Reader,
		ACR: []string{"AAL2_ANY", "AAL3_ANY"}, StepUpACR: []string{"AAL3_ANY"},
	}
}

// attempt is one whole sign-in, good unless a case changes something.
type attempt struct {
	*hostile
	settings Settings
	back     Return
	expect   Expect
	tune     func(*Provider)
}

func newAttempt(t *testing.T) *attempt {
	clock := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	h := newHostile(t, func() time.Time { return clock })
	return &attempt{
		hostile: h, settings: h.settings(),
		back:   Return{Code: "good-code", Verifier: testVerifier, RedirectURI: testReturn, Issuer: h.URL},
		expect: Expect{Nonce: testNonce, Purpose: SignIn},
	}
}

// stepUp turns the attempt into the fresh sign-in before a signature.
func (a *attempt) stepUp() {
	a.expect.Purpose, a.expect.AuthAfter = StepUp, a.now().Add(-10*time.Second)
}

func (a *attempt) run(t *testing.T) (Identity, error) {
	t.Helper()
	p, err := New(a.settings)
	if err != nil {
		t.Fatalf("settings refused: %v", err)
	}
	p.limits.timeout = 2 * time.Second
	if a.tune != nil {
		a.tune(p)
	}
	t.Cleanup(p.client.CloseIdleConnections)
	age := 0
	_, err = p.Begin(context.Background(), Request{State: strings.Repeat("s", 43), Nonce: testNonce,
		Verifier: testVerifier, RedirectURI: testReturn, MaxAge: &age})
	if err != nil {
		return Identity{}, err
	}
	return p.Finish(context.Background(), a.back, a.expect)
}

func TestBaselineSignsIn(t *testing.T) {
	for _, purpose := range []Purpose{SignIn, StepUp} {
		a := newAttempt(t)
		if purpose == StepUp {
			a.stepUp()
		}
		who, err := a.run(t)
		if err != nil {
			t.Fatalf("%s: the good provider is refused: %v", purpose, err)
		}
		if who.Issuer != a.URL || who.Subject != "555012345678" || who.Name != "Ada Okafor" || who.Email != "ada@trust.example" ||
			who.ACR != "AAL3_ANY" || len(who.AMR) != 2 || who.SessionID != "s-1" || !who.AuthAt.Equal(a.now().Add(-5*time.Second)) {
			t.Errorf("%s: identity is %+v", purpose, who)
		}
		if who.RawIDToken != a.idToken() || string(who.KeySet) != asJSON(map[string]any{"keys": a.keys}) {
			t.Errorf("%s: the evidence is not byte for byte what was sent", purpose)
		}
	}
}

// Every one of these is also good: a bar that nobody passes proves nothing.
func TestBaselineVariants(t *testing.T) {
	for name, vary := range map[string]func(*attempt){
		"T04 audience is a list of one":     func(a *attempt) { a.claims["aud"] = []string{testClient} },
		"T04 authorised party is us":        func(a *attempt) { a.claims["azp"] = testClient },
		"no typ":                            func(a *attempt) { delete(a.header, "typ") },
		"thumbprint of a certificate":       func(a *attempt) { a.header["x5t"] = "abc" },
		"no kid, one key":                   func(a *attempt) { delete(a.header, "kid") },
		"no at_hash":                        func(a *attempt) { delete(a.claims, "at_hash") },
		"no nbf":                            func(a *attempt) { delete(a.claims, "nbf") },
		"no auth_time at an ordinary entry": func(a *attempt) { delete(a.claims, "auth_time") },
		"amr is one word":                   func(a *attempt) { a.claims["amr"] = "pwd" },
		"ES256": func(a *attempt) {
			a.keys, a.header["alg"], a.sign = []map[string]any{publicEC("k1")}, "ES256", signEC
		},
		"an unusable key stands beside the good one": func(a *attempt) {
			a.keys = append(a.keys, map[string]any{"kty": "oct", "kid": "k2", "k": "AAAA"}, map[string]any{"kty": "AKP", "kid": "k3"})
		},
		"clock of the provider 59 s ahead": func(a *attempt) { a.claims["iat"] = a.now().Unix() + 59 },
		"the very second of the wish to sign": func(a *attempt) {
			a.stepUp()
			a.expect.AuthAfter = a.now().Add(-5*time.Second + 900*time.Millisecond)
		},
		"the subject expected": func(a *attempt) { a.expect.Subject = "555012345678" },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAttempt(t)
			vary(a)
			if _, err := a.run(t); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// hs256 signs as a forger who hopes that the public key is taken for a secret.
func hs256(secret []byte) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

func publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(&theKey().PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// set and drop change one claim, head one header member.
func set(name string, value any) func(*attempt) { return func(a *attempt) { a.claims[name] = value } }
func drop(name string) func(*attempt)           { return func(a *attempt) { delete(a.claims, name) } }
func head(name string, value any) func(*attempt) {
	return func(a *attempt) { a.header[name] = value }
}
func meta(name string, value any) func(*attempt) {
	return func(a *attempt) { a.metadata[name] = value }
}

// from sets a claim to a number of seconds from now.
func from(name string, seconds int64) func(*attempt) {
	return func(a *attempt) { a.claims[name] = a.now().Unix() + seconds }
}

// claimsText rewrites the claims as text, for what a map cannot hold.
func claimsText(rewrite func(string) string) func(*attempt) {
	return func(a *attempt) { a.rawClaims = rewrite(asJSON(a.claims)) }
}

func insert(member string) func(*attempt) {
	return claimsText(func(s string) string { return "{" + member + "," + s[1:] })
}

func both(changes ...func(*attempt)) func(*attempt) {
	return func(a *attempt) {
		for _, change := range changes {
			change(a)
		}
	}
}

func fresh(a *attempt) { a.stepUp() }

func answer(path string, status int, body string) func(*attempt) {
	return func(a *attempt) {
		a.override[path] = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
}

// stalls answers the headers and then nothing until the client has gone.
func stalls(path string) func(*attempt) {
	return func(a *attempt) {
		a.tune = func(p *Provider) { p.limits.timeout = 100 * time.Millisecond }
		a.override[path] = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}
}

func redirects(path string) func(*attempt) {
	return func(a *attempt) {
		a.override[path] = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, a.URL+"/elsewhere", http.StatusFound)
		}
	}
}

func key(change func(map[string]any)) func(*attempt) {
	return func(a *attempt) { change(a.keys[0]) }
}

var (
	huge      = strings.Repeat(" ", 1<<20) + "{}"
	discovery = "/.well-known/openid-configuration"
)

// Each case changes one thing about the baseline, so the reason it is refused
// for is the defence that the case is about.
var hostileCases = []struct {
	name   string
	change func(*attempt)
	want   *Refusal
}{
	{"T01 alg none, no signature", both(head("alg", "none"), func(a *attempt) { a.sign = func(string) []byte { return nil } }), ErrAlgorithm},
	{"T01 alg nOnE", head("alg", "nOnE"), ErrAlgorithm},
	{"T01 alg missing", func(a *attempt) { delete(a.header, "alg") }, ErrAlgorithm},
	{"T01 alg is a list", head("alg", []string{"RS256"}), ErrAlgorithm},
	{"T01 HS256 with the public key", both(head("alg", "HS256"), func(a *attempt) { a.sign = hs256(publicPEM()) }), ErrAlgorithm},
	{"T01 HS256 with the client secret", both(head("alg", "HS256"), func(a *attempt) { a.sign = hs256([]byte("s&cret")) }), ErrAlgorithm},
	{"T01 RS512 not pinned", head("alg", "RS512"), ErrAlgorithm},
	{"T01 signed with another key", func(a *attempt) { a.sign = signRSA(otherKey()) }, ErrSignature},
	{"T01 signature of another payload", func(a *attempt) {
		a.sign = func(string) []byte { return signRSA(theKey())("e30.e30") }
	}, ErrSignature},
	{"T01 signature empty", func(a *attempt) { a.sign = func(string) []byte { return nil } }, ErrSignature},
	{"T01 one bit of the signature turned", func(a *attempt) {
		a.sign = func(input string) []byte { s := signRSA(theKey())(input); s[7] ^= 1; return s }
	}, ErrSignature},
	{"T01 ES256 token under an RSA key", both(head("alg", "ES256"), func(a *attempt) { a.sign = signEC }), ErrKeyKind},
	{"T01 key pinned to another algorithm", key(func(k map[string]any) { k["alg"] = "PS256" }), ErrKeyKind},
	{"T01 two parts", func(a *attempt) { a.rawToken = "e30.e30" }, ErrMalformed},
	{"T01 four parts", func(a *attempt) { a.rawToken = a.idToken() + ".e30" }, ErrMalformed},
	{"T01 JSON serialisation", func(a *attempt) { a.rawToken = `{"payload":"e30","signatures":[]}` }, ErrMalformed},
	{"T01 padding in base64", func(a *attempt) { a.rawToken = a.idToken() + "==" }, ErrMalformed},
	{"T01 line break in base64", func(a *attempt) { t := a.idToken(); a.rawToken = t[:20] + "\n" + t[20:] }, ErrMalformed},
	{"T01 spare bits in base64", func(a *attempt) {
		t := a.idToken() // 256 bytes leave 4 spare bits in the last letter
		a.rawToken = t[:len(t)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", t[len(t)-1])|1])
	}, ErrMalformed},
	{"T01 huge token", func(a *attempt) { a.claims["pad"] = strings.Repeat("x", maxToken) }, ErrMalformed},

	{"T02 key with use enc", key(func(k map[string]any) { k["use"] = "enc" }), ErrKeyUse},
	{"T02 key with use of another case", key(func(k map[string]any) { k["use"] = "SIG" }), ErrKeyUse},
	{"T02 key_ops without verify", key(func(k map[string]any) { k["key_ops"] = []string{"encrypt"} }), ErrKeyUse},
	{"T02 RSA of 1024 bits", func(a *attempt) {
		a.keys, a.sign = []map[string]any{publicRSA("k1", weakKey())}, signRSA(weakKey())
	}, ErrKeyWeak},
	{"T02 RSA exponent 3", key(func(k map[string]any) { k["e"] = "Aw" }), ErrKeyWeak},
	{"T02 key of kind oct", key(func(k map[string]any) { k["kty"] = "oct"; k["k"] = "AAAA" }), ErrKeyKind},
	{"T02 private key published", key(func(k map[string]any) { k["d"] = "AQAB" }), ErrKeyKind},
	{"T02 embedded jwk", head("jwk", publicRSA("k1", otherKey())), ErrHeader},
	{"T02 jku", func(a *attempt) { a.header["jku"] = a.URL + "/fetched" }, ErrHeader},
	{"T02 x5u", func(a *attempt) { a.header["x5u"] = a.URL + "/fetched" }, ErrHeader},
	{"T02 x5c", head("x5c", []string{"AAAA"}), ErrHeader},
	{"T02 unknown crit", both(head("crit", []string{"exp"}), head("exp", 1)), ErrHeader},
	{"T02 b64 false", head("b64", false), ErrHeader},
	{"T02 compressed", head("zip", "DEF"), ErrHeader},
	{"T02 kid empty", head("kid", ""), ErrHeader},
	{"T02 kid a number", head("kid", 1), ErrHeader},
	{"T02 two keys of one kid", func(a *attempt) { a.keys = append(a.keys, publicRSA("k1", otherKey())) }, ErrKeyUnknown},
	{"T02 no kid and two keys", func(a *attempt) {
		delete(a.header, "kid")
		a.keys = append(a.keys, publicRSA("k2", otherKey()))
	}, ErrKeyUnknown},

	{"T03 sub missing", drop("sub"), ErrSubject},
	{"T03 sub empty", set("sub", ""), ErrSubject},
	{"T03 sub a number", set("sub", 555012345678), ErrSubject},
	{"T03 sub of 256 characters", set("sub", strings.Repeat("5", 256)), ErrSubject},
	{"T03 sub with a control character", set("sub", "555\x00012"), ErrSubject},
	{"T03 sub not ASCII", set("sub", "５５５"), ErrSubject},
	{"T03 sub null", set("sub", nil), ErrSubject},
	{"T03 iss missing", drop("iss"), ErrIssuer},
	{"T03 iss another", set("iss", "https://evil.example"), ErrIssuer},
	{"T03 iss with a slash more", func(a *attempt) { a.claims["iss"] = a.URL + "/" }, ErrIssuer},
	{"T03 exp missing", drop("exp"), ErrExpired},
	{"T03 exp past", both(from("iat", -60), from("exp", -1)), ErrExpired},
	{"T03 exp now", from("exp", 0), ErrExpired},
	{"T03 exp in 25 hours", from("exp", 25*3600), ErrExpired},
	{"T03 exp as text", set("exp", "1795424700"), ErrExpired},
	{"T03 exp absurd", claimsText(func(s string) string {
		return strings.Replace(s, `"exp":`, `"exp":1e400,"was":`, 1)
	}), ErrExpired},
	{"T03 iat missing", drop("iat"), ErrIssuedAt},
	{"T03 iat 61 s ahead", from("iat", 61), ErrIssuedAt},
	{"T03 iat 11 minutes old", from("iat", -660), ErrIssuedAt},
	{"T03 iat zero", set("iat", 0), ErrIssuedAt},
	{"T03 nbf ahead", from("nbf", 61), ErrNotBefore},
	{"T03 nbf as text", set("nbf", "soon"), ErrNotBefore},
	{"T03 nbf negative", set("nbf", -1), ErrNotBefore},
	{"T03 expires before it was issued", both(from("iat", 59), from("exp", 30)), ErrIssuedAt},
	{"T03 auth_time negative, at entry", set("auth_time", -1), ErrAuthTime},
	{"T03 sid empty", set("sid", ""), ErrClaim},

	{"T04 aud missing", drop("aud"), ErrAudience},
	{"T04 aud another", set("aud", "other"), ErrAudience},
	{"T04 aud empty list", set("aud", []string{}), ErrAudience},
	{"T04 aud ours and another", set("aud", []string{testClient, "other"}), ErrAudience},
	{"T04 aud ours twice", set("aud", []string{testClient, testClient}), ErrAudience},
	{"T04 aud of another case", set("aud", "Portal"), ErrAudience},
	{"T04 azp foreign", set("azp", "other"), ErrParty},
	{"T04 azp null", set("azp", nil), ErrParty},

	{"T05 nonce missing", drop("nonce"), ErrNonce},
	{"T05 nonce of another sign-in", set("nonce", "nonce-of-another-sign-in-here"), ErrNonce},
	{"T05 nonce cut short", set("nonce", testNonce[:10]), ErrNonce},
	{"T05 nonce a list", set("nonce", []string{testNonce}), ErrNonce},
	{"T03 a claim said to come from a source that is not there", set("_claim_names", map[string]any{"name": "elsewhere"}), ErrClaim},
	{"T05 code replayed at the provider", func(a *attempt) { a.back.Code = "used-code" }, ErrCode},
	{"T06 code of another sign-in, our verifier", func(a *attempt) { a.back.Verifier = strings.Repeat("x", 43) }, ErrCode},
	{"T06 code with a space", func(a *attempt) { a.back.Code = "good code" }, ErrCode},
	{"T06 code empty", func(a *attempt) { a.back.Code = "" }, ErrCode},
	{"T06 at_hash of another access token", set("at_hash", accessHash("RS256", "other")), ErrAtHash},
	{"T07 iss parameter of another issuer", func(a *attempt) { a.back.Issuer = "https://evil.example" }, ErrMixUp},
	{"T07 iss parameter stripped", func(a *attempt) { a.back.Issuer = "" }, ErrMixUp},

	{"T08 metadata of another issuer", meta("issuer", "https://evil.example"), ErrMismatch},
	{"T08 metadata issuer with a slash more", func(a *attempt) { a.metadata["issuer"] = a.URL + "/" }, ErrMismatch},
	{"T08 metadata redirected", redirects(discovery), ErrRedirect},
	{"T08 metadata huge", answer(discovery, 200, huge), ErrTooLarge},
	{"T08 metadata slow", stalls(discovery), ErrUnavailable},
	{"T08 metadata gone", answer(discovery, 404, ""), ErrUnavailable},
	{"T08 metadata not JSON", answer(discovery, 200, "<html>"), ErrMetadata},
	{"T08 metadata twice in one answer", answer(discovery, 200, "{}{}"), ErrMetadata},
	{"T08 token endpoint missing", func(a *attempt) { delete(a.metadata, "token_endpoint") }, ErrMetadata},
	{"T08 userinfo endpoint missing", func(a *attempt) { delete(a.metadata, "userinfo_endpoint") }, ErrMetadata},
	{"T08 token endpoint over http", meta("token_endpoint", "http://evil.example/token"), ErrAddress},
	{"T08 token endpoint elsewhere", meta("token_endpoint", "https://evil.example/token"), ErrAddress},
	{"T08 keys at a private address", meta("jwks_uri", "https://10.0.0.1/keys"), ErrAddress},
	{"T08 keys at the cloud's metadata address", meta("jwks_uri", "http://169.254.169.254/keys"), ErrAddress},
	{"T08 authorize is a script", meta("authorization_endpoint", "javascript:alert(1)"), ErrAddress},
	{"T08 endpoint with credentials", func(a *attempt) {
		a.metadata["token_endpoint"] = strings.Replace(a.URL, "http://", "http://a:b@", 1) + "/token"
	}, ErrAddress},
	{"T08 endpoint at another port", meta("jwks_uri", "http://127.0.0.1:1/keys"), ErrAddress},
	{"T08 PKCE only plain", meta("code_challenge_methods_supported", []string{"plain"}), ErrMetadata},
	{"T08 keys redirected", redirects("/keys"), ErrRedirect},
	{"T08 keys huge", answer("/keys", 200, huge), ErrTooLarge},
	{"T08 keys slow", stalls("/keys"), ErrUnavailable},
	{"T08 keys broken", answer("/keys", 503, ""), ErrUnavailable},
	{"T08 key set empty", func(a *attempt) { a.rawKeys = `{"keys":[]}` }, ErrKeySet},
	{"T08 key set of 51", func(a *attempt) { a.rawKeys = `{"keys":[` + strings.Repeat("{},", 50) + `{}]}` }, ErrKeySet},
	{"T08 key set holds no objects", func(a *attempt) { a.rawKeys = `{"keys":[1]}` }, ErrKeySet},
	{"T08 token redirected", redirects("/token"), ErrRedirect},
	{"T08 token huge", answer("/token", 200, huge), ErrTooLarge},
	{"T08 token endpoint down", answer("/token", 503, ""), ErrUnavailable},
	{"T08 token slow", stalls("/token"), ErrUnavailable},
	{"T08 token not JSON", answer("/token", 200, "id_token=x"), ErrTokenAnswer},
	{"T08 name resolves to this machine", func(a *attempt) {
		a.settings.Issuer, a.settings.AllowLoopbackHTTP = "https://localhost:1", false
	}, ErrAddress},
	{"T21 provider down", func(a *attempt) { a.Close() }, ErrUnavailable},

	{"T09 kid unknown", head("kid", "k9"), ErrKeyUnknown},

	{"T10 logout token", head("typ", "logout+jwt"), ErrType},
	{"T10 access token", head("typ", "at+jwt"), ErrType},
	{"T10 userinfo token", head("typ", "userinfo+jwt"), ErrType},
	{"T10 typ a number", head("typ", 1), ErrType},
	{"T10 events", set("events", map[string]any{logoutEvent: map[string]any{}}), ErrType},
	{"T10 Keycloak bearer", set("typ", "Bearer"), ErrType},
	{"T10 Cognito access token", set("token_use", "access"), ErrType},
	{"T10 no ID token in the answer", func(a *attempt) { a.token["id_token"] = "" }, ErrTokenAnswer},
	{"T10 token type mac", func(a *attempt) { a.token["token_type"] = "mac" }, ErrTokenAnswer},

	{"T11 sub twice", insert(`"sub":"1"`), ErrMemberName},
	{"T11 SUB beside sub", insert(`"SUB":"1"`), ErrMemberName},
	{"T11 Iss beside iss", insert(`"Iss":"https://evil.example"`), ErrMemberName},
	{"T11 AZP alone", insert(`"AZP":"other"`), ErrMemberName},
	{"T11 long s for s", insert(`"ſub":"1"`), ErrMemberName},
	{"T11 escaped name twice", insert(`"\u0073ub":"1"`), ErrMemberName},
	{"T11 twice, inside another claim", insert(`"deep":{"a":[{"b":1,"b":2}]}`), ErrMemberName},
	{"T11 two cases of an unknown claim", insert(`"role":1,"Role":2`), ErrMemberName},
	{"T11 alg twice in the header", func(a *attempt) { a.rawHeader = `{"alg":"none","alg":"RS256","kid":"k1"}` }, ErrMemberName},
	{"T11 Alg in the header", func(a *attempt) { a.rawHeader = `{"alg":"RS256","Alg":"none","kid":"k1"}` }, ErrMemberName},
	{"T11 CRIT in the header", func(a *attempt) { a.rawHeader = `{"alg":"RS256","CRIT":["x"],"kid":"k1"}` }, ErrMemberName},
	{"T11 metadata issuer twice", func(a *attempt) {
		answer(discovery, 200, `{"issuer":"https://evil.example",`+asJSON(a.metadata)[1:])(a)
	}, ErrMetadata},
	{"T11 kid twice in the key set", func(a *attempt) {
		a.rawKeys = `{"keys":[{"kid":"x",` + asJSON(a.keys[0])[1:] + `]}`
	}, ErrKeySet},
	{"T11 claims a list", func(a *attempt) { a.rawClaims = `[]` }, ErrMalformed},
	{"T11 claims twice", func(a *attempt) { a.rawClaims = asJSON(a.claims) + "{}" }, ErrMalformed},
	{"T11 claims not UTF-8", insert("\"x\":\"\xff\""), ErrMalformed},
	{"T11 claims too deep", insert(`"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20)), ErrMalformed},
	{"T11 too many members", func(a *attempt) {
		for i := range maxMembers + 1 {
			a.claims[fmt.Sprintf("c%d", i)] = i
		}
	}, ErrMalformed},

	{"T11 too many values", insert(`"x":[` + strings.Repeat("1,", maxMembers) + `1]`), ErrMalformed},

	{"T12 userinfo sub differs", func(a *attempt) { a.userInfo["sub"] = "555999999999" }, ErrUserInfoSub},
	{"T12 userinfo sub missing", func(a *attempt) { delete(a.userInfo, "sub") }, ErrUserInfoSub},
	{"T12 userinfo SUB", func(a *attempt) { a.userInfo["SUB"] = "555012345678" }, ErrUserInfo},
	{"T12 userinfo redirected", redirects("/userinfo"), ErrUserInfo},
	{"T12 userinfo a signed token", answer("/userinfo", 200, "e30.e30.e30"), ErrUserInfo},
	{"T12 userinfo huge", answer("/userinfo", 200, huge), ErrUserInfo},

	{"T15 auth_time missing at step-up", both(fresh, drop("auth_time")), ErrAuthTime},
	{"T15 auth_time as text", both(fresh, set("auth_time", "now")), ErrAuthTime},
	{"T15 acr missing at step-up", both(fresh, drop("acr")), ErrACR},
	{"T15 acr of entry at step-up", both(fresh, set("acr", "AAL2_ANY")), ErrACR},
	{"T15 acr not accepted at entry", set("acr", "AAL1_USERPASS"), ErrACR},
	{"T15 acr a list", set("acr", []string{"AAL3_ANY"}), ErrACR},
	{"T15 acr below what this signature asks", func(a *attempt) { a.stepUp(); a.expect.ACR = []string{"AAL3_FIDO2"} }, ErrACR},
	{"T41 nonce commits to another document", both(fresh, set("nonce", "nonce-of-document-B-document-B")), ErrNonce},
	{"T41 another person answers", both(fresh, func(a *attempt) { a.expect.Subject = "555999999999" }), ErrOther},
	{"T42 signed in before the wish to sign", both(fresh, from("auth_time", -11)), ErrAuthTime},
	{"T42 signed in 6 minutes ago", both(fresh, from("auth_time", -360), func(a *attempt) {
		a.expect.AuthAfter = a.now().Add(-time.Hour)
	}), ErrAuthTime},
	{"T42 auth_time in the future", both(fresh, from("auth_time", 61)), ErrAuthTime},

	{"caller forgets the nonce", func(a *attempt) { a.expect.Nonce = "" }, ErrRequest},
	{"caller forgets the purpose", func(a *attempt) { a.expect.Purpose = "" }, ErrRequest},
	{"caller forgets since when", func(a *attempt) { a.expect.Purpose = StepUp }, ErrRequest},
	{"caller forgets the verifier", func(a *attempt) { a.back.Verifier = "" }, ErrRequest},
}

func TestHostileProvider(t *testing.T) {
	if len(hostileCases) < 80 {
		t.Fatalf("%d cases; the bar is 80", len(hostileCases))
	}
	for _, c := range hostileCases {
		t.Run(c.name, func(t *testing.T) {
			a := newAttempt(t)
			c.change(a)
			who, err := a.run(t)
			if err == nil {
				t.Fatalf("let in: %+v", who)
			}
			if ReasonOf(err) != c.want.Reason {
				t.Errorf("refused for %q, not %q: %v", ReasonOf(err), c.want.Reason, err)
			}
			if !errors.Is(err, ErrNotChecked) {
				t.Errorf("no sentence for the page in %v", err)
			}
			if who.Subject != "" || who.RawIDToken != "" {
				t.Errorf("a refused answer still names %+v", who)
			}
			for _, word := range []string{"secret words", testAccess, "good-code", "s&cret", testNonce} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the log line would hold %q", word)
				}
			}
			if a.hits["/fetched"]+a.hits["/elsewhere"] > 0 {
				t.Error("an address from the provider's answer was followed")
			}
		})
	}
	t.Logf("%d hostile cases", len(hostileCases))
}

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// testKeys are made once: what each test needs is that there are two.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// scripted is a released portal with an identity provider that says what a
// test wants it to. Its clock moves only when the test moves it.
type scripted struct {
	*portal
	t        *testing.T
	issuer   string
	register storage.Identities
	log      *bytes.Buffer

	mu     sync.Mutex
	at     time.Time
	claims map[string]any // of the next ID token, beside the usual ones
}

func (s *scripted) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *scripted) passes(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// guarded is a log that requests may write at once.
type guarded struct {
	mu sync.Mutex
	to *bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.to.Write(p)
}

// script builds the portal as the program does, with settings besides.
func script(t *testing.T, settings ...string) *scripted {
	t.Helper()
	s := &scripted{t: t, log: &bytes.Buffer{}, at: time.Date(2100, 11, 23, 9, 0, 0, 0, time.UTC)} // later than what preparing the database wrote down
	idp := httptest.NewServer(http.HandlerFunc(s.provide))
	t.Cleanup(idp.Close)
	s.issuer = idp.URL
	folder := t.TempDir()
	c, err := readConfig("", append([]string{prefix + "DATABASE=sqlite:" + filepath.Join(folder, "test.db"), prefix + "BLOBS=file:" + folder, actKey(t),
		prefix + "OIDC_TEST_ISSUER=" + idp.URL, prefix + "OIDC_TEST_CLIENT_ID=portal", prefix + "OIDC_TEST_CLIENT_SECRET=secret", prefix + "OIDC_TEST_STEP_UP_ACR=any"}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&guarded{to: s.log}, nil))
	ctx := context.Background()
	if err := migrate(ctx, c, log); err != nil {
		t.Fatal(err)
	}
	if s.portal, err = build(ctx, c, extra{}, log, s.now); err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	s.register = storage.Identities{DB: db}
	s.registers("ada", "Ada Okafor")
	return s
}

func (s *scripted) pass(who access.Actor, verb access.Verb) access.Pass {
	s.t.Helper()
	who.At = s.now()
	pass, err := access.Check(who, verb, organisation.National)
	if err != nil {
		s.t.Fatal(err)
	}
	return pass
}

// registers a person whose login at the provider is their id.
func (s *scripted) registers(id, name string) {
	s.t.Helper()
	err := s.register.Register(s.t.Context(), s.pass(access.PortalActor("register"), access.AppointPeople), s.now(),
		[]identity.Person{{ID: identity.PersonID(id), Name: name}}, []identity.Login{{Issuer: s.issuer, Subject: id, Person: identity.PersonID(id)}}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
}

// opens a session at the provider's session sid, and gives its cookie.
func (s *scripted) opens(person, sid string) string {
	s.t.Helper()
	token := "token of " + person + " at " + sid
	key := sha256.Sum256([]byte(token))
	now, pass := s.now(), s.pass(access.Actor{}, access.KeepSession)
	kept := identity.Session{Key: hex.EncodeToString(key[:]), Person: identity.PersonID(person), Issuer: s.issuer, ProviderID: sid, AuthAt: now, StartedAt: now, SeenAt: now}
	if err := s.register.Start(s.t.Context(), pass, kept, "", event.New(newID(), pass, now, "signed in", "person/"+person, "Signed in")); err != nil {
		s.t.Fatal(err)
	}
	return token
}

// asks the portal as a browser with a session would, or without one.
func (s *scripted) asks(method, path, session string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "countersign-session", Value: session})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

// knows tells whether a session still opens the home page.
func (s *scripted) knows(session string) bool {
	s.t.Helper()
	return s.asks(http.MethodGet, "/", session, nil).Code == http.StatusOK
}

// signsIn goes through the provider as a subject, and gives the answer to the
// way back with the session cookie it set.
func (s *scripted) signsIn(subject, name, email string) (*httptest.ResponseRecorder, string) {
	s.t.Helper()
	out := s.asks(http.MethodGet, "/sign-in/test", "", nil)
	to, err := url.Parse(out.Header().Get("Location"))
	if err != nil || to.Query().Get("state") == "" {
		s.t.Fatalf("sent to %q with %d", out.Header().Get("Location"), out.Code)
	}
	s.mu.Lock()
	s.claims = map[string]any{"sub": subject, "nonce": to.Query().Get("nonce"), "sid": "sid-" + subject}
	if name != "" {
		s.claims["name"] = name
	}
	if email != "" {
		s.claims["email"] = email
	}
	s.mu.Unlock()
	var journey string
	for _, cookie := range out.Result().Cookies() {
		journey = cookie.Name + "=" + cookie.Value
	}
	back := s.asks(http.MethodGet, "/sign-in/test/return?"+url.Values{"code": {"a-code"}, "state": {to.Query().Get("state")}}.Encode(), "", nil, "Cookie", journey)
	for _, cookie := range back.Result().Cookies() {
		if strings.HasSuffix(cookie.Name, "session") {
			return back, cookie.Value
		}
	}
	return back, ""
}

// provide is the identity provider.
func (s *scripted) provide(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	say := func(v any) { _ = json.NewEncoder(w).Encode(v) } // the portal notices what it does not get
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		say(map[string]any{"issuer": s.issuer, "authorization_endpoint": s.issuer + "/authorize", "token_endpoint": s.issuer + "/token", "jwks_uri": s.issuer + "/keys",
			"code_challenge_methods_supported": []string{"S256"}})
	case "/keys":
		key := testKeys()[0].PublicKey
		say(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	case "/token":
		s.mu.Lock()
		claims, now := s.claims, s.at.Unix()
		s.mu.Unlock()
		for name, value := range map[string]any{"iss": s.issuer, "aud": "portal", "iat": now, "exp": now + 300, "auth_time": now} {
			claims[name] = value
		}
		say(map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": jwt(testKeys()[0], map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}, claims)})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func jwt(key *rsa.PrivateKey, header, claims map[string]any) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	input := part(header) + "." + part(claims)
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// says counts the log's lines that have all the words.
func (s *scripted) says(words ...string) int {
	n := 0
	for line := range strings.SplitSeq(s.log.String(), "\n") {
		has := true
		for _, each := range words {
			has = has && strings.Contains(line, each)
		}
		if has && line != "" {
			n++
		}
	}
	return n
}

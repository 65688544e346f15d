//go:build demo

package devprovider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Person is somebody invented. Who they are in the portal is the portal's
// business; here they have a subject and a name.
type Person struct {
	Subject string
	Name    string
	Email   string
	Note    string // what to expect when signing in as them
	ACR     string // when set, they reach this level whatever is asked for
}

// Client is a program that may send people here.
type Client struct {
	ID, Secret   string
	RedirectURIs []string // compared character by character
	AfterSignOut []string // likewise
}

// Settings of the provider.
type Settings struct {
	Issuer      string // with the path it is mounted under; http on this machine only
	Clients     []Client
	People      []Person
	ACR         []string // levels it can give, the usual one first
	Stylesheets []string // of the portal, so that the page looks like its own
	Now         func() time.Time
	Random      io.Reader
}

// Provider serves every path below the issuer's. Everything it knows is in
// memory and is gone with the process.
type Provider struct {
	Settings
	prefix string // path of the issuer
	secure bool
	signer jose.Signer
	keys   []byte // the published key set
	routes *http.ServeMux

	mu       sync.Mutex
	journeys map[string]journey // people on the sign-in page
	codes    map[string]grant
	access   map[string]grant
	sessions map[string]session
}

// session is a person who stays signed in here, so that a second visit from
// the portal does not ask again.
type session struct {
	id     string // sid, known to clients; the cookie's value is not
	who    Person
	acr    string
	authAt time.Time
	until  time.Time
}

// journey is one authorisation request whose person has not yet chosen.
type journey struct {
	ask   request
	until time.Time
}

// grant is what a code, and then an access token, stands for.
type grant struct {
	ask   request
	as    session
	until time.Time
}

const (
	journeyLife = 10 * time.Minute
	codeLife    = time.Minute
	tokenLife   = 5 * time.Minute
	sessionLife = 8 * time.Hour
	keyID       = "dev"
)

// New makes a provider with a key of its own, or refuses settings that could
// not work with a sentence.
func New(s Settings) (*Provider, error) {
	u, err := url.Parse(s.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("development provider: issuer %q is not an address without a slash at its end", s.Issuer)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && onThisMachine(u.Hostname())) {
		return nil, fmt.Errorf("development provider: issuer %q must be https, or http on this machine", s.Issuer)
	}
	if s.Now == nil || s.Random == nil || len(s.Clients) == 0 || len(s.People) == 0 || len(s.ACR) == 0 {
		return nil, errors.New("development provider: a clock, randomness, clients, people and levels are needed")
	}
	for i, who := range s.People {
		if who.Subject == "" || who.Name == "" || slices.ContainsFunc(s.People[:i], func(p Person) bool { return p.Subject == who.Subject }) {
			return nil, fmt.Errorf("development provider: person %d needs a name and a subject of their own", i+1)
		}
	}
	for _, c := range s.Clients {
		if c.ID == "" || c.Secret == "" || len(c.RedirectURIs) == 0 {
			return nil, fmt.Errorf("development provider: client %q needs an id, a secret and where to return to", c.ID)
		}
	}
	p := &Provider{
		Settings: s, prefix: u.Path, secure: u.Scheme == "https",
		journeys: map[string]journey{}, codes: map[string]grant{}, access: map[string]grant{}, sessions: map[string]session{},
	}
	// ES256 and not RS256: making an RSA key would be most of the start-up time.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key of development provider: %w", err)
	}
	p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("use key of development provider: %w", err)
	}
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: keyID, Algorithm: "ES256", Use: "sig"}}}
	if p.keys, err = json.Marshal(public); err != nil {
		return nil, fmt.Errorf("publish key of development provider: %w", err)
	}
	p.routes = http.NewServeMux()
	p.routes.HandleFunc("GET "+p.prefix+"/.well-known/openid-configuration", p.discovery)
	p.routes.HandleFunc("GET "+p.prefix+"/keys", p.keySet)
	p.routes.HandleFunc("GET "+p.prefix+"/authorize", p.authorize)
	p.routes.HandleFunc("POST "+p.prefix+"/sign-in", p.signIn)
	p.routes.HandleFunc("POST "+p.prefix+"/token", p.token)
	p.routes.HandleFunc("GET "+p.prefix+"/userinfo", p.userInfo)
	p.routes.HandleFunc("POST "+p.prefix+"/userinfo", p.userInfo)
	p.routes.HandleFunc("GET "+p.prefix+"/end-session", p.endSession)
	return p, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ServeHTTP answers below the issuer's path. Headers are set before anything
// else, so that a refusal carries them too.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p.routes.ServeHTTP(w, r)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, map[string]any{
		"issuer":                                p.Issuer,
		"authorization_endpoint":                p.Issuer + "/authorize",
		"token_endpoint":                        p.Issuer + "/token",
		"userinfo_endpoint":                     p.Issuer + "/userinfo",
		"jwks_uri":                              p.Issuer + "/keys",
		"end_session_endpoint":                  p.Issuer + "/end-session",
		"scopes_supported":                      []string{"openid", "profile", "email"},
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"},
		"acr_values_supported":                  p.ACR,
		"claims_supported":                      []string{"sub", "name", "email", "auth_time", "acr", "sid"},
		"request_parameter_supported":           false,
		"request_uri_parameter_supported":       false,

		"authorization_response_iss_parameter_supported": true,
	})
}

func (p *Provider) keySet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(p.keys) // a reader who has gone needs no answer
}

func (p *Provider) answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a reader who has gone needs no answer
}

// secret makes 256 random bits. Without randomness nothing may go on.
func (p *Provider) secret() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(p.Random, b); err != nil {
		return "", fmt.Errorf("make secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// client finds a client by id.
func (p *Provider) client(id string) (Client, bool) {
	i := slices.IndexFunc(p.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.Clients[i], true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// sweep forgets what has run out, so that memory does not grow with visits.
// The caller holds mu.
func (p *Provider) sweep() {
	now := p.Now()
	for id, j := range p.journeys {
		if !now.Before(j.until) {
			delete(p.journeys, id)
		}
	}
	for _, grants := range []map[string]grant{p.codes, p.access} {
		for id, g := range grants {
			if !now.Before(g.until) {
				delete(grants, id)
			}
		}
	}
	for id, s := range p.sessions {
		if !now.Before(s.until) {
			delete(p.sessions, id)
		}
	}
}

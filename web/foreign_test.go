package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/web/provider/providertest"
)

// TestT18_ForeignProviderSignsOut: somebody who signs out at a provider that
// others wrote is signed out here, before the provider has answered them.
func TestT18_ForeignProviderSignsOut(t *testing.T) {
	folder := filepath.Join(providertest.Modules(t), "op.mjs")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	back := base + "/sign-in/foreign/return"
	issuer := providertest.Start(t, folder, "RETURN_TO="+back, "LOGOUT_TO="+base+"/sign-in/foreign/logout", "SIGNED_OUT="+base+"/signed-out")
	data := t.TempDir()
	c, err := readConfig("", []string{prefix + "BASE_URL=" + base, prefix + "DATABASE=sqlite:" + filepath.Join(data, "test.db"), prefix + "BLOBS=file:" + data, actKey(t),
		prefix + "OIDC_FOREIGN_ISSUER=" + issuer, prefix + "OIDC_FOREIGN_CLIENT_ID=portal", prefix + "OIDC_FOREIGN_CLIENT_SECRET=a&secret", prefix + "OIDC_FOREIGN_STEP_UP_ACR=any"})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	if err := migrate(t.Context(), c, log); err != nil {
		t.Fatal(err)
	}
	registerPerson(t, c, issuer, "ada")
	p, err := build(t.Context(), c, extra{}, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server, done := &http.Server{Handler: p, ReadHeaderTimeout: readHeaderTimeout}, make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close() // nothing is asked any more
		<-done
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})

	browser := providertest.NewBrowser(t)
	returned := browser.SignIn(t, base+"/sign-in/foreign", back, url.Values{"login": {"ada"}, "password": {"x"}})
	if answer := fetched(t, browser, back+"?"+returned.Encode()); answer.StatusCode != http.StatusSeeOther {
		t.Fatal("the way back answered", answer.StatusCode)
	}
	if answer := fetched(t, browser, base+"/"); answer.StatusCode != http.StatusOK {
		t.Fatal("not signed in to begin with:", answer.StatusCode)
	}
	ends := url.Values{"client_id": {"portal"}, "state": {"over"}, "post_logout_redirect_uri": {base + "/signed-out"}}
	browser.SignIn(t, issuer+"/session/end?"+ends.Encode(), base+"/signed-out", url.Values{"logout": {"yes"}})
	if answer := fetched(t, browser, base+"/"); answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/sign-in") {
		t.Error("signed out at the provider, and here the home page answers", answer.StatusCode)
	}
}

func fetched(t *testing.T, browser *providertest.Browser, address string) *http.Response {
	t.Helper()
	answer, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // the status says it
	return answer
}

func registerPerson(t *testing.T, c config, issuer, subject string) {
	t.Helper()
	ctx := context.Background()
	db, err := openDatabase(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := access.Check(access.PortalActor("register"), access.AppointPeople, organisation.National)
	if err == nil {
		err = storage.Identities{DB: db}.Register(ctx, pass, time.Now(), []identity.Person{{ID: "ada", Name: "Ada Okafor"}}, []identity.Login{{Issuer: issuer, Subject: subject, Person: "ada"}}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

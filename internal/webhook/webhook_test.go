package webhook_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/internal/notification"
	"countersign/internal/outbound"
	"countersign/internal/webhook"
)

var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// other is a system that is told, with the caller that may reach it.
func other(t *testing.T, answer http.HandlerFunc) (*webhook.Caller, notification.Webhook) {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &webhook.Caller{Gate: outbound.Gate{Names: []string{u.Host}}, Roots: &tls.Config{RootCAs: roots}, Now: func() time.Time { return now }},
		notification.Webhook{URL: server.URL + "/hook", Secret: "s3cret"}
}

func TestACallIsSigned(t *testing.T) {
	var got http.Header
	var body string
	c, w := other(t, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body) // a short body fails the comparison below
		got, body = r.Header, string(text)
	})
	if err := c.Call(t.Context(), w, "delivery-1", []byte(`{"alert":"CC-4711"}`)); err != nil {
		t.Fatal(err)
	}
	// by: printf '1791190800.{"alert":"CC-4711"}' | openssl dgst -sha256 -hmac s3cret
	want := "v1=b88fa84791e0234340f9f3dd5cc7c4293ea495a3507d95e52bf7a3719d5d4d68"
	if body != `{"alert":"CC-4711"}` || got.Get("Countersign-Timestamp") != "1791190800" || got.Get("Countersign-Signature") != want || got.Get("Countersign-Delivery") != "delivery-1" {
		t.Errorf("%s\n%v", body, got)
	}
}

func TestWhatIsNotAYesIsTriedAgain(t *testing.T) {
	for _, code := range []int{301, 302, 307, 308, 400, 404, 410, 429, 500, 503} {
		followed := false
		c, w := other(t, func(rw http.ResponseWriter, r *http.Request) {
			followed = followed || r.URL.Path != "/hook"
			rw.Header().Set("Location", "/elsewhere")
			rw.WriteHeader(code)
		})
		err := c.Call(t.Context(), w, "d", nil)
		if _, hopeless := errors.AsType[notification.Hopeless](err); err == nil || hopeless || followed {
			t.Errorf("%d: %v, followed %v", code, err, followed)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("the error names the address: %v", err)
		}
	}
}

// TestT70 names this machine and its neighbours in every form there is.
func TestT70(t *testing.T) {
	reached := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := u.Port()
	c := &webhook.Caller{Now: func() time.Time { return now }}
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[::127.0.0.1]",
		"0.0.0.0", "[::]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "[fe80::1%25lo]", "[fd00:ec2::254]", "①②⑦.⓪.⓪.①", "127。0。0。1", "localhost."} {
		err := c.Call(t.Context(), notification.Webhook{URL: "https://" + host + ":" + port + "/"}, "d", nil)
		if err == nil || reached {
			t.Errorf("%s was called: %v", host, err)
		}
		if strings.Contains(err.Error(), host) {
			t.Errorf("the error names the address: %v", err)
		}
	}
	for _, address := range []string{"http://soc.example/", "https://user:pass@soc.example/", "ftp://soc.example", "file:///etc/passwd", "gopher://127.0.0.1:25/", "//soc.example", "soc.example", "https:soc.example", "https:///x", "https://soc.example/#x", ""} {
		parsed, err := url.Parse(address)
		if err == nil && c.Check(parsed) == nil {
			t.Errorf("%q may be called", address)
		}
		err = c.Call(t.Context(), notification.Webhook{URL: address}, "d", nil)
		if _, hopeless := errors.AsType[notification.Hopeless](err); !hopeless {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestACertificateNobodyKnowsIsRefused(t *testing.T) {
	c, w := other(t, func(http.ResponseWriter, *http.Request) { t.Error("it was told") })
	c.Roots = nil
	if err := c.Call(t.Context(), w, "d", nil); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}

package pdf_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"countersign/internal/outbound"
	"countersign/internal/pdf"
)

// clock is an authority of the tests, written with another's library.
type clock struct {
	holder
	off    time.Duration // how wrong it goes
	change func(asked *timestamp.Request)
}

func (c clock) answer(asked *timestamp.Request) ([]byte, error) {
	if c.change != nil {
		c.change(asked)
	}
	stamp := timestamp.Timestamp{HashAlgorithm: asked.HashAlgorithm, HashedMessage: asked.HashedMessage, Nonce: asked.Nonce, Time: made.Add(c.off), Accuracy: time.Second, Policy: asn1.ObjectIdentifier{1, 2, 3, 4}, AddTSACertificate: true}
	return stamp.CreateResponseWithOpts(c.cert, c.key, crypto.SHA256)
}

// stamp answers without a network.
func (c clock) stamp(_ context.Context, digest []byte) ([]byte, error) {
	answer, err := c.answer(&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest})
	if err != nil {
		return nil, err
	}
	read, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, err
	}
	return read.RawToken, nil
}

// ServeHTTP makes it a server.
func (c clock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	asked, err := timestamp.ParseRequest(body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "that is no question", http.StatusBadRequest)
		return
	}
	answer, err := c.answer(asked)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(answer) // whoever asked sees that it is short
}

// asking gives an authority that asks a server.
func asking(t *testing.T, server http.Handler, trust *x509.CertPool) *pdf.Authority {
	t.Helper()
	s := httptest.NewUnstartedServer(server)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it would report who hung up on it
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &pdf.Authority{URL: s.URL + "/stamp", Gate: outbound.Gate{Names: []string{u.Host}}, Roots: &tls.Config{RootCAs: roots}, Trust: trust, Now: func() time.Time { return made }}
}

func TestASealIsStamped(t *testing.T) {
	for claim, key := range map[string]crypto.Signer{"by ECDSA": onCurve(t), "by RSA": ofRSA(t, 3072)} {
		tsa := clock{holder: issue(t, "Clock", key, stamping), off: time.Minute}
		s := issue(t, "Seal", onCurve(t)).seal()
		s.Stamp = asking(t, tsa, tsa.pool()).Stamp
		found, err := pdf.VerifySeal(sealed(t, receipt(), s))
		if err != nil || found.Stamp == nil {
			t.Fatalf("%s: %v, %v", claim, found, err)
		}
		if !found.Stamp.At.Equal(made.Add(time.Minute)) || !found.Stamp.Certificates[0].Equal(tsa.cert) {
			t.Errorf("%s: %+v", claim, found.Stamp)
		}
		if err := found.Stamp.Trusted(tsa.pool()); err != nil {
			t.Errorf("%s: %v", claim, err)
		}
		if found.Stamp.Trusted(issue(t, "Clock", key, stamping).pool()) == nil {
			t.Errorf("%s: anybody's root is trusted", claim)
		}
	}
}

func TestAStampOverSomethingElseIsRefused(t *testing.T) {
	good := issue(t, "Clock", onCurve(t), stamping)
	for claim, stamp := range map[string]func(context.Context, []byte) ([]byte, error){
		"over another digest": func(ctx context.Context, digest []byte) ([]byte, error) {
			other := sha256.Sum256(digest)
			return clock{holder: good}.stamp(ctx, other[:])
		},
		"by who may not":                        clock{holder: issue(t, "Clock", onCurve(t))}.stamp,
		"after the certificate ended":           clock{holder: good, off: 20 * 365 * 24 * time.Hour}.stamp,
		"with a digest nobody should use today": clock{holder: good, change: func(asked *timestamp.Request) { asked.HashAlgorithm = crypto.SHA512 }}.stamp,
	} {
		s := issue(t, "Seal", onCurve(t)).seal()
		s.Stamp = stamp
		if _, err := pdf.Sign(t.Context(), tiny(), s); !errors.Is(err, pdf.ErrSeal) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

func TestAuthorityIsNotBelieved(t *testing.T) {
	good := issue(t, "Clock", onCurve(t), stamping)
	trust := good.pool()
	reply := func(code int, kind, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body) // whoever asked sees that it is short
			if r.URL.Path != "/stamp" {
				t.Error("a redirect was followed")
			}
		})
	}
	const right = "application/timestamp-reply"
	refusal, err := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.SystemFailure)
	if err != nil {
		t.Fatal(err)
	}
	for claim, c := range map[string]struct {
		server http.Handler
		says   string
	}{
		"another number":         {clock{holder: good, change: func(asked *timestamp.Request) { asked.Nonce = big.NewInt(7) }}, "another question"},
		"no number":              {clock{holder: good, change: func(asked *timestamp.Request) { asked.Nonce = nil }}, "another question"},
		"another digest":         {clock{holder: good, change: func(asked *timestamp.Request) { asked.HashedMessage[0] ^= 1 }}, "something else"},
		"a clock that is behind": {clock{holder: good, off: -time.Hour}, "clock differs by 1h"},
		"a clock that is ahead":  {clock{holder: good, off: time.Hour}, "clock differs by 1h"},
		"another's certificate":  {clock{holder: issue(t, "Other", onCurve(t), stamping)}, "nobody trusted"},
		"a certificate for less": {clock{holder: issue(t, "Web", onCurve(t))}, "not one for timestamps"},
		"one for the web":        {clock{holder: issue(t, "Web", onCurve(t), serving)}, "not one for timestamps"},
		"a refusal":              {reply(200, right, string(refusal)), "status 2"},
		"a page":                 {reply(200, "text/html", "<html>"), "text/html"},
		"an error":               {reply(500, right, ""), "500"},
		"a redirect":             {reply(302, right, ""), "302"},
		"noise":                  {reply(200, right, "\x30\x82noise"), "cannot be read"},
		"nothing":                {reply(200, right, ""), "cannot be read"},
		"a granted nothing":      {reply(200, right, "\x30\x05\x30\x03\x02\x01\x00"), "status 0"},
		"too much":               {reply(200, right, strings.Repeat("x", 70<<10)), "too long"},
	} {
		a := asking(t, c.server, trust)
		token, err := a.Stamp(t.Context(), make([]byte, 32))
		if !errors.Is(err, pdf.ErrAuthority) || token != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", claim, err)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: the error names the address: %v", claim, err)
		}
	}
}

func TestAuthorityThatIsNotAsked(t *testing.T) {
	silent := make(chan struct{})
	a := asking(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Stamp(ctx, make([]byte, 32)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent one: %v", err)
	}
	close(silent)
	reached := false
	a = asking(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }), nil)
	a.Gate = outbound.Gate{}
	if _, err := a.Stamp(t.Context(), make([]byte, 32)); !errors.Is(err, outbound.ErrPrivate) || reached {
		t.Errorf("one in a private network: %v", err)
	}
	a.Gate.Names = []string{"127.0.0.1"}
	a.URL = "https://127.0.0.1:1/"
	if _, err := a.Stamp(t.Context(), make([]byte, 32)); !errors.Is(err, pdf.ErrAuthority) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("one that is not there: %v", err)
	}
	a = asking(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }), nil)
	a.Roots = nil
	if _, err := a.Stamp(t.Context(), make([]byte, 32)); err == nil || !strings.Contains(err.Error(), "certificate") || reached {
		t.Errorf("one whose certificate nobody knows: %v", err)
	}
	for _, address := range []string{"", "http://tsa.example/", "https://user:pass@tsa.example/", "ftp://tsa.example", "file:///etc/passwd", "https:///x", "https://tsa.example/#x", "//tsa.example"} {
		if (&pdf.Authority{URL: address}).Check() == nil {
			t.Errorf("%q may be asked", address)
		}
	}
	for _, a := range []*pdf.Authority{{URL: "https://tsa.example/x"}, {URL: "http://tsa.example/x", Trust: x509.NewCertPool()}} {
		if err := a.Check(); err != nil {
			t.Errorf("%s: %v", a.URL, err)
		}
	}
}

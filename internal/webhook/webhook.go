// Package webhook calls other systems: one signed POST each, without
// redirects, and only to addresses the portal may speak to. Who is called when
// is package notification's; trying again is package job's.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"countersign/internal/notification"
	"countersign/internal/outbound"
)

// The headers of a call, which docs/notifications.md explains.
const (
	TimestampHeader = "Countersign-Timestamp"
	SignatureHeader = "Countersign-Signature"
	DeliveryHeader  = "Countersign-Delivery"
)

// timeout bounds one call, and answerLimit how much of an answer is read.
const (
	timeout     = 10 * time.Second
	answerLimit = 64 << 10
)

// ErrAddress says that an address is not one that is called.
var ErrAddress = errors.New("this address is not called")

// Caller calls webhooks. The Gate says where it may: its names are called even
// inside a private network, and over http.
type Caller struct {
	Gate  outbound.Gate
	Roots *tls.Config // what to trust besides the system's certificates; nil in a real service
	Now   func() time.Time
}

// Check tells whether an address can be called at all. Where its name leads is
// looked at when it is.
func (c *Caller) Check(u *url.URL) error {
	named := c.Gate.Named(u.Hostname(), port(u))
	switch {
	case u.User != nil, u.Fragment != "", u.Hostname() == "", u.Opaque != "":
		return ErrAddress
	case u.Scheme == "https", u.Scheme == "http" && named:
		return nil
	}
	return ErrAddress
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80"}[u.Scheme]
}

// Sign gives the signature of a body sent at a timestamp.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Call posts a body. It fails unless the answer is 2xx. Its errors name no
// address: they are kept and logged.
func (c *Caller) Call(ctx context.Context, w notification.Webhook, delivery string, body []byte) error {
	u, err := url.Parse(w.URL)
	if err != nil || c.Check(u) != nil {
		return notification.Hopeless{Cause: ErrAddress}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return notification.Hopeless{Cause: ErrAddress}
	}
	timestamp := strconv.FormatInt(c.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Countersign")
	req.Header.Set(DeliveryHeader, delivery)
	req.Header.Set(TimestampHeader, timestamp)
	req.Header.Set(SignatureHeader, Sign(w.Secret, timestamp, body))
	client := c.client()
	defer client.CloseIdleConnections()
	answer, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("call a webhook: %w", withoutAddress(err))
	}
	defer func() { _ = answer.Body.Close() }() // nothing in it is wanted
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, answerLimit))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("a webhook answered %d", answer.StatusCode)
	}
	return nil
}

// client follows no redirect, uses no proxy and keeps no cookie.
func (c *Caller) client() *http.Client {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Roots != nil {
		trust.RootCAs = c.Roots.RootCAs
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: c.Gate.Dial, TLSClientConfig: trust, TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// withoutAddress keeps why a call failed and leaves out where it went.
func withoutAddress(err error) error {
	switch {
	case errors.Is(err, outbound.ErrPrivate):
		return outbound.ErrPrivate
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	if failure, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("its certificate: %T", failure.Err)
	}
	return errors.New("it could not be reached")
}

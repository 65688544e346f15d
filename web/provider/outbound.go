package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/internal/outbound"
)

// checkAddress decides whether an address may be spoken to at all: https, and
// the issuer's host or one the settings name.
func (p *Provider) checkAddress(u *url.URL) error {
	switch {
	case u.User != nil || u.Fragment != "":
		return ErrAddress.because("credentials or a fragment in the address")
	case u.Scheme == "https":
	case u.Scheme == "http" && p.AllowLoopbackHTTP && isLoopback(u.Hostname()):
	default:
		return ErrAddress.because("only https is used")
	}
	host := strings.ToLower(u.Host)
	if host != strings.ToLower(p.issuer.Host) && !slices.Contains(p.AllowedHosts, host) {
		return ErrAddress.because("not the issuer's host and not an allowed one")
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// newClient makes the only way to the provider: short, small, without
// redirects, proxies or cookies, and to public addresses unless configured.
func (p *Provider) newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            p.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dial speaks to public addresses, to those of named hosts, and to this machine
// where the settings say so.
func (p *Provider) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := outbound.Gate{Names: p.AllowedHosts, Loopback: p.AllowLoopbackHTTP}.Dial(ctx, network, address)
	if errors.Is(err, outbound.ErrPrivate) {
		return nil, ErrAddress.because("%w", err)
	}
	return conn, err
}

// send asks the provider once and gives back the whole answer, within limits.
// An answer of 500 and above is an outage.
func (p *Provider) send(ctx context.Context, req *http.Request) (status int, body []byte, err error) {
	if err := p.checkAddress(req.URL); err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.limits.timeout)
	defer cancel()
	req.Header.Set("Accept", "application/json")
	answer, err := p.client.Do(req.WithContext(ctx))
	if err != nil {
		if refused, ok := errors.AsType[*Refusal](err); ok {
			return 0, nil, refused.because("dial %s", req.URL.Host)
		}
		return 0, nil, ErrUnavailable.because("%s %s: %w", req.Method, req.URL.Path, withoutAddress(err))
	}
	defer func() { _ = answer.Body.Close() }() // the body was read to its end, or is not wanted
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return 0, nil, ErrRedirect.because("%s answered %d", req.URL.Path, answer.StatusCode)
	}
	body, err = io.ReadAll(io.LimitReader(answer.Body, p.limits.body+1))
	if int64(len(body)) > p.limits.body {
		return 0, nil, ErrTooLarge.because("%s answered more than %d bytes", req.URL.Path, p.limits.body)
	}
	if err != nil {
		return 0, nil, ErrUnavailable.because("read %s: %w", req.URL.Path, err)
	}
	if answer.StatusCode >= 500 {
		return 0, nil, ErrUnavailable.because("%s answered %d", req.URL.Path, answer.StatusCode)
	}
	return answer.StatusCode, body, nil
}

// withoutAddress drops the address from net/http's error: a query belongs in
// no log.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// get is send for the documents that must be there.
func (p *Provider) get(ctx context.Context, address string, bearer string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, ErrAddress.because("not an address")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	status, body, err := p.send(ctx, req)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, ErrUnavailable.because("%s answered %d", req.URL.Path, status)
	}
	return body, nil
}

// cached keeps the latest good copy of something the provider publishes. One
// caller fetches, the others wait; failures and impatience are both held to
// two fetches a minute, so that nobody can make us a nuisance to the provider.
type cached[T any] struct {
	now   func() time.Time
	fresh time.Duration // after which a copy is fetched again
	fetch func(context.Context) (T, error)

	turn      chan struct{} // held by the one who may touch what follows
	value     *T
	fetchedAt time.Time
	tries     []time.Time // within the last minute
	failure   error       // of the latest try
}

const (
	triesAMinute = 2
	// staleFor is how long an old copy serves while a new one cannot be had.
	staleFor = 6 * time.Hour
)

func newCached[T any](now func() time.Time, fresh time.Duration, fetch func(context.Context) (T, error)) *cached[T] {
	return &cached[T]{now: now, fresh: fresh, fetch: fetch, turn: make(chan struct{}, 1)}
}

// get gives the copy; enough says whether it will do, and when it will not a
// newer one is fetched if the cool-down allows.
func (c *cached[T]) get(ctx context.Context, enough func(T) bool) (T, error) {
	var none T
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return none, ErrUnavailable.because("%w", ctx.Err())
	}
	now := c.now()
	if c.value != nil && now.Sub(c.fetchedAt) < c.fresh && enough(*c.value) {
		return *c.value, nil
	}
	c.tries = slices.DeleteFunc(c.tries, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(c.tries) < triesAMinute {
		c.tries = append(c.tries, now)
		// A visitor who goes away must not spoil the fetch for those who wait.
		value, err := c.fetch(context.WithoutCancel(ctx))
		c.failure = err
		if err == nil {
			c.value, c.fetchedAt = &value, now
		}
	}
	switch {
	case c.value != nil && now.Sub(c.fetchedAt) < c.fresh+staleFor:
		return *c.value, nil
	case c.failure != nil:
		return none, fmt.Errorf("cooling down or just failed: %w", c.failure)
	}
	return none, ErrUnavailable.because("cooling down")
}

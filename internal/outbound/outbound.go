// Package outbound decides which addresses the portal may speak to when
// somebody else has named them: an identity provider's, or a webhook's. What
// is said there, and how long one waits, is the speaker's business.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// ErrPrivate says that a name leads to an address the portal does not speak to.
var ErrPrivate = errors.New("the name leads to an address in a private network")

// Gate is the way out. Names lists hosts, or hosts with a port, in lower case,
// that may be in a private network; Loopback lets every name lead to this
// machine.
type Gate struct {
	Names    []string
	Loopback bool
	Resolver *net.Resolver // the system's when nil
}

// Named tells whether a host, alone or with its port, is in the list.
func (g Gate) Named(host, port string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(g.Names, func(name string) bool { return name == host || name == net.JoinHostPort(host, port) })
}

// Dial looks at the address after the name was resolved, on the very socket
// that will be used, so that a name cannot change its mind in between.
func (g Gate) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("read an address: %w", err)
	}
	named := g.Named(host, port)
	d := net.Dialer{Resolver: g.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("read an address: %w", err)
		}
		if !g.may(to.Addr(), named) {
			return ErrPrivate
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// reserved are address ranges that netip does not call private and that are
// no more public for it.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 inside IPv6, which could lead back in
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("fec0::/10"), // once site-local
	netip.MustParsePrefix("::/96"),     // IPv4 inside IPv6, of old
}

// may never gives way on link-local addresses: in a cloud that is where
// machines keep their own credentials, and nobody we speak to lives there.
func (g Gate) may(ip netip.Addr, named bool) bool {
	ip = ip.Unmap().WithZone("") // ::ffff:10.0.0.1 is 10.0.0.1
	switch {
	case ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast(), !ip.IsValid():
		return false
	case ip.IsLoopback():
		return named || g.Loopback
	case ip.IsPrivate(), slices.ContainsFunc(reserved, func(r netip.Prefix) bool { return r.Contains(ip) }):
		return named
	}
	return true
}

package mail

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Policy is whether letters go through an encrypted connection.
type Policy string

// The policies. None is for a mail server on this very machine.
const (
	Mandatory     Policy = "mandatory"
	Opportunistic Policy = "opportunistic"
	None          Policy = "none"
)

// Server is where letters are handed over.
type Server struct {
	Host     string
	Port     int
	User     string // empty asks for no sign-in
	Implicit bool   // encrypted from the first byte
	TLS      Policy
}

// Parse reads an address such as smtp://user@mail.example:587?tls=mandatory or
// smtps://mail.example.
func Parse(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return Server{}, errors.New("it is not an address such as smtp://user@mail.example:587")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username(), TLS: Mandatory}
	if _, has := u.User.Password(); has {
		return Server{}, errors.New("the password belongs into a setting of its own")
	}
	port := u.Port()
	switch u.Scheme {
	case "smtp":
		port = or(port, "587")
	case "smtps":
		s.Implicit, port = true, or(port, "465")
	default:
		return Server{}, errors.New("it must begin with smtp:// or smtps://")
	}
	if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
		return Server{}, fmt.Errorf("%q is not a port", port)
	}
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 {
			return Server{}, fmt.Errorf("%q is not known: only tls is", name)
		}
		s.TLS = Policy(values[0])
	}
	switch {
	case s.TLS != Mandatory && s.TLS != Opportunistic && s.TLS != None:
		return Server{}, errors.New("tls is mandatory, opportunistic or none")
	case s.Implicit && s.TLS != Mandatory:
		return Server{}, errors.New("smtps:// is always encrypted: leave tls out")
	case s.TLS == None && !loopback(s.Host):
		return Server{}, errors.New("tls=none is for a mail server on this machine alone")
	case s.TLS != Mandatory && s.User != "" && !loopback(s.Host):
		return Server{}, errors.New("a user signs in over an encrypted connection alone: use tls=mandatory")
	}
	return s, nil
}

// String is the address as it is printed: it holds no secret.
func (s Server) String() string {
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), RawQuery: "tls=" + string(s.TLS)}
	if s.Implicit {
		u.Scheme, u.RawQuery = "smtps", ""
	}
	if s.User != "" {
		u.User = url.User(s.User)
	}
	return u.String()
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

func or(first, second string) string {
	if first == "" {
		return second
	}
	return first
}

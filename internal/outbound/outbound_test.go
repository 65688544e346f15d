package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestT70AddressesThatAreNotDialled(t *testing.T) {
	g := Gate{}
	for _, at := range []string{
		"0.0.0.0", "10.1.2.3", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "192.168.1.1", "100.64.0.1",
		"198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:100.64.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "::7f00:1", "fec0::1",
	} {
		if g.may(netip.MustParseAddr(at), false) {
			t.Errorf("%s would be dialled", at)
		}
	}
	for _, at := range []string{"8.8.8.8", "2606:4700::1111", "155.231.1.1"} {
		if !g.may(netip.MustParseAddr(at), false) {
			t.Errorf("%s would not be dialled", at)
		}
	}
	if !g.may(netip.MustParseAddr("10.1.2.3"), true) {
		t.Error("a host the settings name may be private")
	}
	if g.may(netip.MustParseAddr("169.254.169.254"), true) {
		t.Error("link-local is dialled for a named host")
	}
}

// fickle is a name server on this machine that gives the next of its answers
// to each question, as one that turns a public name inwards does.
func fickle(t *testing.T, answers ...[4]byte) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() }) // which ends the loop below
	var asked atomic.Int64
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			var question dnsmessage.Message
			if question.Unpack(packet[:n]) != nil || len(question.Questions) != 1 {
				continue
			}
			question.Response = true
			question.Additionals = nil
			if q := question.Questions[0]; q.Type == dnsmessage.TypeA {
				i := min(int(asked.Add(1)), len(answers)) - 1
				question.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: answers[i]}}}
			}
			if packed, err := question.Pack(); err == nil {
				_, _ = socket.WriteTo(packed, from) // a lost answer is asked for again
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// TestT70RebindingNames: what a name led to a moment ago does not count. The
// address is looked at on the socket that is used.
func TestT70RebindingNames(t *testing.T) {
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inside.Close() }) // nobody waits for it
	_, port, _ := net.SplitHostPort(inside.Addr().String())
	g := Gate{Resolver: fickle(t, [4]byte{192, 0, 2, 1}, [4]byte{127, 0, 0, 1})}
	if found, err := g.Resolver.LookupHost(t.Context(), "soc.example"); err != nil || len(found) != 1 || found[0] != "192.0.2.1" {
		t.Fatalf("at first the name leads to %v, %v", found, err)
	}
	if conn, err := g.Dial(t.Context(), "tcp", net.JoinHostPort("soc.example", port)); !errors.Is(err, ErrPrivate) {
		t.Errorf("then it was dialled: %v, %v", conn, err)
	}
	g.Names = []string{"soc.example"}
	conn, err := g.Dial(t.Context(), "tcp", net.JoinHostPort("soc.example", port))
	if err != nil {
		t.Fatalf("a named host is dialled wherever it leads: %v", err)
	}
	_ = conn.Close() // it was reached
}

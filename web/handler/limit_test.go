package handler

import (
	"fmt"
	"testing"
	"time"
)

func TestT78_LimitsOfStrangers(t *testing.T) {
	now := time.Date(2026, 11, 24, 16, 50, 0, 0, time.UTC)
	l := NewLimits(func() time.Time { return now })
	l.Known("198.51.100.1")

	let := 0
	for i := range 50_000 { // each from an address of its own
		if l.wait("GET /check", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)) == 0 {
			let++
		}
	}
	if let != allBurst {
		t.Errorf("a flood from everywhere: %d were let in, want %d", let, allBurst)
	}
	if n := l.each.Len(); n > addressesKept {
		t.Errorf("%d addresses are remembered", n)
	}
	if wait := l.wait("GET /check", "203.0.113.5"); wait <= 0 || wait > time.Second {
		t.Errorf("a stranger meanwhile waits %s", wait)
	}
	if wait := l.wait("GET /check", "198.51.100.1"); wait != 0 {
		t.Errorf("where somebody has signed in lately, one waits %s", wait)
	}
	if wait := l.wait("POST "+logoutPath, "203.0.113.5"); wait != 0 {
		t.Errorf("at another address of ours one waits %s", wait)
	}

	let = 0
	for i := range 500 { // a known address is no way in for a flood
		if l.wait("GET /check", "198.51.100.1") == 0 {
			let++
		}
		if i == 0 {
			l.Known("198.51.100.1")
		}
	}
	if let != eachBurst-1 {
		t.Errorf("one known address was let in %d times", let)
	}
	for i := range 2 * addressesKept {
		l.Known(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if n := l.known.Len(); n != addressesKept {
		t.Errorf("%d known addresses are remembered", n)
	}
	l.Known("198.51.100.2")
	now = now.Add(knownFor)
	for i := 0; l.wait("GET /check", fmt.Sprintf("2001:db8:%x::1", i)) == 0; i++ { // until there is nothing left for strangers
	}
	if l.wait("GET /check", "198.51.100.2") == 0 {
		t.Error("an address is known for ever")
	}
}

func TestT78_NeighboursCountAsOne(t *testing.T) {
	for address, want := range map[string]string{
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64", "2001:db8:1:3::9": "2001:db8:1:3::/64",
		"fe80::1%eth0": "fe80::/64", "::ffff:192.0.2.7": "192.0.2.7", "192.0.2.7": "192.0.2.7", "nonsense": "invalid IP", "": "invalid IP",
	} {
		if got := neighbourhood(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}

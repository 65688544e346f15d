//go:build demo

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/web/demo"
)

// ground is an address with a demonstration invented for it, which nobody has
// used: each test that is given the address works on a copy. Every login and
// signature in a demonstration names its address, and inventing one takes
// seconds, so an address goes from test to test, and from nobody to two at once.
type ground struct {
	listener *net.TCPListener
	folder   string
	config   config
	people   []demo.Person
	at       time.Time // when its world was made up
}

// fresh is how long a ground is used: what it calls recent should be.
const fresh = 10 * time.Minute

// grounds are those that no test uses now.
var grounds reserve

type reserve struct {
	mutex sync.Mutex
	free  []*ground
}

// take gives a ground that was invented a short time ago, or nil.
func (r *reserve) take() *ground {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.free = slices.DeleteFunc(r.free, func(g *ground) bool {
		stale := time.Since(g.at) > fresh
		if stale {
			g.gone()
		}
		return stale
	})
	if len(r.free) == 0 {
		return nil
	}
	g := r.free[0]
	r.free = r.free[1:]
	return g
}

func (r *reserve) back(g *ground) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.free = append(r.free, g)
}

// leave gives all of them up.
func (r *reserve) leave() {
	for _, g := range r.free {
		g.gone()
	}
}

// gone gives a ground up; what stays behind is in a folder for such things.
func (g *ground) gone() {
	_ = g.listener.Close()
	_ = os.RemoveAll(g.folder)
}

// groundFor gives a test a ground until it ends: one that another test had, where
// the test lives by the clock on the wall, and otherwise one of its own time.
func groundFor(t *testing.T, now func() time.Time) *ground {
	t.Helper()
	began := now()
	today := time.Since(began).Abs() < time.Second
	if today {
		if g := grounds.take(); g != nil {
			t.Cleanup(func() { grounds.back(g) })
			return g
		}
	}
	g := newGround(t, began)
	t.Cleanup(func() {
		if today {
			grounds.back(g)
		} else {
			g.gone()
		}
	})
	return g
}

func newGround(t *testing.T, at time.Time) *ground {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal("listen:", err)
	}
	folder, err := os.MkdirTemp("", "portal-ground-")
	if err != nil {
		t.Fatal("make a folder for the demonstration:", err)
	}
	g := &ground{listener: listener.(*net.TCPListener), folder: folder, at: at}
	if g.config, err = readConfig("", g.settings(folder)); err != nil {
		t.Fatal("settings:", err)
	}
	if g.config, g.people, err = inventDemo(context.Background(), g.config, at); err != nil {
		t.Fatal("invent a demonstration:", err)
	}
	return g
}

func (g *ground) base() string {
	return fmt.Sprintf("http://localhost:%d", g.listener.Addr().(*net.TCPAddr).Port)
}

// settings are those of a demonstration at this address, kept in a folder.
func (g *ground) settings(folder string) []string {
	return []string{prefix + "BASE_URL=" + g.base(), prefix + "DATABASE=sqlite:" + filepath.Join(folder, "demo.db"), prefix + "BLOBS=file:" + filepath.Join(folder, "blobs")}
}

// copies puts the demonstration into a folder, for nobody else to read: its keys
// are refused otherwise.
func (g *ground) copies(t *testing.T, folder string) {
	t.Helper()
	if err := os.CopyFS(folder, os.DirFS(g.folder)); err != nil {
		t.Fatal("copy the demonstration:", err)
	}
	files, err := os.ReadDir(folder)
	for _, file := range files {
		if err == nil && file.Type().IsRegular() {
			err = os.Chmod(filepath.Join(folder, file.Name()), 0o600)
		}
	}
	if err != nil {
		t.Fatal("keep it from others:", err)
	}
}

// lent is a ground's listener while one server has it: the server's end stops it
// from accepting, and leaves the address to the next.
type lent struct{ *net.TCPListener }

func (l lent) Close() error { return l.SetDeadline(time.Now()) }

// lends gives the listener to a server.
func (g *ground) lends(t *testing.T) net.Listener {
	t.Helper()
	if err := g.listener.SetDeadline(time.Time{}); err != nil {
		t.Error("listen again:", err)
	}
	return lent{g.listener}
}

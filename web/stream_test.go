//go:build demo

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFiftyWallsAndTwoHundredAcknowledgements: however many walls are open and
// however many trusts acknowledge, each wall changes twelve times in a minute at
// most, and shows the right count at the end. It runs in a tenth of the time;
// with COUNTERSIGN_PROVE=1 it takes the minute itself.
func TestFiftyWallsAndTwoHundredAcknowledgements(t *testing.T) {
	const walls, acknowledgements = 50, 200
	r := start(t)
	c := centreOf(t, r, time.Now)
	if os.Getenv("COUNTERSIGN_PROVE") == "" {
		r.portal.streams.Interval /= 10
	}
	minute := 12 * r.portal.streams.Interval
	id, codes := c.issues()
	if len(codes) < acknowledgements {
		t.Fatalf("only %d trusts", len(codes))
	}
	var open []*wallStream
	for i := range walls {
		open = append(open, c.opens(r.base, id, c.session("helen.marsh", i)))
	}
	before, began := used(), time.Now()
	pause := time.NewTicker((minute - r.portal.streams.Interval) / acknowledgements)
	defer pause.Stop()
	for _, org := range codes[:acknowledgements] {
		<-pause.C
		c.acknowledges(org, id)
	}
	for i, w := range open {
		w.awaits(t, "200", 3*r.portal.streams.Interval)
		// Twelve in the minute; on a machine that takes longer, one for each interval.
		most := max(12, int32(time.Since(began)/r.portal.streams.Interval)+1)
		if n := w.updates.Load(); n > most || n < 6 {
			t.Errorf("wall %d changed %d times, of %d at most", i, n, most)
		}
	}
	took, after := time.Since(began), used()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d walls, %d acknowledgements in %s: %d to %d updates a wall; processor %s user and %s system, the fifty readers included; heap %d MB, %d goroutines", walls, acknowledgements, took.Round(time.Millisecond),
		slices.MinFunc(open, fewer).updates.Load(), slices.MaxFunc(open, fewer).updates.Load(), (after.user - before.user).Round(time.Millisecond), (after.system - before.system).Round(time.Millisecond), memory.HeapAlloc>>20, runtime.NumGoroutine())
}

func fewer(a, b *wallStream) int { return int(a.updates.Load() - b.updates.Load()) }

type processor struct{ user, system time.Duration }

// used is the processor time of this process until now.
func used() processor {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // fails for no arguments of ours
	return processor{time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())}
}

// TestStreamsLeaveNothingBehind: when the walls are closed their goroutines and
// places are free again.
func TestStreamsLeaveNothingBehind(t *testing.T) {
	r := start(t)
	c := centreOf(t, r, time.Now)
	r.portal.streams.Interval = 50 * time.Millisecond
	id, codes := c.issues()
	path := c.page(r.base, id, c.session("helen.marsh", 0))
	settled := func() int { // of the server and the readers
		n := runtime.NumGoroutine()
		for range 100 {
			time.Sleep(10 * time.Millisecond) // goroutines give no sign when they end
			if now := runtime.NumGoroutine(); now < n {
				n = now
			} else if r.portal.streams.Open() == 0 {
				break
			}
		}
		return n
	}
	before := settled()
	for round := range 3 {
		var open []*wallStream
		for i := range 20 {
			open = append(open, c.listens(r.base, path, c.session("samir.devlin", 100*round+i)))
		}
		c.acknowledges(codes[round], id)
		for _, w := range open {
			w.awaits(t, fmt.Sprint(round+1), 5*time.Second)
		}
		if n := r.portal.streams.Open(); n != 20 {
			t.Errorf("%d streams are open", n)
		}
		for _, w := range open {
			w.leave()
			w.ends(t, "its reader left", 5*time.Second)
		}
		path = c.page(r.base, id, c.session("helen.marsh", round+1))
	}
	for end := time.Now().Add(5 * time.Second); ; {
		after, open := settled(), r.portal.streams.Open()
		if after <= before+5 && open == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines before, %d after, %d streams open", before, after, open)
		}
	}
}

// TestStreamIsRefused: to those who may not read it, to one session more than
// a few times, and for what was never sent.
func TestStreamIsRefused(t *testing.T) {
	r := start(t)
	c := centreOf(t, r, time.Now)
	id, _ := c.issues()
	path := "/alerts/" + string(id) + "/wall/stream"
	for subject, want := range map[string]int{"amara.whitlock": http.StatusForbidden, "callum.reid": http.StatusForbidden, "noor.haddad": http.StatusNotFound} {
		if answer, _ := c.asks(r.base, path, c.session(subject, 0)); answer.StatusCode != want {
			t.Errorf("%s was answered with %d", subject, answer.StatusCode)
		}
	}
	if answer, _ := c.asks(r.base, path, "nobody's"); answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/sign-in") {
		t.Errorf("nobody was answered with %d", answer.StatusCode)
	}
	token := c.session("helen.marsh", 0)
	if answer, _ := c.asks(r.base, "/alerts/no-such-alert/wall/stream", token); answer.StatusCode != http.StatusNotFound {
		t.Errorf("an alert that is not there was answered with %d", answer.StatusCode)
	}
	for range r.portal.streams.Each {
		c.listens(r.base, path, token)
	}
	if answer, _ := c.asks(r.base, path, token); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one stream too many was answered with %d", answer.StatusCode)
	}
	c.listens(r.base, path, c.session("helen.marsh", 1)) // another session has its own
	r.portal.streams.Most = r.portal.streams.Open()
	if answer, _ := c.asks(r.base, path, c.session("helen.marsh", 2)); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one stream too many for the portal was answered with %d", answer.StatusCode)
	}
}

// TestStreamEndsWithItsSession: signed out, idle, or without the office, nobody
// goes on listening; and listening keeps no session alive.
func TestStreamEndsWithItsSession(t *testing.T) {
	var clock hurried
	r := startAt(t, clock.now)
	c := centreOf(t, r, clock.now)
	r.portal.streams.Interval = 100 * time.Millisecond
	id, codes := c.issues()
	open := func(n int) (*wallStream, string) {
		token := c.session("helen.marsh", n)
		return c.opens(r.base, id, token), token
	}
	t.Run("signed out", func(t *testing.T) {
		w, token := open(1)
		other, _ := open(2)
		request, err := http.NewRequest(http.MethodPost, r.base+"/sign-out", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: token})
		answer := httptest.NewRecorder()
		r.portal.ServeHTTP(answer, request)
		w.ends(t, "its session was signed out", 5*time.Second)
		c.acknowledges(codes[0], id)
		other.awaits(t, "1", 5*time.Second)
	})
	t.Run("idle, with the wall open again and again", func(t *testing.T) {
		w, token := open(3)
		clock.ahead.Add(int64(20 * time.Minute))
		path := c.page(r.base, id, c.session("helen.marsh", 4))
		again := c.listens(r.base, path, token) // 20 minutes in: as a browser does by itself
		clock.ahead.Add(int64(11 * time.Minute))
		w.ends(t, "its session was idle for 31 minutes", 5*time.Second)
		again.ends(t, "its session was idle for 31 minutes", 5*time.Second)
	})
}

// TestStreamOutlastsTheServersLimits: an answer may take a minute, and a wall
// is open for days.
func TestStreamOutlastsTheServersLimits(t *testing.T) {
	r := start(t)
	c := centreOf(t, r, time.Now)
	r.portal.streams.Interval, r.portal.streams.Beat = 100*time.Millisecond, 300*time.Millisecond
	id, codes := c.issues()
	server := httptest.NewUnstartedServer(r.portal)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 400*time.Millisecond, 400*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	w := c.opens(server.URL, id, c.session("helen.marsh", 0))
	for end := time.Now().Add(10 * time.Second); w.beats.Load() < 5; { // 1.5 seconds
		if time.Now().After(end) {
			t.Fatal("no sign of life")
		}
		select {
		case <-w.over:
			t.Fatal("the stream ended with the server's limits")
		case <-time.After(50 * time.Millisecond):
		}
	}
	c.acknowledges(codes[0], id)
	w.awaits(t, "1", 5*time.Second)
	w.leave()
	w.ends(t, "its reader left", 5*time.Second)
}

// TestStoppingEndsStreams: a program that is told to stop does not wait for
// walls that would stay open.
func TestStoppingEndsStreams(t *testing.T) {
	r := start(t)
	c := centreOf(t, r, time.Now)
	id, _ := c.issues()
	spare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := spare.Addr().String()
	if err := spare.Close(); err != nil {
		t.Fatal(err)
	}
	settings := r.config
	settings.Listen = address
	served := *r.portal
	served.close = func() error { return nil } // the demonstration's own server still uses it
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	said, says := io.Pipe()
	go func() {
		done <- serve(ctx, &shell{config: settings, log: slog.New(slog.NewTextHandler(says, nil)), now: time.Now}, &served)
	}()
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "msg=serving") {
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // or the log would stand still
	w := c.opens("http://"+address, id, c.session("helen.marsh", 0))
	began := time.Now()
	stop()
	w.ends(t, "the program stops", 5*time.Second)
	select {
	case err := <-done:
		if err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("stopped after %s: %v", time.Since(began), err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the program waits for an open wall")
	}
}

// TestOpenWallMoves: on a wall that is open the count changes by itself, the
// focus stays where it is, and a pause holds it still.
func TestOpenWallMoves(t *testing.T) {
	r := start(t)
	c := centreOf(t, r, time.Now)
	r.portal.streams.Interval = 200 * time.Millisecond
	id, codes := c.issues()
	v := visit(t, r, true)
	v.signsIn("Helen Marsh")
	v.opens("/alerts/" + string(id) + "/wall?show=all")
	count := `document.querySelector('[data-live=count]').textContent`
	v.awaits("Live. Updated")
	order := `[...document.querySelectorAll('[data-row]')].map(r => r.dataset.row).join()`
	first := evaluate[string](v, order)
	evaluate[bool](v, `(() => { const b = document.querySelector('[data-pause]'); b.focus(); scrollTo(0, 300); return document.activeElement === b })()`)
	at := evaluate[float64](v, `scrollY`)
	c.acknowledges(codes[0], id)
	v.awaits("1 more trust has acknowledged. 1 of 202.")
	if n := evaluate[string](v, count); n != "1" {
		t.Errorf("the count is %q", n)
	}
	row := evaluate[string](v, `document.querySelector('[data-row="`+string(codes[0])+`"]').textContent`)
	if !strings.Contains(row, "Acknowledged at") || !evaluate[bool](v, `document.activeElement.dataset.pause !== undefined && scrollY === `+fmt.Sprint(at)) {
		t.Errorf("the row says %q, or focus or scroll moved", row)
	}
	if evaluate[string](v, order) != first {
		t.Error("rows moved")
	}
	evaluate[bool](v, `(document.querySelector('[data-pause]').click(), true)`)
	for end := time.Now().Add(5 * time.Second); r.portal.streams.Open() > 0; time.Sleep(10 * time.Millisecond) { // the browser does not say when it has hung up
		if time.Now().After(end) {
			t.Fatal("a paused wall still listens")
		}
	}
	c.acknowledges(codes[1], id)
	v.sees("Paused. Updated")
	if n := evaluate[string](v, count); n != "1" {
		t.Errorf("a paused wall shows %q", n)
	}
	evaluate[bool](v, `(document.querySelector('[data-pause]').click(), true)`)
	v.awaits("2 acknowledged")
	if n := evaluate[string](v, count); n != "2" {
		t.Errorf("a wall that goes on shows %q", n)
	}
}

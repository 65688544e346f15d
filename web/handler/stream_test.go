package handler

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestUpdateHasOnlyWhatMoved(t *testing.T) {
	was := wallAt(18*time.Hour, nil)
	is := wallAt(18*time.Hour+time.Minute, func(s *wallScene) { s.reached[1].AcknowledgedAt = s.now })
	update := is.snapshot().since(was.snapshot())
	text, err := json.Marshal(update)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + is.snapshot().version + `","at":"9:42am","n":2,"words":{"acute-done":"1 of 2","acute-open":"1","chase":"Chase 2 trusts","count":"2","done":"2 acknowledged","open":"1 not yet","who":"Who to chase: 2 trusts"},` +
		`"bars":{"acute":"0 150 151.8 147.5 300 0","all":"0 500 501.8 247.5 750 250"},"rows":{"ZZ2":["Acknowledged","nhsuk-tag nhsuk-tag--blue","Acknowledged at 9:42am"]}}`
	if string(text) != want {
		t.Errorf("the update is\n%s, want\n%s", text, want)
	}
	if later := wallAt(18*time.Hour+time.Minute, nil); later.snapshot().version != was.snapshot().version {
		t.Error("a minute that passes is no change")
	}
}

// reader is a browser: it takes what is sent until it is full.
type reader struct {
	header http.Header
	sent   chan string
	until  time.Time
}

func (r *reader) Header() http.Header                    { return r.header }
func (r *reader) WriteHeader(int)                        {}
func (r *reader) Flush()                                 {}
func (r *reader) SetWriteDeadline(until time.Time) error { r.until = until; return nil }

func (r *reader) Write(text []byte) (int, error) {
	if r.until.IsZero() {
		return 0, errors.New("a write without a limit")
	}
	select {
	case r.sent <- string(text):
		return len(text), nil
	case <-time.After(time.Until(r.until)):
		return 0, context.DeadlineExceeded
	}
}

// listens opens a stream in the background, and tells when it is over.
func (s *stubWall) listens(t *testing.T, streams *Streams, r *reader, headers ...string) (over chan struct{}, leave context.CancelFunc) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/alerts/al_1/wall/stream", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	e := s.serves(t, s.who, streams)
	over = make(chan struct{})
	go func() { defer close(over); e.ServeHTTP(r, request) }()
	return over, leave
}

func quick() *Streams {
	return &Streams{Interval: 20 * time.Millisecond, Beat: time.Hour, Patience: 50 * time.Millisecond, Most: 10, Each: 10, Clock: time.Now}
}

func closes(t *testing.T, over chan struct{}, why string) {
	t.Helper()
	select {
	case <-over:
	case <-time.After(5 * time.Second):
		t.Fatal("the stream goes on though " + why)
	}
}

func TestStreamLetsGo(t *testing.T) {
	live := func() *stubWall {
		s := wallAt(18*time.Hour, nil)
		return &stubWall{scene: s, who: ruth, ends: s.now.Add(time.Hour)}
	}
	t.Run("of a browser that takes nothing", func(t *testing.T) {
		over, leave := live().listens(t, quick(), &reader{header: http.Header{}, sent: make(chan string)})
		defer leave()
		closes(t, over, "nobody reads")
	})
	t.Run("of somebody whose office has ended", func(t *testing.T) {
		stub := live()
		r := &reader{header: http.Header{}, sent: make(chan string, 100)}
		streams := quick()
		e := stub.serves(t, ruth, streams)
		stub.who.Appointments = nil // the request began in time
		over := make(chan struct{})
		go func() {
			defer close(over)
			e.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/alerts/al_1/wall/stream", nil))
		}()
		closes(t, over, "the office has ended")
		if len(r.sent) != 1 || streams.Open() != 0 {
			t.Errorf("%d things were sent", len(r.sent))
		}
	})
	t.Run("when the program stops, and of nobody new", func(t *testing.T) {
		stub, streams := live(), quick()
		over, leave := stub.listens(t, streams, &reader{header: http.Header{}, sent: make(chan string, 100)})
		defer leave()
		for streams.Open() == 0 {
			time.Sleep(time.Millisecond) // the other side does not say that it has begun
		}
		streams.Close()
		streams.Close()
		closes(t, over, "the program stops")
		after, go2 := stub.listens(t, streams, &reader{header: http.Header{}, sent: make(chan string, 100)})
		defer go2()
		closes(t, after, "the program has stopped")
	})
	t.Run("when looking fails", func(t *testing.T) {
		stub := live()
		stub.fails = errors.New("the database is gone")
		over, leave := stub.listens(t, quick(), &reader{header: http.Header{}, sent: make(chan string, 100)})
		defer leave()
		closes(t, over, "nothing can be read")
	})
}

func TestBrowserThatComesBackIsToldWhatItMissed(t *testing.T) {
	scene := wallAt(18*time.Hour, nil)
	for last, want := range map[string]bool{scene.snapshot().version: false, "an older one": true, "": true} {
		stub := &stubWall{scene: scene, who: ruth, ends: scene.now.Add(time.Hour)}
		r := &reader{header: http.Header{}, sent: make(chan string, 100)}
		over, leave := stub.listens(t, &Streams{Interval: time.Hour, Beat: 20 * time.Millisecond, Patience: time.Second, Most: 1, Each: 1, Clock: time.Now}, r, "Last-Event-ID", last)
		said := <-r.sent
		for !strings.HasPrefix(said, "event: beat") { // by then the first look is over
			if next := <-r.sent; strings.HasPrefix(next, "event: beat") {
				break
			} else {
				said += next
			}
		}
		leave()
		closes(t, over, "the browser left")
		if told := strings.Contains(said, "event: wall"); told != want {
			t.Errorf("after %q: %q", last, said)
		} else if told && strings.Count(said, "nhsuk-tag") != 4*2 {
			t.Errorf("after %q not everything was said: %q", last, said)
		}
	}
}

func TestManyWallsShareOneLook(t *testing.T) {
	scene := wallAt(18*time.Hour, nil)
	stub := &stubWall{scene: scene, who: ruth, ends: scene.now.Add(time.Hour)}
	streams := &Streams{Interval: time.Hour, Beat: time.Hour, Patience: time.Second, Most: 100, Each: 100, Clock: time.Now}
	var all []chan struct{}
	var leaving []context.CancelFunc
	for range 40 {
		r := &reader{header: http.Header{}, sent: make(chan string, 10)}
		over, leave := stub.listens(t, streams, r, "Last-Event-ID", "older")
		all, leaving = append(all, over), append(leaving, leave)
		<-r.sent
		<-r.sent // the update: it has looked
	}
	for i := range all {
		leaving[i]()
		closes(t, all[i], "the browser left")
	}
	if stub.looks != 1 || len(streams.looks) != 0 {
		t.Errorf("%d looks for 40 walls, and %d are kept", stub.looks, len(streams.looks))
	}
}

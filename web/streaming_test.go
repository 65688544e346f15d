//go:build demo

package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// centre acts beside the pages of a demonstration, as people elsewhere do.
type centre struct {
	t        *testing.T
	r        running
	db       *storage.DB
	alerts   *alert.Service
	register storage.Identities
}

func centreOf(t *testing.T, r running, now func() time.Time) centre {
	t.Helper()
	db, err := openDatabase(context.Background(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return centre{t: t, r: r, db: db, register: storage.Identities{DB: db}, alerts: &alert.Service{Store: storage.Alerts{DB: db}, Register: storage.Organisations{DB: db}, Now: now, NewID: newID}}
}

func (c centre) actor(id string, office access.Office, org organisation.Code) access.Actor {
	return access.Actor{ID: id, Name: "Somebody Else", At: c.alerts.Now(), Appointments: []access.Appointment{{Office: office, Organisation: org}}}
}

// issues sends an alert to every trust, and tells to which.
func (c centre) issues() (alert.ID, []organisation.Code) {
	c.t.Helper()
	ctx := context.Background()
	author, approver := c.actor("author", access.AlertPublisher, organisation.National), c.actor("approver", access.AlertPublisher, organisation.National)
	id, err := c.alerts.Draft(ctx, author, alert.Draft{Title: "Sign-in bypass in Velbert door locks", Severity: alert.High, Class: alert.Normal, Why: "It is used now", Steps: []alert.Step{{Text: "Patch it"}}})
	for _, err := range []error{err, c.alerts.Submit(ctx, author, id), c.alerts.Issue(ctx, approver, id)} {
		if err != nil {
			c.t.Fatal(err)
		}
	}
	_, responses, err := c.alerts.ResponsesTo(ctx, approver, id)
	if err != nil {
		c.t.Fatal(err)
	}
	var codes []organisation.Code
	for _, r := range responses {
		codes = append(codes, r.Organisation)
	}
	return id, codes
}

func (c centre) acknowledges(org organisation.Code, id alert.ID) {
	c.t.Helper()
	if err := c.alerts.Acknowledge(context.Background(), c.actor("lead", access.CyberLead, org), org, id); err != nil {
		c.t.Fatal(err)
	}
}

// session opens one more session of a person, and gives its token.
func (c centre) session(subject string, n int) string {
	c.t.Helper()
	now := c.alerts.Now()
	pass, err := access.Check(access.Actor{At: now}, access.KeepSession, organisation.National)
	if err != nil {
		c.t.Fatal(err)
	}
	issuer := c.r.config.BaseURL.JoinPath(demoPath).String()
	person, err := c.register.PersonOf(context.Background(), pass, issuer, subject)
	if err != nil {
		c.t.Fatal(err)
	}
	token := fmt.Sprintf("token %d of %s", n, subject)
	sum := sha256.Sum256([]byte(token))
	kept := identity.Session{Key: hex.EncodeToString(sum[:]), Person: person, Issuer: issuer, AuthAt: now, StartedAt: now, SeenAt: now}
	if err := c.register.Start(context.Background(), pass, kept, "", event.New(newID(), pass, now, "signed in", "person/"+string(person), "Signed in")); err != nil {
		c.t.Fatal(err)
	}
	return token
}

// wallStream is one open wall, as a browser hears it.
type wallStream struct {
	updates, beats atomic.Int32
	count          atomic.Value // the words of the count
	over           chan struct{}
	leave          context.CancelFunc
	moved          chan struct{} // one for each update
}

func (c centre) asks(base, path, token string) (*http.Response, context.CancelFunc) {
	c.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	c.t.Cleanup(leave)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: token})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = answer.Body.Close() }) // gone with its connection
	return answer, leave
}

// page reads the wall, and the address of its stream from it.
func (c centre) page(base string, id alert.ID, token string) string {
	c.t.Helper()
	answer, _ := c.asks(base, "/alerts/"+string(id)+"/wall", token)
	body, err := io.ReadAll(answer.Body)
	_, rest, found := strings.Cut(string(body), `data-stream="`)
	path, _, _ := strings.Cut(rest, `"`)
	if err != nil || !found {
		c.t.Fatalf("no stream on the wall (%d): %v\n%.300s", answer.StatusCode, err, body)
	}
	return path
}

// opens a wall and listens to its stream.
func (c centre) opens(base string, id alert.ID, token string) *wallStream {
	c.t.Helper()
	return c.listens(base, c.page(base, id, token), token)
}

func (c centre) listens(base, path, token string) *wallStream {
	c.t.Helper()
	answer, leave := c.asks(base, path, token)
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") || answer.Header.Get("Content-Encoding") != "" {
		c.t.Fatalf("the stream answered %d, %s", answer.StatusCode, kind)
	}
	w := &wallStream{over: make(chan struct{}), leave: leave, moved: make(chan struct{}, 1000)}
	w.count.Store("")
	go func() {
		defer close(w.over)
		lines, kind := bufio.NewScanner(answer.Body), ""
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); {
			case name == "event":
				kind = value
			case name == "data" && kind == "wall":
				var update struct{ Words map[string]string }
				if err := json.Unmarshal([]byte(value), &update); err == nil && update.Words["count"] != "" {
					w.count.Store(update.Words["count"])
				}
				w.updates.Add(1)
				w.moved <- struct{}{}
			case name == "data" && kind == "beat":
				w.beats.Add(1)
			}
		}
	}()
	return w
}

// awaits waits until a wall shows a count.
func (w *wallStream) awaits(t *testing.T, count string, limit time.Duration) {
	t.Helper()
	end := time.After(limit)
	for w.count.Load() != count {
		select {
		case <-w.moved:
		case <-w.over:
			t.Fatalf("the stream ended at %q", w.count.Load())
		case <-end:
			t.Fatalf("the wall shows %q, not %q", w.count.Load(), count)
		}
	}
}

func (w *wallStream) ends(t *testing.T, why string, limit time.Duration) {
	t.Helper()
	select {
	case <-w.over:
	case <-time.After(limit):
		t.Fatalf("the stream goes on though %s", why)
	}
}

//go:build demo

package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/storage"
)

// benchConnections is how many browsers ask at once (product's speed bars).
const benchConnections = 8

// BenchmarkPages compares real pages with the same bytes served from memory by
// a bare Echo, in the same run: machines are noisy, ratios less so. `task
// bench` prints the table.
func BenchmarkPages(b *testing.B) {
	r, cookie := benchPortal(b)
	pages := []struct{ name, path string }{
		{"list of 25 alerts", "/organisations/ZZ1/alerts"},
		{"chief executive's home", "/"},
	}
	for _, page := range pages {
		body := fetch(b, r+page.path, cookie)
		bare := bareEcho(b, body)
		b.Run(page.name, func(b *testing.B) {
			reference := load(b, bare, "", b.N)
			real := load(b, r+page.path, cookie, b.N)
			b.ReportMetric(real.perSecond/reference.perSecond*100, "%-of-bare-echo")
			b.ReportMetric(real.perSecond, "requests/s")
			b.ReportMetric(float64(real.p50.Microseconds()), "p50-µs")
			b.ReportMetric(float64(real.p99.Microseconds()), "p99-µs")
			b.ReportMetric(float64(real.cpu.Microseconds())/float64(b.N), "cpu-µs/request")
			b.ReportMetric(float64(len(body)), "bytes")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// benchPortal runs a demonstration and signs its chief executive in.
func benchPortal(b *testing.B) (base, cookie string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	base = fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	folder := b.TempDir()
	c, err := readConfig("", []string{prefix + "BASE_URL=" + base, prefix + "DATABASE=sqlite:" + filepath.Join(folder, "demo.db"), prefix + "BLOBS=file:" + filepath.Join(folder, "blobs")})
	if err != nil {
		b.Fatal(err)
	}
	p, err := buildDemo(b.Context(), c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	serveFor(b, listener, p)
	db, err := storage.Open(b.Context(), c.Database)
	if err != nil {
		b.Fatal(err)
	}
	cookie = signIn(b, storage.Identities{DB: db}, c.BaseURL.JoinPath(demoPath).String(), "amara.whitlock")
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.close(); err != nil {
			b.Error(err)
		}
	})
	return base, cookie
}

func serveFor(b *testing.B, listener net.Listener, h http.Handler) {
	b.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close(); <-done }) // nothing is left to do about a failed close
}

// bareEcho serves the same bytes from memory.
func bareEcho(b *testing.B, body []byte) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e := echo.New()
	e.GET("/", func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, body) })
	serveFor(b, listener, e)
	return "http://" + listener.Addr().String() + "/"
}

// measured is what a load showed. CPU is of the whole process: server and
// client.
type measured struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration
}

func load(b *testing.B, address, cookie string, n int) measured {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchConnections, DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, n)
	next := make(chan int)
	var group sync.WaitGroup
	cpu, began := processTime(b), time.Now()
	for range benchConnections {
		group.Go(func() {
			for i := range next {
				at := time.Now()
				if err := get(client, address, cookie); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(at)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	total := time.Since(began)
	slices.Sort(took)
	return measured{perSecond: float64(n) / total.Seconds(), p50: took[n/2], p99: took[n*99/100], cpu: processTime(b) - cpu}
}

func get(client *http.Client, address, cookie string) error {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if cookie != "" {
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: cookie})
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", address, answer.StatusCode)
	}
	return answer.Body.Close()
}

func fetch(b *testing.B, address, cookie string) []byte {
	b.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: cookie})
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func processTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

//go:build demo

package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/internal/storage"
	"countersign/views/alertview"
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/homeview"
	"countersign/views/layout"
)

// benchConnections is how many browsers ask at once (product's speed bars).
const benchConnections = 8

// benchTurns is how often a page and its reference take turns.
const benchTurns = 20

// BenchmarkPages compares real pages with the same page rendered from memory
// in a bare Echo, in the same run: machines are noisy, ratios less so. `task
// bench` prints the table.
func BenchmarkPages(b *testing.B) {
	r, cookie, _ := benchPortal(b)
	for _, page := range []struct {
		name, path string
		memory     templ.Component
	}{
		{"list of 25 alerts", "/organisations/ZZ1/alerts", listFromMemory()},
		{"chief executive's home", "/", homeFromMemory()},
	} {
		bare, size := bareEcho(b, page.memory), len(fetch(b, r+page.path, cookie))
		if memory := len(fetch(b, bare, "")); memory < size*8/10 || memory > size*12/10 {
			b.Fatalf("%s: %d bytes from memory, %d from the portal: not the same page", page.name, memory, size)
		}
		b.Run(page.name, func(b *testing.B) {
			var reference, real measured
			for range benchTurns { // in turns, so that whatever else the machine does falls on both
				reference.add(load(b, bare, "", b.N/benchTurns+1))
				real.add(load(b, r+page.path, cookie, b.N/benchTurns+1))
			}
			b.ReportMetric(real.perSecond()/reference.perSecond()*100, "%-of-bare-echo")
			b.ReportMetric(float64(reference.cpu)/float64(real.cpu)*100, "cpu-%-of-bare-echo")
			b.ReportMetric(real.perSecond(), "requests/s")
			b.ReportMetric(float64(real.percentile(50).Microseconds()), "p50-µs")
			b.ReportMetric(float64(real.percentile(99).Microseconds()), "p99-µs")
			b.ReportMetric(float64(real.cpu.Microseconds())/float64(len(real.took)), "cpu-µs/request")
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// frameFromMemory is the frame of a signed-in chief executive's page.
func frameFromMemory(title string) layout.Page {
	links := []layout.Link{{Text: "Home", Href: "/"}}
	for _, name := range []string{"alerts", "statements", "assessments", "evidence", "compare"} {
		links = append(links, layout.Link{Text: name, Href: "/organisations/ZZ1/" + name})
	}
	return layout.Page{Title: title, Service: "Countersign", SignedIn: true, Person: "Amara Whitlock", Office: "Chief executive", Navigation: links, Wide: true, Banner: demoBanner,
		Organisation: &layout.OrganisationBar{Name: "Calder Vale Teaching Hospitals NHS Trust", Code: "ZZ1", Description: "Major trauma centre"},
		AsAt:         "As at 9:41am, Tuesday 24 November 2026", Address: "http://localhost:8080/organisations/ZZ1/alerts", Now: "2026-11-24T09:41:00Z"}
}

func listFromMemory() templ.Component {
	page := alertview.List{Page: frameFromMemory("Alerts"), Lead: "2 alerts need an answer. The first is due by 5:45am tomorrow.", Older: "/organisations/ZZ1/alerts?before=1795424400000000"}
	for i := range 25 {
		page.Rows = append(page.Rows, alertview.Row{Title: "Remote code execution in Pellar infusion pump server", Href: fmt.Sprintf("/organisations/ZZ1/alerts/01a201c4-ea60-70b7-8c0f-75838ea664%02d", i),
			About: "CC-4776, high severity", Sent: "22 November 2026", Next: "Say if it applies by 5:45am tomorrow", Status: component.Tag{Text: "Acknowledged", Colour: "blue"}})
	}
	return alertview.ListPage(page)
}

func homeFromMemory() templ.Component {
	stat := func(title, value string, figure templ.Component) homeview.Stat {
		return homeview.Stat{Title: title, Href: "/organisations/ZZ1/alerts", Value: value, Note: "1 answer came late or not at all.", Figure: figure}
	}
	marks := []bool{true, true, true, true, true, true, true, true, true, true, true, false}
	line := homeview.Line{Title: "April to June 2026 statement", Href: "/organisations/ZZ1/statements/01a/signature/receipt", Text: "With 2 qualifications", Quiet: "21 August 2026 · code HHPT-EEBP-A2EX"}
	moment := homeview.Moment{At: "2026-11-22T05:49:00Z", When: "5:49am on 22 November 2026", What: "CC-4776 sent: Ransomware spreading through Orrin ticket desk"}
	return homeview.HomePage(homeview.Home{Page: frameFromMemory("1 thing needs you"), Heading: "1 thing needs you", AsAt: "As at 9:41am, Tuesday 24 November 2026", Signs: true,
		Now: &homeview.Now{Title: "Sign the July to September 2026 cyber statement", Button: "Review and sign", Href: "/organisations/ZZ1/statements/01a/signature",
			Facts: []homeview.Fact{{Name: "Sign by", Strong: "5pm tomorrow", Value: "(19 hours 58 minutes left)"}, {Name: "To read", Value: "About 1 minute. 3 gaps, each with a date."}},
			Note:  "Only you can sign. Tom Adeyemi, senior information risk owner, checked it on 20 November 2026. Your board saw it on 18 November 2026."},
		Stats: []homeview.Stat{stat("Alerts answered within 48 hours, July to September 2026", "11 of 12", chart.OnTimeSquares{OnTime: marks, First: "July", Last: "September"}),
			stat("Open high severity alerts", "2", chart.ClockBar{Label: "CC-4776", Right: "8 hours 47 minutes left", Elapsed: 39.2}),
			stat("NCSC Cyber Assessment Framework 4.0 (titles only)", "31 of 41", chart.LevelBar{At: 31, Of: 41}),
			stat("Compared with 14 similar trusts", "Likely 1st to 13th", chart.PositionStrip{Low: 1, High: 13, Of: 15})},
		Since: []homeview.Moment{moment, moment, moment}, Signed: []homeview.Line{line, line}})
}

// benchPortal runs a demonstration and signs its chief executive in. Database
// is the path of what it keeps.
func benchPortal(b *testing.B) (base, cookie, database string) {
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
	db, err := openDatabase(b.Context(), keyed(c))
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
	return base, cookie, strings.TrimPrefix(c.Database, "sqlite:")
}

func serveFor(b *testing.B, listener net.Listener, h http.Handler) {
	b.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close(); <-done }) // nothing is left to do about a failed close
}

// bareEcho renders a page from memory for every request, and does nothing else.
func bareEcho(b *testing.B, page templ.Component) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e := echo.New()
	e.GET("/", func(c echo.Context) error {
		var buffer bytes.Buffer
		if err := page.Render(c.Request().Context(), &buffer); err != nil {
			return err
		}
		return c.HTMLBlob(http.StatusOK, buffer.Bytes())
	})
	serveFor(b, listener, e)
	return "http://" + listener.Addr().String() + "/"
}

// measured is what a load showed. CPU is of the whole process: server and
// client.
type measured struct {
	took       []time.Duration // of each request
	total, cpu time.Duration
}

func (m *measured) add(turn measured) {
	m.took, m.total, m.cpu = append(m.took, turn.took...), m.total+turn.total, m.cpu+turn.cpu
}

func (m *measured) perSecond() float64 { return float64(len(m.took)) / m.total.Seconds() }

func (m *measured) percentile(p int) time.Duration {
	slices.Sort(m.took)
	return m.took[len(m.took)*p/100]
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
	return measured{took: took, total: time.Since(began), cpu: processTime(b) - cpu}
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

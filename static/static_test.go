package static

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

const style = "portal-0123456789ab.css"

func sample() set {
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	return read(fstest.MapFS{
		"dist/.keep":                          file(""),
		"dist/notes.txt":                      file("not for serving"),
		"dist/" + style:                       file("plain style"),
		"dist/" + style + ".br":               file("br"),
		"dist/" + style + ".zst":              file("zstd"),
		"dist/" + style + ".gz":               file("gzip"),
		"dist/favicon-0123456789ab.svg":       file("<svg/>"),
		"dist/portal-ba9876543210.js":         file("script"),
		"dist/nhsuk-frontend-aaaaaaaaaaaa.js": file("library"),
		"dist/orphan-0123456789ab.css.br":     file("no plain one beside it"),
		"dist/deeper/portal-ffffffffffff.css": file("in a folder"),
	}, "dist")
}

func ask(s set, method, address, accept string) *http.Response {
	request := httptest.NewRequest(method, address, nil)
	if accept != "" {
		request.Header.Set("Accept-Encoding", accept)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	return answer.Result()
}

func TestCodingIsTheOneTheBrowserPrefers(t *testing.T) {
	for _, c := range []struct{ claim, accept, coding string }{
		{"no header gets plain", "", ""},
		{"among equals brotli", "gzip, deflate, br, zstd", "br"},
		{"then zstd", "gzip, zstd", "zstd"},
		{"then gzip", "gzip, deflate", "gzip"},
		{"weights decide before our order", "br;q=0.5, gzip;q=0.9", "gzip"},
		{"zero refuses", "br;q=0, gzip", "gzip"},
		{"a star stands for what is not named", "br;q=0, *;q=0.3", "zstd"},
		{"a star alone", "*", "br"},
		{"everything refused gets plain", "*;q=0", ""},
		{"plain asked for first", "identity, gzip;q=0.5", ""},
		{"identity as an equal still gets the small one", "identity, gzip", "gzip"},
		{"unknown codings are ignored", "snappy", ""},
		{"capitals and spaces", "  BR ; Q=1.0 ", "br"},
		{"old name of gzip", "x-gzip", "gzip"},
		{"nonsense weight counts as refusal", "br;q=lots, gzip;q=0.1", "gzip"},
		{"weight above one counts as refusal", "br;q=7", ""},
		{"not a number counts as refusal", "br;q=NaN", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			answer := ask(sample(), http.MethodGet, Prefix+style, c.accept)
			if got := answer.Header.Get("Content-Encoding"); got != c.coding {
				t.Errorf("Accept-Encoding %q got %q, want %q", c.accept, got, c.coding)
			}
			if got := answer.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary is %q: a shared cache would mix the codings", got)
			}
		})
	}
}

func TestFileIsKeptForEver(t *testing.T) {
	answer := ask(sample(), http.MethodGet, Prefix+style, "")
	for name, want := range map[string]string{
		"Cache-Control":  "public, max-age=31536000, immutable",
		"Content-Type":   "text/css; charset=utf-8",
		"Content-Length": "11",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if kind := ask(sample(), http.MethodGet, Prefix+"portal-ba9876543210.js", "").Header.Get("Content-Type"); kind != "text/javascript; charset=utf-8" {
		t.Errorf("a module served as %q does not run", kind)
	}
}

func TestHeadCarriesNoBody(t *testing.T) {
	answer := ask(sample(), http.MethodHead, Prefix+style, "")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Length") != "11" {
		t.Errorf("HEAD answered %d with length %q", answer.StatusCode, answer.Header.Get("Content-Length"))
	}
	if n, _ := answer.Body.Read(make([]byte, 1)); n != 0 {
		t.Error("HEAD sent content")
	}
}

func TestOnlyExactNamesAreServed(t *testing.T) {
	for _, address := range []string{
		Prefix, Prefix + ".keep", Prefix + "notes.txt", Prefix + "portal.css", Prefix + style + ".br",
		Prefix + "deeper/portal-ffffffffffff.css", Prefix + "../dist/" + style, Prefix + "%2e%2e/" + style,
		Prefix + "orphan-0123456789ab.css", Prefix + "PORTAL-0123456789ab.css", Prefix + style + "/", "/" + style,
	} {
		if status := ask(sample(), http.MethodGet, address, "br").StatusCode; status != http.StatusNotFound {
			t.Errorf("%s answered %d", address, status)
		}
	}
	if status := ask(sample(), http.MethodPost, Prefix+style, "").StatusCode; status != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %d", status)
	}
}

func TestPathNamesTheFingerprint(t *testing.T) {
	s := sample()
	if got := s.path("portal.css"); got != Prefix+style {
		t.Errorf("portal.css is at %s", got)
	}
	if got := s.path("portal.png"); got != Prefix+"portal.png" {
		t.Errorf("a missing file is at %s, want its plain name", got)
	}
}

func TestProgramKnowsWhenFilesAreMissing(t *testing.T) {
	if !sample().complete() {
		t.Error("a complete set is called incomplete")
	}
	if empty := read(fstest.MapFS{"dist/.keep": {}}, "dist"); empty.complete() {
		t.Error("a fresh clone is called built")
	}
	if none := read(fstest.MapFS{}, "dist"); none.complete() {
		t.Error("a missing folder is called built")
	}
}

// The whole first visit to any page has a budget (design, test plan): at most
// 30 kB of style and 17 kB of script, compressed.
func TestBuiltFilesKeepTheBudget(t *testing.T) {
	if !Built() {
		mustBuild(t)
	}
	weight := func(name string) int {
		f := built.served[strings.TrimPrefix(Path(name), Prefix)]
		for _, coding := range preference {
			if len(f.coded[coding]) == 0 || len(f.coded[coding]) >= len(f.plain) {
				t.Errorf("%s has no smaller %s form", name, coding)
			}
		}
		return len(f.coded["br"])
	}
	css, own, library := weight("portal.css"), weight("portal.js"), weight("nhsuk-frontend.js")
	t.Logf("brotli: style %d, own script %d, library %d", css, own, library)
	if css > 30_000 || own > 4_000 || own+library > 17_000 {
		t.Errorf("over budget: style %d of 30,000, own script %d of 4,000, all script %d of 17,000", css, own, own+library)
	}
}

// mustBuild ends the test: what is embedded cannot be added while it runs.
func mustBuild(t *testing.T) {
	t.Helper()
	const advice = "the front-end files are not built: run `go run ./static/assets` (task assets) first"
	if os.Getenv("CI") == "true" {
		t.Fatal(advice)
	}
	t.Skip(advice)
}

// Package static owns the style sheet, scripts and icons a browser fetches:
// embedded in the program, under names that carry their own fingerprint, so
// that a browser may keep each of them for ever.
//
// It only serves what `task assets` (the program in static/assets) has put
// into dist; what goes in there, and from which package, is decided there.
package static

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Prefix begins the address of every file served from here.
const Prefix = "/static/"

// needed are the files without which no page looks or works as intended.
var needed = []string{"portal.css", "portal.js", "nhsuk-frontend.js", "favicon.svg"}

// built is read once: embedded files cannot change while the program runs.
var built = read(dist, "dist")

// Path gives the address of a file by its plain name: "portal.css" becomes
// "/static/portal-0a1b2c3d4e5f.css". A file that was not built keeps its plain
// name, which nothing serves; Built tells the program so before it starts.
func Path(name string) string { return built.path(name) }

// Built says whether the files every page needs are in this program. When it
// is false the program should refuse to start and say that `task assets` comes
// first.
func Built() bool { return built.complete() }

// Handler serves the embedded files below Prefix by exact name, and nothing
// else: it never opens a path that came from outside.
func Handler() http.Handler { return built }

// set holds the files twice: by the name they are served under, and from the
// plain name to that one.
type set struct {
	served  map[string]file
	current map[string]string
}

// file is one file in each encoding that was worth keeping.
type file struct {
	kind  string
	plain []byte
	coded map[string][]byte // by the coding's name in Accept-Encoding
}

// preference is the order among codings a browser likes equally: smallest
// first, as measured on our own files.
var preference = []string{"br", "zstd", "gzip"}

var suffixes = map[string]string{".br": "br", ".zst": "zstd", ".gz": "gzip"}

var fingerprinted = regexp.MustCompile(`^(.+)-[0-9a-f]{12}(\.[a-z]+)$`)

// kinds are written out because the machine's own list of types may differ
// from one server to the next.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// read takes every fingerprinted file of one folder. Anything else there, such
// as the file that keeps the empty folder in the repository, is not served.
func read(from fs.FS, folder string) set {
	s := set{served: map[string]file{}, current: map[string]string{}}
	entries, err := fs.ReadDir(from, folder)
	if err != nil {
		return s // Built says what is missing, in words that help
	}
	for _, entry := range entries {
		name, coding := entry.Name(), ""
		if c, ok := suffixes[path.Ext(name)]; ok {
			name, coding = strings.TrimSuffix(name, path.Ext(name)), c
		}
		parts := fingerprinted.FindStringSubmatch(name)
		if parts == nil {
			continue
		}
		content, err := fs.ReadFile(from, path.Join(folder, entry.Name()))
		if err != nil {
			continue
		}
		f, known := s.served[name]
		if !known {
			f = file{kind: kindOf(parts[2]), coded: map[string][]byte{}}
		}
		if coding == "" {
			f.plain = content
			s.current[parts[1]+parts[2]] = name
		} else {
			f.coded[coding] = content
		}
		s.served[name] = f
	}
	return s
}

func kindOf(extension string) string {
	if kind, ok := kinds[extension]; ok {
		return kind
	}
	if kind := mime.TypeByExtension(extension); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func (s set) path(name string) string {
	if found, ok := s.current[name]; ok {
		return Prefix + found
	}
	return Prefix + name
}

func (s set) complete() bool {
	for _, name := range needed {
		if _, ok := s.current[name]; !ok {
			return false
		}
	}
	return true
}

// ServeHTTP answers GET and HEAD. There is no ETag and no 304: an address
// whose content can never change has nothing to revalidate.
func (s set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address can only be read.", http.StatusMethodNotAllowed)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, Prefix)
	f, found := s.served[name]
	if !below || !found || f.plain == nil {
		http.NotFound(w, r)
		return
	}
	content, header := f.plain, w.Header()
	if len(f.coded) > 0 {
		header.Set("Vary", "Accept-Encoding")
		if coding := choose(r.Header.Values("Accept-Encoding"), f.coded); coding != "" {
			content = f.coded[coding]
			header.Set("Content-Encoding", coding)
		}
	}
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", f.kind)
	header.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(content) // the browser has gone; there is nobody to tell
	}
}

// choose picks the coding with the highest weight; among equals ours decides.
// Empty means plain, also when the browser says it would rather not have it:
// a page without its style helps nobody.
func choose(accept []string, have map[string][]byte) string {
	weights := weigh(strings.Join(accept, ","))
	best, bestWeight := "", 0.0
	for _, coding := range preference {
		if have[coding] == nil {
			continue
		}
		weight, named := weights[coding]
		if !named {
			weight = weights["*"]
		}
		if weight > bestWeight {
			best, bestWeight = coding, weight
		}
	}
	if plain, named := weights["identity"]; named && plain > bestWeight {
		return ""
	}
	return best
}

// weigh reads an Accept-Encoding header. A weight that cannot be read counts
// as a refusal, because plain is always safe to send.
func weigh(accept string) map[string]float64 {
	weights := map[string]float64{}
	for item := range strings.SplitSeq(accept, ",") {
		coding, parameters, _ := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding == "" {
			continue
		}
		if coding == "x-gzip" {
			coding = "gzip"
		}
		weights[coding] = weightOf(parameters)
	}
	return weights
}

func weightOf(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(weight >= 0 && weight <= 1) {
			return 0
		}
		return weight
	}
	return 1
}

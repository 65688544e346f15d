package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const fonts = "@font-face{font-family:Frutiger W01;src:url(https://assets.example/a.woff)}@font-face{font-family:Frutiger W01;src:url(https://assets.example/b.woff)}"

func sample() (inputs, own) {
	in := inputs{
		libraryStyle:  []byte("@charset \"UTF-8\";" + fonts + ".a{font-family:Frutiger W01,arial,sans-serif;background:url(/assets/images/nhsuk-icon-cross.svg)}\n/*# sourceMappingURL=x.css.map */"),
		libraryScript: []byte("export const initAll=()=>{};\n//# sourceMappingURL=x.js.map"),
	}
	for _, name := range taken {
		if strings.HasPrefix(name, iconFolder) {
			in[name] = []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
		}
	}
	return in, own{style: []byte("/* why */.b{color:red}"), script: []byte("import { initAll } from './nhsuk-frontend.js'\n"), favicon: []byte("<svg/>")}
}

func named(t *testing.T, files map[string][]byte, begins, ends string) (string, string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, begins) && strings.HasSuffix(name, ends) {
			return name, string(files[name])
		}
	}
	t.Fatalf("nothing is called %s…%s among %v", begins, ends, slices.Sorted(maps.Keys(files)))
	return "", ""
}

func TestStyleLeavesNothingToFetchElsewhere(t *testing.T) {
	files, err := bundle(sample())
	if err != nil {
		t.Fatal(err)
	}
	_, style := named(t, files, "portal-", ".css")
	icon, _ := named(t, files, "nhsuk-icon-cross-", ".svg")
	for _, never := range []string{"@font-face", "Frutiger", "https:", "sourceMapping", "why", "url(/"} {
		if strings.Contains(style, never) {
			t.Errorf("the served style still has %q", never)
		}
	}
	for _, always := range []string{"font-family:arial,sans-serif", "url(" + icon + ")", ".b{color:red}"} {
		if !strings.Contains(style, always) {
			t.Errorf("the served style lost %q", always)
		}
	}
	if !strings.HasPrefix(style, "@charset") {
		t.Error("a charset rule counts only as the first thing in the file")
	}
}

func TestScriptImportsTheFingerprintedLibrary(t *testing.T) {
	files, err := bundle(sample())
	if err != nil {
		t.Fatal(err)
	}
	library, _ := named(t, files, "nhsuk-frontend-", ".js")
	_, script := named(t, files, "portal-", ".js")
	if !strings.Contains(script, "from './"+library+"'") {
		t.Errorf("portal.js says %q and the library is %s", script, library)
	}
	in, from := sample()
	in[libraryScript] = append(in[libraryScript], "\n// a new release"...)
	after, err := bundle(in, from)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := named(t, files, "portal-", ".js")
	if is, _ := named(t, after, "portal-", ".js"); is == was {
		t.Error("the library changed and portal.js kept its address: browsers would go on with the old library")
	}
}

func TestSurprisesStopTheBuild(t *testing.T) {
	change := func(name, from, to string) func(inputs, *own) {
		return func(in inputs, _ *own) { in[name] = bytes.Replace(in[name], []byte(from), []byte(to), 1) }
	}
	for _, c := range []struct {
		claim, says string
		change      func(inputs, *own)
	}{
		{"a third font", "3 @font-face", change(libraryStyle, ".a{", "@font-face{src:url(x)}.a{")},
		{"one font gone", "1 @font-face", change(libraryStyle, "@font-face{", ".c{")},
		{"no Arial behind the font", "no longer names", change(libraryStyle, "Frutiger W01,arial,sans-serif", "arial")},
		{"the font named last", "still names", change(libraryStyle, ",sans-serif", ",sans-serif;font-family:frutiger")},
		{"another host in the style", "another host", change(libraryStyle, ".a{", ".a{background:url(https://cdn.example.org/x.png);")},
		{"another host without a scheme", "cdn.example.org", change(libraryStyle, ".a{", ".a{background:url(//cdn.example.org/x.png);")},
		{"another host in the script", "another host", change(libraryScript, "()=>{}", "()=>fetch('https://example.org/beacon')")},
		{"a socket in the script", "another host", change(libraryScript, "()=>{}", "()=>new WebSocket('wss://example.org/')")},
		{"an imported style", "imports", change(libraryStyle, ".a{", "@import 'x.css';.a{")},
		{"an image we do not serve", "not served", change(libraryStyle, ".a{", ".a{mask:url(/assets/images/logo.svg);")},
		{"a host in an icon", "another host", change(iconFolder+"nhsuk-icon-cross.svg", "/>", "><image href='http://example.org/x'/></svg>")},
		{"a host in our own style", "another host", func(_ inputs, from *own) { from.style = []byte(".b{background:url(http://example.org/)}") }},
		{"a script without the import", "exactly once", func(_ inputs, from *own) { from.script = []byte("run()") }},
	} {
		t.Run(c.claim, func(t *testing.T) {
			in, from := sample()
			c.change(in, &from)
			if _, err := bundle(in, from); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want a refusal that says %q", err, c.says)
			}
		})
	}
}

func TestPackageThatDiffersIsRefused(t *testing.T) {
	in, _ := sample()
	list := filepath.Join(t.TempDir(), "digests.txt")
	if err := os.WriteFile(list, []byte(in.digests()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := in.compare(list); err != nil {
		t.Fatalf("the accepted package is refused: %v", err)
	}
	in[libraryScript][0] ^= 1
	if err := in.compare(list); err == nil || !strings.Contains(err.Error(), libraryScript) {
		t.Errorf("one changed bit: got %v, want a refusal that names the file", err)
	}
	if err := in.compare(list + ".missing"); err == nil {
		t.Error("a missing list accepts everything")
	}
}

func TestFolderHoldsExactlyTheseFiles(t *testing.T) {
	folder := t.TempDir()
	old := filepath.Join(folder, "portal-000000000000.css")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	style := bytes.Repeat([]byte(".a{color:red}"), 50)
	files := map[string][]byte{"portal-111111111111.css": style, "favicon-222222222222.svg": []byte("<svg/>")}
	if err := writeAll(folder, files); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{".keep", "favicon-222222222222.svg", "portal-111111111111.css", "portal-111111111111.css.br", "portal-111111111111.css.gz", "portal-111111111111.css.zst"}
	if !slices.Equal(names, want) {
		t.Errorf("folder holds %v, want %v", names, want)
	}
	for suffix, open := range map[string]func(io.Reader) (io.Reader, error){
		".br":  func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		".gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		".zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		packed, err := os.Open(filepath.Join(folder, "portal-111111111111.css"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		defer packed.Close()
		unpacked, err := open(packed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(got, style) {
			t.Errorf("%s does not unpack to the file: %v", suffix, err)
		}
	}
	yesterday := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(folder, want[3]), yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(folder, files); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(filepath.Join(folder, want[3])); err != nil || !after.ModTime().Equal(yesterday) {
		t.Error("an unchanged file was written again, so the program would compile again")
	}
}

func TestChangedPinInstallsAgain(t *testing.T) {
	home := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("package.json", "{}")
	write("package-lock.json", "{}")
	before, err := wanted(home)
	if err != nil {
		t.Fatal(err)
	}
	write("package-lock.json", `{"changed":true}`)
	if after, err := wanted(home); err != nil || after == before {
		t.Errorf("the lock file changed and the digest did not: %v", err)
	}
}

// The lock file names no registry, so that whoever builds decides where
// packages come from, and every package keeps its digest.
func TestLockFileNamesDigestsAndNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("../package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("the lock file carries an address")
	}
	if packages, digests := bytes.Count(lock, []byte(`"node_modules/`)), bytes.Count(lock, []byte(`"integrity": "sha512-`)); packages != digests || packages == 0 {
		t.Errorf("%d packages and %d digests", packages, digests)
	}
}

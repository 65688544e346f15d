package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	packageFolder = "node_modules/nhsuk-frontend/dist/nhsuk"
	libraryStyle  = "nhsuk-frontend.min.css"
	libraryScript = "nhsuk-frontend.min.js"
	iconFolder    = "assets/images/"
)

// taken are the files we use of the package: its style, its script, and the
// four arrows and crosses its style shows. Its logo and site icons stay behind,
// because they are the NHS's to use.
var taken = []string{
	iconFolder + "nhsuk-icon-arrow-down.svg",
	iconFolder + "nhsuk-icon-arrow-up-down.svg",
	iconFolder + "nhsuk-icon-arrow-up.svg",
	iconFolder + "nhsuk-icon-cross.svg",
	libraryStyle,
	libraryScript,
}

// inputs are files of the package by their path inside it.
type inputs map[string][]byte

// own are the files of this repository that join them.
type own struct{ style, script, favicon []byte }

func readPackage(folder string) (inputs, error) {
	found := inputs{}
	for _, name := range taken {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("read nhsuk-frontend: %w", err)
		}
		found[name] = content
	}
	return found, nil
}

func readOwn(home string) (own, error) {
	var files own
	for name, into := range map[string]*[]byte{"css/portal.css": &files.style, "js/portal.js": &files.script, "icon/favicon.svg": &files.favicon} {
		content, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(name)))
		if err != nil {
			return own{}, fmt.Errorf("read our own files: %w", err)
		}
		*into = content
	}
	return files, nil
}

// digests is the list as it is committed, in the order of sha256sum.
func (in inputs) digests() string {
	var list strings.Builder
	for _, name := range taken {
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(in[name]), name)
	}
	return list.String()
}

func (in inputs) compare(list string) error {
	want, err := os.ReadFile(list)
	if err != nil {
		return fmt.Errorf("read the accepted digests: %w", err)
	}
	got := in.digests()
	if got == string(want) {
		return nil
	}
	accepted := strings.Split(string(want), "\n")
	for line := range strings.SplitSeq(got, "\n") {
		if !slices.Contains(accepted, line) {
			return fmt.Errorf("nhsuk-frontend differs from what was accepted: %s is not in %s; read what changed, then run this with -accept", line, filepath.Base(list))
		}
	}
	return fmt.Errorf("%s lists files that are not taken any more; run this with -accept", filepath.Base(list))
}

// bundle makes the files to serve, by their fingerprinted names.
func bundle(in inputs, from own) (map[string][]byte, error) {
	files := map[string][]byte{}
	style, err := withoutFrutiger(in[libraryStyle])
	if err != nil {
		return nil, err
	}
	for _, name := range taken {
		if !strings.HasPrefix(name, iconFolder) {
			continue
		}
		if err := external(name, in[name]); err != nil {
			return nil, err
		}
		served := add(files, path.Base(name), in[name])
		style = bytes.ReplaceAll(style, []byte("url(/"+name+")"), []byte("url("+served+")"))
	}
	if at := bytes.Index(style, []byte("url(/")); at >= 0 {
		return nil, fmt.Errorf("the library's style asks for a file that is not served: %s", style[at:min(at+80, len(style))])
	}
	style = slices.Concat([]byte("@charset \"UTF-8\";/*! nhsuk-frontend, MIT licence, changed: web fonts removed */"),
		bytes.TrimPrefix(style, []byte("@charset \"UTF-8\";")), []byte("\n"), withoutComments(from.style))
	library := withoutSourceMap(in[libraryScript])
	for name, content := range map[string][]byte{"the style": style, "the library's script": library, "our script": from.script, "the favicon": from.favicon} {
		if err := external(name, content); err != nil {
			return nil, err
		}
	}
	add(files, "portal.css", style)
	add(files, "favicon.svg", from.favicon)
	script, err := importing(from.script, add(files, "nhsuk-frontend.js", library))
	if err != nil {
		return nil, err
	}
	add(files, "portal.js", script)
	return files, nil
}

// add puts a file under its fingerprint and gives that name back.
func add(files map[string][]byte, name string, content []byte) string {
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	served := strings.TrimSuffix(name, extension) + "-" + hex.EncodeToString(sum[:6]) + extension
	files[served] = content
	return served
}

var fontFace = regexp.MustCompile(`@font-face\{[^}]*\}`)

// withoutFrutiger removes the licensed web font, which would be fetched from
// another host and which we have no right to use. Arial stands next in every
// list. Counting is the point: a library that loads fonts in a new way must
// stop us, not slip by.
func withoutFrutiger(style []byte) ([]byte, error) {
	if found := len(fontFace.FindAll(style, -1)); found != 2 {
		return nil, fmt.Errorf("the library's style has %d @font-face rules, not the 2 we know", found)
	}
	style = fontFace.ReplaceAll(style, nil)
	if !bytes.Contains(style, []byte("Frutiger W01,")) {
		return nil, fmt.Errorf("the library's style no longer names Frutiger W01 before Arial; look at its fonts again")
	}
	style = bytes.ReplaceAll(style, []byte("Frutiger W01,"), nil)
	if bytes.Contains(bytes.ToLower(style), []byte("frutiger")) {
		return nil, fmt.Errorf("the library's style still names Frutiger after the fonts were removed")
	}
	return withoutSourceMap(style), nil
}

var sourceMap = regexp.MustCompile(`(?m)(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=.*$)`)

// withoutSourceMap drops the pointer to a map we do not serve, which would be
// a request that fails each time somebody opens the developer tools.
func withoutSourceMap(content []byte) []byte {
	return append(bytes.TrimSpace(sourceMap.ReplaceAll(content, nil)), '\n')
}

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// withoutComments saves bytes in our own style sheet, whose comments are for
// its authors. No string in it contains a comment mark.
func withoutComments(style []byte) []byte { return comment.ReplaceAll(style, nil) }

// An address with a host, with or without a scheme. The slashes of a comment
// have nothing name-like with a dot behind them.
var hosted = regexp.MustCompile(`(?i)(?:[a-z][a-z+.-]*:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'()<>]*`)

// external refuses any address on another host. The names of the SVG and XLink
// vocabularies look like addresses and are never fetched.
func external(name string, content []byte) error {
	for _, found := range hosted.FindAll(content, -1) {
		if !bytes.HasPrefix(found, []byte("http://www.w3.org/")) {
			return fmt.Errorf("%s points to another host: %s", name, found)
		}
	}
	if bytes.Contains(content, []byte("@import")) {
		return fmt.Errorf("%s imports another style sheet", name)
	}
	return nil
}

const importLine = "from './nhsuk-frontend.js'"

// importing points our module at the library's fingerprinted name. Relative, so
// it holds wherever the service is mounted.
func importing(script []byte, library string) ([]byte, error) {
	if bytes.Count(script, []byte(importLine)) != 1 {
		return nil, fmt.Errorf("portal.js must say %s exactly once", importLine)
	}
	return bytes.Replace(script, []byte(importLine), []byte("from './"+library+"'"), 1), nil
}

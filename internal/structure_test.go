// Package internal has no code: this test keeps the map of the program true.
package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "countersign/"

// order lists the packages of the domain. Each may import only those above it.
var order = []string{"fault", "sheet", "outbound", "organisation", "access", "event", "identity", "evidence", "assessment", "alert", "attestation", "risk", "transparency", "receipt", "audit", "board", "league", "notification"}

// adapters may import every domain, and never each other.
var adapters = []string{"storage", "blob", "scan", "mail", "keys", "job", "webhook", "witness", "pdf"}

// shapeless are names that say nothing of what a package owns.
var shapeless = []string{"util", "utils", "common", "model", "models", "types", "manager", "impl", "helper", "helpers", "misc", "shared", "base", "lib"}

// forbiddenEcho are parts of the framework that read bodies twice, unpack
// them, answer for others, or serve files nobody listed.
var forbiddenEcho = []string{"BodyDump", "BodyDumpWithConfig", "Decompress", "DecompressWithConfig", "Proxy", "ProxyWithConfig", "Timeout", "TimeoutWithConfig",
	"Static", "StaticFS", "StaticWithConfig", "JSONP", "JSONPBlob"}

// source is one parsed file of the program.
type source struct {
	path string // from the module's root, such as internal/alert/alert.go
	file *ast.File
}

func (s source) folder() string { return filepath.ToSlash(filepath.Dir(s.path)) }

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// generated files are sqlc's and templ's business.
func (s source) generated() bool { return ast.IsGenerated(s.file) }

// forTests are packages that exist for tests alone.
func (s source) forTests() bool {
	return s.test() || strings.Contains(s.folder()+"/", "test/") || strings.Contains(s.folder(), "storagetest")
}

func (s source) imports() []string {
	var paths []string
	for _, each := range s.file.Imports {
		paths = append(paths, strings.Trim(each.Path.Value, `"`))
	}
	return paths
}

// rule finds what breaks it in a set of files.
type rule struct {
	claim  string
	breaks func(files []source) []string
	// bad is a file that must be found, so that the rule is seen to bite.
	badPath, bad string
}

var rules = []rule{
	{"a domain imports only the domains above it", domains, "internal/access/x.go", `package access; import "countersign/internal/alert"`},
	{"a domain imports no adapter", domains, "internal/alert/x.go", `package alert; import "countersign/internal/storage"`},
	{"a domain that is not in the list is not there", domains, "internal/wishes/x.go", `package wishes`},
	{"adapters never import each other", adaptersApart, "internal/blob/x.go", `package blob; import "countersign/internal/storage"`},
	{"nothing below web imports web", nothingAboveWeb, "internal/alert/x.go", `package alert; import "countersign/web/session"`},
	{"only web speaks HTTP through echo", onlyWebImports("github.com/labstack/echo/v4"), "internal/alert/x.go", `package alert; import "github.com/labstack/echo/v4"`},
	{"only storage speaks SQL", onlyStorage, "internal/alert/x.go", `package alert; import "database/sql"`},
	{"views import no package of internal or web", leaf("views", "countersign/internal/", "countersign/web"), "views/alertview/x.go", `package alertview; import "countersign/internal/alert"`},
	{"static imports nothing of ours", leaf("static", "countersign/internal/", "countersign/web", "countersign/views", "countersign/db"), "static/x.go", `package static; import "countersign/views/layout"`},
	{"db imports nothing of ours", leaf("db", "countersign/"), "db/x.go", `package db; import "countersign/internal/fault"`},
	{"a package is named for what it owns", names, "internal/util/x.go", `package util`},
	{"every package says what it owns", comments, "internal/alert/x.go", `package alert`},
	{"dangerous parts of echo are not used", echoParts, "web/handler/x.go", `package handler; import "github.com/labstack/echo/v4/middleware"; var _ = middleware.BodyDump`},
	{"echo serves no files by itself", echoParts, "web/handler/x.go", `package handler; import "github.com/labstack/echo/v4"; func f(e *echo.Echo) { e.Static("/", ".") }`},
	{"below web the time is passed in", clocks, "internal/alert/x.go", `package alert; import "time"; var now = time.Now()`},
	{"nobody makes a pass by hand", passes, "web/handler/x.go", `package handler; import "countersign/internal/access"; var _ = access.Pass{}`},
	{"nobody makes a pass by hand, not even with new", passes, "web/handler/x.go", `package handler; import "countersign/internal/access"; var _ = new(access.Pass)`},
	{"offices are compared in access alone", offices, "web/handler/x.go", `package handler; import "countersign/internal/access"; func f(o access.Office) bool { return o == access.SIRO }`},
}

func TestStructure(t *testing.T) {
	files := program(t)
	for _, r := range rules {
		t.Run(r.claim, func(t *testing.T) {
			for _, broken := range r.breaks(files) {
				t.Error(broken)
			}
			bad, err := parser.ParseFile(token.NewFileSet(), r.badPath, r.bad, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.breaks([]source{{r.badPath, bad}})) == 0 {
				t.Error("the rule does not find what it forbids")
			}
		})
	}
}

// program parses every file of the module, under every build tag.
func program(t *testing.T) []source {
	t.Helper()
	root := ".."
	var files []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); (err == nil && path != root) || slices.Contains([]string{"node_modules", "testdata", ".git"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		how := parser.ParseComments
		switch filepath.Ext(path) {
		case ".go":
		case ".templ": // a view says in its template what its package owns
			how |= parser.PackageClauseOnly
		default:
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, how)
		relative, relErr := filepath.Rel(root, path)
		if err != nil || relErr != nil {
			return err
		}
		files = append(files, source{filepath.ToSlash(relative), file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files were found", len(files))
	}
	return files
}

// each asks every file about every import.
func each(files []source, broken func(s source, path string) bool) []string {
	var found []string
	for _, s := range files {
		for _, path := range s.imports() {
			if broken(s, path) {
				found = append(found, s.path+" imports "+path)
			}
		}
	}
	return found
}

// part gives the first folder below internal.
func part(path string) (string, bool) {
	rest, inside := strings.CutPrefix(path, "internal/")
	first, _, _ := strings.Cut(rest, "/")
	return first, inside
}

func domains(files []source) []string {
	found := each(files, func(s source, path string) bool {
		here, inside := part(s.folder())
		own, ours := strings.CutPrefix(path, module)
		there, toInside := part(own)
		if !inside || !ours || !toInside || here == there || slices.Contains(adapters, here) || s.test() {
			return false
		}
		return slices.Index(order, there) < 0 || slices.Index(order, there) > slices.Index(order, here)
	})
	for _, s := range files {
		if here, inside := part(s.folder()); inside && !slices.Contains(order, here) && !slices.Contains(adapters, here) && here != "tools" {
			found = append(found, s.path+" is in no package of the map")
		}
	}
	return found
}

func adaptersApart(files []source) []string {
	return each(files, func(s source, path string) bool {
		here, _ := part(s.folder())
		there, ours := part(strings.TrimPrefix(path, module))
		return ours && slices.Contains(adapters, here) && slices.Contains(adapters, there) && here != there && !s.forTests()
	})
}

func nothingAboveWeb(files []source) []string {
	return each(files, func(s source, path string) bool {
		return !strings.HasPrefix(s.path, "web/") && strings.HasPrefix(path, module+"web") && !s.test()
	})
}

func onlyWebImports(prefix string) func([]source) []string {
	return func(files []source) []string {
		return each(files, func(s source, path string) bool {
			return strings.HasPrefix(path, prefix) && !strings.HasPrefix(s.path, "web/")
		})
	}
}

func onlyStorage(files []source) []string {
	return each(files, func(s source, path string) bool {
		return path == "database/sql" && !strings.HasPrefix(s.path, "internal/storage/") && !s.forTests()
	})
}

func leaf(folder string, forbidden ...string) func([]source) []string {
	return func(files []source) []string {
		return each(files, func(s source, path string) bool {
			return strings.HasPrefix(s.path, folder+"/") && !s.test() && !strings.HasPrefix(path, module+folder) &&
				slices.ContainsFunc(forbidden, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
		})
	}
}

func names(files []source) []string {
	var found []string
	for _, s := range files {
		if slices.Contains(shapeless, strings.TrimSuffix(s.file.Name.Name, "_test")) {
			found = append(found, s.path+" is in a package called "+s.file.Name.Name)
		}
	}
	return found
}

func comments(files []source) []string {
	said := map[string]bool{}
	for _, s := range files {
		if s.test() && s.folder() != "internal" {
			continue
		}
		said[s.folder()] = said[s.folder()] || s.file.Doc != nil || s.folder() == "internal/storage/gen"
	}
	var found []string
	for folder, does := range said {
		if !does {
			found = append(found, folder+" has no package comment")
		}
	}
	return found
}

// inspect looks at every node of the product's own files.
func inspect(files []source, broken func(s source, n ast.Node) string) []string {
	var found []string
	for _, s := range files {
		if s.forTests() || s.generated() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if what := broken(s, n); n != nil && what != "" {
				found = append(found, s.path+": "+what)
			}
			return true
		})
	}
	return found
}

// selected gives x.Name as its two words.
func selected(n ast.Node) (of, name string) {
	if s, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name, s.Sel.Name
		}
		return "", s.Sel.Name
	}
	return "", ""
}

func echoParts(files []source) []string {
	return inspect(files, func(s source, n ast.Node) string {
		importsEcho := slices.ContainsFunc(s.imports(), func(path string) bool { return strings.HasPrefix(path, "github.com/labstack/echo/") })
		of, name := selected(n)
		if importsEcho && slices.Contains(forbiddenEcho, name) && slices.Contains([]string{"middleware", "e", "c", "g", "echo", "group", "router", "site"}, of) {
			return of + "." + name
		}
		return ""
	})
}

// mayMeasure is the one place below web/wire.go that reads the clock: how long
// an answer took, for the log, by the monotonic clock. Nothing depends on it.
var mayMeasure = []string{"web/handler/route.go"}

func clocks(files []source) []string {
	return inspect(files, func(s source, n ast.Node) string {
		of, name := selected(n)
		inWeb := s.folder() == "web" || s.folder() == "static/assets"
		if of == "time" && slices.Contains([]string{"Now", "Since", "Until"}, name) && !inWeb && !slices.Contains(mayMeasure, s.path) {
			return "time." + name
		}
		return ""
	})
}

func passes(files []source) []string {
	return inspect(files, func(s source, n ast.Node) string {
		made := func(of ast.Node) bool { pkg, name := selected(of); return pkg == "access" && name == "Pass" }
		switch n := n.(type) {
		case *ast.CompositeLit:
			if n.Type != nil && made(n.Type) {
				return "access.Pass made by hand"
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "new" && len(n.Args) == 1 && made(n.Args[0]) {
				return "access.Pass made by hand"
			}
		}
		return ""
	})
}

// mayCompare are the places outside access where an office is a fact about a
// person or an event and not a decision: who signs, whose session ends sooner,
// whose name a page shows.
var mayCompare = []string{"internal/identity/identity.go", "web/handler/alertview.go"}

func offices(files []source) []string {
	return inspect(files, func(s source, n ast.Node) string {
		compared, ok := n.(*ast.BinaryExpr)
		if !ok || (compared.Op != token.EQL && compared.Op != token.NEQ) || s.folder() == "internal/access" || slices.Contains(mayCompare, s.path) {
			return ""
		}
		for _, side := range []ast.Expr{compared.X, compared.Y} {
			if of, name := selected(side); of == "access" && slices.Contains(officeNames, name) {
				return "compares with access." + name
			}
		}
		return ""
	})
}

var officeNames = []string{"ChiefExecutive", "SIRO", "CaldicottGuardian", "BoardCyberLead", "BoardMember", "CompanySecretary", "CyberLead", "EvidenceContributor", "ExecutiveAssistant",
	"AlertPublisher", "Regulator", "RegulatorViewer", "Assessor", "HotlineOperator", "PracticeEditor", "FundingManager", "Administrator", "Auditor", "Anyone", "SignedIn", "Portal"}

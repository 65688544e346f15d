package transparency

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestKindsAreDecided finds every kind of event the program writes, and asks
// that somebody has decided whether it goes into the log.
func TestKindsAreDecided(t *testing.T) {
	written := map[string]string{}
	for _, root := range []string{"..", "../../web"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "storagetest") || strings.HasPrefix(path, "pdf/") {
				return err
			}
			for kind := range kindsIn(t, filepath.Join(root, path)) {
				written[kind] = path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for kind, path := range written {
		if accountable[kind] == private[kind] {
			t.Errorf("%q of %s: say in transparency.go whether it goes into the log", kind, path)
		}
	}
	for _, set := range []map[string]bool{accountable, private} {
		for kind := range set {
			if written[kind] == "" {
				t.Errorf("nothing writes %q", kind)
			}
		}
	}
	if len(written) < 40 {
		t.Errorf("only %d kinds were found: the search is broken", len(written))
	}
}

// kindsIn finds the literals that stand for a kind: given to event.New, to a
// function that passes its kind on, set to something called kind, or to a value
// of a table of past kinds.
func kindsIn(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	add := func(e ast.Expr) {
		if lit, is := e.(*ast.BasicLit); is && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(text, " ") {
				found[text] = true
			}
		}
	}
	passers := passers(file)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if isEventNew(n) {
				add(n.Args[3])
			} else if at, is := passers[called(n)]; is && at < len(n.Args) {
				add(n.Args[at])
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if name, is := left.(*ast.Ident); is && name.Name == "kind" && i < len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			if peopleKind.MatchString(n.Names[0].Name) && len(n.Values) == 1 {
				add(n.Values[0])
			}
			if len(n.Names) == 1 && n.Names[0].Name == "pastKind" {
				for _, value := range n.Values[0].(*ast.CompositeLit).Elts {
					word := value.(*ast.KeyValueExpr).Value.(*ast.BasicLit)
					found["alert "+strings.Trim(word.Value, `"`)] = true
				}
			}
		}
		return true
	})
	return found
}

// peopleKind knows the constants of package identity that are kinds.
var peopleKind = regexp.MustCompile(`^(Person|Contact|Login|Appointment)(Recorded|Renamed|Changed|Confirmed|Ended)$`)

func isEventNew(call *ast.CallExpr) bool {
	selector, is := call.Fun.(*ast.SelectorExpr)
	if !is || selector.Sel.Name != "New" || len(call.Args) != 6 {
		return false
	}
	name, is := selector.X.(*ast.Ident)
	return is && name.Name == "event"
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// passers are the functions of a file that take a kind, and at which place.
func passers(file *ast.File) map[string]int {
	out := map[string]int{}
	note := func(name string, params *ast.FieldList) {
		at := 0
		for _, field := range params.List {
			for _, param := range field.Names {
				if param.Name == "kind" {
					out[name] = at
				}
				at++
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			note(n.Name.Name, n.Type.Params)
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				if f, is := right.(*ast.FuncLit); is {
					if name, is := n.Lhs[i].(*ast.Ident); is {
						note(name.Name, f.Type.Params)
					}
				}
			}
		}
		return true
	})
	return out
}

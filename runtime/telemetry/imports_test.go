package telemetry

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/telemetry-kit/telemetry-kit-go"

// heavy are the packages that a program which only records must not pay for,
// each for a reason: net and os/user make a cgo build dynamic (0.9 ms), net/http
// costs 0.7 ms before main, a first read of crypto/rand 0.05 ms.
var heavy = []string{
	"net", "os/user", "net/http", "database/sql", "crypto/rand", "crypto/tls", "regexp", "os/exec", "testing", "text/template",
}

// TestImportGraph follows the imports of this package through its sources. It
// reads them itself: what `go list` says would come from the test cache after
// somebody has added an import.
func TestImportGraph(t *testing.T) {
	importers := map[string]string{module + "/runtime/telemetry": ""}
	queue := []string{module + "/runtime/telemetry"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		for _, imported := range importsOf(t, path) {
			if _, seen := importers[imported]; !seen {
				importers[imported] = path
				queue = append(queue, imported)
			}
		}
	}
	for path := range importers {
		if slices.Contains(heavy, path) {
			t.Errorf("runtime/telemetry reaches %s: %s", path, way(importers, path))
		}
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(path, module+"/runtime/") {
			t.Errorf("runtime/telemetry reaches %s, which is not of the standard library: %s", path, way(importers, path))
		}
	}
	if len(importers) < 40 {
		t.Errorf("only %d packages were found: the search is broken", len(importers))
	}
}

func way(importers map[string]string, path string) string {
	var steps []string
	for ; path != ""; path = importers[path] {
		steps = append(steps, path)
	}
	slices.Reverse(steps)
	return strings.Join(steps, " → ")
}

func importsOf(t *testing.T, path string) []string {
	t.Helper()
	if path == "unsafe" || path == "C" {
		return nil
	}
	dir := filepath.Join(build.Default.GOROOT, "src", path)
	if rest, ours := strings.CutPrefix(path, module); ours {
		dir = filepath.Join("../..", rest)
	} else if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		dir = filepath.Join(build.Default.GOROOT, "src", "vendor", path)
	}
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		if strings.Contains(err.Error(), "no such file") {
			return nil // named as foreign by the caller
		}
		t.Fatal(err)
	}
	return p.Imports
}

// TestNothingAtInit holds that no light package computes anything before main:
// a package-level regular expression or CRC table costs more than recording.
func TestNothingAtInit(t *testing.T) {
	cheap := []string{"errors.New", "sync.OnceValue"}
	for _, dir := range []string{".", "../event", "../internal/consent", "../internal/folder", "../internal/sanitize", "../internal/counters", "../internal/machine", "../internal/spool"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range initCalls(parsed) {
				if !slices.Contains(cheap, name(call.Fun)) {
					t.Errorf("%s: %s runs before main", fset.Position(call.Pos()), name(call.Fun))
				}
			}
		}
	}
}

// initCalls returns the calls in package-level declarations and init functions.
func initCalls(file *ast.File) (calls []*ast.CallExpr) {
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // runs when it is called
		case *ast.CallExpr:
			calls = append(calls, n)
			return false
		}
		return true
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.VAR {
				ast.Inspect(d, look)
			}
		case *ast.FuncDecl:
			if d.Name.Name == "init" {
				ast.Inspect(d.Body, look)
			}
		}
	}
	return calls
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return name(e.X) + "." + e.Sel.Name
	default:
		return "an expression"
	}
}

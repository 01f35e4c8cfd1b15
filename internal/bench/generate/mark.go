package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// place is where a directive can go.
type place struct {
	file   string
	offset int
	doc    bool // there is a comment above
}

// mark writes directives above up to n functions and returns how many they are.
// They are spread evenly over the functions below dir, in the order of files.
func mark(dir string, n int) (int, error) {
	all, err := places(dir)
	if err != nil {
		return 0, err
	}
	n = min(n, len(all))
	byFile := map[string][]place{}
	for i := range n {
		p := all[i*len(all)/n]
		byFile[p.file] = append(byFile[p.file], p)
	}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		if err := write(file, byFile[file]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// places finds the functions that can be marked. No two of a folder have the
// same name, not even on different systems.
func places(dir string) (all []place, err error) {
	seen := map[string]bool{}
	err = lab.GoFiles(dir, func(path string, src []byte) error {
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || ast.IsGenerated(file) {
			return nil //nolint:nilerr // nobody marks what is not built, or written again
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !plain(fn) {
				continue
			}
			name := nameOf(fn)
			key := filepath.Dir(path) + " " + strings.ToLower(strings.ReplaceAll(name, "_", ""))
			if !seen[key] && len(path)-len(dir)+2*len(name) < longest {
				seen[key] = true
				all = append(all, place{path, fset.PositionFor(fn.Type.Func, false).Offset, fn.Doc != nil})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for functions: %w", err)
	}
	return all, nil
}

// plain reports whether tkgen needs nobody's help with a function.
func plain(fn *ast.FuncDecl) bool {
	if fn.Body == nil || fn.Name.Name == "_" || fn.Recv == nil && (fn.Name.Name == "init" || fn.Name.Name == "main") {
		return false
	}
	if fn.Doc != nil {
		for _, c := range fn.Doc.List {
			if strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//export ") {
				return false
			}
		}
	}
	results := fn.Type.Results
	if results == nil || len(results.List) == 0 {
		return true
	}
	last, ok := results.List[len(results.List)-1].Type.(*ast.Ident)
	return ok && last.Name == "error"
}

// longest keeps clear of what is too long for an event's name, which is made of
// the folder's and the function's in snake case.
const longest = 100

// nameOf is the name of a function or method. In events' names case and
// underscores do not count.
func nameOf(fn *ast.FuncDecl) string {
	name := fn.Name.Name
	if fn.Recv != nil && len(fn.Recv.List) > 0 {
		ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok {
				name = ident.Name + "." + name
				return false
			}
			return true
		})
	}
	return name
}

// write puts the directives into a file.
func write(file string, places []place) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("marking: %w", err)
	}
	for _, p := range slices.Backward(places) {
		text := "//telemetry:instrument\n"
		if p.doc {
			text = "//\n" + text
		}
		src = slices.Insert(src, p.offset, []byte(text)...)
	}
	if err := os.WriteFile(file, src, 0o600); err != nil {
		return fmt.Errorf("marking: %w", err)
	}
	return nil
}

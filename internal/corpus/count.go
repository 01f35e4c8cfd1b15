package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// census is how many functions of which kind a file has. Kinds have the words
// of the report; "" are those that tkgen is asked to instrument.
type census map[string]map[string]int

// What --match "*" does not mean.
const (
	kindBodyless = "no body (assembly, linkname)"
	kindInit     = "init"
	kindMain     = "main"
	kindBlank    = "named _"
)

// countFunctions counts, independently of tkgen, what there is to instrument:
// function and method declarations, with or without a body, and function
// literals, in the Go files that "./..." covers, tests, files with the constraint
// "ignore" and files of another package than their folder's left out. Paths are
// relative to dir.
func countFunctions(dir string) (census, error) {
	counts, names := census{}, map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != dir && notCovered(path, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !isSource(d.Name()) {
			return nil
		}
		name, n, err := functionsOf(path)
		rel, relErr := filepath.Rel(dir, path)
		if err != nil || relErr != nil || name == "" {
			return relErr // a file that does not parse is in no package
		}
		counts[rel], names[rel] = n, name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("counting functions: %w", err)
	}
	packages := packagesIn(names)
	maps.DeleteFunc(counts, func(file string, n map[string]int) bool {
		return len(n) == 0 || names[file] != packages[filepath.Dir(file)]
	})
	return counts, nil
}

// packagesIn finds the package of each folder from the package clauses of its
// files: that of most of them, and not main if there are as many of another. The
// rest are programs beside it, which need a tag of their own to be built.
func packagesIn(names map[string]string) map[string]string {
	votes := map[string]map[string]int{}
	for file, name := range names {
		dir := filepath.Dir(file)
		if votes[dir] == nil {
			votes[dir] = map[string]int{}
		}
		votes[dir][name]++
	}
	packages := map[string]string{}
	for dir, of := range votes {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			best := packages[dir]
			if of[name] > of[best] || of[name] == of[best] && best == "main" {
				packages[dir] = name
			}
		}
	}
	return packages
}

// notCovered repeats the rules of go help packages.
func notCovered(path, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
		!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".")
}

// functionsOf counts a file's functions by kind. name is that of its package, ""
// if it is never built.
func functionsOf(path string) (name string, kinds map[string]int, err error) {
	src, err := os.ReadFile(path)
	if err != nil || neverBuilt(src) {
		return "", nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	name, kinds = file.Name.Name, map[string]int{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch fn := node.(type) {
		case *ast.FuncDecl:
			kinds[kindOf(fn, name)]++
		case *ast.FuncLit:
			kinds[""]++
		}
		return true
	})
	return name, kinds, nil
}

func kindOf(fn *ast.FuncDecl, pkg string) string {
	switch {
	case fn.Body == nil:
		return kindBodyless
	case fn.Name.Name == "_":
		return kindBlank
	case fn.Recv != nil:
		return ""
	case fn.Name.Name == "init":
		return kindInit
	case fn.Name.Name == "main" && pkg == "main":
		return kindMain
	default:
		return ""
	}
}

// neverBuilt reports whether a file needs the tag "ignore", which nobody sets.
func neverBuilt(src []byte) bool {
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "package ") {
			return false
		}
		if expr, err := constraint.Parse(text); err == nil && constraint.IsGoBuild(text) {
			all := func(tag string) bool { return tag != "ignore" }
			return !expr.Eval(all) && expr.Eval(func(string) bool { return true })
		}
	}
	return false
}

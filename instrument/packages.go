package instrument

import (
	"fmt"
	"go/ast"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// clauseName is the name of the package in a folder.
func clauseName(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if filepath.Ext(file) != ".go" || isTest(file) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil || ignored(src) {
			continue
		}
		if f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.PackageClauseOnly); err == nil {
			return f.Name.Name
		}
	}
	return ""
}

// read returns what a package declares.
func (t *types) read(importPath string) (*declarations, error) {
	dir, err := t.folder(importPath)
	if err != nil {
		return nil, err
	}
	if d := t.packages[dir]; d != nil {
		return d, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading package %s: %w", importPath, err)
	}
	var files []*ast.File
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if filepath.Ext(file) != ".go" || isTest(file) {
			continue
		}
		// What does not parse declares nothing; the compiler will say so.
		if f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution); f != nil && err == nil {
			files = append(files, f)
		}
	}
	t.packages[dir] = declare(dir, files)
	return t.packages[dir], nil
}

// folder finds the folder of a package: in the standard library, in the main
// modules and in the module cache by its path, else by asking the go command.
func (t *types) folder(importPath string) (string, error) {
	if dir := t.near(importPath); dir != "" {
		return dir, nil
	}
	if _, asked := t.folders[importPath]; !asked {
		if err := t.ask(importPath); err != nil {
			return "", err
		}
	}
	if dir := t.folders[importPath]; dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("finding package %s: the go command finds no Go files of it", importPath)
}

// near is the folder of a package that the go command need not be asked for, or
// "".
func (t *types) near(importPath string) string {
	var dirs []string
	for _, m := range t.modules {
		if importPath == m.Path || strings.HasPrefix(importPath, m.Path+"/") {
			dirs = append(dirs, filepath.Join(m.Dir, filepath.FromSlash(strings.TrimPrefix(importPath, m.Path))))
		}
	}
	if isStandard(importPath) && gobuild.Default.GOROOT != "" {
		dirs = append(dirs, filepath.Join(gobuild.Default.GOROOT, "src", filepath.FromSlash(importPath)))
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	if t.cache == nil {
		cache := openModuleCache(t.modules)
		t.cache = &cache
	}
	return t.cache.folder(importPath)
}

// ask has the go command find the package, and all others that may be asked for.
func (t *types) ask(importPath string) error {
	if t.unanswered != nil {
		return t.unanswered
	}
	t.asked = true
	wanted := []string{importPath}
	for other := range t.imports {
		if _, asked := t.folders[other]; !asked && other != importPath && t.near(other) == "" {
			wanted = append(wanted, other)
		}
	}
	found, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedFiles, Dir: t.modules[0].Dir}, wanted...)
	if err != nil {
		t.unanswered = fmt.Errorf("go list: %s", complaint(err))
		return t.unanswered
	}
	for _, path := range wanted {
		t.folders[path] = ""
	}
	for _, p := range found {
		if files := slices.Concat(p.GoFiles, p.IgnoredFiles); len(files) > 0 {
			t.folders[p.PkgPath] = filepath.Dir(files[0])
		}
	}
	return nil
}

// complaint is what the go command itself said, in one line.
func complaint(err error) string {
	text := err.Error()
	if _, said, ok := strings.Cut(text, "stderr: "); ok {
		text = said
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// mayAsk notes what the files of a package import.
func (t *types) mayAsk(parsed []source) {
	for _, s := range parsed {
		for _, spec := range s.file.Imports {
			if importPath, err := strconv.Unquote(spec.Path.Value); err == nil && importPath != "C" {
				t.imports[importPath] = true
			}
		}
	}
}

// isStandard reports whether an import path can be the standard library's: these
// have no dot in their first element (go help importpath).
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// loader type-checks the packages of one module as far as that goes without its
// dependencies.
type loader struct {
	fset     *token.FileSet
	module   string
	parsed   map[string][]*ast.File // by import path
	packages map[string]*packages.Package
	standard types.ImporterFrom
}

// standard is shared by all programs: the standard library is checked once.
var (
	allFiles = token.NewFileSet()
	standard = importer.ForCompiler(allFiles, "source", nil).(types.ImporterFrom)
)

// load parses the module in dir, without tests, and lets change work on each file
// before it is type-checked.
func load(dir, module string, change func(*token.FileSet, *ast.File)) ([]*packages.Package, error) {
	build.Default.CgoEnabled = false
	l := &loader{fset: allFiles, module: module, parsed: map[string][]*ast.File{}, packages: map[string]*packages.Package{}, standard: standard}
	if err := l.parse(dir, change); err != nil {
		return nil, err
	}
	var all []*packages.Package
	for _, path := range slices.Sorted(func(yield func(string) bool) {
		for p := range l.parsed {
			if !yield(p) {
				return
			}
		}
	}) {
		all = append(all, l.check(path))
	}
	return all, nil
}

func (l *loader) parse(dir string, change func(*token.FileSet, *ast.File)) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != dir && leftOut(p, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if ok, err := build.Default.MatchFile(filepath.Dir(p), d.Name()); !ok || err != nil || filepath.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go") {
			return nil //nolint:nilerr // a file that cannot be read as Go is no part of the program
		}
		file, err := parser.ParseFile(l.fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // nor is one that does not parse
		}
		change(l.fset, file)
		rel, err := filepath.Rel(dir, filepath.Dir(p))
		importPath := path.Join(l.module, filepath.ToSlash(rel))
		l.parsed[importPath] = append(l.parsed[importPath], file)
		return err
	})
}

func leftOut(p, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	matches, _ := filepath.Glob(filepath.Join(p, "go.mod"))
	return len(matches) > 0
}

// check type-checks one package after those that it imports. What is not known is an
// invalid type, not an end.
func (l *loader) check(importPath string) *packages.Package {
	if p, ok := l.packages[importPath]; ok {
		return p
	}
	files := l.parsed[importPath]
	p := &packages.Package{
		ID: importPath, PkgPath: importPath, Name: files[0].Name.Name, Fset: l.fset, Syntax: files, IllTyped: true,
		Imports: map[string]*packages.Package{}, TypesSizes: types.SizesFor("gc", "amd64"), Module: &packages.Module{Path: l.module},
		TypesInfo: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
			Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{},
		},
	}
	l.packages[importPath] = p
	for _, file := range files {
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if _, ours := l.parsed[name]; ours {
				p.Imports[name] = l.check(name)
			}
		}
	}
	config := types.Config{Importer: l, Error: func(error) {}, FakeImportC: true}
	p.Types, _ = config.Check(importPath, l.fset, slices.DeleteFunc(slices.Clone(files), func(f *ast.File) bool { return f.Name.Name != p.Name }), p.TypesInfo)
	return p
}

func (l *loader) Import(name string) (*types.Package, error) {
	if p := l.packages[name]; p != nil && p.Types != nil {
		return p.Types, nil
	}
	if host, _, _ := strings.Cut(name, "/"); !strings.Contains(host, ".") && l.parsed[name] == nil {
		if pkg, err := l.standard.Import(name); err == nil {
			return pkg, nil
		}
	}
	if l.parsed[name] != nil {
		return nil, errors.New("a circle of imports")
	}
	pkg := types.NewPackage(name, packageName(name))
	pkg.MarkComplete()
	return pkg, nil
}

// packageName guesses the name of a package that is not there.
func packageName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	base, _, _ = strings.Cut(base, ".")
	return strings.TrimPrefix(strings.TrimSuffix(base, "-go"), "go-")
}

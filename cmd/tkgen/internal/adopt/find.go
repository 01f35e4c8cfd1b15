package adopt

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/tools/go/packages"
)

const cobraPath = "github.com/spf13/cobra"

// file is one that changes.
type file struct {
	path   string
	text   []byte
	syntax *ast.File
}

// place is where telemetry is started.
type place struct {
	kind     Kind
	main     string // the folder of the main package
	fset     *token.FileSet
	pkg      *packages.Package // of file
	file     file
	fn       *ast.FuncDecl // main, if that is in file
	call     *ast.CallExpr // cobra's Execute
	handlers []ast.Expr    // what an HTTP server in file answers with
	exits    bool          // main ends the process itself
	looksUp  token.Pos     // of a call of Find: the package chooses commands itself
}

func (p *place) at() token.Pos {
	if p.call != nil {
		return p.call.Pos()
	}
	return p.fn.Pos()
}

// find looks for the main package, and in it and in the module's packages that it
// imports for the call that runs its commands.
func find(m instrument.Module, dir string) (*place, error) {
	main, err := mainFolder(dir)
	if err != nil {
		return nil, err
	}
	l := loader{module: m, fset: token.NewFileSet(), seen: map[string]bool{}}
	wanted := []string{"./" + filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(main, m.Dir), string(filepath.Separator)))}
	var first *place
	for depth := 0; len(wanted) > 0 && depth < 4; depth++ {
		found, err := l.load(wanted)
		if err != nil {
			return nil, err
		}
		wanted = nil
		for _, pkg := range found {
			if err := already(l.fset, pkg); err != nil {
				return nil, err
			}
			if depth == 0 {
				if first, err = l.plain(main, pkg); err != nil {
					return nil, err
				}
			}
			if p := l.cobra(main, pkg); p != nil {
				return p, nil
			}
			wanted = append(wanted, l.within(pkg)...)
		}
	}
	return first, nil
}

// mainFolder is dir if that holds a program, else the only one in the module.
func mainFolder(dir string) (string, error) {
	if isMain(dir) {
		return dir, nil
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); path != dir && (err == nil || d.Name() == "testdata" || d.Name() == "vendor" || strings.ContainsAny(d.Name()[:1], "._")) {
			return filepath.SkipDir
		}
		if isMain(path) {
			found = append(found, path)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("looking for programs: %w", err)
	case len(found) == 0:
		return "", fmt.Errorf("there is no program in %s: telemetry is started by programs; in a library, mark functions with //telemetry:instrument and run tkgen generate", dir)
	case len(found) > 1:
		for i, f := range found {
			found[i] = "./" + filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(f, dir), string(filepath.Separator)))
		}
		return "", fmt.Errorf("there are %d programs, say which: tkgen init %s", len(found), strings.Join(found, ", "))
	}
	return found[0], nil
}

// isMain reports whether a folder holds a program for this platform.
func isMain(dir string) bool {
	pkg, err := build.ImportDir(dir, 0)
	return err == nil && pkg.Name == "main"
}

type loader struct {
	module instrument.Module
	fset   *token.FileSet
	seen   map[string]bool
}

func (l *loader) load(patterns []string) ([]*packages.Package, error) {
	for _, p := range patterns {
		l.seen[p] = true
	}
	found, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
		Dir:  l.module.Dir, Fset: l.fset, BuildFlags: l.flags(),
		ParseFile: func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
			return parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		},
	}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	for _, pkg := range found {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("the program does not compile, so how it runs is not known: %w", clearest(pkg.Errors))
		}
	}
	return found, nil
}

// clearest is the first error that has a place.
func clearest(all []packages.Error) error {
	for _, e := range all {
		if e.Pos != "" && e.Pos != "-" {
			return e
		}
	}
	return all[0]
}

// flags keep the go command from changing go.mod, whatever GOFLAGS says. A module
// with a vendor folder stays with that.
func (l *loader) flags() []string {
	if vendored(l.module.Dir) {
		return nil
	}
	return []string{"-mod=readonly"}
}

func vendored(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt"))
	return err == nil
}

// within are the packages of the module that pkg imports and that are new.
func (l *loader) within(pkg *packages.Package) (paths []string) {
	for path := range pkg.Imports {
		if strings.HasPrefix(path, l.module.Path+"/") && !l.seen[path] {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// already refuses a program that has telemetry.
func already(fset *token.FileSet, pkg *packages.Package) error {
	for ident, object := range pkg.TypesInfo.Uses {
		if f, ok := object.(*types.Func); ok && f.Pkg() != nil && strings.HasPrefix(f.Pkg().Path(), instrument.RuntimeModule+"/runtime/telemetry") &&
			(f.Name() == "Start" || f.Name() == "Execute") {
			return problem(fset, ident.Pos(), "telemetry is started here already", "there is nothing left to do; mark functions with //telemetry:instrument, and run tkgen generate")
		}
	}
	return nil
}

// cobra finds root.Execute() or root.ExecuteContext(ctx) of a cobra command.
func (l *loader) cobra(main string, pkg *packages.Package) (found *place) {
	var looksUp token.Pos
	for _, syntax := range pkg.Syntax {
		ast.Inspect(syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch methodOf(pkg, call, cobraPath, "Command") {
			case "Execute", "ExecuteContext":
				if found == nil {
					found = &place{kind: Cobra, main: main, fset: l.fset, pkg: pkg, call: call, file: read(l.fset, syntax)}
				}
			case "Find", "Traverse":
				looksUp = call.Pos()
			}
			return true
		})
	}
	if found != nil {
		found.looksUp = looksUp
	}
	return found
}

// methodOf is the name of the method that call calls, if its receiver is (a
// pointer to) a type of a package.
func methodOf(pkg *packages.Package, call *ast.CallExpr, path, typeName string) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	method, ok := pkg.TypesInfo.Uses[sel.Sel].(*types.Func)
	if !ok || method.Signature().Recv() == nil || method.Pkg() == nil || method.Pkg().Path() != path {
		return ""
	}
	receiver := method.Signature().Recv().Type()
	if pointer, ok := receiver.(*types.Pointer); ok {
		receiver = pointer.Elem()
	}
	if named, ok := receiver.(*types.Named); !ok || named.Obj().Name() != typeName {
		return ""
	}
	return method.Name()
}

func read(fset *token.FileSet, syntax *ast.File) file {
	f := file{path: fset.Position(syntax.Package).Filename, syntax: syntax}
	f.text, _ = os.ReadFile(f.path) // it was parsed; the edit compares
	return f
}

// plain is func main, and the HTTP servers in its file.
func (l *loader) plain(main string, pkg *packages.Package) (*place, error) {
	for _, syntax := range pkg.Syntax {
		for _, decl := range syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != "main" || fn.Body == nil {
				continue
			}
			p := &place{kind: Plain, main: main, fset: l.fset, pkg: pkg, fn: fn, file: read(l.fset, syntax), exits: exits(pkg, fn)}
			if p.handlers = handlers(pkg, syntax); len(p.handlers) > 0 {
				p.kind = HTTP
			}
			return p, nil
		}
	}
	return nil, fmt.Errorf("there is no func main in %s", main)
}

// exits reports whether main calls os.Exit or log.Fatal.
func exits(pkg *packages.Package, fn *ast.FuncDecl) (does bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			name := function(pkg, call)
			does = does || name == "os.Exit" || strings.HasPrefix(name, "log.Fatal")
		}
		return !does
	})
	return does
}

// function is the full name of the function that is called, "" of anything else.
func function(pkg *packages.Package, call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if f, ok := pkg.TypesInfo.Uses[sel.Sel].(*types.Func); ok && f.Signature().Recv() == nil {
			return f.FullName()
		}
	}
	return ""
}

// handlers are what servers of net/http are given in a file.
func handlers(pkg *packages.Package, syntax *ast.File) (found []ast.Expr) {
	ast.Inspect(syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch function(pkg, n) {
			case "net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Serve":
				if i := map[int]int{2: 1, 4: 3}[len(n.Args)]; i > 0 {
					found = append(found, n.Args[i])
				}
			}
		case *ast.CompositeLit:
			if t, ok := pkg.TypesInfo.TypeOf(n).(*types.Named); ok && t.String() == "net/http.Server" {
				found = append(found, field(n, "Handler")...)
			}
		}
		return true
	})
	return slices.DeleteFunc(found, func(e ast.Expr) bool { return pkg.TypesInfo.Types[e].IsNil() })
}

func field(literal *ast.CompositeLit, name string) []ast.Expr {
	for _, e := range literal.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == name {
				return []ast.Expr{kv.Value}
			}
		}
	}
	return nil
}

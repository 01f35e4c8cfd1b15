package instrument

import (
	"go/ast"
	"path"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// types answers what a rewriter has to know of types by reading declarations,
// not by type-checking: a checker sees the files of one platform, and what is
// generated must not depend on where. It reads a package when a question leads
// there, and most questions are answered by the word error.
type types struct {
	modules []Module
	cache   *moduleCache // opened when a question first leads there
	// packages by folder, read so far.
	packages map[string]*declarations
	// folders by import path, as far as the go command was asked; imports are
	// what it may be asked for: one question for all of them takes as long as one.
	folders map[string]string
	imports map[string]bool
	// asked says that it was; unanswered is why it could not say where they are.
	asked      bool
	unanswered error
}

func newTypes(modules []Module) *types {
	return &types{modules: modules, packages: map[string]*declarations{}, folders: map[string]string{}, imports: map[string]bool{}}
}

// declarations are the types of a package and which of them have a method
// Error() string.
type declarations struct {
	dir   string
	types map[string][]typeDecl
	// errors holds, by the receiver's type, whether pointers alone have it.
	errors map[string]bool
}

type typeDecl struct {
	spec *ast.TypeSpec
	file *ast.File
}

// place is a type where it is written: names in it mean what they mean there.
type place struct {
	pkg  *declarations
	file *ast.File
	expr ast.Expr
}

func (p place) at(expr ast.Expr) place { return place{p.pkg, p.file, expr} }

// errorKind says what a type is to somebody who looks for errors.
type errorKind int

const (
	noError    errorKind = iota
	plainError           // error itself, by whatever name
	otherError           // a type that implements it
)

func declare(dir string, files []*ast.File) *declarations {
	d := &declarations{dir: dir, types: map[string][]typeDecl{}, errors: map[string]bool{}}
	for _, file := range files {
		for _, decl := range file.Decls {
			switch x := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range x.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok {
						d.types[t.Name.Name] = append(d.types[t.Name.Name], typeDecl{t, file})
					}
				}
			case *ast.FuncDecl:
				if x.Recv != nil && x.Name.Name == "Error" && isErrorMethod(x.Type) {
					_, pointer := x.Recv.List[0].Type.(*ast.StarExpr)
					d.errors[directive.Receiver(x)] = pointer
				}
			}
		}
	}
	return d
}

// isErrorMethod reports whether a signature is () string.
func isErrorMethod(t *ast.FuncType) bool {
	if t.Params.NumFields() > 0 || t.Results.NumFields() != 1 {
		return false
	}
	ident, ok := t.Results.List[0].Type.(*ast.Ident)
	return ok && ident.Name == "string"
}

// maxDepth ends what a program that does not compile can make endless.
const maxDepth = 20

// errorKind answers for a type; pointer says that a * stands in front of it.
func (t *types) errorKind(p place, pointer bool, depth int) (errorKind, error) {
	if depth > maxDepth {
		return noError, nil
	}
	switch x := p.expr.(type) {
	case *ast.Ident:
		return t.identKind(p, x.Name, pointer, depth)
	case *ast.StarExpr:
		return t.errorKind(p.at(x.X), true, depth+1)
	case *ast.ParenExpr:
		return t.errorKind(p.at(x.X), pointer, depth+1)
	case *ast.IndexExpr:
		return t.errorKind(p.at(x.X), pointer, depth+1)
	case *ast.IndexListExpr:
		return t.errorKind(p.at(x.X), pointer, depth+1)
	case *ast.SelectorExpr:
		there, err := t.imported(p, x)
		if err != nil || there.pkg == nil {
			return noError, err
		}
		return t.errorKind(there, pointer, depth+1)
	case *ast.InterfaceType:
		if pointer {
			return noError, nil
		}
		return t.elementKind(p, x.Methods, depth)
	case *ast.StructType:
		return t.embeddedKind(p, x, pointer, depth)
	}
	return noError, nil
}

func (t *types) identKind(p place, name string, pointer bool, depth int) (errorKind, error) {
	decls, declared := p.pkg.types[name]
	if !declared {
		if name == "error" && !pointer {
			return plainError, nil
		}
		return noError, nil
	}
	if onPointer, has := p.pkg.errors[name]; has && (pointer || !onPointer) {
		return otherError, nil
	}
	for _, d := range decls {
		there := place{p.pkg, d.file, d.spec.Type}
		if !d.spec.Assign.IsValid() { // type E T: methods of interfaces and of embedded fields alone
			under, err := t.underlying(there, depth)
			if err != nil {
				return noError, err
			}
			switch under.expr.(type) {
			case *ast.InterfaceType, *ast.StructType:
				there = under
			default:
				if under.expr == nil || !isUniverseError(under) || pointer {
					continue
				}
				return otherError, nil
			}
		}
		if kind, err := t.errorKind(there, pointer, depth+1); kind != noError || err != nil {
			if !d.spec.Assign.IsValid() {
				kind = min(kind*otherError, otherError)
			}
			return kind, err
		}
	}
	return noError, nil
}

func isUniverseError(p place) bool {
	ident, ok := p.expr.(*ast.Ident)
	return ok && ident.Name == "error" && len(p.pkg.types["error"]) == 0
}

// elementKind answers for an interface or a constraint: does it demand Error?
func (t *types) elementKind(p place, elements *ast.FieldList, depth int) (errorKind, error) {
	for _, field := range elements.List {
		if len(field.Names) == 0 {
			if kind, err := t.errorKind(p.at(field.Type), false, depth+1); kind != noError || err != nil {
				return min(kind, 1) * otherError, err
			}
			continue
		}
		if fn, ok := field.Type.(*ast.FuncType); ok && field.Names[0].Name == "Error" && isErrorMethod(fn) {
			return otherError, nil
		}
	}
	return noError, nil
}

// embeddedKind answers for a struct by the types that it embeds.
func (t *types) embeddedKind(p place, s *ast.StructType, pointer bool, depth int) (errorKind, error) {
	for _, field := range s.Fields.List {
		if len(field.Names) > 0 {
			continue
		}
		expr, embedsPointer := field.Type, false
		if star, ok := expr.(*ast.StarExpr); ok {
			expr, embedsPointer = star.X, true
		}
		for _, as := range []bool{false, true} { // an interface, or what has the method on its pointer
			if as && !pointer && !embedsPointer {
				continue
			}
			if kind, err := t.errorKind(p.at(expr), as, depth+1); kind != noError || err != nil {
				return min(kind, 1) * otherError, err
			}
		}
	}
	return noError, nil
}

// underlying follows names to the type literal, or the predeclared name, that
// they stand for. Its expr is nil where that is unknown.
func (t *types) underlying(p place, depth int) (place, error) {
	if depth > maxDepth {
		return place{}, nil
	}
	switch x := p.expr.(type) {
	case *ast.Ident:
		decls := p.pkg.types[x.Name]
		if len(decls) == 0 {
			return p, nil
		}
		return t.underlying(place{p.pkg, decls[0].file, decls[0].spec.Type}, depth+1)
	case *ast.ParenExpr:
		return t.underlying(p.at(x.X), depth+1)
	case *ast.IndexExpr:
		return t.underlying(p.at(x.X), depth+1)
	case *ast.IndexListExpr:
		return t.underlying(p.at(x.X), depth+1)
	case *ast.SelectorExpr:
		there, err := t.imported(p, x)
		if err != nil || there.pkg == nil {
			return place{}, err
		}
		return t.underlying(there, depth+1)
	}
	return p, nil
}

// imported finds the type pkg.Name. The place has no package where pkg is none.
func (t *types) imported(p place, sel *ast.SelectorExpr) (place, error) {
	ident, ok := sel.X.(*ast.Ident)
	if !ok {
		return place{}, nil
	}
	importPath, err := t.importNamed(p.file, ident.Name)
	if err != nil || importPath == "" || importPath == "C" || importPath == "unsafe" {
		return place{}, err
	}
	pkg, err := t.read(importPath)
	if err != nil {
		return place{}, err
	}
	return place{pkg: pkg, expr: sel.Sel}, nil
}

// importNamed returns the path that a file imports under a name, "" for none.
func (t *types) importNamed(file *ast.File, name string) (string, error) {
	var unnamed []string
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case spec.Name != nil:
			if spec.Name.Name == name {
				return importPath, nil
			}
		case path.Base(importPath) == name:
			return importPath, nil
		default:
			unnamed = append(unnamed, importPath)
		}
	}
	for _, importPath := range unnamed { // gopkg.in/yaml.v3 is package yaml
		if !strings.Contains(importPath, name) {
			continue
		}
		if dir, err := t.folder(importPath); err == nil && clauseName(dir) == name {
			return importPath, nil
		}
	}
	for _, importPath := range unnamed {
		if strings.Contains(importPath, name) {
			continue
		}
		dir, err := t.folder(importPath)
		if err != nil {
			return "", err
		}
		if clauseName(dir) == name {
			return importPath, nil
		}
	}
	return "", nil
}

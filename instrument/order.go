package instrument

import (
	"go/ast"
	"slices"
	"strings"
)

// A function with a generated line refers to its point, and so do the
// package-level variables whose initializers call it. The compiler initializes
// variables in an order that depends on how many others each one refers to, so
// that order could change. It does not where the points come first: then they
// are out of the way before any other variable is looked at. The go command hands
// files to the compiler by name.

// isPointsFile reports whether a file has the name of [GeneratedFile], or what
// firstName makes of it.
func isPointsFile(name string) bool { return strings.TrimLeft(name, "0") == GeneratedFile }

// firstName is GeneratedFile with as many zeros in front as make it the first of
// the folder's files.
func (p *plan) firstName() string {
	name := "0" + GeneratedFile
	for other := range p.folder.files {
		for !isPointsFile(other) && other < name {
			name = "0" + name
		}
	}
	return name
}

// pointsName is what the points file is called in place: GeneratedFile, unless
// the order of initialization matters.
func (p *plan) pointsName() string {
	if p.orderMatters() {
		return p.firstName()
	}
	return GeneratedFile
}

// orderMatters reports whether a package-level variable calls something when it
// is initialized and reaches a function with a generated line, as far as names
// tell: rather too often than once too little.
func (p *plan) orderMatters() bool {
	r := reach{lined: map[ast.Node]bool{}, values: map[string][]ast.Expr{}, functions: map[string][]*ast.FuncDecl{}, seen: map[ast.Node]bool{}}
	r.declare(p)
	for _, values := range r.values {
		for _, value := range values {
			if calls(value) && r.visit(value) {
				return true
			}
		}
	}
	return false
}

// reach follows names through a package until it comes to a generated line.
type reach struct {
	lined     map[ast.Node]bool          // functions with a line in them
	values    map[string][]ast.Expr      // initializers by variable
	functions map[string][]*ast.FuncDecl // and methods, by their own name
	seen      map[ast.Node]bool
}

func (r *reach) declare(p *plan) {
	for _, file := range p.files {
		for _, fn := range file.fns {
			r.lined[fn.fn.Node()] = true
			if fn.fn.Decl != nil {
				r.lined[fn.fn.Decl] = true
			}
		}
	}
	for _, file := range filesOf(p.pkg, p.parsed) {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				r.functions[d.Name.Name] = append(r.functions[d.Name.Name], d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						for _, name := range v.Names {
							r.values[name.Name] = append(r.values[name.Name], v.Values...)
						}
					}
				}
			}
		}
	}
}

// visit reports whether what n refers to has a line. What was seen before had
// none.
func (r *reach) visit(n ast.Node) (found bool) {
	if r.seen[n] {
		return false
	}
	r.seen[n] = true
	ast.Inspect(n, func(child ast.Node) bool {
		found = found || child != nil && r.lined[child]
		if name, ok := child.(*ast.Ident); ok && !found {
			found = r.named(name.Name)
		}
		return !found
	})
	return found
}

func (r *reach) named(name string) bool {
	for _, fn := range r.functions[name] {
		if r.visit(fn) {
			return true
		}
	}
	for _, value := range r.values[name] {
		if r.visit(value) {
			return true
		}
	}
	return false
}

// calls reports whether evaluating an expression calls anything but what the
// language has itself.
func calls(expr ast.Expr) (found bool) {
	ast.Inspect(expr, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			fn, ok := x.Fun.(*ast.Ident)
			found = found || !ok || !slices.Contains([]string{"len", "cap", "make", "new", "append", "string", "min", "max"}, fn.Name)
		}
		return !found
	})
	return found
}

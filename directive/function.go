package directive

import (
	"go/ast"
	"go/token"
	"strings"
)

// Function is what can be marked: a function or method, or a function literal.
type Function struct {
	// Decl is the function, or the one that the literal stands in; nil for a
	// literal outside functions.
	Decl *ast.FuncDecl
	// Lit is nil for a function or method.
	Lit *ast.FuncLit
	// label is what the literal is called where it stands: the field or variable
	// that it is given to; "" if nothing names it.
	label string
	// value is the package-level variable that a literal outside functions
	// stands in.
	value string
}

// Type is the function's signature.
func (f Function) Type() *ast.FuncType {
	if f.Lit != nil {
		return f.Lit.Type
	}
	return f.Decl.Type
}

// Body is nil for functions that are implemented elsewhere.
func (f Function) Body() *ast.BlockStmt {
	if f.Lit != nil {
		return f.Lit.Body
	}
	return f.Decl.Body
}

// Node is the declaration or the literal.
func (f Function) Node() ast.Node {
	if f.Lit != nil {
		return f.Lit
	}
	return f.Decl
}

// Words name the function within its package: [Deploy], [Bucket Put] for a
// method, [newDeployCmd RunE] for a literal in a function, [deployCmd RunE] for
// one in a package-level variable. Named reports whether the last of
// them is of the literal itself.
func (f Function) Words() (words []string, named bool) {
	if f.Decl != nil {
		if r := Receiver(f.Decl); r != "" {
			words = append(words, r)
		}
		words = append(words, f.Decl.Name.Name)
	}
	if f.Lit == nil {
		return words, true
	}
	if f.value != "" && f.value != f.label {
		words = append(words, f.value)
	}
	if f.label == "" {
		return append(words, "func"), false
	}
	return append(words, f.label), true
}

// String is the name as a person writes it: Deploy, Bucket.Put,
// newDeployCmd.RunE.
func (f Function) String() string {
	words, _ := f.Words()
	return strings.Join(words, ".")
}

// Receiver is the name of the type that a method belongs to, or "".
func Receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// Functions returns the functions, methods and function literals of a file, in
// the order of the source; literals come behind what they stand in.
func Functions(file *ast.File) []Function {
	var found []Function
	var decl *ast.FuncDecl
	labels := map[*ast.FuncLit]string{}
	for _, d := range file.Decls {
		decl, _ = d.(*ast.FuncDecl)
		if decl != nil {
			found = append(found, Function{Decl: decl})
		}
		value := ""
		ast.Inspect(d, func(n ast.Node) bool {
			label(n, labels)
			switch n := n.(type) {
			case *ast.ValueSpec:
				if decl == nil && len(n.Names) == 1 && n.Names[0].Name != "_" {
					value = n.Names[0].Name
				}
			case *ast.FuncLit:
				found = append(found, Function{Decl: decl, Lit: n, label: labels[n], value: value})
			}
			return true
		})
	}
	return found
}

// label notes what the parent n calls its function literals.
func label(n ast.Node, labels map[*ast.FuncLit]string) {
	set := func(value ast.Expr, name ast.Expr) {
		lit, ok := value.(*ast.FuncLit)
		if !ok {
			return
		}
		switch x := name.(type) {
		case *ast.Ident:
			if x.Name != "_" {
				labels[lit] = x.Name
			}
		case *ast.SelectorExpr: // cmd.RunE = func…
			labels[lit] = x.Sel.Name
		}
	}
	switch x := n.(type) {
	case *ast.KeyValueExpr:
		set(x.Value, x.Key)
	case *ast.AssignStmt:
		for i := range min(len(x.Lhs), len(x.Rhs)) {
			set(x.Rhs[i], x.Lhs[i])
		}
	case *ast.ValueSpec:
		for i := range min(len(x.Names), len(x.Values)) {
			set(x.Values[i], x.Names[i])
		}
	}
}

// literalsByLine maps the lines on which function literals start to these.
func literalsByLine(fset *token.FileSet, file *ast.File) map[int][]Function {
	lines := map[int][]Function{}
	for _, f := range Functions(file) {
		if f.Lit != nil {
			line := fset.PositionFor(f.Lit.Pos(), false).Line
			lines[line] = append(lines[line], f)
		}
	}
	return lines
}

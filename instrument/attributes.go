package instrument

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// attribute is one attr= of a planned function. Its value is taken by a function
// in the package's [GeneratedFile]: what could fail there, a field of a nil
// pointer, must not fail in the author's function.
type attribute struct {
	directive.Attribute
	ident string // of that function
	// params are those of the author's function that the expression uses.
	params []parameter
}

// parameter is a name and its type, with what the type's text needs imported.
type parameter struct {
	name, typ string
	imports   map[string]string // package name to path
}

// call is how the generated line takes the value.
func (a attribute) call() string {
	var names []string
	for _, p := range a.params {
		names = append(names, p.name)
	}
	return a.ident + "(" + strings.Join(names, ", ") + ")"
}

// isAttribute reports whether an argument is what call wrote.
func isAttribute(arg ast.Expr, fn directive.Function, isOurs ours) bool {
	call, ok := arg.(*ast.CallExpr)
	if !ok {
		return false
	}
	ident, ok := call.Fun.(*ast.Ident)
	if !ok || !isOurs(fn, ident.Name) {
		return false
	}
	return !slices.ContainsFunc(call.Args, func(e ast.Expr) bool { _, isName := e.(*ast.Ident); return !isName })
}

// declaration is the function that takes the value.
func (a attribute) declaration(use string, imports *importSet) string {
	var params []string
	for _, p := range a.params {
		params = append(params, p.name+" "+p.text(imports))
	}
	call := fmt.Sprintf("%s.Value(%q, %s)", use, a.Key, a.Expr)
	if len(a.Choices) > 0 { // words that need no escapes
		call = fmt.Sprintf("%s.OneOf(%q, %s, \"%s\")", use, a.Key, a.Expr, strings.Join(a.Choices, `", "`))
	}
	attr := imports.name("log/slog", "slog") + ".Attr"
	signature := fmt.Sprintf("\n// %s is %s.\nfunc %[1]s(%[3]s)", a.ident, a, strings.Join(params, ", "))
	if !strings.Contains(a.Expr, ".") {
		return fmt.Sprintf("%s %s { return %s }\n", signature, attr, call)
	}
	return fmt.Sprintf("%s (_ %s) {\ndefer func() { _ = recover() }() // a nil pointer\nreturn %s\n}\n", signature, attr, call)
}

// text is the parameter's type in the generated file.
func (p parameter) text(imports *importSet) string {
	text := p.typ
	for _, name := range slices.Sorted(maps.Keys(p.imports)) {
		if as := imports.name(p.imports[name], name); as != name {
			text = regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`\.`).ReplaceAllString(text, as+".")
		}
	}
	return text
}

// attributes plans the attr= of a mark. A message says what is wrong with one.
func (p *plan) attributes(s source, mark directive.Mark) (list []attribute, message, hint string) {
	for _, wanted := range mark.Attributes {
		a := attribute{Attribute: wanted}
		expr, err := parser.ParseExpr(wanted.Expr)
		if err != nil {
			return nil, wanted.String() + ": " + err.Error(), ""
		}
		for _, name := range rootNames(expr) {
			param, message, hint := p.parameter(s, mark.Func, name)
			if message != "" {
				return nil, wanted.String() + ": " + message, hint
			}
			if param.name != "" {
				a.params = append(a.params, param)
			}
		}
		if message, hint := p.checkType(s, mark.Func, wanted, expr); message != "" {
			return nil, wanted.String() + ": " + message, hint
		}
		list = append(list, a)
	}
	return list, "", ""
}

// rootNames are the names that an expression starts from: opts of opts.Format.
func rootNames(expr ast.Expr) (names []string) {
	ast.Inspect(expr, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectorExpr:
			for _, name := range rootNames(x.X) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			return false
		case *ast.Ident:
			if !slices.Contains(names, x.Name) {
				names = append(names, x.Name)
			}
		}
		return true
	})
	return names
}

// parameter finds a name of an expression: nothing for one of the package or of
// the language.
func (p *plan) parameter(s source, fn directive.Function, name string) (param parameter, message, hint string) {
	field, isResult := fieldNamed(fn, name)
	switch {
	case isResult:
		return param, name + " is a result, and attributes have the value of the beginning", "use a parameter"
	case field == nil && (p.scope[name] || slices.Contains([]string{"true", "false", "nil", "len", "cap", "iota"}, name)):
		return param, "", ""
	case field == nil:
		return param, name + " is neither a parameter of the function nor declared by the package", "use parameters, the receiver and package-level names"
	}
	param = parameter{name: name, imports: map[string]string{}}
	typ := field.Type
	if dots, ok := typ.(*ast.Ellipsis); ok {
		param.typ = "[]"
		typ = dots.Elt
	}
	param.typ += s.text(typ)
	bad := ""
	ast.Inspect(typ, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := x.X.(*ast.Ident); ok {
				path, err := p.types.importNamed(s.file, pkg.Name)
				if err != nil || path == "" {
					bad = s.text(x)
				}
				param.imports[pkg.Name] = path
			}
			return false
		case *ast.Ident:
			if !p.scope[x.Name] && !isPredeclared(x.Name) || fn.Decl != nil && isTypeParam(fn.Decl, x.Name) {
				bad = x.Name
			}
		case *ast.StructType, *ast.InterfaceType, *ast.FuncType:
			return false
		}
		return true
	})
	if bad != "" {
		return param, "the type " + bad + " of " + name + " has no name outside the function", "mark a function whose parameters have types of the package"
	}
	return param, "", ""
}

// fieldNamed finds a parameter or receiver, or a result, of the function itself.
func fieldNamed(fn directive.Function, name string) (field *ast.Field, isResult bool) {
	lists := []*ast.FieldList{fn.Type().Params}
	if fn.Lit == nil && fn.Decl.Recv != nil {
		lists = append(lists, fn.Decl.Recv)
	}
	for _, list := range lists {
		if f := fieldIn(list, name); f != nil {
			return f, false
		}
	}
	return nil, fieldIn(fn.Type().Results, name) != nil
}

func fieldIn(list *ast.FieldList, name string) *ast.Field {
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			if n.Name == name {
				return f
			}
		}
	}
	return nil
}

func isTypeParam(decl *ast.FuncDecl, name string) bool {
	return constraintIn(decl.Type.TypeParams, name) != nil || receiverTypeParam(decl, name)
}

func isPredeclared(name string) bool {
	return slices.Contains(strings.Fields("any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr"), name)
}

// checkType finds strings without choices, and choices of what is no string, as
// far as declarations tell; the compiler finds the rest in the generated file.
func (p *plan) checkType(s source, fn directive.Function, a directive.Attribute, expr ast.Expr) (message, hint string) {
	basic := p.basicType(s, fn, expr)
	switch {
	case basic == "string" && len(a.Choices) == 0:
		return "it is a string, and free text is never recorded", "list its values behind it, " + a.String() + "|a|b"
	case basic != "" && basic != "string" && len(a.Choices) > 0:
		return "it is of type " + basic + ", and only strings have a list of values", "leave the list out"
	case slices.Contains([]string{"error", "any", "complex64", "complex128", "uintptr"}, basic):
		return "it is of type " + basic, "attributes are booleans, numbers, durations and strings of a list"
	}
	return "", ""
}

// basicType is the predeclared type that an expression is of, "" for unknown.
func (p *plan) basicType(s source, fn directive.Function, expr ast.Expr) string {
	switch x := expr.(type) {
	case *ast.CallExpr: // len, cap
		return "int"
	case *ast.BinaryExpr:
		if slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND}, x.Op) {
			return "bool"
		}
		return p.basicType(s, fn, x.X)
	case *ast.UnaryExpr:
		return p.basicType(s, fn, x.X)
	case *ast.ParenExpr:
		return p.basicType(s, fn, x.X)
	}
	where, ok := p.typeOf(s, fn, expr)
	if !ok {
		return ""
	}
	under, err := p.types.underlying(where, 0)
	if err != nil {
		return ""
	}
	if ident, ok := under.expr.(*ast.Ident); ok && isPredeclared(ident.Name) {
		return ident.Name
	}
	return ""
}

// typeOf follows parameters and fields to a type.
func (p *plan) typeOf(s source, fn directive.Function, expr ast.Expr) (place, bool) {
	switch x := expr.(type) {
	case *ast.Ident:
		field, isResult := fieldNamed(fn, x.Name)
		if field == nil || isResult {
			return place{}, false
		}
		return place{p.decls, s.file, field.Type}, true
	case *ast.SelectorExpr:
		base, ok := p.typeOf(s, fn, x.X)
		if !ok {
			return place{}, false
		}
		if star, isStar := base.expr.(*ast.StarExpr); isStar {
			base = base.at(star.X)
		}
		under, err := p.types.underlying(base, 0)
		if err != nil {
			return place{}, false
		}
		if st, isStruct := under.expr.(*ast.StructType); isStruct {
			if f := fieldIn(st.Fields, x.Sel.Name); f != nil {
				return under.at(f.Type), true
			}
		}
	}
	return place{}, false
}

// nameAttributes names the functions that take the values: tkDeployFormatAttr.
func (p *plan) nameAttributes(fn *planned) {
	words, _ := fn.mark.Func.Words()
	for i := range fn.attrs {
		key := strings.FieldsFunc(fn.attrs[i].Key, func(r rune) bool { return r == '.' || r == '_' })
		ident := pointPrefix + camel(words) + camel(key) + "Attr"
		fn.attrs[i].ident = free(p.taken, ident)
		p.taken[fn.attrs[i].ident] = true
	}
}

// camel joins words with a capital letter each.
func camel(words []string) string {
	upper := make([]string, len(words))
	for i, word := range words {
		upper[i] = upperFirst(word)
	}
	return strings.Join(upper, "")
}

package instrument

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// The methods by which a generated line ends a call.
const (
	endError  = "End"       // End(&err), or End(nil)
	endAs     = "EndAs"     // EndAs(&ok): a bool, or a type that implements error
	endStatus = "EndStatus" // EndStatus(w): the status of an HTTP answer
)

// The names that unnamed results get. A digit behind them keeps them apart from
// names that the function uses already.
const (
	errName = "tkErr"
	okName  = "tkOK"
)

// ending is how a generated line tells success.
type ending struct {
	method string // endError, endAs or endStatus
	// result is the name of the result that tells it; "" where there is none.
	result string
	// writer is the http.ResponseWriter of an endStatus.
	writer string
	naming naming
	// wasResults is the text of the result list if its naming cannot be undone
	// without it.
	wasResults string
}

// argument is what the method is given.
func (e ending) argument() string {
	switch {
	case e.writer != "":
		return e.writer
	case e.result != "":
		return "&" + e.result
	default:
		return "nil"
	}
}

// ending decides how success of a function is told. A message says why it cannot
// be.
func (p *plan) ending(s source, mark directive.Mark) (e ending, message, hint string) {
	fn := mark.Func
	e.method = endError
	field, name, unnamed := deciding(fn.Type().Results, mark.Result)
	if field == nil {
		if mark.Result != "" {
			return e, "it has no result called " + mark.Result, "name one of its results, or leave result= out"
		}
		e.watch(s, fn)
		return e, "", ""
	}
	kind, err := p.resultKind(s, fn, field.Type)
	if err != nil {
		return e, "whether " + s.text(field.Type) + " is an error cannot be told: " + err.Error(), "see to it that the package can be built"
	}
	isBool := mark.Result != "" && kind == noError
	if isBool && !p.isBool(s, field.Type) {
		return e, fmt.Sprintf("result=%s is neither a bool nor an error but %s", mark.Result, s.text(field.Type)), "name a result that tells success"
	}
	if kind == noError && !isBool {
		e.watch(s, fn)
		return e, "", ""
	}
	if kind != plainError {
		e.method = endAs
	}
	switch e.result = name; {
	case unnamed:
		e.name(s, fn, isBool)
	case strings.HasPrefix(name, errName) || strings.HasPrefix(name, okName): // by its author: strip has to know
		e.wasResults = s.text(fn.Type().Results)
	}
	if strings.ContainsAny(e.wasResults, "\r\n") {
		return e, "its result list cannot be named in a way that can be undone", "name the deciding result, such as (…, err error)"
	}
	return e, "", ""
}

// deciding finds the result that tells success: the one called want, else the
// last one. unnamed says that it has no name that could be pointed at.
func deciding(results *ast.FieldList, want string) (field *ast.Field, name string, unnamed bool) {
	if results == nil || len(results.List) == 0 {
		return nil, "", false
	}
	for _, f := range results.List {
		for _, n := range f.Names {
			if want != "" && n.Name == want {
				return f, n.Name, false
			}
		}
	}
	if want != "" && want != directive.ResultOK {
		return nil, "", false
	}
	last := results.List[len(results.List)-1]
	if n := len(last.Names); n > 0 && last.Names[n-1].Name != "_" {
		return last, last.Names[n-1].Name, false
	}
	return last, "", true
}

// name gives the last result a name, and all others one that says nothing.
func (e *ending) name(s source, fn directive.Function, isBool bool) {
	want := errName
	if isBool {
		want = okName
	}
	e.result = freeIn(fn, want)
	results := fn.Type().Results
	last := results.List[len(results.List)-1]
	if len(last.Names) == 0 {
		e.naming = nameAll
		if len(results.List) == 1 && results.Opening.IsValid() {
			e.wasResults = s.text(results) // (error)
		}
		return
	}
	e.naming = nameBlank
	for _, field := range results.List {
		for _, name := range field.Names {
			if name.Name != "_" {
				return
			}
		}
	}
	e.wasResults = s.text(results) // (_ int, _ error)
}

// watch finds the answer that an HTTP handler gives: a function without results
// that takes an http.ResponseWriter and an *http.Request.
func (e *ending) watch(s source, fn directive.Function) {
	if fn.Type().Results.NumFields() > 0 {
		return
	}
	writer, request := "", false
	for _, field := range fn.Type().Params.List {
		switch {
		case s.isHTTP(field.Type, "ResponseWriter") && len(field.Names) == 1:
			writer = field.Names[0].Name
		case len(field.Names) < 2:
			star, ok := field.Type.(*ast.StarExpr)
			request = request || ok && s.isHTTP(star.X, "Request")
		}
	}
	if request && writer != "" && writer != "_" {
		e.method, e.writer = endStatus, writer
	}
}

// isHTTP reports whether a type is net/http's of that name.
func (s source) isHTTP(expr ast.Expr, name string) bool {
	sel, ok := expr.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	for _, spec := range s.file.Imports {
		if spec.Path.Value == `"net/http"` {
			return spec.Name == nil && pkg.Name == "http" || spec.Name != nil && spec.Name.Name == pkg.Name
		}
	}
	return false
}

// resultKind answers for a result type where it stands: a type parameter is what
// its constraint says.
func (p *plan) resultKind(s source, fn directive.Function, expr ast.Expr) (errorKind, error) {
	here := place{p.decls, s.file, expr}
	if ident, ok := expr.(*ast.Ident); ok && fn.Decl != nil {
		constraint, isParam := p.constraint(s, fn.Decl, ident.Name)
		switch {
		case isParam && constraint.expr == nil:
			return noError, nil
		case isParam:
			kind, err := p.types.errorKind(constraint, false, 0)
			return min(kind, 1) * otherError, err
		case fn.Lit != nil && declares(fn.Decl, ident.Name):
			return noError, nil // a type of the function around the literal
		}
	}
	return p.types.errorKind(here, false, 0)
}

// constraint finds the constraint of a type parameter, of the function or of its
// receiver's type.
func (p *plan) constraint(s source, decl *ast.FuncDecl, name string) (constraint place, isParam bool) {
	if c := constraintIn(decl.Type.TypeParams, name); c != nil {
		return place{p.decls, s.file, c}, true
	}
	if !receiverTypeParam(decl, name) {
		return place{}, false
	}
	for _, d := range p.decls.types[directive.Receiver(decl)] {
		if i := receiverParamIndex(decl, name); d.spec.TypeParams != nil {
			n := 0
			for _, field := range d.spec.TypeParams.List {
				if n += len(field.Names); i < n {
					return place{p.decls, d.file, field.Type}, true
				}
			}
		}
	}
	return place{}, true
}

func constraintIn(params *ast.FieldList, name string) ast.Expr {
	if params == nil {
		return nil
	}
	for _, field := range params.List {
		for _, n := range field.Names {
			if n.Name == name {
				return field.Type
			}
		}
	}
	return nil
}

// receiverParamIndex is the place of a name among those that func (s Set[K, V])
// gives.
func receiverParamIndex(decl *ast.FuncDecl, name string) int {
	index := 0
	ast.Inspect(decl.Recv.List[0].Type, func(n ast.Node) bool {
		var params []ast.Expr
		switch x := n.(type) {
		case *ast.IndexExpr:
			params = []ast.Expr{x.Index}
		case *ast.IndexListExpr:
			params = x.Indices
		}
		for i, param := range params {
			if ident, ok := param.(*ast.Ident); ok && ident.Name == name {
				index = i
			}
		}
		return true
	})
	return index
}

// isBool reports whether a result type is a bool, by whatever name.
func (p *plan) isBool(s source, expr ast.Expr) bool {
	under, err := p.types.underlying(place{p.decls, s.file, expr}, 0)
	if err != nil || under.expr == nil {
		return false
	}
	ident, ok := under.expr.(*ast.Ident)
	return ok && ident.Name == "bool"
}

// iteratorsOf finds the iterators (functions that take a yield function) that fn
// returns: each of them gets the line, so that what is measured is the iteration
// and not the making of the iterator.
func iteratorsOf(s source, fn directive.Function) (found []directive.Function, message, hint string) {
	literals := map[*ast.FuncLit]directive.Function{}
	for _, f := range directive.Functions(s.file) {
		literals[f.Lit] = f
	}
	made := true
	ast.Inspect(fn.Body(), func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(x.Results) == 1 {
				if lit, ok := x.Results[0].(*ast.FuncLit); ok && isIterator(lit.Type) {
					found = append(found, literals[lit])
					return false
				}
			}
			made = false
		}
		return true
	})
	if !made || len(found) == 0 {
		return nil, "result=iterator needs every return to make the iterator: return func(yield func(…) bool) {…}", "mark the function that makes it, or leave result=iterator out"
	}
	return found, "", ""
}

// isIterator reports whether a signature is that of an iter.Seq or iter.Seq2.
func isIterator(t *ast.FuncType) bool {
	if t.Results.NumFields() > 0 || t.Params.NumFields() != 1 {
		return false
	}
	_, ok := t.Params.List[0].Type.(*ast.FuncType)
	return ok
}

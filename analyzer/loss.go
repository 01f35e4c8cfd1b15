package analyzer

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/ctrlflow"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/cfg"
)

// losses reports what begins and does not end.
func (l *life) losses() {
	for c := range l.in.Root().Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		switch fn := callee(l.pass, call); {
		case begins(fn):
			l.loss(c, call)
		case ends(fn):
			l.late(c, call)
		}
	}
}

// late finds an end that a deferred function calls: it cannot tell a panic from a
// return there.
func (l *life) late(c inspector.Cursor, end *ast.CallExpr) {
	for lit := range c.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		if _, ok := lit.Node().(*ast.FuncLit); !ok {
			return
		}
		call, ok := lit.Parent().Node().(*ast.CallExpr)
		if !ok || call.Fun != lit.Node() {
			return
		}
		if _, ok := lit.Parent().Parent().Node().(*ast.DeferStmt); ok && !deferred(c) {
			l.report(end, "an end that a deferred function calls takes panics for returns: defer the end itself")
		}
		return
	}
}

func deferred(c inspector.Cursor) bool {
	_, ok := c.Parent().Node().(*ast.DeferStmt)
	return ok
}

// loss looks at what becomes of what one call of Begin returns.
func (l *life) loss(c inspector.Cursor, begin *ast.CallExpr) {
	parent := c.Parent()
	for isParen(parent.Node()) {
		parent = parent.Parent()
	}
	switch x := parent.Node().(type) {
	case *ast.ExprStmt:
		l.report(begin, "nothing ends what begins here: defer %s", l.ended(parent, begin))
	case *ast.DeferStmt:
		l.reportFix(begin, "this begins when the function ends, and nothing ends it: defer "+l.ended(parent, begin), []analysis.TextEdit{
			{Pos: begin.End(), End: begin.End(), NewText: []byte(".End(" + l.errorOf(parent) + ")")},
		})
	case *ast.SelectorExpr: // telemetry.Begin("x").End(&err)
		if stmt, ok := parent.Parent().Parent().Node().(*ast.ExprStmt); ok && ends(l.method(x)) {
			l.reportFix(begin, "this ends at once: put defer in front of it", []analysis.TextEdit{{Pos: stmt.Pos(), End: stmt.Pos(), NewText: []byte("defer ")}})
		}
	case *ast.AssignStmt:
		if len(x.Lhs) == len(x.Rhs) {
			if i := slices.IndexFunc(x.Rhs, func(e ast.Expr) bool { return ast.Unparen(e) == begin }); i >= 0 {
				l.assigned(parent, begin, x.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		if i := slices.IndexFunc(x.Values, func(e ast.Expr) bool { return ast.Unparen(e) == begin }); i >= 0 && len(x.Names) == len(x.Values) {
			l.assigned(parent, begin, x.Names[i])
		}
	}
}

func (l *life) method(x *ast.SelectorExpr) *types.Func {
	fn, _ := l.pass.TypesInfo.Uses[x.Sel].(*types.Func)
	return fn
}

func isParen(n ast.Node) bool {
	_, ok := n.(*ast.ParenExpr)
	return ok
}

// assigned follows the variable that a timer is put into.
func (l *life) assigned(at inspector.Cursor, begin *ast.CallExpr, to ast.Expr) {
	ident, ok := to.(*ast.Ident)
	if !ok {
		return // a field, an element: somebody else's to end
	}
	if ident.Name == "_" {
		l.report(begin, "nothing ends what begins here: defer %s", l.ended(at, begin))
		return
	}
	v, ok := l.pass.TypesInfo.ObjectOf(ident).(*types.Var)
	if !ok || v.Parent() == l.pass.Pkg.Scope() {
		return
	}
	graph, body := l.graph(at)
	if graph == nil || v.Pos() < body.Pos() || body.End() <= v.Pos() { // of the function around, or a result
		return
	}
	if ret := l.wayOut(graph, at.Node(), v); ret != nil {
		line := l.pass.Fset.Position(ret.Pos()).Line
		l.pass.Report(analysis.Diagnostic{
			Pos: begin.Pos(), End: begin.End(),
			Message: "what begins here does not end on every way out of the function: defer " + ident.Name + ".End(" + l.errorOf(at) + ")",
			Related: []analysis.RelatedInformation{{Pos: ret.Pos(), Message: "this way, for one, at line " + strconv.Itoa(line)}},
		})
	}
}

// graph is the flow of control in the function around, and its body.
func (l *life) graph(at inspector.Cursor) (*cfg.CFG, *ast.BlockStmt) {
	graphs := l.pass.ResultOf[ctrlflow.Analyzer].(*ctrlflow.CFGs)
	for c := range at.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		switch fn := c.Node().(type) {
		case *ast.FuncDecl:
			return graphs.FuncDecl(fn), fn.Body
		case *ast.FuncLit:
			return graphs.FuncLit(fn), fn.Body
		}
	}
	return nil, nil
}

// wayOut returns a return statement, or an assignment to v, that can be reached from
// a statement without any use of v; nil if there is none.
func (l *life) wayOut(graph *cfg.CFG, from ast.Node, v *types.Var) ast.Node {
	seen := map[*cfg.Block]bool{}
	var look func(nodes []ast.Node, b *cfg.Block) ast.Node
	look = func(nodes []ast.Node, b *cfg.Block) ast.Node {
		for _, n := range nodes {
			if l.mentions(n, v) {
				return nil
			}
			if _, ok := n.(*ast.ReturnStmt); ok || l.overwrites(n, v) {
				return n
			}
		}
		for _, next := range b.Succs {
			if seen[next] {
				continue
			}
			seen[next] = true
			if ret := look(next.Nodes, next); ret != nil {
				return ret
			}
		}
		return nil
	}
	for _, b := range graph.Blocks {
		for i, n := range b.Nodes {
			if n.Pos() <= from.Pos() && from.End() <= n.End() {
				return look(b.Nodes[i+1:], b)
			}
		}
	}
	return nil
}

// mentions reports whether a node uses v. To give it another value is no use.
func (l *life) mentions(n ast.Node, v *types.Var) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AssignStmt:
			for _, e := range x.Rhs {
				found = found || l.mentions(e, v)
			}
			for _, e := range x.Lhs {
				found = found || !l.is(e, v) && l.mentions(e, v)
			}
			return false
		case *ast.Ident:
			found = found || l.is(x, v)
		}
		return !found
	})
	return found
}

func (l *life) overwrites(n ast.Node, v *types.Var) bool {
	assign, ok := n.(*ast.AssignStmt)
	return ok && slices.ContainsFunc(assign.Lhs, func(e ast.Expr) bool { return l.is(e, v) })
}

func (l *life) is(e ast.Expr, v *types.Var) bool {
	ident, ok := e.(*ast.Ident)
	return ok && l.pass.TypesInfo.Uses[ident] == v
}

// ended is the statement that begins and ends, as a person would write it.
func (l *life) ended(at inspector.Cursor, begin *ast.CallExpr) string {
	return source(l.pass.Fset, begin) + ".End(" + l.errorOf(at) + ")"
}

// errorOf is what to give to End: the address of the function's named error, or nil.
func (l *life) errorOf(at inspector.Cursor) string {
	for c := range at.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		typ := typeOf(c.Node())
		if typ.Results == nil || len(typ.Results.List) == 0 {
			return "nil"
		}
		last := typ.Results.List[len(typ.Results.List)-1]
		if len(last.Names) > 0 && types.Identical(l.pass.TypesInfo.TypeOf(last.Type), types.Universe.Lookup("error").Type()) {
			if name := last.Names[len(last.Names)-1].Name; name != "_" {
				return "&" + name
			}
		}
		return "nil"
	}
	return "nil"
}

func typeOf(fn ast.Node) *ast.FuncType {
	if decl, ok := fn.(*ast.FuncDecl); ok {
		return decl.Type
	}
	return fn.(*ast.FuncLit).Type
}

func (l *life) report(at *ast.CallExpr, format string, args ...any) {
	l.pass.ReportRangef(at, format, args...)
}

func (l *life) reportFix(at *ast.CallExpr, message string, edits []analysis.TextEdit) {
	l.pass.Report(analysis.Diagnostic{
		Pos: at.Pos(), End: at.End(), Message: message,
		SuggestedFixes: []analysis.SuggestedFix{{Message: "defer its end", TextEdits: edits}},
	})
}

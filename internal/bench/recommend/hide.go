package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
)

// hider takes the calls that record out of a program, and remembers which functions
// they stood in.
type hider struct {
	calls  *regexp.Regexp
	chosen map[string]bool // by position
}

// hide works on one file.
func (h *hider) hide(fset *token.FileSet, file *ast.File) {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil || !h.records(fn.Body) {
			continue
		}
		h.chosen[at(fset, fn)] = true
		spans := map[string]bool{}
		h.block(fn.Body, spans)
	}
}

// at tells a function by its place.
func at(fset *token.FileSet, n ast.Node) string {
	p := fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

func (h *hider) records(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && h.calls.MatchString(written(call.Fun))
		return !found
	})
	return found
}

// written is a function's name as it stands in the source: tracing.Tracer().Start.
func written(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return written(x.X) + "." + x.Sel.Name
	case *ast.CallExpr:
		return written(x.Fun) + "()"
	case *ast.IndexExpr:
		return written(x.X)
	}
	return "?"
}

// block removes statements that record, and those about what the first ones returned.
func (h *hider) block(n ast.Node, spans map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.BlockStmt:
			x.List = h.without(x.List, spans)
		case *ast.CaseClause:
			x.Body = h.without(x.Body, spans)
		case *ast.CommClause:
			x.Body = h.without(x.Body, spans)
		}
		return true
	})
}

func (h *hider) without(list []ast.Stmt, spans map[string]bool) (rest []ast.Stmt) {
	for _, stmt := range list {
		switch {
		case h.directly(stmt):
			if assign, ok := stmt.(*ast.AssignStmt); ok {
				for _, e := range assign.Lhs {
					if ident, ok := e.(*ast.Ident); ok && ident.Name != "ctx" && ident.Name != "_" && ident.Name != "err" {
						spans[ident.Name] = true
					}
				}
			}
			rest = append(rest, bodies(stmt)...)
		case about(stmt, spans):
		default:
			rest = append(rest, stmt)
		}
	}
	return rest
}

// directly reports whether a simple statement records.
func (h *hider) directly(stmt ast.Stmt) bool {
	switch stmt.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.DeferStmt, *ast.ReturnStmt, *ast.DeclStmt:
	default:
		return false
	}
	found := false
	ast.Inspect(stmt, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || h.calls.MatchString(written(x.Fun))
		}
		return true
	})
	return found
}

// bodies are those of the functions that a call was given: what it records goes on
// without it.
func bodies(stmt ast.Stmt) (kept []ast.Stmt) {
	ast.Inspect(stmt, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			kept = append(kept, lit.Body)
			return false
		}
		return true
	})
	return kept
}

// about reports whether a statement only speaks to a span: defer span.End().
func about(stmt ast.Stmt, spans map[string]bool) bool {
	var call ast.Expr
	switch x := stmt.(type) {
	case *ast.ExprStmt:
		call = x.X
	case *ast.DeferStmt:
		call = x.Call
	}
	for {
		switch x := call.(type) {
		case *ast.CallExpr:
			call = x.Fun
		case *ast.SelectorExpr:
			call = x.X
		case *ast.Ident:
			return spans[x.Name]
		default:
			return false
		}
	}
}

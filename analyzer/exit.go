package analyzer

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// exits reports calls that end the process in front of the end of an instrumented
// function.
func (l *life) exits() {
	for cursor := range l.in.Root().Preorder((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		body := bodyOf(cursor.Node())
		mark, isMarked := l.marks.functions[cursor.Node()]
		if body == nil || isTest(l.pass, body) || !isMarked && !l.defersEnd(body) {
			continue
		}
		name := "this function"
		if isMarked {
			name = mark.Func.String()
		} else if decl, ok := cursor.Node().(*ast.FuncDecl); ok {
			name = decl.Name.Name
		}
		for _, call := range within(body) {
			if by := l.exitBy(callee(l.pass, call)); by != "" {
				l.reportExit(call, by, name)
			}
		}
	}
}

func bodyOf(fn ast.Node) *ast.BlockStmt {
	if decl, ok := fn.(*ast.FuncDecl); ok {
		return decl.Body
	}
	return fn.(*ast.FuncLit).Body
}

// defersEnd reports whether one of the body's own statements is what tkgen or a
// person writes: defer ….Begin(…).End(…), or defer t.End(…).
func (l *life) defersEnd(body *ast.BlockStmt) bool {
	for _, stmt := range body.List {
		if d, ok := stmt.(*ast.DeferStmt); ok && ends(callee(l.pass, d.Call)) {
			return true
		}
	}
	return false
}

// within returns the calls that a function makes itself: those of literals in it
// only if they are called or deferred where they stand.
func within(body *ast.BlockStmt) (calls []*ast.CallExpr) {
	own := map[*ast.FuncLit]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.CallExpr:
			if lit, ok := ast.Unparen(x.Fun).(*ast.FuncLit); ok {
				own[lit] = true
			}
			calls = append(calls, x)
		case *ast.FuncLit:
			return own[x]
		}
		return true
	})
	return calls
}

func (l *life) reportExit(call *ast.CallExpr, by, name string) {
	fn := callee(l.pass, call)
	what, instead := by, "call telemetry.Exit instead"
	if called := called(fn); called != by {
		what = called + " (by " + by + ")"
	}
	d := analysis.Diagnostic{Pos: call.Pos(), End: call.End()}
	switch {
	case isFunc(fn, "os", "Exit"):
		d.SuggestedFixes = l.exitFix(call)
	case by == "os.Exit" || by == "syscall.Exit":
		instead = "let it return an error, or call telemetry.Exit there"
	default:
		instead = "log, and call telemetry.Exit(1), or return an error"
	}
	d.Message = what + " ends the process before the end of " + name + " is recorded: " + instead
	l.pass.Report(d)
}

// called is how a person writes fn.
func called(fn *types.Func) string {
	if recv := receiver(fn); recv != nil {
		return types.TypeString(recv, func(p *types.Package) string { return p.Name() }) + "." + fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

// exitFix writes telemetry.Exit instead of os.Exit. The import of os goes with its
// last use.
func (l *life) exitFix(call *ast.CallExpr) []analysis.SuggestedFix {
	file, unused := fileOf(l.pass, call.Pos()), ""
	if uses(l.pass, file, "os") == 1 {
		unused = "os"
	}
	name, edits := importing(file, telemetryPath, unused)
	return []analysis.SuggestedFix{{
		Message:   "call telemetry.Exit",
		TextEdits: append(edits, analysis.TextEdit{Pos: call.Fun.Pos(), End: call.Fun.End(), NewText: []byte(name + ".Exit")}),
	}}
}

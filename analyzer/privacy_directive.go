package analyzer

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// directives looks at what attr= of directives records: with choices, one of them;
// without, a boolean, a number or a duration.
func (p *privacy) directives() {
	for _, mark := range p.marks.functions {
		body := mark.Func.Body()
		if body == nil || isTest(p.pass, mark.Func.Node()) {
			continue
		}
		for _, a := range mark.Attributes {
			if len(a.Choices) == 0 {
				p.attributeOf(mark, a, body)
			}
		}
	}
}

func (p *privacy) attributeOf(mark directive.Mark, a directive.Attribute, body *ast.BlockStmt) {
	expr, err := parser.ParseExpr(a.Expr)
	if err != nil {
		return // said by Directive
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if err := types.CheckExpr(p.pass.Fset, p.pass.Pkg, scopePos(body), expr, info); err != nil {
		return // said by tkgen, and by the compiler of what it writes
	}
	if b, ok := info.TypeOf(expr).Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
		p.report(analysis.Diagnostic{Pos: mark.Pos, Category: "useless", Message: fmt.Sprintf(
			"attr=%s:%s is a free string, of which nothing is recorded: list its values, attr=%s:%s|a|b", a.Key, a.Expr, a.Key, a.Expr)})
		return
	}
	if s := p.meant(expr, info); s != nil {
		p.report(analysis.Diagnostic{Pos: mark.Pos, Message: fmt.Sprintf(
			"%s flows into the attribute %s of the directive: record a comparison or a length instead", s.words(), a.Key)})
	}
}

// scopePos is a position at which the names of the function are known and none of its
// body are.
func scopePos(body *ast.BlockStmt) token.Pos { return body.Lbrace + 1 }

// meant is what an expression of fields and names says: a comparison and len say
// nothing.
func (p *privacy) meant(expr ast.Expr, info *types.Info) *taint {
	switch x := ast.Unparen(expr).(type) {
	case *ast.Ident:
		if v, ok := info.Uses[x].(*types.Var); ok {
			return meaning(v.Name(), v.Type())
		}
	case *ast.SelectorExpr:
		sel := info.Selections[x]
		if sel == nil {
			return p.meant(x.Sel, info)
		}
		of := sel.Recv()
		for _, i := range sel.Index()[:len(sel.Index())-1] {
			of = deref(of).Underlying().(*types.Struct).Field(i).Type()
		}
		if s, harmless := sourceField(of, sel.Index()[len(sel.Index())-1]); s != nil && !harmless && (s.Number || !isWide(sel.Type())) {
			return s
		}
	case *ast.UnaryExpr:
		return p.meant(x.X, info)
	case *ast.BinaryExpr:
		if saysNothing(info.TypeOf(x)) {
			return nil
		}
		if s := p.meant(x.X, info); s != nil {
			return s
		}
		return p.meant(x.Y, info)
	}
	return nil
}

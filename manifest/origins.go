package manifest

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"
)

// origins are the expressions that the value of e can come from: through
// variables, pointers and functions of the program, as far as assignments tell. It
// never takes one too few: what does not lead further is an origin itself.
func (s *source) origins(p *packages.Package, e ast.Expr) []place {
	return s.follow(place{p, e}, map[any]bool{})
}

func (s *source) follow(at place, seen map[any]bool) []place {
	e := ast.Unparen(at.node.(ast.Expr))
	switch x := e.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return s.follow(place{at.p, x.X}, seen)
		}
	case *ast.StarExpr:
		return s.follow(place{at.p, x.X}, seen)
	case *ast.Ident, *ast.SelectorExpr:
		return s.followVariable(place{at.p, e}, seen)
	case *ast.CallExpr:
		if fn, _ := typeutil.Callee(at.p.TypesInfo, x).(*types.Func); fn != nil && s.funcs[fn].node != nil {
			if seen[fn] {
				return nil
			}
			seen[fn] = true
			return s.followResults(s.funcs[fn], place{at.p, e}, seen)
		}
	}
	return []place{{at.p, e}}
}

func (s *source) followVariable(at place, seen map[any]bool) []place {
	holder := holderOf(at.p, at.node.(ast.Expr))
	if holder == nil {
		return []place{at}
	}
	if seen[holder] {
		return nil // its origins are among those found already
	}
	seen[holder] = true
	given := s.values[holder]
	if len(given) == 0 {
		return []place{at}
	}
	var list []place
	if v, ok := holder.(*types.Var); ok && v.Kind() == types.ParamVar {
		list = append(list, at) // what callers give it
	}
	for _, value := range given {
		list = append(list, s.follow(value, seen)...)
	}
	return list
}

// followResults are the origins of what a function with one result returns.
func (s *source) followResults(fn, call place, seen map[any]bool) (list []place) {
	decl := fn.node.(*ast.FuncDecl)
	if decl.Body == nil || decl.Type.Results.NumFields() != 1 {
		return []place{call}
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 1 {
				list = append(list, s.follow(place{fn.p, n.Results[0]}, seen)...)
			} else if names := decl.Type.Results.List[0].Names; len(names) == 1 {
				list = append(list, s.follow(place{fn.p, names[0]}, seen)...)
			}
		}
		return true
	})
	return list
}

package instrument

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"
)

// dstEdits prints the marked functions of a file through dst and returns their
// new texts. dst's import-managing mode is never used: it drops imports whose
// package name differs from their path's last element.
func dstEdits(f filePlan) (edits []edit, err error) {
	defer func() {
		// dst panics on trees that it does not know; the smallest edit does
		// not need it.
		if r := recover(); r != nil {
			err = fmt.Errorf("printing %s: %v", f.path, r)
		}
	}()
	tree, err := decorator.NewDecorator(token.NewFileSet()).Parse(f.src)
	if err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.path, err)
	}
	index := map[*ast.FuncDecl]int{}
	for i, decl := range f.file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			index[fn] = i
		}
	}
	for _, fn := range f.fns {
		insert(tree.Decls[index[fn.fn]].(*dst.FuncDecl), fn, f.oneLine(fn))
	}
	var text bytes.Buffer
	if err := decorator.Fprint(&text, tree); err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.path, err)
	}
	printed, err := parse(f.path, text.Bytes())
	if err != nil {
		return nil, err
	}
	for _, fn := range f.fns {
		decl := printed.file.Decls[index[fn.fn]].(*ast.FuncDecl)
		body := string(printed.src[printed.offset(decl.Type.Func):printed.offset(decl.End())])
		edits = append(edits, edit{f.offset(fn.fn.Type.Func), f.offset(fn.fn.End()), body})
	}
	return edits, nil
}

// insert puts the generated line in front of the body and names the results.
func insert(fn *dst.FuncDecl, p planned, oneLine bool) {
	nameResults(fn.Type.Results, p)
	var arg dst.Expr = dst.NewIdent("nil")
	if p.err != "" {
		arg = &dst.UnaryExpr{Op: token.AND, X: dst.NewIdent(p.err)}
	}
	begin := &dst.CallExpr{Fun: &dst.SelectorExpr{X: dst.NewIdent(p.point), Sel: dst.NewIdent("Begin")}}
	end := &dst.CallExpr{Fun: &dst.SelectorExpr{X: begin, Sel: dst.NewIdent("End")}, Args: []dst.Expr{arg}}
	stmt := &dst.DeferStmt{Call: end}
	stmt.Decs.Before, stmt.Decs.After = dst.NewLine, dst.NewLine
	if remark := p.remark(oneLine); remark != "" {
		stmt.Decs.End.Append("//" + remark)
	}
	fn.Body.List = append([]dst.Stmt{stmt}, fn.Body.List...)
}

func nameResults(results *dst.FieldList, p planned) {
	if p.naming == namedAlready {
		return
	}
	last := results.List[len(results.List)-1]
	if p.naming == nameBlank {
		last.Names[len(last.Names)-1].Name = p.err
		return
	}
	for _, field := range results.List {
		field.Names = []*dst.Ident{dst.NewIdent("_")}
	}
	last.Names[0].Name = p.err
	results.Opening, results.Closing = true, true
}

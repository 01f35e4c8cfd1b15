package instrument

import (
	"bytes"
	"fmt"
	"go/ast"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"
)

// dstEdits prints the declarations that hold marked functions through dst, apart
// from the rest of the file, and returns their new texts. dst's import-managing
// mode is never used: it drops imports whose package name differs from their
// path's last element. aligned says that gofmt has to put one-line functions into
// columns again when the lines are taken out.
func dstEdits(f filePlan, aligned bool) (edits []edit, err error) {
	defer func() {
		// dst panics on trees that it does not know; the smallest edit does
		// not need it.
		if r := recover(); r != nil {
			err = fmt.Errorf("printing %s: %v", f.path, r)
		}
	}()
	e, err := f.excerpt()
	if err != nil {
		return nil, err
	}
	dec := decorator.NewDecorator(e.fset)
	tree, err := dec.DecorateFile(e.file)
	if err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.path, err)
	}
	for _, fn := range f.fns {
		if err := insert(dec.Dst.Nodes[e.functions[fn.fn.Node()]], fn, fn.remark(f.oneLine(fn), aligned)); err != nil {
			return nil, err
		}
	}
	var text bytes.Buffer
	if err := decorator.Fprint(&text, tree); err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.path, err)
	}
	printed, err := parse(f.path, text.Bytes())
	if err != nil {
		return nil, err
	}
	for i, decl := range e.decls {
		edits = append(edits, edit{f.offset(decl.Pos()), f.offset(decl.End()), printed.text(printed.file.Decls[i])})
	}
	return edits, nil
}

// excerpt is a file of its own that holds nothing but the declarations with
// marked functions: what dst costs is then theirs, and not the whole file's.
type excerpt struct {
	source
	decls     []ast.Decl            // of the file, one for each of the excerpt's
	functions map[ast.Node]ast.Node // the excerpt's, by those of the file
}

func (f filePlan) excerpt() (e excerpt, err error) {
	text := bytes.NewBufferString("package p\n")
	moved := map[int]ast.Node{} // the file's functions, by their offsets in the excerpt
	for _, decl := range f.file.Decls {
		start, at := f.offset(decl.Pos()), text.Len()+1
		holds := false
		for _, p := range f.fns {
			if node := p.fn.Node(); inside(node, decl) {
				moved[f.offset(node.Pos())-start+at], holds = node, true
			}
		}
		if holds {
			e.decls = append(e.decls, decl)
			fmt.Fprintf(text, "\n%s\n", f.src[start:f.offset(decl.End())])
		}
	}
	if e.source, err = parse(f.path, text.Bytes()); err != nil {
		return e, err
	}
	e.functions = map[ast.Node]ast.Node{}
	ast.Inspect(e.file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			if node := moved[e.offset(n.Pos())]; node != nil {
				e.functions[node] = n
			}
		}
		return true
	})
	return e, nil
}

func inside(inner, outer ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// insert puts the generated line in front of the body and names the results.
func insert(fn dst.Node, p planned, remark string) error {
	var body *dst.BlockStmt
	switch fn := fn.(type) {
	case *dst.FuncDecl:
		nameResults(fn.Type.Results, p)
		body = fn.Body
	case *dst.FuncLit:
		nameResults(fn.Type.Results, p)
		body = fn.Body
	}
	stmt, err := dstStatement(p.statement())
	if err != nil {
		return err
	}
	stmt.Decs.Before, stmt.Decs.After = dst.NewLine, dst.NewLine
	if remark != "" {
		stmt.Decs.End.Append("//" + remark)
	}
	body.List = append([]dst.Stmt{stmt}, body.List...)
	return nil
}

// dstStatement parses the generated line.
func dstStatement(text string) (*dst.DeferStmt, error) {
	file, err := decorator.Parse("package p; func _() { " + text + " }")
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", text, err)
	}
	return file.Decls[0].(*dst.FuncDecl).Body.List[0].(*dst.DeferStmt), nil
}

func nameResults(results *dst.FieldList, p planned) {
	if p.naming == namedAlready {
		return
	}
	last := results.List[len(results.List)-1]
	if p.naming == nameBlank {
		last.Names[len(last.Names)-1].Name = p.result
		return
	}
	for _, field := range results.List {
		field.Names = []*dst.Ident{dst.NewIdent("_")}
	}
	last.Names[0].Name = p.result
	results.Opening, results.Closing = true, true
}

package analyzer

import (
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"path"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

func fileOf(pass *analysis.Pass, pos token.Pos) *ast.File {
	for _, file := range pass.Files {
		if file.FileStart <= pos && pos < file.FileEnd {
			return file
		}
	}
	return nil
}

// importing returns the name by which a file knows a package, and the edits that
// import it if it does not yet. The import of a package that the caller's other
// edits leave without a use goes: unused is its path, or "".
func importing(file *ast.File, pkg, unused string) (name string, edits []analysis.TextEdit) {
	name = path.Base(pkg)
	var last *ast.ImportSpec
	for _, spec := range file.Imports {
		switch p, _ := strconv.Unquote(spec.Path.Value); {
		case p == pkg && (spec.Name == nil || spec.Name.Name != "_" && spec.Name.Name != "."):
			if spec.Name != nil {
				name = spec.Name.Name
			}
			return name, removing(file, unused)
		case p == unused:
			return name, []analysis.TextEdit{{Pos: spec.Pos(), End: spec.End(), NewText: []byte(strconv.Quote(pkg))}}
		}
		last = spec
	}
	if last == nil {
		return name, []analysis.TextEdit{{Pos: file.Name.End(), End: file.Name.End(), NewText: []byte("\n\nimport " + strconv.Quote(pkg))}}
	}
	text := "\n\t" + strconv.Quote(pkg)
	if host, _, _ := strings.Cut(last.Path.Value, "/"); !strings.Contains(host, ".") {
		text = "\n" + text // a group of its own behind the standard library's
	}
	if decl := declOf(file, last); !decl.Lparen.IsValid() {
		edits = []analysis.TextEdit{{Pos: last.Pos(), End: last.Pos(), NewText: []byte("(\n\t")}}
		text += "\n)"
	}
	return name, append(edits, analysis.TextEdit{Pos: last.End(), End: last.End(), NewText: []byte(text)})
}

// removing takes an import away.
func removing(file *ast.File, pkg string) []analysis.TextEdit {
	for _, spec := range file.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == pkg {
			var n ast.Node = spec
			if decl := declOf(file, spec); !decl.Lparen.IsValid() {
				n = decl
			}
			return []analysis.TextEdit{{Pos: n.Pos(), End: n.End()}}
		}
	}
	return nil
}

func declOf(file *ast.File, spec *ast.ImportSpec) *ast.GenDecl {
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Pos() <= spec.Pos() && spec.End() <= d.End() {
			return d
		}
	}
	return nil
}

// uses counts how often a file names an imported package.
func uses(pass *analysis.Pass, file *ast.File, pkg string) (n int) {
	ast.Inspect(file, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok {
			if name, ok := pass.TypesInfo.Uses[ident].(*types.PkgName); ok && name.Imported().Path() == pkg {
				n++
			}
		}
		return true
	})
	return n
}

// source is a node's text on one line.
func source(fset *token.FileSet, n ast.Node) string {
	var b strings.Builder
	if err := printer.Fprint(&b, fset, n); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

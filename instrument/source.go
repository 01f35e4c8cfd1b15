package instrument

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
)

// source is one parsed file.
type source struct {
	fset *token.FileSet
	file *ast.File
	src  []byte
	path string
}

// parse reads a file with its comments. What does not parse is a [Problem] with
// the parser's position.
func parse(path string, src []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			pos := list[0].Pos
			pos.Filename = path
			return source{}, Problem{Pos: pos, Message: "this file does not parse: " + list[0].Msg, Hint: "mend it, then run tkgen again"}
		}
		return source{}, fmt.Errorf("parsing %s: %w", path, err)
	}
	return source{fset: fset, file: file, src: src, path: path}, nil
}

// offset is the byte offset of pos, whatever //line comments say.
func (s source) offset(pos token.Pos) int { return s.fset.PositionFor(pos, false).Offset }

func (s source) position(pos token.Pos) token.Position { return s.fset.PositionFor(pos, false) }

// text is the source of a node.
func (s source) text(n ast.Node) string {
	return string(s.src[s.offset(n.Pos()):s.offset(n.End())])
}

// declared returns the names that a file declares at package level.
func declared(file *ast.File) []string {
	var names []string
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				}
			}
		}
	}
	return names
}

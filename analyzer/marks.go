package analyzer

import (
	"go/ast"
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// marked is what the directives of a package say.
type marked struct {
	problems []directive.Problem
	// functions by their declaration or literal.
	functions map[ast.Node]directive.Mark
	wide      []directive.Wide
	skipped   map[ast.Node]bool
}

var marks = &analysis.Analyzer{
	Name:             "marks",
	Doc:              "read the directives of a package for the other analyzers",
	RunDespiteErrors: true,
	ResultType:       reflect.TypeFor[*marked](),
	Run:              func(pass *analysis.Pass) (any, error) { return readMarks(pass), nil },
}

func readMarks(pass *analysis.Pass) *marked {
	m := &marked{functions: map[ast.Node]directive.Mark{}, skipped: map[ast.Node]bool{}}
	for _, file := range pass.Files {
		read, problems := directive.Read(pass.Fset, file)
		m.problems = append(m.problems, problems...)
		m.wide = append(m.wide, read.Wide...)
		for _, mark := range read.Functions {
			m.functions[mark.Func.Node()] = mark
		}
		for node := range read.Skipped {
			m.skipped[node] = true
		}
	}
	if len(m.wide) > 0 {
		m.widen(pass.Files)
	}
	return m
}

// widen adds what the directives above types and packages mark.
func (m *marked) widen(files []*ast.File) {
	for _, file := range files {
		for _, fn := range directive.Functions(file) {
			if _, taken := m.functions[fn.Node()]; taken || fn.Lit != nil || m.skipped[fn.Decl] {
				continue
			}
			for _, w := range m.wide {
				if w.Covers(fn.Decl) {
					m.functions[fn.Decl] = directive.Mark{Directive: w.Directive, Func: fn, Pos: w.Pos}
					break
				}
			}
		}
	}
}

// covers reports whether a wide directive marks anything in the package.
func (m *marked) covers(files []*ast.File, w directive.Wide) bool {
	for _, file := range files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && w.Covers(fn) {
				return true
			}
		}
	}
	return false
}

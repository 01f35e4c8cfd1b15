package analyzer

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// Directive finds directives that tkgen would refuse, before it does.
var Directive = &analysis.Analyzer{
	Name: "directive",
	URL:  home + "#Directive",
	Doc: `report //telemetry: directives that are not right

Malformed and misplaced directives, unknown keys, names that two functions of a
package would share, directives on functions that cannot be instrumented, and those
that mark nothing. The fix writes what was meant where that is certain.

	//telemetry:instrument kind=comand
	func Deploy() error { … }

is reported as "kind=comand is not a kind: did you mean kind=command?".`,
	Requires:         []*analysis.Analyzer{marks},
	RunDespiteErrors: true,
	Run:              runDirective,
}

func runDirective(pass *analysis.Pass) (any, error) {
	m := pass.ResultOf[marks].(*marked)
	for _, p := range m.problems {
		report(pass, p)
	}
	for _, w := range m.wide {
		if !m.covers(pass.Files, w) {
			what := "type " + w.Type + " has no exported methods"
			if w.Type == "" {
				what = "the package has no exported functions"
			}
			pass.Report(analysis.Diagnostic{Pos: w.Pos, Message: "this directive marks nothing: " + what})
		}
	}
	own := slices.SortedFunc(func(yield func(directive.Mark) bool) {
		for _, mark := range m.functions {
			if !yield(mark) {
				return
			}
		}
	}, func(a, b directive.Mark) int { return int(a.Func.Node().Pos() - b.Func.Node().Pos()) })
	refused(pass, own)
	namesake(pass, own)
	return nil, nil
}

// report turns what the language says into a diagnostic.
func report(pass *analysis.Pass, p directive.Problem) {
	d := analysis.Diagnostic{Pos: positionOf(pass, p.Pos), Message: p.Message}
	if p.Hint != "" {
		d.Message += ": " + p.Hint
	}
	if p.Fix != nil {
		what := "replace it by " + p.Fix.Text
		if p.Fix.Text == "" {
			what = "remove it"
		}
		d.SuggestedFixes = []analysis.SuggestedFix{{
			Message:   what,
			TextEdits: []analysis.TextEdit{{Pos: p.Fix.Pos, End: p.Fix.End, NewText: []byte(p.Fix.Text)}},
		}}
	}
	pass.Report(d)
}

// positionOf is where in the pass's files a problem is.
func positionOf(pass *analysis.Pass, at token.Position) token.Pos {
	for _, file := range pass.Files {
		if f := pass.Fset.File(file.FileStart); f.Name() == at.Filename {
			return f.Pos(at.Offset)
		}
	}
	return token.NoPos
}

// refused reports marks of functions that cannot be instrumented, as far as their
// declarations tell.
func refused(pass *analysis.Pass, own []directive.Mark) {
	for _, mark := range own {
		if isTest(pass, mark.Func.Node()) {
			pass.Reportf(mark.Pos, "%s stands in a test file, which is no part of the program: mark the function that the test calls", mark.Func)
			continue
		}
		if message, hint := mark.Func.Refuse(pass.Pkg.Name()); message != "" {
			pass.Reportf(mark.Pos, "%s cannot be instrumented: %s: %s", mark.Func, message, hint)
		}
	}
}

// namesake reports events of one name.
func namesake(pass *analysis.Pass, own []directive.Mark) {
	first := map[string]directive.Function{}
	for _, mark := range own {
		name := eventName(pass, mark)
		other, taken := first[name]
		switch {
		case !taken:
			first[name] = mark.Func
		default:
			at := pass.Fset.Position(other.Node().Pos())
			pass.Report(analysis.Diagnostic{
				Pos:     mark.Pos,
				Message: fmt.Sprintf("the name %s is taken by %s: give one of them a name= of its own", name, other),
				Related: []analysis.RelatedInformation{{Pos: other.Node().Pos(), Message: fmt.Sprintf("%s, line %d", other, at.Line)}},
			})
		}
	}
}

// eventName is the name that the directive gives, or the default.
func eventName(pass *analysis.Pass, mark directive.Mark) string {
	if mark.Name != "" {
		return mark.Name
	}
	words, _ := mark.Func.Words()
	return directive.DefaultName(pathInModule(pass), words...)
}

// pathInModule is the package's path below its module; the last part of it where
// the module is not known.
func pathInModule(pass *analysis.Pass) string {
	pkg := strings.TrimSuffix(pass.Pkg.Path(), "_test")
	if pass.Module == nil || pass.Module.Path == "" {
		return path.Base(pkg)
	}
	return strings.TrimPrefix(strings.TrimPrefix(pkg, pass.Module.Path), "/")
}

func isTest(pass *analysis.Pass, n ast.Node) bool {
	return strings.HasSuffix(pass.Fset.Position(n.Pos()).Filename, "_test.go")
}

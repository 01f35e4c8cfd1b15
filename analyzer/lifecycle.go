package analyzer

import (
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/ctrlflow"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// Lifecycle finds what is recorded by nobody: programs that never start telemetry,
// calls that end the process in front of an end, ends that are lost.
var Lifecycle = &analysis.Analyzer{
	Name: "lifecycle",
	URL:  home + "#Lifecycle",
	Doc: `report telemetry that never starts, starts twice, or never ends

In a program that records something, main has to call telemetry.Start, or a function
that does, once. os.Exit and log.Fatal end the process before the end of an
instrumented function is recorded: a command then looks unfinished, a feature's call is
not counted, and telemetry.Exit is what to call instead. And what telemetry.Begin
returns has to be ended on every way out of the function:

	defer telemetry.Begin("cache.warm").End(&err)`,
	Requires:  []*analysis.Analyzer{marks, inspect.Analyzer, ctrlflow.Analyzer},
	FactTypes: []analysis.Fact{new(recording), new(starting), new(exiting)},
	Run:       runLifecycle,
}

// recording says that a package records something.
type recording struct{ What string }

// starting says that a function starts telemetry.
type starting struct{}

// exiting says that a function always ends the process, and which function of the
// standard library it does so with.
type exiting struct{ By string }

func (*recording) AFact() {}
func (*starting) AFact()  {}
func (*exiting) AFact()   {}

func (r *recording) String() string { return "records " + r.What }
func (*starting) String() string    { return "starts telemetry" }
func (e *exiting) String() string   { return "exits by " + e.By }

func runLifecycle(pass *analysis.Pass) (any, error) {
	l := life{pass: pass, marks: pass.ResultOf[marks].(*marked), in: pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)}
	if pass.Pkg.Path() == telemetryPath {
		return nil, nil
	}
	l.notePackage()
	l.noteFunctions()
	if !inRuntime(pass.Pkg.Path()) {
		l.exits()
		l.losses()
	}
	if pass.Pkg.Name() == "main" {
		l.starts()
	}
	return nil, nil
}

type life struct {
	pass  *analysis.Pass
	marks *marked
	in    *inspector.Inspector
}

// notePackage says that the package records something, if it does.
func (l *life) notePackage() {
	if inRuntime(l.pass.Pkg.Path()) {
		return
	}
	if len(l.marks.functions) > 0 {
		l.pass.ExportPackageFact(&recording{What: fmt.Sprintf("%d marked functions", len(l.marks.functions))})
		return
	}
	for call := range l.calls() {
		if fn := callee(l.pass, call); records(fn) {
			l.pass.ExportPackageFact(&recording{What: "by telemetry." + fn.Name()})
			return
		}
	}
}

func (l *life) calls() func(func(*ast.CallExpr) bool) {
	return func(yield func(*ast.CallExpr) bool) {
		for c := range l.in.Root().Preorder((*ast.CallExpr)(nil)) {
			if !yield(c.Node().(*ast.CallExpr)) {
				return
			}
		}
	}
}

// noteFunctions exports which functions start telemetry and which end the process.
// Functions of a package may stand in any order: it looks until nothing is new.
func (l *life) noteFunctions() {
	for changed := true; changed; {
		changed = false
		for _, file := range l.pass.Files {
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil && l.note(fn) {
					changed = true
				}
			}
		}
	}
}

func (l *life) note(decl *ast.FuncDecl) (changed bool) {
	fn, ok := l.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	if !l.startsBy(fn) && l.startWithin(decl.Body) != nil {
		l.pass.ExportObjectFact(fn, &starting{})
		changed = true
	}
	if l.exitBy(fn) == "" {
		if by := l.lastExit(decl.Body); by != "" {
			l.pass.ExportObjectFact(fn, &exiting{By: by})
			changed = true
		}
	}
	return changed
}

func (l *life) startsBy(fn *types.Func) bool {
	return isFunc(fn, telemetryPath, "Start") || fn != nil && l.pass.ImportObjectFact(fn, new(starting))
}

// exitBy names the function of the standard library by which fn ends the process;
// "" if it does not.
func (l *life) exitBy(fn *types.Func) string {
	var fact exiting
	switch {
	case fn == nil || fn.Pkg() == nil:
		return ""
	case isFunc(fn, "os", "Exit"), isFunc(fn, "syscall", "Exit"), isFunc(fn, "log", "Fatal", "Fatalf", "Fatalln"):
		return fn.Pkg().Name() + "." + fn.Name()
	case isMethod(fn, "log", "Logger", "Fatal", "Fatalf", "Fatalln"):
		return "log.Logger." + fn.Name()
	case fn.Pkg().Path() == telemetryPath:
		return ""
	case l.pass.ImportObjectFact(fn, &fact):
		return fact.By
	}
	return ""
}

// lastExit looks whether the body ends in a call that ends the process.
func (l *life) lastExit(body *ast.BlockStmt) string {
	if len(body.List) == 0 {
		return ""
	}
	stmt, ok := body.List[len(body.List)-1].(*ast.ExprStmt)
	if !ok {
		return ""
	}
	call, ok := ast.Unparen(stmt.X).(*ast.CallExpr)
	if !ok {
		return ""
	}
	return l.exitBy(callee(l.pass, call))
}

// startWithin returns the first call in n that starts telemetry.
func (l *life) startWithin(n ast.Node) (found *ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && found == nil && l.startsBy(callee(l.pass, call)) {
			found = call
		}
		return found == nil
	})
	return found
}

// starts looks at a program: does main start what its packages record?
func (l *life) starts() {
	what := l.recorded()
	main := l.mainFunc()
	if main == nil {
		return
	}
	var first *ast.CallExpr
	for _, file := range l.pass.Files {
		if isTest(l.pass, file) {
			continue
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			for _, call := range l.directStarts(fn.Body) {
				if first != nil {
					l.pass.Report(analysis.Diagnostic{
						Pos: call.Pos(), End: call.End(),
						Message: "telemetry is started twice in this program, and only the first one counts: remove one of them",
						Related: []analysis.RelatedInformation{{Pos: first.Pos(), Message: "the first"}},
					})
					continue
				}
				first = call
			}
		}
	}
	if first == nil && what != "" && l.startWithin(main.Body) == nil && !l.startedElsewhere() {
		l.pass.Report(analysis.Diagnostic{
			Pos: main.Name.Pos(), End: main.Name.End(),
			Message:        "nothing that this program records is kept, because main never starts telemetry (" + what + "): defer telemetry.Start(telemetry.Config{Service: \"" + l.service() + "\"}).Stop()",
			SuggestedFixes: l.startFix(main),
		})
	}
}

// recorded says what the program records: by itself, or by the first of its packages
// that does, in the order of their paths; "" for nothing.
func (l *life) recorded() string {
	var facts []analysis.PackageFact // which come in no order
	for _, fact := range l.pass.AllPackageFacts() {
		if r, ok := fact.Fact.(*recording); !ok {
			continue
		} else if fact.Package == l.pass.Pkg {
			return "it " + r.String()
		}
		facts = append(facts, fact)
	}
	if len(facts) == 0 {
		return ""
	}
	first := slices.MinFunc(facts, func(a, b analysis.PackageFact) int { return strings.Compare(a.Package.Path(), b.Package.Path()) })
	return first.Package.Path() + " " + first.Fact.(*recording).String()
}

// directStarts are the calls of telemetry.Start itself.
func (l *life) directStarts(n ast.Node) (calls []*ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && isFunc(callee(l.pass, call), telemetryPath, "Start") {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}

// startedElsewhere reports whether a variable's initializer or an init function
// starts telemetry.
func (l *life) startedElsewhere() bool {
	for _, file := range l.pass.Files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				if l.startWithin(d) != nil {
					return true
				}
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil && l.startWithin(d) != nil {
					return true
				}
			}
		}
	}
	return false
}

func (l *life) mainFunc() *ast.FuncDecl {
	for _, file := range l.pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.Name == "main" && fn.Recv == nil && fn.Body != nil && !isTest(l.pass, fn) {
				return fn
			}
		}
	}
	return nil
}

// service is what the program would be called: the last part of its path that is no
// major version.
func (l *life) service() string {
	base := path.Base(l.pass.Pkg.Path())
	if majorVersion.MatchString(base) {
		base = path.Base(path.Dir(l.pass.Pkg.Path()))
	}
	return base
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

func (l *life) startFix(main *ast.FuncDecl) []analysis.SuggestedFix {
	name, edits := importing(fileOf(l.pass, main.Pos()), telemetryPath, "")
	at, text := main.Body.Lbrace+1, fmt.Sprintf("defer %s.Start(%s.Config{Service: %q}).Stop()\n", name, name, l.service())
	if len(main.Body.List) > 0 {
		at = main.Body.List[0].Pos()
	} else {
		text = "\n" + text
	}
	return []analysis.SuggestedFix{{
		Message:   "start telemetry in main",
		TextEdits: append(edits, analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)}),
	}}
}

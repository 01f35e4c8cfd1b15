package analyzer

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// function is what is known of one function that could be marked.
type function struct {
	fn      directive.Function
	obj     *types.Func // nil of literals
	handler handlerKind
	word    string // that people call a command by

	context, err, exported bool
	statements, calls      int // in its body, literals included
	handsOn                int // calls that its context is given to
	callers                int // within the package
	reach                  reaching
}

// pkg is one package's functions.
type pkg struct {
	functions []*function
	// withContext is the share of a type's methods that take a context, by its name.
	withContext map[string]float64
	depth       int
	utility     bool
}

var utility = regexp.MustCompile(`(?i)(^|[/._-])(utils?|helpers?|test\w*|mocks?|fakes?|types?|proto|pb|gen|hack|contrib|docs|examples?)($|[/._-])`)

func newPackage(pass *analysis.Pass, reach map[types.Object]reaching) *pkg {
	p := &pkg{withContext: map[string]float64{}, depth: strings.Count(pathInModule(pass), "/"), utility: utility.MatchString(pathInModule(pass))}
	kinds := handlers(pass)
	callers := map[types.Object]int{}
	for _, file := range pass.Files {
		if isTest(pass, file) || ast.IsGenerated(file) {
			continue
		}
		for _, fn := range directive.Functions(file) {
			if f := newFunction(pass, fn, kinds, callers); f != nil {
				p.functions = append(p.functions, f)
			}
		}
	}
	methods := map[string][2]float64{}
	for _, f := range p.functions {
		f.callers = callers[f.obj]
		f.reach = reach[f.obj]
		if f.fn.Lit == nil {
			n := methods[directive.Receiver(f.fn.Decl)]
			n[0]++
			if f.context {
				n[1]++
			}
			methods[directive.Receiver(f.fn.Decl)] = n
		}
	}
	for name, n := range methods {
		p.withContext[name] = n[1] / n[0]
	}
	return p
}

// newFunction reads a function; nil for literals that handle nothing.
func newFunction(pass *analysis.Pass, fn directive.Function, kinds map[ast.Node]handled, callers map[types.Object]int) *function {
	f := &function{fn: fn, handler: kinds[fn.Node()].kind, word: kinds[fn.Node()].word}
	if fn.Body() == nil || fn.Lit != nil && f.handler == noHandler {
		return nil
	}
	if fn.Lit == nil {
		f.obj, _ = pass.TypesInfo.Defs[fn.Decl.Name].(*types.Func)
		f.exported = fn.Decl.Name.IsExported()
	}
	f.signature(pass)
	ast.Inspect(fn.Body(), func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			f.calls++
			if len(x.Args) > 0 && isContext(pass.TypesInfo.TypeOf(x.Args[0])) {
				f.handsOn++
			}
			if called := callee(pass, x); called != nil && called.Pkg() == pass.Pkg {
				callers[called.Origin()]++
			}
		case ast.Stmt:
			f.statements++
		}
		return true
	})
	return f
}

func (f *function) signature(pass *analysis.Pass) {
	typ := f.fn.Type()
	if len(typ.Params.List) > 0 {
		f.context = isContext(pass.TypesInfo.TypeOf(typ.Params.List[0].Type))
	}
	if typ.Results != nil && len(typ.Results.List) > 0 {
		last := typ.Results.List[len(typ.Results.List)-1]
		f.err = types.Identical(pass.TypesInfo.TypeOf(last.Type), types.Universe.Lookup("error").Type())
	}
}

func isContext(t types.Type) bool { return t != nil && isNamed(t, "context", "Context") }

func (f *function) pos() token.Pos {
	if f.fn.Lit == nil {
		return f.fn.Decl.Name.Pos()
	}
	return f.fn.Lit.Pos()
}

// idle are the first words of functions that are asked and do nothing: they make,
// tell, compare and convert.
var idle = regexp.MustCompile(`(?i)^(new|with|must|is|has|string|error|len|less|swap|set|add|to|from|parse|marshal|unmarshal|close|register|describe|collect|append|make|equal|compare|clone|name|id|type|unwrap|hash|default|reset|test|format|print|fmt)([A-Z_]|$)`)

// busy are the first words of functions that people ask a program for.
var busy = regexp.MustCompile(`^(?i:create|delete|remove|update|get|list|find|load|save|run|exec|execute|build|deploy|install|init|apply|plan|push|pull|fetch|sync|resolve|check|validate|query|read|write|import|export|handle|process|start|stop|publish|send|render|compile|search|commit|open|wait|lookup|dispatch|do|download|upload|backup|restore|generate|lint|eval|copy|move|scale|up|down|kill|receive|consume|serve)([A-Z_0-9]|$)`)

// neverWorthIt says that a function cannot be marked, or that marking it would tell
// nothing.
func (f *function) neverWorthIt() bool {
	if message, _ := f.fn.Refuse(""); message != "" {
		return true
	}
	return f.handler == noHandler && f.statements <= 1 || f.fn.Lit == nil && f.fn.Decl.Name.Name == "main"
}

// score is between 0 and 100: a logistic function of weighted features. The weights
// are set by hand, after logistic regressions over programs whose authors instrumented
// them had shown which features tell; `make bench-recommend` says how well they do.
func (f *function) score(p *pkg) (score int, reasons []string) {
	z := -6.5
	add := func(weight float64, holds bool, reason string) {
		if holds {
			z += weight
			if reason != "" {
				reasons = append(reasons, reason)
			}
		}
	}
	add(7, f.handler != noHandler, f.handler.String())
	add(1.8, f.context, "takes a context")
	add(0.75, f.exported, "exported")
	add(0.45, f.exported && f.context, "")
	add(0.3, f.err, "returns an error")
	name := f.fn.String()
	last := name[strings.LastIndexByte(name, '.')+1:]
	add(0.6, busy.MatchString(last) && f.handler == noHandler, "named for what people ask for")
	add(-1.2, idle.MatchString(last), "")
	add(-2.4, f.statements <= 3, "")
	add(0.5, f.statements >= 8, "")
	z += 0.8*math.Log1p(float64(f.calls)) + 0.9*math.Log1p(float64(f.handsOn))
	if f.fn.Lit == nil {
		z += 0.5 * p.withContext[directive.Receiver(f.fn.Decl)]
	}
	add(-0.4, f.callers > 3, "")
	add(-0.6, p.utility, "")
	z -= 0.3 * float64(p.depth)
	add(0.6, f.reach.What != "", f.reach.words())
	return int(math.Round(100 / (1 + math.Exp(-z)))), reasons
}

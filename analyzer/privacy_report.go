package analyzer

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// dropped is an attribute of which nothing is recorded.
type dropped struct {
	pos  token.Pos
	what string
}

// words are how a source is called: "a command-line argument (os.Args)".
func (s taint) words() string {
	kind := map[string]string{
		"argument": "a command-line argument or flag", "environment": "the environment", "path": "a path or the name of a file",
		"user": "the user or the machine", "request": "a part of a request", "address": "a network address", "error": "the text of an error",
		"file": "what was read from a file", "personal": "personal data", "secret": "a secret",
	}[s.Class]
	if s.What == kind || s.What == "" {
		return kind
	}
	return kind + " (" + s.What + ")"
}

// recordedAs are how kinds of sinks are called, and what to write instead.
var recordedAs = map[sinkKind]struct{ what, instead string }{
	asName:      {"the name given to", "names are constants; what varies is an attribute: telemetry.OneOf or telemetry.Value"},
	asCode:      {"the code declared by", "codes are constants in the source"},
	asKey:       {"the key of an attribute of", "keys are constants"},
	asAttribute: {"an attribute of", "record a length, a comparison or telemetry.OneOf with constant choices"},
	asText:      {"the text recorded by", "Text takes out only what has a shape (addresses, paths, tokens): record telemetry.OneOf with constant choices"},
	asChoice:    {"the choices of", "choices are constants: what is in the list is recorded as it is"},
	asConfig:    {"", "give it a constant"},
}

// instead is what to write in the place of a source of a class, where that can be said
// better than by the kind of the sink.
var instead = map[string]string{
	"error":   "Timer.End(&err) records the type of an error, and telemetry.Coder a declared code",
	"request": "record the pattern of the route (r.Pattern) or r.Method by telemetry.OneOf",
	"path":    "record what kind of file it is by telemetry.OneOf with constant choices",
}

func (p *privacy) leak(s sink, leaks []taint) {
	slices.SortFunc(leaks, func(a, b taint) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.What, b.What), cmp.Compare(a.At, b.At))
	})
	as, advice := recordedAs[s.kind], recordedAs[s.kind].instead
	if better := instead[leaks[0].Class]; better != "" && s.kind == asAttribute {
		advice = better
	}
	from := leaks[0].words()
	if leaks[0].At != "" {
		from += " at " + leaks[0].At
	}
	d := p.diagnostic(s.at, fmt.Sprintf("%s flows into %s: %s", from, strings.TrimSpace(as.what+" "+s.what), advice))
	for _, l := range leaks {
		if l.pos.IsValid() {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: l.pos, Message: l.words() + " is taken here"})
		}
	}
	if s.kind == asAttribute && leaks[0].Class == "error" && strings.Contains(s.what, "End") {
		d.SuggestedFixes = p.without(s.at, "remove the attribute: End records the error's type")
	}
	p.report(d)
}

// madeUp reports a name of which nobody can say what it will be.
func (p *privacy) madeUp(s sink) {
	as := recordedAs[s.kind]
	p.report(p.diagnostic(s.at, fmt.Sprintf("%s %s is made at run time, and can be anything: %s", as.what, s.what, as.instead)))
}

// reportUseless reports attributes of which the runtime keeps nothing: no leak, but
// nothing that anybody will see either.
func (p *privacy) reportUseless() {
	for _, u := range p.uselessAt {
		why := "is not recorded at all: attributes are booleans, numbers, durations and words"
		if strings.HasPrefix(u.what, "telemetry.OneOf") {
			why = `records nothing but "other": name the values that there are`
		}
		d := p.diagnostic(u.pos, u.what+" "+why)
		d.Category = "useless"
		if !strings.HasPrefix(u.what, "telemetry.OneOf") {
			d.SuggestedFixes = p.without(u.pos, "remove the attribute: nothing of it is recorded")
		}
		p.report(d)
	}
}

func (p *privacy) report(d analysis.Diagnostic) {
	if d.Pos.IsValid() && !p.reported[d.Pos] {
		p.reported[d.Pos] = true
		p.pass.Report(d)
	}
}

// diagnostic is about the call that has its parenthesis at a position, or what else
// there is.
func (p *privacy) diagnostic(at token.Pos, message string) analysis.Diagnostic {
	if call, _ := p.callAt(at); call != nil {
		return analysis.Diagnostic{Pos: call.Pos(), End: call.End(), Message: message}
	}
	return analysis.Diagnostic{Pos: at, Message: message}
}

// callAt returns the call with its parenthesis at a position, and the call that it is
// an argument of.
func (p *privacy) callAt(at token.Pos) (found, around *ast.CallExpr) {
	file := fileOf(p.pass, at)
	if file == nil {
		return nil, nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || at < n.Pos() || n.End() <= at {
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if call.Lparen == at {
				found = call
				return false
			}
			around = call
		}
		return found == nil
	})
	if found == nil {
		return nil, nil
	}
	return found, around
}

// without takes an attribute out of the call that it is an argument of, if nothing but
// the attribute happens in it.
func (p *privacy) without(at token.Pos, message string) []analysis.SuggestedFix {
	attr, around := p.callAt(at)
	if attr == nil || around == nil || p.doesMore(attr) {
		return nil
	}
	i := slices.IndexFunc(around.Args, func(e ast.Expr) bool { return ast.Unparen(e) == attr })
	if i < 1 {
		return nil
	}
	edits := []analysis.TextEdit{{Pos: around.Args[i-1].End(), End: around.Args[i].End()}}
	file := fileOf(p.pass, at)
	if uses(p.pass, file, "log/slog") == 1 {
		edits = append(edits, removing(file, "log/slog")...)
	}
	return []analysis.SuggestedFix{{Message: message, TextEdits: edits}}
}

// doesMore reports whether making an attribute calls anything but what reads an error.
func (p *privacy) doesMore(attr *ast.CallExpr) (more bool) {
	for _, arg := range attr.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				more = more || callee(p.pass, x) == nil || callee(p.pass, x).Name() != "Error"
			case *ast.FuncLit, *ast.SelectorExpr:
				if sel, ok := n.(*ast.SelectorExpr); ok && uses(p.pass, fileOf(p.pass, sel.Pos()), "") == 0 {
					if id, ok := sel.X.(*ast.Ident); ok && p.isPackage(id) {
						more = true // an import may be left without a use
					}
				}
			}
			return !more
		})
	}
	return more
}

func (p *privacy) isPackage(id *ast.Ident) bool {
	obj := p.pass.TypesInfo.Uses[id]
	return obj != nil && obj.Type() != nil && obj.Parent() != nil && obj.Pkg() != nil && strings.HasPrefix(obj.String(), "package ")
}

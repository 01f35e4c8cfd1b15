package analyzer

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// Recommend finds functions that are worth marking.
var Recommend = &analysis.Analyzer{
	Name: "recommend",
	URL:  home + "#Recommend",
	Doc: `recommend functions that are worth a //telemetry:instrument directive

Handlers of commands (cobra, urfave/cli, kong, tables of commands), of HTTP and gRPC
requests, and entry points that take a context, return an error and reach the network, a
database, files or other processes. Each has a score from 0 to 100 and its reasons in
words. Tests, generated code, getters and constructors are left out, as is what carries
//telemetry:skip. The fix writes the directive.

go vet -vettool asks this analyzer only by its name: go vet -vettool=$(which tkgen) -recommend ./...`,
	Requires:         []*analysis.Analyzer{marks},
	RunDespiteErrors: true,
	FactTypes:        []analysis.Fact{new(reaching)},
	Run:              runRecommend,
}

// leastScore is the -recommend.min flag.
var leastScore = 50

func init() {
	Recommend.Flags.IntVar(&leastScore, "min", leastScore, "report functions of at least this score, 0 to 100")
}

func runRecommend(pass *analysis.Pass) (any, error) {
	if foreign(pass) {
		return nil, nil
	}
	reach := reaches(pass)
	m := pass.ResultOf[marks].(*marked)
	own := newPackage(pass, reach)
	for _, f := range own.functions {
		if _, done := m.functions[f.node()]; done || m.skipped[f.node()] || f.neverWorthIt() {
			continue
		}
		score, reasons := f.score(own)
		if score < leastScore {
			continue
		}
		r := Recommendation{Func: f.fn.String(), Score: score, Reasons: reasons}
		pass.Report(analysis.Diagnostic{Pos: f.pos(), Message: r.String(), SuggestedFixes: f.fix(pass)})
	}
	return nil, nil
}

// Recommendation is what a diagnostic of [Recommend] says of one function.
type Recommendation struct {
	Func string `json:"function"`
	// Score is between 0 and 100.
	Score   int      `json:"score"`
	Reasons []string `json:"reasons"`
}

const worthMarking = " is worth marking (score "

func (r Recommendation) String() string {
	return fmt.Sprintf("%s%s%d): %s", r.Func, worthMarking, r.Score, strings.Join(r.Reasons, ", "))
}

// ParseRecommendation reads what String has written, as it comes back from the go
// command.
func ParseRecommendation(message string) (r Recommendation, ok bool) {
	fn, rest, found := strings.Cut(message, worthMarking)
	score, reasons, closed := strings.Cut(rest, "): ")
	n, err := strconv.Atoi(score)
	if !found || !closed || err != nil {
		return r, false
	}
	return Recommendation{Func: fn, Score: n, Reasons: strings.Split(reasons, ", ")}, true
}

// foreign reports whether a package is none of the program's own: the standard
// library's, or a dependency's.
func foreign(pass *analysis.Pass) bool {
	return pass.Module == nil || pass.Module.Version != "" || inRuntime(pass.Pkg.Path())
}

// fix writes the directive above the function.
func (f *function) fix(pass *analysis.Pass) []analysis.SuggestedFix {
	text := directive.Prefix + "instrument"
	if name := f.name(pass); name != "" {
		text += " name=" + name
	} else if _, named := f.fn.Words(); !named {
		return nil
	}
	if f.handler == commandHandler {
		text += " kind=command"
	}
	at, before := f.place(pass)
	return []analysis.SuggestedFix{{
		Message:   "write " + text,
		TextEdits: []analysis.TextEdit{{Pos: at, End: at, NewText: []byte(before + text + "\n")}},
	}}
}

// name is what a command's literal is called by, below its package; "" where the
// default says it: literals of one field in one function would share that.
func (f *function) name(pass *analysis.Pass) string {
	if f.fn.Lit == nil || f.word == "" {
		return ""
	}
	if name := directive.DefaultName(pathInModule(pass), f.word); directive.ValidName(name) {
		return name
	}
	return ""
}

// place is where the directive goes: in front of func, or of the line that a literal
// begins on; and what stands between.
func (f *function) place(pass *analysis.Pass) (at token.Pos, before string) {
	if f.fn.Lit == nil {
		if f.fn.Decl.Doc != nil {
			before = "//\n"
		}
		return f.fn.Decl.Type.Func, before
	}
	file := pass.Fset.File(f.fn.Lit.Pos())
	at = file.LineStart(file.Line(f.fn.Lit.Pos()))
	if src, err := pass.ReadFile(file.Name()); err == nil {
		rest := src[file.Offset(at):]
		before = string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t"))])
	}
	return at, before
}

func (f *function) node() ast.Node { return f.fn.Node() }

package analyzer

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// Privacy finds what says who somebody is, or what is secret, on its way into what is
// recorded.
var Privacy = &analysis.Analyzer{
	Name: "privacy",
	URL:  home + "#Privacy",
	Doc: `report personal data and secrets that flow into what is recorded

Arguments, flags, the environment, names of user and machine, paths, requests, network
addresses, texts of errors, contents of files, and what its name, its type or a struct
tag calls personal or secret must not reach an attribute, a name, a declared code or the
free text of telemetry. Values are followed through variables, fields, maps, closures,
calls and packages. Lengths, comparisons and telemetry.OneOf with constant choices say
nothing; a hash of what identifies identifies, too.

	telemetry.Track("file.opened", slog.String("name", os.Args[1]))

is reported as "a command-line argument (os.Args) flows into an attribute of
telemetry.Track". Apart from that it reports names that are put together at run time, and
attributes of which nothing is ever recorded.`,
	Requires:  []*analysis.Analyzer{marks},
	FactTypes: []analysis.Fact{new(flows), new(wasRead)},
	Run:       runPrivacy,
}

// flows is what others have to know of a function.
type flows struct {
	Results []resultFlow
	Sinks   []sinkFlow
}

// resultFlow says what a result is made of: a source, or a parameter.
type resultFlow struct {
	Result int
	Field  string // of the result; empty: of no struct
	Param  int    // -1: Source
	Path   string
	Source taint
}

// sinkFlow says that a parameter is recorded.
type sinkFlow struct {
	Param  int
	Path   string
	Number bool
	Kind   sinkKind
	What   string
}

// wasRead says of a package that its functions were looked at: one without flows has
// none.
type wasRead struct{}

func (*flows) AFact()   {}
func (*wasRead) AFact() {}

func (*wasRead) String() string { return "read" }

func (f *flows) String() string {
	var list []string
	for _, r := range f.Results {
		switch {
		case r.Param >= 0:
			list = append(list, "returns what it is given")
		case r.Source.Class != unknown:
			list = append(list, "returns "+r.Source.words())
		}
	}
	for _, s := range f.Sinks {
		list = append(list, "records what it is given in "+s.What)
	}
	return strings.Join(list, ", ")
}

type privacy struct {
	pass  *analysis.Pass
	marks *marked
	funcs []*ssa.Function

	names    map[ssa.Value]string // of the variables that values are in
	sites    map[*ssa.Function][]site
	closures map[*ssa.Function][]*ssa.MakeClosure
	globals  map[*ssa.Global][]ssa.Instruction

	results map[resultKey]origins
	depth   map[resultKey]int // of those that are being computed
	lowest  int               // of those of them that were met
	again   int               // how many were not kept

	sinks     map[*ssa.Function][]sinkFlow
	useless   map[token.Pos]bool
	uselessAt []dropped
	reported  map[token.Pos]bool
}

// site is where a function literal is called, or given to a call.
type site struct {
	call   *ssa.CallCommon
	direct bool
}

type resultKey struct {
	fn   *ssa.Function
	i    int
	path string
}

func runPrivacy(pass *analysis.Pass) (any, error) {
	if inRuntime(pass.Pkg.Path()) || !ownCode(pass) {
		return nil, nil
	}
	p := &privacy{
		pass: pass, marks: pass.ResultOf[marks].(*marked), names: map[ssa.Value]string{}, sites: map[*ssa.Function][]site{},
		closures: map[*ssa.Function][]*ssa.MakeClosure{}, globals: map[*ssa.Global][]ssa.Instruction{}, results: map[resultKey]origins{},
		depth: map[resultKey]int{}, sinks: map[*ssa.Function][]sinkFlow{}, useless: map[token.Pos]bool{}, reported: map[token.Pos]bool{},
	}
	p.build()
	for round, changed := 0, true; changed && round < 8; round++ { // a sink may be behind a function behind a function
		changed = p.findSinks()
	}
	p.reportUseless()
	p.directives()
	pass.ExportPackageFact(&wasRead{})
	p.export()
	return nil, nil
}

// ownCode reports whether a package is of the module that is worked on, and not of the
// standard library or of a module that it requires: those are known by tables, and
// reading them would cost more than all the rest.
func ownCode(pass *analysis.Pass) bool {
	if pass.Module != nil && pass.Module.Path != "" {
		return pass.Module.Version == ""
	}
	return pass.Module == nil && !inStandardLibrary(pass.Pkg.Path()) || pass.Pkg.Name() == "main"
}

// inTables reports whether a function is of the standard library. A module may have a
// path without a dot, too.
func (p *privacy) inTables(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	path := fn.Pkg().Path()
	if m := p.pass.Module; m != nil && m.Path != "" && (path == m.Path || strings.HasPrefix(path, m.Path+"/")) {
		return false
	}
	return inStandardLibrary(path)
}

func (p *privacy) wasRead(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg() != p.pass.Pkg && p.pass.ImportPackageFact(fn.Pkg(), &wasRead{})
}

// maxAgain bounds what functions that call each other cost: beyond it, what one of them
// returns may be known only in part.
const maxAgain = 2000

// result returns what a function's i-th result, or a part of it, is made of. Inv: what
// was computed while a caller of it was being computed too is not kept, unless that
// caller is the function itself.
func (p *privacy) result(fn *ssa.Function, i int, path string) origins {
	key := resultKey{fn, i, path}
	if found, ok := p.results[key]; ok {
		if d, active := p.depth[key]; active {
			p.lowest = min(p.lowest, d)
		}
		return found
	}
	depth, outer := len(p.depth), p.lowest
	p.depth[key], p.lowest, p.results[key] = depth, depth, origins{}
	for range 4 {
		before := len(p.results[key])
		p.results[key] = p.trace(p.returned(fn, i, path)...)
		if len(p.results[key]) == before {
			break
		}
	}
	found := p.results[key]
	delete(p.depth, key)
	if p.lowest < depth && p.again < maxAgain {
		p.again++
		delete(p.results, key)
	}
	p.lowest = min(p.lowest, outer)
	if depth == 0 {
		p.lowest = 0
	}
	return found
}

func (p *privacy) returned(fn *ssa.Function, i int, path string) (list []node) {
	for _, b := range fn.Blocks {
		if len(b.Instrs) == 0 {
			continue
		}
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && i < len(ret.Results) {
			list = append(list, node{v: ret.Results[i], path: path})
		}
	}
	return list
}

// stored returns what a function writes through a parameter.
func (p *privacy) stored(fn *ssa.Function, param *ssa.Parameter, path string) origins {
	key := resultKey{fn, -1 - param.Parent().Signature.Params().Len(), param.Name() + " " + path}
	if found, ok := p.results[key]; ok {
		return found
	}
	p.results[key] = origins{}
	t := &trace{p: p, seen: map[node]bool{}, out: origins{}}
	t.contents(node{v: param, path: path})
	p.results[key] = t.walk()
	return p.results[key]
}

// export writes the facts of functions that other packages can call.
func (p *privacy) export() {
	for _, fn := range p.funcs {
		obj, ok := fn.Object().(*types.Func)
		if !ok || !obj.Exported() || fn.Parent() != nil || isTest(p.pass, declAt(obj.Pos())) {
			continue
		}
		f := flows{Sinks: p.sinks[fn]}
		for i := range obj.Signature().Results().Len() {
			f.Results = append(f.Results, p.resultFlows(fn, i)...)
		}
		if len(f.Results)+len(f.Sinks) > 0 {
			p.pass.ExportObjectFact(obj, &f)
		}
	}
}

func declAt(pos token.Pos) ast.Node { return &ast.Ident{NamePos: pos} }

func (p *privacy) resultFlows(fn *ssa.Function, i int) (list []resultFlow) {
	typ := fn.Signature.Results().At(i).Type()
	if saysNothing(typ) || isError(typ) {
		return nil
	}
	fields := []string{""}
	if s, ok := deref(typ).Underlying().(*types.Struct); ok && s.NumFields() <= 32 {
		fields = nil
		for f := range s.Fields() {
			if !saysNothing(f.Type()) {
				fields = append(fields, f.Name())
			}
		}
	}
	for _, field := range fields {
		for o := range p.result(fn, i, field) {
			r := resultFlow{Result: i, Field: field, Param: -1, Path: o.path, Source: o.taint}
			if o.param != nil {
				if r.Param = indexOf(fn.Params, o.param); r.Param < 0 {
					continue
				}
			} else if r.Source.At == "" {
				r.Source.At = p.position(o.pos)
			}
			r.Source.pos = 0
			list = append(list, r)
		}
	}
	return sorted(list)
}

package instrument

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// point is one package-level value of telemetry_gen.go.
type point struct {
	ident string // tkDeploy
	event string // cluster.deploy
	kind  directive.Kind
	each  bool
	attrs []attribute
}

// naming says what has to happen to a function's results so that the last one
// can be pointed at.
type naming int

const (
	namedAlready naming = iota // or there is no error among them
	nameAll                    // (int, error) becomes (_ int, tkErr error)
	nameBlank                  // (n int, _ error) becomes (n int, tkErr error)
)

// planned is one function that will be instrumented.
type planned struct {
	ending
	// fn is what gets the line: mark.Func, or an iterator that it returns.
	fn    directive.Function
	mark  directive.Mark
	point string
	attrs []attribute
}

// statement is the generated line.
func (p planned) statement() string {
	args := []string{p.argument()}
	for _, a := range p.attrs {
		args = append(args, a.call())
	}
	return "defer " + p.point + ".Begin()." + p.method + "(" + strings.Join(args, ", ") + ")"
}

// remark tells strip what the statement alone does not; "" for most functions.
func (p planned) remark(oneLine, aligned bool) string {
	text := ""
	if oneLine {
		text += " " + wasOneLine
		if aligned {
			text += " " + wasAligned
		}
	}
	if p.wasResults != "" {
		text += " " + p.wasResults
	}
	if text == "" {
		return ""
	}
	return was + text
}

// plan is what is to be done in one folder.
type plan struct {
	folder  folder
	pkg     string            // package name
	base    map[string][]byte // the files without generated lines, by name
	files   []filePlan        // those with marked functions, by name
	points  []point
	parsed  []source // of base
	types   *types
	decls   *declarations   // of the package
	scope   map[string]bool // declared at package level
	taken   map[string]bool // identifiers that points must keep clear of
	refused []Problem
	// mains are the main functions of a program, one for each set of build
	// constraints; starts says that it starts telemetry itself.
	mains  []mainFunc
	starts bool
}

type mainFunc struct {
	source
	decl *ast.FuncDecl
}

type filePlan struct {
	source
	fns []planned
}

// newPlan parses the folder's files and takes the generated lines out of them.
func newPlan(f folder) (*plan, error) {
	p := &plan{folder: f, base: map[string][]byte{}, taken: map[string]bool{}}
	parsed, err := p.strip()
	if err != nil {
		return nil, err
	}
	p.parsed, p.pkg = parsed, packageName(parsed)
	p.scope, p.decls = scopeOf(p.pkg, parsed), declare(f.dir, filesOf(p.pkg, parsed))
	return p, nil
}

// make plans for the folder's directives and patterns. Problems of the directives
// themselves come back as an error of type [Problems].
func (p *plan) make(t *types) error {
	p.types = t
	parsed := p.parsed
	marks, problems := p.readMarks(parsed)
	if len(problems) > 0 {
		return problems
	}
	for i, s := range parsed {
		if len(marks[i]) > 0 {
			p.files = append(p.files, p.planFile(s, marks[i]))
		}
	}
	p.findMains(parsed)
	p.namePoints()
	if len(p.points) == 0 {
		return nil
	}
	for name, src := range p.folder.files {
		if isPointsFile(name) && !isGenerated(src) {
			return Problem{
				Pos:     position(p.folder.path(name), 1),
				Message: "this file was not written by tkgen, and tkgen needs its name for the points of this package",
				Hint:    "rename it",
			}
		}
	}
	return nil
}

// readMarks returns the marked functions of each file, those that directives
// above types and packages mark and those that patterns match included.
func (p *plan) readMarks(parsed []source) (marks [][]directive.Mark, problems Problems) {
	read := make([]directive.Marks, len(parsed))
	var wide []directive.Wide
	for i, s := range parsed {
		if directive.Mentions(s.src) {
			var wrong []Problem
			read[i], wrong = directive.Read(s.fset, s.file)
			problems = append(problems, wrong...)
			wide = append(wide, read[i].Wide...)
		}
	}
	for i, s := range parsed {
		if len(wide) > 0 && !isTest(s.path) && !ignored(s.src) {
			read[i].Functions = append(read[i].Functions, widen(s, read[i], wide)...)
		}
		read[i].Functions = append(read[i].Functions, match(s, p.pkg, read[i], p.folder.patterns)...)
		slices.SortFunc(read[i].Functions, func(a, b directive.Mark) int { return int(a.Func.Node().Pos() - b.Func.Node().Pos()) })
		marks = append(marks, read[i].Functions)
	}
	return marks, problems
}

// widen marks what wide directives cover of a file. A mark's place is then the
// function's own.
func widen(s source, own directive.Marks, wide []directive.Wide) (marks []directive.Mark) {
	taken := map[ast.Node]bool{}
	for _, m := range own.Functions {
		taken[m.Func.Node()] = true
	}
	for _, fn := range directive.Functions(s.file) {
		if fn.Lit != nil || taken[fn.Decl] || own.Skipped[fn.Decl] {
			continue
		}
		for _, w := range wide {
			if w.Covers(fn.Decl) {
				marks = append(marks, directive.Mark{Directive: w.Directive, Func: fn, Pos: fn.Decl.Type.Func})
				break
			}
		}
	}
	return marks
}

// strip parses the files of the folder that matter and takes the generated
// lines out of them. Files that neither mention a directive nor hold generated
// lines are parsed for their names alone, and only if something is marked.
func (p *plan) strip() ([]source, error) {
	elsewhere := map[string]bool{} // declared at package level, but not in the generated file
	var parsed []source
	var candidates []source
	for _, name := range p.folder.names() {
		src := p.folder.files[name]
		if isPointsFile(name) && isGenerated(src) {
			continue
		}
		s, err := parse(p.folder.path(name), src)
		if err != nil {
			if !directive.Mentions(src) && !mentionsGenerated(src) {
				continue // somebody else's broken file is the compiler's business
			}
			return nil, err
		}
		for _, d := range declared(s.file) {
			elsewhere[d] = true
		}
		candidates = append(candidates, s)
	}
	// A point is declared by the generated file or, where that was lost, by
	// nobody: a name that the package or the function declares is the author's.
	isOurs := func(fn directive.Function, point string) bool {
		return strings.HasPrefix(point, pointPrefix) && !elsewhere[point] && (fn.Decl == nil || !declares(fn.Decl, point))
	}
	for _, s := range candidates {
		if mentionsGenerated(s.src) {
			if err := s.checkEdited(isOurs); err != nil {
				return nil, err
			}
			base := strip(s, isOurs)
			var err error
			if s, err = parse(s.path, base); err != nil {
				return nil, err
			}
		}
		p.base[baseName(s.path)] = s.src
		parsed = append(parsed, s)
	}
	return parsed, nil
}

// checkEdited finds generated lines to which a person has added something that
// taking them out would lose.
func (s source) checkEdited(isOurs ours) error {
	for _, fn := range directive.Functions(s.file) {
		if l, ok := findLine(fn, isOurs); ok && l.edited {
			return Problem{
				Pos:     s.position(l.stmt.Pos()),
				Message: "this generated line was edited, and the edit would be lost",
				Hint:    "put it back to what tkgen wrote, or make the whole line your own: a telemetry.Point of your own under another name, and no directive",
			}
		}
	}
	return nil
}

// planFile decides for each marked function what its line will say, or why
// there will be none.
func (p *plan) planFile(s source, marks []directive.Mark) filePlan {
	file := filePlan{source: s}
	around := shadows{}
	for _, mark := range marks {
		if message, hint := refuse(s, mark.Func, p.pkg, p.scope, around); message != "" {
			p.refuse(s, mark, message, hint)
			continue
		}
		fns, message, hint := p.planMark(s, mark)
		if message != "" {
			p.refuse(s, mark, message, hint)
			continue
		}
		file.fns = append(file.fns, fns...)
	}
	return file
}

// planMark plans for one marked function: one line, or one in every iterator that
// it returns.
func (p *plan) planMark(s source, mark directive.Mark) (fns []planned, message, hint string) {
	attrs, message, hint := p.attributes(s, mark)
	if message != "" {
		return nil, message, hint
	}
	if mark.Result != directive.ResultIterator {
		e, message, hint := p.ending(s, mark)
		return []planned{{ending: e, fn: mark.Func, mark: mark, attrs: attrs}}, message, hint
	}
	iterators, message, hint := iteratorsOf(s, mark.Func)
	for _, it := range iterators {
		fns = append(fns, planned{ending: ending{method: endError}, fn: it, mark: mark, attrs: attrs})
	}
	return fns, message, hint
}

func (p *plan) refuse(s source, mark directive.Mark, message, hint string) {
	p.refused = append(p.refused, Problem{
		Pos:     s.position(mark.Pos),
		Message: mark.Func.String() + " is not instrumented: " + message,
		Hint:    hint,
	})
}

// functions lists what the plan instruments.
func (p *plan) functions() []Function {
	var list []Function
	for _, file := range p.files {
		for _, fn := range file.fns {
			list = append(list, Function{
				Event: p.event(fn), Kind: fn.mark.Kind, Each: fn.mark.Each,
				Func: fn.mark.Func.String(), File: file.path, Line: file.position(fn.fn.Node().Pos()).Line,
			})
		}
	}
	return list
}

// packageName is the name of the folder's package: that of its files that are
// not tests, of those first that are built under all conditions. A file of
// another package (//go:build ignore, //go:build tools) always has a condition.
func packageName(parsed []source) string {
	conditional := ""
	for _, s := range parsed {
		switch {
		case isTest(s.path) || ignored(s.src):
		case fileConstraint(s) == "":
			return s.file.Name.Name
		case conditional == "":
			conditional = s.file.Name.Name
		}
	}
	return conditional
}

// filesOf are the files of a package, tests left out.
func filesOf(pkg string, parsed []source) (files []*ast.File) {
	for _, s := range parsed {
		if s.file.Name.Name == pkg && !isTest(s.path) && !ignored(s.src) {
			files = append(files, s.file)
		}
	}
	return files
}

// scopeOf holds what the package declares.
func scopeOf(pkg string, parsed []source) map[string]bool {
	scope := map[string]bool{}
	for _, s := range parsed {
		if s.file.Name.Name != pkg {
			continue
		}
		for _, name := range declared(s.file) {
			scope[name] = true
		}
	}
	return scope
}

// findMains looks for a program's main functions.
func (p *plan) findMains(parsed []source) {
	if p.pkg != "main" {
		return
	}
	for _, s := range parsed {
		if s.file.Name.Name != "main" || isTest(s.path) || ignored(s.src) {
			continue
		}
		for _, imported := range s.file.Imports {
			p.starts = p.starts || imported.Path.Value == strconv.Quote(Runtime)
		}
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.Name == "main" && fn.Recv == nil && fn.Body != nil {
				p.mains = append(p.mains, mainFunc{s, fn})
			}
		}
	}
}

package adopt

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// editor changes bytes of one file; the rest stays as it is.
type editor struct {
	*place
	edits   []edit
	imports map[string]string // path: name, those to add
}

// edit replaces text[from:to].
type edit struct {
	from, to int
	text     string
}

const runtimeRoom = instrument.RuntimeModule + "/runtime/"

// edit is the file with telemetry.
func (p *place) edit(o Options) ([]byte, error) {
	e := &editor{place: p, imports: map[string]string{}}
	if p.call != nil {
		e.command(o)
	} else {
		e.main(o)
	}
	for _, h := range p.handlers {
		e.insert(h.Pos(), e.name("telemetryhttp")+".Handler(")
		e.insert(h.End(), ")")
	}
	if err := e.addImports(); err != nil {
		return nil, err
	}
	return e.apply(), nil
}

// command hands the root to telemetrycobra where it was executed.
func (e *editor) command(o Options) {
	root := e.call.Fun.(*ast.SelectorExpr).X
	door := e.name("telemetrycobra")
	var ctx string
	if len(e.call.Args) > 0 {
		ctx = e.source(e.call.Args[0])
	} else {
		ctx = e.nameOf("context", "context") + ".Background()"
	}
	e.insert(e.call.Pos(), door+".Execute("+ctx+", ")
	e.edits = append(e.edits, edit{e.offset(root.End()), e.offset(e.call.End()), ", " + door + ".Options{Config: " + e.config(o) + "})"})
}

// main starts telemetry in its first line.
func (e *editor) main(o Options) {
	start := "defer " + e.name("telemetry") + ".Start(" + e.config(o) + ").Stop()"
	body := e.fn.Body
	if e.line(body.Lbrace) == e.line(body.Rbrace) {
		from, to := e.offset(body.Lbrace)+1, e.offset(body.Rbrace)
		inner := strings.TrimSpace(string(e.file.text[from:to]))
		if inner != "" {
			inner = "\n\t" + inner
		}
		e.edits = append(e.edits, edit{from, to, "\n\t" + start + inner + "\n"})
		return
	}
	at := e.endOfLine(e.offset(body.Lbrace))
	e.edits = append(e.edits, edit{at, at, "\n\t" + start})
}

// config is the telemetry.Config.
func (e *editor) config(o Options) string {
	if o.Sync {
		return "telemetryConfig()"
	}
	return e.name("telemetry") + ".Config{Service: " + strconv.Quote(o.Service) + "}"
}

// name is what the file calls a room of the runtime.
func (e *editor) name(room string) string { return e.nameOf(runtimeRoom+room, room) }

// nameOf is what the file calls a package, which is imported if it is not yet.
func (e *editor) nameOf(path, base string) string {
	for _, spec := range e.file.syntax.Imports {
		if importPath(spec) != path {
			continue
		}
		if spec.Name == nil {
			return base
		}
		if spec.Name.Name != "_" && spec.Name.Name != "." {
			return spec.Name.Name
		}
	}
	if e.imports[path] == "" {
		e.imports[path] = base
		for e.taken(e.imports[path]) {
			e.imports[path] = "kit" + e.imports[path]
		}
	}
	return e.imports[path]
}

// taken reports whether the file uses a name, or the package declares it.
func (e *editor) taken(name string) (is bool) {
	ast.Inspect(e.file.syntax, func(n ast.Node) bool {
		ident, ok := n.(*ast.Ident)
		is = is || ok && ident.Name == name
		return !is
	})
	return is || e.pkg.Types.Scope().Lookup(name) != nil
}

// addImports puts each import where gofmt and its readers look for it: sorted into
// the group of its kind.
func (e *editor) addImports() error {
	var paths []string
	for path := range e.imports {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	groups, last, err := e.groups()
	if err != nil {
		return err
	}
	var left []string // for which there is no group
	for _, path := range paths {
		if g := groupFor(groups, path); g != nil {
			e.insertSpec(g, path)
		} else {
			left = append(left, e.spec(path))
		}
	}
	switch {
	case len(left) == 0:
	case last != nil: // at the end of a block
		at := e.offset(last.Rparen)
		e.edits = append(e.edits, edit{at, at, "\n\t" + strings.Join(left, "\n\t") + "\n"})
	default:
		at := e.endOfLine(e.offset(e.afterImports()))
		text := "import " + left[0]
		if len(left) > 1 {
			text = "import (\n\t" + strings.Join(left, "\n\t") + "\n)"
		}
		e.edits = append(e.edits, edit{at, at, "\n\n" + text})
	}
	return nil
}

func (e *editor) spec(path string) string {
	name := e.imports[path]
	if path == name || strings.HasSuffix(path, "/"+name) {
		return strconv.Quote(path)
	}
	return name + " " + strconv.Quote(path)
}

// groups are the imports of the last block with parentheses, apart where there is
// an empty line between them.
func (e *editor) groups() (groups [][]*ast.ImportSpec, block *ast.GenDecl, err error) {
	for _, decl := range e.file.syntax.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT && d.Lparen.IsValid() && len(d.Specs) > 0 {
			block = d
		}
	}
	if block == nil {
		return nil, nil, nil
	}
	if e.line(block.Lparen) == e.line(block.Rparen) {
		return nil, nil, problem(e.fset, block.Pos(), "this import is on one line", "run gofmt -w on the file first")
	}
	end := 0
	for _, s := range block.Specs {
		spec := s.(*ast.ImportSpec)
		if begin := e.line(e.begin(spec)); len(groups) == 0 || begin > end+1 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], spec)
		end = e.line(spec.End())
	}
	return groups, block, nil
}

// groupFor is the last group that holds imports of the kind of path: of the
// standard library, or others.
func groupFor(groups [][]*ast.ImportSpec, path string) []*ast.ImportSpec {
	for _, g := range slices.Backward(groups) {
		if slices.ContainsFunc(g, func(s *ast.ImportSpec) bool { return standard(importPath(s)) == standard(path) }) {
			return g
		}
	}
	return nil
}

// insertSpec keeps a sorted group sorted.
func (e *editor) insertSpec(group []*ast.ImportSpec, path string) {
	for _, s := range group {
		if other := importPath(s); other > path && standard(other) == standard(path) {
			at := e.startOfLine(e.offset(e.begin(s)))
			e.edits = append(e.edits, edit{at, at, "\t" + e.spec(path) + "\n"})
			return
		}
	}
	at := e.endOfLine(e.offset(group[len(group)-1].End()))
	e.edits = append(e.edits, edit{at, at, "\n\t" + e.spec(path)})
}

func (e *editor) begin(s *ast.ImportSpec) token.Pos {
	if s.Doc != nil {
		return s.Doc.Pos()
	}
	return s.Pos()
}

// afterImports is the end of what stands in front of everything else.
func (e *editor) afterImports() token.Pos {
	end := e.file.syntax.Name.End()
	for _, decl := range e.file.syntax.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			end = d.End()
		}
	}
	return end
}

func importPath(s *ast.ImportSpec) string {
	path, _ := strconv.Unquote(s.Path.Value) // it was parsed
	return path
}

// standard reports whether a path can be of the standard library: those have no
// dot in their first element.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func (e *editor) insert(at token.Pos, text string) {
	e.edits = append(e.edits, edit{e.offset(at), e.offset(at), text})
}

func (e *editor) offset(at token.Pos) int { return e.fset.PositionFor(at, false).Offset }
func (e *editor) line(at token.Pos) int   { return e.fset.PositionFor(at, false).Line }

func (e *editor) source(n ast.Node) string {
	return string(e.file.text[e.offset(n.Pos()):e.offset(n.End())])
}

func (e *editor) startOfLine(at int) int { return bytes.LastIndexByte(e.file.text[:at], '\n') + 1 }

// endOfLine is where the line ends that holds at, in front of \r\n, too.
func (e *editor) endOfLine(at int) int {
	rest := e.file.text[at:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return at + len(bytes.TrimSuffix(rest, []byte("\r")))
}

// apply makes the changes, with the file's own line ends.
func (e *editor) apply() []byte {
	slices.SortStableFunc(e.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	crlf := bytes.Contains(e.file.text, []byte("\r\n"))
	var b bytes.Buffer
	at := 0
	for _, c := range e.edits {
		b.Write(e.file.text[at:c.from])
		if crlf {
			c.text = strings.ReplaceAll(c.text, "\n", "\r\n")
		}
		b.WriteString(c.text)
		at = c.to
	}
	b.Write(e.file.text[at:])
	return b.Bytes()
}

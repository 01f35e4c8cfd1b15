package directive

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"
)

// Mark is a function with a directive above it, or on its line.
type Mark struct {
	Directive
	Func Function
	// Pos is where the directive stands; of a mark without one, the function.
	Pos token.Pos
	// Matched says that no directive of the function's own names it.
	Matched bool
}

// Wide is a directive that marks many functions of a package: above a type its
// exported methods, in a package comment the exported functions. It stands back
// behind a directive of the function's own.
type Wide struct {
	Directive
	// Type is the type's name; empty for a package comment.
	Type string
	Pos  token.Pos
}

// Covers reports whether w marks a declaration that has no directive itself.
func (w Wide) Covers(fn *ast.FuncDecl) bool {
	return fn.Name.IsExported() && Receiver(fn) == w.Type
}

// Marks is what the directives of a file say.
type Marks struct {
	Functions []Mark
	Wide      []Wide
	// Skipped are functions that no wide directive and no pattern may mark.
	Skipped map[ast.Node]bool
}

// Mentions reports whether src could hold a directive. It is a scan of bytes:
// a file in which it finds nothing need not be parsed.
func Mentions(src []byte) bool {
	return bytes.Contains(src, []byte("telemetry:")) || bytes.Contains(src, []byte("Telemetry:"))
}

// Read returns what the directives of a file say that was parsed with comments,
// in the order of the source. A file with problems must not be rewritten.
func Read(fset *token.FileSet, file *ast.File) (Marks, []Problem) {
	r := reader{fset: fset, above: map[*ast.CommentGroup]Function{}, wide: map[*ast.CommentGroup]string{}}
	r.documented(file)
	for _, group := range file.Comments {
		if mentions(group) {
			if r.literals == nil {
				r.literals = literalsByLine(fset, file)
			}
			r.group(group)
		}
	}
	return r.marks, r.problems
}

// documented notes what stands below doc comments.
func (r *reader) documented(file *ast.File) {
	if file.Doc != nil {
		r.wide[file.Doc] = ""
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			r.above[d.Doc] = Function{Decl: d}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					r.wide[t.Doc] = t.Name.Name
					if !d.Lparen.IsValid() {
						r.wide[d.Doc] = t.Name.Name
					}
				}
			}
		}
	}
}

func mentions(group *ast.CommentGroup) bool {
	for _, c := range group.List {
		if strings.Contains(strings.ToLower(c.Text), "telemetry:") {
			return true
		}
	}
	return false
}

// reader collects what the comments of a file say.
type reader struct {
	fset     *token.FileSet
	above    map[*ast.CommentGroup]Function // documented functions
	wide     map[*ast.CommentGroup]string   // documented types; "" for the package
	literals map[int][]Function             // by the line of their func
	marks    Marks
	problems []Problem
}

func (r *reader) report(pos token.Pos, message, hint string) { r.offer(pos, message, hint, nil) }

// offer reports something together with what mends it.
func (r *reader) offer(pos token.Pos, message, hint string, fix *Fix) {
	r.problems = append(r.problems, Problem{Pos: r.fset.PositionFor(pos, false), Message: message, Hint: hint, Fix: fix})
}

// without is a fix that takes a comment away, and its line.
func without(comment *ast.Comment) *Fix { return &Fix{Pos: comment.Pos(), End: comment.End() + 1} }

func (r *reader) line(pos token.Pos) int { return r.fset.PositionFor(pos, false).Line }

// candidates are the functions that a group of comments can mean: the
// declaration below it, or the literals that start on its line or on the next.
func (r *reader) candidates(group *ast.CommentGroup) []Function {
	if fn, ok := r.above[group]; ok {
		return []Function{fn}
	}
	if on := r.literals[r.line(group.Pos())]; len(on) > 0 {
		return on
	}
	return r.literals[r.line(group.End())+1]
}

// group reads the comments of one group.
func (r *reader) group(group *ast.CommentGroup) {
	if typ, ok := r.wide[group]; ok {
		r.wideGroup(group, typ)
		return
	}
	fns := r.candidates(group)
	var skipped, marked token.Pos
	r.each(group, func(comment *ast.Comment, p parsed) {
		switch {
		case len(fns) == 0:
			r.report(comment.Slash, "misplaced "+Prefix+p.verb+": it marks nothing here",
				"put it directly above a function, method, function literal or type, without an empty line between")
		case len(fns) > 1:
			r.report(comment.Slash, "two function literals start on this line, so it is not clear which is meant",
				"put them on lines of their own")
		case p.verb == verbSkip:
			skipped = comment.Slash
			r.skip(fns[0])
		case marked.IsValid():
			r.offer(comment.Slash, fns[0].String()+" is marked twice", "leave one //telemetry:instrument above it", without(comment))
		default:
			marked = comment.Slash
			r.mark(Mark{Directive: p.Directive, Func: fns[0], Pos: comment.Slash})
		}
	})
	if skipped.IsValid() && marked.IsValid() {
		r.report(marked, fns[0].String()+" is marked and skipped at once", "leave //telemetry:instrument or //telemetry:skip, not both")
	}
}

// each parses the directives of a group and hands on those that are right.
func (r *reader) each(group *ast.CommentGroup, use func(*ast.Comment, parsed)) {
	for _, comment := range group.List {
		if !strings.HasPrefix(comment.Text, Prefix) {
			r.spaced(comment)
			continue
		}
		p, wrong := parse(comment.Text)
		if wrong != nil {
			r.flawed(comment, *wrong)
			continue
		}
		use(comment, p)
	}
}

func (r *reader) flawed(comment *ast.Comment, f flaw) {
	pos := comment.Slash + token.Pos(f.from)
	var fix *Fix
	if f.instead != nil {
		fix = &Fix{Pos: pos, End: comment.Slash + token.Pos(f.to), Text: *f.instead}
	}
	r.offer(pos, f.message, f.hint, fix)
}

// wideGroup reads the comments above a type or in front of the package clause.
func (r *reader) wideGroup(group *ast.CommentGroup, typ string) {
	taken := false
	r.each(group, func(comment *ast.Comment, p parsed) {
		switch {
		case p.verb == verbSkip:
			r.report(comment.Slash, "//telemetry:skip stands above a function", "put it above each function that is to be left alone")
		case p.Name != "":
			r.report(comment.Slash, "name= names one function, and this directive marks many", "leave it out; the functions' own names are the default")
		case len(p.Attributes) > 0 || p.Result != "":
			r.report(comment.Slash, "attr= and result= speak of one function, and this directive marks many", "put a directive of its own above that function")
		case taken:
			r.offer(comment.Slash, "marked twice", "leave one //telemetry:instrument", without(comment))
		default:
			taken = true
			r.marks.Wide = append(r.marks.Wide, Wide{Directive: p.Directive, Type: typ, Pos: comment.Slash})
		}
	})
}

func (r *reader) skip(fn Function) {
	if r.marks.Skipped == nil {
		r.marks.Skipped = map[ast.Node]bool{}
	}
	r.marks.Skipped[fn.Node()] = true
}

// mark takes a mark, unless the function has one by another comment: a literal
// can have one above its line and one on it.
func (r *reader) mark(m Mark) {
	for _, other := range r.marks.Functions {
		if other.Func.Node() == m.Func.Node() {
			r.report(m.Pos, m.Func.String()+" is marked twice", "leave one //telemetry:instrument")
			return
		}
	}
	if _, named := m.Func.Words(); !named && m.Name == "" {
		r.report(m.Pos, "nothing gives this function literal a name", "write //telemetry:instrument name=NAME")
		return
	}
	r.marks.Functions = append(r.marks.Functions, m)
}

// spaced finds what was meant as a directive and is none.
func (r *reader) spaced(comment *ast.Comment) {
	rest := strings.TrimLeft(comment.Text[2:], " \t")
	lower := strings.ToLower(rest)
	if !strings.HasPrefix(lower, "telemetry:"+verbInstrument) && !strings.HasPrefix(lower, "telemetry:"+verbSkip) {
		return
	}
	right := Prefix + strings.TrimRight(strings.TrimSuffix(rest[len("telemetry:"):], "*/"), " \r")
	hint, fix := "write "+right, &Fix{Pos: comment.Pos(), End: comment.End(), Text: right}
	switch {
	case comment.Text[1] == '*':
		r.report(comment.Slash, "a directive is a // comment", hint) // code may follow on the line
	case !strings.HasPrefix(rest, "telemetry:"):
		r.offer(comment.Slash+2, "telemetry: is written in lower case", hint, fix)
	default:
		r.offer(comment.Slash+2, "a space in front of telemetry: makes this a remark, not a directive", hint, fix)
	}
}

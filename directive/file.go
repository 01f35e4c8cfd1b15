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
	// Pos is where the directive stands.
	Pos token.Pos
}

// Mentions reports whether src could hold a directive. It is a scan of bytes:
// a file in which it finds nothing need not be parsed.
func Mentions(src []byte) bool { return bytes.Contains(src, []byte("telemetry:")) }

// Read returns the marked functions of a file that was parsed with comments, in
// the order of the source. A file with problems must not be rewritten.
func Read(fset *token.FileSet, file *ast.File) (marks []Mark, problems []Problem) {
	r := reader{fset: fset, above: map[*ast.CommentGroup]Function{}}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Doc != nil {
			r.above[fn.Doc] = Function{Decl: fn}
		}
	}
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

func mentions(group *ast.CommentGroup) bool {
	for _, c := range group.List {
		if strings.Contains(c.Text, "telemetry:") {
			return true
		}
	}
	return false
}

// reader collects what the comments of a file say.
type reader struct {
	fset     *token.FileSet
	above    map[*ast.CommentGroup]Function // documented declarations
	literals map[int][]Function             // by the line of their func
	marks    []Mark
	problems []Problem
}

func (r *reader) report(pos token.Pos, message, hint string) {
	r.problems = append(r.problems, Problem{Pos: r.fset.PositionFor(pos, false), Message: message, Hint: hint})
}

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
	fns := r.candidates(group)
	var skipped, marked token.Pos
	for _, comment := range group.List {
		if !strings.HasPrefix(comment.Text, Prefix) {
			r.spaced(comment)
			continue
		}
		p, at, message, hint := parse(comment.Text)
		switch {
		case message != "":
			r.report(comment.Slash+token.Pos(at), message, hint)
		case len(fns) == 0:
			r.report(comment.Slash, "misplaced "+Prefix+p.verb+": it marks nothing here",
				"put it directly above a function, method or function literal, without an empty line between")
		case len(fns) > 1:
			r.report(comment.Slash, "two function literals start on this line, so it is not clear which is meant",
				"put them on lines of their own")
		case p.verb == verbSkip:
			skipped = comment.Slash
		case marked.IsValid():
			r.report(comment.Slash, fns[0].String()+" is marked twice", "leave one //telemetry:instrument above it")
		default:
			marked = comment.Slash
			r.mark(Mark{Directive: p.Directive, Func: fns[0], Pos: comment.Slash})
		}
	}
	if skipped.IsValid() && marked.IsValid() {
		r.report(marked, fns[0].String()+" is marked and skipped at once", "leave //telemetry:instrument or //telemetry:skip, not both")
	}
}

// mark takes a mark, unless the function has one by another comment: a literal
// can have one above its line and one on it.
func (r *reader) mark(m Mark) {
	for _, other := range r.marks {
		if other.Func.Node() == m.Func.Node() {
			r.report(m.Pos, m.Func.String()+" is marked twice", "leave one //telemetry:instrument")
			return
		}
	}
	if _, named := m.Func.Words(); !named && m.Name == "" {
		r.report(m.Pos, "nothing gives this function literal a name", "write //telemetry:instrument name=NAME")
		return
	}
	r.marks = append(r.marks, m)
}

// spaced finds directives that a space has made remarks.
func (r *reader) spaced(comment *ast.Comment) {
	rest, ok := strings.CutPrefix(comment.Text, "//")
	rest = strings.TrimLeft(rest, " \t")
	if ok && (strings.HasPrefix(rest, "telemetry:"+verbInstrument) || strings.HasPrefix(rest, "telemetry:"+verbSkip)) {
		r.report(comment.Slash+2, "a space in front of telemetry: makes this a remark, not a directive", "write //"+strings.TrimRight(rest, "\r"))
	}
}

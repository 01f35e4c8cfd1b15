package directive

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"
)

// Mark is a function with a directive above it.
type Mark struct {
	Directive
	Func *ast.FuncDecl
	// Pos is where the directive stands.
	Pos token.Pos
}

// Mentions reports whether src could hold a directive. It is a scan of bytes:
// a file in which it finds nothing need not be parsed.
func Mentions(src []byte) bool { return bytes.Contains(src, []byte("telemetry:")) }

// Read returns the marked functions of a file that was parsed with comments, in
// the order of the source. A file with problems must not be rewritten.
func Read(fset *token.FileSet, file *ast.File) (marks []Mark, problems []Problem) {
	above := map[*ast.CommentGroup]*ast.FuncDecl{}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Doc != nil {
			above[fn.Doc] = fn
		}
	}
	for _, group := range file.Comments {
		m, p := readGroup(fset, group, above[group])
		marks = append(marks, m...)
		problems = append(problems, p...)
	}
	return marks, problems
}

// readGroup reads the comments of one group, which stands above fn or, where fn
// is nil, somewhere else.
func readGroup(fset *token.FileSet, group *ast.CommentGroup, fn *ast.FuncDecl) (marks []Mark, problems []Problem) {
	skipped := false
	for _, comment := range group.List {
		report := func(at int, message, hint string) {
			pos := fset.PositionFor(comment.Slash+token.Pos(at), false)
			problems = append(problems, Problem{Pos: pos, Message: message, Hint: hint})
		}
		if !strings.HasPrefix(comment.Text, Prefix) {
			if spaced := strings.TrimLeft(strings.TrimPrefix(comment.Text, "//"), " \t"); strings.HasPrefix(comment.Text, "//") &&
				(strings.HasPrefix(spaced, "telemetry:"+verbInstrument) || strings.HasPrefix(spaced, "telemetry:"+verbSkip)) {
				report(2, "a space in front of telemetry: makes this a remark, not a directive", "write //"+strings.TrimRight(spaced, "\r"))
			}
			continue
		}
		p, at, message, hint := parse(comment.Text)
		switch {
		case message != "":
			report(at, message, hint)
		case fn == nil:
			report(0, "misplaced "+Prefix+p.verb+": it marks nothing here",
				"put it directly above a function or method, without an empty line between")
		case p.verb == verbSkip:
			skipped = true
		case len(marks) > 0:
			report(0, fn.Name.Name+" is marked twice", "leave one //telemetry:instrument above it")
		default:
			marks = append(marks, Mark{Directive: p.Directive, Func: fn, Pos: comment.Slash})
		}
	}
	if skipped && len(marks) > 0 {
		problems = append(problems, Problem{
			Pos:     fset.PositionFor(marks[0].Pos, false),
			Message: fn.Name.Name + " is marked and skipped at once",
			Hint:    "leave //telemetry:instrument or //telemetry:skip, not both",
		})
	}
	return marks, problems
}

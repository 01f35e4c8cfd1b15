package instrument

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// was is the remark behind a generated statement where that alone does not tell
// what was there before: that the body stood on one line, in columns with its
// neighbours, or how the results were written. Where the
// statement shares its line with the author's code the remark is a /* */ comment.
const (
	was        = "telemetry:was"
	wasOneLine = "oneline"
	wasAligned = "aligned"
)

var wasRemark = regexp.MustCompile(`^[ \t]*(?://` + was + `( ` + wasOneLine + `)?( ` + wasAligned + `)?( [^\r\n]*)?|/\*` + was + `( .*?)?\*/)`)

// ours tells tkgen's own points from what a person wrote in a function.
type ours func(fn directive.Function, point string) bool

// strip returns the file without its generated lines: for what [Generate]
// wrote, the bytes before it.
func strip(s source, isOurs ours) []byte {
	out, aligned := stripLines(s, isOurs)
	if !aligned || !isTidy(s.src) {
		return out
	}
	// Gofmt put lines into columns, and does so again.
	if again := formatted(out); again != nil {
		return again
	}
	return out
}

// stripLines also reports whether lines stood in columns.
func stripLines(s source, isOurs ours) (out []byte, aligned bool) {
	var edits []edit
	var last ast.Node // that was stripped
	again := false
	for _, fn := range slices.Backward(directive.Functions(s.file)) {
		l, ok := findLine(fn, isOurs)
		switch {
		case !ok:
		case last != nil && inside(last, fn.Node()):
			again = true // its edits could overlap those of the literal in it
		default:
			r := s.remarkOf(l)
			aligned = aligned || r.aligned
			edits, last = append(edits, s.unwrite(fn, l, r)...), fn.Node()
		}
	}
	if len(edits) == 0 {
		return s.src, false
	}
	out = apply(s.src, edits)
	if !again {
		return out, aligned
	}
	inner, err := parse(s.path, out)
	if err != nil {
		return out, aligned
	}
	out, more := stripLines(inner, isOurs)
	return out, aligned || more
}

// remark is what a remark says, and where it ends.
type remark struct {
	oneLine, aligned bool
	results          string
	end              int
}

func (s source) remarkOf(l line) remark {
	end := s.offset(l.stmt.End())
	m := wasRemark.FindStringSubmatch(string(s.src[end:lineEnd(s.src, end)]))
	if m == nil {
		return remark{end: end}
	}
	return remark{m[1] != "", m[2] != "", strings.TrimSpace(m[3] + m[4]), end + len(m[0])}
}

// line is one generated statement: defer POINT.Begin().End(&RESULT, ATTR(x)…), or
// with another method of [ending].
type line struct {
	stmt   *ast.DeferStmt
	point  string
	result string // "" where the line points at none
	// edited says that a person has added arguments, which would be lost.
	edited bool
}

// findLine looks at the first statement of a function.
func findLine(fn directive.Function, isOurs ours) (line, bool) {
	body := fn.Body()
	if body == nil || len(body.List) == 0 {
		return line{}, false
	}
	stmt, ok := body.List[0].(*ast.DeferStmt)
	if !ok || len(stmt.Call.Args) == 0 {
		return line{}, false
	}
	end, ok := stmt.Call.Fun.(*ast.SelectorExpr)
	if !ok {
		return line{}, false
	}
	beginCall, ok := end.X.(*ast.CallExpr)
	if !ok || len(beginCall.Args) != 0 {
		return line{}, false
	}
	point, ok := method(beginCall, "Begin")
	if !ok {
		return line{}, false
	}
	ident, ok := point.(*ast.Ident)
	if !ok || !isOurs(fn, ident.Name) {
		return line{}, false
	}
	found := line{stmt: stmt, point: ident.Name}
	for _, arg := range stmt.Call.Args[1:] {
		found.edited = found.edited || !isAttribute(arg, fn, isOurs)
	}
	found.result, ok = argumentOf(end.Sel.Name, stmt.Call.Args[0])
	return found, ok
}

// argumentOf reads what [ending.argument] wrote.
func argumentOf(method string, arg ast.Expr) (result string, ok bool) {
	switch arg := arg.(type) {
	case *ast.Ident:
		return "", method == endError && arg.Name == "nil" || method == endStatus
	case *ast.UnaryExpr:
		name, ok := arg.X.(*ast.Ident)
		if !ok || arg.Op != token.AND || method != endError && method != endAs {
			return "", false
		}
		return name.Name, true
	}
	return "", false
}

// method returns X of the call X.name(…).
func method(call *ast.CallExpr, name string) (ast.Expr, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return nil, false
	}
	return sel.X, true
}

// unwrite is the inverse of write: the edits that take a generated line and the
// names it needed out of a function again.
func (s source) unwrite(fn directive.Function, l line, r remark) []edit {
	start, end := s.offset(l.stmt.Pos()), r.end
	edits := s.unnameResults(fn, l, r.results)

	brace := s.offset(fn.Body().Lbrace) + 1
	onItsOwn := strings.TrimSpace(string(s.src[lineStart(s.src, start):start])) == "" &&
		strings.TrimSpace(string(s.src[end:lineEnd(s.src, end)])) == ""
	switch {
	case r.oneLine && s.joinable(fn):
		return append(edits, edit{brace, s.offset(fn.Body().Rbrace), s.joined(fn)})
	case onItsOwn:
		return append(edits, edit{lineStart(s.src, start), lineEnd(s.src, end), ""})
	default: // inserted as " defer …;" behind the brace
		if s.src[start-1] == ' ' && start-1 >= brace {
			start--
		}
		if end < len(s.src) && s.src[end] == ';' {
			end++
		}
		return append(edits, edit{start, end, ""})
	}
}

// unnameResults gives the results of fn the form they had.
func (s source) unnameResults(fn directive.Function, l line, original string) []edit {
	results := fn.Type().Results
	if !strings.HasPrefix(l.result, errName) && !strings.HasPrefix(l.result, okName) || results == nil || len(results.List) == 0 {
		return nil // the result was named by its author
	}
	if original != "" {
		return []edit{{s.offset(results.Pos()), s.offset(results.End()), original}}
	}
	var names []*ast.Ident
	allBlank := true
	for _, field := range results.List {
		names = append(names, field.Names...)
	}
	if len(names) == 0 {
		return nil
	}
	for _, name := range names[:len(names)-1] {
		allBlank = allBlank && name.Name == "_"
	}
	last := names[len(names)-1]
	if !allBlank { // (n int, _ error)
		return []edit{{s.offset(last.Pos()), s.offset(last.End()), "_"}}
	}
	var edits []edit
	for _, field := range results.List {
		again := strings.Repeat(s.text(field.Type)+", ", len(field.Names)-1) // an author's (_, _ string, tkErr error)
		edits = append(edits, edit{s.offset(field.Names[0].Pos()), s.offset(field.Type.Pos()), again})
	}
	if len(names) == 1 {
		edits = append(edits,
			edit{s.offset(results.Opening), s.offset(results.Opening) + 1, ""},
			edit{s.offset(results.Closing), s.offset(results.Closing) + 1, ""})
	}
	return edits
}

// joinable reports whether the body, but for the generated line, can stand on
// one line: each statement does, and all comments are within one.
func (s source) joinable(fn directive.Function) bool {
	body := fn.Body()
	within := func(c *ast.Comment) bool {
		return slices.ContainsFunc(body.List, func(stmt ast.Stmt) bool { return inside(c, stmt) })
	}
	for _, stmt := range body.List {
		if s.position(stmt.Pos()).Line != s.position(stmt.End()).Line {
			return false
		}
	}
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if inside(c, body) && !strings.HasPrefix(c.Text, "//"+was) && !within(c) {
				return false
			}
		}
	}
	return true
}

func (s source) joined(fn directive.Function) string {
	var stmts []string
	for _, stmt := range fn.Body().List[1:] {
		stmts = append(stmts, s.text(stmt))
	}
	if len(stmts) == 0 {
		return ""
	}
	return " " + strings.Join(stmts, "; ") + " "
}

package instrument

import (
	"bytes"
	"go/format"
	"go/token"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// render writes the plan of one file in place. What it returns can be undone
// exactly: strip(render(base)) is base. Functions for which that does not hold
// are left alone and returned with it.
//
// A gofmt'ed file goes through dst and stays gofmt'ed; only the text of the
// marked functions is taken from dst's output. Where dst would change anything
// else, and in files that nobody gofmt'ed, the smallest edit wins.
func render(f filePlan) (out []byte, left []planned) {
	if len(f.fns) == 0 {
		return f.src, nil
	}
	tidy := isTidy(f.src)
	kept := filePlan{source: f.source}
	out = f.src
	var add func(fns []planned)
	add = func(fns []planned) { // halves lead to the few that cannot be rewritten
		try := filePlan{source: f.source, fns: slices.Concat(kept.fns, fns)}
		text, ok := renderAll(try, tidy)
		switch {
		case ok:
			kept, out = try, text
		case len(fns) == 1:
			left = append(left, fns[0])
		default:
			add(fns[:len(fns)/2])
			add(fns[len(fns)/2:])
		}
	}
	add(f.fns)
	return out, left
}

func renderAll(f filePlan, tidy bool) ([]byte, bool) {
	if tidy && !f.hasLineDirective() {
		for _, aligned := range []bool{false, true} {
			edits, err := dstEdits(f, aligned)
			if err != nil {
				break
			}
			out := apply(f.src, edits)
			if aligned { // neighbours and comments have left their columns
				out = formatted(out)
			}
			if undoable(f, out) && isTidy(out) {
				return out, true
			}
		}
	}
	var edits []edit
	for _, fn := range f.fns {
		edits = append(edits, f.smallestEdits(fn)...)
	}
	out := apply(f.src, edits)
	return out, undoable(f, out) && (!tidy || isTidy(out))
}

// undoable checks the promise of [render], on the very bytes.
func undoable(f filePlan, out []byte) bool {
	s, err := parse(f.path, out)
	if err != nil {
		return false
	}
	points := map[string]bool{}
	for _, fn := range f.fns {
		points[fn.point] = true
	}
	return bytes.Equal(strip(s, func(_ directive.Function, p string) bool { return points[p] }), f.src)
}

func isTidy(src []byte) bool { return bytes.Equal(formatted(src), src) }

// formatted is nil for what cannot be parsed.
func formatted(src []byte) []byte {
	out, err := format.Source(src)
	if err != nil {
		return nil
	}
	return out
}

// hasLineDirective reports whether positions in the file are those of another
// file. dst would indent such a comment, and the compiler reads it in the first
// column only.
func (s source) hasLineDirective() bool {
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//line ") || strings.HasPrefix(c.Text, "/*line ") {
				return true
			}
		}
	}
	return false
}

// smallestEdits adds the line behind the brace's line where there is room, else
// directly behind the brace.
func (s source) smallestEdits(p planned) []edit {
	edits := s.nameEdits(p)
	brace := s.offset(p.fn.Body().Lbrace) + 1
	end := lineEnd(s.src, brace)
	rest := strings.TrimSpace(string(s.src[brace:end]))
	roomy := (rest == "" || strings.HasPrefix(rest, "//")) && s.src[end-1] == '\n'
	if !roomy {
		remark := p.remark(false, false)
		if remark != "" {
			remark = " /*" + remark + "*/"
		}
		return append(edits, s.inlineEdit(p, remark))
	}
	text := s.indent(p) + p.statement()
	if remark := p.remark(false, false); remark != "" {
		text += " //" + remark
	}
	return append(edits, edit{end, end, text + newline(s.src)})
}

// inlineEdit adds the statement directly behind the brace; no line moves.
func (s source) inlineEdit(p planned, remark string) edit {
	brace := s.offset(p.fn.Body().Lbrace) + 1
	return edit{brace, brace, " " + p.statement() + remark + ";"}
}

// indent is the white space in front of the first statement, or a tab.
func (s source) indent(p planned) string {
	if len(p.fn.Body().List) > 0 {
		first := s.offset(p.fn.Body().List[0].Pos())
		start := lineStart(s.src, first)
		if blank := string(s.src[start:first]); strings.TrimSpace(blank) == "" {
			return blank
		}
	}
	return "\t"
}

// nameEdits gives the results the names that the statement needs.
func (s source) nameEdits(p planned) []edit {
	results := p.fn.Type().Results
	switch p.naming {
	case nameBlank:
		last := results.List[len(results.List)-1]
		ident := last.Names[len(last.Names)-1]
		return []edit{{s.offset(ident.Pos()), s.offset(ident.End()), p.result}}
	case nameAll:
		var edits []edit
		for i, field := range results.List {
			name := "_ "
			if i == len(results.List)-1 {
				name = p.result + " "
			}
			at := s.offset(field.Type.Pos())
			edits = append(edits, edit{at, at, name})
		}
		if !results.Opening.IsValid() {
			edits[0].text = "(" + edits[0].text
			at := s.offset(results.End())
			edits = append(edits, edit{at, at, ")"})
		}
		return edits
	default:
		return nil
	}
}

// oneLine reports whether the body stands on one line.
func (s source) oneLine(p planned) bool {
	line := func(pos token.Pos) int { return s.position(pos).Line }
	return line(p.fn.Body().Lbrace) == line(p.fn.Body().Rbrace)
}

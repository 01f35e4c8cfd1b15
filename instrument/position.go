package instrument

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// lineComment makes the compiler report positions in the source, not in the
// file that replaces it. There is none where the source says itself what its
// positions are, and none for a path that no comment can hold.
func (s source) lineComment() (edit, bool) {
	pos := s.fset.Position(s.file.Package)
	path := filepath.ToSlash(s.path)
	if pos.Filename != s.path || strings.Contains(path, "*/") || strings.ContainsAny(path, "\r\n") {
		return edit{}, false
	}
	return edit{pos.Offset, pos.Offset, fmt.Sprintf("/*line %s:%d:%d*/", path, pos.Line, pos.Column)}, true
}

// keepColumns adds to an insertion what gives the rest of its line the columns
// that it has in the source: in compile errors, vet's findings and coverage.
func (s source) keepColumns(e edit) edit {
	if rest := bytes.TrimLeft(s.src[e.end:], " \t\r"); len(rest) == 0 || rest[0] == '\n' || bytes.HasPrefix(rest, []byte("//")) {
		return e
	}
	file := s.fset.File(s.file.FileStart)
	pos := file.Position(file.Pos(e.end))
	if pos.Column == 0 { // a //line comment of the author's gave up on columns
		return e
	}
	e.text += fmt.Sprintf("/*line :%d:%d*/", pos.Line, pos.Column)
	return e
}

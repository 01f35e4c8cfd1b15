package instrument

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
)

// What stands between these two is not the author's: see [Hide].
const (
	hideFrom = "/*tk{*/"
	hideTo   = "/*}tk*/"
)

// hidden marks an inserted statement for [Hide].
func hidden(e edit) edit {
	e.text = hideFrom + e.text + hideTo
	return e
}

// Hide takes the inserted statements out of a file of an [Overlay], so that a
// tool that counts statements counts the author's, and leaves a comment for each
// in its place. [Show] puts them back into what that tool makes of the text.
func Hide(text []byte) (without []byte, statements [][]byte) {
	for {
		before, rest, found := bytes.Cut(text, []byte(hideFrom))
		without = append(without, before...)
		if !found {
			return without, statements
		}
		statement, behind, _ := bytes.Cut(rest, []byte(hideTo))
		without = append(without, hideFrom+hideTo...)
		statements = append(statements, statement)
		text = behind
	}
}

// Show undoes [Hide]. It fails if the comments are not all there.
func Show(text []byte, statements [][]byte) ([]byte, error) {
	parts := bytes.Split(text, []byte(hideFrom+hideTo))
	if len(parts) != len(statements)+1 {
		return nil, fmt.Errorf("putting the instrumentation back: %d of %d places are left", len(parts)-1, len(statements))
	}
	out := bytes.Clone(parts[0])
	for i, statement := range statements {
		out = append(append(out, statement...), parts[i+1]...)
	}
	return out, nil
}

// HideBody marks all of a file but its package clause, for [Hide]. It is for
// files that are in no tree.
func HideBody(text []byte) []byte {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.PackageClauseOnly)
	if err != nil {
		return text
	}
	end := fset.PositionFor(file.Name.End(), false).Offset
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s%s%s%s\n", text[:end], hideFrom, text[end:], hideTo)
	return out.Bytes()
}

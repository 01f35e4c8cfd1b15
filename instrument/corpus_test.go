package instrument

import (
	"bytes"
	"go/ast"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// TestStandardLibrary marks every function of the standard library, file by
// file, and checks the contract on each: what render writes can be undone to
// the byte, stays gofmt'ed, and touches nothing but marked functions. It
// takes every eighth file, and all of them with CORPUS=full (`make corpus-std`).
func TestStandardLibrary(t *testing.T) {
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	every := 8
	if testing.Short() { // under the race detector
		every = 64
	}
	files, functions, leftAlone := 0, 0, 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || isTest(path) {
			return nil
		}
		files++
		if os.Getenv("CORPUS") != "full" && files%every != 0 {
			return nil
		}
		n, left := checkFile(t, path)
		functions += n
		leftAlone += left
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if functions < 500 {
		t.Fatalf("checked %d functions, want the standard library's", functions)
	}
	t.Logf("%d functions checked, %d left alone", functions, leftAlone)
}

func checkFile(t *testing.T, path string) (functions, left int) {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	marked := markAll(t, path, src)
	f := folder{module: Module{Path: "std", Dir: filepath.Dir(filepath.Dir(path)), HasRuntime: true}, dir: filepath.Dir(path), files: map[string][]byte{filepath.Base(path): marked}}
	p, err := planOf(f)
	if err != nil {
		t.Errorf("%s: planning: %v", path, err)
		return 0, 0
	}
	for _, file := range p.files {
		out, remaining := render(file)
		functions += len(file.fns)
		left += len(remaining)
		for _, fn := range remaining {
			t.Logf("left alone: %s %s", path, fn.fn)
		}
		s, err := parse(path, out)
		if err != nil {
			t.Errorf("rendering: %v", err)
			continue
		}
		if got := strip(s, func(directive.Function, string) bool { return true }); !bytes.Equal(got, marked) {
			t.Errorf("%s: strip(render(src)) differs from src", path)
		}
		if isTidy(marked) && !isTidy(out) {
			t.Errorf("%s: no longer gofmt'ed", path)
		}
	}
	return functions, left
}

// markAll puts a directive above every function that can carry one, and above
// every literal that starts a line's only function.
func markAll(t *testing.T, path string, src []byte) []byte {
	s, err := parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	var edits []edit
	starts := map[int]int{} // functions that start on a line
	for _, fn := range directive.Functions(s.file) {
		starts[lineStart(src, s.offset(fn.Type().Pos()))]++
	}
	for _, fn := range directive.Functions(s.file) {
		at := lineStart(src, s.offset(fn.Type().Pos()))
		indent := src[at : at+len(src[at:])-len(bytes.TrimLeft(src[at:], " \t"))]
		text := string(indent) + directive.Prefix + "instrument name=f" + newline(src)
		switch {
		case starts[at] > 1, inRawString(s, at):
			continue
		case fn.Lit == nil && (fn.Decl.Name.Name == "_" || len(indent) > 0 || !bytes.HasPrefix(src[at:], []byte("func"))):
			continue
		case fn.Lit == nil && fn.Decl.Doc != nil && !isDirectiveComment(fn.Decl.Doc.List[len(fn.Decl.Doc.List)-1]):
			text = "//" + newline(src) + text
		}
		edits = append(edits, edit{at, at, text})
	}
	return apply(src, edits)
}

// inRawString reports whether a line starts within a literal or a comment.
func inRawString(s source, at int) bool {
	found := false
	ast.Inspect(s.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			found = found || s.offset(lit.Pos()) < at && at < s.offset(lit.End())
		}
		return !found
	})
	return found
}

func isDirectiveComment(c *ast.Comment) bool {
	return strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//export ")
}

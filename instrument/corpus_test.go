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
// the byte, stays gofmt'ed, and touches nothing but marked functions.
func TestStandardLibrary(t *testing.T) {
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(goroot)), "src")
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
		if testing.Short() && files%8 != 0 {
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
	if functions < 1000 {
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
	p, err := makePlan(f)
	if err != nil {
		t.Errorf("%s: planning: %v", path, err)
		return 0, 0
	}
	for _, file := range p.files {
		out, remaining := render(file)
		functions += len(file.fns)
		left += len(remaining)
		for _, fn := range remaining {
			t.Logf("left alone: %s %s", path, qualified(fn.fn))
		}
		s, err := parse(path, out)
		if err != nil {
			t.Errorf("rendering: %v", err)
			continue
		}
		if got := strip(s, func(string) bool { return true }); !bytes.Equal(got, marked) {
			t.Errorf("%s: strip(render(src)) differs from src", path)
		}
		if isTidy(marked) && !isTidy(out) {
			t.Errorf("%s: no longer gofmt'ed", path)
		}
	}
	return functions, left
}

// markAll puts a directive above every function that can carry one.
func markAll(t *testing.T, path string, src []byte) []byte {
	s, err := parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	var edits []edit
	for _, fn := range s.functions() {
		if fn.Name.Name == "_" || strings.Contains(string(src[lineStart(src, s.offset(fn.Pos())):s.offset(fn.Type.Func)]), "/*") {
			continue
		}
		at := lineStart(src, s.offset(fn.Type.Func))
		if strings.TrimSpace(string(src[at:s.offset(fn.Type.Func)])) != "" {
			continue
		}
		text := directive.Prefix + "instrument" + newline(src)
		if fn.Doc != nil && !isDirectiveComment(fn.Doc.List[len(fn.Doc.List)-1]) {
			text = "//" + newline(src) + text
		}
		edits = append(edits, edit{at, at, text})
	}
	return apply(src, edits)
}

func isDirectiveComment(c *ast.Comment) bool {
	return strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//export ")
}

package instrument

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// FuzzRewrite checks the contract on one declaration, whatever parses.
func FuzzRewrite(f *testing.F) {
	f.Add("func F() error { return nil }")
	f.Add("func (t *T[A]) F(a, b int) (x int, _ error) { // remark\n\n\tx = 1\n\treturn x, nil\n}")
	f.Add("func F() (_, _ error) {\n\t/* in front */ return nil, nil\n}")
	f.Add("func F() (\n\tint, // one\n\terror,\n) {\r\n\treturn 1, nil\r\n}")
	f.Add("func F()(error){;}")
	f.Add("func F() (tkErr, error) { defer tkF.Begin().End(nil) //telemetry:was oneline\n}")
	f.Fuzz(func(t *testing.T, decl string) {
		checkContract(t, tree{"f.go": []byte("package p\n\n//telemetry:instrument\n" + decl + "\n")})
	})
}

// FuzzFile checks the contract on whole files, with every function and literal
// marked that can be. Its seeds are the goldens and the torture.
func FuzzFile(f *testing.F) {
	for _, src := range seedFiles(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if _, err := parse("f.go", src); err != nil || bytes.Contains(src, []byte("//telemetry:")) {
			return
		}
		checkContract(t, tree{"f.go": markAll(t, "f.go", src)})
	})
}

// FuzzShapes checks the contract on files of random programs.
func FuzzShapes(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(seeded(seed, 4<<10).bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		files := shapesModule(t, &choices{bytes}, 15)
		if checkContract(t, files) == 0 && len(bytes) > 1000 {
			t.Errorf("nothing could be planned in\n%s", files["a.go"])
		}
	})
}

// seedFiles are the Go files of all archives, without their directives.
func seedFiles(f *testing.F) (files [][]byte) {
	f.Helper()
	archives, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(archives) < 60 {
		f.Fatalf("found %d archives: %v", len(archives), err)
	}
	for _, path := range archives {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if filepath.Ext(file.Name) == ".go" && !strings.HasPrefix(file.Name, "generate/") && !strings.HasPrefix(file.Name, "overlay/") {
				files = append(files, bytes.ReplaceAll(file.Data, []byte("//telemetry:"), []byte("// ")))
			}
		}
	}
	return files
}

// checkContract checks what holds of every package with directives: remove gives
// the bytes back, a gofmt'ed file stays so, both renderings are the source's
// tree with our statements, and in the overlay every node and comment of the
// author's stands where it stood. It returns how many files were planned.
func checkContract(t *testing.T, files tree) int {
	t.Helper()
	for name, src := range files {
		before, err := parse("/src/"+name, src)
		if err != nil || !bytes.Equal(strip(before, anyPoint), src) {
			return 0 // what looks generated already is taken out first
		}
	}
	p, err := planOf(folder{dir: "/src", module: Module{Dir: "/src"}, files: files})
	if err != nil {
		return 0
	}
	b := overlayBuilder{out: &Overlay{Files: map[string][]byte{}}}
	b.files(p, nil, "")
	for _, file := range p.files {
		if text, ok := b.out.Files[file.path]; ok {
			checkTree(t, file, text, len(file.fns), true)
		}
		out, left := render(file)
		checkLeft(t, file, left)
		s := checkTree(t, file, out, len(file.fns)-len(left), false)
		if got := strip(s, anyPoint); !bytes.Equal(got, file.src) {
			t.Errorf("stripped:\n%s\nwant:\n%s\nrendered:\n%s", got, file.src, out)
		}
		if isTidy(file.src) && !isTidy(out) {
			t.Errorf("no longer gofmt'ed:\n%s", out)
		}
	}
	return len(p.files)
}

func anyPoint(directive.Function, string) bool { return true }

// checkLeft checks that in a gofmt'ed file nothing is left alone but what cannot
// be told from generated code (c65 of the torture).
func checkLeft(t *testing.T, file filePlan, left []planned) {
	t.Helper()
	for _, fn := range left {
		if text := file.text(fn.fn.Type()); isTidy(file.src) && !strings.Contains(text, errName) && !strings.Contains(text, okName) {
			t.Errorf("left alone in a tidy file: %s in\n%s", text, file.src)
		}
	}
}

// checkTree compares a rendering with the source; in an overlay the positions
// too.
func checkTree(t *testing.T, file filePlan, out []byte, statements int, overlay bool) source {
	t.Helper()
	s, err := parse(file.path, out)
	if err != nil {
		t.Fatalf("does not parse: %v\n%s", err, out)
	}
	want, _ := nodes(file.source, overlay)
	got, added := nodes(s, overlay)
	if diff := cmp.Diff(want, got); diff != "" || added != statements {
		t.Errorf("overlay: %v, %d statements, want %d; tree (-source +rendered):\n%s\n%s", overlay, added, statements, diff, out)
	}
	return s
}

// nodes describes a file's tree without the generated statements, whose number
// it returns, and without the names of results: node by node, with the positions
// that the compiler will report, and the comments.
func nodes(s source, positions bool) (list []string, generated int) {
	at := func(pos token.Pos) string {
		if !positions {
			return ""
		}
		return s.fset.Position(pos).String()
	}
	ours := map[ast.Node]bool{}
	for _, fn := range directive.Functions(s.file) {
		if _, ok := findLine(fn, anyPoint); ok {
			ours[fn.Body().List[0]] = true
		}
		if results := fn.Type().Results; results != nil {
			ours[results] = true
		}
	}
	generated = len(ours)
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch x := n.(type) {
		case nil, *ast.CommentGroup:
			return false
		case *ast.FieldList:
			if ours[x] {
				generated--
				list = append(list, resultTypes(s, x, at)...)
				return false
			}
			list = append(list, fmt.Sprintf("%T", x))
		case *ast.Ident:
			list = append(list, x.Name+" "+at(x.Pos()))
		case *ast.BasicLit:
			list = append(list, x.Value+" "+at(x.Pos()))
		case *ast.File, *ast.Field:
			list = append(list, fmt.Sprintf("%T", x))
		default:
			if ours[n] {
				return false
			}
			list = append(list, fmt.Sprintf("%T %s", x, at(x.Pos())))
		}
		return true
	})
	if positions {
		list = append(list, comments(s, at)...)
	}
	return list, generated
}

// resultTypes are those of results, which may be given names.
func resultTypes(s source, results *ast.FieldList, at func(token.Pos) string) (list []string) {
	for _, field := range results.List {
		for range max(1, len(field.Names)) {
			list = append(list, s.text(field.Type)+" "+at(field.Type.Pos()))
		}
	}
	return list
}

// comments are the author's.
func comments(s source, at func(token.Pos) string) (list []string) {
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if c.Text == hideFrom || c.Text == hideTo || strings.HasPrefix(c.Text, "/*line :") || strings.HasPrefix(c.Text, "/*line /src/") {
				continue
			}
			pos := at(c.Pos())
			if strings.HasPrefix(c.Text, "//") { // nobody reports its column
				pos = pos[:strings.LastIndexByte(pos, ':')]
			}
			list = append(list, c.Text+" "+pos)
		}
	}
	return list
}

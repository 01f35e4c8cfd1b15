package instrument

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const marked = "package p\n\n//telemetry:instrument\nfunc F() error {\n\treturn nil\n}\n"

func modTree(files tree) tree {
	files["go.mod"] = []byte(testMod)
	return files
}

func TestWriteKeepsModeAndLinks(t *testing.T) {
	dir := modTree(tree{"real.txt": []byte(marked)}).write(t)
	if err := os.Chmod(filepath.Join(dir, "real.txt"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.txt", filepath.Join(dir, "linked.go")); err != nil {
		t.Fatal(err)
	}
	generate(t, dir)
	info, err := os.Lstat(filepath.Join(dir, "linked.go"))
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	info, err = os.Stat(filepath.Join(dir, "real.txt"))
	if err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("mode is %v, %v, want 0750", info.Mode(), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "real.txt"))
	if err != nil || !strings.Contains(string(text), "defer tkF.Begin()") {
		t.Errorf("the link's target was not rewritten: %s %v", text, err)
	}
	for _, name := range readTree(t, dir).names() {
		if strings.HasPrefix(name, ".tkgen") {
			t.Errorf("left %s behind", name)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := map[string]struct {
		prepare func(t *testing.T, dir string)
		want    string
	}{
		"a read-only file": {
			func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, "b.go"), 0o444) },
			"b.go: this file is read-only; nothing was written",
		},
		"a file that changed": {
			func(t *testing.T, dir string) {
				if err := os.WriteFile(filepath.Join(dir, "b.go"), []byte("package p // edited\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			"b.go: this file changed while tkgen was at work; nothing was written",
		},
		"a file that has gone": {
			func(t *testing.T, dir string) {
				if err := os.Remove(filepath.Join(dir, "b.go")); err != nil {
					t.Fatal(err)
				}
			},
			"b.go: this file changed while tkgen was at work; nothing was written",
		},
		"a read-only folder": {
			func(t *testing.T, dir string) {
				chmod(t, dir, 0o555)
				t.Cleanup(func() { chmod(t, dir, 0o755) })
			},
			"its folder is read-only",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := modTree(tree{"a.go": []byte(marked), "b.go": []byte(strings.ReplaceAll(marked, "F()", "G()"))}).write(t)
			r, err := Generate(Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			tt.prepare(t, dir)
			before := readTree(t, dir).strings()
			err = r.Write()
			var p Problem
			if !errors.As(err, &p) || !strings.Contains(err.Error(), tt.want) || p.Hint == "" {
				t.Errorf("got %v, want a problem that says %q and what to do", err, tt.want)
			}
			if diff := cmp.Diff(before, readTree(t, dir).strings()); diff != "" {
				t.Errorf("something was written (-before +after):\n%s", diff)
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// TestWriteOrder checks that a crash between two files leaves code that
// compiles: points come before the lines that use them and go after them.
func TestWriteOrder(t *testing.T) {
	points, line := Change{Path: "p/" + GeneratedFile, New: []byte("x")}, Change{Path: "p/a.go", New: []byte("x")}
	gone := Change{Path: "p/" + GeneratedFile, Old: []byte("x")}
	if points.order() >= line.order() || line.order() >= gone.order() {
		t.Errorf("order of points %d, lines %d, points that go %d", points.order(), line.order(), gone.order())
	}
}

func TestRoots(t *testing.T) {
	dir := modTree(tree{
		"a/a.go": []byte(marked), "a/b/b.go": []byte(marked), "testdata/t.go": []byte(marked), "_x/x.go": []byte(marked),
		"vendor/v/v.go": []byte(marked), "other/go.mod": []byte("module other\n"), "other/o.go": []byte(marked),
	}).write(t)
	tests := map[string][]string{
		"./...":                 {"a.f", "a.b.f"},
		"...":                   {"a.f", "a.b.f"},
		"./a":                   {"a.f"},
		"./a/...":               {"a.f", "a.b.f"},
		"example.com/app/a/b":   {"a.b.f"},
		"example.com/app/...":   {"a.f", "a.b.f"},
		filepath.Join(dir, "a"): {"a.f"},
	}
	for pattern, want := range tests {
		r, err := Generate(Options{Dir: dir, Patterns: []string{pattern}})
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		var got []string
		for _, f := range r.Functions {
			got = append(got, f.Event)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
	for _, pattern := range []string{"./none", "../x", "example.org/x", "/"} {
		if _, err := Generate(Options{Dir: dir, Patterns: []string{pattern}}); err == nil {
			t.Errorf("%s: no error", pattern)
		}
	}
	if _, err := Generate(Options{Dir: filepath.Dir(dir)}); !errors.Is(err, ErrNoModule) {
		t.Errorf("outside a module: got %v, want ErrNoModule", err)
	}
}

func TestWorkspace(t *testing.T) {
	dir := tree{
		"go.work":  []byte("go 1.26\n\nuse (\n\t./one\n\t./two\n)\n"),
		"one/a.go": []byte(marked), "one/go.mod": []byte("module example.com/one\n\nrequire " + RuntimeModule + " v0.1.0\n"),
		"two/a.go": []byte(strings.Replace(marked, "//telemetry:instrument", "//telemetry:instrument name=two", 1)), "two/go.mod": []byte("module example.com/two\n"),
	}.write(t)
	modules, err := Modules(filepath.Join(dir, "one"), "")
	if err != nil || len(modules) != 2 {
		t.Fatalf("got %v, %v, want two modules", modules, err)
	}
	if o, err := MakeOverlay(OverlayOptions{Modules: modules}); err != nil || len(o.Functions) != 2 {
		t.Errorf("got %v, want a workspace to have what one of its modules requires", err)
	}
	_, err = MakeOverlay(OverlayOptions{Modules: modules[1:]})
	if err == nil || !strings.Contains(err.Error(), "module example.com/two does not require") {
		t.Errorf("got %v, want to be told that two does not require the runtime", err)
	}
	if modules, err = Modules(filepath.Join(dir, "one"), "off"); err != nil || len(modules) != 1 {
		t.Errorf("with GOWORK=off: got %v, %v, want one module", modules, err)
	}
}

func TestOverlayComposes(t *testing.T) {
	dir := modTree(tree{"a.go": []byte("package p\n"), "gone.go": []byte(strings.ReplaceAll(marked, "F()", "Gone()"))}).write(t)
	other := filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(other, []byte(marked), 0o600); err != nil {
		t.Fatal(err)
	}
	modules, err := Modules(dir, "off")
	if err != nil {
		t.Fatal(err)
	}
	modules[0].HasRuntime = true
	o, err := MakeOverlay(OverlayOptions{Modules: modules, Replaced: map[string]string{
		filepath.Join(dir, "a.go"): other, filepath.Join(dir, "gone.go"): "",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Functions) != 1 || o.Functions[0].Func != "F" {
		t.Errorf("instrumented %v, want F of the caller's replacement alone", o.Functions)
	}
	if text := o.Files[filepath.Join(dir, "a.go")]; !bytes.Contains(text, []byte("defer tkF.Begin()")) {
		t.Errorf("the replacement is not instrumented:\n%s", text)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTree(t *testing.T) {
	from := writeFiles(t, map[string]string{"a.go": "package a", "sub/b.go": "package b", "sub/gone": "x"})
	if err := os.Symlink("a.go", filepath.Join(from, "link")); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := copyTree(from, to, -1); err != nil {
		t.Fatal(err)
	}
	before := mustRead(t, from)
	if diff := before.differences(mustRead(t, to)); len(diff) > 0 {
		t.Errorf("the copy differs at %v", diff)
	}
	if err := os.WriteFile(filepath.Join(to, "a.go"), []byte("package A"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, "sub", "gone")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(to, "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := []string{"a.go", "new", filepath.Join("sub", "gone")}
	if diff := cmp.Diff(want, before.differences(mustRead(t, to))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func mustRead(t *testing.T, dir string) tree {
	t.Helper()
	read, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestCount(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"go.mod":          "module m\n",
		"a.go":            "package a\nfunc F() { func() { _ = func() {} }() }\nfunc asm()\nfunc init() {}\nfunc _() {}\nfunc (t T) main() {}\nvar v = func() {}\n",
		"a_test.go":       "package a\nfunc TestX() {}\n",
		"a_windows.go":    "package a\nfunc W() {}\n",
		"gen.go":          "//go:build ignore\n\npackage main\nfunc main() {}\n",
		"or.go":           "//go:build ignore || linux\n\npackage a\nfunc O() {}\n",
		"broken.go":       "package a\nfunc {\n",
		"tool.go":         "//go:build tools\n\npackage main\nfunc main() { func() {}() }\n",
		"lone/lone.go":    "package lone\nfunc L() {}\n",
		"lone/again.go":   "//go:build tools\n\npackage main\nfunc main() {}\n",
		"cmd/main.go":     "package main\nfunc main() {}\nfunc init() {}\nfunc help() {}\n",
		"testdata/a.go":   "package a\nfunc F() {}\n",
		"_old/a.go":       "package a\nfunc F() {}\n",
		"nested/go.mod":   "module n\n",
		"nested/other.go": "package n\nfunc F() {}\n",
	})
	got, err := countFunctions(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := census{
		"a.go":                           {"": 5, kindBodyless: 1, kindInit: 1, kindBlank: 1},
		"a_windows.go":                   {"": 1},
		"or.go":                          {"": 1},
		filepath.Join("lone", "lone.go"): {"": 1},
		filepath.Join("cmd", "main.go"):  {"": 1, kindMain: 1, kindInit: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	sum := got.compare(plan{
		Functions: []struct{ File string }{{"/r/a.go"}, {"/r/a.go"}, {"/r/a_windows.go"}},
		Refused:   []struct{ File, Message string }{{"/r/a.go", `x is not instrumented: "a" why`}, {"/r/a.go", `y is not instrumented: "b" why`}},
	}, "/r", map[string]bool{"a.go": true})
	if sum.Functions != 14 || sum.FunctionsHere != 8 || sum.Instrumented != 3 || sum.InstrumentedHere != 2 ||
		sum.refused() != 2 || sum.Refused["… why"] != 2 || sum.notAsked() != 5 || sum.Unaccounted != 4 {
		t.Errorf("got %+v", sum)
	}
}

package instrument

import (
	"bytes"
	"flag"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden holds one archive for each shape of function: in/* is a module,
// generate/* what Generate makes of it, overlay/* the files of the overlay, and
// refused the functions that were left alone.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*/*.txtar")
	archives = slices.DeleteFunc(archives, func(path string) bool {
		dir := filepath.Base(filepath.Dir(path))
		return dir != "rewrite" && dir != "directives"
	})
	if err != nil || len(archives) < 8 {
		t.Fatalf("found %d goldens: %v", len(archives), err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, "in/") {
			got.Files = append(got.Files, f)
		}
	}
	before := unpack(t, got)
	dir := before.write(t)
	overlay := overlayOf(t, dir)

	result := generate(t, dir)
	after := readTree(t, dir)
	for _, name := range after.names() {
		if !bytes.Equal(after[name], before[name]) {
			got.Files = append(got.Files, txtar.File{Name: "generate/" + name, Data: after[name]})
		}
	}
	for _, name := range overlay.names() {
		got.Files = append(got.Files, txtar.File{Name: "overlay/" + name, Data: overlay[name]})
	}
	if refused := refusedText(dir, result.Refused); refused != "" {
		got.Files = append(got.Files, txtar.File{Name: "refused", Data: []byte(refused)})
	}
	checkTwiceIsOnce(t, dir)
	if before.builds(t) {
		goBuild(t, dir, "in place")
	}
	checkLines(t, before, overlay)
	checkRemove(t, dir, before)

	text := txtar.Format(got)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("golden (-want +got), `make update` rewrites it:\n%s", diff)
	}
}

// builds reports whether the archive's module builds as it is: some show what
// cannot be instrumented with code that is not whole.
func (files tree) builds(t *testing.T) bool {
	return exec.CommandContext(t.Context(), "go", "build", "-C", files.write(t), "-mod=mod", "./...").Run() == nil
}

func goBuild(t *testing.T, dir, how string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "vet", "-mod=mod", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s it does not build: %v\n%s", how, err, out)
	}
}

func checkTwiceIsOnce(t *testing.T, dir string) {
	t.Helper()
	if again := generate(t, dir); len(again.Changes) != 0 {
		t.Errorf("generate changed %d files the second time", len(again.Changes))
	}
}

func checkRemove(t *testing.T, dir string, before tree) {
	t.Helper()
	r, err := Remove(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.strings(), readTree(t, dir).strings()); diff != "" {
		t.Errorf("generate, then remove (-before +after):\n%s", diff)
	}
}

// checkLines checks that the overlay moves no line of the source.
func checkLines(t *testing.T, before, overlay tree) {
	t.Helper()
	for name, text := range overlay {
		if old, ok := before[name]; ok && bytes.Count(old, []byte("\n")) != bytes.Count(text, []byte("\n")) {
			t.Errorf("overlay of %s has other lines than the source", name)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments); err != nil {
			t.Errorf("overlay does not parse: %v", err)
		}
	}
}

func generate(t *testing.T, dir string) *Result {
	t.Helper()
	r, err := Generate(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(); err != nil {
		t.Fatal(err)
	}
	return r
}

// overlayOf renders the overlay of a tree, its paths relative to dir.
func overlayOf(t *testing.T, dir string) tree {
	t.Helper()
	o := makeOverlay(t, dir)
	files := tree{}
	for path, text := range o.Files {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(rel)] = bytes.ReplaceAll(text, []byte(filepath.ToSlash(dir)), []byte("/src"))
	}
	return files
}

func refusedText(dir string, refused []Problem) string {
	var b strings.Builder
	for _, p := range refused {
		b.WriteString(strings.ReplaceAll(p.Error(), dir+string(filepath.Separator), "") + "\n")
	}
	return b.String()
}

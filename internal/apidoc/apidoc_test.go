package apidoc

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the page")

const (
	module = "github.com/telemetry-kit/telemetry-kit-go"
	root   = "../.."
	page   = root + "/docs/reference.md"
)

// inside are the folders of the runtime that programs do not import.
var inside = []string{"runtime/internal"}

// packages are all of the runtime that a program can import, by their folders.
func packages(t *testing.T) (found []Package) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, "runtime"), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		for _, prefix := range inside {
			if strings.HasPrefix(rel, prefix) || d.Name() == "testdata" {
				return filepath.SkipDir
			}
		}
		if sources, err := filepath.Glob(filepath.Join(path, "*.go")); err != nil || len(sources) == 0 {
			return err
		}
		found = append(found, Package{Path: module + "/" + rel, Dir: path})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestReference holds docs/reference.md against the source, and that every
// exported name of the runtime has something said about it.
func TestReference(t *testing.T) {
	got, silent, err := Page("Reference of the runtime", packages(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range silent {
		t.Errorf("%s has no comment", name)
	}
	if *update {
		if err := os.WriteFile(page, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what the comments say; `make update` rewrites it (-page +comments):\n%s", page, diff)
	}
}

// TestPage reads a package that has a name without a comment.
func TestPage(t *testing.T) {
	dir := t.TempDir()
	source := "// Package p does.\npackage p\n\n// Said is said; see [T].\nfunc Said() {}\n\nfunc Silent() {}\n\n// T is a type.\ntype T struct{ hidden int }\n\nfunc (T) String() string { return \"\" }\n"
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	got, silent, err := Page("Title", []Package{{Path: "example.com/p", Dir: dir}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"example.com/p: Silent"}, silent); diff != "" {
		t.Errorf("silent (-want +got):\n%s", diff)
	}
	for _, want := range []string{"# Title\n", "Package p does.", "### func Said\n", "Said is said", "### type T\n", "func (T) String() string"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "hidden int") {
		t.Errorf("the page shows what is not exported:\n%s", got)
	}
	if _, _, err := Page("Title", []Package{{Path: "example.com/none", Dir: filepath.Join(dir, "none")}}); err == nil {
		t.Error("a package that is not there: no error")
	}
}

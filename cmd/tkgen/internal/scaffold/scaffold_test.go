package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
)

func named(name string) Options {
	return Options{Project: templates.Project{Kind: "cli", Name: name}, Version: "v1.2.3"}
}

// TestRelease is a project of a released tkgen, which leaves go.sum to go mod tidy.
func TestRelease(t *testing.T) {
	o := named("my-tool")
	o.Dir = filepath.Join(t.TempDir(), "a folder")
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(r.Dir, "go.mod"))
	want := `module example.com/my-tool

go 1.26.0

tool github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen

require github.com/telemetry-kit/telemetry-kit-go v1.2.3
`
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("go.mod: %v\n%s", err, diff)
	}
	if want := "cd '" + o.Dir + "' && go mod tidy"; r.Next[0] != want {
		t.Errorf("next: %q, want %q", r.Next[0], want)
	}
	for _, f := range r.Files {
		if _, err := os.Stat(filepath.Join(r.Dir, f)); err != nil {
			t.Error(err)
		}
	}
}

// TestWhole looks for what a project that cannot be made leaves behind.
func TestWhole(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	for what, o := range map[string]Options{
		"below a file": {Dir: filepath.Join(dir, "file", "x")},
		"on a file":    {Dir: filepath.Join(dir, "file")},
	} {
		o.Project, o.Version = named("x").Project, "v1.2.3"
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	// Somebody else makes the folder in between.
	if err := os.MkdirAll(filepath.Join(taken, "theirs"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := &Result{Dir: taken}
	files := []templates.File{{Path: "go.mod", Text: []byte("module x\n")}, {Path: "a/b.go", Text: []byte("package a\n")}}
	if err := r.write(files); err == nil || !strings.Contains(err.Error(), "nothing was left behind") {
		t.Errorf("over a folder that is there: %v", err)
	}
	// A project that cannot be instrumented.
	r = &Result{Dir: filepath.Join(dir, "broken")}
	files[1].Text = []byte("package a\n\n//telemetry:instrument\nfunc f( {}\n")
	if err := r.write(files); err == nil || !strings.Contains(err.Error(), "instrumenting the project") {
		t.Errorf("of a broken template: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("there are %v (%v), want file and taken", entries, err)
	}
}

func TestRefused(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"is no name of a project":             func(o *Options) { o.Name = "../x" },
		"a module that the project imports":   func(o *Options) { o.Module = "github.com/telemetry-kit/telemetry-kit-go/x" },
		"so there is no version of it":        func(o *Options) { o.Version = "v0.0.0-2026+dirty" },
		"a library sends nothing":             func(o *Options) { o.Kind, o.Sync = "library", true },
		"name the folder of a checkout":       func(o *Options) { o.Replace = t.TempDir() },
		"there is no template \"\": it is on": func(o *Options) { o.Kind = "" },
	} {
		o := named("x")
		o.Dir = filepath.Join(t.TempDir(), "x")
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := os.Stat(o.Dir); err == nil {
			t.Errorf("%s: something was written", want)
		}
	}
}

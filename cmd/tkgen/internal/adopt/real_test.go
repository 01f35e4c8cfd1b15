package adopt

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// TestRealPrograms brings telemetry into programs of other people, builds and runs
// them, and takes it out again. They come from the module proxy or its cache, and
// building them takes minutes: INIT=full asks for it (make init-real).
func TestRealPrograms(t *testing.T) {
	if os.Getenv("INIT") != "full" {
		t.Skip("INIT=full builds programs of other people")
	}
	repo, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		module string
		kind   Kind
		args   string
		prints string
		notes  string
	}{
		{"sigs.k8s.io/kustomize/kustomize/v5@v5.2.1", Cobra, "telemetry status", "KUSTOMIZE_TELEMETRY=off|local|log|on", "go.mod says go 1.26.0"},
		{"github.com/mikefarah/yq/v4@v4.45.1", Cobra, "--help", "See, stop, export or delete what yq records", "let `telemetry` through"},
		{"mvdan.cc/gofumpt@v0.12.0", Plain, "-version", "v", "telemetry.Exit instead of os.Exit"},
	} {
		t.Run(c.module, func(t *testing.T) {
			t.Setenv("HOME", t.TempDir())
			t.Setenv("XDG_CACHE_HOME", "")
			t.Setenv("XDG_STATE_HOME", "")
			t.Setenv("GOFLAGS", "-mod=mod")
			dir, err := instrument.Folder(copyOf(t, c.module))
			if err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			plan, err := New(Options{Dir: dir, Replace: repo, TemplateFiles: true})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Kind != c.kind {
				t.Errorf("it is a program of kind %s, want %s", plan.Kind, c.kind)
			}
			if got := strings.Join(plan.Notes, "\n"); !strings.Contains(got, c.notes) {
				t.Errorf("notes: %s\nwant %q", got, c.notes)
			}
			if err := plan.Write(); err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(t.TempDir(), "program")
			command(t, dir, "go", "build", "-o", program, ".")
			if got := command(t, dir, program, strings.Fields(c.args)...); !strings.Contains(got, c.prints) {
				t.Errorf("%s prints\n%s\nwant %q", c.args, got, c.prints)
			}
			undone, err := Undo(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := undone.Write(); err != nil {
				t.Fatal(err)
			}
			for name, text := range contents(t, dir) {
				if base := filepath.Base(name); text != before[name] && base != "go.mod" && base != "go.sum" { // go build has changed them
					t.Errorf("%s is not what it was", name)
				}
			}
		})
	}
}

// copyOf is a copy of a module that can be written.
func copyOf(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	out, err := cmd.Output()
	var info struct{ Dir string }
	if err != nil || json.Unmarshal(out, &info) != nil {
		t.Skipf("the module proxy does not give %s: %v\n%s", module, err, out)
	}
	dir := filepath.Join(t.TempDir(), "module")
	if err := os.CopyFS(dir, os.DirFS(info.Dir)); err != nil {
		t.Fatal(err)
	}
	for name := range contents(t, dir) {
		if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil { // in the cache they are read-only
			t.Fatal(err)
		}
	}
	return dir
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestMain asks for the caches of the go command before tests change HOME.
func TestMain(m *testing.M) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err == nil {
			err = os.Setenv(name, strings.TrimSpace(string(out)))
		}
		if err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

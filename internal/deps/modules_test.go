package deps

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// modules are the rooms that are modules of their own, and the library because of
// which they are: whoever does not use the room must not depend on it (ADR 18).
var modules = map[string]string{
	"runtime/telemetrygrpc":   "google.golang.org/grpc",
	"runtime/telemetryurfave": "github.com/urfave/cli/v3",
}

// peers is the module that measures this one beside the libraries that it requires:
// no release has it, and nobody imports it.
const peers = "internal/bench/peers"

func TestPeers(t *testing.T) {
	root := repository(t)
	main, m := goMod(t, root), goMod(t, filepath.Join(root, filepath.FromSlash(peers)))
	replaced(t, peers, m)
	compared := 0
	for _, r := range m.Require {
		if r.Indirect || r.Mod.Path == module || r.Mod.Path == "github.com/spf13/cobra" {
			continue
		}
		compared++
		if required(main, r.Mod.Path) != "" {
			t.Errorf("go.mod requires %s, which only %s may", r.Mod.Path, peers)
		}
	}
	if compared < 5 {
		t.Errorf("%s requires %d libraries to compare with, want 5 at least", peers, compared)
	}
}

func TestModules(t *testing.T) {
	root := repository(t)
	main := goMod(t, root)
	for dir, library := range modules {
		m := goMod(t, filepath.Join(root, filepath.FromSlash(dir)))
		if m.Module.Mod.Path != path.Join(module, dir) {
			t.Errorf("%s: module %s", dir, m.Module.Mod.Path)
		}
		if m.Go.Version != main.Go.Version {
			t.Errorf("%s: go %s, and %s at the top", dir, m.Go.Version, main.Go.Version)
		}
		if required(main, library) != "" {
			t.Errorf("go.mod requires %s, which only %s may", library, dir)
		}
		if required(m, library) == "" || required(m, module) == "" {
			t.Errorf("%s does not require %s and %s", dir, library, module)
		}
		replaced(t, dir, m)
	}
	for _, dir := range folders(t, root) {
		if modules[dir] == "" && dir != peers && dir != "tools" && dir != "." {
			t.Errorf("%s has a go.mod and is not in the list: add it, and see that make finds it", dir)
		}
	}
}

// replaced holds that a module is developed with the one around it, and with
// nothing else that its users would not get.
func replaced(t *testing.T, dir string, m *modfile.File) {
	t.Helper()
	up := strings.Repeat("../", strings.Count(dir, "/")) + ".."
	if len(m.Replace) != 1 || m.Replace[0].Old.Path != module || m.Replace[0].New.Path != up {
		t.Errorf("%s: want one replace, of %s by %s", dir, module, up)
	}
}

// folders are those that hold a go.mod.
func folders(t *testing.T, root string) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && file != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if err != nil || d.Name() != "go.mod" {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		dirs = append(dirs, filepath.ToSlash(dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// required returns the version of a module, empty if there is none.
func required(m *modfile.File, path string) string {
	for _, r := range m.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

func goMod(t *testing.T, dir string) *modfile.File {
	t.Helper()
	name := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := modfile.Parse(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

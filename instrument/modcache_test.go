package instrument

import (
	"os"
	"path/filepath"
	"testing"
)

const cacheMod = `module ex.test/m

go 1.26

require (
	ex.test/Lib v1.2.0
	ex.test/Lib/nested v0.1.0
	ex.test/elsewhere v1.0.0
	ex.test/missing v1.0.0
)

replace ex.test/elsewhere => ../elsewhere
`

// A package is found by what go.mod requires, or not at all.
func TestModuleCache(t *testing.T) {
	cache, root := t.TempDir(), t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, nested := filepath.Join(cache, "ex.test", "!lib@v1.2.0"), filepath.Join(cache, "ex.test", "!lib", "nested@v0.1.0")
	for _, name := range []string{
		filepath.Join(lib, "lib.go"), filepath.Join(lib, "sub", "sub.go"), filepath.Join(lib, "nested", "older", "older.go"),
		filepath.Join(lib, "text", "text.md"), filepath.Join(nested, "nested.go"), filepath.Join(cache, "ex.test", "elsewhere@v1.0.0", "e.go"),
	} {
		write(name, "package p\n")
	}
	write(filepath.Join(root, "go.mod"), cacheMod)
	found := map[string]string{
		"ex.test/Lib": lib, "ex.test/Lib/sub": filepath.Join(lib, "sub"), "ex.test/Lib/nested": nested,
		"ex.test/Lib/nested/older": filepath.Join(lib, "nested", "older"), // in the longest path that has it
		"ex.test/Lib/text":         "", "ex.test/Lib/none": "", "ex.test/Library": "",
		"ex.test/elsewhere": "", "ex.test/missing": "", "ex.test/unknown": "",
	}
	c := openModuleCache([]Module{{Dir: root}})
	for path, want := range found {
		if got := c.folder(path); got != want {
			t.Errorf("%s: want %q, got %q", path, want, got)
		}
	}
	for why, other := range map[string]moduleCache{
		"a workspace":          openModuleCache([]Module{{Dir: root}, {Dir: root}}),
		"a module of old":      openWith(t, root, "go.mod", "module ex.test/m\n\ngo 1.16\n\nrequire ex.test/Lib v1.2.0\n"),
		"a vendor folder":      openWith(t, root, filepath.Join("vendor", "modules.txt"), ""),
		"a go.mod that is odd": openWith(t, root, "go.mod", "module ex.test/m\n\nwhat is this\n"),
	} {
		if got := other.folder("ex.test/Lib"); got != "" {
			t.Errorf("%s: go.mod does not decide there, got %q", why, got)
		}
	}
}

// openWith opens with one more file, in a module like root.
func openWith(t *testing.T, root, name, text string) moduleCache {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return openModuleCache([]Module{{Dir: dir}})
}

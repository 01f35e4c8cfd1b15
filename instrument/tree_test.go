package instrument

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// testMod is the go.mod of the modules in tests.
const testMod = "module example.com/app\n\ngo 1.26.0\n\nrequire " + RuntimeModule + " v0.0.0\n"

// tree is a folder's files: slash-separated path to text.
type tree map[string][]byte

// unpack takes the files below in/ of an archive. A file whose name ends in
// .crlf gets Windows line breaks, one in .bom a byte order mark; the endings
// go away.
func unpack(t *testing.T, archive *txtar.Archive) tree {
	t.Helper()
	files := tree{"go.mod": []byte(testMod)}
	if repo, err := filepath.Abs(".."); err == nil {
		files["go.mod"] = []byte(testMod + "\nreplace " + RuntimeModule + " => " + repo + "\n")
	}
	for _, f := range archive.Files {
		name, text := strings.TrimPrefix(f.Name, "in/"), string(f.Data)
		if rest, ok := strings.CutSuffix(name, ".crlf"); ok {
			name, text = rest, strings.ReplaceAll(text, "\n", "\r\n")
		}
		if rest, ok := strings.CutSuffix(name, ".bom"); ok {
			name, text = rest, "\ufeff"+text
		}
		files[name] = []byte(text)
	}
	return files
}

func (files tree) write(t *testing.T) (dir string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files.writeTo(t, dir)
	return dir
}

func (files tree) writeTo(t *testing.T, dir string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readTree(t *testing.T, dir string) tree {
	t.Helper()
	files := tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (files tree) names() []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (files tree) strings() map[string]string {
	texts := map[string]string{}
	for name, text := range files {
		texts[name] = string(text)
	}
	return texts
}

// makeOverlay renders the overlay of the module in dir.
func makeOverlay(t *testing.T, dir string) *Overlay {
	t.Helper()
	modules, err := Modules(dir, "off")
	if err != nil {
		t.Fatal(err)
	}
	o, err := MakeOverlay(OverlayOptions{Modules: modules})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// planOf plans for one folder by itself.
func planOf(f folder) (*plan, error) {
	p, err := newPlan(f)
	if err != nil {
		return nil, err
	}
	return p, p.make(newTypes([]Module{f.module}))
}

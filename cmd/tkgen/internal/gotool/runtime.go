package gotool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/mod/modfile"
)

// lendRuntime gives a build that does not require the runtime a copy of it as
// one more module: by a go.mod, or in a workspace a go.work, that exists beside
// the overlay alone.
func lendRuntime(f flags, env goEnv, modules []instrument.Module, dir string) (l lent, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	runtime, err := instrument.WriteRuntime(filepath.Join(cache, "tkgen"))
	if err != nil {
		return l, err
	}
	var file string
	if env.workspace() {
		file, err = writeWork(env.GOWORK, runtime, dir)
		l.environ = []string{"GOWORK=" + file}
	} else {
		main := filepath.Join(modules[0].Dir, "go.mod")
		if f.modfile != "" {
			main = f.absolute(f.modfile)
		}
		file, err = writeMod(main, runtime, dir)
		l.args = []string{"-modfile=" + file}
	}
	l.needs = []string{runtime, file}
	return l, err
}

// writeMod writes main, with the runtime required, as temp/go.mod. Relative
// paths stay right: -modfile moves no module.
func writeMod(main, runtime, temp string) (file string, err error) {
	text, err := os.ReadFile(main)
	if err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	mod, err := modfile.Parse(main, text, nil)
	if err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	if err := mod.AddRequire(instrument.RuntimeModule, "v0.0.0"); err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	if err := mod.AddReplace(instrument.RuntimeModule, "", runtime, ""); err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	text, err = mod.Format()
	if err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	file = filepath.Join(temp, "go.mod")
	return file, writeWithSums(file, text, strings.TrimSuffix(main, ".mod")+".sum", "go.sum")
}

// writeWork writes the workspace, with the runtime used, as temp/go.work.
func writeWork(work, runtime, temp string) (file string, err error) {
	text, err := os.ReadFile(work)
	if err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	w, err := modfile.ParseWork(work, text, nil)
	if err != nil {
		return "", fmt.Errorf("lending the runtime: %w", err)
	}
	absolute := func(path string) string {
		if path = filepath.FromSlash(path); !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(work), path)
		}
		return path
	}
	uses := []*modfile.Use{{Path: runtime}}
	for _, u := range w.Use {
		uses = append(uses, &modfile.Use{Path: absolute(u.Path)})
	}
	w.SetUse(uses)
	for _, r := range slices.Clone(w.Replace) {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			if err := w.AddReplace(r.Old.Path, r.Old.Version, absolute(r.New.Path), ""); err != nil {
				return "", fmt.Errorf("lending the runtime: %w", err)
			}
		}
	}
	file = filepath.Join(temp, "go.work")
	return file, writeWithSums(file, modfile.Format(w.Syntax), work+".sum", "go.work.sum")
}

// writeWithSums writes a file and, beside it, the checksums that belong to it.
func writeWithSums(file string, text []byte, sums, as string) error {
	if err := writeWhole(file, text); err != nil {
		return err
	}
	known, err := os.ReadFile(sums)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("lending the runtime: %w", err)
	}
	return writeWhole(filepath.Join(filepath.Dir(file), as), known)
}

// vendored reports whether the go command takes packages from a vendor folder
// (go.dev/ref/mod, "Vendoring").
func vendored(f, inherited flags, env goEnv, modules []instrument.Module) bool {
	mod := inherited.mod
	if f.mod != "" {
		mod = f.mod
	}
	if mod != "" {
		return mod == "vendor"
	}
	root := modules[0].Dir
	if env.GOWORK != "" && env.GOWORK != "off" {
		root = filepath.Dir(env.GOWORK)
	}
	_, err := os.Stat(filepath.Join(root, "vendor", "modules.txt"))
	return err == nil
}

package gotool

import (
	"fmt"
	"go/build"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/mod/modfile"
)

// leftOut tells of a build in which nothing is instrumented although functions
// are marked, since build constraints leave out all of their files.
func leftOut(w io.Writer, functions []instrument.Function, callers map[string]string, f, inherited flags, env goEnv, dir string) {
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = env.GOOS, env.GOARCH, env.Cgo == "1"
	context.BuildTags = strings.FieldsFunc(f.tags+","+inherited.tags+",race,msan,asan", func(r rune) bool { return r == ',' || r == ' ' })
	context.OpenFile = func(path string) (io.ReadCloser, error) {
		if to := callers[path]; to != "" {
			path = to
		}
		return os.Open(path)
	}
	var files []string
	for _, fn := range functions {
		if slices.Contains(files, fn.File) {
			continue
		}
		if match, err := context.MatchFile(filepath.Dir(fn.File), filepath.Base(fn.File)); match || err != nil {
			return
		}
		files = append(files, fn.File)
	}
	if len(files) == 0 {
		return
	}
	for i, file := range files {
		if rel, err := filepath.Rel(dir, file); err == nil {
			files[i] = filepath.ToSlash(rel)
		}
	}
	_, _ = fmt.Fprintf(w, "tkgen: nothing is instrumented: build constraints leave out %s, where all marked functions are\n", strings.Join(files, ", "))
}

// replacedModules tells of modules that go.mod takes from folders beside this
// one and that have marked functions: they are not main modules, and so are left
// alone.
func replacedModules(w io.Writer, modules []instrument.Module) {
	for _, m := range modules {
		text, err := os.ReadFile(filepath.Join(m.Dir, "go.mod"))
		if err != nil {
			continue
		}
		mod, err := modfile.Parse("go.mod", text, nil)
		if err != nil {
			continue // the go command's to complain about
		}
		for _, r := range mod.Replace {
			if dir := folderOf(m.Dir, r); dir != "" && r.Old.Path != instrument.RuntimeModule && !isRoot(dir, modules) {
				tellReplaced(w, r, dir)
			}
		}
	}
}

// folderOf is the folder that a module is replaced by, or "".
func folderOf(base string, r *modfile.Replace) string {
	if r.New.Version != "" {
		return ""
	}
	dir := filepath.FromSlash(r.New.Path)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	return dir
}

func tellReplaced(w io.Writer, r *modfile.Replace, dir string) {
	found, err := instrument.Modules(dir, "off")
	if err != nil {
		return
	}
	overlay, err := instrument.MakeOverlay(instrument.OverlayOptions{Dir: dir, Modules: found, Service: r.Old.Path, Test: true})
	if err != nil || len(overlay.Files) == 0 { // none, or generated in place
		return
	}
	_, _ = fmt.Fprintf(w, "tkgen: module %s, replaced by %s, is no main module: its marked functions (%d) are not instrumented; make it one with `go work init . %s`\n",
		r.Old.Path, r.New.Path, len(overlay.Functions), r.New.Path)
}

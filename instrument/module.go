package instrument

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is one main module: its files may be rewritten.
type Module struct {
	Path string // of the module line
	Dir  string // absolute
	// HasRuntime reports whether packages of the module can import [Runtime]:
	// go.mod requires it, or it is that module itself.
	HasRuntime bool

	ignore []string // of go.mod's ignore lines
}

func (m Module) errNoRuntime() error {
	return fmt.Errorf("module %s does not require %s: run `go get %[2]s` in %[3]s, or build with --service NAME, which lends it the runtime and starts it", m.Path, RuntimeModule, m.Dir)
}

// ignores reports whether go.mod keeps a folder out of "./..." (go.dev/ref/mod,
// "ignore directive").
func (m Module) ignores(dir string) bool {
	rel := m.rel(dir)
	for _, path := range m.ignore {
		if fixed, ok := strings.CutPrefix(path, "./"); ok {
			if rel == strings.Trim(fixed, "/") {
				return true
			}
		} else if path = strings.Trim(path, "/"); rel == path || strings.HasSuffix(rel, "/"+path) {
			return true
		}
	}
	return false
}

// ErrNoModule is wrapped where there is no go.mod in the folder or above it.
var ErrNoModule = errors.New("no go.mod in this folder or above it: tkgen works on modules; run it in one, or make one with `go mod init`")

// Folder is the absolute path of dir without symbolic links, so that there is
// one way to name a file: the go command ignores overlays of another one.
func Folder(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding folder %s: %w", dir, err)
	}
	return path, nil
}

// FindModule returns the module that dir lies in.
func FindModule(dir string) (Module, error) {
	file, err := findUp(dir, "go.mod")
	if err != nil {
		return Module{}, err
	}
	if file == "" {
		return Module{}, fmt.Errorf("%s: %w", dir, ErrNoModule)
	}
	return readModule(file)
}

// Modules returns the main modules of a build in dir: those of the workspace if
// there is one (the environment's GOWORK, else go.work here or above), else the
// module of dir.
func Modules(dir, gowork string) ([]Module, error) {
	module, err := FindModule(dir)
	if err != nil && gowork == "off" {
		return nil, err
	}
	if gowork == "" {
		found, findErr := findUp(dir, "go.work")
		if findErr != nil {
			return nil, findErr
		}
		gowork = found
	}
	if gowork == "off" || gowork == "" {
		if err != nil {
			return nil, err
		}
		return []Module{module}, nil
	}
	return workspace(gowork)
}

func workspace(file string) ([]Module, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading workspace: %w", err)
	}
	work, err := modfile.ParseWork(file, text, nil)
	if err != nil {
		return nil, fmt.Errorf("reading workspace: %w", err)
	}
	var modules []Module
	hasRuntime := false
	for _, use := range work.Use {
		dir := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(file), dir)
		}
		m, err := readModule(filepath.Join(dir, "go.mod"))
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
		hasRuntime = hasRuntime || m.Path == RuntimeModule
	}
	for i := range modules {
		modules[i].HasRuntime = modules[i].HasRuntime || hasRuntime
	}
	return modules, nil
}

func readModule(file string) (Module, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Module{}, fmt.Errorf("reading module: %w", err)
	}
	mod, err := modfile.ParseLax(file, text, nil)
	if err != nil {
		return Module{}, fmt.Errorf("reading module: %w", err)
	}
	if mod.Module == nil {
		return Module{}, fmt.Errorf("reading module: %s has no module line", file)
	}
	m := Module{Path: mod.Module.Mod.Path, Dir: filepath.Dir(file)}
	m.HasRuntime = m.Path == RuntimeModule
	for _, i := range mod.Ignore {
		m.ignore = append(m.ignore, i.Path)
	}
	for _, r := range mod.Require {
		m.HasRuntime = m.HasRuntime || r.Mod.Path == RuntimeModule
	}
	return m, nil
}

// rel is the package path of dir within the module: "internal/store", or "".
func (m Module) rel(dir string) string {
	rel, err := filepath.Rel(m.Dir, dir)
	if err != nil || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// roots turns package patterns into folders of the module. Inv: every folder is
// absolute and within the module.
func (m Module) roots(cwd string, patterns []string) ([]root, error) {
	var roots []root
	for _, pattern := range patterns {
		path, recursive := strings.CutSuffix(pattern, "...")
		path = strings.TrimSuffix(path, "/")
		dir := ""
		switch {
		case filepath.IsAbs(path):
			dir = filepath.Clean(path)
		case path == "" && recursive: // "..."
			dir = m.Dir
		case path == "." || path == ".." || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../"):
			dir = filepath.Join(cwd, filepath.FromSlash(path))
		case path == m.Path || strings.HasPrefix(path, m.Path+"/"):
			dir = filepath.Join(m.Dir, filepath.FromSlash(strings.TrimPrefix(path, m.Path)))
		default:
			return nil, fmt.Errorf("package %s is not in module %s: name packages of this module, such as ./... or ./cmd/app", pattern, m.Path)
		}
		if rel := m.rel(dir); rel == ".." || strings.HasPrefix(rel, "../") {
			return nil, fmt.Errorf("package %s lies outside module %s: run tkgen in the module that holds it", pattern, m.Path)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("package %s: there is no folder %s", pattern, dir)
		}
		roots = append(roots, root{dir: dir, recursive: recursive})
	}
	return roots, nil
}

// named are the folders of patterns that are in the module and nowhere else.
func (m Module) named(cwd string, patterns []string) (named []root) {
	for _, pattern := range patterns {
		roots, err := m.roots(cwd, []string{pattern})
		if err != nil {
			continue // another module's, or the go command's to complain about
		}
		if owner, err := FindModule(roots[0].dir); err != nil || owner.Dir != m.Dir || strings.Contains("/"+m.rel(roots[0].dir)+"/", "/vendor/") {
			continue
		}
		named = append(named, roots...)
	}
	return named
}

type root struct {
	dir       string
	recursive bool
}

// findUp returns the path of name in dir or the nearest folder above, or "".
func findUp(dir, name string) (string, error) {
	for {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() {
			return path, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("looking for %s: %w", name, err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

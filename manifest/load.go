package manifest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/build"
	"go/build/constraint"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
	"golang.org/x/tools/go/packages"
)

// Options says which program.
type Options struct {
	// Dir is the folder that patterns are relative to. Absolute.
	Dir string
	// Root is the folder that the files of sources are relative to. Absolute.
	Root string
	// Module is the path of the main module.
	Module string
	// Patterns are packages as for the go command; none means ./...
	Patterns []string
	// Overlay is the text of files that differ from, or are missing in, the source
	// tree. Keys are absolute paths.
	Overlay map[string][]byte
	// Service is the name under which telemetry is started, where that is not said
	// in the code.
	Service string
	// Tags are build tags, separated by commas.
	Tags string
}

// platforms are tried, in this order, as long as there are files that record
// something and are built for none of those before. The first is that of the
// environment.
var platforms = []string{"", "linux/amd64", "darwin/arm64", "windows/amd64", "freebsd/amd64", "linux/arm64", "js/wasm", "wasip1/wasm"}

// Problems is everything that keeps a manifest from being whole.
type Problems []directive.Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Collect lists what the program can send. What cannot be known comes back as an
// error of type [Problems]. Left are files, below the root, that record something and
// that none of the builds has: they are part of another program, one with other tags.
func Collect(ctx context.Context, o Options) (m Manifest, left []string, err error) {
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	c := newCollection(o)
	var missing map[string]bool // files that record and were not built so far
	for i, platform := range platforms {
		if i > 0 && !o.anyBuilt(missing, platform) {
			continue
		}
		l := loading{Options: o, ctx: ctx, platform: platform}
		if err := l.load(); err != nil {
			return Manifest{}, nil, err
		}
		if i == 0 {
			missing = l.leftOut()
		}
		l.built(missing)
		c.collect(l)
	}
	for _, file := range slices.Sorted(maps.Keys(missing)) {
		left = append(left, o.relative(file))
	}
	m, err = c.manifest()
	return m, left, err
}

// loading is the program on one platform.
type loading struct {
	Options
	ctx      context.Context //nolint:containedctx // of one load, which is one call
	platform string          // GOOS/GOARCH; empty for that of the environment
	fset     *token.FileSet
	// looked at: the program's packages, with syntax and types.
	packages []*packages.Package
	// of the runtime: its noun, and whether the program itself asks for what sends
	// (adapters link that for their commands alone).
	event *packages.Package
	mail  bool
}

func (l *loading) config(mode packages.LoadMode) *packages.Config {
	config := &packages.Config{Mode: mode, Context: l.ctx, Dir: l.Dir, Overlay: l.Overlay, Fset: l.fset, Env: os.Environ()}
	if goos, goarch, ok := strings.Cut(l.platform, "/"); ok {
		config.Env = append(config.Env, "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	}
	if l.Tags != "" {
		config.BuildFlags = []string{"-tags=" + l.Tags}
	}
	return config
}

// load reads the import graph first, so that types are only made of what can
// record anything: the main modules, and what reaches the runtime elsewhere.
func (l *loading) load() error {
	l.fset = token.NewFileSet()
	const graph = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedFiles
	roots, err := packages.Load(l.config(graph), l.Patterns...)
	if err != nil {
		return fmt.Errorf("loading packages: %w", err)
	}
	var paths []string
	reaches := map[*packages.Package]bool{}
	packages.Visit(roots, nil, func(p *packages.Package) { // imports come first
		short, ours := inRuntime(p.PkgPath)
		for _, imported := range p.Imports {
			reaches[p] = reaches[p] || reaches[imported]
			door, _ := inRuntime(imported.PkgPath)
			l.mail = l.mail || !ours && door == "agent"
		}
		reaches[p] = reaches[p] || ours
		switch {
		case short == "event":
			paths = append(paths, p.PkgPath)
		case !ours && (reaches[p] || p.Module != nil && p.Module.Main):
			paths = append(paths, p.PkgPath)
		}
	})
	if len(roots) == 0 || len(paths) == 0 {
		return fmt.Errorf("loading packages: %s: no packages", strings.Join(l.Patterns, " "))
	}
	return l.loadTypes(paths)
}

func (l *loading) loadTypes(paths []string) error {
	loaded, err := packages.Load(l.config(packages.LoadSyntax|packages.NeedModule), paths...)
	if err != nil {
		return fmt.Errorf("loading packages: %w", err)
	}
	for _, p := range loaded {
		if err := broken(p); err != nil {
			return err
		}
		if short, _ := inRuntime(p.PkgPath); short == "event" {
			l.event = p
			continue
		}
		l.packages = append(l.packages, p)
	}
	slices.SortFunc(l.packages, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	return nil
}

// broken tells why a package cannot be read; nil if it can. The go command repeats
// what the types have to say, as one text.
func broken(p *packages.Package) error {
	var types, list []error
	for _, e := range p.Errors {
		if e.Kind == packages.ListError {
			list = append(list, fmt.Errorf("%s: %s", cmp.Or(e.Pos, p.PkgPath), e.Msg))
		} else {
			types = append(types, e)
		}
	}
	if len(types) == 0 {
		types = list
	}
	if len(types) == 0 {
		return nil
	}
	return fmt.Errorf("loading packages: the program does not compile: %w", errors.Join(types...))
}

// leftOut are the files that record something and are not built on this platform.
func (l *loading) leftOut() map[string]bool {
	left := map[string]bool{}
	for _, p := range l.packages {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, file := range p.IgnoredFiles {
			if filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, ok := l.Overlay[file]
			if !ok {
				text, _ = os.ReadFile(file)
			}
			if records(text) && !neverBuilt(text) {
				left[file] = true
			}
		}
	}
	return left
}

// anyBuilt reports whether one of the files is built on a platform. To ask the go
// command instead would cost the types of a whole program.
func (o Options) anyBuilt(files map[string]bool, platform string) bool {
	where := build.Default
	where.GOOS, where.GOARCH, _ = strings.Cut(platform, "/")
	where.CgoEnabled = false
	where.BuildTags = strings.FieldsFunc(o.Tags, func(r rune) bool { return r == ',' || r == ' ' })
	for file := range files {
		if match, err := where.MatchFile(filepath.Split(file)); err == nil && match {
			return true
		}
	}
	return false
}

// built takes the files that are built on this platform out of missing.
func (l *loading) built(missing map[string]bool) {
	for _, p := range l.packages {
		for _, file := range p.GoFiles {
			delete(missing, file)
		}
	}
}

// records reports whether a file could record something.
func records(text []byte) bool {
	return bytes.Contains(text, []byte(".Begin().End")) || bytes.Contains(text, []byte(runtimeHome)) || bytes.Contains(text, []byte(borrowed))
}

// neverBuilt reports whether a file is part of no build (//go:build ignore).
func neverBuilt(text []byte) bool {
	for line := range bytes.Lines(text) {
		trimmed := strings.TrimSpace(string(line))
		if strings.HasPrefix(trimmed, "package ") {
			return false
		}
		if expr, err := constraint.Parse(trimmed); err == nil && constraint.IsGoBuild(trimmed) {
			return !expr.Eval(func(tag string) bool { return tag != "ignore" })
		}
	}
	return false
}

// relative is a file below the root, with slashes; of another module it is its
// name alone.
func (o Options) relative(file string) string {
	rel, err := filepath.Rel(o.Root, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.Base(file)
	}
	return filepath.ToSlash(rel)
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// program is something to build.
type program struct {
	name, module string
	copy         func(ctx context.Context, dir string) error
	pkg          string // to build
	binary       bool   // is a program, and not libraries
	edited       string // the file that a person works on
	one          string // for --match: a single function
}

func of(m lab.Module, p program) program {
	p.name, p.module, p.copy = m.String(), m.Path, m.Copy
	return p
}

var programs = []program{
	of(lab.Module{Path: "github.com/spf13/cobra", Version: "v1.10.2", Sum: "h1:DMTTonx5m65Ic0GOoRY2c16WCbHxOOw6xxezuLaBpcU="},
		program{pkg: "./...", edited: "command.go"}),
	of(lab.Module{Path: "github.com/junegunn/fzf", Version: "v0.65.2", Sum: "h1:Uz6Qey1K4JoGNMskYlwRDnGuCEu/sAh+NxQ4YdX3yn0="},
		program{pkg: ".", binary: true, edited: "src/options.go", one: "ParseOptions"}),
	of(lab.Module{Path: "github.com/urfave/cli/v3", Version: "v3.14.0", Sum: "h1:a8414NQlHJs0c/iBsulKLzlES0n/lEAskbL2LKpU4/s="},
		program{pkg: "./examples/example-cli", binary: true, edited: "command.go", one: "Command.Run"}),
	of(lab.Module{Path: "github.com/evanw/esbuild", Version: "v0.28.2", Sum: "h1:A2uETn4jrQTcXaT/shwTDTYBxDjl7fV7nXmUrJxfA2w="},
		program{pkg: "./cmd/esbuild", binary: true, edited: "internal/bundler/bundler.go", one: "ScanBundle"}),
}

// way is one tool's way to build one program.
type way struct {
	tool                tool
	dir, binary         string
	env                 []string
	cold, edit, nothing *lab.Step
}

// bench is what is measured of one program.
type bench struct {
	program
	size lab.Size
	// sum is what instrumentation keeps from being inlined.
	sum
	ways []*way
	// missing says why a tool could not be made ready for the program.
	missing error
	sizes   []weight
}

func prepare(ctx context.Context, dir string, p program, tools []tool, s settings) (*bench, error) {
	b := &bench{program: p}
	for _, t := range tools {
		w := &way{tool: t, dir: filepath.Join(dir, t.name, filepath.Base(p.module))}
		w.binary = w.dir + ".exe"
		if err := p.copy(ctx, w.dir); err != nil {
			return nil, err
		}
		if t.setUp != nil {
			if err := t.setUp(ctx, p, w.dir); err != nil {
				b.missing = fmt.Errorf("%s: %w", t.name, err)
				continue
			}
		} else if _, err := lab.Outside(ctx, w.dir, "mod", "download"); err != nil {
			return nil, err
		}
		if err := w.steps(p, dir, s); err != nil {
			return nil, err
		}
		b.ways = append(b.ways, w)
	}
	var err error
	b.size, err = lab.Measure(b.ways[0].dir)
	return b, err
}

// steps are the commands of every round.
func (w *way) steps(p program, dir string, s settings) error {
	cache := s.cache
	if cache == "" {
		cache = w.dir + ".cache"
	}
	for _, folder := range []string{"home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return fmt.Errorf("making a folder: %w", err)
		}
	}
	w.env = environment(dir, cache)
	edited := filepath.Join(w.dir, filepath.FromSlash(p.edited))
	original, err := os.ReadFile(edited)
	if err != nil {
		return fmt.Errorf("reading the file to edit: %w", err)
	}
	step := func(what string, prepare func(context.Context) error) *lab.Step {
		return &lab.Step{
			Name: fmt.Sprintf("%s of %s by %s", what, p.name, w.tool.name), Prepare: prepare,
			Command: lab.Command{Dir: w.dir, Env: w.env, Args: w.args(p, w.tool.args)},
		}
	}
	w.cold = step("cold build", func(context.Context) error { return wipe(cache, w.binary) })
	w.nothing = step("build with nothing to do", nil)
	edits := 0
	w.edit = step("build after an edit", func(context.Context) error {
		edits++
		text := fmt.Sprintf("%s\nfunc tkBenchEdited() int { return %d }\n", original, edits)
		return os.WriteFile(edited, []byte(text), 0o600)
	})
	return nil
}

// args are those of a build, with more flags if any are given.
func (w *way) args(p program, tool []string, flags ...string) []string {
	args := append([]string{}, tool...)
	args = append(args, flags...)
	if p.binary {
		args = append(args, "-o", w.binary)
	}
	return append(args, p.pkg)
}

func wipe(paths ...string) error {
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("emptying the build cache: %w", err)
		}
	}
	return nil
}

// environment is what a build gets: nothing of the user's but the modules.
func environment(dir, cache string) []string {
	env := []string{
		"HOME=" + filepath.Join(dir, "home"), "TMPDIR=" + filepath.Join(dir, "tmp"),
		"GOCACHE=" + cache, "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off", "CGO_ENABLED=0",
	}
	for _, name := range []string{"PATH", "GOMODCACHE", "GOROOT"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// moduleCache makes the user's module cache that of every HOME.
func moduleCache(ctx context.Context) error {
	out, err := lab.Outside(ctx, ".", "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	return os.Setenv("GOMODCACHE", strings.TrimSpace(string(out)))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// tool is a way to build.
type tool struct {
	name string
	args []string // flags and packages follow
	// setUp makes a copy of a program ready; nil for what needs nothing.
	setUp func(ctx context.Context, p program, dir string) error
}

const (
	goBuild     = "go"
	tkgenBuild  = "tkgen"
	orchestrion = "orchestrion"

	orchestrionModule  = "github.com/DataDog/orchestrion"
	orchestrionVersion = "v1.15.0"
)

// prepareTools builds tkgen and installs orchestrion. missing says why there is
// none of the latter.
func prepareTools(ctx context.Context, dir string, s settings, progress io.Writer) (tools []tool, missing, err error) {
	if err := moduleCache(ctx); err != nil {
		return nil, nil, err
	}
	repo, err := lab.Outside(ctx, ".", "list", "-m", "-f", "{{.Dir}}", "github.com/telemetry-kit/telemetry-kit-go")
	if err != nil {
		return nil, nil, fmt.Errorf("finding this repository (run this in its folder): %w", err)
	}
	tkgen := filepath.Join(dir, "bin", "tkgen")
	if _, err := lab.Outside(ctx, strings.TrimSpace(string(repo)), "build", "-o", tkgen, "./cmd/tkgen"); err != nil {
		return nil, nil, err
	}
	tools = []tool{
		{name: goBuild, args: []string{"go", "build"}},
		{name: tkgenBuild, args: []string{tkgen, "build", "--service=bench", "--match=*"}},
	}
	if !s.orchestrion {
		return tools, nil, nil
	}
	fmt.Fprintf(progress, "installing orchestrion %s\n", orchestrionVersion)
	if missing = install(ctx, filepath.Join(dir, "bin")); missing != nil {
		return tools, missing, nil
	}
	return append(tools, tool{name: orchestrion, args: []string{filepath.Join(dir, "bin", orchestrion), "go", "build"}, setUp: setUpOrchestrion}), nil, nil
}

func install(ctx context.Context, bin string) error {
	cmd := exec.CommandContext(ctx, "go", "install", orchestrionModule+"@"+orchestrionVersion)
	cmd.Dir = bin
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=", "GOTOOLCHAIN=local", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("installing it: %w: %s", err, out)
	}
	return nil
}

// setUpOrchestrion writes what tells orchestrion to instrument every function of
// the module, but for those that tkgen leaves alone too, and what that calls.
func setUpOrchestrion(ctx context.Context, p program, dir string) error {
	counter := "tkbench/tkbench.go"
	for name, text := range map[string]string{
		"orchestrion.tool.go": "//go:build tools\n\npackage tools\n\nimport _ \"" + orchestrionModule + "\"\n",
		"orchestrion.yml":     strings.ReplaceAll(aspects, "COUNTER", p.module+"/tkbench"),
		counter:               counting,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return fmt.Errorf("configuring orchestrion: %w", err)
		}
	}
	// A go line of before 1.17 would want the go.mod of all that orchestrion's
	// requirements require, and not all of that can be had.
	if _, err := lab.Outside(ctx, dir, "mod", "edit", "-go=1.25.0"); err != nil {
		return err
	}
	if _, err := lab.Outside(ctx, dir, "get", orchestrionModule+"@"+orchestrionVersion); err != nil {
		return err
	}
	_, err := lab.Outside(ctx, dir, "list", "-deps", "./...") // downloads what they import
	return err
}

const aspects = `meta:
  name: bench
  description: Every function of this module.
aspects:
  - id: every-function
    join-point:
      all-of:
        - package-filter:
            root: true
        - not:
            import-path: COUNTER
        - function-body:
            all-of:
              - function: []
              - not:
                  one-of:
                    - function: [{name: main}]
                    - function: [{name: init}]
    advice:
      - prepend-statements:
          imports:
            tkbench: COUNTER
          template: |-
            {{- $err := .Function.ResultOfType "error" -}}
            defer tkbench.End(tkbench.Begin(), {{ if $err }}&{{ $err }}{{ else }}nil{{ end }})
`

const counting = `// Package tkbench is the least that instrumentation can call.
package tkbench

import "sync/atomic"

var calls, errs atomic.Int64

func Begin() int64 { return calls.Add(1) }

//go:noinline
func End(_ int64, err *error) {
	if err != nil && *err != nil {
		errs.Add(1)
	}
}
`

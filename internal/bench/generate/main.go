// Command generate measures tkgen generate on a large module against what a
// developer waits for anyway: go build of that module from a warm cache.
//
// The module is golang.org/x/tools, which this repository depends on, copied
// out of the module cache; ten of its functions are marked.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	module = "golang.org/x/tools"
	marks  = 10
	rounds = 15

	runtimeModule = "github.com/telemetry-kit/telemetry-kit-go"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "bench-generate-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	repo, err := os.Getwd()
	if err != nil {
		return err
	}
	tkgen := filepath.Join(dir, "tkgen")
	if _, err := command(".", "go", "build", "-o", tkgen, "./cmd/tkgen"); err != nil {
		return err
	}
	source := filepath.Join(dir, "source")
	if err := copyModule(source); err != nil {
		return err
	}
	files, lines, err := size(source)
	if err != nil {
		return err
	}
	if err := mark(source); err != nil {
		return err
	}
	if _, err := command(source, "go", "mod", "edit", "-require="+runtimeModule+"@v0.0.0", "-replace="+runtimeModule+"="+repo); err != nil {
		return err
	}
	if _, err := command(source, "go", "build", "./..."); err != nil { // warms the cache
		return err
	}
	libraries, err := libraryPackages(source)
	if err != nil {
		return err
	}
	var generate, again, build, link, nothing []time.Duration
	for range rounds { // interleaved, so that a busy moment hits all alike
		for _, step := range []struct {
			times *[]time.Duration
			args  []string
		}{
			{&generate, []string{tkgen, "generate", "./..."}},
			{&again, []string{tkgen, "generate", "./..."}},
			{nil, []string{tkgen, "remove", "./..."}},
			{&build, append([]string{"go", "build"}, libraries...)},
			{&link, []string{"go", "build", "./..."}},
			{&nothing, []string{tkgen, "--version"}},
		} {
			took, err := command(source, step.args...)
			if err != nil {
				return err
			}
			if step.times != nil {
				*step.times = append(*step.times, took)
			}
		}
	}
	fmt.Printf("%s: %d Go files, %d lines, %d functions marked; medians of %d interleaved rounds\n\n", module, files, lines, marks, rounds)
	base := median(build)
	for _, row := range []struct {
		name  string
		times []time.Duration
	}{
		{"go build of all its libraries (warm, nothing to do)", build},
		{"go build ./... (warm; links the programs too)", link},
		{"tkgen generate ./... (ten functions to rewrite)", generate},
		{"tkgen generate ./... (up to date)", again},
		{"tkgen --version (start and end alone)", nothing},
	} {
		m := median(row.times)
		fmt.Printf("%8.1f ms  %5.2f x  %s\n", float64(m.Microseconds())/1000, float64(m)/float64(base), row.name)
	}
	return nil
}

// command runs a program and returns how long it took.
func command(dir string, args ...string) (time.Duration, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(args[:2], " "), err, out)
	}
	return time.Since(began), nil
}

// libraryPackages are the packages that go build does not link.
func libraryPackages(dir string) ([]string, error) {
	cmd := exec.Command("go", "list", "-f", `{{if and .GoFiles (ne .Name "main")}}{{.ImportPath}}{{end}}`, "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	return strings.Fields(string(out)), nil
}

func copyModule(to string) error {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		return fmt.Errorf("finding %s: %w", module, err)
	}
	var info struct{ Dir string }
	if err := json.Unmarshal(out, &info); err != nil {
		return fmt.Errorf("finding %s: %w", module, err)
	}
	if err := os.CopyFS(to, os.DirFS(info.Dir)); err != nil {
		return fmt.Errorf("copying %s: %w", module, err)
	}
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
}

func goFiles(dir string, visit func(path string, src []byte) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return visit(path, src)
	})
}

func size(dir string) (files, lines int, err error) {
	err = goFiles(dir, func(_ string, src []byte) error {
		files++
		lines += bytes.Count(src, []byte("\n"))
		return nil
	})
	return files, lines, err
}

var exported = regexp.MustCompile(`\nfunc [A-Z]\w*\(.*error\) \{\n`)

// mark puts a directive above the first function that returns an error of ten
// packages, spread over the module.
func mark(dir string) error {
	var found []string
	seen := map[string]bool{}
	err := goFiles(dir, func(path string, src []byte) error {
		left := strings.Contains(path, "testdata") || strings.Contains(path, "/internal/") || strings.HasSuffix(path, "_test.go")
		if !left && !seen[filepath.Dir(path)] && exported.Match(src) {
			seen[filepath.Dir(path)] = true
			found = append(found, path)
		}
		return nil
	})
	if err != nil || len(found) < marks {
		return fmt.Errorf("found %d packages to mark: %w", len(found), err)
	}
	for i := range marks {
		path := found[i*len(found)/marks]
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := exported.FindIndex(src)[0] + 1
		text := "//telemetry:instrument\n"
		if before := src[:at-1]; bytes.HasPrefix(before[bytes.LastIndexByte(before, '\n')+1:], []byte("//")) {
			text = "//\n" + text
		}
		if err := os.WriteFile(path, slices.Insert(src, at, []byte(text)...), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

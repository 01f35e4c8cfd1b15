package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is one version of a module, as the module proxy has it.
type Module struct {
	Path, Version string
	// Sum is that of go.sum: what was measured yesterday is what is measured
	// today.
	Sum string
}

func (m Module) String() string { return m.Path + "@" + m.Version }

// Copy writes the module's files below dir, which must not exist. It takes them
// from the module cache, and from the proxy what is not there.
func (m Module) Copy(ctx context.Context, dir string) error {
	from, err := m.download(ctx)
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		return fmt.Errorf("copying %s: %w", m, err)
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() {
			mode = 0o755
		}
		return os.Chmod(path, mode) // the cache's are not writable
	})
}

func (m Module) download(ctx context.Context) (dir string, err error) {
	out, err := Outside(ctx, os.TempDir(), "mod", "download", "-json", m.String())
	var info struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &info); err != nil || jsonErr != nil {
		return "", fmt.Errorf("downloading %s: %w %s", m, errors.Join(err, jsonErr), info.Error)
	}
	if info.Sum != m.Sum {
		return "", fmt.Errorf("downloading %s: its sum is %s and should be %s: do not use it", m, info.Sum, m.Sum)
	}
	return info.Dir, nil
}

// Outside runs the go command with the user's own settings and caches, as far
// as they concern downloads: to prepare, not to measure.
func Outside(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// Size is how much Go there is in a folder.
type Size struct{ Files, Lines int }

// Measure counts the Go files below dir that a build, or tkgen, could look at.
func Measure(dir string) (size Size, err error) {
	err = GoFiles(dir, func(_ string, src []byte) error {
		size.Files++
		size.Lines += bytes.Count(src, []byte("\n"))
		return nil
	})
	return size, err
}

// GoFiles visits the Go files below dir in the order of their names, but for
// those in folders that "./..." leaves out (go help packages).
func GoFiles(dir string, visit func(path string, src []byte) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != dir && hidden(d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return visit(path, src)
	})
}

func hidden(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errUnreachable is wrapped if a module is neither in the module cache nor to be
// had from the proxy.
var errUnreachable = errors.New("the module proxy gives no such module")

// fetch makes sure that a module and all that its packages and tests need is in
// the module cache, and returns a copy of its source that is complete: with a
// go.mod, and a go.sum that lacks nothing. It runs outside the box and executes
// nothing of what it fetches.
func fetch(ctx context.Context, m module, dir string) error {
	source, err := download(ctx, m)
	if err != nil {
		return err
	}
	if err := freshDir(dir, -1); err != nil {
		return err
	}
	if err := copyTree(source, dir, -1); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("copying source tree: %w", err)
	}
	// Of a vendor folder the zip has the list alone, which makes the go command
	// look for the rest.
	if err := os.RemoveAll(filepath.Join(dir, "vendor")); err != nil {
		return fmt.Errorf("copying source tree: %w", err)
	}
	if err := ensureGoMod(m, dir); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.Contains(string(text), "require") {
		return err // go mod download calls "no dependencies" an error
	}
	if out, err := goOutside(ctx, dir, "mod", "download"); err != nil {
		return fmt.Errorf("%w: dependencies of %s: %w\n%s", errUnreachable, m.Path, err, out)
	}
	return nil
}

// download returns the module's folder in the module cache, its sum checked.
func download(ctx context.Context, m module) (string, error) {
	out, err := goOutside(ctx, os.TempDir(), "mod", "download", "-json", m.Path+"@"+m.Version)
	var info struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &info); err != nil || jsonErr != nil {
		return "", fmt.Errorf("%w: %s@%s: %w %s", errUnreachable, m.Path, m.Version, errors.Join(err, jsonErr), info.Error)
	}
	if info.Sum != m.Sum {
		return "", fmt.Errorf("downloading %s@%s: its sum is %s, modules.tsv has %s: do not use it", m.Path, m.Version, info.Sum, m.Sum)
	}
	return info.Dir, nil
}

// ensureGoMod gives modules from before modules a go.mod, as the go command
// itself does in its cache.
func ensureGoMod(m module, dir string) error {
	path := filepath.Join(dir, "go.mod")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.WriteFile(path, []byte("module "+m.Path+"\n"), 0o644); err != nil {
		return fmt.Errorf("adding go.mod: %w", err)
	}
	return nil
}

// goOutside runs the go command outside the box: for downloads, not for builds.
func goOutside(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}

// goEnv asks the go command for settings.
func goEnv(ctx context.Context, names ...string) (map[string]string, error) {
	out, err := goOutside(ctx, ".", append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return nil, fmt.Errorf("asking the go command for its settings: %w", err)
	}
	settings := map[string]string{}
	if err := json.Unmarshal(out, &settings); err != nil {
		return nil, fmt.Errorf("asking the go command for its settings: %w", err)
	}
	return settings, nil
}

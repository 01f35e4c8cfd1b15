package gotool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// modulesOf finds the main modules of the build.
func modulesOf(flags flags, env goEnv) ([]instrument.Module, error) {
	dir, err := instrument.Folder(flags.dir)
	if err != nil {
		return nil, err
	}
	gowork := env.GOWORK
	if gowork == "" {
		gowork = "off"
	}
	modules, err := instrument.Modules(dir, gowork)
	if err != nil {
		return nil, err
	}
	// An overlay of files that the go command calls by other names is one that it
	// does not see, and it says nothing.
	if gomod := filepath.Join(modules[0].Dir, "go.mod"); !env.workspace() && env.GOMOD != gomod {
		return nil, fmt.Errorf("the go command takes %s for the module's go.mod, tkgen %s: nothing would be instrumented; run it from the module's own folder, by the name that the file system gives it", env.GOMOD, gomod)
	}
	if flags.modfile != "" {
		for i := range modules {
			modules[i].HasRuntime = true // the other go.mod's business
		}
	}
	return modules, err
}

// goEnv is what the go command says of its settings.
type goEnv struct {
	GOFLAGS, GOMOD, GOWORK, GOOS, GOARCH  string
	GOROOT, GOVERSION, GOMODCACHE, GOPATH string

	Cgo string `json:"CGO_ENABLED"`
}

func (e goEnv) workspace() bool { return e.GOWORK != "" && e.GOWORK != "off" }

func goEnvironment(ctx context.Context, dir string) (goEnv, error) {
	var env goEnv
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOFLAGS", "GOMOD", "GOWORK", "GOOS", "GOARCH", "CGO_ENABLED", "GOROOT", "GOVERSION", "GOMODCACHE", "GOPATH")
	var err error
	if cmd.Dir, err = instrument.Folder(dir); err != nil { // as the build will be run
		return env, err
	}
	out, err := cmd.Output()
	if err != nil {
		return env, fmt.Errorf("asking the go command for its settings: %w%s", err, stderrOf(err))
	}
	if err := json.Unmarshal(out, &env); err != nil {
		return env, fmt.Errorf("asking the go command for its settings: %w", err)
	}
	return env, nil
}

func stderrOf(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		return ": " + strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}

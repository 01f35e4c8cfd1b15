// Package gotool runs the go command over an overlay in which marked functions
// are instrumented.
//
// In come the arguments of go build, test, run, install or vet; out go the go
// command's own output and exit code. The source tree is not touched.
package gotool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/config"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// Command is one go command.
type Command struct {
	Name           string   // build, test, run, install or vet
	Args           []string // its flags and packages
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Refused writes about a function that cannot be instrumented.
	Refused func(io.Writer, instrument.Problem)
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Run makes the overlay, runs the go command with it and returns the go
// command's exit code.
func Run(ctx context.Context, c Command) (code int, err error) {
	j, err := c.settle(ctx)
	if err != nil {
		return 0, err
	}
	p, finish, err := j.prepare(ctx)
	if err != nil {
		return 0, err
	}
	defer finish()
	return c.run(slices.Concat([]string{c.Name}, p.Args, withPoints(j.flags, p.Points)), p.Environ)
}

// job is a command and all that it depends on but the source.
type job struct {
	Command
	flags     flags
	inherited flags // of GOFLAGS
	env       goEnv
	dir       string            // where the go command works
	callers   map[string]string // the overlay that the build has anyway
	modules   []instrument.Module
	settings  config.Config
	trimpath  bool
	vendored  bool
}

// settle finds that out.
func (c Command) settle(ctx context.Context) (j job, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	j = job{Command: c, flags: readFlags(c.Name, c.Args)}
	if j.env, err = goEnvironment(ctx, j.flags.dir); err != nil {
		return j, err
	}
	j.inherited = readFlags("env", strings.Fields(j.env.GOFLAGS))
	if err = c.refuse(j.flags, j.env); err != nil {
		return j, err
	}
	if j.callers, err = readOverlay(j.flags.overlay, j.inherited.overlay, j.flags.dir); err != nil {
		return j, err
	}
	if j.modules, err = modulesOf(j.flags, j.env); err != nil {
		return j, err
	}
	j.trimpath, err = strconv.ParseBool(cmp.Or(j.flags.trimpath, j.inherited.trimpath, "false"))
	if err != nil {
		return j, fmt.Errorf("reading -trimpath: %w", err)
	}
	if j.settings, err = settingsOf(j.flags, j.modules); err != nil {
		return j, err
	}
	j.vendored = vendored(j.flags, j.inherited, j.env, j.modules)
	j.dir, err = instrument.Folder(j.flags.dir)
	return j, err
}

// refuse tells what no overlay could be for: silence would be taken for
// instrumentation.
func (c Command) refuse(f flags, env goEnv) error {
	for _, arg := range f.packages {
		if c.Name != "install" && c.Name != "run" || !strings.Contains(arg, "@") {
			continue
		}
		path, version, _ := strings.Cut(arg, "@")
		return fmt.Errorf("go %s %s builds from the module cache, which is not instrumented: clone the module of %s at %s and run `tkgen %s` there", c.Name, arg, path, version, c.Name)
	}
	if f.fix {
		return errors.New("go vet -fix changes the source, and what tkgen vets is not the source: run `go vet -fix`")
	}
	if env.GOMOD == "" {
		return errors.New("GO111MODULE=off: tkgen works on modules; unset it")
	}
	return nil
}

// packagesOf turns Go files into their folders, and no package into this one.
func packagesOf(args []string) (packages []string) {
	if len(args) == 0 {
		return []string{"."}
	}
	for _, arg := range args {
		if strings.HasSuffix(arg, ".go") {
			if arg = filepath.Dir(arg); !filepath.IsAbs(arg) {
				arg = "./" + filepath.ToSlash(arg)
			}
		}
		packages = append(packages, arg)
	}
	return packages
}

// settingsOf joins what telemetry.yaml says with the flags.
func settingsOf(f flags, modules []instrument.Module) (config.Config, error) {
	all := config.Config{Service: f.service, Match: f.match}
	for _, m := range modules {
		c, err := config.Read(m.Dir)
		if err != nil {
			return all, err
		}
		all.Match = append(all.Match, c.Match...)
		all.Service = cmp.Or(all.Service, c.Service)
	}
	return all, nil
}

// forward hands on the signals that a terminal does not send to the go command
// anyway.
func forward(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		if s != os.Interrupt {
			_ = to.Signal(s)
		}
	}
}

// run runs the go command on this process' own terminal. An interrupt reaches
// it from the terminal; this process waits, so that the overlay outlives it.
func (c Command) run(args, environ []string) (code int, err error) {
	goCmd := exec.Command("go", args...)
	goCmd.Stdin, goCmd.Stdout, goCmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	if len(environ) > 0 {
		goCmd.Env = append(os.Environ(), environ...)
	}
	// Where a symbolic link led here, the go command would name files by it.
	if goCmd.Dir, err = instrument.Folder("."); err != nil {
		return 0, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer func() {
		signal.Stop(signals)
		close(signals)
	}()
	if err = goCmd.Start(); err == nil {
		go forward(signals, goCmd.Process)
		err = goCmd.Wait()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal()), nil // what a shell says of it
		}
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 0, fmt.Errorf("running the go command: %w", err)
	}
	return 0, nil
}

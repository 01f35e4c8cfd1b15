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

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/config"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// Command is one go command.
type Command struct {
	Name           string   // build, test, run, install or vet
	Args           []string // its flags and packages
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Refused is told of every function that cannot be instrumented.
	Refused func(instrument.Problem)
}

// Run makes the overlay, runs the go command with it and returns the go
// command's exit code.
func Run(ctx context.Context, c Command) (code int, err error) {
	flags := readFlags(c.Name, c.Args)
	env, err := goEnvironment(ctx, flags.dir)
	if err != nil {
		return 0, err
	}
	inherited := readFlags("env", strings.Fields(env.GOFLAGS))
	if err := c.refuse(flags, env); err != nil {
		return 0, err
	}
	callers, err := readOverlay(flags.overlay, inherited.overlay, flags.dir)
	if err != nil {
		return 0, err
	}
	modules, err := modulesOf(flags, env)
	if err != nil {
		return 0, err
	}
	trimpath, err := strconv.ParseBool(cmp.Or(flags.trimpath, inherited.trimpath, "false"))
	if err != nil {
		return 0, fmt.Errorf("reading -trimpath: %w", err)
	}
	settings, err := settingsOf(flags, modules)
	if err != nil {
		return 0, err
	}
	fromVendor := vendored(flags, inherited, env, modules)
	overlay, err := c.plan(instrument.OverlayOptions{
		Dir: modules[0].Dir, Modules: modules, Replaced: callers, Vendored: fromVendor,
		Packages: packagesOf(flags.packages), Trimpath: trimpath,
		Match: settings.Match, Service: settings.Service, Test: c.Name == "test",
	}, flags)
	if err != nil {
		return 0, err
	}
	dir, err := instrument.Folder(flags.dir)
	if err != nil {
		return 0, err
	}
	leftOut(c.Stderr, overlay.Functions, callers, flags, inherited, env, dir)
	if !env.workspace() {
		replacedModules(c.Stderr, modules)
	}
	if flags.verbose {
		if err := reportInlining(ctx, c.Stderr, overlay.Functions, dir, flags.selecting()); err != nil {
			return 0, err
		}
	}
	file, remove, err := writeOverlay(overlay.Files, callers)
	if err != nil {
		return 0, err
	}
	if flags.work || inherited.work {
		_, _ = fmt.Fprintln(c.Stderr, "TKGEN_OVERLAY="+filepath.Dir(file)) // as the go command's WORK=
	} else {
		defer remove()
	}
	args := append([]string{c.Name}, flags.leading...)
	args = append(args, "-overlay="+file)
	more, environ, err := c.lend(overlay, flags, env, modules, filepath.Dir(file), fromVendor)
	if err != nil {
		return 0, err
	}
	args = append(args, more...)
	toolexec, err := shim{
		cover: flags.cover || inherited.cover, messages: trimpath, embed: embedsSource(overlay.Files, modules),
		callers: cmp.Or(flags.toolexec, inherited.toolexec),
	}.flags(file)
	if err != nil {
		return 0, err
	}
	return c.run(slices.Concat(args, toolexec, withPoints(flags, overlay.Files)), environ)
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

// plan makes the overlay and tells the user what is not in it.
func (c Command) plan(o instrument.OverlayOptions, f flags) (*instrument.Overlay, error) {
	dir, err := instrument.Folder(f.dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	overlay, err := instrument.MakeOverlay(o)
	if err != nil {
		return nil, err
	}
	for _, p := range overlay.Refused {
		c.Refused(p)
	}
	if len(overlay.Functions)+len(overlay.Refused) == 0 {
		if len(o.Match) > 0 {
			return nil, fmt.Errorf("no function matches %s: nothing would be recorded", strings.Join(o.Match, " "))
		}
		_, _ = fmt.Fprintln(c.Stderr, "tkgen: no function here carries //telemetry:instrument; this is a plain go "+c.Name)
	}
	return overlay, nil
}

// lend returns the arguments and the environment by which a build gets the
// runtime that its modules do not require.
func (c Command) lend(o *instrument.Overlay, f flags, env goEnv, modules []instrument.Module, temp string, fromVendor bool) (args, environ []string, err error) {
	if o.NeedsRuntime {
		return lendRuntime(f, env, modules, temp)
	}
	if f.modfile != "" {
		args = []string{"-modfile=" + f.modfile}
	}
	if !fromVendor || slices.ContainsFunc(modules, func(m instrument.Module) bool { return m.HasRuntime }) {
		return args, nil, nil
	}
	switch c.Name { // vet wants to stand in the folder of every package, and the runtime's are in no tree
	case "vet":
		return nil, nil, errors.New("tkgen vet cannot lend the runtime to a build from a vendor folder: vet with -mod=mod, or vendor " + instrument.RuntimeModule)
	case "test":
		_, _ = fmt.Fprintln(c.Stderr, "tkgen: testing from a vendor folder that lacks the runtime: go vet is left out (run it by itself)")
		args = append(args, "-vet=off")
	}
	return args, nil, nil
}

// withPoints adds the points to a package that is named by its files: the go
// command would leave them out. They come first, as they do by name.
func withPoints(f flags, files map[string][]byte) []string {
	first := slices.IndexFunc(f.rest, func(arg string) bool { return strings.HasSuffix(arg, ".go") })
	if first < 0 || !slices.Contains(f.packages, f.rest[first]) {
		return f.rest
	}
	in := filepath.Dir(f.rest[first]) // the go command wants one spelling of it
	dir, err := instrument.Folder(f.absolute(in))
	if err != nil {
		return f.rest
	}
	for path := range files {
		if filepath.Dir(path) == dir && strings.HasSuffix(path, instrument.GeneratedFile) {
			return slices.Insert(slices.Clone(f.rest), first, filepath.Join(in, filepath.Base(path)))
		}
	}
	return f.rest
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

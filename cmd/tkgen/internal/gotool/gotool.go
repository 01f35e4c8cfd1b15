// Package gotool runs the go command over an overlay in which marked functions
// are instrumented.
//
// In come the arguments of go build, test, run, install or vet; out go the go
// command's own output and exit code. The source tree is not touched.
package gotool

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// Command is one go command.
type Command struct {
	Name string   // build, test, run, install or vet
	Args []string // its flags and packages
	// Match and Service are those of telemetry.yaml. --match and --service among
	// the arguments add to the one and stand before the other.
	Match          []string
	Service        string
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
	cover := flags.cover || inherited.cover
	if cover && (flags.toolexec || inherited.toolexec) {
		return 0, errors.New("-toolexec and coverage do not go together here: tkgen needs -toolexec itself, or go's cover tool would drop the instrumentation (golang/go#73802)")
	}
	callers, err := readOverlay(flags.overlay, inherited.overlay, flags.dir)
	if err != nil {
		return 0, err
	}
	modules, err := modulesOf(flags, env)
	if err != nil {
		return 0, err
	}
	fromVendor := vendored(flags, inherited, env, modules)
	overlay, err := c.plan(instrument.OverlayOptions{
		Dir: modules[0].Dir, Modules: modules, Replaced: callers, Vendored: fromVendor,
		Match: append(c.Match, flags.match...), Service: cmp.Or(flags.service, c.Service), Test: c.Name == "test",
	}, flags)
	if err != nil {
		return 0, err
	}
	file, remove, err := writeOverlay(overlay.Files, callers)
	if err != nil {
		return 0, err
	}
	defer remove()
	args := append([]string{c.Name}, flags.leading...)
	args = append(args, "-overlay="+file)
	more, environ, err := c.lend(overlay, flags, env, modules, filepath.Dir(file), fromVendor)
	if err != nil {
		return 0, err
	}
	args = append(args, more...)
	if cover {
		toolexec, err := toolexecFlag(file)
		if err != nil {
			return 0, err
		}
		args = append(args, toolexec)
	}
	return c.run(append(args, withPoints(flags.rest, overlay.Files)...), environ)
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
// command would leave them out.
func withPoints(args []string, files map[string][]byte) []string {
	last := -1
	for i, arg := range args {
		if strings.HasSuffix(arg, ".go") {
			last = i
		} else if last >= 0 {
			break // what follows belongs to the program
		}
	}
	if last < 0 {
		return args
	}
	in := filepath.Dir(args[last]) // the go command wants one spelling of it
	dir, err := instrument.Folder(in)
	if _, ok := files[filepath.Join(dir, instrument.GeneratedFile)]; err != nil || !ok {
		return args
	}
	return slices.Insert(slices.Clone(args), last+1, filepath.Join(in, instrument.GeneratedFile))
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
	if flags.modfile != "" {
		for i := range modules {
			modules[i].HasRuntime = true // the other go.mod's business
		}
	}
	return modules, err
}

type goEnv struct{ GOFLAGS, GOWORK string }

func goEnvironment(ctx context.Context, dir string) (goEnv, error) {
	var env goEnv
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOFLAGS", "GOWORK")
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
		return max(exit.ExitCode(), 1), nil // killed by a signal: -1
	}
	if err != nil {
		return 0, fmt.Errorf("running the go command: %w", err)
	}
	return 0, nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// goCommands are the go command's own, over an overlay.
func goCommands() []*cobra.Command {
	var commands []*cobra.Command
	for _, c := range []struct{ name, short, example string }{
		{"build", "go build, instrumented", "  tkgen build -o bin/app ./cmd/app\n  tkgen build -trimpath -tags netgo ./..."},
		{"test", "go test, instrumented", "  tkgen test ./...\n  tkgen test -race -run TestDeploy ./internal/cluster"},
		{"run", "go run, instrumented", "  tkgen run ./cmd/app deploy --dry-run"},
		{"install", "go install, instrumented", "  tkgen install ./cmd/app"},
		{"vet", "go vet of the instrumented code", "  tkgen vet ./..."},
	} {
		commands = append(commands, &cobra.Command{
			Use:     c.name + " [go flags] [packages]",
			GroupID: "go",
			Short:   c.short,
			Long: fmt.Sprintf(`Runs go %s with marked functions instrumented. The source tree stays as it is:
the go command is given an overlay, file and line numbers in errors and stack
traces are those of the source, and all of the go command's flags work, -overlay
included. -cover does not: the go command drops overlays there
(golang/go#73802), so tkgen refuses it.`, c.name),
			Example:            c.example,
			DisableFlagParsing: true,
			RunE: func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
					return cmd.Help()
				}
				return overlaid(cmd, c.name, args)
			},
		})
	}
	return commands
}

// overlaid makes the overlay, runs the go command with it and ends with the go
// command's exit code.
func overlaid(cmd *cobra.Command, name string, args []string) error {
	flags := readGoFlags(name, args)
	env, err := goEnvironment(cmd.Context(), flags.dir)
	if err != nil {
		return err
	}
	inherited := readGoFlags("env", strings.Fields(env.GOFLAGS))
	if cover := flags.cover + inherited.cover; cover != "" {
		return fmt.Errorf("go %s %s would drop the instrumentation without a word (golang/go#73802): "+
			"leave it out, or run `tkgen generate` and the go command itself", name, cover)
	}
	callers, err := readOverlay(flags.overlay, inherited.overlay, flags.dir)
	if err != nil {
		return err
	}
	modules, err := modulesOf(flags, env)
	if err != nil {
		return err
	}
	overlay, err := instrument.MakeOverlay(modules, callers)
	if err != nil {
		return err
	}
	printRefused(cmd.ErrOrStderr(), overlay.Refused)
	if len(overlay.Functions) == 0 {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "tkgen: no function here carries //telemetry:instrument; this is a plain go "+name)
	}
	file, remove, err := writeOverlay(overlay.Files, callers)
	if err != nil {
		return err
	}
	defer remove()
	all := append([]string{name}, flags.leading...)
	all = append(append(all, "-overlay="+file), flags.rest...)
	return runGo(cmd, all)
}

// modulesOf finds the main modules of the build.
func modulesOf(flags goFlags, env goEnv) ([]instrument.Module, error) {
	dir, err := folder(flags.dir)
	if err != nil {
		return nil, err
	}
	gowork := env.GOWORK
	if gowork == "" {
		gowork = "off"
	}
	modules, err := instrument.Modules(dir, gowork)
	if flags.modfile {
		for i := range modules {
			modules[i].HasRuntime = true // the other go.mod's business
		}
	}
	return modules, err
}

type goEnv struct{ GOFLAGS, GOWORK string }

func goEnvironment(ctx context.Context, dir string) (goEnv, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOFLAGS", "GOWORK")
	cmd.Dir = dir
	out, err := cmd.Output()
	var env goEnv
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

// runGo runs the go command on this process' own terminal. An interrupt reaches
// it from the terminal; this process waits, so that the overlay outlives it.
func runGo(cmd *cobra.Command, args []string) error {
	goCmd := exec.Command("go", args...)
	goCmd.Stdin, goCmd.Stdout, goCmd.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	err := goCmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitCode(max(exit.ExitCode(), 1))
	}
	if err != nil {
		return fmt.Errorf("running the go command: %w", err)
	}
	return nil
}

// writeOverlay writes the replacing files and the JSON that names them (go help
// build, -overlay) into a temporary folder.
func writeOverlay(files map[string][]byte, callers map[string]string) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "tkgen-overlay-")
	if err != nil {
		return "", nil, fmt.Errorf("writing overlay: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	replace := map[string]string{}
	maps.Copy(replace, callers)
	for i, name := range sortedKeys(files) {
		to := filepath.Join(dir, strconv.Itoa(i)+"-"+filepath.Base(name))
		if err := os.WriteFile(to, files[name], 0o600); err != nil {
			remove()
			return "", nil, fmt.Errorf("writing overlay: %w", err)
		}
		replace[name] = to
	}
	text, err := json.Marshal(overlayFile{replace})
	if err == nil {
		path = filepath.Join(dir, "overlay.json")
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("writing overlay: %w", err)
	}
	return path, remove, nil
}

type overlayFile struct{ Replace map[string]string }

// readOverlay reads the overlay that the caller gave, on the command line or in
// GOFLAGS, with absolute paths.
func readOverlay(given, inherited, dir string) (map[string]string, error) {
	file := given
	if file == "" {
		file = inherited
	}
	if file == "" {
		return nil, nil
	}
	base, err := folder(dir)
	if err != nil {
		return nil, err
	}
	absolute := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(base, path)
	}
	text, err := os.ReadFile(absolute(file))
	if err != nil {
		return nil, fmt.Errorf("reading -overlay: %w", err)
	}
	var o overlayFile
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("reading -overlay %s: %w", file, err)
	}
	replace := map[string]string{}
	for from, to := range o.Replace {
		replace[absolute(from)] = absolute(to)
	}
	return replace, nil
}

func sortedKeys(m map[string][]byte) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Command tkgen is the developer's tool: it instruments marked functions, in
// place or for one build, and shows what a program has recorded on this
// machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/gotool"
)

// Exit codes.
const (
	exitDone   = 0
	exitFound  = 1 // something was found: stale files, refused functions
	exitFailed = 2 // usage or failure
)

// exitCode is an error that says no more than how the process ends; what there
// is to say has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	if args := os.Args[1:]; asVettool(args) {
		vettool(args)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == gotool.ToolexecArg { // in front of every compilation: no time for more
		code, err := gotool.Toolexec(args[1:], stdin, stdout, stderr)
		if err != nil {
			_, _ = fmt.Fprintln(stderr, err)
			return exitFailed
		}
		return code
	}
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	default:
		_, _ = fmt.Fprintf(stderr, "%s\n", relativePaths(err.Error()))
		return exitFailed
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tkgen",
		Short: "Instrument Go functions that carry a //telemetry:instrument directive",
		Long: `tkgen records which commands and features of a Go program people use, whether
they succeed and how long they take.

Mark functions with //telemetry:instrument, then either rewrite them in place
(tkgen generate) or build with the instrumentation in an overlay that leaves the
source as it is (tkgen build). What a program recorded on this machine is shown
by tkgen stats and tkgen events.`,
		Example: `  tkgen generate ./...
  tkgen build -o bin/app ./cmd/app
  tkgen stats --service app`,
		Version:                    version(),
		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		SilenceErrors:              true,
		Args:                       knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetVersionTemplate("tkgen {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nsee `%s --help`", err, cmd.CommandPath())
	})
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Begin:"},
		&cobra.Group{ID: "rewrite", Title: "Instrument:"},
		&cobra.Group{ID: "go", Title: "The go command, instrumented:"},
		&cobra.Group{ID: "local", Title: "What a program recorded here:"},
	)
	root.AddCommand(scaffoldCommand(), initCommand())
	root.AddCommand(generateCommand(), removeCommand(), recommendCommand(), manifestCommand())
	root.AddCommand(goCommands()...)
	root.AddCommand(localCommands()...)
	root.AddCommand(demoCommand())
	return root
}

// knownCommand refuses what is no command of the tool and names the nearest.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean `%s %s`?", cmd.CommandPath(), near[0])
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], hint)
}

// version is what the module system knows of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

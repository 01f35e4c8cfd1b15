package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/gotool"
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
and -cover included.

Two flags are tkgen's own. --match marks functions without a directive, by
%s. --service NAME starts
telemetry in programs that do not do that themselves, and lends the runtime to
modules that do not require it. telemetry.yaml beside go.mod can say both for
good (service:, match:). With -v tkgen names the functions that the compiler can
no longer inline.`, c.name, matchUsage),
			Example:            c.example,
			DisableFlagParsing: true,
			RunE: func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
					return cmd.Help()
				}
				code, err := gotool.Run(cmd.Context(), gotool.Command{
					Name: c.name, Args: args,
					Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
					Refused: func(w io.Writer, p instrument.Problem) { printRefused(w, []instrument.Problem{p}) },
				})
				if err == nil && code != 0 {
					return exitCode(code)
				}
				return err
			},
		})
	}
	return commands
}

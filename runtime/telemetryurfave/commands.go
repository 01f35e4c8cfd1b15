package telemetryurfave

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycli"
)

// added is the value of [Key] of the commands that this package adds.
const added = "telemetry-kit"

// addCommand adds `telemetry` and what is below it, once.
func addCommand(root *cli.Command, c telemetrycli.Command) {
	if root.Command(c.Name) == nil {
		cmd := command(c)
		cmd.Metadata = map[string]any{Key: added}
		root.Commands = append(root.Commands, cmd)
	}
}

// done is how a command of this package ends: with an error, nil or not, in front
// of all that the library would call of the program.
type done struct{ err error }

func (d *done) Error() string { return fmt.Sprint("telemetry is done: ", d.err) }

// command says c in the library's words. It runs where arguments are looked at,
// because nothing of the program may stand between a person and their no: not a
// login in a hook of the root, not a flag that the root requires.
func command(c telemetrycli.Command) *cli.Command {
	cmd := &cli.Command{Name: c.Name, Usage: c.Short, ArgsUsage: c.Argument, Description: c.Long, HideHelpCommand: true}
	for _, f := range c.Flags {
		cmd.Flags = append(cmd.Flags, &cli.BoolFlag{Name: f.Name, Usage: f.Usage, Local: true})
	}
	cmd.ArgValidator = func(ctx context.Context, cmd *cli.Command) error {
		root := cmd.Root()
		call := telemetrycli.Call{Args: cmd.Args().Slice(), Set: map[string]bool{}, In: root.Reader, Out: root.Writer, Err: root.ErrWriter}
		for _, f := range c.Flags {
			call.Set[f.Name] = cmd.Bool(f.Name)
		}
		if tooMany(c, call.Args) {
			return &done{fmt.Errorf("%s does not know what to do with %q: see --help", cmd.FullName(), call.Args)}
		}
		return &done{c.Run(ctx, call)}
	}
	cmd.Action = func(context.Context, *cli.Command) error { return nil } // it has one, or help would be shown
	for _, below := range c.Commands {
		cmd.Commands = append(cmd.Commands, command(below))
	}
	return cmd
}

func tooMany(c telemetrycli.Command, args []string) bool {
	return len(args) > 1 || len(args) == 1 && c.Argument == ""
}

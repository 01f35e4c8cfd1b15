// Package telemetryurfave records the commands of a program that urfave/cli v3
// runs, and gives the people who run it the command `telemetry`, with which they
// see, stop, export and delete what is recorded.
//
// In comes the root of a tree of commands; out go, for each run, one command with
// its name, how it ended and how long it took, the names of the flags that were
// set, and, if it was called wrongly, in what way. It is one line, where
// root.Run(ctx, os.Args) was:
//
//	err := telemetryurfave.Run(ctx, root, os.Args, telemetryurfave.Options{
//		Config: telemetry.Config{Service: "mytool", Agent: agent.New(dsn)},
//	})
//
// The name of `mytool cluster deploy`, by whatever alias, is "cluster.deploy", and
// that of the root alone "mytool". Attributes are "flag_dry_run" for --dry-run, set
// on the command line or by its sources, and "usage" of a call that was refused
// ("command", "flag" or "arguments"). The exit code is recorded if the error is a
// cli.ExitCoder, also where that ends the process. Values of flags and arguments are
// never looked at. Help, version, shell completion and the command `telemetry` itself
// are not recorded.
//
// Commands that a program makes of what it finds on the machine (plug-ins,
// people's own aliases) have names that are nobody's business: see [Key].
//
// The package is a module of its own, so that only those who use it depend on
// urfave/cli.
package telemetryurfave

import (
	"context"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycli"
)

// Options say how a tree is recorded. The zero value is useful.
type Options = telemetrycli.Options

// Key is a key of cli.Command.Metadata. With the value "off" neither the name nor
// the flags of the command, and of those below it, are recorded: it is "other"
// below its parent.
const Key = "telemetry"

// Run does what root.Run(ctx, args) does, and records it: output, errors, panics,
// hooks and exit status stay as they are. It begins and ends telemetry. args are
// os.Args, the name of the program included.
//
// Where the program was started to send what an earlier run recorded, Run does that
// and ends the process; so call it before anything that takes time.
func Run(ctx context.Context, root *cli.Command, args []string, o Options) error {
	return telemetrycli.Run(name(root, args), o, func(p *telemetrycli.Program) error {
		addCommand(root, p.Command())
		run := &run{known: p.Known}
		return run.execute(ctx, root, args)
	})
}

// name is the root's name, as the library finds it.
func name(root *cli.Command, args []string) string {
	if root.Name == "" && len(args) > 0 {
		return filepath.Base(args[0])
	}
	return root.Name
}

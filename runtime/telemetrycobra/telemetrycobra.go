// Package telemetrycobra records the commands of a cobra program, and gives the
// people who run it the command `telemetry`, with which they see, stop, export
// and delete what is recorded.
//
// In comes the root of a tree of commands; out go, for each run, one command with
// its name, how it ended and how long it took, the names of the flags that were
// set, and, if it was called wrongly, in what way. It is one line, where
// root.Execute() was:
//
//	func main() {
//		err := telemetrycobra.Execute(ctx, root, telemetrycobra.Options{
//			Config: telemetry.Config{Service: "mytool", Agent: agent.New(dsn)},
//		})
//		if err != nil {
//			os.Exit(1)
//		}
//	}
//
// The name of `mytool cluster deploy`, by whatever alias, is "cluster.deploy", and
// that of the root alone "mytool". Attributes are "flag_dry_run" for --dry-run,
// and "usage" of a call that cobra refused ("command", "flag" or "arguments"). The exit
// code is recorded if the error has a method ExitCode() int, or if the program leaves
// by telemetry.Exit instead of os.Exit. Values of flags and
// arguments are never looked at. Help, version, shell completion and the command
// `telemetry` itself are not recorded.
//
// Commands that a program makes of what it finds on the machine (plug-ins,
// people's own aliases) have names that are nobody's business: see [Annotation].
package telemetrycobra

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycli"
)

// Options say how a tree is recorded. The zero value is useful.
type Options = telemetrycli.Options

// Annotation is a key of cobra.Command.Annotations. With the value "off" neither
// the name nor the flags of the command, and of those below it, are recorded: it
// is "other" below its parent.
const Annotation = "telemetry"

// Execute does what root.ExecuteContext(ctx) does, and records it: output, errors,
// panics and hooks stay as they are. It begins and ends telemetry.
//
// Where the program was started to send what an earlier run recorded, Execute
// does that and ends the process; so call it before anything that takes time.
func Execute(ctx context.Context, root *cobra.Command, o Options) error {
	root = root.Root()
	return telemetrycli.Run(root.Name(), o, func(p *telemetrycli.Program) error {
		addCommand(root, p.Command())
		run := &run{known: p.Known}
		return run.execute(ctx, root)
	})
}

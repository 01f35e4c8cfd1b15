package telemetrycobra

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// run is one execution of a tree.
type run struct {
	call  telemetry.Call
	known func() // tells that a command of the program runs
	undo  []func()

	entered bool // cobra has found the command and called something of it
	failed  bool // something of the program returned the error
	refused bool // the command did not want its arguments
}

// execute has a frame of its own, because End has to be deferred where the call
// ends.
func (r *run) execute(ctx context.Context, root *cobra.Command) (err error) {
	r.call = telemetry.BeginCall()
	defer r.call.End(&err)
	defer r.restore()
	r.wrap(root)
	cmd, err := root.ExecuteContextC(ctx)
	r.judge(cmd, err)
	return err
}

// wrap puts itself in front of all that cobra calls of a command, until restore.
// What is nil stays nil, because cobra does something else then.
func (r *run) wrap(cmd *cobra.Command) {
	r.wrapE((*func(*cobra.Command, []string) error)(&cmd.Args), &r.refused)
	for _, f := range []*func(*cobra.Command, []string) error{
		&cmd.PersistentPreRunE, &cmd.PreRunE, &cmd.RunE, &cmd.PostRunE, &cmd.PersistentPostRunE,
	} {
		r.wrapE(f, &r.failed)
	}
	for _, f := range []*func(*cobra.Command, []string){
		&cmd.PersistentPreRun, &cmd.PreRun, &cmd.Run, &cmd.PostRun, &cmd.PersistentPostRun,
	} {
		r.wrapRun(f)
	}
	for _, child := range cmd.Commands() {
		r.wrap(child)
	}
}

func (r *run) wrapE(f *func(*cobra.Command, []string) error, failed *bool) {
	inner := *f
	if inner == nil {
		return
	}
	r.undo = append(r.undo, func() { *f = inner })
	*f = func(cmd *cobra.Command, args []string) error {
		r.enter(cmd)
		err := inner(cmd, args)
		*failed = *failed || err != nil
		return err
	}
}

func (r *run) wrapRun(f *func(*cobra.Command, []string)) {
	inner := *f
	if inner == nil {
		return
	}
	r.undo = append(r.undo, func() { *f = inner })
	*f = func(cmd *cobra.Command, args []string) {
		r.enter(cmd)
		inner(cmd, args)
	}
}

func (r *run) restore() {
	for _, undo := range r.undo {
		undo()
	}
}

// enter is called before anything of the program is, with the command that runs.
func (r *run) enter(cmd *cobra.Command) {
	if !r.entered {
		r.entered = true
		r.name(cmd)
	}
}

// name says whose call it is, if it is one that is recorded.
func (r *run) name(cmd *cobra.Command) {
	if ours(cmd) {
		return
	}
	r.known()
	if r.call.Recording() {
		r.call.Name(&telemetry.Point{Name: nameOf(cmd), Kind: telemetry.Command})
		r.call.Add(flagsOf(cmd)...)
	}
}

// judge is told how the execution ended, if it did.
func (r *run) judge(cmd *cobra.Command, err error) {
	if err == nil {
		return // help and version have been printed without entering anything
	}
	if !r.failed { // then cobra refused
		usage := r.usage(cmd, err)
		r.enter(cmd)
		r.call.Add(slog.String("usage", usage))
	}
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) && exit.ExitCode() >= 0 && exit.ExitCode() <= 255 {
		r.call.ExitCode(exit.ExitCode())
	}
}

// usage tells what was wrong with a call that cobra refused.
func (r *run) usage(cmd *cobra.Command, err error) string {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &missing), errors.As(err, &invalid), errors.As(err, &syntax):
		return "flag"
	case cmd.CalledAs() == "": // cobra did not come so far as to call it
		return "command"
	case r.refused && cmd.HasSubCommands():
		return "command"
	case r.refused:
		return "arguments"
	default: // a required flag, or two that exclude each other
		return "flag"
	}
}

// ours reports whether a command is this package's or cobra's own.
func ours(cmd *cobra.Command) bool {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if c.Annotations[Annotation] == added {
			return true
		}
		if name := c.Name(); !c.Parent().HasParent() && (name == "help" || name == "completion" || strings.HasPrefix(name, "__complete")) {
			return true
		}
	}
	return false
}

// secret reports whether neither name nor flags of the command may be recorded.
func secret(cmd *cobra.Command) bool { return cmd.Annotations[Annotation] == "off" }

// nameOf returns the path of a command below the root, "cluster.deploy".
func nameOf(cmd *cobra.Command) string {
	var parts []string
	for c := cmd; c.HasParent(); c = c.Parent() {
		parts = append([]string{telemetry.Letters(c.Name(), "-.")}, parts...)
		if secret(c) {
			parts = []string{"other"} // and nothing of what is below it
		}
	}
	if len(parts) == 0 {
		return telemetry.Letters(cmd.Name(), "-.")
	}
	return strings.Join(parts, ".")
}

// maxFlags leaves some of an event's attributes to usage and the program.
const maxFlags = 14

// flagsOf returns the names of the flags that were set. They are the program's
// own words: a flag that it does not define is an error, and not here.
func flagsOf(cmd *cobra.Command) (attrs []slog.Attr) {
	for c := cmd; c != nil; c = c.Parent() {
		if secret(c) {
			return nil
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if len(attrs) < maxFlags {
			attrs = append(attrs, slog.Bool("flag_"+telemetry.Letters(f.Name, ""), true))
		}
	})
	return attrs
}

package telemetryurfave

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// run is one execution of a tree.
type run struct {
	call  telemetry.Call
	known func() // tells that a command of the program runs
	undo  []func()

	leaf   *cli.Command // the command that runs, once it is known
	named  bool         // it is one that is recorded
	failed bool         // something of the program returned the error
	usage  string       // what was wrong with the call, if OnUsageError has seen it
}

// execute has a frame of its own, because End has to be deferred where the call
// ends.
func (r *run) execute(ctx context.Context, root *cli.Command, args []string) (err error) {
	var how error
	r.call = telemetry.BeginCall()
	defer r.call.End(&how)
	defer r.restore()
	r.wrapRoot(root)
	r.wrap(root)
	err = root.Run(ctx, args)
	if d, ok := err.(*done); ok { //nolint:errorlint // nobody wraps it
		return d.err
	}
	how = r.judge(root, err)
	return err
}

// set replaces a field of a command until restore.
func set[T any](r *run, field *T, value T) {
	old := *field
	r.undo = append(r.undo, func() { *field = old })
	*field = value
}

func (r *run) restore() {
	for _, undo := range slices.Backward(r.undo) {
		undo()
	}
}

// wrapRoot adds what the library takes for nothing if it is the root's alone: a
// validator that has no objection, which it asks before it calls anything else of
// the program, and the handler that it has by default.
func (r *run) wrapRoot(root *cli.Command) {
	if root.ArgValidator == nil {
		set(r, &root.ArgValidator, func(context.Context, *cli.Command) error { return nil })
	}
	inner := root.ExitErrHandler
	set(r, &root.ExitErrHandler, func(ctx context.Context, cmd *cli.Command, err error) {
		if d, ok := err.(*done); ok { //nolint:errorlint // nobody wraps it
			if err = d.err; err == nil {
				return
			}
		}
		if inner != nil || exits(err) {
			r.over(root, err)
		}
		if inner != nil {
			inner(ctx, cmd, err)
			return
		}
		cli.HandleExitCoder(err)
	})
}

// exits reports whether cli.HandleExitCoder ends the process.
func exits(err error) bool {
	switch err.(type) { //nolint:errorlint // as it looks itself
	case cli.ExitCoder, cli.MultiError:
		return true
	default:
		return false
	}
}

// over records the call now: the program may end in the next moment.
func (r *run) over(root *cli.Command, err error) {
	if err == nil {
		return
	}
	how := r.judge(root, err)
	defer func() { r.call = telemetry.Call{} }()
	defer r.call.End(&how)
}

// wrap puts itself in front of what the library calls of a command. What is nil
// stays nil, because the library does something else then.
func (r *run) wrap(cmd *cli.Command) {
	if inner := cmd.ArgValidator; inner != nil {
		set(r, &cmd.ArgValidator, func(ctx context.Context, cmd *cli.Command) error {
			r.enter(cmd)
			return r.note(inner(ctx, cmd), "arguments")
		})
	}
	if inner := cmd.Before; inner != nil {
		set(r, &cmd.Before, func(ctx context.Context, cmd *cli.Command) (context.Context, error) {
			ctx, err := inner(ctx, cmd)
			return ctx, r.note(err, "")
		})
	}
	if inner := cmd.After; inner != nil {
		set(r, &cmd.After, func(ctx context.Context, cmd *cli.Command) error {
			if r.leaf != nil && ours(r.leaf) {
				return nil // what it would tidy up was not begun
			}
			return r.note(inner(ctx, cmd), "")
		})
	}
	if inner := cmd.Action; inner != nil && !library(inner) {
		set(r, &cmd.Action, func(ctx context.Context, cmd *cli.Command) error { return r.note(inner(ctx, cmd), "") })
	}
	if inner := cmd.OnUsageError; inner != nil {
		set(r, &cmd.OnUsageError, func(ctx context.Context, cmd *cli.Command, err error, sub bool) error {
			r.usage = usageOf(cmd, err)
			return inner(ctx, cmd, err, sub)
		})
	}
	for _, child := range cmd.Commands {
		r.wrap(child)
	}
}

// note takes note of an error of the program, of which usage tells what was wrong
// with the call.
func (r *run) note(err error, usage string) error {
	if err != nil && !r.failed {
		r.failed, r.usage = true, usage
	}
	return err
}

// enter is called before anything of the program is, with the command that runs.
func (r *run) enter(cmd *cli.Command) {
	if r.leaf == nil {
		r.leaf = cmd
		if !library(cmd.Action) {
			r.name(cmd)
		}
	}
}

// name says whose call it is, if it is one that is recorded.
func (r *run) name(cmd *cli.Command) {
	if r.leaf = cmd; ours(cmd) {
		return
	}
	r.named = true
	r.known()
	if r.call.Recording() {
		r.call.Name(&telemetry.Point{Name: nameOf(cmd), Kind: telemetry.Command})
		r.call.Add(flagsOf(cmd)...)
	}
}

// judge is told how the execution ended, if it did, and returns the error that is
// recorded of it.
func (r *run) judge(root *cli.Command, err error) error {
	if err == nil {
		return nil // help and version have been printed without entering anything
	}
	if !r.failed {
		r.refused(root, err)
	} else if !r.named {
		return err // a hook in front of completion
	}
	if r.usage != "" {
		r.call.Add(slog.String("usage", r.usage))
	}
	if code, known := exitCode(err); known {
		r.call.ExitCode(code)
		if code == 0 { // cli.Exit("bye", 0)
			return nil
		}
	}
	return err
}

// refused finds out what was wrong with a call that the library refused, and whose
// it was.
func (r *run) refused(root *cli.Command, err error) {
	cmd := r.leaf
	switch {
	case cmd == nil: // flags are read before anything is called
		cmd, r.usage = parsed(root), "flag"
	case library(cmd.Action): // it takes what is no command for a question about help
		r.usage = "command"
	case r.usage == "":
		r.usage = usageOf(cmd, err)
	}
	if !r.named && !builtIn(cmd) {
		r.name(cmd)
	}
}

// parsed returns the command whose flags were read last.
func parsed(cmd *cli.Command) *cli.Command {
	for {
		args := cmd.Args()
		if args == nil || !args.Present() {
			return cmd
		}
		child := cmd.Command(args.First())
		if child == nil {
			return cmd
		}
		cmd = child
	}
}

// usageOf tells what was wrong with a call whose command is known, by the error that
// the library makes. It has no type for arguments that cannot be read.
func usageOf(cmd *cli.Command, err error) string {
	switch name := reflect.TypeOf(err).String(); {
	case strings.HasSuffix(name, ".errRequiredArguments"):
		return "arguments"
	case strings.HasSuffix(name, ".errRequiredFlags"), len(cmd.Arguments) == 0:
		return "flag"
	default:
		return "arguments"
	}
}

// exitCode returns the status with which the process ends because of an error.
func exitCode(err error) (int, bool) {
	if m, ok := err.(cli.MultiError); ok { //nolint:errorlint // as cli.HandleExitCoder looks
		code := 1
		for _, e := range m.Errors() {
			if c, ok := exitCode(e); ok {
				code = c
			}
		}
		return code, true
	}
	var exit cli.ExitCoder
	if errors.As(err, &exit) && exit.ExitCode() >= 0 && exit.ExitCode() <= 255 {
		return exit.ExitCode(), true
	}
	return 0, false
}

// library reports whether an action is the library's own: help, which is that of
// commands without one, and scripts for shells.
func library(action cli.ActionFunc) bool {
	if action == nil {
		return true
	}
	f := runtime.FuncForPC(reflect.ValueOf(action).Pointer())
	return f != nil && strings.HasPrefix(f.Name(), reflect.TypeFor[cli.Command]().PkgPath()+".")
}

// builtIn reports whether the library has added a command: help, and scripts for
// shells.
func builtIn(cmd *cli.Command) bool {
	root := cmd.Root()
	return slices.ContainsFunc(cmd.Lineage(), func(c *cli.Command) bool {
		return c != root && (c.Name == "help" || c.Name == "completion" || c.Name == root.ShellCompletionCommandName)
	})
}

// ours reports whether a command is this package's own.
func ours(cmd *cli.Command) bool {
	return slices.ContainsFunc(cmd.Lineage(), func(c *cli.Command) bool { return c.Metadata[Key] == added })
}

// secret reports whether neither name nor flags of the command may be recorded.
func secret(cmd *cli.Command) bool { return cmd.Metadata[Key] == "off" }

// nameOf returns the path of a command below the root, "cluster.deploy".
func nameOf(cmd *cli.Command) string {
	lineage := cmd.Lineage() // from the command to the root
	if len(lineage) == 1 {
		return telemetry.Letters(cmd.Name, "-.")
	}
	var parts []string
	for _, c := range lineage[:len(lineage)-1] {
		parts = append([]string{telemetry.Letters(c.Name, "-.")}, parts...)
		if secret(c) {
			parts = []string{"other"} // and nothing of what is below it
		}
	}
	return strings.Join(parts, ".")
}

// maxFlags leaves some of an event's attributes to usage and exit code.
const maxFlags = 14

// flagsOf returns the names of the flags that were set. They are the program's
// own words: a flag that it does not define is an error, and not here.
func flagsOf(cmd *cli.Command) (attrs []slog.Attr) {
	if slices.ContainsFunc(cmd.Lineage(), secret) {
		return nil
	}
	for _, c := range cmd.Lineage() {
		for _, f := range allFlags(c) {
			if f.IsSet() && len(attrs) < maxFlags {
				attrs = append(attrs, slog.Bool("flag_"+telemetry.Letters(f.Names()[0], ""), true))
			}
		}
	}
	return attrs
}

func allFlags(cmd *cli.Command) []cli.Flag {
	flags := append([]cli.Flag(nil), cmd.Flags...)
	for _, group := range cmd.MutuallyExclusiveFlags {
		for _, one := range group.Flags {
			flags = append(flags, one...)
		}
	}
	return flags
}

package telemetryurfave_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryurfave"
)

// tool returns a tree with something of everything, that says all it does.
func tool(out io.Writer) *cli.Command {
	say := func(what string) func(context.Context, *cli.Command) error {
		return func(_ context.Context, cmd *cli.Command) error {
			_, err := fmt.Fprintln(out, what, cmd.FullName(), cmd.Args().Slice())
			return err
		}
	}
	before := func(ctx context.Context, cmd *cli.Command) (context.Context, error) {
		return context.WithValue(ctx, marker{}, "marked"), say("before")(ctx, cmd)
	}
	deploy := &cli.Command{
		Name: "deploy", Aliases: []string{"d"}, Before: before, After: say("after"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dry-run", Sources: cli.EnvVars("TOOL_DRY_RUN")},
			&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Action: func(_ context.Context, _ *cli.Command, n int) error {
				if n < 0 {
					return errors.New("count: it must not be negative")
				}
				return nil
			}},
		},
		MutuallyExclusiveFlags: []cli.MutuallyExclusiveFlags{{Flags: [][]cli.Flag{
			{&cli.BoolFlag{Name: "json"}}, {&cli.BoolFlag{Name: "yaml"}},
		}}},
		ArgValidator: func(_ context.Context, cmd *cli.Command) error {
			if cmd.Args().Len() != 1 {
				return errors.New("deploy takes one name")
			}
			return nil
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			fmt.Fprintln(out, "deploying", cmd.Args().First(), ctx.Value(marker{}))
			return deployed(cmd.Args().First())
		},
	}
	cluster := &cli.Command{Name: "cluster", Aliases: []string{"cl"}, Commands: []*cli.Command{deploy}}
	guarded := &cli.Command{
		Name: "guarded", Action: say("running"),
		Before: func(ctx context.Context, _ *cli.Command) (context.Context, error) { return ctx, fs.ErrPermission },
	}
	untidy := &cli.Command{Name: "untidy", Action: say("running"), After: func(context.Context, *cli.Command) error { return fs.ErrClosed }}
	strict := &cli.Command{
		Name: "Strict", Action: say("running"),
		Flags: []cli.Flag{&cli.StringFlag{Name: "name", Required: true}},
		OnUsageError: func(_ context.Context, _ *cli.Command, err error, _ bool) error {
			return fmt.Errorf("see the manual: %w", err)
		},
	}
	needs := &cli.Command{Name: "needs", Action: say("running"), Arguments: []cli.Argument{&cli.IntArg{Name: "number"}}}
	plugin := &cli.Command{
		Name: "acme-secret-plugin", Action: say("running"), Metadata: map[string]any{telemetryurfave.Key: "off"},
		Flags:    []cli.Flag{&cli.BoolFlag{Name: "project-x"}},
		Commands: []*cli.Command{{Name: "merger", Action: say("running")}},
	}
	return &cli.Command{
		Name: "tool", Version: "v1", Writer: out, ErrWriter: out, EnableShellCompletion: true, Suggest: true,
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "verbose"}},
		Before: before, After: say("after"),
		Commands: []*cli.Command{cluster, guarded, untidy, strict, needs, plugin},
	}
}

type marker struct{}

// deployed is how a deployment ends, by its name.
func deployed(name string) error {
	switch name {
	case "fails":
		return fmt.Errorf("deploying: %w", fs.ErrNotExist)
	case "stops":
		return context.Canceled
	case "exits":
		return cli.Exit("the cluster of bob is full", 3)
	case "leaves":
		return cli.Exit("", 0)
	case "panics":
		panic("at the disco")
	}
	return nil
}

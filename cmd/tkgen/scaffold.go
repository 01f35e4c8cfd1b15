package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/scaffold"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
)

func scaffoldCommand() *cobra.Command {
	o := scaffold.Options{Version: version()}
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "scaffold NAME",
		GroupID: "start",
		Short:   "Make a new project with telemetry",
		Long: `Scaffold makes a project that builds, passes its own tests and records at once:
commands or routes that do something, directives with the lines that tkgen
generate writes for them, consent, tests of what is recorded, a CI workflow, a
Dockerfile, a README with a section on privacy, and TELEMETRY.md for the people
who run it. The templates are

  cli      a cobra program; whoever runs it has NAME telemetry status|show|off|...
  service  a net/http server that lets requests end before it does
  library  functions with directives; telemetry is left to programs that import it

With --sync the program sends what it records, once the person who runs it has
said yes. The DSN (the line that tkserver app create prints) comes from the
environment variable NAME_DSN or, of a cli, from -ldflags "-X main.dsn=...", and
stands in no file.

With --replace DIR the project takes telemetry-kit from a checkout in DIR: go.mod
gets a replace directive and DIR's own requirements, and go.sum its sums. That
needs no network if the modules of DIR are in the module cache (go mod download
in DIR puts them there).

The folder is written whole or not at all, and one that holds something is left
alone: tkgen init is for those.`,
		Example: `  tkgen scaffold my-tool --module github.com/me/my-tool
  tkgen scaffold my-api --template service --sync
  tkgen scaffold my-tool --replace ~/src/telemetry-kit-go`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("say one name, as in `tkgen scaffold my-tool`, and not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			result, err := scaffold.New(o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), result)
			}
			return printScaffold(cmd.OutOrStdout(), result)
		},
	}
	cmd.Flags().StringVar(&o.Kind, "template", "cli", strings.Join(templates.Kinds, ", "))
	cmd.Flags().StringVar(&o.Module, "module", "", "the module path (default example.com/NAME)")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "the folder to make (default NAME)")
	cmd.Flags().StringVar(&o.Replace, "replace", "", "the folder of a checkout of telemetry-kit, to use instead of a released version")
	cmd.Flags().BoolVar(&o.Sync, "sync", false, "let the program send, to a DSN from its environment")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was made as JSON")
	_ = cmd.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(templates.Kinds, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("dir")
	_ = cmd.MarkFlagDirname("replace")
	return cmd
}

func printScaffold(w io.Writer, r *scaffold.Result) error {
	text := fmt.Sprintf("%s: %s, module %s\n  %s\n\n%s instrumented. Next:\n\n  %s\n", relative(r.Dir), r.Template, r.Module,
		strings.Join(r.Files, "\n  "), count(len(r.Functions), "function"), strings.Join(r.Next, "\n  "))
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

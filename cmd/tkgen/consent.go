package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

func consentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consent",
		Short: "What the person has said about a program's telemetry, and to say it",
		Long: `Consent shows and keeps the answer of the person at this machine for one
program, where the program has no command for that itself. It is their answer:
DO_NOT_TRACK, <NAME>_TELEMETRY and build servers still come before it.`,
		GroupID: "local",
		Args:    knownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(
		consentSubcommand("status", "What holds, and what decided it",
			`Status prints the mode that holds, what decided it, and where the answer and the
data are. It looks at the environment of this process, and knows nothing of a
default that the program's author has chosen.`,
			func(f localFlags) (inspect.Consent, error) { return inspect.ConsentOf(f.service, f.dir) }),
		consentSubcommand("grant", "Record, and send",
			`Grant keeps a yes: what the program records from now on is sent. What it recorded
before stays on this machine.`,
			func(f localFlags) (inspect.Consent, error) { return inspect.Answer(f.service, f.dir, "on") }),
		consentSubcommand("deny", "Record nothing, send nothing",
			`Deny keeps a no: nothing is recorded from now on. What was recorded before stays
on this machine until tkgen clean removes it, and is not sent.`,
			func(f localFlags) (inspect.Consent, error) { return inspect.Answer(f.service, f.dir, "off") }),
	)
	return cmd
}

func consentSubcommand(name, short, long string, ask func(localFlags) (inspect.Consent, error)) *cobra.Command {
	var flags localFlags
	cmd := &cobra.Command{
		Use:     name + " --service NAME",
		Short:   short,
		Long:    long,
		Example: "  tkgen consent " + name + " --service app",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := ask(flags)
			if err != nil {
				return err
			}
			if flags.json {
				return printJSON(cmd.OutOrStdout(), c)
			}
			return printConsent(cmd.OutOrStdout(), c)
		},
	}
	flags.add(cmd)
	cmd.GroupID = "" // that of the parent
	return cmd
}

func printConsent(w io.Writer, c inspect.Consent) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "telemetry\t%s\nbecause of\t%s\n", c.Mode, c.Cause)
	if !c.Since.IsZero() {
		_, _ = fmt.Fprintf(table, "since\t%s\n", c.Since.UTC().Format(time.RFC3339))
	}
	_, _ = fmt.Fprintf(table, "variable\t%s\nsaved answer in\t%s\ndata in\t%s\n", c.Variable, c.Config, c.State)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

package main

import (
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/demo"
)

func demoCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the whole way on this machine, with a program that somebody else wrote",
		Long: `Demo fetches kustomize (a pinned version, from the Go module proxy), marks some
of its functions, builds it instrumented in place and over an overlay, runs it
on real input with successes, failures, a panic and a kill -9, sends what was
recorded to a server on loopback, and prints for every function how often it was
called, what the local store holds and what the server holds. It works in a
temporary folder and leaves nothing behind; it takes one to three minutes, most
of which the Go compiler needs.

The exit code is 1 if the numbers are not equal.`,
		Example: "  tkgen demo\n  tkgen demo --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			report, err := demo.Run(ctx, demo.Options{Progress: cmd.ErrOrStderr()})
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				err = report.Print(cmd.OutOrStdout())
			}
			if err == nil && !report.Equal() {
				return exitCode(exitFound)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

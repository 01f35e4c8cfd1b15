package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newForget(f *folder) *cobra.Command {
	var org, app, user string
	var asJSON bool
	c := &cobra.Command{
		Use:   "forget",
		Short: "Remove everything of one person",
		Long: `forget removes all events that were sent under an id and takes them out of all
counts: the pages show what they would if the person had never sent anything.
What arrives under that id later is refused. For a person who writes to you; those
who run ` + "`telemetry delete`" + ` in a program ask the server themselves. That command and
` + "`telemetry status`" + ` tell them their id.

It works while the server runs, may be repeated, and prints how many events it
removed: 0 for an id of which nothing is stored. Backups are yours to clean.`,
		Example: `  tkserver forget --data ./data --org acme --app deployer --user client_0123…cdef`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			srv, err := f.look()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			removed, err := srv.Forget(c.Context(), org, app, user)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), map[string]int{"deleted": removed})
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "events removed: %d\n", removed)
			return err
		},
	}
	c.Flags().StringVar(&org, "org", "", "organisation (required)")
	c.Flags().StringVar(&app, "app", "", "application (required)")
	c.Flags().StringVar(&user, "user", "", "the person's id, client_ and 64 hex digits (required)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	require(c, "org", "app", "user")
	return c
}

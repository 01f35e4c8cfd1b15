package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

func newApp(f *folder) *cobra.Command {
	c := &cobra.Command{
		Use:   "app",
		Short: "Make and list applications",
		Args:  cobra.NoArgs,
		RunE:  showHelp,
	}
	c.AddCommand(newAppCreate(f), newAppList(f))
	return c
}

func newAppCreate(f *folder) *cobra.Command {
	var org, name, url string
	var asJSON bool
	c := &cobra.Command{
		Use:   "create",
		Short: "Make an application and print its DSN",
		Long: `create makes an application, and its organisation if it is the first of it, and
prints one line: the DSN that programs send with. Keep it: the server stores
neither the token nor the secret in the clear and cannot show it again.

It works before the server's first start and while the server runs.`,
		Example: `  tkserver app create --data ./data --org acme --name deployer
  tkserver app create --data ./data --org acme --name deployer --url https://telemetry.acme.example`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			srv, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			dsn, err := srv.CreateApp(c.Context(), org, name, url)
			if err != nil {
				return err
			}
			if dsn.Cleartext() {
				fmt.Fprintln(c.ErrOrStderr(), "warning: with this DSN events travel in the clear; give --url https://… of a proxy with TLS")
			}
			return printDSN(c.OutOrStdout(), dsn, asJSON)
		},
	}
	c.Flags().StringVar(&org, "org", "", "organisation (required)")
	c.Flags().StringVar(&name, "name", "", "application (required)")
	c.Flags().StringVar(&url, "url", "http://127.0.0.1:8080", "where programs reach the server")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	require(c, "org", "name")
	return c
}

func printDSN(w io.Writer, dsn wire.DSN, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(w, dsn)
		return err
	}
	return printJSON(w, map[string]string{
		"dsn": dsn.String(), "endpoint": dsn.Endpoint(), "org": dsn.Org, "app": dsn.App,
		"token": dsn.Token, "secret": dsn.Secret,
	})
}

func newAppList(f *folder) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the applications",
		Example: `  tkserver app list --data ./data`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			srv, err := f.look()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			apps, err := srv.Apps(c.Context())
			if err != nil {
				return err
			}
			return printApps(c.OutOrStdout(), apps, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printApps(w io.Writer, apps []store.App, asJSON bool) error {
	type row struct {
		Org     string    `json:"org"`
		App     string    `json:"app"`
		Created time.Time `json:"created"`
	}
	rows := make([]row, 0, len(apps))
	for _, a := range apps {
		rows = append(rows, row{a.Org, a.Name, a.Created})
	}
	if asJSON {
		return printJSON(w, rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ORG\tAPP\tCREATED")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Org, r.App, r.Created.Format(time.DateOnly))
	}
	return t.Flush()
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// require marks flags that a command cannot do without.
func require(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		_ = c.MarkFlagRequired(name) // only for flags that are not there
	}
}

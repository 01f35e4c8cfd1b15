package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

func newUsage(f *folder) *cobra.Command {
	var q usageFlags
	c := &cobra.Command{
		Use:   "usage",
		Short: "Print what an application's page shows",
		Long: `usage prints the numbers of an application's page: calls, success rate and the
durations that 50 % and 95 % of the calls stay within (within 4.5 % of the exact
value), for the last 30 days if nothing else is said. Days are in UTC.`,
		Example: `  tkserver usage --data ./data --org acme --app deployer
  tkserver usage --data ./data --org acme --app deployer --by version
  tkserver usage --data ./data --org acme --app deployer --by day --from 2026-11-01 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			query, err := q.query()
			if err != nil {
				return err
			}
			srv, err := f.look()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			return printUsage(c, srv, query, q.json)
		},
	}
	q.define(c)
	return c
}

type usageFlags struct {
	org, app, by, from, to string
	json                   bool
}

func (q *usageFlags) define(c *cobra.Command) {
	c.Flags().StringVar(&q.org, "org", "", "organisation (required)")
	c.Flags().StringVar(&q.app, "app", "", "application (required)")
	c.Flags().StringVar(&q.by, "by", "", "break down by day or version")
	c.Flags().StringVar(&q.from, "from", "", "first day, YYYY-MM-DD")
	c.Flags().StringVar(&q.to, "to", "", "last day, YYYY-MM-DD (default today)")
	c.Flags().BoolVar(&q.json, "json", false, "print JSON")
	require(c, "org", "app")
	_ = c.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{"day", "version"}, cobra.ShellCompDirectiveNoFileComp))
}

func (q *usageFlags) query() (query analytics.Query, err error) {
	query = analytics.Query{Org: q.org, App: q.app}
	if query.By, err = analytics.ParseBy(q.by); err != nil {
		return query, fmt.Errorf("--by: %w", err)
	}
	if query.From, err = readDay("--from", q.from); err != nil {
		return query, err
	}
	if query.To, err = readDay("--to", q.to); err != nil {
		return query, err
	}
	if query.From != 0 && query.To != 0 && query.From > query.To {
		return query, fmt.Errorf("--from %s is after --to %s", q.from, q.to)
	}
	return query, nil
}

// readDay reads a flag's day; zero, the default, if the flag is empty.
func readDay(flag, text string) (store.Day, error) {
	if text == "" {
		return 0, nil
	}
	day, err := store.ParseDay(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", flag, err)
	}
	return day, nil
}

func printUsage(c *cobra.Command, srv *server.Server, q analytics.Query, asJSON bool) error {
	u, err := srv.Usage(c.Context(), q)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), u)
	}
	if len(u.Rows) == 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s/%s sent nothing from %s to %s\n", u.Org, u.App, u.From, u.To)
		return nil
	}
	return writeRows(c.OutOrStdout(), u)
}

func writeRows(w io.Writer, u analytics.Usage) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	by := ""
	if u.By != analytics.ByName {
		by = strings.ToUpper(string(u.By)) + "\t"
	}
	fmt.Fprintf(t, "%sKIND\tNAME\tCALLS\tSUCCESS\tERRORS\tPANICS\tUNFINISHED\tP50\tP95\n", by)
	for _, r := range u.Rows {
		if by != "" {
			by = r.Day + r.Version + "\t"
		}
		fmt.Fprintf(t, "%s%s\t%s\t%d\t%s\t%d\t%d\t%d\t%s\t%s\n", by, r.Kind, r.Name, r.Calls,
			analytics.FormatRate(r.SuccessRate), r.Errors, r.Panics, r.Unfinished, analytics.FormatMS(r.P50MS), analytics.FormatMS(r.P95MS))
	}
	return t.Flush()
}

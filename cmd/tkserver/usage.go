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
value), for the last 30 days if nothing else is said. Days are in UTC. Without a
break-down it says below how many installs were active in the last day, week and
month in which anything came, and how much the numbers leave out: what programs had
to give up on people's machines, as far as they could say so. --actives prints all
days, weeks and months, and how many installs came back in the weeks after their
first.`,
		Example: `  tkserver usage --data ./data --org acme --app deployer
  tkserver usage --data ./data --org acme --app deployer --by version
  tkserver usage --data ./data --org acme --app deployer --by day --from 2026-11-01 --json
  tkserver usage --data ./data --org acme --app deployer --actives`,
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
			return printUsage(c, srv, query, q)
		},
	}
	q.define(c)
	return c
}

type usageFlags struct {
	org, app, by, from, to string
	json, actives          bool
}

func (q *usageFlags) define(c *cobra.Command) {
	c.Flags().StringVar(&q.org, "org", "", "organisation (required)")
	c.Flags().StringVar(&q.app, "app", "", "application (required)")
	c.Flags().StringVar(&q.by, "by", "", "break down by day or version")
	c.Flags().StringVar(&q.from, "from", "", "first day, YYYY-MM-DD")
	c.Flags().StringVar(&q.to, "to", "", "last day, YYYY-MM-DD (default today)")
	c.Flags().BoolVar(&q.actives, "actives", false, "print active installs by day, week and month, and the weeks in which they came back")
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

func printUsage(c *cobra.Command, srv *server.Server, q analytics.Query, flags usageFlags) error {
	u, err := srv.Usage(c.Context(), q)
	if err != nil {
		return err
	}
	if flags.json {
		return printJSON(c.OutOrStdout(), u)
	}
	if len(u.Rows) == 0 && u.Lost.Events == 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s/%s sent nothing from %s to %s\n", u.Org, u.App, u.From, u.To)
		return nil
	}
	if flags.actives {
		return writeActives(c.OutOrStdout(), u.Actives)
	}
	if err := writeRows(c.OutOrStdout(), u); err != nil || u.By != analytics.ByName {
		return err
	}
	return writeBelow(c.OutOrStdout(), u)
}

// writeBelow says how many installs were active, and what the numbers above leave out.
func writeBelow(w io.Writer, u analytics.Usage) error {
	day, week, month := u.Actives.Last()
	_, err := fmt.Fprintf(w, "\nactive installs: %d on the last day, %d in the last week, %d in the last month\n", day.Installs, week.Installs, month.Installs)
	if lost := u.Lost.Words(); err == nil && lost != "" {
		_, err = fmt.Fprintln(w, lost)
	}
	return err
}

func writeActives(w io.Writer, a analytics.Actives) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "SPAN\tFROM\tINSTALLS\n")
	for _, part := range []struct {
		span string
		of   []analytics.Active
	}{{"day", a.Days}, {"week", a.Weeks}, {"month", a.Months}} {
		for _, active := range part.of {
			fmt.Fprintf(t, "%s\t%s\t%d\n", part.span, active.Start, active.Installs)
		}
	}
	fmt.Fprintf(t, "\nFIRST WEEK\tINSTALLS\tACTIVE AFTER 1, 2, … WEEKS\n")
	for _, c := range a.Retention {
		fmt.Fprintf(t, "%s\t%d\t%s\n", c.Week, c.Active[0], strings.Trim(fmt.Sprint(c.Active[1:]), "[]"))
	}
	return t.Flush()
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

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"golang.org/x/term"
)

// localFlags are those of the commands that look at a program's local data.
type localFlags struct {
	service, dir string
	json         bool
}

func (f *localFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.service, "service", "", "the program, by the name in its telemetry.Config (required)")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the folder in its telemetry.Config, if it sets one")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.GroupID = "local"
	cmd.Args = cobra.NoArgs
	if err := cmd.MarkFlagRequired("service"); err != nil {
		panic(err) // the flag is defined three lines above
	}
}

// withData opens what is kept of the program, hands it on and closes it.
func (f *localFlags) withData(ctx context.Context, use func(*inspect.Data) error) error {
	data, err := inspect.Open(ctx, f.service, f.dir)
	if err != nil {
		return err
	}
	return errors.Join(use(data), data.Close())
}

func localCommands() []*cobra.Command {
	return []*cobra.Command{statsCommand(), eventsCommand(), syncCommand(), cleanCommand(), consentCommand()}
}

func statsCommand() *cobra.Command {
	var flags localFlags
	cmd := &cobra.Command{
		Use:   "stats --service NAME",
		Short: "How often each command and feature was used, how it went, and what was measured",
		Long: `Stats prints a line for each command and feature that a program recorded on this
machine: calls, how they ended, and the duration that half and 95 % of them stay
within (read from histograms, within 4.5 %). Below stands a line for each metric
and unit: the total of what was counted, and of what was measured the number of
values, the smallest, what half and 95 % of them stay within, the largest, and the
sum.`,
		Example: "  tkgen stats --service app\n  tkgen stats --service app --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.withData(cmd.Context(), func(data *inspect.Data) error {
				stats, err := data.Stats(cmd.Context())
				if err != nil {
					return err
				}
				if flags.json {
					return printJSON(cmd.OutOrStdout(), stats)
				}
				return printStats(cmd.OutOrStdout(), stats)
			})
		},
	}
	flags.add(cmd)
	return cmd
}

func printStats(w io.Writer, stats []inspect.Stat) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "calls\tok\terror\tpanic\tgoexit\tunfinished\tp50 ms\tp95 ms\t  kind     name")
	metrics := len(stats)
	for i, s := range stats {
		if s.Metric != nil {
			metrics = i // and all that follow
			break
		}
		_, _ = fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t  %-7s  %s\n",
			s.Calls, s.OK, s.Errors, s.Panics, s.Goexits, s.Unfinished, milliseconds(s.P50MS), milliseconds(s.P95MS), s.Kind, s.Name)
	}
	if metrics > 0 {
		if err := table.Flush(); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return printMetrics(w, stats[metrics:], metrics > 0)
}

// printMetrics prints a table of its own, because nothing in it is a call.
func printMetrics(w io.Writer, stats []inspect.Stat, below bool) error {
	if len(stats) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if below {
		_, _ = fmt.Fprintln(w)
	}
	_, _ = fmt.Fprintln(table, "total\tinvalid\tmin\tp50\tp95\tmax\tsum\tunit\t  kind     name")
	for _, s := range stats {
		m := s.Metric
		line := fmt.Sprintf("%d\t%d\t", m.Total, m.Invalid)
		if s.Kind == "measure" {
			line += fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t", number(m.Min), number(m.P50), number(m.P95), number(m.Max), number(m.Sum))
		} else {
			line += strings.Repeat("\t", 5)
		}
		_, _ = fmt.Fprintf(table, "%s%s\t  %-7s  %s\n", line, m.Unit, s.Kind, s.Name)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// number writes at least four digits, and no exponent where people expect none.
func number(v float64) string {
	if a := math.Abs(v); a >= 1e4 && a < 1e15 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

// milliseconds writes about two digits, which is as exact as the number is.
func milliseconds(ms float64) string {
	switch {
	case ms >= 10:
		return fmt.Sprintf("%.0f", ms)
	case ms >= 0.001:
		return fmt.Sprintf("%.2g", ms)
	case ms > 0:
		return "<0.001"
	default:
		return "0"
	}
}

func eventsCommand() *cobra.Command {
	var flags localFlags
	cmd := &cobra.Command{
		Use:   "events --service NAME",
		Short: "Every event that is kept, and where it is on its way",
		Long: `Events prints the events that a program recorded on this machine, the oldest
first: time, where it is on its way (open, local, pending, sent, rejected), type
and the data themselves. With --json each line is one event, whole: that, and the
random id under which the program sends, is what a server gets.`,
		Example: "  tkgen events --service app\n  tkgen events --service app --json | jq -r .event.event.type | sort | uniq -c",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.withData(cmd.Context(), func(data *inspect.Data) error {
				return printEvents(cmd.Context(), cmd.OutOrStdout(), data, flags.json)
			})
		},
	}
	flags.add(cmd)
	return cmd
}

func printEvents(ctx context.Context, w io.Writer, data *inspect.Data, asJSON bool) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for e, err := range data.Events(ctx) {
		if err != nil {
			return err
		}
		if asJSON {
			if err := lines.Encode(e); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
			continue
		}
		parsed, err := e.Parse()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%s  %-8s  %-17s  %s  %s",
			e.Time.UTC().Format(time.RFC3339), e.State, parsed.Body.Type, parsed.Body.Data, e.Reason), " "))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

func syncCommand() *cobra.Command {
	var flags localFlags
	var dsn string
	cmd := &cobra.Command{
		Use:   "sync --service NAME --dsn DSN",
		Short: "Send what may be sent, now",
		Long: `Sync sends the events of a program to a server, as the program would do by
itself about once a day. Only events that were recorded after the person who
runs the program said yes are sent. To try it out, run the program and this
command with <NAME>_TELEMETRY=on in the environment.

The DSN is the line that tkserver app create prints; it is taken from the
environment variable TELEMETRY_DSN if --dsn is not given.`,
		Example: "  tkgen sync --service app --dsn http://TOKEN:SECRET@127.0.0.1:8080/acme/app",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dsn == "" {
				dsn = os.Getenv("TELEMETRY_DSN")
			}
			if dsn == "" {
				return errors.New("where to? give --dsn or TELEMETRY_DSN: the line that `tkserver app create` prints")
			}
			return flags.withData(cmd.Context(), func(data *inspect.Data) error {
				result, err := data.Sync(cmd.Context(), dsn)
				if err != nil {
					return err
				}
				return printSync(cmd, result, flags.json)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&dsn, "dsn", "", "server, application and credentials in one line")
	return cmd
}

func printSync(cmd *cobra.Command, r agent.Result, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s sent in %s, %d the server had before, %d rejected\n",
		count(r.Sent, "event"), count(r.Requests, "request"), r.Duplicates, r.Rejected)
	return err
}

func cleanCommand() *cobra.Command {
	var flags localFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "clean --service NAME",
		Short: "Remove what is recorded on this machine",
		Long: `Clean removes everything that a program recorded on this machine, sent or not,
and the random id that it was sent under. What the person answered when asked
for consent stays. It asks first; --yes is the answer where there is no
terminal.`,
		Example: "  tkgen clean --service app\n  tkgen clean --service app --yes --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.withData(cmd.Context(), func(data *inspect.Data) error {
				if !yes {
					if err := confirm(cmd, fmt.Sprintf("Remove all that %s recorded on this machine?", flags.service)); err != nil {
						return err
					}
				}
				done, err := data.Clean(cmd.Context())
				if err != nil {
					return err
				}
				if flags.json {
					return printJSON(cmd.OutOrStdout(), done)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s removed (%s, %d bytes)\n",
					count(done.Events, "event"), count(len(done.Files), "file"), done.Bytes)
				return err
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// confirm asks on the terminal; the default is no.
func confirm(cmd *cobra.Command, question string) error {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return errors.New("there is no terminal to ask on: say --yes")
	}
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "nothing removed")
		return exitCode(exitFound)
	}
	return nil
}

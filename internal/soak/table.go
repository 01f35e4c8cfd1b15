package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// show prints a line for each scenario, and below what a person has to look at.
func show(w io.Writer, results []result, o options) error {
	if o.json {
		out := json.NewEncoder(w)
		for _, r := range results {
			if err := out.Encode(r); err != nil {
				return fmt.Errorf("writing results: %w", err)
			}
		}
		return nil
	}
	var below strings.Builder
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "scenario\trounds\tkills\tacked\tcalls\trecovered\tkept here\tlost\tdoubled\ttorn\tallowed to go\tseconds\t")
	for _, r := range results {
		if r.Skipped != "" {
			fmt.Fprintf(&below, "%s: %s\n", r.Scenario, r.Skipped)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t\n", r.Scenario, r.Rounds, r.Kills, r.Acked, r.Calls,
			r.Recovered, r.Kept, r.Lost, r.Doubled, r.Torn, r.Excused, r.Seconds)
		for _, note := range append(r.Notes, r.Error) {
			if note != "" {
				fmt.Fprintf(&below, "%s: %s\n", r.Scenario, note)
			}
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if below.Len() > 0 {
		fmt.Fprint(w, "\n", below.String())
	}
	fmt.Fprintf(w, "\nseed %d\n", o.seed)
	return nil
}

// exitCode is 1 if anything was lost or doubled, 2 if a scenario failed otherwise.
func exitCode(results []result) int {
	code := 0
	for _, r := range results {
		if r.Lost+r.Doubled > 0 {
			return 1
		}
		if r.Error != "" {
			code = 2
		}
	}
	return code
}

// progress tells a person at a terminal how far it is.
type progress struct {
	w     io.Writer
	shown bool
}

func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{w: w}
	}
	return &progress{}
}

func (p *progress) say(name string, t tally, took, share time.Duration) {
	if p.w == nil {
		return
	}
	p.shown = true
	fmt.Fprintf(p.w, "\r\033[K%s: round %d, %d acknowledged, %d lost, %d doubled (%s of %s)", name, t.Rounds, t.Acked, t.Lost, t.Doubled,
		took.Round(time.Second), cmp.Or(share, time.Second).Round(time.Second))
}

func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\033[K")
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
)

// pair is a program with a peer: the same binary, which records or does not.
type pair struct {
	peer
	linked, recording *lab.Step
	server            *sink
	home              home
	fate              fate
}

func processes(ctx context.Context, shop shop, s settings, random *rand.Rand, stdout, progress io.Writer) error {
	for _, program := range shop.kinds {
		fmt.Fprintf(progress, "processes of %s\n", program)
		pairs, err := pairsOf(shop, program)
		if err != nil {
			return err
		}
		var sequences []lab.Sequence
		for _, p := range pairs {
			defer p.server.Close()
			if p.linked != nil {
				sequences = append(sequences, lab.Sequence{p.linked}, lab.Sequence{p.recording})
			}
		}
		const warmup = 2
		if err := lab.Warm(ctx, warmup, sequences, random); err != nil {
			return err
		}
		if err := lab.Rounds(ctx, s.processes, sequences, random, progress); err != nil {
			return err
		}
		for _, p := range pairs {
			if p.linked == nil || p.with == "none" {
				continue
			}
			if p.fate, err = find(ctx, p.peer, int64(s.processes+warmup), p.server, p.home); err != nil {
				return err
			}
		}
		if program != shop.kinds[0] {
			fmt.Fprintln(stdout)
		}
		if err := reportProcesses(stdout, program, pairs, shop, random); err != nil {
			return err
		}
	}
	return nil
}

func pairsOf(shop shop, program string) (pairs []*pair, err error) {
	for _, p := range peers {
		if p.alike {
			continue
		}
		one := &pair{peer: p, server: newSink()}
		pairs = append(pairs, one)
		if shop.missing[p.with] != nil {
			continue
		}
		if one.home, err = newHome(shop.dir, p, false); err != nil {
			return pairs, err
		}
		way := func(args ...string) *lab.Step {
			return &lab.Step{Name: p.name, Command: lab.Command{
				Dir: string(one.home), Env: one.home.environment(p, false), Direct: true,
				Args: append([]string{shop.binary(program, p.with)}, args...),
			}}
		}
		one.linked, one.recording = way(), way(p.what, one.server.URL)
	}
	return pairs, nil
}

func reportProcesses(out io.Writer, program string, pairs []*pair, shop shop, random *rand.Rand) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "one process (%s), ms\tp10\tmedian\tCPU p10\tlinking\t95 %% interval\trecording\t95 %% interval\tCPU\t95 %% interval\tat the server\tkept here\tlost\t\n", program)
	nothing := pairs[0].linked
	for _, p := range pairs {
		if p.linked == nil {
			fmt.Fprintf(table, "%s\tnot measured: %v\t\n", p.name, shop.missing[p.with])
			continue
		}
		if p.with == "none" {
			fmt.Fprintf(table, "nothing\t%s\t-\t-\t-\t-\t-\t-\t%s\t\n", absolute(p.linked), p.fate)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", p.name, absolute(p.recording), over(nothing.Walls(), p.linked.Walls(), random),
			over(p.linked.Walls(), p.recording.Walls(), random), over(p.linked.CPUs(), p.recording.CPUs(), random), p.fate)
	}
	return table.Flush()
}

// absolute is three columns of the table: tenth percentile and median of the wall
// time, tenth percentile of the processor time.
func absolute(s *lab.Step) string {
	return fmt.Sprintf("%.3f\t%.3f\t%.3f", 1000*stats.Quantile(s.Walls(), 0.1), 1000*stats.Quantile(s.Walls(), 0.5), 1000*stats.Quantile(s.CPUs(), 0.1))
}

// over is two columns: the median of the differences, and its interval.
func over(from, to []float64, random *rand.Rand) string {
	d := stats.Differences(from, to)
	low, high := stats.Interval(d, random)
	return fmt.Sprintf("%+.3f\t%+.3f to %+.3f", 1000*stats.Quantile(d, 0.5), 1000*low, 1000*high)
}

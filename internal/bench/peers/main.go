// Command peers measures this runtime beside the libraries that a Go program could
// record with instead: golang.org/x/telemetry, the OpenTelemetry SDK, posthog-go,
// Segment's analytics-go and sentry-go, in the versions of its go.mod, which is its
// own: nobody who imports telemetry-kit depends on them.
//
// Each is used as its documentation tells, on its defaults, and ends as that tells
// (Shutdown, Close, Flush). All record in every round, in another order each, and
// those that send do so to a server of this process that answers 200 and counts what
// it is given. It prints
//
//   - what one event costs the code that records it, off and on, from one goroutine
//     and from several at once, with the processor time and the allocations of the
//     whole process until it has stopped;
//   - what a process costs from its start to its end that records one event, over the
//     same binary that does not, for a program that does nothing else and for a
//     typical command-line tool, with what became of the events;
//   - what it adds to a binary.
//
// "p10" is the tenth percentile, which says more than the median on a machine that
// does other things, too. Intervals are 95 % ones of the paired differences
// (bootstrap). A way whose module cannot be had has a row that says so.
//
//	make bench-peers
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

func main() {
	lab.Stopwatch()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// settings say how much is measured.
type settings struct {
	events    int // rounds of events
	processes int // rounds of processes
	short     bool
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	s := settings{}
	flags.IntVar(&s.events, "events", 12, "rounds of events")
	flags.IntVar(&s.processes, "n", 100, "rounds of processes")
	flags.BoolVar(&s.short, "short", false, "two rounds, fewer events, programs that do nothing else, binaries without symbols")
	seed := flags.Uint64("seed", 1, "of the order and the bootstrap")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if s.short {
		s.events, s.processes = 2, 2
	}
	if s.events < 2 || s.processes < 2 {
		fmt.Fprintln(stderr, "peers: -events and -n must be at least 2")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, s, rand.New(rand.NewPCG(*seed, 0)), stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "peers:", err)
		return 2
	}
	return 0
}

func measure(ctx context.Context, s settings, random *rand.Rand, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-peers-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	shop, err := build(dir, s.short, stderr)
	if err != nil {
		return err
	}
	for _, table := range []func() error{
		func() error { return events(ctx, shop, s, random, stdout, stderr) },
		func() error { return processes(ctx, shop, s, random, stdout, stderr) },
		func() error { return sizes(shop, stdout) },
	} {
		if err := table(); err != nil {
			return err
		}
		fmt.Fprintln(stdout)
	}
	return nil
}

// Command call measures what an instrumented call costs, in this process, shape
// by shape.
//
// Every round calls every shape, in another order each time: those that are off
// while telemetry is, the others in a session of their own, whose files lie in a
// folder that the round removes. It prints the median and the tenth percentile
// (on a machine that does other things, too, the one that says more), how many
// times the bare call or the plain panic that is, what the shape costs over the
// empty defer or the plain panic with a 95 % interval of the paired differences
// (bootstrap), and allocations. In the shape of eight goroutines, ns are wall time
// over all calls.
//
//	go run ./internal/bench/call -n 300
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("n", 200, "rounds; each calls every shape")
	seed := flags.Uint64("seed", 1, "of the order and the bootstrap")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *rounds < 2 {
		fmt.Fprintln(stderr, "call: -n must be at least 2")
		return 2
	}
	if err := measure(*rounds, rand.New(rand.NewPCG(*seed, 0)), stdout); err != nil {
		fmt.Fprintln(stderr, "call:", err)
		return 2
	}
	return 0
}

func measure(rounds int, random *rand.Rand, stdout io.Writer) error {
	all := shapes()
	off, on := split(all)
	for round := range rounds + 1 {
		for _, i := range random.Perm(len(off)) {
			off[i].time(round > 0)
		}
		look := verify
		if round > 0 {
			look = func(string) error { return nil }
		}
		err := recording(look, func() {
			for _, i := range random.Perm(len(on)) {
				on[i].time(round > 0)
			}
		})
		if err != nil {
			return err
		}
	}
	allocations := map[*shape]float64{}
	count := func(shapes []*shape) {
		for _, s := range shapes {
			allocations[s] = s.allocations()
		}
	}
	count(off)
	if err := recording(verify, func() { count(on) }); err != nil {
		return err
	}
	return report(stdout, all, allocations, random)
}

func split(all []*shape) (off, on []*shape) {
	for _, s := range all {
		if s.on {
			on = append(on, s)
		} else {
			off = append(off, s)
		}
	}
	return off, on
}

// recording does f within a session, and then looks at its folder.
func recording(look func(dir string) error, f func()) error {
	dir, err := os.MkdirTemp("", "bench-call")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	// What the person said who runs this does not matter to what it costs.
	for _, name := range []string{"CI", "DO_NOT_TRACK"} {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("clearing %s: %w", name, err)
		}
	}
	if err := os.Setenv("BENCH_CALL_TELEMETRY", "local"); err != nil {
		return fmt.Errorf("turning telemetry on: %w", err)
	}
	s := telemetry.Start(telemetry.Config{Service: service, Version: "v1.0.0", Dir: dir})
	f()
	s.Stop()
	return look(dir)
}

const service = "bench-call"

// verify looks whether what was measured was recorded: every point, and each
// call that failed as such.
func verify(dir string) error {
	d, err := inspect.Open(context.Background(), service, dir)
	if err != nil {
		return fmt.Errorf("looking for the records: %w", err)
	}
	defer d.Close()
	stats, err := d.Stats(context.Background())
	if err != nil {
		return fmt.Errorf("reading the records: %w", err)
	}
	if len(stats) != points {
		return fmt.Errorf("%d points were called, the records know %d: %+v", points, len(stats), stats)
	}
	for _, s := range stats {
		right := s.OK
		switch s.Name {
		case tkFailing.Name:
			right = s.Errors
		case tkDeep.Name:
			right = s.Panics
		}
		if s.Calls == 0 || right != s.Calls {
			return fmt.Errorf("the records say %+v of %s", s, s.Name)
		}
	}
	return nil
}

// time calls the function count times, and keeps how long one of them took.
func (s *shape) time(keep bool) {
	s.calls(s.count/20 + goroutines) // the first call of a session writes
	began := time.Now()
	s.calls(s.count)
	if took := time.Since(began); keep {
		s.times = append(s.times, float64(took.Nanoseconds())/float64(s.count))
	}
}

// allocations is how many there are a call.
func (s *shape) allocations() float64 {
	s.calls(goroutines)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.calls(s.count)
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / uint64(s.count)) // whole ones: timers and goroutines are not the call's
}

func report(out io.Writer, all []*shape, allocations map[*shape]float64, random *rand.Rand) error {
	named := map[string]*shape{}
	for _, s := range all {
		named[s.name] = s
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "shape\tp10 ns\tmedian ns\tp10 of plain\tmedian over empty defer\t95 % interval\tallocations\t")
	for _, s := range all {
		plain, over := named[bareCall], named[emptyDefer]
		if strings.HasPrefix(s.name, "panic") {
			plain, over = named[plainPanic], named[plainPanic]
		}
		d := stats.Differences(over.times, s.times)
		low, high := stats.Interval(d, random)
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f ×\t%+.1f\t%+.1f to %+.1f\t%.0f\t\n", s.name, stats.Quantile(s.times, 0.1), stats.Quantile(s.times, 0.5),
			stats.Quantile(s.times, 0.1)/stats.Quantile(plain.times, 0.1), stats.Quantile(d, 0.5), low, high, allocations[s])
	}
	return table.Flush()
}

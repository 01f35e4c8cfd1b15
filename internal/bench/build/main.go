// Command build measures what tkgen build costs with every function marked,
// against go build of the same program and against orchestrion, which rewrites
// while the compiler runs: the whole build with an empty build cache, after an
// edit of one file, and with nothing to do; then what instrumentation adds to the
// binary, and how many functions it keeps from being inlined.
//
// The programs are pinned modules of others, which are built and never run. Each
// tool has a copy and a build cache of its own, in a folder that is removed at the
// end; the module cache is the user's, and is only read once the modules are there.
// An edit changes one function, so that the package, those that import it and the
// program are built again. tkgen lends the runtime to a program that does not
// require it (--service), so that go.mod stays what it was; orchestrion requires
// itself there, and instruments with a counter alone, whose two functions are
// a package of the program. Neither is therefore given work that the other has not,
// but that tkgen's runtime records, and links more. Where orchestrion cannot be had
// from the module proxy, its rows say so.
//
//	go run ./internal/bench/build
//	go run ./internal/bench/build -short
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
	cold, warm  int // rounds
	orchestrion bool
	// cache is a build cache for all tools together; "" for one each, which cold
	// rounds need.
	cache string
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(stderr)
	s := settings{}
	flags.IntVar(&s.cold, "cold", 4, "rounds with an empty build cache")
	flags.IntVar(&s.warm, "n", 15, "rounds of an edit and of nothing to do")
	flags.BoolVar(&s.orchestrion, "orchestrion", true, "compare with orchestrion, too")
	seed := flags.Uint64("seed", 1, "of the order and the bootstrap")
	short := flags.Bool("short", false, "the smallest program alone, in few rounds")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	which := programs
	if *short {
		which, s.cold, s.warm = programs[:1], 2, 5
	}
	if s.cold < 1 || s.warm < 2 {
		fmt.Fprintln(stderr, "build: -cold must be at least 1, -n at least 2")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, which, s, rand.New(rand.NewPCG(*seed, 0)), stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "build:", err)
		return 2
	}
	return 0
}

func measure(ctx context.Context, which []program, s settings, random *rand.Rand, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-build-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	tools, missing, err := prepareTools(ctx, dir, s, stderr)
	if err != nil {
		return err
	}
	var all []*bench
	for _, p := range which {
		fmt.Fprintf(stderr, "preparing %s\n", p.name)
		b, err := prepare(ctx, dir, p, tools, s)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	if err := rounds(ctx, all, s, random, stderr); err != nil {
		return err
	}
	for _, b := range all {
		if err := b.weigh(ctx); err != nil {
			return err
		}
	}
	if missing != nil {
		fmt.Fprintf(stdout, "orchestrion was not measured: %v\n\n", missing)
	}
	return report(stdout, all, random)
}

// rounds measures the cold builds of all programs first; they leave warm caches.
func rounds(ctx context.Context, all []*bench, s settings, random *rand.Rand, progress io.Writer) error {
	var cold, warm []lab.Sequence
	for _, b := range all {
		for _, w := range b.ways {
			cold = append(cold, lab.Sequence{w.cold})
			warm = append(warm, lab.Sequence{w.edit, w.nothing})
		}
	}
	if err := lab.Rounds(ctx, s.cold, cold, random, progress); err != nil {
		return err
	}
	return lab.Rounds(ctx, s.warm, warm, random, progress)
}

// Command generate measures what tkgen generate costs, in time and memory, and
// whether that grows with what is marked or with the tree.
//
// Three modules of about ten thousand, a hundred thousand and two million lines
// are copied out of the module cache and get no, ten and a thousand directives
// (or as many as they have functions to carry them), spread over the tree. Every
// round generates in each copy, generates again where all is up to date, and
// removes what was written, in another order each time. Files are in the page
// cache. For scale the libraries of the modules are built with a warm cache, so
// that there is nothing to do; the largest module cannot be built from the module
// proxy (it replaces parts of itself by folders that are not in it), and is only
// parsed. The instrumenters that work on compiler invocations have no such step.
//
// Directives go to functions that return nothing or an error last: what others
// return could need the go command's help, which that largest module refuses.
//
//	go run ./internal/bench/generate
//	go run ./internal/bench/generate -short
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

// tree is a module to generate in.
type tree struct {
	lab.Module
	builds bool // from the module proxy
}

var trees = []tree{
	{lab.Module{Path: "github.com/spf13/pflag", Version: "v1.0.10", Sum: "h1:4EBh2KAYBwaONj6b2Ye1GiHfwjqyROoF4RwYO+vPwFk="}, true},
	{lab.Module{Path: "github.com/go-git/go-git/v5", Version: "v5.19.3", Sum: "h1:qHttbZ+Am7wEjdTpR1XMQ4rl42FK9SIXzZ4o9x7s6M4="}, true},
	{lab.Module{Path: "k8s.io/kubernetes", Version: "v1.37.2", Sum: "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="}, false},
}

func main() {
	lab.Stopwatch()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("n", 15, "rounds")
	seed := flags.Uint64("seed", 1, "of the order and the bootstrap")
	short := flags.Bool("short", false, "the smallest module alone, in 3 rounds")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	which := trees
	if *short {
		which, *rounds = trees[:1], 3
	}
	if *rounds < 2 {
		fmt.Fprintln(stderr, "generate: -n must be at least 2")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, which, *rounds, rand.New(rand.NewPCG(*seed, 0)), stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "generate:", err)
		return 2
	}
	return 0
}

func measure(ctx context.Context, which []tree, rounds int, random *rand.Rand, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-generate-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b, err := prepare(ctx, dir, which, stderr)
	if err != nil {
		return err
	}
	var sequences []lab.Sequence
	for _, c := range b.copies {
		sequences = append(sequences, c.sequence)
	}
	for _, built := range b.builds {
		sequences = append(sequences, lab.Sequence{built.step})
	}
	if err := lab.Rounds(ctx, rounds, sequences, random, stderr); err != nil {
		return err
	}
	return report(stdout, b, random)
}
